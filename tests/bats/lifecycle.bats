#!/usr/bin/env bats
# Starting, living and stopping: FAULTS.md's "Daemon" list, case by case. Each test has a daemon of
# its own; what steers a running one is in control.bats, what fills it up in loop.bats.

load lib

PROGRAM=$BATS_TEST_DIRNAME/lifecycle.py

setup() {
    agentd_setup
    chmod 755 "$WORK" # agentd may run as somebody else
    cp "$CONF" "$WORK/good.conf"
    INNOCENT='' HELPER='' MOUNTED=''
}

teardown() {
    local status=0
    helper_end
    if [ -n "$INNOCENT" ]; then
        kill "$INNOCENT" || status=1
        wait "$INNOCENT" || true
    fi
    cp "$WORK/good.conf" "$CONF"
    agentctl stop >/dev/null || status=1
    [ -z "$MOUNTED" ] || umount "$MOUNTED" || status=1
    agentd_teardown || status=1
    nothing_left || status=1
    return $status
}

# A process whose number gets into pidfiles, and that nobody may touch.
innocent() {
    sleep 600 3>&- &
    INNOCENT=$!
}

# agentctl start must fail and say so in these words, and leave no process and no pidfile.
start_fails() {
    fails_saying "$1" agentctl start || return 1
    until_true is_not pgrep -f -- "agentd -c $CONF" || return 1
    if [ -f "$STATE/agentd.pid" ] && [ ! -L "$STATE/agentd.pid" ]; then
        echo "left its pidfile" >&2
        return 1
    fi
}

# wrong SECTION KEY=VALUE WORDS: with that in the configuration a start fails, and says file, line,
# section, key, and the words.
wrong() {
    local line
    cp "$WORK/good.conf" "$CONF"
    conf "$1" "$2"
    line=$(grep -n "^\[$1\]\$" "$CONF" | cut -d: -f1)
    start_fails "agentd: $CONF:$((line + 1)): \[$1\] ${2%%=*}: .*$3"
}

# state_of PID KEY: a line of /proc/PID/status.
state_of() {
    sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}

# has_signal PID SET SIGNAL: is it in SigIgn, SigCgt, SigBlk?
has_signal() {
    ((0x$(state_of "$1" "$2") >> ($(kill -l "$3") - 1) & 1))
}

status_is() {
    local status=0
    agentctl status >/dev/null 2>&1 || status=$?
    [ "$status" -eq "$1" ]
}

upload() {
    curl -sS --max-time 60 -T "$1" "ftp://127.0.0.1:$ftp/$2"
}

connected() {
    agentctl who | grep -q " $1 "
}

http_status() {
    curl -s -o /dev/null --max-time 60 -w '%{http_code}' "http://127.0.0.1:$http$1"
}

# --- starting ---

@test "start returns when every door answers, and says where everything is" {
    run agentctl start
    [ "$status" -eq 0 ]
    local said=$output
    read_ports
    talk <<'TALK'
i = tcp irc
i > PING :now
i ~ .*PONG.*now
u = udp udp
u > L bob
u < OK
f = tcp ftp
f < 220 .*
l = tcp lgp
l >> L
l << 文件库为空
h = tcp http
h > GET / HTTP/1.0
h >
h < HTTP/1.1 200 OK
e = tcp echo
e >> x
e << OK
TALK
    local part
    for part in "pid $PID," "irc *127.0.0.1:$irc " "udp *127.0.0.1:$udp " "ftp *127.0.0.1:$ftp " \
        "lgp *127.0.0.1:$lgp " "http *127.0.0.1:$http " "echo *127.0.0.1:$echo " \
        "log *$STATE/agentd.log" "errlog *$STATE/agentd.err" "status \| stop \| log"; do
        grep -qE -- "$part" <<<"$said"
    done
    [ -s "$STATE/agentd.db" ]
    log_has "event=start .*pid $PID"
}

# bats test_tags=once
@test "a port that is in use: start fails and says which address, for each door" {
    agentd_start
    local door line
    for door in irc udp ftp lgp http echo; do
        sed -e "s|^state = .*|state = $WORK/second|" "$WORK/good.conf" >"$WORK/second.conf"
        CONF=$WORK/second.conf conf "$door" "listen=127.0.0.1:0 127.0.0.1:${!door}"
        line=$(grep -n "^\[$door\]" "$WORK/second.conf" | cut -d: -f1)
        CONF=$WORK/second.conf STATE=$WORK/second start_fails \
            "second.conf:$((line + 1)): \[$door\] listen: .*127.0.0.1:${!door}.*: Address already in use"
        is_not test -e "$WORK/second/control.sock"
    done
    # The one that has the ports has noticed nothing.
    [ "$(http_status /)" = 200 ]
    status_is 0
}

# bats test_tags=once
@test "an address that is not ours, or none at all, is refused by name" {
    wrong irc listen=192.0.2.1:6667 "192.0.2.1:6667: Cannot assign requested address"
    wrong ftp listen=everywhere "everywhere is no address"
    wrong http listen=127.0.0.1:70000 "127.0.0.1:70000 is no address"
    wrong udp listen=127.0.0.1 "127.0.0.1 is no address"
}

# bats test_tags=once
@test "a fault in the configuration: start says file, line and key" {
    wrong http keepalive=soon "must be a time"
    wrong limits connections=many "must be a number"
    wrong limits connections=0 "must be a number"
    wrong agentd event=kqueue "auto"
    wrong files sync=perhaps "yes"
    wrong http colour=red "no such key; there are listen, tls_listen, host,"
    cp "$WORK/good.conf" "$CONF"
    local lines
    lines=$(wc -l <"$CONF")
    echo '[gopher]' >>"$CONF"
    start_fails "agentd: $CONF:$((lines + 1)): \[gopher\]: no such section"
    cp "$WORK/good.conf" "$CONF"
    echo 'what is this' >>"$CONF"
    start_fails "agentd: $CONF:$((lines + 1)): "
    cp "$WORK/good.conf" "$CONF"
    printf 'mode = ok\nmode = echo\n' >>"$CONF"
    start_fails "agentd: $CONF:$((lines + 2)): \[echo\] mode: given twice, first in line $((lines + 1))"
    cp "$WORK/good.conf" "$CONF"
    sed -i '1i user = somebody' "$CONF"
    start_fails "agentd: $CONF:1: user: stands before the first \[section\]"
}

