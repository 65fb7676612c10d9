#!/usr/bin/env bats
# Conversations by FTP that ask every command in every state: before login, after it, during a transfer,
# with wrong arguments, without the right, for what is not there (tests/golden/ftp). ftp_wire.bats has
# those about transfers.

load lib

GOLDEN=$ROOT/tests/golden/ftp

setup_file() {
    agentd_setup
    conf ftp anonymous=write
    conf limits login_delay=off login_failures=off
    # The same store with other rights, at doors of their own.
    cat >>"$CONF" <<END
[ftp "read"]
listen = 127.0.0.1:0
[ftp "named"]
listen = 127.0.0.1:0
host = files.example *.lab.example [::1]
anonymous = write
banner = Files of the lab.
banner = Be kind.
[access "/closed"]
read = @admin
write = @admin
[access "/inbox"]
read = @admin
write = @all
END
    fill_store
    agentd_start
    read_labels
}

teardown_file() {
    agentd_teardown
}

fill_store() {
    mkdir -p "$FILES/tree/sub" "$FILES/tree/.hidden" "$FILES/closed" "$FILES/inbox"
    printf 'hello\nworld\n' >"$FILES/a.txt"
    printf 'bbb' >"$FILES/tree/b.txt"
    touch "$FILES/tree/.hidden/x" "$FILES/closed/x" "$FILES/tree/sub/x.txt"
    touch -d '2001-02-03 04:05:06 UTC' "$FILES/a.txt"
    truncate -s 5368709120 "$FILES/sparse"
    mkfifo "$FILES/fifo"
    ln -s /etc "$FILES/outside"
    ln -s /etc/passwd "$FILES/secret"
    fill_messages "$FILES/told"
}

fill_messages() {
    mkdir -p "$1/lines" "$1/long" "$1/empty" "$1/link" "$1/folder/.message" "$1/fifo"
    printf 'first\r\n\n226 Transfer complete.\n\e[31mred\a\a\nnot \xff UTF-8\nlast' >"$1/.message"
    seq 100 >"$1/lines/.message"
    printf '小%.0s' $(seq 2000) >"$1/long/.message"
    : >"$1/empty/.message"
    ln -s ../../a.txt "$1/link/.message"
    mkfifo "$1/fifo/.message"
    cp "$1/.message" "$FILES/inbox/.message"
}

# PORTS gets ftp_LABEL=... for each door that has a label.
read_labels() {
    PORTS="$PORTS $(agentctl status --json | tr '{' '\n' |
        sed -n 's/.*"name":"\([a-z]*\)","label":"\([a-z]\{1,\}\)".*"listen":\["[^"]*:\([0-9]*\)".*/\1_\2=\3/p' |
        tr '\n' ' ')"
    export PORTS
}

# Holds these conversations.
golden() {
    local file files=()
    for file; do
        files+=("$GOLDEN/$file.talk")
    done
    talk "${files[@]}"
}

# Says what comes to the door, and prints what is answered.
ask() {
    exec 4<>"/dev/tcp/127.0.0.1/$ftp"
    cat >&4
    tr -d '\r' <&4
    exec 4>&-
}

# The commands that HELP names, those that are not implemented (*) too.
commands() {
    printf 'HELP\r\nQUIT\r\n' | ask | sed -n 's/^ //p' | tr -d '*' | tr ' ' '\n' | LC_ALL=C sort
}

# A line for each command that the conversations ask.
asked_in() {
    cat "${@/#/$GOLDEN/}" | sed -nE 's/^[A-Za-z]+ >>? //p' | sed 's/\\r\\n/\n/g' | tr a-z A-Z |
        grep -aoE '^[A-Z0-9]+'
}

# Says which commands they do not ask.
not_asked_in() {
    asked_in "$@" | LC_ALL=C sort -u | LC_ALL=C comm -13 - <(commands)
}

@test "known commands that are not implemented are 502, unknown ones 500; HELP, SYST, CLNT and the like" {
    golden registry help info
}

@test "ACCT, REIN, HOST, LANG, and who is logged in then; REIN forgets no failed login" {
    golden account rein rein_failures host language
}

@test "TYPE STRU MODE REST OPTS PBSZ PROT AUTH; ALLO and AVBL tell what room there is" {
    golden parameters space
}

@test "wrong arguments, no permission, what is not there or lies outside" {
    golden wrong_arguments no_permission missing
}

@test "every command during an upload waits for its end, in order; STAT does not" {
    golden during_upload during_upload_more
}

@test "STAT tells how far a transfer is, and QUIT what has been transferred" {
    golden during_download totals
}

@test "SITE: every verb, what it takes and what it refuses" {
    golden site
}

@test ".message is shown to who comes into its folder, and by the login" {
    printf 'Welcome to the lab.\n' >"$FILES/.message"
    golden message
    rm "$FILES/.message"
}

@test "every command is asked before login, after it, and during a transfer" {
    [ "$(commands | wc -l)" -gt 50 ]
    [ -z "$(not_asked_in before_login.talk)" ]
    # It does not wait, and has conversations of its own.
    [ "$(not_asked_in during_upload.talk during_upload_more.talk)" = ABOR ]
    [ -z "$(cd "$GOLDEN" && not_asked_in [!b]*.talk)" ]
}

@test "FEAT is in order, and names nothing that is not there" {
    local features all name
    features=$(printf 'FEAT\r\nQUIT\r\n' | ask | sed -n 's/^ //p')
    all=$(commands)
    [ "$(wc -l <<<"$features")" -ge 12 ]
    LC_ALL=C sort -c <<<"$features"
    for name in $(sed 's/ .*//' <<<"$features"); do
        case $name in TVFS | UTF8) continue ;; esac
        grep -qx "$name" <<<"$all"
    done
}

@test "the conversations are at least 250 exchanges, and each is held by a suite" {
    local f
    [ "$(cd "$GOLDEN" && asked_in *.talk | wc -l)" -ge 250 ]
    for f in "$GOLDEN"/*.talk; do
        grep -qE "(^ *golden (.* )?|/)$(basename "$f" .talk)( |$|\.talk)" "$BATS_TEST_DIRNAME"/ftp*.bats
    done
}
