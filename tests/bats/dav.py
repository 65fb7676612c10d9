"""dav.py: WebDAV at /files/ as its clients do not ask it, for dav.bats."""
import ftplib
import http.client
import json
import os
import shutil
import sys
import urllib.parse
import xml.etree.ElementTree as ET

from doors import (FILES, PORTS, Irc, bytes_of, do, http_ask, basic, log_lines, main, path_of, put_file,
                   same, until, wrong_unless)

ALICE, BOB, RITA = ("alice", "alice-pass"), ("bob", "bob-pass"), ("rita", "rita-pass")
ADAM, QUINN = ("adam", "adam-pass"), ("quinn", "quinn-pass")
D = "{DAV:}"


def ask(method, path, who=ALICE, body=None, **fields):
    """fields: Depth="1", If="...", and so on; _ is a -."""
    headers = {k.replace("_", "-"): v for k, v in fields.items()}
    return http_ask(method, "/files" + urllib.parse.quote(path), body, headers, who)


def want(status, method, path, who=ALICE, body=None, **fields):
    r = ask(method, path, who, body, **fields)
    same(r.status, status, method, path, who and who[0], fields, r.body[:300])
    return r


def to(path):
    return {"Destination": "/files" + urllib.parse.quote(path)}


def statuses(r):
    """{(href, property or None): status} of a multistatus."""
    same(r.status, 207, r.body)
    out = {}
    for one in ET.fromstring(r.body):
        href = one.find(D + "href").text
        if one.find(D + "status") is not None:
            out[href, None] = int(one.find(D + "status").text.split()[1])
        for stat in one.findall(D + "propstat"):
            for prop in stat.find(D + "prop"):
                out[href, prop.tag] = int(stat.find(D + "status").text.split()[1])
    return out


def props(path, who=ALICE, depth="0", asked=""):
    """{href: {property: its element}} of those that are there."""
    body = "<propfind xmlns='DAV:'>%s</propfind>" % asked if asked else None
    r = want(207, "PROPFIND", path, who, body, Depth=depth)
    out = {}
    for one in ET.fromstring(r.body):
        mine = out.setdefault(one.find(D + "href").text, {})
        for stat in one.findall(D + "propstat"):
            if " 200 " in stat.find(D + "status").text:
                mine.update({p.tag: p for p in stat.find(D + "prop")})
    return out


def text(path, name, **more):
    (mine,) = props(path, **more).values()
    return mine[name].text if name in mine else None


def folder(name):
    shutil.rmtree(path_of(name), ignore_errors=True)
    os.makedirs(path_of(name))


def there(name):
    return os.path.lexists(path_of(name))


# --- OPTIONS ---

def options():
    folder("opt")
    put_file("opt/file", b"x")
    for path, has, lacks in (("/opt/", "PROPFIND", "MKCOL"), ("/opt/file", "PUT", "POST"),
                             ("/opt/new", "MKCOL", "DELETE")):
        r = want(200, "OPTIONS", path)
        same((r.headers["DAV"], r.headers["MS-Author-Via"]), ("1, 2", "DAV"))
        allow = r.headers["Allow"].split(", ")
        wrong_unless(has in allow and lacks not in allow, path, allow)
    wrong_unless("PUT" not in want(200, "OPTIONS", "/opt/file", RITA).headers["Allow"], "rita")
    for path in ("/", "*", "/chat/"):
        r = http_ask("OPTIONS", path)
        same((r.status, r.headers["DAV"]), (204, None), path)
    same(http_ask("PROPFIND", "/", headers={"Depth": "0"}).status, 405)


# --- PROPFIND ---

def propfind():
    folder("find")
    put_file("find/a b&c.txt", b"hello")
    put_file("find/.hidden", b"x")
    os.makedirs(path_of("find/小"))
    os.utime(path_of("find/a b&c.txt"), (1e9, 1e9))
    href = "/files/find/a%20b%26c.txt"
    got = props("/find/", depth="1")
    same(list(got), ["/files/find/", href, "/files/find/%E5%B0%8F/"])
    wrong_unless(href.split("/")[-1].encode() in ask("GET", "/find/").body, "the listing's href")
    one = got[href]
    get = ask("GET", "/find/a b&c.txt")
    for name, value in (("getcontentlength", "5"), ("getetag", get.headers["ETag"]),
                        ("getlastmodified", get.headers["Last-Modified"]),
                        ("getcontenttype", get.headers["Content-Type"]),
                        ("displayname", "a b&c.txt"), ("creationdate", "2001-09-09T01:46:40Z")):
        same(one[D + name].text, value, name)
    same(len(one[D + "resourcetype"]), 0)
    same(len(one[D + "supportedlock"]), 2)
    same(len(one[D + "lockdiscovery"]), 0)
    top = got["/files/find/"]
    same([e.tag for e in top[D + "resourcetype"]], [D + "collection"])
    wrong_unless(D + "getcontentlength" not in top and D + "getetag" not in top, list(top))
    same(list(props("/find/", depth="0")), ["/files/find/"])
    same(list(props("/find", depth="0")), ["/files/find/"])  # a folder's URL ends in a slash
    same(list(props("/find/a b&c.txt", depth="1")), [href])
    same(list(props("/", depth="0")), ["/files/"])
    # By name; what is not there is told.
    body = ("<propfind xmlns='DAV:'><prop><getetag/><nope/><x xmlns='u:&amp;\"'/></prop></propfind>")
    r = ask("PROPFIND", "/find/a b&c.txt", body=body, Depth="0")
    same(statuses(r), {(href, D + "getetag"): 200, (href, D + "nope"): 404,
                       (href, "{u:&\"}x"): 404})
    names = props("/find/a b&c.txt", asked="<propname/>")[href]
    same({e.tag: (e.text, len(e)) for e in names.values()}, {n: (None, 0) for n in one})
    # The quota, only when it is asked for, and one has one.
    quota = "<prop><quota-available-bytes/><quota-used-bytes/></prop>"
    same(list(props("/find/", asked=quota).values()), [{}])
    mine = props("/find/", QUINN, asked=quota)["/files/find/"]
    same(sum(int(e.text) for e in mine.values()), 100000, list(mine))
    mine = props("/find/", QUINN, asked="<allprop/><include><quota-used-bytes/></include>")
    wrong_unless(D + "quota-used-bytes" in mine["/files/find/"], "include")
    wrong_unless(D + "quota-available-bytes" not in mine["/files/find/"], "allprop")


