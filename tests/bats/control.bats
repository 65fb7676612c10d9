#!/usr/bin/env bats
# agentctl, verb by verb, against one daemon; reload, all or none; the control socket itself; and
# agentctl under other shells. Starting and stopping is in lifecycle.bats.

load lib

PROGRAM=$BATS_TEST_DIRNAME/control.py

setup_file() {
    agentd_setup
    chmod 755 "$WORK"
    conf limits rate=off
    conf ftp anonymous=write
    cp "$CONF" "$WORK/good.conf"
    agentd_start
}

teardown_file() {
    local status=0
    agentd_teardown || status=1
    nothing_left || status=1
    return $status
}

setup() {
    HELPER=''
    read_ports
}

# Back to what setup_file has made.
teardown() {
    local sid
    helper_end
    for sid in $(sids_of udp); do # what has no connection that ends with the test
        agentctl kick "$sid" >/dev/null
    done
    cp "$WORK/good.conf" "$CONF"
    agentctl reload >/dev/null
}

# json VERB EXPRESSION: what the verb says with --json, as d, makes the Python expression true.
json() {
    agentctl "$1" --json | python3 -c 'import json, sys
d = json.load(sys.stdin)
sys.exit(None if eval(sys.argv[1]) else "%s is not so of %r" % (sys.argv[1], d))' "$2"
}

# Everybody who is connected by this door, in number.
count_of() {
    agentctl who | awk -v door="$1" '$2 == door' | wc -l
}

count_is() {
    [ "$(count_of "$1")" -eq "$2" ]
}

# The session numbers by that door.
sids_of() {
    agentctl who | awk -v door="$1" '$2 == door {print $1}'
}

# hears FD TEXT: reads lines up to one that has TEXT in it.
hears() {
    local line
    while read -rt "$PATIENCE" -u "$1" line; do
        [[ $line != *"$2"* ]] || return 0
    done
    echo "never heard: $2" >&2
    return 1
}

# Connects by IRC as $1, in the rooms $2; the descriptor is in $CHAT.
chat_as() {
    exec {CHAT}<>"/dev/tcp/127.0.0.1/$irc"
    printf 'NICK %s\r\nUSER a a a a\r\nJOIN %s\r\nPING :in\r\n' "$1" "$2" >&"$CHAT"
    hears "$CHAT" "in"
    hears "$CHAT" PONG
}

http_status() {
    curl -s -o /dev/null --max-time 60 -w '%{http_code}' "http://${2:-127.0.0.1:$http}$1"
}

# --- the verbs ---

# bats test_tags=once
@test "help lists every verb; wrong usage is 2, and says how it goes" {
    local verb args
    run agentctl help
    [ "$status" -eq 0 ]
    for verb in start stop restart reload status test log say who kick rooms stats monitor reopen \
        "config get" version help; do
        grep -q "^  $verb " <<<"$output"
    done
    [ "$(agentctl -h)" = "$output" ]
    for args in "" "dance" "-q status" "status --yaml" "status --json --json" "who all" "stats x" \
        "rooms x" "start now" "stop now" "restart now" "reload now" "monitor x" "reopen x" "test x" \
        "version x" "log -x" "say" "kick" "config" "config set" "config get a b"; do
        run agentctl $args
        [ "$status" -eq 2 ]
        [[ $output == *agentctl* ]]
    done
    # Nothing of that has done anything.
    [ "$(agentctl_pid)" = "$PID" ]
}

# bats test_tags=once
@test "version and test" {
    [ "$(agentctl version)" = "$("$AGENTD" -V)" ]
    [ "$(agentctl test)" = "$CONF: OK" ]
    conf http keepalive=soon
    fails_saying "$CONF:[0-9]*: \[http\] keepalive: " agentctl test
}

@test "status: a table for people, JSON for programs, and they agree" {
    run agentctl status
    [ "$status" -eq 0 ]
    [[ ${lines[0]} =~ ^agentd\ [0-9.]+\ is\ running\ as\ pid\ $PID,\ for\ [0-9]+[smh] ]]
    local door
    for door in irc udp ftp lgp http echo; do
        grep -qE "^  $door +127\.0\.0\.1:${!door} +[0-9]+ (sessions|members)$" <<<"$output"
    done
    grep -qE "^  connections +[0-9]+ of [0-9]+, by $EVENT\(\)$" <<<"$output"
    grep -qE "^  configuration +$CONF$" <<<"$output"
    json status "d['pid'] == $PID and d['event'] == '$EVENT' and d['config'] == '$CONF'"
    json status "d['state'] == '$STATE' and d['log'] == '$STATE/agentd.log'"
    json status "d['uptime'] < 3600 and d['connections'] <= d['connections_max'] <= d['descriptors']"
    json status "[(x['name'], x['listen']) for x in d['doors'] if x['label'] == ''] == [
        ('irc', ['127.0.0.1:$irc']), ('udp', ['127.0.0.1:$udp']), ('ftp', ['127.0.0.1:$ftp']),
        ('lgp', ['127.0.0.1:$lgp']), ('http', ['127.0.0.1:$http']), ('echo', ['127.0.0.1:$echo'])]"
}

