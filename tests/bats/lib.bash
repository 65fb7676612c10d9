# lib.bash: what every suite needs: a daemon of its own, on loopback and free ports, in a folder that
# goes away. A suite says in setup_file:
#
#     agentd_setup                  # a folder; writes $CONF with every door on a free port
#     conf ftp anonymous=write      # changes keys
#     agentd_start
#
# and in teardown_file: agentd_teardown. $EVENT picks the event backend (run.sh runs all three).

# shellcheck shell=bash disable=SC2034 # some of these are for the suites
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export ROOT
export LC_ALL=C.UTF-8 # some clients look at it, and a bare machine says nothing
export AGENTD=${AGENTD:-$ROOT/${BUILD:-build}/agentd}
export EVENT=${EVENT:-select}
PATIENCE=${PATIENCE:-20} # seconds that a poll may take

agentctl() {
    "$ROOT/ctl/agentctl" -c "$CONF" "$@"
}

# Waits until a command succeeds; fails with what it last printed.
until_true() {
    local end=$((SECONDS + PATIENCE)) out
    until out=$("$@" 2>&1); do
        if [ $SECONDS -ge $end ]; then
            echo "never true: $*: $out" >&2
            return 1
        fi
        read -rt 0.02 <> <(:) || true # gives way to others; it is no wait for anything
    done
}

# Of an upload that breaks off nothing stays here, not even hidden, unless a suite asks for it; nor of
# what is said, which would take one more process for each daemon.
agentd_setup() {
    WORK=$(mktemp -d "${TMPDIR:-/tmp}/agentd-test.XXXXXX")
    CONF=$WORK/agentd.conf
    STATE=$WORK/state
    FILES=$STATE/files
    SITE=$STATE/www
    export WORK CONF STATE FILES SITE
    mkdir -p "$FILES" "$SITE"
    cat >"$CONF" <<END
[agentd]
state = $STATE
event = $EVENT
drain = 2s
[limits]
[files]
partial_keep = off
[db]
[history]
store = no
[tls]
[irc]
listen = 127.0.0.1:0
[udp]
listen = 127.0.0.1:0
[ftp]
listen = 127.0.0.1:0
[lgp]
listen = 127.0.0.1:0
[http]
listen = 127.0.0.1:0
[echo]
listen = 127.0.0.1:0
END
}

# conf SECTION KEY=VALUE...: sets keys in $CONF; KEY= empties one.
conf() {
    local section=$1 pair
    shift
    for pair; do
        sed -i -e "/^\[$section\]/,/^\[/{/^${pair%%=*} *=/d}" \
            -e "s|^\[$section\]\$|&\n${pair%%=*} = ${pair#*=}|" "$CONF"
    done
}

# Reads where the doors are from the running daemon: PORTS="irc=4711 irc_tls=4712 ...", and $irc,
# $irc_tls, $ftp and so on.
read_ports() {
    local json
    json=$(agentctl status --json) || return
    PORTS=$(printf '%s\n' "$json" | tr '{' '\n' |
        sed -n 's/.*"name":"\([a-z]*\)","label":"".*"listen":\["[^"]*:\([0-9]*\)".*/\1=\2/p' | tr '\n' ' ')
    PORTS="$PORTS$(printf '%s\n' "$json" | tr '{' '\n' |
        sed -n 's/.*"name":"\([a-z]*\)","label":"".*"tls_listen":\["[^"]*:\([0-9]*\)".*/\1_tls=\2/p' | tr '\n' ' ')"
    local pair
    for pair in $PORTS; do
        export "${pair?}"
    done
    PID=$(agentctl_pid)
    export PORTS PID
}

# PORTS gets NAME_LABEL=... for each door that has a label, too.
read_labels() {
    PORTS="$PORTS $(agentctl status --json | tr '{' '\n' |
        sed -n 's/.*"name":"\([a-z]*\)","label":"\([a-z]\{1,\}\)".*"listen":\["[^"]*:\([0-9]*\)".*/\1_\2=\3/p' |
        tr '\n' ' ')"
    export PORTS
}

agentctl_pid() {
    "$AGENTD" -c "$CONF" -x pid
}

agentd_start() {
    agentctl start >"$WORK/start.out" 2>&1 || {
        cat "$WORK/start.out" >&2
        return 1
    }
    read_ports
}

# change SECTION KEY=VALUE...: in the daemon that runs, for this test; see as_at_first.
change() {
    [ -e "$CONF.first" ] || cp "$CONF" "$CONF.first"
    conf "$@"
    agentctl reload >/dev/null
}

# For teardown, in suites where some tests have a daemon of their own: only that goes. setup_file says
# export WORK_OF_ALL=$WORK.
teardown_own() {
    [ "$WORK" = "$WORK_OF_ALL" ] || agentd_teardown
}

