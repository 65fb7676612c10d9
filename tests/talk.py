#!/usr/bin/env python3
"""talk.py FILE...: holds the conversations that the files describe, and says where one went wrong.

Where the doors are comes from the environment: PORTS="irc=4711 ftp=4712 ...". Each line of a file is
one step; what begins with # is a comment. A and B stand for the names of connections:

    A = tcp irc              connect to a door (or to :PORT, or to ADDRESS:PORT)
    A = tcp irc from 127.0.0.2
    A = udp udp              a datagram socket, for that door
    A = listen               a listening socket; sets $A_port and, for PORT, $A_p1 and $A_p2
    B = accept A             the next connection to it
    A > NICK alice           send a line (a datagram for udp); \\r \\n \\0 \\xNN \\\\ are understood
    A >> bytes               send bytes without a line end
    A < regex                the next line (datagram) must match as a whole
    A ~ regex                skip lines up to one that matches as a whole
    A << bytes               exactly these bytes must come next
    A eof                    all was read and the other side has closed
    A none                   nothing is there to be read (use it behind a line that proves the order)
    A shut | A close | A reset
    reply A                  the whole FTP reply (all its lines) is skipped

(?P<name>...) in a regex keeps what matched; $name in a later line stands for it. Every wait ends with a
failure after TALK_SECONDS (10); no step sleeps."""
import os
import re
import select
import socket
import struct
import sys
import time

SECONDS = float(os.environ.get("TALK_SECONDS", "10"))


class Wrong(Exception):
    pass


def unescape(text):
    out = bytearray()
    data = text.encode("utf-8")
    i = 0
    while i < len(data):
        if data[i:i + 1] != b"\\" or i + 1 == len(data):
            out += data[i:i + 1]
            i += 1
            continue
        c = chr(data[i + 1])
        if c == "x":
            out.append(int(data[i + 2:i + 4], 16))
            i += 4
            continue
        out += {"r": b"\r", "n": b"\n", "0": b"\0", "t": b"\t"}.get(c, data[i + 1:i + 2])
        i += 2
    return bytes(out)


class Conn:
    def __init__(self, sock, datagrams=False):
        self.sock = sock
        self.datagrams = datagrams
        self.buffer = b""
        self.ended = False

    def fill(self, deadline):
        """Waits for more; False at the end of the stream."""
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self.sock], [], [], left)[0]:
            raise Wrong("nothing came within %g s; unread: %r" % (SECONDS, self.buffer[:400]))
        try:
            data = self.sock.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data and not self.datagrams:
            self.ended = True
            return False
        self.buffer += data
        return True

    def unit(self):
        """The next line without its end, or the next datagram."""
        deadline = time.monotonic() + SECONDS
        if self.datagrams:
            self.buffer = b""
            self.fill(deadline)
            data, self.buffer = self.buffer, b""
            return data
        while b"\n" not in self.buffer:
            if not self.fill(deadline):
                raise Wrong("the other side closed; unread: %r" % self.buffer[:400])
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line[:-1] if line.endswith(b"\r") else line

    def exactly(self, wanted):
        deadline = time.monotonic() + SECONDS
        while len(self.buffer) < len(wanted):
            if not self.fill(deadline):
                break
        if not self.buffer.startswith(wanted):
            raise Wrong("wanted %r, got %r" % (wanted, self.buffer[:len(wanted) + 80]))
        self.buffer = self.buffer[len(wanted):]

    def at_end(self):
        deadline = time.monotonic() + SECONDS
        while not self.ended:
            self.fill(deadline)
        if self.buffer:
            raise Wrong("closed, but this was unread: %r" % self.buffer[:400])


