#!/usr/bin/env python3
"""http_coding.py SCENARIO: several ranges in one response; compressed files, as they lie beside others or
as the workers make them. The suite's folders come from SITE and FILES, the daemon's pid from PID (see
lib.bash)."""
import email
import email.utils
import json
import os
import signal
import subprocess
import sys
import zlib

from ftp_client import FILES, PID, bytes_of, check, run, until
from http_client import Web, fetch, request

SITE = os.environ.get("SITE", "")
STATE = os.environ.get("STATE", "")
BROWSER = "Accept-Encoding: gzip, deflate, br, zstd"
GZIP = "Accept-Encoding: gzip"
WAITS = "waiting for a worker"  # as `agentctl who` has it


def put(folder, name, content, age=0):
    """A file, which is `age` seconds old."""
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(content)
    if age:
        then = os.stat(path).st_mtime_ns - age * 10 ** 9
        os.utime(path, ns=(then, then))
    return path


def words(n, seed=1):
    """n bytes of text that compresses to less than half."""
    return bytes_of(n, seed).hex().encode()[:n]


def agentctl(*arguments):
    return subprocess.run([os.environ["ROOT"] + "/ctl/agentctl", "-c", os.environ["CONF"]] + list(arguments),
                          check=True, stdout=subprocess.PIPE).stdout


def asked(verb):
    return json.loads(agentctl(verb, "--json"))


def count(name):
    return asked("stats")[name]


def plain(r):
    """The body without its coding."""
    coding = r["content-encoding"]
    if coding == "gzip":
        z = zlib.decompressobj(16 + zlib.MAX_WBITS)
        body = z.decompress(r.body)
        check(z.eof and not z.unused_data, "no whole gzip")
        return body
    if coding == "zstd":
        return subprocess.run(["zstd", "-dcq"], input=r.body, check=True, stdout=subprocess.PIPE).stdout
    check(coding is None, coding)
    return r.body


# --- several ranges ---

def parts_of(r):
    """multipart/byteranges as [(first, last, size, type, body), ...], by Python's own parser."""
    check((r["content-type"] or "").startswith("multipart/byteranges; boundary="), r["content-type"])
    check(r["content-range"] is None, "Content-Range besides the parts'")
    whole = email.message_from_bytes(b"Content-Type: " + r["content-type"].encode() + b"\r\n\r\n" + r.body)
    check(whole.is_multipart() and not whole.defects, "defects", whole.defects)
    check(r.body.endswith(b"--\r\n"), "the end")
    # The parser turns line ends about: the bytes are taken from beside it.
    pieces = (b"\r\n" + r.body).split(b"\r\n--" + whole.get_boundary().encode())[1:-1]
    check(len(pieces) == len(whole.get_payload()), "parts", len(pieces), len(whole.get_payload()))
    out = []
    for part, piece in zip(whole.get_payload(), pieces):
        unit, _, where = part["Content-Range"].partition(" ")
        check(unit == "bytes", unit)
        span, _, size = where.partition("/")
        first, _, last = span.partition("-")
        out.append((int(first), int(last), int(size), part["Content-Type"], piece.partition(b"\r\n\r\n")[2]))
    return out


