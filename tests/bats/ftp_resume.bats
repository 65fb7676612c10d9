#!/usr/bin/env bats
# once
# Uploads by FTP that break off and go on: by REST and APPE, from FTP to HTTP and back, across
# restarts, by real clients; and STOU.

load lib

setup_file() {
    agentd_setup
    conf limits login_delay=off login_failures=off
    conf files partial_keep=1d sync=no
    conf ftp anonymous=write
    conf http files_access=write
    cat >>"$CONF" <<END
[access "/box"]
read = @admin
write = @all
END
    printf 'x\n' | agentctl user add ann write
    printf 'x\n' | agentctl user add ben write
    mkdir "$FILES/box"
    agentd_start
    head -c 2500000 /dev/urandom >"$WORK/whole"
}

teardown_file() {
    agentd_teardown
}

setup() {
    as_at_first
    cd "$BATS_TEST_TMPDIR" || return
}

# The drop box is there for the test about it only.
resume() {
    local status=0
    if [ "$1" = drop_box ]; then
        mkdir -p "$FILES/box"
    else
        rm -rf "$FILES/box"
    fi
    python3 -B "$BATS_TEST_DIRNAME/ftp_resume.py" "$@" || status=1
    return $status
}

@test "REST and STOR go on with what is left, from anywhere in it" {
    resume by_rest
}

@test "APPE goes on where SIZE or MLST has said, or at the end" {
    resume by_appe
}

@test "beside a whole file SIZE tells of that, and REST goes by what is newer" {
    resume beside_a_file
}

@test "nobody but its owner sees what is left, or goes on with it" {
    resume whose
}

@test "an account's second session takes over what its first still waits in" {
    resume two_sessions
}

@test "what FTP left, HTTP continues, and FTP again" {
    resume to_http
}

@test "what HTTP left, FTP continues; the length that was told holds" {
    resume from_http
}

@test "a digest that HTTP was told holds for what FTP adds" {
    resume digest
}

@test "a drop box: one goes on with his own, replaces nothing, and is told nothing" {
    resume drop_box
}

@test "STOU: a name that nobody has, told in 150 and 226" {
    resume unique
}

@test "uploads go on after a restart, and after kill -9 in the middle of them" {
    resume leave_one /f "$WORK/whole" 400000
    agentctl restart >/dev/null
    read_ports
    resume resume_one /f "$WORK/whole" 400000
    resume until_killed /f "$WORK/whole" "$WORK/ready" &
    local client=$!
    until_true test -s "$WORK/ready"
    kill -9 "$PID"
    until_true is_gone "$PID"
    agentd_start
    wait $client || true
    resume resume_one /f "$WORK/whole" 1500000
}

# Each of them looks by SIZE or MLST how much there is. ncftpput sends the whole file behind REST when
# it uses sendfile().
@test "curl, lftp and ncftpput go on with what is left, even if all of it came" {
    local n
    for n in 700000 2500000; do
        resume leave_one /f "$WORK/whole" $n
        curl -sS --fail -C - -T "$WORK/whole" "ftp://127.0.0.1:$ftp/f"
        cmp "$WORK/whole" "$FILES/f"
        rm "$FILES/f"
        resume leave_one /f "$WORK/whole" $n
        HOME=$PWD lftp --norc -c "set cmd:fail-exit yes; set net:max-retries 2; open -u anonymous,x \
            ftp://127.0.0.1:$ftp; put -c '$WORK/whole' -o f"
        cmp "$WORK/whole" "$FILES/f"
        rm "$FILES/f"
        resume leave_one /whole "$WORK/whole" $n
        HOME=$PWD ncftpput -V -s -z -P "$ftp" 127.0.0.1 / "$WORK/whole"
        cmp "$WORK/whole" "$FILES/whole"
        rm "$FILES/whole"
    done
}
