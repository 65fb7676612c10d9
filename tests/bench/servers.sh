# servers.sh: the servers that are measured, each set up for what it does best.
# shellcheck shell=bash disable=SC2154 # $work and $agentd are run.sh's

# What they may do to agentd, unless a measurement is about that.
agentd_limits='rate = off
per_account = off
login_delay = off
login_failures = off
sendq = 1G'
agentd_history=yes

# start_agentd NAME [SYNC [EVENT]]: with ports for http (with its access log), quiet (without), tls, ftp
# and irc.
start_agentd() {
    local name=$1
    ports "$name" http quiet tls ftp irc
    mkdir -p "$work/$name/files/pub"
    cat >"$work/$name/conf" <<END
[agentd]
state = $work/$name
event = ${3:-auto}
[limits]
$agentd_limits
[files]
sync = ${2:-yes}
[http]
listen = 127.0.0.1:${at[$name:http]}
root = $work/www
[http "quiet"]
listen = 127.0.0.1:${at[$name:quiet]}
tls_listen = 127.0.0.1:${at[$name:tls]}
root = $work/www
access_log =
[ftp]
listen = 127.0.0.1:${at[$name:ftp]}
anonymous = write
[irc]
listen = 127.0.0.1:${at[$name:irc]}
[history]
store = $agentd_history
END
    "$agentd" -c "$work/$name/conf" -x cert new >/dev/null || die "no certificate"
    launch "$name" "${at[$name:http]}" "$agentd" -c "$work/$name/conf" -f
}

# The other two have agentd's certificate, ECDSA P-256, and speak TLS 1.3 as it does. The log's buffer is
# the best that nginx can do; agentd and lighttpd collect lines by themselves.
start_nginx() {
    local dir=$work/nginx
    ports nginx http quiet tls
    mkdir "$dir"
    cat >"$dir/conf" <<END
daemon off;
worker_processes 1;
pid $dir/pid;
error_log $dir/err.log;
events { worker_connections 4096; }
http {
    client_body_temp_path $dir/a; proxy_temp_path $dir/b; fastcgi_temp_path $dir/c;
    uwsgi_temp_path $dir/d; scgi_temp_path $dir/e;
    types { text/plain txt; }
    root $work/www;
    sendfile on;
    keepalive_requests 1000000000;
    open_file_cache max=1000;
    open_file_cache_valid 1s;
    ssl_certificate $work/agentd/tls.crt;
    ssl_certificate_key $work/agentd/tls.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    access_log off;
    server {
        listen 127.0.0.1:${at[nginx:http]};
        access_log $dir/access.log combined buffer=64k flush=1s;
    }
    server { listen 127.0.0.1:${at[nginx:quiet]}; }
    server { listen 127.0.0.1:${at[nginx:tls]} ssl; }
}
END
    launch nginx "${at[nginx:http]}" nginx -e "$dir/err.log" -c "$dir/conf"
}

# start_lighttpd NAME EVENT_HANDLER
start_lighttpd() {
    local name=$1 dir=$work/$1
    ports "$name" http quiet tls
    mkdir "$dir"
    cat >"$dir/conf" <<END
server.modules = ("mod_accesslog", "mod_openssl")
server.document-root = "$work/www"
server.bind = "127.0.0.1"
server.port = ${at[$name:http]}
server.errorlog = "$dir/err.log"
server.event-handler = "$2"
server.max-keep-alive-requests = 1000000000
server.max-fds = $([ "$2" = select ] && echo 1024 || echo 4096)
mimetype.assign = (".txt" => "text/plain")
accesslog.filename = "$dir/access.log"
accesslog.format = "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\""
\$SERVER["socket"] == "127.0.0.1:${at[$name:quiet]}" { accesslog.filename = "" }
\$SERVER["socket"] == "127.0.0.1:${at[$name:tls]}" {
    accesslog.filename = ""
    ssl.engine = "enable"
    ssl.pemfile = "$work/agentd/tls.crt"
    ssl.privkey = "$work/agentd/tls.key"
}
END
    launch "$name" "${at[$name:http]}" lighttpd -D -f "$dir/conf"
}

# start_floor OPTION...: answers as agentd answers `curl OPTION...` now, byte for byte.
start_floor() {
    [ -z "${pid[floor]:-}" ] || end_servers floor
    mkdir "$work/floor"
    ports floor quiet
    curl -q -si "$@" >"$work/floor/answer" || die "agentd does not answer"
    launch floor "${at[floor:quiet]}" "$work/floor.bin" "${at[floor:quiet]}" "$work/floor/answer"
}

# debian_program PACKAGE: $program is the server of that name: the installed one; else Debian's, unpacked into
# $work, as pure-ftpd has to be, which cannot be installed beside vsftpd.
debian_program() {
    local dir=$work/deb/$1
    program=$(command -v "$1") && return
    program=$dir/usr/sbin/$1
    [ ! -x "$program" ] || return 0
    mkdir -p "$dir"
    { has apt-get && cd "$dir" && apt-get download "$1" && dpkg -x "$1"_*.deb .; } >/dev/null 2>&1
    cd - >/dev/null || exit 1
    [ -x "$program" ] && ! ldd "$program" | grep -q 'not found'
}

