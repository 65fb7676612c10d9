#!/usr/bin/env bats
# Conversations by IRC that ask every command: before registration, after it, with too little, by people
# and by operators of the server (tests/golden/irc). irc.bats has those about lines, limits and crowds.

load lib

GOLDEN=$ROOT/tests/golden/irc

setup_file() {
    agentd_setup
    conf limits rate=off login_delay=off login_failures=off
    conf history store=yes
    conf irc admin="The lab, room 7"
    sed -i 's/^admin = .*/&\nadmin = ring twice\nadmin = lab@lab.example/' "$CONF"
    agentd_start
    agentctl user add boss admin <<<secret
    agentctl user add émile write <<<secret
}

teardown_file() {
    agentd_teardown
}

# Each test begins with an empty house.
setup() {
    as_at_first
    until_true nobody_is_there
}

golden() {
    local file files=()
    for file; do
        files+=("$GOLDEN/$file.talk")
    done
    talk "${files[@]}"
}

# The commands that HELP names.
commands() {
    exec 4<>"/dev/tcp/127.0.0.1/$irc"
    printf 'NICK asks\r\nUSER a 0 * :A\r\nHELP\r\nQUIT\r\n' >&4
    tr -d '\r' <&4 | sed -n 's/^:agentd 705 asks \* ://p' | tr ' ' '\n' | LC_ALL=C sort
    exec 4>&-
}

in_lobby() {
    agentctl who --json | grep -q "\"name\":\"$1\",[^}]*\"doing\":\"#lobby\""
}

# A line for each command that the conversations ask.
asked_in() {
    cat "${@/#/$GOLDEN/}" | sed -nE 's/^[A-Za-z]+ >>? //p' | sed 's/\\r\\n/\n/g; s/^@[^ ]* //' |
        tr a-z A-Z | grep -aoE '^[A-Z0-9]+'
}

# Says which commands they do not ask.
not_asked_in() {
    asked_in "$@" | LC_ALL=C sort -u | LC_ALL=C comm -13 - <(commands)
}

@test "before registration most are 451; with too little 461, or what else there is for it" {
    golden before few
}

@test "HELP tells of every command; VERSION INFO TIME ADMIN LINKS MOTD LUSERS; servers that are not there" {
    golden help info
}

# bats test_tags=once
@test "lengths and numbers are as ISUPPORT says" {
    golden isupport
}

@test "channel modes: parameters that are missing or wrong; p and s; status messages" {
    golden params hidden status
}

@test "lists b, e and I: by name, network and account; who sees them; how many there may be" {
    golden lists accounts
}

@test "KNOCK, INVITE and its list, SILENCE, SETNAME" {
    golden knock invite silence setname
}

@test "MONITOR tells who comes and goes; WHOWAS who was here; ISON, USERHOST" {
    golden monitor whowas people2
}

@test "WHO with fields, LIST with conditions, WHOIS with all it can tell" {
    golden whox elist whois
}

@test "user modes; OPER, and what operators of the server may" {
    golden umode oper kill
}

@test "one that is no operator any more, because the account has changed, is none at its next command" {
    local file=$BATS_TEST_TMPDIR/gone.talk pid
    cat >"$file" <<'END'
a = tcp irc
a > NICK gon_a
a > USER a 0 * :A
a ~ :agentd 376 .*
a > OPER boss secret
a ~ :agentd 381 gon_a :.*
a > JOIN #lobby
a ~ :agentd NOTICE #lobby :\[administrator\] changed
a > STATS o
a < :gon_a\S+ MODE gon_a -o
a < :agentd 481 gon_a :.*
a < :agentd 219 gon_a o :.*
a > WALLOPS :x
a < :agentd 481 gon_a :.*
a > MODE gon_a
a < :agentd 221 gon_a \+
END
    talk "$file" 3>&- &
    pid=$!
    until_true in_lobby gon_a
    agentctl user role boss write
    agentctl say changed
    wait $pid
    agentctl user role boss admin
}

# bats test_tags=once
@test "names = ascii keeps other letters out, of people and of rooms" {
    conf irc names=ascii
    agentctl restart >/dev/null
    read_ports
    golden ascii
    conf irc names=utf8
    agentctl restart >/dev/null
    read_ports
}

# bats test_tags=once
@test "who changes his name too often has to wait" {
    change limits rate=1000 burst=1000
    golden renames
}

# bats test_tags=once
@test "LIST comes whole, however little may wait" {
    change limits sendq=4K
    golden long_list
}

@test "every command is asked before registration, after it, and with too little" {
    [ "$(commands | wc -l)" -gt 40 ]
    [ -z "$(not_asked_in before.talk)" ]
    [ -z "$(not_asked_in few.talk)" ]
    [ -z "$(cd "$GOLDEN" && not_asked_in [!bf]*.talk)" ]
}

@test "the conversations are at least 300 exchanges, and each is held by a suite" {
    local f
    [ "$(cd "$GOLDEN" && asked_in *.talk | wc -l)" -ge 300 ]
    for f in "$GOLDEN"/*.talk; do
        grep -qE "^ *golden (.* )?$(basename "$f" .talk)( |$)" "$BATS_TEST_DIRNAME"/irc*.bats
    done
}
