# measure.sh: starts and ends servers, counts what they spend, and makes tables of it. Nothing is asserted.
# shellcheck shell=bash

declare -A pid=()          # of each server that runs
declare -A at=()           # its ports: at[NAME:WHAT]
on_server=() on_client=()  # how to hold a program to a CPU
used=0 took=0 said=''      # see spend()
round=0                    # see rounds()

die() {
    echo "bench: $*" >&2
    exit 1
}

has() {
    command -v "$1" >/dev/null 2>&1
}

# --- servers ---

# ports NAME WHAT...: gives the server a free port for each.
ports() {
    local name=$1 what
    shift
    for what in "$@"; do
        at[$name:$what]=${free[0]:?more ports are needed than were sought}
        free=("${free[@]:1}")
    done
}

# launch NAME PORT COMMAND...: starts a server that stays in the foreground; it answers at PORT.
launch() {
    local name=$1 port=$2 tries=0
    shift 2
    "${on_server[@]}" "$@" </dev/null >"$work/$name.out" 2>&1 &
    pid[$name]=$!
    until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        if [ $((tries += 1)) -gt 200 ] || ! kill -0 "${pid[$name]}" 2>/dev/null; then
            cat "$work/$name.out" >&2
            die "$name does not start"
        fi
        sleep 0.05
    done
}

# end_servers [NAME...]: these; all of them, if none is named.
end_servers() {
    local name
    [ $# -gt 0 ] || set -- "${!pid[@]}"
    for name in "$@"; do
        kill "${pid[$name]}" 2>/dev/null
        wait "${pid[$name]}" 2>/dev/null
        rm -rf "${work:?}/$name"
        unset "pid[$name]"
    done
}

# --- counting ---

# processes NAME: a server's process, its children, and theirs.
processes() {
    local level=${pid[$1]}
    while
        echo "$level"
        level=$(pgrep -P "${level//$'\n'/,}")
    do :; done
}

# cpu NAME: the CPU time so far in µs, user and system, of all its processes, also of those that have
# ended. The kernel counts what runs to the ns, what has ended in ticks.
cpu() {
    local p task ns stat ticks=0 total=0
    for p in $(processes "$1"); do
        for task in /proc/"$p"/task/*/schedstat; do
            read -r ns _ <"$task" && total=$((total + ns))
        done 2>/dev/null
        { read -r stat <"/proc/$p/stat" && read -ra stat <<<"${stat##*) }"; } 2>/dev/null || stat=()
        ticks=$((ticks + ${stat[13]:-0} + ${stat[14]:-0}))
    done
    echo $((total / 1000 + ticks * 1000000 / hertz))
}

# kib NAME WHAT: the memory of all its processes in KiB: Rss; Pss, where each has its part of what they
# share; Anonymous, without what files hold.
kib() {
    processes "$1" | sed 's|.*|/proc/&/smaps_rollup|' | xargs cat 2>/dev/null |
        awk -v what="$2:" '$1 == what {n += $2} END {print n + 0}'
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

# client_begins SERVER COMMAND...: a client that says "ready" and waits for a line of its input before it loads
# the server, once or several times.
client_begins() {
    coproc client { "${on_client[@]}" "${@:2}" 2>&1; }
    exec {from_client}<&"${client[0]}" {to_client}>&"${client[1]}" {client[0]}<&- {client[1]}>&-
    client_is_ready "$1"
}

client_is_ready() {
    read -r said <&"$from_client"
    [ "$said" = ready ] || die "$1: $said"
}

# client_goes SERVER: it does. $said: its words; $used: the server's CPU time in µs.
client_goes() {
    local before
    before=$(cpu "$1")
    echo >&"$to_client"
    read -r said <&"$from_client"
    used=$(($(cpu "$1") - before))
}

client_ends() {
    local client=$client_PID
    exec {to_client}>&- {from_client}<&-
    wait "$client"
}

# ratio A B: A / B with decimals.
ratio() {
    awk -v a="$1" -v b="$2" 'BEGIN {printf "%.4f", (b > 0 ? a / b : 0)}'
}

# rounds FUNCTION SERVER...: calls it for each of them in turn, every other time backwards.
rounds() {
    local call=$1 i
    shift
    for ((round = 0; round < ROUNDS; round++)); do
        for ((i = 1; i <= $#; i++)); do
            local turn=$((round % 2 ? $# + 1 - i : i))
            "$call" "${!turn}"
        done
    done
}

# sample WHAT SERVER COUNT COST [PER_SECOND]: of this round.
sample() {
    echo "$1|$2|$3|$4|${5:-0}|$round" >>"$samples"
}

# medians WHAT: a line for each server, the best first: name, counted in all; median, lowest and highest
# cost; median of what went in a second; the costs to those of the floor, and of the best other, in the
# same round: medians of the ratios, or "-". What else the machine does changes from round to round.
medians() {
    grep "^$1|" "$samples" | awk -F'|' '
        function sort(a, n,    i, j, t) {
            for (i = 2; i <= n; i++)
                for (j = i; j > 1 && a[j] < a[j - 1]; j--) {
                    t = a[j]; a[j] = a[j - 1]; a[j - 1] = t
                }
        }
        function middle(a, n) {
            sort(a, n)
            return (a[int((n + 1) / 2)] + a[int(n / 2) + 1]) / 2
        }
        function median(of, server,    i, a) {
            for (i = 1; i <= times[server]; i++)
                a[i] = of[server, i]
            return middle(a, times[server])
        }
        function to(other, server,    i, n, a) {
            for (i = 1; i <= times[server]; i++)
                if (in_round[other, round[server, i]] > 0)
                    a[++n] = cost[server, i] / in_round[other, round[server, i]]
            return n > 0 ? sprintf("%.2f", middle(a, n)) : "-"
        }
        {
            i = ++times[$2]; count[$2] += $3; cost[$2, i] = $4; rate[$2, i] = $5
            round[$2, i] = $6; in_round[$2, $6] = $4
            if (i == 1 || $4 < low[$2]) low[$2] = $4
            if (i == 1 || $4 > high[$2]) high[$2] = $4
        }
        END {
            for (s in times) {
                m[s] = median(cost, s)
                if (s !~ /^(agentd|floor)/ && (best == "" || m[s] < m[best])) best = s
            }
            for (s in times)
                print s, count[s], m[s], low[s], high[s], median(rate, s), to("floor", s), to(best, s)
        }' | sort -k3,3n
}

# show WHAT COUNTED TITLE [PER_SECOND]: its table; and its row for README.md.
show() {
    printf '\n%s\n  %-15s %10s %9s %9s %9s %10s %9s %9s\n' "$3" server "$2" median lowest highest \
        "${4:-}" 'to floor' 'to best'
    medians "$1" | awk -v rate="${4:-}" '{
        printf "  %-15s %10d %9.2f %9.2f %9.2f %10s %9s %9s\n", $1, $2, $3, $4, $5,
            (rate == "" ? "" : sprintf("%.0f", $6)), $7, $8 }'
    medians "$1" | awk -v title="$3" '
        function short(v) { return sprintf(v < 10 ? "%.2f" : v < 100 ? "%.1f" : "%.0f", v) }
        $1 == "floor" { floor = short($3) " | "; next }
        $1 == "agentd" { own = short($3); ratios = ($7 == "-" ? "" : $7) " | " ($8 == "-" ? "" : $8); next }
        { others = others (others == "" ? "" : ", ") $1 " " short($3) }
        END { print "| " title " | " (floor == "" ? "| " : floor) own " | " others " | " ratios " |" }' >>"$rows"
}
