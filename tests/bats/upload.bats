#!/usr/bin/env bats
# disk
# What must hold for uploads by every door, FTP and lgp: nobody sees half a file, nothing is lost that
# was acknowledged, and the lobby hears of each.

load lib

setup_file() {
    agentd_setup
    doors
    agentd_start
    export WORK_OF_ALL=$WORK
}

teardown_file() {
    agentd_teardown
}

doors() {
    conf ftp anonymous=write
    conf lgp access=write
}

# A test with settings of its own says own_daemon, conf ..., agentd_start.
own_daemon() {
    agentd_setup
    doors
}

# Each begins with an empty store, whatever the one before left.
setup() {
    rm -rf "${FILES:?}"/*
}

teardown() {
    teardown_own
}

upload() {
    python3 -B "$BATS_TEST_DIRNAME/upload.py" "$@"
}

@test "an upload is invisible by every door until it is complete, and then seen whole by all" {
    upload invisible
}

@test "abort, reset, disconnect: nothing is left, nothing is told" {
    upload endings
}

@test "a client that is killed in the middle of an upload leaves nothing" {
    upload lost_client
}

@test "replacing is atomic: readers get one version or another, always whole" {
    upload replaced
}

@test "two clients upload the same name at once: one whole file" {
    upload same_name
}

@test "APPE and REST + STOR keep what was there, and show nothing before their end" {
    upload grown
}

@test "APPE loses nothing when the data connection comes while the old bytes are copied" {
    upload early_bytes
}

# bats test_tags=once
@test "nothing is shown or acknowledged before it is safe on the disk" {
    upload safe_first
}

# bats test_tags=once
@test "the folder or the name changes beneath an upload: refused, nothing is left" {
    upload folder_changes
}

# bats test_tags=once
@test "the lobby is told of each upload: name, size, uploader, and a link that works; xferlog too" {
    upload told
}

# bats test_tags=once
@test "long names and names that are no UTF-8 are told with a whole link, too" {
    upload told_whole
}

@test "an upload that stands still is dropped when its time is over" {
    own_daemon
    conf limits idle_timeout=2s
    agentd_start
    upload standing_still
}

# bats test_tags=once
@test "kill -9 during 20 uploads: no half file, not even a hidden one, and none lost that was acknowledged" {
    own_daemon
    agentd_start
    upload until_killed "$WORK/acknowledged" no
    until_true is_gone "$PID"
    agentd_start
    upload survived "$WORK/acknowledged" no
}

# bats test_tags=once
@test "kill -9 while files are replaced: each is one of its versions, the last acknowledged or later" {
    own_daemon
    agentd_start
    upload until_killed "$WORK/acknowledged" yes
    until_true is_gone "$PID"
    agentd_start
    upload survived "$WORK/acknowledged" yes
}

# In a namespace of its own, as its user's root: there the store is a file system of 1 MiB.
in_small_store() {
    local how=-rm
    unshare $how true 2>/dev/null || how=-m
    unshare $how bash -c '
        set -e
        source "$1/lib.bash"
        mount -t tmpfs -o size=1m none "$FILES"
        agentd_start
        status=0
        python3 -B "$1/upload.py" full || status=$?
        agentctl stop >/dev/null
        umount "$FILES"
        exit $status' bash "$BATS_TEST_DIRNAME"
}

# bats test_tags=once
@test "disk full: refused, nothing is left, what was there stays, and what fits still goes" {
    own_daemon
    in_small_store
}

# bats test_tags=once
@test "a file past the limit on file sizes is refused, and the daemon lives" {
    own_daemon
    # shellcheck disable=SC2030 # for the daemon alone
    (ulimit -f 2048 && agentctl start >/dev/null)
    read_ports
    upload too_large $((2048 * 1024))
}

# bats test_tags=once
@test "on file systems without O_TMPFILE the same holds, by hidden names that go away" {
    own_daemon
    upload without_tmpfile "$ROOT/ctl/agentctl" -c "$CONF" start
    read_ports
    upload invisible
    upload endings
    upload same_name
    upload grown
    upload folder_changes
}

# bats test_tags=once
@test "freeing a big file is a worker's work, however it goes away" {
    local jobs url=ftp://127.0.0.1:$ftp
    more_jobs() { [ "$(stat_of jobs)" -eq $((jobs + $1)) ]; }
    truncate -s 8M "$FILES/big" "$FILES/replaced"
    jobs=$(stat_of jobs)
    curl -sS --max-time 60 -Q 'DELE big' "$url/" >/dev/null
    until_true more_jobs 1
    # Its content and its folder are synced, too.
    curl -sS --max-time 60 -T "$CONF" "$url/replaced"
    until_true more_jobs 4
    truncate -s 8M "$FILES/big"
    curl -sS --max-time 60 -Q 'RNFR replaced' -Q 'RNTO big' "$url/" >/dev/null
    until_true more_jobs 5
    cmp "$CONF" "$FILES/big"
    rm "$FILES/big"
}
