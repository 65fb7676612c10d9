#!/usr/bin/env bats
# once
# Accounts: agentctl user, one name and password for every door, and what ends them. Who may do what in
# the store is in access.bats; those who guess passwords, in brute.bats.

# shellcheck disable=SC2154 # $http and the like: read_ports
load lib

setup_file() {
    agentd_setup
    conf agentd log_level=debug
    conf limits login_delay=off login_failures=off rate=off
    cat >>"$CONF" <<END
[access]
[access "/private.txt"]
read = @users
[access "/inbox"]
read = alice @admin
write = @all
[access "/team"]
read = @users
write = bob
END
    mkdir "$FILES/inbox" "$FILES/team" "$FILES/folder"
    echo private >"$FILES/private.txt"
    printf 'correct horse\n' | agentctl user add alice
    printf 'p:w with %% & + = 密码\n' | agentctl user add bob
    agentd_start
}

teardown_file() {
    agentd_teardown
}

# Each test begins with the configuration and the accounts that setup_file made.
setup() {
    as_at_first
    until_true nobody_is_there
}

scenario() {
    PORTS=$PORTS python3 -B "$BATS_TEST_DIRNAME/accounts.py" "$@"
}

# tells COMMAND...: a line for what is typed, for each that is said, and for the exit code; times are left
# out.
tells() {
    local status
    echo "\$ $*"
    "$@" >"$BATS_TEST_TMPDIR/tells" 2>&1 && status=0 || status=$?
    sed -E -e 's/"(created|last_seen)":[1-9][0-9]*/"\1":T/g' \
        -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{5}/DATE/' -e 's/ +$//' -e 's/ {2,}/  /g' \
        "$BATS_TEST_TMPDIR/tells"
    [ "$status" -eq 0 ] || echo "= $status"
}

# new_password PASSWORD add|passwd ...
new_password() {
    printf '%s\n' "$1" | agentctl user "${@:2}"
}

# All that can be done with an account, as agentctl tells it.
a_life() {
    local print=00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF
    tells new_password one add Émile
    tells new_password one add émile
    tells new_password one add zoe admin 10M
    tells agentctl user show émile
    tells agentctl user show ÉMILE
    tells agentctl user role zoe read
    tells agentctl user quota zoe 1G
    tells agentctl user cert zoe "$print"
    tells agentctl user cert émile "${print//:/}"
    tells agentctl user show zoe
    tells agentctl user cert zoe none
    tells agentctl user disable zoe
    tells agentctl user list
    tells agentctl user list --json
    tells agentctl user enable zoe
    tells agentctl user quota zoe off
    tells new_password two passwd zoe
    tells agentctl user show zoe --json
    tells agentctl user del zoe
    tells agentctl user show zoe
    tells agentctl user del Émile
    tells agentctl user list
}

@test "agentctl user: all that it can do, the same with a daemon and without" {
    a_life >"$BATS_TEST_TMPDIR/running"
    agentctl stop
    a_life >"$BATS_TEST_TMPDIR/stopped"
    agentd_start
    diff -u "$BATS_TEST_TMPDIR/running" "$BATS_TEST_TMPDIR/stopped"
    diff -u "$ROOT/tests/golden/agentctl_user.txt" "$BATS_TEST_TMPDIR/running"
}

@test "what was done while it ran or was stopped holds when it runs again" {
    new_password first add runs read
    agentctl user role runs admin
    agentctl stop
    new_password second add stopped read 5M
    new_password third passwd runs
    agentctl user disable stopped
    agentd_start
    [[ $(agentctl user show runs --json) == *'"role":"admin","disabled":false,'* ]]
    [[ $(agentctl user show stopped --json) == *'"role":"read","disabled":true,"quota":5242880,'* ]]
    curl -fsS -u runs:third "http://127.0.0.1:$http/files/private.txt"
    is_not curl -fsS -u runs:first "http://127.0.0.1:$http/files/private.txt"
    is_not curl -fsS -u stopped:second "http://127.0.0.1:$http/files/private.txt"
    agentctl user enable stopped
    curl -fsS -u stopped:second "http://127.0.0.1:$http/files/private.txt"
    agentctl user del runs
    agentctl restart
    read_ports
    is_not curl -fsS -u runs:third "http://127.0.0.1:$http/files/private.txt"
    curl -fsS -u stopped:second "http://127.0.0.1:$http/files/private.txt"
    agentctl user del stopped
}

# bad INPUT REGEX ARGUMENT...: agentctl user says why not.
bad() {
    local input=$1 regex=$2
    shift 2
    fails_saying "$regex" agentctl user "$@" <<<"$input"
}

