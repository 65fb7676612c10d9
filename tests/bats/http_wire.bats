#!/usr/bin/env bats
# HTTP connections: how they go on and end (http_wire.py). What requests may look like is in
# http_table.bats.

# shellcheck disable=SC2154 # $http and the like: read_ports
load lib

setup_file() {
    agentd_setup
    printf probe >"$SITE/probe.txt"
    head -c 100000 /dev/zero | tr '\0' b >"$SITE/big.bin"
    agentd_start
}

teardown_file() {
    agentd_teardown
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