def propfind_refused():
    folder("find")
    r = want(403, "PROPFIND", "/find/", Depth="infinity")
    same(ET.fromstring(r.body)[0].tag, D + "propfind-finite-depth")
    want(403, "PROPFIND", "/find/")  # no Depth is infinity
    want(400, "PROPFIND", "/find/", Depth="2")
    want(404, "PROPFIND", "/find/none", Depth="0")
    want(404, "PROPFIND", "/find/.DS_Store", Depth="0")
    for body in ("x", "<propfind xmlns='DAV:'>", "<propfind xmlns='DAV:'/>",
                 "<propfind><allprop/></propfind>",
                 "<!DOCTYPE p [<!ENTITY e 'x'>]><propfind xmlns='DAV:'><allprop/></propfind>",
                 "<propfind xmlns='DAV:'><prop><a:b xmlns:a=''/></prop></propfind>"):
        want(400, "PROPFIND", "/find/", body=body, Depth="0")
    want(413, "PROPFIND", "/find/", body=" " * 70000, Depth="0")
    many = "".join("<a%d/>" % i for i in range(101))
    want(413, "PROPFIND", "/find/", body="<propfind xmlns='DAV:'><prop>%s</prop></propfind>" % many,
         Depth="0")


def propfind_rights():
    put_file("closed/secret", b"x")
    put_file("inbox/letter", b"x")
    hrefs = list(props("/", None, "1"))
    wrong_unless("/files/closed/" not in hrefs and "/files/inbox/" in hrefs, hrefs)
    wrong_unless("/files/closed/" in props("/", ALICE, "1"), "alice")
    r = want(401, "PROPFIND", "/closed/", None, Depth="1")
    wrong_unless(r.headers["WWW-Authenticate"].startswith("Basic "), r.headers)
    want(403, "PROPFIND", "/closed/secret", BOB, Depth="0")
    same(list(props("/inbox/", BOB, "1")), ["/files/inbox/"])
    want(404, "PROPFIND", "/inbox/letter", BOB, Depth="0")
    want(404, "PROPFIND", "/inbox/none", BOB, Depth="0")
    same(len(props("/inbox/", ALICE, "1")), 2)


def propfind_many():
    folder("many")
    for i in range(20000):
        open(path_of("many/%06d <&>" % i), "wb").close()
    # While one who does not read it is being told of all that, another is answered.
    slow = http.client.HTTPConnection("127.0.0.1", int(PORTS["http"]))
    slow.request("PROPFIND", "/files/many/", None, {"Depth": "1"})
    same(list(props("/closed/")), ["/files/closed/"])
    got = list(props("/many/", depth="1", asked="<prop><resourcetype/><lockdiscovery/></prop>"))
    same(got, ["/files/many/"] + ["/files/many/%06d%%20%%3C%%26%%3E" % i for i in range(20000)])
    same(slow.getresponse().read().count(b"<D:response>"), 20001)
    slow.close()
    want(204, "DELETE", "/many/")
    wrong_unless(not there("many"), "is still there")


# --- PROPPATCH ---

def patch(*changes):
    """changes: (name, value), None as the value removes."""
    out = ""
    for name, value in changes:
        kind = "remove" if value is None else "set"
        out += "<D:%s><D:prop><%s>%s</%s></D:prop></D:%s>" % (kind, name, value or "",
                                                              name.split(" ")[0], kind)
    return "<D:propertyupdate xmlns:D='DAV:' xmlns:u='u:'>%s</D:propertyupdate>" % out


