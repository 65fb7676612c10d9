#!/usr/bin/env python3
"""resume.py SCENARIO [ARGUMENT...]: uploads that break off, and go on."""
import base64
import contextlib
import hashlib
import json
import os
import socket
import subprocess
import sys
import zlib

from ftp_client import FILES, PORTS, Client, bytes_of, check, read_all, reset, run, until
from http_client import Web, request
from upload import Lobby, views

PART = "Content-Type: application/partial-upload"
TYPES = "https://iana.org/assignments/http-problem-types#"
HIDDEN = os.path.join(FILES, ".agentd")


def login(name):
    return "Authorization: Basic " + base64.b64encode((name + ":x").encode()).decode()


def same(got, wanted, *what):
    check(got == wanted, *what, "got", got, "wanted", wanted)


def ask(method, target, *fields, body=b"", status=None):
    """One request by a connection of its own; interim responses are passed over."""
    c = Web()
    length = [] if any(f.lower().startswith(("content-length", "transfer-encoding")) for f in fields) \
        or (method in ("HEAD", "DELETE", "OPTIONS", "GET")) else ["Content-Length: %d" % len(body)]
    c.send(request(target, *length, *fields, method=method, body=body))
    r = final(c, method)
    c.close()
    if status is not None:
        same(r.status, status, method, target, fields, r.body)
    return r


def interim(c):
    """The next response, which must be a 104; what it says."""
    r = c.head()
    same(r.status, 104, "interim")
    check(r["upload-limit"].startswith("max-age="), "limit", r["upload-limit"])
    return r["location"]


def final(c, method):
    while c.buffer.startswith(b"HTTP/1.1 104") or (not c.buffer and not c.fill()
                                                   and c.buffer.startswith(b"HTTP/1.1 104")):
        c.head()
    return c.response(method)


def begin(path, body, total, *fields, complete=True):
    """A PUT of which only a part is sent; the connection and the upload's URL."""
    c = Web()
    c.send(request("/files" + path, "Content-Length: %d" % total,
                   "Upload-Complete: ?%d" % complete, *fields, method="PUT", body=body))
    return c, interim(c)


def offset(url, *fields):
    r = ask("HEAD", url, *fields, status=204)
    same(r["cache-control"], "no-store")
    check(r["upload-limit"].startswith("max-age="), "limit", r["upload-limit"])
    same(r["upload-complete"], "?0")
    return int(r["upload-offset"])


def patch(url, at, body, *fields, complete=True, status=None):
    return ask("PATCH", url, PART, "Upload-Offset: %d" % at, "Upload-Complete: ?%d" % complete,
               *fields, body=body, status=status)


def content(name):
    with open(os.path.join(FILES, name), "rb") as f:
        return f.read()


def shown():
    return sorted(n for n in os.listdir(FILES) if not n.startswith("."))


def hidden():
    return sorted(os.listdir(HIDDEN)) if os.path.isdir(HIDDEN) else []


def problem(r, kind):
    same(r["content-type"], "application/problem+json")
    told = json.loads(r.body)
    same(told["type"], TYPES + kind)
    return told


# --- Resumable Uploads for HTTP ---

def broken_anywhere():
    lobby = Lobby()
    whole = bytes_of(1_600_000)
    for i, at in enumerate((0, 1, 1000, 65_536, 1_048_576, 1_500_000, len(whole) - 1)):
        name = "file%d" % i
        c, url = begin("/" + name, whole[:at], len(whole))
        if i % 2:
            reset(c.sock)
        else:
            c.close()
        n = offset(url)
        check(n <= at, "more than was sent:", n, at)
        if i == 3:
            seen = views(name)
            check(not any(seen.values()), "seen:", seen)
        same(shown(), ["file%d" % k for k in range(i)])
        # The rest may break off, too.
        half = n + (len(whole) - n) // 2
        c = Web()
        c.send(request(url, PART, "Upload-Offset: %d" % n, "Upload-Complete: ?1",
                       "Content-Length: %d" % (len(whole) - n), method="PATCH", body=whole[n:half]))
        c.sock.shutdown(socket.SHUT_WR)
        closed(c)
        n = offset(url)
        check(n <= half, "more than was sent:", n, half)
        r = patch(url, n, whole[n:], status=201)
        same(r["upload-complete"], "?1")
        check(content(name) == whole, name, "is another")
        lobby.told("guest", name, SIZE)
        r = ask("HEAD", url, status=204)
        same((r["upload-complete"], r["upload-offset"], r["upload-length"]),
             ("?1", str(len(whole)), str(len(whole))))
    same(hidden(), [])
    lobby.leave()


