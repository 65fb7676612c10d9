#!/usr/bin/env bats
# The page at /chat/ in a browser (tests/web/chat.mjs): one Chromium, one daemon, all scenarios in setup_file; each
# test here asks how one of them went. Nearly all the time is the browser's own, and so sanitizers do without.
# once
# plain

# shellcheck disable=SC2154 # $http and the like: read_ports
load lib

setup_file() {
    agentd_setup
    conf limits rate=off per_ip=500
    conf history store=yes
    agentd_start
    conf http listen="127.0.0.1:$http" # the same after a restart
    conf irc listen="127.0.0.1:$irc"
    echo secret | agentctl user add anna
    echo secret | agentctl user add otto
    (
        cd "$ROOT" && export HOME=$WORK BUILD=${BUILD:-build} PORT=$http IRC=$irc AGENTCTL=$ROOT/ctl/agentctl
        sh tests/npm.sh && timeout 150 node tests/web/chat.mjs
    ) >"$WORK/chat.out" 2>"$WORK/chat.err" || cat "$WORK/chat.err" >&2
}

teardown_file() {
    agentd_teardown
}

# went NAME: that scenario.
went() {
    grep -qx "ok $1" "$WORK/chat.out" || {
        grep "^not ok $1:" "$WORK/chat.out" || cat "$WORK/chat.err"
        return 1
    } >&2
}

@test "two people talk: lines, several at once, actions, formats, links, topic, who types, who comes" { went talk; }
@test "reactions, replies, editing, deleting; all of it after a reload" { went marks; }
@test "700 lines back and forth in a bounded page; search and jump" { went history; }
@test "private talks, counts, what is new, drafts" { went private; }
@test "a name that is taken, a wrong password, a login that stays, logging out" { went names; }
@test "files are dropped, pasted, refused in words; pictures of our own host" { went files; }
@test "on a phone: drawers, fingers, nothing too wide" { went phone; }
@test "by the keyboard alone, and each button has a name" { went keys; }
@test "whatever is said is text; the policy stops the rest" { went markup; }
@test "in Chinese, by an input method, too" { went chinese; }
@test "below a path, behind a proxy" { went below; }
@test "without scripts the page says how else to come in" { went plain; }
@test "a line whose echo was lost is not sent twice" { went echo; }
@test "a restart: no line is lost or doubled, all see the same order" { went restart; }

# All but what other pages load, too: style.css, make.js, icon.svg.
@test "the page, its scripts, styles and icons are less than 100 KiB" {
    local file all=0
    for file in chat/ -/icon_new.svg $(cd "$ROOT/daemon/web" && printf -- '-/%s ' chat*.js chat.css chat.svg); do
        all=$((all + $(curl -sSf "http://127.0.0.1:$http/$file" | wc -c)))
    done
    echo "$all bytes"
    [ $all -gt 50000 ] && [ $all -lt $((100 << 10)) ]
}
