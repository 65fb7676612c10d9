#!/usr/bin/env python3
"""http_site.py SCENARIO [ARGUMENT...]: what a browser may meet at the http door: names, files, pages,
conditions, ranges, large bodies, and clients that go away. The suite's folders come from SITE and
FILES, the daemon's pid from PID (see lib.bash)."""
import calendar
import email.utils
import hashlib
import html.parser
import os
import random
import re
import socket
import sys
import threading
import time
import urllib.parse

from ftp_client import FILES, PID, Wrong, bytes_of, check, reset, run, until
from http_client import Web, fetch, request

SITE = os.environ.get("SITE", "")
STATE = os.environ.get("STATE", "")
SECRET = b"the secret"


class Page(html.parser.HTMLParser):
    """Links and their text, tags with their attributes; a name is what a person would read."""

    def __init__(self, body):
        super().__init__(convert_charrefs=True)
        self.links, self.tags, self.inside, self.words = [], [], None, []
        self.feed(body.decode("utf-8"))
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "a":
            self.inside = len(self.links)
            self.links.append([dict(attrs)["href"], ""])

    def handle_endtag(self, tag):
        if tag == "a":
            self.inside = None

    def handle_data(self, data):
        self.words.append(data)
        if self.inside is not None:
            self.links[self.inside][1] += data


def page(r):
    """An answer that is a page of the daemon's own: nothing but its scripts runs in it, nothing comes from
    outside."""
    check(r["content-type"] == "text/html; charset=utf-8", r["content-type"])
    check("default-src 'none'" in (r["content-security-policy"] or ""), "no policy")
    check("unsafe" not in r["content-security-policy"], "a lax policy")
    p = Page(r.body)
    for tag, attributes in p.tags:
        check(tag not in ("iframe", "object", "base", "form"), "a tag:", tag, attributes)
        check(tag != "script" or (re.match(r"(\.\.)?/-/", attributes["src"]) and len(attributes) == 2),
              "a script:", attributes)
        check(tag != "img" or re.fullmatch(r"\./[A-Za-z0-9._~%-]+", attributes["src"]), "a picture:", attributes)
        check(not [a for a in attributes if a.startswith("on") or a == "style"], "an attribute:",
              attributes)
    return p


def put(folder, name, content):
    path = os.path.join(os.fsencode(folder), os.fsencode(name))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(content)
    return path


# --- names ---

NAMES = [
    "<script>alert(1)<", "\"><img src=x onerror=alert(1)>", "' onclick='x", "&amp;", "&lt;b&gt;",
    "javascript:alert(1)", "data:text,x", "http:", "a:b", "\\\\x", "up\\..\\x", "x%2f..", "%41", "%", "%zz",
    "a b", " lead", "trail ", "a+b", "a?b=c", "a#b", "a;b", "a&b=c", "~", "-la", "a,b",
    "\u5c0f\u660e.txt", "na\u00efve",
    "\U0001f600", "\u202efdp.exe", "tab\there", "line\nfeed", "cr\r\nlf: x", "esc\x1b[31m", "del\x7f",
    "\x01",
    "latin-\udce9", "half-\udce5\udcb0", "<td><table>", "{{NAME}}", "n" * 255, "\u5c0f" * 85,
]


def names():
    """The listing shows every name as text, and each link of it leads to the file."""
    folder = FILES + "/odd <&\"'> \u5c0f"
    for name in NAMES:
        put(folder, name, b"content of " + os.fsencode(name))
    put(folder, ".hidden", SECRET)
    put(folder, "sub <i>/x", b"")
    base = "/files/" + urllib.parse.quote(os.path.basename(folder), safe="") + "/"
    r = fetch(base)
    p = page(r)
    check(SECRET not in r.body and b".hidden" not in r.body, "hidden names are listed")
    check(r.body.count(b"<script") == 1 and b"<img src=x" not in r.body, "markup went through")
    found = {}
    for href, text in p.links:
        if href.startswith("./"):
            check(re.fullmatch(r"\./([A-Za-z0-9._~-]|%[0-9A-F]{2})+(/|\?view)?", href), "not all escaped:", href)
            if text != "":  # else it leads to the file itself
                found[href.removesuffix("?view")] = text
    wanted = {os.fsencode(n) for n in NAMES} | {b"sub <i>"}
    got = {urllib.parse.unquote_to_bytes(h[2:].rstrip("/")) for h in found}
    check(got == wanted, "names:", got ^ wanted)
    for href, text in found.items():
        raw = urllib.parse.unquote_to_bytes(href[2:])
        shown = raw.decode("utf-8", "replace")
        shown = re.sub("[\0-\x1f\x7f-\x9f]", "\ufffd", shown)
        if b"half" not in raw:  # how many signs stand for bytes that are none is not laid down
            check(text == shown, "shown as", repr(text), "and not", repr(shown))
        target = urllib.parse.urljoin(base, href)
        r = fetch(target)
        if raw.endswith(b"/"):
            page(r)
        else:
            check(r.body == b"content of " + raw, target, r.body[:50])
            view = page(fetch(target + "?view"))
            check(text in view.words and href in [h for h, _ in view.links], "the page around", target)
    # The way back up: each crumb and ../ is a page.
    ups = [h for h, _ in p.links if not h.startswith(("./", "?"))]
    check("../" in ups and "/files/" in ups and base in ups, ups)
    for href in ups:
        page(fetch(urllib.parse.urljoin(base, href)))
    # The same letters, escaped or not, in large and small hexadecimal.
    put(SITE, "a b/\u5c0f.txt", b"x")
    for target in ("/a%20b/%e5%b0%8f.txt", "/%61%20b/%E5%b0%8F.txt", "/a%20b/\u5c0f.txt",
                   "/a%20b/./%E5%B0%8F.txt",
                   "//a%20b///%E5%B0%8F.txt", "/a%20b/%2e/%E5%B0%8F.txt", "/a%20b/%E5%B0%8F.txt?x=/../"):
        check(fetch(target).body == b"x", target)
    fetch("/a+b/%E5%B0%8F.txt", status=404)


