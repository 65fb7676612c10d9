#!/usr/bin/env bats
# One room by all doors: two browsers, an irssi and a datagram user (tests/web/room.mjs), before and after a restart. All
# of it in setup_file; each test here asks how one part went.
# once
# plain

# shellcheck disable=SC2154 # $http and the like: read_ports
load lib
load people

setup_file() {
    agentd_setup
    conf limits rate=off
    conf history store=yes
    agentd_start
    conf http listen="127.0.0.1:$http" # the same after a restart
    conf irc listen="127.0.0.1:$irc"
    conf udp listen="127.0.0.1:$udp"
    people_setup
    irssi_start ann
    irssi_enters ann
    (
        cd "$ROOT" && export HOME=$WORK BUILD=${BUILD:-build} PORT=$http UDP=$udp AGENTCTL=$ROOT/ctl/agentctl
        sh tests/npm.sh && timeout 100 node tests/web/room.mjs ann
    ) >"$WORK/room.out" 2>"$WORK/room.err" 3>&- || cat "$WORK/room.err" >&2
}

teardown_file() {
    local left=0
    people_teardown || left=1
    agentd_teardown && return $left
}

# went NAME: that part.
went() {
    grep -qx "ok $1" "$WORK/room.out" || {
        grep "^not ok $1:" "$WORK/room.out" || cat "$WORK/room.err"
        return 1
    } >&2
}

@test "two pages, an irssi and a datagram user in one room: everybody hears everybody" { went together; }
@test "a stop, a start, a restart: the pages and irssi come back as whom they were; no line is lost or doubled" { went restart; }