bad_uses() {
    local before verb
    before=$(agentctl user list --json)
    bad x '^usage: '
    bad x '^agentctl: usage: user add\|passwd' frobnicate
    bad x '^agentctl: (an argument is missing|usage: .*)$' add
    bad x 'there is an account of that name' add Alice
    bad x 'the role must be one of: read write admin' add dora root
    bad x 'the quota must be a size' add dora write much
    bad x 'the quota must be a size' add dora write -1
    bad x 'the quota must be a size' add dora write 10M more
    bad '' 'the password is empty' add dora
    bad $'tab\there' 'control character' add dora
    bad $'\xff' 'not UTF-8' add dora
    bad "$(printf '%0256d' 0)" 'no password on standard input \(one line, at most 255 bytes\)' add dora
    fails_saying 'no password on standard input' agentctl user add dora </dev/null
    fails_saying 'no password on standard input' agentctl user add dora < <(printf 'with\0nul\n')
    bad x 'nobody can have that name' add 'a.b'
    bad x 'nobody can have that name' add "$(printf '%033d' 0)"
    bad x 'nobody can have that name' add $'p\xd0\xb0ypal' # with a Cyrillic letter
    bad x 'empty or has blanks' add 'a b'
    bad x 'empty or has blanks' add ''
    bad x 'stands for something else' add administrator
    bad x 'stands for something else' add anonymous
    bad x 'stands for something else' add ftp
    bad x 'stands for something else' add guest
    for verb in passwd del disable enable show; do
        bad x 'there is no account of that name' $verb dora
    done
    bad x 'there is no account of that name' role dora write
    bad x 'argument is missing' role alice
    bad x 'the role must be one of' role alice owner
    bad x 'argument is missing' quota alice
    bad x 'the quota must be a size' quota alice lots
    bad x 'argument is missing' cert alice
    bad x 'SHA-256 in hex' cert alice 00:11
    bad x 'SHA-256 in hex' cert alice "$(printf '%063d' 0)g"
    [ "$(agentctl user list --json)" = "$before" ]
}

@test "agentctl user: what is wrong is refused in words, with a daemon and without" {
    bad_uses
    agentctl stop
    bad_uses
    agentd_start
}

@test "agentctl user: a terminal is asked twice and shows nothing; ^C leaves it as it was" {
    scenario terminal
}

@test "passwords and hashes stand in no argument, log or answer; the database is its owner's" {
    local secret=Zebra-Crossing-1 said
    # What agentctl runs.
    cat >"$WORK/spy" <<END
#!/bin/sh
printf '%s\n' "\$*" >>"$WORK/arguments"
exec "$AGENTD" "\$@"
END
    chmod +x "$WORK/spy"
    AGENTD=$WORK/spy new_password $secret add eve
    AGENTD=$WORK/spy new_password $secret passwd eve
    grep -q 'user passwd eve' "$WORK/arguments"
    curl -fsS -u eve:$secret "http://127.0.0.1:$http/files/private.txt"
    curl -fsS -d "name=eve&password=$secret" "http://127.0.0.1:$http/login"
    curl -fsS -u eve:$secret "ftp://127.0.0.1:$ftp/private.txt"
    is_not curl -fsS -u eve:$secret$secret "ftp://127.0.0.1:$ftp/private.txt"
    is_not curl -fsS -u $secret:$secret "http://127.0.0.1:$http/files/private.txt"
    talk <<END
c = tcp irc
c > PASS eve:$secret
c > NICK eve
c > USER e 0 * :E
c ~ :agentd 376 .*
END
    {
        agentctl config get
        agentctl user list
        agentctl user list --json
        agentctl user show eve
        agentctl who --json
        agentctl stats
        cat "$WORK/arguments" "$STATE/agentd.log" "$STATE/access.log" "$STATE/xferlog"
        cat "/proc/$PID/cmdline" "/proc/$PID/environ"
        # Where somebody was so unwise to give it as a name, it stands once.
        sed "s/ who=$secret text=\"no such account; .*//" "$STATE/agentd.err"
    } >"$WORK/said"
    said=$(grep -ac 'who=eve' "$WORK/said")
    [ "$said" -ge 3 ]
    is_not grep -a "$secret" "$WORK/said"
    is_not grep -aF "\$y\$" "$WORK/said"
    [ "$(stat -c %a "$STATE/agentd.db")" = 600 ]
    grep -qaF "\$y\$" "$STATE"/agentd.db*
    is_not grep -aF "$secret" "$STATE"/agentd.db*
    agentctl user del eve
    agentctl restart
    read_ports
    [ "$(stat -c %a "$STATE/agentd.db")" = 600 ]
    [ "$(find "$STATE" -maxdepth 1 -name 'agentd.db*' -perm /077 | wc -l)" -eq 0 ]
}

