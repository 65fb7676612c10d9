#!/usr/bin/env python3
"""http_table.py FOLDER: sends the requests of http_table.txt, where it is said how they are written, to the
http door, plain and by TLS; each whole, and again in pieces (by TLS on one event backend alone: how records
are read is tls.bats' matter); and compares what comes. Each group gets a file in the folder, with a line for
each case that fails: its name, what was sent, and what was wrong. `count` there says how many there are."""
import os
import random
import re
import socket
import ssl
import sys
import zlib

from ftp_client import PATIENCE, Wrong, check
from http_client import Web, fetch

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "http_table.txt")
PROBE = b"GET /probe.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
# What must never be taken for a request: it stands behind each that ends the connection. %d: the table's line.
SMUGGLED = b"GET /smuggled/%d HTTP/1.1\r\nHost: a\r\n\r\n"
WORDS = {
    "v": " HTTP/1.1~Host: a~",
    "get": "GET /probe.txt HTTP/1.1~Host: a~",
    "post": "POST /probe.txt HTTP/1.1~Host: a~",
    "put": "PUT /files/{new} HTTP/1.1~Host: a~",
    "ws": "Upgrade: websocket~Connection: Upgrade~{wskey}",
    "wskey": "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==~Sec-WebSocket-Version: 13~",
    "alice": "Authorization: Basic YWxpY2U6c2VjcmV0~",
}
ESCAPES = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}
PIECE = 5  # bytes that a piece has at most
PIECES = 100  # ... unless that made more than so many, on average
ENDS = ("open", "close", "drop", "eof")


def bytes_of(text):
    """What the notation stands for."""
    text = text.replace("~", r"\r\n")
    out = b""
    for found in re.finditer(r"\\x([0-9a-f]{2})|\\(.)|([^\\]+)", text, re.DOTALL):
        code, escape, plain = found.groups()
        out += bytes([int(code, 16)]) if code else ESCAPES[escape] if escape else plain.encode()
    return out


def spell(text, words):
    """Words and repetitions filled in, from the inside outwards."""
    before = None
    while text != before:
        before = text
        text = re.sub(r"\{(\w+)\}", lambda m: words.get(m[1], m[0]), text)
        text = re.sub(r"\{([^{}]*)\*(\d+)\}", lambda m: m[1] * int(m[2]), text)
    return text


class Case:
    def __init__(self, line, number):
        self.number = number
        self.name, comes, self.text = (column.strip() for column in line.split("|", 2))
        first, *self.wanted = comes.split(" + ")
        *self.statuses, self.end = first.split()
        check(self.end in ENDS, "no end:", line)
        self.door = next((w for w in self.wanted if w in ("plain", "tls")), None)
        self.whole = "whole" in self.wanted
        self.wanted = [w.strip() for w in self.wanted if w not in ("plain", "tls", "whole")]


