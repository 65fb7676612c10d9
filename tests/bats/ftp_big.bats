#!/usr/bin/env bats
# once
# plain
# 5 GiB by FTP: what broke off past 4 GiB goes on, both ways, and the sums are equal. The files are sparse:
# only what was missing goes over the wire, and what a first session had brought costs nothing.

# shellcheck disable=SC2154 # $ftp: read_ports
load lib

setup_file() {
    agentd_setup
    conf ftp anonymous=write
    conf files sync=no partial_keep=1d partial_guests=100G
    agentd_start
    export PART=5300000000
    sparse "$WORK/big" 5368709120
    sparse "$WORK/part" $PART
}

teardown_file() {
    agentd_teardown
}

setup() {
    export HOME=$BATS_TEST_TMPDIR
    read_ports
    cd "$WORK" || return
}

# sparse FILE SIZE: so much of the file; a few numbers tell where they stand, the rest is nothing.
sparse() {
    local at
    for at in 0 2147483643 4294967291 5299999990 5300000000 5368709110; do
        [ "$at" -ge "$2" ] || printf %010d "$at" |
            dd of="$1" bs=10 seek="$at" oflag=seek_bytes conv=notrunc status=none
    done
    truncate -s "$2" "$1"
}

# Of an upload to each name, PART bytes have come: the first few by FTP, the others while agentd is away;
# it goes by the file's size.
left_of() {
    local name
    for name; do
        python3 -B "$BATS_TEST_DIRNAME/ftp_resume.py" leave_one "/$name" part 4096
    done
    agentctl stop >/dev/null
    for name in "$FILES"/.agentd/*; do
        sparse "$name" "$PART"
    done
    agentd_start
}

fetch() {
    curl -sS --fail --max-time 120 "$@"
}

lftp_do() {
    lftp --norc -c "set cmd:fail-exit yes; set net:max-retries 2; set net:timeout 60; set cmd:interactive no; \
        open -u anonymous,x ftp://127.0.0.1:$ftp; $*"
}

@test "5 GiB go on past 4 GiB, down and up, by curl (APPE) and lftp (REST and STOR), with equal sums" {
    left_of by-curl by-lftp
    fetch -C - -T big "ftp://127.0.0.1:$ftp/by-curl"
    lftp_do "put -c big -o by-lftp"
    mv part curl.part
    cp --sparse=always curl.part lftp.part
    fetch -C - -o curl.part "ftp://127.0.0.1:$ftp/by-lftp"
    lftp_do "get -c by-curl -o lftp.part"
    python3 -B "$BATS_TEST_DIRNAME/ftp_clients.py" equal big curl.part lftp.part "$FILES"/by-{curl,lftp} >sum
    cat sum
    grep -qxE '5368709120 [0-9a-f]{64}' sum
}

@test "ranges at 2^31, 2^32 and the end; SIZE" {
    fetch -r 2147483640-2147483660 "ftp://127.0.0.1:$ftp/by-curl" | cmp - <(dd if=big bs=1 skip=2147483640 count=21 status=none)
    fetch -r 4294967290-4294967310 "ftp://127.0.0.1:$ftp/by-curl" | cmp - <(dd if=big bs=1 skip=4294967290 count=21 status=none)
    [ "$(fetch -C 5368709114 "ftp://127.0.0.1:$ftp/by-curl")" = 709110 ]
    fetch -I "ftp://127.0.0.1:$ftp/by-curl" | grep -q '^Content-Length: 5368709120'
}
