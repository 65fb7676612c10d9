#!/usr/bin/env python3
"""ftp_faults.py SCENARIO [ARGUMENT...]: clients that break off anywhere, flood, and take what is not theirs."""
import os
import resource
import socket
import sys

from ftp_client import FILES, PATIENCE, PID, PORTS, Client, Wrong, alive, bytes_of, check, read_all, reset, run, taken, until
from ftp_data import final
from tls import SecureFtp, context, counter, nobody_is_there

HELLO = b"hello\nworld\n"
SIZE = 2048
# Each number of bytes at the ends, and steps that hit every offset within a word between them.
MOMENTS = sorted({*range(12), *range(12, SIZE, 29), *range(SIZE - 12, SIZE + 1)})


def stored():
    return set(os.listdir(FILES))


def take(sock, n):
    """The first n bytes."""
    out = b""
    while len(out) < n:
        more = sock.recv(n - len(out))
        check(more, "the end behind", len(out), "of", n)
        out += more
    return out


# --- ABOR and RST at each byte ---

def uploads_at_each_byte(how):
    """An upload that is broken off behind each number of bytes: nothing of it is ever seen."""
    before, content = stored(), bytes_of(SIZE)
    c, other = Client(), Client()
    names = other.get("NLST")
    for i, n in enumerate(MOMENTS):
        data = c.passive()
        c.ask("STOR cut", 150)
        data.sendall(content[:n])
        if i % 25 == 0:
            check(other.get("NLST") == names, "seen by another session")
        if how == "abor":
            c.ask("ABOR", 426)
            c.want(226)
            data.close()
        else:
            reset(data)
            c.want(426)
        check(stored() == before, n, stored())
    check(other.get("NLST") == names, "seen by another session")
    c.put("STOR cut", content)
    check(c.get("RETR cut") == content, "the next one")
    c.ask("DELE cut", 250)


def downloads_at_each_byte(how):
    """The same of a download: of a small file, all of which is on its way at once, and of one that is not."""
    content = bytes_of(SIZE)
    with open(os.path.join(FILES, "small"), "wb") as f:
        f.write(content)
    with open(os.path.join(FILES, "huge"), "wb") as f:
        f.write(content)
        f.truncate(64 << 20)
    c = Client()
    for name, moments, codes in (("small", MOMENTS, (226, 426)), ("huge", MOMENTS[::3], (426,))):
        for n in moments:
            data = c.passive()
            c.ask("RETR " + name, 150)
            check(take(data, n) == content[:n], name, n)
            if how == "abor":
                c.send("ABOR")
                code, lines = c.reply()
                check(code in codes, name, n, lines)
                c.want(226)
                if code == 226:
                    check(read_all(data) == (content[n:], False), "226, and not all came", n)
                data.close()
            else:
                reset(data)
                c.want(*codes)
    check(c.get("RETR small") == content, "the next one")
    os.unlink(os.path.join(FILES, "small"))
    os.unlink(os.path.join(FILES, "huge"))


def sessions_at_each_byte():
    """A whole session that is reset behind each byte that it says, and behind steps of what it sends."""
    before = stored()
    said = b"USER ftp\r\nPASS x\r\nTYPE I\r\nEPSV\r\nSTOR cut\r\n"
    for n in range(len(said) + 1):
        sock = socket.create_connection(("127.0.0.1", int(PORTS["ftp"])), PATIENCE)
        sock.sendall(said[:n])
        reset(sock)
    for n in MOMENTS[::10]:
        c = Client()
        data = c.passive()
        c.ask("STOR cut", 150)
        data.sendall(b"x" * n)
        reset(c.sock)
        read_all(data)
        data.close()
    until(nobody_is_there, "all sessions go")
    check(stored() == before, stored())


# --- floods ---

def memory():
    with open("/proc/%d/status" % PID, encoding="ascii") as f:
        for line in f:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


