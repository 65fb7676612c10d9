#!/usr/bin/env bats
# once
# Quotas: what an account's files may take up, counted by FTP and HTTP together.

load lib

setup_file() {
    agentd_setup
    conf limits login_delay=off login_failures=off
    conf ftp anonymous=write
    printf 'x\n' | agentctl user add ann write 100000
    printf 'x\n' | agentctl user add ben
    agentd_start
}

teardown_file() {
    agentd_teardown
}

setup() {
    as_at_first
}

quota() {
    python3 -B "$BATS_TEST_DIRNAME/quota.py" "$@"
}

@test "a quota holds to the byte: FTP 552, HTTP 507; deleting gives back" {
    quota full
}

@test "what is replaced is credited to whose it was" {
    quota replace
}

@test "what is moved still counts" {
    quota moved
}

@test "APPE and REST count the whole file; what breaks off counts nothing" {
    quota parts
}

@test "what others removed is noticed" {
    quota behind_our_back
}

@test "uploads at once never exceed the quota together" {
    quota together
}

@test "a file that is not there any more when it is replaced is not credited" {
    quota stale_credit
}

@test "what is used is known after a restart" {
    local before
    quota full
    before=$(agentctl user list --json)
    agentctl restart
    read_ports
    [ "$(agentctl user list --json)" = "$before" ]
    agentctl stop
    [ "$(agentctl user list --json)" = "$before" ]
}
