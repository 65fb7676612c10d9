#!/usr/bin/env bats
# once
# Clients of HTTP that are slow, in either direction: nobody holds a connection for nothing (http_wire.py).

# shellcheck disable=SC2154 # $http and the like: read_ports
load lib

setup_file() {
    agentd_setup
    printf probe >"$SITE/probe.txt"
    truncate -s 64M "$SITE/large.bin"
    conf limits idle_timeout=1s request_timeout=1s
    conf http keepalive=1s files_access=write
    conf files sync=no
    agentd_start
}

teardown_file() {
    agentd_teardown
}

wire() {
    python3 -B "$BATS_TEST_DIRNAME/http_wire.py" "$@"
}

@test "a slow head gets 408, a silent connection an end" {
    wire slow_head
    until_true grep -aqE '"GET /probe.txt HTTP/1.1" 408 ' "$STATE/access.log"
    until_true grep -aqE '"-" 408 ' "$STATE/access.log"
}

@test "who does not read an answer, or reads it in drops, is closed" {
    wire never_reads
}

@test "a body that stands still or comes in drops gets 408 and is not kept; one that is only slow arrives" {
    change limits request_timeout=2s
    wire slow_bodies
    [ "$(ls "$FILES")" = slow-2 ]
}
