#!/usr/bin/env bats
# The echo front-end (WIRE.md) and http's /echo.

load lib

setup_file() {
    agentd_setup
    conf echo web=yes
    agentd_start
}

teardown_file() {
    agentd_teardown
}

@test "mode = ok answers OK to a segment" {
    talk <<'END'
a = tcp echo
a >> anything
a << OK
a >> \x00\xff
a << OK
a shut
a eof
END
}
