#!/usr/bin/env python3
"""ftp_channel.py SCENARIO [ARGUMENT...]: which ways data connections go, who may have them, and what is
answered in every order of beginning and closing. What ftp_data.py and tls.py hold is not said again."""
import os
import socket
import ssl
import sys

from ftp_client import FILES, PATIENCE, PORTS, Client, bytes_of, check, read_all, reset, run, until
from ftp_data import final
from tls import SecureFtp, agentctl, counter, nobody_is_there

HELLO = b"hello\nworld\n"


def stored(name):
    return os.path.exists(os.path.join(FILES, name))


def accepted(c, command, listener=None):
    """An active transfer's data connection, and the port that it came from."""
    mine = listener or c.active()
    c.send(command)
    data, peer = mine.accept()
    check(peer[0] == c.host, peer)
    if listener is None:
        mine.close()
    c.want(150)
    return data, peer[1]


# --- addresses ---

def address_by_network():
    """passive_address = 127.0.0.2=203.0.113.2 127.0.0.0/30=auto 203.0.113.9"""
    for source, told in (("127.0.0.1", "127.0.0.1"), ("127.0.0.2", "203.0.113.2"),
                         ("127.0.0.3", "127.0.0.1"), ("127.0.0.4", "203.0.113.9")):
        c = Client("ftp_map", source=source)
        host, port = c.pasv()
        check(host == told, source, "was told", host)
        # Wherever it says, it listens where the client came in.
        data = socket.create_connection(("127.0.0.1", port), PATIENCE, (source, 0))
        c.ask("RETR a.txt", 150)
        check(read_all(data) == (HELLO, False), source)
        c.want(226)
        data.close()
        check(":" not in c.ask("EPSV", 229)[0].split("|||")[0], "EPSV tells no address")
        c.close()


def mapped(port):
    """An IPv4 client of a socket that takes both families is one of IPv4 in all ways."""
    c = Client(address=("127.0.0.1", int(port)))
    host, at = c.pasv()
    check(host == "127.0.0.1", host)
    data = socket.create_connection((host, at), PATIENCE)
    c.ask("RETR a.txt", 150)
    check(read_all(data) == (HELLO, False), "PASV")
    c.want(226)
    data.close()
    check(c.get("RETR a.txt") == HELLO, "EPSV")
    c.ask("EPSV 1", 229)
    c.ask("EPSV 2", 522)
    data, _ = accepted(c, "RETR a.txt")
    check(read_all(data) == (HELLO, False), "active")
    c.want(226)
    data.close()
    listener = socket.create_server(("127.0.0.1", 0))
    at = listener.getsockname()[1]
    # Either way of writing it is the peer's address; no other is.
    c.ask("EPRT |2|::ffff:127.0.0.1|%d|" % at, 200)
    data, _ = accepted(c, "RETR a.txt", listener)
    check(read_all(data) == (HELLO, False), "EPRT, mapped")
    c.want(226)
    data.close()
    listener.close()
    for wrong in ("|2|::ffff:127.0.0.2|", "|2|::1|", "|1|127.0.0.2|"):
        c.ask("EPRT %s%d|" % (wrong, at), 500)
    for wrong in ("|2|127.0.0.1|", "|1|::1|", "|1|::ffff:127.0.0.1|"):
        c.ask("EPRT %s%d|" % (wrong, at), 501)
    for low in (0, 21, 1023):
        c.ask("EPRT |2|::ffff:127.0.0.1|%d|" % low, 500)
    # Strangers by IPv6 to the passive port find nobody there.
    at = c.epsv()
    try:
        socket.create_connection(("::1", at), PATIENCE).close()
        check(False, "a data port for IPv6")
    except ConnectionRefusedError:
        pass
    c.ask("EPRT |2|::|%d|" % at, 500)
    c.ask("QUIT", 221)
    # An IPv6 client of the same socket; :: is its own address, as lftp says it.
    c = Client(address=("::1", int(port)))
    c.ask("PASV", 425)
    check(c.get("RETR a.txt") == HELLO, "EPSV by IPv6")
    for written in ("::1", "::", "0:0:0:0:0:0:0:1"):
        listener = c.active()
        c.ask("EPRT |2|%s|%d|" % (written, listener.getsockname()[1]), 200)
        data, _ = accepted(c, "RETR a.txt", listener)
        check(read_all(data) == (HELLO, False), written)
        c.want(226)
        data.close()
        listener.close()
    for wrong, code in (("|1|127.0.0.1|", 500), ("|2|::ffff:127.0.0.1|", 500), ("|1|0.0.0.0|", 500),
                        ("|2|::ffff:0.0.0.0|", 500), ("|2|::2|", 500), ("|1|::1|", 501)):
        c.ask("EPRT %s%d|" % (wrong, at), code)
    c.ask("QUIT", 221)


