#!/usr/bin/env python3
"""tls.py SCENARIO [ARGUMENT...]: TLS clients that do as they are told, well or badly. The certificate is
STATE/tls.crt; see lib.bash for the rest of the environment."""
import ftplib
import io
import json
import os
import select
import shutil
import signal
import socket
import ssl
import struct
import subprocess

import ftp_client
from ftp_client import PATIENCE, PORTS, FILES, PID, Wrong, bytes_of, check, read_all, run, until
from http_client import Web, request

STATE = os.environ.get("STATE", "")
CERT = os.path.join(STATE, "tls.crt")


def context(version=None, cert=CERT):
    ctx = ssl.create_default_context(cafile=cert)
    if version:
        ctx.minimum_version = ctx.maximum_version = version
    return ctx


def port(door):
    return int(PORTS[door])


def plain(door):
    sock = socket.create_connection(("127.0.0.1", port(door)), PATIENCE)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def secure(door, ctx=None, receive=0):
    """A connection to a TLS door."""
    sock = socket.socket()
    if receive:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    sock.settimeout(PATIENCE)
    sock.connect(("127.0.0.1", port(door)))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return (ctx or context()).wrap_socket(sock, server_hostname="localhost")


def agentctl(*words):
    done = subprocess.run([os.environ["AGENTD"], "-c", os.environ["CONF"], "-x", *words],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    check(done.returncode == 0, words, done.stderr)
    return done.stdout


def counter(name):
    return json.loads(agentctl("stats", "--json"))[name]


def nobody_is_there():
    return json.loads(agentctl("who", "--json")) == []


def served():
    """A client that behaves is answered."""
    web = SecureWeb()
    check(web.get("/").status == 200, "served")
    web.close()


class SecureWeb(Web):
    def __init__(self, ctx=None, receive=0):
        self.sock = secure("http_tls", ctx, receive)
        self.buffer = b""


class SecureFtp(ftp_client.Client):
    """AUTH TLS, or with door="ftp_tls" TLS from the first byte; data connections are protected."""

    def __init__(self, door="ftp", version=None, login=True, prot="P", resume=True):
        self.ctx = context(version)
        self.resume = resume
        if door == "ftp_tls":
            self.sock = secure(door, self.ctx)
            self.buffer, self.host = b"", "127.0.0.1"
            self.want(220)
        else:
            super().__init__(door, login=False)
            self.ask("AUTH TLS", 234)
            self.begin()
        if login:
            self.ask("USER anonymous", 331)
            self.ask("PASS x", 230)
            if prot:
                self.ask("PBSZ 0", 200)
                self.ask("PROT " + prot, 200)

    def begin(self):
        check(self.buffer == b"", "behind 234:", self.buffer)
        self.sock = self.ctx.wrap_socket(self.sock, server_hostname="localhost")

    def protect(self, data):
        return self.ctx.wrap_socket(data, server_hostname="localhost",
                                    session=self.sock.session if self.resume else None)

    def start(self, command):
        data = self.passive()
        data.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.ask(command, 150)
        return self.protect(data)

    def get(self, command):
        data = self.start(command)
        out, broken = read_all(data)
        check(not broken, command, "was reset")
        data.unwrap().close()
        self.want(226)
        return out

    def put(self, command, content, piece=None):
        data = self.start(command)
        for at in range(0, len(content), piece or len(content) or 1):
            data.sendall(content[at:at + (piece or len(content))])
        data.unwrap().close()
        self.want(226)


def stored():
    return sorted(os.listdir(FILES))


# --- clients of every day ---

def library():
    """Python's ftplib: all by TLS, passive and active, explicit and implicit."""
    for cls, door in ((ftplib.FTP_TLS, "ftp"), (ftp_client.Implicit, "ftp_tls")):
        f = cls(context=context())
        f.connect("localhost", port(door), PATIENCE)
        f.login("anonymous", "x")
        f.prot_p()
        for passive in (True, False):
            f.set_pasv(passive)
            for n in (0, 1, 16384, 16385, 3000000):
                content = bytes_of(n)
                f.storbinary("STOR lib", io.BytesIO(content))
                out = io.BytesIO()
                f.retrbinary("RETR lib", out.write)
                check(out.getvalue() == content, "RETR of", n)
            check(f.nlst() == ["lib"], f.nlst())
            f.storlines("STOR lines", io.BytesIO(b"one\ntwo\n"))
            lines = []
            f.retrlines("RETR lines", lines.append)
            check(lines == ["one", "two"], lines)
            f.delete("lib")
            f.delete("lines")
        f.prot_c()
        f.storbinary("STOR clear", io.BytesIO(b"in clear"))
        f.delete("clear")
        f.quit()


def chat_lines():
    """IRC: many lines in one record, one line in many records, one record of single bytes on the wire."""
    irc = secure("irc_tls")
    irc.sendall(b"NICK rec\r\nUSER u 0 * :u\r\n" + b"".join(b"PING :%d\r\n" % i for i in range(20)))
    buffer = b""

    def wait_for(text):
        nonlocal buffer
        while text not in buffer:
            part = irc.recv(1 << 16)
            check(part, "closed; unread:", buffer[-300:])
            buffer += part
        buffer = buffer[buffer.index(text) + len(text):]
    wait_for(b" 376 ")
    irc.sendall(b"".join(b"PING :m%d\r\n" % i for i in range(20)))
    for i in range(20):
        wait_for(b" :m%d\r\n" % i)
    for c in b"PING :in-single-records\r\n":
        irc.sendall(bytes([c]))
    wait_for(b" :in-single-records\r\n")
    # A record that arrives byte by byte.
    out = ssl.MemoryBIO()
    into = ssl.MemoryBIO()
    sock = plain("irc_tls")
    tls = context().wrap_bio(into, out, server_hostname="localhost")
    while True:
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            for byte in out.read():
                sock.sendall(bytes([byte]))
            into.write(sock.recv(1 << 16))
    tls.write(b"NICK slow\r\nUSER u 0 * :u\r\n")
    for byte in out.read():
        sock.sendall(bytes([byte]))
    got = b""
    while b" 376 " not in got:
        try:
            got += tls.read(1 << 16)
        except ssl.SSLWantReadError:
            into.write(sock.recv(1 << 16))
    sock.close()
    irc.unwrap().close()


def chat_across():
    """Somebody by TLS and somebody in clear are in one room."""
    people = []
    for nick, sock in (("safe", secure("irc_tls")), ("clear", plain("irc"))):
        sock.sendall(("NICK %s\r\nUSER u 0 * :u\r\nJOIN #both\r\n" % nick).encode())
        got = b""
        while b" 366 " not in got:
            got += sock.recv(1 << 16)
        people.append(sock)
    safe, clear = people
    for one, other, text in ((safe, clear, b"from safe"), (clear, safe, b"from clear")):
        one.sendall(b"PRIVMSG #both :" + text + b"\r\n")
        got = b""
        while text not in got:
            got += other.recv(1 << 16)
    who = {w["name"]: w["tls"] for w in json.loads(agentctl("who", "--json"))}
    check(who == {"safe": True, "clear": False}, who)
    for sock in people:
        sock.close()


def pipeline():
    """HTTP: 200 requests at once, answered in order; bodies of all sizes between them."""
    with open(os.path.join(FILES, "body"), "wb") as f:
        f.write(bytes_of(40000))
    content = bytes_of(40000)
    web = SecureWeb()
    web.send(b"".join(request("/files/body", "Range: bytes=%d-%d" % (i, i * 190)) for i in range(1, 201)))
    for i in range(1, 201):
        r = web.response()
        check(r.status == 206 and r.body == content[i:i * 190 + 1], "range", i)
    web.send(request("/files/body", "Connection: close"))
    check(web.response().body == content, "the last")
    check(web.sock.recv(1) == b"", "close_notify")  # a cut would raise
    web.close()
    os.unlink(os.path.join(FILES, "body"))


def tickets():
    """Who comes again resumes, by each door and version."""
    said = {"http_tls": request("/"), "irc_tls": b"NICK a\r\nUSER a 0 * :a\r\n", "ftp_tls": b"NOOP\r\n"}
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        for door in said:
            ctx = context(version)
            first = secure(door, ctx)
            first.sendall(said[door])
            check(first.recv(1000), "an answer")  # tickets of 1.3 come with it
            check(not first.session_reused, "new")
            again = ctx.wrap_socket(plain(door), server_hostname="localhost", session=first.session)
            check(again.session_reused, door, version)
            first.close()
            again.close()


# --- the words of RFC 4217 ---

def words():
    c = ftp_client.Client(login=False)
    c.ask("PBSZ 0", 503)
    c.ask("PROT P", 503)
    c.ask("AUTH", 501)
    c.ask("AUTH KERBEROS_V4", 504)
    feat = c.ask("FEAT", 211)
    check(" AUTH TLS" in feat and " PBSZ" in feat and " PROT" in feat, feat)
    c.ask("CCC", 533)
    c.close()
    c = SecureFtp(prot=None)
    c.ask("AUTH TLS", 503)
    c.ask("PROT P", 503)
    c.ask("PBSZ x", 501)
    c.ask("PBSZ 0", 200)
    for arg, code in (("S", 536), ("E", 536), ("X", 504), ("c", 200), ("p", 200)):
        c.ask("PROT " + arg, code)
    c.ask("CCC", 533)
    c.put("STOR words", b"protected")
    check(c.get("RETR words") == b"protected", "PROT P")
    check(c.get("NLST") == b"words\r\n", "NLST")
    # One channel asked for, another protection: it is not used.
    old = c.epsv()
    c.ask("PROT C", 200)
    c.ask("LIST", 425)
    check(old, "a port")
    check(ftp_client.Client.get(c, "RETR words") == b"protected", "PROT C")
    c.ask("DELE words", 250)
    c.ask("QUIT", 221)
    check(c.sock.recv(1) == b"", "close_notify")
    # Who logged in before TLS is not logged in behind it.
    c = ftp_client.Client()
    c.ask("CWD /", 250)
    c.__class__ = SecureFtp
    c.ctx = context()
    c.ask("AUTH TLS", 234)
    c.begin()
    c.ask("PWD", 530)
    c.ask("PASS x", 503)
    c.close()


def injection():
    """Lines in clear behind AUTH TLS have no effect, wherever they wait."""
    c = ftp_client.Client(login=False)
    c.__class__ = SecureFtp
    c.ctx = context()
    c.send("AUTH TLS", "USER anonymous", "PASS x", "MKD injected")
    c.want(234)
    c.begin()
    c.ask("NOOP", 200)  # the first reply; none to the others came before it
    c.ask("PASS x", 503)
    c.ask("PWD", 530)
    check(stored() == [], stored())
    c.close()
    # Behind a transfer's end.
    c = ftp_client.Client()
    c.__class__ = SecureFtp
    c.ctx = context()
    data = c.passive()
    c.ask("STOR up", 150)
    c.send("AUTH TLS", "USER anonymous", "PASS x", "MKD injected")
    until(lambda: b'"doing":"/up"' in agentctl("who", "--json").encode(), "the upload runs")
    data.close()
    c.want(226)
    c.want(234)
    c.begin()
    c.ask("NOOP", 200)
    c.ask("PWD", 530)
    check(stored() == ["up"], stored())
    c.close()
    os.unlink(os.path.join(FILES, "up"))


def early_data_handshake():
    """A client that begins TLS on the data connection before it says what for; and one that comes late."""
    c = SecureFtp()
    data = c.protect(c.passive())
    c.ask("STOR early", 150)
    data.sendall(b"early")
    data.unwrap().close()
    c.want(226)
    check(c.get("RETR early") == b"early", "early")
    # Connected only once it is asked for.
    address = (c.host, c.epsv())
    c.send("RETR early")
    c.ask("STAT", 211)
    data = socket.create_connection(address, PATIENCE)
    c.want(150)
    data = c.protect(data)
    check(read_all(data) == (b"early", False), "late")
    data.close()
    c.want(226)
    c.ask("DELE early", 250)
    c.close()


# --- uploads that are cut ---

def cut_upload():
    """Without close_notify nothing is stored: by FIN, and by a reset."""
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        for door in ("ftp", "ftp_tls"):
            for how in ("fin", "reset", "plain"):
                c = SecureFtp(door, version)
                data = c.start("STOR cut")
                data.sendall(bytes_of(100000))
                if how == "fin":
                    data.shutdown(socket.SHUT_WR)
                elif how == "reset":
                    ftp_client.reset(data)
                else:  # somebody writes into it
                    raw = socket.socket(fileno=data.detach())
                    raw.sendall(b"in clear")
                    raw.shutdown(socket.SHUT_WR)
                # A reset may come before we have seen the end of the handshake.
                c.want(*((426, 522) if how == "reset" else (426,)))
                check(stored() == [], how, stored())
                c.ask("NOOP", 200)
                data.close()
                c.close()
    c = SecureFtp()  # no TLS at all on it
    data = c.passive()
    c.ask("STOR cut", 150)
    data.sendall(b"in clear, and never TLS\r\n" * 20)
    c.want(522)
    data.close()
    data = c.passive()
    c.ask("STOR cut", 150)
    data.close()
    c.want(522)
    check(stored() == [], stored())
    c.close()
    c = SecureFtp()  # the control connection goes
    data = c.start("STOR cut")
    data.sendall(b"x" * 1000)
    c.sock.shutdown(socket.SHUT_WR)
    c.sock.close()
    data.settimeout(PATIENCE)
    read_all_rough(data)
    check(stored() == [], stored())


def read_all_rough(sock):
    try:
        return read_all(sock)
    except (ssl.SSLError, OSError):
        return b"", True


def resume():
    """tls_require_resume = yes: those that resume are served, by 1.2 and 1.3, more than once."""
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        for door in ("ftp", "ftp_tls"):
            c = SecureFtp(door, version)
            for i in range(4):
                c.put("STOR resumed", b"x" * i)
                check(c.get("RETR resumed") == b"x" * i, "resumed", i)
            c.ask("DELE resumed", 250)
            before = counter("tls_resumed")
            c.get("NLST")
            check(counter("tls_resumed") == before + 1, "counted")
            # Another session's ticket is no proof.
            other = SecureFtp(door, version)
            data = other.passive()
            other.ask("NLST", 150)
            data = c.ctx.wrap_socket(data, server_hostname="localhost", session=c.sock.session)
            other.want(522)
            read_all_rough(data)
            other.close()
            c.close()


def no_resume():
    for command in ("STOR new", "NLST"):
        c = SecureFtp(resume=False)
        data = c.start(command)
        c.want(522)
        read_all_rough(data)
        c.ask("NOOP", 200)
        c.close()
    check(stored() == [], stored())


# --- those that do not behave ---

def client_hello():
    out = ssl.MemoryBIO()
    tls = context().wrap_bio(ssl.MemoryBIO(), out, server_hostname="localhost")
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


def stalled():
    """50 handshakes that stall, with request_timeout = 1s: closed and counted, while others are served."""
    hello = client_hello()
    failed = counter("tls_failed")
    doors = ("http_tls", "irc_tls", "ftp_tls")
    socks = [plain(doors[i % 3]) for i in range(48)]
    for door in ("ftp", "ftp"):  # AUTH TLS, and then nothing
        c = ftp_client.Client(door, login=False)
        c.ask("AUTH TLS", 234)
        socks.append(c.sock)
    half = socks[16:32]
    slow = {s: iter(hello) for s in socks[32:48]}
    for s in half:
        s.sendall(hello[:len(hello) // 2])
    left = set(socks)
    while left:
        served()
        for s in list(slow):
            try:
                s.sendall(bytes([next(slow[s])]))
            except (OSError, StopIteration):
                del slow[s]
        ready, _, _ = select.select(list(left), [], [], 0.02)  # the pace of the slow ones
        for s in ready:
            try:
                data = s.recv(1 << 16)
            except ConnectionResetError:
                data = b""
            if not data:
                left.discard(s)
    for s in socks:
        s.close()
    until(nobody_is_there, "nobody is there")
    check(counter("tls_failed") == failed + 50, counter("tls_failed"), failed)
    served()


def never_reads():
    """idle_timeout = 1s: who does not read a big download is closed; others are served meanwhile."""
    os.truncate(os.open(os.path.join(FILES, "big"), os.O_CREAT | os.O_WRONLY), 256 << 20)
    slow = counter("closed_slow")
    web = SecureWeb(receive=4096)
    web.send(request("/files/big"))

    def closed():
        served()
        return counter("closed_slow") == slow + 1
    until(closed, "it is closed")
    try:
        out, _ = read_all(web.sock)
        check(len(out) < 256 << 20, "all came")
    except (ssl.SSLError, OSError):
        pass
    web.close()
    os.unlink(os.path.join(FILES, "big"))


def cross():
    """Another protocol's bytes at a TLS door, and TLS at the plain ones: the connection ends."""
    for door in ("http_tls", "irc_tls", "ftp_tls"):
        for text in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"NICK a\r\nUSER a 0 * :a\r\n",
                     b"USER anonymous\r\n", b"\0" * 100, b"\x16\x03\x01\xff\xff" + b"x" * 300):
            s = plain(door)
            s.sendall(text)
            s.shutdown(socket.SHUT_WR)
            out, _ = read_all(s)
            check(len(out) < 20 and b"HTTP" not in out and b"220" not in out, door, text, out)
            s.close()
    for door in ("http", "irc", "ftp"):
        s = plain(door)
        try:
            s.sendall(client_hello())
            s.sendall(b"\r\n")
        except OSError:
            pass
        read_all(s)
        s.close()
    until(nobody_is_there, "nobody is there")
    served()


def say_good_bye(sock):
    try:
        sock.unwrap().close()
    except ssl.SSLError:  # a banner came behind our end
        sock.close()


def leavers():
    """Clients that go in the middle, in every way, leave nothing."""
    hello = client_hello()
    for door in ("http_tls", "irc_tls", "ftp_tls"):
        for n in (0, 1, 5, len(hello) // 2, len(hello)):
            for end in (socket.socket.close, ftp_client.reset):
                s = plain(door)
                s.sendall(hello[:n])
                end(s)
        for end in (ftp_client.reset, lambda s: s.close(), say_good_bye):
            s = secure(door)
            end(s)
    with open(os.path.join(FILES, "some"), "wb") as f:
        f.write(bytes(20 << 20))
    for end in (ftp_client.reset, lambda s: s.close()):
        web = SecureWeb()
        web.send(request("/files/some"))
        check(web.sock.recv(1000), "it began")
        end(web.sock)
    os.unlink(os.path.join(FILES, "some"))
    until(nobody_is_there, "nobody is there")
    served()


def alerts():
    """A ClientHello changed in chance places, garbage behind a handshake: the daemon lives."""
    hello = client_hello()
    noise = bytes_of(2000)
    for i in range(150):
        bad = bytearray(hello)
        for k in range(1 + i % 4):
            bad[noise[(i * 7 + k) % 2000] * 2 % len(bad)] = noise[(i * 11 + k) % 2000]
        s = plain(("http_tls", "irc_tls", "ftp_tls")[i % 3])
        s.sendall(bytes(bad))
        s.shutdown(socket.SHUT_WR)
        read_all(s)
        s.close()
    for i in range(20):
        s = secure("irc_tls")
        raw = socket.socket(fileno=s.detach())
        raw.settimeout(PATIENCE)
        raw.sendall(b"\x17\x03\x03\x00\x40" + noise[i * 64:i * 64 + 64])
        read_all(raw)
        raw.close()
    served()


# --- certificates ---

def shown(door="http_tls", name="localhost"):
    ctx = ssl.create_default_context()
    ctx.check_hostname = False
    ctx.verify_mode = ssl.CERT_NONE
    with ctx.wrap_socket(plain(door), server_hostname=name) as s:
        return ssl.DER_cert_to_PEM_cert(s.getpeercert(True))


def of_file(path):
    with open(path) as f:
        return f.read()


def renewed():
    """HUP with a new certificate: who comes gets it, who is there goes on, data channels too."""
    web = SecureWeb()
    web.get("/")
    irc = secure("irc_tls")
    irc.sendall(b"NICK stays\r\nUSER u 0 * :u\r\n")
    ftp = SecureFtp()
    ftp.put("STOR kept", b"before")
    old = of_file(CERT)
    for name in ("tls.crt", "tls.key"):
        shutil.move(os.path.join(STATE, name), os.path.join(STATE, name + ".old"))
    agentctl("cert", "new")
    check(of_file(CERT) != old, "a new one")
    check(shown() == old, "before the reload")
    os.kill(PID, signal.SIGHUP)
    for door in ("http_tls", "irc_tls", "ftp_tls"):
        until(lambda: shown(door) == of_file(CERT), "the new one is shown")
    check(web.get("/").status == 200, "the old connection")
    irc.sendall(b"PING :still\r\n")
    got = b""
    while b"still" not in got:
        got += irc.recv(1 << 16)
    check(ftp.get("RETR kept") == b"before", "a data channel of the old session")
    ftp.put("STOR kept", b"behind")
    ftp.ask("DELE kept", 250)
    served()
    for name in ("tls.crt", "tls.key"):
        os.unlink(os.path.join(STATE, name + ".old"))
    for s in (web.sock, irc, ftp.sock):
        s.close()


def names(*pairs):
    """NAME FILE...: who asks for the name is shown the certificate in the file."""
    for door in ("http_tls", "irc_tls", "ftp_tls"):
        for name, path in zip(pairs[::2], pairs[1::2]):
            check(shown(door, name) == of_file(path), door, name, path)
    # The data channel of a session with the second certificate resumes, too.
    c = SecureFtp(login=False)
    c.close()
    c = ftp_client.Client(login=False)
    c.__class__ = SecureFtp
    c.ctx, c.resume = context(cert=pairs[3]), True
    c.ask("AUTH TLS", 234)
    c.sock = c.ctx.wrap_socket(c.sock, server_hostname=pairs[2])
    for ask, code in (("USER ftp", 331), ("PASS x", 230), ("PBSZ 0", 200), ("PROT P", 200)):
        c.ask(ask, code)
    data = c.passive()
    c.ask("NLST", 150)
    data = c.ctx.wrap_socket(data, server_hostname=pairs[2], session=c.sock.session)
    check(data.session_reused, "resumed")
    read_all(data)
    data.close()
    c.want(226)
    c.close()


def required(level):
    """[tls] require = login | all: a session under TLS has its data protected."""
    c = SecureFtp(prot="C")
    c.epsv()
    c.ask("NLST", 522)
    c.ask("STOR clear", 522)
    c.ask("PROT P", 200)
    c.put("STOR safe", b"safe")
    c.ask("DELE safe", 250)
    c.close()
    check(level in ("login", "all"), level)
    web = json.loads(agentctl("status", "--json"))["web"]
    check(web == "https://127.0.0.1:%d" % port("http_tls"), web)


SCENARIOS = {f.__name__: f for f in (
    library, chat_lines, chat_across, pipeline, tickets, words, injection, early_data_handshake, cut_upload, resume,
    no_resume, stalled, never_reads, cross, leavers, alerts, renewed, names, required)}

if __name__ == "__main__":
    raise SystemExit(run(SCENARIOS))
