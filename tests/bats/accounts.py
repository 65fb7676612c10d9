"""accounts.py SCENARIO: what accounts.bats cannot say in a few lines of shell. See doors.py."""
import ftplib
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import termios
import time

import doors
from doors import (Irc, Lines, add_user, agentctl, do, ftp, ftp_says, http_ask, log_in, numeric,
                   same, talk, token_of, udp, until, wrong_unless)

ALICE = ("alice", "correct horse")
BOB = ("bob", "p:w with % & + = 密码")


# --- agentctl at a terminal ---

class Terminal:
    """agentctl at a terminal of its own, that we type on."""

    def __init__(self, *args):
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.seen = b""

        def own_terminal():
            os.setsid()
            import fcntl
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        # pylint: disable=subprocess-popen-preexec-fn
        self.child = subprocess.Popen(
            [os.environ["ROOT"] + "/ctl/agentctl", "-c", os.environ["CONF"], *args],
            stdin=self.slave, stdout=self.slave, stderr=self.slave, preexec_fn=own_terminal)

    def sees(self, text):
        """Waits until the terminal shows text behind what it showed before."""
        deadline = time.monotonic() + talk.SECONDS
        while text.encode() not in self.seen:
            left = deadline - time.monotonic()
            wrong_unless(left > 0, "the terminal never shows", text, "but", self.seen)
            if select.select([self.master], [], [], min(left, 0.1))[0]:
                self.seen += os.read(self.master, 4096)
        at = self.seen.index(text.encode()) + len(text)
        shown, self.seen = self.seen[:at], self.seen[at:]
        return shown

    def unseen(self):
        """Waits until what is typed is not shown."""
        until(lambda: not termios.tcgetattr(self.slave)[3] & termios.ECHO, "echo is off")

    def types(self, data):
        os.write(self.master, data.encode())

    def ends(self):
        """Its exit code and the rest that it shows; the terminal must be as it was."""
        status = self.child.wait(talk.SECONDS)
        rest = self.seen
        while select.select([self.master], [], [], 0)[0]:
            rest += os.read(self.master, 4096)
        same(termios.tcgetattr(self.slave), self.before, "the terminal is not as it was:")
        os.close(self.master)
        os.close(self.slave)
        return status, rest.decode()


def asked(args, first, second):
    """The two prompts answered; exit code and all that was seen behind the first of them."""
    t = Terminal(*args)
    t.sees("Password: ")
    t.unseen()
    t.types(first)
    if second is None:
        return t.ends()
    shown = t.sees("The same again: ").decode()
    t.unseen()
    t.types(second)
    status, rest = t.ends()
    return status, shown + rest


def terminal():
    """The password is asked for twice and never shown; a mismatch and ^C change nothing, and leave
    the terminal as it was."""
    status, seen = asked(("user", "add", "typed"), "Tapir-7\n", "Tapir-7\n")
    same(status, 0, seen)
    wrong_unless("Tapir" not in seen and "typed may log in now" in seen, "seen", seen)
    ftp("typed", "Tapir-7").quit()
    status, seen = asked(("user", "passwd", "typed"), "Okapi-8\n", "Okapi-9\n")
    wrong_unless(status == 1 and "the two differ; nothing was changed" in seen, status, seen)
    wrong_unless("Okapi" not in seen, "seen", seen)
    ftp("typed", "Tapir-7").quit()
    # ^C at the first prompt, in the middle of it, and at the second; and the end of input.
    for first, second in (("\x03", None), ("Oka\x03", None), ("Okapi-8\n", "\x03"), ("\x04", None),
                          ("\n", "\n")):
        status, seen = asked(("user", "passwd", "typed"), first, second)
        wrong_unless(status == 1 and "nothing was changed" in seen, first, second, status, seen)
        wrong_unless("Oka" not in seen, "seen", seen)
        ftp("typed", "Tapir-7").quit()
    status, seen = asked(("user", "passwd", "typed"), "Okapi-8\n", "Okapi-8\n")
    same(status, 0, seen)
    ftp("typed", "Okapi-8").quit()
    do("user", "del", "typed")


# --- the doors ---