def many_names():
    """A folder of 5,000 names, larger than what is made at once: all there, in order, once; to a client
    that reads late as well, and to HTTP/1.0."""
    os.makedirs(FILES + "/many", exist_ok=True)
    wanted = ["%05d-%s" % (i, "n" * (i % 40)) for i in range(5000)]
    for name in wanted:
        put(FILES + "/many", name, b"")
    slow = Web(receive=4096)
    slow.send(request("/files/many/"))
    old = Web()
    r10 = old.get("/files/many/", version="1.0")
    check(r10["transfer-encoding"] is None and r10["connection"] == "close", "HTTP/1.0 knows no chunks")
    late = slow.response()
    check(late["transfer-encoding"] == "chunked", late.headers)
    got = [h[2:] for h, text in Page(r10.body).links if h.startswith("./") and text != ""]
    got = [h.removesuffix("?view") for h in got]
    check(got == wanted, len(got), "names")
    check(late.body == r10.body, "the same to both")
    check(slow.get("/files/").status == 200, "the connection goes on")
    gone = Web(receive=4096)
    gone.send(request("/files/many/"))
    gone.head()
    reset(gone.sock)


# --- what must not be reached ---

def traversal():
    put(os.path.dirname(STATE), "secret.txt", SECRET)
    put(STATE, "secret.txt", SECRET)
    put(SITE, "sub/in.txt", b"in")
    put(FILES, "sub/in.txt", b"in")
    ups = ["..", "%2e%2e", "%2E.", ".%2e", "..%2f", "..%5c", "..\\", "%2e%2e%2f", "%2e%2e/", "..;",
           "..%00", "%252e%252e",
           "..%c0%af", "%c0%ae%c0%ae", "..%ef%bc%8f", ".../", "....", "./..", "..//", "%2e%2e%5c"]
    for start in ("", "/sub", "/files", "/files/sub", "/-", "/chat", "/status", "//", "/."):
        for up in ups:
            for times in (1, 2, 3, 8):
                for name in ("secret.txt", "agentd.conf", "agentd.log", "etc/passwd", "www/sub/in.txt"):
                    yield start + "/" + "/".join([up] * times) + "/" + name
        for name in ("secret.txt", STATE + "/secret.txt", "/etc/passwd", "%2fetc%2fpasswd",
                     "file:///etc/passwd"):
            yield start + "/" + name
    yield "http://a/../secret.txt"
    yield "http://a" + STATE + "/secret.txt"


def outside():
    """No way up: all refused, on one connection, which stays."""
    c, n = Web(), 0
    for target in traversal():
        r = c.get(target)
        check(r.status in (400, 404), target, "gave", r.status)
        check(SECRET not in r.body and b"root:" not in r.body, target)
        n += 1
    check(n > 3000, n)
    check(fetch("/sub/in.txt").body == b"in" and fetch("/files/sub/in.txt").body == b"in",
          "what may be reached")
    c.close()


