#!/usr/bin/env bats
# The irc front-end: RFC 1459 and 2812 as modern.ircdocs.horse puts them together. What can be said as a
# conversation stands in tests/golden/irc, a file a theme; what needs many clients is in irc.py.

load lib

setup_file() {
    agentd_setup
    conf limits rate=off
    conf history store=yes
    agentd_start
}

teardown_file() {
    agentd_teardown
}

# Each test begins with an empty house, and with the configuration that setup_file made.
setup() {
    as_at_first
    until_true nobody_is_there
}

golden() {
    talk "$ROOT/tests/golden/irc/$1.talk"
}

many() {
    PORTS=$PORTS python3 -B "$BATS_TEST_DIRNAME/irc.py" "$@"
}

# in_room NAME ROOM
in_room() {
    agentctl who --json | grep -q "\"name\":\"$1\",[^}]*\"doing\":\"$2\""
}

# talk_while NAME ROOM COMMAND...: holds the conversation that stdin describes; as soon as NAME is in
# ROOM, the command runs. Both must go well.
talk_while() {
    local name=$1 room=$2 file=$BATS_TEST_TMPDIR/while.talk status=0 pid
    shift 2
    cat >"$file"
    talk "$file" 3>&- &
    pid=$!
    until_true in_room "$name" "$room" && "$@" || {
        status=1
        kill $pid
    }
    wait $pid && return $status
}

# --- conversations ---

@test "registration works in every order, and 001 to 005 tell the truth" {
    golden registration
}

@test "capability negotiation holds nobody up" {
    golden cap
}

@test "a room gets another name" {
    golden rename
}

@test "an account's clients share how far it has read" {
    echo secret | agentctl user add marker
    golden marker
}

@test "what was said before: history, search, taking back" {
    golden history
}

@test "tags, echoes, labels and messages of several lines" {
    golden tags
}

# bats test_tags=once
@test "names: clashes, letters, scripts, reserved ones, 32 characters" {
    golden names
}

# bats test_tags=once
@test "JOIN and PART: lists, keys, names of rooms, JOIN 0" {
    golden join
}

# bats test_tags=once
@test "PRIVMSG and NOTICE: targets, errors, and NOTICE is never answered" {
    golden say
}

# bats test_tags=once
@test "TOPIC: who may set it, and how long it may be" {
    golden topic
}

# bats test_tags=once
@test "NAMES, LIST, WHO, WHOIS, AWAY, LUSERS, MOTD and PING are answered" {
    golden query
}

# bats test_tags=once
@test "MODE: o v n t m k l i b, several in one, lists, who may, unknown letters, user mode i" {
    golden mode
}

# bats test_tags=once
@test "KICK, INVITE and QUIT" {
    golden people
}

# bats test_tags=once
@test "lines: what is no message, not UTF-8 or harmful is refused or cleaned" {
    golden lines
}

@test "what is no IRC is closed before registration, an HTTP verb at once" {
    golden strangers
}

# bats test_tags=once
@test "the message of the day comes from its file, or is our own when that is missing" {
    printf 'Hello, \nüber 小明\r\n\n  indented\nlast without end' >"$STATE/motd.txt"
    talk <<'END'
a = tcp irc
a > NICK motd_a
a > USER a 0 * :A
a ~ :agentd 375 .*
a < :agentd 372 motd_a :- Hello,\x20
a < :agentd 372 motd_a :- über 小明
a < :agentd 372 motd_a :-\x20
a < :agentd 372 motd_a :-   indented
a < :agentd 372 motd_a :- last without end
a < :agentd 376 motd_a .*
END
    rm "$STATE/motd.txt"
    mkdir "$STATE/motd.txt"
    talk <<'END'
a = tcp irc
a > NICK motd_b
a > USER a 0 * :A
a ~ :agentd 375 .*
a < :agentd 372 motd_b :- Welcome\. .*
a ~ :agentd 376 motd_b .*
END
    rmdir "$STATE/motd.txt"
}

# --- many clients, long lines ---

# bats test_tags=once
@test "a line of 510 bytes is relayed whole, and never cut within a character" {
    many long_lines
}

# bats test_tags=once
@test "a line that is too long is refused once, whatever its length" {
    local before
    before=$(stat_of irc_refused)
    many too_long
    stat_is irc_refused $((before + 6))
}

# bats test_tags=once
@test "100 rooms are the most, as CHANLIMIT says" {
    many many_rooms
}

@test "300 clients in one room hear each other, and see each other leave once" {
    many crowd
}

@test "who shares many rooms with one who leaves is told once" {
    many shared_rooms
}

# --- limits ---

@test "flood control holds back who floods, loses nothing and disturbs nobody else" {
    change limits rate=20 burst=5
    many flood
}

@test "rate = off: 3000 lines at once all arrive" {
    many flood_big
}

@test "who does not read is closed at sendq bytes, the others go on" {
    local before
    before=$(stat_of closed_slow)
    change limits sendq=64K
    many slow
    stat_is closed_slow $((before + 1))
}

# bats test_tags=once
@test "WHO says when it leaves people out, because too much waits for who asks" {
    many who_cut
}

@test "who reads is never closed as slow, however much comes at once" {
    change limits sendq=256K
    many burst "$PID"
}

@test "who does not register in time is told and closed" {
    change limits request_timeout=1s
    talk <<'END'
a = tcp irc
b = tcp irc
b > CAP LS 302
b > NICK late
b > USER late 0 * :Late
b ~ :agentd CAP \* LS :.*
a < ERROR :Closing link: Registration timed out
a eof
b < ERROR :Closing link: Registration timed out
b eof
END
}

