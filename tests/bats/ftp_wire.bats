#!/usr/bin/env bats
# The FTP front-end, byte for byte: conversations (tests/golden/ftp), and what they cannot say
# (ftp.py).

load lib

setup_file() {
    agentd_setup
    conf ftp anonymous=write
    conf limits login_delay=off login_failures=off
    # The same store with other rights, at doors of their own.
    cat >>"$CONF" <<END
[ftp "read"]
listen = 127.0.0.1:0
[ftp "closed"]
listen = 127.0.0.1:0
anonymous = no
END
    fill_store
    agentd_start
    read_labels
    export WORK_OF_ALL=$WORK
    descriptors >"$WORK/descriptors"
}

teardown_file() {
    agentd_teardown
}

fill_store() {
    local f
    mkdir -p "$FILES/tree/empty" "$FILES/tree/sub" "$FILES/tree/.hidden" "$FILES/odd"
    printf 'hello\nworld\n' >"$FILES/a.txt"
    printf 'bbb' >"$FILES/tree/b.txt"
    printf 'x' >"$FILES/tree/sub/x.txt"
    touch "$FILES/tree/sub/1.dat" "$FILES/tree/sub/2.dat" "$FILES/tree/.hidden/x"
    touch -d '2001-02-03 04:05:06 UTC' "$FILES/a.txt" "$FILES/tree/b.txt"
    truncate -s 5368709114 "$FILES/sparse"
    printf 'theend' >>"$FILES/sparse"
    mkfifo "$FILES/fifo"
    ln -s /etc "$FILES/outside"
    ln -s /etc/passwd "$FILES/secret"
    ln -s loop "$FILES/loop"
    ln -s tree/sub "$FILES/inside"
    ln -s a.txt "$FILES/tolink"
    for f in '"quoted" '"'name'" ' leading and trailing ' -la '<b>&amp;%41' "back\\slash" \
        $'cr\r\n226 Transfer complete.' $'esc\e[31m' $'tab\tbell\a' 小明; do
        : >"$FILES/odd/$f"
    done
}

golden() {
    talk "$ROOT/tests/golden/ftp/$1.talk"
}

ftp_wire() {
    python3 -B "$BATS_TEST_DIRNAME/ftp_wire.py" "$@"
}

ftp_data() {
    python3 -B "$BATS_TEST_DIRNAME/ftp_data.py" "$@"
}

# A test with settings of its own says own_daemon, conf ..., agentd_start.
own_daemon() {
    agentd_setup
    conf ftp anonymous=write
    printf 'hello\nworld\n' >"$FILES/a.txt"
}

teardown() {
    teardown_own
}

# How many descriptors the daemon has.
descriptors() {
    find "/proc/$PID/fd" -mindepth 1 | wc -l
}

has_descriptors() {
    [ "$(descriptors)" -eq "$1" ]
}

# stat_of_door NAME N: the unnamed door NAME has N sessions.
stat_of_door() {
    agentctl status --json | grep -q "\"name\":\"$1\",\"label\":\"\",\"sessions\":$2,"
}

@test "guests log in by USER and PASS, and nothing needs less" {
    golden login
}

@test "guests may read everything and change nothing unless the configuration says so" {
    golden guests
}

@test "before login each command that needs one says 530, and the rest answers" {
    golden before_login
}

@test "root, nobody and unwanted guests are refused in the same words" {
    golden denied
}

@test "commands behind a wrong password wait for its answer; the third failure closes with 421" {
    golden third_failure
}

@test "an HTTP request closes the session, and nothing in it is done" {
    golden http_verbs
}

@test "unknown commands are 500; ten of them before login close" {
    golden unknown
}

@test "missing arguments, bare LF, NUL, CR and Telnet commands in a line" {
    golden syntax
}

@test "SYST FEAT OPTS TYPE MODE STRU ALLO HELP STAT NOOP" {
    golden options
}

@test "PWD CWD CDUP MKD RMD along odd paths: quotes doubled, nothing above the root" {
    golden paths
}

@test "DELE MKD RMD RNFR RNTO, and what they refuse" {
    golden files
}

@test "EPSV: one data connection, before or behind its command" {
    golden passive
}

@test "EPSV ALL leaves EPSV alone" {
    golden epsv_all
}

@test "PORT and EPRT: we connect to the client, once for each transfer" {
    golden active
}

@test "FTP bounce: PORT and EPRT to others or to low ports are refused" {
    golden bounce
}

@test "a passive connection from elsewhere gets nothing, the true one still works" {
    golden theft
}

@test "LIST: folders, files, patterns, the options of ls" {
    golden list
}

@test "NLST gives names that RETR takes" {
    golden nlst
}

@test "MLSD and MLST give facts" {
    golden mlsd
}

@test "odd names are one line and no more, by every command that shows them" {
    golden odd_names
}

