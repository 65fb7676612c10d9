#!/usr/bin/env python3
"""Loads an HTTP server in ways that wrk and curl do not.

load.py fetch PORT PATH TIMES            the file so many times over one connection, thrown away unseen: prints
                                         the MiB that came in a second
load.py crowd PORT SLOW STALLED SECONDS  one client's waits for a page: alone, then beside SLOW clients that
                                         send a head byte by byte, and STALLED ones that ask for a big file
                                         and read nothing: for each the median, the 99th percentile and the
                                         longest, in ms

The page is /1k.txt, the big file /100m.bin.
"""
import multiprocessing
import selectors
import socket
import sys
import time

PATIENCE = 30
BYTES_EACH = 10  # bytes of a slow head in a second
HEAD = b"GET /1k.txt HTTP/1.1\r\nHost: bench\r\nX-Slow: " + b"s" * 500


def connect(port):
    sock = socket.create_connection(("127.0.0.1", port), PATIENCE)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def ask(sock, path):
    """The first bytes of the response's body, and how many more follow."""
    sock.sendall(b"GET %s HTTP/1.1\r\nHost: bench\r\n\r\n" % path)
    got = b""
    while b"\r\n\r\n" not in got:
        more = sock.recv(4096)
        if not more:
            sys.exit(f"load.py: closed: {got!r}")
        got += more
    head, _, body = got.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 "):
        sys.exit(f"load.py: {head!r}")
    length = next(int(f[15:]) for f in head.lower().split(b"\r\n") if f.startswith(b"content-length:"))
    return length - len(body)


def drop(sock, left):
    """Lets the kernel throw away what comes."""
    room = bytearray(1 << 20)
    while left > 0:
        n = sock.recv_into(room, min(left, len(room)), socket.MSG_TRUNC)
        if n == 0:
            sys.exit(f"load.py: closed, {left} bytes are missing")
        left -= n


def fetch(port, path, times):
    sock = connect(port)
    start = time.perf_counter()
    mib = 0
    for _ in range(times):
        left = ask(sock, path.encode())
        mib += left / (1 << 20)
        drop(sock, left)
    print(f"{mib / (time.perf_counter() - start):.0f}")


def waits(port, seconds):
    """How long each answer took, in ms."""
    sock = connect(port)
    took = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        drop(sock, ask(sock, b"/1k.txt"))
        took.append((time.perf_counter() - start) * 1000)
        time.sleep(0.002)  # a pace, no wait
    took.sort()
    return took[len(took) // 2], took[len(took) * 99 // 100], took[-1]


def crowd(port, slow, stalled, ready, pipe):
    """Until the pipe says something."""
    reading = selectors.DefaultSelector()
    reading.register(pipe, selectors.EVENT_READ)
    deaf = []
    for _ in range(stalled):
        sock = connect(port)
        sock.sendall(b"GET /100m.bin HTTP/1.1\r\nHost: bench\r\n\r\n")
        deaf.append(sock)
    heads = [connect(port) for _ in range(slow)]
    ready.set()
    start, sent = time.perf_counter(), 0
    while not reading.select(0.002):
        due = int((time.perf_counter() - start) * slow * BYTES_EACH)
        for i in range(sent, due):
            at = i // slow
            heads[i % slow].sendall(HEAD[at : at + 1])
        sent = due
    pipe.recv()
    pipe.send((sent, sum(not alive(sock) for sock in heads + deaf)))


def alive(sock):
    """Has the server left the connection open?"""
    try:
        sock.setblocking(False)
        return sock.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def measure(port, slow, stalled, seconds):
    print(*(f"{ms:.3f}" for ms in waits(port, seconds)))
    ready = multiprocessing.Event()
    ours, theirs = multiprocessing.Pipe()
    others = multiprocessing.Process(target=crowd, args=(port, slow, stalled, ready, theirs), daemon=True)
    others.start()
    if not ready.wait(PATIENCE):
        sys.exit("load.py: the crowd does not get in")
    print(*(f"{ms:.3f}" for ms in waits(port, seconds)))
    ours.send("enough")
    sent, gone = ours.recv()
    others.join()
    if sent < slow * seconds or gone > 0:
        sys.exit(f"load.py: {sent} bytes were sent, {gone} connections are gone")


def main():
    what, args = sys.argv[1], sys.argv[2:]
    if what == "fetch":
        fetch(int(args[0]), args[1], int(args[2]))
    else:
        measure(*map(int, args))


main()
