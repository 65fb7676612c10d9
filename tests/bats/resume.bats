#!/usr/bin/env bats
# disk
# once
# Uploads that break off and go on: by "Resumable Uploads for HTTP", by Content-Range, and from FTP to
# HTTP; what their digests say; and that nobody else sees anything of them.

load lib

setup_file() {
    agentd_setup
    conf limits login_delay=off login_failures=off
    conf files partial_keep=1d
    conf ftp anonymous=write
    conf lgp access=write
    conf http files_access=write
    printf 'x\n' | agentctl user add ann write 100000
    printf 'x\n' | agentctl user add ben write
    agentd_start
}

teardown_file() {
    agentd_teardown
}

setup() {
    as_at_first
    rm -rf "${FILES:?}"/*
}

resume() {
    python3 -B "$BATS_TEST_DIRNAME/resume.py" "$@"
}

killed() {
    kill -9 "$PID"
    until_true is_gone "$PID"
    agentd_start
}

@test "an upload goes on wherever it broke off; nobody sees it before, and the lobby hears of it once" {
    resume broken_anywhere
}

@test "an upload in parts: the first may be empty, and so may the last; then it is over" {
    resume in_parts
}

@test "what makes no sense is refused, each with its status, and changes nothing" {
    resume refused
}

@test "an upload is its account's alone; a guest's is whose token it is" {
    resume whose
}

@test "lengths that contradict each other" {
    resume lengths
}

@test "what must not be replaced, has no folder, or may not be written any more is refused at the end" {
    resume at_the_end
}

@test "a later request ends the one that is under way: PATCH, HEAD, DELETE" {
    resume two_at_once
}

@test "Content-Range: the rest of a PUT that broke off" {
    resume ranges
}

@test "curl -C resumes, and -C - begins anew" {
    resume with_curl
}

@test "what FTP left, HTTP continues; of ASCII nothing stays" {
    resume from_ftp
}

@test "of a deflated upload (MODE Z) stays what came out of it, unless the stream was spoilt" {
    resume from_modez
}

@test "digests: a wrong one leaves nothing, or takes the part back" {
    resume digests
}

@test "what stays counts in the quota, and makes room when it is needed" {
    resume quota
}

@test "so many of a guest's stay; a new upload of the same path takes the place of what was left" {
    resume bounds
}

@test "of what comes by a share link nothing stays" {
    mkdir "$FILES/pub"
    resume shared "$(agentctl share /pub --expires 1h --uploads | grep -o '/s/[0-9A-Za-z_-]*' | head -n 1)"
}

@test "OPTIONS tells that uploads can be resumed, and for how long" {
    resume options
}

@test "what stays goes when its time is over" {
    resume leave_some "$WORK/tokens"
    change files partial_keep=300ms
    resume expired "$WORK/tokens"
}

@test "partial_keep = off: nothing stays, and nothing is promised" {
    resume leave_some "$WORK/tokens"
    change files partial_keep=off
    resume all_gone "$WORK/tokens"
    resume off
}

@test "uploads go on after a restart, and after kill -9 in the middle of them" {
    resume leave_some "$WORK/tokens"
    agentctl restart >/dev/null
    read_ports
    resume go_on "$WORK/tokens"
    resume until_killed "$WORK/tokens" &
    local client=$!
    until_true test -s "$WORK/tokens.ready"
    killed
    wait $client
    resume go_on "$WORK/tokens"
    rm "$WORK/tokens.ready"
}

@test "what kill -9 leaves and nobody knows is removed at the next start" {
    mkdir -p "$FILES/.agentd"
    printf x >"$FILES/.agentd/0123-1"
    printf x >"$FILES/.agentd/0123456789abcdef0123456789abcdef"
    killed
    until_true resume hidden_empty
}

@test "an account that is deleted leaves nothing to go on with" {
    printf 'x\n' | agentctl user add cid write
    resume leave_as cid "$WORK/tokens"
    agentctl user del cid >/dev/null
    until_true resume hidden_empty
}
