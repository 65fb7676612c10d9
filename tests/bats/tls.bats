#!/usr/bin/env bats
# TLS at every door that has it, as curl, lftp, openssl and Python's libraries meet it, and clients that do
# not behave (tls.py). The certificate is one that `agentctl cert new` made.

# shellcheck disable=SC2154 # $http and the like: read_ports
load lib

setup_file() {
    agentd_setup
    local section
    for section in irc ftp http; do
        conf $section tls_listen=127.0.0.1:0
    done
    conf ftp anonymous=write
    conf files sync=no
    agentctl cert new
    agentd_start
}

teardown_file() {
    agentd_teardown
}

setup() {
    if [ ! -e "$STATE/tls.crt" ]; then # a test that failed took it away
        rm -f "$STATE/tls.key"
        agentctl cert new >/dev/null
        agentctl reload >/dev/null
    fi
    as_at_first
    CA=$STATE/tls.crt
    cd "$BATS_TEST_TMPDIR" || return
}

tls() {
    python3 -B "$BATS_TEST_DIRNAME/tls.py" "$@"
}

get() {
    curl -sS --fail --max-time 120 --cacert "$CA" "$@"
}

lftp_do() {
    local where=$1 script='set cmd:fail-exit yes; set net:max-retries 2; set net:timeout 20;'
    shift
    script+="set ssl:ca-file $CA; set ftp:ssl-force yes; set ftp:ssl-protect-data yes; set ftp:ssl-protect-list yes;"
    HOME=$BATS_TEST_TMPDIR LFTP_HOME=$BATS_TEST_TMPDIR/lftp \
        lftp --norc -c "$script open -u anonymous,x $where; $*"
}

# shakes DOOR OPTION...: openssl's client does its handshake with 127.0.0.1 and goes.
shakes() {
    local door=$1
    shift
    timeout "$PATIENCE" openssl s_client -connect "127.0.0.1:${!door}" -CAfile "$CA" \
        -verify_return_error "$@" </dev/null >said 2>&1
}