def several():
    small, large = bytes_of(3000, 5), bytes_of(1 << 20, 6)
    put(SITE, "several.txt", small, age=9)  # If-Range by a date wants one that is past
    put(SITE, "several.bin", large, age=9)
    c = Web()
    for target, data, kind in (("/several.txt", small, "text/plain; charset=utf-8"),
                               ("/several.bin", large, "application/octet-stream")):
        n = len(data)
        whole = c.get(target)
        for spec, want in (("0-1,500-501", [(0, 1), (500, 501)]),
                           ("500-999,0-0,-1", [(500, 999), (0, 0), (n - 1, n - 1)]),
                           ("-5, 0-4", [(n - 5, n - 1), (0, 4)]),
                           ("0-9,91-99,%d-" % n, [(0, 9), (91, 99)]),
                           ("0-9,1000-1010,5-20,1011-1020", [(0, 20), (1000, 1020)]),
                           ("%d-,0-0" % (n - 1000), [(n - 1000, n - 1), (0, 0)]),
                           (",".join("%d-%d" % (i * 180, i * 180 + 3) for i in range(16)),
                            [(i * 180, i * 180 + 3) for i in range(16)])):
            r = c.get(target, "Range: bytes=" + spec)
            check(r.status == 206 and r["etag"] == whole["etag"], spec, r.status)
            check(r["last-modified"] == whole["last-modified"] and r["vary"] == whole["vary"], spec)
            got = parts_of(r)
            check([(a, b) for a, b, _, _, _ in got] == want, spec, got and [p[:2] for p in got])
            for first, last, size, its, body in got:
                check(size == n and its == kind, spec, size, its)
                check(body == data[first:last + 1], spec, "bytes", first)
        # One that is left is sent as if it alone had been asked for.
        for spec, first, last in (("0-1,5-6", 0, 6), ("5-6,0-1", 0, 6), ("%d-,7-7" % n, 7, 7), ("9-9,", 9, 9),
                                  ("0-,3-,5-9,-1", 0, n - 1), ("5-5,5-5,-0", 5, 5)):
            r = c.get(target, "Range: bytes=" + spec)
            check(r.status == 206 and r["content-range"] == "bytes %d-%d/%d" % (first, last, n), spec, r.status)
            check(r["content-type"] == kind and r.body == data[first:last + 1], spec)
        for spec in ("%d-,%d-%d" % (n, n + 5, n + 9), "-0,%d-" % n):
            r = c.get(target, "Range: bytes=" + spec)
            check(r.status == 416 and r["content-range"] == "bytes */%d" % n, spec, r.status)
        # Nonsense among them, too many, or not the same file any more: all of it.
        for spec in ("0-0,5", "0-0,9-5", "0-0;500-500", "0-0,a-b", "0-0,bytes=500-500",
                     ",".join("%d-%d" % (i * 100, i * 100) for i in range(17)),
                     "0-," + ",".join("5-%d" % (i + 5) for i in range(1300))):
            r = c.get(target, "Range: bytes=" + spec)
            check(r.status == 200 and r.body == data and r["content-range"] is None, spec[:40], r.status)
        for condition, status in ((whole["etag"], 206), (whole["last-modified"], 206), ("\"x\"", 200),
                                  ("W/" + whole["etag"], 200),
                                  (email.utils.formatdate(2 ** 31, usegmt=True), 200)):
            r = c.get(target, "Range: bytes=0-1,500-501", "If-Range: " + condition)
            check(r.status == status, condition, r.status)
            check(r.body == data if status == 200 else len(parts_of(r)) == 2, condition)
        r = c.get(target, "Range: bytes=0-1,500-501", method="HEAD")
        check(r.status == 200 and r["content-length"] == str(n), "HEAD", r.status)
        r = c.get(target, "Range: bytes=0-1,500-501", "If-None-Match: " + whole["etag"])
        check(r.status == 304, "304 goes before", r.status)
    # Two clients do not get the same boundary.
    types = {fetch("/several.txt", "Range: bytes=0-1,500-501", status=206)["content-type"] for _ in range(2)}
    check(len(types) == 2, types)
    r = c.get("/several.bin", "Range: bytes=0-1,500-501", "Connection: keep-alive", version="1.0")
    check(len(parts_of(r)) == 2, "HTTP/1.0")
    c.close()


def several_logged():
    """The access log has the bytes of the body, with what stands between the parts."""
    put(SITE, "logged.bin", bytes_of(300000))
    sizes = []
    for i, spec in enumerate(("0-1,500-501", "0-99999,200000-299999")):
        r = fetch("/logged.bin?%d" % i, "Range: bytes=" + spec, status=206)
        sizes.append(len(r.body))
    fetch("/logged.bin?last")

    def line(i):
        with open(STATE + "/access.log", "rb") as f:
            return [li for li in f.read().split(b"\n") if b"/logged.bin?%d " % i in li]
    for i, size in enumerate(sizes):
        until(lambda i=i: line(i), "the line")
        check(line(i)[0].split()[8:10] == [b"206", b"%d" % size], line(i))


