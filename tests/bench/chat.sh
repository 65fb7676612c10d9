# chat.sh: what the chat costs: lines to a room, how long they take, a thousand who join at once, and stay;
# and whether those who misbehave cost the others anything.
# shellcheck shell=bash disable=SC2154

# agentd, which keeps what is said, and agentd-plain, which does as the others do. Who of these is not to be had
# is left out.
start_chat() {
    local name
    build_chat_load
    chat_servers=(agentd agentd-plain)
    start_agentd agentd
    agentd_history=no start_agentd agentd-plain
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

# calm SERVER: waits until it does nothing any more: the history is behind after much has been said at once.
calm() {
    local before=0 now tries=0
    until now=$(cpu "$1") && [ $((now - before)) -lt 4000 ]; do
        [ $((tries += 1)) -le 100 ] || die "$1 does not come to rest"
        before=$now
        sleep 0.2
    done
}

# room SERVER: one of $members, whose members do all there is to measure. ngIRCd takes so long over a thousand
# that once is enough.
members=0
room() {
    local n us busy median p99 rest
    [ "$1" != ngircd ] || [ "$members" -lt 1000 ] || [ "$round" -eq 0 ] || return
    calm "$1"
    guests_come "$1" "r${round}m" "$members" join "pace:2000:$CHAT_RATE" "fanout:$(printf %.0f "${SECONDS_EACH}e3")"
    client_goes "$1"
    numbers "$1" n us busy
    sample "join_$members" "$1" "$members" "$(ratio "$us" 1000)"
    go_on "$1"
    numbers "$1" median p99 rest
    sample "median_$members" "$1" "${rest#* }" "$median"
    sample "p99_$members" "$1" "${rest#* }" "$p99"
    go_on "$1"
    numbers "$1" n us busy
    sample "fanout_$members" "$1" "$n" "$(ratio "${used}000" "$n")" "$(ratio "${n}000000" "$us")"
    sample "busy_$members" "$1" "$n" "$(ratio "${busy}00" "$us")"
    client_ends
}

# stay SERVER: what those in a room who say nothing take, of a server that has done nothing else yet.
stay() {
    local kib before
    kib=$(kib "$1" Pss)
    guests_come "$1" s "$members" join stall
    client_goes "$1"
    client_is_ready "$1"
    kib=$(($(kib "$1" Pss) - kib))
    sample memory "$1" "$members" "$(ratio "$kib" "$members")"
    before=$(cpu "$1")
    sleep 5
    sample idle "$1" "$members" "$(ratio "$(($(cpu "$1") - before))" 1000)"
    client_ends
}

bench_chat() {
    local who ROUNDS=$((ROUNDS < 3 ? ROUNDS : 3))
    start_chat
    # shellcheck disable=SC2153 # what run.sh was told
    members=${MEMBERS##* }
    ROUNDS=1 rounds stay "${chat_servers[@]}"
    show memory members "IRC, a room of $members, in which nobody speaks: KiB of memory a member (PSS)"
    show idle members "the same: CPU ms in 5 s"
    for members in $MEMBERS; do
        rounds room "${chat_servers[@]}"
        who="IRC, a room of $members"
        show "fanout_$members" lines "$who, four speak: CPU ns per line delivered" lines/s
        show "busy_$members" lines "the client's share of its CPU meanwhile, %"
        show "median_$members" lines "$who, $CHAT_RATE lines a second: a line's way, µs (median)"
        show "p99_$members" lines "the same, 99th percentile"
        show "join_$members" guests "$who, all of whom join at once: ms until all have been told"
    done
    end_servers
}

# --- those who misbehave ---

# disturb NAME GUESTS JOB...: further guests of agentd, on the client's CPU, behind those who measure. Back when
# they do the last job.
disturb() {
    local name=$1 lines=$((2 * ($# - 2))) words
    case ${!#} in
    flood | storm) lines=$((lines - 1)) ;; # which do not end
    esac
    mkfifo "$work/words.$name"
    : >"$work/said.$name"
    exec {words}<>"$work/words.$name"
    open+=("$words")
    nice -n 10 "${on_client[@]}" "$work/chat_load" "${at[agentd:irc]}" "$@" <&"$words" >"$work/said.$name" 2>&1 &
    disturbers+=("$!")
    printf '\n%.0s' "${@:3}" >&"$words"
    until [ "$(wc -l <"$work/said.$name")" -ge "$lines" ]; do
        kill -0 "${disturbers[-1]}" 2>/dev/null || die "$(cat "$work/said.$name")"
        sleep 0.1
    done
}

calm_down() {
    local fd
    kill "${disturbers[@]}" 2>/dev/null
    wait "${disturbers[@]}" 2>/dev/null
    for fd in "${open[@]}"; do
        exec {fd}>&-
    done
    disturbers=() open=()
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
    local disturbers=() open=() pace=pace:4000:$CROWD_RATE
    ulimit -Sn $((GUESTS + 2000)) || die "may not have $((GUESTS + 2000)) open files"
    # shellcheck disable=SC2034 # start_agentd's
    local agentd_limits="connections = $((2 * GUESTS))
per_ip = $((2 * GUESTS))"
    start_agentd agentd
    printf '\n%s\n  %-46s %9s %9s %9s %12s\n' \
        "a room of 1,000, $CROWD_RATE lines a second: a line's way, µs" '' median p99 longest 'agentd, KiB'
    guests_come agentd c 1000 join "$pace" "$pace" "$pace" "$pace" "$pace" "$pace"
    client_goes agentd
    crowded 'alone'
    disturb s 1 join stall
    crowded 'one of them reads nothing'
    disturb f 1 join flood
    crowded 'and one says all that he can'
    disturb t 50 join storm
    crowded 'and 50 join and leave, again and again'
    disturb g "$GUESTS" rooms
    crowded "and $GUESTS guests in rooms of 100"
    calm_down
    crowded 'when they have left'
    client_ends
    sed -n "s/.*event=migrate/  event=migrate/p" "$work/agentd.out"
    end_servers
}

bench_chat_memory() {
    local part n=0 n_now us busy
    # shellcheck disable=SC2034 # start_agentd's
    local agentd_limits='rate = off
sendq = 64M'
    start_agentd agentd
    printf '\n%s\n  %12s %12s %9s %9s\n' "memory of agentd's processes behind lines to a room of ten, KiB" \
        said delivered resident anonymous
    for part in 10 40 50; do
        guests_come agentd "p$part" 10 join "count:$((MESSAGES * part / 100))"
        client_goes agentd
        go_on agentd
        numbers agentd n_now us busy
        n=$((n + n_now))
        sleep 3 # what waits for the history
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