def links():
    """Symbolic links that stay within are followed, those that lead out are not there."""
    out = os.path.dirname(STATE) + "/outside"
    put(out, "secret.txt", SECRET)
    put(out, "index.html", SECRET)
    for folder, url in ((SITE, ""), (FILES, "/files")):
        put(folder, "l/real.txt", b"real")
        for name, to in (("file", "../../../outside/secret.txt"), ("dir", "../../../outside"), ("abs", out),
                         ("absfile", out + "/secret.txt"), ("passwd", "/etc/passwd"),
                         ("proc", "/proc/self/root"),
                         ("fd", "/proc/self/fd/0"), ("loop", "loop"), ("up", "../.."), ("nothing", "none"),
                         ("via", "dir/secret.txt"), ("good", "real.txt"), ("gooddir", "../l"),
                         ("dots", "../l/../l/real.txt"),
                         ("absin", folder + "/l/real.txt")):
            if not os.path.islink(folder + "/l/" + name):
                os.symlink(to, folder + "/l/" + name)
        for name in ("file", "dir", "dir/", "dir/secret.txt", "dir/index.html", "abs", "abs/",
                     "abs/secret.txt", "absfile",
                     "passwd", "proc", "proc/etc/passwd", "fd", "loop", "up", "up/", "up/agentd.log",
                     "nothing", "via"):
            r = fetch(url + "/l/" + name, status=404)
            check(SECRET not in r.body, name)
        for name in ("good", "gooddir/real.txt", "gooddir/gooddir/good", "dots"):
            check(fetch(url + "/l/" + name).body == b"real", name)
    # index.html that leads out is not there either.
    os.makedirs(SITE + "/badindex", exist_ok=True)
    if not os.path.islink(SITE + "/badindex/index.html"):
        os.symlink("../../../outside/index.html", SITE + "/badindex/index.html")
    check(SECRET not in fetch("/badindex/").body, "index.html leads out")


def hidden():
    """Names with a dot first, uploads under way among them, are not there; what is no file neither,
    and nobody waits for it."""
    for folder, url in ((SITE, ""), (FILES, "/files")):
        for name in (".hidden", ".git/config", "h/.htpasswd", "h/.agentd-1-1", "h/..x", "h/...",
                     ".well-known/x"):
            put(folder, name, SECRET)
            for target in (name, name.replace(".", "%2e", 1), name + "?", "./" + name, name + "/"):
                r = fetch(url + "/" + target, status=400 if target.startswith("../") else 404)
                check(SECRET not in r.body, target)
        check(b"htpasswd" not in fetch(url + "/h/").body, "listed")
        fetch(url + "/.git", status=404)
        fetch(url + "/.git/", status=404)
        for make, name in ((os.mkfifo, "fifo"), (bound, "socket")):
            if not os.path.lexists(folder + "/" + name):
                make(folder + "/" + name)
            fetch(url + "/" + name, status=404)


def bound(path):
    s = socket.socket(socket.AF_UNIX)
    here = os.open(os.path.dirname(path), os.O_RDONLY)
    try:  # a short name for a path that may be long
        s.bind("/proc/self/fd/%d/%s" % (here, os.path.basename(path)))
    finally:
        os.close(here)
        s.close()


# --- types and fields ---

def types():
    for name, wanted in (("a.html", "text/html; charset=utf-8"), ("a.HTM", "text/html; charset=utf-8"),
                         ("a.css", "text/css; charset=utf-8"), ("a.js", "text/javascript; charset=utf-8"),
                         ("a.txt", "text/plain; charset=utf-8"), ("a.json", "application/json"),
                         ("a.png", "image/png"), ("a.JPG", "image/jpeg"), ("a.jpeg", "image/jpeg"),
                         ("a.gif", "image/gif"),
                         ("a.svg", "image/svg+xml"), ("a.webp", "image/webp"), ("a.ico", "image/x-icon"),
                         ("a.pdf", "application/pdf"), ("a.mp4", "video/mp4"),
                         ("a.tar.gz", "application/gzip"),
                         ("a.wasm", "application/wasm"), ("a.zip", "application/zip"),
                         ("a.woff2", "font/woff2"),
                         ("plain", "application/octet-stream"), ("a.unknown", "application/octet-stream"),
                         ("a.", "application/octet-stream"), ("png", "application/octet-stream"),
                         ("d.png/x", "application/octet-stream")):
        for folder, url in ((SITE, "/types/"), (FILES, "/files/types/")):
            put(folder, "types/" + name, b"x")
            r = fetch(url + name)
            there = folder == FILES
            script = wanted.startswith("text/javascript")  # the store's are none that a page could run
            check(r["content-type"] == ("text/plain; charset=utf-8" if there and script else wanted), name,
                  r["content-type"])
            # An upload must not run as a page of this server; the site's own pages may.
            active = wanted.startswith(("text/html", "text/javascript", "image/svg", "application/wasm"))
            check((r["content-disposition"] == "attachment") == (there and active), name,
                  r["content-disposition"])
            policy = r["content-security-policy"] or ""
            check(("default-src 'none'" in policy) == there and "script" not in policy, name, policy)
            # A browser's viewer of PDF does not run in a sandbox.
            check(("sandbox" in policy) == (there and name != "a.pdf"), name, policy)
            check(there or r["content-security-policy"] is None, name)