@test "SIZE and MDTM; SIZE is refused in ASCII" {
    golden size
}

@test "RETR and REST, beyond 4 GiB too, and never out of the store" {
    golden retr
}

@test "STOR, APPE and REST + STOR, and where nothing may be put" {
    golden stor
}

@test "ABOR: idle, during RETR, STOR, LIST, and while waiting for the connection" {
    golden abor
}

@test "ABOR behind Telnet's IP and Synch" {
    golden telnet_abor
}

@test "each of two ABORs has its answer" {
    golden abor_twice
}

@test "STAT: of the session, at once during a transfer, of a path" {
    golden stat
}

@test "STAT of a path leaves the data channel to the next command" {
    golden stat_keeps_channel
}

@test "commands that come during a transfer are answered behind it, in order" {
    golden pipelined
}

@test "QUIT during a transfer comes after it" {
    golden quit
}

@test "what waited behind an aborted transfer comes before what came behind the ABOR" {
    golden abor_order
}

@test "a wrong password's answer is held back, and holds nobody else" {
    change limits login_delay=500ms
    ftp_wire held_back
}

@test "USER closes the passive port of the one before; a wrong password is answered all the same" {
    change limits login_delay=500ms
    ftp_wire data_while_denied
}

@test "lines that are too long get one 500 and end at their line end; names are never cut" {
    ftp_wire long_lines
}

@test "commands may come byte by byte and in any pieces" {
    ftp_wire pieces
}

@test "ABOR as urgent data (Telnet Synch), during RETR, during STOR, and idle" {
    ftp_wire urgent_abor
}

@test "commands that wait for a transfer are bounded" {
    ftp_wire waiting_commands
}

@test "a passive port takes one connection, and closes with its session" {
    ftp_data one_connection
}

@test "files of all sizes go up and come down, passive and active" {
    ftp_data sizes
}

@test "ASCII: line ends both ways, at every border of a chunk or segment" {
    ftp_data ascii_both_ways
}

@test "a data connection that breaks, at any moment, gives one final reply and no half file" {
    ftp_data breaks
}

@test "a client that ends its side of the data connection gets its whole download" {
    ftp_data half_closed_download
}

@test "commands and broken data connections in any order: one final reply for each" {
    ftp_data any_order
}

@test "a client that does not read its download holds up nobody" {
    ftp_data reads_slowly
}

@test "offsets beyond 4 GiB give the right bytes" {
    ftp_data beyond_4_gib
}

@test "300 sessions at once, each with a data connection" {
    ftp_data many_sessions 300
}

@test "a folder of 5,000 names is listed whole and in order, and patterns cost little" {
    ftp_data big_folder
}

@test "a data connection that comes during STAT waits for its own command" {
    ftp_data data_during_stat
}

@test "strangers' data connections are counted and warned of" {
    local before
    before=$(stat_of ftp_strangers)
    golden theft
    stat_is ftp_strangers $((before + 3))
    errlog_has 'event=stranger proto=ftp .*127\.0\.0\.2:[0-9]+ refused'
}

@test "nothing is left of all these sessions: no descriptor, no hidden file" {
    until_true stat_of_door ftp 0
    # Cached files are closed by and by.
    until_true has_descriptors "$(cat "$WORK/descriptors")"
    [ "$(find "$FILES" -name '.agentd*' | wc -l)" -eq 0 ]
}

@test "425 when no data connection comes, passive and active; the session goes on" {
    own_daemon
    conf limits request_timeout=2s
    agentd_start
    ftp_wire no_data_connection
}

@test "a session that is silent gets 421; a transfer that stands still gets 426 and leaves nothing" {
    own_daemon
    conf limits idle_timeout=2s request_timeout=2s
    agentd_start
    ftp_wire idle
}

@test "who does not log in within request_timeout is closed, whatever else he says" {
    own_daemon
    conf limits request_timeout=1s idle_timeout=10m
    agentd_start
    ftp_wire login_deadline
}

@test "passive ports come from the configured range, with the configured address" {
    local low
    own_daemon
    low=$(free_port 4)
    cat >>"$CONF" <<END
[ftp "range"]
listen = 127.0.0.1:0
passive_ports = $low-$((low + 3))
passive_address = 203.0.113.9
anonymous = write
END
    agentd_start
    read_labels
    ftp_wire passive_range "$low" $((low + 3)) 203.0.113.9
}

@test "IPv6: EPSV and EPRT on [::1], and what does not fit is refused" {
    own_daemon
    conf ftp "listen=[::1]:0"
    agentd_start
    ftp_wire six "$ftp"
}

# Last, as it may end the daemon.
@test "ABOR behind a STAT of a path ends that and harms nothing" {
    own_daemon
    mkdir -p "$FILES/tree"
    agentd_start
    golden stat_abor
    kill -0 "$PID"
}
