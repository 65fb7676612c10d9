# ftp.sh: what FTP costs: big files up and down, and many small ones.
# shellcheck shell=bash disable=SC2154

# fetch WHAT SERVER URL: 64 MiB sixteen times over one connection, in ms per GiB.
fetch() {
    local i args=()
    for ((i = 0; i < 16; i++)); do
        args+=(-o /dev/null "$3")
    done
    spend "$2" curl -q -sSf "${args[@]}"
    sample "$1" "$2" 1024 "$(ratio "$used" 1000)"
}

# ftp_both SERVER: 64 MiB, four times up and sixteen times down.
ftp_both() {
    local i args=() url=ftp://127.0.0.1:${at[$1:ftp]}/pub/64m.bin
    for ((i = 0; i < 4; i++)); do
        args+=(-T "$work/www/64m.bin" "$url")
    done
    spend "$1" curl -q -sSf "${args[@]}"
    sample ftp_up "$1" 256 "$(ratio "$used" 250)"
    fetch ftp_down "$1" "$url"
}

# mirror SERVER: 1000 files of 1 KiB up and down.
mirror() {
    local at=127.0.0.1:${at[$1:ftp]}/pub
    spend "$1" lftp -c "open ftp://$at; mirror -R $work/small small"
    sample mirror_up "$1" 1000 "$(ratio "$took" 1000000)"
    spend "$1" lftp -c "open ftp://$at; mirror small $work/down"
    sample mirror_down "$1" 1000 "$(ratio "$took" 1000000)"
    diff -rq "$work/small" "$work/down" >&2 || die "$1 gives other files back"
    rm -rf "$work/down" "$work/$1"/*/pub/small
}

bench_ftp() {
    local i servers=(agentd agentd-nosync)
    head -c 64M /dev/urandom >"$work/www/64m.bin"
    mkdir "$work/small"
    for ((i = 0; i < 1000; i++)); do
        cp "$work/www/1k.txt" "$work/small/$i.txt"
    done
    start_agentd agentd yes
    start_agentd agentd-nosync no
    if has vsftpd && [ "$(id -u)" -eq 0 ]; then
        start_vsftpd
        servers+=(vsftpd)
    fi
    rounds ftp_both "${servers[@]}"
    # More would fill loopback's ports with ended connections.
    ROUNDS=$((ROUNDS < 3 ? ROUNDS : 3)) rounds mirror "${servers[@]}"
    end_servers
    rm -r "$work/www/64m.bin" "$work/small"
    printf '\n%s\n' "An upload to agentd is done when it is on the disk; agentd-nosync and vsftpd do not wait."
    show ftp_up MiB "64 MiB files up by FTP: CPU ms per GiB"
    show ftp_down MiB "64 MiB files down by FTP: CPU ms per GiB"
    show mirror_up files "lftp mirror of 1000 files, up: seconds"
    show mirror_down files "lftp mirror of 1000 files, down: seconds"
}
