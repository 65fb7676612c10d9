#!/usr/bin/env bats
# once
# Several ranges in one response; files that are sent compressed. What curl sees of it stands here, the
# rest in http_coding.py.

# shellcheck disable=SC2154 # $http and the like: read_ports
load lib

setup_file() {
    agentd_setup
    conf limits login_delay=off
    cat >>"$CONF" <<END
[access]
[access "/own.txt.gz"]
read = anna
write = anna
[http "plain"]
listen = 127.0.0.1:0
root = $SITE
access_log =
compress = no
precompressed = no
[http "write"]
listen = 127.0.0.1:0
root = $SITE
access_log =
files_access = write
precompressed = all
cache = text/html=60 application/*=1
END
    agentd_start
    agentctl user add anna <<<'anna-password' >/dev/null
}

teardown_file() {
    agentd_teardown
}

setup() {
    as_at_first
    PORTS="$PORTS $(agentctl status --json | tr '{' '\n' |
        sed -n 's/.*"name":"\([a-z]*\)","label":"\([a-z]\{1,\}\)".*"listen":\["[^"]*:\([0-9]*\)".*/\1_\2=\3/p' |
        tr '\n' ' ')"
    url=http://127.0.0.1:$http
    cd "$BATS_TEST_TMPDIR" || return
}

coding() {
    python3 -B "$BATS_TEST_DIRNAME/http_coding.py" "$@"
}

get() {
    curl -sS --max-time "$PATIENCE" "$@"
}

@test "curl -r: several ranges, one that is left, too many" {
    head -c 100000 /dev/urandom >"$SITE/r.bin"
    get -D head -o body -r 0-1,500-509 "$url/r.bin"
    grep -q '^HTTP/1.1 206 ' head
    grep -qi '^content-type: multipart/byteranges; boundary=' head
    python3 - head body "$SITE/r.bin" <<'END'
import email, sys
head, body, data = (open(name, "rb").read() for name in sys.argv[1:])
whole = email.message_from_bytes(head.partition(b"\r\n")[2] + body)
parts = [(p["Content-Range"], p.get_payload(decode=True)) for p in whole.get_payload()]
assert [p[0] for p in parts] == ["bytes 0-1/100000", "bytes 500-509/100000"], parts
assert data[:2] in body and data[500:510] in body
END
    [ "$(get -o body -w '%{http_code} %{size_download}' -r 0-1,5-6 "$url/r.bin")" = "206 7" ]
    cmp body <(head -c 7 "$SITE/r.bin")
    [ "$(get -o body -w '%{http_code} %{size_download}' -r "$(seq 0 150 4950 | sed 's/.*/&-&/' | paste -sd,)" "$url/r.bin")" = "200 100000" ]
    cmp body "$SITE/r.bin"
}

@test "several ranges: parts in the order asked, near ones joined, what is not there left out" {
    coding several
}

@test "the access log has the bytes that several ranges took" {
    coding several_logged
}

@test "1,300 overlapping ranges: everything, and no memory" {
    coding many_ranges
}

@test "curl --compressed: text comes compressed and is what it was" {
    seq 100000 >"$SITE/c.txt"
    [ "$(get --compressed -o body -w '%{http_code}' "$url/c.txt")" = 200 ]
    cmp body "$SITE/c.txt"
    [ "$(get -H 'Accept-Encoding: gzip' -o coded -w '%{size_download}' "$url/c.txt")" -lt 300000 ]
    gzip -dc <coded | cmp - "$SITE/c.txt"
    get -H 'Accept-Encoding: zstd' -o coded "$url/c.txt"
    zstd -dcq <coded | cmp - "$SITE/c.txt"
    get --compressed --etag-save tag -o body "$url/c.txt"
    [ "$(get --compressed --etag-compare tag -o body -w '%{http_code}' "$url/c.txt")" = 304 ]
    # A rest of what was loaded before, as it was loaded.
    get -H 'Accept-Encoding: gzip' -o whole "$url/c.txt"
    head -c 1000 whole >part
    get -H 'Accept-Encoding: gzip' -C - -o part "$url/c.txt"
    cmp part whole
}

@test "Accept-Encoding: weights, identity, *; which of the files beside one is sent" {
    coding choice
}

@test "a file that lies compressed beside another: HEAD, ranges, conditions, Vary" {
    coding neighbours
}

@test "older ones, folders, links that lead out, other types are no such files" {
    coding no_neighbours
}

@test "in the store they count where the door says so, and not for those who may not read them" {
    coding rules
}

@test "text is compressed once, with a tag of its own; what changes is made anew" {
    coding made
}

@test "what is small, big, no text, or does not become smaller is sent as it is" {
    coding not_made
}

@test "a condition of a change takes the tag of what was sent compressed" {
    coding writes
}

@test "by a share link, too; not by one that is revoked while the file is made" {
    coding shared
}

@test "the cache keeps 256 files" {
    coding evicted
}

@test "the cache keeps as many bytes as it may, and none when it is off" {
    change limits compress_cache=4M
    coding bounded
    change limits compress_cache=off
    [ "$(get -H 'Accept-Encoding: gzip' -o body -w '%{size_download}' "$url/bound/7.txt")" -eq $((2 << 20)) ]
}

@test "several who ask at once make one job, and others are served meanwhile" {
    coding one_job
}

@test "who leaves while it is made is not missed" {
    coding nobody_waits
}

@test "workers that are killed: the file is sent as it is" {
    coding killed
}

@test "a file that changes while it is made: one version or the other" {
    coding changed
}

@test "more than the queue takes are sent as they are" {
    coding too_many
}
