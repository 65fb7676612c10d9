"""brute.py SCENARIO: those who guess passwords, and those who do not. See doors.py. Each test comes from
addresses of its own, 127.0.N.x, so that what one does is not held against another."""
import base64
import ftplib
import json
import re
import socket
import sys
import threading

import doors
from doors import (Irc, Lines, agentctl, do, ftp, http_ask, log_in, numeric, same, talk, token_of, udp,
                   until, wrong_unless)

PASSWORD = "the right one"


# --- one try, by each door: all the bytes of its answer ---

def try_ftp(name, password, source):
    c = Lines("ftp", source)
    c.line()
    c.say("USER " + name, "PASS " + password, "QUIT")
    said = c.rest().decode()
    c.close()
    return said


def raw_http(request, source):
    c = Lines("http", source)
    c.sock.sendall(request.encode())
    said = re.sub(r"\r\nDate: [^\r]*", "", c.rest().decode())
    c.close()
    return said


def try_basic(name, password, source):
    return raw_http("GET /files/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: %s\r\n\r\n" %
                    doors.basic(name, password), source)


def try_page(name, password, source):
    body = doors.urllib.parse.urlencode({"name": name, "password": password})
    return raw_http("POST /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" %
                    (len(body), body), source)


def try_pass(name, password, source):
    nick = "nick_" + source.replace(".", "_")
    c = Irc(source)
    c.register(nick, "%s:%s" % (name, password), wait=False)
    said = c.rest().decode().replace(nick, "NICK")
    c.close()
    return said


def try_nick(name, password, source):
    """The nick's own password."""
    c = Irc(source)
    c.register(name, password, wait=False)
    said = c.rest().decode().replace(name, "NAME")
    c.close()
    return said


def try_sasl(name, password, source):
    c = Irc(source)
    c.say("CAP LS 302", "NICK nick")
    c.until(" CAP ")
    said = "".join(c.sasl(name, password))
    c.say("QUIT")
    c.rest()
    c.close()
    return said


DOORS = {"ftp": try_ftp, "basic": try_basic, "page": try_page, "pass": try_pass, "nick": try_nick,
         "sasl": try_sasl}


def delays(source):
    """What the log says of this address: (name, why, ms), in order."""
    found = []
    for line in doors.log_lines("event=denied", "peer=%s:" % source):
        m = re.search(r' who=(\S+) text="(.*); answered (\d+) ms later"', line)
        wrong_unless(m, "what is", line)
        found.append((m.group(1), m.group(2), int(m.group(3))))
    return found


# --- delays ---

def grow():
    """login_delay = 1ms, whichever the door; twice that for each further failure."""
    for i in range(2):
        for door in ("ftp", "basic", "page", "pass", "sasl"):
            DOORS[door]("grow%d" % i, "wrong", "127.0.1.1")
    same([d[2] for d in delays("127.0.1.1")], [1 << i for i in range(10)])
    # From elsewhere it begins anew; against one account it does not.
    for i, source in enumerate(("127.0.1.2", "127.0.1.3", "127.0.1.4", "127.0.1.5")):
        list(DOORS.values())[i]("ann", "wrong", source)
        same([d[2] for d in delays(source)], [1 << i], source)
    # Who knows it, is not delayed, and makes the account's count begin anew.
    before = len(doors.log_lines("event=denied"))
    same(http_ask("GET", "/files/", who=("ann", PASSWORD), source="127.0.1.6").status, 200)
    same(len(doors.log_lines("event=denied")), before)
    try_ftp("ann", "wrong", "127.0.1.7")
    same([d[2] for d in delays("127.0.1.7")], [1])
    # The address's count stays, whatever it gets right.
    same(http_ask("GET", "/files/", who=("ann", PASSWORD), source="127.0.1.1").status, 200)
    try_ftp("ann", "wrong", "127.0.1.1")
    same(delays("127.0.1.1")[-1][2], 1024)


