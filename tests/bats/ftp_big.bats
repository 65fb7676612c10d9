#!/usr/bin/env bats
# once
# plain
# 5 GiB by FTP: what broke off past 4 GiB goes on, both ways, and the sums are equal. The files are sparse,
# and only what follows goes over the wire; what is before it, a first session is as if it had sent.

# shellcheck disable=SC2154 # $ftp: read_ports
load lib

SIZE=5368709120
PART=5200000000 # bytes, of the first session
export SIZE PART

setup_file() {
    agentd_setup
    conf ftp anonymous=write
    conf files sync=no partial_keep=1d partial_guests=100G
    agentd_start
    URL=ftp://127.0.0.1:$ftp
    export URL
    truncate -s $SIZE "$WORK/big"
    local at
    for at in 0 2147483640 4294967290 $((PART - 5)) $((SIZE - 10)); do
        printf '%010d' "$at" | dd of="$WORK/big" bs=10 seek="$at" oflag=seek_bytes conv=notrunc status=none
    done
}

teardown_file() {
    agentd_teardown
}

setup() {
    export HOME=$BATS_TEST_TMPDIR
    cd "$WORK" || return
}

# Its first PART bytes, in a file of as few blocks.
part_of_big() {
    cp --sparse=always --reflink=auto big "$1"
    truncate -s $PART "$1"
}