def refused_by_ftp(name, password):
    try:
        ftp(name, password).close()
    except ftplib.error_perm as e:
        same(str(e), "530 Login incorrect.")
        return True
    return False


def one_password():
    """The same name and password open every door, and a wrong one none."""
    for name, password in (ALICE, BOB):
        f = ftp(name, password)
        wrong_unless(f.getwelcome().startswith("220"), f.getwelcome())
        same(f.voidcmd("STAT").split("\n")[1].split()[2], name, "STAT")
        f.quit()
        wrong_unless(refused_by_ftp(name, password + "x"), "a wrong password opens FTP")
        wrong_unless(refused_by_ftp(name, password[:-1]), "a cut password opens FTP")
        same(http_ask("GET", "/files/", who=(name, password)).status, 200, "Basic")
        a = http_ask("GET", "/files/", who=(name, password + "x"))
        same((a.status, a.headers["WWW-Authenticate"]), (401, 'Basic realm="agentd", charset="UTF-8"'))
        # By PASS: "name:password" with any nick, or the nick's own.
        for nick, said in (("nick_" + name, "%s:%s" % (name, password)), (name, password)):
            c = Irc()
            got = c.register(nick, said)
            same([g for g in got if " 900 " in g],
                 [":agentd 900 %s %s!~u@127.0.0.1 %s :You are now logged in as %s" %
                  (nick, nick, name, name)], "PASS")
            c.say("WHOIS " + nick)
            got = c.until(" 318 ")
            same([g for g in got if " 330 " in g],
                 [":agentd 330 %s %s %s :is logged in as" % (nick, nick, name)], "WHOIS")
            c.say("QUIT")
            c.rest()
        for nick, said in (("nick_" + name, "%s:%sx" % (name, password)), (name, password + "x"),
                           ("nobody", password)):
            c = Irc()
            c.register(nick, said, wait=False)
            got = c.rest().decode()
            wrong_unless(" 464 %s :Password incorrect" % nick in got and "ERROR :" in got and
                         " 001 " not in got, nick, said, "got", got)
        c = Irc()
        c.say("CAP LS 302", "NICK " + name, "USER u 0 * :U")
        got = c.sasl(name, password)
        same([numeric(g) for g in got], ["900", "903"], "SASL", got)
        c.say("CAP END")
        c.until(" 376 ")
        out = do("who", "--json")
        wrong_unless('"name":"%s"' % name in out, "who", out)
        c.say("QUIT")
        c.rest()
    # Names are compared as the chat compares them.
    f = ftp("ALICE", ALICE[1])
    f.quit()


def sasl_begun():
    c = Irc()
    wrong_unless("sasl=PLAIN,SCRAM-SHA-256" in c.offered(), "what can be had")
    c.say("NICK sally", "USER u 0 * :S", "CAP REQ :sasl")
    same(c.line(), ":agentd CAP sally ACK :sasl")
    return c


