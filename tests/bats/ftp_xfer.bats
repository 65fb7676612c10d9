#!/usr/bin/env bats
# once
# Transfers by FTP: how far they are, who ends them, what the books say of them.

load lib

setup_file() {
    agentd_setup
    conf limits login_delay=off login_failures=off
    conf files sync=no
    conf ftp anonymous=write
    conf http files_access=write
    printf 'x\n' | agentctl user add ann write
    printf 'x\n' | agentctl user add ben write 2000000
    truncate -s 64M "$FILES/big"
    agentd_start
}

teardown_file() {
    agentd_teardown
}

setup() {
    as_at_first
}

xfer() {
    python3 -B "$BATS_TEST_DIRNAME/ftp_xfer.py" "$@"
}

@test "who shows each transfer's file, direction, percentage, rate and time left, by HTTP too" {
    xfer progress
    until_true nobody_is_there
}

@test "kick ends a transfer at once, with 421 and a line in the log" {
    xfer ended kick
}

@test "a ban ends the transfers of its address" {
    xfer ended ban
}

@test "a transfer that moves no byte for idle_timeout ends with 426 and a line in the log" {
    change limits idle_timeout=1s
    xfer still
}

@test "uploads at once, of which one is aborted and one exceeds its quota, do not touch each other" {
    xfer many
}

@test "a rate holds for uploads, and holds up nobody else" {
    change limits transfer_rate=100000
    xfer limited
}

@test "the xferlog has a line for each transfer, whole or not, with names that are one word" {
    xfer xferlog
}
