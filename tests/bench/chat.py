#!/usr/bin/env python3
"""Loads an IRC server, and says what that cost it.

chat.py fanout PORT MEMBERS LINES BURST PID...  MEMBERS in a room, one more says LINES there, BURST at a
                                                time: prints the lines delivered, the CPU in us
chat.py idle PORT CLIENTS SECONDS PID...        CLIENTS registered and silent: prints their number, the
                                                memory in KiB, the CPU in us of SECONDS

PID...: the server's processes.
"""
import os
import select
import socket
import sys
import time

ROOM = b"#bench"
PATIENCE = 60


def cpu_us(pids):
    """User and system time so far, that of ended children too."""
    ticks = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            ticks += sum(map(int, f.read().rpartition(") ")[2].split()[11:15]))
    return ticks * 1000000 // os.sysconf("SC_CLK_TCK")


def rss_kib(pids):
    """Memory that is in use now."""
    kib = 0
    for pid in pids:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as f:
            kib += sum(int(line.split()[1]) for line in f if line.startswith("VmRSS:"))
    return kib


class Client:
    """One connection, registered."""

    def __init__(self, port, name):
        self.sock = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # 376 and 422: with and without a message of the day.
        self.ask(b"NICK %s\r\nUSER %s 0 * :bench\r\n" % (name, name), b" 376 ", b" 422 ")

    def ask(self, line, *answers):
        """Sends a line; everything up to the line with one of the answers is read."""
        self.sock.sendall(line)
        got = b""
        while not (got.endswith(b"\n") and any(a in got for a in answers)):
            more = self.sock.recv(65536)
            if not more:
                sys.exit(f"chat.py: closed: {got!r}")
            got += more


def receive(poll, socks, lines):
    """Reads so many lines, of all the sockets together."""
    while lines > 0:
        ready = poll.poll(PATIENCE)
        if not ready:
            sys.exit(f"chat.py: {lines} lines did not come")
        for fd, _ in ready:
            got = socks[fd].recv(65536)
            if not got:
                sys.exit("chat.py: a member was closed")
            lines -= got.count(b"\n")


def fanout(port, members, lines, burst, pids):
    """Everybody's PONG comes behind the JOINs, so nothing else is under way when it begins."""
    room = [Client(port, b"m%d" % i) for i in range(members)]
    sender = Client(port, b"sender")
    for client in room + [sender]:
        client.ask(b"JOIN %s\r\n" % ROOM, b" 366 ")
    for client in room + [sender]:
        client.ask(b"PING bench\r\n", b" PONG ")
    poll = select.epoll()
    socks = {client.sock.fileno(): client.sock for client in room}
    for fd in socks:
        poll.register(fd, select.EPOLLIN)
    text = b"PRIVMSG %s :%s\r\n" % (ROOM, b"x" * 64)
    before = cpu_us(pids)
    for _ in range(lines // burst):
        sender.sock.sendall(text * burst)
        receive(poll, socks, members * burst)
    print(lines // burst * burst * members, cpu_us(pids) - before)


def idle(port, clients, seconds, pids):
    """The first client is there before: what all of them share is not counted."""
    crowd = [Client(port, b"first")]
    kib = rss_kib(pids)
    crowd += [Client(port, b"c%d" % i) for i in range(clients)]
    kib = rss_kib(pids) - kib
    before = cpu_us(pids)
    time.sleep(seconds)
    print(clients, kib, cpu_us(pids) - before)


def main():
    what, numbers = sys.argv[1], [int(arg) for arg in sys.argv[2:]]
    if what == "fanout":
        fanout(*numbers[:4], numbers[4:])
    else:
        idle(*numbers[:3], numbers[3:])


main()
