#!/usr/bin/env bats
# once
# Those who guess passwords: delays, what replies tell, bans; and many who know theirs. Each test in
# brute.py comes from addresses of its own.

load lib

setup_file() {
    agentd_setup
    conf limits login_delay=1ms login_failures=off per_account=off
    conf udp allow=all
    new_user ann
    new_user ben
    new_user off
    agentctl user disable off
    agentd_start
}

teardown_file() {
    agentd_teardown
}

setup() {
    as_at_first
}

new_user() {
    printf 'the right one\n' | agentctl user add "$1"
}

brute() {
    python3 -B "$BATS_TEST_DIRNAME/brute.py" "$@"
}

@test "each failure from an address or to an account is answered later, whichever the door" {
    brute grow
}

@test "unknown names, wrong passwords and disabled accounts get the same answer, as late" {
    brute alike
}

@test "who hangs up before the answer has failed all the same" {
    brute left_early
}

@test "login_failures bans the address at every door, and nobody else" {
    change limits login_failures=6
    brute banned
}

@test "right passwords that wait behind a ban are refused" {
    change limits login_failures=6
    brute right_behind_ban
}

@test "agentctl ban add, list and del" {
    brute by_hand
}

@test "bans outlive the daemon" {
    brute kept
    agentctl restart
    read_ports
    brute still_kept
}

@test "bans run out by themselves" {
    change limits login_failures=6 ban=1s
    brute runs_out
}

@test "guests fail at nothing" {
    change limits login_failures=6
    brute guests_are_free
}

@test "200 who log in at once all come in, and who chats is answered meanwhile" {
    brute crowd
}
