#!/usr/bin/env bats
# The udp front-end: WIRE.md's table row by row, and each of the details below it. A datagram must be what
# the table says, whole: `<` compares all of it.

load lib

setup_file() {
    agentd_setup
    conf limits rate=off
    agentd_start
}

teardown_file() {
    agentd_teardown
}

# Each test begins with an empty room, and with the configuration that setup_file made. Datagram users
# do not hang up: a test that failed may have left some.
setup() {
    as_at_first
    local name
    for name in $(people); do
        agentctl kick "$name" >/dev/null || true
    done
    until_true nobody_is_there
    ignored=$(stat_of udp_ignored)
}

people() {
    agentctl who --json | tr '{' '\n' | sed -n 's/.*"name":"\([^"]*\)".*/\1/p'
}

# So many datagrams were ignored, and counted, in this test.
ignored_are() {
    stat_is udp_ignored $((ignored + $1))
}

member() {
    agentctl who --json | grep -q "\"proto\":\"udp\",\"name\":\"$1\","
}

# talk_while NAME COMMAND...: holds the conversation that stdin describes; as soon as NAME is a member,
# the command runs. Both must go well.
talk_while() {
    local name=$1 file=$BATS_TEST_TMPDIR/while.talk status=0 pid
    shift
    cat >"$file"
    talk "$file" 3>&- &
    pid=$!
    until_true member "$name" && "$@" || {
        status=1
        kill $pid
    }
    wait $pid && return $status
}

# --- the table ---

@test "L answers OK and tells the others; C tells the others alone; Q answers EXIT and tells them" {
    talk <<'END'
a = udp udp
a > L alice
a < OK
b = udp udp
b > L 小明
b < OK
a < \n欢迎 小明 进入聊天室
c = udp udp
c > L carl
c < OK
a < \n欢迎 carl 进入聊天室
b < \n欢迎 carl 进入聊天室
a > C alice hello, world
b < \nalice: hello, world
c < \nalice: hello, world
b > C 小明 你好，世界
a < \n小明: 你好，世界
c < \n小明: 你好，世界
# Nothing came back to who spoke: this is the next datagram.
a > Q alice
a < EXIT
b < \nalice 退出聊天室
c < \nalice 退出聊天室
b > Q 小明
b < EXIT
c < \n小明 退出聊天室
c > Q carl
c < EXIT
a none
b none
c none
END
    ignored_are 0
}

# bats test_tags=once
@test "the words are English with messages = en" {
    change udp messages=en
    talk_while bob agentctl say 'tea, 茶' <<'END'
a = udp udp
a > L alice
a < OK
b = udp udp
b > L alice
b < This user exists already
b > L bob
b < OK
a < \nWelcome bob to the chat room
a < \nadministrator: tea, 茶
b < \nadministrator: tea, 茶
a > C alice hi
b < \nalice: hi
a > Q alice
a < EXIT
b < \nalice has left the chat room
b > Q bob
b < EXIT
END
}

# bats test_tags=once
@test "a name that is taken, by datagrams or by IRC, is refused" {
    talk <<'END'
i = tcp irc
i > NICK Ira
i > USER i 0 * :I
i ~ :agentd 376 .*
a = udp udp
a > L alice
a < OK
b = udp udp
b > L alice
b < 该用户存在
b > L ALICE
b < 该用户存在
# IRC users hold theirs wherever they are.
b > L ira
b < 该用户存在
# A login again from the same address, by the same name or another, is refused too.
a > L alice
a < 该用户存在
a > L alicia
a < 该用户存在
# and the other way round.
i > NICK Alice
i < :agentd 433 Ira Alice .*
i > PING 1
i < .* PONG agentd :1
a > Q alice
a < EXIT
# Then it is free.
b > L Alice
b < OK
b > Q alice
b < EXIT
i > NICK Alice
i < .* NICK :?Alice
b > L alice
b < 该用户存在
a none
b none
END
    ignored_are 0
}

