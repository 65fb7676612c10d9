#!/usr/bin/env python3
"""echo.py SCENARIO: what talk.py cannot say of the echo door and of http's /echo: large bodies, clients
that read late or never, and bodies in many forms."""
import os
import random
import socket
import sys
import threading

from ftp_client import PATIENCE, PID, PORTS, bytes_of, check, read_all, reset, run, until
from http_client import Web, fetch, request

BIG = 4 << 20


def descriptors():
    return len(os.listdir("/proc/%d/fd" % PID))


def connect(door, receive=None):
    s = socket.socket()
    if receive:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    s.settimeout(PATIENCE)
    s.connect(("127.0.0.1", int(PORTS[door])))
    return s


def in_background(fn, *args):
    t = threading.Thread(target=fn, args=args, daemon=True)
    t.start()
    return t


def stalled(sock, data):
    """Sends until the daemon takes no more, though it serves others; how much it took."""
    sent, rounds = 0, 0
    sock.setblocking(False)
    while sent < len(data) and rounds < 20:
        try:
            sent += sock.send(data[sent:sent + (1 << 20)])
            rounds = 0
        except BlockingIOError:
            rounds += 1
            fetch("/status")
    sock.settimeout(PATIENCE)
    return sent


# --- the door of echo ---

def back():
    """mode = echo: the bytes as they came, large and small, and then the end."""
    rng = random.Random(4)
    data = bytes_of(BIG)
    s = connect("echo_back")
    sender = in_background(lambda: (s.sendall(data), s.shutdown(socket.SHUT_WR)))
    got, broken = read_all(s)
    sender.join()
    check(got == data and not broken, len(got), "bytes of", len(data))
    # Many at once, in pieces of any size, each with bytes of its own.
    many = []
    for i in range(20):
        many.append((connect("echo_back"), bytes_of(5000, i)))
    for at in range(0, 5000, 500):
        for s, own in many:
            half = rng.randint(0, 500)
            s.sendall(own[at:at + half])
            s.sendall(own[at + half:at + 500])
    for s, own in many:
        s.shutdown(socket.SHUT_WR)
        check(read_all(s) == (own, False), "another's bytes")


def back_unread():
    """A client that does not read is not listened to for long; others are; all comes in the end."""
    data = bytes_of(64 << 20)
    s = connect("echo_back", 4096)
    sent = stalled(s, data)
    check(sent < len(data), "all was taken")
    other = connect("echo_back")
    other.sendall(b"other")
    check(other.recv(100) == b"other", "others")
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    s.shutdown(socket.SHUT_WR)
    got, broken = read_all(s)
    check(got == data[:sent] and not broken, len(got), "of", sent)


def leavers():
    """Clients that never read, and go: nothing is left of them."""
    before = descriptors()
    for door in ("echo", "echo_back"):
        for end in (socket.socket.close, reset):
            s = connect(door, 4096)
            stalled(s, bytes(8 << 20))
            end(s)
    until(lambda: descriptors() <= before, "descriptors are given back")


# --- /echo ---

