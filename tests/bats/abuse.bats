#!/usr/bin/env bats
# Clients that leave, change who they are, or ask for too much, at the wrong moment (abuse.py): nothing
# outlives its session, and nobody else feels it. What is read after it was freed shows with SAN=1.

load lib

setup_file() {
    agentd_setup
    conf limits login_delay=off login_failures=off
    echo small >"$FILES/small"
    echo 'the right one' | agentctl user add ann
    agentd_start
    abuse big_folder
}

teardown_file() {
    agentd_teardown
}

setup() {
    as_at_first
}

abuse() {
    python3 -B "$BATS_TEST_DIRNAME/abuse.py" "$@"
}

@test "ftp: a passive socket does not outlive a session that ends in a STAT" {
    abuse stat_and_gone
}

@test "ftp: a STAT that is not read is closed at the idle deadline" {
    change limits idle_timeout=1s
    abuse stat_unread
}

@test "ftp: USER ends the data connection of the one before" {
    change limits transfer_rate=64K
    abuse another_user
}

# bats test_tags=once
@test "http: one account's request logs another in, and the first is deleted" {
    change limits transfer_rate=64K
    abuse two_accounts
}

# bats test_tags=once
@test "logins under way when the password changes open nothing" {
    abuse changed_meanwhile
}

# bats test_tags=once
@test "600 logins from one address hold up no other" {
    abuse crowd_from_one
}

@test "http: what is answered instead of 100 Continue ends the connection" {
    abuse refused_body
}