class Talk:
    def __init__(self, ports):
        self.ports = ports
        self.conns = {}
        self.listeners = {}
        self.kept = {}

    def address(self, where):
        if where.startswith(":"):
            return "127.0.0.1", int(where[1:])
        if ":" in where:
            host, port = where.rsplit(":", 1)
            return host.strip("[]"), int(port)
        if where not in self.ports:
            raise Wrong("PORTS has no %s" % where)
        return "127.0.0.1", int(self.ports[where])

    def connect(self, words):
        kind = words[0]
        if kind == "accept":
            listener = self.listeners[words[1]]
            if not select.select([listener], [], [], SECONDS)[0]:
                raise Wrong("nobody connected")
            return Conn(listener.accept()[0])
        address = self.address(words[1])
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        datagrams = kind == "udp"
        sock = socket.socket(family, socket.SOCK_DGRAM if datagrams else socket.SOCK_STREAM)
        if len(words) == 4 and words[2] == "from":
            sock.bind((words[3], 0))
        sock.settimeout(SECONDS)
        sock.connect(address)
        if not datagrams:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Conn(sock, datagrams)

    def listen(self, name):
        sock = socket.socket()
        sock.bind(("127.0.0.1", 0))
        sock.listen(5)
        port = sock.getsockname()[1]
        self.listeners[name] = sock
        self.kept.update({name + "_port": str(port), name + "_p1": str(port >> 8),
                          name + "_p2": str(port & 255)})

    def expand(self, text):
        def value(match):
            if match.group(1) not in self.kept:
                return match.group(0)
            return self.kept[match.group(1)]
        return re.sub(r"\$(\w+)", value, text)

    def match(self, pattern, data):
        found = re.fullmatch(pattern, data.decode("utf-8", "surrogateescape"), re.DOTALL)
        if found:
            self.kept.update({k: v for k, v in found.groupdict().items() if v is not None})
        return found is not None

    def conn(self, name):
        if name not in self.conns:
            raise Wrong("there is no connection %s" % name)
        return self.conns[name]

    def ftp_reply(self, name):
        c = self.conn(name)
        line = c.unit()
        if line[3:4] == b"-":
            code = line[:3]
            while not (line.startswith(code) and line[3:4] == b" "):
                line = c.unit()

    def expect(self, c, op, pattern):
        pattern = re.sub(r"\$(\w+)", lambda m: re.escape(self.kept[m.group(1)])
                         if m.group(1) in self.kept else m.group(0), pattern)
        if op == "<":
            data = c.unit()
            if not self.match(pattern, data):
                raise Wrong("got %r" % data.decode("utf-8", "replace"))
            return
        skipped = []
        while True:
            try:
                data = c.unit()
            except Wrong as w:
                raise Wrong("%s; skipped: %s" % (w, b"\n".join(skipped[-20:]).decode("utf-8", "replace")))
            if self.match(pattern, data):
                return
            skipped.append(data)

    def step(self, line):
        name, _, rest = line.partition(" ")
        op, _, text = rest.strip().partition(" ")
        if name == "reply":
            return self.ftp_reply(op)
        if op == "=":
            words = self.expand(text).split()
            if words[0] == "listen":
                return self.listen(name)
            self.conns[name] = self.connect(words)
            return None
        c = self.conn(name)
        if op == ">":
            return c.sock.sendall(unescape(self.expand(text)) + (b"" if c.datagrams else b"\r\n"))
        if op == ">>":
            return c.sock.sendall(unescape(self.expand(text)))
        if op in ("<", "~"):
            return self.expect(c, op, text)
        if op == "<<":
            return c.exactly(unescape(self.expand(text)))
        if op == "eof":
            return c.at_end()
        if op == "none":
            if c.buffer or select.select([c.sock], [], [], 0)[0]:
                c.fill(time.monotonic() + 1)
                raise Wrong("there is %r" % c.buffer[:400])
            return None
        if op == "shut":
            return c.sock.shutdown(socket.SHUT_WR)
        if op == "close":
            return c.sock.close()
        if op == "reset":
            c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return c.sock.close()
        raise Wrong("no such step")

    def run(self, path):
        with open(path, encoding="utf-8", errors="surrogateescape") as f:
            for number, line in enumerate(f, 1):
                line = line.rstrip("\n")
                if not line.strip() or line.lstrip().startswith("#"):
                    continue
                try:
                    self.step(line.lstrip())
                except (Wrong, OSError, KeyError, ValueError) as e:
                    print("%s:%d: %s\n    %s" % (path, number, line, e))
                    return False
        return True


def main():
    ports = dict(p.split("=", 1) for p in os.environ.get("PORTS", "").split())
    ok = True
    for path in sys.argv[1:]:
        ok = Talk(ports).run(path) and ok
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
