#!/usr/bin/env bats
# once
# Digests by FTP (HASH, MD5, XCRC and its like) and RANG: conversations (tests/golden/ftp/hash-*), and what
# they cannot say (ftp_hash.py).

load lib

setup_file() {
    agentd_setup
    conf agentd workers=2
    conf ftp anonymous=write
    cat >>"$CONF" <<END
[access]
[access "/box"]
read = nobody
write = @all
END
    fill_store
    agentd_start
}

teardown_file() {
    agentd_teardown
}

fill_store() {
    mkdir -p "$FILES/tree/.hidden" "$FILES/sub" "$FILES/odd" "$FILES/box"
    printf 'hello\nworld\n' >"$FILES/a.txt"
    printf 'x' >"$FILES/sub/x.txt"
    printf 'five' >"$FILES/spaced 5"
    printf 'no five' >"$FILES/spaced"
    touch "$FILES/tree/.hidden/x" "$FILES/box/there"
    touch "$FILES/odd/\"quoted\" 'name'" "$FILES/odd/ leading and trailing " "$FILES/odd/"$'tab\tbell\a'
    truncate -s 5368709114 "$FILES/sparse"
    printf 'theend' >>"$FILES/sparse"
    truncate -s 4T "$FILES/endless"
    mkfifo "$FILES/fifo"
    ln -s /etc "$FILES/outside"
    ln -s /etc/passwd "$FILES/secret"
    ln -s loop "$FILES/loop"
    ln -s sub "$FILES/inside"
    ln -s a.txt "$FILES/tolink"
}

golden() {
    talk "$ROOT/tests/golden/ftp/hash-$1.talk"
}

ftp_hash() {
    python3 -B "$BATS_TEST_DIRNAME/ftp_hash.py" "$@"
}

@test "HASH and MD5: algorithms, parts of files, and what has none" {
    golden hash
}

@test "XCRC, XMD5, XSHA...: names in quotes and without, where to start and to end" {
    golden x
}

@test "RANG: RETR sends a part; what RANG refuses, and where it is refused" {
    golden rang
}

@test "who may not read gets no digest" {
    golden denied
}

@test "commands wait for a digest; STAT does not, and ABOR ends it" {
    golden waits
}

@test "a digest ends with who asked for it, however he goes, and others get theirs" {
    ftp_hash gone
}

@test "agentctl who names the file that a digest is made of, and kick ends it" {
    ftp_hash kicked
}

@test "a file that changes meanwhile gives 450; one that is replaced is told of as it was" {
    ftp_hash changed
}

@test "40 sessions at once get the right digests of the right parts" {
    ftp_hash together
}

@test "nothing is left: no session, no descriptor" {
    until_true nobody_is_there
    is_not bash -c "ls -l /proc/$PID/fd | grep endless"
}
