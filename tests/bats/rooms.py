"""rooms.py SCENARIO: rooms that are registered, their folders, and speaking from everywhere. $PORTS says
where the doors are; the suite has made the accounts ann, ben, cat (write), ray (read) and boss (admin),
whose passwords are their names and "'s"."""
import hashlib
import json
import os
import re
import sys
import urllib.parse

import doors
from doors import Irc, do, ftp, ftp_put, ftp_says, http_ask, lgp_ask, log_lines, same, until, wrong_unless

SPEAKS = " PRIVMSG "


def who(name):
    return (name, name + "'s")


def enter(name, *rooms, account=True, caps=""):
    c = Irc()
    if caps:
        c.say("CAP REQ :" + caps)
    c.register(name, name + "'s" if account else None, wait=False)
    if caps:
        c.say("CAP END")
    lines = c.until(" 376 ")
    hosts = [m.group(1) for m in (re.search(r" draft/FILEHOST=(\S+)", line) for line in lines) if m]
    c.host = urllib.parse.urlsplit(hosts[0]).path if hosts else None
    for room in rooms:
        c.say("JOIN " + room)
        c.until(" 366 ")
    return c


def ask(c, service, text):
    """What a service answers, up to the PONG."""
    c.say("PRIVMSG %s :%s" % (service, text))
    lines = c.sync("asked")
    head = ":%s!%s@agentd NOTICE %s :" % (service, service, c.nick)
    return [line[len(head):] for line in lines if line.startswith(head)]


def asked(c, service, text, last):
    """The same, of what takes more than a turn: up to a line that begins so."""
    head = ":%s!%s@agentd NOTICE %s :" % (service, service, c.nick)
    c.say("PRIVMSG %s :%s" % (service, text))
    return [line[len(head):] for line in c.until(head + last)]


def registered(name, room, *more):
    """A session of name's in the room, which is his."""
    c = enter(name, room, *more)
    got = ask(c, "rooms", "register " + room)
    wrong_unless("is registered to " + name in got[0], got)
    return c


def over(c):
    c.say("QUIT")
    c.rest()
    c.close()


def said_to(c, text, sender=None):
    line = c.until(text)[-1]
    wrong_unless(SPEAKS in line and (sender is None or line.startswith(":" + sender + "!")), line)
    return line


# --- registered rooms ---

def stays():
    """A registered room is there when nobody is in it, and after a restart, as it was; its people are
    what they were."""
    a, b = registered("ann", "#Stay"), enter("ben", "#stay")
    a.say("MODE #stay +vst-n ben", "TOPIC #stay :it stays", "MODE #stay +b evil!*@*", "MODE #stay +e ~a:cat",
          "MODE #stay +I *!*@10.*")
    a.until(" MODE #Stay +I")
    b.until(" MODE #Stay +I")
    over(a)
    over(b)
    do("restart")
    doors.PORTS.update(p.split("=", 1) for p in read_ports())
    r = next(r for r in json.loads(do("rooms", "--json")) if r["name"] == "#Stay")
    same((r["members"], r["owner"], r["topic"]), (0, "ann", "it stays"))
    c = enter("cat", "#stay")  # the first one is nobody
    c.say("NAMES #stay", "MODE #stay", "MODE #stay +b")
    lines = c.sync("x")
    wrong_unless(any(line.endswith("#Stay :cat") for line in lines), lines)
    wrong_unless(any(" 324 cat #Stay +st" in line for line in lines), lines)
    wrong_unless(any(" 367 cat #Stay evil!*@* ann " in line for line in lines), lines)
    b = enter("ben", "#stay")
    wrong_unless(" MODE #Stay +v ben" in c.until(" MODE ")[-1])
    a = enter("ann", "#stay")
    wrong_unless(" MODE #Stay +o ann" in c.until(" MODE ")[-1])
    a.say("MODE #stay +e", "MODE #stay +I")
    lines = a.until(" 347 ")
    wrong_unless(any("~a:cat" in line for line in lines) and any("*!*@10.*" in line for line in lines), lines)
    wrong_unless("not yours" in ask(b, "rooms", "drop #stay")[0])
    wrong_unless("not registered any more" in ask(a, "rooms", "drop #stay")[0])
    for s in (a, b, c):
        over(s)
    same([r for r in json.loads(do("rooms", "--json")) if r["name"] == "#Stay"], [])


