#!/usr/bin/env bats
# once
# Names and passwords over TLS, by every door: curl, Python's libraries, openssl and irssi as clients, with a
# certificate that `agentctl cert new` made; and doors that take no password in clear (tls_login.py).

# shellcheck disable=SC2154 # $http and the like: read_ports
load lib

setup_file() {
    agentd_setup
    local section
    for section in irc ftp http; do
        conf $section tls_listen=127.0.0.1:0
    done
    conf limits login_delay=off login_failures=off
    agentctl cert new
    echo 'correct horse' | agentctl user add alice
    agentd_start
}

teardown_file() {
    agentd_teardown
}

setup() {
    as_at_first
    CA=$STATE/tls.crt
    export CA
    cd "$BATS_TEST_TMPDIR" || return
}

tls_login() {
    python3 -B "$BATS_TEST_DIRNAME/tls_login.py" "$@"
}

@test "Python's ftplib logs in by FTP_TLS, and brings and fetches" {
    tls_login library
}

@test "IRC: PASS and SASL PLAIN over TLS; WHOIS says that it is secure" {
    tls_login irc
}

@test "IRC: a client certificate logs in by SASL EXTERNAL, once agentctl knows it; no other does" {
    local name
    for name in hers other; do
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$name" \
            -keyout $name.key -out $name.crt 2>/dev/null
    done
    agentctl user cert alice "$(openssl x509 -in hers.crt -noout -fingerprint -sha256 | cut -d= -f2)"
    tls_login external hers.crt hers.key other.crt other.key
    agentctl user cert alice none
}

@test "https: the login page's cookie is for https only" {
    local code
    code=$(curl -sS --cacert "$CA" -c jar -o /dev/null -w '%{http_code}' -d 'name=alice&password=correct horse' \
        "https://localhost:$http_tls/login")
    [ "$code" = 303 ]
    grep -P '^#HttpOnly_localhost\tFALSE\t/\tTRUE\t[0-9]+\tagentd\t' jar # the second TRUE: secure
    curl -sS --cacert "$CA" -b jar "https://localhost:$http_tls/files/" | grep '>alice<'
}

# A tmux server of our own, whose socket lies in $BATS_TEST_TMPDIR.
tmux_() {
    TMUX_TMPDIR=$BATS_TEST_TMPDIR command tmux -L agentd-test -f /dev/null -u "$@" 3>&-
}

irssi_sees() {
    tmux_ capture-pane -p -J -t irssi | grep -E -- "$1" || {
        tmux_ capture-pane -p -J -t irssi
        return 1
    }
}

irssi_talks() {
    until_true irssi_sees 'SASL authentication succeeded' &&
        until_true irssi_sees 'End of /MOTD command' &&
        tmux_ send-keys -t irssi '/whois alice' Enter &&
        until_true irssi_sees 'using a secure connection' &&
        until_true irssi_sees 'account *: alice' &&
        tmux_ send-keys -t irssi '/quit' Enter
}

@test "irssi comes by TLS, looks at the certificate, and logs in by SASL PLAIN" {
    local pid status=0
    change tls require=login
    mkdir irssi
    cat >irssi/config <<END
servers = ( { address = "localhost"; chatnet = "test"; port = "$irc_tls"; autoconnect = "yes"; use_tls = "yes";
  tls_verify = "yes"; tls_cafile = "$CA"; } );
chatnets = { test = { type = "IRC"; nick = "alice"; sasl_mechanism = "PLAIN";
  sasl_username = "alice"; sasl_password = "correct horse"; }; };
settings = { core = { real_name = "A person"; user_name = "person"; nick = "alice"; }; };
END
    TERM=screen tmux_ new-session -d -x 150 -y 50 -s irssi irssi --home="$PWD/irssi"
    pid=$(tmux_ list-panes -t irssi -F '#{pane_pid}')
    irssi_talks || status=1
    [ $status -eq 0 ] || tmux_ kill-server
    until_true is_gone "$pid" && return $status
}

@test "require = login: no door takes a password in clear, and guests may come as they are" {
    change tls require=login
    tls_login require_login
}

@test "require = all: in clear there is nothing, by any door, but the way to TLS" {
    change tls require=all
    tls_login require_all
}

@test "require without a certificate is refused, at start and at reload" {
    mv "$STATE/tls.crt" kept.crt
    mv "$STATE/tls.key" kept.key
    cp "$CONF" kept.conf
    conf tls require=login
    fails_saying '\[tls\] require: there is no certificate' agentctl reload || touch failed
    cp kept.conf "$CONF"
    mv kept.crt "$STATE/tls.crt"
    mv kept.key "$STATE/tls.key"
    [ ! -e failed ]
    agentctl reload
}
