#!/usr/bin/env python3
"""abuse.py SCENARIO: clients that leave, change who they are, or ask for too much at the wrong moment."""
import os
import socket
import struct
import sys

import doors
from doors import Lines, agentctl, basic, do, same, talk, until, wrong_unless

PASSWORD = "the right one"


def alive():
    same(agentctl("status")[0], 0, "agentd")


def ftp(user, password, source=None):
    c = Lines("ftp", source)
    c.until("220 ")
    c.say("USER " + user, "PASS " + password)
    c.until("230 ")
    return c


def epsv(c):
    c.say("EPSV")
    return int(c.until("229 ")[-1].split("|")[3])


def reset(c):
    """Goes without a good-bye."""
    c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    c.sock.close()


def refused(port):
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except ConnectionRefusedError:
        return True
    return False


def closed(sock):
    """Nothing more comes, whether we get an end or a reset."""
    sock.settimeout(talk.SECONDS)
    try:
        same(sock.recv(1), b"", "the data connection")
    except ConnectionResetError:
        pass
    sock.close()


def big_folder():
    os.makedirs(doors.path_of("/big"), exist_ok=True)
    for i in range(20000):
        open(doors.path_of("/big/%s-%d" % ("n" * 200, i)), "wb").close()


def stat_and_gone():
    """STAT lists over the control connection; a passive socket that is open must not outlive it."""
    for connect in (False, True):
        c = ftp("anonymous", "x")
        port = epsv(c)
        data = socket.create_connection(("127.0.0.1", port), talk.SECONDS) if connect else None
        c.say("STAT /big")
        c.until("213-")
        reset(c)
        until(lambda p=port: refused(p), "the passive socket is closed")
        if data is not None:
            closed(data)
    alive()


def stat_unread():
    """Who asks for a listing by STAT and does not read it is closed."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(("127.0.0.1", int(doors.PORTS["ftp"])))
    sock.sendall(b"USER anonymous\r\nPASS x\r\nSTAT /big\r\n")
    port = sock.getsockname()[1]
    until(lambda: ":%d" % port in agentctl("who")[1], "it is there")
    until(lambda: ":%d" % port not in agentctl("who")[1], "it is closed")
    sock.close()


def another_user():
    """A data connection that was opened as one user is not the next one's."""
    do("user", "add", "cindy", said=PASSWORD + "\n")
    c = ftp("cindy", PASSWORD)
    data = socket.create_connection(("127.0.0.1", epsv(c)), talk.SECONDS)
    c.say("USER anonymous", "PASS x")
    c.until("230 ")
    do("user", "del", "cindy")
    closed(data)
    c.say("RETR small")
    c.until("425 ")
    c.say("QUIT")
    alive()


def two_accounts():
    """A login form sent with somebody else's credentials, and that somebody is deleted."""
    for _ in range(5):
        do("user", "add", "cindy", said=PASSWORD + "\n")
        c = Lines("http")
        body = "name=ann&password=the+right+one"
        c.say("POST /login HTTP/1.1", "Host: x", "Connection: close",
              "Authorization: " + basic("cindy", PASSWORD), "Content-Length: %d" % len(body), "", body)
        wrong_unless(b"Set-Cookie: agentd=" in c.rest(), "ann did not log in")
        do("user", "del", "cindy")
    alive()


def changed_meanwhile():
    """Logins that are under way when the password changes open nothing."""
    do("user", "add", "cindy", said="old one\n")
    conns = [Lines("ftp") for _ in range(30)]
    for c in conns:
        c.say("USER cindy", "PASS old one")
    do("user", "passwd", "cindy", said="new one\n")
    for c in conns:
        try:
            c.say("PWD", "QUIT")
            said = c.rest().decode()
        except OSError:
            said = c.buffer.decode()
        wrong_unless("257 " not in said, "a session of the old password lives on:", said)
        c.close()
    same(doors.http_ask("GET", "/files/", who=("cindy", "old one")).status, 401)
    same(doors.http_ask("GET", "/files/", who=("cindy", "new one")).status, 200)
    do("user", "del", "cindy")


def crowd_from_one():
    """So many logins from one address that it will have no more; another address does not wait for them."""
    conns = []
    for _ in range(600):
        c = Lines("http", "127.0.30.1")
        c.say("GET /files/ HTTP/1.1", "Host: x", "Connection: close",
              "Authorization: " + basic("ann", "wrong"), "", "")
        conns.append(c)
    ftp("ann", PASSWORD, "127.0.30.2").close()
    waiting = []
    for c in conns:
        c.sock.setblocking(False)
        try:
            c.buffer += c.sock.recv(65536)
        except BlockingIOError:
            waiting.append(c)
    wrong_unless(len(waiting) > 50, "only", len(waiting), "of 600 were waiting still")
    busy = sum(b" 503 " in c.buffer for c in conns)
    wrong_unless(busy >= 50, "only", busy, "were refused")
    for c in conns:
        c.close()
    alive()


def refused_body():
    """An answer that comes instead of 100 Continue ends the connection, as nobody knows whether a body follows."""
    for line in ("POST /login/nope", "PUT /login", "PUT /files/x", "POST /files/x", "DELETE /files/small"):
        c = Lines("http")
        c.say(line + " HTTP/1.1", "Host: x", "Expect: 100-continue", "Content-Length: 40", "")
        said = c.rest().decode()
        wrong_unless("\r\nConnection: close\r\n" in said and "100 Continue" not in said, line, said)
        c.close()


def main():
    scenarios = (stat_and_gone, stat_unread, another_user, two_accounts, changed_meanwhile, crowd_from_one,
                 refused_body, big_folder)
    return doors.main({f.__name__: f for f in scenarios})


if __name__ == "__main__":
    sys.exit(main())
