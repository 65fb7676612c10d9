#!/usr/bin/env bash
# run.sh: runs every test: the C units, and each bats suite on each event backend, two more at a time than
# there are CPUs, since most of them wait for something. The last line counts them. SUITES="ftp http" and
# BACKENDS="select" narrow it down.
#
# A suite that has nothing to do with the loop has `# once` as a line of its own, and a test of that kind in
# another suite `# bats test_tags=once` above it: they run on the first of the backends alone. `# plain`:
# this suite does not run under sanitizers. `# disk`: this one has to do with what a disk does.
set -u
cd "$(dirname "$0")/.." || exit 1
export BUILD=${BUILD:-build}
backends=${BACKENDS:-select poll epoll}
export first=${backends%% *}
# To make a file takes a hundred times as long on a disk as in memory, and the suites make many.
export DISK=${TMPDIR:-/tmp} MEMORY=${TMPDIR:-/tmp}
has_room() {
    [ -w "$1" ] && [ "$(stat -f -c %T "$1")" = tmpfs ] &&
        [ "$(($(stat -f -c '%a * %S' "$1")))" -gt $((6 << 30)) ] &&
        awk '/^MemAvailable:/ {exit $2 < 6 * 1024 * 1024}' /proc/meminfo
}
# Some suites run what they put there, which a container's own may forbid (noexec).
runs_programs() {
    local probe status
    probe=$(mktemp "$1/agentd-probe.XXXXXX") || return
    printf '#!/bin/sh\n' >"$probe"
    chmod 700 "$probe"
    "$probe" 2>/dev/null
    status=$?
    rm "$probe"
    return $status
}
[ -n "${TMPDIR:-}" ] || ! has_room /dev/shm || ! runs_programs /dev/shm || MEMORY=/dev/shm
results=$(mktemp -d "$MEMORY/agentd-results.XXXXXX")
trap 'rm -rf "$results"' EXIT

# One TAP file a job.
run_unit() {
    CMOCKA_MESSAGE_OUTPUT=TAP timeout 120 "$1" >"$2.out" 2>&1
    local status=$?
    cat "$2.out" >"$2.tap"
    # A crash ends without a line for the test it was in.
    [ $status -eq 0 ] || grep -q '^not ok' "$2.tap" || echo "not ok - $1 ended with $status" >>"$2.tap"
}
run_suite() {
    local all=() folder=$MEMORY
    [ "$2" = "$first" ] || all=(--filter-tags '!once')
    grep -q '^# disk$' "$1" && folder=$DISK
    TMPDIR=$folder EVENT=$2 timeout 400 bats --tap "${all[@]}" "$1" >"$3.tap" 2>&1
    local status=$?
    echo $SECONDS >"$3.seconds"
    [ $status -eq 0 ] || grep -q '^not ok' "$3.tap" || echo "not ok - $1 ended with $status" >>"$3.tap"
}
export -f run_unit run_suite

# Those with the most tests first, so that none that takes long is left for the end.
suites() {
    grep -c '^@test' tests/bats/*.bats | sort -t : -k 2 -nr | cut -d : -f 1
}

jobs=$results/jobs
for suite in $(suites); do
    name=$(basename "$suite" .bats)
    if [ -n "${SUITES:-}" ] && [[ " $SUITES " != *" $name "* ]]; then
        continue
    fi
    # One that moves much, and shows nothing else, is no use where all is slow.
    if [[ $BUILD == *-san ]] && grep -q '^# plain$' "$suite"; then
        continue
    fi
    if grep -q '^# once$' "$suite"; then
        echo "run_suite $suite $first $results/$name"
        continue
    fi
    for backend in $backends; do
        echo "run_suite $suite $backend $results/$name-$backend"
    done
done >"$jobs"
# They are short, and so no CPU is idle at the end.
if [ -z "${SUITES:-}" ]; then
    for unit in "$BUILD"/tests/unit/test_*; do
        case $unit in *.d | *\**) continue ;; esac
        echo "run_unit $unit $results/unit-$(basename "$unit")" >>"$jobs"
    done
fi
xargs -P "${JOBS:-$(($(nproc) + 2))}" -I{} bash -c '{}' <"$jobs"

for tap in "$results"/*.tap; do
    name=$(basename "$tap" .tap)
    passed=$(grep -c '^ok' "$tap")
    failed=$(grep -c '^not ok' "$tap")
    skipped=$(grep -c '^ok.*# skip' "$tap")
    seconds=$(cat "${tap%.tap}.seconds" 2>/dev/null)
    printf '%-24s %4d passed %3d failed%s%s\n' "$name" "$passed" "$failed" "${seconds:+ $(printf '%4d' "$seconds") s}" \
        "$([ "$skipped" -gt 0 ] && echo "  $skipped skipped")"
    if [ "$failed" -gt 0 ]; then
        # A failed test's line and what it said.
        awk '/^not ok/ {show = 1; print "    " $0; next} /^ok/ {show = 0} show {print "    " $0}' "$tap"
    fi
done
passed=$(cat "$results"/*.tap | grep -c '^ok')
failed=$(cat "$results"/*.tap | grep -c '^not ok')
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
