#!/usr/bin/env bash
# run.sh: what agentd costs, measured beside other servers in one run; nothing is asserted. Servers are
# held to one CPU and clients to another where there are two; rounds alternate, medians count. A cost is
# the CPU time, user and system, of all processes of a server. The last lines are a table for README.md.
#
#   BENCH="http bulk tls ftp chat idle login"  what to measure
#   ROUNDS=5  SECONDS_EACH=2         how often, and how long each round of requests is
#   CONNECTIONS=64                   HTTP connections at once
#   MEMBERS=200  CLIENTS=1000        people in the chat room, and idle ones
#   LOGINS=200  GUESSES=1000         logins at once, and wrong ones
set -u
cd "$(dirname "$0")/../.." || exit 1
here=$PWD/tests/bench
agentd=$PWD/${BUILD:-build}/agentd
BENCH=${BENCH:-http bulk tls ftp chat idle login}
ROUNDS=${ROUNDS:-5} SECONDS_EACH=${SECONDS_EACH:-2}
CONNECTIONS=${CONNECTIONS:-64} MEMBERS=${MEMBERS:-200} CLIENTS=${CLIENTS:-1000}
LOGINS=${LOGINS:-200} GUESSES=${GUESSES:-1000}
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin
umask 022
unset http_proxy HTTP_PROXY ftp_proxy FTP_PROXY all_proxy ALL_PROXY

work=$(mktemp -d "${TMPDIR:-/tmp}/agentd-bench.XXXXXX") || exit 1
samples=$work/samples rows=$work/rows
declare -A pid=() port=()
on_server=() on_client=()

die() {
    echo "bench: $*" >&2
    exit 1
}

has() {
    command -v "$1" >/dev/null 2>&1
}

# --- servers ---

# launch NAME PORT COMMAND...: starts a server that stays in the foreground; it answers at PORT.
launch() {
    local name=$1 tries=0
    port[$name]=$2
    shift 2
    "${on_server[@]}" "$@" </dev/null >"$work/$name.out" 2>&1 &
    pid[$name]=$!
    until (exec 3<>"/dev/tcp/127.0.0.1/${port[$name]}") 2>/dev/null; do
        if [ $((tries += 1)) -gt 200 ] || ! kill -0 "${pid[$name]}" 2>/dev/null; then
            cat "$work/$name.out" >&2
            die "$name does not start"
        fi
        sleep 0.05
    done
}