def sasl():
    """AUTHENTICATE, in every way that it can go."""
    c = sasl_begun()
    c.say("AUTHENTICATE plain")
    same(c.line(), "AUTHENTICATE +")
    c.say("AUTHENTICATE *")
    same(c.line(), ":agentd 906 sally :SASL authentication aborted")
    # A chunk may have 400 bytes, and a message of 1024 takes three.
    c.say("AUTHENTICATE PLAIN", "AUTHENTICATE " + "A" * 401)
    same(c.line(), "AUTHENTICATE +")
    same(c.line(), ":agentd 905 sally :SASL message too long")
    c.say("AUTHENTICATE PLAIN", *["AUTHENTICATE " + "A" * 400] * 3)
    same(c.line(), "AUTHENTICATE +")
    same(c.line(), ":agentd 905 sally :SASL message too long")
    c.say("PING 1")
    same(c.line(), ":agentd PONG agentd :1")
    c.say("CAP END")
    c.until(" 376 ")
    c.close()
    # What is wrong is 904; the third time ends it. (Not UTF-8; too few parts; another's authzid.)
    alice = "\0alice\0" + ALICE[1]
    for wrong in (b"\0alice\0\xff", b"\0alice", b"alice\0" + ALICE[1].encode(),
                  b"\0\0" + ALICE[1].encode(), b"\0alice\0", ("bob" + alice).encode(),
                  (alice + "x").encode(), (alice + "\0").encode(), b""):
        c = sasl_begun()
        c.say("AUTHENTICATE PLAIN")
        same(c.line(), "AUTHENTICATE +")
        c.authenticate(wrong)
        same(c.line(), ":agentd 904 sally :SASL authentication failed", wrong)
        c.close()
    for text in ("AGFsaWNl!", "=", "AAA", "A===", "AGFsaWNlAA=A", "AGFsaWNl AGFs"):
        c = sasl_begun()
        c.say("AUTHENTICATE PLAIN", "AUTHENTICATE " + text)
        same(c.line(), "AUTHENTICATE +")
        same(c.line(), ":agentd 904 sally :SASL authentication failed", text)
        c.close()
    c = sasl_begun()
    for i in range(3):
        same(numeric(c.sasl("alice", "wrong %d" % i)[0]), "904")
        if i < 2:
            c.say("PING %d" % i)
            same(c.line(), ":agentd PONG agentd :%d" % i)
    wrong_unless(c.rest().startswith(b"ERROR :"), "it goes on after three failures")
    c = sasl_begun()
    c.say("AUTHENTICATE EXTERNAL")
    same(c.line(), ":agentd 908 sally PLAIN,SCRAM-SHA-256 :are available SASL mechanisms")
    same(c.line(), ":agentd 904 sally :SASL authentication failed")
    # And now as it should be: with its own authzid, in pieces; and again, as somebody else.
    same([numeric(g) for g in c.sasl("alice", ALICE[1], "alice")], ["900", "903"])
    same([numeric(g) for g in c.sasl(*BOB)], ["900", "903"])
    c.say("AUTHENTICATE PLAIN", "CAP END")
    same(c.line(), "AUTHENTICATE +")
    # What is begun is not waited for.
    same(c.line(), ":agentd 906 sally :SASL authentication aborted")
    c.until(" 376 ")
    c.close()
    # After registration, too; the name stays the guest's.
    c = Irc()
    c.register("sally")
    same([numeric(g) for g in c.sasl("alice", ALICE[1])], ["900", "903"])
    c.say("WHOIS sally")
    wrong_unless(any(" 330 sally sally alice " in g for g in c.until(" 318 ")), "WHOIS")
    c.say("NICK alice")
    same(c.line(), ":sally!u@127.0.0.1 NICK alice")
    c.close()


def pipelined():
    """What comes behind a login in one segment waits for its answer, also when nobody stays to hear it."""
    def in_base64(password):
        return doors.base64.b64encode(b"\0alice\0" + password.encode()).decode()

    tries = ["CAP LS 302", "NICK piper", "USER u 0 * :P", "AUTHENTICATE PLAIN",
             "AUTHENTICATE " + in_base64("wrong"), "AUTHENTICATE PLAIN",
             "AUTHENTICATE " + in_base64(ALICE[1])]
    c = Irc()
    c.say(*tries, "AUTHENTICATE PLAIN", "CAP END", "PING :behind", "JOIN #piper")
    got = [numeric(g) if g.startswith(":") else g for g in c.until(" 366 ")]
    same([g for g in got if not re.fullmatch("00[2-5]|2..|37.", g)],
         ["CAP", "AUTHENTICATE +", "904", "AUTHENTICATE +", "900", "903", "AUTHENTICATE +", "906", "001",
          "PONG", "JOIN", "353", "366"], got)
    c.close()
    for head in (tries, ["PASS :alice:" + ALICE[1], "NICK piper", "USER u 0 * :P", "QUIT"]):
        gone = [Irc() for _ in range(10)]
        for c in gone:
            c.say(*head)
            c.close()
    until(lambda: do("who", "--json") == "[]\n", "all are gone")
    c = Irc()
    c.say("PASS :alice:" + ALICE[1], "NICK piper", "USER u 0 * :P", "JOIN #piper", "QUIT :bye")
    got = c.rest().decode()
    wrong_unless(0 < got.find(" 900 ") < got.find(" 001 ") < got.find(" 366 ") < got.find("ERROR :"), got)