def head_as_get():
    """HEAD has the fields of GET, and nothing behind them."""
    put(SITE, "head/big.bin", bytes(200000))
    put(SITE, "head/small.txt", b"x")
    put(SITE, "head/empty.txt", b"")
    c = Web()
    for target in ("/", "/head/big.bin", "/head/small.txt", "/head/empty.txt", "/head/", "/head", "/none",
                   "/%00", "/files/", "/files",
                   "/chat/", "/chat", "/status", "/-/style.css", "/-/none"):
        for fields in ((), ("If-None-Match: *",), ("If-Match: \"x\"",)):
            get, head = c.get(target, *fields), c.get(target, *fields, method="HEAD")
            check(get.status == head.status, target, get.status, head.status)
            # The date goes on; the status page counts its own requests.
            same = [[(n, v) for n, v in r.headers if n != "date" and (n, target) != ("content-length",
                                                                                     "/status")]
                    for r in (get, head)]
            check(same[0] == same[1], target, same)
    c.close()


def pages():
    """With no index.html, / is a page that leads to files, chat and status; with one, it is that."""
    home = page(fetch("/"))
    links = [h for h, _ in home.links]
    for wanted in ("/files/", "/chat/", "/status"):
        check(wanted in links, wanted, "is not among", links)
    for href in links:
        if href.startswith("/"):
            page(fetch(href))
    check([h for h in links if h.startswith("irc://")] and [h for h in links if h.startswith("ftp://")],
          links)
    linked = {a["rel"]: fetch(a["href"])["content-type"] for t, a in home.tags if t == "link"}
    check(linked == {"icon": "image/svg+xml", "stylesheet": "text/css; charset=utf-8"}, linked)
    text = "".join(page(fetch("/status")).words)
    for word in ("Version", "Running for", "Connections"):
        check(word in text, word, "is not in", text)
    check("#lobby" in "".join(page(fetch("/chat/")).words), "the lobby")
    check(fetch("/chat", status=301)["location"] == "/chat/", "/chat")
    check(fetch("/files", status=301)["location"] == "/files/", "/files")
    for target in ("/chat/x", "/status/x", "/-/x", "/-", "/chatx", "/filesx"):
        fetch(target, status=404)
    # What Host says is shown as text.
    c = Web()
    c.send(b"GET / HTTP/1.1\r\nHost: a&b'c:80\r\n\r\n")
    hosts = [h for h, _ in page(c.response()).links if h.startswith("ftp://")]
    check(hosts and hosts[0].startswith("ftp://a&b'c:"), hosts)
    # Where the store is not shown, no page leads to it.
    check(b"/files/" not in fetch("/", door="http_pictures").body, "a way to /files/, which is not there")
    fetch("/", door="http_closed", status=403)
    index = put(SITE, "index.html", b"<h1>mine</h1>")
    until(lambda: fetch("/").body == b"<h1>mine</h1>", "index.html takes the place of the home page")
    os.unlink(index)
    until(lambda: fetch("/").body != b"<h1>mine</h1>", "and gives it back")


def folders():
    put(SITE, "with/index.html", b"<p>index")
    put(SITE, "without/x", b"x")
    put(SITE, "a b \u5c0f?/x", b"x")
    put(SITE, "odd/index.html/x", b"x")
    put(SITE, "files/x", SECRET)
    check(fetch("/with/").body == b"<p>index", "index.html")
    check(fetch("/with", status=301)["location"] == "/with/", "the slash")
    check(fetch("//with", status=301)["location"] == "/with/", "no other host")
    check(fetch("/a%20b%20%E5%B0%8F%3f", status=301)["location"] == "/a%20b%20%E5%B0%8F%3F/", "escaped")
    check("x" in [t for _, t in page(fetch("/without/")).links], "a listing")
    check("index.html/" in [t for _, t in page(fetch("/odd/")).links], "index.html is a folder")
    fetch("/with/index.html/", status=404)
    fetch("/with/index.html/x", status=404)
    fetch("/files/x", status=404)  # the store is there, not the site's folder of that name
    # Without listing, and without a store.
    put(os.path.dirname(SITE) + "/closed", "d/x", b"x")
    fetch("/d/", door="http_closed", status=403)
    check(fetch("/d/x", door="http_closed").body == b"x", "a file")
    put(FILES, "shared.txt", b"shared")
    check(fetch("/files/shared.txt").body == b"shared", "read")
    check(fetch("/files/shared.txt", door="http_write").body == b"shared", "write reads, too")
    for target in ("/files/", "/files/shared.txt", "/files", "/chat/", "/status"):
        fetch(target, door="http_pictures", status=404)
    check(fetch("/files/shared.txt", method="PATCH", status=405, door="http_write")["allow"] ==
          "GET, HEAD, OPTIONS, POST, PUT, DELETE, MKCOL, MOVE, COPY, PROPFIND, PROPPATCH, "
          "LOCK, UNLOCK", "PATCH")
    for method in ("POST", "PUT", "DELETE", "MKCOL", "MOVE"):
        fetch("/files/shared.txt", method=method, status=403)
    check(open(FILES + "/shared.txt", "rb").read() == b"shared", "it was changed")


