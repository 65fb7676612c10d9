# chat.sh: what the chat costs: lines to a room, how long they take, a thousand who join at once, and stay;
# and whether those who misbehave cost the others anything.
# shellcheck shell=bash disable=SC2154

# Who of the others is not to be had is left out.
start_chat() {
    local name
    build_chat_load
    chat_servers=(agentd)
    start_agentd agentd
    for name in inspircd ngircd; do
        if debian_program "$name"; then
            "start_$name"
            chat_servers+=("$name")
        else
            echo "bench: without $name, which is not to be had" >&2
        fi
    done
}

build_chat_load() {
    ${CC:-cc} -std=gnu11 -D_GNU_SOURCE -O3 -o "$work/chat_load" "$here/chat_load.c" ||
        die "chat_load.c does not compile"
}

# guests_come SERVER NAME GUESTS JOB...: chat_load's log in.
guests_come() {
    client_begins "$1" "$work/chat_load" "${at[$1:irc]}" "${@:2}"
}

# go_on SERVER: the next job.
go_on() {
    client_is_ready "$1"
    client_goes "$1"
}

# numbers SERVER NAME...: reads what the client said into the variables.
numbers() {
    local server=$1
    shift
    read -r "$@" <<<"$said"
    [[ ${!1} =~ ^[0-9]+$ ]] || die "$server: $said"
}

# room SERVER: one of $members, whose members do all there is to measure. ngIRCd takes so long to let a
# thousand in that once is enough.
members=0
room() {
    local n us busy median p99 rest kib
    [ "$1" != ngircd ] || [ "$members" -lt 1000 ] || [ "$round" -eq 0 ] || return
    kib=$(kib "$1" Pss)
    guests_come "$1" "r${round}m" "$members" join "pace:2000:$CHAT_RATE" "fanout:$(printf %.0f "${SECONDS_EACH}e3")"
    client_goes "$1"
    numbers "$1" n us busy
    sample "join_$members" "$1" "$members" "$(ratio "$us" 1000)"
    client_is_ready "$1"
    kib=$(($(kib "$1" Pss) - kib))
    sample "memory_$members" "$1" "$members" "$(ratio "$kib" "$members")"
    idle "$1"
    client_goes "$1"
    numbers "$1" median p99 rest
    sample "median_$members" "$1" "${rest#* }" "$median"
    sample "p99_$members" "$1" "${rest#* }" "$p99"
    go_on "$1"
    numbers "$1" n us busy
    sample "fanout_$members" "$1" "$n" "$(ratio "${used}000" "$n")" "$(ratio "${n}000000" "$us")"
    sample "busy_$members" "$1" "$n" "$(ratio "${busy}00" "$us")"
    client_ends
}

# idle SERVER: what those who say nothing cost, once.
idle() {
    local before
    [ "$members" -ge 1000 ] && [ "$round" -eq 0 ] || return
    before=$(cpu "$1")
    sleep 5
    sample idle "$1" "$members" "$(ratio "$(($(cpu "$1") - before))" 1000)"
}

bench_chat() {
    local who='a room of %d, four speak' ROUNDS=$((ROUNDS < 3 ? ROUNDS : 3))
    start_chat
    for members in $MEMBERS; do
        rounds room "${chat_servers[@]}"
        # shellcheck disable=SC2059
        who=$(printf "IRC, a room of %'d" "$members")
        show "fanout_$members" lines "$who, four speak: CPU ns per line delivered" lines/s
        show "busy_$members" lines "the client's share of its CPU meanwhile, %"
        show "median_$members" lines "$who, $CHAT_RATE lines a second: a line's way, µs (median)"
        show "p99_$members" lines "the same, 99th percentile"
        show "join_$members" guests "$who, all of whom join at once: ms until all have been told"
        show "memory_$members" members "$who: KiB of memory a member (PSS)"
    done
    show idle members "$who, in which nobody speaks: CPU ms in 5 s"
    end_servers
}

# --- those who misbehave ---

# disturb SERVER NAME GUESTS JOB...: in the background, on the client's CPU, behind those who measure.
disturb() {
    local server=$1 i
    coproc disturber { nice -n 10 "${on_client[@]}" "$work/chat_load" "${at[$server:irc]}" "${@:2}" 2>&1; }
    exec {from_other}<&"${disturber[0]}" {to_other}>&"${disturber[1]}" {disturber[0]}<&- {disturber[1]}>&-
    disturbers+=("$disturber_PID") others+=("$to_other")
    for ((i = 4; i <= $#; i++)); do
        read -r said <&"$from_other"
        [ "$said" = ready ] || die "$1: $said"
        echo >&"$to_other"
        case ${!i} in
        flood | storm) ;;
        *) read -r said <&"$from_other" ;;
        esac
    done
}

calm_down() {
    local fd
    for fd in "${others[@]}"; do
        exec {fd}>&-
    done
    kill "${disturbers[@]}" 2>/dev/null
    wait "${disturbers[@]}" 2>/dev/null
    disturbers=() others=()
}

# crowded WHAT: how long lines take beside them.
crowded() {
    local median p99 longest rest
    client_is_ready agentd
    client_goes agentd
    numbers agentd median p99 longest rest
    printf '  %-46s %9d %9d %9d %12d\n' "$1" "$median" "$p99" "$longest" "$(kib agentd Rss)"
}

# With flood control as it comes, so that each says little, and many speak.
bench_chat_crowd() {
    local disturbers=() others=() pace=pace:4000:50 agentd_limits="connections = $((2 * GUESTS))
per_ip = $((2 * GUESTS))"
    ulimit -Sn $((GUESTS + 2000)) || die "may not have $((GUESTS + 2000)) open files"
    start_agentd agentd
    printf '\n%s\n  %-46s %9s %9s %9s %12s\n' \
        "a room of 1,000, 50 lines a second: a line's way, µs" '' median p99 longest 'agentd, KiB'
    guests_come agentd c 1000 join $pace $pace $pace $pace $pace $pace $pace
    client_goes agentd
    crowded 'alone'
    disturb agentd s 1 join stall
    crowded 'one of them reads nothing'
    disturb agentd f 1 join flood
    crowded 'and one says all that he can'
    disturb agentd t 50 join storm
    crowded 'and 50 join and leave, again and again'
    disturb agentd g "$GUESTS" rooms
    crowded "and $GUESTS guests in rooms of 100"
    calm_down
    crowded 'when they have left'
    client_ends
    sed -n "s/.*event=migrate/  event=migrate/p" "$work/agentd.out"
    end_servers
}

bench_chat_memory() {
    local part n=0 n_now us busy agentd_limits='rate = off'
    start_agentd agentd
    printf '\n%s\n  %12s %12s %9s %9s\n' "memory of agentd's processes behind lines to a room of ten, KiB" \
        said delivered resident anonymous
    for part in 10 40 50; do
        guests_come agentd "p$part" 10 join "count:$((MESSAGES / 100 * part))"
        client_goes agentd
        go_on agentd
        numbers agentd n_now us busy
        n=$((n + n_now))
        printf '  %12d %12d %9d %9d\n' $((n / 9)) "$n" "$(kib agentd Rss)" "$(kib agentd Anonymous)"
        client_ends
    done
    end_servers
}

bench_chatload() {
    build_chat_load
    bench_chat_crowd
    bench_chat_memory
}
