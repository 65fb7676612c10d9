#!/usr/bin/env bats
# The FTP front-end, used by real clients on every event backend: curl, lftp, Python's ftplib. More of them, by
# TLS and IPv6 too, are in ftp_clients.bats.

load lib

setup_file() {
    agentd_setup
    conf ftp anonymous=write
    # What fsync costs is the disk's affair; upload.bats tests it.
    conf files sync=no
    agentd_start
    URL=ftp://127.0.0.1:$ftp
    export URL
}

teardown_file() {
    agentd_teardown
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

ftp() {
    python3 -B "$BATS_TEST_DIRNAME/ftp.py" "$@"
}

# Debian's curl (7.88) may sleep for a second before it makes a passive connection; where there are
# many, the tests go active.
fetch() {
    curl -sS --fail --max-time 120 "$@"
}

# lftp COMMAND...: one session; the first failure ends it.
lftp_do() {
    local script='set cmd:fail-exit yes; set net:max-retries 2; set net:timeout 20; set cmd:interactive no;'
    HOME=$BATS_TEST_TMPDIR LFTP_HOME=$BATS_TEST_TMPDIR/lftp \
        lftp --norc -c "$script open -u anonymous,x $URL; $*"
}

digest() {
    sha256sum <"$1"
}

@test "curl: up, down, lists, makes folders, renames and deletes, passive and active" {
    local how
    head -c 300000 /dev/urandom >one.bin
    for how in "" --disable-epsv "-P -" "-P - --disable-eprt"; do
        # shellcheck disable=SC2086 # several words
        set -- $how
        fetch "$@" --ftp-create-dirs -T one.bin "$URL/curl/deep/er/one.bin"
        fetch "$@" "$URL/curl/deep/er/one.bin" | cmp - one.bin
        cmp "$FILES/curl/deep/er/one.bin" one.bin
        fetch "$@" -r 100000-100009 "$URL/curl/deep/er/one.bin" | cmp - <(tail -c +100001 one.bin | head -c 10)
        [ "$(fetch "$@" -l "$URL/curl/deep/er/")" = one.bin ]
        fetch "$@" "$URL/curl/deep/er/" | grep -Eq '^-rw-r--r-- .* 300000 .* one\.bin.?$'
        fetch "$@" -I "$URL/curl/deep/er/one.bin" | grep -q '^Content-Length: 300000'
        fetch "$@" -l -Q 'RNFR curl/deep/er/one.bin' -Q 'RNTO curl/two.bin' "$URL/curl/" | grep -q two.bin
        fetch "$@" -l -Q 'DELE curl/two.bin' -Q 'RMD curl/deep/er' -Q 'RMD curl/deep' "$URL/curl/" >left
        [ ! -s left ]
        fetch "$@" -l -Q 'RMD curl' "$URL/" >/dev/null
        [ ! -e "$FILES/curl" ]
    done
}

# bats test_tags=once
@test "curl: what is not there, or not allowed, has its exit code" {
    run fetch "$URL/nosuch"
    [ "$status" -eq 78 ]
    run fetch "$URL/nosuch/"
    [ "$status" -eq 9 ]
    run fetch -u root:x "$URL/"
    [ "$status" -eq 67 ]
    run fetch -T "$CONF" "$URL/nosuch/x"
    [ "$status" -eq 9 ]
    run fetch -T "$CONF" "$URL/.hidden"
    [ "$status" -ne 0 ]
    [ -z "$(ls -A "$FILES")" ]
}

# Every byte as %XX.
percent() {
    printf %s "$1" | od -An -tx1 -v | tr -d '\n' | tr ' ' %
}

# bats test_tags=once
@test "curl: names with blanks, quotes, 小明, percent and hash" {
    local name
    for name in 'with blank' 小明 'quote"d' "it's" '100%' 'a#b' 'semi;colon' '&amp;' -dash; do
        echo "$name" >content
        fetch -P - -T content "$URL/$(percent "$name")"
        [ "$(cat "$FILES/$name")" = "$name" ]
        fetch -P - "$URL/$(percent "$name")" | cmp - content
        rm "$FILES/$name"
    done
}

# bats test_tags=once
@test "curl: ASCII both ways" {
    printf 'one\ntwo\r\nthree\n' >"$FILES/text"
    # curl makes each CRLF that it gets a line end of this system, and sends each of those as CRLF.
    printf 'one\ntwo\nthree\n' | cmp - <(fetch "$URL/text;type=a")
    fetch -B -T "$FILES/text" "$URL/text2"
    cmp "$FILES/text" "$FILES/text2"
    rm "$FILES/text" "$FILES/text2"
}

@test "curl: many files by one connection" {
    local i
    for i in {1..20}; do
        echo "$i" >"$i.txt"
    done
    fetch -P - -T '{1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20}.txt' "$URL/"
    fetch -P - -o 'got#1' "$URL/[1-20].txt"
    for i in {1..20}; do
        cmp "$i.txt" "got$i"
        rm "$FILES/$i.txt"
    done
}

# bats test_tags=once
@test "curl: 40 MiB up and down with equal sums, and resumed both ways" {
    local sum
    head -c 41943040 /dev/urandom >big
    sum=$(digest big)
    fetch -T big "$URL/big"
    [ "$(digest "$FILES/big")" = "$sum" ]
    [ "$(fetch "$URL/big" | sha256sum)" = "$sum" ]
    # Down: a part is there.
    head -c 12345678 big >part
    fetch -C - -o part "$URL/big"
    [ "$(digest part)" = "$sum" ]
    rm part
    # Up: a part is there; curl asks for its size and sends the rest by APPE.
    truncate -s 9876543 "$FILES/big"
    fetch -C - -T big "$URL/big"
    [ "$(digest "$FILES/big")" = "$sum" ]
    rm "$FILES/big"
}

@test "lftp: a tree of 1000 files, mirrored up and down, is the same" {
    ftp tree "$PWD/tree" 1000
    [ "$(find tree -type f | wc -l)" -eq 1000 ]
    lftp_do "mirror -R --parallel=3 --no-perms tree up"
    diff -r tree "$FILES/up"
    lftp_do "mirror --parallel=3 --no-perms up down"
    diff -r tree down
    # A second time there is nothing to do; one that changed is found.
    echo changed >>"$(find tree -name 'file1.bin')"
    lftp_do "mirror -R --no-perms --ignore-time tree up"
    diff -r tree "$FILES/up"
    lftp_do "rm -r up"
    [ ! -e "$FILES/up" ]
}

# bats test_tags=once
@test "lftp: lists, patterns, mput, mget, mv, reget, reput, and active mode" {
    local i
    mkdir src got
    for i in {1..30}; do
        head -c $((i * 1000)) /dev/urandom >"src/f $i.dat"
    done
    lftp_do "mkdir -p l/sub; cd l; lcd src; mput *.dat; cls -1 > ../listed"
    [ "$(wc -l <listed)" -eq 31 ] # and the folder
    lftp_do "cd l; lcd got; mget 'f 1*.dat'"
    [ "$(find got -type f | wc -l)" -eq 11 ]
    lftp_do "set ftp:passive-mode no; cd l; lcd got; mget 'f 2*.dat' 'f [3-9].dat' 'f 30.dat'"
    diff -r src got
    lftp_do "cd l; mv 'f 1.dat' sub/moved; rm 'f 2.dat'; find > found"
    grep -qx './sub/moved' found
    [ "$(grep -c 'f 2\.dat' found)" -eq 0 ]
    head -c 5000 "src/f 30.dat" >part
    lftp_do "cd l; get -c 'f 30.dat' -o part"
    cmp part "src/f 30.dat"
    truncate -s 4000 "$FILES/l/f 29.dat"
    lftp_do "cd l; put -c 'src/f 29.dat'"
    cmp "$FILES/l/f 29.dat" "src/f 29.dat"
    lftp_do "pget -n 4 'l/f 28.dat' -o whole; cat 'l/f 28.dat' > piped"
    cmp whole "src/f 28.dat"
    cmp piped "src/f 28.dat"
    lftp_do "set ftp:use-mlsd no; set ftp:use-feat no; cls -1 l > plain; set ftp:list-options -a; ls l >lines"
    [ "$(wc -l <plain)" -eq 29 ]
    [ "$(wc -l <lines)" -eq 31 ] # with . and ..
    lftp_do "rm -r l"
    [ -z "$(ls -A "$FILES")" ]
}

@test "ftplib: every call that it has, passive and active" {
    truncate -s 500M "$FILES/sparse"
    ftp library
    rm "$FILES/sparse"
}

# bats test_tags=once
@test "transfers are logged in xferlog's format, both ways" {
    echo content >content
    fetch -T content "$URL/logged%20name"
    fetch "$URL/logged%20name" | cmp - content
    [ "$(grep -cE '^[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} [0-9]{4} [0-9]+ 127\.0\.0\.1 8 /logged_name b _ [io] a anonymous ftp 0 \* c$' "$STATE/xferlog")" -eq 2 ]
    rm "$FILES/logged name"
}