def long_redirect():
    """A folder with a path as long as may be: the slash is added all the same."""
    for part in ("d" * 255, "\u5c0f" * 85):
        path = ""
        for _ in range(4):
            path += "/" + part
            os.makedirs(SITE + path, exist_ok=True)
            url = urllib.parse.quote(path)
            check(fetch(url + "/").status == 200, "the folder")
            check(fetch(url, status=301)["location"] == url + "/", "Location")


# --- conditions and ranges ---

def dates(t):
    """The three forms of a date, RFC 9110, 5.6.7."""
    g = time.gmtime(t)
    day, month = email.utils.formatdate(t, usegmt=True)[:3], email.utils.formatdate(t, usegmt=True)[8:11]
    weekday = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"][g.tm_wday]
    return [email.utils.formatdate(t, usegmt=True),
            "%s, %02d-%s-%02d %02d:%02d:%02d GMT" % (weekday, g.tm_mday, month, g.tm_year % 100,
                                                     g.tm_hour, g.tm_min, g.tm_sec),
            "%s %s %2d %02d:%02d:%02d %d" % (day, month, g.tm_mday, g.tm_hour, g.tm_min, g.tm_sec,
                                             g.tm_year)]


def conditions():
    t = calendar.timegm((2001, 2, 3, 4, 5, 6))
    path = put(SITE, "cond.txt", b"content")
    os.utime(path, (t, t))
    put(SITE, "other.txt", b"content")
    r = fetch("/cond.txt")
    etag, modified = r["etag"], r["last-modified"]
    check(modified == "Sat, 03 Feb 2001 04:05:06 GMT", modified)
    check(re.fullmatch(r'"[\x21\x23-\x7e]+"', etag), "no strong validator:", etag)
    check(fetch("/other.txt")["etag"] != etag, "two files, one tag")
    same, before, after = dates(t), dates(t - 1), dates(t + 86400)
    yes, no = 200, 304
    rows = [
        (yes, "If-None-Match: \"other\""), (no, "If-None-Match: " + etag),
        (no, "If-None-Match: W/" + etag), (no, "If-None-Match: *"),
        (no, "If-None-Match: \"a\", W/\"b\" ,," + etag), (no, "If-None-Match: \"a,b\"," + etag + ", \"c\""),
        (yes, "If-None-Match: \"a\", W/\"b\""), (yes, "If-None-Match: " + etag[:-2] + "\""),
        (yes, "If-None-Match: " + etag.strip('"')),
        (yes, "If-None-Match: \"*\""), (yes, "If-None-Match:"),
        (no, "If-None-Match: \"a\"\r\nIf-None-Match: " + etag),
        (yes, "If-Modified-Since: yesterday"), (yes, "If-Modified-Since:"), (yes, "If-Modified-Since: 0"),
        # The tag alone counts where there is one.
        (yes, "If-None-Match: \"other\"\r\nIf-Modified-Since: " + after[0]),
        (no, "If-None-Match: " + etag + "\r\nIf-Modified-Since: " + before[0]),
        (yes, "If-Match: " + etag), (yes, "If-Match: *"), (412, "If-Match: \"other\""),
        (412, "If-Match: W/" + etag),
        (412, "If-Match: \"other\"\r\nIf-None-Match: " + etag),
        (no, "If-Match: *\r\nIf-None-Match: " + etag),
        (yes, "If-Unmodified-Since: soon"), (yes,
                                             "If-Match: " + etag + "\r\nIf-Unmodified-Since: " + before[0]),
        (412, "If-Match: \"other\"\r\nIf-Unmodified-Since: " + after[0]),
        (412, "If-Match: \"other\"\r\nRange: bytes=0-0"), (no, "If-None-Match: *\r\nRange: bytes=0-0"),
    ]
    for form in range(3):
        rows += [(no, "If-Modified-Since: " + same[form]), (yes, "If-Modified-Since: " + before[form]),
                 (no, "If-Modified-Since: " + after[form]), (yes, "If-Unmodified-Since: " + same[form]),
                 (412, "If-Unmodified-Since: " + before[form]),
                 (yes, "If-Unmodified-Since: " + after[form])]
    c = Web()
    for status, fields in rows:
        for method in ("GET", "HEAD"):
            r = c.get("/cond.txt", fields, method=method)
            wanted = 200 if (method, status) == ("HEAD", 206) else status
            check(r.status == wanted, method, fields, r.status)
            check(status == 412 or (r["etag"] == etag and r["last-modified"] == modified), fields,
                  r.headers)
            check(r.body == (b"content" if status == 200 and method == "GET" else b""), fields, r.body)
    # What is not there has no condition; a change makes a new tag within a moment.
    check(c.get("/none", "If-None-Match: *").status == 404, "404 comes first")
    put(SITE, "cond.txt", b"changed")
    os.utime(path, (t, t + 1))
    until(lambda: fetch("/cond.txt")["etag"] != etag, "a new tag")
    check(fetch("/cond.txt", "If-None-Match: " + etag).body == b"changed", "the new content")
    c.close()