def many_ranges():
    """FAULTS.md: 1,300 that overlap cost nothing."""
    data = bytes_of(100000)
    put(SITE, "many.bin", data)
    overlaps = "Range: bytes=0-," + ",".join("5-%d" % (i + 5) for i in range(1300))

    def resident():
        with open("/proc/%d/status" % PID) as f:
            return int([li for li in f if li.startswith("VmRSS:")][0].split()[1])

    def ask():
        c = Web()
        for _ in range(50):
            r = c.get("/many.bin", overlaps)
            check(r.status == 200 and r.body == data, r.status)
        c.close()
    ask()
    before = resident()
    for _ in range(4):
        ask()
    check(resident() - before < 2048, "KiB more:", resident() - before)


# --- neighbours ---

def choice():
    """Accept-Encoding, and which of three neighbours is sent for it."""
    put(SITE, "choice.css", b"identity", age=10)
    for ending in ("gz", "zst", "br"):
        put(SITE, "choice.css." + ending, ending.encode())
    c = Web()
    for value, want in (("gzip", "gz"), ("br", "br"), ("zstd", "zst"), ("gzip, deflate, br, zstd", "br"),
                        ("gzip, zstd", "zst"), ("GZIP", "gz"), ("x-gzip", "gz"), ("deflate", None), ("", None),
                        ("identity", None), ("gzip;q=0", None), ("gzip;q=0.5, br;q=0.4", "gz"),
                        ("gzip;q=0.5, identity", None), ("gzip;q=0.5, identity;q=0.5", "gz"),
                        ("identity;q=0, *", "br"), ("*", None), ("*;q=0", None), ("gzip;q=0.1, *;q=0", "gz"),
                        ("identity;q=0, gzip;q=0.001", "gz"), ("br;q=1.1", None), ("br;q=x, gzip", "gz")):
        r = c.get("/choice.css", "Accept-Encoding: " + value)
        coding = {"gz": "gzip", "zst": "zstd", "br": "br", None: None}[want]
        check(r.status == 200 and r["content-encoding"] == coding, value, r["content-encoding"])
        check(r.body == (want or "identity").encode(), value, r.body)
    check(c.get("/choice.css").body == b"identity", "no field at all")
    r = c.get("/choice.css", "Accept-Encoding: br;q=0", "Accept-Encoding: gzip;q=0.5")
    check(r["content-encoding"] == "gzip", "two fields")


def neighbours():
    old = bytes_of(5000)
    put(SITE, "n/page.html", old, age=60)
    put(SITE, "n/page.html.gz", b"G" * 4000, age=30)
    c = Web()
    bare = c.get("/n/page.html")
    r = c.get("/n/page.html", BROWSER)
    check(r["content-encoding"] == "gzip" and r.body == b"G" * 4000, r["content-encoding"])
    check(r["content-type"] == bare["content-type"] == "text/html; charset=utf-8", r["content-type"])
    check(r["vary"] == bare["vary"] == "Accept-Encoding", r["vary"], bare["vary"])
    check(r["etag"].startswith('"') and r["etag"] != bare["etag"], "tags", r["etag"], bare["etag"])
    # It is what HEAD, ranges and conditions are about.
    h = c.get("/n/page.html", BROWSER, method="HEAD")
    check([f for f in h.headers if f[0] != "date"] == [f for f in r.headers if f[0] != "date"], h.headers)
    s = c.get("/n/page.html", BROWSER, "Range: bytes=3990-", "If-Range: " + r["etag"])
    check(s.status == 206 and s.body == b"G" * 10 and s["content-range"] == "bytes 3990-3999/4000", s.status)
    check(s["content-encoding"] == "gzip" and s["vary"] == "Accept-Encoding" and s["etag"] == r["etag"], "206")
    s = c.get("/n/page.html", BROWSER, "Range: bytes=0-1", "If-Range: " + bare["etag"])
    check(s.status == 200 and s.body == r.body, "a part of another representation", s.status)
    check(c.get("/n/page.html", BROWSER, "Range: bytes=4500-").status == 416, "416")
    s = c.get("/n/page.html", BROWSER, "Range: bytes=0-1,4500-4501")
    check(s.status == 206 and [p[4] for p in parts_of(s)] == [old[:2], old[4500:4502]], "several: of the file")
    check(s["content-encoding"] is None, "several")
    for tag, accept, status in ((r["etag"], BROWSER, 304), (bare["etag"], BROWSER, 200), (bare["etag"], "X: y", 304),
                                (r["etag"], "X: y", 200), ("W/" + r["etag"], BROWSER, 304)):
        s = c.get("/n/page.html", accept, "If-None-Match: " + tag)
        check(s.status == status and s["vary"] == "Accept-Encoding", tag, accept, s.status)
        check(s.status != 304 or s["etag"] == tag.replace("W/", ""), "the tag of a 304", s["etag"])
    check(c.get("/n/page.html", BROWSER, "If-Match: " + bare["etag"]).status == 412, "If-Match")
    # How long it may be kept goes by the file's type, in a 304, too.
    for door_fields, status in (((), 200), (("If-None-Match: " + r["etag"],), 304)):
        s = fetch("/n/page.html", BROWSER, *door_fields, door="http_write", status=status)
        check(s["cache-control"] == "max-age=60", status, s["cache-control"])
    # An index.html has neighbours, too.
    put(SITE, "n/index.html", b"plain", age=9)
    put(SITE, "n/index.html.br", b"brotli")
    check(c.get("/n/", BROWSER).body == b"brotli", "index.html")
    # By its own name it is a file like others.
    s = c.get("/n/page.html.gz", BROWSER)
    check(s["content-type"] == "application/gzip" and s["content-encoding"] is None, s["content-type"])
    check(s["vary"] is None, "Vary where nothing does")
    c.close()