SIZE = "1.6 MB"


def in_parts():
    whole = bytes_of(10_000)
    r = ask("PUT", "/files/parts", "Upload-Complete: ?0", "Upload-Length: 10000", status=201)
    url = r["location"]
    same((r["upload-offset"], r["upload-complete"]), ("0", "?0"))
    for i in range(0, 10_000, 2500):
        same(offset(url), i)
        r = patch(url, i, whole[i:i + 2500], complete=False, status=204)
        same((r["upload-complete"], r["upload-offset"]), ("?0", str(i + 2500)))
    same(ask("HEAD", url)["upload-length"], "10000")
    same(shown(), [])
    r = patch(url, 10_000, b"", status=201)
    same(r["upload-complete"], "?1")
    check(content("parts") == whole, "another")
    problem(patch(url, 10_000, b"", status=400), "completed-upload")
    problem(patch(url, 10_000, b"x", status=400), "inconsistent-upload-length")
    # Of a file that is there, it is a replacement; in chunks, POST and without a length as well.
    r = ask("POST", "/files/parts", "Upload-Complete: ?0", body=b"one ", status=201)
    url = r["location"]
    check(ask("HEAD", url)["upload-length"] is None, "a length that nobody told")
    patch(url, 4, b"3\r\ntwo\r\n0\r\n\r\n", "Transfer-Encoding: chunked", status=204)
    same(content("parts"), b"one two")
    # Nothing at all is a file, too.
    ask("PUT", "/files/empty", "Upload-Complete: ?1", status=201)
    r = ask("PUT", "/files/empty2", "Upload-Complete: ?0", status=201)
    patch(r["location"], 0, b"", status=201)
    same((content("empty"), content("empty2")), (b"", b""))
    # Who gives it up.
    r = ask("PUT", "/files/never", "Upload-Complete: ?0", body=b"abc", status=201)
    ask("DELETE", r["location"], status=204)
    for method in ("HEAD", "DELETE"):
        ask(method, r["location"], status=404)
    patch(r["location"], 3, b"d", status=404)
    same((shown(), hidden()), (["empty", "empty2", "parts"], []))
    # HTTP/1.0 knows no interim responses.
    c = Web()
    c.send(request("/files/old", "Upload-Complete: ?1", "Content-Length: 3", method="PUT",
                   version="1.0", body=b"old"))
    same(c.response("PUT").status, 201)
    c.close()


def refused():
    url = ask("PUT", "/files/r", "Upload-Complete: ?0", body=b"abc", status=201)["location"]
    r = patch(url, 2, b"x", status=409)
    same((r["upload-offset"], r["upload-complete"]), ("3", "?0"))
    told = problem(r, "mismatching-upload-offset")
    same((told["expected-offset"], told["provided-offset"]), (3, 2))
    patch(url, 4, b"x", status=409)
    r = ask("PATCH", url, "Upload-Offset: 3", "Upload-Complete: ?1", body=b"x", status=415)
    same(r["accept-patch"], "application/partial-upload")
    for fields in ((), ("Upload-Offset: 3",), ("Upload-Complete: ?1",),
                   ("Upload-Offset: x", "Upload-Complete: ?1"),
                   ("Upload-Offset: 3", "Upload-Offset: 3", "Upload-Complete: ?1"),
                   ("Upload-Offset: 3", "Upload-Complete: 1"),
                   ("Upload-Offset: -3", "Upload-Complete: ?1"),
                   ("Upload-Offset: 3", "Upload-Complete: ?1", "Content-Range: bytes 3-3/4")):
        ask("PATCH", url, PART, *fields, body=b"x", status=400)
    same(ask("PUT", url, body=b"x").status, 405)
    for unknown in ("/-/uploads/" + 32 * "0", "/-/uploads/", "/-/uploads", url + "0", url + "/x"):
        ask("HEAD", unknown, status=404)
        ask("DELETE", unknown, status=404)
        patch(unknown, 3, b"x", status=404)
    same(offset(url), 3)
    # A field that means nothing is none: then it is the whole.
    ask("PUT", "/files/plain", "Upload-Complete: yes", body=b"plain", status=201)
    same(content("plain"), b"plain")
    for path, status in (("/files/", 409), ("/files/.hidden", 403), ("/files/none/x", 409)):
        ask("PUT", path, "Upload-Complete: ?0", body=b"x", status=status)
    ask("DELETE", url, status=204)