# bats test_tags=once
@test "several faults are told at once" {
    conf http keepalive=soon
    conf irc colour=red
    run agentctl start
    [ "$status" -eq 1 ]
    [[ $output == *"[http] keepalive: "* ]]
    [[ $output == *"[irc] colour: "* ]]
}

# bats test_tags=once
@test "two doors with one address are told by a test; a stream and a datagram door may share one" {
    local port
    port=$(free_port)
    conf irc "listen=127.0.0.1:$port"
    conf http "listen=127.0.0.1:0 127.0.0.1:$port"
    fails_saying "\[http\] listen: \[irc\] listens there already" agentctl test
    conf http listen=127.0.0.1:0
    conf udp "listen=127.0.0.1:$port"
    agentctl test
    agentd_start
}

# bats test_tags=once
@test "a lobby that is no room is told by its own key, by a test too" {
    wrong irc lobby=lobby "lobby"
    fails_saying "\[irc\] lobby: " agentctl test
}

# bats test_tags=once
@test "a user or group that does not exist is told by its own key" {
    wrong agentd user=no-such-user "no such user: no-such-user"
    wrong agentd group=no-such-group "no such group: no-such-group"
}

# bats test_tags=once
@test "a log that cannot be written: start fails and says which and why" {
    wrong agentd log=/nonexistent/log "/nonexistent/log: No such file or directory"
    wrong ftp transfer_log=/nonexistent/log "/nonexistent/log: No such file or directory"
    wrong http access_log=/nonexistent/log "/nonexistent/log: No such file or directory"
    mkdir "$STATE/folder"
    wrong agentd log=folder "$STATE/folder: Is a directory"
}

# bats test_tags=once
@test "an errlog that cannot be written is told by its own key" {
    wrong agentd errlog=/nonexistent/log "/nonexistent/log: No such file or directory"
}

# bats test_tags=once
@test "a log that is a symbolic link is refused, and what it points to is left alone" {
    local key
    echo victim >"$WORK/victim"
    ln -s "$WORK/victim" "$STATE/link"
    for key in "agentd log" "agentd errlog" "ftp transfer_log" "http access_log"; do
        cp "$WORK/good.conf" "$CONF"
        conf ${key/ */} "${key/* /}=link"
        start_fails "\[${key/ */}\] .*$STATE/link: is a symbolic link"
    done
    [ "$(cat "$WORK/victim")" = victim ]
}

# bats test_tags=once
@test "a failed start says one line, and nothing comes after it" {
    mkdir "$STATE/folder"
    conf agentd log=folder
    run agentctl start
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 1 ]
}

# bats test_tags=once
@test "a bad root of the store, of the site, or a bad state: start fails and says which and why" {
    wrong files root=/nonexistent/store "/nonexistent/store: No such file or directory"
    wrong files root=/dev/null "/dev/null: Not a directory"
    wrong http root=/nonexistent/site "/nonexistent/site: No such file or directory"
    wrong agentd state=/dev/null/x "/dev/null/x: cannot be made: Not a directory"
}

# bats test_tags=once
@test "a database that cannot be used: start fails and says which and why" {
    wrong db path=/nonexistent/db "/nonexistent/db: unable to open"
    head -c 8192 /dev/urandom >"$STATE/noise"
    local before
    before=$(cksum <"$STATE/noise")
    wrong db path=noise "$STATE/noise: file is not a database"
    [ "$(cksum <"$STATE/noise")" = "$before" ]
    ln -s "$WORK/elsewhere.db" "$STATE/link.db"
    wrong db path=link.db "$STATE/link.db: unable to open"
    is_not test -e "$WORK/elsewhere.db"
    # Of a later version than this agentd.
    cp "$WORK/good.conf" "$CONF"
    agentd_start
    agentctl stop >/dev/null
    python3 -c 'import sqlite3, sys
sqlite3.connect(sys.argv[1]).execute("PRAGMA user_version = 1000")' "$STATE/agentd.db"
    start_fails "\[db\] path: .*written by a newer agentd"
}

# bats test_tags=once
@test "a control socket that cannot be made: start fails and says why" {
    wrong agentd control=/nonexistent/sock "/nonexistent/sock: No such file or directory"
    wrong agentd "control=$(printf 'x%.0s' {1..120})" "File name too long"
    mkdir "$STATE/folder"
    wrong agentd control=folder "$STATE/folder: "
}

# bats test_tags=once
@test "a file that is no socket is never removed to make room for the control socket" {
    echo precious >"$STATE/precious"
    conf agentd control=precious
    run agentctl start
    agentctl stop >/dev/null
    [ "$(cat "$STATE/precious")" = precious ]
    [ "$status" -eq 1 ]
    [[ $output == *"[agentd] control: "*"$STATE/precious"* ]]
}

# bats test_tags=once
@test "a control socket that a killed daemon left is replaced" {
    agentd_start
    kill -9 "$PID"
    until_true is_gone "$PID"
    [ -S "$STATE/control.sock" ]
    agentd_start
    agentctl stats >/dev/null
}

# bats test_tags=once
@test "-t says OK or every fault, and changes nothing" {
    rm -r "$STATE"
    run "$AGENTD" -c "$CONF" -t
    [ "$status" -eq 0 ]
    [ "$output" = "$CONF: OK" ]
    conf http keepalive=soon
    conf irc listen=nowhere
    fails_saying "\[http\] keepalive: " "$AGENTD" -c "$CONF" -t
    cp "$WORK/good.conf" "$CONF"
    conf irc listen=nowhere
    fails_saying "\[irc\] listen: nowhere is no address" "$AGENTD" -c "$CONF" -t
    cp "$WORK/good.conf" "$CONF"
    conf agentd user=no-such-user
    fails_saying "no such user" "$AGENTD" -c "$CONF" -t
    is_not test -e "$STATE"
}