def no_neighbours():
    """What looks like one and is none."""
    c = Web()

    def is_plain(name, content=b"plain"):
        r = c.get("/" + name, BROWSER)
        check(r.status == 200 and r["content-encoding"] is None and r.body == content, name, r["content-encoding"])
    put(SITE, "x/older.css", b"plain")
    put(SITE, "x/older.css.gz", b"G", age=1)
    put(SITE, "x/folder.css", b"plain", age=9)
    os.mkdir(SITE + "/x/folder.css.gz")
    put(SITE, "x/fifo.css", b"plain", age=9)
    os.mkfifo(SITE + "/x/fifo.css.gz")
    put(SITE, "x/out.css", b"plain", age=9)
    os.symlink(put(STATE, "outside.gz", b"secret"), SITE + "/x/out.css.gz")
    put(SITE, "x/shot.png", b"plain", age=9)
    put(SITE, "x/shot.png.gz", b"G")
    put(SITE, "x/none", b"plain", age=9)
    put(SITE, "x/none.gz", b"G")
    put(SITE, "x/small.css", b"plain")
    for name in ("older.css", "folder.css", "fifo.css", "out.css", "shot.png", "none", "small.css"):
        is_plain("x/" + name)
    check(c.get("/x/shot.png")["vary"] is None, "Vary where nothing does")
    check(c.get("/x/small.css")["vary"] == "Accept-Encoding", "Vary where there may be others")
    check(c.get("/x/only.css", BROWSER).status == 404, "a neighbour of nothing")
    put(SITE, "x/only2.css.gz", b"G")
    check(c.get("/x/only2.css", BROWSER).status == 404, "a neighbour of nothing")
    # One that comes, and one that goes.
    put(SITE, "x/late.css", b"plain", age=9)
    is_plain("x/late.css")
    late = put(SITE, "x/late.css.gz", b"G")
    until(lambda: c.get("/x/late.css", BROWSER).body == b"G", "it is found")
    os.unlink(late)
    until(lambda: c.get("/x/late.css", BROWSER).body == b"plain", "it is gone")
    c.close()


def rules():
    """In the store there are neighbours only where the door says so, and not for those who may not read
    them."""
    for name in ("n.txt", "own.txt"):
        put(FILES, name, b"plain", age=9)
        put(FILES, name + ".gz", b"G")
    r = fetch("/files/n.txt", BROWSER)
    check(r.body == b"plain" and r["content-encoding"] is None, "by default anybody could put it there")
    check(fetch("/files/n.txt", BROWSER, door="http_write").body == b"G", "precompressed = all")
    r = fetch("/files/own.txt", BROWSER, door="http_write")
    check(r.body == b"plain" and r["content-encoding"] is None, "one with a rule of its own")
    fetch("/files/own.txt.gz", door="http_write", status=401)
    anna = "Authorization: Basic YW5uYTphbm5hLXBhc3N3b3Jk"
    check(fetch("/files/own.txt", BROWSER, anna, door="http_write").body == b"G", "who may read it")
    put(SITE, "off.css", b"plain", age=9)
    put(SITE, "off.css.gz", b"G")
    check(fetch("/off.css", BROWSER, door="http_plain").body == b"plain", "precompressed = no")
    r = fetch("/files/n.txt", BROWSER, door="http_write")
    check(r["content-encoding"] == "gzip", r["content-encoding"])
    check("sandbox" in r["content-security-policy"], "the guard stays")


