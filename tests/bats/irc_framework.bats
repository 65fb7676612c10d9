#!/usr/bin/env bats
# once
# A second opinion: what npm's irc-framework (irc_framework.mjs) makes of us, by TCP and by WebSocket.

# shellcheck disable=SC2154 # $http and the like: read_ports
load lib

setup_file() {
    agentd_setup
    conf history store=yes
    conf limits rate=off login_delay=off login_failures=off
    agentd_start
    echo secret | agentctl user add fran
    echo secret | agentctl user add gus
}

teardown_file() {
    agentd_teardown
}

framework() {
    (cd "$ROOT" && BUILD=${BUILD:-build} sh tests/npm.sh)
    NPM=$ROOT/${BUILD:-build}/npm IRC=$irc PORT=$http timeout 60 node "$BATS_TEST_DIRNAME/irc_framework.mjs" "$@"
}

@test "irc-framework understands all that we tell it, by TCP" {
    framework tcp
}

@test "and by WebSocket" {
    framework ws
}
