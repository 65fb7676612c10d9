#!/usr/bin/env bats
# The loop: its backends, what happens where descriptors end, and the limits that keep them from
# ending. FAULTS.md: "EMFILE", "fd >= 1024 in select mode".

load lib

setup() {
    agentd_setup
    HELPER=''
}

teardown() {
    local status=0
    helper_end
    agentd_teardown || status=1
    nothing_left || status=1
    return $status
}

# told WANTED WORDS...: the helper, told that, must answer with WANTED, a regular expression.
told() {
    local wanted=$1
    shift
    tell "$@" || return 1
    [[ $ANSWER =~ ^$wanted$ ]] || {
        echo "$*: $ANSWER; wanted: $wanted" >&2
        return 1
    }
}

# It has all but slept while the helper worked for 500 ms; who spins takes as much as that.
sleeps() {
    told '[0-9]+' work "$PID"
    [ "$ANSWER" -le 100 ] || {
        echo "agentd worked for $ANSWER of 500 ms" >&2
        return 1
    }
}

backend() {
    agentctl status --json | sed -n 's/.*"event":"\([a-z]*\)".*/\1/p'
}

sessions_are() {
    [ "$(agentctl status --json | sed -n 's/.*"connections":\([0-9]*\),.*/\1/p')" -eq "$1" ]
}

# Every door works.
serves() {
    curl -sSf --max-time 60 "http://127.0.0.1:$http/" >/dev/null
    curl -sS --max-time 60 -T "$CONF" "ftp://127.0.0.1:$ftp/uploaded"
    cmp "$CONF" "$FILES/uploaded"
    rm "$FILES/uploaded"
    talk <<'TALK'
i = tcp irc
i > PING :now
i ~ .*PONG.*now
u = udp udp
u > L bob
u < OK
u > Q bob
u < EXIT
e = tcp echo
e >> x
e << OK
TALK
}

# bats test_tags=once
@test "event = auto: 1,300 connections make it move from select() to epoll(), and all are answered" {
    conf agentd event=auto
    conf ftp anonymous=write
    agentd_start
    [ "$(backend)" = select ]
    helper loop.py
    # Some that were there before it moves, with a request behind them.
    told 'open 500' open 500 "$http"
    told 'answered 500 refused 0 closed 0' ask
    is_not log_has event=migrate
    told 'open 1300' open 800 "$http"
    told 'answered 1300 refused 0 closed 0' ask
    log_has "event=migrate from=select to=epoll descriptor 1024 "
    [ "$(backend)" = epoll ]
    sessions_are 1300
    told 'answered 1300 refused 0 closed 0' ask
    sleeps
    serves
    agentctl reload
    told 'answered 1300 refused 0 closed 0' ask
    told left leave
    until_true sessions_are 0
    serves
    # Once, and for good.
    [ "$(grep -c event=migrate "$STATE/agentd.log")" -eq 1 ]
    is_not errlog_has 'ERROR|event=refused'
}

# bats test_tags=once
@test "event = auto: with few connections it stays on select()" {
    conf agentd event=auto
    conf ftp anonymous=write
    agentd_start
    helper loop.py
    told 'open 200' open 200 "$http"
    told 'answered 200 refused 0 closed 0' ask
    [ "$(backend)" = select ]
    serves
    is_not log_has event=migrate
}

# bats test_tags=once
@test "event = poll and event = epoll hold 1,300 connections, all answered, and move nowhere" {
    local event
    conf ftp anonymous=write
    for event in poll epoll; do
        conf agentd "event=$event"
        agentd_start
        [ "$(backend)" = "$event" ]
        helper loop.py
        told 'open 1300' open 1300 "$http"
        told 'answered 1300 refused 0 closed 0' ask
        sleeps
        serves
        helper_end
        until_true sessions_are 0
        is_not log_has event=migrate
        agentctl stop
    done
}