@test "https: curl gets 64 MiB, parts, and several files by one connection" {
    local version
    head -c 67108864 /dev/urandom >"$FILES/64"
    for version in 1.2 1.3; do
        [ "$(get --tlsv$version --tls-max $version "https://localhost:$http_tls/files/64" | sha256sum)" = "$(sha256sum <"$FILES/64")" ]
    done
    get -r 1000000-1999999 "https://127.0.0.1:$http_tls/files/64" | cmp - <(tail -c +1000001 "$FILES/64" | head -c 1000000)
    echo page >"$SITE/page"
    [ "$(get -o a -o b -o c -w '%{num_connects}%{http_version} ' "https://localhost:$http_tls/"{page,page,page})" = "11.1 01.1 01.1 " ]
    cmp c "$SITE/page"
    rm "$FILES/64"
}

@test "ftp and ftps: curl sends and gets by AUTH TLS and by implicit TLS; in clear it is refused nothing" {
    head -c 30000000 /dev/urandom >big
    get --ssl-reqd -T big "ftp://localhost:$ftp/big"
    cmp big "$FILES/big"
    get --ssl-reqd "ftp://localhost:$ftp/big" | cmp - big
    rm big "$FILES/big"
    head -c 67108864 /dev/urandom >some
    get -T some "ftps://localhost:$ftp_tls/some"
    [ "$(sha256sum <"$FILES/some")" = "$(sha256sum <some)" ]
    [ "$(get "ftps://localhost:$ftp_tls/some" | sha256sum)" = "$(sha256sum <some)" ]
    get --ssl-reqd --tls-max 1.2 "ftp://localhost:$ftp/some" | cmp - some
    get --ssl-reqd --ftp-ssl-control "ftp://localhost:$ftp/some" | cmp - some
    get --ssl-reqd -C 67000000 "ftp://localhost:$ftp/some" | cmp - <(tail -c +67000001 some)
    [ "$(get --ssl-reqd -l "ftp://localhost:$ftp/")" = some ]
    get "ftp://localhost:$ftp/some" | cmp - some
    rm "$FILES/some"
}

@test "lftp mirrors up and down with protected data, passive and active" {
    local i
    mkdir tree
    for i in {1..40}; do
        head -c $((i * 3000)) /dev/urandom >"tree/$i"
    done
    lftp_do "ftp://localhost:$ftp" "mirror -R --parallel=2 --no-perms tree up; mirror up down"
    diff -r tree down
    lftp_do "ftps://localhost:$ftp_tls" "set ftp:passive-mode no; mirror up active; rm -r up"
    diff -r tree active
    [ -z "$(ls -A "$FILES")" ]
}

# bats test_tags=once
@test "Python's ftplib, explicit and implicit, passive and active, up and down" {
    tls library
}

@test "the words of RFC 4217: AUTH, PBSZ, PROT, CCC, and who is logged in behind AUTH" {
    tls words
}

@test "data connections: TLS that begins before the command, and one that connects late" {
    tls early_data_handshake
}

@test "irc: many lines in a record, a line in many records, records byte by byte" {
    tls chat_lines
}

@test "irc: openssl's client is welcome, and a room has people by TLS and in clear" {
    { printf 'NICK a\r\nUSER a 0 * :a\r\nQUIT\r\n'; } |
        timeout "$PATIENCE" openssl s_client -connect "localhost:$irc_tls" -CAfile "$CA" -quiet -alpn irc >said 2>&1
    grep -q ' 001 a :Welcome' said
    until_true nobody_is_there
    tls chat_across
}

@test "http: 200 requests at once are answered in order" {
    tls pipeline
}

# bats test_tags=once
@test "only TLS 1.2 and 1.3, only ECDHE with AEAD, no renegotiation" {
    local version suite
    for version in -tls1 -tls1_1; do
        is_not shakes http_tls $version -cipher ALL@SECLEVEL=0
        grep -q 'protocol version' said
    done
    for version in -tls1_2 -tls1_3; do
        shakes http_tls $version
    done
    for suite in AES128-GCM-SHA256 ECDHE-ECDSA-AES128-SHA DHE-RSA-AES128-GCM-SHA256; do
        is_not shakes http_tls -tls1_2 -cipher $suite@SECLEVEL=0
    done
    for suite in ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-ECDSA-CHACHA20-POLY1305; do
        shakes http_tls -tls1_2 -cipher $suite
        grep -q "Cipher is $suite" said
    done
    printf 'R\n' | timeout "$PATIENCE" openssl s_client -tls1_2 -connect "127.0.0.1:$http_tls" >said 2>&1 || true
    grep -q 'no renegotiation' said
}

# bats test_tags=once
@test "ALPN: a client that wants another protocol is turned away, by each door" {
    local door wanted
    for door in http_tls:http/1.1 irc_tls:irc ftp_tls:ftp; do
        shakes "${door%:*}"
        for wanted in http/1.1 irc ftp h2 imap; do
            if [ "${door#*:}" = $wanted ]; then
                shakes "${door%:*}" -alpn "h2,$wanted"
                grep -q "ALPN protocol: $wanted" said
            else
                is_not shakes "${door%:*}" -alpn $wanted
                grep -q 'no application protocol' said
            fi
        done
    done
    until_true log_has 'event=tls-failed proto=irc sid=[0-9]+ peer=127\.0\.0\.1:[0-9]+ reason="no application protocol"'
}

@test "tickets: a client that comes again resumes" {
    tls tickets
}

@test "plain bytes to a TLS door, and TLS to a plain one, end the connection" {
    change limits request_timeout=1s
    tls cross
}

# bats test_tags=once
@test "two certificates: the name that is asked for decides" {
    mkdir -p "$STATE/other"
    conf tls certificate="$STATE/other/b.crt" key="$STATE/other/b.key"
    agentctl cert new b.example '*.b.example'
    conf tls certificate= key=
    sed -i '/^certificate =/d; /^key =/d' "$CONF"
    cp "$CONF" "$CONF.first"
    printf '[tls "b"]\ncertificate = %s\nkey = %s\n' "$STATE/other/b.crt" "$STATE/other/b.key" >>"$CONF"
    agentctl reload
    read_ports
    tls names localhost "$CA" b.example "$STATE/other/b.crt" x.b.example "$STATE/other/b.crt" \
        nobody.example "$CA"
}

@test "HUP with a new certificate: who comes gets it, who is there goes on" {
    change ftp tls_require_resume=yes
    tls renewed
}

# bats test_tags=once
@test "a certificate that is no good: reload, test and start say so, and what runs goes on" {
    local bad=$STATE/bad.crt
    echo nonsense >"$bad"
    cp "$CONF" "$CONF.first"
    conf tls certificate="$bad"
    fails_saying "agentd.conf:[0-9]+: \[tls\] certificate: $bad: no start line" agentctl reload
    fails_saying "\[tls\] certificate: $bad: no start line" agentctl test
    fails_saying '\[tls\] certificate: ' agentctl restart
    get "https://localhost:$http_tls/" -o page
    conf tls certificate="$STATE/none.crt"
    fails_saying '\[tls\] certificate: .*: No such file' agentctl reload
    conf tls certificate="$CA" key="$bad"
    fails_saying '\[tls\] key: ' agentctl reload
    openssl ecparam -name prime256v1 -genkey -noout -out other.key
    conf tls key="$PWD/other.key"
    fails_saying '\[tls\] key: .* does not belong to ' agentctl test
    conf tls certificate= key=
    sed -i '/^certificate =/d; /^key =/d' "$CONF"
    printf '[tls "half"]\ncertificate = tls.crt\n' >>"$CONF"
    fails_saying '\[tls "half"\] key: must be given' agentctl test
    conf irc tls_listen=nonsense
    fails_saying '\[irc\] tls_listen: nonsense is no address' agentctl test
    errlog_has 'event=reload-refused nothing was changed: .*certificate'
    get "https://localhost:$http_tls/" -o page
    mv "$CONF.first" "$CONF"
    agentctl test
}

# bats test_tags=once
@test "a certificate may be a link, outside of state, that leads elsewhere after a renewal" {
    local i
    mkdir "$WORK/live" "$WORK/archive"
    cp "$CONF" "$CONF.kept"
    for i in 1 2; do
        conf tls certificate="$WORK/archive/$i.crt" key="$WORK/archive/$i.key"
        agentctl cert new
    done
    ln -s ../archive/1.crt "$WORK/live/a.crt"
    ln -s ../archive/1.key "$WORK/live/a.key"
    conf tls certificate="$WORK/live/a.crt" key="$WORK/live/a.key"
    agentctl restart
    read_ports
    CA=$WORK/archive/1.crt get "https://localhost:$http_tls/" -o page
    ln -sf ../archive/2.crt "$WORK/live/a.crt"
    ln -sf ../archive/2.key "$WORK/live/a.key"
    agentctl reload
    read_ports
    CA=$WORK/archive/2.crt get "https://localhost:$http_tls/" -o page
    mv "$CONF.kept" "$CONF"
    agentctl restart
}

# bats test_tags=once
@test "no certificate: the TLS doors are off, status says so; cert new makes one, and never over another" {
    fails_saying 'tls\.key: is there already' agentctl cert new
    [ "$(stat -c %a "$STATE/tls.key")" = 600 ]
    mkdir away
    mv "$STATE/tls.key" away
    fails_saying '\[tls\] key: .*tls\.key: No such file' agentctl reload
    mv "$STATE/tls.crt" away
    agentctl reload
    agentctl status | grep -q 'TLS is off: .*agentctl cert new'
    agentctl status --json | tr '{' '\n' | grep '"name":"http"' | grep -q '"tls_listen":\[\]'
    is_not connects "$http_tls"
    connects "$http"
    talk <<END
C = tcp ftp
C < 220 .*
C > AUTH TLS
C < 431 .*
END
    agentctl cert new 192.0.2.7 agentd.example >made
    grep -q "^certificate  $STATE/tls.crt" made
    grep -q 'agentctl reload' made
    [ "SHA-256      $(openssl x509 -in "$CA" -noout -fingerprint -sha256 | cut -d= -f2)" = "$(grep SHA made)" ]
    openssl x509 -in "$CA" -noout -text >text
    grep -q "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:192.0.2.7, DNS:agentd.example" text
    agentctl reload
    read_ports
    agentctl status >said
    is_not grep -q 'TLS is off' said
    grep -q '^  http (TLS) ' said
    get "https://localhost:$http_tls/" -o page
    fails_saying 'no name of a host' agentctl cert new 'a b'
}

@test "lines in clear behind AUTH TLS have no effect" {
    tls injection
}

@test "an upload that ends without close_notify leaves nothing" {
    tls cut_upload
    errlog_has 'event=upload-aborted .*path=/cut .*text="no close_notify"'
}

# bats test_tags=once
@test "tls_require_resume: curl and lftp resume; who does not is answered 522, and the log says so" {
    local i
    for i in 1 2 3 4; do
        echo "$i" >"$i"
    done
    tls library
    log_has 'event=no-resume proto=ftp sid=[0-9]+ peer=127\.0\.0\.1:[0-9]+ '
    change ftp tls_require_resume=yes
    read_ports
    get --ssl-reqd -T '{1,2,3,4}' "ftp://localhost:$ftp/"
    get --ssl-reqd "ftp://localhost:$ftp/[1-4]" -o 'got#1'
    cmp 4 got4
    rm 1 2 3 4
    lftp_do "ftp://localhost:$ftp" "mget -O . *; cls -1; rm 1 2 3 4"
    tls resume
    tls no_resume
    run tls library
    [[ $output == *522* || $output == *EOF* ]]
    errlog_has 'event=no-resume proto=ftp sid=[0-9]+ peer=127\.0\.0\.1:[0-9]+ .* is refused'
}

# bats test_tags=once
@test "require = login, all: data in clear is answered 522 under TLS, and links begin with https" {
    local level
    for level in login all; do
        change tls require=$level
        read_ports
        tls required $level
    done
}

@test "50 handshakes that stall are closed at their deadline and counted; others are served" {
    change limits request_timeout=1s
    read_ports
    tls stalled
    log_has 'event=tls-failed proto=irc .* reason=timeout'
}

@test "who never reads a big download is closed at the idle deadline; others are served" {
    change limits idle_timeout=1s
    read_ports
    tls never_reads
}

@test "clients that leave in the middle of anything leave nothing" {
    tls leavers
}

@test "nonsense in a handshake and behind it" {
    tls alerts
}

# bats test_tags=once
@test "a certificate that soon runs out is told in the log; status says until when it holds" {
    is_not errlog_has 'event=certificate-ends'
    agentctl status | grep -E '^ +certificate +until 20[0-9-]+ [0-9:]+ UTC$'
    cp "$STATE/tls.crt" kept.crt
    cp "$STATE/tls.key" kept.key
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3 -subj /CN=brief \
        -keyout "$STATE/tls.key" -out "$STATE/tls.crt" 2>/dev/null
    agentctl reload
    until_true errlog_has 'event=certificate-ends a certificate runs out 20'
    cp kept.crt "$STATE/tls.crt"
    cp kept.key "$STATE/tls.key"
    agentctl reload
}