# bats test_tags=once
@test "-V says the version; wrong options, -c without a readable file: words, and no start" {
    run "$AGENTD" -V
    [ "$status" -eq 0 ]
    [[ $output =~ ^agentd\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
    local args
    for args in "-q" "-c" "extra" "-t extra"; do
        run "$AGENTD" $args
        [ "$status" -eq 2 ]
        [[ $output == *"usage: agentd "* ]]
    done
    fails_saying "agentd: $WORK/missing.conf: No such file" "$AGENTD" -c "$WORK/missing.conf"
    fails_saying "agentd: $WORK: " "$AGENTD" -c "$WORK"
    fails_saying "agentd: $WORK/missing.conf: No such file" "$AGENTD" -c "$WORK/missing.conf" -t
}

# bats test_tags=once
@test "-c takes a relative path, and a reload finds the file though agentd lives in /" {
    (cd "$WORK" && "$AGENTD" -c agentd.conf)
    read_ports
    conf echo mode=echo
    kill -HUP "$PID"
    until_true log_has event=reload
    talk <<'TALK'
e = tcp echo
e >> abc
e << abc
TALK
}

@test "-f stays in the foreground, logs to stderr, and ends with 0" {
    "$AGENTD" -c "$CONF" -f >"$WORK/out" 2>"$WORK/err" 3>&- &
    local pid=$!
    until_true status_is 0
    read_ports
    [ "$PID" = "$pid" ]
    [ "$(http_status /)" = 200 ]
    upload "$CONF" no && false # guests only read here: a line for the log
    grep -q "event=start .*pid $pid" "$WORK/err"
    grep -q "event=denied\|event=login" "$WORK/err"
    kill -INT "$pid" # as ^C does
    wait "$pid"
    grep -q "event=stopped" "$WORK/err"
    [ ! -s "$WORK/out" ]
    is_not test -e "$STATE/agentd.log"
    is_not test -e "$STATE/agentd.pid"
    conf irc listen=nowhere
    fails_saying "\[irc\] listen: nowhere is no address" "$AGENTD" -c "$CONF" -f
}

# bats test_tags=once
@test "a checkout finds its own binary and its own etc/agentd.conf, and keeps its state in run/" {
    local checkout=$WORK/check\ out
    mkdir -p "$checkout/build" "$checkout/ctl" "$checkout/etc" "$checkout/daemon"
    cp "$AGENTD" "$checkout/build/agentd"
    cp "$ROOT/ctl/agentctl" "$checkout/ctl/"
    cp "$ROOT/daemon/main.c" "$checkout/daemon/"
    cp "$ROOT/etc/agentd.conf" "$checkout/etc/"
    # The file that is shipped is valid, and is what the table of keys writes.
    run env -u AGENTD "$checkout/ctl/agentctl" test
    [ "$output" = "$checkout/etc/agentd.conf: OK" ]
    "$checkout/build/agentd" -x config sample | cmp - "$ROOT/etc/agentd.conf"
    # It listens everywhere; here it shall listen on loopback, at free ports.
    sed -i 's/^listen = .*/listen = 127.0.0.1:0/' "$checkout/etc/agentd.conf"
    env -u AGENTD "$checkout/ctl/agentctl" start
    [ "$(env -u AGENTD "$checkout/ctl/agentctl" config get agentd.state)" = "$checkout/run" ]
    [ -S "$checkout/run/control.sock" ]
    [ -d "$checkout/run/files" ]
    (cd / && env -u AGENTD "$checkout/ctl/agentctl" stop)
    run env -u AGENTD "$checkout/ctl/agentctl" status
    [ "$status" -eq 3 ]
}

# --- one at a time ---

# bats test_tags=once
@test "a second start says who runs, and touches nothing of the first" {
    agentd_start
    local before after
    snapshot() { (cd "$STATE" && stat -c '%n %i %s %Y %a' ./* && cat agentd.pid agentd.log agentd.err); }
    before=$(snapshot)
    fails_saying "^agentd: already running as pid $PID\$" agentctl start
    fails_saying "^agentd: already running as pid $PID\$" "$AGENTD" -c "$CONF" -f
    after=$(snapshot)
    [ "$before" = "$after" ]
    status_is 0
    [ "$(http_status /)" = 200 ]
    [ "$(agentctl_pid)" = "$PID" ]
}

# bats test_tags=once
@test "a second daemon with a pidfile of its own cannot take the first one's control socket" {
    agentd_start
    sed -e "s|^state = .*|&\npidfile = other.pid|" "$CONF" >"$WORK/other.conf"
    run "$AGENTD" -c "$WORK/other.conf"
    "$AGENTD" -c "$WORK/other.conf" -x stop
    [ "$status" -eq 1 ]
    [[ $output == *"[agentd] control: "*"$STATE/control.sock"* ]]
    status_is 0
}

# bats test_tags=once
@test "fifty starts at once: one wins, the others say so, and the pidfile is right" {
    local i pids=()
    for i in {1..50}; do
        "$AGENTD" -c "$CONF" >"$WORK/out.$i" 2>&1 3>&- &
        pids+=($!)
    done
    local won=0
    for i in "${pids[@]}"; do
        wait "$i" && won=$((won + 1))
    done
    [ "$won" -eq 1 ]
    read_ports
    [ "$(cat "$STATE/agentd.pid")" = "$PID" ]
    [ "$(cat "$WORK"/out.* | grep -c "^agentd: already running as pid $PID\$")" -eq 49 ]
    [ "$(cat "$WORK"/out.* | wc -l)" -eq 49 ]
    [ "$(http_status /)" = 200 ]
    [ "$(pgrep -f -- "agentd -c $CONF" | wc -l)" -eq 3 ] # with its two workers
}

# bats test_tags=once
@test "a stale pidfile with the number of another process: start works, and stop leaves that alone" {
    innocent
    echo "$INNOCENT" >"$STATE/agentd.pid"
    run agentctl status
    [ "$status" -eq 1 ]
    agentctl stop
    kill -0 "$INNOCENT"
    agentd_start
    [ "$(cat "$STATE/agentd.pid")" = "$PID" ]
    [ "$PID" != "$INNOCENT" ]
    agentctl stop
    kill -0 "$INNOCENT"
    is_not test -e "$STATE/agentd.pid"
}

# bats test_tags=once
@test "rubbish in a stale pidfile is in nobody's way" {
    local rubbish
    : >"$STATE/agentd.pid" # as one that stopped in good order leaves it, where it cannot remove it
    status_is 3
    for rubbish in '-1\n' '0\n' '1\n' 'agentd\n' '99999999999999999999\n' '\0\0\0' '1 2\n'; do
        printf -- "$rubbish" >"$STATE/agentd.pid"
        agentctl stop
        status_is 1
        agentctl start >/dev/null
        agentctl stop
        status_is 3
    done
}

# bats test_tags=once
@test "another number in the pidfile of a running daemon: stop does not kill that process" {
    innocent
    agentd_start
    echo "$INNOCENT" >"$STATE/agentd.pid"
    fails_saying "pidfile $STATE/agentd.pid: is locked, but not by the process whose number is in it" \
        agentctl stop
    kill -0 "$INNOCENT"
    [ "$(http_status /)" = 200 ]
    status_is 0 # the socket answers, whatever the number
    is_not agentctl start
    [ "$(http_status /)" = 200 ]
    echo "$PID" >"$STATE/agentd.pid"
    agentctl stop
    until_true is_gone "$PID"
    kill -0 "$INNOCENT"
}

# bats test_tags=once
@test "a lock by somebody else does not make the number in a stale pidfile a running agentd" {
    innocent
    echo "$INNOCENT" >"$STATE/agentd.pid"
    exec {lock}<"$STATE/agentd.pid"
    flock -s "$lock" # as one who looks at it takes, for a moment
    run agentctl start
    flock -u "$lock"
    exec {lock}>&-
    [[ $output != *"running as pid $INNOCENT"* ]]
}

# bats test_tags=once
@test "the pidfile is locked for the whole life, through a reload and while it drains, by agentd alone" {
    locked() { is_not flock -n "$STATE/agentd.pid" true; }
    conf agentd drain=1m
    head -c 30000000 /dev/zero >"$FILES/big"
    agentd_start
    locked
    agentctl reload
    agentctl reopen
    locked
    exec {web}<>"/dev/tcp/127.0.0.1/$http"
    printf 'GET /files/big HTTP/1.0\r\n\r\n' >&"$web"
    read -r -t 60 -u "$web"
    kill -TERM "$PID"
    until_true log_has event=stop
    locked
    # No worker keeps the lock when agentd itself is killed.
    kill -STOP $(pgrep -P "$PID")
    local workers
    workers=$(pgrep -P "$PID")
    kill -9 "$PID"
    until_true is_gone "$PID"
    flock -n "$STATE/agentd.pid" true
    kill -CONT $workers 2>/dev/null || true
    exec {web}>&-
}

# bats test_tags=once
@test "a pidfile that is a symbolic link, no file, or out of reach is refused" {
    echo victim >"$WORK/victim"
    ln -s "$WORK/victim" "$STATE/agentd.pid"
    start_fails "^agentd: pidfile $STATE/agentd.pid: is a symbolic link\$"
    is_not agentctl stop
    ln -sf "$WORK/dangling" "$STATE/agentd.pid"
    start_fails "is a symbolic link"
    is_not test -e "$WORK/dangling"
    [ "$(cat "$WORK/victim")" = victim ]
    rm "$STATE/agentd.pid"
    mkfifo "$STATE/fifo"
    conf agentd pidfile=fifo
    start_fails "pidfile $STATE/fifo: is not a regular file"
    conf agentd pidfile=/nonexistent/pid
    start_fails "pidfile /nonexistent/pid: No such file or directory"
}

# --- the process ---

@test "a daemon's session, folder, umask, descriptors and limits are its own, whoever starts it" {
    umask 077
    (ulimit -Sn 256 && agentd_start)
    read_ports
    local pid ppid pgrp session tty
    read -r pid _ _ ppid pgrp session tty _ <"/proc/$PID/stat"
    [ "$pid" = "$PID" ]
    [ "$session" != "$PID" ] # no leader: it can never get a terminal
    [ "$pgrp" = "$session" ]
    [ "$session" != "$(ps -o sid= -p $$ | tr -d ' ')" ]
    [ "$tty" = 0 ]
    is_not kill -0 "$session"
    [ "$(readlink "/proc/$PID/cwd")" = / ]
    [ "$(state_of "$PID" Umask)" = 0027 ]
    [ "$(readlink "/proc/$PID/fd/0")" = /dev/null ]
    [ "$(readlink "/proc/$PID/fd/1")" = "$STATE/agentd.log" ]
    [ "$(readlink "/proc/$PID/fd/2")" = "$STATE/agentd.err" ]
    # Enough descriptors for two a connection, as far as the system lets us; no core files.
    local hard soft
    read -r _ _ _ soft hard _ < <(grep 'open files' "/proc/$PID/limits")
    [ "$soft" -eq $((hard < 12256 ? hard : 12256)) ]
    grep -q 'core file size *0 *0 ' "/proc/$PID/limits"
    [ "$(state_of "$PID" NoNewPrivs)" = 1 ]
    [ "$(stat -c %a "$STATE/control.sock")" = 600 ]
    [ "$(stat -c %a "$STATE/agentd.log")" = 640 ]
}

@test "signals that its parent ignored or blocked are put right, in the workers too" {
    python3 "$PROGRAM" hostile "$AGENTD" -c "$CONF"
    read_ports
    local sig worker
    [ "$(state_of "$PID" SigBlk)" = 0000000000000000 ]
    for sig in HUP INT TERM USR1 CHLD; do
        has_signal "$PID" SigCgt "$sig"
    done
    has_signal "$PID" SigIgn PIPE
    for sig in USR2 ALRM QUIT; do
        is_not has_signal "$PID" SigIgn "$sig"
    done
    for worker in $(pgrep -P "$PID"); do
        [ "$(state_of "$worker" SigBlk)" = 0000000000000000 ]
        is_not has_signal "$worker" SigCgt HUP # agentd answers it
        [ "$(find "/proc/$worker/fd" -type l | wc -l)" -eq 4 ] # and no door is open in it
    done
}

@test "started with closed descriptors and a stray one: 0 to 2 are right, the stray one is gone" {
    "$AGENTD" -c "$CONF" 0<&- 1>&- 2>&- 9</etc/hostname
    read_ports
    [ "$(readlink "/proc/$PID/fd/0")" = /dev/null ]
    [ "$(readlink "/proc/$PID/fd/1")" = "$STATE/agentd.log" ]
    [ "$(readlink "/proc/$PID/fd/2")" = "$STATE/agentd.err" ]
    local fd
    for fd in "/proc/$PID"/fd/*; do
        case $(readlink "$fd") in
        "$STATE"/* | /dev/null | socket:* | pipe:* | anon_inode:*) ;;
        *)
            ls -l "/proc/$PID/fd" >&2
            return 1
            ;;
        esac
    done
    [ "$(http_status /)" = 200 ]
}

@test "agentctl start 0<&- 1>&- 2>&- 9</etc/hostname works" {
    agentctl start 0<&- 1>&- 2>&- 9</etc/hostname
    status_is 0
    agentctl stop 0<&- 1>&- 2>&-
    status_is 3
}

@test "a socket from socket activation is taken over, with those who wait in its queue" {
    local port
    port=$(free_port)
    conf http "listen=127.0.0.1:$port"
    echo "hello" >"$SITE/index.html"
    python3 "$PROGRAM" activated "$port" "$AGENTD" -c "$CONF" >"$WORK/answer" 3>&-
    until_true grep -qx 200 "$WORK/answer"
    read_ports
    [ "$http" = "$port" ]
    agentctl stop
    # What was meant for another process is nothing to us.
    LISTEN_PID=1 LISTEN_FDS=3 agentd_start
    [ "$(http_status /)" = 200 ]
}

# bats test_tags=once
@test "as root with [agentd] user: becomes that user for good, and uploads, logs and reload still work" {
    if [ "$(id -u)" -ne 0 ]; then
        conf agentd user=root
        start_fails "\[agentd\] user: only root can become user root"
        return
    fi
    local id low
    id=$(id -u nobody)
    STATE=$WORK/nobodys
    low=$(python3 - <<'TALK'
import random
import socket
for port in random.sample(range(512, 1024), 512):  # other runs look for one, too
    try:
        socket.socket().bind(("127.0.0.1", port))
        print(port)
        break
    except OSError:
        pass
TALK
    )
    conf agentd user=nobody "state=$STATE"
    conf ftp anonymous=write
    conf echo "listen=127.0.0.1:$low"
    cp "$CONF" "$WORK/good.conf"
    agentd_start
    FILES=$STATE/files
    [ "$echo" = "$low" ]
    local pid set
    for pid in "$PID" $(pgrep -P "$PID"); do
        [ "$(state_of "$pid" Uid | tr -d '\t')" = "$id$id$id$id" ]
        [ "$(state_of "$pid" Gid | tr -s '\t' '\n' | sort -u)" = "$(id -g nobody)" ]
        [ "$(state_of "$pid" Groups | tr -d ' ')" = "$(id -G nobody | tr -d ' ')" ]
        for set in CapEff CapPrm CapInh CapBnd CapAmb; do
            [ "$(state_of "$pid" $set)" = 0000000000000000 ]
        done
        [ "$(state_of "$pid" NoNewPrivs)" = 1 ]
    done
    upload "$WORK/good.conf" file
    cmp "$WORK/good.conf" "$FILES/file"
    [ "$(stat -c %U "$FILES/file")" = nobody ]
    [ "$(stat -c %U "$STATE/agentd.log")" = nobody ]
    mv "$STATE/agentd.log" "$STATE/agentd.log.1"
    agentctl reopen
    until_true log_has event=reopen
    conf http listen=127.0.0.2:0
    agentctl reload
    agentctl status | grep -q 'http *127.0.0.2:'
    # Another user's agentctl gets nowhere. (The checkout may be out of that user's reach.)
    cp "$AGENTD" "$ROOT/ctl/agentctl" "$WORK/"
    local verb
    for verb in stop who "say no"; do
        AGENTD=$WORK/agentd fails_saying "Permission denied" \
            setpriv --reuid=daemon --regid=daemon --clear-groups "$WORK/agentctl" -c "$CONF" $verb
    done
    status_is 0
}

# bats test_tags=once
@test "a state folder whose parents are new is made so that the user gets there" {
    STATE=$WORK/a/b/state
    conf agentd "state=$STATE"
    [ "$(id -u)" -ne 0 ] || conf agentd user=nobody
    cp "$CONF" "$WORK/good.conf"
    agentd_start
    [ -d "$STATE/files" ]
    [ "$(http_status /)" = 200 ]
}

# bats test_tags=once
@test "stopped in good order is stopped, also where agentd may not remove its pidfile" {
    mkdir "$WORK/pid"
    conf agentd "pidfile=$WORK/pid/agentd.pid"
    if [ "$(id -u)" -eq 0 ]; then
        STATE=$WORK/nobodys
        conf agentd user=nobody "state=$STATE"
        cp "$CONF" "$WORK/good.conf"
    fi
    agentd_start
    [ "$(id -u)" -eq 0 ] || chmod 555 "$WORK/pid"
    agentctl stop
    run agentctl status
    chmod 755 "$WORK/pid"
    [ "$status" -eq 3 ]
    agentd_start
    agentctl stop
}

# --- being killed ---

@test "kill -9 and start again: serves at once, at the same ports, and the old workers are gone" {
    local port workers pid
    port=$(free_port)
    conf http "listen=127.0.0.1:$port"
    agentd_start
    workers=$(pgrep -P "$PID")
    [ "$(wc -w <<<"$workers")" -eq 2 ]
    exec {web}<>"/dev/tcp/127.0.0.1/$port"
    printf 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' >&"$web"
    read -r -t 60 -u "$web" line
    [[ $line == "HTTP/1.1 200 "* ]]
    kill -9 "$PID"
    until_true is_gone "$PID"
    status_is 1
    agentd_start
    [ "$http" = "$port" ]
    [ "$(http_status /)" = 200 ]
    for pid in $workers; do
        until_true is_gone "$pid"
    done
    exec {web}>&-
}

@test "a worker that is killed is replaced, and leaves no zombie" {
    conf ftp anonymous=write
    agentd_start
    local pid old
    old=$(pgrep -P "$PID")
    [ "$(wc -w <<<"$old")" -eq 2 ]
    for pid in $old; do
        kill -9 "$pid"
        until_true errlog_has "event=worker-died pid=$pid "
    done
    replaced() { [ "$(pgrep -P "$PID" | grep -cvxF "$old")" -eq 2 ] && [ "$(pgrep -P "$PID" | wc -l)" -eq 2 ]; }
    until_true replaced
    upload "$CONF" one
    upload "$CONF" two
    cmp "$CONF" "$FILES/two"
    is_not pgrep -P "$PID" -r Z
}

@test "a worker that is killed at its work costs no more than that upload" {
    conf ftp anonymous=write
    conf agentd workers=1
    agentd_start
    local worker
    worker=$(pgrep -P "$PID")
    kill -STOP "$worker"
    upload "$CONF" file >"$WORK/said" 2>&1 3>&- &
    local client=$!
    received() { [ "$(stat_of bytes_in)" -ge "$(stat -c %s "$CONF")" ]; }
    until_true received
    kill -9 "$worker"
    # Acknowledged if, and only if, it is there.
    if wait "$client"; then
        cmp "$CONF" "$FILES/file"
    else
        is_not test -e "$FILES/file"
    fi
    upload "$CONF" next
    cmp "$CONF" "$FILES/next"
}

# bats test_tags=once
@test "status is 0 while it runs, 3 when it is stopped, 1 when it was killed" {
    status_is 3
    [ "$(agentctl status)" = "agentd is stopped" ]
    agentd_start
    status_is 0
    kill -9 "$PID"
    until_true is_gone "$PID"
    status_is 1
    [ "$(agentctl status)" = "agentd is stopped; it did not end by itself" ]
    agentd_start
    agentctl stop
    status_is 3
}

# --- stopping ---

@test "stop lets a download and an upload come to their end, and takes nobody new" {
    conf agentd drain=1m
    conf ftp anonymous=write
    head -c 30000000 /dev/urandom >"$FILES/big"
    agentd_start
    local pid=$PID workers
    workers=$(pgrep -P "$PID")
    helper lifecycle.py drain "$http" "$ftp" "$FILES/big"
    hear
    [ "$ANSWER" = "under way" ]
    agentctl stop >"$WORK/stopped" 3>&- &
    local stop=$!
    until_true is_not connects "$http"
    for door in irc ftp lgp echo; do
        is_not connects "${!door}"
    done
    [[ $(agentctl status) == *"about to stop"* ]]
    kill -0 "$stop" # it waits
    tell go
    [ "$ANSWER" = "download whole upload 226" ]
    cmp "$FILES/big" "$FILES/up"
    wait "$stop"
    [ "$(cat "$WORK/stopped")" = "agentd is stopped" ]
    is_gone "$pid"
    for pid in $workers; do
        until_true is_gone "$pid"
    done
    is_not test -e "$STATE/agentd.pid"
    is_not test -e "$STATE/control.sock"
    log_has event=stopped
}

@test "a transfer that does not move is cut when the drain is over" {
    conf agentd drain=1s
    conf ftp anonymous=write
    head -c 30000000 /dev/zero >"$FILES/big"
    agentd_start
    helper lifecycle.py drain "$http" "$ftp" "$FILES/big"
    hear
    agentctl stop
    is_gone "$PID"
    [ "$(ls -A "$FILES")" = big ]
    status_is 3
}

@test "sessions that do nothing do not hold a stop up" {
    conf agentd drain=1h
    agentd_start
    exec {a}<>"/dev/tcp/127.0.0.1/$irc" {b}<>"/dev/tcp/127.0.0.1/$ftp" {c}<>"/dev/tcp/127.0.0.1/$lgp" \
        {d}<>"/dev/tcp/127.0.0.1/$http" {e}<>"/dev/tcp/127.0.0.1/$echo"
    printf 'NICK alice\r\nUSER a a a a\r\n' >&"$a"
    until_true stat_is irc_registered 1
    agentctl monitor >"$WORK/monitor" 3>&- &
    local monitor=$!
    until_true connected alice
    kill -TERM "$PID"
    until_true is_gone "$PID"
    wait "$monitor"
    # Whoever chats is told.
    while read -r -t 60 -u "$a" line; do
        [[ $line != ERROR* ]] || break
    done
    [[ $line == ERROR* ]]
    exec {a}>&- {b}>&- {c}>&- {d}>&- {e}>&-
}

@test "a reload while it stops is in nobody's way: the doors stay shut, and it ends" {
    conf agentd drain=1h
    head -c 30000000 /dev/zero >"$FILES/big"
    agentd_start
    exec {web}<>"/dev/tcp/127.0.0.1/$http"
    printf 'GET /files/big HTTP/1.0\r\n\r\n' >&"$web"
    read -r -t 60 -u "$web"
    kill -TERM "$PID"
    until_true log_has event=stop
    run agentctl reload
    kill -HUP "$PID"
    kill -USR1 "$PID" # both are handled when the log says so
    until_true log_has event=reopen
    [ "$(agentctl status | grep -c '127.0.0.1:')" -eq 0 ]
    cat <&"$web" >/dev/null
    exec {web}>&-
    until_true is_gone "$PID"
}

@test "asked twice, it stops at once" {
    conf agentd drain=1h
    head -c 30000000 /dev/zero >"$FILES/big"
    agentd_start
    exec {web}<>"/dev/tcp/127.0.0.1/$http"
    printf 'GET /files/big HTTP/1.0\r\n\r\n' >&"$web"
    read -r -t 60 -u "$web"
    kill -INT "$PID"
    until_true log_has event=stop
    kill -0 "$PID"
    kill -TERM "$PID"
    until_true is_gone "$PID"
    exec {web}>&-
    log_has event=stopped
    status_is 3
}

@test "a daemon that hangs is ended when its drain is over, and can be started again" {
    conf agentd drain=0s
    agentd_start
    local workers pid
    workers=$(pgrep -P "$PID")
    kill -STOP "$PID"
    agentctl stop
    is_gone "$PID"
    for pid in $workers; do
        until_true is_gone "$pid"
    done
    agentd_start
}

# bats test_tags=once
@test "whatever became of its configuration file, a running daemon is steered and stopped" {
    agentd_start
    conf http keepalive=soon
    conf irc colour=red
    run agentctl status
    [ "$status" -eq 0 ]
    [[ $output == *"[irc] colour: "*"[http] keepalive: "*"running as pid $PID"* ]]
    agentctl who
    agentctl log | grep -q event=start
    run agentctl reload
    [ "$status" -eq 1 ]
    [[ $output == *"nothing was changed"* ]]
    until_true errlog_has 'event=reload-refused nothing was changed: .*\[http\] keepalive'
    until_true errlog_has 'event=reload-refused nothing was changed: .*\[irc\] colour: [^\\]*$'
    is_not agentctl restart
    agentctl stop
    until_true is_gone "$PID"
}

# bats test_tags=once
@test "stop and restart of what is stopped, and a restart with a wrong configuration" {
    [ "$(agentctl stop)" = "agentd is stopped already" ]
    agentctl restart >/dev/null
    read_ports
    local first=$PID
    agentctl restart >/dev/null
    read_ports
    [ "$PID" != "$first" ]
    is_gone "$first"
    conf http keepalive=soon
    fails_saying "\[http\] keepalive: .*nothing was stopped" agentctl restart
    cp "$WORK/good.conf" "$CONF"
    conf irc lobby=lobby # what only a start looked at would leave us without a daemon
    is_not agentctl restart
    cp "$WORK/good.conf" "$CONF"
    [ "$(agentctl_pid)" = "$PID" ]
}

# --- signals and logs ---

@test "TERM and INT stop, HUP reloads, USR1 opens the logs anew" {
    local sig
    agentd_start
    conf echo mode=echo
    kill -HUP "$PID"
    until_true log_has event=reload
    talk <<'TALK'
e = tcp echo
e >> abc
e << abc
TALK
    conf http keepalive=soon
    kill -HUP "$PID"
    until_true errlog_has "event=reload-refused .*$CONF:[0-9]*: \[http\] keepalive: "
    [ "$(http_status /)" = 200 ]
    cp "$WORK/good.conf" "$CONF"
    local log
    for log in agentd.log agentd.err access.log xferlog; do
        mv "$STATE/$log" "$WORK/$log.1"
    done
    kill -USR1 "$PID"
    until_true log_has event=reopen
    for log in agentd.err access.log xferlog; do
        [ -f "$STATE/$log" ]
    done
    [ "$(http_status /new)" = 404 ]
    until_true grep -q '"GET /new ' "$STATE/access.log"
    for sig in TERM INT; do
        status_is 0 || agentd_start
        kill "-$sig" "$PID"
        until_true is_gone "$PID"
        status_is 3
        is_not test -e "$STATE/control.sock"
        log_has event=stopped
    done
}

@test "a storm of HUP, USR1 and CHLD under load: every request is answered, once" {
    agentd_start
    [ "$(python3 "$PROGRAM" storm "$http" "$PID" 1500)" = 1500 ]
    [ "$(agentctl_pid)" = "$PID" ]
    stat_is log_lost 0
    logged() { [ "$(grep -c '"GET /storm ' "$STATE/access.log")" -eq 1500 ]; }
    until_true logged
    curl -sS --max-time 60 "ftp://127.0.0.1:$ftp/" >/dev/null
    [ "$(pgrep -P "$PID" | wc -l)" -eq 2 ]
}

# bats test_tags=once
@test "logs are rotated by rename and USR1 under load: a line for each request, none torn" {
    agentd_start
    python3 "$PROGRAM" load "$http" "$WORK/enough" >"$WORK/answered" 3>&- &
    local load=$! i
    for i in {1..10}; do
        until_true test -s "$STATE/access.log"
        mv "$STATE/access.log" "$STATE/access.log.$i"
        kill -USR1 "$PID"
        until_true test -e "$STATE/access.log"
    done
    touch "$WORK/enough"
    wait "$load"
    agentctl stop
    local answered
    answered=$(cat "$WORK/answered")
    [ "$answered" -ge 10 ]
    [ "$(cat "$STATE"/access.log* | wc -l)" -eq "$answered" ]
    [ "$(cat "$STATE"/access.log* |
        grep -cE '^127\.0\.0\.1 - - \[[^]]+\] "GET /load/[0-9]+ HTTP/1.1" 404 [0-9]+ "-" "-"$')" -eq "$answered" ]
    [ "$(cat "$STATE"/access.log* | grep -oE '/load/[0-9]+' | sort -u | wc -l)" -eq "$answered" ]
}

# bats test_tags=once
@test "a log that was replaced by a symbolic link is not opened anew, and no line is lost" {
    agentd_start
    echo victim >"$WORK/victim"
    mv "$STATE/access.log" "$WORK/access.log.1"
    ln -s "$WORK/victim" "$STATE/access.log"
    kill -USR1 "$PID"
    until_true errlog_has "event=reopen-failed .*$STATE/access.log: is a symbolic link"
    [ "$(http_status /after)" = 404 ]
    until_true grep -q '"GET /after ' "$WORK/access.log.1"
    [ "$(cat "$WORK/victim")" = victim ]
}

# bats test_tags=once
@test "logs on a full device: serving goes on, and the lines are counted as lost" {
    conf agentd log=/dev/full errlog=/dev/full
    conf ftp transfer_log=/dev/full
    conf http access_log=/dev/full
    agentd_start
    local i
    for i in {1..5}; do
        [ "$(http_status /)" = 200 ]
    done
    curl -sS --max-time 60 "ftp://127.0.0.1:$ftp/" >/dev/null
    lost() { [ "$(stat_of log_lost)" -ge 7 ]; } # start, root or not, 5 requests, login, logout
    until_true lost
    agentctl stats | grep -qE '^ *[0-9]+  log lines lost'
    agentctl stop
}

# bats test_tags=once
@test "a limit on the size of files ends no daemon: the upload is refused, the log lines are lost" {
    conf ftp anonymous=write
    (ulimit -f 512 && agentd_start)
    read_ports
    head -c 1000000 /dev/urandom >"$WORK/large"
    run upload "$WORK/large" large
    [ "$status" -ne 0 ]
    status_is 0
    [ "$(ls -A "$FILES")" = "" ]
    python3 "$PROGRAM" load "$http" "$WORK/enough" >"$WORK/answered" 3>&- &
    local load=$!
    lost() { [ "$(stat_of log_lost)" -gt 0 ]; }
    until_true lost
    touch "$WORK/enough"
    wait "$load"
    [ "$(http_status /)" = 200 ]
}

# bats test_tags=once
@test "a full disk: the upload gets 452 and leaves nothing, lost lines are counted, serving goes on" {
    if ! mount -t tmpfs -o size=256k none "$STATE" 2>/dev/null; then
        # Who may not mount has a limit on file sizes for a full disk.
        conf ftp anonymous=write
        (ulimit -f 512 && agentd_start)
        read_ports
        head -c 1000000 /dev/urandom >"$WORK/large"
        fails_saying "(452|552)" curl -vsS --max-time 60 -T "$WORK/large" "ftp://127.0.0.1:$ftp/large"
        [ "$(ls -A "$FILES")" = "" ]
        [ "$(http_status /)" = 200 ]
        return
    fi
    MOUNTED=$STATE
    mkdir "$FILES" "$SITE"
    conf ftp anonymous=write
    agentd_start
    head -c 400000 /dev/urandom >"$WORK/large"
    fails_saying "452 large: The disk is full" curl -vsS --max-time 60 -T "$WORK/large" \
        "ftp://127.0.0.1:$ftp/large"
    [ "$(ls -A "$FILES")" = "" ]
    until_true errlog_has "event=upload-aborted .*path=/large .*No space left"
    # Small ones still fit.
    upload "$WORK/good.conf" small
    cmp "$WORK/good.conf" "$FILES/small"
    head -c 400000 /dev/zero >"$STATE/filler" 2>/dev/null || true
    guest() { curl -sS --max-time 60 "ftp://127.0.0.1:$ftp/" >/dev/null; }
    lost() { guest && [ "$(stat_of log_lost)" -gt 0 ]; }
    until_true lost
    [ "$(http_status /)" = 200 ]
    # Chat goes on too, though no topic can be kept.
    talk <<'TALK'
a = tcp irc
a > NICK alice
a > USER a a a a
a ~ .* 376 .*|.* 422 .*
a > JOIN #lobby
a ~ .* 366 .*
a > TOPIC #lobby :full
a ~ .*TOPIC #lobby :full
TALK
    # When there is room again, the log says what is missing.
    rm "$STATE/filler"
    guest
    until_true log_has 'event=log-lost lines=[1-9]'
    [ "$(grep -acvE '^[0-9TZ:.-]+ (INFO|WARN) event=' "$STATE/agentd.log")" -le 1 ] # where it was cut
    agentctl stop
}

# --- the clock ---

# With the library that faketime(1) preloads: the wall clock follows a file, the monotonic one is real.
start_with_clock() {
    local fake
    fake=$(faketime -f +0d sh -c 'echo "$LD_PRELOAD"')
    # The sanitizer wants to be the first.
    fake="$(ldd "$AGENTD" | sed -n 's/.*=> \(.*libasan[^ ]*\).*/\1/p') $fake"
    clock +0d
    LD_PRELOAD=$fake FAKETIME_TIMESTAMP_FILE=$STATE/clock FAKETIME_NO_CACHE=1 DONT_FAKE_MONOTONIC=1 \
        FAKETIME_DONT_FAKE_MONOTONIC=1 "$AGENTD" -c "$CONF"
    read_ports
}

clock() {
    echo "$1" >"$STATE/clock.new"
    mv "$STATE/clock.new" "$STATE/clock"
}

# The day that the server believes in.
server_day() {
    date -u -d "$(curl -sI --max-time 60 "http://127.0.0.1:$http/" | tr -d '\r' | sed -n 's/^Date: //p')" +%F
}

@test "the wall clock jumps a day ahead and back: nobody is thrown out, and deadlines still come" {
    conf limits request_timeout=1s idle_timeout=1h
    conf udp idle=1h
    start_with_clock
    exec {chat}<>"/dev/tcp/127.0.0.1/$irc" {dgram}<>"/dev/udp/127.0.0.1/$udp"
    printf 'NICK alice\r\nUSER a a a a\r\nJOIN #lobby\r\n' >&"$chat"
    printf 'L bob' >&"$dgram"
    until_true connected bob
    heard() {
        local line
        while read -r -t 60 -u "$chat" line; do
            [[ $line != *"$1"* ]] || return 0
        done
        return 1
    }
    local jump
    it_is() { [ "$(server_day)" = "$(date -u -d "$1" +%F)" ]; }
    for jump in +1d -1d; do
        clock "$jump"
        until_true it_is "${jump/d/ day}"
        # A second goes by in which everything that is due comes.
        exec {slow}<>"/dev/tcp/127.0.0.1/$http"
        printf 'GET / HTTP/1.1\r\nHost:' >&"$slow"
        read -r -t 60 -u "$slow" line
        [[ $line == "HTTP/1.1 408 "* ]]
        exec {slow}>&-
        printf 'PING :%s\r\n' "jump$jump" >&"$chat"
        heard "jump$jump"
        printf 'C bob still%s' "$jump" >&"$dgram"
        heard "still$jump"
        # A page that changes is noticed.
        echo "page $jump" >"$SITE/page"
        same() { curl -sS --max-time 60 "http://127.0.0.1:$http/page" | cmp - "$SITE/page"; }
        until_true same
    done
    exec {chat}>&- {dgram}>&-
}

# bats test_tags=once
@test "the wall clock jumps: status still tells how long it has been running" {
    start_with_clock
    local jump uptime
    for jump in +1d -1d; do
        clock "$jump"
        uptime=$(agentctl status --json | sed -n 's/.*"uptime":\([0-9]*\),.*/\1/p')
        [ "${#uptime}" -le 3 ]
        [[ $(agentctl status) =~ "is running as pid $PID, for "[0-9]+(s|m) ]]
    done
}