def sasl_chunks():
    """Passwords of every length up to the longest, so that a message ends before, at and behind the
    border of a chunk."""
    longest = "".join(chr(33 + i % 90) for i in range(255))
    do("user", "add", "long", said=longest + "\n")
    for cut in (0, 1, 254):
        c = sasl_begun()
        got = c.sasl("long", longest[cut:])
        same([numeric(g) for g in got], ["900", "903"] if cut == 0 else ["904"], cut)
        c.close()
    # One whose message is 300 bytes, 400 in base 64: an empty chunk ends it.
    name = "n" * 32
    c = sasl_begun()
    same(len("%s\0%s\0%s" % (name, name, "x" * 234)), 300)
    c.say("AUTHENTICATE PLAIN")
    c.line()
    do("user", "add", name, said="x" * 234 + "\n")
    c.authenticate(("%s\0%s\0%s" % (name, name, "x" * 234)).encode())
    same([numeric(c.line()), numeric(c.line())], ["900", "903"])
    c.close()
    wrong_unless(refused_by_ftp("long", longest + "x"), "a longer password opens FTP")
    ftp("long", longest).quit()
    do("user", "del", "long")
    do("user", "del", name)


# --- the page ---

def page():
    a = http_ask("GET", "/login?to=/files/a%22b")
    same(a.status, 200)
    wrong_unless(b'name="to" value="/files/a&quot;b"' in a.body, a.body)
    a = log_in(*ALICE, to="/files/")
    same((a.status, a.headers["Location"]), (303, "/files/"))
    name, _, value = a.cookie().partition("=")
    same(name, "agentd")
    token, *flags = value.split("; ")
    same(sorted(flags), ["HttpOnly", "Max-Age=604800", "Path=/", "SameSite=Lax"])
    wrong_unless(len(token) >= 32 and all(c in "0123456789abcdef" for c in token), token)
    cookie = token_of(a)
    a = http_ask("GET", "/files/", headers=cookie)
    wrong_unless(a.status == 200 and b"<bdi>alice</bdi>" in a.body, a.body)
    same(http_ask("GET", "/files/", headers={"Cookie": "x=y; agentd=%s; z=1" % token}).status, 200)
    # Wrong: the page again, with the words and the way, no cookie.
    replies = {}
    for who in (("alice", "wrong"), ("nobody", "wrong"), ("alice", ""), ("", ""),
                ("alice", ALICE[1] + "\0"), ("nobody", "x" * 400), ("al\nice", "x")):
        a = log_in(*who, to="/files/x")
        same((a.status, a.cookie()), (403, ""), who)
        wrong_unless(b"do not belong together" in a.body and b'value="/files/x"' in a.body, a.body)
        replies[who] = a.body
    same(len(set(replies.values())), 1, "the pages differ:", replies)
    same(log_in("alice", "x" * 9000).status, 413)
    same(http_ask("POST", "/login", b"name=alice", {"Content-Type": "text/plain"}).status, 403)
    # A cookie that is none is nobody's.
    for other in (token[:-1], token + "0", token.upper() if token.upper() != token else "x", "", "0" * 48):
        a = http_ask("GET", "/files/private.txt", headers={"Cookie": "agentd=" + other})
        same(a.status, 401, other)
    same(http_ask("GET", "/files/private.txt", headers=cookie).status, 200)
    # A browser is led to the page.
    a = http_ask("GET", "/files/private.txt", headers={"Accept": "text/html"})
    same((a.status, a.headers["Location"]), (303, "/login?to=/files/private.txt"))
    # The end of it, on the server too.
    same(http_ask("GET", "/logout", headers=cookie).status, 405)
    a = http_ask("POST", "/logout", headers={**cookie, "Origin": "http://evil.example"})
    same((a.status, http_ask("GET", "/files/private.txt", headers=cookie).status), (403, 200))
    a = http_ask("POST", "/logout", headers=cookie)
    same((a.status, a.headers["Location"]), (303, "/"))
    wrong_unless("agentd=;" in a.cookie() and "Max-Age=0" in a.cookie(), a.cookie())
    same(http_ask("GET", "/files/private.txt", headers=cookie).status, 401)


