#!/usr/bin/env python3
"""upload.py SCENARIO [ARGUMENT...]: what must hold for uploads, by every door of the store: FTP, the
four-letter protocol, and HTTP, which shows what came. The lobby hears of it by IRC and datagram."""
import contextlib
import ctypes
import http.client
import os
import platform
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

from ftp_client import (FILES, PATIENCE, PID, PORTS, Client, Wrong, alive, bytes_of, check, read_all,
                        reset, run, taken, until)


# --- the other doors ---

class Lgp:
    """The four-letter protocol. Its pauses are part of it, so this client has to pause as well."""

    def __init__(self):
        self.sock = socket.create_connection(("127.0.0.1", int(PORTS["lgp"])), PATIENCE)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def exactly(self, wanted):
        got = b""
        while len(got) < len(wanted):
            data = self.sock.recv(len(wanted) - len(got))
            check(data, "lgp: closed; wanted", wanted, "got", got)
            got += data
        check(got == wanted, "lgp: wanted", wanted, "got", got)

    def put(self, name, content):
        """P and its bytes, but not its end."""
        self.sock.sendall(b"P " + os.fsencode(name))
        self.exactly(b"OK")
        self.sock.sendall(content)
        until(lambda: taken(self.sock), "lgp takes the bytes")

    def end(self):
        time.sleep(0.1)
        self.sock.sendall(b"##")

    def names(self):
        """What L brought. It has no end, but a line end is its last byte."""
        out = b""
        while not out.endswith(b"\n") and out != "文件库为空".encode():
            data = self.sock.recv(1 << 16)
            check(data, "lgp closed")
            out += data
        return out[2:].split(b"\n")[:-1] if out.endswith(b"\n") else []

    def got(self, size):
        """What G brought, when it is size bytes; None when there is nothing of that name."""
        head = self.sock.recv(2, socket.MSG_WAITALL)
        if head != b"OK":
            self.exactly("文件不存在".encode()[2:])
            return None
        out = b""
        while len(out) < size + 2:
            data = self.sock.recv(size + 2 - len(out))
            check(data, "lgp closed at", len(out), "of", size)
            out += data
        check(out.endswith(b"##"), "lgp: no ## behind", size)
        return out[:-2]


def http_get(path):
    """(status, body) of a GET, path given as bytes."""
    h = http.client.HTTPConnection("127.0.0.1", int(PORTS["http"]), timeout=PATIENCE)
    h.request("GET", urllib.parse.quote(path))
    r = h.getresponse()
    body = r.read()
    h.close()
    return r.status, body


class Lobby:
    """An IRC user and a datagram user in the lobby."""

    def __init__(self):
        self.irc = socket.create_connection(("127.0.0.1", int(PORTS["irc"])), PATIENCE)
        self.irc.sendall(b"NICK watcher\r\nUSER w 0 * :w\r\nJOIN #lobby\r\n")
        self.buffer = b""
        while b" 366 " not in self.line():
            pass
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.settimeout(PATIENCE)
        self.udp.connect(("127.0.0.1", int(PORTS["udp"])))
        self.udp.send(b"L sensor")
        check(self.udp.recv(2000) == b"OK", "datagram login")
        while b" JOIN " not in self.line():
            pass

    def line(self):
        while b"\r\n" not in self.buffer:
            data = self.irc.recv(1 << 16)
            check(data, "irc closed")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def notice(self):
        """The texts of the next notice, by IRC and by datagram."""
        line = self.line()
        while line.startswith(b"PING"):
            self.irc.sendall(b"PONG" + line[4:] + b"\r\n")
            line = self.line()
        m = re.fullmatch(rb":\S+ NOTICE #lobby :(.*)", line, re.S)
        check(m, "irc said", line)
        datagram = self.udp.recv(4000)
        d = re.fullmatch(rb"\n[^:]+: (.*)", datagram, re.S)
        check(d, "a datagram said", datagram)
        return m.group(1), d.group(1)

    def told(self, who, name, size):
        """The next notice, by both ways, says this; its link."""
        said = self.notice()
        wanted = rb"%s uploaded %s \(%s, sha256 [0-9a-f]{12}\xe2\x80\xa6\) (http://\S+)" % tuple(
            re.escape(x if isinstance(x, bytes) else x.encode()) for x in (who, name, size))
        links = set()
        for text in said:
            m = re.fullmatch(wanted, text, re.S)
            check(m, "wanted", wanted, "was told", text)
            links.add(m.group(1).decode("ascii"))
        check(len(links) == 1, links)
        return links.pop()

    def leave(self):
        self.irc.sendall(b"QUIT\r\n")
        self.udp.send(b"Q sensor")


