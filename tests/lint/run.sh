#!/usr/bin/env bash
# run.sh: what a reviewer would otherwise have to look for: include directions, formatting, static
# analysis, scripts, documents that follow from the code. A line for each check, with what it found;
# the last line counts them.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
passed=0 failed=0

# check NAME COMMAND...: the command says what is wrong, and nothing else.
check() {
    local name=$1 said
    shift
    said=$("$@" 2>&1)
    if [ -z "$said" ]; then
        echo "ok    $name"
        passed=$((passed + 1))
    else
        echo "FAIL  $name"
        printf '%s\n' "$said" | sed 's/^/      /'
        failed=$((failed + 1))
    fi
}

comment=':[0-9]*: *\(/\*\|\*\)' # of a line that grep found

sources() {
    find daemon -name '*.[ch]' | LC_ALL=C sort
}
all_c() {
    find daemon tests -name '*.[ch]' | LC_ALL=C sort
}
scripts() {
    find ctl tests init .ci -type f | LC_ALL=C sort | while read -r f; do
        case $f in
        *.bats | *.bash) echo "$f" ;;
        *) head -n 1 "$f" | grep -qaE '^#!.*/(sh|bash|env bash|openrc-run)$' && echo "$f" ;;
        esac
    done
}

# --- the house ---

# includes_of FOLDER ALLOWED...: its files include headers of these folders only.
includes_of() {
    local folder=$1 allowed
    shift
    allowed=$(IFS='|' && echo "$*")
    grep -nE '^#include "[a-z_]+/' "daemon/$folder"/*.[ch] | grep -vE "#include \"($allowed)/"
    # A header of one's own folder is named with it, so that all are named alike.
    grep -nE '^#include "[a-z_0-9]+\.h"' "daemon/$folder"/*.[ch]
}

include_directions() {
    includes_of base base
    includes_of sys base sys
    includes_of net base net
    includes_of parse base parse
    includes_of model base model
    includes_of serve base sys net parse model serve web
    includes_of web web
}

# Files of serve/ include serve.h, and of one another only within a family: ftp*, http*, irc*, control*.
serve_families() {
    local f name family
    for f in daemon/serve/*.[ch]; do
        name=$(basename "$f")
        family=${name%%[._]*}
        grep -nE '^#include "serve/' "$f" | grep -vE "\"serve/(serve\.h|${family}[._])" |
            sed "s|^|$f:|"
    done
}

# lives_in HEADER FILE: only that file includes it.
lives_in() {
    grep -rlE "^#include <$1" daemon --include='*.[ch]' | grep -vxE "daemon/$2" | sed "s,\$,: includes $1,"
}

third_party() {
    lives_in sqlite3.h model/db.c
    lives_in expat.h parse/dav_xml.c
    lives_in libdaemon/ sys/daemonize.c
    lives_in ini.h base/conf.c
    lives_in cmark.h sys/markdown.c
    lives_in openssl/ '(net/tls(_cert)?|base/(digest|verifier))\.c'
    lives_in zlib.h '(base/crc32|sys/compress)\.c'
    lives_in zstd.h sys/compress.c
    lives_in wslay/ parse/ws.c
    lives_in 'uni(case|ctype|norm|str)' '(model/name|base/saslprep)\.c'
}

header_guards() {
    local f guard
    for f in $(sources | grep '\.h$'); do
        guard=$(echo "${f#daemon/}" | tr 'a-z/.' 'A-Z__')
        grep -q "^#ifndef $guard\$" "$f" || echo "$f: the guard is not $guard"
    done
}

# Functions that overrun, block, or keep hidden state.
forbidden_calls() {
    local files calls='strcpy|strcat|sprintf|vsprintf|gets|strtok|system|popen|sleep|usleep|nanosleep'
    calls+='|gethostbyname|getaddrinfo|alloca|atoi|atol|localtime|gmtime|ctime|asctime|strncpy|tmpnam|mktemp'
    mapfile -t files < <(sources)
    grep -nwE "($calls) ?\(" "${files[@]}" | grep -v "$comment"
    # Only a descriptor that was checked gets into an fd_set.
    grep -nE '\bFD_(SET|CLR)\b' "${files[@]}" | grep -v '^daemon/net/loop_select\.c:'
    # Protocols see a conn, never a socket.
    grep -nwE '(recv|read|write|writev|sendfile|sendmsg|accept4|poll|select) ?\(' \
        daemon/serve/*.c daemon/parse/*.c | grep -v "$comment"
}

pure_parsers() {
    grep -nE '#include <(sys/socket|sys/stat|fcntl|unistd|time)\.h>|\b(malloc|calloc|open|fopen|time) ?\(' daemon/parse/*.[ch]
}

left_to_do() {
    grep -rnE "\b(TO""DO|FIX""ME|XX""X|HA""CK)\b" Makefile README.md daemon ctl etc init tests
}

sizes() {
    local f n
    for f in $(sources); do
        n=$(wc -l <"$f")
        [ "$n" -le 600 ] || echo "$f: $n lines"
    done
    # From "{" in the first column to "}".
    # shellcheck disable=SC2046 # names without blanks
    awk 'FNR == 1 {start = 0} /^\{/ {start = FNR} /^\}/ {
        if (start > 0 && FNR - start > 80) print FILENAME ":" start ": a function of " FNR - start " lines"
        start = 0}' $(sources | grep '\.c$')
}

top_level() {
    local f
    for f in *; do
        case $f in
        Makefile | daemon | ctl | etc | init | tests | README.md | LICENSE) ;;
        build | build-* | run) ;; # made here, never committed
        *) echo "$f does not belong to the top level" ;;
        esac
    done
}

unit_for_parser() {
    local f name
    for f in daemon/parse/*.c; do
        name=$(basename "$f" .c)
        [ -f "tests/unit/test_$name.c" ] || echo "$f has no unit test"
        [ "$name" = telnet ] || [ -f "tests/fuzz/fuzz_$name.c" ] || echo "$f has no fuzz target"
    done
}

# --- tools ---

formatting() {
    # shellcheck disable=SC2046 # names without blanks
    clang-format --dry-run --Werror $(all_c) 2>&1 | grep 'error:' | sed 's/ error: .*/ is not as clang-format has it/' | sort -u
}