def whose():
    url = ask("PUT", "/files/a", "Upload-Complete: ?0", login("ann"), body=b"ann", status=201)["location"]
    same(offset(url, login("ann")), 3)
    for other, status in (((), 401), ((login("ben"),), 404)):
        ask("HEAD", url, *other, status=status)
        ask("DELETE", url, *other, status=status)
        patch(url, 3, b"x", *other, status=status)
        same(ask("HEAD", "/files/a?upload", *other, status=204)["upload-offset"], "0")
        ask("PUT", "/files/a", "Content-Range: bytes 3-3/4", *other, body=b"x", status=409)
    same(ask("HEAD", "/files/a?upload", login("ann"), status=204)["upload-offset"], "3")
    patch(url, 3, b"!", login("ann"), status=201)
    same(content("a"), b"ann!")
    url = ask("PUT", "/files/g", "Upload-Complete: ?0", body=b"gu", status=201)["location"]
    patch(url, 2, b"est", login("ben"), status=201) # who has the token
    same(content("g"), b"guest")


def lengths():
    problem(ask("PUT", "/files/l", "Upload-Complete: ?1", "Upload-Length: 4", body=b"abc", status=400),
            "inconsistent-upload-length")
    problem(ask("PUT", "/files/l", "Upload-Complete: ?0", "Upload-Length: 2", body=b"abc", status=400),
            "inconsistent-upload-length")
    url = ask("PUT", "/files/l", "Upload-Complete: ?0", "Upload-Length: 5", body=b"abc",
              status=201)["location"]
    problem(patch(url, 3, b"d", "Upload-Length: 6", complete=False, status=400),
            "inconsistent-upload-length")
    problem(patch(url, 3, b"d", status=400), "inconsistent-upload-length")
    same(offset(url), 3)
    # Fewer than promised, in chunks: what has come stays.
    problem(patch(url, 3, b"1\r\nd\r\n0\r\n\r\n", "Transfer-Encoding: chunked", status=400),
            "inconsistent-upload-length")
    same(offset(url), 4)
    # More than promised ends it.
    problem(patch(url, 4, b"2\r\nef\r\n0\r\n\r\n", "Transfer-Encoding: chunked", complete=False,
                  status=400), "inconsistent-upload-length")
    ask("HEAD", url, status=404)
    url = ask("PUT", "/files/l", "Upload-Complete: ?0", "Upload-Length: 5", body=b"abc",
              status=201)["location"]
    problem(patch(url, 3, b"def", complete=False, status=400), "inconsistent-upload-length")
    ask("HEAD", url, status=404)
    same((shown(), hidden()), ([], []))


def at_the_end():
    ask("PUT", "/files/e", "Upload-Complete: ?1", "If-None-Match: *", body=b"1", status=201)
    ask("PUT", "/files/e", "Upload-Complete: ?1", "If-None-Match: *", body=b"2", status=412)
    ask("PUT", "/files/e", "Upload-Complete: ?0", 'If-Match: "other"', body=b"2", status=412)
    url = ask("PUT", "/files/n", "Upload-Complete: ?0", "If-None-Match: *", body=b"ab",
              status=201)["location"]
    ask("PUT", "/files/n", login("ben"), body=b"first", status=201)
    patch(url, 2, b"c", status=412)
    same(content("n"), b"first")
    # Without that condition, it replaces, and says so.
    url = ask("PUT", "/files/n", "Upload-Complete: ?0", body=b"ab", status=201)["location"]
    patch(url, 2, b"c", status=204)
    same(content("n"), b"abc")
    os.mkdir(os.path.join(FILES, "d"))
    url = ask("PUT", "/files/d/x", "Upload-Complete: ?0", body=b"ab", status=201)["location"]
    os.rmdir(os.path.join(FILES, "d")) # nothing is in it
    patch(url, 2, b"c", status=409)
    os.mkdir(os.path.join(FILES, "d"))
    patch(url, 2, b"c", status=201)
    same(content("d/x"), b"abc")


