#!/usr/bin/env bash
# run.sh: fuzzes the parsers with libFuzzer, each for $SECONDS_EACH (60) seconds, from the inputs in
# tests/fuzz/corpus; what is new stays in build-fuzz/. A line for each target; non-zero when one found
# something. `run.sh replay` only runs the inputs that are there; names (`run.sh url path`) narrow it.
set -u
cd "$(dirname "$0")/../.." || exit 1
export OUT=build-fuzz CC=${FUZZ_CC:-clang} SECONDS_EACH=${SECONDS_EACH:-60} REPLAY=
if [ "${1:-}" = replay ]; then
    REPLAY=yes
    shift
fi
TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/agentd-fuzz.XXXXXX") || exit 1
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT

# All of agentd but main.c, by the Makefile and its flags, with the sanitizers and the fuzzer's eyes.
objects=()
for source in daemon/*.c daemon/*/*.c; do
    [ "$source" = daemon/main.c ] || objects+=("$OUT/${source%.c}.o")
done
make -s --no-print-directory -j"$(nproc)" CC="$CC" SAN=1 BUILD="$OUT" \
    CFLAGS=-fsanitize=fuzzer-no-link "${objects[@]}" >"$TMPDIR/make" 2>&1 || {
    cat "$TMPDIR/make"
    exit 1
}
export OBJECTS="${objects[*]}"
LIBS=$(sed -n 's/^LIBS *:= *//p' Makefile)
export LIBS

# Builds and runs one target; prints its line.
run_target() {
    local name=$1 log=$OUT/$1.log target=$OUT/fuzz_$1
    # shellcheck disable=SC2086 # a list of files
    if ! "$CC" -std=gnu11 -D_GNU_SOURCE -Idaemon -Itests/fuzz -Wall -Wextra -Werror -O1 -g \
        -fno-omit-frame-pointer -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
        -o "$target" "tests/fuzz/fuzz_$name.c" $OBJECTS $LIBS \
        >"$log" 2>&1; then
        printf '%-12s does not build: see %s\n' "$name" "$log"
        return 1
    fi
    mkdir -p "$OUT/corpus/$name" "$OUT/findings"
    local options=(-timeout=10 -rss_limit_mb=1024 "-artifact_prefix=$OUT/findings/$name-")
    local inputs=("tests/fuzz/corpus/$name") count
    count=$(find "tests/fuzz/corpus/$name" -type f | wc -l)
    if [ "$count" -eq 0 ]; then
        printf '%-12s has no inputs in tests/fuzz/corpus\n' "$name"
        return 1
    fi
    if [ -n "$REPLAY" ]; then
        options+=(-runs=0)
    else
        options+=("-max_total_time=$SECONDS_EACH" -print_final_stats=1)
        inputs=("$OUT/corpus/$name" "${inputs[@]}") # new ones go to the first
    fi
    if ! "$target" "${options[@]}" "${inputs[@]}" >"$log" 2>&1; then
        printf '%-12s FOUND SOMETHING: %s: %s\n' "$name" "$log" \
            "$(grep -m1 -E 'does not hold|runtime error|ERROR: (AddressSanitizer|libFuzzer|LeakSan)' "$log")"
        return 1
    fi
    if [ -n "$REPLAY" ]; then
        printf '%-12s ok, %d inputs\n' "$name" "$count"
    else
        printf '%-12s ok, %s runs, %d inputs known\n' "$name" \
            "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" \
            "$(find "$OUT/corpus/$name" -type f | wc -l)"
    fi
}
export -f run_target

names=("$@")
if [ $# -eq 0 ]; then
    for source in tests/fuzz/fuzz_*.c; do
        name=${source##*/fuzz_}
        names+=("${name%.c}")
    done
fi
status=0
printf '%s\n' "${names[@]}" | xargs -P "${JOBS:-$(nproc)}" -I{} bash -c 'run_target {}' || status=1
[ $status -eq 0 ] ||
    echo 'A finding is run again by: build-fuzz/fuzz_NAME build-fuzz/findings/NAME-...'
[ $status -eq 0 ]
