#!/usr/bin/env bats
# once
# Clients as people have them, by http and https: curl, wget, Python's urllib. What they do by
# themselves: ask again for the rest, wait for 100 Continue, log in when asked, follow a folder.

# shellcheck disable=SC2154 # $http and the like: read_ports
load lib

setup_file() {
    agentd_setup
    conf limits login_delay=off login_failures=off
    conf files sync=no
    conf http tls_listen=127.0.0.1:0
    "$AGENTD" -c "$CONF" -x cert new localhost >/dev/null
    agentd_start
    agentctl user add anna <<<'anna-password' >/dev/null
    head -c 3000000 /dev/urandom >"$FILES/three.bin"
    mkdir -p "$FILES/tree/a/b"
    for name in 1 2 a/3 a/b/4; do
        echo "file $name" >"$FILES/tree/$name.txt"
    done
}

teardown_file() {
    agentd_teardown
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    plain=http://localhost:$http/files secure=https://localhost:$http_tls/files
}

get() {
    curl -q -sS --max-time "$PATIENCE" --cacert "$STATE/tls.crt" "$@"
}

# each COMMAND...: with $url by both ways.
each() {
    local url
    for url in "$plain" "$secure"; do
        "$@" || {
            echo "by $url: $*" >&2
            return 1
        }
    done
}

pieces() {
    get -r 0-999999 "$url/three.bin" >one && get -r 1000000-1999999 "$url/three.bin" >two &&
        get -r -1000000 "$url/three.bin" >three && cat one two three | cmp - "$FILES/three.bin"
}

@test "curl: a file in three ranges" {
    each pieces
}

rest() {
    head -c 1234567 "$FILES/three.bin" >part
    get -C - -o part "$url/three.bin" && cmp part "$FILES/three.bin"
}

@test "curl -C -: the rest of a file" {
    each rest
}

# Of both kinds of body, with the password only when it is asked for (--anyauth): curl sends nothing of
# the body before 100 Continue or 401.
put() {
    rm -f "$FILES/up.bin"
    get --anyauth -u anna:anna-password --expect100-timeout "$PATIENCE" -H 'Expect: 100-continue' \
        -T "$FILES/three.bin" "$url/up.bin" &&
        cmp "$FILES/up.bin" "$FILES/three.bin" &&
        get -u anna:anna-password -T - "$url/up.bin" <"$FILES/tree/1.txt" &&
        cmp "$FILES/up.bin" "$FILES/tree/1.txt"
}

@test "curl -T: with 100 Continue, with a login that is asked for, and of unknown length" {
    each put
}

@test "curl: a body that will be refused is not sent" {
    [ "$(get --expect100-timeout "$PATIENCE" -H 'Expect: 100-continue' -T "$FILES/three.bin" \
        -o out -w '%{http_code} %{size_upload}' "$plain/up2.bin")" = "401 0" ]
    [ ! -e "$FILES/up2.bin" ]
}

continued() {
    rm -f three.bin
    head -c 2222222 "$FILES/three.bin" >three.bin
    wget -q -c -T "$PATIENCE" -t 1 --ca-certificate="$STATE/tls.crt" "$url/three.bin" &&
        cmp three.bin "$FILES/three.bin" &&
        # it is whole now, and asked for again: 416, and nothing is lost
        wget -q -c -T "$PATIENCE" -t 1 --ca-certificate="$STATE/tls.crt" "$url/three.bin" &&
        cmp three.bin "$FILES/three.bin"
}

@test "wget -c: the rest of a file, and nothing of a whole one" {
    each continued
}

mirrored() {
    rm -rf tree
    wget -q -r -np -nH --cut-dirs=1 -R 'index.html*' -T "$PATIENCE" -t 1 \
        --ca-certificate="$STATE/tls.crt" "$url/tree/" && diff -r tree "$FILES/tree"
}

@test "wget -r: a folder with all that is in it, by its listing" {
    each mirrored
}

@test "wget -N: what has not changed is not fetched again" {
    wget -q -N -T "$PATIENCE" -t 1 "$plain/tree/1.txt"
    wget -nv -N -T "$PATIENCE" -t 1 "$plain/tree/1.txt" 2>said
    [ "$(grep -c -- '->' said)" -eq 0 ]
    touch -d '2 hours' "$FILES/tree/1.txt"
    until_true fetched_again
}

fetched_again() {
    wget -nv -N -T "$PATIENCE" -t 1 "$plain/tree/1.txt" 2>said
    grep -q -- '->' said
}

@test "Python's urllib: pages, ranges, a login that is asked for, PUT, redirects, errors" {
    python3 -B "$BATS_TEST_DIRNAME/http_urllib.py" "$plain"
    python3 -B "$BATS_TEST_DIRNAME/http_urllib.py" "$secure"
}