def proppatch():
    folder("patch")
    put_file("patch/f", b"x")
    href = "/files/patch/f"
    r = ask("PROPPATCH", "/patch/f", body=patch(("u:a", "1 &lt;<b xmlns='v:' k='&quot;'/>"),
                                                ("u:b xml:lang='de'", "zwei"), ("c", "3")))
    same(statuses(r), {(href, "{u:}a"): 200, (href, "{u:}b"): 200, (href, "c"): 200})
    mine = props("/patch/f")[href]
    same(mine["{u:}a"].text, "1 <")
    same((mine["{u:}a"][0].tag, mine["{u:}a"][0].attrib), ("{v:}b", {"k": '"'}))
    same(mine["{u:}b"].attrib, {"{http://www.w3.org/XML/1998/namespace}lang": "de"})
    wrong_unless(set(props("/patch/f", asked="<propname/>")[href]) >= {"{u:}a", "c"}, "propname")
    same(list(props("/patch/f", asked="<prop><a xmlns='u:'/></prop>")[href]), ["{u:}a"])
    wrong_unless("{u:}a" in props("/patch/", depth="1")[href], "in its folder")
    # One that cannot be, and none is.
    for name in ("getetag", "resourcetype", "lockdiscovery", "getlastmodified", "displayname"):
        r = ask("PROPPATCH", "/patch/f", body=patch(("u:a", "2"), ("D:" + name, "x"), ("c", None)))
        same(statuses(r), {(href, "{u:}a"): 424, (href, D + name): 403, (href, "c"): 424})
        wrong_unless(b"cannot-modify-protected-property" in r.body, r.body)
    same((text("/patch/f", "{u:}a"), text("/patch/f", "c")), ("1 <", "3"))
    # What Windows and Apache's users set is kept.
    r = ask("PROPPATCH", "/patch/f", body=patch(("Z:Win32FileAttributes xmlns:Z='urn:schemas-microsoft-com:'", "00000020")))
    same(list(statuses(r).values()), [200])
    r = ask("PROPPATCH", "/patch/f", body=patch(("c", None), ("none", None)))
    same(list(statuses(r).values()), [200, 200])
    same(text("/patch/f", "c"), None)
    # Bounds.
    r = ask("PROPPATCH", "/patch/f", body=patch(("c", "new"), ("big", "x" * 20000)))
    same(list(statuses(r).values()), [507, 507])
    r = ask("PROPPATCH", "/patch/f", body=patch(*[("n%d" % i, "1") for i in range(65)]))
    same(set(statuses(r).values()), {507})
    same(text("/patch/f", "c"), None)
    want(400, "PROPPATCH", "/patch/f", body="x")
    want(400, "PROPPATCH", "/patch/f", body=patch())
    want(404, "PROPPATCH", "/patch/none", body=patch(("a", "1")))
    want(401, "PROPPATCH", "/patch/f", None, body=patch(("a", "1")))
    want(403, "PROPPATCH", "/patch/f", RITA, body=patch(("a", "1")))


def kept():
    """... by a restart."""
    same(text("/patch/f", "{u:}b"), "zwei")


def ftp(who=ALICE):
    c = ftplib.FTP()
    c.connect("127.0.0.1", int(PORTS["ftp"]), 30)
    c.login(*who)
    return c


def props_follow():
    folder("follow")
    folder("follow/in")
    put_file("follow/in/f", b"x")
    for path in ("/follow/in/f", "/follow/in/"):
        same(list(statuses(ask("PROPPATCH", path, body=patch(("u:a", path)))).values()), [200])
    with ftp() as c:
        c.rename("/follow/in", "/follow/out")
    same(text("/follow/out/f", "{u:}a"), "/follow/in/f")
    same(text("/follow/out/", "{u:}a"), "/follow/in/")
    want(201, "COPY", "/follow/out/", **to("/follow/copy/"))
    want(201, "MOVE", "/follow/out/f", **to("/follow/moved"))
    for path in ("/follow/copy/f", "/follow/moved"):
        same(text(path, "{u:}a"), "/follow/in/f", path)
    same(text("/follow/copy/", "{u:}a"), "/follow/in/")
    want(204, "PUT", "/follow/moved", body=b"another content")
    same(text("/follow/moved", "{u:}a"), "/follow/in/f")
    with ftp() as c:
        c.delete("/follow/moved")
    want(204, "DELETE", "/follow/copy/")
    want(201, "PUT", "/follow/moved", body=b"x")
    want(201, "MKCOL", "/follow/copy/")
    want(201, "PUT", "/follow/copy/f", body=b"x")
    for path in ("/follow/moved", "/follow/copy/", "/follow/copy/f"):
        same(text(path, "{u:}a"), None, path)


# --- locks ---

def info(scope="exclusive", owner="<D:href>mailto:a@b</D:href>"):
    return ("<D:lockinfo xmlns:D='DAV:'><D:lockscope><D:%s/></D:lockscope><D:locktype><D:write/>"
            "</D:locktype><D:owner>%s</D:owner></D:lockinfo>" % (scope, owner))


def lock(path, who=ALICE, status=200, scope="exclusive", **fields):
    """The token, without its brackets."""
    r = want(status, "LOCK", path, who, info(scope), **fields)
    return r.headers["Lock-Token"][1:-1]


def unlock(path, token, who=ALICE, status=204):
    want(status, "UNLOCK", path, who, Lock_Token="<%s>" % token)


def refused_by_ftp(fn):
    try:
        fn()
    except ftplib.error_temp as e:
        same(str(e)[:3], "450")
        return
    wrong_unless(False, "FTP did it")