def read_table():
    groups = {}
    with open(TABLE, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            if line.startswith("= "):
                cases = groups.setdefault(line[2:].strip(), [])
            elif line.strip() and not line.startswith("#"):
                cases.append(Case(line.rstrip("\n"), number))
    return groups


class TlsWeb(Web):
    """The same by TLS. The end must be told, too."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # whose certificate it is is tls.bats' matter

    def __init__(self):
        super().__init__("http_tls")
        self.sock = self.context.wrap_socket(self.sock, suppress_ragged_eofs=False)

    def fill(self):
        try:
            super().fill()
        except ssl.SSLZeroReturnError as e:
            raise EOFError("closed") from e

    def end(self):
        self.sock.setblocking(False)
        try:
            self.sock.unwrap()
        except ssl.SSLWantReadError:
            pass  # the other side's end follows
        self.sock.settimeout(PATIENCE)


class PlainWeb(Web):
    def end(self):
        self.sock.shutdown(socket.SHUT_WR)


DOORS = {"plain": PlainWeb, "tls": TlsWeb}


def send(c, data, rng):
    """Whole; with rng in pieces."""
    at = 0
    most = max(PIECE, 2 * len(data) // PIECES)
    while at < len(data):
        n = rng.randint(1, most) if rng else len(data)
        c.send(data[at:at + n])
        at += n


def receive(c, statuses):
    """The answers; the last one."""
    r = None
    for word in statuses:
        status, _, method = word.partition("/")
        r = c.response(method or "GET")
        while r.status == 100 and status != "100":
            raise Wrong("100 Continue came")
        check(r.status == int(status), "answered", r.status, "instead of", word)
        for code, name in ((206, "content-range"), (301, "location"), (303, "location"), (308, "location"),
                           (401, "www-authenticate"), (405, "allow"), (416, "content-range")):
            check(r.status != code or r[name], code, "without", name)
    return r


def meets(r, wanted, words):
    """The last answer has what the table says."""
    for want in wanted:
        name, colon, value = want.partition(": ")
        if want.startswith("body "):
            check(r.body == bytes_of(want[5:]), "body", r.body[:200])
        elif want.startswith("!"):
            check(not r.all(want[1:].lower()), "has", want[1:])
        elif " has " in want:
            name, _, word = want.partition(" has ")
            check(word in re.split(", *", r[name.lower()] or ""), name, r[name.lower()])
        elif colon:
            check(r[name.lower()] == spell(value, words), name, r[name.lower()])
        elif want != "as GET":
            check(r.all(want.lower()), "has no", want)


def run(case, door, rng, words):
    c = DOORS[door]()
    try:
        data = spell(case.text, words)
        *before, last = [bytes_of(part) for part in data.split("{100}")]
        for part in before:
            send(c, part, rng)
            check(c.response().status == 100, "no 100 Continue")
        if case.end == "open":
            last += PROBE
        elif case.end != "eof" and not rng:
            last += SMUGGLED % case.number
        send(c, last, rng)
        if case.end == "eof" and door == "plain":
            c.end()
        r = receive(c, case.statuses)
        if case.end == "eof" and door == "tls":
            c.end()  # Python's TLS reads no more behind that
        if case.statuses:
            meets(r, case.wanted, words)
            told = {"open": False, "close": True}.get(case.end)
            if told is not None:
                check((r["connection"] == "close") == told, "Connection:", r["connection"])
        if case.end == "open":
            r = c.response()
            check(r.status == 200 and r.body == b"probe", "the next request:", r.status)
        c.at_end()
    finally:
        c.close()


def same_as_get(case, door, words):
    """HEAD's fields are GET's."""
    answers = []
    for method in ("HEAD", "GET"):
        c = DOORS[door]()
        c.send(bytes_of(spell(case.text, words).replace("HEAD ", method + " ", 1)))
        r = c.response(method)
        answers.append((r.status, [field for field in r.headers if field[0] != "date"]))
        c.close()
    check(answers[0] == answers[1], "HEAD and GET differ:", answers)


def failures(case, door, words):
    """One way after the other; a line for each that goes wrong."""
    whole = case.whole or (door == "tls" and os.environ["EVENT"] != "select")
    for how in ("whole",) if whole else ("whole", "in pieces"):
        words["new"] = "n%d" % words["count"]
        words["count"] += 1
        rng = random.Random(zlib.crc32(case.text.encode())) if how == "in pieces" else None
        try:
            run(case, door, rng, words)
            if "as GET" in case.wanted and not rng:
                same_as_get(case, door, words)
        except (Wrong, OSError, EOFError) as e:
            sent = bytes_of(spell(case.text, words))
            yield "%s (%s, %s): sent %r: %s: %s" % (case.name, door, how, sent[:300], type(e).__name__, e)


def main(folder):
    groups = read_table()
    words = dict(WORDS, etag=fetch("/probe.txt")["etag"], count=0)
    with open(os.path.join(folder, "count"), "w", encoding="utf-8") as f:
        print(sum(len(cases) for cases in groups.values()), file=f)
    for name, cases in groups.items():
        wrong = [line for case in cases for door in DOORS if case.door in (None, door)
                 for line in failures(case, door, words)]
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.writelines(line + "\n" for line in wrong)


if __name__ == "__main__":
    main(sys.argv[1])
