#!/usr/bin/env bats
# HTTP byte for byte: the table of http_wire.py. What a proxy and agentd might read differently must be
# refused, and the connection closed.

# shellcheck disable=SC2154 # $http and the like: read_ports
load lib

setup_file() {
    agentd_setup
    printf probe >"$SITE/probe.txt"
    mkdir "$SITE/sub"
    echo sub >"$SITE/sub/index.html"
    head -c 100000 /dev/zero | tr '\0' b >"$SITE/big.bin"
    agentd_start
    export WORK_OF_ALL=$WORK
}

teardown_file() {
    agentd_teardown
}

setup() {
    LOGGED=$(wc -l <"$STATE/access.log")
}

teardown() {
    if [ "$WORK" != "$WORK_OF_ALL" ]; then
        agentd_teardown
    fi
}

wire() {
    python3 -B "$BATS_TEST_DIRNAME/http_wire.py" "$@"
}

# A request that the access log knows of was taken for one. The log is written behind a request that
# came later than all of the table's.
nothing_smuggled() {
    curl -sS -o "$BATS_TEST_TMPDIR/none" "http://127.0.0.1:$http/logged-$BATS_TEST_NUMBER"
    until_true grep -aq "GET /logged-$BATS_TEST_NUMBER " "$STATE/access.log"
    is_not grep -a '"GET /smuggled' <(tail -n "+$((LOGGED + 1))" "$STATE/access.log")
}

@test "what is right is answered, and the connection goes on" {
    wire goes_on
}

@test "Connection: close, HTTP/1.0, and a body that is not worth reading end the connection" {
    wire ends
    nothing_smuggled
}

@test "a broken request line is 400 and the end" {
    wire bad_line
    nothing_smuggled
}

@test "a broken field, no Host, two, folded lines, bare CR and LF, NUL: 400 and the end" {
    wire bad_field
    nothing_smuggled
}

@test "a length or coding that two servers may read differently is refused, and the end" {
    wire framing
    nothing_smuggled
}

@test "a broken chunk ends the connection; nothing behind it is a request" {
    wire bad_chunk
    nothing_smuggled
}

@test "414, 417, 431, 501 and 505, each at its bound, and the end" {
    wire limits
    nothing_smuggled
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

@test "a slow head gets 408, a silent connection an end, and so does one that never reads" {
    agentd_setup
    printf probe >"$SITE/probe.txt"
    truncate -s 64M "$SITE/large.bin"
    conf limits idle_timeout=1s
    conf limits request_timeout=1s
    conf http keepalive=1s
    agentd_start
    wire slow_head
    wire never_reads
    until_true grep -aqE '"GET /probe.txt HTTP/1.1" 408 ' "$STATE/access.log"
    until_true grep -aqE '"-" 408 ' "$STATE/access.log"
}