def alike():
    """Whoever asks does not learn which names there are: a name that nobody has, a wrong password and a
    disabled account get the same bytes, by every door, and the same delay."""
    for n, (door, one_try) in enumerate(DOORS.items()):
        names = ("ben", "nobody-%d" % n, "off")
        said, late = [], []
        for i, name in enumerate(names):
            source = "127.0.2.%d" % (n * 10 + i + 1)
            said.append(one_try(name, PASSWORD if name == "off" else "wrong", source))
            got = delays(source)
            # "nobody:wrong" is the password of the nick.
            if door == "pass" and i == 1:
                name = "nick_" + source.replace(".", "_")
            same([g[0] for g in got], [name], door)
            late.append(got[0][2])
        # So that these accounts' counts are as low as a fresh name's.
        do("user", "enable", "off")
        for name in ("ben", "off"):
            ftp(name, PASSWORD, "127.0.2.250").quit()
        do("user", "disable", "off")
        same(said, [said[0]] * 3, door)
        same(late, [1, 1, 1], door)
        wrong_unless("ben" not in said[0], said[0])
        # The same when it is asked often, from one address.
        for i, name in enumerate(("ben", "nobody-again-%d" % n)):
            if door == "pass" and i == 1:
                continue
            source = "127.0.3.%d" % (n * 10 + i + 1)
            said = [one_try(name, "wrong", source) for _ in range(4)]
            same(said, [said[0]] * 4, door)
            same([d[2] for d in delays(source)], [1, 2, 4, 8], door, name)
            if name == "ben":
                ftp("ben", PASSWORD, "127.0.2.250").quit()


def left_early():
    """Who hangs up before the answer has failed all the same."""
    source = "127.0.4.1"
    c = Lines("ftp", source)
    c.line()
    c.say("USER x", "PASS y")
    c.close()
    c = Lines("http", source)
    c.say("GET /files/ HTTP/1.1", "Host: x", "Authorization: " + doors.basic("x", "y"), "")
    c.close()
    c = Irc(source)
    c.register("x", "y", wait=False)
    c.close()
    until(lambda: len(delays(source)) == 3, "three failures")
    try_ftp("x", "y", source)
    same(delays(source)[-1][2], 8)


# --- bans ---

def bans():
    return {b["address"]: b for b in json.loads(do("ban", "list", "--json"))}


def shut_out(source):
    """No door lets this address in."""
    busy = (b"", b"ERROR :Too many connections\r\n", b"HTTP/1.1 503 Service Unavailable\r\n"
            b"Connection: close\r\nContent-Length: 0\r\n\r\n")
    for door in ("ftp", "http", "irc", "lgp"):
        try:
            c = Lines(door, source)
            c.sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
            said = c.rest()
            c.close()
        except OSError:
            continue
        wrong_unless(said in busy or said.startswith(b"421 "), door, said)
    before = stat("udp_denied")
    with udp("L banned", source) as u:
        until(lambda: stat("udp_denied") == before + 1, "the datagram is ignored")
        u.setblocking(False)
        try:
            wrong_unless(False, "it is answered", u.recv(100))
        except BlockingIOError:
            pass


def let_in(source):
    f = ftp(source=source)
    f.quit()
    same(http_ask("GET", "/", source=source).status, 200)
    c = Irc(source)
    c.say("PING 1")
    same(c.line(), ":agentd PONG agentd :1")
    c.close()
    with udp("L visitor", source) as u:
        same(u.recv(100), b"OK")
        u.send(b"Q visitor")
        until(lambda: u.recv(1000) == b"EXIT", "EXIT")


def stat(name):
    return json.loads(do("stats", "--json"))[name]


