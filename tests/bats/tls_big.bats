#!/usr/bin/env bats
# once
# plain
# 1 GiB by TLS, up and down, by every door that has it, with a name and a password.

# shellcheck disable=SC2154 # $http and the like: read_ports
load lib

setup_file() {
    agentd_setup
    local section
    for section in ftp http; do
        conf $section tls_listen=127.0.0.1:0
    done
    conf files sync=no
    agentctl cert new
    echo 'correct horse' | agentctl user add alice
    agentd_start
}

teardown_file() {
    agentd_teardown
}

setup() {
    cd "$WORK" || return
    if [ ! -e big ]; then
        truncate -s 1G big
        head -c 30000000 /dev/urandom | dd of=big conv=notrunc status=none
        head -c 30000000 /dev/urandom | dd of=big bs=1M seek=990 conv=notrunc status=none
    fi
}

# both_ways URL [OPTION]: it goes up and comes back.
both_ways() {
    local get=(curl -sS --fail --max-time 300 --cacert "$STATE/tls.crt" -u 'alice:correct horse' "$@")
    "${get[@]}" -T big
    cmp big "$FILES/big"
    "${get[@]}" | cmp big -
    rm "$FILES/big"
}

@test "curl: 1 GiB up and down by https" {
    both_ways "https://localhost:$http_tls/files/big"
    log_has 'event=upload proto=http .*who=alice path=/big size=1073741824'
}

@test "curl: 1 GiB up and down by ftp with AUTH TLS" {
    both_ways "ftp://localhost:$ftp/big" --ssl-reqd
    log_has 'event=upload proto=ftp .*who=alice path=/big size=1073741824'
}

@test "curl: 1 GiB up and down by ftps" {
    both_ways "ftps://localhost:$ftp_tls/big"
}
