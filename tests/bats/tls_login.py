#!/usr/bin/env python3
"""tls_login.py NAME [FILE...]: what tls_login.bats cannot say with curl. $PORTS says where the doors are,
$CA whose certificate to trust. The account is alice, her password: correct horse."""
import base64
import ftplib
import http.client
import io
import os
import socket
import ssl
import sys

PORTS = dict(p.split("=", 1) for p in os.environ["PORTS"].split())
PASSWORD = "correct horse"
PATIENCE = 30
PLAIN = base64.b64encode(b"\0alice\0" + PASSWORD.encode()).decode()
BASIC = {"Authorization": "Basic " + base64.b64encode(b"alice:" + PASSWORD.encode()).decode()}


def check(true, *what):
    if not true:
        raise AssertionError(" ".join(str(w) for w in what))


def context(*pair):
    c = ssl.create_default_context(cafile=os.environ["CA"])
    if pair:
        c.load_cert_chain(*pair)
    return c


class Irc:
    """A connection to the IRC door, by TLS or in clear."""

    def __init__(self, tls=True, pair=()):
        port = int(PORTS["irc_tls" if tls else "irc"])
        self.sock = socket.create_connection(("127.0.0.1", port), PATIENCE)
        if tls:
            self.sock = context(*pair).wrap_socket(self.sock, server_hostname="localhost")
        self.buffer = b""

    def say(self, *lines):
        self.sock.sendall("".join(line + "\r\n" for line in lines).encode())

    def line(self):
        while b"\r\n" not in self.buffer:
            more = self.sock.recv(4096)
            if not more:
                return None
            self.buffer += more
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line.decode()

    def until(self, part):
        """The first line with that part."""
        seen = []
        while (line := self.line()) is not None:
            if part in line:
                return line
            seen.append(line)
        raise AssertionError("never came: %s; but %s" % (part, seen))

    def offered(self):
        """The capabilities that there are, with their values."""
        self.say("CAP LS 302")
        caps = []
        while True:
            head, _, words = self.line().partition(" :")
            caps += words.split()
            if not head.endswith(" *"):
                return caps

    def ends(self):
        while self.line() is not None:
            pass


def library():
    for port, implicit in ((PORTS["ftp"], False), (PORTS["ftp_tls"], True)):
        f = ftplib.FTP_TLS(context=context(), timeout=PATIENCE)
        if implicit:
            f.sock = context().wrap_socket(socket.create_connection(("127.0.0.1", int(port)), PATIENCE),
                                           server_hostname="localhost")
            f.af, f.host, f.file = f.sock.family, "localhost", f.sock.makefile("r", encoding="utf-8")
            check(f.getresp().startswith("220"), "no greeting")
            f._prot_p = True
        else:
            f.connect("localhost", int(port))
        f.login("alice", PASSWORD)
        f.prot_p()
        data = os.urandom(300000)
        f.storbinary("STOR by-ftplib", io.BytesIO(data))
        back = io.BytesIO()
        f.retrbinary("RETR by-ftplib", back.write)
        check(back.getvalue() == data, "another file came back")
        f.delete("by-ftplib")
        f.quit()


def irc():
    a = Irc()
    check("sasl=PLAIN,SCRAM-SHA-256" in a.offered(), "what can be had without a certificate")
    a.say("NICK alice", "USER a 0 * :A", "CAP REQ :sasl", "AUTHENTICATE PLAIN")
    a.until("AUTHENTICATE +")
    a.say("AUTHENTICATE " + PLAIN)
    a.until(" 903 ")
    a.say("CAP END")
    a.until(" 001 alice ")
    b = Irc()
    b.say("PASS :alice:" + PASSWORD, "NICK al", "USER a 0 * :A")
    b.until(" 900 al ")
    b.until(" 001 al ")
    b.say("WHOIS alice")
    b.until(" 671 al alice :is using a secure connection")
    b.until(" 330 al alice alice :is logged in as")


def authenticate(c, *more):
    c.caps = c.offered()
    c.say("NICK alice", "USER a 0 * :A", "CAP REQ :sasl", "AUTHENTICATE EXTERNAL")
    line = c.until("AUTHENTICATE +") if not more else c.until(more[0])
    if not more:
        c.say("AUTHENTICATE +")
    return line