def activated(port, *command):
    """Starts agentd with a socket for both families."""
    listener = socket.socket(socket.AF_INET6)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.bind(("::", int(port)))
    listener.listen(5)
    fd = listener.detach()
    os.dup2(fd, 3)
    os.set_inheritable(3, True)
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
    os.execvp(command[0], command)


# --- active ports ---

def active_range(low, high):
    """Connections come from the configured ports; to different peers they share one."""
    low, high = int(low), int(high)
    for door, ports, same_peer in (("ftp_range", set(range(low, high + 1)), True), ("ftp_one", {low}, False)):
        clients = [Client(door) for _ in range(4)]
        listener = socket.create_server(("127.0.0.1", 0))
        listener.settimeout(PATIENCE)
        alive, seen = [], []
        for c in clients:
            if same_peer:  # each connection has to come from another port
                c.ask("EPRT |1|127.0.0.1|%d|" % listener.getsockname()[1], 200)
            data, port = accepted(c, "STOR by%d" % len(alive), listener if same_peer else None)
            alive.append(data)
            seen.append(port)
        check(set(seen) == ports, seen)
        for i, (c, data) in enumerate(zip(clients, alive)):
            data.sendall(b"%d" % i)
            data.close()
            c.want(226)
            c.ask("DELE by%d" % i, 250)


def active_exhausted():
    """One port, which has a connection to this very peer: 425, the log says why, the next peer is served."""
    c, other = Client("ftp_one"), Client("ftp_one")
    listener = c.active()
    at = divmod(listener.getsockname()[1], 256)
    data, _ = accepted(c, "STOR first", listener)
    other.ask("PORT 127,0,0,1,%d,%d" % at, 200)
    other.ask("RETR a.txt", 425)
    other.ask("RETR a.txt", 425)  # and the address of PORT is used up
    more, _ = accepted(other, "RETR a.txt")
    check(read_all(more) == (HELLO, False), "another peer")
    other.want(226)
    data.close()
    c.want(226)
    c.ask("DELE first", 250)


def port_20():
    """From port 20 where we may, and else a clear end."""
    may = True
    try:
        socket.socket().bind(("127.0.0.1", 20))
    except PermissionError:
        may = False
    except OSError:  # somebody has it
        return
    c = Client("ftp_low")
    if may:
        data, port = accepted(c, "RETR a.txt")
        check(port == 20, port)
        check(read_all(data) == (HELLO, False), "from port 20")
        c.want(226)
    else:
        c.active()
        c.ask("RETR a.txt", 425)


# --- one channel at a time ---

