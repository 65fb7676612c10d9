#!/usr/bin/env bats
# once
# Logging in by IRC, beyond what accounts.bats and tls_login.bats show: SCRAM-SHA-256 (with weechat as a
# client), making an account by REGISTER, strict transport security. Conversations stand in tests/golden/irc;
# what is computed, in irc_login.py.

# shellcheck disable=SC2154 # $irc and the like: read_ports
load lib

setup_file() {
    agentd_setup
    conf irc tls_listen=127.0.0.1:0
    conf limits login_delay=off login_failures=off rate=off
    agentctl cert new
    printf 'correct horse\n' | agentctl user add alice
    printf 'x marks it\n' | agentctl user add bob
    printf 'from before\n' | agentctl user add old
    forget_verifiers old
    agentd_start
}

teardown_file() {
    agentd_teardown
}

setup() {
    as_at_first
    until_true nobody_is_there
    export CA=$STATE/tls.crt
}

# Their passwords are from before there were any verifiers.
forget_verifiers() {
    python3 - "$STATE/agentd.db" "$@" <<'END'
import sqlite3
import sys
with sqlite3.connect(sys.argv[1]) as db:
    for name in sys.argv[2:]:
        assert db.execute("UPDATE account SET verifier = '' WHERE name = ?", [name]).rowcount == 1
END
}

golden() {
    talk "$ROOT/tests/golden/irc/$1.talk"
}

scenario() {
    PORTS=$PORTS python3 -B "$BATS_TEST_DIRNAME/irc_login.py" "$@"
}

@test "AUTHENTICATE, as a conversation" {
    golden sasl
}

@test "there are no services, and what is meant for them goes to nobody" {
    golden services
}

@test "REGISTER makes an account, or says why not" {
    change irc registration=read
    golden register
    scenario registered
    local name
    for name in register_b register_c register_d; do
        [[ $(agentctl user show $name --json) == *'"role":"read",'* ]]
        agentctl user del $name
    done
    [ "$(stat_of irc_accounts)" -eq 3 ]
    log_has 'event=account proto=irc sid=[0-9]+ peer=127\.0\.0\.21:[0-9]+ who=register_c .*was made by its owner'
    is_not grep -aE 'correct ?horse|marks the spot' "$STATE/agentd.log" "$STATE/agentd.err"
}

@test "REGISTER: a few an hour from one address; who leaves meanwhile leaves nothing; role write" {
    change irc registration=write
    scenario too_many
    until_true nobody_is_there
    [[ $(agentctl user show many_22_0 --json) == *'"role":"write",'* ]]
    scenario leavers
}

@test "[irc] guests = no: who makes an account may come in" {
    change irc guests=no registration=read
    scenario members_only
    agentctl user del newcomer
}

@test "SCRAM-SHA-256: right, wrong, and tampered with; before registration and after" {
    scenario scram
}

@test "SCRAM-SHA-256: nobody learns which names there are, not by a restart either" {
    scenario fakes >"$BATS_TEST_TMPDIR/before"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/before")" -gt 5 ]
    agentctl restart
    read_ports
    scenario fakes | diff "$BATS_TEST_TMPDIR/before" -
}

@test "SCRAM-SHA-256: a password from before works after one login with it, by any door" {
    local door
    scenario from_before
    for door in ftp http; do
        agentctl stop
        forget_verifiers old
        agentd_start
        scenario from_before "$door"
    done
}

@test "SCRAM-SHA-256: what is changed meanwhile counts: the password, disabled, deleted" {
    scenario meanwhile
}

@test "SCRAM-SHA-256: failures are counted, answered late and end in a ban, as any" {
    change limits login_delay=200ms login_failures=3
    scenario counted
    errlog_has 'event=denied proto=irc .*who=nobody text="no such account; answered 200 ms later"'
    errlog_has 'event=denied proto=irc .*who=alice text="wrong password; answered 400 ms later"'
    agentctl ban del 127.0.0.9
}

@test "who has logged in again is the new one: sessions, limits, and what ends them" {
    change limits per_account=2
    scenario again
}

@test "sts: the way to TLS in clear, for how long by TLS, and never where there is none" {
    change irc sts=90d
    scenario sts
    change irc sts=90d tls_listen=
    read_ports
    scenario no_sts
}

@test "[tls] require = login: SCRAM in clear, which sends no password; REGISTER by TLS alone" {
    change tls require=login
    change irc registration=read
    scenario required
    agentctl user del newcomer
}

weechat_is_in() {
    agentctl who --json | grep -q '"name":"alice","account":"alice"'
}

@test "weechat logs in by SCRAM-SHA-256, in clear" {
    local home=$WORK/weechat pid status=0
    weechat-headless -d "$home" \
        -r "/server add test 127.0.0.1/$irc" \
        -r '/set irc.server.test.tls off' \
        -r '/set irc.server.test.nicks alice' \
        -r '/set irc.server.test.sasl_mechanism scram-sha-256' \
        -r '/set irc.server.test.sasl_username alice' \
        -r '/set irc.server.test.sasl_password "correct horse"' \
        -r '/set irc.server.test.sasl_fail disconnect' \
        -r '/connect test' >"$WORK/weechat.out" 2>&1 3>&- &
    pid=$!
    until_true weechat_is_in || status=1
    kill "$pid"
    until_true is_gone "$pid" && return $status
}

@test "an account that is always on stays, comes back, and is there after a restart" {
    agentctl user add steady <<<secret
    fails_saying 'say yes or no' agentctl user always-on steady perhaps
    agentctl user always-on steady yes
    golden absent
    until_true nobody_is_there
    agentctl restart >/dev/null
    read_ports
    talk <<'END'
w = tcp irc
w > NICK abs_w
w > USER w 0 * :W
w ~ :agentd 376 .*
w > JOIN #abs
w < .* JOIN #abs
w < :agentd 353 abs_w = #abs :.*steady.*
w < :agentd 366 .*
END
    agentctl user always-on steady no
    is_absent() {
        talk <<'END'
w = tcp irc
w > NICK abs_w
w > USER w 0 * :W
w ~ :agentd 376 .*
w > ISON steady nobody_else
w < :agentd 303 abs_w :
END
    }
    until_true is_absent
}
