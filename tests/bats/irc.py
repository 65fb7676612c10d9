"""irc.py SCENARIO: what irc.bats needs many clients or computed lines for. $PORTS says where the doors are."""
import os
import signal
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import talk  # noqa: E402

PORTS = dict(p.split("=", 1) for p in os.environ["PORTS"].split())
talk.SECONDS = max(talk.SECONDS, 30)


def wrong_unless(true, *what):
    if not true:
        raise talk.Wrong(" ".join(str(w) for w in what))


class Client(talk.Conn):
    """One that has registered and, if told to, joined a room."""

    def __init__(self, nick, room=None, receive=0):
        sock = socket.socket()
        if receive:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        sock.connect(("127.0.0.1", int(PORTS["irc"])))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().__init__(sock)
        self.nick = nick
        self.say("NICK " + nick, "USER u 0 * :" + nick)
        self.until(" 376 ")
        if room:
            self.say("JOIN " + room)
            self.until(" 366 ")

    def say(self, *lines):
        self.sock.sendall("".join(line + "\r\n" for line in lines).encode())

    def line(self):
        return self.unit().decode()

    def until(self, part):
        """All lines up to one that holds the part, which is the last of them."""
        lines = []
        while not lines or part not in lines[-1]:
            lines.append(self.line())
        return lines

    def sync(self, token):
        """What has come before the answer to a PING."""
        self.say("PING :" + token)
        return self.until(" PONG agentd :" + token)[:-1]


def text_of(lines, command):
    """What the lines of this command say, put together."""
    return "".join(line.split(" :", 1)[1] for line in lines if " %s " % command in line)