def closed(c):
    """The daemon has ended the connection, without an answer."""
    with contextlib.suppress(ConnectionError):
        same(c.rest(), b"", "an answer")
    c.close()


def who():
    return subprocess.run([os.environ["ROOT"] + "/ctl/agentctl", "-c", os.environ["CONF"], "who"],
                          capture_output=True, text=True, check=True).stdout


def two_at_once():
    whole = bytes_of(300_000)
    c, url = begin("/t", whole[:1000], len(whole))
    until(lambda: any(os.path.getsize(os.path.join(HIDDEN, n)) == 1000 for n in hidden()), "1000 bytes")
    d = Web()
    d.send(request(url, PART, "Upload-Offset: 1000", "Upload-Complete: ?1",
                   "Content-Length: %d" % (len(whole) - 1000), method="PATCH", body=whole[1000:5000]))
    closed(c)
    until(lambda: any(os.path.getsize(os.path.join(HIDDEN, n)) == 5000 for n in hidden()), "5000 bytes")
    same(offset(url), 5000)
    closed(d)
    d = Web()
    d.send(request(url, PART, "Upload-Offset: 5000", "Upload-Complete: ?0",
                   "Content-Length: 100", method="PATCH", body=b"x"))
    patch(url, 7, b"wrong", status=409)
    n = offset(url)
    closed(d)
    check(n in (5000, 5001), n)
    d = Web()
    d.send(request(url, PART, "Upload-Offset: %d" % n, "Upload-Complete: ?0",
                   "Content-Length: 100", method="PATCH"))
    until(lambda: "/t" in who(), "it is under way")
    ask("DELETE", url, status=204)
    closed(d)
    same((shown(), hidden()), ([], []))


# --- Content-Range ---

def there(path, *fields):
    r = ask("HEAD", "/files%s?upload" % path, *fields, status=204)
    same((r["upload-complete"], r["cache-control"]), ("?0", "no-store"))
    return int(r["upload-offset"])


def broken_put(path, part, total, *fields):
    c = Web()
    c.send(request("/files" + path, "Content-Length: %d" % total, *fields, method="PUT", body=part))
    c.sock.shutdown(socket.SHUT_WR) # the bytes arrive, and then the end
    c.rest()
    c.close()


def put_range(path, value, body, *fields, status):
    return ask("PUT", "/files" + path, "Content-Range: bytes " + value, *fields, body=body, status=status)


def ranges():
    whole = bytes_of(2000)
    for at in (1, 1000, 1999):
        broken_put("/p", whole[:at], 2000)
        until(lambda n=at: there("/p") == n, "%d bytes are there" % at)
        same(shown(), [])
        wrong = at + 1 if at < 1999 else at - 1
        r = put_range("/p", "%d-1999/2000" % wrong, whole[wrong:], status=409)
        same(r["upload-offset"], str(at))
        problem(r, "mismatching-upload-offset")
        put_range("/p", "%d-1999/2000" % at, whole[at:], status=201)
        check(content("p") == whole, "another")
        same((there("/p"), hidden()), (0, []))
        ask("DELETE", "/files/p", status=204)
    # Piece by piece; the last one tells that it is.
    r = put_range("/q", "0-999/2000", whole[:1000], status=202)
    same((r["upload-offset"], r["upload-complete"]), ("1000", "?0"))
    put_range("/q", "1000-1499/*", whole[1000:1500], status=202)
    problem(put_range("/q", "1500-1999/2001", whole[1500:], status=400), "inconsistent-upload-length")
    put_range("/q", "1500-1999/*", whole[1500:], status=201)
    check(content("q") == whole, "another")
    # All of it is a plain PUT.
    put_range("/q", "0-3/4", b"all!", status=204)
    same(content("q"), b"all!")
    for value in ("0-3", "bytes 0-3/4", "0-4/4", "3-0/4", "-3/4", "*/4", "0-3/x", "0-2/4"):
        put_range("/q", value, b"four", status=400)
    put_range("/none", "5-9/10", b"fives", status=409)
    same(content("q"), b"all!")