def replaced():
    """A new PASV, EPSV, PORT or EPRT takes the place of the channel before, connected or not."""
    c = Client()
    listener = socket.create_server(("127.0.0.1", 0))
    mine = "EPRT |1|127.0.0.1|%d|" % listener.getsockname()[1]
    old = c.passive()
    c.ask(mine, 200)
    check(read_all(old)[0] == b"", "the passive one before EPRT")
    data, _ = accepted(c, "RETR a.txt", listener)
    check(read_all(data) == (HELLO, False), "by EPRT")
    c.want(226)
    c.ask(mine, 200)
    old = c.passive()
    new = c.passive()
    check(read_all(old)[0] == b"", "the first of two passive ones")
    # What is refused leaves the channel as it was.
    c.ask("EPRT |1|127.0.0.2|5000|", 500)
    c.ask("PORT 127,0,0,1,0,80", 500)
    c.ask("EPSV 2", 522)
    c.ask("RETR a.txt", 150)
    check(read_all(new) == (HELLO, False), "the second")
    c.want(226)
    listener.settimeout(0)
    try:
        listener.accept()
        check(False, "the address before EPSV was used")
    except BlockingIOError:
        pass
    c.ask("RETR a.txt", 425)


def speaks_on_download():
    """What a client sends on the connection of its download does not cost it the download's end."""
    path = os.path.join(FILES, "spoken")
    content = bytes_of(300000)
    with open(path, "wb") as f:
        f.write(content)
    c = Client()
    for said in (b"x", b"x" * 5000):
        port = c.epsv()
        data = socket.socket()
        data.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        data.settimeout(PATIENCE)
        data.connect(("127.0.0.1", port))
        data.sendall(said)
        c.ask("RETR spoken", 150)
        c.want(226)  # all is in the kernel's hands before we read the first byte
        check(read_all(data) == (content, False), "cut off by what was said", len(said))
        data.close()
    os.unlink(path)


def tls_channel():
    """TLS on the data connection: refused by the client, and broken off by ABOR."""
    c = SecureFtp()
    for command in ("RETR a.txt", "NLST", "STOR never"):
        data = c.passive()
        c.ask(command, 150)
        strict = ssl.create_default_context()  # which knows nothing of our certificate
        try:
            strict.wrap_socket(data, server_hostname="localhost")
            check(False, "a stranger's certificate was taken")
        except ssl.SSLError:
            pass
        c.want(522)
        c.ask("NOOP", 200)
        check(not stored("never"), command)
        # ABOR while the handshake is still to come.
        data = c.passive()
        c.ask(command, 150)
        c.ask("ABOR", 426)
        c.want(226)
        check(read_all(data)[0] == b"", "ABOR")
        data.close()
    check(c.get("RETR a.txt") == HELLO, "the next one")
    # Nonsense before the command: the connection is gone by then.
    data = c.passive()
    data.sendall(b"no TLS at all" * 20)
    read_all(data)
    c.send("RETR a.txt")
    codes = final(c)
    check(codes in ([425], [150, 522]), codes)


def tls_never_begins():
    """request_timeout is short here: connected, and never a handshake; by a client that connects itself, too."""
    for way in ("passive", "active"):
        c = SecureFtp()
        if way == "passive":
            data = c.passive()
            c.ask("STOR never", 150)
        else:
            data, _ = accepted(c, "STOR never")
        check("TLS" in c.want(425)[0], "425")
        read_all(data)
        check(not stored("never"), way)
        c.ask("NOOP", 200)


# --- the control connection meanwhile ---

def stat_within_stat():
    """No other reply comes between the lines of a listing by STAT; all come in order behind it."""
    c = Client()
    c.send("STAT tree", "STAT", "SIZE " + "x" * 5000, "NOOP")
    for code in (213, 211, 500, 200):
        got, lines = c.reply()
        check(got == code, "wanted", code, "got", lines)
        check(not any(line[:3] in ("211", "500", "200") for line in lines[1:-1]), lines)
    check(len(c.ask("STAT tree", 213)) == 4, "lines")


def long_line_waits():
    """The answer to a line that is too long has its place, too."""
    c = Client()
    port = c.epsv()
    c.send("RETR a.txt", "PWD", "SIZE " + "x" * 100000, "SYST")
    data = socket.create_connection(("127.0.0.1", port), PATIENCE)
    check(read_all(data) == (HELLO, False), "RETR")
    for code in (150, 226, 257, 500, 215):
        c.want(code)


