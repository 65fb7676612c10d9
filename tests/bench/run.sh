#!/usr/bin/env bash
# run.sh: what agentd costs, measured beside other servers in one run; nothing is asserted. Servers are
# held to one CPU and clients to another where there are two; rounds alternate, medians count. A cost is
# the CPU time, user and system, of all processes of a server. The last lines are a table for README.md.
#
#   BENCH="http tls load ftp chat chatload login"  what to measure
#   ROUNDS=5  SECONDS_EACH=0.5       how often, and how long each round of HTTP requests is
#   SLOW=1000  STALLED=200           slow heads and stalled readers beside an HTTP client
#   REQUESTS=1000000                 HTTP requests behind which memory is looked at
#   MEMBERS="100 1000"               people in the chat room
#   CHAT_RATE=100                    lines a second, where it is about how long they take
#   CROWD_RATE=50  GUESTS=10000      the same in a room beside those who misbehave; people elsewhere
#   MESSAGES=10000000                lines of chat behind which memory is looked at
#   LOGINS=200  GUESSES=1000         logins at once, and wrong ones
#   FTP_CROWD=2000                   FTP sessions at once
set -u
cd "$(dirname "$0")/../.." || exit 1
here=$PWD/tests/bench
agentd=$PWD/${BUILD:-build}/agentd
BENCH=${BENCH:-http tls load ftp chat chatload login}
ROUNDS=${ROUNDS:-5} SECONDS_EACH=${SECONDS_EACH:-0.5}
SLOW=${SLOW:-1000} STALLED=${STALLED:-200} REQUESTS=${REQUESTS:-1000000}
MEMBERS=${MEMBERS:-100 1000} CHAT_RATE=${CHAT_RATE:-100}
CROWD_RATE=${CROWD_RATE:-50} GUESTS=${GUESTS:-10000} MESSAGES=${MESSAGES:-10000000}
LOGINS=${LOGINS:-200} GUESSES=${GUESSES:-1000} FTP_CROWD=${FTP_CROWD:-2000}
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin
umask 022
unset http_proxy HTTP_PROXY ftp_proxy FTP_PROXY all_proxy ALL_PROXY

work=$(mktemp -d "${TMPDIR:-/tmp}/agentd-bench.XXXXXX") || exit 1
samples=$work/samples rows=$work/rows
hertz=$(getconf CLK_TCK)

# shellcheck source=tests/bench/measure.sh
. "$here/measure.sh"
# shellcheck source=tests/bench/servers.sh
. "$here/servers.sh"
# shellcheck source=tests/bench/http.sh
. "$here/http.sh"
# shellcheck source=tests/bench/load.sh
. "$here/load.sh"
# shellcheck source=tests/bench/ftp.sh
. "$here/ftp.sh"
# shellcheck source=tests/bench/chat.sh
. "$here/chat.sh"
# shellcheck source=tests/bench/login.sh
. "$here/login.sh"

# shellcheck disable=SC2317 # called by the trap
clean_up() {
    trap '' INT TERM HUP
    end_servers
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

prepare() {
    local tool cpus
    for tool in wrk nginx lighttpd curl lftp python3 pgrep; do
        has "$tool" || die "$tool is not installed; make bench brings it"
    done
    [ -x "$agentd" ] || die "$agentd is not there; run make first"
    ulimit -Sn 4096 || die "may not have 4096 open files"
    read -ra cpus <<<"$(python3 -c 'import os; print(*sorted(os.sched_getaffinity(0)))')"
    if [ ${#cpus[@]} -ge 2 ] && has taskset; then
        on_server=(taskset -c "${cpus[1]}") on_client=(taskset -c "${cpus[0]}")
    fi
    export LFTP_HOME=$work/lftp
    chmod 755 "$work" # for those who become another user
    mkdir "$work/www"
    head -c 1024 /dev/zero | tr '\0' x >"$work/www/1k.txt"
    head -c 10240 /dev/zero | tr '\0' x >"$work/www/10k.txt"
    head -c 100M /dev/urandom >"$work/www/100m.bin"
}

# Some that were free now, for ports().
seek_ports() {
    read -ra free <<<"$(python3 -c 'import socket
s = [socket.create_server(("127.0.0.1", 0)) for _ in range(40)]
print(*(x.getsockname()[1] for x in s))')"
}

: >"$rows"
prepare
echo "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1), $(nproc) CPUs, Linux $(uname -r);" \
    "$("$agentd" -V), $(nginx -v 2>&1 | sed 's/.*: //'), $(lighttpd -v | sed 's/ .*//')"
for what in $BENCH; do
    seek_ports
    case $what in
    http | tls | load | ftp | chat | chatload | login) "bench_$what" ;;
    *) die "there is no $what to measure" ;;
    esac
done
printf '\n| measured | floor | agentd | others | to floor | to the best other |\n|---|---:|---:|---|---:|---:|\n'
cat "$rows"
