#!/usr/bin/env bats
# FTP's data connections (ftp_channel.py): the addresses and ports that they come and go by, one at a time,
# and what is answered in every order of beginning and closing.

load lib

setup_file() {
    agentd_setup
    LOW=$(free_port 4)
    export LOW
    conf ftp anonymous=write
    conf files sync=no
    # The same store at doors of their own.
    cat >>"$CONF" <<END
[ftp "map"]
listen = 127.0.0.1:0
passive_address = 127.0.0.2=203.0.113.2 127.0.0.0/30=auto 203.0.113.9
[ftp "range"]
listen = 127.0.0.1:0
anonymous = write
active_ports = $LOW-$((LOW + 3))
[ftp "one"]
listen = 127.0.0.1:0
anonymous = write
active_ports = $LOW
[ftp "low"]
listen = 127.0.0.1:0
active_ports = 20
END
    mkdir -p "$FILES/tree/sub"
    printf 'hello\nworld\n' >"$FILES/a.txt"
    printf 'bbb' >"$FILES/tree/b.txt"
    agentctl cert new
    agentd_start
    export WORK_OF_ALL=$WORK
}

teardown_file() {
    agentd_teardown
}

teardown() {
    teardown_own
}

setup() {
    as_at_first
    read_labels
}

channel() {
    python3 -B "$BATS_TEST_DIRNAME/ftp_channel.py" "$@"
}

# refused WORDS KEY VALUE: agentd -t does not take it, and says why.
refused() {
    conf ftp "$2=$3"
    fails_saying "$1" "$AGENTD" -c "$CONF" -t
    conf ftp "$2="
}

taken() {
    conf ftp "$1=$2"
    "$AGENTD" -c "$CONF" -t
    conf ftp "$1="
}

@test "passive_address: the first word that fits the client counts" {
    channel address_by_network
}

@test "passive_address and active_ports: what is wrong is refused in words" {
    cp "$CONF" "$CONF.first"
    taken passive_address ""
    taken passive_address auto
    taken passive_address 203.0.113.7
    taken passive_address "10.0.0.0/8=10.0.0.5 203.0.113.7"
    taken passive_address "private=auto 192.0.2.1=10.0.0.7  203.0.113.7"
    refused "host.example is no IPv4 address, nor auto" passive_address host.example
    refused "::1 is no IPv4 address" passive_address ::1
    refused "10.0.0.0/33 is no network" passive_address 10.0.0.0/33=10.0.0.5
    refused "fe80::/10 is no IPv4 network" passive_address fe80::/10=10.0.0.5
    refused "passive_address: nothing is no IPv4 address" passive_address 10.0.0.0/8=
    refused "nothing is no network such as" passive_address =10.0.0.5
    refused "10.0.0.5 stands behind an address for all" passive_address "auto 10.0.0.5"
    refused "0.0.0.0 is no IPv4 address" passive_address 0.0.0.0
    taken active_ports 20
    taken active_ports 20000-20999
    taken active_ports ""
    refused "active_ports: 0 is no range such as 20000-20999" active_ports 0
    refused "active_ports: 9-8 is no range" active_ports 9-8
    refused "active_ports: 1-65536 is no range" active_ports 1-65536
    refused "passive_ports: x is no range such as 50000-50999" passive_ports x
}

@test "active connections come from the configured ports, and share one where the peers differ" {
    channel active_range "$LOW" $((LOW + 3))
}

@test "no active port that is free for this peer: 425, the log says so, another peer is served" {
    channel active_exhausted
    errlog_has 'event=no-active-port .*active_ports='
}

@test "port 20 for active connections, where that is allowed" {
    channel port_20
}

@test "IPv4 clients of a socket for both families, passive and active" {
    local port
    port=$(free_port)
    agentd_setup # a daemon of its own
    conf ftp "listen=[::]:$port"
    printf 'hello\nworld\n' >"$FILES/a.txt"
    python3 -B "$BATS_TEST_DIRNAME/ftp_channel.py" activated "$port" "$AGENTD" -c "$CONF" 3>&-
    channel mapped "$port"
}

@test "a new PASV, EPSV, PORT or EPRT takes the place of the channel before" {
    channel replaced
}

@test "a client that speaks on the connection of its download gets all of that" {
    channel speaks_on_download
}

@test "a data connection that comes, goes or stays between commands" {
    channel early_and_late
}

@test "TLS on the data connection that fails is 522; ABOR ends one that has not begun" {
    channel tls_channel
}

@test "TLS on the data connection that never begins is 425" {
    change limits request_timeout=1s
    channel tls_never_begins
}

@test "no reply comes between the lines of a listing by STAT" {
    channel stat_within_stat
}

@test "a line that is too long is answered in its turn" {
    channel long_line_waits
}

@test "commands wait for a transfer up to a bound, and ABOR passes them all" {
    channel queue
}

@test "the control connection ends before the data connection" {
    channel control_ends_first
}