# bats test_tags=once
@test "event = select: past FD_SETSIZE it refuses by name, and serves those it has, and later others" {
    conf agentd event=select
    conf ftp anonymous=write
    agentd_start
    helper loop.py
    told 'open 900' open 900 "$http"
    told 'answered 900 refused 0 closed 0' ask
    told 'open 1300' open 400 "$http"
    told 'answered [0-9]+ refused [0-9]+ closed 0' ask
    local answered
    answered=$(cut -d' ' -f2 <<<"$ANSWER")
    [ "$answered" -ge 950 ]
    [ "$answered" -lt 1024 ]
    [ "$(cut -d' ' -f4 <<<"$ANSWER")" -eq $((1300 - answered)) ]
    errlog_has "event=refused proto=http count=[0-9]+ reason=.*FD_SETSIZE"
    told "answered $answered refused 0 closed 0" ask
    sleeps
    kill -0 "$PID"
    told left leave
    freed() { curl -sSf --max-time 60 "http://127.0.0.1:$http/" >/dev/null; }
    until_true freed
    until_true sessions_are 0
    serves
    is_not log_has event=migrate
    # A second line for those who came within the second; not one for each.
    [ "$(grep -c "event=refused proto=http" "$STATE/agentd.err")" -le 3 ]
}

# bats test_tags=once
@test "event = select: a data connection for which no descriptor fits is refused; its session goes on" {
    conf agentd event=select
    agentd_start
    exec {ftp_session}<>"/dev/tcp/127.0.0.1/$ftp"
    reply() {
        local line
        read -rt 60 -u "$ftp_session" line
        [[ $line == "$1"* ]] || {
            echo "$line" >&2
            return 1
        }
    }
    reply 220
    printf 'USER ftp\r\nPASS x\r\n' >&"$ftp_session"
    reply 331
    reply 230
    helper loop.py
    told 'open 1300' open 1300 "$http"
    told 'answered .*' ask
    printf 'EPSV\r\nPASV\r\nNOOP\r\n' >&"$ftp_session"
    reply 425
    reply 425
    reply 200
    told left leave
    until_true sessions_are 1
    printf 'EPSV\r\n' >&"$ftp_session"
    reply 229
    exec {ftp_session}>&-
}

# bats test_tags=once
@test "event = select: an administrator still gets through when no further client fits" {
    conf agentd event=select
    agentd_start
    helper loop.py
    told 'open 1300' open 1300 "$http"
    told 'answered .*' ask
    [[ $(agentctl status) == "agentd "*" is running as pid $PID"* ]]
    agentctl reload
}

@test "40 descriptors and 100 clients: some are served, the others told, none spins, and all goes on" {
    conf ftp anonymous=write
    (ulimit -n 40 && agentd_start)
    read_ports
    errlog_has "event=few-descriptors .*40 descriptors"
    helper loop.py
    told 'open 100' open 100 "$http"
    told 'answered [1-9][0-9]* refused [0-9]+ closed 0' ask
    sleeps
    told 'answered [1-9][0-9]* refused 0 closed 0' ask
    agentctl status >/dev/null
    told left leave
    until_true sessions_are 0
    serves
}

@test "no descriptor left at all: clients are refused by name, nothing spins, and it recovers" {
    conf ftp anonymous=write
    (ulimit -n 40 && agentd_start)
    read_ports
    helper loop.py
    told 'after [0-9]+: 42[15] .*' exhaust "$ftp"
    told 'open 100' open 100 "$http"
    sleeps
    told 'answered 0 refused 100 closed 0' ask
    errlog_has "event=refused proto=http .*Too many open files"
    sleeps
    told left leave
    until_true sessions_are 0
    serves
}

@test "a worker that dies when there is no descriptor for another is replaced later" {
    conf ftp anonymous=write
    conf agentd workers=1
    (ulimit -n 40 && agentd_start)
    read_ports
    local worker
    worker=$(pgrep -P "$PID")
    helper loop.py
    told 'after [0-9]+: 42[15] .*' exhaust "$ftp"
    kill -9 "$worker"
    until_true errlog_has "event=worker-died pid=$worker "
    told left leave
    until_true sessions_are 0
    curl -sS --max-time "$PATIENCE" -T "$CONF" "ftp://127.0.0.1:$ftp/uploaded"
    cmp "$CONF" "$FILES/uploaded"
}