def redirects():
    """Nobody is led elsewhere."""
    for to in ("//evil", "///evil", "/\\evil", "\\/evil", "\\\\evil", "https://evil", "http:evil",
               "javascript:alert(1)", "evil", "", "/\tevil", "/\t/evil", "\t//evil", " //evil",
               "/x\r\nSet-Cookie: a=b", "@evil", "/\n/evil", "/ok\\..\\evil", "/" * 2048, "/" + "x" * 2048):
        a = log_in(*ALICE, to=to)
        same((a.status, a.headers["Location"]), (303, "/"), repr(to))
        same(a.headers.get_all("Set-Cookie"), [a.cookie()], repr(to))
        a = http_ask("GET", "/login?to=" + doors.urllib.parse.quote(to, safe=""))
        wrong_unless(b'name="to" value="/"' in a.body, repr(to), a.body)
    for to in ("/files/?x=y&to=//evil", "/files/%2F%2Fevil", "/a b", "/ä"):
        a = log_in(*ALICE, to=to)
        wrong_unless(a.status == 303 and a.headers["Location"].startswith("/"), to, a.headers)
        wrong_unless(not a.headers["Location"].startswith("//"), to)


def origins():
    """The form of another site logs nobody in."""
    host = "127.0.0.1:" + doors.PORTS["http"]
    for origin in ("http://evil.example", "null", "", "http://" + host + ".evil.example",
                   "http://evil.example/" + host, "http://127.0.0.1", host, "//"):
        a = log_in(*ALICE, headers={"Origin": origin})
        same((a.status, a.cookie()), (403, ""), "Origin:", origin)
    for origin in ("http://" + host, "https://" + host):
        same(log_in(*ALICE, headers={"Origin": origin}).status, 303, origin)


def expiry(clock):
    """For daemons whose clock is what the file says."""
    cookie = token_of(log_in(*ALICE))
    same(http_ask("GET", "/files/private.txt", headers=cookie).status, 200)

    def jump(seconds):
        with open(clock + ".new", "w", encoding="utf-8") as f:
            f.write("%+d" % seconds)
        os.rename(clock + ".new", clock)
        return http_ask("GET", "/files/private.txt", headers=cookie).status

    same(jump(59), 200)
    same(jump(62), 401)


# --- changes end what was ---

def changes_end():
    """passwd, disable and del end FTP and IRC sessions, and cookies, at once."""
    for change in (("passwd",), ("disable",), ("del",)):
        add_user("carol", "before")
        f, guest = ftp("carol", "before"), ftp()
        c = Irc()
        c.register("carol", "before")
        c.say("JOIN #lobby")
        c.until(" 366 ")
        g = Irc()
        g.register("dave", None)
        g.say("JOIN #lobby")
        g.until(" 366 ")
        cookie = token_of(log_in("carol", "before"))
        same(http_ask("GET", "/files/private.txt", headers=cookie).status, 200)
        same(http_ask("GET", "/files/private.txt", who=("carol", "before")).status, 200)
        do("user", change[0], "carol", said="after\n")
        got = c.rest().decode()
        wrong_unless("ERROR :" in got and "the account has changed" in got, change, got)
        try:
            f.voidcmd("NOOP")
            wrong_unless(False, change, "FTP goes on")
        except (EOFError, OSError, ftplib.error_temp):
            pass
        same(http_ask("GET", "/files/private.txt", headers=cookie).status, 401, change)
        same(http_ask("GET", "/files/private.txt", who=("carol", "before")).status, 401, change)
        wrong_unless(refused_by_ftp("carol", "before"), change, "the old password opens FTP")
        # The others stay.
        g.until(":carol!u@127.0.0.1 QUIT ")
        guest.voidcmd("NOOP")
        same(g.sync("here"), [])
        g.close()
        guest.close()
        if change[0] == "passwd":
            ftp("carol", "after").close()
        if change[0] == "disable":
            do("user", "enable", "carol")
            ftp("carol", "before").close()
            same(http_ask("GET", "/files/private.txt", headers=cookie).status, 401,
                 "enable brings a cookie back")
        if change[0] != "del":
            do("user", "del", "carol")


