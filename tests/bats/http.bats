#!/usr/bin/env bats
# The http front-end as browsers and curl meet it. What is byte for byte is in http_wire.bats; what curl
# cannot do, in http_site.py.

# shellcheck disable=SC2154 # $http and the like: read_ports
load lib

setup_file() {
    agentd_setup
    # The same store with other rights, at doors of their own.
    cat >>"$CONF" <<END
[http "pictures"]
listen = 127.0.0.1:0
root = pictures
access_log =
files_access = no
[http "closed"]
listen = 127.0.0.1:0
root = closed
access_log =
listing = no
files_access = no
[http "write"]
listen = 127.0.0.1:0
root = write
access_log =
files_access = write
END
    agentd_start
    read_labels
}

teardown_file() {
    agentd_teardown
}

setup() {
    url=http://127.0.0.1:$http
    cd "$BATS_TEST_TMPDIR" || return
}

# PORTS gets http_LABEL=... for each door that has a label.
read_labels() {
    PORTS="$PORTS $(agentctl status --json | tr '{' '\n' |
        sed -n 's/.*"name":"\([a-z]*\)","label":"\([a-z]\{1,\}\)".*"listen":\["[^"]*:\([0-9]*\)".*/\1_\2=\3/p' |
        tr '\n' ' ')"
    export PORTS
}

site() {
    python3 -B "$BATS_TEST_DIRNAME/http_site.py" "$@"
}

# curl, which follows, resumes and compares dates by itself.
get() {
    curl -sS --max-time "$PATIENCE" "$@"
}

# says FORMAT ARGUMENT...: what curl's -w tells.
says() {
    get -o body -w "$1" "${@:2}"
}

