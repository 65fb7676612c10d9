#!/usr/bin/env bats
# What must never work by FTP: FAULTS.md's cases and RFC 2577's points, those that no other suite holds
# (ftp_faults.py). Where each is tested:
#   bounce                      ftp_wire "FTP bounce"; mapped addresses: ftp_channel; IPv6: ftp_wire "IPv6"
#   stolen PASV                 ftp_wire "a passive connection from elsewhere"; a crowd, random ports: here
#   EPSV ALL                    ftp_wire "EPSV ALL"
#   commands behind AUTH        tls "lines in clear behind AUTH TLS"; settings, CCC: here
#   other protocols             ftp_wire "an HTTP request", "unknown commands"; tls "ALPN", "plain bytes to a TLS door"
#   TLS data: resumption        tls "tls_require_resume"; close_notify: tls "without close_notify"; handshake: ftp_channel
#   globs                       unit test_glob, ftp_wire "a folder of 5,000 names"; bombs: here
#   IAC, ABOR                   unit test_telnet, ftp_wire "ABOR ..."; floods, each byte: here
#   REST                        ftp_wire "RETR and REST", "ASCII"
#   login: failures, delays     brute; the same words: ftp_wire "root, nobody"; enumeration: brute "unknown names"
#   partial uploads             upload "an upload is invisible"; ftp_wire "breaks, at any moment"; each byte: here
#   exhaustion                  loop (descriptors, limits for each address); ports, data connections: here
#   zombies                     lifecycle "a worker that is killed"
# RFC 2577: 3 bounce and low ports, above; 4 addresses that may not come in: brute's bans; 5 guessed passwords:
# brute; 6 privacy: tls_login "require"; 7 names of users: ftp_wire "root, nobody", brute; 8 stolen ports: above.

load lib

setup_file() {
    local low
    agentd_setup
    low=$(free_port 2)
    conf ftp anonymous=write
    conf files sync=no
    cat >>"$CONF" <<END
[ftp "two"]
listen = 127.0.0.1:0
passive_ports = $low-$((low + 1))
END
    mkdir -p "$FILES/tree"
    printf 'hello\nworld\n' >"$FILES/a.txt"
    printf 'bbb' >"$FILES/tree/b.txt"
    agentctl cert new
    agentd_start
    export WORK_OF_ALL=$WORK
}

teardown_file() {
    agentd_teardown
}

teardown() {
    teardown_own
}

setup() {
    as_at_first
    read_labels
}

faults() {
    python3 -B "$BATS_TEST_DIRNAME/ftp_faults.py" "$@"
}

@test "ABOR behind each number of bytes of an upload" {
    faults uploads_at_each_byte abor
}

@test "a reset behind each number of bytes of an upload" {
    faults uploads_at_each_byte reset
}

@test "ABOR behind each number of bytes of a download" {
    faults downloads_at_each_byte abor
}

@test "a reset behind each number of bytes of a download" {
    faults downloads_at_each_byte reset
}

@test "a session that is reset behind each byte that it says" {
    faults sessions_at_each_byte
}

@test "megabytes of Telnet commands cost no memory and hold up nobody" {
    faults iac_flood
}

@test "a crowd of strangers at a passive port: counted, one line in the log, the true client served" {
    local lines
    lines=$(grep -ac event=stranger "$STATE/agentd.err" || true)
    faults strangers
    [ "$(grep -ac event=stranger "$STATE/agentd.err")" -eq $((lines + 1)) ]
}

@test "patterns that take other servers for ever" {
    faults glob_bombs
}

@test "nothing said in clear counts behind AUTH TLS; CCC does not end TLS" {
    faults what_was_clear
}

@test "nor what waited for a transfer's end behind AUTH TLS" {
    faults what_waited_behind_auth
}

@test "who reads no answers is not listened to, and costs no memory" {
    faults unread_answers
}

@test "the next passive port cannot be foreseen" {
    faults random_ports
}

@test "two passive ports for three sessions: 425, and each way to end one gives it back" {
    faults two_ports
}

@test "no descriptor for a data connection: 425, and the sessions go on" {
    agentd_setup # a daemon of its own, which opens nothing that we do not ask for
    mkdir "$FILES/tree"
    printf 'hello\nworld\n' >"$FILES/a.txt"
    printf 'bbb' >"$FILES/tree/b.txt"
    agentd_start
    faults no_descriptors
}