def role_changes_count_at_once():
    add_user("rolf", "x", "read")
    f = ftp("rolf", "x")
    wrong_unless(ftp_says(f, "MKD rolf").startswith("550"), "a reader makes folders")
    do("user", "role", "rolf", "write")
    wrong_unless(ftp_says(f, "MKD rolf").startswith("257"), "a writer makes none")
    do("user", "role", "rolf", "read")
    wrong_unless(ftp_says(f, "RMD rolf").startswith("550"), "a reader removes folders")
    f.close()
    do("user", "del", "rolf")
    os.rmdir(doors.path_of("rolf"))


# --- names ---

def names():
    """An account's name is nobody else's, in chat."""
    c = Irc()
    got = c.register("Alice")
    wrong_unless(any(" NOTICE " in g and "The name Alice belongs to an account" in g for g in got), got)
    nick = next(numeric_line.split(" ")[2] for numeric_line in got if " 001 " in numeric_line)
    wrong_unless(nick.startswith("guest-"), nick)
    c.say("NICK alice")
    wrong_unless(c.line().startswith(":agentd 433 %s alice " % nick), "433")
    c.say("NICK fine")
    same(c.line(), ":%s!~u@127.0.0.1 NICK fine" % nick)
    c.say("NICK ALICE")
    wrong_unless(c.line().startswith(":agentd 433 fine ALICE "), "433")
    # By datagrams.
    for name in ("alice", "ALICE", "bob"):
        with udp("L " + name) as u:
            same(u.recv(100).decode(), "该用户存在", name)
    with udp("L eve") as u:
        same(u.recv(100).decode(), "OK")
        u.send(b"Q eve")
        until(lambda: u.recv(1000) == b"EXIT", "EXIT")
    # A name that has just become an account's is its holder's until he leaves it.
    do("user", "add", "fine", said="x\n")
    same([g for g in c.sync("1") if "NICK" in g], [])
    c.say("NICK other", "NICK fine")
    same(c.line(), ":fine!~u@127.0.0.1 NICK other")
    wrong_unless(c.line().startswith(":agentd 433 other fine "), "433")
    do("user", "del", "fine")
    c.say("NICK fine")
    same(c.line(), ":other!~u@127.0.0.1 NICK fine")
    # Its owner may have it, once.
    owner, twin = Irc(), Irc()
    owner.register("alice", ALICE[1])
    twin.register("alice_2", "alice:" + ALICE[1])
    twin.say("NICK alice")
    wrong_unless(twin.line().startswith(":agentd 433 alice_2 alice "), "433")
    for x in (c, owner, twin):
        x.close()


def no_guests():
    """[irc] guests = no"""
    c = Irc()
    c.register("guest", wait=False)
    got = c.rest().decode()
    wrong_unless(" 464 guest :Guests may not come in" in got and "ERROR :" in got, got)
    with udp("L guest") as u:
        same(u.recv(100).decode(), "该用户存在")
    c = Irc()
    c.register("alice", ALICE[1])
    c.close()


def per_account():
    """[limits] per_account = 3: FTP and IRC together; other accounts, guests and HTTP are free."""
    f, c = ftp(*ALICE), Irc()
    c.register("a_1", "alice:" + ALICE[1])
    g = ftp(*ALICE)
    try:
        ftp(*ALICE)
        wrong_unless(False, "a fourth session")
    except ftplib.error_temp as e:
        wrong_unless(str(e).startswith("421 Too many logins or sessions"), e)
    d = Irc()
    d.register("a_2", "alice:" + ALICE[1], wait=False)
    wrong_unless(b"Too many logins or sessions" in d.rest(), "by PASS")
    d = Irc()
    d.say("CAP REQ :sasl", "AUTHENTICATE PLAIN")
    d.until("AUTHENTICATE +")
    d.authenticate(b"\0alice\0" + ALICE[1].encode())
    wrong_unless(b"Too many logins or sessions" in d.rest(), "by SASL")
    for other in (ftp(*BOB), ftp(), ftp(), ftp(), ftp()):
        other.close()
    same(http_ask("GET", "/files/", who=ALICE).status, 200)
    # Who leaves makes room; so does who logs in as another.
    c.say("QUIT")
    c.rest()

    def room():
        try:
            ftp(*ALICE).close()
        except ftplib.error_temp:
            return False
        return True

    until(room, "room for another")
    g.sendcmd("USER ftp")
    g.sendcmd("PASS x")
    h = ftp(*ALICE)
    until(room, "room for another")
    for x in (f, g, h):
        x.close()


