"""irc_login.py SCENARIO: what irc_login.bats needs a client for that computes. See doors.py."""
import base64
import contextlib
import hashlib
import hmac
import os
import re
import socket
import ssl
import sys

import doors
from doors import Irc, add_user, do, ftp, http_ask, log_lines, numeric, same, until, wrong_unless

ALICE = ("alice", "correct horse")
BOB = ("bob", "x marks it")
OLD = ("old", "from before")
ITERATIONS = 20000


def digest(key, text):
    return hmac.new(key, text, hashlib.sha256).digest()


class Tls(Irc):
    """The same by TLS."""

    def __init__(self):
        # pylint: disable=super-init-not-called
        context = ssl.create_default_context(cafile=os.environ["CA"])
        plain = socket.create_connection(("127.0.0.1", int(doors.PORTS["irc_tls"])), doors.talk.SECONDS)
        doors.talk.Conn.__init__(self, context.wrap_socket(plain, server_hostname="localhost"))
        self.nick = "*"

    def fill(self, deadline):
        data = self.sock.recv(65536)  # which has a timeout; bytes may wait within TLS
        self.ended = not data
        self.buffer += data
        return bool(data)


class Scram:
    """A client's end of SCRAM-SHA-256 (RFC 5802), whose parts a test may change."""

    def __init__(self, irc, name, password, gs2="n,,", nonce="fyko+d2lbbFgONRv9qkxdawL"):
        self.irc, self.password, self.gs2 = irc, password.encode(), gs2
        self.bare = "n=%s,r=%s" % (name.replace("=", "=3D").replace(",", "=2C"), nonce)
        self.nonce = nonce
        irc.say("AUTHENTICATE SCRAM-SHA-256")
        same(irc.line(), "AUTHENTICATE +")

    def hear(self):
        """What the server says, out of its chunks; or the numeric instead."""
        text = ""
        while True:
            line = self.irc.line()
            if not line.startswith("AUTHENTICATE "):
                return numeric(line)
            chunk = line.split(" ")[1]
            wrong_unless(len(chunk) <= 400, "a chunk of", len(chunk))
            text += chunk if chunk != "+" else ""
            if len(chunk) < 400:
                return base64.b64decode(text, validate=True).decode()

    def first(self):
        """What came of the first message: nonce, salt, iterations, or a numeric."""
        self.irc.authenticate((self.gs2 + self.bare).encode())
        self.server_first = self.hear()
        if len(self.server_first) == 3:
            return self.server_first
        found = re.fullmatch(r"r=([!-+\--~]+),s=([A-Za-z0-9+/=]+),i=(\d+)", self.server_first)
        wrong_unless(found, "no server-first:", self.server_first)
        self.both = found.group(1)
        self.salt, self.iterations = base64.b64decode(found.group(2)), int(found.group(3))
        wrong_unless(self.both.startswith(self.nonce) and len(self.both) >= len(self.nonce) + 18, self.both)
        return self.both, self.salt, self.iterations

    def final(self, binding=None, nonce=None, more="", flip=None):
        """What came of the last message: the verifier, or a numeric. flip: a bit of the proof."""
        salted = hashlib.pbkdf2_hmac("sha256", self.password, self.salt, self.iterations)
        client = digest(salted, b"Client Key")
        unproven = "c=%s,r=%s%s" % (base64.b64encode((binding or self.gs2).encode()).decode(),
                                    nonce or self.both, more)
        said = ",".join((self.bare, self.server_first, unproven)).encode()
        proof = bytearray(a ^ b for a, b in zip(client, digest(hashlib.sha256(client).digest(), said)))
        if flip is not None:
            proof[flip // 8] ^= 1 << flip % 8
        self.wanted = "v=" + base64.b64encode(digest(digest(salted, b"Server Key"), said)).decode()
        self.irc.authenticate(("%s,p=%s" % (unproven, base64.b64encode(proof).decode())).encode())
        return self.hear()

    def end(self):
        """The numerics behind the client's last word."""
        self.irc.say("AUTHENTICATE +")
        line = self.irc.line()
        return [numeric(line)] if numeric(line) == "904" else [numeric(line), numeric(self.irc.line())]


def scram_in(irc, name, password, **more):
    """All of it; the numerics that end it."""
    s = Scram(irc, name, password, **more)
    got = s.first()
    if isinstance(got, str):
        return [got]
    got = s.final()
    if len(got) == 3:
        return [got]
    same(got, s.wanted, "the server's signature")
    return s.end()


IN, OUT = ["900", "903"], ["904"]


def begun(cls=Irc):
    c = cls()
    c.say("CAP REQ :sasl", "NICK scrammy", "USER s 0 * :S")
    wrong_unless(" ACK " in c.line(), "CAP")
    return c


def scram():
    c = begun()
    same(scram_in(c, *ALICE), IN)
    c.say("CAP END")
    c.until(" 376 ")
    c.say("WHOIS scrammy")
    wrong_unless(any(" 330 scrammy scrammy alice " in g for g in c.until(" 318 ")), "WHOIS")
    wrong_unless('"account":"alice"' in do("who", "--json"), "who")
    # In the chat, as anybody: by PLAIN's name and by another's.
    same(scram_in(c, *BOB), IN)
    same(scram_in(c, "alice", "wrong"), OUT)
    c.say("WHOIS scrammy")
    wrong_unless(any(" 330 scrammy scrammy bob " in g for g in c.until(" 318 ")), "WHOIS")
    c.close()
    # Names in any case; the one for whom it is; a client that would bind channels; other nonces.
    for more in ({}, {"gs2": "n,a=alice,"}, {"gs2": "y,,"}, {"nonce": "!"}, {"nonce": "n=o=" * 30},
                 {"nonce": "x" * 250}):
        c = begun()
        same(scram_in(c, *ALICE, **more), IN, more)
        c.close()
    c = begun()
    same(scram_in(c, "ＡＬＩＣＥ", ALICE[1]), IN)
    c.close()
    # What is not as it was said, with a proof that is right.
    for change in ({"binding": "y,,"}, {"binding": "n,a=alice,"}, {"nonce": "x"}, {"more": ",no"},
                   {"flip": 0}, {"flip": 255}, {"flip": 100}):
        c = begun()
        s = Scram(c, *ALICE)
        s.first()
        same(s.final(**change), "904", change)
        # And nothing of it is left.
        same(scram_in(c, *ALICE), IN)
        c.close()
    c = begun()
    s = Scram(c, *ALICE)
    s.first()
    same(s.final(more=",x=unknown"), s.wanted)
    same(s.end(), IN)
    c.close()
    # The client's last word is empty; or it has none.
    c = begun()
    s = Scram(c, *ALICE)
    s.first()
    s.final()
    c.authenticate(b"more")
    same(numeric(c.line()), "904")
    s = Scram(c, *ALICE)
    s.first()
    s.final()
    c.say("AUTHENTICATE *")
    same(numeric(c.line()), "906")
    s = Scram(c, *ALICE)
    s.first()
    s.final()
    c.say("CAP END")
    same(numeric(c.line()), "906")
    c.until(" 376 ")
    c.say("WHOIS scrammy")
    wrong_unless(not any(" 330 " in g for g in c.until(" 318 ")), "logged in without a last word")
    c.close()
    # Passwords as they are typed: what looks alike is one.
    add_user("prep", "pass\u00a0ﬁve e\u0301")
    c = begun()
    same(scram_in(c, "prep", "pass five \u00e9"), IN)
    c.close()
    do("user", "del", "prep")


def salt_of(name):
    c = begun()
    s = Scram(c, name, "x")
    _, salt, iterations = s.first()
    same(iterations, ITERATIONS)
    same(len(salt), 16)
    same(s.final(), "904", name)
    c.close()
    return salt.hex()


def fakes():
    """Prints the salts, which must stay."""
    names = ["alice", "bob", "nobody", "nobody else", "小明", "x" * 32, "a,b=c", "old", "root", "*"]
    salts = [salt_of(n) for n in names]
    same(len(set(salts)), len(names), "salts are alike")
    same([salt_of(n) for n in names], salts, "salts differ each time")
    same(salt_of("NoBody"), salts[2], "a name's case shows that nobody has it")
    same(salt_of("ALICE"), salts[0])
    for name, salt in zip(names, salts):
        print(name, salt)


def from_before(door="irc"):
    c = begun()
    salt = salt_of("old")
    same(scram_in(c, *OLD), OUT)
    wrong_unless(log_lines("who=old", "one login with it changes that"), "no reason in the log")
    if door == "ftp":
        ftp(*OLD).close()
    elif door == "http":
        same(http_ask("GET", "/files/", who=OLD).status, 200)
    else:
        same([numeric(g) for g in c.sasl("old", "wrong")], OUT)
        same(scram_in(c, *OLD), OUT)
        c.close()
        c = begun()
        same([numeric(g) for g in c.sasl(*OLD)], IN)
    c.close()
    wrong_unless(salt_of("old") != salt, "it has the salt of nobody still")
    c = begun()
    same(scram_in(c, *OLD), IN)
    c.close()
    salt = salt_of("old")
    ftp(*OLD).close()
    same(salt_of("old"), salt, "another login makes another")


def meanwhile():
    for change in (("passwd",), ("disable",), ("del",)):
        add_user("carol", "before it")
        early, late, there = begun(), begun(), begun()
        same(scram_in(there, "carol", "before it"), IN)
        there.say("CAP END")
        there.until(" 376 ")
        first, last = Scram(early, "carol", "before it"), Scram(late, "carol", "before it")
        first.first()
        last.first()
        same(last.final(), last.wanted)
        do("user", change[0], "carol", said="after it\n")
        same(first.final(), "904", change, "between the two messages")
        same(last.end(), OUT, change, "before the last word")
        got = there.rest().decode()
        wrong_unless("ERROR :" in got and "the account has changed" in got, change, got)
        same(scram_in(early, "carol", "before it"), OUT, change)
        if change[0] == "passwd":
            same(scram_in(late, "carol", "after it"), IN)
        if change[0] == "disable":
            do("user", "enable", "carol")
            same(scram_in(late, "carol", "before it"), IN)
        if change[0] != "del":
            do("user", "del", "carol")
        early.close()
        late.close()


def counted():
    """login_delay = 200ms, login_failures = 3; from an address of its own."""
    c = Irc("127.0.0.9")
    c.say("NICK scrammy")
    same(scram_in(c, "nobody", "x"), OUT)
    same(scram_in(c, "alice", "x"), OUT)
    s = Scram(c, *ALICE)
    s.first()
    with contextlib.suppress(doors.talk.Wrong):  # a ban ends what there is
        wrong_unless(len(s.final(flip=3)) == 3, "it was right")
    c.rest()
    wrong_unless("127.0.0.9" in do("ban", "list"), "it is not banned")
    c = begun()
    same(scram_in(c, *ALICE), IN, "from elsewhere")
    c.close()


def again():
    """per_account = 2."""
    add_user("carol", "before it")
    one, two, three = begun(), begun(), begun()
    for c in (one, two):
        same(scram_in(c, *ALICE), IN)
        same(scram_in(c, *ALICE), IN, "the same once more is no session more")
        c.say("CAP END")
        c.until(" 376 ") if c is one else c.say("NICK second")
    two.until(" 376 ")
    three.say("NICK third", "CAP END")
    three.until(" 376 ")
    same(scram_in(three, *BOB), IN)
    s = Scram(three, *ALICE)
    s.first()
    s.final()
    three.say("AUTHENTICATE +")
    same(three.line(), ":agentd 904 third :Too many logins or sessions; try again later")
    three.say("WHOIS third")
    wrong_unless(any(" 330 third third bob " in g for g in three.until(" 318 ")), "is he bob still?")
    # Who becomes another one makes room, and shares that one's fate only.
    same(scram_in(one, "carol", "before it"), IN)
    same(scram_in(three, *ALICE), IN)
    do("user", "disable", "carol")
    got = one.rest().decode()
    wrong_unless("the account has changed" in got, got)
    for c in (two, three):
        same(c.sync("here"), [])
        c.close()
    do("user", "del", "carol")


# --- REGISTER ---

def registered():
    """What golden/irc/register.talk has made: it opens every door that accounts open."""
    c = begun()
    same(scram_in(c, "register_c", "correct horse"), IN)
    c.close()
    ftp("register_c", "correct horse").close()
    same(http_ask("GET", "/files/", who=("register_b", "x marks the spot")).status, 200)
    same(http_ask("GET", "/files/", who=("register_b", "x marks the spo")).status, 401)
    same(http_ask("PUT", "/files/x", b"x", who=("register_b", "x marks the spot")).status, 403)


def make(c, name, password="correct horse"):
    c.say("NICK " + name, "REGISTER * * :" + password)
    return c.line()


def too_many():
    """Four of one address, and as many of another."""
    people = []
    for source in (22, 23):
        for i in range(6):
            c = Irc("127.0.0.%d" % source)
            got = make(c, "many_%d_%d" % (source, i))
            if i < 4:
                wrong_unless(" REGISTER SUCCESS many_" in got, got)
            else:
                same(got.split(" :")[0].split(" ")[1:4], ["FAIL", "REGISTER", "TEMPORARILY_UNAVAILABLE"])
                wrong_unless("Too many accounts were made" in got, got)
            people.append(c)
    for c in people:
        c.close()


def leavers():
    """They hang up while a worker hashes, or are thrown out: no account is left of it, or a whole one."""
    for i in range(4):
        c = Irc("127.0.0.24")
        c.say("NICK leaver_%d" % i, "USER l 0 * :L", "REGISTER * * :correct horse")
        c.close()
    until(lambda: do("who", "--json") == "[]\n", "all are gone")
    c = Irc()
    c.register("stayer")
    same(c.sync("well"), [])
    c.close()


def members_only():
    c = Irc("127.0.0.25")
    wrong_unless("draft/account-registration=before-connect" in c.offered(), "CAP LS")
    wrong_unless(" REGISTER SUCCESS newcomer " in make(c, "newcomer"), "REGISTER")
    c.say("USER n 0 * :N", "CAP END")
    c.until(" 001 newcomer ")
    c.close()
    c = Irc()
    c.say("NICK newbie", "USER n 0 * :N")
    wrong_unless(b"Guests may not come in" in c.rest(), "a guest came in")


# --- TLS ---

def sts():
    caps = Irc().offered()
    wrong_unless("sts=port=" + doors.PORTS["irc_tls"] in caps, caps)
    caps = Tls().offered()
    wrong_unless("sts=duration=7776000" in caps, caps)
    for c in (Irc(), Tls()):
        c.say("CAP REQ :sts")
        same(c.line(), ":agentd CAP * NAK :sts")
        wrong_unless(not any(cap.startswith("sts") for cap in c.offered("")), "without a value it is nothing")


def no_sts():
    wrong_unless(not any(cap.startswith("sts") for cap in Irc().offered()), "a way to where there is no TLS")


def required():
    caps = Irc().offered()
    wrong_unless("sasl=SCRAM-SHA-256" in caps, caps)
    wrong_unless(not any("account-registration" in cap for cap in caps), caps)
    caps = Tls().offered()
    wrong_unless("sasl=PLAIN,SCRAM-SHA-256" in caps and
                 "draft/account-registration=before-connect" in caps, caps)
    c = begun()
    same(scram_in(c, *ALICE), IN)
    c.close()
    c = Irc()
    same(make(c, "newcomer"), ":agentd FAIL REGISTER TEMPORARILY_UNAVAILABLE * "
                              ":Use TLS: a password must not travel in clear here")
    c.say("PING 1")
    same(c.line(), ":agentd PONG agentd :1")
    c.close()
    c = Tls()
    wrong_unless(" REGISTER SUCCESS newcomer " in make(c, "newcomer"), "REGISTER by TLS")
    same(numeric(c.line()), "900")
    c.close()
    c = begun(Tls)
    same(scram_in(c, "newcomer", "correct horse"), IN)
    c.close()


SCENARIOS = {f.__name__: f for f in (
    scram, fakes, from_before, meanwhile, counted, again, registered, too_many, leavers, members_only, sts, no_sts,
    required)}

if __name__ == "__main__":
    sys.exit(doors.main(SCENARIOS))
