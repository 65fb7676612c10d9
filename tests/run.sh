#!/usr/bin/env bash
# run.sh: runs every test: the C units, and each bats suite on each event backend, three at a time, since
# most of them wait for something. The last line counts them. SUITES="ftp http" and BACKENDS="select"
# narrow it down.
set -u
cd "$(dirname "$0")/.." || exit 1
export BUILD=${BUILD:-build}
backends=${BACKENDS:-select poll epoll}
results=$(mktemp -d "${TMPDIR:-/tmp}/agentd-results.XXXXXX")
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
    EVENT=$2 timeout 400 bats --tap "$1" >"$3.tap" 2>&1
    local status=$?
    [ $status -eq 0 ] || grep -q '^not ok' "$3.tap" || echo "not ok - $1 ended with $status" >>"$3.tap"
}
export -f run_unit run_suite

jobs=$results/jobs
: >"$jobs"
for suite in tests/bats/*.bats; do
    name=$(basename "$suite" .bats)
    if [ -n "${SUITES:-}" ] && [[ " $SUITES " != *" $name "* ]]; then
        continue
    fi
    # One that moves much, and shows nothing else, is no use where all is slow.
    if [[ $BUILD == *-san ]] && grep -q '^# plain$' "$suite"; then
        continue
    fi
    # A suite that has nothing to do with the loop says so, and runs once.
    if grep -q '^# once$' "$suite"; then
        echo "run_suite $suite ${backends%% *} $results/$name" >>"$jobs"
        continue
    fi
    for backend in $backends; do
        echo "run_suite $suite $backend $results/$name-$backend" >>"$jobs"
    done
done
# They are short, and so no CPU is idle at the end.
if [ -z "${SUITES:-}" ]; then
    for unit in "$BUILD"/tests/unit/test_*; do
        case $unit in *.d | *\**) continue ;; esac
        echo "run_unit $unit $results/unit-$(basename "$unit")" >>"$jobs"
    done
fi
xargs -P "${JOBS:-3}" -I{} bash -c '{}' <"$jobs"

for tap in "$results"/*.tap; do
    name=$(basename "$tap" .tap)
    passed=$(grep -c '^ok' "$tap")
    failed=$(grep -c '^not ok' "$tap")
    skipped=$(grep -c '^ok.*# skip' "$tap")
    printf '%-24s %4d passed %3d failed%s\n' "$name" "$passed" "$failed" \
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
