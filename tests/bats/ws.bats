#!/usr/bin/env bats
# WebSocket (RFC 6455): frames, messages, and IRC by them; http_table.txt has the handshake. A conn hides the
# loop's backend from all of this.
# once

# shellcheck disable=SC2154 # $http and the like: read_ports
load lib

setup_file() {
    agentd_setup
    conf http "chat_origins=https://friend.example https://*.lab.example"
    conf echo web=yes
    conf limits sendq=64K per_account=1
    agentd_start
    echo secret | agentctl user add anna
    export WORK_OF_ALL=$WORK
}

teardown_file() {
    agentd_teardown
}

setup() {
    as_at_first
}

teardown() {
    teardown_own
}

ws() {
    timeout 60 python3 -B "$BATS_TEST_DIRNAME/ws.py" "$@"
}

# First, as what others leave behind would be used again.
@test "900 who say nothing need little memory" {
    ws idle >&3
}

@test "frames: right ones and wrong ones, whole and byte by byte" {
    ws cases
}

@test "a handshake and messages, cut at each byte" {
    ws cut
}

@test "text that is not UTF-8 ends it at the first byte that is wrong" {
    ws utf8
}

@test "messages of all sizes up to 16 MiB, and not beyond" {
    ws sizes
}

@test "what comes with the request is not lost" {
    ws behind
}

@test "who reads nothing is not listened to any more, and nothing is lost" {
    ws slow_echo
}

@test "who pings and reads nothing is closed at sendq" {
    local before
    before=$(stat_of closed_slow)
    ws slow_pings
    until_true stat_is closed_slow $((before + 1))
}

@test "npm's ws has the same view of it" {
    (cd "$ROOT" && sh tests/npm.sh)
    [ "$(PORT=$http NPM=$ROOT/${BUILD:-build}/npm timeout 60 node "$BATS_TEST_DIRNAME/ws.mjs")" = "all of it" ]
}

@test "people chat by WebSocket, text and binary, and by lines" {
    ws chat
}

@test "a message is a line" {
    ws lines
}

@test "flood control lets who says too much wait" {
    change limits rate=100 burst=10
    ws flood
}

@test "labels and batches go by WebSocket, too" {
    ws labels
}

@test "who has logged in by the browser has in the chat, but not for every page" {
    ws accounts
    log_has 'event=origin-refused proto=http sid=[0-9]+ origin=https://evil.example '
}

@test "who, kick" {
    ws kicked
}

@test "who is silent is asked whether he is there" {
    change limits idle_timeout=1s
    ws quiet
}

@test "who does not register goes" {
    change limits request_timeout=1s
    ws unregistered
}

@test "the log and the counters know of it" {
    local before
    before=$(stat_of ws_upgraded)
    ws behind
    stat_is ws_upgraded $((before + 3))
    until_true grep -aq '"GET /chat/ws HTTP/1.1" 101 0 ' "$STATE/access.log"
    until_true grep -aq ' - anna .*"GET /echo HTTP/1.1" 101 0 ' "$STATE/access.log"
}

@test "irc and echo need no address of their own; a reload that shuts a door says so; so does a stop" {
    agentd_setup
    conf irc listen=
    conf echo listen= web=yes
    agentd_start
    agentctl status >"$WORK/status"
    grep -qE '^  irc +/chat/ws of http +0 sessions$' "$WORK/status"
    grep -qE '^  echo +/echo of http +0 sessions$' "$WORK/status"
    helper ws.py stay
    hear
    [ "$ANSWER" = ready ]
    conf http listen=
    conf echo web=no
    agentctl reload
    is_not connects "$http"
    echo go >&"$TELL"
    wait "$HELPER"
    HELPER=
    conf http listen=127.0.0.1:0
    conf echo web=yes
    agentctl reload
    read_ports
    ws stop
    until_true is_gone "$PID"
}