# --- made here ---

def made():
    """Text is compressed; the same bytes again, under a tag of their own."""
    before = count("coded_misses")
    c = Web()
    for name, size in (("made.txt", 4000), ("made.html", 300000), ("made.json", 4 << 20), ("made.svg", 512)):
        text = words(size, size)
        path = put(SITE, name, text)
        bare = c.get("/" + name)
        check(bare.body == text and bare["vary"] == "Accept-Encoding", name)
        tags = {bare["etag"]}
        for accept, coding in ((GZIP, "gzip"), ("Accept-Encoding: gzip, zstd", "zstd"), ("Accept-Encoding: br, gzip;q=0.5", "gzip")):
            r = c.get("/" + name, accept)
            check(r["content-encoding"] == coding, name, accept, r["content-encoding"])
            check(plain(r) == text and len(r.body) < size * 7 / 8, name, coding, len(r.body))
            check(r["content-type"] == bare["content-type"] and r["vary"] == "Accept-Encoding", name)
            again = c.get("/" + name, accept)
            check(again.body == r.body and again["etag"] == r["etag"], name, "again")
            h = c.get("/" + name, accept, method="HEAD")
            check(h["content-length"] == str(len(r.body)) and h["content-encoding"] == coding, name, "HEAD")
            check(c.get("/" + name, accept, "If-None-Match: " + r["etag"]).status == 304, name, "304")
            check(c.get("/" + name, accept, "If-None-Match: " + bare["etag"]).status == 200, name, "200")
            part = c.get("/" + name, accept, "Range: bytes=100-", "If-Range: " + r["etag"])
            check(part.status == 206 and part.body == r.body[100:], name, "a rest", part.status)
            check(part["content-encoding"] == coding, name, "a rest")
            tags.add(r["etag"])
        check(len(tags) == 3, name, "tags", tags)
        check(c.get("/" + name, GZIP, "Range: bytes=0-1,200-201")["content-encoding"] is None, "several")
        os.unlink(path)
    check(count("coded_misses") == before + 8, "each was made once", count("coded_misses") - before)
    # A new version is another file.
    put(SITE, "version.txt", words(9000, 1))
    first = c.get("/version.txt", GZIP)
    put(SITE, "version.new", words(9000, 2))
    os.rename(SITE + "/version.new", SITE + "/version.txt")
    until(lambda: c.get("/version.txt", GZIP)["etag"] != first["etag"], "the new one")
    check(plain(c.get("/version.txt", GZIP)) == words(9000, 2), "the new one")
    c.close()


def not_made():
    """Too small, too big, no text, or nothing gained: as it is; and that is remembered."""
    before = count("coded_misses")
    c = Web()
    for name, data in (("tiny.txt", words(511)), ("huge.txt", words((4 << 20) + 1)), ("picture.jpg", words(4000)),
                       ("archive.zip", words(4000)), ("unknown", words(4000)), ("empty.txt", b"")):
        put(SITE, name, data)
        r = c.get("/" + name, BROWSER)
        check(r["content-encoding"] is None and r.body == data, name, r["content-encoding"])
    check(count("coded_misses") == before, "nothing was tried")
    noise = bytes_of(50000)
    put(SITE, "noise.txt", noise)
    for _ in range(3):
        r = c.get("/noise.txt", GZIP)
        check(r.body == noise and r["content-encoding"] is None, "noise", r["content-encoding"])
        check(r["vary"] == "Accept-Encoding", "noise")
    check(count("coded_misses") == before + 1, "tried once", count("coded_misses") - before)
    put(SITE, "off.txt", words(4000))
    r = fetch("/off.txt", BROWSER, door="http_plain")
    check(r["content-encoding"] is None and r["vary"] == "Accept-Encoding", "compress = no")
    c.close()


