#!/usr/bin/env bats
# once
# What SITE, AVBL, ALLO and REIN do beyond their own connection: on the disk, in the chat, to quotas and
# locks, under TLS. What they answer is in ftp_golden.bats.

# shellcheck disable=SC2154 # $ftp and the like: read_ports
load lib

setup_file() {
    agentd_setup
    conf limits login_delay=off login_failures=off
    conf ftp anonymous=write tls_listen=127.0.0.1:0
    conf http files_access=write
    agentctl cert new
    printf 'x\n' | agentctl user add ann write 100000
    printf 'x\n' | agentctl user add adam admin
    agentd_start
}

teardown_file() {
    agentd_teardown
}

setup() {
    as_at_first
    printf 'hello\n' >"$FILES/a.txt"
    mkdir -p "$FILES/folder"
}

# has MODE|TIME FILE: what stat says.
has() {
    [ "$(stat -c "$2" "$FILES/$3")" = "$1" ]
}

@test "SITE CHMOD sets the bits of a file and of a folder" {
    talk <<'END'
C = tcp ftp
C < 220 .*
C >> USER ftp\r\nPASS x\r\nSITE CHMOD 640 a.txt\r\nSITE CHMOD 700 folder\r\nQUIT\r\n
C ~ 200 The mode was set\.
C < 200 The mode was set\.
C ~ 221 .*
END
    has 640 %a a.txt
    has 700 %a folder
}

@test "SITE UTIME sets when a file was changed, in UTC, and leaves the rest" {
    local read_at
    read_at=$(stat -c %X "$FILES/a.txt")
    talk <<'END'
C = tcp ftp
C < 220 .*
C >> USER ftp\r\nPASS x\r\nSITE UTIME 20010203040506 a.txt\r\nSITE UTIME folder 20010203040506 20020203040506 20030203040506 UTC\r\nQUIT\r\n
C ~ 200 The time was set\.
C < 200 The time was set\.
C ~ 221 .*
END
    has 981173106 %Y a.txt
    has "$read_at" %X a.txt
    has 1012709106 %Y folder
}

@test "what somebody has locked by WebDAV stays as it is: 450" {
    echo >"$FILES/locked"
    curl -sS -X LOCK -o answer -d '<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>' \
        --output-dir "$BATS_TEST_TMPDIR" "http://127.0.0.1:$http/files/locked"
    talk <<'END'
C = tcp ftp
C < 220 .*
C >> USER ftp\r\nPASS x\r\nSITE CHMOD 600 locked\r\nSITE UTIME 20010203040506 locked\r\nQUIT\r\n
C ~ 450 .*
C < 450 .*
C ~ 221 .*
END
}

@test "SITE WHO: names and addresses for administrators, a number for the rest" {
    talk <<'END'
A = tcp ftp
A < 220 .*
B = tcp ftp
B < 220 .*
B > USER ann
B < 331 .*
B > PASS x
B < 230 .*
B > SITE WHO
B < 200 2 sessions by FTP\.
B > CWD folder
B < 250 .*
A > USER ftp
A < 331 .*
A > PASS x
A < 230 .*
A > SITE WHO
A < 200 2 sessions by FTP\.
A > REIN
A < 220 .*
A > USER adam
A < 331 .*
A > PASS x
A < 230 .*
A > SITE WHO
A < 200-.*
A ~  ann 127\.0\.0\.1:\d+ /folder
A ~ 200 2 sessions by FTP\.
B > EPSV
B < 229 .*\(\|\|\|(?P<port>\d+)\|\)
D = tcp :$port
B > STOR who
B < 150 .*
A > SITE WHO
A < 200-.*
A ~  ann 127\.0\.0\.1:\d+ /folder/who \(up, .*\)
A ~ 200 2 .*
B > ABOR
B < 426 .*
END
}

@test "SITE MSG speaks in a room as who is logged in; nobody sees him come or go" {
    talk <<'END'
i = tcp irc
i >> NICK ida\r\nUSER i 0 * :I\r\nJOIN #lobby,#room\r\n
i ~ :agentd 366 ida #room .*
C = tcp ftp
C < 220 .*
C >> USER ftp\r\nPASS x\r\nSITE MSG #lobby hello: there\r\nSITE MSG #ROOM 小明 \r\nSITE MSG #gone x\r\n
C ~ 200 It was said in #lobby\.
C < 200 It was said in #ROOM\.
C < 550 #gone: there is no such room\.
i < :ftp!ftp@127\.0\.0\.1 PRIVMSG #lobby :hello: there
i < :ftp!ftp@127\.0\.0\.1 PRIVMSG #room :小明\s*
# Control bytes do not pass, and what is not UTF-8 is refused.
C >> SITE MSG #lobby a\x1b[31mb\r\nSITE MSG #lobby \xff\xff\xfe\r\n
C < 200 .*
C < 501 .*
i < :ftp!.* PRIVMSG #lobby :a\[31mb
i > NAMES #lobby
i < .* 353 .*
i < .* 366 .*
END
}

