# load.sh: a server under load: what slow clients cost the others, and whether its memory grows.
# shellcheck shell=bash disable=SC2154

# One who asks for a page every other millisecond, alone, and beside those who send a head byte by byte and
# those who ask for 100 MiB and read nothing.
bench_crowd() {
    local round alone beside
    start_agentd agentd
    printf '\n%s\n  %-9s %9s %9s %9s   %9s %9s %9s\n' \
        "$SLOW slow heads, $STALLED stalled readers: how long another client waits for 1 KiB, ms" \
        '' median p99 longest 'alone' p99 longest
    for ((round = 0; round < 3; round++)); do
        spend agentd python3 "$here/load.py" crowd "${at[agentd:quiet]}" "$SLOW" "$STALLED" 5
        mapfile -t said <<<"$said"
        read -ra alone <<<"${said[0]}"
        read -ra beside <<<"${said[1]}"
        printf '  %-9s %9s %9s %9s   %9s %9s %9s\n' "round $((round + 1))" "${beside[@]}" "${alone[@]}"
    done
    sed -n "s/.*event=migrate/  event=migrate/p" "$work/agentd.out"
    end_servers
}

# Pages, with and without a log, errors, folders, connections for one request each: in turns.
bench_memory() {
    local done=0 turn=0 idle=0 mark n door
    local kinds=('quiet /1k.txt' 'http /1k.txt' 'quiet /missing' 'quiet /files/' 'quiet /1k.txt Connection: close')
    start_agentd agentd
    printf '\n%s\n  %10s %9s %9s\n' "memory of agentd's processes, KiB" requests resident anonymous
    for mark in 0 $((REQUESTS / 10)) $((REQUESTS / 2)) "$REQUESTS"; do
        while [ "$done" -lt "$mark" ]; do
            read -r door page header <<<"${kinds[turn++ % ${#kinds[@]}]}"
            said=$("${on_client[@]}" timeout --preserve-status -s INT 0.2 wrk -t1 -c64 -d60s \
                ${header:+-H "$header"} "http://127.0.0.1:${at[agentd:$door]}$page") || die "wrk: $said"
            n=$(awk '/requests in/ {print $1}' <<<"$said")
            idle=$((n > 0 ? 0 : idle + 1)) # a busy machine may let a turn pass
            [ "$idle" -lt 20 ] || die "no request is answered"
            done=$((done + n))
        done
        printf '  %10d %9d %9d\n' "$done" "$(kib agentd Rss)" "$(kib agentd Anonymous)"
    done
    end_servers
}

bench_load() {
    bench_crowd
    bench_memory
}