def read_ports():
    out = []
    for d in json.loads(do("status", "--json"))["doors"]:
        if d["label"] == "" and d["listen"]:
            out.append("%s=%s" % (d["name"], d["listen"][0].rsplit(":", 1)[1]))
    return out


def wakes(pid):
    """A room of nobody is there again after a crash, if somebody comes in."""
    a = enter("ann", "#Nap")
    a.say("TOPIC #nap :asleep", "MODE #nap +k key")
    a.until(" MODE ")
    g = enter("guest_one", "#nap2", account=False)
    g.say("TOPIC #nap2 :guests")
    g.until(" TOPIC ")
    until(lambda: stored("#nap", "asleep") and stored("#nap2", "guests"), "it is written")
    os.kill(int(pid), 9)
    a.rest()
    g.rest()
    do("start")
    doors.PORTS.update(p.split("=", 1) for p in read_ports())
    c = enter("cat")
    c.say("LIST", "JOIN #nap", "JOIN #nap2")
    lines = c.until(" 366 ")
    wrong_unless(not any("#Nap" in line for line in lines if " 322 " in line), lines)
    wrong_unless(any(" 475 cat #nap " in line for line in lines), lines)
    wrong_unless(any(" 332 cat #nap2 :guests" in line for line in lines), lines)
    wrong_unless(any(line.endswith("#nap2 :@cat") for line in lines), "the first of those who are nobody", lines)
    c.say("JOIN #nap key")
    lines = c.until(" 366 ")
    wrong_unless(any(line.endswith("#Nap :cat") for line in lines), lines)
    a = enter("ann")
    a.say("JOIN #nap key")
    wrong_unless(" MODE #Nap +o ann" in c.until(" MODE ")[-1])
    over(a)
    over(c)


def stored(fold, topic):
    import sqlite3
    db = sqlite3.connect("file:%s/agentd.db?mode=ro" % doors.STATE, uri=True)
    try:
        return db.execute("SELECT 1 FROM room WHERE fold = ? AND topic = ?", (fold, topic)).fetchone()
    finally:
        db.close()


# --- one room, one folder ---

def answer_of(method, path, user=None, body=None, headers=()):
    """headers: "Name: value", as they are sent."""
    return http_ask(method, path, body, [h.split(": ", 1) for h in headers], who=who(user) if user else None)


