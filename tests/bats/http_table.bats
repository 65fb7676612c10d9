#!/usr/bin/env bats
# HTTP byte for byte: the requests of http_table.txt, to the plain door and by TLS, whole and in pieces.
# What a proxy and agentd might read differently must be refused, and the connection closed.

# shellcheck disable=SC2154 # $http and the like: read_ports
load lib

setup_file() {
    agentd_setup
    conf limits login_delay=off login_failures=off
    conf files sync=no
    conf http tls_listen=127.0.0.1:0 files_access=write
    conf http url=http://outside.example "chat_origins=https://friend.example https://*.lab.example"
    conf echo web=yes
    cat >>"$CONF" <<END
[access]
[access "/closed"]
read = @users
write = @users
[access "/admin"]
read = @admin
write = @admin
END
    site
    agentctl cert new
    printf 'secret\n' | agentctl user add alice
    agentd_start
    # All groups by one client, which costs a tenth of one each; the tests look at what it found.
    mkdir "$WORK/table"
    python3 -B "$BATS_TEST_DIRNAME/http_table.py" "$WORK/table"
}

teardown_file() {
    agentd_teardown
}

site() {
    mkdir -p "$SITE/sub" "$SITE/d d" "$SITE/.git" "$FILES/closed" "$FILES/admin" "$FILES/folder"
    printf probe >"$SITE/probe.txt"
    printf old >"$FILES/old.txt"
    printf sub >"$SITE/sub/index.html"
    printf semi >"$SITE/a;b.txt"
    printf blank >"$SITE/a b.txt"
    printf percent >"$SITE/100%.txt"
    printf accent >"$SITE/é.txt"
    printf hidden | tee "$SITE/.hidden" "$SITE/.git/config" "$FILES/.hidden" >"$FILES/folder/x"
    : >"$SITE/empty"
    mkfifo "$SITE/pipe"
    ln -s /etc/passwd "$SITE/out"
    head -c 100000 /dev/zero | tr '\0' b >"$SITE/big.bin"
    touch -d '1994-11-06 08:49:37 UTC' "$SITE/probe.txt"
}

# A group's failures, a line each; nothing is there when it was not run.
table() {
    cat "$WORK/table/$1"
    [ -f "$WORK/table/$1" ] && [ ! -s "$WORK/table/$1" ]
}

@test "the table has at least 300 cases" {
    local cases
    cases=$(<"$WORK/table/count")
    echo "# $cases cases, each plain and by TLS, whole and in pieces" >&3
    [ "$cases" -ge 300 ]
}

@test "RFC 9112, 2.2: lines" {
    table "RFC 9112, 2.2: lines"
}

@test "RFC 9112, 3: the request line" {
    table "RFC 9112, 3: the request line"
}

@test "RFC 9112, 3.2: the target" {
    table "RFC 9112, 3.2: the target"
}

@test "RFC 9110, 9: methods" {
    table "RFC 9110, 9: methods"
}

@test "RFC 9112, 2.3 and RFC 9110, 6.2: versions" {
    table "RFC 9112, 2.3 and RFC 9110, 6.2: versions"
}

@test "RFC 9112, 5: fields" {
    table "RFC 9112, 5: fields"
}

@test "RFC 9110, 5.4 and RFC 6585: limits" {
    table "RFC 9110, 5.4 and RFC 6585: limits"
}

@test "RFC 9112, 3.2 and RFC 9110, 7.2: Host" {
    table "RFC 9112, 3.2 and RFC 9110, 7.2: Host"
}

@test "RFC 9112, 6.2: Content-Length" {
    table "RFC 9112, 6.2: Content-Length"
}

@test "RFC 9112, 6.1 and 6.3: Transfer-Encoding" {
    table "RFC 9112, 6.1 and 6.3: Transfer-Encoding"
}

@test "RFC 9112, 7.1: chunks" {
    table "RFC 9112, 7.1: chunks"
}

@test "RFC 9112, 7.1.2: trailers" {
    table "RFC 9112, 7.1.2: trailers"
}

@test "RFC 9110, 10.1.1: Expect" {
    table "RFC 9110, 10.1.1: Expect"
}

@test "RFC 9112, 9.3: persistence" {
    table "RFC 9112, 9.3: persistence"
}

@test "RFC 9112, 9.3.2: pipelining" {
    table "RFC 9112, 9.3.2: pipelining"
}

@test "RFC 9112, 8: requests that are not whole" {
    table "RFC 9112, 8: requests that are not whole"
}

@test "RFC 9110, 9.3.2: HEAD" {
    table "RFC 9110, 9.3.2: HEAD"
}

@test "RFC 9110, 13.1.1 and 13.1.4: If-Match, If-Unmodified-Since" {
    table "RFC 9110, 13.1.1 and 13.1.4: If-Match, If-Unmodified-Since"
}

@test "RFC 9110, 13.1.2 and 13.1.3: If-None-Match, If-Modified-Since" {
    table "RFC 9110, 13.1.2 and 13.1.3: If-None-Match, If-Modified-Since"
}

@test "RFC 9110, 14: ranges" {
    table "RFC 9110, 14: ranges"
}

@test "RFC 6455, 4.2: WebSocket's handshake" {
    table "RFC 6455, 4.2: WebSocket's handshake"
}

@test "paths" {
    table "paths"
}

@test "the store" {
    table "the store"
}

# A request that the access log knows of was taken for one. The log is written behind a request that came
# later than all of the table's.
@test "what stands behind a request that ends its connection is never taken for one" {
    curl -sS -o "$BATS_TEST_TMPDIR/none" "http://127.0.0.1:$http/logged"
    until_true grep -aq '"GET /logged ' "$STATE/access.log"
    is_not grep -a '"GET /smuggled' "$STATE/access.log"
}