# bats test_tags=once
@test "who and rooms: everybody by every door, and names and topics that no table or JSON trips over" {
    mkdir -p "$FILES/a \"b\" \\ <c>" "$FILES/"$'tab\tesc\e[31m'
    chat_as 小明 '#lobby,#class'
    printf 'TOPIC #class :say "hi" \\ <b> \x02bold\r\n' >&"$CHAT"
    hears "$CHAT" TOPIC
    exec {f}<>"/dev/tcp/127.0.0.1/$ftp" {g}<>"/dev/tcp/127.0.0.1/$ftp" {l}<>"/dev/tcp/127.0.0.1/$lgp" \
        {h}<>"/dev/tcp/127.0.0.1/$http" {e}<>"/dev/tcp/127.0.0.1/$echo" {u}<>"/dev/udp/127.0.0.1/$udp"
    printf 'L bob' >&"$u"
    hears "$CHAT" bob
    printf 'USER ftp\r\nPASS x\r\nCWD a "b" \\ <c>\r\n' >&"$f"
    hears "$f" 250
    printf 'USER ftp\r\nPASS x\r\nCWD tab\tesc\e[31m\r\n' >&"$g"
    hears "$g" 250
    until_true count_is echo 1
    until_true count_is http 1
    until_true count_is lgp 1
    run agentctl who
    [ "$status" -eq 0 ]
    [[ ${lines[0]} =~ SID\ +DOOR\ +NAME\ +FROM\ +SINCE\ +DOING ]]
    grep -qE '^ *[0-9]+  irc +小明 +127\.0\.0\.1:[0-9]+ +[0-9]+s +#(lobby|class)$' <<<"$output"
    grep -qE '^ *[0-9]+  udp +bob +127\.0\.0\.1:[0-9]+ +[0-9]+s +#lobby$' <<<"$output"
    grep -qF '/a "b" \ <c>' <<<"$output"
    [ "$(wc -l <<<"$output")" -eq 8 ]
    # Nothing in it can steer a terminal.
    [ "$(agentctl who | tr -d '\n' | tr -d '[:print:]' | LC_ALL=C tr -d '\200-\377' | wc -c)" -eq 0 ]
    json who "sorted(x['proto'] for x in d) == ['echo', 'ftp', 'ftp', 'http', 'irc', 'lgp', 'udp']"
    json who "len(set(x['sid'] for x in d)) == 7 and all(x['seconds'] < 600 for x in d)"
    json who "all(x['peer'].startswith('127.0.0.1:') for x in d)"
    json who "[x['name'] for x in d if x['proto'] in ('irc', 'udp')] == ['小明', 'bob']"
    json who "[x['doing'] for x in d if x['proto'] == 'ftp'] == ['/a \"b\" \\\\ <c>', '/tab\tesc\x1b[31m']"
    run agentctl rooms
    [ "$status" -eq 0 ]
    grep -qE '^#lobby +2 ' <<<"$output"
    grep -qE '^#class +1 +say "hi" \\ <b> .*bold$' <<<"$output"
    [ "$(agentctl rooms | tr -d '\n' | tr -d '[:print:]' | wc -c)" -eq 0 ]
    json rooms "{x['name']: x['members'] for x in d} == {'#lobby': 2, '#class': 1}"
    json rooms "{x['name']: x['topic'] for x in d}['#class'] == 'say \"hi\" \\\\ <b> \x02bold'"
    json status "d['people'] == 2 and d['rooms'] == 2"
    printf 'Q bob' >&"$u"
    exec {f}>&- {g}>&- {l}>&- {h}>&- {e}>&- {u}>&- {CHAT}>&-
    empty() { [ "$(agentctl who --json)" = '[]' ]; }
    until_true empty
    [ "$(agentctl who | wc -l)" -eq 1 ]
}

# bats test_tags=once
@test "stats: a table and JSON with the same counters, which count" {
    local requests chats uploads
    requests=$(stat_of http_requests) uploads=$(stat_of uploads) chats=$(stat_of irc_registered)
    json stats "all(isinstance(v, int) for v in d.values()) and d['log_lost'] == 0"
    [ "$(agentctl stats | grep -cE '^ *[0-9]+  [a-zA-Z].*')" -eq \
        "$(agentctl stats --json | tr ',' '\n' | wc -l)" ]
    [ "$(http_status /)" = 200 ]
    [ "$(http_status /missing)" = 404 ]
    curl -sS --max-time 60 -T "$CONF" "ftp://127.0.0.1:$ftp/counted"
    chat_as alice '#lobby'
    exec {CHAT}>&-
    stat_is http_requests $((requests + 2))
    stat_is uploads $((uploads + 1))
    stat_is irc_registered $((chats + 1))
    agentctl stats | grep -qE "^ *$((requests + 2))  HTTP requests answered$"
    rm "$FILES/counted"
}

