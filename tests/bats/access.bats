#!/usr/bin/env bats
# once
# Who may do what in the store: [access], and what each door lets guests do. access.py holds a model of
# the rules of its own, and asks every door.

load lib

setup_file() {
    agentd_setup
    conf limits login_delay=off login_failures=off
    conf files sync=no
    conf ftp listen=
    conf http listen=
    conf lgp listen=
    local may
    for may in no read write; do
        cat >>"$CONF" <<END
[ftp "$may"]
listen = 127.0.0.1:0
anonymous = $may
transfer_log =
[http "$may"]
listen = 127.0.0.1:0
files_access = $may
access_log =
root = www-$may
[lgp "$may"]
listen = 127.0.0.1:0
access = $may
END
    done
    cat >>"$CONF" <<END
[access]
[access "/inbox"]
read = alice @admin
write = @all
[access "/team"]
read = @users
write = bob
[access "/team/private"]
read = carol
[access "/pub"]
read = @all
write = @write
[access "/closed.txt"]
read = alice
write = alice
[access "/drop.txt"]
read = alice
write = @all
[access "/users.txt"]
read = @users
write = @users
[access "/looks.txt"]
read = @guests rita
write = @admin
[access "/ghost/inner"]
read = alice
write = alice
END
    new_user rita read
    new_user bob write
    new_user carol write
    new_user alice write
    new_user adam admin
    agentd_start
    read_labels
}

teardown_file() {
    agentd_teardown
}

setup() {
    as_at_first
    read_labels
}

new_user() {
    printf "%s's\n" "$1" | agentctl user add "$@"
}

access() {
    python3 -B "$BATS_TEST_DIRNAME/access.py" "$@"
}

@test "every door gives everybody the same answer to every question, and it is the right one" {
    access matrix
}

@test "anonymous = no: guests are refused as a wrong password is" {
    access no_guest_by_ftp
}

@test "no reply tells whether there is a file that one may not read" {
    access silence
}

@test "no other spelling of a path leads around its rule" {
    access other_ways
}

@test "renaming carries nothing out of a rule or into another" {
    access renames
}

@test "a rule that is changed holds for sessions that were there before" {
    cp "$CONF" "$CONF.first"
    access told_at_once
}

@test "rules that make no sense are refused, and nothing is changed" {
    local row
    for row in '[access "inbox"]' '[access "/a/../b"]' '[access "/a/"]' $'[access "/a"]\nread = @nobody' \
        $'[access "/a"]\nwrite = a.b' $'[access "/a"]\nread = @all,@users' $'[access "/a"]\nread = alice, bob'; do
        cp "$CONF" "$CONF.first"
        printf '%s\n' "$row" >>"$CONF"
        fails_saying 'nothing was changed' agentctl reload
        mv "$CONF.first" "$CONF"
    done
}