# --- who sees what ---

def views(name):
    """What each door shows of a file in the store's root: None, or all that it knows of it. By FTP
    from elsewhere: whoever has sent a part of it is told of that."""
    raw = os.fsencode(name)
    c = Client(source="127.0.0.5")
    out = {}
    lister = Lgp()
    lister.sock.sendall(b"L")  # has a pause, as has G
    lines = [x.split(None, 8)[8] for x in c.get("LIST").split(b"\r\n")[:-1]]
    out["LIST"] = raw in lines or None
    out["LIST name"] = b"\r\n" in c.get("LIST " + name + "*") or None
    out["NLST"] = raw in c.get("NLST").split(b"\r\n") or None
    facts = dict(reversed(x.split(b" ", 1)) for x in c.get("MLSD").split(b"\r\n")[:-1])
    out["MLSD"] = facts.get(raw)
    for verb, yes in (("SIZE", 213), ("MDTM", 213), ("MLST", 250)):
        c.send(verb + " " + name)
        code, text = c.reply()
        check(code in (yes, 550), verb, text)
        out[verb] = text if code == yes else None
    data = c.passive()
    c.send("RETR " + name)
    code, text = c.reply()
    check(code in (150, 550), "RETR", text)
    out["RETR"] = None
    if code == 150:
        out["RETR"] = read_all(data)[0]
        c.want(226)
    data.close()
    c.close()
    getter = Lgp()
    getter.sock.sendall(b"G " + raw)
    status, page = http_get(b"/files/")
    check(status == 200, "/files/", status)
    out["/files/"] = urllib.parse.quote(raw).encode() in page or None
    for i in range(2):
        status, body = http_get(b"/files/" + raw)
        check(status in (200, 404), "GET", status)
        out["GET %d" % i] = body if status == 200 else None
    out["lgp L"] = raw in lister.names() or None
    out["lgp G"] = getter.got(len(out["RETR"] or b""))
    return out


def unseen(name):
    seen = {door: what for door, what in views(name).items() if what is not None}
    check(not seen, name, "is seen:", str(seen)[:300])


def seen_as(name, content):
    got = views(name)
    hidden = [door for door, what in got.items() if what is None]
    check(not hidden, name, "is not seen by", hidden)
    for door in ("RETR", "lgp G", "GET 0", "GET 1"):
        check(got[door] == content, door, "has", len(got[door]), "bytes of", name, "not", len(content))
    check(got["SIZE"][0] == "213 %d" % len(content), got["SIZE"])
    check((";size=%d;" % len(content)).encode() in b";" + got["MLSD"], got["MLSD"])


def stored(*names):
    """The store holds these, and nothing else, not even hidden."""
    wanted = sorted(names)
    try:
        until(lambda: sorted(os.listdir(FILES)) == wanted, "")
    except Wrong:
        raise Wrong("the store holds %s, not %s" % (sorted(os.listdir(FILES)), wanted)) from None


def remove(*names):
    c = Client()
    for name in names:
        c.ask("DELE " + name, 250)
    c.ask("QUIT", 221)
    c.close()


class Upload:
    """An FTP upload of which a part was sent."""

    def __init__(self, command, part, client=None):
        self.c = client or Client()
        self.data = self.c.passive()
        self.c.ask(command, 150)
        self.data.sendall(part)

    def end(self, rest=b"", code=226):
        self.data.sendall(rest)
        self.data.shutdown(socket.SHUT_WR)
        self.c.want(code)
        self.data.close()


# --- invisible until complete ---

