#!/usr/bin/env bats
# The lgp front-end, the four-letter file protocol: WIRE.md byte for byte. `<<` compares bytes; what needs
# to see segments or to pause between them is in lgp.py.

load lib

setup_file() {
    agentd_setup
    conf lgp access=write
    agentd_start
}

teardown_file() {
    agentd_teardown
}

# Each test begins with an empty store (agentd believes what it knows of a file for a second: files that are
# fetched have names of their own), and with the configuration that setup_file made.
setup() {
    as_at_first
    find "$FILES" -mindepth 1 -delete
}

lgp() {
    PORTS=$PORTS python3 "$BATS_TEST_DIRNAME/lgp.py" "$@"
}

old_client() {
    python3 "$BATS_TEST_DIRNAME/lgp_old_client.py" 127.0.0.1 "$lgp" "$@"
}

files_are() {
    [ "$(find "$FILES" -mindepth 1 -printf '%f\n' | sort | tr '\n' ' ')" = "$1" ] || {
        echo "in the store:"
        find "$FILES" -mindepth 1
        return 1
    }
}

# --- L ---

# bats test_tags=once
@test "L of an empty store says so, of one with dot files only too" {
    touch "$FILES/.hidden"
    talk <<'END'
a = tcp lgp
a >> L
a << 文件库为空
a >> L
a << 文件库为空
a shut
a eof
END
}

# bats test_tags=once
@test "L names files and folders, each with a line feed, dot files left out" {
    touch "$FILES/b.txt" "$FILES/a b.txt" "$FILES/小明.txt" "$FILES/.hidden" "$FILES/Z"
    mkdir "$FILES/folder" "$FILES/.git"
    touch "$FILES/folder/inside"
    ln -s b.txt "$FILES/link"
    ln -s /etc/passwd "$FILES/outside"
    ln -s nowhere "$FILES/dangling"
    mkfifo "$FILES/fifo"
    talk <<'END'
a = tcp lgp
a >> L
a << OKZ\na b.txt\nb.txt\nfolder\nlink\n小明.txt\n
# What stands behind it does not matter.
a >> L folder
a << OKZ\na b.txt\nb.txt\nfolder\nlink\n小明.txt\n
a >> Q
a eof
END
}

@test "L of many names gives all of them" {
    lgp many_names
}

# --- G ---

@test "G sends OK, the bytes and ##" {
    printf 'one\ntwo\0\xff' >"$FILES/file"
    : >"$FILES/empty"
    printf '##' >"$FILES/hashes"
    printf 'spaced' >"$FILES/name"
    printf '小' >"$FILES/小明.txt"
    talk <<'END'
a = tcp lgp
a >> G file
a << OKone\ntwo\0\xff##
a >> G empty
a << OK##
a >> G hashes
a << OK####
a >> G 小明.txt
a << OK小##
# The last word is the name.
a >> G a file's name
a << OKspaced##
a >> G  file
a << OKone\ntwo\0\xff##
a >> Q
a eof
END
}

# bats test_tags=once
@test "G of what is no file, of no name, or of what lies outside says that it is not there" {
    mkdir "$FILES/folder"
    echo inside >"$FILES/folder/file"
    echo hidden >"$FILES/.hidden"
    echo spaced >"$FILES/a b.txt"
    ln -s /etc/passwd "$FILES/outside"
    ln -s nowhere "$FILES/dangling"
    ln -s loop "$FILES/loop"
    mkfifo "$FILES/fifo"
    talk <<'END'
a = tcp lgp
a >> G nothing
a << 文件不存在
a >> G
a << 文件不存在
a >> G\x20
a << 文件不存在
a >> G folder
a << 文件不存在
a >> G folder/file
a << 文件不存在
a >> G ./folder
a << 文件不存在
a >> G /etc/passwd
a << 文件不存在
a >> G ../agentd.conf
a << 文件不存在
a >> G ..
a << 文件不存在
a >> G .
a << 文件不存在
a >> G .hidden
a << 文件不存在
a >> G outside
a << 文件不存在
a >> G dangling
a << 文件不存在
a >> G loop
a << 文件不存在
a >> G fifo
a << 文件不存在
a >> G a b.txt
a << 文件不存在
a >> G a\0b.txt
a << 文件不存在
a >> G folder\0
a << 文件不存在
a >> G \xff\xfe
a << 文件不存在
a >> G a\nb
a << 文件不存在
a >> G 01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789
a << 文件不存在
a >> Q
a eof
END
}

@test "OK, the data and ## come as segments of their own" {
    lgp segments
}

# --- P ---

@test "P takes the bytes up to a ## that comes alone, and makes an empty file of ## at once" {
    lgp uploads
}

# bats test_tags=once
@test "P of what is there, of no name, or of a name that no file can have is refused" {
    echo first >"$FILES/there"
    mkdir "$FILES/folder"
    ln -s nowhere "$FILES/dangling"
    talk <<'END'
a = tcp lgp
a >> P there
a << 文件已存在
a >> P folder
a << 文件已存在
a >> P dangling
a << 文件已存在
a >> P\x20
a << 文件已存在
a >> P a name\x20
a << 文件已存在
a >> P .hidden
a << 文件已存在
a >> P ..
a << 文件已存在
a >> P folder/file
a << 文件已存在
a >> P ../file
a << 文件已存在
a >> P /tmp/agentd-was-here
a << 文件已存在
a >> P a\0b
a << 文件已存在
a >> P a\nb
a << 文件已存在
a >> P a\x1bb
a << 文件已存在
a >> P a\x7fb
a << 文件已存在
a >> P 01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789
a << 文件已存在
# What follows is a request, not data.
a >> G there
a << OKfirst\n##
a >> Q
a eof
END
    files_are 'dangling folder there '
    [ "$(cat "$FILES/there")" = first ]
    [ ! -e /tmp/agentd-was-here ]
}