def ranges():
    content = bytes_of(100000)
    small = content[:1000]
    put(SITE, "range.bin", content)
    put(SITE, "range.small", small)
    put(SITE, "range.empty", b"")
    for name in ("range.bin", "range.small"):  # a date names one state when its second is over
        os.utime(os.path.join(SITE, name), (10 ** 9, 10 ** 9))
    c = Web()
    for target, data in (("/range.bin", content), ("/range.small", small)):
        n = len(data)
        r = c.get(target)
        check(r["accept-ranges"] == "bytes" and r.body == data, target)
        etag, modified = r["etag"], r["last-modified"]
        for spec, a, b in (("0-0", 0, 1), ("0-499", 0, 500), ("500-999", 500, 1000), ("-1", n - 1, n),
                           ("-500", n - 500, n),
                           ("500-", 500, n), ("%d-" % (n - 1), n - 1, n), ("0-%d" % (n - 1), 0, n),
                           ("0-%d" % n, 0, n), ("0-", 0, n),
                           ("-%d" % n, 0, n), ("-%d" % (n + 1), 0, n), ("7-18446744073709551614", 7, n),
                           ("007-0008", 7, 9),
                           ("-9223372036854775807", 0, n)):
            r = c.get(target, "Range: bytes=" + spec)
            check(r.status == 206 and r.body == data[a:b], spec, r.status, len(r.body))
            check(r["content-range"] == "bytes %d-%d/%d" % (a, b - 1, n), spec, r["content-range"])
            check(r["etag"] == etag and r["last-modified"] == modified, spec, "validators")
        for spec in ("%d-" % n, "%d-%d" % (n, n + 5), "-0", "9223372036854775807-",
                     "18446744073709551615-"):
            r = c.get(target, "Range: bytes=" + spec)
            check(r.status == 416 and r["content-range"] == "bytes */%d" % n, spec, r.status,
                  r["content-range"])
        # Not understood, or too many: all of it. (Several: http_coding.py.)
        for field in ("bytes=5-4", "bytes=", "bytes=-", "bytes=a-b", "bytes=1-2-3", "bytes 0-1",
                      "items=0-1", "bytes=0x0-1", "bytes=+0-1", "bytes=--1", "bytes=18446744073709551616-",
                      "bytes=" + ",".join("%d-%d" % (i, i + 1) for i in range(900)), "0-1", "none", ""):
            r = c.get(target, "Range: " + field)
            check(r.status == 200 and r.body == data and r["content-range"] is None, field[:40], r.status)
        for condition, part in ((etag, True), ("\"other\"", False), ("W/" + etag, False),
                                (modified, True), ("*", False), ("", False),
                                (email.utils.formatdate(0, usegmt=True), False),
                                (email.utils.formatdate(2 ** 31, usegmt=True), False)):
            r = c.get(target, "Range: bytes=1-2", "If-Range: " + condition)
            check(r.status == (206 if part else 200), "If-Range", condition, r.status)
            check(r.body == (data[1:3] if part else data), "If-Range", condition)
        r = c.get(target, "If-Range: \"x\"", "Range: bytes=%d-" % n)
        check(r.status == 200, "a range that does not apply is not wrong")
        check(c.get(target, "Range: bytes=1-2", method="HEAD").status == 200, "Range is for GET")
    r = c.get("/range.empty")
    check(r.status == 200 and r["content-length"] == "0", "an empty file")
    for spec in ("0-", "0-0", "-5"):
        r = c.get("/range.empty", "Range: bytes=" + spec)
        check(r.status == 416 and r["content-range"] == "bytes */0", spec, r.status)
    c.close()


# --- large bodies ---

