#!/usr/bin/env bats
# The echo front-end (WIRE.md) and http's /echo.

# shellcheck disable=SC2154 # $http and the like: read_ports
load lib

setup_file() {
    agentd_setup
    conf echo web=yes
    # The other mode, at a door of its own.
    cat >>"$CONF" <<END
[echo "back"]
listen = 127.0.0.1:0
mode = echo
END
    agentd_start
    PORTS="$PORTS $(agentctl status --json | tr '{' '\n' |
        sed -n 's/.*"name":"echo","label":"back".*"listen":\["[^"]*:\([0-9]*\)".*/echo_back=\1/p')"
    export PORTS
}

teardown_file() {
    agentd_teardown
}

echoes() {
    python3 -B "$BATS_TEST_DIRNAME/echo.py" "$@"
}

@test "mode = ok answers OK to a segment" {
    talk <<'END'
a = tcp echo
a >> anything
a << OK
a >> \x00\xff
a << OK
a shut
a eof
END
}

@test "mode = ok says nothing to a client that says nothing" {
    talk <<'END'
a = tcp echo
b = tcp echo
b >> x
b << OK
a none
a shut
a eof
END
}

@test "mode = echo gives the bytes back as they came" {
    talk <<'END'
a = tcp echo_back
b = tcp echo_back
a >> one
a << one
b >> \x00\r\n\xff\xf4
b << \x00\r\n\xff\xf4
a >> \x00
a << \x00
a none
a shut
a eof
b >> still
b << still
b shut
b eof
END
    echoes back
}

@test "mode = echo: a client that does not read is paused; others are not, and nothing is lost" {
    echoes back_unread
}

@test "clients of both modes that never read, and go, leave nothing" {
    echoes leavers
}

@test "/echo answers curl's POST and PUT with the body" {
    local url=http://127.0.0.1:$http/echo
    cd "$BATS_TEST_TMPDIR" || return
    head -c 4194304 /dev/urandom >body
    curl -sS --max-time "$PATIENCE" -o post --data-binary @body "$url"
    cmp body post
    curl -sS --max-time "$PATIENCE" -o put -T body "$url"
    cmp body put
    curl -sS --max-time "$PATIENCE" -o chunked -H 'Transfer-Encoding: chunked' --data-binary @body "$url"
    cmp body chunked
    curl -sS --max-time "$PATIENCE" -o old -0 --data-binary @body "$url"
    cmp body old
    logged() { [ "$(grep -acE '"(POST|PUT) /echo HTTP/1.[01]" 200 4194304 ' "$STATE/access.log")" -eq 4 ]; }
    until_true logged
}

@test "/echo: POST and PUT, plain and chunked, of many sizes on one connection; 405 for the rest" {
    echoes web
}

# bats test_tags=once
@test "/echo gives the type back, unless a browser would run it" {
    echoes types
}

@test "/echo: 100 Continue before the body" {
    echoes expect
}

@test "/echo: 4 MiB that are all sent before any is read; 40 MiB that are read as they are sent" {
    echoes big
}

@test "/echo: a client that does not read is paused; others are served, and nothing is lost" {
    echoes unread
}

@test "/echo: pipelined, in one send, in pieces, byte by byte" {
    echoes pipelined
}

@test "/echo: a broken body ends the connection, and nothing in it is a request" {
    echoes broken
}

# bats test_tags=once
@test "web = no: there is no /echo" {
    conf echo web=no
    agentctl reload
    echoes off
    conf echo web=yes
    agentctl reload
    [ "$(curl -sS -d back "http://127.0.0.1:$http/echo")" = back ]
}