def folder():
    """The folder is for those who are in the room or might come in, at every door; nobody else sees that
    it is there."""
    a = registered("ann", "#fold")
    same(answer_of("PUT", "/files/rooms/fold/a.txt", "ben", b"by ben").status, 201)
    same(answer_of("PUT", "/files/rooms/fold/g.txt", None, b"by a guest").status, 201)
    same(answer_of("PUT", "/files/rooms/fold/r.txt", "ray", b"x").status, 403)
    same(answer_of("GET", "/files/rooms/fold/a.txt", "ray").body, b"by ben")
    f = ftp(*who("ben"))
    wrong_unless(ftp_put(f, "/rooms/fold/f.txt", b"by ftp").startswith("226"), "STOR")
    # The folder itself stays where it is.
    for verb in ("RNFR /rooms/fold", "RMD /rooms/fold", "MKD /rooms/new", "STOR /rooms/file", "CWD /rooms/nope"):
        wrong_unless(ftp_says(f, verb).startswith("5"), verb)
    for name in ("ann", "ben"):
        same(answer_of("DELETE", "/files/rooms/fold/", name).status, 403, name)
        same(answer_of("MOVE", "/files/rooms/fold/", name, None, ("Destination: /files/rooms/x/",)).status, 403)
        same(answer_of("PUT", "/files/rooms/x.txt", name, b"x").status, 403)
        same(answer_of("MKCOL", "/files/rooms/x/", name).status, 403)
    same(answer_of("DELETE", "/files/rooms/fold/f.txt", "cat").status, 204)
    # Closed: who is not in it sees nothing of it, by any door.
    a.say("MODE #fold +i")
    a.until(" MODE ")
    b = enter("boss")
    for name in ("cat", "ray", None):
        r = answer_of("GET", "/files/rooms/?json", name)
        wrong_unless(b'"fold"' not in r.body, name, r.body)
        wrong_unless(answer_of("GET", "/files/rooms/fold/a.txt", name).status in (401, 403, 404), name)
        r = answer_of("PROPFIND", "/files/rooms/", name, b"", ("Depth: 1",))
        wrong_unless(r.status == 207 and b"fold" not in r.body, name, r.body)
        wrong_unless(answer_of("GET", "/files/rooms/fold/?archive=tar", name).status in (401, 403, 404), name)
        r = answer_of("GET", "/files/?archive=tar", name)
        wrong_unless(b"rooms/fold" not in r.body, name)
    f = ftp(*who("cat"))
    for verb in ("NLST /rooms", "LIST /rooms", "MLSD /rooms", "LIST -R /"):
        _, data = doors.ftp_data(f, verb)
        wrong_unless(b"fold" not in data, verb, data)
    for verb in ("CWD /rooms/fold", "SIZE /rooms/fold/a.txt", "MLST /rooms/fold/a.txt"):
        wrong_unless(ftp_says(f, verb).startswith("5"), verb)
    # Who is in it, is; by his account, at every door.
    a.say("INVITE boss #fold", "INVITE cat #fold")
    a.sync("x")
    c = enter("cat")
    a.say("INVITE cat #fold")
    c.until(" INVITE ")
    c.say("JOIN #fold")
    c.until(" 366 ")
    same(answer_of("GET", "/files/rooms/fold/a.txt", "cat").body, b"by ben")
    wrong_unless(b"fold" in doors.ftp_data(f, "NLST /rooms")[1], "NLST")
    same(answer_of("GET", "/files/rooms/fold/a.txt", "boss").body, b"by ben")
    for s in (a, b, c):
        over(s)
    same(answer_of("GET", "/files/rooms/fold/a.txt", "ann").body, b"by ben")  # the founder, wherever
    same(answer_of("GET", "/files/rooms/fold/a.txt", "cat").status, 403)
    # What is about the lobby is the lobby's; what has no room, the administrators'.
    doors.put_file("rooms/orphan/x", b"x")
    same(answer_of("GET", "/files/rooms/orphan/x", "ann").status, 403)
    same(answer_of("GET", "/files/rooms/orphan/x", "boss").body, b"x")
    same(answer_of("MKCOL", "/files/rooms/lobby/sub/", "ann").status, 201)
    same(answer_of("DELETE", "/files/rooms/orphan/", "boss").status, 204)


def renamed():
    """The folder goes along when the founder renames the room."""
    a = registered("ann", "#old")
    same(answer_of("PUT", "/files/rooms/old/x", "ann", b"x").status, 201)
    a.say("CAP REQ :draft/channel-rename", "RENAME #old #new :better")
    a.until(" RENAME ")
    same(answer_of("GET", "/files/rooms/new/x", "ann").body, b"x")
    same(answer_of("GET", "/files/rooms/old/x", "ann").status, 403)
    over(a)