def locks():
    folder("lock")
    put_file("lock/f", b"old")
    put_file("lock/g", b"other")
    token = lock("/lock/f", Depth="0", Timeout="Second-600")
    wrong_unless(token.startswith("urn:uuid:") and len(token) == 45, token)
    (active,) = props("/lock/f")["/files/lock/f"][D + "lockdiscovery"]
    same(active.find(D + "locktoken/" + D + "href").text, token)
    same(active.find(D + "owner/" + D + "href").text, "mailto:a@b")
    same(active.find(D + "lockroot/" + D + "href").text, "/files/lock/f")
    same(active.find(D + "depth").text, "0")
    wrong_unless(590 < int(active.find(D + "timeout").text[7:]) <= 600, active)
    form = ("--x\r\nContent-Disposition: form-data; name=\"replace\"\r\n\r\nyes\r\n--x\r\n"
            "Content-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nnew\r\n--x--\r\n")
    # Neither another, nor its owner without the token, nor another with it.
    for who, fields in ((BOB, {}), (ALICE, {}), (BOB, {"If": "(<%s>)" % token}),
                        (ADAM, {"If": "(<%s>)" % token})):
        for method, path, body, more in (
                ("PUT", "/lock/f", "new", {}), ("DELETE", "/lock/f", None, {}),
                ("PROPPATCH", "/lock/f", patch(("a", "1")), {}),
                ("MOVE", "/lock/f", None, to("/lock/h")), ("MOVE", "/lock/g", None, to("/lock/f")),
                ("COPY", "/lock/g", None, to("/lock/f")), ("DELETE", "/lock/", None, {}),
                ("MOVE", "/lock/", None, to("/lock2"))):
            tagged = {k: "</files/lock/f> " + v for k, v in fields.items()}
            r = want(423, method, path, who, body, **tagged, **more)
            wrong_unless(b"lock-token-submitted" in r.body and b"/files/lock/f" in r.body, r.body)
    want(423, "POST", "/lock/", ALICE, form, Content_Type="multipart/form-data; boundary=x")
    want(423, "LOCK", "/lock/f", BOB, info())
    want(423, "LOCK", "/lock/", BOB, info(), Depth="infinity")
    with ftp() as c:
        refused_by_ftp(lambda: c.storbinary("STOR /lock/f", open(path_of("lock/g"), "rb")))
        refused_by_ftp(lambda: c.storbinary("APPE /lock/f", open(path_of("lock/g"), "rb")))
        refused_by_ftp(lambda: c.delete("/lock/f"))
        refused_by_ftp(lambda: c.rename("/lock/f", "/lock/h"))
        refused_by_ftp(lambda: c.rename("/lock/g", "/lock/f"))
        refused_by_ftp(lambda: c.rename("/lock", "/lock2"))
        c.storbinary("STOR /lock/h", open(path_of("lock/g"), "rb"))
    same((bytes_of("lock/f"), bytes_of("lock/g")), (b"old", b"other"))
    same(ask("GET", "/lock/f", BOB).body, b"old")
    # With the token.
    want(204, "PUT", "/lock/f", body="new", If="(<%s>)" % token)
    want(207, "PROPPATCH", "/lock/f", body=patch(("a", "1")), If="(<%s>)" % token)
    want(204, "COPY", "/lock/g", If="</files/lock/f> (<%s>)" % token, **to("/lock/f"))
    same(bytes_of("lock/f"), b"other")
    unlock("/lock/f", token, BOB, 403)
    unlock("/lock/g", token, ALICE, 409)
    unlock("/lock/f", "urn:uuid:x", ALICE, 409)
    want(400, "UNLOCK", "/lock/f")
    want(423, "PUT", "/lock/f", body="x")
    unlock("/lock/f", token)
    want(204, "PUT", "/lock/f", BOB, "mine now")
    # It goes with what it locks; and is not taken along.
    token = lock("/lock/f")
    want(201, "MOVE", "/lock/f", If="(<%s>)" % token, **to("/lock/away"))
    want(204, "PUT", "/lock/away", BOB, "x")
    want(201, "PUT", "/lock/f", BOB, "x")
    token = lock("/lock/f")
    unlock("/lock/f", token, ADAM)
    token = lock("/lock/f")
    want(204, "DELETE", "/lock/", If="</files/lock/f> (<%s>)" % token)


