#!/usr/bin/env bats
# once
# What a section of http may say about its answers: names, index, error pages, headers, lifetimes, other
# sites. What curl cannot do is in http_hosts.py.

# shellcheck disable=SC2154 # $http and the like: read_ports
load lib

setup_file() {
    agentd_setup
    conf limits login_delay=off login_failures=off
    conf http 'header=X-Site: main' files_access=write tls_listen=127.0.0.1:0
    cat >>"$CONF" <<END
[http "blog"]
host = blog.example *.blog.example
root = blog
access_log = blog.log
files_access = no
index = index.htm start.html
[http "exact"]
host = exact.blog.example *.deep.blog.example
root = exact
access_log =
[http "locked"]
listen = 127.0.0.1:0
host = localhost lock.example *.lock.example [::1] 127.0.0.2
root = locked
access_log =
files_access = no
[http "other"]
listen = 127.0.0.1:0
host = lock.example
root = other
access_log =
files_access = no
END
    local site
    for site in www blog exact locked other; do
        mkdir -p "$STATE/$site"
        echo "$site" >"$STATE/$site/who"
    done
    printf 'anna_1\n' | agentctl user add anna write
    agentctl cert new blog.example
    agentd_start
    read_labels
}

teardown_file() {
    agentd_teardown
}

setup() {
    as_at_first
    read_labels
    url=http://127.0.0.1:$http
    cd "$BATS_TEST_TMPDIR" || return
}

# PORTS gets http_LABEL=... for each door that has a label.
read_labels() {
    local labels
    labels=$(agentctl status --json | tr '{' '\n' |
        sed -n 's/.*"name":"\([a-z]*\)","label":"\([a-z]\{1,\}\)".*"listen":\["[^"]*:\([0-9]*\)".*/\1_\2=\3/p' |
        tr '\n' ' ')
    PORTS="$PORTS $labels"
    export PORTS
    # shellcheck disable=SC2086 # words
    export ${labels?}
}

hosts() {
    python3 -B "$BATS_TEST_DIRNAME/http_hosts.py" "$@"
}

get() {
    curl -sS --max-time "$PATIENCE" "$@"
}

code() {
    get -o body -w '%{http_code}' "$@"
}

# head_of ARG...: the response's head, to look into with has and lacks.
head_of() {
    get -o body -D head "$@"
}

has() {
    grep -qixF "$1"$'\r' head || {
        echo "no line: $1" >&2
        cat head >&2
        return 1
    }
}

lacks() {
    is_not grep -i "^$1:" head
}

