#!/usr/bin/env bats
# The pages of folders and files in a browser (tests/web/web.mjs): one Chromium, one daemon, all scenarios in
# setup_file; each test here asks how one of them went. Nearly all the time is the browser's own, and so
# sanitizers do without.
# once
# plain

# shellcheck disable=SC2154 # $http and the like: read_ports
load lib

setup_file() {
    agentd_setup
    cat >>"$CONF" <<END
[access "/inbox"]
read = @admin
write = @all
[access "/locked"]
read = @all
write = @admin
END
    conf http files_access=write
    conf ftp anonymous=write
    conf limits per_ip=500
    conf files partial_keep=1d
    mkdir -p "$FILES/inbox" "$FILES/locked"
    python3 "$ROOT/tests/web/content.py" "$FILES"
    agentd_start
    echo secret | agentctl user add anna
    (
        cd "$ROOT" && export HOME=$WORK BUILD=${BUILD:-build} PORT=$http FTP=$ftp
        sh tests/npm.sh && timeout 120 node tests/web/web.mjs
    ) >"$WORK/web.out" 2>"$WORK/web.err" || cat "$WORK/web.err" >&2
}

teardown_file() {
    agentd_teardown
}

# went NAME: that scenario.
went() {
    grep -qx "ok $1" "$WORK/web.out" || {
        grep "^not ok $1:" "$WORK/web.out" || cat "$WORK/web.err"
        return 1
    } >&2
}

@test "a folder: order by hand and by number, icons, thumbnails, sizes, times, its README" { went wide; }
@test "on a phone: cards, nothing wider than the screen, dark" { went phone; }
@test "without scripts: sorting, uploading, making, viewing, renaming, deleting" { went plain; }
@test "files and whole folders are dropped onto the page" { went drop; }
@test "a file is pasted" { went paste; }
@test "an upload shows how far it is, is paused, goes on, is given up" { went progress; }
@test "what is there already is asked about: replace, keep both, skip, for all" { went overwrite; }
@test "keys: filter, arrows, Enter, Space, F2, Delete, Escape" { went keys; }
@test "in place: new folder, rename, delete several; cards are remembered" { went change; }
@test "pictures one after the other; pages around files" { went look; }
@test "a PDF is shown by the browser's own viewer" { went pdf; }
@test "what others do appears without a reload, by FTP too" { went live; }
@test "names that would be markup are names" { went names; }
@test "nothing that was uploaded runs" { went nothing_runs; }
@test "an account makes a link, by which others come" { went share; }
@test "empty, missing, drop box, read only, full: each says so" { went states; }