def chunked(body, rng):
    out, at = [], 0
    while at < len(body):
        piece = body[at:at + rng.randint(1, max(1, len(body) // 8))]
        at += len(piece)
        size = ("%x" if at % 2 else "%04X") % len(piece)
        out.append(size.encode() + rng.choice([b"", b";a=b", b" ; x=\"y\""]) + b"\r\n" + piece + b"\r\n")
    return b"".join(out) + b"0\r\n" + rng.choice([b"", b"Trailer: x\r\n"]) + b"\r\n"


def post(body, *fields, method="POST", version="1.1", rng=None):
    """A request for /echo; chunked with rng."""
    if rng is None:
        fields += ("Content-Length: %d" % len(body),)
    else:
        fields += ("Transfer-Encoding: chunked",)
        body = chunked(body, rng)
    return request("/echo", *fields, method=method, version=version, body=body)


def echoed(r, body, coding):
    check(r.status == 200 and r.body == body, r.status, len(r.body), "bytes of", len(body))
    check(r["transfer-encoding"] == ("chunked" if coding else None), r.headers)
    check(coding or r["content-length"] == str(len(body)), r.headers)


def web():
    """POST and PUT, by length and chunked, of any size, on one connection."""
    rng = random.Random(1)
    c = Web()
    for size in (0, 1, 5, 1000, 16383, 16384, 16385, 65536, 300000):
        body = bytes_of(size, size)
        for method in ("POST", "PUT"):
            for coding in (None, rng):
                c.send(post(body, method=method, rng=coding))
                echoed(c.response(), body, coding)
    # No body at all; and what is no POST.
    c.send(request("/echo", method="POST"))
    echoed(c.response(), b"", None)
    for method in ("GET", "HEAD", "DELETE", "PATCH", "TRACE"):
        r = c.get("/echo", method=method)
        check(r.status == 405 and r["allow"] == "POST, PUT, OPTIONS", method, r.status, r.headers)
    check(c.get("/echo", method="OPTIONS")["allow"] == "POST, PUT, OPTIONS", "OPTIONS")
    c.send(post(b"last", "Connection: close"))
    r = c.response()
    echoed(r, b"last", None)
    check(r["connection"] == "close", r.headers)
    c.at_end()
    for fields, stays in (((), False), (("Connection: keep-alive",), True)):
        c = Web()
        c.send(post(b"old", *fields, version="1.0"))
        echoed(c.response(), b"old", None)
        if stays:
            c.send(post(b"again"))
            echoed(c.response(), b"again", None)
        else:
            c.at_end()


def types():
    """The type comes back as well, unless a browser would run it."""
    c = Web()
    for sent, wanted in (("text/plain", None), ("text/plain; charset=utf-8", None),
                         ("application/x-www-form-urlencoded", None),
                         ("text/html", 0), ("TEXT/HTML; charset=utf-8", 0), ("  text/html", 0),
                         ("image/svg+xml", 0),
                         ("application/xhtml+xml", 0), ("text/javascript", 0), ("", 0), ("x" * 500, 0)):
        c.send(post(b"<script>", "Content-Type: " + sent))
        wanted = sent if wanted is None else "application/octet-stream"
        check(c.response()["content-type"] == wanted, sent)
    c.send(post(b"x"))
    check(c.response()["content-type"] == "application/octet-stream", "no type")


def expect():
    """100 Continue comes before the body is sent, and only where it was asked for and there is one."""
    for coding in (None, random.Random(2)):
        c = Web()
        text = post(b"waited for", "Expect: 100-continue", rng=coding)
        head = text.index(b"\r\n\r\n") + 4
        for _ in range(3):
            c.send(text[:head])
            check(c.response().status == 100, "100 Continue")
            c.send(text[head:])
            echoed(c.response(), b"waited for", coding)
        # All at once is fine, too.
        c.send(text)
        r = c.response()
        echoed(c.response() if r.status == 100 else r, b"waited for", coding)
        c.send(post(b"", "Expect: 100-Continue"))
        echoed(c.response(), b"", None)
        c.send(post(b"old", "Expect: 100-continue", "Connection: keep-alive", version="1.0"))
        echoed(c.response(), b"old", None)
        c.send(post(b"x", "Expect: 200-ok"))
        check(c.response().status == 417, "an expectation we know not")
        c.at_end()


def big():
    """4 MiB to a client that sends all before it reads any; 40 MiB to one that reads as it sends."""
    for coding in (None, random.Random(3)):
        body = bytes_of(BIG)
        c = Web()
        c.send(post(body, rng=coding))
        echoed(c.response(), body, coding)
        body = bytes_of(40 << 20)
        sender = in_background(c.send, post(body, rng=coding))
        echoed(c.response(), body, coding)
        sender.join()
        c.send(post(b"goes on"))
        echoed(c.response(), b"goes on", None)
        c.close()


def unread():
    """A client that sends without end and does not read is paused; others are served; all comes."""
    body = bytes_of(64 << 20)
    c = Web(receive=4096)
    text = post(body)
    sent = stalled(c.sock, text)
    check(BIG < sent < len(text), sent, "bytes were taken")
    fetch("/status")
    c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    sender = in_background(c.send, text[sent:])
    echoed(c.response(), body, None)
    sender.join()


def pipelined():
    """Requests of all kinds in one send, in pieces, and byte by byte."""
    rng = random.Random(5)
    parts, wanted = [], []
    for i in range(300):
        body = bytes_of(rng.choice([0, 1, 20, 300]), i)
        if i % 7 == 0:
            parts.append(request("/none"))
            wanted.append(None)
            continue
        coding = rng if i % 2 else None
        parts.append(post(body, rng=coding))
        wanted.append((body, coding))
    text = b"".join(parts)
    for most in (len(text), 2000, 1):
        c, at = Web(), 0

        def send(c=c, at=at, most=most):
            while at < len(text):
                n = rng.randint(1, most) if most < len(text) else most
                c.send(text[at:at + n])
                at += n
        sender = in_background(send)
        for want in wanted:
            r = c.response()
            if want is None:
                check(r.status == 404, r.status)
            else:
                echoed(r, *want)
        sender.join()
        c.close()


def broken():
    """A body that is broken ends the connection; nothing of it is a request, nothing is answered twice."""
    before = descriptors()
    smuggled = request("/echo", method="OPTIONS")
    for body in (b"zz\r\n", b"5\r\nhello!\r\n", b"5\nhello\r\n0\r\n\r\n", b"5\r\nhello\n0\r\n\r\n",
                 b"5\r\nhello\r\n0\r\n x\r\n\r\n",
                 b"-5\r\nhello\r\n", b"fffffffffffffffff\r\n", b"5 5\r\nhello\r\n", b"\r\n",
                 b"5\r\nhello\r\n\r\n"):
        for step in (None, 1):
            c = Web()
            data = request("/echo", "Transfer-Encoding: chunked", method="POST", body=body + smuggled)
            for at in range(0, len(data), step or len(data)):
                c.send(data[at:at + (step or len(data))])
            c.head()
            rest = c.rest()
            check(not rest.endswith(b"0\r\n\r\n"), "the echo looks complete:", rest)
            check(b"HTTP/1.1" not in rest and b"Allow" not in rest, body, "was answered twice:", rest)
    # Half a body, and the end.
    for text in (post(b"x" * 100)[:-50], post(b"x" * 100, rng=random.Random(6))[:-50]):
        c = Web()
        c.send(text)
        c.sock.shutdown(socket.SHUT_WR)
        c.head()
        c.rest()
        gone = Web()
        gone.send(text)
        reset(gone.sock)
    until(lambda: descriptors() <= before, "descriptors are given back")


def off():
    """web = no: /echo is a page that is not there."""
    c = Web()
    c.send(post(b"not here"))
    r = c.response()
    check(r.status == 405 and r["allow"] == "GET, HEAD, OPTIONS", r.status, r.headers)
    check(b"not here" not in r.body, r.body)
    check(c.get("/echo").status == 404, "GET")


if __name__ == "__main__":
    sys.exit(run(globals()))