# bats test_tags=once
@test "P names: bare, with spaces, of any letters, as long as the file system has them" {
    local long
    long=$(printf 'x%.0s' $(seq 255))
    talk <<END
a = tcp lgp
a >> P
a << OK
a >> ##
b = tcp lgp
b >> P two words
b << OK
b >> ##
c = tcp lgp
c >> P 小明.txt
c << OK
c >> ##
d = tcp lgp
d >> P $long
d << OK
d >> ##
END
    until_true files_are "P words $long 小明.txt "
}

@test "requests may end in LF or CR LF" {
    lgp lines
}

@test "an upload that is cut off leaves nothing, and is counted" {
    local before
    before=$(stat_of uploads_aborted)
    lgp cut_off
    until_true stat_is uploads_aborted $((before + 12))
    files_are 'cut.off '
}

@test "of two uploads by the same name the first to end is kept, whole" {
    lgp same_name
    files_are 'same.name '
}

# bats test_tags=once
@test "an upload is told in the lobby, and in the log of transfers" {
    talk <<'END'
i = tcp irc
i > NICK ira
i > USER i 0 * :I
i ~ :agentd 376 .*
i > JOIN #lobby
i ~ .* 366 .*
a = tcp lgp
a >> P 小明's #1?.txt
a << OK
a >> ##
i < :agentd NOTICE #lobby :guest uploaded #1\?\.txt \(0 B, sha256 e3b0c44298fc…\) http://127\.0\.0\.1:\d+/files/%231%3[Ff]\.txt
a >> G #1?.txt
a << OK##
a >> Q
a eof
END
    in_xferlog() {
        grep -qE -- "$1" "$STATE/xferlog"
    }
    until_true in_xferlog ' [0-9]+ 127\.0\.0\.1 0 /#1\?\.txt b _ i a guest lgp 0 \* c$'
    until_true in_xferlog ' [0-9]+ 127\.0\.0\.1 0 /#1\?\.txt b _ o a guest lgp 0 \* c$'
}

# --- the rest ---

# bats test_tags=once
@test "access = read refuses P, access = no everything" {
    echo text >"$FILES/text"
    change lgp access=read
    talk <<'END'
a = tcp lgp
a >> P new
a << 文件已存在
a >> P
a << 文件已存在
a >> L
a << OKtext\n
a >> G text
a << OKtext\n##
END
    change lgp access=no
    talk <<'END'
a = tcp lgp
a >> P new
a << 文件已存在
a >> L
a << 文件库为空
a >> G text
a << 文件不存在
END
    files_are 'text '
}

# bats test_tags=once
@test "an unknown request gets no answer, and the connection stays" {
    local before
    before=$(stat_of lgp_requests)
    talk <<'END'
a = tcp lgp
b = tcp lgp
c = tcp lgp
d = tcp lgp
e = tcp lgp
f = tcp lgp
a >> X
b >> l
c >> LIST
d >> \0
e >> GET / HTTP/1.1\r\nHost: x\r\n\r\n
f >> Quit
a >> \r\n
# There is no greeting, either. One shows that the others were read.
g = tcp lgp
g >> L
g << 文件库为空
a none
b none
c none
d none
e none
f none
g none
END
    # The one L that came behind them: none of those was a request.
    stat_is lgp_requests $((before + 1))
    talk <<'END'
a = tcp lgp
a >> X
b = tcp lgp
b >> L
b << 文件库为空
# By now X was read on its own.
a >> L
a << 文件库为空
END
}

@test "Q and the end of the stream close, without a word" {
    talk <<'END'
a = tcp lgp
a >> Q
a eof
b = tcp lgp
b >> Q\r\n
b eof
c = tcp lgp
c >> Q now
c eof
d = tcp lgp
d shut
d eof
e = tcp lgp
e >> L
e << 文件库为空
e >> Q
e eof
END
}

@test "a client that ends its side still gets its answer" {
    lgp half_close
}

@test "clients never wait for one another" {
    lgp together
}

@test "20 MiB come whole, both ways" {
    lgp big
}

@test "who is silent is closed at idle_timeout" {
    change limits idle_timeout=1s
    talk <<'END'
a = tcp lgp
b = tcp lgp
b >> P half
b << OK
b >> half a file
a eof
b eof
END
    files_are ''
}

@test "a client of the old server's days lists, puts and gets, unmodified" {
    head -c 100000 /dev/urandom >"$WORK/sent"
    run old_client list
    [ "$status" -eq 1 ]
    [ "$output" = 文件库为空 ]
    # It takes what one recv() gives for a whole message: on a busy machine it may need another try.
    put_thing() {
        cmp -s "$WORK/sent" "$FILES/thing" || {
            old_client put thing "$WORK/sent"
            cmp "$WORK/sent" "$FILES/thing"
        }
    }
    get_thing() {
        timeout 5 python3 "$BATS_TEST_DIRNAME/lgp_old_client.py" 127.0.0.1 "$lgp" get thing "$WORK/got"
        cmp "$WORK/sent" "$WORK/got"
    }
    until_true put_thing
    until_true get_thing
    run old_client list
    [ "$status" -eq 0 ]
    [ "$output" = thing ]
    run old_client put thing "$WORK/sent"
    [ "$status" -eq 1 ]
    [ "$output" = 文件已存在 ]
    run old_client get nothing "$WORK/got"
    [ "$status" -eq 1 ]
    [ "$output" = 文件不存在 ]
}