def iac_flood():
    """Megabytes of Telnet's commands: no memory, one answer at most, and others are served meanwhile."""
    iac = b"\xff"
    floods = (  # what goes on and on, what ends it, the answers
        (iac + b"\xf1", b"", ()),  # NOP
        (iac + b"\xfb\x01" + iac + b"\xfd\x03", b"", ()),  # WILL, DO
        (iac + b"\xf4" + iac + b"\xf2", b"", ()),  # IP, the data mark
        (iac + b"\xfa" + b"x" * 62, iac + b"\xf0", ()),  # a subnegotiation without an end
        (iac + iac, b"\r\n", (500,)),  # a line of 255s without an end
    )
    c, other = Client(), Client()
    before = memory()
    for unit, end, codes in floods:
        chunk = unit * ((64 << 10) // len(unit))
        for i in range(32):
            c.sock.sendall(chunk)
            if i % 8 == 0:
                other.ask("NOOP", 200)
        c.sock.sendall(end)
        c.send("SYST")
        for code in codes + (215,):
            c.want(code)
    # A sanitizer keeps what was freed.
    check("san" in os.environ.get("BUILD", "") or memory() - before < 2048, "memory:", before, memory())
    # Within a line, in the middle of a transfer, and ABOR among them.
    data = c.passive()
    c.ask("STOR cut", 150)
    c.sock.sendall((iac + b"\xf1") * 100000 + b"NO" + (iac + b"\xfb\x01") * 100000 + b"OP\r\n")
    c.sock.sendall(iac + b"\xf4" + iac + b"\xf2" + b"AB" + iac + b"\xf1" + b"OR\r\n")
    for code in (426, 226, 200):
        c.want(code)
    data.close()


def strangers():
    """A crowd of others at the passive port: each is turned away and counted, one line in the log is enough,
    and the true client is served."""
    counted = counter("ftp_strangers")
    c = Client()
    port = c.epsv()
    for i in range(200):
        s = socket.create_connection(("127.0.0.1", port), PATIENCE, ("127.0.0.%d" % (2 + i % 100), 0))
        if i % 20 == 0:
            check(read_all(s)[0] == b"", "a stranger was told something")
        s.close()
    data = socket.create_connection(("127.0.0.1", port), PATIENCE)
    c.ask("RETR a.txt", 150)
    check(read_all(data) == (HELLO, False), "the true one")
    c.want(226)
    until(lambda: counter("ftp_strangers") == counted + 200, "counted")


def glob_bombs():
    """Patterns that take other servers for ever, and what csh would make of a name."""
    os.makedirs(os.path.join(FILES, "globs"))
    for i in range(40):
        open(os.path.join(FILES, "globs", "a" * 250 + str(i)), "wb").close()
    c = Client()
    for pattern in ("a*" * 120 + "b", "*a" * 120 + "*b", "*" * 250, "?" * 255, "*?" * 120 + "b", "[a-z" * 60,
                    "{a,b}" * 50, "{" * 250, "~" * 250, "~{", "~root*"):
        for command in ("NLST globs/", "LIST globs/", "MLSD globs/"):
            port = c.epsv()
            c.send(command + pattern)
            data = socket.create_connection(("127.0.0.1", port), PATIENCE)
            codes = final(c)
            check(codes[-1] in (226, 550, 553, 501), command, pattern, codes)
            lines = read_all(data)[0] if 150 in codes else b""
            check(pattern == "*" * 250 or lines == b"", command, pattern, lines[:100])
            data.close()
        c.ask("STAT globs/" + pattern, 213, 550, 553)
    alive()


# --- what is not theirs ---

def what_was_clear():
    """Nothing that was said before TLS counts behind it; and TLS does not end before the connection does."""
    c = Client()
    for command in ("REST 3", "TYPE A", "OPTS MLST type;", "EPSV ALL", "CWD tree"):
        c.send(command)
        check(c.reply()[0] in (200, 250, 350), command)
    c.ask("RNFR b.txt", 350)
    port = c.epsv()
    c.__class__ = SecureFtp
    c.ctx, c.resume = context(), True
    c.ask("AUTH TLS", 234)
    c.begin()
    try:
        socket.create_connection(("127.0.0.1", port), PATIENCE).close()
        raise Wrong("a port from before TLS is open")
    except ConnectionRefusedError:
        pass
    for command, code in (("USER ftp", 331), ("PASS x", 230), ("PBSZ 0", 200), ("PROT P", 200),
                          ("RNTO stolen", 503), ("PASV", 227)):
        c.ask(command, code)
    check(c.get("RETR a.txt") == HELLO, "binary, from the start, at the root")
    check("size=12;" in c.ask("MLST a.txt", 250)[1].lower(), "facts")
    # CCC: the connection stays protected, whatever comes behind it, in the same record or in clear.
    c.send("CCC", "SYST")
    c.want(533)
    c.want(215)
    raw = socket.socket(fileno=c.sock.detach())
    raw.settimeout(PATIENCE)
    raw.sendall(b"DELE a.txt\r\nMKD injected\r\n")
    read_all(raw)
    check({"a.txt", "tree"} <= stored() and "injected" not in stored(), stored())


def what_waited_behind_auth():
    """AUTH TLS among commands that waited for an upload, wherever a turn's share of them ends."""
    for before in (0, 14, 15, 16):
        c = Client()
        data = c.passive()
        c.ask("STOR waited", 150)
        c.send(*["NOOP"] * before, "AUTH TLS", *["MKD injected"] * 20)
        until(lambda: taken(c.sock), "it came")
        data.close()
        for code in [226] + [200] * before + [234]:
            c.want(code)
        c.__class__ = SecureFtp
        c.ctx, c.resume = context(), True
        c.begin()
        for command, code in (("USER ftp", 331), ("PASS x", 230), ("NOOP", 200)):
            c.ask(command, code)
        check("injected" not in stored(), stored())
        c.close()


def unread_answers():
    """Who reads no answers is not listened to, and costs no memory; then all of them come, in order."""
    many = 20000
    c, other = Client(login=False), Client()
    before = memory()
    c.sock.sendall(b"HELP\r\nNOOP\r\n" * many + b"QUIT\r\n")
    for _ in range(1500):  # as many turns
        other.ask("NOOP", 200)
        check("san" in os.environ.get("BUILD", "") or memory() - before < 2048, before, memory())
    said, _ = read_all(c.sock)
    last = [line for line in said.split(b"\r\n") if line[:3].isdigit() and line[3:4] == b" "]
    check([line[:3] for line in last] == [b"214", b"200"] * many + [b"221"], "answers:", len(last))
    # The same behind a transfer, with lines that waited.
    data = other.passive()
    other.ask("STOR waited", 150)
    other.send(*["PWD", "HELP"] * 400)
    until(lambda: taken(other.sock), "they came")
    data.close()
    for code in [226] + [257, 214] * 400:
        other.want(code)


def random_ports():
    """RFC 2577, 8: nobody foresees the next passive port."""
    c, other = Client(), Client()
    ports = [one.epsv() for _ in range(12) for one in (c, other)]
    steps = {b - a for a, b in zip(ports, ports[1:])}
    check(len(set(ports)) > 12 and len(steps) > 12, ports)


# --- exhaustion ---

def two_ports():
    """A range of two ports and three sessions: the third is told so, and each end gives a port back."""
    first, third = Client("ftp_two"), Client("ftp_two")
    first.epsv()
    ends = ("ABOR", "EPRT", "USER", "RETR", "QUIT", "reset")
    for end in ends:
        c = Client("ftp_two")
        port = c.epsv()
        check("port" in third.ask("EPSV", 425)[0], "words")
        third.ask("PASV", 425)
        third.ask("RETR a.txt", 425)
        if end == "ABOR":
            c.ask("ABOR", 226)
        elif end == "EPRT":
            c.active()
        elif end == "USER":
            c.ask("USER ftp", 331)
        elif end == "RETR":
            data = socket.create_connection(("127.0.0.1", port), PATIENCE)
            c.ask("RETR a.txt", 150)
            check(read_all(data) == (HELLO, False), "with one of two ports")
            c.want(226)
        elif end == "QUIT":
            c.ask("QUIT", 221)
        else:
            reset(c.sock)

        def works():
            third.send("EPSV")
            return third.reply()[0] == 229
        until(works, "a port is free after " + end)
        third.ask("ABOR", 226)
        if end != "reset":
            c.close()


def no_descriptors():
    """No descriptor for a data connection, in either direction: 4xx, and all goes on when there are some again."""
    c = Client()
    port = c.epsv()
    active = Client()
    listener = active.active()
    soft, hard = resource.prlimit(PID, resource.RLIMIT_NOFILE)
    used = {int(fd) for fd in os.listdir("/proc/%d/fd" % PID)}
    resource.prlimit(PID, resource.RLIMIT_NOFILE, (min(set(range(len(used) + 1)) - used), hard))
    try:
        for command in ("NLST", "STAT tree", "SIZE tree/b.txt"):  # never that there is no such file
            active.ask(command, 450)
        active.ask("EPSV", 425)
        active.ask("NOOP", 200)
        data = socket.create_connection(("127.0.0.1", port), PATIENCE)
        check(read_all(data)[0] == b"", "no descriptor, and yet an answer")
        data.close()
        c.ask("NOOP", 200)
    finally:
        resource.prlimit(PID, resource.RLIMIT_NOFILE, (soft, hard))
    listener.close()
    data = socket.create_connection(("127.0.0.1", port), PATIENCE)
    c.ask("RETR a.txt", 150)
    check(read_all(data) == (HELLO, False), "the passive port, later")
    c.want(226)
    check(active.get("RETR a.txt") == HELLO, "the other")


if __name__ == "__main__":
    sys.exit(run(globals()))