def external(cert, key, other_cert, other_key):
    c = Irc(pair=(cert, key))
    authenticate(c)
    check("sasl=PLAIN,EXTERNAL,SCRAM-SHA-256" in c.caps, "what can be had with one", c.caps)
    c.until(" 903 ")
    c.say("CAP END")
    c.until(" 001 alice ")
    c.say("WHOIS alice")
    c.until(" 276 alice alice :has client certificate fingerprint ")
    wrong_name = Irc(pair=(cert, key))
    wrong_name.say("NICK x", "USER a 0 * :A", "CAP REQ :sasl", "AUTHENTICATE EXTERNAL")
    wrong_name.until("AUTHENTICATE +")
    wrong_name.say("AUTHENTICATE " + base64.b64encode(b"bob").decode())
    wrong_name.until(" 904 ")
    c = Irc(pair=(other_cert, other_key))
    authenticate(c)
    c.until(" 904 ")
    for tls in (True, False):  # without one
        c = Irc(tls=tls)
        authenticate(c, " 908 ")
        c.until(" 904 ")


def status(tls, method, path, headers=None, body=None):
    if tls:
        c = http.client.HTTPSConnection("localhost", int(PORTS["http_tls"]), timeout=PATIENCE, context=context())
    else:
        c = http.client.HTTPConnection("localhost", int(PORTS["http"]), timeout=PATIENCE)
    c.request(method, path, body, headers or {})
    r = c.getresponse()
    r.read()
    c.close()
    return r.status, r.getheader("Location") or ""


def leads_to_https(method, path, headers=None, body=None):
    code, where = status(False, method, path, headers, body)
    check(code in (301, 308), method, path, "got", code)
    check(where == "https://localhost:%s%s" % (PORTS["http_tls"], path), where)


def ftp_code(user, tls=False):
    f = ftplib.FTP_TLS(context=context(), timeout=PATIENCE)
    f.connect("localhost", int(PORTS["ftp"]))
    if tls:
        f.auth()
    try:
        code = f.sendcmd("USER " + user)[:3]
    except ftplib.error_perm as e:
        code = str(e)[:3]
    f.close()
    return code


def require_login():
    check(ftp_code("alice") == "530", "FTP took a name in clear")
    check(ftp_code("nobody") == "530", "FTP told who there is")
    check(ftp_code("anonymous") == "331", "FTP kept guests out")
    check(ftp_code("alice", tls=True) == "331", "FTP refused a name by TLS")
    for lines in (("PASS :alice:" + PASSWORD,), ("AUTHENTICATE PLAIN",)):
        c = Irc(tls=False)
        check("sasl=SCRAM-SHA-256" in c.offered(), "only what sends no password is offered in clear")
        c.say(*lines)
        c.until(" 464 ")
        c.ends()
    guest = Irc(tls=False)
    guest.say("NICK passer-by", "USER a 0 * :A")
    guest.until(" 001 passer-by ")
    leads_to_https("GET", "/login")
    leads_to_https("GET", "/login?to=/files/x%20y")
    leads_to_https("POST", "/login", {"Content-Type": "application/x-www-form-urlencoded"}, "name=alice&password=x")
    leads_to_https("GET", "/files/", BASIC)
    check(status(False, "GET", "/files/")[0] == 200, "guests are kept out")
    check(status(True, "GET", "/files/", BASIC)[0] == 200, "TLS is refused, too")
    check(status(True, "GET", "/files/", {"Authorization": "Basic YTpi"})[0] == 401, "anybody is let in")


def require_all():
    for user in ("alice", "anonymous"):
        check(ftp_code(user) == "530", "FTP took", user, "in clear")
        check(ftp_code(user, tls=True) == "331", "FTP refused", user, "by TLS")
    c = Irc(tls=False)
    c.say("NICK passer-by", "USER a 0 * :A")
    c.until(" 464 ")
    c.ends()
    guest = Irc()
    guest.say("NICK passer-by", "USER a 0 * :A")
    guest.until(" 001 passer-by ")
    for path in ("/", "/files/", "/login", "/nothing?x=y"):
        leads_to_https("GET", path)
    leads_to_https("PUT", "/files/x", None, "x")
    check(status(True, "GET", "/files/")[0] == 200, "TLS is refused, too")


def main():
    name = sys.argv[1]
    {f.__name__: f for f in (library, irc, external, require_login, require_all)}[name](*sys.argv[2:])


main()