def with_curl():
    whole = bytes_of(2000)
    local = os.path.join(os.environ["WORK"], "local")
    with open(local, "wb") as f:
        f.write(whole)

    def curl(name, *more):
        done = subprocess.run(["curl", "-sS", "-w", "%{http_code}", *more, "-T", local,
                               "http://127.0.0.1:%s/files/%s" % (PORTS["http"], name)],
                              capture_output=True, text=True, check=True)
        return done.stdout[-3:]
    broken_put("/c", whole[:700], 2000)
    until(lambda: there("/c") == 700, "700 bytes are there")
    same(curl("c", "-C", "700"), "201")
    got = content("c")
    check(got == whole, len(got), [i for i in range(min(len(got), 2000)) if got[i] != whole[i]][:1])
    check(content("c") == whole, "another")
    broken_put("/c", whole[:700], 2000)
    until(lambda: there("/c") == 700, "700 bytes are there")
    same(curl("c", "-C", "-"), "204") # it does not ask how much is there
    check(content("c") == whole and hidden() == [], "another")
    same(curl("c", "-C", "5"), "409")
    same(curl("d", "-H", "Upload-Complete: ?1"), "201")
    os.unlink(local)


def from_ftp():
    whole = bytes_of(200_000)
    for kind, kept in (("TYPE I", 150_000), ("TYPE A", 0)):
        c = Client()
        c.ask(kind, 200)
        data = c.passive()
        c.ask("STOR f", 150)
        data.sendall(whole[:150_000])
        if kept:
            until(lambda: stored(c) == 150_000, "all is taken")
        c.ask("ABOR", 426)
        c.want(226)
        data.close()
        same((there("/f"), shown()), (kept, []))
        c.close()
        if kept:
            put_range("/f", "150000-199999/200000", whole[150_000:], status=201)
            check(content("f") == whole, "another")
            ask("DELETE", "/files/f", status=204)
    same(hidden(), [])


def from_modez():
    """What of a deflated upload came out plain before it was cut is as good as any; of one that is
    spoilt nobody knows what was right."""
    whole = bytes_of(200_000)
    coded = zlib.compress(whole)
    for sent, code in ((coded[:150_000], 426), (coded[:-1], 426), (coded[:-1] + b"?", 451)):
        c = Client()
        c.ask("MODE Z", 200)
        data = c.passive()
        c.ask("STOR f", 150)
        data.sendall(sent)
        data.shutdown(socket.SHUT_WR)
        c.want(code)
        data.close()
        c.close()
        kept = there("/f")
        check(kept == 0 if code == 451 else 100_000 < kept <= len(whole), code, kept)
        if 0 < kept < len(whole):
            put_range("/f", "%d-199999/200000" % kept, whole[kept:], status=201)
            check(content("f") == whole, "another")
            ask("DELETE", "/files/f", status=204)
        same(shown(), [])


def stored(c):
    """Bytes of the nameless file that the daemon writes."""
    pid = os.environ["PID"]
    sizes = [0]
    for fd in os.listdir("/proc/%s/fd" % pid):
        with contextlib.suppress(OSError):
            if FILES in os.readlink("/proc/%s/fd/%s" % (pid, fd)):
                sizes.append(os.stat("/proc/%s/fd/%s" % (pid, fd)).st_size)
    return max(s for s in sizes if s <= 150_000)


# --- digests ---

def field(name, algorithm, data, key=None):
    digest = base64.b64encode(hashlib.new(algorithm, data).digest()).decode()
    return "%s: %s=:%s:" % (name, key or {"sha256": "sha-256", "sha512": "sha-512"}[algorithm], digest)


