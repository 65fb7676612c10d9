# ftp.sh: what FTP costs: logins, round trips, small files, listings, big files up and down, many sessions;
# and a folder of small files, by lftp.
# shellcheck shell=bash disable=SC2154

ftp_servers=()

# agentd, with select and epoll, does as the others do: it does not wait for the disk. agentd-sync does.
start_ftp() {
    local name
    ${CC:-cc} -std=gnu11 -D_GNU_SOURCE -O2 -o "$work/ftp_load" "$here/ftp_load.c" || die "ftp_load.c does not compile"
    start_agentd agentd no
    start_agentd agentd-epoll no epoll
    start_agentd agentd-sync yes
    ftp_servers=(agentd agentd-epoll)
    for name in vsftpd pure-ftpd; do
        if [ "$(id -u)" -ne 0 ]; then
            echo "bench: without $name, which has to be started by root" >&2
        elif ! debian_program "$name"; then
            echo "bench: without $name, which is not to be had" >&2
        else
            "start_$name"
            ftp_servers+=("$name")
        fi
    done
    if python_with pyftpdlib; then
        start_pyftpdlib
        ftp_servers+=(pyftpdlib)
    else
        echo "bench: without pyftpdlib (python3-pyftpdlib), which is not installed" >&2
    fi
    for name in agentd-sync "${ftp_servers[@]}"; do
        fill "$(folder_of "$name")"
    done
}

# folder_of SERVER: what its guests see as /pub.
folder_of() {
    case $1 in
    agentd*) echo "$work/$1/files/pub" ;;
    *) echo "$work/$1/root/pub" ;;
    esac
}

fill() {
    mkdir "$1/many" "$1/up"
    chmod 777 "$1/up"
    ln "$work/www/1k.txt" "$work/www/100m.bin" "$1"
    (cd "$1/many" && touch file-{0001..1000}.txt)
}

# guests SERVER JOB SESSIONS [PATH [BYTES [FOLDER]]]: ftp_load's log in; then they wait for go().
guests() {
    client_begins "$1" "$work/ftp_load" "${at[$1:ftp]}" "$2" "$3" "$(printf %.0f "${SECONDS_EACH}e3")" "${@:4}"
}

# go SERVER: $said: how many operations there were, and how many bytes of data; $took and $used as spend()
# has them.
go() {
    local operations bytes
    client_goes "$1"
    read -r operations bytes took <<<"$said"
    [[ $took =~ ^[0-9]+$ ]] || die "$1: $said"
    said="$operations $bytes"
}

# What load() does: a sample's name, what is counted, and guests()' arguments.
what='' counted='' load_args=()

# load SERVER: one round of it.
load() {
    local n bytes folder=()
    [ "${load_args[0]}" != stor ] || folder=("$(folder_of "$1")/up")
    guests "$1" "${load_args[@]}" "${folder[@]}"
    go "$1"
    client_ends
    read -r n bytes <<<"$said"
    [ "$counted" != MiB ] || n=$((bytes >> 20))
    sample "$what" "$1" "$n" "$(ratio "$used" "$n")" "$(ratio "${n}000000" "$took")"
}

# loads WHAT COUNTED TITLE JOB SESSIONS [PATH [BYTES]]: rounds of it, and their table. Who comes first pays
# for memory that nobody has used yet, so that does not count.
loads() {
    load_args=("${@:4}")
    what=warm_up counted=$2
    load "${ftp_servers[0]}"
    what=$1
    rounds load "${ftp_servers[@]}"
    show "$1" "$2" "$3" "$2/s"
}

# crowd SERVER: the memory of sessions that do nothing, and what it takes when all say NOOP at once, and 20 of
# them fetch a file instead.
crowd() {
    local kib n bytes
    kib=$(kib "$1" Pss)
    guests "$1" crowd "$FTP_CROWD" /pub/100m.bin
    kib=$(($(kib "$1" Pss) - kib))
    go "$1"
    client_ends
    read -r n bytes <<<"$said"
    sample ftp_idle "$1" "$FTP_CROWD" "$(ratio "$kib" "$FTP_CROWD")"
    sample ftp_crowd "$1" "$n" "$(ratio "$used" 1000)" "$(ratio "$((bytes >> 20))000000" "$took")"
}

# mirror SERVER: 200 files of 1 KiB up and down.
mirror() {
    local at=127.0.0.1:${at[$1:ftp]}/pub
    spend "$1" lftp -c "open ftp://$at; mirror -R $work/small small"
    sample mirror_up "$1" 200 "$(ratio "$used" 200)" "$(ratio 200000000 "$took")"
    spend "$1" lftp -c "open ftp://$at; mirror small $work/down"
    sample mirror_down "$1" 200 "$(ratio "$used" 200)" "$(ratio 200000000 "$took")"
    diff -rq "$work/small" "$work/down" >&2 || die "$1 gives other files back"
    rm -rf "$work/down" "$(folder_of "$1")/small"
}

bench_ftp() {
    local i all ROUNDS=$((ROUNDS < 3 ? ROUNDS : 3))
    start_ftp
    all=("${ftp_servers[@]}")
    loads ftp_login logins "FTP, a guest logs in and leaves: CPU µs" login 16
    loads ftp_noop NOOPs "NOOP, 64 sessions: CPU µs" noop 64
    loads ftp_small files "RETR of 1 KiB, 64 sessions: CPU µs" retr 64 /pub/1k.txt
    loads ftp_list listings "LIST of 1,000 files, 16 sessions: CPU µs" list 16 /pub/many
    loads ftp_down MiB "RETR of 100 MiB: CPU µs per MiB" retr 1 /pub/100m.bin
    ftp_servers+=(agentd-sync)
    loads ftp_up MiB "STOR of 100 MiB: CPU µs per MiB" stor 1 /pub/up/ $((100 << 20))
    ROUNDS=1 rounds crowd "${all[@]}"
    show ftp_idle sessions "an idle FTP session: KiB of memory (PSS)"
    show ftp_crowd replies "$FTP_CROWD FTP sessions at once, 20 of which fetch 100 MiB: CPU ms" MiB/s
    mkdir "$work/small"
    for ((i = 0; i < 200; i++)); do
        cp "$work/www/1k.txt" "$work/small/$i.txt"
    done
    rounds mirror "${ftp_servers[@]}"
    show mirror_up files "lftp mirror of small files, up: CPU µs" files/s
    show mirror_down files "lftp mirror of small files, down: CPU µs" files/s
    end_servers
    rm -r "$work/small"
    printf '\n%s\n' "What is up is on the disk with agentd-sync; the others do not wait for that."
}