def invisible():
    content = bytes_of(100000)
    stored()
    up = Upload("STOR up.bin", content[:60000])
    unseen("up.bin")
    up.end(content[60000:])
    seen_as("up.bin", content)
    lgp = Lgp()
    lgp.put("lgp.bin", content[:60000])
    unseen("lgp.bin")
    lgp.sock.sendall(content[60000:])
    until(lambda: taken(lgp.sock), "lgp takes the rest")
    unseen("lgp.bin")
    lgp.end()
    until(lambda: os.path.exists(os.path.join(FILES, "lgp.bin")), "lgp.bin is there")
    seen_as("lgp.bin", content)
    stored("lgp.bin", "up.bin")
    remove("lgp.bin", "up.bin")


def aborted_count():
    out = subprocess.run([os.environ["ROOT"] + "/ctl/agentctl", "-c", os.environ["CONF"], "stats",
                          "--json"], check=True, capture_output=True, text=True).stdout
    return int(re.search(r'"uploads_aborted":(\d+)', out).group(1))


def killed_client():
    """A client that is in the middle of an upload, for killed()."""
    c = Client(login=False)
    c.ask("USER ftp", 331)  # a name that no other session has then
    c.ask("PASS x", 230)
    up = Upload("STOR dropped", b"half of it", c)
    print("sent", flush=True)
    signal.pause()
    up.end()


def endings():
    """Uploads that end badly: nothing of them is left or told, by any door."""
    lobby = Lobby()
    before = aborted_count()
    stored()
    ends = []

    def ended(what):
        ends.append(what)
        until(lambda: aborted_count() == before + len(ends), what + " is counted")
        stored()

    up = Upload("STOR dropped", b"half of it")
    up.c.ask("ABOR", 426)
    up.c.want(226)
    ended("ABOR")
    up = Upload("STOR dropped", b"half of it")
    reset(up.data)
    up.c.want(426)
    ended("reset of the data connection")
    up = Upload("STOR dropped", b"half of it")
    reset(up.c.sock)
    ended("reset of the control connection")
    up = Upload("STOR dropped", b"half of it")
    up.c.send("SIZE " + "x" * 100)
    up.c.send(*["NOOP"] * 3000)
    ended("a flood of commands")
    for how in (lambda s: s.close(), reset):
        lgp = Lgp()
        lgp.put("dropped", b"half of it")
        how(lgp.sock)
        ended("end of an lgp session")
        lgp = Lgp()
        lgp.put("dropped", b"")
        how(lgp.sock)
        ended("end of an lgp session without bytes")
    lgp = Lgp()
    lgp.put("dropped", b"half of it##")
    lgp.sock.close()
    ended("end of an lgp session behind a ## that is data")
    unseen("dropped")
    # What the lobby hears next is this.
    Client().put("STOR whole", b"whole")
    lobby.told("anonymous", "whole", "5 B")
    lobby.leave()
    remove("whole")


def lost_client():
    """The client's process is gone in the middle of an upload: both its connections end, as cleanly as
    if the file had. Without its control connection nobody said so."""
    def ended():
        with open(os.environ["STATE"] + "/agentd.log", encoding="utf-8") as f:
            return len(re.findall("event=logout proto=ftp .* who=ftp$", f.read(), re.M))
    child = subprocess.Popen([sys.executable, "-B", __file__, "killed_client"], stdout=subprocess.PIPE)
    check(child.stdout.readline() == b"sent\n", "the client that shall be killed")
    counted, logged = aborted_count(), ended()
    # The kernel may end the data connection first. Until the upload is safe on the disk, which takes a
    # while here, the end of the other one tells.
    with stopped_workers():
        child.kill()
        child.wait()
        alive()
    until(lambda: ended() == logged + 1, "its end is logged")
    stored()
    check(aborted_count() == counted + 1, "it is not counted")
    # The same in slow motion.
    up = Upload("STOR dropped", b"half of it")
    up.c.close()
    alive()
    up.data.close()
    until(lambda: aborted_count() == counted + 2, "the second is counted")
    stored()


def standing_still():
    """An upload that stands still is dropped at idle_timeout, which is short here."""
    up = Upload("STOR dropped", b"half of it")
    lgp = Lgp()
    lgp.put("dropped.too", b"half of it")
    up.c.want(426)
    check(read_all(lgp.sock)[0] == b"", "lgp said something")
    stored()


# --- replacing ---