def sum_of(c, n):
    """The checksum of n bytes of a body, and nothing kept."""
    digest = hashlib.sha256(c.buffer)
    n -= len(c.buffer)
    c.buffer = b""
    while n > 0:
        data = c.sock.recv(min(n, 1 << 20))
        if not data:
            raise EOFError("%d bytes are missing" % n)
        digest.update(data)
        n -= len(data)
    return digest.hexdigest()


def big_file(name, size):
    """Sparse, with something here and there."""
    path = put(SITE, name, b"")
    with open(path, "r+b") as f:
        f.truncate(size)
        for i in range(64):
            f.seek(random.Random(i).randrange(size - 1000))
            f.write(bytes_of(1000, i))
    digest = hashlib.sha256()
    with open(path, "rb") as f:
        for data in iter(lambda: f.read(1 << 20), b""):
            digest.update(data)
    return digest.hexdigest()


def large():
    """64 MiB: to a client that reads, and to one that does not for a while; others are served."""
    size = 64 << 20
    wanted = big_file("large.bin", size)
    slow = Web(receive=4096)
    slow.send(request("/large.bin") + request("/large.bin", method="HEAD"))
    check(slow.head()["content-length"] == str(size), "Content-Length")
    quick = Web()
    quick.send(request("/large.bin") + request("/large.bin", "Range: bytes=%d-" % (size - 10)))
    check(quick.head()["content-length"] == str(size), "Content-Length")
    check(sum_of(quick, size) == wanted, "not what was there")
    check(quick.response().status == 206, "the next request")
    for _ in range(50):
        check(fetch("/status").status == 200, "others")
    slow.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    check(sum_of(slow, size) == wanted, "not what was there, read late")
    check(slow.response("HEAD")["content-length"] == str(size), "the next request")


def truncated():
    """A file that becomes shorter while it is sent: the answer ends too early, and visibly so."""
    size = 32 << 20
    content = bytes_of(1 << 20) * 32
    path = put(SITE, "truncated.bin", content)
    readers = [Web(receive=4096) for _ in range(5)]
    for c in readers:
        c.send(request("/truncated.bin"))
        check(c.head()["content-length"] == str(size), "Content-Length")
    os.truncate(path, 0)
    for c in readers:
        got = bytearray(c.buffer)
        try:
            for data in iter(lambda c=c: c.sock.recv(1 << 20), b""):
                got += data
        except ConnectionResetError:
            pass
        check(len(got) < size, "all of it came")
        check(content.startswith(got), "what came was never in the file")
    def as_it_is():
        try:
            return fetch("/truncated.bin").body == b""
        except EOFError:  # it is still believed to be as it was, for a second
            return False
    until(as_it_is, "served as it is now")


def replaced():
    """Each download is one version, whole, whatever happens to the name meanwhile."""
    versions = {}

    def replace(i):
        body = bytes([65 + i % 26]) * (3 << 20) + b"%d" % i
        path = put(SITE, "new", body)
        versions[hashlib.sha256(body).digest()] = i
        os.rename(path, SITE + "/replaced.bin")
    replace(0)
    slow = Web(receive=4096)
    slow.send(request("/replaced.bin"))
    length = int(slow.head()["content-length"])
    wrong, ended = [], threading.Event()

    def read():
        try:
            c = Web()
            while not ended.is_set():
                body = c.get("/replaced.bin").body
                if hashlib.sha256(body).digest() not in versions:
                    raise Wrong("a mixture of %d bytes" % len(body))
        except (Wrong, OSError, EOFError) as e:
            wrong.append(e)
    readers = [threading.Thread(target=read) for _ in range(3)]
    for t in readers:
        t.start()
    try:
        for i in range(1, 60):
            replace(i)
            fetch("/status")
        until(lambda: versions[hashlib.sha256(fetch("/replaced.bin").body).digest()] == 59,
              "the last version")
    finally:
        ended.set()
        for t in readers:
            t.join()
    check(not wrong, wrong)
    check(slow.take(length) == b"A" * (3 << 20) + b"0", "the one that began with the first version")


# --- clients ---

def parallel():
    """200 connections that stay, all answered, again and again."""
    put(SITE, "par.txt", b"par")
    clients = [Web() for _ in range(200)]
    for i in range(5):
        for c in clients:
            c.send(request("/par.txt?%d" % i))
        for c in clients:
            r = c.response()
            check(r.status == 200 and r.body == b"par" and r["connection"] is None, r.status, r.headers)
    for c in clients:
        c.close()