def aside():
    """Whose room it is later does not get what lay in the folder before; administrators do."""
    a = registered("ann", "#aside")
    same(answer_of("PUT", "/files/rooms/aside/mine", "ann", b"x").status, 201)
    ask(a, "rooms", "drop #aside")
    over(a)
    same(answer_of("GET", "/files/rooms/aside/mine", "ben").status, 403)
    b = enter("ben", "#aside")
    said = ask(b, "rooms", "register #aside")
    wrong_unless(said[-1] == "What lay there before was put aside, for administrators.", said)
    same(answer_of("GET", "/files/rooms/aside/mine", "ben").status, 404)
    kept = [f for f in os.listdir(os.environ["FILES"] + "/rooms") if f.startswith("aside (before ")]
    same(len(kept), 1)
    path = "/files/rooms/" + urllib.parse.quote(kept[0]) + "/mine"
    same(answer_of("GET", path, "ben").status, 403)
    same(answer_of("GET", path, "boss").body, b"x")
    c = registered("cat", "#mover")
    same(answer_of("PUT", "/files/rooms/mover/theirs", "cat", b"y").status, 201)
    ask(b, "rooms", "drop #aside")
    over(b)
    c.say("RENAME #mover #aside")
    c.until(" JOIN #aside")
    same(answer_of("GET", "/files/rooms/aside/theirs", "cat").body, b"y")
    over(c)


def told():
    """A file that arrives by any door is told in its room and nowhere else, in the order of arrival, with
    its digest; in full in the log and as a tag."""
    a = registered("ann", "#told")
    t = enter("ben", "#told", caps="message-tags server-time")
    lobby = enter("cat", "#lobby")
    text = b"the plan"
    digest = hashlib.sha256(text).hexdigest()
    wrong_unless(ftp_put(ftp(*who("ben")), "/rooms/told/plan.pdf", text).startswith("226"), "STOR")
    line = a.until(" NOTICE #told ")[-1]
    wanted = r":agentd NOTICE #told :ben uploaded plan\.pdf \(8 B, sha256 %s…\) (http://\S+)/files/rooms/told/plan\.pdf"
    wrong_unless(re.fullmatch(wanted % digest[:12], line), line)
    line = t.until(" NOTICE #told ")[-1]
    wrong_unless(";+agentd/sha256=%s " % digest in line, line)
    until(lambda: log_lines("event=digest", "path=/rooms/told/plan.pdf", "who=ben", "sha256=" + digest), "log")
    big = os.urandom(3 << 20)
    same(answer_of("PUT", "/files/rooms/told/sub.bin", "cat", big).status, 201)
    same(answer_of("PUT", "/files/elsewhere.txt", "cat", b"").status, 201)
    line = a.until(" NOTICE #told ")[-1]
    wrong_unless("cat uploaded sub.bin (3.1 MB, sha256 " + hashlib.sha256(big).hexdigest()[:12] + "…)" in line, line)
    lines = lobby.until(" uploaded elsewhere.txt ")
    same([line for line in lines if "#told" in line or "plan" in line or "sub.bin" in line], [])
    wrong_unless("(0 B, sha256 e3b0c44298fc…)" in lines[-1], lines[-1])
    for s in (a, t, lobby):
        over(s)


# --- speaking ---

def say(room, body, user=None, headers=(), query="", path="/rooms/%s/say%s"):
    return answer_of("POST", path % (urllib.parse.quote(room), query), user, body, headers)


FORM = ("Content-Type: application/x-www-form-urlencoded",)