def replaced():
    """Readers of a file that is replaced all the time get one version or another, always whole."""
    def version(i):
        return bytes([65 + i % 26]) * (20000 + i * 3000)
    count, problems, reads = 25, [], [0, 0, 0]
    Client().put("STOR same", version(0))
    done = threading.Event()

    def whole(content):
        i = (len(content) - 20000) // 3000
        check(0 <= i <= count and content == version(i), "a mixture of", len(content), "bytes")

    def by_http(k):
        while not done.is_set():
            status, body = http_get(b"/files/same")
            check(status == 200, "GET", status)
            whole(body)
            reads[k] += 1

    def by_ftp(k):
        c = Client()
        while not done.is_set():
            whole(c.get("RETR same"))
            check(b"same\r\n" in c.get("NLST"), "it is not there")
            reads[k] += 1

    def by_stat(k):
        c = Client()
        while not done.is_set():
            size = int(c.ask("SIZE same", 213)[0].split()[1])
            check((size - 20000) % 3000 == 0, "SIZE", size)
            reads[k] += 1

    def guarded(fn, k):
        try:
            fn(k)
        except (Wrong, OSError, EOFError) as e:
            problems.append("%s: %s" % (fn.__name__, e))
            done.set()
    threads = [threading.Thread(target=guarded, args=(fn, k))
               for k, fn in enumerate((by_http, by_ftp, by_stat))]
    for t in threads:
        t.start()
    try:
        c = Client()
        for i in range(1, count + 1):
            c.put("STOR same", version(i), 7000)
        until(lambda: done.is_set() or min(reads) > 3, "the readers read")
    finally:
        done.set()
        for t in threads:
            t.join()
    check(not problems, problems)
    seen_as("same", version(count))
    # Who began to read before it was replaced gets the old one to its end.
    old, new = bytes_of(8 << 20, 1), bytes_of(100, 2)
    c.put("STOR same", old)
    reader = Client()
    data = reader.passive()
    reader.ask("RETR same", 150)
    up = Upload("STOR same", new[:50])
    seen_as("same", old)
    up.end(new[50:])
    seen_as("same", new)
    check(read_all(data) == (old, False), "a download that had begun")
    reader.want(226)
    # One that is broken off leaves the old one.
    up = Upload("STOR same", b"x" * 100000)
    reset(up.data)
    up.c.want(426)
    seen_as("same", new)
    stored("same")
    remove("same")


def same_name():
    """Two clients upload the same name at once."""
    one, two = bytes_of(70000, 1), bytes_of(50000, 2)
    a, b = Upload("STOR both", one[:1000]), Upload("STOR both", two[:1000])
    b.end(two[1000:])
    seen_as("both", two)
    a.end(one[1000:])
    seen_as("both", one)
    remove("both")
    # lgp never replaces: the first to end wins, by whichever door.
    a, b = Lgp(), Lgp()
    a.put("both", b"first")
    b.put("both", b"second")
    before = aborted_count()
    b.end()
    until(lambda: os.path.exists(os.path.join(FILES, "both")), "both is there")
    a.end()
    until(lambda: aborted_count() == before + 1, "the second is dropped")
    seen_as("both", b"second")
    c = Lgp()
    c.sock.sendall(b"P both")
    c.exactly("文件已存在".encode())
    remove("both")
    a, b = Lgp(), Upload("STOR both", b"by ")
    a.put("both", b"by lgp")
    b.end(b"FTP")
    a.end()
    until(lambda: aborted_count() == before + 2, "lgp's is dropped")
    seen_as("both", b"by FTP")
    stored("both")
    remove("both")


def grown():
    """APPE and REST + STOR keep what was there, and show nothing before their end."""
    old, more = bytes_of(300000, 1), bytes_of(100000, 2)
    Client().put("STOR log", old)
    up = Upload("APPE log", more[:50000])
    seen_as("log", old)
    up.c.ask("ABOR", 426)
    up.c.want(226)
    seen_as("log", old)
    up = Upload("APPE log", more[:50000])
    up.end(more[50000:])
    seen_as("log", old + more)
    c = Client()
    c.ask("REST 200000", 350)
    up = Upload("STOR log", more[:10], c)
    seen_as("log", old + more)
    up.end(more[10:20])
    seen_as("log", old[:200000] + more[:20])
    # What is there is what counts when it begins; later changes are replaced at the end.
    up = Upload("APPE log", b"+")
    Client().put("STOR log", b"other")
    up.end(b"+")
    seen_as("log", old[:200000] + more[:20] + b"++")
    up = Upload("APPE new.log", b"a")
    unseen("new.log")
    up.end(b"b")
    seen_as("new.log", b"ab")
    stored("log", "new.log")
    remove("log", "new.log")