def writes():
    """Who has got a file compressed may change it on condition that it is the same."""
    c = Web("http_write")
    put(FILES, "w.txt", words(4000))
    r = c.get("/files/w.txt", GZIP)
    check(r["content-encoding"] == "gzip", r["content-encoding"])

    def write(condition):
        c.send(request("/files/w.txt", condition, "Content-Length: 3", method="PUT", body=b"new"))
        return c.response().status
    check(write("If-None-Match: " + r["etag"]) == 412, "If-None-Match")
    check(write("If-Match: \"other-gz\"") == 412, "another")
    check(write("If-Match: " + r["etag"]) == 204, "the same")
    check(write("If-Match: " + r["etag"]) == 412, "no more")
    c.close()


def shared():
    """By a share link, too, where a request that waits has come by no account."""
    text = words(50000, 3)
    put(FILES, "shared/s.txt", text)
    said = agentctl("share", "/shared").decode()
    link = [w for w in said.split() if "/s/" in w][0]
    target = "/s/" + link.split("/s/")[1] + "s.txt"
    for _ in range(2):
        r = fetch(target, GZIP)
        check(r["content-encoding"] == "gzip" and plain(r) == text, r["content-encoding"])
        check(r["cache-control"] == "private", r["cache-control"])
    with Stopped() as stopped:
        put(FILES, "shared/t.txt", text)
        c = Web()
        c.send(request(target.replace("s.txt", "t.txt"), GZIP))
        waiting(1)
        number = said.split("id ")[1].split(",")[0].split()[0]
        agentctl("share", "revoke", number)
        stopped.go()
        try:
            check(c.response().status in (403, 404), "revoked meanwhile")
        except EOFError:
            pass


def evicted():
    """The cache keeps 256 files, those that were asked for last."""
    c = Web()
    for i in range(300):
        put(SITE, "evict/%d.txt" % i, words(600, i))
    before = count("coded_misses")
    for i in range(300):
        check(c.get("/evict/%d.txt" % i, GZIP)["content-encoding"] == "gzip", i)
    check(count("coded_misses") == before + 300, "made")
    hits = count("coded_hits")
    for i in range(299, 100, -1):
        check(c.get("/evict/%d.txt" % i, GZIP)["content-encoding"] == "gzip", i)
    check(count("coded_misses") == before + 300 and count("coded_hits") == hits + 199, "kept")
    check(plain(c.get("/evict/0.txt", GZIP)) == words(600, 0), "the first")
    check(count("coded_misses") == before + 301, "the first had gone")
    c.close()


def bounded():
    """[limits] compress_cache = 4M: of 9 MiB that were made, what has room beside the next one is kept."""
    c = Web()
    before = count("coded_misses")
    for i in range(8):
        put(SITE, "bound/%d.txt" % i, words(2 << 20, i))
        check(len(c.get("/bound/%d.txt" % i, GZIP).body) > 1 << 20, "smaller than I thought")
    check(count("coded_misses") == before + 8, "made")
    for i in (7, 6):
        c.get("/bound/%d.txt" % i, GZIP)
    check(count("coded_misses") == before + 8, "the last ones are there")
    c.get("/bound/3.txt", GZIP)
    check(count("coded_misses") == before + 9, "the fourth has gone")
    c.close()


# --- workers that do not come to it ---

def workers():
    with open("/proc/%d/task/%d/children" % (PID, PID)) as f:
        return [int(pid) for pid in f.read().split()]


class Stopped:
    """No worker does anything meanwhile."""

    def __enter__(self):
        self.pids = workers()
        check(self.pids, "no workers")
        for pid in self.pids:
            os.kill(pid, signal.SIGSTOP)
        return self

    def go(self, sig=signal.SIGCONT):
        for pid in self.pids:
            os.kill(pid, sig)
        self.pids = []

    def __exit__(self, *_):
        self.go()


def waiting(n):
    until(lambda: sum(w["doing"] == WAITS for w in asked("who")) == n, "%d wait" % n)


def ask(name):
    c = Web()
    c.send(request("/" + name, GZIP))
    return c


def one_job():
    """Several who ask at once make one job; who leaves meanwhile is not missed."""
    text = words(100000, 7)
    put(SITE, "once.txt", text)
    before = count("coded_misses")
    with Stopped() as stopped:
        clients = [ask("once.txt") for _ in range(5)]
        waiting(5)
        check(fetch("/once.txt").body == text, "others are served")
        clients.pop().close()
        clients[0].send(request("/once.txt", method="HEAD"))  # behind the one that waits
        stopped.go()
        for c in clients:
            r = c.response()
            check(r["content-encoding"] == "gzip" and plain(r) == text, "those who wait", r["content-encoding"])
        check(clients[0].response("HEAD")["content-length"] == "100000", "in order")
        for c in clients:
            c.close()
    check(count("coded_misses") == before + 1, "jobs", count("coded_misses") - before)