analysis() {
    cppcheck --quiet --enable=warning,performance,portability --inline-suppr --std=c11 -D_GNU_SOURCE \
        -Idaemon -j 2 --suppressions-list=tests/lint/cppcheck.txt --template='{file}:{line}: {id}: {message}' daemon
}

shell_scripts() {
    local f
    # shellcheck disable=SC2046 # names without blanks
    shellcheck -x -f gcc $(scripts | grep -vE 'openrc|\.(bats|bash)$')
    # What a suite sets, lib.bash or bats reads, and the other way round.
    shellcheck -x -f gcc --severity=warning -e SC2034,SC2154 tests/bats/*.bats tests/bats/*.bash
    for f in ctl/agentctl init/agentd.sysvinit tests/packages.sh; do
        dash -n "$f"
        busybox sh -n "$f"
    done
}

# A test that waits by time or does nothing would lie.
honest_tests() {
    grep -nE '^[[:space:]]*(sleep|skip)\b' tests/bats/*.bats tests/bats/*.bash | grep -v 'sleep [0-9]* 3>&- &$'
    awk '/^@test/ {name = FILENAME ":" FNR; n = 0; next} /^\}/ && name != "" {
        if (n == 0) print name ": an empty test"; name = ""} name != "" {n++}' tests/bats/*.bats
}

python_programs() {
    python3 - tests <<'PY'
import ast, pathlib, sys
for f in sorted(pathlib.Path(sys.argv[1]).rglob("*.py")):
    try:
        ast.parse(f.read_text(), str(f))
    except SyntaxError as e:
        print(f"{f}:{e.lineno}: {e.msg}")
PY
}

# --- documents ---

documents() {
    "$BUILD/agentd" -x config sample | diff - etc/agentd.conf >/dev/null ||
        echo 'etc/agentd.conf is not what the table of keys says: make docs'
    "$BUILD/agentd" -x config man |
        diff - <(sed -n '/^\.\\" KEYS BEGIN/,/^\.\\" KEYS END/p' etc/agentd.conf.5 | sed '1d;$d') >/dev/null ||
        echo 'etc/agentd.conf.5 is not what the table of keys says: make docs'
}

man_pages() {
    mandoc -T lint -W warning ctl/*.8 etc/*.5
}

verbs() {
    local verb
    ctl/agentctl help | sed -n 's/^  \([a-z]*\) .*/\1/p' | while read -r verb; do
        grep -q "^\.It .*\b$verb\b" ctl/agentctl.8 || echo "ctl/agentctl.8 lacks $verb"
    done
}

check 'includes go downwards' include_directions
check 'front-ends do not include one another' serve_families
check 'one place for each library' third_party
check 'header guards are named like their files' header_guards
check 'no call that overruns, blocks or hides' forbidden_calls
check 'parsers are pure' pure_parsers
check 'every parser has a unit test and a fuzz target' unit_for_parser
check 'nothing is left to do' left_to_do
check 'files and functions are short' sizes
check 'the top level is as laid out' top_level
check 'clang-format' formatting
check 'cppcheck' analysis
check 'shellcheck, dash and busybox sh' shell_scripts
check 'tests neither sleep nor skip' honest_tests
check 'python programs parse' python_programs
check 'the sample and the key list follow the table' documents
check 'man pages are clean' man_pages
check 'every verb of agentctl is in its page' verbs
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