# bats test_tags=once
@test "nobody is the administrator or the server; names that are none are refused" {
    talk <<'END'
a = udp udp
a > L 管理员
a < 该用户存在
a > L x管理员x
a < 该用户存在
a > L 管\xef\xa7\xa4员
a < 该用户存在
a > L administrator
a < 该用户存在
a > L Administrator
a < 该用户存在
a > L agentd
a < 该用户存在
a > L a!b
a < 该用户存在
a > L a:b
a < 该用户存在
a > L #lobby
a < 该用户存在
a > L аlice
a < 该用户存在
a > L al\xe2\x80\x8bice
a < 该用户存在
a > L al\xe2\x80\xaeice
a < 该用户存在
a > L al\xc2\xa0ice
a < 该用户存在
a > L 小小小小小小小小小小小小小小小小小小小小小小小小小小小小小小小小小
a < 该用户存在
# 32 characters are a name, of any letters; so is 7.
a > L 小小小小小小小小小小小小小小小小小小小小小小小小小小小小小小小明
a < OK
b = udp udp
b > L 7
b < OK
a < \n欢迎 7 进入聊天室
b > Q 7
b < EXIT
a < \n7 退出聊天室
a > Q 小小小小小小小小小小小小小小小小小小小小小小小小小小小小小小小明
a < EXIT
END
    ignored_are 0
}

# bats test_tags=once
@test "the administrator's notice comes to all, under a name that only the administrator has" {
    talk_while bob agentctl say 'the lab closes at six' <<'END'
a = udp udp
a > L alice
a < OK
b = udp udp
b > L bob
b < OK
a < \n欢迎 bob 进入聊天室
a < \n管理员: the lab closes at six
b < \n管理员: the lab closes at six
b > C 管理员 I am not
b > C bob 管理员: I am not
a < \nbob: 管理员: I am not
b > Q 管理员
b > Q bob
b < EXIT
a < \nbob 退出聊天室
a > Q alice
a < EXIT
END
    ignored_are 2
}

# --- details ---

# bats test_tags=once
@test "fields are split at single spaces, three at most, and blanks in the text stay" {
    talk <<'END'
a = udp udp
b = udp udp
# What follows the name is no part of it.
a > L bob smith jr
a < OK
b > L ben\x20
b < OK
a < \n欢迎 ben 进入聊天室
b > C ben   three  and two\x20
a < \nben:   three  and two\x20
# Empty text is relayed as it is.
b > C ben\x20
a < \nben:\x20
b > C ben \x20
a < \nben: \x20
b > C ben :C bob L x Q y
a < \nben: :C bob L x Q y
# A tab is no separator.
b > C ben a\tb
a < \nben: a\tb
b > Q ben and more
b < EXIT
a < \nben 退出聊天室
a > Q bob
a < EXIT
END
    ignored_are 0
}

# bats test_tags=once
@test "one line end behind a datagram is dropped, as nc sends it" {
    talk <<'END'
a = udp udp
b = udp udp
a > L alice\n
a < OK
b > L bob\r\n
b < OK
a < \n欢迎 bob 进入聊天室
a > C alice one\n
b < \nalice: one
a > C alice two\r\n
b < \nalice: two
a > C alice \n
b < \nalice:\x20
# More than one is not.
a > C alice three\n\n
a > C alice four\r
a > C alice five\n\r\n
a > C alice six
b < \nalice: six
a > Q alice\n
a < EXIT
b < \nalice 退出聊天室
b > Q bob\r\n
b < EXIT
END
    ignored_are 3
}