# In a folder of its own.
made_by_agentctl() (
    umask 000
    agentd_setup
    new_password x add early
    mode=$(stat -c %a "$STATE/agentd.db")
    rm -rf "$WORK"
    [ "$mode" = 600 ]
)

@test "the database is its owner's when agentctl makes it, too" {
    made_by_agentctl
}

@test "one name and password: FTP, HTTP, IRC by PASS and by SASL; wrong ones open nothing" {
    local url=127.0.0.1 who='alice:correct horse'
    scenario one_password
    curl -fsS -u "$who" "ftp://$url:$ftp/private.txt" | cmp - "$FILES/private.txt"
    curl -fsS -u "$who" "http://$url:$http/files/private.txt" | cmp - "$FILES/private.txt"
    curl -fsS -T "$FILES/private.txt" -u "$who" "ftp://$url:$ftp/by-ftp"
    curl -fsS -T "$FILES/private.txt" -u "$who" "http://$url:$http/files/by-http"
    cmp "$FILES/by-ftp" "$FILES/private.txt"
    cmp "$FILES/by-http" "$FILES/private.txt"
}

@test "IRC: CAP and AUTHENTICATE: abort, too long, bad base 64, other mechanisms, wrong, right, again" {
    scenario sasl
}

@test "IRC: what comes behind a login waits for its answer, also when nobody stays to hear it" {
    scenario pipelined
}

@test "IRC: long passwords travel in chunks of 400" {
    scenario sasl_chunks
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
        until_true irssi_sees 'account *: alice' &&
        tmux_ send-keys -t irssi '/quit' Enter
}

@test "irssi logs in by SASL PLAIN" {
    local pid status=0
    mkdir "$WORK/irssi"
    cat >"$WORK/irssi/config" <<END
servers = ( { address = "127.0.0.1"; chatnet = "test"; port = "$irc"; autoconnect = "yes"; } );
chatnets = { test = { type = "IRC"; nick = "alice"; sasl_mechanism = "PLAIN";
  sasl_username = "alice"; sasl_password = "correct horse"; }; };
settings = { core = { real_name = "A person"; user_name = "person"; nick = "alice"; }; };
END
    TERM=screen tmux_ new-session -d -x 150 -y 50 -s irssi irssi --home="$WORK/irssi"
    pid=$(tmux_ list-panes -t irssi -F '#{pane_pid}')
    irssi_talks || status=1
    [ $status -eq 0 ] || tmux_ kill-server
    until_true is_gone "$pid" && return $status
}

@test "HTTP: the login page, its cookie, wrong passwords, logout" {
    scenario page
}

@test "HTTP: the login page leads nowhere else" {
    scenario redirects
}

@test "HTTP: other sites' forms log nobody in" {
    scenario origins
}

@test "HTTP: a cookie holds for [http] session" {
    local fake
    cp "$CONF" "$CONF.first"
    conf http session=1m
    agentctl stop
    # shellcheck disable=SC2016 # for that shell
    fake=$(faketime -f +0d sh -c 'echo "$LD_PRELOAD"')
    # The sanitizer wants to be the first.
    fake="$(ldd "$AGENTD" | sed -n 's/.*=> \(.*libasan[^ ]*\).*/\1/p') $fake"
    echo +0 >"$STATE/clock"
    # Here, the monotonic clock follows the file, too.
    LD_PRELOAD=$fake FAKETIME_TIMESTAMP_FILE=$STATE/clock FAKETIME_NO_CACHE=1 "$AGENTD" -c "$CONF"
    read_ports
    scenario expiry "$STATE/clock"
    agentctl stop
    mv "$CONF.first" "$CONF"
    agentd_start
}

@test "passwd, disable and del end FTP and IRC sessions and cookies at once" {
    scenario changes_end
}

@test "a role counts at once" {
    scenario role_changes_count_at_once
}

@test "an account's name is nobody else's in chat" {
    scenario names
}

@test "[irc] guests = no: who has no account stays out, by IRC and by datagram" {
    change irc guests=no
    scenario no_guests
}

@test "[limits] per_account: sessions of FTP and IRC together" {
    change limits per_account=3
    scenario per_account
}

@test "HTTP PUT: 201 and 204, 409, conditions, chunks, 100-continue, Content-Range" {
    scenario put
}

@test "HTTP PUT: what breaks off leaves nothing" {
    scenario broken_put
}

@test "HTTP PUT: kill -9 leaves nothing" {
    scenario killed "$PID"
    until_true is_gone "$PID"
    agentd_start
    [ "$(find "$FILES" -name '.agentd*' | wc -l)" -eq 0 ]
}

@test "the lobby is told of files that guests may read, of no drop box and no folder of users" {
    scenario notices
}
