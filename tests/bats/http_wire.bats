#!/usr/bin/env bats
# HTTP connections: how they go on, how they end, and how long they may take (http_wire.py). What requests
# may look like is in http_table.bats.

# shellcheck disable=SC2154 # $http and the like: read_ports
load lib

setup_file() {
    agentd_setup
    printf probe >"$SITE/probe.txt"
    head -c 100000 /dev/zero | tr '\0' b >"$SITE/big.bin"
    agentd_start
    export WORK_OF_ALL=$WORK
}

teardown_file() {
    agentd_teardown
}

teardown() {
    if [ "$WORK" != "$WORK_OF_ALL" ]; then
        agentd_teardown
    fi
}

wire() {
    python3 -B "$BATS_TEST_DIRNAME/http_wire.py" "$@"
}

@test "10,000 pipelined requests: all answered in order, others meanwhile" {
    wire pipelined
}

@test "a client that has ended its side gets all its answers" {
    wire half_closed
}

@test "after an answer that closes, what still comes is read: no reset" {
    wire lingers
}

@test "a slow head or body gets 408, a silent connection an end, and so does one that reads in drops or never" {
    agentd_setup
    printf probe >"$SITE/probe.txt"
    truncate -s 64M "$SITE/large.bin"
    conf limits idle_timeout=1s
    conf limits request_timeout=1s
    conf http keepalive=1s files_access=write
    conf files sync=no
    agentd_start
    wire slow_head
    wire never_reads
    conf limits request_timeout=2s
    agentctl reload
    wire slow_bodies
    until_true grep -aqE '"GET /probe.txt HTTP/1.1" 408 ' "$STATE/access.log"
    until_true grep -aqE '"-" 408 ' "$STATE/access.log"
}
