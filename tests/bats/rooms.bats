#!/usr/bin/env bats
# Rooms that are registered: they stay, and have folders; speaking in them from everywhere; the names
# `rooms` and `files`; one person by several doors. Nothing here depends on the loop's backend.
# once

load lib

setup_file() {
    agentd_setup
    conf ftp anonymous=write
    conf lgp access=write
    conf http files_access=write "access_log=$STATE/access.log"
    local name
    for name in ann ben cat; do
        new_user "$name"
    done
    new_user ray read
    new_user boss admin
    agentd_start
}

teardown_file() {
    agentd_teardown
}

setup() {
    as_at_first
    read_ports
}

new_user() {
    printf "%s's\n" "$1" | agentctl user add "$@"
}

rooms() {
    timeout 60 python3 -B "$BATS_TEST_DIRNAME/rooms.py" "$@"
}

without_flood_control() {
    change limits rate=off
}

@test "a registered room stays, over a restart, with its topic, modes, lists and people" {
    rooms stays
}

@test "a room of nobody wakes after a crash, when somebody comes in" {
    rooms wakes "$PID"
}

@test "a room's folder is for those who are in it or might come in, by every door" {
    without_flood_control
    rooms folder
}

@test "the folder goes along with a new name" {
    rooms renamed
}

@test "what a room of the same name has left is its next one's not" {
    rooms aside
}

@test "what arrives in a room's folder is told there, with its digest" {
    without_flood_control
    rooms told
}

@test "http speaks in rooms, and says why not" {
    without_flood_control
    rooms http_says
}

@test "who is too fast by http or FTP waits" {
    change limits rate=1 burst=5
    rooms flood
}

@test "a token for programs says, reads and writes, and administrates nothing" {
    rooms tokens
}

@test "files answers: ls, find, send" {
    without_flood_control
    rooms files_service
}

@test "files are sent from the chat to a room's folder" {
    without_flood_control
    rooms drop
}

@test "one person by several doors: seen, thrown out, banned" {
    rooms presence
}