def banned():
    """login_failures = 6: the failures at all doors count together."""
    source, other = "127.0.5.1", "127.0.5.2"
    f, c = ftp("ann", PASSWORD, source), Irc(other)
    c.register("watcher")
    mine = Irc(source)
    mine.register("mine")
    for i, door in enumerate(("ftp", "basic", "page", "pass", "sasl")):
        DOORS[door]("ann", "wrong %d" % i, source)
    same(bans(), {})
    # In between, right ones change nothing.
    ftp("ann", PASSWORD, source).quit()
    late = Lines("ftp", source)
    late.line()
    late.say("USER ann", "PASS wrong")
    # The sixth. It closes what that address has open, without another word.
    same(late.rest(), b"331 Send the password; guests send their e-mail address.\r\n")
    got = bans()
    same((list(got), got[source]["reason"]), ([source], "6 failed logins"))
    wrong_unless(got[source]["until"] > 0, got)
    wrong_unless(re.search(r"(?m)^127\.0\.5\.1 +\S.* 6 failed logins$", do("ban", "list")), do("ban", "list"))
    wrong_unless(len(doors.log_lines("event=ban", "peer=" + source, "6 failed logins")) == 1, "the log")
    try:
        f.voidcmd("NOOP")
        wrong_unless(False, "FTP goes on")
    except (EOFError, OSError):
        pass
    mine.rest()
    shut_out(source)
    # The others go on.
    same(c.sync("here"), [])
    let_in(other)
    # The account itself is open to others.
    ftp("ann", PASSWORD, other).quit()
    do("ban", "del", source)
    same(bans(), {})
    let_in(source)
    # It begins anew: one slip does not ban again.
    try_ftp("ann", "wrong", source)
    same(bans(), {})
    c.close()


def right_behind_ban():
    """Passwords that were sent before the ban are of no use behind it, right or wrong."""
    source = "127.0.6.1"
    # So many at once, wrong ones first, that right ones wait when the ban comes.
    conns, came_in = [], 0
    for i in range(40):
        body = doors.urllib.parse.urlencode({"name": "ben", "password": PASSWORD if i >= 20 else "wrong"})
        try:
            c = Lines("http", source)
            conns.append(c)
            c.say("POST /login HTTP/1.1", "Host: x", "Connection: close",
                  "Content-Length: %d" % len(body), "", body)
        except OSError:
            continue  # it is there already
    for c in conns:
        said = c.rest()
        came_in += b" 303 " in said
        c.close()
    same((list(bans()), bans()[source]["reason"]), ([source], "6 failed logins"))
    same(came_in, 0, "came in")
    shut_out(source)
    # What was under way has ended when this one's turn has come.
    ftp("ann", PASSWORD, "127.0.6.2").quit()
    do("ban", "del", source)
    ftp("ben", PASSWORD, source).quit()


def by_hand():
    """agentctl ban"""
    source = "127.0.7.1"
    f, c, u = ftp(source=source), Irc(source), udp("L hand", source)
    c.register("hander")
    same(u.recv(100), b"OK")
    same(do("ban", "add", source), source + " is banned\n")
    same(c.rest()[:6] in (b"", b"ERROR "), True)
    try:
        f.voidcmd("NOOP")
        wrong_unless(False, "FTP goes on")
    except (EOFError, OSError, ftplib.error_temp):
        pass
    same(bans()[source], {"address": source, "until": 0, "reason": "an administrator's wish"})
    shut_out(source)
    let_in("127.0.7.2")
    # Another time and reason replace it; a reason may be several words.
    do("ban", "add", source, "1h", "sent", "spam")
    got = bans()[source]
    same((got["reason"], got["until"] > 0), ("sent spam", True))
    do("ban", "add", source, "because", "I", "say")
    same((bans()[source]["reason"], bans()[source]["until"]), ("because I say", 0))
    for args, words in ((("add", "nowhere"), "that is no address"), (("add", "127.0.0"), "that is no address"),
                        (("add", "127.0.0.1/8"), "that is no address"), (("add", ""), "that is no address"),
                        (("add",), "no address|usage"), (("del", "127.9.9.9"), "that address is not banned"),
                        (("del", "x"), "that address is not banned"), (("del",), "not banned|usage"),
                        (("lift",), "usage: ban list|add|del"), ((), "usage: agentctl ban")):
        status, out = agentctl("ban", *args)
        wrong_unless(status != 0 and re.search(words, out), args, status, out)
    same(list(bans()), [source])
    # IPv6, and what is the same address.
    do("ban", "add", "2001:db8::0:7")
    do("ban", "add", "::ffff:127.0.7.3")
    same(sorted(bans()), ["127.0.7.1", "127.0.7.3", "2001:db8::7"])
    shut_out("127.0.7.3")
    for address in ("2001:db8::7", "127.0.7.3", source):
        same(do("ban", "del", address), address + " may come in again\n")
    same(bans(), {})
    let_in(source)
    u.close()