def long_lines():
    """A line of 510 bytes arrives whole, in as many lines of at most 510 as it takes, and none of them
    is cut within a character."""
    talker, hearer = Client("lon_talker", "#lon"), Client("lon_hearer", "#lon")
    talker.until("JOIN #lon")
    for unit in ("x", "é", "明", "😀"):
        for pad in range(4):
            head = "PRIVMSG #lon :" + "x" * pad
            text = "x" * pad + unit * ((510 - len(head.encode())) // len(unit.encode()))
            line = "PRIVMSG #lon :" + text
            line += "y" * (510 - len(line.encode()))
            text = line.split(" :", 1)[1]
            wrong_unless(len(line.encode()) == 510, "this line should be as long as it may")
            talker.say(line)
            talker.sync("said")
            got = hearer.sync("heard")
            for g in got:
                wrong_unless(len(g.encode()) <= 510, "too long:", g)
                wrong_unless(g.startswith(":lon_talker!~u@127.0.0.1 PRIVMSG #lon :"), "what is", g)
            wrong_unless(text_of(got, "PRIVMSG") == text, "sent", text, "got", got)
            talker.say("NOTICE #lon :" + unit * 30)
            wrong_unless(len(hearer.until(" NOTICE ")) == 1, "a short line stays one")
    # The longest words of a room, a person and a message at once.
    room, nick = "#" + "室" * 49, "小" * 32
    talker.say("JOIN " + room, "NICK " + nick)
    talker.sync("1")
    hearer.say("JOIN " + room)
    hearer.sync("1")
    talker.sync("2")
    line = "PRIVMSG %s :" % room
    line += "明" * ((510 - len(line.encode())) // 3)
    talker.say(line)
    talker.sync("3")
    got = hearer.sync("3")
    wrong_unless(text_of(got, "PRIVMSG") == line.split(" :", 1)[1], "got", got)
    wrong_unless(all(len(g.encode()) <= 510 for g in got), "too long:", got)


def too_long():
    """A line without end is refused once, and what follows it is a line again."""
    c = Client("too_long")
    for size in (511, 4096, 5000, 20000, 300000):
        c.say("PRIVMSG too_long :" + "x" * size, "PING :still here")
        got = c.until(" PONG agentd :still here")
        wrong_unless([g.split(" ")[1] for g in got] == ["417", "PONG"], size, "got", got)
    # Tags may be 4094 bytes long, and the line behind them as long as ever.
    c.say("@t=" + "x" * 4092 + " PRIVMSG too_long :tagged")
    wrong_unless(c.line().endswith("PRIVMSG too_long :tagged"), "long tags")
    c.say("@t=" + "x" * 4093 + " PRIVMSG too_long :tagged", "PING :1")
    got = c.until(" PONG ")
    wrong_unless([g.split(" ")[1] for g in got] == ["417", "PONG"], "got", got)


def many_rooms():
    """As many rooms as CHANLIMIT says; NAMES and WHOIS spread over as many lines as it takes."""
    c = Client("many_rooms")
    for i in range(100):
        c.say("JOIN #many_rooms_%d" % i)
    c.sync("joined")
    c.say("JOIN #many_rooms_100")
    wrong_unless(" 405 many_rooms #many_rooms_100 " in c.line(), "the 101st room")
    c.say("WHOIS many_rooms")
    got = c.until(" 318 ")
    wrong_unless(all(len(g.encode()) <= 510 for g in got), "too long:", got)
    rooms = [w for g in got if " 319 " in g for w in g.split(" :", 1)[1].split()]
    wrong_unless(sorted(rooms) == sorted("@#many_rooms_%d" % i for i in range(100)), "rooms", rooms)
    c.say("PART #many_rooms_7", "JOIN #many_rooms_100")
    c.until(" 366 many_rooms #many_rooms_100 ")
    c.say("JOIN 0", "LIST")
    got = c.until(" 323 ")
    wrong_unless(sum(" PART " in g for g in got) == 100, "left", got)
    wrong_unless([g for g in got if " 322 " in g and "#many" in g] == [], "rooms stay", got)


def flood():
    """Flood control: the lines of one who floods are held back, none is lost, and whoever else
    speaks is heard in between. (The bucket is small here: rate = 20, burst = 5.)"""
    lines = 60
    hearer, quiet, noisy = (Client(n, "#flood") for n in ("flo_hearer", "flo_quiet", "flo_noisy"))
    noisy.say(*["PRIVMSG #flood :%d" % i for i in range(lines)] + ["PING :all said"])
    # Not before the first of them has been taken.
    got = hearer.until("PRIVMSG #flood :0")
    quiet.say("PRIVMSG #flood :excuse me")
    quiet.sync("was I heard?")
    got += hearer.until("PRIVMSG #flood :%d" % (lines - 1))
    noisy.until(" PONG agentd :all said")
    said = [g.split(" :", 1)[1] for g in got if ":flo_noisy!" in g and "PRIVMSG" in g]
    wrong_unless(said == [str(i) for i in range(lines)], "lost or in disorder:", said)
    wrong_unless(any("excuse me" in g for g in got), "the quiet one had to wait for the noisy one")


def flood_big():
    """More lines than what is buffered holds: the kernel keeps the rest, and nothing is lost."""
    lines = 3000
    hearer, noisy = Client("flo_hearer"), Client("flo_noisy")
    noisy.say(*["PRIVMSG flo_hearer :%d %s" % (i, "x" * 400) for i in range(lines)])
    for i in range(lines):
        got = hearer.line()
        wrong_unless(" :%d x" % i in got, "wanted", i, "got", got)


def slow():
    """Who does not read is closed; the others get every line, and learn why."""
    talker, hearer = Client("slo_talker", "#slow"), Client("slo_hearer", "#slow")
    sleeper = Client("slo_sleeper", "#slow", receive=4096)
    hearer.until(":slo_sleeper!")
    pad, count, gone = "x" * 400, 0, []
    while not gone:
        wrong_unless(count < 60000, "the one who does not read is never closed")
        talker.say(*["PRIVMSG #slow :%d %s" % (i, pad) for i in range(count, count + 100)])
        talker.sync("said")
        got = hearer.sync("heard")
        said = [g.split(" ")[3] for g in got if " PRIVMSG " in g]
        wrong_unless(said == [":%d" % i for i in range(count, count + 100)], "lost:", said)
        gone = [g for g in got if " QUIT " in g]
        count += 100
    wrong_unless(gone == [":slo_sleeper!~u@127.0.0.1 QUIT :Send queue exceeded"], "got", gone)
    # What it had been sent before is still a row of whole lines, then the connection ends.
    number = 0
    try:
        while True:
            line = sleeper.line()
            if " PRIVMSG " in line:
                wrong_unless(" :%d x" % number in line, "wanted", number, "got", line)
                number += 1
    except talk.Wrong as end:
        wrong_unless("the other side closed" in str(end), end)
    wrong_unless(0 < number < count, "it got", number, "of", count)


def who_cut():
    """Who asks WHO again and again and does not read gets answers that say that they were cut, and is not
    closed for it."""
    crowd = [Client("who_%d" % i) for i in range(30)]
    asker, count = Client("who_asker", receive=4096), 3000
    crowd[0].say("JOIN #who")
    asker.say(*["WHO who_*"] * count, "JOIN #who")
    crowd[0].until(":who_asker!")  # so all of them were answered
    lines, ends = [], 0
    while ends < count:
        lines.append(asker.line())
        ends += " 315 " in lines[-1]
    cut = sum(" 416 " in line for line in lines)
    wrong_unless(0 < cut < count, "cut:", cut, "of", count)
    told = sum(" 352 " in line for line in lines)
    wrong_unless(told >= (count - cut) * len(crowd), "told only", told, "people")


def burst(pid):
    """Who reads is never closed for not reading, though more than sendq comes in one turn of the loop:
    agentd is held up until everybody has spoken. (sendq = 256K here; this makes 400 KB for each.)"""
    people = [Client("burst_%d" % i, "#burst") for i in range(30)]
    for p in people:
        p.sync("in")
    os.kill(int(pid), signal.SIGSTOP)
    try:
        for p in people:
            p.say(*["PRIVMSG #burst :%d %s" % (i, "x" * 400) for i in range(30)])
    finally:
        os.kill(int(pid), signal.SIGCONT)
    for p in people:
        said = {q.nick: 0 for q in people}
        for _ in range(29 * 30):
            line = p.line()
            wrong_unless(" PRIVMSG " in line, p.nick, "got", line)
            who, number = line[1:].split("!")[0], int(line.split(" ")[3][1:])
            wrong_unless(said[who] == number, p.nick, "missed what", who, "said")
            said[who] += 1


def crowd():
    """300 in one room: all hear what one says, and each sees all."""
    people = [Client("crowd_%d" % i) for i in range(300)]
    people[0].say("JOIN #crowd")  # whoever is the first is its operator
    people[0].until(" 366 ")
    for p in people[1:]:
        p.say("JOIN #crowd")
    for p in people[1:]:
        p.until(" 366 ")
    for p in people:
        p.sync("in")
    people[7].say("PRIVMSG #crowd :anybody here?")
    for p in people:
        if p is not people[7]:
            got = p.line()
            wrong_unless(got == ":crowd_7!~u@127.0.0.1 PRIVMSG #crowd :anybody here?", p.nick, got)
    people[0].say("NAMES #crowd")
    names = [w.lstrip("@") for g in people[0].until(" 366 ") if " 353 " in g
             for w in g.split(" :", 1)[1].split()]
    wrong_unless(sorted(names) == sorted(p.nick for p in people), "names:", names)
    people[0].say("WHO #crowd")
    wrong_unless(len(people[0].until(" 315 ")) == 301, "WHO")
    # All of them say something at once.
    for p in people:
        p.say("PRIVMSG #crowd :I am " + p.nick)
    for p in people:
        said = set()
        while len(said) < 299:
            said.add(p.line().split(" :I am ")[1])
        wrong_unless(said == {q.nick for q in people if q is not p}, p.nick, "missed some")
    # And all but one leave, half of them with words, half by hanging up.
    for i, p in enumerate(people[1:]):
        if i % 2:
            p.say("QUIT :bye")
        else:
            p.sock.close()
    gone = set()
    while len(gone) < 299:
        line = people[0].line()
        wrong_unless(" QUIT :" in line, line)
        who = line[1:].split("!")[0]
        wrong_unless(who not in gone, who, "left twice")
        gone.add(who)
    people[0].say("NAMES #crowd")
    names = people[0].until(" 366 ")[0]
    wrong_unless(names.endswith(" = #crowd :@crowd_0"), names)


def shared_rooms():
    """However many rooms two share, each thing that one does is told the other once."""
    rooms = ",".join("#shared_%d" % i for i in range(30))
    stay, also, go = (Client(n) for n in ("sha_stay", "sha_also", "sha_go"))
    for c in (stay, also, go):
        c.say("JOIN " + rooms)
        c.until(" 366 %s #shared_29 " % c.nick)
    stay.sync("1"), also.sync("1")
    go.say("NICK sha_going", "QUIT :enough")
    go.until("ERROR :")
    for c in (stay, also):
        got = c.sync("2")
        wrong_unless(got == [":sha_go!~u@127.0.0.1 NICK sha_going",
                             ":sha_going!~u@127.0.0.1 QUIT :Quit: enough"], c.nick, got)


def main():
    try:
        globals()[sys.argv[1]](*sys.argv[2:])
    except talk.Wrong as wrong:
        print("%s: %s" % (sys.argv[1], str(wrong)[:4000]))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