def leavers():
    """Clients that go in the middle of anything: nothing is left of them."""
    put(SITE, "leave.bin", bytes(8 << 20))
    put(SITE, "leave.txt", b"x")
    fetch("/leave.txt")

    def descriptors():
        return len(os.listdir("/proc/%d/fd" % PID))

    def at_rest():
        until(lambda: descriptors() <= before, "descriptors are given back: %d, were %d" % (descriptors(),
                                                                                            before))
    before = descriptors()
    for end in (Web.close, lambda c: reset(c.sock)):
        clients = []
        for text in (b"", b"GET", request("/leave.txt")[:-2], request("/leave.bin"),
                     request("/leave.bin") * 20,
                     request("/files/"), request("/leave.txt", "Content-Length: 100", method="POST"),
                     request("/leave.txt", "Transfer-Encoding: chunked", method="POST", body=b"5\r\nab"),
                     request("/leave.txt") * 2000, b"\xff" * 100000):
            for receive in (None, 4096):
                c = Web(receive=receive)
                c.send(text)
                clients.append(c)
        fetch("/leave.txt")
        for c in clients:
            end(c)
        check(fetch("/leave.txt").body == b"x", "others")
    # Half an answer was read.
    for end in (Web.close, lambda c: reset(c.sock), lambda c: c.sock.shutdown(socket.SHUT_RD) or c.close()):
        for _ in range(10):
            c = Web()
            c.send(request("/leave.bin"))
            c.take(100000)
            end(c)
    until(lambda: logged("GET /leave.bin HTTP/1.1", lambda line: int(line.split()[9]) < 8 << 20),
          "how much went is logged")
    # What is cached of the file goes, too.
    at_rest()


# --- the access log ---

def lines_of_log():
    with open(STATE + "/access.log", "rb") as f:
        return f.read().split(b"\n")[:-1]


def logged(part, also=lambda line: True):
    return [line for line in lines_of_log() if part.encode() in line and also(line)]


def access_log():
    """The combined format; nothing that a client sends makes another line or reaches a terminal."""
    content = b"0123456789"
    put(SITE, "log.txt", content)
    put(SITE, "log.bin", bytes(100000))
    fetch("/log.txt?first")
    until(lambda: logged("?first"), "the first line")
    before = len(lines_of_log())
    c = Web()
    c.get("/log.txt?one", "User-Agent: Agent/1.0 (X; \"Y\" \\ Z)", "Referer: http://ref/\u5c0f?a=b")
    c.get("/log.txt?two", "Range: bytes=2-4")
    c.get("/log.txt?three", method="HEAD")
    c.get("/log.txt?four", "If-None-Match: *")
    c.get("/log.bin?five")
    c.get("/\"quote\\\u5c0f\u202e%0a%1b", "User-Agent: a\tb\u009b31m")
    c.send(b"GET /bytes\xff\xc3\x28 HTTP/1.1\r\nHost: a\r\nUser-Agent: \xe9\r\n\r\n")
    c.response()
    c.get("/files/?six")
    c.send(b"GET /ctl\x1b[31m\0 HTTP/1.1\r\nHost: a\r\n\r\n")
    check(c.response().status == 400, "a control byte")
    c.at_end()
    for bad in (b"GET /cr\rx HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\n\n", b"GET /" + b"z" * 9000):
        c = Web()
        c.send(bad)
        c.response()
        c.at_end()
    fetch("/log.txt?last")
    until(lambda: logged("?last"), "the last line")
    time_of = rb"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]"
    for line in lines_of_log():
        check(re.fullmatch(rb'127\.0\.0\.1 - - ' + time_of + rb' "[^"]*" \d{3} \d+ "[^"]*" "[^"]*"',
                           line), "not combined:", line)
        check(not re.search(rb"[\x00-\x1f\x7f]", line), "a control byte:", line)
        line.decode("utf-8")

    def tail(part):
        found = [line for line in lines_of_log()[before:] if part.encode() in line]
        check(len(found) == 1, part, found)
        return found[0].decode("utf-8").split("] ", 1)[1]
    wanted = {
        "?one": r'"GET /log.txt?one HTTP/1.1" 200 10 "http://ref/小?a=b" "Agent/1.0 (X; \x22Y\x22 \x5C Z)"',
        "?two": '"GET /log.txt?two HTTP/1.1" 206 3 "-" "-"',
        "?three": '"HEAD /log.txt?three HTTP/1.1" 200 0 "-" "-"',
        "?four": '"GET /log.txt?four HTTP/1.1" 304 0 "-" "-"',
        "?five": '"GET /log.bin?five HTTP/1.1" 200 100000 "-" "-"',
    }
    for part, line in wanted.items():
        check(tail(part) == line, tail(part), "instead of", line)
    for part in ("quote", "/bytes", "/ctl", "/cr"):
        line = tail(part)
        check("\\x" in line and "\u202e" not in line and "\u009b" not in line, line)
    check(re.search(r'"GET /files/\?six HTTP/1.1" 200 [1-9]\d+ "-" "-"', tail("?six")), tail("?six"))


if __name__ == "__main__":
    sys.exit(run(globals()))
