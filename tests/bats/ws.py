#!/usr/bin/env python3
"""ws.py SCENARIO: what ws.bats looks at byte for byte."""
import base64
import json
import os
import signal
import subprocess
import sys

from ftp_client import PID, Wrong, check, until
from http_client import fetch
from ws_client import BINARY, CLOSE, PING, PONG, TEXT, Irc, Ws, close_frame, frame, request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import irc  # noqa: E402

# What it is, what is sent, what comes back, and the code of the close frame behind it.
CASES = [
    ("a text", [frame(TEXT, b"Hello")], [(TEXT, b"Hello")], 1000),
    ("binary", [frame(BINARY, b"\xff\0\xfe")], [(BINARY, b"\xff\0\xfe")], 1000),
    ("nothing", [frame(TEXT), frame(BINARY)], [(TEXT, b""), (BINARY, b"")], 1000),
    ("a mask of zeros", [frame(TEXT, b"Hello", b"\0\0\0\0")], [(TEXT, b"Hello")], 1000),
    ("several at once", [frame(TEXT, b"%d" % i) for i in range(200)], [(TEXT, b"%d" % i) for i in range(200)], 1000),
    ("two fragments", [frame(0x01, b"Hel"), frame(0x80, b"lo")], [(TEXT, b"Hello")], 1000),
    ("a fragment each byte", [frame(0x02)] + [frame(0, b"x")] * 50 + [frame(0x80)], [(BINARY, b"x" * 50)], 1000),
    ("a ping", [frame(PING, b"p")], [(PONG, b"p")], 1000),
    ("a ping of 125", [frame(PING, b"p" * 125)], [(PONG, b"p" * 125)], 1000),
    ("a pong nobody asked for", [frame(PONG, b"p"), frame(TEXT, b"a")], [(TEXT, b"a")], 1000),
    ("a ping between fragments", [frame(0x01, b"a"), frame(PING, b"p"), frame(0x80, b"b")],
     [(PONG, b"p"), (TEXT, b"ab")], 1000),
    ("UTF-8 cut by fragments", [frame(0x01, b"\xe4"), frame(0, b"\xbd"), frame(0x80, b"\xa0")],
     [(TEXT, b"\xe4\xbd\xa0")], 1000),
    ("not masked", [frame(TEXT, b"a", None)], [], 1002),
    ("a ping that is not", [frame(TEXT, b"a"), frame(PING, b"", None)], [(TEXT, b"a")], 1002),
    ("RSV1, as if compressed", [frame(0xc1, b"a")], [], 1002),
    ("RSV2", [frame(0xa2, b"a")], [], 1002),
    ("RSV3 in a ping", [frame(0x99)], [], 1002),
    ("opcode 3", [frame(0x83)], [], 1002),
    ("opcode 11", [frame(0x8b, b"a")], [], 1002),
    ("a ping of 126", [frame(PING, b"p" * 126)], [], 1002),
    ("a ping in fragments", [frame(0x09, b"p"), frame(0x80)], [], 1002),
    ("a close frame of 126", [frame(CLOSE, b"\x03\xe8" + b"x" * 124)], [], 1002),
    ("a continuation of nothing", [frame(0x80, b"a")], [], 1002),
    ("a message within a message", [frame(0x01, b"a"), frame(TEXT, b"b")], [], 1002),
    ("a length that is not the shortest", [b"\x82\xfe\0\x05\0\0\0\0hello"], [], 1002),
    ("the same in eight bytes", [b"\x82\xff\0\0\0\0\0\0\xff\xff\0\0\0\0hello"], [], 1002),
    ("a length with the highest bit", [b"\x82\xff\x80\0\0\0\0\0\0\0\0\0\0\0hello"], [], 1002),
    ("more than there may be", [b"\x82\xff\0\0\0\0\x01\0\0\x01\0\0\0\0h"], [], 1009),
    ("a lot more", [b"\x82\xff\x7f" + b"\xff" * 7 + b"\0\0\0\0h"], [], 1009),
    ("fragments without end", [frame(0x01)] + [frame(0)] * 1100, [], 1008),
    ("a text that ends inside a character", [frame(TEXT, b"a\xe4\xbd")], [], 1007),
    ("a surrogate", [frame(TEXT, b"\xed\xa0\x80")], [], 1007),
    ("what is behind a fault", [frame(0x83), frame(TEXT, b"a")], [], 1002),
    ("a close frame with nothing", [frame(CLOSE)], [], None),
    ("half a code", [frame(CLOSE, b"\x03")], [], 1002),
    ("a reason", [close_frame(1000, "再见".encode())], [], 1000),
    ("a reason that is not UTF-8", [close_frame(1000, b"\xff")], [], 1007),
    ("a close frame within a message", [frame(0x01, b"a"), close_frame(1001)], [], 1001),
    ("what is behind a close frame", [close_frame(1001), frame(TEXT, b"a")], [], 1001),
] + [("code %d" % c, [close_frame(c)], [], c) for c in (1001, 1002, 1003, 1007, 1008, 1010, 1014, 3000, 4999)] + [
    ("code %d" % c, [close_frame(c)], [], 1002) for c in (0, 999, 1004, 1005, 1006, 1015, 1100, 2999, 5000, 65535)]