@test "who is silent is asked by PING, stays with an answer, and is closed without" {
    local before
    before=$(stat_of closed_timeout)
    change limits idle_timeout=2s
    talk <<'END'
u = udp udp
u > L watcher
u < OK
a = tcp irc
a > NICK idler
a > USER a 0 * :A
a ~ :agentd 376 .*
a > JOIN #lobby
a ~ :agentd 366 .*
u < \n欢迎 idler 进入聊天室
a < PING :agentd
a > PONG :agentd
a < PING :agentd
a < ERROR :Closing link: Ping timeout
a eof
u < \nidler 退出聊天室
u > Q watcher
u < EXIT
END
    stat_is closed_timeout $((before + 1))
}

# --- the administrator ---

@test "agentctl say reaches everybody by both doors, in a room or not" {
    [ "$(agentctl say nobody)" = "said to 0 people" ]
    talk_while say_c '#lobby' agentctl say 'Lunch is ready: 饭好了' <<'END'
a = tcp irc
a > NICK say_a
a > USER a 0 * :A
a ~ :agentd 376 .*
b = udp udp
b > L say_b
b < OK
c = tcp irc
c > NICK say_c
c > USER c 0 * :C
c ~ :agentd 376 .*
c > JOIN #lobby
c ~ :agentd 366 .*
b < \n欢迎 say_c 进入聊天室
a < :agentd NOTICE say_a :\[administrator\] Lunch is ready: 饭好了
b < \n管理员: Lunch is ready: 饭好了
c < :agentd NOTICE #lobby :\[administrator\] Lunch is ready: 饭好了
b > Q say_b
b < EXIT
END
    # No second line can be smuggled in.
    talk_while say_d '#lobby' agentctl say $'one\r\n:agentd KICK #lobby say_d\nthree\e[31m' <<'END'
b = udp udp
b > L say_b
b < OK
d = tcp irc
d > NICK say_d
d > USER d 0 * :D
d ~ :agentd 376 .*
d > JOIN #lobby
d ~ :agentd 366 .*
b < \n欢迎 say_d 进入聊天室
d < :agentd NOTICE #lobby :\[administrator\] one *:agentd KICK #lobby say_d three\[31m
b < \n管理员: one *:agentd KICK #lobby say_d three\[31m
b > Q say_b
b < EXIT
d < .* QUIT .*
d > PING 1
d < .* PONG agentd :1
END
}

@test "agentctl kick throws out by name, and tells why" {
    run agentctl kick kick_a
    [ "$status" -eq 1 ]
    talk_while kick_b '#lobby' agentctl kick KICK_A 'too loud' <<'END'
a = tcp irc
a > NICK kick_a
a > USER a 0 * :A
a ~ :agentd 376 .*
a > JOIN #lobby
a ~ :agentd 366 .*
b = tcp irc
b > NICK kick_b
b > USER b 0 * :B
b ~ :agentd 376 .*
b > JOIN #lobby
b ~ :agentd 366 .*
a < :kick_b\S+ JOIN #lobby
a < ERROR :Closing link: Kicked by the administrator: too loud
a eof
b < :kick_a!~a@127\.0\.0\.1 QUIT :Kicked by the administrator: too loud
END
    log_has 'event=kick.*too loud'
}

# bats test_tags=once
@test "agentctl kick throws out by session number, registered or not" {
    kick_session() {
        local sid
        sid=$(agentctl who --json | tr '{' '\n' | sed -n "s/^\"sid\":\([0-9]*\),.*\"name\":\"$1\".*/\1/p")
        [ -n "$sid" ] && agentctl kick "$sid" "by number"
    }
    talk_while kick_c '#lobby' kick_session kick_c <<'END'
c = tcp irc
c > NICK kick_c
c > USER c 0 * :C
c ~ :agentd 376 .*
c > JOIN #lobby
c ~ :agentd 366 .*
c < ERROR :Closing link: Kicked by the administrator: by number
c eof
END
    talk_while kick_d registering kick_session kick_d <<'END'
d = tcp irc
d > NICK kick_d
d < ERROR :Closing link: Kicked by the administrator: by number
d eof
END
    run agentctl kick 999999999
    [ "$status" -eq 1 ]
    [[ $output == *"nobody has that name"* ]]
}

# bats test_tags=once
@test "the topic of the lobby survives a restart, whose coming the clients are told" {
    talk_while keeper '#lobby' agentctl restart <<'END'
a = tcp irc
a > NICK keeper
a > USER a 0 * :A
a ~ :agentd 376 .*
a > TOPIC #lobby :x
a < :agentd 442 .*
a >> JOIN #lobby\r\nTOPIC #lobby :Stühle sind 椅子, “'; DROP TABLE room\r\n
a ~ :keeper\S+ TOPIC #lobby :Stühle .*
a < ERROR :Closing link: agentd stops
a eof
END
    read_ports
    talk <<'END'
b = tcp irc
b > NICK reader
b > USER b 0 * :B
b ~ :agentd 376 .*
b > JOIN #lobby
b < .* JOIN #lobby
b < :agentd 332 reader #lobby :Stühle sind 椅子, “'; DROP TABLE room
b < :agentd 333 reader #lobby keeper(!\S+)? \d{10}
b ~ :agentd 366 .*
b > MODE #lobby
b < :agentd 324 reader #lobby \+n
b < :agentd 329 .*
b > TOPIC #lobby :
b < .* TOPIC #lobby :
END
    agentctl restart >/dev/null
    read_ports
    talk <<'END'
b = tcp irc
b > NICK reader
b > USER b 0 * :B
b ~ :agentd 376 .*
b > JOIN #lobby
b < .* JOIN #lobby
b < :agentd 353 .*
END
}
