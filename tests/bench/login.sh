# login.sh: what logins cost the others, and what they tell.
# shellcheck shell=bash disable=SC2154

# Nobody to compare with: what counts is that the chat does not feel it, and that a name that nobody has
# is refused as late as a wrong password.
bench_login() {
    local round logins took before meanwhile known unknown
    start_agentd agentd
    echo bench | "$agentd" -c "$work/agentd/conf" -x user add bench >/dev/null || die "no account"
    printf '\n%s\n' "$LOGINS logins at once; 99th percentile of a chat PING's round trip, ms: before, meanwhile"
    for ((round = 0; round < ROUNDS; round++)); do
        spend agentd python3 "$here/login.py" storm "${at[agentd:ftp]}" "${at[agentd:irc]}" "$LOGINS"
        read -r logins took before meanwhile <<<"$said"
        printf '  %d in %s s %14s %8s\n' "$logins" "$took" "$before" "$meanwhile"
    done
    spend agentd python3 "$here/login.py" guess "${at[agentd:ftp]}" "$GUESSES"
    read -r known unknown <<<"$said"
    printf '\n%s\n  %s ms, %s ms: %s\n' "$GUESSES wrong passwords, $GUESSES unknown names: medians, ratio" \
        "$known" "$unknown" "$(ratio "$known" "$unknown")"
    end_servers
}
