# http.sh: what HTTP costs: pages of 1 and 10 KiB, by 64 and 400 connections, with and without the access
# log, a connection for each; 100 MiB; the same by TLS.
# shellcheck shell=bash disable=SC2154

web_servers=(agentd agentd-epoll nginx lighttpd lighttpd-epoll)

start_http() {
    local name page
    ${CC:-cc} -std=gnu11 -D_GNU_SOURCE -O2 -o "$work/floor.bin" "$here/floor.c" || die "floor.c does not compile"
    start_agentd agentd yes select
    start_agentd agentd-epoll yes epoll
    start_nginx
    start_lighttpd lighttpd select
    start_lighttpd lighttpd-epoll linux-sysepoll
    for name in "${web_servers[@]}"; do
        for page in 1k.txt 10k.txt; do
            check_page "$name" "http://127.0.0.1:${at[$name:http]}/$page"
            check_page "$name" "http://127.0.0.1:${at[$name:quiet]}/$page"
            check_page "$name" "https://127.0.0.1:${at[$name:tls]}/$page"
        done
    done
}

# check_page SERVER URL
check_page() {
    curl -q -sSk --http1.1 "$2" | cmp -s - "$work/www/${2##*/}" || die "$1 does not serve $2"
}

# What get() asks for: a sample's name, the door, how many connections, the page, a header.
what='' door='' connections=0 page='' header=''

# get SERVER: one round of requests. wrk ends well when it is interrupted, and knows no less than 1 s.
get() {
    local requests scheme=http
    [ "$door" != tls ] || scheme=https
    [ "$1" != floor ] || local door=quiet
    spend "$1" timeout --preserve-status -s INT "$SECONDS_EACH" \
        wrk -t1 -c"$connections" -d60s ${header:+-H "$header"} "$scheme://127.0.0.1:${at[$1:$door]}/$page"
    grep -E 'Non-2xx|Socket errors' <<<"$said" | sed "s/^/bench: $1:/" >&2
    requests=$(awk '/requests in/ {print $1}' <<<"$said")
    sample "$what" "$1" "$requests" "$(ratio "$used" "$requests")" "$(awk '/^Requests\/sec/ {print $2}' <<<"$said")"
}

# pages WHAT DOOR CONNECTIONS PAGE HEADER TITLE [SERVER...]: rounds of requests, and their table.
pages() {
    what=$1 door=$2 connections=$3 page=$4 header=$5
    local title=$6
    shift 6
    if [ "$door" != tls ]; then
        start_floor ${header:+-H "$header"} "http://127.0.0.1:${at[agentd:quiet]}/$page"
        set -- floor "$@"
    fi
    rounds get "$@"
    show "$what" requests "$title: CPU µs per request" requests/s
}

# fetch_all SERVER: 100 MiB eight times over one connection, in ms per GiB. What comes is thrown away
# without a look, so that it is the server that takes the time.
fetch_all() {
    spend "$1" python3 "$here/load.py" fetch "${at[$1:quiet]}" /100m.bin 8
    sample big "$1" 800 "$(ratio "$used" 781.25)" "$said"
}

bench_http() {
    local all=("${web_servers[@]}")
    start_http
    pages page quiet 64 1k.txt '' '1 KiB, keep-alive, 64 connections' "${all[@]}"
    pages logged http 64 1k.txt '' '1 KiB, keep-alive, 64 connections, access log' "${all[@]}"
    pages crowd quiet 400 1k.txt '' '1 KiB, keep-alive, 400 connections' "${all[@]}"
    pages new quiet 64 1k.txt 'Connection: close' '1 KiB, a connection for each' "${all[@]}"
    pages ten quiet 64 10k.txt '' '10 KiB, keep-alive, 64 connections' "${all[@]}"
    rounds fetch_all "${all[@]}"
    end_servers
    show big MiB "100 MiB: CPU ms per GiB" MiB/s
}

# greet_tls SERVER: a new connection, with its handshake, for each of 50 requests.
greet_tls() {
    local i args=()
    for ((i = 0; i < 50; i++)); do
        args+=(-o /dev/null "https://127.0.0.1:${at[$1:tls]}/1k.txt")
    done
    spend "$1" curl -q -sSfk --http1.1 -H 'Connection: close' "${args[@]}"
    sample tls_new "$1" 50 "$(ratio "$used" 50)"
}

# fetch_tls SERVER: 100 MiB four times over one connection, in ms per GiB.
fetch_tls() {
    local url=https://127.0.0.1:${at[$1:tls]}/100m.bin
    spend "$1" curl -q -sSfk --http1.1 -o /dev/null "$url" -o /dev/null "$url" -o /dev/null "$url" -o /dev/null "$url"
    sample tls_big "$1" 400 "$(ratio "$used" 390.625)" "$(ratio 400000000 "$took")"
}

bench_tls() {
    local all=(agentd nginx lighttpd-epoll)
    start_http
    pages tls tls 64 1k.txt '' '1 KiB by HTTPS, keep-alive, 64 connections' "${all[@]}"
    rounds greet_tls "${all[@]}"
    rounds fetch_tls "${all[@]}"
    end_servers
    show tls_new requests "1 KiB by HTTPS, a connection for each: CPU µs per request"
    show tls_big MiB "100 MiB by HTTPS: CPU ms per GiB" MiB/s
}
