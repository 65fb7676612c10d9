"""doors.py: what accounts.py, access.py and brute.py know of each door. $PORTS says where they are,
$ROOT and $CONF which agentctl to ask."""
import base64
import contextlib
import ftplib
import http.client
import io
import os
import socket
import subprocess
import sys
import time
import traceback
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import talk  # noqa: E402

PORTS = dict(p.split("=", 1) for p in os.environ["PORTS"].split())
FILES = os.environ["FILES"]
STATE = os.environ["STATE"]
talk.SECONDS = max(talk.SECONDS, 30)


def wrong_unless(true, *what):
    if not true:
        raise talk.Wrong(" ".join(str(w) for w in what))


def same(got, wanted, *what):
    wrong_unless(got == wanted, *what, "got", repr(got), "wanted", repr(wanted))


def until(fn, *what):
    """Waits until fn() is true."""
    end = time.monotonic() + talk.SECONDS
    while not fn():
        wrong_unless(time.monotonic() < end, "never true:", *what)
        time.sleep(0.01)


def agentctl(*args, said=""):
    """Its exit code and all that it says."""
    done = subprocess.run([os.environ["ROOT"] + "/ctl/agentctl", "-c", os.environ["CONF"], *args],
                          input=said, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=talk.SECONDS, check=False)
    return done.returncode, done.stdout


def do(*args, said=""):
    """agentctl, which must succeed; what it says."""
    status, out = agentctl(*args, said=said)
    wrong_unless(status == 0, "agentctl", args, "failed:", out)
    return out


def add_user(name, password, *more):
    do("user", "add", name, *more, said=password + "\n")


def path_of(name):
    return os.path.join(FILES, name.lstrip("/"))


def put_file(name, data):
    os.makedirs(os.path.dirname(path_of(name)), exist_ok=True)
    with open(path_of(name), "wb") as f:
        f.write(data)


def bytes_of(name):
    with open(path_of(name), "rb") as f:
        return f.read()


def log_lines(*parts):
    """The lines of both logs with all of the parts."""
    lines = []
    for name in ("agentd.log", "agentd.err"):
        with open(os.path.join(STATE, name), encoding="utf-8") as f:
            lines += [line for line in f if all(p in line for p in parts)]
    return lines


# --- plain lines ---

class Lines(talk.Conn):
    """A TCP connection to a door."""

    def __init__(self, door, source=None):
        sock = socket.create_connection(("127.0.0.1", int(PORTS[door])), talk.SECONDS,
                                        (source, 0) if source else None)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().__init__(sock)

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

    def rest(self):
        """All up to the end, which must come."""
        deadline = time.monotonic() + talk.SECONDS
        while not self.ended:
            self.fill(deadline)
        return self.buffer

    def close(self):
        self.sock.close()


# --- IRC ---

class Irc(Lines):
    def __init__(self, source=None):
        super().__init__("irc", source)
        self.nick = "*"

    def register(self, nick, password=None, wait=True):
        if password is not None:
            self.say("PASS :" + password)
        self.nick = nick
        self.say("NICK " + nick, "USER u 0 * :" + nick)
        return self.until(" 376 ") if wait else []

    def sync(self, token):
        """What has come before the answer to a PING."""
        self.say("PING :" + token)
        return self.until(" PONG agentd :" + token)[:-1]

    def offered(self, version=" 302"):
        """The capabilities that there are, with their values."""
        self.say("CAP LS" + version)
        caps = []
        while True:
            head, _, words = self.line().partition(" :")
            caps += words.split()
            if not head.endswith(" *"):
                return caps

    def authenticate(self, data):
        """Sends it in base 64, in pieces of 400."""
        text = base64.b64encode(data).decode()
        pieces = [text[i:i + 400] for i in range(0, len(text), 400)]
        if not pieces or len(pieces[-1]) == 400:
            pieces.append("+")
        self.say(*["AUTHENTICATE " + p for p in pieces])

    def sasl(self, name, password, authzid=""):
        """SASL PLAIN from the beginning; the numeric that ends it."""
        self.say("CAP REQ :sasl", "AUTHENTICATE PLAIN")
        self.until("AUTHENTICATE +")
        self.authenticate(b"\0".join(s.encode() for s in (authzid, name, password)))
        line = self.line()
        return [line] if numeric(line) in ("902", "904", "905") else [line, self.line()]


