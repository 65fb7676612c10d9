"""share.py SCENARIO: what share.bats cannot say in a few lines of shell. See doors.py."""
import http.client
import json
import os
import re
import socket
import sys
import time
import urllib.parse

import doors
from doors import (add_user, basic, do, ftp, http_ask, log_lines, path_of, put_file, same,
                   talk, until, wrong_unless)

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PAGE = {"Accept": "text/html"}
ANNA, RITA, ADAM = ("anna", "anna's"), ("rita", "rita's"), ("adam", "adam's")


def link(*args, said=""):
    """The path of a fresh one, and its number."""
    out = do("share", *args, said=said)
    return urllib.parse.urlsplit(out.split()[0]).path, int(re.search(r"\nid (\d+),", out).group(1))


def below(url):
    return urllib.parse.urlsplit(url).path


def shares():
    return json.loads(do("share", "list", "--json"))


def names(path):
    return sorted(e["name"] for e in json.loads(http_ask("GET", path + "?json").body)["entries"])


# --- what is shared ---

def inside(by_anna, by_agentctl):
    """Everything that the pages lead to lies below the link; nothing that is written otherwise does."""
    by_anna, by_agentctl = below(by_anna), below(by_agentctl)
    seen, todo = set(), [by_agentctl]
    while todo:
        path = todo.pop()
        seen.add(path)
        answer = http_ask("GET", path, headers=PAGE)
        same(answer.status, 200, path)
        if not answer.headers["Content-Type"].startswith("text/html"):
            continue
        for href in re.findall(r'(?:href|action)="([^"]*)"', answer.body.decode()):
            to = urllib.parse.urljoin(path, href.split("?")[0].split("#")[0])
            if to.startswith("/-/"):
                continue
            wrong_unless(to.startswith(by_agentctl), path, "leads to", to)
            if to not in seen:
                todo.append(to)
    wrong_unless(by_agentctl + "sub/two.txt" in seen, "seen:", seen)
    wrong_unless("/files/" not in http_ask("GET", by_agentctl, headers=PAGE).body.decode(), "names /files")
    same(names(by_agentctl), ["closed", "link.txt", "one.txt", "sub"])
    same(names(by_anna), ["link.txt", "one.txt", "sub"], "anna does not see what is closed:")
    for way in ("../outside.txt", "..", "sub/../../outside.txt", "%2e%2e/outside.txt", "..%2foutside.txt",
                "sub/%2e%2e/%2e%2e/outside.txt", "etc/passwd", "etc/", ".hidden", "%00", "/../outside.txt",
                "closed/no.txt", "closed/"):
        answer = http_ask("GET", by_anna + way)
        wrong_unless(answer.status in (400, 404), way, "is", answer.status, answer.body)
    # The token only counts where it stands.
    token = by_anna.split("/")[2]
    for way in ("/s/../s/x", "/S/" + token + "/", "/s", "/s/", "/s//" + token, "/files/s/" + token,
                "/s/" + token.upper() + "/", "/s/" + token[:-1] + "/", "/s/" + token + "0/"):
        answer = http_ask("GET", way)
        wrong_unless(answer.status in (400, 401, 404), way, "is", answer.status)


def plain(answer):
    """What may differ between two answers of the same kind left out."""
    return answer.status, sorted((k, v) for k, v in answer.headers.items() if k != "Date"), answer.body


def nothing(*urls):
    unknown = "/s/" + "5ac1ab1e" * 5 + "/"
    questions = [("GET", "", None, {}), ("GET", "one.txt", None, PAGE), ("HEAD", "", None, {}),
                 ("PUT", "x", b"x", {}), ("POST", "", b"password=x", FORM),
                 ("POST", "", b"", {"Content-Type": "multipart/form-data; boundary=x"}),
                 ("GET", "", None, {"Authorization": basic("x", "y")}), ("GET", "?json", None, {}),
                 ("GET", "", None, {"Authorization": basic(*ANNA)}), ("POST", "?share", b"", FORM),
                 ("DELETE", "one.txt", None, {}), ("OPTIONS", "", None, {})]
    for method, more, body, head in questions:
        wanted = plain(http_ask(method, unknown + more, body, head))
        wrong_unless(wanted[0] in (404, 405, 204), method, more, "is", wanted[0])
        for url in urls:
            same(plain(http_ask(method, below(url) + more, body, head)), wanted, method, more)