def lock_kinds():
    folder("kinds")
    put_file("kinds/f", b"x")
    # Shared: one is enough, and there may be more.
    one, two = lock("/kinds/f", scope="shared"), lock("/kinds/f", BOB, scope="shared")
    want(423, "LOCK", "/kinds/f", BOB, info())
    want(423, "PUT", "/kinds/f", ADAM, "x")
    want(204, "PUT", "/kinds/f", BOB, "x", If="(<%s>)" % two)
    unlock("/kinds/f", one)
    unlock("/kinds/f", two, BOB)
    # A folder without what is in it: its names are locked, not its files.
    token = lock("/kinds/", Depth="0")
    want(204, "PUT", "/kinds/f", BOB, "x")
    for method, path, more in (("PUT", "/kinds/new", {}), ("MKCOL", "/kinds/new/", {}),
                               ("DELETE", "/kinds/f", {}), ("MOVE", "/kinds/f", to("/other")),
                               ("COPY", "/kinds/f", to("/kinds/new")), ("LOCK", "/kinds/new", {})):
        want(423, method, path, BOB, info() if method == "LOCK" else None, **more)
    want(201, "PUT", "/kinds/new", body="x", If="</files/kinds/> (<%s>)" % token)
    unlock("/kinds/", token)
    # With all that is in it, and what comes.
    token = lock("/kinds/")
    want(423, "PUT", "/kinds/f", BOB, "x")
    want(423, "PUT", "/kinds/more", BOB, "x")
    want(423, "LOCK", "/kinds/f", BOB, info("shared"))
    want(423, "POST", "/kinds/", BOB, "--x\r\nContent-Disposition: form-data; name=\"file\"; filena"
         "me=\"n\"\r\n\r\nnew\r\n--x--\r\n", Content_Type="multipart/form-data; boundary=x")
    same(len(props("/kinds/f")["/files/kinds/f"][D + "lockdiscovery"]), 1)
    # Refreshed by a member; capped; at its end it is gone.
    r = want(200, "LOCK", "/kinds/f", If="(<%s>)" % token, Timeout="Infinite, Second-4100000000")
    wrong_unless(b"Second-3600" in r.body and r.headers["Lock-Token"] is None, r.body)
    want(412, "LOCK", "/kinds/f", If="(<urn:uuid:x>)")
    want(412, "LOCK", "/kinds/f", BOB, If="(<%s>)" % token)
    want(412, "LOCK", "/kinds/f")
    want(200, "LOCK", "/kinds/", If="(<%s>)" % token, Timeout="Second-1")
    until(lambda: ask("PUT", "/kinds/f", BOB, "x").status == 204, "the lock ends")
    unlock("/kinds/", token, ALICE, 409)
    want(400, "LOCK", "/kinds/f", body=info(), Depth="1")
    want(400, "LOCK", "/kinds/f", body="x")
    want(400, "LOCK", "/kinds/f", body=info("other"))
    want(403, "LOCK", "/kinds/f", RITA, info())
    want(401, "LOCK", "/kinds/f", None, info())
    want(507, "LOCK", "/kinds/f", body=info(owner="x" * 3000))
    # Whoever is about to write goes first.
    c = http.client.HTTPConnection("127.0.0.1", int(PORTS["http"]))
    c.request("PUT", "/files/kinds/f", b"half",
              {"Authorization": basic(*BOB), "Content-Length": "8"})
    until(lambda: "/kinds/f" in do("who"), "the upload begins")
    want(423, "LOCK", "/kinds/f", body=info())
    want(423, "LOCK", "/kinds/", body=info())
    c.send(b"half")
    same(c.getresponse().status, 204)
    c.close()
    # A guest's, by the same address.
    put_file("guests/f", b"x")
    token = lock("/guests/f", None)
    want(423, "PUT", "/guests/f", None, "x")
    want(423, "PUT", "/guests/f", ALICE, "x", If="(<%s>)" % token)
    want(204, "PUT", "/guests/f", None, "x", If="(<%s>)" % token)
    unlock("/guests/f", token, None)
    # So many of one, and no more.
    tokens = [lock("/kinds/f", scope="shared") for _ in range(100)]
    want(507, "LOCK", "/kinds/f", ALICE, info("shared"))
    tokens_of_bob = lock("/kinds/f", BOB, scope="shared")
    unlock("/kinds/f", tokens_of_bob, BOB)
    for token in tokens:
        unlock("/kinds/f", token)


def lock_of_guests():
    """A guest's lock is of those at that address, and of nobody else's there is."""
    put_file("guests/f", b"x")

    def guest(method, source, body=None, **fields):
        return http_ask(method, "/files/guests/f", body,
                        {k.replace("_", "-"): v for k, v in fields.items()}, source=source)
    r = guest("LOCK", "127.0.0.1", info(), Depth="0")
    same(r.status, 200)
    token = r.headers["Lock-Token"]
    held = {"If": "(%s)" % token}
    for other in ("127.0.0.2", "127.0.0.3"):
        same(guest("PUT", other, b"y", **held).status, 423)
        same(guest("LOCK", other, **held).status, 412)
        same(guest("UNLOCK", other, Lock_Token=token).status, 403)
    want(423, "PUT", "/guests/f", ALICE, "y", **held)
    want(403, "UNLOCK", "/guests/f", ALICE, Lock_Token=token)
    same(guest("PUT", "127.0.0.1", b"mine", **held).status, 204)
    same(guest("LOCK", "127.0.0.1", **held).status, 200)
    same(guest("UNLOCK", "127.0.0.1", Lock_Token=token).status, 204)
    same(bytes_of("guests/f"), b"mine")
    same(guest("PUT", "127.0.0.2", b"free").status, 204)


def lock_null():
    folder("null")
    token = lock("/null/new", status=201, Depth="0")
    same(bytes_of("null/new"), b"")
    want(423, "PUT", "/null/new", BOB, "x")
    want(204, "PUT", "/null/new", body="x", If="(<%s>)" % token)
    unlock("/null/new", token)
    want(409, "LOCK", "/null/none/new", body=info())
    want(403, "LOCK", "/null/.hidden", body=info())
    want(403, "LOCK", "/inbox/new", BOB, info())
    # What came to nothing leaves no lock.
    os.makedirs(path_of("null/none"))
    want(201, "PUT", "/null/none/new", BOB, "x")
    wrong_unless(not log_lines("uploaded new"), "was told in the room")