def digests():
    data, other = bytes_of(100_000), bytes_of(100_000, seed=2)
    md5 = "Content-MD5: " + base64.b64encode(hashlib.md5(data).digest()).decode()
    good = (field("Repr-Digest", "sha256", data), field("Repr-Digest", "sha512", data),
            field("Content-Digest", "sha256", data), md5,
            'Repr-Digest: unixsum=:AAA=:, crc32c=3;x=1, list=(1 "a");q, ' + field("R", "sha256", data)[3:],
            "Repr-Digest: unknown=:AAAA:")
    for i, one in enumerate(good):
        ask("PUT", "/files/good", one, body=data, status=204 if i else 201)
        check(content("good") == data, "another")
    ask("PUT", "/files/good", *good[:4], body=data, status=204)
    for complete in ((), ("Upload-Complete: ?1",)):
        for one in good[:5]:
            r = ask("PUT", "/files/bad", one, *complete, body=other, status=400)
            problem(r, "digest-mismatching-values")
            same((shown(), hidden()), (["good"], []))
    for broken in ("sha-256=:AAAA:", "sha-256=x", "sha-256", "=", "sha-256=:", ":" * 50):
        ask("PUT", "/files/bad", "Repr-Digest: " + broken, body=data, status=400)
        ask("PUT", "/files/bad", "Content-MD5: " + broken, body=data, status=400)
    # The first request tells what the whole shall be, the last one makes it so.
    for rest, status in ((data, 201), (other, 400)):
        url = ask("PUT", "/files/whole", "Upload-Complete: ?0", good[0], body=data[:500],
                  status=201)["location"]
        # A part that is broken on its way is taken back, and may be sent again.
        r = patch(url, 500, other[500:900], field("Content-Digest", "sha256", data[500:900]),
                  complete=False, status=400)
        problem(r, "digest-mismatching-values")
        same((r["upload-offset"], offset(url)), ("500", 500))
        patch(url, 500, rest[500:900], field("Content-Digest", "sha512", rest[500:900]), complete=False,
              status=204)
        patch(url, 900, rest[900:], status=status)
    same((content("whole") == data, hidden()), (True, []))
    ask("HEAD", url, status=404)
    # By Content-Range, the whole again.
    put_range("/range", "0-9/100000", data[:10], status=202)
    put_range("/range", "10-99999/100000", data[10:], good[0], status=201)
    put_range("/range", "0-9/100000", data[:10], status=202)
    put_range("/range", "10-99999/100000", other[10:], good[0], status=400)
    same((content("range") == data, hidden()), (True, []))


# --- bounds ---

def quota():
    me = login("ann") # may keep 100,000 bytes
    url = ask("PUT", "/files/q1", "Upload-Complete: ?0", me, body=bytes_of(60_000), status=201)["location"]
    # It counts: but it is the first to go.
    ask("PUT", "/files/q2", me, body=bytes_of(30_000), status=201)
    same(offset(url, me), 60_000)
    ask("PUT", "/files/q3", me, body=bytes_of(30_000), status=201)
    ask("HEAD", url, me, status=404)
    # One that is under way does not.
    c, url = begin("/q4", b"x" * 1000, 40_000, me)
    ask("PUT", "/files/q5", me, body=b"x", status=507)
    c.close()
    n = offset(url, me)
    ask("PUT", "/files/q7", me, "Upload-Complete: ?0", "Upload-Length: 80000", status=507)
    patch(url, n, b"x" * (40_000 - n), me, status=201)
    ask("PUT", "/files/q6", me, body=b"x", status=507)
    same(hidden(), [])


def bounds():
    urls = [ask("PUT", "/files/b%d" % i, "Upload-Complete: ?0", body=b"x", status=201)["location"]
            for i in range(12)]
    for url in urls[:2]:
        ask("HEAD", url, status=404)
    for url in urls[2:]:
        same(offset(url), 1)
    same(len(hidden()), 10)
    ask("PUT", "/files/b11", body=b"anew", status=201)
    ask("HEAD", urls[11], status=404)
    for url in urls[2:11]:
        ask("DELETE", url, status=204)
    same(hidden(), [])


def shared(link):
    check(link.startswith("/s/"), link)
    c = Web()
    c.send(request(link + "/a", "Upload-Complete: ?1", "Content-Length: 3", method="PUT", body=b"one"))
    same(c.response("PUT").status, 201) # and no 104
    c.close()
    same(content("pub/a"), b"one")
    ask("PUT", link + "/b", "Upload-Complete: ?0", body=b"x", status=501)
    for value, body in (("0-0/2", b"x"), ("1-1/2", b"y")):
        ask("PUT", link + "/b", "Content-Range: bytes " + value, body=body, status=501)
    c = Web()
    c.send(request(link + "/b", "Content-Length: 3", method="PUT", body=b"tw"))
    c.sock.shutdown(socket.SHUT_WR)
    c.rest()
    c.close()
    same((os.listdir(os.path.join(FILES, "pub")), hidden()), (["a"], []))


