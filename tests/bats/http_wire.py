#!/usr/bin/env python3
"""http_wire.py SCENARIO: how connections to the http door go on and end: many requests at once, clients
that have ended their side, that go on behind the end, and that are slow. What requests may look like is
in http_table.txt."""
import fcntl
import select
import socket
import struct
import sys
import termios
import threading
import time

from ftp_client import PATIENCE, PORTS, check, reset, run, until
from http_client import Web, fetch

H = b"Host: a\r\n"
G = b"GET /probe.txt HTTP/1.1\r\n"
E = b"\r\n"


def pipelined():
    """10,000 requests in one send, to which nobody reads the answers yet; others are served; then all
    answers come, in order."""
    flood = Web()
    rounds = 2500
    text = (G + H + E + b"GET /none HTTP/1.1\r\n" + H + E + b"GET /big.bin HTTP/1.1\r\n" + H +
            b"Range: bytes=7-\r\n" + E + b"HEAD /big.bin HTTP/1.1\r\n" + H + E)
    sender = threading.Thread(target=flood.send, args=(text * rounds,))
    sender.start()
    try:
        for _ in range(100):
            check(fetch("/probe.txt").body == b"probe", "others")
        for i in range(rounds):
            r = flood.response()
            check(r.status == 200 and r.body == b"probe", i, r.status, r.body)
            check(flood.response().status == 404, i)
            r = flood.response()
            check(r.status == 206 and r.body == b"b" * 99993, i, r.status)
            r = flood.response("HEAD")
            check(r.status == 200 and r["content-length"] == "100000", i, r.status)
    finally:
        reset(flood.sock) if sys.exc_info()[0] else None
        sender.join()
    check(flood.get("/probe.txt").body == b"probe", "it goes on")
    flood.close()


def half_closed():
    """A client that has ended its side still gets all that it asked for; half a request gets none."""
    c = Web()
    c.send((G + H + E) * 500 + b"GET /big.bin HTTP/1.1\r\n" + H + E + G)
    c.sock.shutdown(socket.SHUT_WR)
    for _ in range(500):
        check(c.response().body == b"probe", "a request before the end")
    check(c.response().body == b"b" * 100000, "the last one")
    c.at_end()


def on_its_way(c):
    """How many bytes c has sent that the other side's kernel does not have yet."""
    return struct.unpack("i", fcntl.ioctl(c.sock, termios.TIOCOUTQ, bytes(4)))[0]


def daemon_side(c):
    """The fields of the daemon's end of c in the kernel's table; None when it has closed it for good."""
    ends = [":%04X" % n for n in (int(PORTS["http"]), c.sock.getsockname()[1])]
    with open("/proc/net/tcp", encoding="ascii") as f:
        for row in map(str.split, f):
            if row[1].endswith(ends[0]) and row[2].endswith(ends[1]):
                return row
    return None


def unread(c, what):
    """How many bytes lie in the kernel that c has sent and the daemon has not read."""
    row = daemon_side(c)
    check(row, what, "closed with bytes unread, by a reset")
    return int(row[4].split(":")[1], 16)


def lingers():
    """What still comes after a big answer that closes is read, so that no reset destroys the answer:
    the end comes first, and the bytes sent since are taken (the socket's queue in the kernel is empty)."""
    for target, body in ((b"/probe.txt", b"probe"), (b"/big.bin", b"b" * 100000)):
        c = Web()
        c.send(b"GET " + target + b" HTTP/1.1\r\n" + H + b"Connection: close\r\n" + E + b"x" * 5000)
        check(c.response().body == body, "the answer")
        c.at_end()
        c.send(b"y" * 50000)
        until(lambda c=c: on_its_way(c) == 0, "it has arrived")
        until(lambda c=c, target=target: unread(c, target) == 0, "what was sent behind the answer is read")
        c.close()


def slow_head():
    """request_timeout and keepalive are short here: no client holds a connection for longer."""
    silent, half, idle, late, body = (Web() for _ in range(5))
    half.send(G + H)
    for c in (idle, late):
        check(c.get("/probe.txt").status == 200, "a request")
    late.send(b"G")
    body.send(b"POST /probe.txt HTTP/1.1\r\n" + H + b"Content-Length: 5\r\n" + E + b"hel")
    check(body.response().status == 405, "a body that does not come")
    # One that sends a byte again and again: the time is for the head as a whole.
    drip = Web()
    drip.send(G + H + b"X: ")
    while not select.select([drip.sock], [], [], 0.02)[0]:
        drip.send(b"x")
    for c in (drip, half, late):
        r = c.response()
        check(r.status == 408 and r["connection"] == "close", r.status)
        c.at_end()
    for c in (silent, idle, body):
        c.at_end()


def gone(c):
    """Has the daemon closed it?"""
    row = daemon_side(c)
    return row is None or row[9] == "0"  # no process holds it


def never_reads():
    """idle_timeout is short here: who asks for much and does not read it is closed, and so is who reads it
    in drops."""
    stalled, drops = Web(receive=4096), Web(receive=4096)
    for c in (stalled, drops):
        c.send(b"GET /large.bin HTTP/1.1\r\n" + H + E)
    size = int(stalled.head()["content-length"])
    drops.head()

    def both_gone():
        if not gone(drops):
            drops.take(1)
        return gone(stalled) and gone(drops)
    until(both_gone, "the daemon closes them")
    for c in (stalled, drops):
        try:
            check(len(c.rest()) < size, "all of it came")
        except ConnectionResetError:
            pass


def slow_bodies():
    """request_timeout is short here: a body that stands still, or comes in drops, is 408 and the end; one
    that is only slow arrives, however long it takes."""
    length = 60000
    still, drops, slow = Web(), Web(), Web()
    for i, c in enumerate((still, drops, slow)):
        c.send(b"PUT /files/slow-%d HTTP/1.1\r\n" % i + H + b"Content-Length: %d\r\n" % length + E + b"x")
    sent, end = 1, time.monotonic() + PATIENCE
    late = [still, drops]
    while late or sent < length:
        check(time.monotonic() < end, "never answered:", len(late), "sent:", sent)
        ready = select.select([c.sock for c in late], [], [], 0.05)[0]
        for c in [c for c in late if c.sock in ready]:
            r = c.response()
            check(r.status == 408 and r["connection"] == "close", r.status)
            late.remove(c)
        if drops in late:
            drops.send(b"x")
        piece = min(800, length - sent)
        slow.send(b"x" * piece)
        sent += piece
    check(slow.response().status == 201, "slow, and whole")
    check(slow.get("/files/slow-2").body == b"x" * length, "what came")
    for c in (still, drops):
        c.at_end()
    for i in range(2):
        check(slow.get("/files/slow-%d" % i).status == 404, "a part is seen")
    slow.close()


if __name__ == "__main__":
    sys.exit(run(globals()))