def conditions():
    folder("cond")
    put_file("cond/f", b"x")
    etag = ask("HEAD", "/cond/f").headers["ETag"]
    token = lock("/cond/f")

    def put(status, field, tag=""):
        nonlocal etag
        r = want(status, "PUT", "/cond/f", body="x", If=field % {"t": "<%s>" % token, "e": etag})
        etag = ask("HEAD", "/cond/f").headers["ETag"]
        return r

    put(204, "(%(t)s)")
    put(204, "(%(t)s [%(e)s])")
    put(204, "(<urn:x>) (%(t)s [%(e)s])")
    put(204, "(%(t)s) (Not <DAV:no-lock>)")
    put(204, "(%(t)s Not [\"other\"])")
    put(204, "</files/cond/f> (%(t)s)")
    put(204, "<http://127.0.0.1:" + PORTS["http"] + "/files/cond/f> (%(t)s)")
    put(423, "([%(e)s])")
    put(423, "(Not <DAV:no-lock>)")
    put(423, "([%(e)s]) (<urn:x>)")
    put(204, "([%(e)s]) (%(t)s)")
    # The token was shown, though the list that holds is another one.
    put(204, "(%(t)s [\"other\"]) ([%(e)s])")
    put(204, "(Not <DAV:no-lock>) (Not %(t)s)")
    put(412, "(%(t)s [\"other\"])")
    put(412, "(Not %(t)s)")
    put(412, "(<urn:x> %(t)s)")
    put(412, "([W/%(e)s] %(t)s)")
    put(412, "</files/cond/other> (%(t)s)")
    put(412, "<http://else.example/files/cond/f> (%(t)s)")
    for bad in ("", "()", "(%(t)s", "%(t)s", "(%(t)s) x", "(%(t)s) </files/cond/f> (%(t)s)"):
        put(400, bad)
    unlock("/cond/f", token)
    put(204, "([%(e)s])")
    put(412, "([\"other\"])")
    want(412, "DELETE", "/cond/f", If="(<urn:x>)")
    want(412, "MKCOL", "/cond/new", If="(<urn:x>)")
    want(412, "MOVE", "/cond/f", If="(<urn:x>)", **to("/cond/g"))
    want(412, "PROPPATCH", "/cond/f", If="(<urn:x>)", body=patch(("a", "1")))
    want(204, "DELETE", "/cond/f", If="</files/cond/none> (Not [\"x\"])")


# --- COPY, MOVE, DELETE ---

TREE = {"a": b"1", "empty": b"", "in/b c": b"22", "in/deep/d": b"x" * 100000, "in/.dot": b"never"}


def plant(top):
    folder(top)
    for name, data in TREE.items():
        put_file(top + "/" + name, data)


def files_of(top):
    """{name: content}, folders with a slash and None."""
    out = {}
    for at, folders, files in os.walk(path_of(top)):
        rest = os.path.relpath(at, path_of(top))
        for name in folders + files:
            path = os.path.normpath(os.path.join(rest, name))
            whole = os.path.join(at, name)
            if os.path.isdir(whole):
                out[path + "/"] = None
            else:
                with open(whole, "rb") as f:
                    out[path] = f.read()
    return out


SEEN = {**{k: v for k, v in TREE.items() if "/." not in k}, "in/": None, "in/deep/": None}


