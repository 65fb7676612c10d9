# irc.sh: what the chat costs: a line to many, and many who say nothing.
# shellcheck shell=bash disable=SC2154

start_irc() {
    irc_servers=(agentd)
    start_agentd agentd
    if has ngircd; then
        start_ngircd
        irc_servers+=(ngircd)
    fi
}

# chat WHAT SERVER NUMBER...: chat.py's numbers go to $said.
chat() {
    # shellcheck disable=SC2046 # a list of numbers
    spend "$2" python3 "$here/chat.py" "$1" "${at[$2:irc]}" "${@:3}" $(processes "$2")
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
