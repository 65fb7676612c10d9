"""lgp.py SCENARIO: what lgp.bats needs to see segments for, or to pause between its own. $PORTS says where
the doors are, $FILES is the store."""
import os
import socket
import struct
import sys
import threading
import time

PORT = int(dict(p.split("=", 1) for p in os.environ["PORTS"].split())["lgp"])
FILES = os.environ["FILES"]
PATIENCE = 30
PAUSE = 0.1  # the client's, as WIRE.md has it
EMPTY, MISSING, EXISTS = (w.encode() for w in ("文件库为空", "文件不存在", "文件已存在"))


class Wrong(Exception):
    pass


def wrong_unless(true, *what):
    if not true:
        raise Wrong(" ".join(str(w)[:2000] for w in what))


def until(check, *what):
    end = time.monotonic() + PATIENCE
    while not check():
        wrong_unless(time.monotonic() < end, "never:", *what)
        time.sleep(0.005)


def path(name):
    return os.path.join(FILES, name)


def make(name, content):
    with open(path(name), "wb") as f:
        f.write(content)
    return content


def content(name):
    with open(path(name), "rb") as f:
        return f.read()


class Busy:
    """Tells whether this process was held up, so that it may have taken two segments for one."""

    def __enter__(self):
        self.longest, self.ended = 0.0, False
        self.thread = threading.Thread(target=self.tick)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended = True
        self.thread.join()

    def tick(self):
        last = time.monotonic()
        while not self.ended:
            time.sleep(0.005)
            now = time.monotonic()
            self.longest, last = max(self.longest, now - last), now

    def held_up(self):
        return self.longest > 0.05


class Client:
    def __init__(self):
        self.sock = socket.create_connection(("127.0.0.1", PORT), PATIENCE)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data):
        self.sock.sendall(data)

    def segment(self):
        return self.sock.recv(1 << 20)

    def exactly(self, wanted, *what):
        got = b""
        while len(got) < len(wanted):
            data = self.sock.recv(1 << 20)
            wrong_unless(data, *what, "closed after", len(got), "bytes")
            got += data
        wrong_unless(got == wanted, *what, "wanted", wanted[:300], "got", got[:300], len(got))

    def eof(self):
        try:
            got = self.sock.recv(100)
        except ConnectionResetError:
            got = b""
        wrong_unless(got == b"", "more came:", got)

    def taken(self):
        """Waits until agentd has read all that was sent."""
        mine = self.sock.getsockname()[1]

        def read():
            queues = {}
            with open("/proc/net/tcp", encoding="ascii") as f:
                for line in list(f)[1:]:
                    words = line.split()
                    ports = tuple(int(w.split(":")[1], 16) for w in words[1:3])
                    queues[ports] = [int(w, 16) for w in words[4].split(":")]
            there, back = queues.get((mine, PORT)), queues.get((PORT, mine))
            return there and back and there[0] == 0 and back[1] == 0
        until(read, "agentd reads what came")

    def piece(self, data):
        """One segment, as agentd gets it, and a pause."""
        self.send(data)
        self.taken()
        time.sleep(PAUSE)

    def put(self, name, *pieces):
        self.send(b"P " + name.encode())
        self.exactly(b"OK", "P", name)
        for p in pieces:
            self.piece(p)
        self.send(b"##")
        until(lambda: os.path.exists(path(name)), name, "is there")
        wrong_unless(content(name) == b"".join(pieces), name, "is not what was sent")


def segments():
    """OK, the data and ## arrive as segments of their own: one recv() returns each of them."""
    data = make("segments.bin", os.urandom(5000))
    make("segments.empty", b"")
    make("segments.hash", b"##")
    names = b"".join(n.encode() + b"\n" for n in sorted(os.listdir(FILES)) if n[0] != ".")
    for request, wanted in ((b"L", [b"OK", names]), (b"G segments.bin", [b"OK", data, b"##"]),
                            (b"G segments.empty", [b"OK", b"##"]),
                            (b"G segments.hash", [b"OK", b"##", b"##"])):
        for _ in range(20):
            c = Client()
            with Busy() as busy:
                c.send(request)
                got = [c.segment()]
                while sum(map(len, got)) < sum(map(len, wanted)) and got[-1]:
                    got.append(c.segment())
            if got == wanted:
                break
            wrong_unless(busy.held_up(), request, "got", [g[:20] for g in got])
        else:
            raise Wrong("this machine is too busy to see segments")
        # It ends there, and the connection takes the next request.
        c.send(b"G segments.none")
        c.exactly(MISSING)


def uploads():
    """What ends an upload and what is data."""
    c = Client()
    c.put("up.empty")
    c.put("up.one", b"x")
    c.put("up.text", "zwei Zeilen\nund 小明\n".encode())
    c.put("up.pieces", b"a", b"b\0c", b"", b"\r\n", b"d")
    c.put("up.within", b"a##b")
    c.put("up.behind", b"data##")
    c.put("up.before", b"##data")
    c.put("up.lines", b"##\n", b"##\r\n", b" ##", b"###", b"####")
    c.put("up.halves", b"#", b"#")
    c.put("up.rows", b"x" + b"##" * 1000)
    c.put("up.like-requests", b"Q", b"L", b"G up.one", b"P up.other")
    c.put("up.random", os.urandom(300000))
    wrong_unless(not os.path.exists(path("up.other")), "a request within the data was taken for one")
    # The next request waits until the upload is safe: the name is in the list then.
    c.send(b"P up.then")
    c.exactly(b"OK")
    c.send(b"##")
    c.taken()
    c.send(b"G up.then")
    c.exactly(b"OK##")


