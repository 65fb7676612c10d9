#!/usr/bin/env bats
# once
# FTP clients as people have them: curl, lftp, tnftp, ncftp, wget, Python's ftplib, basic-ftp (node), rclone.
# Each brings a tree, lists it, renames and deletes in it, takes it back, and goes on with what broke off,
# by all ways that it knows: in clear, by AUTH TLS and by ftps; passive and active; by IPv4 and IPv6.
# What they do in clear by IPv4 on every event backend is in ftp.bats.

load lib

setup_file() {
    agentd_setup
    conf ftp listen='127.0.0.1:0 [::1]:0' tls_listen='127.0.0.1:0 [::1]:0'
    conf files sync=no partial_keep=1d
    # Python's library alone cannot resume.
    conf ftp tls_require_resume=yes anonymous=write
    agentctl cert new
    echo 'open sesame' | agentctl user add anna
    agentd_start
    TREE=$WORK/tree CA=$STATE/tls.crt
    export TREE CA
    mkdir -p "$TREE/小明/deep" "$TREE/nothing here"
    head -c 3000000 /dev/urandom >"$TREE/big.bin"
    : >"$TREE/empty"
    echo one >"$TREE/with blank.txt"
    echo two >"$TREE/小明/小明.txt"
    echo three >"$TREE/小明/deep/3"
}

teardown_file() {
    agentd_teardown
}

setup() {
    export HOME=$BATS_TEST_TMPDIR
    as_at_first
    rm -rf "${FILES:?}"/*
    cd "$BATS_TEST_TMPDIR" || return
}

# Logging in costs more than all else, so those that do it often come as guests.
as_anna() {
    export FTP_USER=anna FTP_PASSWORD='open sesame'
}
as_guest() {
    export FTP_USER=anonymous FTP_PASSWORD=x
}

# by COMMAND WAY...: runs it for each way, such as clear-4-passive, in a folder of its own, with $way, $tls,
# $host (as in an URL), $port and $mode set. In the store there is $FILES/$way then, and what came of
# $way/cut.bin, before that broke off.
by() {
    local run=$1 way tls family mode host port ports
    shift
    mapfile -t ports < <(agentctl status --json | tr '{' '\n' | grep '"name":"ftp"' | grep -oE ':[0-9]+"' | tr -d ':"')
    mkdir "${@/#/$FILES/}" "$@"
    python3 -B "$BATS_TEST_DIRNAME/ftp_clients.py" broken "${ports[0]}" "${ports[1]}" "$@"
    for way; do
        echo "by $way:"
        IFS=- read -r tls family mode <<<"$way"
        host=127.0.0.1 port=${ports[0]}
        [ "$family" = 4 ] || host='[::1]' port=${ports[1]}
        [ "$tls" != implicit ] || port=${ports[$((family / 2))]}
        cd "$BATS_TEST_TMPDIR/$way" || return
        "$run"
        rm -r "${FILES:?}/$way"
    done
}

# The first so many bytes of the big file have come.
part() {
    head -c 1234567 "$TREE/big.bin" >"$1"
}

whole() {
    cmp "$1" "$TREE/big.bin"
}

# A second curl for the same connection costs more than a login.
with_curl() {
    local url=ftp://$host:$port/$way
    local get=(curl -q -sS --fail --max-time 60 --cacert "$CA" -u "$FTP_USER:$FTP_PASSWORD")
    [ "$tls" != explicit ] || get+=(--ssl-reqd)
    [ "$tls" != implicit ] || url=ftps${url#ftp}
    [ "$mode" != active ] || get+=(-P -)
    "${get[@]}" --ftp-create-dirs -T "{$TREE/big.bin,$TREE/empty,$TREE/with blank.txt}" "$url/%E5%B0%8F/%E6%98%8E/"
    cmp "$FILES/$way/小/明/with blank.txt" "$TREE/with blank.txt"
    part part
    "${get[@]}" -C - -o part "$url/%E5%B0%8F/%E6%98%8E/big.bin" -o nothing "$url/%E5%B0%8F/%E6%98%8E/empty"
    whole part
    "${get[@]}" -C - -T "$TREE/big.bin" "$url/cut.bin"
    whole "$FILES/$way/cut.bin"
    "${get[@]}" -l -Q "RNFR $way/cut.bin" -Q "RNTO $way/a name" -Q "DELE $way/小/明/empty" "$url/" | tr -d '\r' >names
    printf 'a name\n小\n' | cmp - names
    [ ! -e "$FILES/$way/小/明/empty" ]
}

@test "curl" {
    as_guest
    # Of curl 7.88, active with TLS fails by itself.
    by with_curl clear-6-passive clear-6-active explicit-4-passive explicit-6-passive implicit-4-passive implicit-6-passive
}

lftp_do() {
    local script='set cmd:fail-exit yes; set net:max-retries 2; set net:timeout 20; set cmd:interactive no;' url=ftp
    script+="set ssl:ca-file $CA;"
    case $tls in
    clear) script+='set ftp:ssl-allow no;' ;;
    explicit) script+='set ftp:ssl-force yes; set ftp:ssl-protect-data yes;' ;;
    implicit) url=ftps ;;
    esac
    [ "$mode" = passive ] || script+='set ftp:passive-mode no;'
    # It compresses of itself (MODE Z) where the server can, which takes its time.
    [ "$tls" = explicit ] || script+='set ftp:use-mode-z no;'
    lftp --norc -c "$script open -u $FTP_USER,'$FTP_PASSWORD' $url://$host:$port/$way; $*"
}

with_lftp() {
    part got.bin
    mkdir down texts
    part down/big.bin
    lftp_do "mirror -R $TREE up; mirror -c up down; mget -O texts up/*.txt up/*/*.txt; pget -n 4 up/big.bin -o split.bin; \
        get -c up/big.bin -o got.bin; put -c $TREE/big.bin -o cut.bin; cls -1 up > names; ls up > lines; \
        mv up/big.bin 'a name'; rm up/empty; mirror -R --delete $TREE/小明 up; cls -1 > after; glob -a rm -r *; cls -1 > last"
    diff -r "$TREE" down
    cmp texts/小明.txt "$TREE/小明/小明.txt"
    cmp 'texts/with blank.txt' "$TREE/with blank.txt"
    whole split.bin
    whole got.bin
    printf 'up/%s\n' big.bin empty 'nothing here/' 'with blank.txt' 小明/ | cmp - names
    grep -Eq '^-rw-r--r-- .* 3000000 .* big\.bin$' lines
    printf '%s\n' 'a name' cut.bin up/ | cmp - after
    [ ! -s last ]
}