def copies():
    folder("c")
    plant("c/from")
    put_file("c/f", b"file")
    want(201, "COPY", "/c/f", **to("/c/g"))
    same(bytes_of("c/g"), b"file")
    put_file("c/g", b"old")
    want(412, "COPY", "/c/f", Overwrite="F", **to("/c/g"))
    same(bytes_of("c/g"), b"old")
    want(204, "COPY", "/c/f", Overwrite="T", **to("/c/g"))
    same(bytes_of("c/g"), b"file")
    want(201, "COPY", "/c/from/empty", **to("/c/nothing"))
    same(bytes_of("c/nothing"), b"")
    # Folders.
    want(201, "COPY", "/c/from/", **to("/c/all/"))
    same(files_of("c/all"), SEEN)
    put_file("c/all/stays not", b"x")
    want(412, "COPY", "/c/from/", Overwrite="F", **to("/c/all"))
    want(204, "COPY", "/c/from", **to("/c/all"))
    same(files_of("c/all"), SEEN)
    want(201, "COPY", "/c/from/", Depth="0", **to("/c/bare/"))
    same(files_of("c/bare"), {})
    want(204, "COPY", "/c/f", **to("/c/all"))  # a file in a folder's place
    same(bytes_of("c/all"), b"file")
    want(204, "COPY", "/c/from/in/", **to("/c/all"))
    same(bytes_of("c/all/b c"), b"22")
    # What cannot be.
    want(403, "COPY", "/c/f", **to("/c/f"))
    want(403, "COPY", "/c/from/", **to("/c/from"))
    want(409, "COPY", "/c/from/", **to("/c/from/in/new"))
    want(409, "COPY", "/c/from/in/", **to("/c/from"))
    want(409, "COPY", "/c/f", **to("/c/none/g"))
    want(403, "COPY", "/c/f", **to("/c/.g"))
    want(403, "COPY", "/c/", **to("/"))
    want(404, "COPY", "/c/none", **to("/c/g"))
    want(400, "COPY", "/c/f")
    want(400, "COPY", "/c/from/", Depth="1", **to("/c/x"))
    want(502, "COPY", "/c/f", Destination="http://else.example/files/c/x")
    want(403, "COPY", "/c/f", RITA, **to("/c/x"))
    want(401, "COPY", "/c/f", None, **to("/c/x"))
    want(403, "COPY", "/closed/secret", BOB, **to("/c/x"))
    same(files_of("c/from"), {**SEEN, "in/.dot": b"never"})
    want(201, "COPY", "/c/f", BOB, **to("/inbox/from-bob"))
    want(412, "COPY", "/c/f", BOB, **to("/inbox/from-bob"))
    # Nor by a link that leads to the same.
    os.symlink("..", path_of("c/from/up"))
    os.symlink("from", path_of("c/also"))
    want(403, "COPY", "/c/from/", **to("/c/from/up/from"))
    want(409, "COPY", "/c/from/in/", **to("/c/from/up/from"))
    want(409, "COPY", "/c/from/up/from/in/", **to("/c/from"))
    want(409, "COPY", "/c/from/", **to("/c/also/in/new"))
    want(409, "COPY", "/c/also/", **to("/c/from/in/new"))
    want(409, "MOVE", "/c/also/in/", **to("/c/from"))
    want(204, "COPY", "/c/from/in/", **to("/c/also"))  # the link goes, not where it leads
    os.remove(path_of("c/from/up"))
    same(files_of("c/from"), {**SEEN, "in/.dot": b"never"})
    # Links: a file's content; a folder's not.
    os.symlink("../f", path_of("c/from/link"))
    os.symlink("..", path_of("c/from/loop"))
    r = ask("COPY", "/c/from/", **to("/c/linked"))
    same(statuses(r), {("/files/c/from/loop/", None): 403})
    same(bytes_of("c/linked/link"), b"file")
    wrong_unless(not os.path.islink(path_of("c/linked/link")), "a link")


def used(name="quinn"):
    (row,) = [u for u in json.loads(do("user", "list", "--json")) if u["name"] == name]
    return row["used"]


def copy_counts():
    folder("q")
    room = Irc()
    room.register("listener")
    room.say("JOIN #lobby")
    room.sync("joined")
    before = used()
    want(201, "MKCOL", "/q/from/", QUINN)
    want(201, "PUT", "/q/from/a", QUINN, "x" * 30000)
    want(201, "PUT", "/q/from/b", QUINN, "x" * 10000)
    want(201, "COPY", "/q/from/", QUINN, **to("/q/to/"))
    same(used() - before, 80000)
    want(204, "COPY", "/q/from/a", QUINN, **to("/q/to/a"))  # in its own place
    same(used() - before, 80000)
    r = ask("COPY", "/q/from/", QUINN, **to("/q/third/"))
    same(statuses(r), {("/files/q/third/a", None): 507})
    same(files_of("q/third"), {})
    want(507, "COPY", "/q/from/a", QUINN, **to("/q/single"))
    want(201, "COPY", "/q/from/a", **to("/q/alice"))
    same(used() - before, 80000)
    wrong_unless(log_lines("event=upload", "who=quinn", "path=/q/to/b"), "not in the log")
    want(201, "PUT", "/q/last", QUINN, "x")  # behind all the others
    told = [line for line in room.until("quinn uploaded q/last ")[:-1] if "uploaded" in line]
    same(len(told), 2, told)
    room.close()
    want(204, "DELETE", "/q/", QUINN)
    same(used() - before, 0)


def rules_below():
    plant("tree")
    put_file("tree/no/secret", b"x")
    put_file("tree/look/seen", b"x")
    # Copied is what may be read, and nobody is told of the rest.
    want(201, "COPY", "/tree/", BOB, **to("/copied/"))
    same({k: v for k, v in files_of("copied").items() if "in" not in k},
         {"a": b"1", "empty": b"", "look/": None, "look/seen": b"x"})
    r = ask("DELETE", "/tree/", BOB)
    same(statuses(r), {("/files/tree/look/", None): 403, ("/files/tree/in/", None): 409})
    same(files_of("tree"), {"no/": None, "no/secret": b"x", "look/": None, "look/seen": b"x",
                            "in/": None, "in/.dot": b"never"})
    shutil.rmtree(path_of("tree/in"))
    shutil.rmtree(path_of("tree/look"))
    r = ask("DELETE", "/tree/", BOB)
    same(r.status, 409, r.body)  # what is in the way he may not see
    wrong_unless(b"no" not in r.body.replace(b"not", b"").replace(b"none", b""), r.body)
    # Into where others' rules hold.
    folder("rules")
    put_file("rules/no/mine", b"x")
    put_file("rules/yes", b"x")
    r = ask("COPY", "/rules/", BOB, Overwrite="F", **to("/tree/"))
    same(r.status, 412)
    shutil.rmtree(path_of("tree"))
    r = ask("COPY", "/rules/", BOB, **to("/tree/"))
    same(statuses(r), {("/files/rules/no/", None): 403})
    same(files_of("tree"), {"yes": b"x"})
    want(403, "MOVE", "/rules/", BOB, **to("/tree/"))
    want(204, "DELETE", "/tree/")
    want(204, "DELETE", "/copied/")


