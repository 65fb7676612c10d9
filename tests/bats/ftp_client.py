"""ftp_client.py: an FTP client that does as it is told, for the programs beside it. Where the doors are
comes from PORTS, the store's folder from FILES, the daemon's pid from PID (see lib.bash). Every wait
ends with a failure after PATIENCE seconds; none is for a time to pass."""
import ftplib
import os
import random
import socket
import struct
import sys
import time

PATIENCE = float(os.environ.get("PATIENCE", "20"))
PORTS = dict(p.split("=", 1) for p in os.environ.get("PORTS", "").split())
FILES = os.environ.get("FILES", "")
PID = int(os.environ.get("PID", "0"))


class Wrong(Exception):
    """What must hold did not."""


def check(true, *what):
    if not true:
        raise Wrong(" ".join(str(w) for w in what))


def until(fn, what):
    """Asks until it is so."""
    end = time.monotonic() + PATIENCE
    while not fn():
        check(time.monotonic() < end, "never true:", what)
        time.sleep(0.01)  # gives way to others; it is no wait for anything


def reset(sock):
    """Closes with a RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def read_all(sock):
    """All that comes, and how it ended: b"..." and whether by a reset."""
    out = bytearray()
    sock.settimeout(PATIENCE)
    try:
        while True:
            data = sock.recv(1 << 16)
            if not data:
                return bytes(out), False
            out += data
    except ConnectionResetError:
        return bytes(out), True


def taken(sock):
    """Nothing that was sent by it waits in the daemon's socket (IPv4)."""
    us, them = (s[1] for s in (sock.getsockname(), sock.getpeername()))
    with open("/proc/net/tcp", encoding="ascii") as f:
        for line in f:
            w = line.split()
            if w[1].endswith(":%04X" % them) and w[2].endswith(":%04X" % us):
                return w[4].endswith(":00000000")
    return True


class Client:
    """A control connection. Replies are (code, [line, ...])."""

    source = None  # the address that it comes from; None: any

    def __init__(self, door="ftp", login=True, source=None, address=None):
        where = address or ("127.0.0.1", int(PORTS[door]))
        if source:
            self.source = (source, 0)
        self.sock = socket.create_connection(where, PATIENCE, self.source)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.host = where[0]
        self.want(220)
        if login:
            self.ask("USER anonymous", 331)
            self.ask("PASS x", 230)

    def line(self):
        while b"\n" not in self.buffer:
            data = self.sock.recv(1 << 16)
            if not data:
                raise EOFError("closed; unread: %r" % self.buffer[:200])
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        check(line.endswith(b"\r"), "a reply without CR LF:", line)
        return line[:-1].decode("utf-8", "surrogateescape")

    def reply(self):
        lines = [self.line()]
        check(lines[0][:3].isdigit() and lines[0][3:4] in (" ", "-"), "no reply:", lines[0])
        if lines[0][3] == "-":
            while not lines[-1].startswith(lines[0][:3] + " "):
                lines.append(self.line())
        return int(lines[0][:3]), lines

    def send(self, *commands):
        data = b"".join((c if isinstance(c, bytes) else c.encode("utf-8", "surrogateescape")) +
                        b"\r\n" for c in commands)
        self.sock.sendall(data)

    def want(self, *codes):
        code, lines = self.reply()
        check(code in codes, "wanted", codes, "got", lines)
        return lines

    def ask(self, command, *codes):
        self.send(command)
        try:
            return self.want(*codes)
        except (Wrong, EOFError, OSError) as e:
            raise Wrong("%r: %s" % (command, e)) from e

    def codes_until(self, code):
        """The codes of all replies before the next one with this code."""
        out = []
        while True:
            got, _ = self.reply()
            if got == code:
                return out
            out.append(got)

    def at_end(self):
        rest, _ = read_all(self.sock)
        check(self.buffer + rest == b"", "closed, but said", self.buffer + rest)

    def epsv(self):
        return int(self.ask("EPSV", 229)[0].split("|")[3])

    def pasv(self):
        text = self.ask("PASV", 227)[0]
        n = [int(x) for x in text[text.index("(") + 1:text.index(")")].split(",")]
        check(len(n) == 6 and all(0 <= x <= 255 for x in n), text)
        return ".".join(str(x) for x in n[:4]), n[4] * 256 + n[5]

    def passive(self):
        """A data connection, made at once."""
        return socket.create_connection((self.host, self.epsv()), PATIENCE, self.source)

    def active(self):
        """A listening socket that the server was told of."""
        v6 = ":" in self.host
        s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET)
        s.bind((self.host, 0))
        s.listen(1)
        s.settimeout(PATIENCE)
        port = s.getsockname()[1]
        self.ask("EPRT |%d|%s|%d|" % (2 if v6 else 1, self.host, port), 200)
        return s

    def get(self, command):
        """All that a RETR or listing brings."""
        data = self.passive()
        self.ask(command, 150)
        out, broken = read_all(data)
        data.close()
        check(not broken, command, "was reset")
        self.want(226)
        return out

    def put(self, command, content, piece=None):
        data = self.passive()
        data.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.ask(command, 150)
        for at in range(0, len(content), piece or len(content) or 1):
            data.sendall(content[at:at + (piece or len(content))])
        data.shutdown(socket.SHUT_WR)
        self.want(226)
        data.close()

    def close(self):
        self.sock.close()


class Implicit(ftplib.FTP_TLS):
    """By ftps, which the library does not have: TLS from the first byte on."""

    def connect(self, host="", port=0, timeout=PATIENCE):
        self.host, self.port, self.timeout = host, port, timeout
        sock = socket.create_connection((host, port), timeout)
        self.af = sock.family
        self.sock = self.context.wrap_socket(sock, server_hostname=host)
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()
        return self.welcome

    def login(self, user="", passwd="", acct="", secure=True):
        return super().login(user, passwd, acct, secure=False)


def alive():
    c = Client()
    c.ask("NOOP", 200)
    c.ask("QUIT", 221)
    c.close()


def bytes_of(n, seed=1):
    return random.Random(seed).randbytes(n)


def run(scenarios):
    """Runs what argv names; says where it went wrong."""
    try:
        scenarios[sys.argv[1]](*sys.argv[2:])
    except (Wrong, OSError, EOFError, ftplib.Error) as e:
        where = e.__traceback__
        lines = []
        while where is not None:
            code = where.tb_frame.f_code
            lines.append("%s:%d" % (os.path.basename(code.co_filename), where.tb_lineno))
            where = where.tb_next
        print("%s: %s: %s (%s)" % (" ".join(sys.argv[1:]), type(e).__name__, e, " ".join(lines[1:])))
        return 1
    return 0
