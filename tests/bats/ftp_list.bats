#!/usr/bin/env bats
# Listings by FTP, and what is known of files: LIST, NLST, MLSD, MLST, STAT with the options of ls and
# patterns; times and modes told and changed. Conversations are in tests/golden/ftp/list-*.talk.

load lib

setup_file() {
    agentd_setup
    conf ftp anonymous=write
    conf http files_access=write
    cat >>"$CONF" <<END
[ftp "read"]
listen = 127.0.0.1:0
[access "/t/inbox"]
read = @admin
write = @all
[access "/ruled/sub"]
read = @all
write = @admin
END
    fill_store
    agentd_start
    read_labels
}

teardown_file() {
    agentd_teardown
}

# /t has files of known times, sizes and modes; /p folders for patterns; /o names that look like more.
fill_store() {
    cd "$FILES" || return
    mkdir -p t/dir/sub t/inbox p/a p/b/deep p/.hidden o/-folder 'o/we*ird' o/weXird ruled/sub set
    printf 'hello\nworld\n' >t/a.txt
    head -c 5000 /dev/zero >t/big
    printf 'x' >t/run
    ln t/run t/run2
    printf 'sub' >t/dir/sub/s.txt
    touch t/dir/d.txt t/.hidden p/a/x1 p/a/x2 p/a/y p/b/x3 p/b/deep/x4 p/.hidden/x5 p/x0 ruled/f \
        o/-la 'o/~' 'o/[ab]' 'o/we*ird/x' o/weXird/x o/-folder/f
    ln -s a p/c
    ln -s /etc p/out
    printf 'set me' >set/f
    chmod 600 t/big
    chmod 644 t/a.txt t/dir/d.txt t/dir/sub/s.txt set/f p/x0
    chmod 755 . t/run t t/dir t/dir/sub t/inbox p/a p/b set
    chmod 1777 p/a
    chmod 2775 p/b/deep
    mkdir sizes
    truncate -s 1 sizes/one
    truncate -s 22 sizes/two
    truncate -s 333 sizes/three
    touch -d '2005-02-03 04:05:06 UTC' sizes/*
    touch -d '2001-02-03 04:05:06 UTC' t/a.txt
    touch -d '2002-02-03 04:05:06 UTC' t/big
    touch -d '2003-02-03 04:05:06 UTC' t/run
    touch -d '2004-02-03 04:05:06 UTC' t/dir/sub t/dir/sub/s.txt t/dir/d.txt
    touch -d '2000-02-03 04:05:06 UTC' t/dir t/inbox
    cd - >/dev/null || return
}

golden() {
    talk "$ROOT/tests/golden/ftp/$1.talk"
}

ftp_list() {
    python3 -B "$BATS_TEST_DIRNAME/ftp_list.py" "$@"
}

@test "LIST: -a -A -l -t -S -r -d -F, modes and link counts; -- and ./ before names with a dash" {
    golden list-options
}

@test "LIST -R and NLST -R: folder by folder, links not followed" {
    golden list-recursive
}

@test "NLST: names that RETR takes, with the options that make sense" {
    golden list-names
}

@test "patterns in any part of a path; brackets, backslashes and ~ mean themselves" {
    golden list-patterns
}

@test "MLST, MLSD and OPTS MLST: facts by choice, and perm by the user's rights" {
    golden list-facts
}

@test "STAT of a path lists it; nothing in it looks like the reply's end" {
    golden list-stat
}

@test "MDTM, MFMT, MFCT and MFF, and what they refuse" {
    golden list-times
    [ "$(stat -c %Y.%a "$FILES/set/f")" = 1000000000.600 ]
}

@test "what HTTP says of a file follows its time" {
    curl -sI "http://127.0.0.1:$http/files/p/x0" >/dev/null # it is cached
    talk <<'END'
C = tcp ftp
C ~ 220 .*
C > USER ftp
C ~ 331 .*
C > PASS x
C ~ 230 .*
C > MFMT 20010203040506 p/x0
C < 213 Modify=20010203040506; p/x0
END
    curl -sI "http://127.0.0.1:$http/files/p/x0" | grep -q 'Last-Modified: Sat, 03 Feb 2001 04:05:06 GMT'
}

@test "a locked file keeps its time" {
    local url=http://127.0.0.1:$http/files/set/f
    curl -sf -X LOCK "$url" -D "$WORK/head" -o "$WORK/lock" \
        -d '<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>'
    talk <<'END'
C = tcp ftp
C ~ 220 .*
C > USER ftp
C ~ 331 .*
C > PASS x
C ~ 230 .*
C > MFMT 20010203040506 set/f
C < 450 .*
C > MFF UNIX.mode=0644; set/f
C < 450 .*
END
    curl -sf -X UNLOCK "$url" -H "$(sed -n 's/^\(Lock-Token: .*\)\r$/\1/Ip' "$WORK/head")"
}

@test "many names, in many folders: all of them, in order, and bounds say that there is more" {
    ftp_list many
}

@test "patterns that take others for ever end, and hold nobody up" {
    ftp_list slow_patterns
}

@test "a listing that ends in its middle leaves nothing" {
    ftp_list broken
}