# For setup, in suites whose tests share a daemon: undoes change, and starts the daemon again when it
# has crashed: that fails the test that it happened in, and teardown_file; not all that follow.
as_at_first() {
    local changed=0
    if [ -e "$CONF.first" ]; then
        changed=1
        mv "$CONF.first" "$CONF"
    fi
    if ! agentctl status >/dev/null 2>&1; then
        agentd_start
    elif [ $changed -eq 1 ]; then
        agentctl reload >/dev/null
    fi
    read_ports
}

# By no door.
nobody_is_there() {
    [ "$(agentctl who --json)" = "[]" ]
}

# A zombie is gone too; init will see to it.
is_gone() {
    ! kill -0 "$1" 2>/dev/null || grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null
}

# Ends the daemon by its pid, whatever state it is in, and says what it left behind in words.
agentd_teardown() {
    local status=0 workers pid
    [ -n "${WORK:-}" ] || return 0
    if pid=$(agentctl_pid 2>/dev/null); then
        workers=$(pgrep -P "$pid" || true)
        agentctl stop >/dev/null || status=1
        for pid in $pid $workers; do
            if ! until_true is_gone "$pid"; then
                echo "process $pid outlives the daemon" >&2
                kill -9 "$pid"
                status=1
            fi
        done
    fi
    if [ -s "$STATE/agentd.err" ] && grep -aE 'Sanitizer|runtime error|crashed' "$STATE/agentd.err"; then
        status=1
    fi >&2
    rm -rf "$WORK"
    return $status
}

# talk <<END ... END: holds a conversation (tests/talk.py).
talk() {
    local file=$BATS_TEST_TMPDIR/talk.$RANDOM
    if [ $# -gt 0 ]; then
        PORTS=$PORTS python3 "$ROOT/tests/talk.py" "$@"
        return
    fi
    cat >"$file"
    PORTS=$PORTS python3 "$ROOT/tests/talk.py" "$file"
}

# The log lines so far.
log_has() {
    grep -aqE -- "$1" "$STATE/agentd.log"
}

errlog_has() {
    grep -aqE -- "$1" "$STATE/agentd.err"
}

# stat_of NAME: a counter of `agentctl stats`.
stat_of() {
    agentctl stats --json | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"
}

stat_is() {
    [ "$(stat_of "$1")" -eq "$2" ]
}

# fails_saying REGEX COMMAND...: the command must fail, and say why on stderr in words that match.
fails_saying() {
    local regex=$1 said
    shift
    if said=$("$@" 2>&1 >/dev/null); then
        echo "succeeded: $*" >&2
        return 1
    fi
    [[ $said =~ $regex ]] || {
        echo "said: $said; wanted: $regex" >&2
        return 1
    }
}

# is_not COMMAND...: it must fail (a line that begins with ! would not end a test).
is_not() {
    if "$@"; then
        echo "should not be: $*" >&2
        return 1
    fi
}

# free_port [N]: a TCP port of loopback that nobody has now, the first of N such.
free_port() {
    # Below those that the system hands out by itself, so that nobody gets it meanwhile.
    python3 - "${1:-1}" <<'END'
import random
import socket
import sys
for port in random.sample(range(10000, 30000), 20000):
    try:
        for i in range(int(sys.argv[1])):
            socket.socket().bind(("0.0.0.0", port + i))
        print(port)
        break
    except OSError:
        pass
END
}

# connects PORT [ADDRESS]: does somebody listen there?
connects() {
    (exec 4<>"/dev/tcp/${2:-127.0.0.1}/$1") 2>/dev/null
}

# No process is left that this suite's folder appears in the command line of; what is gets ended.
nothing_left() {
    local pid status=0
    for pid in $(pgrep -f -- "$WORK/"); do
        is_gone "$pid" && continue
        echo "left behind: $(tr '\0' ' ' <"/proc/$pid/cmdline")" >&2
        kill -9 "$pid"
        status=1
    done
    return $status
}

# helper PROGRAM ARG...: starts a Python program beside the suites that is told lines and answers each
# with one, in $ANSWER. helper_end, in teardown, ends it.
helper() {
    local program=$1
    shift
    mkfifo "$WORK/tell" "$WORK/hear"
    python3 "$ROOT/tests/bats/$program" "$@" <"$WORK/tell" >"$WORK/hear" 3>&- &
    HELPER=$!
    exec {TELL}>"$WORK/tell" {HEAR}<"$WORK/hear"
    rm "$WORK/tell" "$WORK/hear"
}

tell() {
    echo "$*" >&"$TELL"
    hear || {
        echo "no answer to: $*" >&2
        return 1
    }
}

hear() {
    read -rt 60 ANSWER <&"$HEAR"
}

helper_end() {
    [ -n "${HELPER:-}" ] || return 0
    exec {TELL}>&- {HEAR}<&-
    kill "$HELPER" 2>/dev/null || true
    wait "$HELPER" 2>/dev/null || true
    HELPER=
}