def agentctl(*args):
    return subprocess.run([os.environ["ROOT"] + "/ctl/agentctl", "-c", os.environ["CONF"], *args],
                          check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def who():
    return json.loads(agentctl("who", "--json"))


# --- frames ---


def cases():
    """Whole and byte by byte, alike."""
    for what, sent, comes, code in CASES:
        data = b"".join(sent) + (close_frame(1000) if code == 1000 and comes else b"")
        for step in (len(data), 1):
            if step == 1 and len(data) > 1000:
                continue
            try:
                c = Ws()
                for at in range(0, len(data), step):
                    try:
                        c.send(data[at:at + step])
                    except ConnectionError:
                        break  # it has said why, and gone
                for first, payload in comes:
                    c.want(first, payload)
                c.want_close(code)
                c.close()
            except (Wrong, OSError, EOFError) as e:
                raise Wrong(what, "by", step, "bytes:", repr(e)) from e


def cut():
    """The request and two messages, cut at each byte."""
    data = request() + frame(TEXT, b"one") + frame(0x01, b"tw") + frame(0x80, b"o") + close_frame(1000)
    for at in range(len(request()) - 8, len(data)):
        c = Ws.__new__(Ws)
        super(Ws, c).__init__("http")
        c.send(data[:at])
        c.send(data[at:])
        check(c.response().status == 101, "no 101")
        c.want(TEXT, b"one")
        c.want(TEXT, b"two")
        c.want_close(1000)
        c.close()


def utf8():
    """A byte that is wrong ends the connection at once, wherever it is: nothing else has to come."""
    text = "aé你😀z".encode()
    for at in range(len(text)):
        bad = text[:at] + b"\xff"
        for sent in (frame(0x01, bad), b"".join(frame(0x01 if i == 0 else 0, bytes([b])) for i, b in enumerate(bad)),
                     frame(TEXT, bad + text * 100)[:-300]):
            c = Ws()
            c.send(sent)
            c.want_close(1007)
            c.close()
    c = Ws()  # and what is right is said as it came, cut anywhere
    for at in range(len(text) + 1):
        c.send(frame(0x01, text[:at]) + frame(0x80, text[at:]))
        c.want(TEXT, text)
    c.close()


def sizes():
    c = Ws()
    for n in (125, 126, 127, 65535, 65536, 1 << 20):
        for first, data in ((TEXT, b"x" * n), (BINARY, os.urandom(n))):
            c.send(frame(first, data))
            c.want(first, data)
    data = os.urandom(16 << 20)
    for at in range(0, len(data), 1 << 16):
        c.send(frame(0x02 if at == 0 else 0, data[at:at + (1 << 16)]))
    c.send(frame(0x80))
    c.want(BINARY, data)
    for i in range(257):  # a fragment too many
        try:
            c.send(frame(0x02 if i == 0 else 0, data[:1 << 16]))
        except ConnectionError:
            break
    c.want_close(1009, then_end=False)
    c.close()


def behind():
    """What comes with the request, and while its name and password are looked at."""
    both = frame(TEXT, b"one") + frame(PING, b"two")
    right = base64.b64encode(b"anna:secret").decode()
    for fields in ((), ("Authorization: Basic " + right,)):
        c = Ws("/echo", *fields, behind=both)
        c.want(TEXT, b"one")
        c.want(PONG, b"two")
        c.close()
    c = Irc(None, behind=frame(TEXT, b"NICK behind\r\n") + frame(TEXT, b"USER u 0 * :u\n"))
    check("behind!~u@" in c.until(" 376 ")[0], "no welcome")
    c.close()


# --- those who do not read ---


def slow_echo():
    """It stops to listen, and gives all of it back to who reads in the end."""
    c = Ws(receive=8192)
    piece = frame(BINARY, b"x" * 100000)
    count = 0
    c.sock.settimeout(0.5)
    try:
        while count < 2000:
            c.send(piece)
            count += 1
    except TimeoutError:
        pass
    check(count < 2000, "200 MB were taken from who reads nothing")
    c.sock.settimeout(20)
    for _ in range(count):
        c.want(BINARY, b"x" * 100000)
    c.close()


def slow_pings():
    """Pongs that nobody takes are like any other line: sendq bounds them."""
    c = Irc("pinger", receive=4096)
    data = frame(PING, b"x" * 125) * 500
    try:
        for _ in range(500):
            c.send(data)
    except ConnectionError:
        c.close()
        return
    raise Wrong("33 MB of pings, and nobody minds")


# --- chat ---


def chat():
    a, b, c = Irc("anton"), Irc("berta", binary=True), irc.Client("carl", "#ws")
    check(a.answer["sec-websocket-protocol"] == "text.ircv3.net", "no text")
    check(b.answer["sec-websocket-protocol"] == "binary.ircv3.net", "no binary")
    for one in (a, b):
        one.say("JOIN #ws")
        one.until(" 366 ")
    a.until("JOIN #ws")
    c.until("berta")
    long = "你" * 150
    for one, name in ((a, "anton"), (b, "berta"), (c, "carl")):
        others = [o for o in (a, b, c) if o is not one]
        one.say("PRIVMSG #ws :from %s %s" % (name, long))
        for o in others:
            line = o.until("PRIVMSG")[-1]
            check(line.startswith(":%s!" % name) and line.endswith(" #ws :from %s %s" % (name, long)), line)
    a.say("PART #ws :gone")
    check(b.until("PART")[-1].endswith("PART #ws :gone"), "PART")
    check(c.until("PART")[-1].endswith("PART #ws :gone"), "PART")
    a.until("PART")
    a.send(frame(CLOSE))
    a.want_close(None)
    b.say("QUIT :enough")
    check(c.until("QUIT")[-1].endswith("QUIT :Quit: enough"), "QUIT")
    check(b.until("ERROR")[-1] == "ERROR :Closing link: Quit: enough", "ERROR")
    check(b.want_close(1000) == b"Quit: enough", "no reason")
    for one in (a, b, c):
        one.close() if isinstance(one, Irc) else one.sock.close()


def lines():
    """What a message may be: a line, and nothing else."""
    c = Irc("liner", binary=True)
    c.send(frame(TEXT, b"PING :text\r\n") + frame(BINARY, b"PING :binary\n") + frame(BINARY, b"PING :bare"))
    for token in ("text", "binary", "bare"):
        check(c.heard() == ":agentd PONG agentd :" + token, token)
    c.send(frame(BINARY, b"PING :a\r\nPING :b\r\n") + frame(BINARY, b"\r\n") + frame(BINARY))
    check(c.heard() == ":agentd FAIL * INVALID_MESSAGE :A WebSocket message is one line of IRC", "two lines")
    c.send(frame(BINARY, b"PRIVMSG #x :\xff"))
    check(c.heard().startswith(":agentd FAIL PRIVMSG INVALID_UTF8 :"), "bytes")
    c.send(frame(BINARY, b"PING :" + b"x" * 10000))
    check(" 417 " in c.heard(), "too long")
    check(c.sync("still") == [], "more came")
    c.send(frame(0x02, b"x" * 10000) + frame(0x80, b"x" * 10000))
    c.want_close(1009)
    c.close()
    c = Irc("texter")
    c.send(frame(TEXT, b"PRIVMSG #x :\xff"))
    c.want_close(1007)
    c.close()
    c = Irc()  # as at the door for lines: who talks of other things goes
    c.send(frame(TEXT, b"GET / HTTP/1.1"))
    c.want_close(1008)
    c.close()


def flood():
    """Who says more than there may be said waits, and nothing is lost."""
    c = Irc("flooder")
    count = 60
    c.send(b"".join(frame(TEXT, b"PING :%d" % i) for i in range(count)))
    for i in range(count):
        check(c.heard() == ":agentd PONG agentd :%d" % i, "not", i)
    c.close()


def labels():
    """An answer of several lines is a batch, and each line a message."""
    c = Irc()
    c.say("CAP LS 302", "CAP REQ :message-tags batch labeled-response echo-message server-time",
          "NICK labeller", "USER u 0 * :u", "CAP END")
    c.until(" 376 ")
    c.say("@label=1 PING :x")
    check(c.heard() == "@label=1 :agentd PONG agentd :x", "one line")
    c.say("@label=2 LUSERS")
    check(c.until("BATCH -label")[0].startswith("@label=2 :agentd BATCH +label"), "a batch")
    c.say("JOIN #labels")
    c.until(" 366 ")
    c.say("@label=3 PRIVMSG #labels :hello")
    check("label=3" in c.until("PRIVMSG")[-1], "the echo")
    c.close()


# --- whose it is ---


def accounts():
    cookie = subprocess.run(["curl", "-sS", "-o", "/dev/null", "-D", "-", "-d", "name=anna&password=secret",
                             "http://127.0.0.1:%s/login" % os.environ["http"]],
                            check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout
    cookie = "Cookie: agentd=" + cookie.split("agentd=", 1)[1].split(";")[0]
    basic = "Authorization: Basic " + base64.b64encode(b"anna:secret").decode()
    ours = "Origin: http://ours.example"
    for name, fields, known in (
            ("by cookie", (cookie,), True), ("from our page", (cookie, ours), True), ("by password", (basic,), True),
            ("from a page that may", (cookie, "Origin: https://friend.example"), True),
            ("from one that may as a guest", (cookie, "Origin: https://x.lab.example"), False),
            ("a guest", (ours,), False), ("a cookie nobody gave", ("Cookie: agentd=x",), False)):
        c = Irc(None, *fields)
        c.say("NICK anna", "USER u 0 * :u")
        lines = c.until(" 376 ")
        check(any(":agentd 900 " in line for line in lines) == known, name, lines[0])
        check(any(":agentd 001 anna " in line for line in lines) == known, name, "is called", lines)
        mine = [w for w in who() if w["proto"] == "web"]
        check([w["account"] for w in mine] == (["anna"] if known else [""]), name, mine)
        c.send(frame(CLOSE))
        c.want_close(None)
        c.close()
        until(lambda: not who(), "nobody is there")
    first = Irc("holder", cookie)  # per_account = 1
    one = Irc(None, cookie)
    one.until("ERROR :Closing link: Too many sessions")
    one.want_close(1013)
    one.close()
    first.close()
    for path in ("/chat/ws", "/echo"):
        r = fetch(path, *request(path, cookie, "Origin: https://evil.example").decode().split("\r\n")[2:-2],
                  status=403)
        check(r.status == 403, r.status)


def kicked():
    a, e = Irc("anton"), Ws()
    rows = {w["proto"]: w for w in who()}
    check(rows["web"]["name"] == "anton" and set(rows) == {"web", "echo"}, rows)
    agentctl("kick", "anton", "be gone")
    check(a.until("ERROR")[-1].endswith("Kicked by the administrator: be gone"), "ERROR")
    a.want_close(1008)
    agentctl("kick", str(rows["echo"]["sid"]), "you too")
    check(e.want_close(1008) == b"you too", "why")
    a.close()
    e.close()
    until(lambda: not who(), "they are there still")


# --- time ---


def quiet():
    """[limits] idle_timeout = 1s: who is silent is asked, and who does not answer goes."""
    a, e = Irc("quiet"), Ws()
    for c in (a, e):
        c.want(PING, b"")
        c.send(frame(PONG))
    for c in (a, e):
        c.want(PING, b"")
    for c in (a, e):
        check(c.want_close(1011) == b"Ping timeout", "why")
        c.close()
    until(lambda: not who(), "they are there still")


def unregistered():
    """[limits] request_timeout = 1s: nobody need wait for NICK."""
    c = Irc()
    c.until("ERROR :Closing link: Registration timed out")
    c.want_close(1000)


def memory():
    with open("/proc/%d/status" % PID, encoding="ascii") as f:
        return int(next(line for line in f if line.startswith("VmRSS:")).split()[1])


def idle():
    """900 who say nothing are a few KB each."""
    first = [Irc("n%d" % i) for i in range(50)]
    before = memory()
    more = [Irc("m%d" % i) for i in range(850)]
    grown = (memory() - before) / 850
    print("# %.1f KB for each" % grown)
    check(grown < (64 if "-san" in os.environ.get("BUILD", "") else 12), "%.1f KB for each" % grown)
    for c in first[:5] + more[:5]:
        c.send(frame(PING, b"there?"))
        c.want(PONG, b"there?")
    agentctl("kick", "m849")
    more[-1].until("ERROR")
    for c in first + more:
        c.close()
    until(lambda: not who(), "they are there still")


# --- agentd's end, and other configurations ---


def stop():
    """agentd is told to stop: those who are there are told so, and it ends."""
    a, e, half = Irc("anton"), Ws(), Irc()
    half.send(frame(TEXT, b"NICK half")[:-2])
    os.kill(PID, signal.SIGTERM)
    check(a.until("ERROR")[-1] == "ERROR :Closing link: agentd stops", "ERROR")
    a.want_close(1001)
    e.want_close(1001)
    check(half.until("ERROR")[-1] == "ERROR :Closing link: agentd stops", "ERROR")
    half.want_close(1001)


def stay():
    """The http door goes by a reload, and comes again; who chats stays, until the echo's door is shut."""
    a, e = Irc("stayer"), Ws()
    print("ready", flush=True)
    sys.stdin.readline()
    check(a.sync("still here") == [], "more came")
    e.want_close(1001)
    a.close()


if __name__ == "__main__":
    globals()[sys.argv[1]]()
