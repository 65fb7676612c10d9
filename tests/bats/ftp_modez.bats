#!/usr/bin/env bats
# MODE Z by FTP: byte for byte (tests/golden/ftp/modez.talk, ftp_modez.py), and as lftp has it, in clear and
# with TLS.

# shellcheck disable=SC2154 # $ftp and the like: read_ports
load lib

setup_file() {
    agentd_setup
    conf limits login_delay=off login_failures=off
    conf ftp anonymous=write tls_listen=127.0.0.1:0
    conf files sync=no
    mkdir -p "$FILES/many"
    printf 'hello\nworld\n' >"$FILES/a.txt"
    head -c 1500000 /dev/urandom | od -An -tx1 >"$FILES/big"
    printf 'x\n' | agentctl user add ann write 100000
    agentctl cert new
    agentd_start
}

teardown_file() {
    agentd_teardown
}

modez() {
    python3 -B "$BATS_TEST_DIRNAME/ftp_modez.py" "$@"
}

# lftp_z URL COMMAND...: one session in MODE Z; the first failure ends it.
lftp_z() {
    local script='set cmd:fail-exit yes; set net:max-retries 2; set net:timeout 20; set ftp:use-mode-z yes;'
    script+="set ssl:ca-file $STATE/tls.crt; set ftp:ssl-protect-data yes; debug -o $BATS_TEST_TMPDIR/said 4;"
    HOME=$BATS_TEST_TMPDIR LFTP_HOME=$BATS_TEST_TMPDIR/lftp \
        lftp --norc -c "$script open -u anonymous,x $1; ${*:2}"
    grep -q 'MODE is deflate' "$BATS_TEST_TMPDIR/said"
}

both_ways() {
    mkdir -p "$BATS_TEST_TMPDIR/up/sub"
    cd "$BATS_TEST_TMPDIR" || return
    cp "$FILES/big" up/text
    : >up/empty
    head -c 300000 /dev/urandom >up/sub/noise
    lftp_z "$1" "mirror -R --no-perms up there; cls there; mirror --no-perms there down; rm -r there"
    diff -r up down
}

@test "OPTS MODE Z, MODE Z, streams and what is none" {
    talk "$ROOT/tests/golden/ftp/modez.talk"
}

@test "files of all kinds and sizes, up and down, at all levels" {
    modez both_ways
}

@test "REST, APPE and ASCII count plain bytes" {
    modez parts
}

@test "a stream may come byte by byte" {
    modez pieces
}

@test "LIST, NLST and MLSD are the same, deflated" {
    modez listings
}

@test "streams that are cut or spoilt, connections that break, ABOR: nothing of them stays" {
    modez broken
}

@test "a bomb ends at the quota, and stalls nobody" {
    modez bomb
}

@test "a client that does not read holds up nobody" {
    modez reads_slowly
}

@test "lftp, in clear: a tree up and down" {
    both_ways "ftp://127.0.0.1:$ftp"
}

@test "lftp, with TLS: a tree up and down" {
    both_ways "ftps://127.0.0.1:$ftp_tls"
}

@test "nothing is left" {
    until_true nobody_is_there
    [ "$(find "$FILES" -name '.agentd?*' | wc -l)" -eq 0 ]
}