# launch_for_guests NAME COMMAND...: of a server whose guests are the user ftp, in that user's home: it sees
# a table of users where that is as it should be.
launch_for_guests() {
    local name=$1 table=$work/$1/passwd
    shift
    grep -v '^ftp:' /etc/passwd >"$table"
    echo "ftp:x:$(id -u nobody):$(id -g nobody)::$work/$name/root:/bin/false" >>"$table"
    # shellcheck disable=SC2016 # for the other shell
    launch "$name" "${at[$name:ftp]}" unshare -m \
        sh -c 'mount --bind "$1" /etc/passwd && shift && exec "$@"' sh "$table" "$@"
}

# One process a session, as fast as it goes, so that the CPU time of its children is its own.
start_vsftpd() {
    local dir=$work/vsftpd
    ports vsftpd ftp
    mkdir -p "$dir/root/pub" "$dir/empty"
    chmod 777 "$dir/root/pub"
    cat >"$dir/conf" <<END
listen=YES
listen_address=127.0.0.1
listen_port=${at[vsftpd:ftp]}
background=NO
max_clients=0
max_per_ip=0
anonymous_enable=YES
local_enable=NO
no_anon_password=YES
one_process_model=YES
anon_root=$dir/root
secure_chroot_dir=$dir/empty
write_enable=YES
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
anon_world_readable_only=NO
use_sendfile=YES
xferlog_enable=YES
xferlog_file=$dir/xferlog
END
    launch_for_guests vsftpd "$program" "$dir/conf"
}

start_pure-ftpd() {
    local dir=$work/pure-ftpd
    ports pure-ftpd ftp
    mkdir -p "$dir/root/pub"
    chmod 777 "$dir/root/pub"
    launch_for_guests pure-ftpd "$program" -4 -H -e -M -f none -c 5000 -C 5000 -L 10000:5 -g "$dir/pid" \
        -S "127.0.0.1,${at[pure-ftpd:ftp]}"
}

# The interpreter that Debian's package is for is not always the first.
python_with() {
    for program in python3 /usr/bin/python3; do
        "$program" -c "import $1" 2>/dev/null && return
    done
    return 1
}

start_pyftpdlib() {
    local dir=$work/pyftpdlib
    ports pyftpdlib ftp
    mkdir -p "$dir/root/pub"
    cat >"$dir/serve.py" <<END
import logging
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer
logging.basicConfig(level=logging.ERROR)
FTPHandler.authorizer = DummyAuthorizer()
FTPHandler.authorizer.add_anonymous("$dir/root", perm="elradfmwMT")
server = FTPServer(("127.0.0.1", ${at[pyftpdlib:ftp]}), FTPHandler)
server.max_cons = 0
server.serve_forever()
END
    launch pyftpdlib "${at[pyftpdlib:ftp]}" "$program" -W ignore "$dir/serve.py"
}

# No flood control, no bound to what waits for a member, no questions to DNS or ident.
start_ngircd() {
    local dir=$work/ngircd
    ports ngircd irc
    mkdir -p "$dir/none"
    cat >"$dir/conf" <<END
[Global]
Name = bench.example
Info = bench
Listen = 127.0.0.1
Ports = ${at[ngircd:irc]}
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxNickLength = 16
MaxPenaltyTime = 0
PingTimeout = 3600
[Options]
DNS = no
Ident = no
PAM = no
IncludeDir = $dir/none
SyslogFacility = local7
END
    chmod 644 "$dir/conf"
    launch ngircd "${at[ngircd:irc]}" "$program" -n -f "$dir/conf"
}

start_inspircd() {
    local dir=$work/inspircd
    ports inspircd irc
    mkdir -p "$dir"
    cat >"$dir/conf" <<END
<path configdir="$dir" datadir="$dir" logdir="$dir" runtimedir="$dir" moduledir="${program%/sbin/*}/lib/inspircd/modules">
<server name="bench.example" description="bench" network="bench">
<admin name="bench" email="bench@bench.example" nick="bench">
<bind address="127.0.0.1" port="${at[inspircd:irc]}" type="clients">
<connect name="all" allow="*" timeout="60" pingfreq="1h" softsendq="1G" hardsendq="1G" recvq="1M"
    threshold="1000000000" commandrate="1000000000" fakelag="no" limit="100000" localmax="100000"
    globalmax="100000" resolvehostnames="no" useident="no">
<performance netbuffersize="65534" somaxconn="4096" softlimit="20000" clonesonconnect="no">
<log method="file" type="*" level="default" target="$dir/log">
END
    launch inspircd "${at[inspircd:irc]}" "$program" --nofork --nopid --runasroot --config "$dir/conf"
}