def kept():
    """The first half of it; the suite starts the daemon again."""
    do("ban", "add", "127.0.8.1", "1h", "kept")
    do("ban", "add", "127.0.8.2")


def still_kept():
    got = bans()
    same({a: (b["reason"], b["until"] > 0) for a, b in got.items()},
         {"127.0.8.1": ("kept", True), "127.0.8.2": ("an administrator's wish", False)})
    for source in got:
        shut_out(source)
        do("ban", "del", source)
        let_in(source)


def runs_out():
    """[limits] ban = 1s"""
    source = "127.0.9.1"
    for i in range(6):
        try_ftp("x", "wrong", source)
        if i < 5:
            same(bans(), {})
    until(lambda: len(doors.log_lines("event=ban", "peer=" + source)) == 1, "the ban")
    until(lambda: len(doors.log_lines("event=unban", "peer=" + source)) == 1, "its end")
    same(bans(), {})
    let_in(source)
    do("ban", "add", source, "1s")
    until(lambda: len(doors.log_lines("event=unban", "peer=" + source)) == 2, "its end")
    let_in(source)


def guests_are_free():
    """Those who send no password of an account fail at nothing; a token that nobody has is no guess at one."""
    source = "127.0.10.1"
    before = len(doors.log_lines("event=denied"))
    for i in range(10):
        ftp("anonymous", "x@%d" % i, source).quit()
        same(http_ask("GET", "/files/", source=source).status, 200)
        same(http_ask("GET", "/files/", headers={"Cookie": "agentd=%048d" % i}, source=source).status, 200)
        same(http_ask("GET", "/files/", headers={"Authorization": "Bearer x"}, source=source).status, 401)
        c = Irc(source)
        c.register("guest_%d" % i)
        c.close()
    same(len(doors.log_lines("event=denied")), before)
    same(bans(), {})


# --- many at once ---

def crowd():
    """200 logins at once, all right ones: all come in, while one who chats is answered."""
    chat = Irc("127.0.11.1")
    chat.register("chatty")
    ended, wrong = threading.Event(), []

    def chatting():
        n = 0
        try:
            while not ended.is_set() or n < 10:
                n += 1
                same(chat.sync("crowd%d" % n), [])
        except Exception as e:  # pylint: disable=broad-except
            wrong.append("PING: %s" % e)

    talker = threading.Thread(target=chatting)
    talker.start()
    conns = []
    message = base64.b64encode(("\0ann\0" + PASSWORD).encode()).decode()
    for i in range(200):
        c = Lines(("ftp", "http", "irc", "irc")[i % 4], "127.0.11.2")
        if i % 4 == 0:
            c.say("USER ann", "PASS " + PASSWORD, "QUIT")
        elif i % 4 == 1:
            body = doors.urllib.parse.urlencode({"name": "ann", "password": PASSWORD})
            c.say("POST /login HTTP/1.1", "Host: x", "Connection: close",
                  "Content-Length: %d" % len(body), "", body)
        elif i % 4 == 2:
            c.say("PASS :ann:" + PASSWORD, "NICK crowd_%d" % i, "USER c 0 * :C", "QUIT")
        else:
            c.say("CAP LS", "CAP REQ :sasl", "AUTHENTICATE PLAIN", "AUTHENTICATE " + message, "QUIT")
        conns.append(c)
    signs = (b"230 Welcome, ann.", b"HTTP/1.1 303 ", b" 900 ", b" 903 ")
    for i, c in enumerate(conns):
        said = c.rest()
        if signs[i % 4] not in said:
            wrong.append("login %d: %r" % (i, said[:300]))
        c.close()
    ended.set()
    talker.join()
    wrong_unless(not wrong, len(wrong), "went wrong:", wrong[:5])
    chat.close()


SCENARIOS = {f.__name__: f for f in (grow, alike, left_early, banned, right_behind_ban, by_hand, kept,
                                     still_kept, runs_out, guests_are_free, crowd)}

if __name__ == "__main__":
    sys.exit(doors.main(SCENARIOS))