def http_says():
    a = registered("ann", "#Talk")
    same(say("talk", b"hello there").status, 204)
    said_to(a, "#Talk :hello there", "guest-127-0-0-1")
    same(say("TALK", b"from ben\r\n", "ben").status, 204)
    said_to(a, "#Talk :from ben", "ben")
    same(say("talk", "text=a%26b%20%E5%B0%8F&name=Joe".encode(), None, FORM).status, 204)
    said_to(a, "#Talk :a&b 小", "Joe")
    same(say("talk", b"no field = of that name", None, FORM).status, 204)  # as curl -d sends it
    said_to(a, "#Talk :no field = of that name")
    same(say("talk", b"as asked", None, (), "?as=Sue").status, 204)
    said_to(a, "#Talk :as asked", "Sue")
    same(say("talk", b"one\n\ntwo\n").status, 204)
    said_to(a, "#Talk :one")
    said_to(a, "#Talk :two")
    # What cannot be said, and why.
    for status, args, words in (
            (404, ("nope", b"x"), "no such room"), (400, ("talk", b" \n"), "no text"),
            (400, ("talk", b"\xff"), "UTF-8"), (413, ("talk", b"x" * 9000), "too long"),
            (413, ("talk", b"x\n" * 101), "too long"), (409, ("talk", b"x", None, (), "?as=ben"), "account"),
            (409, ("talk", b"x", None, (), "?as=ann"), "account"), (400, ("talk", b"x", None, (), "?as=a%20b"), "called"),
            (409, ("talk", b"x", None, (), "?as=rooms"), "not for the chat")):
        r = say(*args)
        wrong_unless(r.status == status and words in r.body.decode(), args, r.status, r.body)
    same(say("talk", b"x" * 40000).status, 413)
    same(say("talk", b"x", None, ("Origin: http://evil.example",)).status, 403)
    same(answer_of("GET", "/rooms/talk/say").status, 405)
    same(answer_of("POST", "/rooms/talk/", None, b"x").status, 404)
    r = answer_of("GET", "/rooms/talk/")
    same((r.status, r.headers["Location"]), (303, "/files/rooms/talk/"))
    for mode, status, words in (("+m", 403, "may not speak"), ("-m+i", 403, "invited"), ("-i+k x", 403, "key"),
                                ("-k+b x *!*@127.0.0.1", 403, "banned"), ("-b+s *!*@127.0.0.1", 404, "no such room")):
        a.say("MODE #talk " + mode)
        a.until(" MODE ")
        r = say("talk", b"x")
        wrong_unless(r.status == status and words in r.body.decode(), mode, r.status, r.body)
    same(say("talk", b"the founder", "ann").status, 204)
    said_to(a, "the founder", "ann")
    over(a)


def flood():
    """As everywhere in the chat; whoever is too fast is told how long to wait. By FTP it is the same
    bucket."""
    a = registered("ann", "#slow")
    got = [say("slow", b"x%d" % i, "ben") for i in range(30)]
    late = [r for r in got if r.status == 429]
    wrong_unless(late and got[0].status == 204, [r.status for r in got])
    wrong_unless(int(late[-1].headers["Retry-After"]) >= 1 and b"too fast" in late[-1].body, late[-1].body)
    wrong_unless(ftp_says(ftp(*who("ben")), "SITE MSG #slow x").startswith("450"), "SITE MSG")
    same(say("slow", b"x", "cat").status, 204)
    over(a)