# --- with workers that stand still ---

def workers():
    out = subprocess.run(["pgrep", "-P", str(PID)], capture_output=True, text=True, check=False).stdout
    return [int(pid) for pid in out.split()]


@contextlib.contextmanager
def stopped_workers():
    """What the pool does (copies, fsync) does not come to an end meanwhile."""
    pids = workers()
    check(pids, "no workers")
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)

    def all_stopped():
        return all(re.search(r"^State:\s+T", open("/proc/%d/status" % pid, encoding="ascii").read(), re.M)
                   for pid in pids)
    try:
        until(all_stopped, "the workers are stopped")
        yield pids
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def early_bytes():
    """APPE to a file whose bytes are being copied still: the connection may come now, before, or
    later, and all of the new bytes with it; there is one 150, and nothing is lost."""
    old, more = bytes_of(300000, 1), bytes_of(200000, 2)
    for when in ("before", "while it is copied", "with all bytes"):
        c = Client()
        c.put("STOR log", old)
        with stopped_workers():
            port = c.epsv()
            if when == "before":
                data = socket.create_connection(("127.0.0.1", port), PATIENCE)
            c.send("APPE log")
            check("A transfer is running" in "".join(c.ask("STAT", 211)), "APPE is under way")
            if when != "before":
                data = socket.create_connection(("127.0.0.1", port), PATIENCE)
            if when == "with all bytes":
                data.sendall(more[:1000])
                data.shutdown(socket.SHUT_WR)
            alive()
        c.want(150)
        if when != "with all bytes":
            data.sendall(more)
            data.shutdown(socket.SHUT_WR)
        c.want(226)
        c.ask("NOOP", 200)
        data.close()
        seen_as("log", old + (more[:1000] if when == "with all bytes" else more))
    # ABOR, a reset and the end of the session meanwhile leave what was there.
    for how in ("ABOR", "control", "data"):
        c = Client()
        c.put("STOR log", old)
        with stopped_workers():
            data = c.passive()
            c.send("REST 100", "STOR log")
            c.want(350)
            check("A transfer is running" in "".join(c.ask("STAT", 211)), "STOR is under way")
            if how == "ABOR":
                c.ask("ABOR", 426)
                c.want(226)
            elif how == "control":
                reset(c.sock)
            else:
                reset(data)
            alive()
        if how == "data":
            c.send("NOOP")
            check(c.codes_until(200)[-1:] == [426], "a reset while it is copied")
        alive()
        seen_as("log", old)
    stored("log")
    remove("log")


def safe_first():
    """An upload is neither shown nor acknowledged before it is safe on the disk."""
    content = bytes_of(50000)
    with stopped_workers():
        up = Upload("STOR safe", content)
        up.data.shutdown(socket.SHUT_WR)
        lgp = Lgp()
        lgp.put("safe.too", content)
        lgp.end()
        until(lambda: taken(lgp.sock), "lgp takes the end")
        unseen("safe")
        unseen("safe.too")
        check("A transfer is running" in "".join(up.c.ask("STAT", 211)), "STAT")
    up.c.want(226)
    seen_as("safe", content)
    until(lambda: os.path.exists(os.path.join(FILES, "safe.too")), "safe.too")
    remove("safe", "safe.too")
    # ABOR may come that late still.
    with stopped_workers():
        up = Upload("STOR safe", content)
        up.data.shutdown(socket.SHUT_WR)
        up.c.ask("ABOR", 426)
        up.c.want(226)
    up.c.ask("NOOP", 200)
    stored()
    # The disk, or the worker, fails: no file, and not a word of success.
    with stopped_workers() as pids:
        up = Upload("STOR safe", content)
        up.data.shutdown(socket.SHUT_WR)
        lgp = Lgp()
        lgp.put("safe.too", content)
        lgp.end()
        until(lambda: taken(lgp.sock), "lgp takes the end")
        up.c.ask("STAT", 211)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        # They are children of the daemon, so their numbers stay theirs until it has seen to them.
        up.c.want(451)
    stored()
    until(lambda: len(workers()) == len(pids), "there are new workers")
    c = Client()
    c.put("STOR safe", content)
    seen_as("safe", content)
    stored("safe")
    remove("safe")