# is HOST WANT [ARG...]: who answers to the name; a status when it is none.
is() {
    local got
    got=$(get -w '%{http_code}' -H "Host: $1" "${@:3}" "${at:-$url}/who")
    got=${got//$'\n'/}
    [ "$got" = "${2}200" ] || [[ $got == *"</html>$2" ]] || {
        echo "Host: $1 gave $got, not $2" >&2
        return 1
    }
}

# with SECTION LINE...: the daemon with more lines in a section.
with() {
    local section=$1 line
    shift
    cp "$CONF" "$CONF.first"
    for line; do
        sed -i "s#^\[http \"$section\"\]\$#&\n$line#" "$CONF"
    done
    agentctl reload >/dev/null
}

@test "the name that is asked for says which site answers, in whatever form it is written" {
    is blog.example blog
    is BLOG.Example blog
    is blog.example. blog
    is blog.example:8000 blog
    is blog.example.:1 blog
    is a.blog.example blog
    is a.b.blog.example blog
    is exact.blog.example exact
    is EXACT.blog.example:80 exact
    is x.exact.blog.example blog
    is x.deep.blog.example exact
    is deep.blog.example blog
    is xblog.example www
    is blog.example.org www
    is .blog.example www
    is nobody.example www
    is 127.0.0.1 www
    is '[::1]:80' www
    is localhost www
    is blog www
    is 'blog%2eexample' www
}

@test "virtual hosts are at every door; one with a list answers to no other name" {
    local at=http://127.0.0.1:$http_locked
    is localhost locked
    is LOCALHOST:8000 locked
    is lock.example locked
    is a.lock.example locked
    is '[::1]:8000' locked
    is 127.0.0.2 locked
    is 127.0.0.1 421
    is '[::2]' 421
    is evil.example 421
    is lock.example.org 421
    is localhost.localdomain 421
    is blog.example blog
    is exact.blog.example exact
    at=http://127.0.0.1:$http_other
    is lock.example other
    is localhost 421
    [ "$(code -H 'Host: evil.example' -T "$SITE/who" "$at/files/x")" = 421 ]
    [ "$(code -H 'Host: evil.example' -u anna:anna_1 "$at/")" = 421 ]
    [ "$(code -H 'Host: evil.example' -X OPTIONS --request-target '*' "$at/")" = 421 ]
    [ "$(code -X OPTIONS -H 'Host: lock.example' --request-target '*' "$at/")" = 204 ]
    [ "$(code -H 'Host: evil.example' "$at/" -H 'Accept: text/plain')" = 421 ]
    [ "$(cat body)" = '421 Misdirected Request' ]
}

@test "no Host, an empty one, an absolute target: each by the rules" {
    hosts forms
}

@test "one connection asks for several names, one behind the other and all at once" {
    hosts in_turns
}

@test "https: the same names, whatever name TLS was asked for" {
    local at=https://127.0.0.1:$http_tls
    is blog.example blog -k
    is 127.0.0.1 www -k
    local secure=(-k --resolve "blog.example:$http_tls:127.0.0.1")
    [ "$(get "${secure[@]}" "https://blog.example:$http_tls/who")" = blog ]
    [ "$(get "${secure[@]}" -H 'Host: exact.blog.example' "https://blog.example:$http_tls/who")" = exact ]
    [ "$(get "${secure[@]}" -H 'Host: nobody' "https://blog.example:$http_tls/who")" = www ]
}

@test "each site has its own log, folder and rights" {
    [ "$(code -H 'Host: blog.example' "$url/logged?1")" = 404 ]
    [ "$(code -H 'Host: exact.blog.example' "$url/logged?2")" = 404 ]
    [ "$(code "$url/logged?3")" = 404 ]
    until_true grep -q 'GET /logged?1 ' "$STATE/blog.log"
    until_true grep -q 'GET /logged?3 ' "$STATE/access.log"
    is_not grep -q 'GET /logged?[23] ' "$STATE/blog.log"
    is_not grep -q 'GET /logged?[12] ' "$STATE/access.log"
    echo x >"$FILES/x"
    [ "$(code "$url/files/x")" = 200 ]
    [ "$(code -H 'Host: exact.blog.example' "$url/files/x")" = 200 ]
    [ "$(code -H 'Host: blog.example' "$url/files/x")" = 401 ]
    [ "$(code -H 'Host: blog.example' -u anna:anna_1 "$url/files/x")" = 200 ]
    [ "$(code -T "$FILES/x" "$url/files/put")" = 201 ]
    [ "$(code -T "$FILES/x" -H 'Host: exact.blog.example' "$url/files/put2")" = 401 ]
}

@test "index: the first that is there; a folder without its slash keeps its query" {
    mkdir -p "$STATE/blog/i/index.htm" "$SITE/i"
    echo start >"$STATE/blog/i/start.html"
    echo html >"$STATE/blog/i/index.html"
    echo index >"$SITE/i/index.html"
    [ "$(get -H 'Host: blog.example' "$url/i/")" = start ]
    [ "$(get "$url/i/")" = index ]
    rmdir "$STATE/blog/i/index.htm"
    echo first >"$STATE/blog/i/index.htm"
    [ "$(get -H 'Host: blog.example' "$url/i/")" = first ]
    [ "$(code -H 'Host: blog.example' -D head "$url/i?a=b&c=%20d")" = 301 ]
    has 'Location: /i/?a=b&c=%20d'
    change http index=
    grep -q 'href="./index.html"' <(get "$url/i/")
}

@test "error pages: the status stays; a short page of ours where one is missing or too big" {
    local at=(-H 'Host: blog.example')
    mkdir -p "$STATE/blog/e"
    echo 'not here' >"$STATE/blog/e/404.html"
    echo '405 of 4xx' >"$STATE/blog/e/4xx.txt"
    head -c 60000 /dev/zero | tr '\0' x >"$STATE/blog/e/401.html"
    head -c 70000 /dev/zero >"$STATE/blog/e/400.html"
    with blog 'error_pages = 404=/e/404.html 403=/e/none.html 400=/e/400.html 401=/e/401.html 4xx=/e/4xx.txt'
    [ "$(code "${at[@]}" -D head "$url/none")" = 404 ]
    [ "$(cat body)" = 'not here' ]
    has 'Content-Type: text/html; charset=utf-8'
    has 'Content-Length: 9'
    lacks ETag
    [ "$(code "${at[@]}" -I "$url/none")" = 404 ]
    [ "$(get "${at[@]}" -o a -o b -w '%{http_code} %{num_connects} ' "$url/none" "$url/who")" = '404 1 200 0 ' ]
    cmp a "$STATE/blog/e/404.html"
    cmp b "$STATE/blog/who"
    [ "$(code "${at[@]}" -X DELETE -D head "$url/who")" = 405 ]
    [ "$(cat body)" = '405 of 4xx' ]
    has 'Allow: GET, HEAD, OPTIONS'
    has 'Content-Type: text/plain; charset=utf-8'
    [ "$(code "${at[@]}" -D head "$url/files/")" = 401 ]
    cmp body "$STATE/blog/e/401.html"
    has 'WWW-Authenticate: Basic realm="agentd", charset="UTF-8"'
    [ "$(code "${at[@]}" "$url/%00")" = 400 ]
    grep -q 'Error 400' body
    mkdir -p "$STATE/blog/bare"
    with blog 'listing = no'
    [ "$(code "${at[@]}" "$url/bare/")" = 403 ]
    grep -q 'Error 403' body
    # As it is asked for itself, it is a page like others; other sites have theirs.
    [ "$(code "${at[@]}" "$url/e/404.html")" = 200 ]
    [ "$(code "$url/none")" = 404 ]
    grep -q 'Error 404' body
    until_true grep -q 'GET /none HTTP/1.1" 404 9 ' "$STATE/blog.log"
}

@test "programs get errors as JSON or plain text, behind a body too" {
    local json='Accept: application/json' text='Accept: text/plain;q=0.9, application/octet-stream'
    [ "$(code -D head -H "$json" "$url/none")" = 404 ]
    [ "$(cat body)" = '{"status":404,"error":"Not Found"}' ]
    has 'Content-Type: application/json'
    has 'Vary: Accept'
    [ "$(code -D head -H "$text" "$url/none")" = 404 ]
    [ "$(cat body)" = '404 Not Found' ]
    has 'Content-Type: text/plain; charset=utf-8'
    [ "$(code -D head -H 'Accept: text/html, application/json' "$url/none")" = 404 ]
    has 'Content-Type: text/html; charset=utf-8'
    [ "$(code -H "$json" -F 'file=@/dev/null;filename=..' "$url/files/")" = 400 ]
    [ "$(cat body)" = '{"status":400,"error":"Bad Request"}' ]
    [ "$(code -H "$json" -X DELETE "$url/")" = 405 ]
    [ "$(cat body)" = '{"status":405,"error":"Method Not Allowed"}' ]
    [ "$(code -H "$json" -H 'X: '$'\001' "$url/")" = 400 ]
    [ "$(cat body)" = '{"status":400,"error":"Bad Request"}' ]
}

@test "header: on every answer of the section, in place of ours; none where it has no value" {
    echo page >"$FILES/page.html"
    with exact 'header = X-One: a: b; c' 'header = X-Two: 小' 'header = Server:' \
        "header = content-security-policy: default-src 'self'; img-src *" \
        'header = Cache-Control: max-age=5' 'header = Vary: X-One' 'header = X-Content-Type-Options: other'
    local at=(-H 'Host: exact.blog.example') target
    for target in /who /none /files/ /files /favicon.ico /-/style.css /%00 /files/page.html; do
        head_of "${at[@]}" "$url$target"
        has 'X-One: a: b; c'
        has 'X-Two: 小'
        has "content-security-policy: default-src 'self'; img-src *"
        has 'Cache-Control: max-age=5'
        has 'X-Content-Type-Options: other'
        has 'Vary: X-One'
        lacks Server
        lacks X-Site
        [ "$(grep -ic '^cache-control' head)" -eq 1 ]
    done
    # What somebody has uploaded stays in its sandbox, and what is sent to somebody his own.
    grep -q '^Content-Security-Policy: sandbox' head
    head_of "${at[@]}" -u anna:anna_1 "$url/files/page.html"
    has 'Cache-Control: private'
    head_of "${at[@]}" -u anna:anna_1 "$url/files/"
    has 'Cache-Control: no-store'
    head_of "${at[@]}" "$url/who" -H 'If-None-Match: *'
    has 'HTTP/1.1 304 Not Modified'
    has 'X-One: a: b; c'
    head_of "$url/who"
    has 'Server: agentd'
    has 'X-Site: main'
    lacks X-One
}

@test "header: 4,000 bytes of them" {
    local long
    long=$(head -c 3960 /dev/zero | tr '\0' x)
    with exact "header = X-Long: $long"
    hosts long_header
    fails_saying 'X-Long is too long: .* all lines 4096' with exact "header = X-More: $long"
}

@test "cache: lifetimes by type, private for who has logged in" {
    local at=(-H 'Host: blog.example')
    for f in a.css a.png a.html a.bin; do echo x >"$STATE/blog/$f"; done
    echo x >"$FILES/a.css"
    head_of "${at[@]}" "$url/a.css"
    lacks Cache-Control
    with blog 'cache = text/css=1d image/*=7d text/html=0 *=90'
    head_of "${at[@]}" "$url/a.css"
    has 'Cache-Control: max-age=86400'
    head_of "${at[@]}" "$url/a.png"
    has 'Cache-Control: max-age=604800'
    head_of "${at[@]}" "$url/a.html"
    has 'Cache-Control: no-cache'
    head_of "${at[@]}" "$url/a.bin" -r 0-0
    has 'HTTP/1.1 206 Partial Content'
    has 'Cache-Control: max-age=90'
    head_of "${at[@]}" "$url/a.css" -H 'If-None-Match: *'
    has 'HTTP/1.1 304 Not Modified'
    has 'Cache-Control: max-age=86400'
    head_of "${at[@]}" -u anna:anna_1 "$url/a.css"
    has 'Cache-Control: private, max-age=86400'
    head_of "${at[@]}" -u anna:anna_1 "$url/files/a.css"
    has 'Cache-Control: private, max-age=86400'
    head_of "${at[@]}" -u anna:anna_1 "$url/a.html"
    has 'Cache-Control: private, no-cache'
    head_of "${at[@]}" "$url/none"
    lacks Cache-Control
    head_of -u anna:anna_1 "$url/who"
    has 'Cache-Control: private'
}

@test "cors: no word of it by default; listed origins are named, and may come in somebody's name" {
    local ask=(-X OPTIONS -H 'Access-Control-Request-Method: PUT')
    head_of -H 'Origin: https://app.example' "$url/who"
    is_not grep -i '^access-control\|^vary' head
    with exact 'cors = https://app.example https://*.lab.example'
    local at=(-H 'Host: exact.blog.example') target
    for target in /who /none /files/ /files/none; do
        head_of "${at[@]}" -H 'Origin: https://app.example' "$url$target"
        has 'Access-Control-Allow-Origin: https://app.example'
        has 'Access-Control-Allow-Credentials: true'
        grep -q '^Access-Control-Expose-Headers: .*Content-Range.*ETag.*Location.*Upload-Offset' head
        has 'Vary: Origin'
    done
    head_of "${at[@]}" -H 'Origin: https://x.lab.example' "$url/who"
    has 'Access-Control-Allow-Origin: https://x.lab.example'
    lacks Access-Control-Allow-Credentials
    local origin
    for origin in https://evil.example http://app.example https://app.example:444 https://app.example.evil null; do
        head_of "${at[@]}" -H "Origin: $origin" "$url/who"
        is_not grep -i '^access-control' head
        has 'Vary: Origin'
        head_of "${at[@]}" "${ask[@]}" -H "Origin: $origin" "$url/files/x"
        is_not grep -i '^access-control' head
    done
    head_of "${at[@]}" "$url/who"
    is_not grep -i '^access-control' head
    has 'Vary: Origin'
    # The question comes without a login, and what it is about says what may be done.
    change 'http "exact"' files_access=no
    head_of "${at[@]}" "${ask[@]}" -H 'Origin: https://app.example' -H 'Access-Control-Request-Headers: authorization,if-match' "$url/files/x"
    has 'HTTP/1.1 204 No Content'
    has 'Access-Control-Allow-Origin: https://app.example'
    grep -q '^Access-Control-Allow-Methods: GET, HEAD, OPTIONS, POST, PUT, DELETE, ' head
    has 'Access-Control-Allow-Headers: authorization,if-match'
    has 'Access-Control-Max-Age: 3600'
    lacks Content-Length
    head_of "${at[@]}" "${ask[@]}" -H 'Origin: https://app.example' "$url/who"
    has 'Access-Control-Allow-Methods: GET, HEAD, OPTIONS'
    lacks Access-Control-Allow-Headers
    head_of "${at[@]}" -X OPTIONS -H 'Origin: https://app.example' "$url/files/x"
    has 'HTTP/1.1 401 Unauthorized'
    # Behind a body the origin is still known.
    head_of "${at[@]}" -u anna:anna_1 -H 'Origin: https://app.example' -T "$SITE/who" "$url/files/sent"
    has 'Access-Control-Allow-Origin: https://app.example'
    # *: all, and never in somebody's name.
    change 'http "exact"' 'cors=*'
    head_of "${at[@]}" -H 'Origin: https://evil.example' "$url/who"
    has 'Access-Control-Allow-Origin: *'
    lacks Access-Control-Allow-Credentials
    lacks Vary
}

@test "browsers find an icon, and no fault" {
    [ "$(code -D head "$url/favicon.ico")" = 204 ]
    [ "$(code -I "$url/favicon.ico")" = 204 ]
    head_of "$url/-/icon.svg"
    has 'Content-Type: image/svg+xml'
    python3 -c 'import sys, xml.dom.minidom as m; m.parse("body")'
    echo icon >"$SITE/favicon.ico"
    [ "$(get "$url/favicon.ico")" = icon ]
    rm "$SITE/favicon.ico"
    [ "$(code "$url/x/favicon.ico")" = 404 ]
}

@test "what makes no sense is refused, with the line and the reason" {
    local row
    # section | line | words
    while IFS='|' read -r section line words; do
        fails_saying "\[http \"$section\"\] ${line%% *}: $words" with "$section" "$line"
        mv "$CONF.first" "$CONF"
    done <<'END'
exact|index = a/b|a/b is no name of a file
exact|index = .x|.x is no name of a file
exact|error_pages = 404=x.html|404=x.html must be a status and a path
exact|error_pages = 404=/a/../x|404=/a/../x has a path that is not
exact|header = nothing|nothing must be Name: value
exact|header = X Y: z|X Y: z has a name of other than letters
exact|header = Content-Length: 5|Content-Length: 5 says how the message ends
exact|header = connection: close|connection: close says how the message ends
exact|header = Date: now|Date: now is another one in each answer
exact|header = Access-Control-Allow-Origin: x|Access-Control-Allow-Origin: x comes from the key cors
exact|cache = css=1d|css=1d must be a type and a time
exact|cache = text/css=soon|text/css=soon must have a time
exact|cors = app.example|app.example must be an origin
exact|cors = https://a.example/|https://a.example/ must be an origin
END
    local hosts=('a..b' 'a:80' '::1' '\*' '\*a.example' 'http://a' 'bücher.example')
    for row in "${hosts[@]}"; do
        cp "$CONF" "$CONF.first"
        sed -i "s#^host = exact.blog.*#host = ${row//\\/}#" "$CONF"
        fails_saying "\[http \"exact\"\] host: $row is no name such as" agentctl reload
        mv "$CONF.first" "$CONF"
    done
    # The same name twice: among virtual hosts, and with a door's own.
    for row in 'other.example BLOG.example.|host: blog.example is a name of \[http "exact"\], too' \
        'x \*.lock.example|host: \*.lock.example is a name of \[http "locked"\], too'; do
        cp "$CONF" "$CONF.first"
        sed -i "s#^host = exact.blog.*#host = ${row%%|*}#" "$CONF"
        fails_saying "${row#*|}" agentctl reload
        mv "$CONF.first" "$CONF"
    done
    is exact.blog.example exact
    agentctl test
}

@test "a reload brings hosts, moves their names and takes them away, and doors may change sides" {
    is new.example www
    cp "$CONF" "$CONF.first"
    mkdir -p "$STATE/new"
    echo new >"$STATE/new/who"
    printf '[http "new"]\nhost = new.example\nroot = new\naccess_log = new.log\n' >>"$CONF"
    agentctl reload
    is new.example new
    agentctl status | grep -q 'http "new" *new.example *0 sessions'
    agentctl status --json | grep -q '"host":"new.example"'
    # Two change their names with one another.
    sed -i -e 's/^host = new.example$/host = EXACT.blog.example/' \
        -e 's/^host = exact.*/host = new.example/' "$CONF"
    agentctl reload
    is new.example exact
    is exact.blog.example new
    # It gets an address of its own, and is no virtual host any more.
    sed -i 's/^\[http "new"\]$/&\nlisten = 127.0.0.1:0/' "$CONF"
    agentctl reload
    is exact.blog.example blog
    read_labels
    at=http://127.0.0.1:$http_new is exact.blog.example new
    at=http://127.0.0.1:$http_new is localhost 421
    at=http://127.0.0.1:$http_new is blog.example blog
    # And back; then it is gone.
    sed -i '/^\[http "new"\]$/,$s/^listen = .*//' "$CONF"
    agentctl reload
    is exact.blog.example new
    is_not connects "$http_new"
    mv "$CONF.first" "$CONF"
    agentctl reload
    is exact.blog.example exact
    is new.example www
    # A reload that fails changes nothing.
    cp "$CONF" "$CONF.first"
    printf '[http "more"]\nhost = more.example\nroot = new\n[http "bad"]\nhost = bad.example\nroot = %s/who\n' "$SITE" >>"$CONF"
    is_not agentctl reload 2>/dev/null
    is more.example www
    mv "$CONF.first" "$CONF"
}

@test "a host that goes away finishes what it has begun, and logs it" {
    mkdir -p "$STATE/gone"
    head -c 30000000 /dev/urandom >"$STATE/gone/big"
    cp "$CONF" "$CONF.first"
    printf '[http "gone"]\nhost = gone.example\nroot = gone\naccess_log = gone.log\n' >>"$CONF"
    agentctl reload
    hosts going "$STATE/gone/big" "$CONF"
    until_true grep -q 'GET /big HTTP/1.1" 200 30000000 ' "$STATE/gone.log"
    grep -q 'GET /big?cut HTTP/1.1" 200 ' "$STATE/gone.log"
    is gone.example www
    rm -r "$STATE/gone"
}

@test "links in the room have the name that the door answers to" {
    agentctl status | grep -q "web page *http://127.0.0.1:$http/\$"
    change http 'host=*.any.example files.example 127.0.0.1'
    agentctl status | grep -q "web page *http://files.example:$http/\$"
    is other.example 421
    change http 'host=' files_access=no
    # The store is shown by a virtual host alone.
    agentctl status | grep -q "web page *http://exact.blog.example:$http/\$"
    change http listen= tls_listen=
    agentctl status | grep -q "web page *http://exact.blog.example:$http_locked/\$"
}

@test "thirty sites: each is itself" {
    cp "$CONF" "$CONF.first"
    local i
    for ((i = 0; i < 30; i++)); do
        mkdir -p "$STATE/many$i"
        echo "many$i" >"$STATE/many$i/who"
        printf '[http "many%d"]\nhost = many%d.example *.many%d.example\nroot = many%d\naccess_log = many%d.log\n' \
            $i $i $i $i $i >>"$CONF"
    done
    agentctl restart >/dev/null
    read_ports
    url=http://127.0.0.1:$http
    for ((i = 0; i < 30; i++)); do
        is many$i.example many$i
    done
    is x.many7.example many7
}