def nobody_waits():
    """All who asked are gone: it is made all the same, and nothing is left of them."""
    put(SITE, "left.txt", words(100000, 8))
    before = count("coded_misses")
    with Stopped() as stopped:
        clients = [ask("left.txt") for _ in range(3)]
        waiting(3)
        clients[0].close()
        for w in asked("who"):
            if w["doing"] == WAITS:
                agentctl("kick", str(w["sid"]))
        waiting(0)
        stopped.go()
        for c in clients[1:]:
            c.at_end()
    r = fetch("/left.txt", GZIP)
    check(r["content-encoding"] == "gzip", r["content-encoding"])
    check(count("coded_misses") == before + 1, "made once")


def killed():
    """The workers die: the file is sent as it is, and others are made by those that follow."""
    text = words(100000, 9)
    put(SITE, "killed.txt", text)
    put(SITE, "after.txt", text)
    with Stopped() as stopped:
        c = ask("killed.txt")
        waiting(1)
        stopped.go(signal.SIGKILL)
        r = c.response()
        check(r.status == 200 and r["content-encoding"] is None and r.body == text, r["content-encoding"])
        c.close()
    until(lambda: len(workers()) > 0, "new workers")
    check(plain(fetch("/after.txt", GZIP)) == text, "after")
    check(fetch("/after.txt", GZIP)["content-encoding"] == "gzip", "after")


def changed():
    """A file that changes while it is being made: one version or the other, never a mixture."""
    old, new = words(100000, 10), words(100000, 11)
    path = put(SITE, "change.txt", old, age=5)
    with Stopped() as stopped:
        c = ask("change.txt")
        waiting(1)
        with open(path, "r+b") as f:
            f.write(new)
        stopped.go()
        r = c.response()
        check(r["content-encoding"] is None and r.body == new, "written to", r["content-encoding"])
        c.close()
    # Nor is it made for a door that has ceased to.
    put(SITE, "reload.txt", old)
    with open(os.environ["CONF"]) as f:
        conf = f.read()
    try:
        with Stopped() as stopped:
            c = ask("reload.txt")
            waiting(1)
            with open(os.environ["CONF"], "w") as f:
                f.write(conf.replace("[http]\n", "[http]\ncompress = no\n"))
            agentctl("reload")
            stopped.go()
            r = c.response()
            check(r["content-encoding"] is None and r.body == old, "reloaded", r["content-encoding"])
            c.close()
    finally:
        with open(os.environ["CONF"], "w") as f:
            f.write(conf)
        agentctl("reload")
    path = put(SITE, "replaced.txt", old, age=5)
    with Stopped() as stopped:
        c = ask("replaced.txt")
        waiting(1)
        os.rename(put(SITE, "replaced.new", new), path)
        stopped.go()
        check(plain(c.response()) in (old, new), "replaced")
        c.close()
    until(lambda: plain(fetch("/replaced.txt", GZIP)) == new, "the new one")
    path = put(SITE, "removed.txt", old, age=5)
    with Stopped() as stopped:
        c = ask("removed.txt")
        waiting(1)
        os.unlink(path)
        stopped.go()
        r = c.response()
        check(r.status in (200, 404) and (r.status == 404 or plain(r) == old), "removed", r.status)
        c.close()


def too_many():
    """More than 32 at once: the others go without."""
    for i in range(40):
        put(SITE, "queue/%d.txt" % i, words(40000, i))
    with Stopped() as stopped:
        clients = [ask("queue/%d.txt" % i) for i in range(40)]
        waiting(32)
        stopped.go()
        codings = []
        for i, c in enumerate(clients):
            r = c.response()
            check(plain(r) == words(40000, i), i, r["content-encoding"])
            codings.append(r["content-encoding"])
        check(codings.count("gzip") == 32 and codings.count(None) == 8, codings)
        for c in clients:
            c.close()


if __name__ == "__main__":
    sys.exit(run(globals()))
