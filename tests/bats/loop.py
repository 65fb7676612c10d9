#!/usr/bin/env python3
"""loop.py: a helper (lib.bash) that holds many connections at once. It is told, a line each:

    open COUNT PORT      opens that many more
    ask                  a request on each, then an answer from each; says how many were answered,
                         how many were refused in words (503), and how many found the door closed.
                         Those that were not answered are given up
    exhaust PORT         FTP sessions that ask for passive ports until there is no descriptor left
    drip PORT            an HTTP head, a byte at a time, for as long as the server lets us
    work PID             works for half a second, and says how long PID has worked meanwhile
    leave                closes all"""
import ftplib
import os
import resource
import select
import socket
import sys
import time

PATIENCE = 60


class Holder:
    def __init__(self):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.conns = []
        self.sessions = []

    def open(self, count, port):
        for _ in range(int(count)):
            c = socket.create_connection(("127.0.0.1", int(port)), timeout=PATIENCE)
            self.conns.append(c)
        return "open %d" % len(self.conns)

    @staticmethod
    def answer(c):
        """The body of one answer; None when there is none."""
        got = b""
        try:
            while b"\r\n\r\n" not in got:
                more = c.recv(65536)
                if not more:
                    return got
                got += more
            length = int(got.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            head = got.index(b"\r\n\r\n") + 4
            while len(got) < head + length:
                got += c.recv(65536)
        except ConnectionError:
            pass
        return got

    def ask(self):
        kept, refused, closed = [], 0, 0
        for c in self.conns:
            try:
                c.sendall(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n")
            except ConnectionError:
                pass
        for c in self.conns:
            got = self.answer(c)
            if got.startswith(b"HTTP/1.1 404 "):
                kept.append(c)
                continue
            refused += got.startswith(b"HTTP/1.1 503 ")
            closed += got == b""
            c.close()
        self.conns = kept
        return "answered %d refused %d closed %d" % (len(kept), refused, closed)

    def exhaust(self, port):
        while True:
            ftp = ftplib.FTP()
            self.sessions.append(ftp)
            try:
                ftp.connect("127.0.0.1", int(port), timeout=PATIENCE)
                ftp.login()
                ftp.sendcmd("EPSV")
            except ftplib.error_temp as e:
                return "after %d: %s" % (len(self.sessions), e)

    def drip(self, port):
        c = socket.create_connection(("127.0.0.1", int(port)), timeout=PATIENCE)
        sent = b"GET / HTTP/1.1\r\nX-Slow: "
        c.sendall(sent)
        while not select.select([c], [], [], 0.05)[0]:  # the pace of a slow client
            c.sendall(b"x")
        return self.answer(c).split(b"\r\n")[0].decode() or "closed"

    @staticmethod
    def ticks(pid):
        with open("/proc/%s/stat" % pid, encoding="ascii", errors="replace") as f:
            user, system = f.read().rsplit(")", 1)[1].split()[11:13]
        return int(user) + int(system)

    def work(self, pid):
        before = self.ticks(pid)
        began = time.process_time()
        while time.process_time() - began < 0.5:
            pass
        return "%d" % ((self.ticks(pid) - before) * 1000 // os.sysconf("SC_CLK_TCK"))

    def leave(self):
        for c in self.conns + self.sessions:
            c.close()
        self.conns, self.sessions = [], []
        return "left"


def main():
    holder = Holder()
    for line in sys.stdin:
        words = line.split()
        try:
            print(getattr(holder, words[0])(*words[1:]), flush=True)
        except (OSError, EOFError, ftplib.Error) as e:
            print("failed: %r" % e, flush=True)


if __name__ == "__main__":
    main()