def queue():
    """Commands wait up to a bound; ABOR comes before them, however many; past the bound 421 says why."""
    c = Client()
    for aborts in (1, 3):
        data = c.passive()
        c.ask("STOR queued", 150)
        data.sendall(b"half")
        c.send(*["NOOP"] * 500 + ["ABOR"] * aborts)
        c.want(426)
        # One that came behind the end is answered in its place, too; each is once.
        codes = [c.reply()[0] for _ in range(500 + aborts)]
        check(codes[0] == 226 and codes.count(226) == aborts and codes.count(200) == 500, codes[:9])
        check(not stored("queued"), aborts)
        data.close()
    # What comes behind ABOR is answered behind it, STAT too.
    data = c.passive()
    c.ask("STOR queued", 150)
    c.send("STAT", "ABOR", "STAT", "NOOP")
    for code in (211, 426, 226, 211, 200):
        c.want(code)
    data.close()
    # By Telnet's Synch, and with an argument that it does not have.
    data = c.passive()
    c.ask("STOR queued", 150)
    c.send(*["NOOP"] * 100)
    c.sock.send(b"\xff\xf4\xff", socket.MSG_OOB)
    c.sock.sendall(b"\xf2ABOR now\r\n")
    c.want(426)
    c.want(226)
    for _ in range(100):
        c.want(200)
    data.close()
    # STAT of a path waits during a transfer, the one without does not.
    data = c.passive()
    c.ask("STOR queued", 150)
    c.send("STAT tree", "STAT")
    c.want(211)
    data.close()
    c.want(226)
    c.want(213)
    c.ask("DELE queued", 250)
    # Too many.
    data = c.passive()
    c.ask("STOR queued", 150)
    data.sendall(b"half")
    c.send(*["SIZE " + "x" * 100] * 80)
    check("Too many commands" in c.want(421)[0], "words")
    c.at_end()
    read_all(data)
    check(not stored("queued"), "what a full queue left")
    until(nobody_is_there, "the session goes")


def control_ends_first():
    """A control connection that is half closed lets a download end; one that is gone ends all."""
    path = os.path.join(FILES, "large")
    with open(path, "wb") as f:
        f.truncate(8 << 20)
    c = Client()
    data = c.passive()
    c.ask("RETR large", 150)
    c.sock.shutdown(socket.SHUT_WR)
    check(len(read_all(data)[0]) == 8 << 20, "a download whose client has said all")
    c.want(226)
    c.at_end()
    for command in ("STOR gone", "RETR large", "NLST"):
        for end in (reset, socket.socket.close):
            c = Client()
            data = c.passive()
            c.ask(command, 150)
            end(c.sock)
            read_all(data)
            data.close()
        c = Client()  # and before there is a data connection
        c.epsv()
        c.send(command, "STAT")
        c.want(211)
        reset(c.sock)
    until(nobody_is_there, "all sessions go")
    check(not stored("gone"), "an upload whose session is gone")
    os.unlink(path)


def early_and_late():
    """A connection that comes and goes before its command; one that stays from one command to another."""
    c = Client()
    data = c.passive()
    reset(data)
    c.send("RETR a.txt")
    codes = final(c)
    check(codes in ([425], [150, 426], [150, 226]), codes)
    data = c.passive()
    for command, code in (("CWD tree", 250), ("REST 6", 350), ("TYPE A", 200), ("TYPE I", 200), ("CWD /", 250),
                          ("RETR nosuch", 550), ("STOR nosuch/x", 550), ("STAT a.txt", 213)):
        c.ask(command, code)
    c.ask("RETR a.txt", 150)
    check(read_all(data) == (HELLO, False), "REST was for the one before")
    c.want(226)
    # Who logs in anew has no use for the one of before.
    data = c.passive()
    c.ask("USER ftp", 331)
    check(read_all(data)[0] == b"", "USER")
    c.ask("PASS x", 230)
    c.ask("LIST", 425)


if __name__ == "__main__":
    sys.exit(run(globals()))