def locks_and_rules():
    """A lock reaches no further than the rights of whoever takes it, and tells nobody of paths that he
    may not see."""
    folder("tree/no")
    put_file("tree/no/secret", b"x")
    want(403, "LOCK", "/tree/", BOB, info())
    want(201, "PUT", "/tree/no/new", ALICE, b"y")
    unlock("/tree/", lock("/tree/", BOB, Depth="0"), BOB)
    unlock("/tree/", lock("/tree/", ADAM), ADAM)
    token = lock("/tree/no/secret")
    r = want(423, "MOVE", "/tree/no/secret", ADAM, **to("/moved"))
    wrong_unless(b"/files/tree/no/secret" in r.body, r.body)
    r = ask("DELETE", "/tree/", BOB)
    wrong_unless(r.status != 204 and b"secret" not in r.body, r.status, r.body)
    unlock("/tree/no/secret", token)
    want(204, "DELETE", "/tree/")
    # A condition that holds is no wish for something new.
    put_file("conditional", b"1")
    want(204, "PUT", "/conditional", BOB, b"2", If_None_Match='"another"')
    want(412, "PUT", "/conditional", BOB, b"3", If_None_Match="*")
    same(bytes_of("conditional"), b"2")
    want(204, "DELETE", "/conditional")


def moves():
    folder("m")
    plant("m/from")
    plant("m/to")
    put_file("m/to/old", b"x")
    put_file("m/f", b"file")
    want(412, "MOVE", "/m/from/", Overwrite="F", **to("/m/to/"))
    want(400, "MOVE", "/m/from/", Depth="0", **to("/m/new/"))
    r = ask("MOVE", "/m/from/", **to("/m/to/"))
    same(statuses(r), {("/files/m/to/in/", None): 409})  # a hidden name keeps it
    os.remove(path_of("m/to/in/.dot"))
    want(204, "MOVE", "/m/from/", **to("/m/to/"))
    same(files_of("m/to"), {**SEEN, "in/.dot": b"never"})
    os.remove(path_of("m/to/in/.dot"))
    wrong_unless(not there("m/from"), "is still there")
    want(409, "MOVE", "/m/to/in/", **to("/m/to"))
    want(409, "MOVE", "/m/to/", **to("/m/to/in/new"))
    want(403, "MOVE", "/m/f", **to("/m/.f"))
    want(404, "MOVE", "/m/none", **to("/m/to"))
    wrong_unless(there("m/to/a"), "was removed for nothing")
    want(204, "MOVE", "/m/to/", **to("/m/f"))
    same(files_of("m/f"), SEEN)
    put_file("m/file", b"x")
    want(204, "MOVE", "/m/file", **to("/m/f"))
    same(bytes_of("m/f"), b"x")


def deletes():
    plant("d")
    os.remove(path_of("d/in/.dot"))
    folder("kept")
    put_file("kept/f", b"x")
    os.symlink("../../kept", path_of("d/in/link"))
    os.symlink("../kept/f", path_of("d/link"))
    want(400, "DELETE", "/d/", Depth="2")
    want(409, "DELETE", "/d/", Depth="0")
    want(204, "DELETE", "/d")
    wrong_unless(not there("d"), "is still there")
    same(bytes_of("kept/f"), b"x")
    wrong_unless(log_lines("event=delete", "path=/d/in/deep/d") and
                 log_lines("event=rmdir", "path=/d/in/deep"), "not in the log")
    want(404, "DELETE", "/d/")
    want(403, "DELETE", "/kept/", RITA)
    want(403, "DELETE", "/", BOB)
    same(bytes_of("kept/f"), b"x")


def finder():
    folder("mac")

    def pieces():
        yield b"first "
        yield b"second"
    fields = {"X-Expected-Entity-Length": "12", "Translate": "f"}
    r = http_ask("PUT", "/files/mac/f", pieces(), fields, ALICE)
    same((r.status, bytes_of("mac/f")), (201, b"first second"))
    r = http_ask("PUT", "/files/mac/g", pieces(), {"X-Expected-Entity-Length": "1000000"}, QUINN)
    same((r.status, there("mac/g")), (507, False))
    for name in (".DS_Store", "._f"):
        for method, status in (("PROPFIND", 404), ("GET", 404), ("HEAD", 404), ("DELETE", 404),
                               ("PUT", 403), ("LOCK", 403), ("MKCOL", 403), ("PROPPATCH", 404)):
            body = info() if method == "LOCK" else b"x" if method == "PUT" else None
            want(status, method, "/mac/" + name, body=body, Depth="0")
    same(sorted(os.listdir(path_of("mac"))), ["f"])


sys.exit(main({f.__name__: f for f in (
    options, propfind, propfind_refused, propfind_rights, propfind_many, proppatch, kept,
    props_follow, locks, lock_kinds, lock_of_guests, lock_null, conditions, copies, copy_counts, rules_below,
    locks_and_rules, moves, deletes, finder)}))
