#!/usr/bin/env bats
# once
# WebDAV (RFC 4918) at /files/: what dav.py asks, and the clients litmus, cadaver and rclone.

load lib

setup_file() {
    agentd_setup
    conf limits login_delay=off login_failures=off
    conf files sync=no
    conf http files_access=write
    cat >>"$CONF" <<END
[access]
read = @all
write = @write
[access "/closed"]
read = alice
write = alice
[access "/tree/no"]
read = alice
write = alice
[access "/tree/look"]
read = @all
write = alice
[access "/inbox"]
read = alice
write = @all
[access "/guests"]
read = @all
write = @all
END
    local name
    for name in alice bob; do
        printf '%s-pass\n' $name | agentctl user add $name write
    done
    printf 'rita-pass\n' | agentctl user add rita read
    printf 'adam-pass\n' | agentctl user add adam admin
    printf 'quinn-pass\n' | agentctl user add quinn write 100000
    mkdir -p "$FILES/closed" "$FILES/inbox" "$FILES/guests"
    agentd_start
}

teardown_file() {
    agentd_teardown
}

setup() {
    as_at_first
}

dav() {
    python3 -B "$BATS_TEST_DIRNAME/dav.py" "$@"
}

@test "OPTIONS tells of WebDAV at /files/, and what may be done with what is there" {
    dav options
}

@test "PROPFIND tells the live properties, of a thing and of what is in it" {
    dav propfind
}

@test "PROPFIND refuses what is no request, what has no end, and entities" {
    dav propfind_refused
}

@test "PROPFIND shows nobody what is not for him; a drop box looks empty" {
    dav propfind_rights
}

@test "PROPFIND of 20,000 entries streams, whole and in order; others are answered meanwhile" {
    dav propfind_many
}

@test "PROPPATCH does all or nothing; live properties are not its to set" {
    dav proppatch
    agentctl restart
    read_ports
    dav kept
}

@test "properties follow what they belong to, by whatever door it is moved or removed" {
    dav props_follow
}

@test "a lock keeps every door out, but who shows its token" {
    dav locks
}

@test "shared locks, locks of folders, their refresh and their end" {
    dav lock_kinds
}

@test "a guest's lock is the address's: guests from elsewhere have no part in it" {
    dav lock_of_guests
}

@test "a lock of what is not there makes an empty file" {
    dav lock_null
}

@test "the If field in full" {
    dav conditions
}

@test "COPY: files, folders, what is in the way" {
    dav copies
}

@test "a copy counts against the quota, is logged, and not told in the room" {
    dav copy_counts
}

@test "COPY and DELETE obey the rules of each path below, and tell in 207 what could not be done" {
    dav rules_below
}

@test "a lock reaches as far as the rights of its owner, and tells nobody what he may not see" {
    dav locks_and_rules
}

@test "MOVE replaces what is there, folders too" {
    dav moves
}

@test "DELETE of a folder removes all that is in it, but not what links lead to" {
    dav deletes
}

@test "macOS: chunked bodies, hidden names" {
    dav finder
}

@test "litmus: all of basic, copymove, props, locks and http" {
    cd "$BATS_TEST_TMPDIR"
    run litmus "http://127.0.0.1:$http/files/" alice alice-pass
    echo "$output" | tr '\r' '\n'
    [ "$status" -eq 0 ]
    [ "$(grep -c ' 0 failed. 100.0%' <<<"$output")" -eq 5 ]
    is_not grep -q WARNING <<<"$output"
}

@test "cadaver: folders, files, properties, locks" {
    cd "$BATS_TEST_TMPDIR"
    printf 'machine 127.0.0.1\nlogin alice\npassword alice-pass\n' >.netrc
    chmod 600 .netrc
    echo 'one file' >one
    HOME=$PWD run cadaver "http://127.0.0.1:$http/files/" <<END
mkcol cad
cd cad
put one
propset one colour red
propget one colour
lock one
discover one
put one
unlock one
copy one two
move two three
get three got
ls
cd ..
copy cad dac
rmcol cad
ls dac
rmcol dac
quit
END
    echo "$output"
    [ "$status" -eq 0 ]
    cmp one got
    grep -q 'Value of colour is: red' <<<"$output"
    grep -q 'Lock token <urn:uuid:' <<<"$output"
    is_not grep -q -e failed -e error <<<"$output"
    [ "$(grep -c succeeded <<<"$output")" -ge 14 ]
    [ ! -e "$FILES/cad" ]
    [ ! -e "$FILES/dac" ]
}

@test "rclone: copy, check, sync, lsjson, move, delete, both ways" {
    cd "$BATS_TEST_TMPDIR"
    mkdir -p src/sub/小明 'src/a b'
    echo hi >src/sub/小明/x.txt
    head -c 300000 /dev/urandom >'src/a b/big.bin'
    : >src/empty
    echo odd >'src/100% #?&;.txt'
    export RCLONE_CONFIG=$PWD/rclone.conf
    cat >rclone.conf <<END
[dav]
type = webdav
url = http://127.0.0.1:$http/files
vendor = other
user = alice
pass = $(rclone obscure alice-pass)
END
    rclone copy src dav:up
    diff -r src "$FILES/up"
    rclone check --download src dav:up
    [ "$(rclone lsjson -R dav:up | grep -c '"Path"')" -eq 7 ]
    rclone copy dav:up down
    diff -r src down
    rm 'src/a b/big.bin'
    rclone sync --size-only src dav:up
    diff <(cd src && find . -type f | sort) <(cd "$FILES/up" && find . -type f | sort)
    rclone move dav:up dav:moved
    diff <(cd src && find . -type f | sort) <(cd "$FILES/moved" && find . -type f | sort)
    rclone copyto dav:moved/empty dav:moved/full
    rclone moveto dav:moved/full dav:moved/other
    [ -e "$FILES/moved/other" ]
    rclone delete dav:moved
    [ "$(find "$FILES/moved" -type f | wc -l)" -eq 0 ]
    rclone purge dav:moved
    [ ! -e "$FILES/moved" ]
}
