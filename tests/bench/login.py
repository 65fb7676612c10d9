#!/usr/bin/env python3
"""Loads the logins of agentd.

login.py storm FTP IRC LOGINS   so many FTP logins at once, while somebody in the chat sends PINGs: prints
                                the logins, the seconds that they took, and the 99th percentile of the
                                PINGs' round trips in ms, before and meanwhile
login.py guess FTP TRIES        so many wrong passwords and so many unknown names, in turns: prints the
                                medians of how long each takes to be refused, in ms

The account is bench, its password: bench.
"""
import random
import selectors
import socket
import statistics
import sys
import time

PATIENCE = 60


def connect(port):
    sock = socket.create_connection(("127.0.0.1", port), PATIENCE)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def ask(sock, line, answer):
    """Sends a line; reads up to the end of a line that has the answer."""
    sock.sendall(line)
    got = b""
    while not (got.endswith(b"\n") and answer in got):
        more = sock.recv(65536)
        if not more:
            sys.exit(f"login.py: closed: {got!r}")
        got += more
    return got


def p99(values):
    return sorted(values)[len(values) * 99 // 100]


def ping(irc):
    start = time.perf_counter()
    ask(irc, b"PING x\r\n", b"PONG")
    took = time.perf_counter() - start
    time.sleep(0.001)  # a pace, no wait: who chats does not send without a pause
    return took * 1000


def storm(ftp, irc, logins):
    chat = connect(irc)
    ask(chat, b"NICK pinger\r\nUSER p 0 * :p\r\n", b" 376 ")
    before = [ping(chat) for _ in range(1000)]
    socks = []
    for _ in range(logins):
        sock = connect(ftp)
        ask(sock, b"USER bench\r\n", b"331 ")
        socks.append(sock)
    selector = selectors.DefaultSelector()
    start = time.perf_counter()
    for sock in socks:
        sock.sendall(b"PASS bench\r\n")
        selector.register(sock, selectors.EVENT_READ)
    meanwhile, left = [], logins
    while left > 0:
        meanwhile.append(ping(chat))
        for key, _ in selector.select(0):
            if not key.fileobj.recv(4096).startswith(b"230 "):
                sys.exit("login.py: a login was refused")
            selector.unregister(key.fileobj)
            left -= 1
    took = time.perf_counter() - start
    print(logins, f"{took:.2f} {p99(before):.3f} {p99(meanwhile):.3f}")


def guess_once(ftp, name):
    sock = connect(ftp)
    ask(sock, b"USER " + name + b"\r\n", b"331 ")
    start = time.perf_counter()
    ask(sock, b"PASS wrong\r\n", b"530 ")
    took = time.perf_counter() - start
    sock.close()
    return took * 1000


def guess(ftp, tries):
    times = {b"bench": [], b"nobody7": []}
    for _ in range(tries):
        for name in random.sample(sorted(times), 2):
            times[name].append(guess_once(ftp, name))
    print(*(f"{statistics.median(times[name]):.3f}" for name in sorted(times)))


def main():
    what, numbers = sys.argv[1], list(map(int, sys.argv[2:]))
    {"storm": storm, "guess": guess}[what](*numbers)


main()