@test "say reaches everybody by every door, in a room or not, once, as one clean line" {
    chat_as inroom '#lobby'
    local a=$CHAT
    exec {b}<>"/dev/tcp/127.0.0.1/$irc"
    printf 'NICK noroom\r\nUSER a a a a\r\nPING :in\r\n' >&"$b"
    hears "$b" PONG
    talk <<'TALK' 3>&- &
u = udp udp
u > L bob
u < OK
u < \n管理员: The lab closes at six.
u < \n管理员: two lines, a tab and no escape\[31m.
u > Q bob
u < EXIT
TALK
    local bob=$!
    hears "$a" bob
    [ "$(agentctl say The lab closes "at six.")" = "said to 3 people" ]
    hears "$a" "NOTICE #lobby :[administrator] The lab closes at six."
    hears "$b" "NOTICE noroom :[administrator] The lab closes at six."
    agentctl say $'two\nlines, a tab\rand no escape\e[31m.' >/dev/null
    hears "$a" ":[administrator] two lines, a tab and no escape[31m."
    wait "$bob"
    fails_saying "not UTF-8" agentctl say $'\xff'
    fails_saying "too long" agentctl say "$(printf 'x%.0s' {1..5000})"
    fails_saying "missing" agentctl say ''
    # A word that looks like another verb, or an option, is only text.
    agentctl say --json kick bob >/dev/null
    hears "$a" ":[administrator] --json kick bob"
    until_true log_has 'event=admin text="The lab closes at six."'
    exec {a}>&- {b}>&-
}

@test "kick: by name in the chat, by number any session, with a reason; who is not there is said" {
    chat_as alice '#lobby'
    local a=$CHAT
    chat_as 小明 '#lobby'
    local b=$CHAT
    hears "$a" 小明
    [ "$(agentctl kick 小明 "too  loud")" = "小明 is gone" ]
    hears "$b" "ERROR :Closing link: Kicked by the administrator: too  loud"
    hears "$a" "QUIT :"
    exec {b}>&-
    talk <<'TALK' 3>&- &
u = udp udp
u > L bob
u < OK
u < EXIT
TALK
    local bob=$!
    hears "$a" bob
    agentctl kick bob
    wait "$bob"
    hears "$a" "QUIT :"
    fails_saying "nobody has that name" agentctl kick bob
    fails_saying "no session that number" agentctl kick 999999
    local sessions=() one
    for _ in 1 2; do
        exec {f}<>"/dev/tcp/127.0.0.1/$ftp"
        printf 'USER ftp\r\nPASS x\r\n' >&"$f"
        hears "$f" 230
        sessions+=("$f")
    done
    [ "$(agentctl kick ftp enough)" = "ftp is gone" ]
    for one in "${sessions[@]}"; do
        hears "$one" "421 Good bye: enough"
        exec {one}>&-
    done
    # An account that is called like a session's number: the name is meant, and the session stays.
    exec {f}<>"/dev/tcp/127.0.0.1/$ftp" {l}<>"/dev/tcp/127.0.0.1/$lgp"
    until_true count_is lgp 1
    one=$(sids_of lgp)
    echo secret | agentctl user add "$one" >/dev/null
    printf 'USER %s\r\nPASS secret\r\n' "$one" >&"$f"
    hears "$f" 230
    agentctl kick "$one"
    hears "$f" "421 Good bye"
    count_is lgp 1
    agentctl user del "$one" >/dev/null
    exec {f}>&- {l}>&-
    until_true count_is lgp 0
    exec {f}<>"/dev/tcp/127.0.0.1/$ftp" {l}<>"/dev/tcp/127.0.0.1/$lgp" {h}<>"/dev/tcp/127.0.0.1/$http" \
        {e}<>"/dev/tcp/127.0.0.1/$echo"
    printf 'USER ftp\r\nPASS x\r\n' >&"$f"
    hears "$f" 230
    local door
    for door in ftp lgp http echo; do
        until_true count_is "$door" 1
        agentctl kick "$(sids_of $door)"
    done
    # Each reads to its end.
    cat <&"$f" >/dev/null
    cat <&"$l" >/dev/null
    cat <&"$h" >/dev/null
    cat <&"$e" >/dev/null
    exec {f}>&- {l}>&- {h}>&- {e}>&-
    alone() { [ "$(agentctl who | wc -l)" -eq 2 ]; }
    until_true alone
    agentctl kick "$(sids_of irc)" "by number"
    hears "$a" "ERROR :Closing link: Kicked by the administrator: by number"
    exec {a}>&-
}

@test "kick in the middle of a download and of an upload ends them, and leaves nothing" {
    head -c 30000000 /dev/zero >"$FILES/big"
    exec {h}<>"/dev/tcp/127.0.0.1/$http"
    printf 'GET /files/big HTTP/1.0\r\n\r\n' >&"$h"
    read -rt 60 -u "$h"
    agentctl kick "$(sids_of http)"
    [ "$(cat <&"$h" | wc -c)" -lt 30000000 ]
    exec {h}>&-
    mkfifo "$WORK/slow"
    curl -sS --max-time 60 -T - "ftp://127.0.0.1:$ftp/half" <"$WORK/slow" >"$WORK/curl" 2>&1 3>&- &
    local client=$!
    exec {slow}>"$WORK/slow"
    echo half >&"$slow"
    uploads() { agentctl who | grep -q ' /half (up, '; }
    until_true uploads
    agentctl kick "$(sids_of ftp)"
    exec {slow}>&-
    is_not wait "$client"
    gone() { [ "$(agentctl who --json)" = '[]' ]; }
    until_true gone
    [ ! -e "$FILES/half" ]
    rm "$FILES/big" "$WORK/slow"
}

# bats test_tags=once
@test "the event of a kick says who was kicked" {
    chat_as carol '#lobby'
    agentctl kick carol enough
    until_true log_has 'event=kick .*who=carol .*text=enough'
    exec {CHAT}>&-
}

@test "monitor streams events as they happen, to several, and its end is no harm" {
    local i
    for i in 1 2; do
        "$AGENTD" -c "$CONF" -x monitor >"$WORK/monitor.$i" 3>&- &
        local monitor$i=$!
    done
    seen() { grep -qE -- "^[0-9-]+T[0-9:]+Z event=$2" "$WORK/monitor.$1"; }
    watching() { agentctl say 'are you there' >/dev/null && seen 1 admin && seen 2 admin; }
    until_true watching
    chat_as alice '#lobby'
    printf 'PRIVMSG #lobby :hello\r\nTOPIC #lobby :news\r\nNICK al\r\n' >&"$CHAT"
    curl -sS --max-time 60 -T "$CONF" "ftp://127.0.0.1:$ftp/told"
    curl -sS --max-time 60 "ftp://127.0.0.1:$ftp/told" -o /dev/null
    curl -sS --max-time 60 -Q 'DELE told' "ftp://127.0.0.1:$ftp/" >/dev/null
    agentctl reload
    agentctl kick al
    for i in 1 2; do
        until_true seen $i 'login proto=irc sid=[0-9]+ peer=127.0.0.1:[0-9]+ who=alice'
        until_true seen $i 'join .*who=alice room=#lobby'
        until_true seen $i 'say .*who=alice room=#lobby'
        until_true seen $i 'topic .*who=alice room=#lobby text=news'
        until_true seen $i 'rename .*who=alice to=al'
        until_true seen $i 'upload proto=ftp .*path=/told size=[0-9]+ link=http://'
        until_true seen $i 'download proto=ftp .*path=/told '
        until_true seen $i 'delete proto=ftp .*path=/told'
        until_true seen $i reload
        until_true seen $i kick
        until_true seen $i 'logout proto=irc .*who=al '
    done
    kill "$monitor1"
    agentctl say 'one left' >/dev/null
    until_true seen 2 'admin text="one left"'
    is_not seen 1 'admin text="one left"'
    kill "$monitor2"
    exec {CHAT}>&-
    # One that the next line finds gone.
    agentctl monitor 3>&- | head -n 1 >"$WORK/monitor.1" &
    local pipe=$!
    ended() { agentctl say ping >/dev/null && is_gone "$pipe" && [ -s "$WORK/monitor.1" ]; }
    until_true ended
    no_monitor() { agentctl say ping >/dev/null && is_not pgrep -f -- "-c $CONF -x monitor"; }
    until_true no_monitor
}

@test "agentctl monitor that is killed leaves no process behind" {
    agentctl monitor >"$WORK/monitor" 3>&- &
    local shell=$! pid
    # Of the background: that shell, perhaps the script within it, and what it has started.
    watching() { agentctl say there >/dev/null && grep -q there "$WORK/monitor"; }
    until_true watching
    pid=$(pgrep -f -- "agentctl -c $CONF monitor" || pgrep -f -- "-c $CONF -x monitor")
    kill $pid
    wait "$shell" || true
    local left
    left=$(pgrep -f -- "-c $CONF -x monitor" || true)
    [ -z "$left" ] || kill $left
    [ -z "$left" ]
}

@test "a monitor that does not read is dropped at a bound, and holds nobody up" {
    local slow monitor
    slow=$(stat_of closed_slow)
    "$AGENTD" -c "$CONF" -x monitor >"$WORK/monitor" 3>&- &
    monitor=$!
    watching() { agentctl say there >/dev/null && grep -q there "$WORK/monitor"; }
    until_true watching
    kill -STOP "$monitor"
    python3 "$PROGRAM" flood "$irc" 6000
    stat_is closed_slow $((slow + 1))
    kill -CONT "$monitor"
    wait "$monitor" || true
    [ "$(http_status /)" = 200 ]
}

# bats test_tags=once
@test "config get: all, a section, a key, a section with a name; in force, not what the file says" {
    cat >>"$CONF" <<END
[http "extra"]
listen = 127.0.0.1:0
listing = no
END
    agentctl reload
    [ "$(agentctl config get http.root)" = "$SITE" ]
    [ "$(agentctl config get http:extra.listing)" = no ]
    [ "$(agentctl config get http.listing)" = yes ]
    [ "$(agentctl config get agentd.event)" = "$EVENT" ]
    [ "$(agentctl config get limits.rate)" = off ]
    run agentctl config get echo
    [ "$output" = "echo.listen = 127.0.0.1:0
echo.mode = ok
echo.web = no" ]
    run agentctl config get
    [ "$status" -eq 0 ]
    local section
    for section in agentd limits files db irc udp ftp lgp http http:extra echo; do
        grep -q "^$section\." <<<"$output"
    done
    [ "$(grep -vcE '^[a-z]+(:[a-z]+)?\.[a-z_]+ = ' <<<"$output")" -eq 0 ]
    local name
    for name in nothing http.nothing http:nothing http:nothing.root http. .root 'http.root x'; do
        fails_saying "there is no such section or key" agentctl config get "$name"
    done
    conf echo mode=echo
    [ "$(agentctl config get echo.mode)" = ok ]
    agentctl reload
    [ "$(agentctl config get echo.mode)" = echo ]
    # Without a daemon: what the file says.
    sed "s|^state = .*|state = $WORK/none|" "$CONF" >"$WORK/none.conf"
    [ "$("$ROOT/ctl/agentctl" -c "$WORK/none.conf" config get agentd.pidfile)" = "$WORK/none/agentd.pid" ]
}

# bats test_tags=once
@test "reopen opens all logs anew" {
    local log
    for log in agentd.log agentd.err access.log xferlog; do
        mv "$STATE/$log" "$WORK/$log.old"
    done
    agentctl reopen
    for log in agentd.log agentd.err access.log xferlog; do
        [ -f "$STATE/$log" ]
    done
    until_true log_has event=reopen
    [ "$(http_status /anew)" = 404 ]
    until_true grep -q '"GET /anew ' "$STATE/access.log"
}

# bats test_tags=once
@test "log shows both logs, log -f goes on, over a rotation too" {
    agentctl say 'into the log' >/dev/null
    until_true log_has 'into the log'
    run agentctl log
    [ "$status" -eq 0 ]
    [[ $output == *"into the log"* ]]
    [[ $output == *"$STATE/agentd.err"* ]]
    agentctl log -f >"$WORK/follow" 3>&- &
    local shell=$!
    follows() { grep -q -- "$1" "$WORK/follow"; }
    until_true follows 'into the log'
    agentctl say 'while it follows' >/dev/null
    until_true follows 'while it follows'
    mv "$STATE/agentd.log" "$STATE/agentd.log.1"
    agentctl reopen
    follows_on() { agentctl say 'behind the rotation' >/dev/null && follows 'behind the rotation'; }
    until_true follows_on
    kill "$(pgrep -f -- "tail -n 20 -F $STATE/agentd.log")"
    wait "$shell" || true
}

# bats test_tags=once
@test "without a daemon every verb that asks one says so, and gives 3; 1 when it was killed" {
    local verb status
    sed "s|^state = .*|state = $WORK/none|" "$CONF" >"$WORK/none.conf"
    each_gives() {
        for verb in status who rooms stats monitor reload reopen "say x" "kick x"; do
            status=0
            "$ROOT/ctl/agentctl" -c "$WORK/none.conf" $verb >"$WORK/said" 2>&1 || status=$?
            [ "$status" -eq "$1" ] || return 1
            grep -q "^agentd is stopped" "$WORK/said" || return 1
        done
    }
    each_gives 3
    mkdir "$WORK/none"
    echo 4711 >"$WORK/none/agentd.pid"
    each_gives 1
    grep -q "did not end by itself" "$WORK/said"
    rm -r "$WORK/none"
    AGENTD=$WORK/nowhere fails_saying "nowhere is not there" agentctl status
}

# --- reload ---

@test "reload: a new port is opened and the old one closed; whoever was in, stays" {
    local old=$http new
    new=$(free_port)
    exec {h}<>"/dev/tcp/127.0.0.1/$http"
    printf 'GET /first HTTP/1.1\r\nHost: x\r\n\r\n' >&"$h"
    hears "$h" '</html>'
    chat_as alice '#lobby'
    conf http "listen=127.0.0.1:$new"
    [ "$(agentctl reload)" = reloaded ]
    [ "$(http_status / "127.0.0.1:$new")" = 200 ]
    is_not connects "$old"
    printf 'GET /second HTTP/1.1\r\nHost: x\r\n\r\n' >&"$h"
    hears "$h" '</html>'
    printf 'PING :still\r\n' >&"$CHAT"
    hears "$CHAT" still
    read_ports
    [ "$http" = "$new" ]
    # The other doors are where they were.
    connects "$irc"
    connects "$ftp"
    # Two at once, and away with both.
    conf http "listen=127.0.0.1:$new 127.0.0.2:$new"
    agentctl reload
    [ "$(http_status / "127.0.0.2:$new")" = 200 ]
    [ "$(http_status / "127.0.0.1:$new")" = 200 ]
    conf http listen=
    agentctl reload
    is_not connects "$new"
    is_not connects "$new" 127.0.0.2
    exec {h}>&- {CHAT}>&-
    no_http() { agentctl status | is_not grep -q '^  http '; }
    until_true no_http
}

@test "reload: datagrams too change their port, and members stay in the room" {
    local new
    chat_as alice '#lobby'
    exec {u}<>"/dev/udp/127.0.0.1/$udp"
    printf 'L bob' >&"$u"
    hears "$CHAT" bob
    new=$(free_port)
    conf udp "listen=127.0.0.1:0 127.0.0.2:$new"
    agentctl reload
    printf 'C bob still here' >&"$u"
    hears "$CHAT" "still here"
    exec {v}<>"/dev/udp/127.0.0.2/$new"
    printf 'L carol' >&"$v"
    hears "$CHAT" carol
    printf 'Q bob' >&"$u"
    hears "$CHAT" QUIT
    printf 'Q carol' >&"$v"
    hears "$CHAT" QUIT
    exec {u}>&- {v}>&- {CHAT}>&-
}

@test "reload: a section with a name comes and goes" {
    mkdir "$STATE/pictures"
    echo a picture >"$STATE/pictures/p.png"
    local port
    port=$(free_port)
    cat >>"$CONF" <<END
[http "pictures"]
listen = 127.0.0.1:$port
root = pictures
END
    agentctl reload
    [ "$(http_status /p.png "127.0.0.1:$port")" = 200 ]
    [ "$(http_status /p.png)" = 404 ]
    agentctl status | grep -q "^  http \"pictures\" *127.0.0.1:$port "
    json status "[x['listen'] for x in d['doors'] if x['label'] == 'pictures'] == [['127.0.0.1:$port']]"
    cp "$WORK/good.conf" "$CONF"
    agentctl reload
    is_not connects "$port"
    agentctl status | is_not grep -q pictures
}

# bats test_tags=once
@test "reload: a broken file changes nothing and says file, line and key; by HUP it says so in the log" {
    local case before
    before=$(agentctl config get)
    for case in "http keepalive=soon must be a time" "http colour=red no such key" \
        "echo mode=loud ok echo" "irc listen=nowhere nowhere is no address"; do
        set -- $case
        cp "$WORK/good.conf" "$CONF"
        conf limits per_ip=7 # valid, and not to be taken over
        conf "$1" "$2"
        fails_saying "$CONF:[0-9]*: \[$1\] ${2%%=*}: .*${*:3}" agentctl reload
        kill -HUP "$PID"
        until_true errlog_has "event=reload-refused nothing was changed: $CONF:[0-9]*: \[$1\] ${2%%=*}: "
        [ "$(config_in_force)" = "$before" ]
    done
    cp "$WORK/good.conf" "$CONF"
    echo '[gopher]' >>"$CONF"
    fails_saying "$CONF:[0-9]*: \[gopher\]: no such section" agentctl reload
    rm "$CONF"
    kill -HUP "$PID"
    until_true errlog_has "event=reload-refused nothing was changed: $CONF: No such file"
    [ "$(config_in_force)" = "$before" ]
    [ "$(http_status /)" = 200 ]
}

# agentctl reads the file too, to find the daemon; this asks by a file that is right.
config_in_force() {
    CONF=$WORK/good.conf agentctl config get
}

@test "reload: a port that is in use refuses all of it, and says which" {
    helper control.py hold "$STATE/control.sock"
    tell port
    local taken=$ANSWER old=$http new before
    new=$(free_port)
    before=$(agentctl config get)
    conf http "listen=127.0.0.1:$new"
    conf echo mode=echo "listen=127.0.0.1:$taken"
    fails_saying "$CONF:[0-9]*: \[echo\] listen: .*127.0.0.1:$taken: Address already in use" agentctl reload
    [ "$(agentctl config get)" = "$before" ]
    is_not connects "$new"
    [ "$(http_status /)" = 200 ]
    talk <<'TALK'
e = tcp echo
e >> x
e << OK
TALK
    # In a section that is new, and by two of our own doors.
    cp "$WORK/good.conf" "$CONF"
    printf '[echo "more"]\nlisten = 127.0.0.1:%s\n' "$taken" >>"$CONF"
    fails_saying "\[echo \"more\"\] listen: .*127.0.0.1:$taken: Address already in use" agentctl reload
    agentctl status | is_not grep -q more
    cp "$WORK/good.conf" "$CONF"
    conf echo "listen=127.0.0.1:$old"
    fails_saying "\[echo\] listen: .*127.0.0.1:$old: Address already in use" agentctl reload
    [ "$(http_status /)" = 200 ]
    # When it is free, the same file is taken.
    cp "$WORK/good.conf" "$CONF"
    conf echo "listen=127.0.0.1:$taken"
    is_not agentctl reload
    helper_end
    until_true agentctl reload
    connects "$taken"
}

@test "reload: every address and one address of the same port change places, or nothing does" {
    local port
    port=$(free_port)
    conf http "listen=127.0.0.1:$port"
    conf udp "listen=127.0.0.1:$port"
    agentctl reload
    local listen
    for listen in 0.0.0.0 127.0.0.2 0.0.0.0 127.0.0.1; do
        conf http "listen=$listen:$port"
        conf udp "listen=$listen:$port"
        agentctl reload
        agentctl status | grep -q "^  http *$listen:$port "
        agentctl status | grep -q "^  udp *$listen:$port "
        [ "$(http_status / "${listen/0.0.0.0/127.0.0.1}:$port")" = 200 ]
    done
    # The way was cleared already when something else fails: then it is taken back.
    conf http "listen=0.0.0.0:$port"
    conf echo listen=192.0.2.1:7
    fails_saying "\[echo\] listen: .*192.0.2.1:7" agentctl reload
    agentctl status | grep -q "^  http *127.0.0.1:$port "
    [ "$(http_status / "127.0.0.1:$port")" = 200 ]
    is_not connects "$port" 127.0.0.2
    is_not errlog_has listener-lost
}

# bats test_tags=once
@test "reload: a key that is fixed while agentd runs refuses all of it, and says so" {
    local case before
    before=$(agentctl config get)
    for case in "agentd workers=3" "agentd user=nobody" "irc name=other" "irc lobby=#other" \
        "files root=other" "db path=other" "http root=other" "ftp transfer_log=other"; do
        set -- $case
        cp "$WORK/good.conf" "$CONF"
        conf echo mode=echo # valid, and not to be taken over
        conf "$1" "$2"
        fails_saying "$CONF:[0-9]*: \[$1\] ${2%%=*}: cannot change while agentd runs; restart it" \
            agentctl reload
        [ "$(agentctl config get)" = "$before" ]
    done
    is_not test -e "$STATE/other"
    # What moves the control socket is seen by the daemon alone.
    for case in "state=$WORK/elsewhere" pidfile=other control=other event=auto; do
        cp "$WORK/good.conf" "$CONF"
        conf agentd "$case"
        kill -HUP "$PID"
        until_true errlog_has "event=reload-refused .*\[agentd\] ${case%%=*}: cannot change"
    done
    [ "$(config_in_force)" = "$before" ]
}

# bats test_tags=once
@test "reload: other logs and another level of detail are taken over, or say why not" {
    conf agentd log=other.log log_level=debug
    agentctl reload
    [ "$(readlink "/proc/$PID/fd/1")" = "$STATE/other.log" ]
    chat_as alice '#lobby'
    until_true grep -q 'DEBUG event=join .*who=alice' "$STATE/other.log"
    exec {CHAT}>&-
    conf agentd log=other.log errlog=/nonexistent/err
    fails_saying "/nonexistent/err: No such file or directory" agentctl reload
    ln -s "$WORK/victim" "$STATE/link.log"
    conf agentd log=link.log errlog=agentd.err
    fails_saying "\[agentd\] log: .*$STATE/link.log: is a symbolic link" agentctl reload
    [ "$(readlink "/proc/$PID/fd/1")" = "$STATE/other.log" ]
    [ "$(readlink "/proc/$PID/fd/2")" = "$STATE/agentd.err" ]
    is_not test -e "$WORK/victim"
    cp "$WORK/good.conf" "$CONF"
    agentctl reload
    [ "$(readlink "/proc/$PID/fd/1")" = "$STATE/agentd.log" ]
}

# --- the control socket ---

# bats test_tags=once
@test "the control socket answers one clean line to nonsense, and goes on" {
    ask() { python3 "$PROGRAM" ask "$STATE/control.sock" "$1"; }
    [ "$(ask 'dance\n')" = "ERR unknown verb" ]
    [ "$(ask '\n')" = "ERR unknown verb" ]
    [ "$(ask 'STATUS\n')" = "ERR unknown verb" ]
    [ "$(ask 'say\n')" = "ERR an argument is missing" ]
    [ "$(ask 'say \xff\n')" = "ERR the request is not UTF-8" ]
    [ "$(ask 'config set x\n' | head -n 1 | cut -c 1-10)" = "ERR usage:" ]
    [ "$(ask 'version\r\n')" = "OK
$("$AGENTD" -V)" ]
    # One request a connection; no line, no request.
    [ "$(ask 'version\nversion\n' | grep -c agentd)" -eq 1 ]
    [ -z "$(ask 'version')" ]
    [ -z "$(ask '')" ]
    [ "$(ask "$(printf 'x%.0s' {1..9000})\n" | grep -cv 'ERR the request is too long\|reset\|Broken')" -eq 0 ]
    ask '\x00\x00\n' | grep -q '^ERR '
    agentctl status >/dev/null
}

@test "agentctls that ask for nothing, or for half of it, hold nobody up" {
    helper control.py hold "$STATE/control.sock"
    tell silent 50
    tell half 50
    [ "$ANSWER" = "held 100" ]
    agentctl status >/dev/null
    agentctl stats >/dev/null
    [ "$(http_status /)" = 200 ]
    # They don't count as connections of clients.
    json status "d['connections'] <= 1"
}

# bats test_tags=once
@test "the control socket lets in root and agentd's own user alone, whatever its mode" {
    [ "$(stat -c %a "$STATE/control.sock")" = 600 ]
    [ "$(stat -c %u "$STATE/control.sock")" = "$(id -u)" ]
    [ "$(id -u)" -eq 0 ] || return 0 # only root can be somebody else
    chmod 666 "$STATE/control.sock"
    cp "$AGENTD" "$WORK/agentd" # the checkout may be out of that user's reach
    run setpriv --reuid=nobody --regid=nogroup --clear-groups \
        "$WORK/agentd" -c "$CONF" -x say "I am the administrator"
    chmod 600 "$STATE/control.sock"
    [ "$status" -eq 1 ]
    [ "$output" = "agentctl: permission denied" ]
    is_not log_has 'I am the administrator'
}

# --- the script ---

# bats test_tags=once
@test "agentctl is clean in shellcheck" {
    run shellcheck "$ROOT/ctl/agentctl"
    echo "$output"
    [ "$status" -eq 0 ]
}

# bats test_tags=once
@test "every verb works under dash, busybox sh and bash as sh" {
    local shell state=$WORK/shells other=$WORK/shells.conf
    sed "s|^state = .*|state = $state|" "$WORK/good.conf" >"$other"
    for shell in dash "busybox sh" "bash --posix"; do
        rm -f "$WORK/monitor" "$WORK/follow" # the one before has said it all already
        ctl() { $shell "$ROOT/ctl/agentctl" -c "$other" "$@"; }
        ctl start | grep -q '^agentd .* is running as pid'
        ctl status | grep -q ' is running as pid'
        ctl status --json | grep -q '^{"version"'
        ctl test | grep -q ': OK$'
        ctl who | grep -q '^ *SID'
        ctl who --json | grep -qx '\[\]'
        ctl rooms | grep -q '^#lobby'
        ctl rooms --json | grep -q '"#lobby"'
        ctl stats | grep -q 'HTTP requests answered'
        ctl stats --json | grep -q '"log_lost":0'
        [ "$(ctl say "two  words" "and more")" = "said to 0 people" ]
        fails_saying "nobody has that name" ctl kick nobody
        ctl monitor >"$WORK/monitor" 3>&- &
        watching() { ctl say there >/dev/null && grep -q 'event=admin text=there' "$WORK/monitor"; }
        until_true watching
        kill "$(pgrep -f -- "-c $other -x monitor")"
        wait $! || true
        [ "$(ctl config get http.listing)" = yes ]
        [ "$(ctl reload)" = reloaded ]
        ctl reopen
        ctl log | grep -q event=reload
        ctl log -f >"$WORK/follow" 3>&- &
        follows() { grep -q event=reload "$WORK/follow"; }
        until_true follows
        kill "$(pgrep -f -- "tail -n 20 -F $state/agentd.log")"
        wait $! || true
        [ "$(ctl version)" = "$("$AGENTD" -V)" ]
        ctl help | grep -q '^usage: agentctl'
        ctl -h | grep -q '^usage: agentctl'
        run ctl dance
        [ "$status" -eq 2 ]
        run ctl -q
        [ "$status" -eq 2 ]
        run ctl say
        [ "$status" -eq 2 ]
        ctl restart | grep -q ' is running as pid'
        echo '[gopher]' >>"$other"
        fails_saying 'nothing was stopped' ctl restart
        fails_saying 'no such section' ctl reload
        sed -i '$d' "$other"
        ctl stop | grep -qx 'agentd is stopped'
        run ctl status
        [ "$status" -eq 3 ]
        run ctl who
        [ "$status" -eq 3 ]
    done
}