def options():
    for target in ("/files/", "/files/x", "/-/uploads/x"):
        r = ask("OPTIONS", target, status=200 if target.startswith("/files") else 204)
        same((r["accept-patch"], r["upload-limit"]), ("application/partial-upload", "max-age=86400"))
    same(ask("OPTIONS", "/", status=204)["accept-patch"], None)


# --- over time ---

WHOLE = bytes_of(1_500_000, seed=3)


def remember(path, tokens):
    with open(path, "w", encoding="ascii") as f:
        json.dump(tokens, f)


def recall(path):
    with open(path, encoding="ascii") as f:
        return json.load(f)


def leave_some(path):
    """Some that broke off: [name, URL or none, who], of which 1,000 bytes are there."""
    out = []
    for i, who in enumerate(((), (login("ben"),))):
        name = "s%d" % i
        url = ask("PUT", "/files/" + name, "Upload-Complete: ?0", *who, field("Repr-Digest", "sha256", WHOLE),
                  "Upload-Length: %d" % len(WHOLE), body=WHOLE[:1000], status=201)["location"]
        out.append((name, url, who))
        broken_put("/r%d" % i, WHOLE[:1000], len(WHOLE), *who)
        until(lambda n=i, w=who: there("/r%d" % n, *w) == 1000, "1000 bytes are there")
        out.append(("r%d" % i, None, who))
    remember(path, out)


def leave_as(who, path):
    url = ask("PUT", "/files/x", "Upload-Complete: ?0", login(who), body=b"x", status=201)["location"]
    remember(path, [("x", url, [login(who)])])


def until_killed(path):
    """Uploads that are under way, and have come far enough to survive that."""
    out, open_ = [], []
    for i, who in enumerate(((), (login("ben"),))):
        c, url = begin("/s%d" % i, WHOLE[:-1], len(WHOLE), *who)
        out.append(("s%d" % i, url, who))
        d = Web()
        d.send(request("/files/r%d" % i, "Content-Length: %d" % len(WHOLE), *who, method="PUT",
                       body=WHOLE[:-1]))
        out.append(("r%d" % i, None, who))
        open_ += [c, d]
    until(lambda: [os.path.getsize(os.path.join(HIDDEN, n)) for n in hidden()] == 4 * [len(WHOLE) - 1],
          "all has come")
    remember(path, out)
    with open(path + ".ready", "w", encoding="ascii") as f:
        f.write("now")
    for c in open_:
        with contextlib.suppress(ConnectionError):
            read_all(c.sock)
        c.close()


def go_on(path):
    same(shown(), [])
    for name, url, who in recall(path):
        n = offset(url, *who) if url else there("/" + name, *who)
        check(n >= 1000, name, n)
        if url:
            same(ask("HEAD", url, *who)["upload-length"], str(len(WHOLE)))
            patch(url, n, WHOLE[n:], *who, status=201)
        else:
            put_range("/" + name, "%d-%d/%d" % (n, len(WHOLE) - 1, len(WHOLE)), WHOLE[n:], *who, status=201)
        check(content(name) == WHOLE, name, "is another")
        ask("DELETE", "/files/" + name, *who, status=204)
    same(hidden(), [])


def all_gone(path):
    for name, url, who in recall(path):
        if url:
            ask("HEAD", url, *who, status=404)
        same(there("/" + name, *who), 0)
    hidden_empty()


def expired(path):
    until(lambda: hidden() == [], "nothing is left")
    all_gone(path)


def hidden_empty():
    until(lambda: hidden() == [], "nothing is left")


def off():
    c = Web()
    c.send(request("/files/o", "Upload-Complete: ?1", "Content-Length: 3", method="PUT", body=b"one"))
    same(c.response("PUT").status, 201) # and no 104
    c.close()
    ask("PUT", "/files/o", "Upload-Complete: ?0", body=b"x", status=501)
    put_range("/o", "0-0/2", b"x", status=501)
    same(content("o"), b"one")
    r = ask("OPTIONS", "/files/", status=200)
    same((r["accept-patch"], r["upload-limit"]), (None, None))
    broken_put("/o", b"tw", 3)
    same((there("/o"), hidden()), (0, []))


if __name__ == "__main__":
    sys.exit(run(globals()))
