#!/usr/bin/env python3
"""ftp_modez.py SCENARIO: MODE Z, by a client that looks at each byte."""
import os
import random
import socket
import sys
import zlib

from ftp_client import FILES, Client, alive, bytes_of, check, read_all, reset, run


class Deflating(Client):
    """Its transfers are zlib streams; what get() and put() see is plain."""

    def __init__(self, level=None, **kw):
        super().__init__(**kw)
        if level:
            self.ask("OPTS MODE Z LEVEL %d" % level, 200)
        self.ask("MODE Z", 200)

    def get(self, command):
        self.coded = super().get(command)
        z = zlib.decompressobj()
        plain = z.decompress(self.coded)
        check(z.eof and not z.unused_data, command, "is one whole stream")
        return plain

    def put(self, command, content, piece=None, level=6):
        super().put(command, zlib.compress(content, level), piece)


def contents():
    rng = random.Random(6)
    for n in (0, 1, 8191, 8192, 8193, 32768, 100_000):
        yield bytes_of(n, n)
        yield bytes(rng.choices(b"ab", k=n))
    yield b"line\n" * 300_000
    yield bytes(3_000_000)


def stored(name):
    with open(os.path.join(FILES, name), "rb") as f:
        return f.read()


def both_ways():
    """What goes up comes down, at each level; small things stay whole, big ones become small."""
    for i, content in enumerate(contents()):
        c = Deflating(level=(1, 6, 9)[i % 3])
        c.put("STOR both", content, level=i % 10)
        check(stored("both") == content, "up", i)
        check(c.get("RETR both") == content, "down", i)
        if content and content == bytes(len(content)):
            check(len(c.coded) < len(content) / 100, len(c.coded))
        c.ask("MODE S", 200)
        check(Client.get(c, "RETR both") == content, "in MODE S again", i)
        c.close()
    os.unlink(os.path.join(FILES, "both"))


def parts():
    """REST and APPE count plain bytes; ASCII comes before the stream, and behind it."""
    c = Deflating()
    content = bytes_of(200_000)
    c.put("STOR parts", content[:150_000])
    c.put("APPE parts", content[150_000:])
    check(stored("parts") == content, "APPE")
    for at in (0, 1, 70_000, 199_999, 200_000):
        c.ask("REST %d" % at, 350)
        check(c.get("RETR parts") == content[at:], "REST + RETR", at)
    c.ask("REST 1000", 350)
    c.put("STOR parts", b"tail")
    check(stored("parts") == content[:1000] + b"tail", "REST + STOR")
    c.ask("TYPE A", 200)
    c.put("STOR parts", b"1\r\n2\r\n\r" * 10_000)
    check(stored("parts") == b"1\n2\n\r" * 10_000, "ASCII up")
    check(c.get("RETR parts") == b"1\r\n2\r\n\r" * 10_000, "ASCII down")
    c.ask("DELE parts", 250)


def pieces():
    """Byte by byte, and many streams in one segment's time."""
    c = Deflating()
    content = b"in pieces " * 50
    for piece in (1, 2, 3, 7):
        c.put("STOR pieces", content, piece)
        check(stored("pieces") == content, "in pieces of", piece)
    c.ask("DELE pieces", 250)


def listings():
    plain, c = Client(), Deflating()
    for i in range(1200):
        open(os.path.join(FILES, "many", "a name of some length %d" % i), "w").close()
    for command in ("LIST many", "NLST many", "MLSD many", "LIST a.txt", "NLST nosuch*"):
        check(c.get(command) == plain.get(command), command)
    check(len(c.coded) < 100, "of nothing")


def broken():
    """A stream that is cut or spoilt anywhere leaves nothing; the session goes on."""
    content = bytes(random.Random(7).choices(b"abcdefgh", k=50_000))
    coded = zlib.compress(content)
    c = Deflating()
    for at in (0, 1, 2, 100, len(coded) // 2, len(coded) - 4, len(coded) - 1):
        data = c.passive()
        c.ask("STOR broken", 150)
        data.sendall(coded[:at])
        data.shutdown(socket.SHUT_WR)
        c.want(426)
        data.close()
        # Two bytes that are others: mostly that is no stream; always it is none of that sum.
        spoilt = bytearray(coded)
        for i in {at, at // 2}:
            spoilt[i] ^= 0x55
        data = c.passive()
        c.ask("STOR broken", 150)
        data.sendall(spoilt)
        data.shutdown(socket.SHUT_WR)
        c.want(426, 451)
        data.close()
        c.ask("SIZE broken", 550)
    for how in (reset, lambda s: s.close()):
        for command in ("STOR broken", "APPE broken", "RETR big", "LIST many"):
            data = c.passive()
            c.ask(command, 150)
            if command[1] != "E" and command[0] != "L":
                data.sendall(coded[:5000])
            how(data)
            c.want(426, 226)
            c.ask("NOOP", 200)
    for command in ("STOR broken", "RETR big"):
        data = c.passive()
        c.ask(command, 150)
        if command[0] == "S":
            data.sendall(coded[:5000])
        c.send("ABOR")
        c.want(426)
        c.want(226)
        data.close()
    c.ask("SIZE broken", 550)
    check(not os.path.exists(os.path.join(FILES, "broken")), "it is there")
    # A session that goes in the middle.
    for command in ("STOR broken", "RETR big"):
        d = Deflating()
        data = d.passive()
        d.ask(command, 150)
        reset(d.sock)
        check(read_all(data)[0] is not None, "ends")
    alive()


def bomb():
    """64 MiB in 64 KiB: the quota ends it, and without one it takes its turns like the rest."""
    z = zlib.compressobj(9)
    some = b"".join(z.compress(bytes(1 << 20)) for _ in range(64)) + z.flush()
    c = Client(login=False)
    c.ask("USER ann", 331)
    c.ask("PASS x", 230)
    c.ask("MODE Z", 200)
    data = c.passive()
    c.ask("STOR bomb", 150)
    try:
        data.sendall(some)
    except OSError:
        pass  # it says no before all was sent
    c.want(552)
    data.close()
    c.ask("SIZE bomb", 550)
    c.ask("NOOP", 200)
    # A guest has none here; others are served meanwhile.
    d = Deflating()
    other = Client()
    data = d.passive()
    d.ask("STOR bomb", 150)
    data.sendall(some)
    data.shutdown(socket.SHUT_WR)
    other.ask("NOOP", 200)
    d.want(226)
    check(os.stat(os.path.join(FILES, "bomb")).st_size == 64 << 20, "all of it")
    d.ask("DELE bomb", 250)


def reads_slowly():
    """Who does not read keeps nobody from his own, and no more than a little is made for him."""
    c = Deflating()
    data = c.passive()
    c.ask("RETR big", 150)
    other = Deflating()
    check(other.get("RETR a.txt") == stored("a.txt"), "the other's")
    out, broke = read_all(data)
    check(zlib.decompress(out) == stored("big") and not broke, "his own")
    c.want(226)


if __name__ == "__main__":
    sys.exit(run({fn.__name__: fn for fn in (both_ways, parts, pieces, listings, broken, bomb,
                                             reads_slowly)}))