@test "SITE MSG: the room's rules hold, and the names of others" {
    talk <<'END'
i = tcp irc
i >> NICK ida\r\nUSER i 0 * :I\r\nJOIN #rules\r\n
i ~ :agentd 366 ida #rules .*
C = tcp ftp
C < 220 .*
C >> USER ftp\r\nPASS x\r\n
C ~ 230 .*
i > MODE #rules +m
i ~ .*MODE #rules \+m
C > SITE MSG #rules x
C < 550 #rules: you may not speak there\.
i > MODE #rules -m+i
i ~ .*MODE #rules -m\+i
C > SITE MSG #rules x
C < 550 #rules: it is for those who are invited\.
i > MODE #rules -i+k key
i ~ .*MODE #rules -i\+k.*
C > SITE MSG #rules x
C < 550 #rules: it has a key\.
i > MODE #rules -k+l key 1
i ~ .*MODE #rules -k\+l.*
C > SITE MSG #rules x
C < 550 #rules: it is full\.
i > MODE #rules -l+b *!ftp@*
i ~ .*MODE #rules -l\+b.*
C > SITE MSG #rules x
C < 550 #rules: you are banned from it\.
i > MODE #rules -b *!ftp@*
i ~ .*MODE #rules -b.*
C > SITE MSG #rules at last
C < 200 .*
i < :ftp!ftp@127\.0\.0\.1 PRIVMSG #rules :at last
# Somebody in the chat is called so.
i > NICK ftp
i ~ .* NICK ftp
C > SITE MSG #rules x
C < 550 #rules: somebody in the chat has your name\.
END
}

@test "SITE MSG by an account that is in the room by IRC, too: as there" {
    talk <<'END'
i = tcp irc
i >> PASS ann:x\r\nNICK ann\r\nUSER ann 0 * :I\r\nJOIN #hers\r\nMODE #hers +m\r\n
i ~ .*MODE #hers \+m
C = tcp ftp
C < 220 .*
C >> USER ann\r\nPASS x\r\nSITE MSG #hers by the other way\r\n
C ~ 200 .*
i < :ann!ftp@127\.0\.0\.1 PRIVMSG #hers :by the other way
i > MODE #hers -o ann
i ~ .*MODE #hers -o ann
C > SITE MSG #hers x
C < 550 #hers: you may not speak there\.
END
}

@test "SITE MSG: flood control, and no guests where the chat has none" {
    change limits rate=1 burst=2
    change irc guests=no
    talk <<'END'
G = tcp ftp
G < 220 .*
G >> USER ftp\r\nPASS x\r\nSITE MSG #lobby x\r\n
G ~ 550 Guests are not let into the chat\.
C = tcp ftp
C < 220 .*
C >> USER ann\r\nPASS x\r\n
C ~ 230 .*
C >> SITE MSG #lobby 1\r\nSITE MSG #lobby 2\r\nSITE MSG #lobby 3\r\nSITE MSG #lobby 4\r\nSITE MSG #lobby 5\r\nSITE MSG #lobby 6\r\n
C < 200 .*
C < 200 .*
C ~ 450 Too fast.*
END
}

@test "AVBL and ALLO know the quota, and what counts against it" {
    talk <<'END'
C = tcp ftp
C < 220 .*
C >> USER ann\r\nPASS x\r\n
C ~ 230 .*
C > AVBL
C < 213 100000
C > ALLO 100000
C < 200 .*
C > ALLO 100001
C < 552 Your quota has room for 100000 bytes\.
C > EPSV
C < 229 .*\(\|\|\|(?P<port>\d+)\|\)
D = tcp :$port
C > STOR hers
C < 150 .*
D >> 1234567890
D shut
C < 226 .*
C > AVBL folder
C < 213 99990
C > ALLO 99991 R 10
C < 552 .* 99990 bytes\.
C > DELE hers
C < 250 .*
C > AVBL
C < 213 100000
END
}

@test "REIN under TLS: TLS stays, PBSZ and PROT are to be said again" {
    python3 -B - "$STATE/tls.crt" "$ftp" "$ftp_tls" <<'END'
import ftplib, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[1])
f = ftplib.FTP_TLS(context=context)
f.connect("localhost", int(sys.argv[2]), 20)
f.login("ftp", "x")
f.prot_p()
assert " TLS is on, data connections are protected." in f.sendcmd("STAT")
assert f.sendcmd("REIN").startswith("220")
for line in ("PROT P", "AUTH TLS"):
    try:
        f.sendcmd(line)
        raise SystemExit(line + " was taken")
    except ftplib.error_perm as e:
        assert str(e).startswith("503"), e
f.login("ftp", "x")
assert " TLS is on, data connections are in clear." in f.sendcmd("STAT")
f.prot_p()
names = []
f.retrlines("NLST", names.append)
assert "a.txt" in names, names
f.quit()
END
}

@test "SITE and the like with a real client: lftp" {
    lftp -c "set ftp:ssl-allow no; set net:max-retries 1; open -p $ftp 127.0.0.1; quote SITE HELP; quote AVBL; chmod 600 a.txt; cd folder" >"$BATS_TEST_TMPDIR/said"
    grep -q 'SITE UTIME' "$BATS_TEST_TMPDIR/said"
    has 600 %a a.txt
}