# --- PUT ---

def raw_put(head, body, name="up.txt"):
    """Sends it as it is; the socket."""
    c = Lines("http")
    c.sock.sendall(("PUT /files/%s HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\n%s\r\n" %
                    (name, doors.basic(*ALICE), head)).encode() + body)
    return c


def exists(name):
    return os.path.lexists(doors.path_of(name))


def put():
    def ask(name, body=b"data", headers=(), who=ALICE):
        return http_ask("PUT", "/files/" + name, body, headers, who)

    a = ask("up.txt")
    same((a.status, doors.bytes_of("up.txt")), (201, b"data"))
    a = ask("up.txt", b"other")
    same((a.status, doors.bytes_of("up.txt")), (204, b"other"))
    same((ask("empty.txt", b"").status, doors.bytes_of("empty.txt")), (201, b""))
    # Where nothing may be put.
    for name, status in (("none/up.txt", 409), ("up.txt/below", 409), ("up.txt/", 409), ("", 409),
                         ("folder", 409), ("folder/", 409), (".hidden", 403), ("folder/.x", 403),
                         ("x" * 256, 400)):
        same(ask(name).status, status, name)
    same(ask("guest.txt", who=None).status, 401)
    # Conditions.
    tag = http_ask("GET", "/files/up.txt", who=ALICE).headers["ETag"]
    for headers, status in (({"If-None-Match": "*"}, 412), ({"If-None-Match": tag}, 412),
                            ({"If-Match": '"other"'}, 412), ({"If-Match": tag}, 204),
                            ({"If-Match": tag}, 412)):
        body = b"if %d" % status
        same(ask("up.txt", body, headers).status, status, headers)
    same(doors.bytes_of("up.txt"), b"if 204")
    same(ask("fresh.txt", headers={"If-Match": "*"}).status, 412)
    same(exists("fresh.txt"), False)
    same(ask("fresh.txt", headers={"If-None-Match": "*"}).status, 201)
    same(ask("up.txt", headers={"If-Match": "*"}).status, 204)
    # A part is not the whole, and nothing is kept here that could become it (resume.bats).
    same(ask("up.txt", headers={"Content-Range": "bytes 0-3/10"}).status, 501)
    same(ask("up.txt", headers={"Content-Range": "bytes 0-4/10"}).status, 400)
    same(doors.bytes_of("up.txt"), b"data")
    # In chunks, and one byte after the other.
    c = raw_put("Transfer-Encoding: chunked\r\n", b"")
    for byte in b"3\r\nabc\r\n1;x=y\r\nd\r\n0\r\nTrailer: x\r\n\r\n":
        c.sock.sendall(bytes([byte]))
    wrong_unless(c.line().startswith("HTTP/1.1 204 "), "in chunks")
    same(doors.bytes_of("up.txt"), b"abcd")
    c = raw_put("Transfer-Encoding: chunked\r\n", b"3\r\nabcd\r\n")
    wrong_unless(c.rest().startswith(b"HTTP/1.1 400 "), "a broken chunk")
    same(doors.bytes_of("up.txt"), b"abcd")
    # 100-continue: only if it will be taken.
    c = raw_put("Content-Length: 3\r\nExpect: 100-continue\r\n", b"")
    same((c.line(), c.line()), ("HTTP/1.1 100 Continue", ""))
    c.sock.sendall(b"xyz")
    wrong_unless(c.line().startswith("HTTP/1.1 204 "), "100-continue")
    same(doors.bytes_of("up.txt"), b"xyz")
    c = raw_put("Content-Length: 3\r\nExpect: 100-continue\r\nIf-None-Match: *\r\n", b"")
    wrong_unless(c.rest().startswith(b"HTTP/1.1 412 "), "100-continue")
    # Two on one connection, and a page behind them.
    c = raw_put("Content-Length: 2\r\n", b"p1" b"PUT /files/two.txt HTTP/1.1\r\nHost: x\r\n"
                b"Content-Length: 2\r\nAuthorization: " + doors.basic(*ALICE).encode() +
                b"\r\n\r\np2GET /files/two.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                "one.txt")
    got = c.rest()
    same([line[9:12] for line in got.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")],
         [b"201", b"201", b"200"], got)
    wrong_unless(got.endswith(b"p2"), got)
    same((doors.bytes_of("one.txt"), doors.bytes_of("two.txt")), (b"p1", b"p2"))


def broken_put():
    """What breaks off leaves nothing, and replaces nothing."""
    doors.put_file("kept.txt", b"kept")
    for name in ("kept.txt", "broken.txt"):
        for end in ("close", "reset", "half"):
            before = len(doors.log_lines("event=upload-aborted", "path=/" + name))
            c = raw_put("Content-Length: 100000\r\n", b"x" * 60000, name)
            until(lambda n=name: '"doing":"/%s"' % n in do("who", "--json"), "under way")
            if end == "half":
                c.sock.shutdown(socket.SHUT_WR)
            elif end == "reset":
                c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            if end != "half":
                c.sock.close()
            until(lambda n=name, b=before:
                  len(doors.log_lines("event=upload-aborted", "path=/" + n)) == b + 1, "aborted")
            if end == "half":
                c.close()
    same(doors.bytes_of("kept.txt"), b"kept")
    same(exists("broken.txt"), False)
    same([n for n in os.listdir(doors.FILES) if n.startswith(".agentd")], [])


def killed(pid):
    """kill -9 in the middle leaves nothing either. (The suite starts the daemon again.)"""
    doors.put_file("kept.txt", b"kept")
    conns = [raw_put("Content-Length: 100000\r\n", b"x" * 60000, n) for n in ("kept.txt", "broken.txt")]
    for name in ("kept.txt", "broken.txt"):
        until(lambda n=name: '"doing":"/%s"' % n in do("who", "--json"), "under way")
    os.kill(int(pid), signal.SIGKILL)
    for c in conns:
        c.rest()
        c.close()
    same(doors.bytes_of("kept.txt"), b"kept")
    same(exists("broken.txt"), False)
    same([n for n in os.listdir(doors.FILES) if n.startswith(".agentd")], [])


# --- the lobby ---

def notices():
    """The lobby is told of a file that guests may read, and of no other."""
    c = Irc()
    c.register("hears")
    c.say("JOIN #lobby")
    c.until(" 366 ")

    def told(name, who, door):
        """What the lobby hears of an upload."""
        if door == "http":
            wrong_unless(http_ask("PUT", "/files" + name, b"x", who=who).status in (201, 204), name)
        else:
            f = ftp(*who)
            wrong_unless(doors.ftp_put(f, name, b"x").startswith("226"), name)
            f.quit()
        # What is told comes in the order in which it arrived: behind it comes this.
        wrong_unless(http_ask("PUT", "/files/open-last", b"x", who=who).status in (201, 204), name)
        return [g for g in c.until("alice uploaded open-last" if who == ALICE else "bob uploaded open-last")[:-1]
                if " NOTICE #lobby " in g]

    for door in ("http", "ftp"):
        for name, who, heard in (("/open-" + door, ALICE, True), ("/inbox/" + door, ALICE, False),
                                 ("/inbox/bob-" + door, BOB, False), ("/team/" + door, BOB, False)):
            got = told(name, who, door)
            same(len(got), 1 if heard else 0, door, name, got)
            if heard:
                wrong_unless(got[0].startswith(":agentd NOTICE #lobby :alice uploaded open-" + door), got)
    c.close()


SCENARIOS = {f.__name__: f for f in (
    terminal, one_password, sasl, pipelined, sasl_chunks, page, redirects, origins, expiry, changes_end,
    role_changes_count_at_once, names, no_guests, per_account, put, broken_put, killed, notices)}

if __name__ == "__main__":
    sys.exit(doors.main(SCENARIOS))