# bats test_tags=once
@test "what is malformed, empty, of nobody or not UTF-8 is ignored and counted" {
    talk <<'END'
a = udp udp
b = udp udp
a > L alice
a < OK
# Of nobody: not logged in.
b > C alice I am not she
b > C bob hello
b > Q alice
b > Q bob
b > L bob
b < OK
a < \n欢迎 bob 进入聊天室
# 4 so far; malformed:
b >> 
b > L
b > L\x20
b > L  bob
b > C
b > C\x20
b > C bob
b > C  hello
b > Q
b > Q\x20
b > X bob
b > l bob
b > c bob hello
b > LOGIN bob
b > Lbob
b >  L bob
b > \n
b > \r\n
# 22; not UTF-8, or with a NUL or a control character within:
b > C bob caf\xe9
b > C bob \xed\xa0\x80
b > C bob \xc0\xaf
b > C bob \xe5\xb0
b > C \xff hello
b > L \xff
b > C bob a\0b
b > C bob a\nQ bob
b > C bob a\r\nalice: forged
b > C bob a\x1b[2Jb
b > C bo\0b hello
# 33; what comes next shows that none of it was answered or relayed.
b > C bob still here
a < \nbob: still here
b > Q bob
b < EXIT
a < \nbob 退出聊天室
# Out again.
b > C bob hello
b > Q bob
a > Q alice
a < EXIT
a none
b none
END
    ignored_are 35
}

# bats test_tags=once
@test "what could harm a terminal is taken out of what is said" {
    talk <<'END'
a = udp udp
b = udp udp
i = tcp irc
a > L alice
a < OK
b > L bob
b < OK
a < \n欢迎 bob 进入聊天室
i > NICK ira
i > USER i 0 * :I
i ~ :agentd 376 .*
i > JOIN #lobby
i ~ .* 366 .*
a < \n欢迎 ira 进入聊天室
b < \n欢迎 ira 进入聊天室
# RLO, C1, a line separator, DEL, from a datagram; ESC too, from IRC.
b > C bob a\xe2\x80\xaeb\xc2\x9bc\xe2\x80\xa8d\x7fe
a < \nbob: abcde
i < :bob!udp@127\.0\.0\.1 PRIVMSG #lobby :abcde
i > PRIVMSG #lobby :a\x1b[2Jb\xe2\x80\xaec\x07d
a < \nira: a\[2Jbcd
b < \nira: a\[2Jbcd
i > PRIVMSG #lobby :one\r\n\nalice: forged
a < \nira: one
b < \nira: one
i > PRIVMSG #lobby :two\nalice: forged
a < \nira: two
b < \nira: two
i > PRIVMSG #lobby :three\0\x20alice: forged
i > PRIVMSG #lobby :four\ralice: forged
i > PRIVMSG #lobby :five
a < \nira: five
b < \nira: five
i > QUIT :bye
a < \nira 退出聊天室
b < \nira 退出聊天室
a > Q alice
a < EXIT
b < \nalice 退出聊天室
b > Q bob
b < EXIT
END
    ignored_are 0
}

# bats test_tags=once
@test "datagrams over 1024 bytes are cut there, never inside a character" {
    PORTS=$PORTS python3 - <<'END'
import os, socket
port = int(dict(p.split("=") for p in os.environ["PORTS"].split())["udp"])

def login(name):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(10)
    s.connect(("127.0.0.1", port))
    s.send(b"L " + name)
    assert s.recv(4096) == b"OK", name
    return s

def said(text):
    a.send(b"C a " + text)
    return b.recv(8192)

a, b = login(b"a"), login(b"b")
a.recv(4096)
# The whole datagram counts: four bytes of it stand before the text.
for n in (1019, 1020, 1021, 1500, 60000):
    got = said(b"x" * n)
    assert got == b"\na: " + b"x" * min(n, 1020), (n, got[-40:])
for unit in ("é", "明", "😀"):
    wide = unit.encode()
    for pad in range(len(wide)):
        for n in (1016 // len(wide) - 2, 600):
            text = b"x" * pad + wide * n
            got = said(text)
            whole = (min(len(text), 1020) - pad) // len(wide)
            assert got == b"\na: " + b"x" * pad + wide * whole, (unit, pad, n, got[-40:])
# 1024 bytes with their line end: nothing is cut, the line end goes.
assert said(b"y" * 1019 + b"\n") == b"\na: " + b"y" * 1019
# 1025 with it: what is cut is the line end.
assert said(b"y" * 1020 + b"\n") == b"\na: " + b"y" * 1020
# What is not UTF-8 before the cut is refused; behind it nobody looks.
a.send(b"C a \xff" + b"x" * 2000)
assert said(b"z" * 1020 + b"\xff\xff") == b"\na: " + b"z" * 1020
a.send(b"Q a")
assert a.recv(4096) == b"EXIT"
assert b.recv(4096) == "\na 退出聊天室".encode()
b.send(b"Q b")
assert b.recv(4096) == b"EXIT"
END
    ignored_are 1
}

# bats test_tags=once
@test "a name belongs to the address and port that logged in with it" {
    talk <<'END'
a = udp udp
same = udp udp
spoof = udp udp from 127.0.0.2
w = udp udp
a > L alice
a < OK
w > L watcher
w < OK
a < \n欢迎 watcher 进入聊天室
# From another port, and from another address.
same > C alice not me
same > Q alice
spoof > C alice not me
spoof > Q alice
# One who is in, by the name of another.
w > C alice not me
w > Q alice
spoof > L alice
spoof < 该用户存在
spoof > L mallory
spoof < OK
a < \n欢迎 mallory 进入聊天室
w < \n欢迎 mallory 进入聊天室
spoof > C alice not me
spoof > Q alice
spoof > Q mallory
spoof < EXIT
a < \nmallory 退出聊天室
w < \nmallory 退出聊天室
# She is there still, as before; her own name in other letters is hers.
a > C ALICE me
w < \nalice: me
a > Q Alice
a < EXIT
w < \nalice 退出聊天室
w > Q watcher
w < EXIT
same none
spoof none
END
    ignored_are 8
}

# bats test_tags=once
@test "only sources on the allow-list are heard; others get no answer, and are counted" {
    local before
    before=$(stat_of udp_denied)
    change udp allow=127.0.0.2/32
    talk <<'END'
no = udp udp
yes = udp udp from 127.0.0.2
no > L alice
no > C alice hello
no > Q alice
yes > L alice
yes < OK
no > C alice hello
no > L bob
yes > C alice hello
yes > Q alice
yes < EXIT
no none
END
    stat_is udp_denied $((before + 5))
    ignored_are 0
    change udp allow=10.0.0.0/8
    talk <<'END'
no = udp udp
no > L alice
END
    until_true stat_is udp_denied $((before + 6))
    change udp 'allow=10.0.0.0/8 all'
    talk <<'END'
yes = udp udp
yes > L alice
yes < OK
yes > Q alice
yes < EXIT
END
    # A list that is none changes nothing.
    conf udp 'allow=10.0.0.0/8 nonsense'
    run agentctl reload
    [ "$status" -eq 1 ]
    [[ $output == *allow* ]]
    talk <<'END'
yes = udp udp
yes > L alice
yes < OK
yes > Q alice
yes < EXIT
END
}

@test "a member who is silent is logged out as if by Q" {
    talk <<'END'
i = tcp irc
i > NICK ira
i > USER i 0 * :I
i ~ :agentd 376 .*
i > QUIT
END
    talk_while silent change udp idle=1s <<'END'
i = tcp irc
i > NICK ira
i > USER i 0 * :I
i ~ :agentd 376 .*
i > JOIN #lobby
i ~ .* 366 .*
a = udp udp
a > L silent
a < OK
i < :silent!udp@127\.0\.0\.1 JOIN #lobby
a < EXIT
i < :silent!udp@127\.0\.0\.1 QUIT :.*
# The name is free, and the address may log in again.
a > L silent
a < OK
a > Q silent
a < EXIT
END
    ignored_are 0
    log_has 'who=silent.*idle|idle.*who=silent'
}

@test "flood control drops what comes too fast from one member, and counts it" {
    local flooded said
    change limits rate=1 burst=5
    flooded=$(stat_of udp_flooded)
    said=$(stat_of chat_messages)
    talk <<'END'
a = udp udp
b = udp udp
a > L alice
a < OK
b > L bob
b < OK
a < \n欢迎 bob 进入聊天室
a > C alice 1
a > C alice 2
a > C alice 3
a > C alice 4
a > C alice 5
a > C alice 6
a > C alice 7
a > C alice 8
a > C alice 9
a > C alice 10
a > C alice 11
a > C alice 12
a > C alice 13
a > C alice 14
a > C alice 15
a > C alice 16
a > C alice 17
a > C alice 18
a > C alice 19
a > C alice 20
b < \nalice: 1
b < \nalice: 2
b < \nalice: 3
b < \nalice: 4
b < \nalice: 5
# Others are not held back, and one may always leave.
b > C bob calm down
a < \nbob: calm down
a > Q alice
a < EXIT
b ~ \nalice 退出聊天室
b > Q bob
b < EXIT
END
    flooded=$(($(stat_of udp_flooded) - flooded))
    said=$(($(stat_of chat_messages) - said))
    [ "$flooded" -gt 0 ]
    [ $((flooded + said)) -eq 21 ]
    ignored_are 0
}

@test "members stay in the room, or leave it, when reload moves the door or closes it" {
    local port
    port=$(python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    talk <<'END'
a = udp udp
a > L alice
a < OK
b = udp udp
b > L bob
b < OK
END
    change udp "listen=127.0.0.1:$port"
    [ "$(agentctl_pid)" = "$PID" ]
    agentctl say 'is anybody here?'
    read_ports
    [ "$udp" -eq "$port" ]
    talk <<'END'
i = tcp irc
i > NICK ira
i > USER i 0 * :I
i ~ :agentd 376 .*
i > JOIN #lobby
i ~ .* 366 .*
c = udp udp
c > L carl
c < OK
i < :carl!udp@127\.0\.0\.1 JOIN #lobby
i > PRIVMSG #lobby :hello
c < \nira: hello
c > C carl hello
i < :carl!udp@127\.0\.0\.1 PRIVMSG #lobby :hello
END
    change udp listen=
    agentctl say 'nobody, I think'
    until_true nobody_is_there
    cp "$CONF.first" "$CONF"
    agentctl reload
    read_ports
    talk <<'END'
a = udp udp
a > L alice
a < OK
b = udp udp
b > L bob
b < OK
a < \n欢迎 bob 进入聊天室
END
}

@test "agentd stops and starts again with datagram users in the room" {
    talk <<'END'
i = tcp irc
i > NICK ira
i > USER i 0 * :I
i ~ :agentd 376 .*
i > JOIN #lobby
i ~ .* 366 .*
a = udp udp
a > L alice
a < OK
b = udp udp
b > L bob
b < OK
c = udp udp
c > L carl
c < OK
END
    run agentctl restart
    [ "$status" -eq 0 ]
    run errlog_has 'Sanitizer|crashed'
    [ "$status" -eq 1 ]
    read_ports
    # It forgot them: they may come again.
    talk <<'END'
a = udp udp
a > C alice hello
a > L alice
a < OK
a > Q alice
a < EXIT
END
}

# --- among IRC users ---

@test "IRC users see datagram users come, speak and go, and the other way round" {
    talk <<'END'
i = tcp irc
i > NICK ira
i > USER ira 0 * :Ira
i ~ :agentd 376 .*
i > JOIN #lobby
i ~ .* 366 .*
u = udp udp
u > L uwe
u < OK
i < :uwe!udp@127\.0\.0\.1 JOIN #lobby
i > NAMES #lobby
i < :agentd 353 ira = #lobby :ira uwe
i < .* 366 .*
i > WHOIS uwe
i < :agentd 311 ira uwe udp 127\.0\.0\.1 \* :.*
i < :agentd 319 ira uwe :#lobby
i ~ :agentd 318 .*
i > WHO #lobby
i < :agentd 352 ira #lobby ~ira 127\.0\.0\.1 agentd ira H :0 Ira
i < :agentd 352 ira #lobby udp 127\.0\.0\.1 agentd uwe H :0 .*
i < .* 315 .*
u > C uwe hello by datagram
i < :uwe!udp@127\.0\.0\.1 PRIVMSG #lobby :hello by datagram
u > C uwe :) with a colon
i < :uwe!udp@127\.0\.0\.1 PRIVMSG #lobby ::\) with a colon
u > C uwe\x20
i < :uwe!udp@127\.0\.0\.1 PRIVMSG #lobby :
i > PRIVMSG #lobby :hello by IRC
u < \nira: hello by IRC
i > NOTICE #lobby :take notice
u < \nira: take notice
i > PRIVMSG uwe :just you
u < \nira: just you
# A new name is one who leaves and one who comes; topic and modes are no chat.
i > NICK inge
i < .* NICK :?inge
u < \nira 退出聊天室
u < \n欢迎 inge 进入聊天室
i > TOPIC #lobby :x
i < .* TOPIC .*
i > TOPIC #lobby :
i < .* TOPIC .*
i > AWAY :x
i < .* 306 .*
i > AWAY
i < .* 305 .*
# Another room is none of a datagram user's.
i > JOIN #other
i ~ .* 366 .*
i > PRIVMSG #other :nobody hears this
i > PART #other
i < .* PART #other
i > PART #lobby :off
i < .* PART #lobby :off
u < \ninge 退出聊天室
i > PRIVMSG #lobby :from outside
i < :agentd 404 inge #lobby :.*
i > JOIN #lobby
i ~ .* 366 .*
u < \n欢迎 inge 进入聊天室
# Nobody throws out in the lobby.
i > KICK #lobby uwe
i < :agentd 482 .*
i > MODE #lobby +b uwe
i < :agentd 482 .*
# A datagram user is invited somewhere: nothing to tell.
i > JOIN #other
i ~ .* 366 .*
i > INVITE uwe #other
i < :agentd 341 inge uwe #other
i > QUIT :gone
i < ERROR .*
u < \ninge 退出聊天室
j = tcp irc
j > NICK jan
j > USER j 0 * :J
j ~ :agentd 376 .*
j > JOIN #lobby
j ~ .* 366 .*
u < \n欢迎 jan 进入聊天室
u > Q uwe
u < EXIT
j < :uwe!udp@127\.0\.0\.1 QUIT :.*
u none
END
    ignored_are 0
}

@test "an IRC connection that breaks is told to datagram users, one that never came in is not" {
    talk <<'END'
u = udp udp
u > L uwe
u < OK
i = tcp irc
i > NICK ira
i > PING 1
i < .* PONG .*
i reset
j = tcp irc
j > NICK jan
j > USER j 0 * :J
j ~ :agentd 376 .*
j > JOIN #lobby
j ~ .* 366 .*
u < \n欢迎 jan 进入聊天室
j reset
u < \njan 退出聊天室
u > Q uwe
u < EXIT
END
}

# bats test_tags=once
@test "a long datagram comes to IRC users whole, in as many lines as it takes" {
    talk <<END
i = tcp irc
i > NICK ira
i > USER i 0 * :I
i ~ :agentd 376 .*
i > JOIN #lobby
i ~ .* 366 .*
u = udp udp
u > L uwe
u < OK
i < .* JOIN #lobby
u > C uwe $(printf '明%.0s' $(seq 330))
i < :uwe!udp@127\\.0\\.0\\.1 PRIVMSG #lobby :明{158}
i < :uwe!udp@127\\.0\\.0\\.1 PRIVMSG #lobby :明{158}
i < :uwe!udp@127\\.0\\.0\\.1 PRIVMSG #lobby :明{14}
u > Q uwe
u < EXIT
END
}

# bats test_tags=once
@test "a file that arrives is told in datagrams, too" {
    change lgp access=write
    talk <<'END'
u = udp udp
u > L uwe
u < OK
f = tcp lgp
f >> P told.txt
f << OK
f >> ##
u < \nagentd: guest uploaded told\.txt \(0 B, sha256 e3b0c44298fc…\) http://127\.0\.0\.1:\d+/files/told\.txt
u > Q uwe
u < EXIT
END
}

# --- the administrator ---

# bats test_tags=once
@test "agentctl kick throws a datagram user out, by name and by session number" {
    talk_while uwe agentctl kick UWE 'too many bytes' <<'END'
w = udp udp
w > L watcher
w < OK
u = udp udp
u > L uwe
u < OK
w < \n欢迎 uwe 进入聊天室
u < EXIT
w < \nuwe 退出聊天室
u > C uwe hello?
u > L uwe
u < OK
w < \n欢迎 uwe 进入聊天室
u > Q uwe
u < EXIT
w < \nuwe 退出聊天室
w > Q watcher
w < EXIT
END
    ignored_are 1
    kick_session() {
        agentctl kick "$(agentctl who --json | tr '{' '\n' |
            sed -n 's/^"sid":\([0-9]*\),"proto":"udp","name":"uwe".*/\1/p')"
    }
    talk_while uwe kick_session <<'END'
u = udp udp
u > L uwe
u < OK
u < EXIT
END
}

# bats test_tags=once
@test "agentctl who lists datagram users with the address that their name belongs to" {
    listed() {
        agentctl who --json | grep -qE '"sid":[0-9]+,"proto":"udp","name":"uwe",.*"peer":"127\.0\.0\.2:[0-9]+",.*"doing":"#lobby"'
    }
    talk_while uwe listed <<'END'
u = udp udp from 127.0.0.2
u > L uwe
u < OK
END
    talk <<'END'
i = tcp irc
i > NICK ira
i > USER i 0 * :I
i ~ :agentd 376 .*
i > WHOIS uwe
i < :agentd 311 ira uwe udp 127\.0\.0\.2 \* :.*
i ~ :agentd 318 .*
END
}