def revoked_while_sending():
    """A download that its client does not read ends when the link does."""
    with open(path_of("/big"), "wb") as f:
        f.truncate(64 << 20)
    path, number = link("big")
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(talk.SECONDS)
    sock.connect(("127.0.0.1", int(doors.PORTS["http"])))
    sock.sendall(("GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path).encode())
    wrong_unless(sock.recv(15) == b"HTTP/1.1 200 OK", "no answer")
    do("share", "revoke", str(number))
    same(http_ask("GET", path).status, 404)
    until(lambda: json.loads(do("who", "--json")) == [], "nobody is there any more")
    sock.close()
    os.unlink(path_of("/big"))


# --- passwords ---

def password(url):
    path = below(url)
    page = http_ask("GET", path + "sub/", headers=PAGE)
    same(page.status, 200)
    wrong_unless(b'name="password"' in page.body and b"two.txt" not in page.body, page.body)
    wrong_unless("WWW-Authenticate" not in page.headers, page.headers)

    def form(text, **head):
        return http_ask("POST", path + "sub/", urllib.parse.urlencode({"password": text}), {**FORM, **head})

    for wrong in ("wrong", "", "pass  word", "p" * 5000, "pass word\n"):
        answer = form(wrong)
        same((answer.status, b"not the password" in answer.body, answer.cookie()), (403, True, ""), wrong)
    same(form("pass word", Origin="http://elsewhere.example").status, 403)
    same(http_ask("POST", path, b"x" * 9000, FORM).status, 413)
    same(http_ask("POST", path, b"nothing=1", FORM).status, 403)
    same(http_ask("PUT", path + "new", b"x").status, 401)
    # What browsers send from a page without a referrer.
    answer = form("pass word", Origin="null")
    same((answer.status, answer.headers["Location"]), (303, path + "sub/"))
    cookie = answer.cookie()
    wrong_unless("; Path=" + path.rstrip("/") + ";" in cookie and "; HttpOnly" in cookie and
                 "; SameSite=Lax" in cookie, cookie)
    mine = {"Cookie": cookie.split(";")[0]}
    same(http_ask("GET", path + "sub/two.txt", headers=mine).body, b"two\n")
    same(http_ask("GET", path + "sub/two.txt", headers={**mine, "Authorization": basic("x", "y")}).status, 200)
    # One share's cookie is not another's, and a bent one nobody's.
    other, _ = link("pub", "--password", said="pass word\n")
    same(http_ask("GET", other, headers=mine).status, 401)
    value = mine["Cookie"]
    for bent in (value[:-1], value + "0", "share=", value[:-1] + ("0" if value[-1] != "0" else "1")):
        same(http_ask("GET", path, headers={"Cookie": bent}).status, 401, bent)
    # An account's name and password are no way in.
    same(http_ask("GET", path, who=ADAM).status, 401)
    wrong_unless(log_lines("event=denied", "who=share:"), "no line in the log")
    do("restart")
    do_ports()
    same(http_ask("GET", path, headers=mine).status, 401, "a cookie of an earlier daemon")
    same(http_ask("GET", path, who=("x", "pass word")).status, 200)


def do_ports():
    """Where the doors are after a restart."""
    for door in json.loads(do("status", "--json"))["doors"]:
        if door["name"] == "http" and door["label"] == "":
            doors.PORTS["http"] = door["listen"][0].rsplit(":", 1)[1]


def delays(number):
    """How late the log says that wrong passwords of that share were answered."""
    return [int(re.search(r"answered (\d+) ms later", line).group(1))
            for line in log_lines("event=denied", "who=share:%d " % number)]


def guessing(one, two):
    one, two = below(one), below(two)
    first, second = (s["id"] for s in shares()[-2:])

    def wrong(path, source, form=False):
        if form:
            return http_ask("POST", path, b"password=wrong", FORM, source=source).status
        return http_ask("GET", path, who=("x", "wrong"), source=source).status

    # By share, whatever the address; by address, whatever the share.
    same([wrong(one, "127.0.6.%d" % i, i % 2 == 1) for i in range(1, 4)], [403, 401, 403])
    same(delays(first), [1, 2, 4])
    same(wrong(two, "127.0.6.1"), 401)
    same(delays(second), [2])
    # A login that fails counts, too.
    same(http_ask("GET", "/files/", who=("anna", "wrong"), source="127.0.6.1").status, 401)
    try:
        same(wrong(two, "127.0.6.1"), 401)
    except ConnectionError:
        pass  # a ban closes what is open
    until(lambda: "127.0.6.1 " in do("ban", "list"), "banned")
    wrong_unless("127.0.6.2 " not in do("ban", "list"), "banned, too")
    same(http_ask("GET", one, who=("x", "right"), source="127.0.6.2").status, 200)
    same(wrong(one, "127.0.6.4"), 401)
    same(delays(first)[3:], [1], "the right one made good what was wrong before:")


# --- uploads ---

def no_more_than_adding(url):
    path = below(url)
    for method, head in (("DELETE", {}), ("MKCOL", {}), ("MOVE", {"Destination": path + "moved"}),
                         ("COPY", {"Destination": path + "copy"}), ("PROPFIND", {}), ("PATCH", {})):
        answer = http_ask(method, path + "one.txt", headers=head)
        wrong_unless(answer.status in (403, 405, 501), method, "is", answer.status)
    same(open(path_of("/pub/one.txt"), encoding="ascii").read(), "one\n")
    for name in (".hidden", "none/x", "sub"):
        answer = http_ask("PUT", path + name, b"x")
        wrong_unless(answer.status in (403, 404, 409), name, "is", answer.status)
    same(http_ask("PUT", path + "../out", b"x").status, 400)
    same(http_ask("POST", path + "?share", b"", FORM).status, 403)
    page = http_ask("GET", path, headers=PAGE).body
    wrong_unless(b"multipart/form-data" in page and b"replace" not in page, page)


# --- what ends it ---

def dies():
    """By each door that can delete or rename; another file of that name is not shared."""
    def shared(name):
        put_file(name, b"first")
        path, _ = link(name)
        same(http_ask("GET", path).status, 200)
        return path

    def check(path, name, how):
        same(http_ask("GET", path).status, 404, how)
        put_file(name, b"another")
        same(http_ask("GET", path).status, 404, how)

    def by_ftp(*lines):
        f = ftp(*ANNA)
        for line in lines:
            f.sendcmd(line)
        f.close()

    path = shared("/d/1")
    same(http_ask("DELETE", "/files/d/1", who=ANNA).status, 204)
    check(path, "/d/1", "DELETE")
    path = shared("/d/2")
    same(http_ask("MOVE", "/files/d/2", headers={"Destination": "/files/d/3"}, who=ANNA).status, 201)
    check(path, "/d/2", "MOVE")
    path = shared("/d/4")
    by_ftp("DELE /d/4")
    check(path, "/d/4", "DELE")
    path = shared("/d/deep/5")
    by_ftp("RNFR /d/deep", "RNTO /d/deeper")
    check(path, "/d/deep/5", "RNTO of the folder")
    # What others remove is not there; what replaces it is the same to us.
    path = shared("/d/6")
    os.unlink(path_of("/d/6"))
    until(lambda: http_ask("GET", path).status == 404, "gone")
    os.mkdir(path_of("/d/6"))
    until(lambda: http_ask("GET", path).status == 404, "a folder is no file")
    path = shared("/d/7")
    same(http_ask("PUT", "/files/d/7", b"second", who=ANNA).status, 204)
    same(http_ask("GET", path).body, b"second")


# --- on the web ---

def make(path, who, form="", **head):
    return http_ask("POST", "/files" + path + "?share", form, {**FORM, **head}, who)


def web():
    answer = make("/pub/", ANNA, "expires=1h&uploads=yes")
    same(answer.status, 201)
    made = json.loads(answer.body)
    same(sorted(made), ["expires", "id", "url"])
    wrong_unless(abs(made["expires"] - time.time() - 3600) < 1800, made)
    wrong_unless(made["url"].startswith("http://127.0.0.1:%s/s/" % doors.PORTS["http"]), made)
    same(http_ask("PUT", below(made["url"]) + "by-web.txt", b"x").status, 201)
    # No form at all: a week, to be read.
    plain_one = json.loads(http_ask("POST", "/files/pub/one.txt?share", who=ANNA).body)
    same(http_ask("GET", below(plain_one["url"])).body, b"one\n")
    row = next(s for s in shares() if s["id"] == plain_one["id"])
    same((row["account"], row["path"], row["uploads"], row["password"], row["expires"] - row["made"]),
         ("anna", "/pub/one.txt", False, False, 7 * 86400))
    # A password is hashed, and a browser gets a page.
    answer = make("/pub/", ANNA, urllib.parse.urlencode({"password": "ä & =", "expires": "never"}), **PAGE)
    same((answer.status, answer.headers["Cache-Control"]), (201, "no-store"))
    path = below(re.search(r'href="(http://[^"]*/s/[^"]*)"', answer.body.decode()).group(1))
    same(http_ask("GET", path).status, 401)
    same(http_ask("GET", path, who=("x", "ä & =")).status, 200)
    # Who may not.
    same(make("/pub/", None).status, 401)
    same(http_ask("POST", "/files/pub/?share", "", FORM, door="http_open").status, 401, "guests that may write:")
    same(make("/pub/", RITA, "uploads=yes").status, 403)
    same(make("/pub/closed/", ANNA).status, 403)
    same(make("/pub/closed/none", ANNA).status, 403, "what is not to be seen:")
    same(make("/none", ANNA).status, 404)
    same(make("/pub/one.txt", ANNA, "uploads=yes").status, 409)
    for form in ("expires=soon", "expires=0", "uploads=perhaps", "password=%ff", "password=a%0ab", "password=" + "x" * 256,
                 "expires=" + "1" * 50):
        same(make("/pub/", ANNA, form).status, 400, form)
    same(make("/pub/", ANNA, "x" * 9000).status, 413)
    same(make("/pub/", ANNA, "", Origin="http://elsewhere.example").status, 403)
    same(make("/pub/", ANNA, "", Origin="null").status, 403)
    same(http_ask("POST", "/files/pub/?share", "{}", {"Content-Type": "application/json"}, ANNA).status, 415)
    # Lists.
    same(http_ask("GET", "/shares").status, 401)
    same(http_ask("GET", "/shares", headers=PAGE).status, 303)
    mine = json.loads(http_ask("GET", "/shares", who=ANNA).body)
    same({s["account"] for s in mine}, {"anna"})
    wrong_unless(made["id"] in [s["id"] for s in mine], mine)
    same(json.loads(http_ask("GET", "/shares?json", headers=PAGE, who=RITA).body), [])
    same(json.loads(http_ask("GET", "/shares", who=ADAM).body), shares())
    page = http_ask("GET", "/shares", headers=PAGE, who=ANNA).body.decode()
    wrong_unless('name="revoke" value="%d"' % made["id"] in page, page)
    wrong_unless(below(made["url"]) not in page, "the link is shown again")
    # Revoking: one's own; administrators all.
    def revoke(number, who, **head):
        return http_ask("POST", "/shares", "revoke=%s" % number, {**FORM, **head}, who).status
    same(revoke(made["id"], None), 401)
    same(revoke(made["id"], RITA), 404)
    same(revoke("x", ANNA), 404)
    same(revoke(made["id"], ANNA, Origin="http://elsewhere.example"), 403)
    same(http_ask("GET", below(made["url"])).status, 200)
    same(revoke(made["id"], ANNA), 303)
    same(http_ask("GET", below(made["url"])).status, 404)
    same(revoke(made["id"], ANNA), 404)
    same(revoke(plain_one["id"], ADAM), 303)
    same(http_ask("GET", below(plain_one["url"])).status, 404)
    leaves_early()
    bounded()


def leaves_early():
    """Who goes while the password is hashed: nothing is made, and nothing breaks."""
    before = shares()
    c = http.client.HTTPConnection("127.0.0.1", int(doors.PORTS["http"]), timeout=talk.SECONDS)
    for _ in range(8):
        c.request("POST", "/files/pub/?share", "password=x", {**FORM, "Authorization": basic(*ANNA)})
        c.close()
    until(lambda: json.loads(do("who", "--json")) == [], "nobody is there any more")
    wrong_unless(len(shares()) <= len(before) + 8, shares())


def bounded():
    """200 of an account; others make theirs."""
    add_user("many", "many's")
    c = http.client.HTTPConnection("127.0.0.1", int(doors.PORTS["http"]), timeout=talk.SECONDS)
    statuses = []
    for _ in range(201):
        c.request("POST", "/files/pub/?share", "", {**FORM, "Authorization": basic("many", "many's")})
        r = c.getresponse()
        r.read()
        statuses.append(r.status)
    c.close()
    same(statuses, [201] * 200 + [409])
    same(make("/pub/", ANNA).status, 201)
    do("user", "del", "many")
    until(lambda: all(s["account"] != "many" for s in shares()), "gone with the account")


SCENARIOS = (inside, nothing, revoked_while_sending, password, guessing, no_more_than_adding, dies, web)

if __name__ == "__main__":
    sys.exit(doors.main({f.__name__: f for f in SCENARIOS}))