def tokens():
    """A program needs no password: it says, reads and writes as its account, and administrates
    nothing."""
    a = registered("ann", "#bots")
    token = do("user", "token", "ben", "add", "a-bot").split()[0]
    boss = do("user", "token", "boss", "add").split()[0]

    def by(token, method, path, body=None, *headers):
        return answer_of(method, path, None, body, ("Authorization: Bearer " + token, *headers))

    same(by(token, "POST", "/rooms/bots/say", b"beep").status, 204)
    said_to(a, "#bots :beep", "ben")
    same(by(token, "PUT", "/files/rooms/bots/t.txt", b"t").status, 201)
    same(by(token, "GET", "/files/rooms/bots/t.txt").body, b"t")
    same(by(token, "GET", "/shares").status, 403)
    same(by(token, "POST", "/files/rooms/bots/t.txt?share", b"").status, 403)
    same(by("0" * 48, "GET", "/files/").status, 401)
    same(by(boss, "GET", "/files/rooms/nope/").status, 403)
    same(by(boss, "DELETE", "/files/rooms/bots/").status, 403)
    same(by(boss, "GET", "/chat/ws", None, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==").status, 403)
    wrong_unless("a-bot" in do("user", "token", "ben", "list"), "list")
    wrong_unless(not log_lines(token) and log_lines("ben: token add"), "it is in the log")
    do("user", "token", "ben", "revoke", do("user", "token", "ben").split("\n")[1].split()[0])
    same(by(token, "POST", "/rooms/bots/say", b"beep").status, 401)
    over(a)


# --- files, as chat has them ---

def files_service():
    a = registered("ann", "#find")
    for n in range(25):
        doors.put_file("docs/deep/report %02d.txt" % n, b"x" * n)
    doors.put_file("rooms/find/minutes.txt", b"m" * 2048)
    doors.put_file(".hidden/minutes.txt", b"")
    a.say("MODE #find +s")
    a.until(" MODE ")
    got = asked(a, "files", "ls /docs", "that is all")
    same(len(got), 2, got)
    wrong_unless(re.fullmatch(r"docs/deep/ http://\S+/files/docs/deep/", got[0]), got)
    got = asked(a, "files", "ls docs/deep", "and more")
    same(len(got), 21, got)
    wrong_unless(re.fullmatch(r"docs/deep/report 00\.txt \(0 B\) http://\S+/files/docs/deep/report%2000\.txt", got[0]), got)
    got = asked(a, "files", "find REPORT 24", "1 found")
    wrong_unless(got[0].startswith("docs/deep/report 24.txt (24 B) http://"), got)
    asked(a, "files", "find report", "and more")
    got = asked(a, "files", "find minutes", "1 found")
    wrong_unless(got[0].startswith("rooms/find/minutes.txt (2.0 KB) "), got)
    c = enter("cat")  # who is not in the room
    same(asked(c, "files", "find minutes", "0 found"), ["0 found"])
    wrong_unless("no such" in ask(c, "files", "ls /rooms/find")[0])
    wrong_unless("no such" in ask(c, "files", "send rooms/find/minutes.txt")[0])
    wrong_unless("find WORDS" in ask(c, "files", "find")[0])
    wrong_unless("I know:" in ask(c, "files", "what")[0] and len(ask(c, "files", "help")) == 3)
    ask(a, "files", "send docs/deep/report 07.txt #find")
    b = enter("boss", "#find")
    a.say("PRIVMSG files :send docs/deep/report 07.txt #find")
    line = said_to(b, "report 07.txt (7 B) http://", "ann")
    wrong_unless(" PRIVMSG #find :docs/deep/report 07.txt (7 B) " in line, line)
    got = ask(a, "files", "send rooms/find/minutes.txt")
    wrong_unless(got[-1].startswith("rooms/find/minutes.txt (2.0 KB) http://"), got)
    c.say("PRIVMSG files :send docs/deep/report 07.txt #find")
    wrong_unless(any(" 404 " in line or " 403 " in line for line in c.sync("x")), "said where he may not")
    c.say("PRIVMSG files :find report", "QUIT")  # and leaves in the midst of it
    c.rest()
    for s in (a, b):
        over(s)


# --- files from the chat ---

def drop():
    """draft/FILEHOST: a POST with the session's secret."""
    a = registered("ann", "#drop")
    text = b"\x89PNG picture"

    def post(c, query="", *headers, body=text):
        return answer_of("POST", c.host + query, None, body, headers)

    name = "Content-Disposition: attachment; filename*=UTF-8''my%20%E5%B0%8F.png"
    r = post(a, "?room=%23drop", name)
    same(r.status, 201, r.body)
    wrong_unless(re.fullmatch(r"http://127\.0\.0\.1:\d+/files/rooms/drop/my%20%E5%B0%8F\.png", r.headers["Location"]),
                 r.headers["Location"])
    wrong_unless("ann uploaded my 小.png (12 B, sha256 " in a.until(" NOTICE #drop ")[-1], "told")
    same(doors.bytes_of("rooms/drop/my 小.png"), text)
    r = post(a, "?room=%23drop", name, body=b"another")
    same((r.status, doors.bytes_of("rooms/drop/my 小-2.png")), (201, b"another"))
    same(doors.bytes_of("rooms/drop/my 小.png"), text)
    # Without a name, by type and time; without a room, where he spoke last, else the lobby.
    a.say("PRIVMSG #drop :look")
    r = post(a, "", "Content-Type: image/png")
    wrong_unless(re.search(r"/files/rooms/drop/image-\d{8}-\d{6}\.png$", r.headers["Location"]), r.headers["Location"])
    g = enter("guest_g", account=False)
    r = post(g, "", "Content-Disposition: attachment; filename=\"../../x/.evil\"")
    wrong_unless(re.search(r"/files/rooms/lobby/file-\d{8}-\d{6}\.bin$", r.headers["Location"]), r.headers["Location"])
    r = post(g, "", "Content-Disposition: attachment; filename=\"../../x/good.txt\"")
    wrong_unless(r.headers["Location"].endswith("/files/rooms/lobby/good.txt"), r.headers["Location"])
    # Refused, in words.
    for status, words, r in ((403, "a room", post(a, "?room=")), (403, "a room", post(a, "?room=ben")),
                             (404, "no such room", post(a, "?room=%23nope")), (405, "", http_ask("GET", a.host))):
        wrong_unless(r.status == status and words in r.body.decode(), status, words, r.status, r.body)
    same(http_ask("POST", "/-/drop/" + "0" * 40, text).status, 404)
    g.say("JOIN #plain")
    g.until(" 366 ")
    r = post(g, "?room=%23plain")
    wrong_unless(r.status == 403 and b"not registered" in r.body, r.status, r.body)
    a.say("MODE #drop +m")
    a.until(" MODE ")
    r = post(g, "?room=%23drop")
    wrong_unless(r.status == 403 and b"may not" in r.body, r.status, r.body)
    a.say("MODE #drop +s-m")
    a.until(" MODE ")
    same(post(g, "?room=%23drop").status, 404)
    # The secret dies with the session, also while a file comes; and no log has it.
    host = a.host
    c = doors.Lines("http")
    c.say("POST %s?room=%%23drop HTTP/1.1" % host, "Host: x", "Content-Length: 8",
          "Content-Disposition: attachment; filename=late", "", "ab")
    until(lambda: any(w["doing"].endswith("/late") for w in json.loads(do("who", "--json"))), "it comes")
    over(a)
    c.say("cd")
    wrong_unless(" 403 " in c.line(), "the session is over")
    same(http_ask("POST", host, text).status, 404)
    with open(doors.STATE + "/access.log", encoding="utf-8") as f:
        log = f.read()
    wrong_unless(host.rsplit("/", 1)[1] not in log and "/-/drop/" in log, "the access log has a secret")
    over(g)


# --- one presence ---

def presence():
    a, b = enter("ann"), enter("ben")
    f = ftp(*who("ann"))
    b.say("WHOIS ann")
    lines = b.until(" 318 ")
    wrong_unless(any(line.endswith(" 320 ben ann :is also here by ftp") for line in lines), lines)
    a2 = Irc()
    a2.register("ann_two", "ann's", wait=False)
    rows = [w for w in json.loads(do("who", "--json")) if w["account"] == "ann"]
    same(sorted(w["proto"] for w in rows)[:2], ["ftp", "irc"], rows)
    # Thrown out by one name is out by every door.
    do("kick", "ann", "enough")
    a.rest()
    wrong_unless(f.sock.recv(1000) is not None, "ftp")
    until(lambda: not [w for w in json.loads(do("who", "--json")) if w["account"] == "ann"], "gone by every door")
    # A ban closes what there is, datagrams and all.
    u = doors.udp("L uma", source="127.0.0.9")
    until(lambda: any(w["name"] == "uma" for w in json.loads(do("who", "--json"))), "uma is here")
    do("ban", "add", "127.0.0.9")
    until(lambda: not any(w["name"] == "uma" for w in json.loads(do("who", "--json"))), "uma is gone")
    do("ban", "del", "127.0.0.9")
    del u
    over(b)


SCENARIOS = {f.__name__: f for f in (
    stays, wakes, folder, renamed, aside, told, http_says, flood, tokens, files_service, drop, presence)}

if __name__ == "__main__":
    sys.exit(doors.main(SCENARIOS))