@test "curl: pages, files, folders, HEAD, ranges, resumed, by date, by tag" {
    mkdir -p "$SITE/curl" "$FILES/curl"
    echo '<p>page' >"$SITE/curl/index.html"
    head -c 300000 /dev/urandom >"$FILES/curl/file"
    get -o page "$url/curl/"
    cmp page "$SITE/curl/index.html"
    [ "$(says '%{http_code} %{redirect_url}' "$url/curl")" = "301 $url/curl/" ]
    get -L -o page "$url/curl"
    cmp page "$SITE/curl/index.html"
    get -o file "$url/files/curl/file"
    cmp file "$FILES/curl/file"
    [ "$(says '%{http_code} %{size_download}' -I "$url/files/curl/file")" = "200 0" ]
    [ "$(says '%{http_code} %{size_download}' -r 100-199 "$url/files/curl/file")" = "206 100" ]
    cmp body <(tail -c +101 "$FILES/curl/file" | head -c 100)
    head -c 123456 "$FILES/curl/file" >part
    get -C - -o part "$url/files/curl/file"
    cmp part "$FILES/curl/file"
    [ "$(says '%{http_code}' -z "$FILES/curl/file" "$url/files/curl/file")" = 304 ]
    get --etag-save tag -o file "$url/files/curl/file"
    [ "$(says '%{http_code}' --etag-compare tag "$url/files/curl/file")" = 304 ]
    [ "$(says '%{http_code}' "$url/none")" = 404 ]
    [ "$(says '%{http_code}' -X OPTIONS "$url/")" = 204 ]
    [ "$(says '%{http_code}' --request-target '*' -X OPTIONS "$url/")" = 204 ]
    [ "$(says '%{http_code}' -d x=y "$url/")" = 405 ]
    [ "$(says '%{http_code}' -T "$FILES/curl/file" "$url/files/new")" = 403 ]
    [ "$(says '%{http_code}' -X DELETE "$url/files/curl/file")" = 403 ]
    [ "$(says '%{http_code}' --path-as-is "$url/../../agentd.conf")" = 400 ]
    [ "$(says '%{http_code}' -0 "$url/curl/")" = 200 ]
    [ "$(says '%{http_code}' -x "$url" "http://else.example/curl/")" = 200 ]
}

@test "curl: one connection does for many requests, where both will" {
    echo x >"$SITE/keep"
    [ "$(get -o a -o b -o c -w '%{num_connects} ' "$url/keep" "$url/none" "$url/keep")" = "1 0 0 " ]
    [ "$(get -H 'Connection: close' -o a -o b -w '%{num_connects} ' "$url/keep" "$url/keep")" = "1 1 " ]
    [ "$(get -0 -o a -o b -w '%{num_connects} ' "$url/keep" "$url/keep")" = "1 1 " ]
    [ "$(get -0 -H 'Connection: keep-alive' -o a -o b -w '%{num_connects} ' "$url/keep" "$url/keep")" = "1 0 " ]
    cmp b "$SITE/keep"
}

# bats test_tags=once
@test "with no index.html, / leads to files, chat and status; with one it is that page" {
    site pages
}

# bats test_tags=once
@test "folders: index.html, the slash that is missing, listings, and doors that show less" {
    site folders
}

# bats test_tags=once
@test "a folder with a very long path is redirected to its slash, too" {
    site long_redirect
}

# bats test_tags=once
@test "names of every kind are listed as text, and their links work" {
    site names
}

@test "a folder of 5,000 names: all, in order, once" {
    site many_names
}

# bats test_tags=once
@test "no way up out of the site or the store" {
    site outside
}

# bats test_tags=once
@test "symbolic links that lead out are not there" {
    site links
}

# bats test_tags=once
@test "dot files, uploads under way, FIFOs and sockets are not there" {
    site hidden
}

# bats test_tags=once
@test "types, with their charset; what was uploaded does not run as a page" {
    site types
}

# bats test_tags=once
@test "HEAD is GET without its body" {
    site head_as_get
}

# bats test_tags=once
@test "If-None-Match, If-Modified-Since, If-Match, If-Unmodified-Since, and which of them counts" {
    site conditions
}

# bats test_tags=once
@test "one range of bytes, 416, If-Range; nonsense and too many: all of the file" {
    site ranges
}

@test "64 MiB arrive whole, by a slow reader too, and others are served meanwhile" {
    site large
    rm "$SITE/large.bin"
}

@test "a file that is cut short while it is sent: the answer ends early, nothing is made up" {
    site truncated
}

# bats test_tags=once
@test "a file that is replaced during downloads: one version or another, never a mixture" {
    site replaced
}

@test "200 connections that stay are all answered" {
    site parallel
}

@test "clients that leave or reset in the middle: nothing is left of them, what went is logged" {
    site leavers
}

# bats test_tags=once
@test "the access log is in the combined format, and nobody can forge a line of it" {
    site access_log
}

# bats test_tags=once
@test "curl: MKCOL, PUT, MOVE and DELETE change the store, and say what they cannot" {
    local url=http://127.0.0.1:$http/files code='%{http_code}'
    change http files_access=write
    echo one >one
    [ "$(says "$code" -X MKCOL "$url/new")" = 201 ]
    [ "$(says "$code" -X MKCOL "$url/new")" = 405 ]
    [ "$(says "$code" -X MKCOL "$url/none/new")" = 409 ]
    [ "$(says "$code" -X MKCOL -d x "$url/other")" = 415 ]
    [ "$(says "$code" -T one "$url/new/a%20b")" = 201 ]
    [ "$(says "$code" -X MOVE -H "Destination: $url/new/小明" "$url/new/a%20b")" = 201 ]
    cmp one "$FILES/new/小明"
    [ "$(says "$code" -T one "$url/new/c")" = 201 ]
    [ "$(says "$code" -X MOVE -H 'Overwrite: F' -H 'Destination: /files/new/c' "$url/new/小明")" = 412 ]
    [ "$(says "$code" -X MOVE -H 'Destination: /files/new/c' "$url/new/小明")" = 204 ]
    [ "$(says "$code" -X MOVE -H 'Destination: /files/none/c' "$url/new/c")" = 409 ]
    [ "$(says "$code" -X MOVE -H 'Destination: http://else.example/files/c' "$url/new/c")" = 502 ]
    [ "$(says "$code" -X MOVE -H 'Destination: /c' "$url/new/c")" = 502 ]
    [ "$(says "$code" -X MOVE -H 'Destination: /files/../c' "$url/new/c")" = 400 ]
    [ "$(says "$code" -X MOVE "$url/new/c")" = 400 ]
    [ "$(says "$code" -X MOVE -H 'Destination: /files/new/in' "$url/new")" = 409 ]
    [ "$(says "$code" -X DELETE -H 'If-Match: "other"' "$url/new/c")" = 412 ]
    [ "$(says "$code" -X DELETE -H "Depth: 0" "$url/new")" = 409 ]
    [ "$(says "$code" -X DELETE "$url/new/c")" = 204 ]
    [ "$(says "$code" -X DELETE "$url/new/c")" = 404 ]
    [ "$(says "$code" -X DELETE "$url/new/")" = 204 ]
    [ "$(says "$code" -X DELETE "$url/")" = 403 ]
    [ ! -e "$FILES/new" ]
    log_has 'event=move proto=http .*path=/new/小明 to=/new/c'
    log_has 'event=rmdir proto=http .*path=/new'
}

# bats test_tags=once
@test "curl: a folder as JSON, and as plain names" {
    local url=http://127.0.0.1:$http/files
    change http files_access=read
    mkdir -p "$FILES/json/empty" "$FILES/json/some"
    echo '12' >"$FILES/json/some/a \"quoted\" 小明"
    mkdir "$FILES/json/some/folder"
    touch -d '2001-02-03 04:05:06 UTC' "$FILES/json/some"/*
    curl -sS "$url/json/some/?json" | python3 -c 'import json, sys
got = json.load(sys.stdin)
assert got == {"path": "/json/some", "write": False, "entries": [
    {"name": "a \"quoted\" 小明", "type": "file", "size": 3, "media": "application/octet-stream", "modified": "2001-02-03T04:05:06Z"},
    {"name": "folder", "type": "folder", "modified": "2001-02-03T04:05:06Z"}]}, got'
    [ "$(curl -sS -H 'Accept: application/json' "$url/json/empty/" | tr -d '\n')" = '{"path":"/json/empty","write":false,"entries":[]}' ]
    [ "$(curl -sS -H 'Accept: text/plain' "$url/json/some/")" = $'a "quoted" 小明\nfolder/' ]
    [ "$(curl -sS -o /dev/null -w '%{content_type}' -H 'Accept: text/html, application/json' "$url/json/")" = 'text/html; charset=utf-8' ]
}

# bats test_tags=once
@test "curl -F: files from a form, as a browser sends them, one behind the other" {
    local url=http://127.0.0.1:$http/files code='%{http_code} %{redirect_url}'
    change http files_access=write
    mkdir "$FILES/form"
    head -c 3000000 /dev/urandom >big
    : >empty
    echo one >'a "quoted" 小明'
    [ "$(says "$code" -F file=@big -F 'file=@a "quoted" 小明' -F file=@empty "$url/form/")" = "303 $url/form/?said=uploaded" ]
    cmp big "$FILES/form/big"
    cmp 'a "quoted" 小明' "$FILES/form/a \"quoted\" 小明"
    cmp empty "$FILES/form/empty"
    # What is there stays, unless it is to be replaced.
    [ "$(says "$code" -F 'file=@empty;filename=big' "$url/form/")" = "409 " ]
    cmp big "$FILES/form/big"
    [ "$(says "$code" -F replace=yes -F 'file=@empty;filename=big' "$url/form/")" = "303 $url/form/?said=uploaded" ]
    cmp empty "$FILES/form/big"
    # A name's folders are the client's own; hidden ones are not taken.
    [ "$(says "$code" -F 'file=@empty;filename=../../x/y' "$url/form/")" = "303 $url/form/?said=uploaded" ]
    cmp empty "$FILES/form/y"
    [ "$(says "$code" -F 'file=@empty;filename=..' "$url/form/")" = "400 " ]
    [ "$(says "$code" -F 'file=@empty;filename=.hidden' "$url/form/")" = "400 " ]
    [ "$(says "$code" -F file=@empty "$url/none/")" = "404 " ]
    [ "$(says "$code" -H 'Content-Type: text/plain' -d x=y "$url/form/")" = "415 " ]
    [ "$(says "$code" -H 'Origin: http://evil.example' -F file=@empty "$url/form/")" = "403 " ]
    [ "$(says "$code" -H 'Content-Type: multipart/form-data; boundary=x' -d nonsense "$url/form/")" = "400 " ]
    # What breaks off leaves nothing of the file that it was in, and keeps those before it.
    printf -- '--x\r\nContent-Disposition: form-data; name=f; filename=whole\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; name=f; filename=half\r\n\r\n2' >broken
    [ "$(says "$code" -H 'Content-Type: multipart/form-data; boundary=x' --data-binary @broken "$url/form/")" = "400 " ]
    [ "$(cat "$FILES/form/whole")" = 1 ]
    [ ! -e "$FILES/form/half" ]
    [ "$(find "$FILES/form" -type f | wc -l)" -eq 5 ]
    change http files_access=read
    [ "$(says "$code" -F file=@empty "$url/form/")" = "403 " ]
    is_not grep -q '<form class="upload"' <(curl -sS "$url/form/")
}

# bats test_tags=once
@test "curl: a folder in the order asked for, as a page, as JSON, as plain names" {
    local url=http://127.0.0.1:$http/files/order/ plain='Accept: text/plain'
    mkdir -p "$FILES/order/zzz"
    head -c 30 /dev/zero >"$FILES/order/a10"
    head -c 20 /dev/zero >"$FILES/order/A9"
    head -c 10 /dev/zero >"$FILES/order/b"
    touch -d '2020-01-02' "$FILES/order/A9"
    touch -d '2020-01-03' "$FILES/order/b"
    touch -d '2020-01-04' "$FILES/order/a10"
    [ "$(curl -sS -H "$plain" "$url" | paste -sd' ')" = 'A9 a10 b zzz/' ]
    [ "$(curl -sS -H "$plain" "$url?sort=name" | paste -sd' ')" = 'zzz/ A9 a10 b' ]
    [ "$(curl -sS -H "$plain" "$url?sort=name&order=desc" | paste -sd' ')" = 'zzz/ b a10 A9' ]
    [ "$(curl -sS -H "$plain" "$url?sort=size" | paste -sd' ')" = 'zzz/ b A9 a10' ]
    [ "$(curl -sS -H "$plain" "$url?sort=time&order=desc" | paste -sd' ')" = 'zzz/ a10 b A9' ]
    [ "$(curl -sS "$url?json&sort=size&order=desc" | grep -o '"name":"[^"]*"' | paste -sd' ')" = '"name":"zzz" "name":"a10" "name":"A9" "name":"b"' ]
    curl -sS -H 'Accept: text/html' "$url?sort=size&order=desc" >page
    is_not grep -q 'href="[^"]*?' <(curl -sS "$url") # to a client that mirrors, other views are no more files
    [ "$(grep -o 'aria-sort="[a-z]*"><a href="[^"]*"' page)" = 'aria-sort="descending"><a href="?sort=size&amp;order=asc"' ]
    [ "$(grep -o '<bdi>[^<]*</bdi></a></td>' page | grep -o '>[^<>]*</b' | tr -d '<>' | paste -sd' ')" = 'zzz//b a10/b A9/b b/b' ]
    grep -q '3 files, 1 folder, <span title="60 bytes">60 B' page
}

# bats test_tags=once
@test "what a folder says of itself is shown beneath it: Markdown without anything that runs" {
    local url=http://127.0.0.1:$http/files/said/ long
    mkdir "$FILES/said" "$FILES/said/long" "$FILES/said/hard"
    printf '<b>text</b>\nand\ttabs\n' >"$FILES/said/readme.txt"
    curl -sS "$url" | grep -A1 '<pre class="text">' | grep -F '&lt;b&gt;text&lt;/b&gt;'
    curl -sS "$url" | grep -F $'and\ttabs'
    # The better one counts.
    cat >"$FILES/said/ReadMe.md" <<'END'
# Head
[a](./x%20y) [b](javascript:alert(1)) ![c](http://evil.example/x.png) <script>alert(2)</script>

<img src=x onerror=alert(3)>
END
    curl -sS "$url" >page
    grep -q '<h1>Head</h1>' page
    grep -q '<a href="./x%20y">a</a> <a href="">b</a>' page
    is_not grep -qE '<img src=x|onerror|javascript:|tabs' page
    [ "$(grep -c '<script' page)" -eq 1 ]
    # As it stands, when it is too long for the worker; and no more than 64 KiB of it.
    { echo '# Head'; head -c 100000 /dev/zero | tr '\0' x; } >"$FILES/said/long/ReadMe.md"
    long=$(curl -sS "$url/long/")
    [[ $long == *'# Head'* && ${#long} -gt 65000 && ${#long} -lt 75000 ]]
    # Some Markdown takes long; nobody waits for it meanwhile but who asked.
    python3 -c 'print("![[]()" * 10900)' >"$FILES/said/hard/ReadMe.md"
    curl -sS "$url/hard/" | grep -q '</html>'
}

# bats test_tags=once
@test "the page around a file: text, pictures, sound, its neighbours" {
    local url=http://127.0.0.1:$http/files/around
    mkdir -p "$FILES/around/folder"
    echo '<i>one</i>' >"$FILES/around/1.html"
    head -c 100 /dev/zero >"$FILES/around/2.bin"
    echo two >"$FILES/around/10 & more"
    printf 'a\xffb' >"$FILES/around/11.txt"
    echo png >"$FILES/around/12.png"
    curl -sS "$url/1.html?view" >page
    grep -qF '&lt;i&gt;one&lt;/i&gt;' page
    grep -qF 'rel="next" href="./2.bin?view"' page
    is_not grep -q 'rel="prev"' page
    curl -sS "$url/2.bin?view" | grep -q 'A browser cannot show this'
    curl -sS "$url/2.bin?view" | grep -q 'rel="next" href="./10%20%26%20more?view" title="10 &amp; more"'
    curl -sS "$url/10%20%26%20more?view" | grep -q '^two'
    curl -sS "$url/11.txt?view" | grep -q $'^a\xef\xbf\xbdb'
    curl -sS "$url/12.png?view" | grep -q '<img class="shown" alt="" src="./12.png">'
    is_not grep -q 'rel="next"' <(curl -sS "$url/12.png?view")
    [ "$(says '%{http_code}' "$url/none?view")" = 404 ]
    # Characters are not torn where one piece of a long text ends.
    python3 -c 'print("x" + "小" * 200000)' >"$FILES/around/long.txt"
    curl -sS "$url/long.txt?view" >page
    is_not grep -q $'\xef\xbf\xbd.' page
    grep -q 'This is its beginning' page
    # In a folder that cannot be looked at, there are no neighbours.
    [ "$(says '%{http_code}' "$url/12.png?view&view=source" -X HEAD -I)" = 200 ]
}

# bats test_tags=once
@test "a browser without scripts makes folders, renames and deletes by forms" {
    local url=http://127.0.0.1:$http/files/by code='%{http_code} %{redirect_url}'
    change http files_access=write
    mkdir "$FILES/by"
    touch "$FILES/by/a" "$FILES/by/b" "$FILES/by/c & d" "$FILES/by/"$'new\nline'
    form() { says "$code" "$@" "$url/"; }
    [ "$(form --data-urlencode name='小 明' -d action=mkdir)" = "303 $url/?said=made" ]
    [ -d "$FILES/by/小 明" ]
    [ "$(form --data-urlencode name='小 明' -d action=mkdir)" = "303 $url/?said=there" ]
    for name in .hidden a/b .. . ''; do
        [ "$(form --data-urlencode name="$name" -d action=mkdir)" = "303 $url/?said=name" ]
    done
    [ "$(form -d action=rename -d name=a -d to=b)" = "303 $url/?said=there" ]
    [ "$(form -d action=rename -d name=a -d to=e)" = "303 $url/?said=renamed" ]
    [ -e "$FILES/by/e" ] && [ ! -e "$FILES/by/a" ]
    [ "$(form -d action=rename -d name=a -d to=f)" = "303 $url/?said=gone" ]
    [ "$(form -d action=rename -d name=e -d name=b -d to=f)" = "303 $url/?said=one" ]
    [ "$(form -d action=rename -d name=e -d to=../f)" = "303 $url/?said=name" ]
    [ "$(form -d action=rename -d name=../by/e -d to=f)" = "303 $url/?said=name" ]
    [ "$(form -d action=delete -d name=e)" = "303 $url/?said=sure" ]
    [ "$(form -d action=delete -d sure=yes)" = "303 $url/?said=none" ]
    # A name stands there as in a URL.
    [ "$(form -d action=delete -d sure=yes -d name=e -d name=c%2520%2526%2520d -d name=new%250Aline)" = "303 $url/?said=deleted" ]
    [ "$(ls "$FILES/by")" = $'b\n小 明' ]
    touch "$FILES/by/小 明/x"
    [ "$(form -d action=delete -d sure=yes -d name=%25E5%25B0%258F%2520%25E6%2598%258E)" = "303 $url/?said=full" ]
    [ "$(form -d action=nonsense)" = "400 " ]
    # What somebody has locked stays.
    touch "$FILES/by/locked"
    [ "$(says '%{http_code}' -X LOCK -d '<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>' "$url/locked")" = 200 ]
    [ "$(form -d action=delete -d sure=yes -d name=locked)" = "303 $url/?said=locked" ]
    [ "$(form -d action=rename -d name=b -d to=locked)" = "303 $url/?said=locked" ]
    [ "$(form -d action=delete -d sure=yes -d name=b -H 'Origin: http://evil.example')" = "403 " ]
    [ -e "$FILES/by/b" ]
    curl -sS "$url/?said=full" | grep -q 'role="alert">Not deleted'
    is_not grep -q 'alert(1)' <(curl -sS "$url/?said=<script>alert(1)</script>")
    log_has 'event=move proto=http .*path=/by/a to=/by/e'
    change http files_access=read
    [ "$(form -d action=delete -d sure=yes -d name=b)" = "403 " ]
    is_not grep -q '<form' <(curl -sS "$url/")
}

# bats test_tags=once
@test "what pages are made of comes with a tag, and is not sent twice" {
    local url=http://127.0.0.1:$http/- tag
    for name in style.css files.css files.js rows.js send.js view.js icons.svg icon.svg; do
        tag=$(says '%header{etag} %{http_code} %{size_download}' "$url/$name" 2>/dev/null | cut -d' ' -f1)
        [ -n "$tag" ]
        [ "$(says '%{http_code} %{size_download}' -H "If-None-Match: $tag" "$url/$name")" = '304 0' ]
    done
    [ "$(says '%{content_type}' "$url/files.js")" = 'text/javascript; charset=utf-8' ]
}

# bats test_tags=once
@test "a browser gets a form for a drop box, and no word of what is in it" {
    local url=http://127.0.0.1:$http/files
    mkdir -p "$FILES/drop"
    echo secret >"$FILES/drop/hidden-name"
    cp "$CONF" "$CONF.first"
    printf '[access "/drop"]\nread = @admin\nwrite = @all\n[access "/drop/locked"]\nwrite = @admin\n' >>"$CONF"
    conf http files_access=write
    agentctl reload
    curl -sS --fail -H 'Accept: text/html' "$url/drop/" >page
    grep -q '<form class="upload"' page
    is_not grep -q hidden-name page
    [ "$(says '%{http_code}' "$url/drop/")" = 403 ]
    [ "$(says '%{http_code}' -F file=@page "$url/drop/")" = 303 ]
    [ "$(says '%{http_code}' -F 'file=@page;filename=locked' "$url/drop/")" = 403 ]
    cmp page "$FILES/drop/page"
}