def numeric(line):
    return line.split(" ")[1]


# --- HTTP ---

def basic(user, password):
    return "Basic " + base64.b64encode(("%s:%s" % (user, password)).encode()).decode()


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def cookie(self):
        return self.headers.get("Set-Cookie", "")


def http_ask(method, path, body=None, headers=(), who=None, source=None, door="http"):
    """One request on a connection of its own."""
    c = http.client.HTTPConnection("127.0.0.1", int(PORTS[door]), timeout=talk.SECONDS,
                                   source_address=(source, 0) if source else None)
    h = dict(headers)
    if who:
        h["Authorization"] = basic(*who)
    try:
        c.request(method, path, body, h)
        r = c.getresponse()
        return Answer(r.status, r.headers, r.read())
    finally:
        c.close()


def log_in(name, password, to="/", headers=(), source=None):
    """By the page."""
    body = urllib.parse.urlencode({"name": name, "password": password, "to": to})
    head = {"Content-Type": "application/x-www-form-urlencoded", **dict(headers)}
    return http_ask("POST", "/login", body, head, source=source)


def token_of(answer):
    """What the browser would send back."""
    return {"Cookie": answer.cookie().split(";")[0]}


# --- FTP ---

def ftp(user="ftp", password="x", source=None, door="ftp"):
    """A session; raises ftplib.error_perm when the login is refused."""
    f = ftplib.FTP(timeout=talk.SECONDS, source_address=(source, 0) if source else None)
    f.connect("127.0.0.1", int(PORTS[door]))
    f.login(user, password)
    return f


def ftp_says(f, line):
    """The reply, whatever it is."""
    try:
        return f.sendcmd(line)
    except (ftplib.error_perm, ftplib.error_temp) as e:
        return str(e)


def ftp_data(f, command, data=None, rest=None):
    """A transfer, binary. Its last reply and, without data to send, what came."""
    f.voidcmd("TYPE I")
    try:
        sock = f.transfercmd(command, rest)
    except (ftplib.error_perm, ftplib.error_temp) as e:
        return str(e), b""
    out = io.BytesIO()
    with contextlib.suppress(OSError), sock:
        if data is not None:
            sock.sendall(data)
        else:
            for piece in iter(lambda: sock.recv(65536), b""):
                out.write(piece)
    try:
        return f.voidresp(), out.getvalue()
    except (ftplib.error_perm, ftplib.error_temp) as e:
        return str(e), out.getvalue()


def ftp_put(f, name, data, rest=None):
    return ftp_data(f, "STOR " + name, data, rest)[0]


# --- the others ---

def lgp_ask(request, source=None):
    """L, G or P without its "##": all that comes until the answer is plainly complete."""
    c = Lines("lgp", source)
    c.sock.sendall(request.encode())
    return c


def udp(text, source="127.0.0.1"):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((source, 0))
    sock.settimeout(talk.SECONDS)
    sock.connect(("127.0.0.1", int(PORTS["udp"])))
    sock.send(text.encode())
    return sock


def main(scenarios):
    """Runs the one that the command line names, and says in which of its lines it went wrong."""
    try:
        scenarios[sys.argv[1]](*sys.argv[2:])
    except talk.Wrong as wrong:
        lines = [f.lineno for f in traceback.extract_tb(wrong.__traceback__) if "doors" not in f.filename]
        print("%s, line %s: %s" % (sys.argv[1], lines, str(wrong)[:4000]))
        return 1
    return 0