def folder_changes():
    """The folder, or the name, is not what it was when the upload began."""
    c = Client()
    c.ask("MKD folder", 257)
    up = Upload("STOR folder/file", b"x")
    c.send("RMD folder")
    code, _ = c.reply()
    if code == 250:
        up.data.shutdown(socket.SHUT_WR)
        up.c.want(550, 451)
    else:  # where the upload has a hidden name there
        check(code == 550, code)
        up.end()
        c.ask("DELE folder/file", 250)
        c.ask("RMD folder", 250)
    up.c.ask("NOOP", 200)
    stored()
    up = Upload("STOR name", b"x")
    c.ask("MKD name", 257)
    up.data.shutdown(socket.SHUT_WR)
    up.c.want(550)
    up.c.ask("NOOP", 200)
    stored("name")
    c.ask("RMD name", 250)
    lgp = Lgp()
    lgp.put("name", b"x")
    c.ask("MKD name", 257)
    before = aborted_count()
    lgp.end()
    until(lambda: aborted_count() == before + 1, "lgp's is dropped")
    stored("name")
    c.ask("RMD name", 250)


# --- told in the lobby ---

def told():
    lobby = Lobby()
    c = Client()
    c.ask("MKD sub dir", 257)
    for name in ("a.txt", "with blank.txt", "小明.txt", "quote\"d 'n' <b>.txt", "100%#?&+.txt", "-dash",
                 "sub dir/in it.txt", "a.txt"):
        content = os.fsencode(name) * 100
        size = len(content)
        c.put("STOR " + name, content)
        shown = "%d B" % size if size < 1000 else "%d.%d KB" % (size // 1000, size % 1000 // 100)
        link = lobby.told("anonymous", name, shown)
        check(link.startswith("http://127.0.0.1:%s/files/" % PORTS["http"]), link)
        with urllib.request.urlopen(link, timeout=PATIENCE) as page:
            check(page.read() == content, "what the link leads to:", link)
    c.ask("USER ftp", 331)
    c.ask("PASS x", 230)
    c.put("STOR empty", b"")
    lobby.told("ftp", "empty", "0 B")
    c.put("APPE empty", b"x" * 1234567)
    lobby.told("ftp", "empty", "1.2 MB")
    for name in ("lgp.bin", "小明.bin"):
        lgp = Lgp()
        lgp.put(name, b"by lgp")
        lgp.end()
        with urllib.request.urlopen(lobby.told("guest", name, "6 B"), timeout=PATIENCE) as page:
            check(page.read() == b"by lgp", "by lgp")
    # Each is in the transfer log: bytes, name, direction, user, service, whole.
    with open(os.environ["STATE"] + "/xferlog", encoding="utf-8") as f:
        log = f.read()
    for line in (r"127\.0\.0\.1 500 /a\.txt b _ i a anonymous ftp 0 \* c",
                 r"127\.0\.0\.1 1400 /with_blank\.txt b _ i a anonymous ftp 0 \* c",
                 r"127\.0\.0\.1 1700 /sub_dir/in_it\.txt b _ i a anonymous ftp 0 \* c",
                 r"127\.0\.0\.1 0 /empty b _ i a ftp ftp 0 \* c",
                 r"127\.0\.0\.1 1234567 /empty b _ i a ftp ftp 0 \* c",
                 r"127\.0\.0\.1 6 /小明\.bin b _ i a guest lgp 0 \* c"):
        when = r"^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4} \d+ "
        check(re.search(when + line + "$", log, re.M), "xferlog lacks", line, "in", log)
    lobby.leave()
    c.ask("DELE sub dir/in it.txt", 250)
    c.ask("RMD sub dir", 250)
    for name in os.listdir(FILES):
        os.unlink(os.path.join(FILES, name))


def told_whole():
    """Names that a line can hardly hold, or that are no UTF-8: a link that works all the same, whole
    and in one line."""
    lobby = Lobby()
    c = Client()
    for name in ("小明" * 20 + ".txt", "caf\udce9.txt", "x" * 255):
        c.put("STOR " + name, b"content")
        Client().put("STOR end", b"")
        wanted = re.escape(urllib.parse.quote(os.fsencode(name)).encode())
        texts = [b"", b""]
        while b"uploaded end " not in texts[0]:
            line = lobby.line()
            check(b" NOTICE #lobby :" in line, line)
            check(len(line) <= 510 or line.startswith(b"@"), "a line of", len(line))
            texts[0] = line
            if re.search(rb"http://\S+/files/" + wanted + rb"(\s|$)", line):
                texts[1] = line
        check(texts[1], "irc: no whole link for", name, texts)
        found = False
        while True:
            datagram = lobby.udp.recv(4000)
            if b"uploaded end " in datagram:
                break
            found = found or re.search(rb"http://\S+/files/" + wanted + rb"(\s|$)", datagram)
        check(found, "datagram: no whole link for", name)
    lobby.leave()
    for name in os.listdir(FILES):
        os.unlink(os.path.join(FILES, name))


# --- kill -9 ---

def content_of(name):
    """So that whoever finds the file can tell whether it is whole."""
    rng = random.Random(name)
    return rng.randbytes(rng.randrange(1, 150000))


def until_killed(log, replacing):
    """Twenty uploads stand in the middle while others come to their end, by FTP and lgp; then the
    daemon is killed. What was acknowledged is noted in log."""
    acknowledged, lock, problems, killed = [], threading.Lock(), [], threading.Event()
    halfway = threading.Semaphore(0)

    def busy(k):
        """One upload after the other until the end."""
        c = Client()
        for i in range(100000):
            name = "same%d" % k if replacing == "yes" else "busy%d-%d" % (k, i)
            content = content_of("%s %d" % (name, i) if replacing == "yes" else name)
            c.put("STOR " + name, content, 30000)
            with lock:
                acknowledged.append("%s %d" % (name, i))

    def half(k):
        """Some whole uploads, then one that stays at its half."""
        c = Client()
        for i in range(3):
            name = "some%d-%d" % (k, i)
            c.put("STOR " + name, content_of(name))
            with lock:
                acknowledged.append("%s 0" % name)
        up = Upload("STOR half%d" % k, b"h" * 100000, c)
        halfway.release()
        read_all(up.c.sock)

    def half_lgp(k):
        lgp = Lgp()
        lgp.put("half%d" % k, b"h" * 100000)
        halfway.release()
        read_all(lgp.sock)

    def guarded(fn, k):
        try:
            fn(k)
        except (Wrong, EOFError, OSError) as e:
            if not killed.is_set():
                problems.append("%s: %s" % (fn.__name__, e))
                halfway.release()
    threads = [threading.Thread(target=guarded, args=(busy, k), daemon=True) for k in range(4)]
    threads += [threading.Thread(target=guarded, args=(half, k), daemon=True) for k in range(15)]
    threads += [threading.Thread(target=guarded, args=(half_lgp, k), daemon=True) for k in range(15, 20)]
    for t in threads:
        t.start()
    for _ in range(20):
        check(halfway.acquire(timeout=PATIENCE), "twenty uploads are not under way")
    until(lambda: len(acknowledged) >= 100, "a hundred uploads were acknowledged")
    killed.set()
    os.kill(PID, signal.SIGKILL)
    for t in threads:
        t.join(PATIENCE)
    check(not problems, problems)
    with open(log, "w", encoding="ascii") as f:
        f.write("\n".join(acknowledged) + "\n")


def survived(log, replacing):
    """All that was acknowledged is there, all that is there is whole; by every door."""
    with open(log, encoding="ascii") as f:
        acknowledged = dict(line.split() for line in f)  # the last i of each name
    there = os.listdir(FILES)
    c = Client()
    listed = c.get("NLST").decode().split("\r\n")[:-1]
    check(sorted(listed) == sorted(n for n in there if not n.startswith(".")), "NLST and the folder")
    # A file that takes another's place has a hidden name for the blink of an eye.
    check(replacing == "yes" or sorted(listed) == sorted(there), "hidden files are left")
    check(not [n for n in listed if n.startswith("half")], "half files are visible")
    check(len(acknowledged) >= (45 if replacing == "yes" else 100), len(acknowledged))
    for name, i in acknowledged.items():
        check(name in listed, name, "was acknowledged and is lost")
        if replacing == "yes" and name.startswith("same"):
            with open(os.path.join(FILES, name), "rb") as f:
                content = f.read()
            # The one behind the last that was acknowledged may have got there as well.
            check(content in (content_of("%s %s" % (name, i)), content_of("%s %d" % (name, int(i) + 1))),
                  name, "is no version that was whole")
    for name in listed:
        if not name.startswith("same"):
            got = c.get("RETR " + name)
            check(got == content_of(name), name, "is there, but not whole:", len(got))
    for name in ("half0", "half19"):
        unseen(name)
    # And it takes uploads again, of the same names.
    c.put("STOR half0", b"whole now")
    seen_as("half0", b"whole now")


# --- no room ---

def full():
    """The disk is full: refused, nothing is left, and what fits still goes. FILES is small here."""
    content = bytes_of(600000)
    c = Client()
    c.put("STOR fits", content)
    for command in ("STOR big", "APPE fits", "STOR fits"):
        data = c.passive()
        c.send(command)
        code, _ = c.reply()
        if code == 150:
            with contextlib.suppress(OSError):
                data.sendall(bytes_of(2 << 20))
                data.shutdown(socket.SHUT_WR)
            code, _ = c.reply()
        check(code in (452, 552), command, code)
        c.ask("NOOP", 200)
        data.close()
        stored("fits")
        seen_as("fits", content)
    before = aborted_count()
    lgp = Lgp()
    lgp.sock.sendall(b"P big")
    lgp.exactly(b"OK")
    with contextlib.suppress(OSError):
        lgp.sock.sendall(bytes_of(2 << 20))
    check(read_all(lgp.sock)[0] == b"", "lgp said something")
    check(aborted_count() == before + 1, "lgp's is counted")
    stored("fits")
    # REST + STOR whose kept part does not fit any more beside the old one.
    data = c.passive()
    c.ask("REST 599000", 350)
    c.send("STOR fits")
    code, _ = c.reply()
    if code == 150:
        data.shutdown(socket.SHUT_WR)
        code, _ = c.reply()
    check(code in (452, 552), code)
    data.close()
    stored("fits")
    c.ask("MKD folder", 257)
    c.ask("RMD folder", 250)
    remove("fits")
    c.put("STOR fits again", content)
    stored("fits again")


def too_large(limit):
    """A file past the process's own limit (ulimit -f): refused, and the daemon lives."""
    limit = int(limit)
    c = Client()
    data = c.passive()
    c.ask("STOR big", 150)
    with contextlib.suppress(OSError):
        data.sendall(b"x" * (limit + 100000))
        data.shutdown(socket.SHUT_WR)
    c.want(552)
    data.close()
    stored()
    c.put("STOR fits", b"x" * limit)
    stored("fits")
    alive()


def without_tmpfile(*command):
    """Runs a command for which no file system has O_TMPFILE: openat() with it is EOPNOTSUPP (95), by
    way of a seccomp filter."""
    openat = {"x86_64": 257, "aarch64": 56, "riscv64": 56}[platform.machine()]
    flag = 0o20000000
    ld, jeq, jset, ret = 0x20, 0x15, 0x45, 0x06
    program = [(ld, 0, 0, 0), (jeq, 0, 3, openat), (ld, 0, 0, 16 + 2 * 8), (jset, 0, 1, flag),
               (ret, 0, 0, 0x00050000 | 95), (ret, 0, 0, 0x7fff0000)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *i) for i in program))
    libc = ctypes.CDLL(None, use_errno=True)

    class Program(ctypes.Structure):
        _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
    filter_ = Program(len(program), ctypes.addressof(code))
    check(libc.prctl(38, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS")
    check(libc.prctl(22, 2, ctypes.byref(filter_), 0, 0) == 0, "PR_SET_SECCOMP")
    with contextlib.suppress(OSError):
        os.close(os.open(FILES, os.O_TMPFILE | os.O_RDWR))
        raise Wrong("O_TMPFILE still works")
    os.execvp(command[0], command)


if __name__ == "__main__":
    sys.exit(run(globals()))