@test "lftp" {
    as_guest
    by with_lftp clear-6-passive clear-6-active explicit-4-passive explicit-6-active implicit-4-active implicit-6-passive
}

with_tnftp() {
    local options=()
    [ "$mode" = passive ] || options=(-A)
    part got.bin
    part again.bin
    host=${host//[\[\]]/}
    tnftp "${options[@]}" -n -i -V "$host" "$port" >said <<END
user $FTP_USER "$FTP_PASSWORD"
binary
cd $way
mkdir "小 明"
put "$TREE/big.bin" "小 明/big.bin"
put $TREE/empty empty
lcd $TREE
mput "with blank.txt" empty
lcd $PWD
restart 1234567
get "小 明/big.bin" again.bin
reget "小 明/big.bin" got.bin
mget "with*" empty
size "小 明/big.bin"
modtime empty
rename empty "a name"
append "$TREE/with blank.txt" "with blank.txt"
restart 1234567
put $TREE/big.bin cut.bin
delete empty
nlist "小 明" names
ls . lines
mls . "小 明" both
mlsd
newer "with blank.txt" newer
page "with blank.txt"
chmod 644 "a name"
features
rhelp
rstatus
cdup
ls $way
bye
END
    whole "$FILES/$way/小 明/big.bin"
    whole "$FILES/$way/cut.bin"
    whole again.bin
    whole got.bin
    [ -e empty ]
    cmp 'with blank.txt' "$TREE/with blank.txt"
    cat "$TREE"/with\ blank.txt{,} | cmp - "$FILES/$way/with blank.txt"
    cat names lines both
    [ "$(cat names)" = '小 明/big.bin' ]
    [ "$(sed 's/.*:[0-9][0-9] //' lines)" = "$(printf '%s\n' 'a name' cut.bin 'with blank.txt' '小 明')" ]
    [ ! -e "$FILES/$way/empty" ]
}

@test "tnftp" {
    as_anna
    by with_tnftp clear-4-passive clear-6-passive clear-4-active clear-6-active
}

# It is one of IPv4, without TLS.
with_ncftp() {
    local how=(-u "$FTP_USER" -p "$FTP_PASSWORD" -P "$port") url=ftp://$host/$way
    [ "$mode" = passive ] || how+=(-E)
    ncftpput -V "${how[@]}" -R "$host" "/$way" "$TREE"
    diff -r "$TREE" "$FILES/$way/tree"
    ncftpget -V "${how[@]}" -R -T "$host" . "/$way/tree"
    diff -r "$TREE" tree
    part big.bin
    ncftpget -V "${how[@]}" -z "$host" . "/$way/tree/big.bin"
    whole big.bin
    # By sendfile (without -s) it sends what is there already a second time.
    cp "$TREE/big.bin" cut.bin
    ncftpput -V "${how[@]}" -s -z "$host" "/$way" cut.bin
    whole "$FILES/$way/cut.bin"
    ncftpput -V "${how[@]}" -c "$host" "/$way/tree/a name" <"$TREE/with blank.txt"
    ncftpls "${how[@]}" -1 "$url/tree/" >names
    printf '%s\n' 'a name' big.bin empty 'nothing here' 'with blank.txt' 小明 | cmp - names
    ncftpls "${how[@]}" -l "$url/tree/" | grep -Eq '^-rw-r--r-- .* 3000000 .* big\.bin$'
    ncftpls "${how[@]}" -m "$url/tree/" | grep -Eq '^type=file;.*size=3000000;.* big\.bin$'
    ncftpls "${how[@]}" -1 -W "RNFR /$way/cut.bin" -W "RNTO /$way/小 明" -W "DELE /$way/tree/empty" "$url/" >names
    printf '%s\n' tree '小 明' | cmp - names
    [ ! -e "$FILES/$way/tree/empty" ]
}

@test "ncftp: ncftpget, ncftpput, ncftpls" {
    as_anna
    by with_ncftp clear-4-passive clear-4-active
}

# It only reads.
with_wget() {
    local url=ftp://$host:$port/$way get
    get=(wget -nv -nH -t 1 -T 20 --ca-certificate="$CA" --user="$FTP_USER" --password="$FTP_PASSWORD")
    [ "$tls" = clear ] || url=ftps${url#ftp}
    [ "$tls" != implicit ] || get+=(--ftps-implicit)
    [ "$mode" = passive ] || get+=(--no-passive-ftp)
    cp -r "$TREE" "$FILES/$way/tree"
    "${get[@]}" -r --cut-dirs=1 "$url/tree/" 2>&1
    diff -r "$TREE" tree
    part big.bin
    "${get[@]}" -c "$url/tree/big.bin" 2>&1
    whole big.bin
    "${get[@]}" -P texts "$url/tree/*.txt" 2>&1
    [ "$(ls texts)" = 'with blank.txt' ]
    # What has not changed since is not fetched again.
    "${get[@]}" -N -r --cut-dirs=1 "$url/tree/" >said 2>&1
    is_not grep -E -- '-> ".*/[^./][^/]*" ' said
}

@test "wget -r, -c, -N and patterns" {
    as_guest
    by with_wget clear-4-passive clear-6-active explicit-4-active explicit-6-passive implicit-4-passive implicit-6-active
}

with_ftplib() {
    python3 -B "$BATS_TEST_DIRNAME/ftp_clients.py" library "$tls" "${host//[\[\]]/}" "$port" "$mode" "$way"
}

@test "Python's ftplib" {
    as_anna
    change ftp tls_require_resume=no
    by with_ftplib clear-6-passive clear-6-active explicit-6-passive explicit-4-active implicit-4-passive implicit-6-active
}

with_basic_ftp() {
    node "$BATS_TEST_DIRNAME/ftp_basic.mjs" "$tls" "${host//[\[\]]/}" "$port" "$way"
    diff -r "$TREE" down
    whole got.bin
    whole "$FILES/$way/cut.bin"
    [ "$(ls "$FILES/$way")" = "$(printf 'cut.bin\n小 明')" ]
}

@test "basic-ftp, of node" {
    as_anna
    (cd "$ROOT" && sh tests/npm.sh)
    by with_basic_ftp clear-4-passive clear-6-passive explicit-4-passive explicit-6-passive implicit-4-passive \
        implicit-6-passive
}

with_rclone() {
    export RCLONE_CONFIG=$PWD/rclone.conf SSL_CERT_FILE=$CA # --ca-cert it does not use by FTP
    cat >rclone.conf <<END
[at]
type = ftp
host = $host
port = $port
user = $FTP_USER
pass = $(rclone obscure "$FTP_PASSWORD")
explicit_tls = $([ "$tls" != explicit ] || echo true)
tls = $([ "$tls" != implicit ] || echo true)
END
    local do=(rclone -q --retries 1 --low-level-retries 1)
    "${do[@]}" copy "$TREE" "at:$way/up" --create-empty-src-dirs
    diff -r "$TREE" "$FILES/$way/up"
    "${do[@]}" lsf -R "at:$way/up" | sort >names
    (cd "$TREE" && find . -mindepth 1 -type d -printf '%P/\n' -o -mindepth 1 -printf '%P\n') | sort | cmp - names
    cp -r "$TREE" changed
    mv changed/empty 'changed/a name'
    echo more >>changed/小明/小明.txt
    "${do[@]}" sync changed "at:$way/up" --create-empty-src-dirs
    diff -r changed "$FILES/$way/up"
    "${do[@]}" copy "at:$way/up" down --create-empty-src-dirs
    diff -r changed down
    "${do[@]}" moveto "at:$way/up/a name" "at:$way/小 明"
    "${do[@]}" purge "at:$way/up"
    [ "$(ls "$FILES/$way")" = '小 明' ]
}

@test "rclone: copy, lsf, sync, moveto, purge" {
    as_guest
    by with_rclone clear-4-passive clear-6-passive explicit-4-passive implicit-6-passive
}

@test "of all these, no transfer ended early that was not to" {
    grep -ahE 'event=(upload-aborted|stranger)' "$STATE"/agentd.{log,err} | grep -v cut.bin >said || true
    cat said
    [ ! -s said ]
}
