"""live.py: folders as archives, and what happens told as it happens, for live.bats."""
import http.client
import io
import json
import os
import re
import socket
import sys
import tarfile
import zipfile

from doors import (FILES, PORTS, STATE, agentctl, do, ftp, ftp_put, http_ask, lgp_ask, main,
                   same, talk, until, wrong_unless)

ANNA, ROOT = ("anna", "anna-password"), ("chief", "chief-password")


def write(name, data=b"x"):
    path = os.path.join(FILES, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


# --- archives ---

TREE = {
    "pub/empty": b"",
    "pub/hello.txt": b"hello\n",
    "pub/a/b/c/deep.bin": bytes(range(256)) * 1000,
    "pub/a/中文 name.txt": "中".encode(),
    "pub/a/quote\"and'space": b"q",
    "pub/" + "n" * 150 + "/" + "m" * 200: b"long",
    "pub/block": b"z" * 65535,
    "pub/block+1": b"z" * 65536,
    "pub/closed/hidden.txt": b"not for guests",
    "pub/.dot": b"never",
}


def tree():
    for name, data in TREE.items():
        write(name, data)
    os.makedirs(os.path.join(FILES, "pub/nothing"), exist_ok=True)


def unpack(kind, data, top):
    """{name without top: content}, folders with a slash and None."""
    out = {}
    if kind == "zip":
        with zipfile.ZipFile(io.BytesIO(data)) as z:
            same(z.testzip(), None)
            for i in z.infolist():
                out[i.filename] = None if i.is_dir() else z.read(i)
    else:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as t:
            for i in t:
                out[i.name + "/" * i.isdir()] = None if i.isdir() else t.extractfile(i).read()
    for name in out:
        wrong_unless(name.startswith(top + "/"), name)
    return {name[len(top) + 1:]: content for name, content in out.items()}


def fetch(path, kind, who=None):
    r = http_ask("GET", "/files/%s?archive=%s" % (path, kind), who=who)
    same(r.status, 200, path, kind)
    return r


def archives():
    tree()
    wanted = {k[4:]: v for k, v in TREE.items() if ".dot" not in k}
    for kind, media in (("zip", "application/zip"), ("tar", "application/x-tar")):
        for who in (None, ANNA):
            r = fetch("pub/", kind, who)
            same(r.headers["Content-Type"], media)
            same(r.headers["Content-Disposition"], "attachment; filename*=UTF-8''pub." + kind)
            got = unpack(kind, r.body, "pub")
            files = {k: v for k, v in got.items() if v is not None}
            same(files, {k: v for k, v in wanted.items() if who or "closed" not in k}, kind)
            wrong_unless("nothing/" in got and "a/b/" in got, sorted(got))
        same(sorted(k for k in unpack(kind, fetch("", kind).body, "files") if "hello" in k),
             ["pub/hello.txt"])
        r = http_ask("HEAD", "/files/pub/?archive=" + kind)
        same((r.status, r.body, r.headers["Content-Type"]), (200, b"", media))


def huge():
    """A hole; only its end is looked at, and the checksum."""
    write("huge/f")
    with open(os.path.join(FILES, "huge/f"), "r+b") as f:
        f.truncate((4 << 30) + 5)
        f.seek(4 << 30)
        f.write(b"tail!")
    for kind in ("tar",):
        c = http.client.HTTPConnection("127.0.0.1", int(PORTS["http"]), timeout=talk.SECONDS)
        c.request("GET", "/files/huge/?archive=" + kind)
        with tarfile.open(fileobj=c.getresponse(), mode="r|") as t:
            member = t.next()
            same((member.name, member.size), ("huge/f", (4 << 30) + 5))
        c.close()
    os.remove(os.path.join(FILES, "huge/f"))


def many():
    for i in range(100):
        for k in range(100):
            write("many/%03d/%03d" % (i, k), b"%d" % (i * 100 + k))
    c = http.client.HTTPConnection("127.0.0.1", int(PORTS["http"]), timeout=talk.SECONDS)
    c.request("GET", "/files/many/?archive=zip")
    r = c.getresponse()
    head = r.read(1000)
    same(http_ask("GET", "/files/pub/hello.txt" if "pub" in os.listdir(FILES) else "/").status, 200)
    got = unpack("zip", head + r.read(), "many")
    same(len([k for k in got if got[k] is not None]), 10000)
    same(got["099/099"], b"9999")


def no_archive():
    tree()
    same(http_ask("GET", "/files/pub/?archive=rar").status, 400)
    same(http_ask("GET", "/files/none/?archive=zip").status, 404)
    same(http_ask("GET", "/files/pub/closed/?archive=zip").status, 401)
    same(http_ask("GET", "/files/pub/hello.txt?archive=zip").body, b"hello\n")
    c = socket.create_connection(("127.0.0.1", int(PORTS["http"])), talk.SECONDS)
    c.sendall(b"GET /files/pub/?archive=tar HTTP/1.0\r\n\r\n")
    data = b"".join(iter(lambda: c.recv(65536), b""))
    head, body = data.split(b"\r\n\r\n", 1)
    wrong_unless(b"chunked" not in head and b"Connection: close" in head, head)
    same(unpack("tar", body, "pub")["hello.txt"], b"hello\n")


def descriptors():
    with open(os.path.join(STATE, "agentd.pid")) as f:
        return len(os.listdir("/proc/%d/fd" % int(f.read())))


def leaves():
    write("leave/a/b/big")
    with open(os.path.join(FILES, "leave/a/b/big"), "r+b") as f:
        f.truncate(1 << 30)
    before = descriptors()
    for kind in ("zip", "tar"):
        c = socket.create_connection(("127.0.0.1", int(PORTS["http"])), talk.SECONDS)
        c.sendall(b"GET /files/leave/?archive=%s HTTP/1.1\r\nHost: x\r\n\r\n" % kind.encode())
        c.recv(1000)
        wrong_unless(descriptors() > before, "nothing is open")
        c.close()
    # a file that was read a moment ago stays open for two seconds
    until(lambda: descriptors() <= before, "descriptors", before)


# --- /events ---

class Events:
    """A listener. next(): (kind, data)."""

    def __init__(self, query="", who=None, receive=None, cookie=None):
        self.sock = socket.socket()
        if receive:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        self.sock.settimeout(talk.SECONDS)
        self.sock.connect(("127.0.0.1", int(PORTS["http"])))
        c = http.client.HTTPConnection("127.0.0.1", int(PORTS["http"]))
        c.sock = self.sock
        headers = {}
        if who:
            import doors
            headers["Authorization"] = doors.basic(*who)
        if cookie:
            headers["Cookie"] = cookie
        c.request("GET", "/events" + query, headers=headers)
        self.r = c.getresponse()
        same((self.r.status, self.r.headers["Content-Type"]), (200, "text/event-stream"))
        same(self.block(), ["retry: 2000"])

    def block(self):
        lines = []
        while True:
            line = self.r.readline()
            wrong_unless(line, "the stream has ended")
            line = line.decode().rstrip("\n")
            if not line:
                return lines
            lines.append(line)

    def next(self):
        while True:
            lines = self.block()
            if lines != [":"]:
                break
        kind = [x[7:] for x in lines if x.startswith("event: ")]
        data = [x[6:] for x in lines if x.startswith("data: ")]
        same((len(kind), len(data)), (1, 1), lines)
        return kind[0], json.loads(data[0])


def events():
    do("user", "list")
    os.makedirs(os.path.join(FILES, "room/sub"), exist_ok=True)
    os.makedirs(os.path.join(FILES, "secret"), exist_ok=True)
    everything, room, anna = Events(), Events("?folder=/room/"), Events("?folder=/secret", who=ANNA)
    f = ftp()
    same(ftp_put(f, "/room/a.txt", b"12345")[:3], "226")
    up = ("change", {"kind": "upload", "path": "/room/a.txt", "who": "ftp", "size": 5})
    same(everything.next(), up)
    same(room.next(), up)
    same(ftp_put(f, "/elsewhere.txt", b"1")[:3], "226")
    same(everything.next()[1]["path"], "/elsewhere.txt")
    same(http_ask("PUT", "/files/secret/s", b"xy", who=ANNA).status, 201)
    same(anna.next(), ("change", {"kind": "upload", "path": "/secret/s", "who": "anna", "size": 2}))
    same(http_ask("MKCOL", "/files/room/new").status, 201)
    for e in (everything, room):
        same(e.next(), ("change", {"kind": "mkdir", "path": "/room/new", "who": "guest"}))
    same(http_ask("MOVE", "/files/elsewhere.txt", headers={"Destination": "/files/room/b.txt"}).status, 201)
    moved = {"kind": "move", "path": "/elsewhere.txt", "to": "/room/b.txt", "who": "guest"}
    same(everything.next(), ("change", moved))
    same(room.next(), ("change", {k: v for k, v in moved.items() if k != "path"}))
    # out of sight of guests: they learn that it has gone, not where to
    same(http_ask("MOVE", "/files/room/b.txt", headers={"Destination": "/files/secret/b.txt"},
                  who=ROOT).status, 201)
    same(room.next(), ("change", {"kind": "move", "path": "/room/b.txt", "who": "chief"}))
    same(anna.next(), ("change", {"kind": "move", "to": "/secret/b.txt", "who": "chief"}))
    same(everything.next(), ("change", {"kind": "move", "path": "/room/b.txt", "who": "chief"}))
    same(http_ask("DELETE", "/files/room/new").status, 204)
    same(room.next()[1]["kind"], "rmdir")
    same(http_ask("DELETE", "/files/room/a.txt").status, 204)
    same(room.next(), ("change", {"kind": "delete", "path": "/room/a.txt", "who": "guest"}))
    lgp_ask("Q")
    same(http_ask("GET", "/events?folder=no").status, 400)
    same(http_ask("GET", "/events/x").status, 404)
    same(http_ask("POST", "/events", b"").status, 405)
    same(http_ask("HEAD", "/events").status, 200)


def ended_sessions():
    """Who logs out, or whose account's sessions end, listens no more; the others do."""
    def log_in():
        r = http_ask("POST", "/login", "name=anna&password=anna-password&to=/",
                     {"Content-Type": "application/x-www-form-urlencoded"})
        same(r.status, 303)
        return r.cookie().split(";")[0]

    def over(listener):
        try:
            return listener.r.read() == b""
        except (ConnectionError, http.client.IncompleteRead) as e:
            return not getattr(e, "partial", b"")
    guest, basic, first, second = Events(), Events(who=ANNA), log_in(), log_in()
    one, same_one, other = Events(cookie=first), Events(cookie=first), Events(cookie=second)
    same(http_ask("POST", "/logout", "", {"Cookie": first}).status, 303)
    wrong_unless(over(one) and over(same_one), "more came behind the logout")
    os.makedirs(os.path.join(FILES, "secret"), exist_ok=True)
    same(http_ask("PUT", "/files/secret/later", b"x", who=ANNA).status, 201)
    for e in (basic, other):
        same(e.next()[1]["path"], "/secret/later")
    do("user", "disable", "anna")
    wrong_unless(over(basic) and over(other), "more came to who may not log in")
    do("user", "enable", "anna")
    same(http_ask("PUT", "/files/seen", b"x", who=ROOT).status, 201)
    same(guest.next()[1]["path"], "/seen")


def slow_listener():
    deep = "/".join(["long"] + ["n" * 200] * 15)
    os.makedirs(os.path.join(FILES, deep), exist_ok=True)
    slow = Events(receive=4096)
    c = http.client.HTTPConnection("127.0.0.1", int(PORTS["http"]), timeout=talk.SECONDS)
    count = 4000  # of 3 KB each, which is more than any queue takes
    for i in range(count // 2):
        for method, status in (("MKCOL", 201), ("DELETE", 204)):
            c.request(method, "/files/%s/x" % deep)
            r = c.getresponse()
            r.read()
            same(r.status, status, method, i)
    seen = 0
    while slow.next()[0] != "lost":
        seen += 1
        wrong_unless(seen < count, "nothing was lost")
    same(http_ask("MKCOL", "/files/after").status, 201)
    same(slow.next()[1]["path"], "/after")
    same(http_ask("DELETE", "/files/after").status, 204)


def stop():
    e = Events()
    until(lambda: "sending" in do("who"), "the listener is there")
    status, said = agentctl("stop")
    same(status, 0, said)
    same(e.r.read(), b"", "more came")  # the last chunk: a whole response


# --- /status and /metrics ---

def allowed():
    for path, who, status in (("/status", None, 200), ("/status", ANNA, 200), ("/metrics", None, 401),
                              ("/metrics", ANNA, 403), ("/metrics", ROOT, 200), ("/status/x", None, 404),
                              ("/metrics/x", ROOT, 404)):
        same(http_ask("GET", path, who=who).status, status, path, who)


def metrics():
    page = http_ask("GET", "/metrics", who=ROOT)
    same(page.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
    kinds, values = {}, {}
    for line in page.body.decode().splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            kinds[name] = kind
        elif not line.startswith("# HELP "):
            found = re.fullmatch(r'(agentd_[a-z0-9_]+)(\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})? (\d+)', line)
            wrong_unless(found, line)
            values.setdefault(found.group(1), {})[found.group(2)] = int(found.group(3))
    same(sorted(kinds), sorted(values))
    same(kinds["agentd_http_requests_total"], "counter")
    wrong_unless(values["agentd_http_requests_total"][None] > 0, "requests")
    same(values["agentd_sessions"]['{door="http",name=""}'], 1)
    wrong_unless(values["agentd_resident_memory_bytes"][None] > 1 << 20, "memory")
    stats = json.loads(do("stats", "--json"))
    for name in stats:
        wrong_unless("agentd_%s_total" % name in kinds, name)


sys.exit(main({f.__name__: f for f in (archives, huge, many, no_archive, leaves, events, ended_sessions, slow_listener,
                                       stop, allowed, metrics)}))