def lines():
    """Requests may end in LF or CR LF, and so may no data."""
    c = Client()
    make("lines.txt", b"lines\n")
    for end in (b"", b"\n", b"\r\n"):
        c.send(b"G lines.txt" + end)
        c.exactly(b"OKlines\n##")
        c.send(b"G lines.none" + end)
        c.exactly(MISSING)
        c.send(b"P lines.txt" + end)
        c.exactly(EXISTS)
        name = "lines.up%d" % len(end)
        c.send(b"P " + name.encode() + end)
        c.exactly(b"OK")
        c.piece(b"x\r\n")
        c.send(b"##")
        until(lambda n=name: os.path.exists(path(n)), name)
        wrong_unless(content(name) == b"x\r\n", name, content(name))


def cut_off():
    """An upload that does not come to its ## leaves nothing, not even a hidden file; the name is free."""
    before = sorted(os.listdir(FILES))

    def hang_up(c):
        c.sock.close()

    def reset(c):
        c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        c.sock.close()

    def half(c):
        c.sock.shutdown(socket.SHUT_WR)
        c.eof()

    ends = (hang_up, reset, half)
    for end in ends:
        for pieces in ((), (b"half a file",), (b"x" * 200000,), (b"data##",)):
            c = Client()
            c.send(b"P cut.off")
            c.exactly(b"OK")
            for p in pieces:
                c.piece(p)
            wrong_unless("cut.off" not in os.listdir(FILES), "it is seen before its end")
            end(c)
    until(lambda: sorted(os.listdir(FILES)) == before, "nothing is left", os.listdir(FILES))
    c = Client()
    c.put("cut.off", b"whole")


def same_name():
    """Two put the same name at once: the one who ends first has it, whole; the other leaves nothing."""
    a, b = Client(), Client()
    for c in (a, b):
        c.send(b"P same.name")
        c.exactly(b"OK")
    a.piece(b"aaaa")
    b.piece(b"bbbb")
    a.piece(b"aaaa")
    b.send(b"##")
    until(lambda: os.path.exists(path("same.name")), "the first is there")
    a.send(b"##")
    a.taken()
    a.send(b"G same.name")
    a.exactly(b"OKbbbb##")
    a.send(b"P same.name")
    a.exactly(EXISTS)


def together():
    """Two clients never wait for one another: one who does not read, one in the middle of an upload
    and one between OK and data are there while another one gets all of his answers."""
    big = make("together.big", os.urandom(1 << 20) * 20)
    make("together.small", b"small")
    sleeper, putter, pausing, other = Client(), Client(), Client(), Client()
    sleeper.send(b"G together.big")
    putter.send(b"P together.put")
    putter.exactly(b"OK")
    putter.piece(b"first ")
    for i in range(3):
        pausing.send(b"G together.small")
        pausing.exactly(b"OK")
        other.send(b"L")
        wrong_unless(other.sock.recv(2) == b"OK", "L")
        names = b""
        while not names.endswith(b"together.small\n"):
            names += other.segment()
        other.send(b"G together.small")
        other.exactly(b"OKsmall##")
        other.put("together.%d" % i, b"mine")
        pausing.exactly(b"small##")
    putter.piece(b"second")
    putter.send(b"##")
    until(lambda: os.path.exists(path("together.put")), "the upload")
    wrong_unless(content("together.put") == b"first second", content("together.put"))
    sleeper.exactly(b"OK" + big + b"##")


def big():
    """20 MiB come whole, both ways."""
    data = make("big.down", os.urandom(1 << 20) * 20)
    c = Client()
    c.send(b"G big.down")
    c.exactly(b"OK" + data + b"##")
    c.put("big.up", data)
    # Sizes about the borders of what is read, sent and kept at once.
    for size in (1, 2, 32767, 32768, 32769, 65535, 65536, 65537, (1 << 20) + 1):
        data = make("big.size", os.urandom(size))
        os.rename(path("big.size"), path("big.%d" % size))
        c.send(b"G big.%d" % size)
        c.exactly(b"OK" + data + b"##", size)


def half_close():
    """A client that ends its side behind a request still gets the whole answer, and then the end."""
    data = make("half.close", os.urandom(300000))
    names = b"".join(n.encode() + b"\n" for n in sorted(os.listdir(FILES)) if n[0] != ".")
    for request, wanted in ((b"L", b"OK" + names), (b"G half.close", b"OK" + data + b"##"),
                            (b"G half.none", MISSING), (b"P half.close", EXISTS), (b"X", b"")):
        c = Client()
        c.send(request)
        c.sock.shutdown(socket.SHUT_WR)
        c.exactly(wanted, request)
        c.eof()
    # ## may be the last word.
    c = Client()
    c.send(b"P half.put")
    c.exactly(b"OK")
    c.piece(b"to the end")
    c.send(b"##")
    c.sock.shutdown(socket.SHUT_WR)
    c.eof()
    wrong_unless(content("half.put") == b"to the end", "the upload")


def many_names():
    """A store of many names is listed whole, sorted, in one piece."""
    names = sorted(b"many.%05d" % i for i in range(1500))
    for n in names:
        make(n.decode(), b"")
    c = Client()
    c.send(b"L")
    wrong_unless(c.sock.recv(2) == b"OK", "OK")
    got = b""
    while not got.endswith(names[-1] + b"\n"):
        got += c.segment()
    listed = [n for n in got.split(b"\n") if n.startswith(b"many.")]
    wrong_unless(listed == names, len(listed), "names")


def main():
    try:
        globals()[sys.argv[1]]()
    except (Wrong, OSError) as wrong:
        print("%s: %s" % (sys.argv[1], wrong))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
