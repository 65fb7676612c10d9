#!/usr/bin/env bats
# once
# Share links: made by agentctl and on the web, used by whoever has them, ended in every way. share.py
# asks what a few lines of shell cannot.

# shellcheck disable=SC2154 # $http and the like: read_ports
load lib

setup_file() {
    agentd_setup
    conf limits login_delay=off login_failures=off
    conf files sync=no
    conf http access_log=access.log files_access=no
    cat >>"$CONF" <<END
[http "open"]
listen = 127.0.0.1:0
files_access = write
access_log =
[access]
[access "/pub/closed"]
read = @admin
write = @admin
[access "/box"]
read = @admin
write = @all
[access "/team"]
read = anna bert
write = anna bert
END
    new_user anna write
    new_user bert write
    new_user rita read
    new_user adam admin
    mkdir -p "$FILES/pub/sub" "$FILES/pub/closed" "$FILES/box" "$FILES/team"
    echo one >"$FILES/pub/one.txt"
    echo two >"$FILES/pub/sub/two.txt"
    echo closed >"$FILES/pub/closed/no.txt"
    echo outside >"$FILES/outside.txt"
    echo team >"$FILES/team/plan.txt"
    ln -s ../outside.txt "$FILES/pub/link.txt"
    ln -s /etc "$FILES/pub/etc"
    agentd_start
}

teardown_file() {
    agentd_teardown
}

setup() {
    as_at_first
}

new_user() {
    printf "%s's\n" "$1" | agentctl user add "$@"
}

# link PATH OPTION...: a fresh one, by the door that shows guests nothing.
link() {
    local url
    url=$(agentctl share "$@" | head -n 1)
    echo "http://127.0.0.1:$http/s/${url#*/s/}"
}

# status_of CURL-ARGUMENT...
status_of() {
    curl -s -o "$BATS_TEST_TMPDIR/body" -D "$BATS_TEST_TMPDIR/head" -w '%{http_code}' "$@"
}

answers() {
    local wanted=$1 got
    shift
    got=$(status_of "$@")
    [ "$got" = "$wanted" ] || {
        echo "curl $* got $got, not $wanted: $(cat "$BATS_TEST_TMPDIR/head" "$BATS_TEST_TMPDIR/body")" >&2
        return 1
    }
}

head_has() {
    grep -qi -- "$1" "$BATS_TEST_TMPDIR/head" || {
        cat "$BATS_TEST_TMPDIR/head" >&2
        return 1
    }
}

body_is() {
    [ "$(cat "$BATS_TEST_TMPDIR/body")" = "$1" ]
}

# PORTS gets http_open, too.
share() {
    local open
    open=$(agentctl status --json | tr '{' '\n' |
        sed -n 's/.*"name":"http","label":"open".*"listen":\["[^"]*:\([0-9]*\)".*/\1/p')
    PORTS="$PORTS http_open=$open" python3 -B "$BATS_TEST_DIRNAME/share.py" "$@"
}