end_servers() {
    local name
    [ ${#pid[@]} -eq 0 ] || kill "${pid[@]}" 2>/dev/null
    wait "${pid[@]}" 2>/dev/null
    for name in "${!pid[@]}"; do
        rm -rf "${work:?}/$name"
    done
    pid=() port=()
}

# shellcheck disable=SC2317 # called by the trap
clean_up() {
    trap '' INT TERM HUP
    end_servers
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# processes NAME: a server's process and its children.
processes() {
    echo "${pid[$1]}"
    pgrep -P "${pid[$1]}"
}

# cpu NAME: the CPU time so far in µs, that of ended children too.
cpu() {
    local p
    for p in $(processes "$1"); do
        cat "/proc/$p/stat"
    done 2>/dev/null | sed 's/.*) //' |
        awk -v hz="$(getconf CLK_TCK)" '{t += $12 + $13 + $14 + $15} END {print int(t * 1e6 / hz)}'
}

# spend NAME COMMAND...: runs a client. $said: its words; $used, $took: the server's CPU time and the
# time on the clock in µs.
spend() {
    local before start=${EPOCHREALTIME/./}
    before=$(cpu "$1")
    said=$("${on_client[@]}" "${@:2}" 2>&1) || die "$*: $said"
    took=$((${EPOCHREALTIME/./} - start))
    used=$(($(cpu "$1") - before))
}

# start_agentd NAME SYNC PORTS...: with doors at the ports: http, http without its log, ftp, irc.
start_agentd() {
    local name=$1
    mkdir -p "$work/$name/files/pub"
    cat >"$work/$name/conf" <<END
[agentd]
state = $work/$name
[limits]
rate = off
per_account = off
login_delay = off
login_failures = off
[files]
sync = $2
[http]
listen = 127.0.0.1:$3
root = $work/www
[http "quiet"]
listen = 127.0.0.1:$4
root = $work/www
access_log =
[ftp]
listen = 127.0.0.1:$5
anonymous = write
[irc]
listen = 127.0.0.1:$6
[udp]
listen =
[lgp]
listen =
END
    launch "$name" "$3" "$agentd" -c "$work/$name/conf" -f
}

# The log's buffer is the best that nginx can do; agentd and lighttpd collect lines by themselves.
start_nginx() {
    mkdir "$work/nginx"
    cat >"$work/nginx/conf" <<END
daemon off;
worker_processes 1;
pid $work/nginx/pid;
error_log $work/nginx/err.log;
events { worker_connections 4096; }
http {
    client_body_temp_path $work/nginx/a; proxy_temp_path $work/nginx/b; fastcgi_temp_path $work/nginx/c;
    uwsgi_temp_path $work/nginx/d; scgi_temp_path $work/nginx/e;
    types { text/plain txt; }
    root $work/www;
    sendfile on;
    keepalive_requests 1000000000;
    open_file_cache max=1000;
    open_file_cache_valid 1s;
    server { listen 127.0.0.1:$1; access_log $work/nginx/access.log combined buffer=64k flush=1s; }
    server { listen 127.0.0.1:$2; access_log off; }
}
END
    launch nginx "$1" nginx -e "$work/nginx/err.log" -c "$work/nginx/conf"
}

start_lighttpd() {
    mkdir "$work/lighttpd"
    cat >"$work/lighttpd/conf" <<END
server.modules = ("mod_accesslog")
server.document-root = "$work/www"
server.bind = "127.0.0.1"
server.port = $1
server.errorlog = "$work/lighttpd/err.log"
server.max-keep-alive-requests = 1000000000
server.max-fds = 4096
mimetype.assign = (".txt" => "text/plain")
accesslog.filename = "$work/lighttpd/access.log"
accesslog.format = "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\""
\$SERVER["socket"] == "127.0.0.1:$2" { accesslog.filename = "" }
END
    launch lighttpd "$1" lighttpd -D -f "$work/lighttpd/conf"
}

# One process a session, as fast as it goes, so that the CPU time of its children is its own.
start_vsftpd() {
    mkdir -p "$work/vsftpd/root/pub" "$work/vsftpd/empty"
    chmod 777 "$work/vsftpd/root/pub"
    cat >"$work/vsftpd/conf" <<END
listen=YES
listen_address=127.0.0.1
listen_port=$1
background=NO
anonymous_enable=YES
local_enable=NO
no_anon_password=YES
one_process_model=YES
anon_root=$work/vsftpd/root
secure_chroot_dir=$work/vsftpd/empty
write_enable=YES
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
anon_world_readable_only=NO
use_sendfile=YES
xferlog_enable=YES
xferlog_file=$work/vsftpd/xferlog
END
    launch vsftpd "$1" vsftpd "$work/vsftpd/conf"
}

start_ngircd() {
    mkdir -p "$work/ngircd"
    cat >"$work/ngircd/conf" <<END
[Global]
Name = bench.example
Info = bench
Listen = 127.0.0.1
Ports = $1
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxNickLength = 16
MaxPenaltyTime = 0
[Options]
DNS = no
Ident = no
PAM = no
IncludeDir = $work/ngircd
SyslogFacility = local7
END
    chmod 644 "$work/ngircd/conf"
    launch ngircd "$1" ngircd -n -f "$work/ngircd/conf"
}

# --- counting ---

# ratio A B: A / B with decimals.
ratio() {
    awk -v a="$1" -v b="$2" 'BEGIN {printf "%.4f", (b > 0 ? a / b : 0)}'
}

# sample WHAT SERVER COUNT VALUE
sample() {
    echo "$1|$2|$3|$4" >>"$samples"
}

# rounds FUNCTION SERVER...: calls it for each of them in turn, every other time backwards.
rounds() {
    local call=$1 round i
    shift
    for ((round = 0; round < ROUNDS; round++)); do
        for ((i = 1; i <= $#; i++)); do
            local at=$((round % 2 ? $# + 1 - i : i))
            "$call" "${!at}"
        done
    done
}

# medians WHAT: a line for each server, the best first: name, counted in all, median, lowest, highest.
medians() {
    grep "^$1|" "$samples" | sort -t'|' -k2,2 -k4,4n | awk -F'|' '
        function finish() {
            if (n)
                print name, count, (v[int((n + 1) / 2)] + v[int(n / 2) + 1]) / 2, v[1], v[n]
            n = count = 0
        }
        $2 != name { finish(); name = $2 }
        { v[++n] = $4; count += $3 }
        END { finish() }' | sort -k3,3n
}

# show WHAT COUNTED TITLE: its table; and its row for README.md.
show() {
    local best
    best=$(medians "$1" | awk '$1 !~ /^(agentd|floor)/ {print $3; exit}')
    printf '\n%s\n  %-14s %10s %9s %9s %9s  %s\n' "$3" server "$2" median lowest highest 'to the best other'
    medians "$1" | awk -v best="${best:-0}" '{
        printf "  %-14s %10d %9.2f %9.2f %9.2f  %s\n", $1, $2, $3, $4, $5,
            (best > 0 ? sprintf("%.2f", $3 / best) : "-") }'
    medians "$1" | awk -v title="$3" '
        function short(v) { return sprintf(v < 10 ? "%.2f" : v < 100 ? "%.1f" : "%.0f", v) }
        $1 == "agentd" { own = short($3); next }
        { others = others (others == "" ? "" : ", ") $1 " " short($3) }
        END { print "| " title " | " own " | " others " |" }' >>"$rows"
}

# --- what is measured ---

# check_page SERVER PORT [SCHEME]
check_page() {
    curl -q -sk "${3:-http}://127.0.0.1:$2/1k.txt" | cmp -s - "$work/www/1k.txt" || die "$1 does not serve the page"
}

# get WHAT SERVER PORT [SCHEME]: one round of requests.
get() {
    local requests
    spend "$2" wrk -t1 -c"$CONNECTIONS" -d"$SECONDS_EACH" "${4:-http}://127.0.0.1:$3/1k.txt"
    grep -E 'Non-2xx|Socket errors' <<<"$said" | sed "s/^/bench: $2:/" >&2
    requests=$(awk '/requests in/ {print $1}' <<<"$said")
    sample "$1" "$2" "$requests" "$(ratio "$used" "$requests")"
}

get_logged() {
    get http "$1" "${port[$1]}"
}

get_quiet() {
    get quiet "$1" "${quiet[$1]}"
}

start_http() {
    start_agentd agentd yes "${free[@]:0:4}"
    start_nginx "${free[4]}" "${free[5]}"
    start_lighttpd "${free[6]}" "${free[7]}"
    declare -gA quiet=([agentd]=${free[1]} [nginx]=${free[5]} [lighttpd]=${free[7]})
}

bench_http() {
    local name
    ${CC:-cc} -std=gnu11 -D_GNU_SOURCE -O2 -o "$work/floor" "$here/floor.c" || die "floor.c does not compile"
    start_http
    launch floor "${free[8]}" "$work/floor" "${free[8]}"
    for name in "${!port[@]}"; do
        check_page "$name" "${port[$name]}"
        check_page "$name" "${quiet[$name]:-${port[$name]}}"
    done
    rounds get_logged floor agentd nginx lighttpd
    rounds get_quiet agentd nginx lighttpd
    end_servers
    show http requests "1 KiB by HTTP, keep-alive, access log on: CPU µs per request"
    show quiet requests "1 KiB by HTTP, keep-alive, no access log: CPU µs per request"
}

# fetch WHAT SERVER URL [OPTION]: 64 MiB sixteen times over one connection, in ms per GiB.
fetch() {
    local i args=()
    for ((i = 0; i < 16; i++)); do
        args+=(-o /dev/null "$3")
    done
    spend "$2" curl -q -sSf "${args[@]}"
    sample "$1" "$2" 1024 "$(ratio "$used" 1000)"
}

fetch_http() {
    fetch bulk "$1" "http://127.0.0.1:${port[$1]}/64m.bin"
}

bench_bulk() {
    start_http
    rounds fetch_http agentd nginx lighttpd
    end_servers
    show bulk MiB "64 MiB files by HTTP: CPU ms per GiB"
}

# The same certificate, ECDSA P-256, for both; TLS 1.3.
start_tls() {
    mkdir "$work/agentd" "$work/nginx"
    cat >"$work/agentd/conf" <<END
[agentd]
state = $work/agentd
[http]
tls_listen = 127.0.0.1:$1
root = $work/www
END
    "$agentd" -c "$work/agentd/conf" -x cert new >/dev/null || die "no certificate"
    launch agentd "$1" "$agentd" -c "$work/agentd/conf" -f
    cat >"$work/nginx/conf" <<END
daemon off;
worker_processes 1;
pid $work/nginx/pid;
error_log $work/nginx/err.log;
events { worker_connections 4096; }
http {
    client_body_temp_path $work/nginx/a; proxy_temp_path $work/nginx/b; fastcgi_temp_path $work/nginx/c;
    uwsgi_temp_path $work/nginx/d; scgi_temp_path $work/nginx/e;
    types { text/plain txt; }
    root $work/www;
    sendfile on;
    keepalive_requests 1000000000;
    open_file_cache max=1000;
    open_file_cache_valid 1s;
    ssl_certificate $work/agentd/tls.crt;
    ssl_certificate_key $work/agentd/tls.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    server {
        listen 127.0.0.1:$2 ssl;
        access_log $work/nginx/access.log combined buffer=64k flush=1s;
    }
}
END
    launch nginx "$2" nginx -e "$work/nginx/err.log" -c "$work/nginx/conf"
}

get_tls() {
    get tls "$1" "${port[$1]}" https
}

# A new connection, with its handshake, for each of 100 requests.
greet_tls() {
    local i args=()
    for ((i = 0; i < 100; i++)); do
        args+=(-o /dev/null "https://127.0.0.1:${port[$1]}/1k.txt")
    done
    spend "$1" curl -q -sSfk -H 'Connection: close' "${args[@]}"
    sample tls_new "$1" 100 "$(ratio "$used" 100)"
}

# 100 MiB ten times over one connection, in ms per GiB.
fetch_tls() {
    local i args=()
    for ((i = 0; i < 10; i++)); do
        args+=(-o /dev/null "https://127.0.0.1:${port[$1]}/100m.bin")
    done
    spend "$1" curl -q -sSfk "${args[@]}"
    sample tls_bulk "$1" 1000 "$(awk -v u="$used" 'BEGIN {printf "%.4f", u / 1000 * 1024 / 1000}')"
}

bench_tls() {
    local name
    head -c 100M /dev/urandom >"$work/www/100m.bin"
    start_tls "${free[0]}" "${free[1]}"
    for name in agentd nginx; do
        check_page "$name" "${port[$name]}" https
    done
    rounds get_tls agentd nginx
    rounds greet_tls agentd nginx
    rounds fetch_tls agentd nginx
    end_servers
    rm "$work/www/100m.bin"
    show tls requests "1 KiB by HTTPS, keep-alive, access log on: CPU µs per request"
    show tls_new requests "1 KiB by HTTPS, a connection for each: CPU µs per request"
    show tls_bulk MiB "100 MiB by HTTPS: CPU ms per GiB"
}

# ftp_both SERVER: 64 MiB, four times up and sixteen times down.
ftp_both() {
    local i args=() url=ftp://127.0.0.1:${port[$1]}/pub/64m.bin
    for ((i = 0; i < 4; i++)); do
        args+=(-T "$work/www/64m.bin" "$url")
    done
    spend "$1" curl -q -sSf "${args[@]}"
    sample ftp_up "$1" 256 "$(ratio "$used" 250)"
    fetch ftp_down "$1" "$url"
}

# mirror SERVER: 1000 files of 1 KiB up and down.
mirror() {
    local at=127.0.0.1:${port[$1]}/pub
    spend "$1" lftp -c "open ftp://$at; mirror -R $work/small small"
    sample mirror_up "$1" 1000 "$(ratio "$took" 1000000)"
    spend "$1" lftp -c "open ftp://$at; mirror small $work/down"
    sample mirror_down "$1" 1000 "$(ratio "$took" 1000000)"
    diff -rq "$work/small" "$work/down" >&2 || die "$1 gives other files back"
    rm -rf "$work/down" "$work/$1"/*/pub/small
}

bench_ftp() {
    local servers=(agentd agentd-nosync)
    start_agentd agentd yes "${free[@]:0:4}"
    start_agentd agentd-nosync no "${free[@]:4:4}"
    port[agentd]=${free[2]} port[agentd-nosync]=${free[6]}
    if has vsftpd && [ "$(id -u)" -eq 0 ]; then
        start_vsftpd "${free[8]}"
        servers+=(vsftpd)
    fi
    rounds ftp_both "${servers[@]}"
    # More would fill loopback's ports with ended connections.
    ROUNDS=$((ROUNDS < 3 ? ROUNDS : 3)) rounds mirror "${servers[@]}"
    end_servers
    printf '\n%s\n' "An upload to agentd is done when it is on the disk; agentd-nosync and vsftpd do not wait."
    show ftp_up MiB "64 MiB files up by FTP: CPU ms per GiB"
    show ftp_down MiB "64 MiB files down by FTP: CPU ms per GiB"
    show mirror_up files "lftp mirror of 1000 files, up: seconds"
    show mirror_down files "lftp mirror of 1000 files, down: seconds"
}

start_irc() {
    irc_servers=(agentd)
    start_agentd agentd yes "${free[@]:0:4}"
    port[agentd]=${free[3]}
    if has ngircd; then
        start_ngircd "${free[4]}"
        irc_servers+=(ngircd)
    fi
}

# chat WHAT SERVER NUMBER...: chat.py's numbers go to $said.
chat() {
    # shellcheck disable=SC2046 # a list of numbers
    spend "$2" python3 "$here/chat.py" "$1" "${port[$2]}" "${@:3}" $(processes "$2")
}

talk() {
    local lines burst
    for burst in 1 50; do # so many more lines that there is something to measure
        chat fanout "$1" "$MEMBERS" $((burst == 1 ? 500 : 5000)) "$burst"
        read -r lines used <<<"$said"
        sample "fanout_$burst" "$1" "$lines" "$(ratio "$used" "$lines")"
    done
}

bench_chat() {
    start_irc
    rounds talk "${irc_servers[@]}"
    end_servers
    show fanout_1 lines "IRC, a line to $MEMBERS members at a time: CPU µs per line delivered"
    show fanout_50 lines "IRC, 50 lines to $MEMBERS members at a time: CPU µs per line delivered"
}

bench_idle() {
    local name clients kib
    start_irc
    for name in "${irc_servers[@]}"; do
        chat idle "$name" "$CLIENTS" 5
        read -r clients kib used <<<"$said"
        sample memory "$name" "$clients" "$(ratio "$kib" "$clients")"
        sample idle "$name" "$clients" "$(ratio "$used" 1000)"
    done
    end_servers
    show memory clients "$CLIENTS idle IRC clients: memory of each in KiB"
    show idle clients "$CLIENTS idle IRC clients: CPU ms in 5 s"
}

# Nobody to compare with: what counts is that the chat does not feel it, and that a name that nobody has
# is refused as late as a wrong password.
bench_login() {
    local round logins took before meanwhile known unknown
    start_agentd agentd yes "${free[@]:0:4}"
    echo bench | "$agentd" -c "$work/agentd/conf" -x user add bench >/dev/null || die "no account"
    printf '\n%s\n' "$LOGINS logins at once; 99th percentile of a chat PING's round trip, ms: before, meanwhile"
    for ((round = 0; round < ROUNDS; round++)); do
        spend agentd python3 "$here/login.py" storm "${free[2]}" "${free[3]}" "$LOGINS"
        read -r logins took before meanwhile <<<"$said"
        printf '  %d in %s s %14s %8s\n' "$logins" "$took" "$before" "$meanwhile"
    done
    spend agentd python3 "$here/login.py" guess "${free[2]}" "$GUESSES"
    read -r known unknown <<<"$said"
    printf '\n%s\n  %s ms, %s ms: %s\n' "$GUESSES wrong passwords, $GUESSES unknown names: medians, ratio" \
        "$known" "$unknown" "$(ratio "$known" "$unknown")"
    end_servers
}

# --- now ---

prepare() {
    local tool cpus i
    for tool in wrk nginx lighttpd curl lftp python3 pgrep; do
        has "$tool" || die "$tool is not installed; make bench brings it"
    done
    [ -x "$agentd" ] || die "$agentd is not there; run make first"
    ulimit -Sn 4096 || die "may not have 4096 open files"
    read -ra cpus <<<"$(python3 -c 'import os; print(*sorted(os.sched_getaffinity(0)))')"
    if [ ${#cpus[@]} -ge 2 ] && has taskset; then
        on_server=(taskset -c "${cpus[1]}") on_client=(taskset -c "${cpus[0]}")
    fi
    read -ra free <<<"$(python3 -c 'import socket
s = [socket.create_server(("127.0.0.1", 0)) for _ in range(10)]
print(*(x.getsockname()[1] for x in s))')"
    export LFTP_HOME=$work/lftp
    chmod 755 "$work" # for those who become another user
    mkdir "$work/www" "$work/small"
    head -c 1024 /dev/zero | tr '\0' x >"$work/www/1k.txt"
    head -c 64M /dev/urandom >"$work/www/64m.bin"
    for ((i = 0; i < 1000; i++)); do
        cp "$work/www/1k.txt" "$work/small/$i.txt"
    done
}

: >"$rows"
prepare
echo "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1), $(nproc) CPUs, Linux $(uname -r);" \
    "$("$agentd" -V), $(nginx -v 2>&1 | sed 's/.*: //'), $(lighttpd -v | sed 's/ .*//')"
for what in $BENCH; do
    case $what in
    http | bulk | tls | ftp | chat | idle | login) "bench_$what" ;;
    *) die "there is no $what to measure" ;;
    esac
done
printf '\n| measured | agentd | others |\n|---|---:|---|\n'
cat "$rows"
