#!/usr/bin/env bats
# once
# What http shows of the whole: folders as archives, changes as they happen (/events), /status and
# /metrics. live.py asks.

load lib

setup_file() {
    agentd_setup
    conf limits login_delay=off login_failures=off
    conf files sync=no
    conf ftp anonymous=write
    conf http files_access=write
    cat >>"$CONF" <<END
[access]
[access "/secret"]
read = anna
write = anna
[access "/pub/closed"]
read = anna
write = anna
END
    agentd_start
    agentctl user add anna <<<'anna-password' >/dev/null
    agentctl user add chief admin <<<"chief-password" >/dev/null
}

teardown_file() {
    agentd_teardown
}

setup() {
    as_at_first
}

live() {
    python3 -B "$BATS_TEST_DIRNAME/live.py" "$@"
}

@test "an archive holds every file that may be read, whole and under its name" {
    live archives
}

@test "an archive of a file that is bigger than 4 GiB can be unpacked" {
    live huge
}

@test "an archive of 10,000 files streams, and others are served meanwhile" {
    live many
}

@test "what is no folder, or no kind of archive, is told" {
    live no_archive
}

@test "a client that leaves in the middle of an archive leaves nothing behind" {
    live leaves
}

@test "changes by every door are told as they happen, to those who may know" {
    live events
}

@test "who has logged out, or whose sessions were ended, is told nothing any more" {
    live ended_sessions
}

@test "a listener that does not read is told that it has missed something" {
    live slow_listener
}

@test "who listens is heard of when nothing happens, and let go at a stop" {
    live stop
}

@test "/status and /metrics are for those that the configuration names" {
    live allowed
}

@test "/metrics is text that Prometheus can read" {
    live metrics
}

@test "words that name nobody are refused when the configuration is tested" {
    conf http 'metrics=@nobody'
    fails_saying 'metrics: @nobody is neither a name' agentctl test
    conf http 'metrics=@admin'
}