@test "a link to a file gives the file, under its name, where guests may see nothing" {
    local url
    answers 401 "http://127.0.0.1:$http/files/pub/one.txt"
    url=$(agentctl share /pub/one.txt | head -n 1)
    [[ $url =~ ^http://127.0.0.1:[0-9]+/s/[0-9a-f]{40}$ ]]
    answers 200 "$url"
    url=http://127.0.0.1:$http/s/${url##*/}
    answers 200 "$url"
    body_is one
    head_has "^Content-Disposition: inline; filename\*=UTF-8''one.txt"
    head_has '^Content-Security-Policy: sandbox'
    answers 206 -r 1-2 "$url"
    body_is ne
    answers 200 -I "$url"
    head_has '^Content-Length: 4'
    answers 404 "$url/"
    answers 404 "$url/one.txt"
}

@test "a link to a folder gives what is in it and below, and archives of it" {
    local url
    url=$(link pub)
    [[ $url == */ ]]
    answers 301 "${url%/}"
    head_has "^Location: /s/${url#*/s/}"
    answers 200 "${url}sub/two.txt"
    body_is two
    answers 200 "${url}?json"
    grep -q '"path":"/"' "$BATS_TEST_TMPDIR/body"
    answers 200 -H 'Accept: text/plain' "${url}sub/"
    body_is two.txt
    answers 200 "$(link pub --as anna)?archive=tar"
    [ "$(tar -xOf "$BATS_TEST_TMPDIR/body" pub/sub/two.txt)" = two ]
    is_not tar -xOf "$BATS_TEST_TMPDIR/body" pub/closed/no.txt
}

@test "no way leads out of what is shared, and every link on its pages stays there" {
    share inside "$(link pub --as anna)" "$(link pub)"
}

@test "every answer below /s/ keeps the link to itself" {
    local url path
    url=$(link pub)
    for path in "$url" "${url}one.txt" "${url}none" "${url%/}" "http://127.0.0.1:$http/s/x" "$url%00"; do
        status_of "$path" >"$BATS_TEST_TMPDIR/status"
        head_has '^Referrer-Policy: no-referrer'
        head_has '^X-Robots-Tag: noindex'
    done
    answers 200 "http://127.0.0.1:$http/"
    is_not grep -qi robots "$BATS_TEST_TMPDIR/head"
}

@test "unknown, revoked and expired links are the same nothing, whatever is asked of them" {
    local revoked expired
    revoked=$(link pub --uploads)
    expired=$(link pub --uploads --expires 100ms)
    agentctl share revoke "$revoked"
    until_true answers 404 "$expired"
    share nothing "$revoked" "$expired"
}

@test "links expire, and are forgotten" {
    local url id
    url=$(link /pub/one.txt --expires 300ms)
    id=$(agentctl share list | sed -n '$s/^ *\([0-9]*\) .*/\1/p')
    until_true answers 404 "$url"
    until_true log_has "event=unshare .*share:$id: expired"
    is_not grep -q "\"id\":$id," <(agentctl share list --json)
}

@test "a link that is revoked ends at once, and so does what runs by it" {
    share revoked_while_sending
}

@test "with a password: the right one lets in, by Basic and by the form, a wrong one does not" {
    local url
    url=$(printf 'pass word\n' | link pub --password)
    answers 401 "$url"
    head_has '^WWW-Authenticate: Basic realm="share"'
    answers 401 -u x:wrong "$url"
    answers 200 -u anybody:'pass word' "${url}one.txt"
    body_is one
    answers 200 -u x:'pass word' "${url}one.txt"
    answers 401 "${url}one.txt"
    share password "$url"
}

@test "wrong passwords of a share are answered late, and ban the address, as failed logins do" {
    change limits login_delay=1ms login_failures=4 ban=1h
    share guessing "$(printf 'right\n' | link pub --password)" "$(printf 'right\n' | link pub --password)"
}

@test "where logins need TLS, a share's password does, too, and the link is for TLS" {
    local url token
    agentctl cert new >/dev/null
    change http tls_listen=127.0.0.1:0
    change tls require=login
    read_ports
    token=$(printf 'right\n' | agentctl share pub --password | sed -n 's|^https*://.*/s/||p')
    url=http://127.0.0.1:$http/s/$token
    for more in '-u x:right' '-d password=right' '-H Accept:text/html'; do
        # shellcheck disable=SC2086 # words
        status_of $more "$url" >"$BATS_TEST_TMPDIR/status"
        grep -qE '^30[18]$' "$BATS_TEST_TMPDIR/status"
        head_has "^Location: https://127.0.0.1:$http_tls/s/$token"
    done
    answers 200 -k -u x:right "https://127.0.0.1:$http_tls/s/$token"
    head_has '^Referrer-Policy: no-referrer'
    answers 303 -k -d password=right "https://127.0.0.1:$http_tls/s/$token"
    head_has '^Set-Cookie: share=.*; Secure'
}

@test "uploads need --uploads, add new files and replace none, and count against the account" {
    local url
    url=$(link pub)
    answers 403 -T "$FILES/outside.txt" "${url}new.txt"
    url=$(link pub --uploads --as anna)
    answers 201 -T "$FILES/outside.txt" "${url}new.txt"
    answers 412 -T "$FILES/outside.txt" "${url}one.txt"
    [ "$(cat "$FILES/pub/one.txt")" = one ]
    log_has 'event=upload .*who=share:[0-9]+ path=/pub/new.txt'
    answers 303 -F file=@"$FILES/outside.txt" -F 'file=@-;filename=stdin.txt' "${url}sub/" </dev/null
    head_has "^Location: /s/${url#*/s/}sub/?said=uploaded"
    [ -e "$FILES/pub/sub/outside.txt" ]
    [ -e "$FILES/pub/sub/stdin.txt" ]
    answers 409 -F replace=yes -F "file=@$FILES/outside.txt;filename=two.txt" "${url}sub/"
    [ "$(cat "$FILES/pub/sub/two.txt")" = two ]
    share no_more_than_adding "$url"
    agentctl user quota anna 100
    head -c 101 /dev/zero >"$BATS_TEST_TMPDIR/big"
    answers 507 -T "$BATS_TEST_TMPDIR/big" "${url}big"
    is_not [ -e "$FILES/pub/big" ]
    answers 201 -T "$FILES/outside.txt" "${url}small"
    agentctl user quota anna off
    fails_saying 'uploads need a folder' agentctl share /pub/one.txt --uploads
}

@test "folders are made on the way of what is dropped, within the share alone" {
    local url
    url=$(link pub)
    answers 403 -X MKCOL "${url}dropped"
    url=$(link pub --uploads --as anna)
    answers 201 -X MKCOL "${url}dropped"
    answers 201 -X MKCOL "${url}dropped/deep%20%26%20down/"
    answers 201 -T "$FILES/outside.txt" "${url}dropped/deep%20%26%20down/x"
    cmp "$FILES/outside.txt" "$FILES/pub/dropped/deep & down/x"
    until_true log_has 'event=mkdir .*who=share:[0-9]+ path=/pub/dropped( |$)'
    answers 405 -X MKCOL "${url}dropped/"
    head_has '^Allow: GET, HEAD, OPTIONS, POST, PUT, MKCOL'
    answers 405 -X MKCOL "$url"
    answers 405 -X MKCOL "${url}one.txt"
    answers 409 -X MKCOL "${url}none/x"
    answers 403 -X MKCOL "${url}.hidden"
    answers 400 -X MKCOL --path-as-is "${url}../out"
    answers 415 -X MKCOL -d body "${url}other"
    answers 404 -X MKCOL "http://127.0.0.1:$http/s/0123456789abcdef0123456789abcdef01234567/x"
    answers 404 -X MKCOL "$(link pub/one.txt)x"
    is_not [ -e "$FILES/out" ]
    is_not [ -e "$FILES/pub/other" ]
    # In a drop box, only a folder that was made tells that there was nothing.
    touch "$FILES/box/there"
    url=$(link / --uploads --as anna)
    answers 415 -X MKCOL -d body "${url}box/there"
    answers 415 -X MKCOL -d body "${url}box/none"
    rm "$FILES/box/there"
    agentctl user role anna read
    answers 403 -X MKCOL "${url}late"
    agentctl user role anna write
    rm -r "$FILES/pub/dropped"
}

@test "a link gives no more than its account has now" {
    local url team
    url=$(link pub --uploads --as bert)
    team=$(link team --as bert)
    fails_saying 'may not do there' agentctl share box --as rita
    fails_saying 'may not do there' agentctl share pub --uploads --as rita
    answers 201 -T "$FILES/outside.txt" "${url}bert.txt"
    agentctl user role bert read
    answers 403 -T "$FILES/outside.txt" "${url}bert2.txt"
    answers 200 "$url"
    answers 200 "${team}plan.txt"
    sed -i 's/^read = anna bert$/read = anna/; s/^write = anna bert$/write = anna/' "$CONF"
    agentctl reload
    answers 404 "${team}plan.txt"
    answers 404 "$team"
    agentctl user disable bert
    answers 404 "$url"
    agentctl user enable bert
    answers 200 "$url"
    agentctl user del bert
    answers 404 "$url"
    until_true is_not grep -q bert <(agentctl share list)
    new_user bert write
    answers 404 "$url"
}

@test "a link dies with what it leads to, by whatever door that goes" {
    share dies
}

@test "links outlive a restart, and their tokens are nowhere on the disk, nor in a command line" {
    local url token
    url=$(link /pub/one.txt --expires never)
    token=${url##*/}
    answers 200 "$url"
    agentctl restart
    read_ports
    url=http://127.0.0.1:$http/s/$token
    answers 200 "$url"
    answers 404 "$url/" -H "Referer: $url"
    is_not grep -rqa "$token" "$STATE"
    until_true grep -qF "GET /s/${token:0:6}… HTTP" "$STATE/access.log"
    until_true grep -qF "\"http://127.0.0.1:$http/s/${token:0:6}…\"" "$STATE/access.log"
    is_not grep -qaF -f <(echo "$token") /proc/[0-9]*/cmdline
    grep -q '"hits":2' <(agentctl share list --json)
}

@test "accounts make links on the web, see theirs, and revoke them; guests do not" {
    share web
}

@test "agentctl share says what is wrong, and lists and revokes while agentd is stopped" {
    local url id
    fails_saying '^usage: agentctl share' agentctl share
    fails_saying 'usage' agentctl share pub outside.txt
    fails_saying 'usage' agentctl share pub --expires
    fails_saying 'usage' agentctl share list all
    fails_saying 'no such file' agentctl share none
    fails_saying 'no such file' agentctl share pub/etc/passwd
    fails_saying 'must be a time' agentctl share pub --expires soon
    fails_saying 'no account of that name' agentctl share pub --as nobody
    fails_saying 'no such share' agentctl share revoke 4711
    fails_saying 'password is empty' agentctl share pub --password <<<''
    url=$(link pub --expires never)
    id=$(agentctl share list | sed -n '$s/^ *\([0-9]*\) .*/\1/p')
    agentctl stop
    agentctl share list | grep -q "^ *$id .*never"
    fails_saying 'agentd is stopped' agentctl share pub
    [ "$(agentctl share revoke "$id")" = "share $id is revoked" ]
    agentd_start
    answers 404 "http://127.0.0.1:$http/s/${url#*/s/}"
}
