#!/usr/bin/env bats
# What is said is kept, by a process of its own: agentctl history, retention, text files, and that
# neither a death nor a disk in trouble costs anything but history.
# once
# disk

load lib

setup_file() {
    agentd_setup
    conf limits rate=off
    conf history store=yes
    agentd_start
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

# A daemon for this test alone.
own_daemon() {
    agentd_setup
    conf limits rate=off
    conf history store=yes "$@"
}

# say NICK ROOM FIRST LAST
say() {
    python3 -B "$BATS_TEST_DIRNAME/history.py" "$irc" "$@"
}

# The numbers N of the lines "line N" that are kept of a room, as they come.
numbers() {
    agentctl history "$1" --export | sed -n 's/.*> line \([0-9]*\)$/\1/p'
}

# has_all ROOM FIRST LAST: each of them once, in their order.
has_all() {
    cmp <(numbers "$1") <(seq "$2" "$3")
}

keeper() {
    pgrep -P "$PID" -x agentd-history
}

# --- agentctl history ---

@test "what happens in a room is told line by line" {
    talk <<'END'
a = tcp irc
a > NICK anna
a > USER anna 0 * :A
a ~ :agentd 376 .*
a > JOIN #first
a > PRIVMSG #first :你好, world
a > PRIVMSG #first :\x01ACTION waves\x01
a > NOTICE #first :a note
a > TOPIC #first :plans
a > NICK ann
a > MODE #first +m
a > PART #first :bye
a > PING 1
a ~ :agentd PONG .*
END
    local when='^\[[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\]' wanted line i=0
    wanted=('* anna joined' '<anna> 你好, world' '* anna waves' '-anna- a note'
        '* anna set the topic: plans' '* anna is now ann' '* ann set the mode +m' '* ann left (bye)')
    agentctl history first >"$BATS_TEST_TMPDIR/said"
    while read -r line; do
        [[ $line =~ $when\ (.*)$ ]]
        [ "${BASH_REMATCH[1]}" = "${wanted[i]}" ]
        i=$((i + 1))
    done <"$BATS_TEST_TMPDIR/said"
    [ $i -eq ${#wanted[@]} ]
    # A room is known by any case of its name, with # or without.
    cmp <(agentctl history '#FIRST' --export) "$BATS_TEST_TMPDIR/said"
}

@test "the last 50 lines, or all of them; as text and as JSON" {
    say bob '#many' 1 2345
    has_all '#many' 1 2345
    [ "$(agentctl history many | wc -l)" -eq 50 ]
    [[ $(agentctl history many | tail -n 2 | head -n 1) == *'<bob> line 2345' ]]
    agentctl history many --export --json | python3 -c '
import json, sys
rows = [json.loads(line) for line in sys.stdin]
said = [r["text"] for r in rows if r["kind"] == "privmsg"]
assert said == ["line %d" % n for n in range(1, 2346)], said[:5]
ids = [r["id"] for r in rows]
assert ids == sorted(set(ids)) and all(len(i) == 16 for i in ids)
assert {r["room"] for r in rows} == {"#many"} and {r["from"] for r in rows} == {"bob"}'
}

@test "what was said in a room goes with it when it gets another name" {
    talk <<'END'
a = tcp irc
a > NICK anna
a > USER anna 0 * :A
a ~ :agentd 376 .*
a > JOIN #was
a > PRIVMSG #was :before
a > RENAME #was #is
a > PRIVMSG #is :after
a > PING 1
a ~ :agentd PONG .*
END
    [ "$(agentctl history is | grep -c 'before$\|after$')" -eq 2 ]
    fails_saying 'nothing is kept of #was' agentctl history was
}

@test "two accounts find their private talk again, after a restart, and nobody else does" {
    local name
    for name in xaver yvonne zoe; do
        echo secret | agentctl user add $name
    done
    cat >"$BATS_TEST_TMPDIR/login" <<'END'
a = tcp irc
a > PASS xaver:secret
a > CAP REQ :draft/chathistory batch server-time message-tags
a < .* ACK .*
a > NICK xaver
a > USER x 0 * :X
a > CAP END
a ~ :agentd 376 .*
END
    {
        sed 's/^a/b/; s/xaver/yvonne/' "$BATS_TEST_TMPDIR/login"
        cat "$BATS_TEST_TMPDIR/login" -
    } >"$BATS_TEST_TMPDIR/talk" <<'END'
a > PRIVMSG yvonne :between us
b ~ .*PRIVMSG yvonne :between us
b > PRIVMSG xaver :only
a ~ .*PRIVMSG xaver :only
a > SILENCE +~a:yvonne
a ~ .* SILENCE .*
b > PRIVMSG xaver :unheard
b > PING 1
b ~ .* PONG .*
END
    talk "$BATS_TEST_TMPDIR/talk"
    agentctl restart >/dev/null
    read_ports
    { cat "$BATS_TEST_TMPDIR/login" && cat; } >"$BATS_TEST_TMPDIR/talk" <<'END'
a > CHATHISTORY TARGETS timestamp=2000-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z 10
a < .*BATCH \+history draft/chathistory-targets
a < @batch=history :agentd CHATHISTORY TARGETS yvonne \S+
a < .*BATCH -history
a > CHATHISTORY LATEST yvonne * 10
a < .*BATCH \+history chathistory yvonne
a < .*:xaver!\S+ PRIVMSG yvonne :between us
a < .*:yvonne!\S+ PRIVMSG xaver :only
a < .*BATCH -history
END
    talk "$BATS_TEST_TMPDIR/talk"
    { sed 's/xaver/zoe/' "$BATS_TEST_TMPDIR/login" && cat; } >"$BATS_TEST_TMPDIR/talk" <<'END'
a > CHATHISTORY TARGETS timestamp=2000-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z 10
a < .*BATCH \+history draft/chathistory-targets
a < .*BATCH -history
a > CHATHISTORY LATEST yvonne * 10
a < .*BATCH \+history chathistory yvonne
a < .*BATCH -history
END
    talk "$BATS_TEST_TMPDIR/talk"
}

@test "--grep finds text, --since leaves out what is older" {
    say carl '#grep' 1 1200
    [ "$(agentctl history grep --grep 'LINE 77' --export | wc -l)" -eq 11 ]
    # Far before the last rows.
    [[ $(agentctl history grep --grep 'line 3') == *'line 3'* ]]
    [ "$(agentctl history grep --grep 'line 12' | wc -l)" -eq 12 ]
    [ "$(agentctl history grep --grep '%')" = "" ]
    [ "$(agentctl history grep --since 1h | wc -l)" -eq 50 ]
    [ "$(agentctl history grep --since 2099-01-01)" = "" ]
    [ "$(agentctl history grep --since "$(date -d yesterday +%F)" --export | wc -l)" -eq 1202 ]
    [ "$(agentctl history grep --since "$(date -d tomorrow +%FT%H:%M)" --export | wc -l)" -eq 0 ]
}

@test "what cannot be answered is said" {
    fails_saying 'nothing is kept of #nowhere' agentctl history nowhere
    fails_saying 'the request is not UTF-8' agentctl history $'\xff'
    fails_saying 'that is no name for a room' agentctl history $'a\xe2\x80\x8bb'
    fails_saying 'usage: agentctl history ROOM' agentctl history
    fails_saying 'usage: agentctl history ROOM' agentctl history a b
    fails_saying 'yesterday is no time' agentctl history a --since yesterday
    fails_saying '2026-02-30 is no time' agentctl history a --since 2026-02-30
    fails_saying 'usage: agentctl history ROOM' agentctl history a --nonsense
    # Who stops reading stops nothing else.
    say dora '#stop' 1 2000
    agentctl history stop --export | head -n 1
    agentctl history stop --export >/dev/null
}

# --- the process ---

@test "its process dies, again and again: no line is lost or doubled, the chat goes on" {
    local pid i old
    say emil '#deaths' 1 20000 3>&- &
    pid=$!
    for i in 1 2 3; do
        old=$(keeper)
        kill -9 "$old"
        until_true errlog_has "event=helper-died agentd-history pid=$old "
        until_true keeper
    done
    wait $pid
    has_all '#deaths' 1 20000
    [ "$(stat_of history_lost)" -eq 0 ]
}

@test "a question that is under way when it dies fails in words, and the next one is answered" {
    local pid status=0
    say finn '#asked' 1 10
    kill -STOP "$(keeper)"
    agentctl history asked >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    pid=$!
    asked() { [ "$(stat_of history_questions)" -gt "$1" ]; }
    until_true asked 0
    kill -9 "$(keeper)"
    wait $pid || status=$?
    # It was asked when it died, or came just behind that.
    [ $status -eq 0 ] || grep 'agentctl: the history is not there just now' "$BATS_TEST_TMPDIR/out"
    until_true has_all '#asked' 1 10
}

@test "agentd is killed: what was said is there again, and no process stays behind" {
    local old
    own_daemon
    agentd_start
    say gert '#killed' 1 500
    until_true has_all '#killed' 1 500
    old=$(keeper)
    kill -9 "$PID"
    until_true is_gone "$PID"
    until_true is_gone "$old"
    agentd_start
    has_all '#killed' 1 500
    say gert '#killed' 501 600
    has_all '#killed' 1 600
}

@test "a stop waits until all that was said is kept" {
    own_daemon
    agentd_start
    say hans '#stop' 1 5000
    agentctl stop
    agentd_start
    has_all '#stop' 1 5000
    agentctl history stop | grep 'hans quit'
}

@test "store = no: nothing is kept nor shown, and its process ends; yes shows what was there" {
    local old
    say ida '#off' 1 5
    old=$(keeper)
    change history store=no
    until_true is_gone "$old"
    fails_saying 'the history is off' agentctl history off
    agentctl status | grep '^  history *off$'
    say ida '#off' 6 9
    change history store=yes
    until_true keeper
    say ida '#off' 10 12
    diff <(numbers '#off') <(seq 1 5 && seq 10 12)
    is_not errlog_has "event=helper-died agentd-history pid=$old "
}

# --- what is forgotten ---

@test "max and keep are put into force by a reload, and what is too much, or too old, goes" {
    own_daemon
    agentd_start
    say jan '#old' 1 300
    say jan '#new' 301 900
    change history max=100
    few() { [ "$(agentctl history new --export | wc -l)" -le 102 ]; }
    until_true few
    fails_saying 'nothing is kept of #old' agentctl history old
    [ "$(numbers '#new' | tail -n 1)" -eq 900 ]
    change history keep=1s
    none() { fails_saying 'nothing is kept of #new' agentctl history new; }
    until_true none
    say jan '#new' 1 3
    agentctl history new | grep 'line 3'
}

@test "who asks for more than may wait for him gets the latest of it, and is not thrown out" {
    own_daemon
    conf limits sendq=16K
    agentd_start
    say many '#lobby' 1 400
    talk <<'END'
a = tcp irc
a > CAP REQ :batch draft/chathistory message-tags
a < .* ACK .*
a > NICK reads
a > USER a 0 * :A
a > CAP END
a ~ :agentd 376 .*
a > JOIN #lobby
a ~ .* 366 .*
a > CHATHISTORY LATEST #lobby * 250
a < .*BATCH \+history chathistory #lobby
a < .*PRIVMSG #lobby :line (?!151)\d+
a ~ .*PRIVMSG #lobby :line 400
a < .*BATCH -history
a > CHATHISTORY AFTER #lobby timestamp=2000-01-01T00:00:00.000Z 250
a < .*BATCH \+history chathistory #lobby
a < .*PRIVMSG #lobby :line 1
a ~ .*PRIVMSG #lobby :line \d\d
a ~ .*BATCH -history
END
}

# --- text files ---

@test "files = yes: a registered room is a text file in the store, which can be followed; others are not" {
    local file
    own_daemon files=yes
    agentd_start
    echo secret | agentctl user add karl
    talk <<'END'
a = tcp irc
a > PASS karl:secret
a > NICK karl
a > USER karl 0 * :K
a ~ :agentd 376 .*
a > JOIN #Lab
a > JOIN #secret
a > JOIN #guests
a > PRIVMSG rooms :register #lab
a > PRIVMSG rooms :register #secret
a > MODE #secret +k key
a > PRIVMSG #Lab :first
a > PRIVMSG #secret :hidden
a > PRIVMSG #guests :hidden
a > PING 1
a ~ :agentd PONG .*
END
    file=$FILES/rooms/lab/log/$(date +%F).txt
    until_true grep -qE '^\[[0-9:]{8}\] <karl> first$' "$file"
    exec {TAIL}< <(exec tail -n 0 -f "$file" 3>&-)
    say lena '#lab' 1 1
    until_true grep -q 'lena quit' "$file"
    IFS= read -rt "$PATIENCE" -u "$TAIL" line
    while [[ $line == *karl* ]]; do IFS= read -rt "$PATIENCE" -u "$TAIL" line; done
    [[ $line == *'* lena joined' ]]
    IFS= read -rt "$PATIENCE" -u "$TAIL" line
    [[ $line == *'<lena> line 1' ]]
    exec {TAIL}<&-
    is_not grep -r hidden "$FILES"
    agentctl history secret | grep hidden
    agentctl history guests | grep hidden
    curl -fsS "http://127.0.0.1:$http/files/rooms/lab/log/$(date +%F).txt" | grep 'line 1'
    change history files=no
    say lena '#lab' 2 2
    agentctl history lab | grep 'line 2'
    is_not grep 'line 2' "$file"
}

# --- trouble ---

@test "a damaged file is set aside, and the history begun anew" {
    own_daemon
    agentd_start
    say mona '#old' 1 10
    agentctl stop
    head -c 20000 /dev/urandom >"$STATE/history.db"
    agentd_start
    fails_saying 'nothing is kept of #old' agentctl history old
    errlog_has 'event=history-note the history is damaged .*: it is set aside as .*history.db.damaged-'
    cmp -n 20000 "$STATE"/history.db.damaged-* <(cat "$STATE"/history.db.damaged-*)
    say mona '#new' 1 10
    has_all '#new' 1 10
}

@test "a folder that is not there: said in the log and by status, the chat goes on, then all is kept" {
    own_daemon
    conf history "path=$STATE/later/history.db"
    agentd_start
    say nina '#later' 1 100
    trouble() { agentctl status | grep -q '^  history *in trouble: .*unable to open'; }
    until_true trouble
    until_true errlog_has 'event=history-trouble .*unable to open'
    fails_saying 'unable to open' agentctl history later
    mkdir "$STATE/later"
    until_true has_all '#later' 1 100
    until_true errlog_has 'event=history-well'
    is_not trouble
}

# In a namespace of its own, as its user's root, where the history lies on 1 MiB.
@test "a full disk: the chat goes on, what is said waits, and is kept once there is room" {
    local how=-rm
    own_daemon
    conf history "path=$WORK/disk/history.db"
    mkdir "$WORK/disk"
    unshare $how true 2>/dev/null || how=-m
    unshare $how bash -c '
        set -e
        source "$1/lib.bash"
        say() { python3 -B "$1" "$irc" "${@:2}"; }
        numbers() { agentctl history "$1" --export | sed -n "s/.*> line \([0-9]*\)\$/\1/p"; }
        has_all() { cmp <(numbers "$1") <(seq "$2" "$3"); }
        in_trouble() { agentctl status | grep -q "^  history *in trouble: .*full"; }
        mount -t tmpfs -o size=1m none "$WORK/disk"
        agentd_start
        say "$1/history.py" olga "#full" 1 100
        until_true has_all "#full" 1 100
        head -c 1000000 /dev/zero >"$WORK/disk/filler" 2>/dev/null || true
        say "$1/history.py" olga "#full" 101 5000
        until_true in_trouble
        until_true errlog_has "event=history-trouble .*full.*; the chat goes on"
        [ "$(numbers "#full" | head -n 100 | tail -n 1)" = 100 ]
        [ "$(stat_of history_lost)" -eq 0 ]
        rm "$WORK/disk/filler"
        until_true has_all "#full" 1 5000
        until_true errlog_has event=history-well
        agentctl stop
        umount "$WORK/disk"' bash "$BATS_TEST_DIRNAME"
}