@test "connections: the limit holds over all doors, each refuses in its own words, and it can be raised" {
    conf limits connections=3
    agentd_start
    talk <<'TALK'
a = tcp echo
b = tcp http
b > GET / HTTP/1.1
c = tcp irc from 127.0.0.2
c > PING :here
c ~ .*PONG.*here
d = tcp http
d > GET / HTTP/1.1
d < HTTP/1.1 503 .*
d ~ Content-Length: 0
d <
d eof
e = tcp ftp
e < 421 .*
e eof
f = tcp irc from 127.0.0.3
f < ERROR :.*
f eof
g = tcp lgp
g eof
h = tcp echo
h eof
a >> x
a << OK
a close
TALK
    errlog_has 'event=refused proto=ftp count=1 reason="too many connections"'
    is_not stat_is refused 0
    # The three have gone: others may come.
    until_true sessions_are 0
    talk <<'TALK'
a = tcp echo
a >> x
a << OK
b = tcp echo
b >> x
b << OK
c = tcp echo
c >> x
c << OK
d = tcp echo
d eof
TALK
    conf limits connections=100
    agentctl reload
    helper loop.py
    told 'open 90' open 90 "$http"
    told 'answered 90 refused 0 closed 0' ask
}

@test "per_ip: one address cannot lock the others out" {
    conf limits per_ip=5
    agentd_start
    helper loop.py
    told 'open 8' open 8 "$http"
    told 'answered 5 refused 3 closed 0' ask
    errlog_has 'event=refused proto=http count=[0-9] reason=.*address'
    talk <<'TALK'
a = tcp echo
a eof
b = tcp echo from 127.0.0.2
b >> x
b << OK
TALK
    agentctl status >/dev/null # agentctl is not counted
    told left leave
    until_true sessions_are 0
    talk <<'TALK'
a = tcp echo
a >> x
a << OK
TALK
}

@test "who is silent is closed, in the words of the door; who speaks, stays" {
    conf limits idle_timeout=1s request_timeout=1s
    conf http keepalive=1s
    agentd_start
    talk <<'TALK'
echo = tcp echo
lgp = tcp lgp
login = tcp ftp
login < 220 .*
ftp = tcp ftp
ftp < 220 .*
ftp > USER ftp
ftp < 331 .*
ftp > PASS x
ftp < 230 .*
irc = tcp irc
irc > NICK alice
irc > USER a a a a
irc ~ .* 376 .*|.* 422 .*
stays = tcp irc
stays > NICK bob
stays > USER b b b b
stays ~ .* 376 .*|.* 422 .*
nobody = tcp irc
kept = tcp http
kept > GET /kept HTTP/1.1
kept > Host: x
kept >
kept < HTTP/1.1 404 .*
mute = tcp http
# Everybody waits at once from here on.
stays ~ PING :?(?P<token>.*)
stays > PONG $token
echo eof
lgp eof
login < 421 .*
login eof
ftp < 421 .*
ftp eof
irc ~ PING .*
irc < ERROR :.*
irc eof
nobody < ERROR :.*
nobody eof
kept ~ .*</html>
kept eof
mute eof
stays > PING :still
stays ~ .*PONG.*still
TALK
    is_not stat_is closed_timeout 0
}

@test "a request head that comes slowly gets 408, however steadily it drips" {
    conf limits request_timeout=1s
    agentd_start
    talk <<'TALK'
a = tcp http
a >> GET / HTTP/1.1\r\nHost: x\r\n
b = tcp http
b >> G
a < HTTP/1.1 408 .*
b < HTTP/1.1 408 .*
TALK
    helper loop.py
    told 'HTTP/1.1 408 .*' drip "$http"
    # Others were served meanwhile, and are.
    told 'open 1' open 1 "$http"
    told 'answered 1 refused 0 closed 0' ask
}
