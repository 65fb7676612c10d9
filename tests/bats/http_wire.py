#!/usr/bin/env python3
"""http_wire.py GROUP: sends the rows of a table to the http door, each in one send, in random pieces and
byte by byte, and compares what comes: the status of each answer, some fields, and whether the
connection then goes on (another request is answered) or ends (cleanly, without a further answer,
though a request follows)."""
import fcntl
import random
import select
import socket
import struct
import sys
import termios
import threading

from ftp_client import PORTS, Wrong, check, reset, run, until
from http_client import Web, fetch

H = b"Host: a\r\n"
G = b"GET /probe.txt HTTP/1.1\r\n"
E = b"\r\n"
PROBE = G + b"Host: a\r\nConnection: close\r\n\r\n"
# What must never be taken for a request: it stands behind each row that ends the connection.
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
PAD = b"x" * 20000


def field(name, value):
    return G + H + name + b": " + value + b"\r\n" + E


def post(fields, body=b"", target=b"/probe.txt"):
    return b"POST " + target + b" HTTP/1.1\r\n" + H + fields + E + body


def chunked(body):
    return post(b"Transfer-Encoding: chunked\r\n", body)


def fields(n):
    return b"".join(b"X-%d: y\r\n" % i for i in range(n))


def line_of(n):
    """A head whose request line has n bytes with its CR LF."""
    start, end = b"GET /probe.txt?", b" HTTP/1.1\r\n"
    return start + PAD[:n - len(start) - len(end)] + end + H + E


def head_of(n):
    """A head of n bytes."""
    start, end = G + H + b"X: ", b"\r\n\r\n"
    return start + PAD[:n - len(start) - len(end)] + end


# (what it is, bytes, status or statuses, further: {field: value}); method only where it is HEAD.
GOES_ON = [
    ("plain", G + H + E, 200, {"content-type": "text/plain; charset=utf-8", "connection": None}),
    ("HEAD", b"HEAD /probe.txt HTTP/1.1\r\n" + H + E, 200, {"content-length": "5"}),
    ("OPTIONS", b"OPTIONS /probe.txt HTTP/1.1\r\n" + H + E, 204, {"allow": "GET, HEAD, OPTIONS"}),
    ("OPTIONS *", b"OPTIONS * HTTP/1.1\r\n" + H + E, 204, {"allow": "GET, HEAD, OPTIONS"}),
    ("OPTIONS of the store", b"OPTIONS /files/ HTTP/1.1\r\n" + H + E, 204, {"allow": "GET, HEAD, OPTIONS, POST, PUT, DELETE, MKCOL, MOVE"}),
    ("OPTIONS of what is not there", b"OPTIONS /none HTTP/1.1\r\n" + H + E, 204, {}),
    ("1.0 that would go on", b"GET /probe.txt HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", 200,
     {"connection": "keep-alive"}),
    ("1.1 that says it would go on", field(b"Connection", b"keep-alive"), 200, {}),
    ("an unknown option", field(b"Connection", b"foo, bar"), 200, {}),
    ("a newer minor version", b"GET /probe.txt HTTP/1.9\r\n" + H + E, 200, {}),
    ("absolute form", b"GET http://b:80/probe.txt HTTP/1.1\r\n" + H + E, 200, {"content-length": "5"}),
    ("absolute form, https", b"GET https://b/probe.txt?q HTTP/1.1\r\n" + H + E, 200,
     {"content-length": "5"}),
    ("absolute form, large letters", b"GET HTTP://B/probe.txt HTTP/1.1\r\n" + H + E, 200,
     {"content-length": "5"}),
    ("absolute form without a path", b"GET http://b HTTP/1.1\r\n" + H + E, 200,
     {"content-type": "text/html; charset=utf-8"}),
    ("absolute form, only a query", b"GET http://[::1]:80?q HTTP/1.1\r\n" + H + E, 200,
     {"content-type": "text/html; charset=utf-8"}),
    ("a query", b"GET /probe.txt?/../a=%00&b HTTP/1.1\r\n" + H + E, 200, {"content-length": "5"}),
    ("an empty query", b"GET /probe.txt? HTTP/1.1\r\n" + H + E, 200, {}),
    ("an empty line before", E + G + H + E, 200, {}),
    ("two empty lines before", E + E + G + H + E, 200, {}),
    ("blanks and tabs around a value", field(b"X", b" \t a\tb \t "), 200, {}),
    ("no blank behind the colon", G + b"Host:a\r\n" + E, 200, {}),
    ("an empty value", G + H + b"X:\r\n" + E, 200, {}),
    ("a value that is no ASCII", field(b"X", b"\xff\xc3\xa9"), 200, {}),
    ("all characters of a name", field(b"!#$%&'*+-.^_`|~09azAZ", b"x"), 200, {}),
    ("Host with a port", G + b"Host: a.b:8000\r\n" + E, 200, {}),
    ("Host of IPv6", G + b"Host: [fe80::1]:8000\r\n" + E, 200, {}),
    ("an empty Host", G + b"Host:\r\n" + E, 200, {}),
    ("large and small letters", G + b"hOST: a\r\nCONTENT-length: 0\r\n" + E, 200, {}),
    ("GET with a body", G + H + b"Content-Length: 5\r\n" + E + b"GET /", 200, {}),
    ("GET with a chunked body", G + H + b"Transfer-Encoding: Chunked\r\n" + E +
     b"5;ext=\"a\"\r\nGET /\r\n00A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n", 200, {}),
    ("a body like a request", post(b"Content-Length: %d\r\n" % len(SMUGGLED), SMUGGLED), 405,
     {"allow": "GET, HEAD, OPTIONS"}),
    ("a chunked body like a request", chunked(b"%x\r\n" % len(SMUGGLED) + SMUGGLED + b"\r\n0\r\n\r\n"),
     405, {}),
    ("zeros before the length", post(b"Content-Length: 0005\r\n", b"GET /"), 405, {}),
    ("PUT", b"PUT /new HTTP/1.1\r\n" + H + b"Content-Length: 0\r\n" + E, 405,
     {"allow": "GET, HEAD, OPTIONS"}),
    ("PATCH", b"PATCH /files/ HTTP/1.1\r\n" + H + E, 405, {"allow": "GET, HEAD, OPTIONS, POST, PUT, DELETE, MKCOL, MOVE"}),
    ("PATCH", b"PATCH /status HTTP/1.1\r\n" + H + E, 405, {"allow": "GET, HEAD, OPTIONS"}),
    ("TRACE", b"TRACE /probe.txt HTTP/1.1\r\n" + H + b"X-Secret: 1\r\n" + E, 405,
     {"allow": "GET, HEAD, OPTIONS"}),
    ("as many fields as may be", G + H + fields(99) + E, 200, {}),
    ("as long a request line as may be", line_of(8193), 200, {}),
    ("as long a head as may be", head_of(16384), 200, {}),
    ("not there", b"GET /none HTTP/1.1\r\n" + H + E, 404, {"content-type": "text/html; charset=utf-8"}),
    ("HEAD of what is not there", b"HEAD /none HTTP/1.1\r\n" + H + E, 404, {}),
    ("a NUL, escaped", b"GET /probe.txt%00 HTTP/1.1\r\n" + H + E, 400, {}),
    ("a slash, escaped", b"GET /sub%2findex.html HTTP/1.1\r\n" + H + E, 400, {}),
    ("half an escape", b"GET /probe.txt%4 HTTP/1.1\r\n" + H + E, 400, {}),
    ("no escape", b"GET /%zz HTTP/1.1\r\n" + H + E, 400, {}),
    ("up", b"GET /../probe.txt HTTP/1.1\r\n" + H + E, 400, {}),
    ("up within", b"GET /sub/../probe.txt HTTP/1.1\r\n" + H + E, 400, {}),
    ("two slashes", b"GET //probe.txt HTTP/1.1\r\n" + H + E, 200, {}),
    ("escaped twice", b"GET /%252e%252e/probe.txt HTTP/1.1\r\n" + H + E, 404, {}),
    ("three in a row",
     G + H + E + b"HEAD /probe.txt HTTP/1.1\r\n" + H + E + b"GET /none HTTP/1.1\r\n" + H + E,
     (200, 200, 404), {}),
    ("bodies between",
     post(b"Content-Length: 3\r\n", b"abc") + G + H + E + chunked(b"3\r\nabc\r\n0\r\n\r\n") + E + G + H + E,
     (405, 200, 405, 200), {}),
    ("Expect of no body", field(b"Expect", b"100-continue"), 200, {}),
]

ENDS = [
    ("1.0", b"GET /probe.txt HTTP/1.0\r\n" + H + E, 200, {}),
    ("1.0 without Host", b"GET /probe.txt HTTP/1.0\r\n\r\n", 200, {}),
    ("close", field(b"Connection", b"close"), 200, {}),
    ("close and other options", field(b"Connection", b"foo ,\tCLOSE, keep-alive"), 200, {}),
    ("close in a second field", G + H + b"Connection: keep-alive\r\nConnection: close\r\n" + E, 200, {}),
    ("1.0 with both", b"GET /probe.txt HTTP/1.0\r\nConnection: close, keep-alive\r\n\r\n", 200, {}),
    ("an error, then close", b"GET /none HTTP/1.1\r\n" + H + b"Connection: close\r\n" + E, 404, {}),
    ("a body that was to be waited for", post(b"Content-Length: 9\r\nExpect: 100-continue\r\n"), 405,
     {"allow": "GET, HEAD, OPTIONS"}),
    ("a body too big to read for nothing", post(b"Content-Length: 1000000\r\n"), 405, {}),
    ("the biggest length there is", post(b"Content-Length: 9223372036854775807\r\n"), 405, {}),
]

BAD_LINE = [
    (what, line + H + E, 400, {}) for what, line in (
        ("no target", b"GET\r\n"), ("no version (HTTP/0.9)", b"GET /\r\n"),
        ("an empty version", b"GET / \r\n"),
        ("two blanks", b"GET  / HTTP/1.1\r\n"), ("two blanks before the version", b"GET /  HTTP/1.1\r\n"),
        ("a blank behind", b"GET / HTTP/1.1 \r\n"), ("a blank before", b" GET / HTTP/1.1\r\n"),
        ("a tab", b"GET\t/\tHTTP/1.1\r\n"), ("a blank in the target", b"GET /a b HTTP/1.1\r\n"),
        ("small letters", b"GET / http/1.1\r\n"), ("1.10", b"GET / HTTP/1.10\r\n"),
        ("1", b"GET / HTTP/1\r\n"),
        ("11", b"GET / HTTP/11\r\n"), ("no slash", b"GET / HTTP1.1\r\n"), ("-1.1", b"GET / HTTP/-1.1\r\n"),
        ("1,1", b"GET / HTTP/1,1\r\n"), ("HTCPCP", b"GET / HTCPCP/1.1\r\n"),
        ("no path", b"GET probe.txt HTTP/1.1\r\n"), ("* of GET", b"GET * HTTP/1.1\r\n"),
        ("*/ of OPTIONS", b"OPTIONS */ HTTP/1.1\r\n"), ("a backslash first", b"GET \\ HTTP/1.1\r\n"),
        ("a host only", b"GET a:80 HTTP/1.1\r\n"), ("another scheme", b"GET ftp://a/ HTTP/1.1\r\n"),
        ("no authority", b"GET http:///probe.txt HTTP/1.1\r\n"),
        ("a user", b"GET http://u@a/ HTTP/1.1\r\n"),
        ("a port too high", b"GET http://a:65536/ HTTP/1.1\r\n"),
        ("a port of letters", b"GET http://a:b/ HTTP/1.1\r\n"),
        ("half a bracket", b"GET http://[::1/ HTTP/1.1\r\n"),
        ("NUL in the target", b"GET /\0 HTTP/1.1\r\n"), ("a control byte in the target",
                                                         b"GET /\x1b HTTP/1.1\r\n"),
        ("DEL in the target", b"GET /\x7f HTTP/1.1\r\n"), ("CR in the target", b"GET /\ra HTTP/1.1\r\n"),
        ("NUL in the method", b"GE\0T / HTTP/1.1\r\n"), ("a colon in the method", b"GET: / HTTP/1.1\r\n"),
        ("CR CR LF", b"GET / HTTP/1.1\r\r\n"), ("LF", b"GET / HTTP/1.1\n"), ("a field first", b""),
        ("three empty lines before", b"\r\n\r\n\r\nGET / HTTP/1.1\r\n"),
        ("an empty LF line before", b"\nGET / HTTP/1.1\r\n"),
        ("TLS", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n"),
    )
]

BAD_FIELD = [
    (what, G + lines + E, 400, {}) for what, lines in (
        ("no Host", b""), ("two Hosts", H + H), ("two different Hosts", H + b"Host: b\r\n"),
        ("a blank in Host", b"Host: a b\r\n"), ("a slash in Host", b"Host: a/b\r\n"),
        ("a user in Host", b"Host: u@a\r\n"),
        ("markup in Host", b"Host: <b>\r\n"), ("a quote in Host", b"Host: \"a\"\r\n"),
        ("no ASCII in Host", b"Host: \xc3\xa9\r\n"),
        ("letters in Host's port", b"Host: a:b\r\n"), ("two ports", b"Host: a:1:2\r\n"),
        ("a port too high", b"Host: a:65536\r\n"),
        ("half a bracket", b"Host: [::1\r\n"), ("no address in brackets", b"Host: [::g]\r\n"),
        ("more behind the bracket", b"Host: [::1]a\r\n"), ("nothing in the brackets", b"Host: []\r\n"),
        ("a folded line", H + b"X: a\r\n b\r\n"), ("a line folded with a tab", H + b"X: a\r\n\tb: c\r\n"),
        ("a first line folded", b" X: a\r\n" + H), ("Host folded", b"Host:\r\n a\r\n"),
        ("a folded length", H + b"Content-Length:\r\n 5\r\n"),
        ("a blank before the colon", H + b"X : a\r\n"), ("a tab before the colon", H + b"X\t: a\r\n"),
        ("a blank before Host's colon", b"Host : a\r\n"), ("no name", H + b": a\r\n"),
        ("no colon", H + b"X\r\n"),
        ("a blank in a name", H + b"X Y: a\r\n"), ("a control byte in a name", H + b"X\x01: a\r\n"),
        ("NUL in a name", H + b"X\0: a\r\n"), ("a name that is no ASCII", H + b"\xc3\xa9: a\r\n"),
        ("parentheses in a name", H + b"X(a): a\r\n"), ("NUL in a value", H + b"X: a\0b\r\n"),
        ("a control byte in a value", H + b"X: a\x01b\r\n"), ("DEL in a value", H + b"X: a\x7f\r\n"),
        ("CR in a value", H + b"X: a\rContent-Length: 9\r\n"), ("CR before the end", H + b"X: a\r\r\n"),
        ("LF in a value", H + b"X: a\nContent-Length: 9\r\n"), ("LF behind Host", b"Host: a\n"),
        ("LF for the empty line", H + b"\n"), ("a request behind LF LF", b"Host: a\n\n" + SMUGGLED),
    )
]

FRAMING = [("length %r" % value, post(b"Content-Length: " + value + b"\r\n", b"hello"), 400,
            {}) for value in (
    b"+5", b"-5", b"-1", b"", b"5,5", b"5, 6", b"5 5", b"0x5", b"5;", b"5.0", b"1e1", b"\"5\"", b"five",
    b"5\x0b",
    b"9223372036854775808", b"18446744073709551616", b"18446744073709551621",
    b"99999999999999999999999")] + [
    ("coding %r" % value, post(b"Transfer-Encoding: " + value + b"\r\n", b"0\r\n\r\n"), 501,
     {}) for value in (
        b"gzip", b"gzip, chunked", b"chunked, gzip", b"chunked, chunked", b"chunked;q=1", b"identity",
        b"", b"xchunked",
        b"chunked,", b"\"chunked\"", b"chunked identity")] + [
    (what, post(lines, b"0\r\n\r\n"), 400, {}) for what, lines in (
        ("two lengths", b"Content-Length: 5\r\nContent-Length: 5\r\n"),
        ("two different lengths", b"Content-Length: 5\r\nContent-Length: 0\r\n"),
        ("two lengths, one in small letters", b"Content-Length: 5\r\ncontent-length: 5\r\n"),
        ("length, then coding", b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        ("coding, then length", b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
        ("coding and length 0", b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"),
        ("two codings", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
        ("coding with a blank before the colon", b"Transfer-Encoding : chunked\r\n"),
        ("coding with a VT", b"Transfer-Encoding: \x0bchunked\r\n"),
        ("coding behind a bare LF", b"X: y\nTransfer-Encoding: chunked\r\n"),
        ("coding behind a bare CR", b"X: y\rTransfer-Encoding: chunked\r\n"),
        ("coding behind a folded line", b"X: y\r\n z\r\nTransfer-Encoding: chunked\r\n"))] + [
    ("coding folded", post(b"Transfer-Encoding:\r\n chunked\r\n", b"0\r\n\r\n"), 501, {}),
    ("coding of 1.0",
     b"POST / HTTP/1.0\r\n" + H + b"Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n" + E +
     b"0\r\n\r\n", 400, {}),
    ("coding and length of 1.0",
     b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400, {})]

# The answer is 405, before the body is looked at; behind that the connection ends.
BAD_CHUNK = [("chunked %r" % body[:40], chunked(body), 405, {}) for body in (
    b"z\r\n", b"\r\n", b"-1\r\n", b"+1\r\n", b" 1\r\na\r\n", b"0x1\r\na\r\n", b"1\na\r\n0\r\n\r\n",
    b"1\r\na\n0\r\n\r\n",
    b"1\r\nab\r\n", b"1\r\na0\r\n\r\n", b"1 2\r\na\r\n", b"1\r\na\r\n0\n\r\n", b"1;a\nb\r\n",
    b"1;\0\r\na\r\n",
    b"ffffffffffffffff\r\na", b"10000000000000000\r\na", b"100000000000000000000001\r\na\r\n",
    b"0\r\n folded: x\r\n\r\n",
    b"0\r\nT: a\nb\r\n\r\n", b"1\ra\r\n", b"0\r\n\n", b"1;" + PAD, b"0\r\nT: " + PAD)]

LIMITS = [
    ("an unknown method", b"FOO / HTTP/1.1\r\n" + H + E, 501, {}),
    ("a method in small letters", b"get / HTTP/1.1\r\n" + H + E, 501, {}),
    ("CONNECT", b"CONNECT a:80 HTTP/1.1\r\n" + H + E, 501, {}),
    ("HTTP/2.0", b"GET / HTTP/2.0\r\n" + H + E, 505, {}),
    ("HTTP/0.9", b"GET / HTTP/0.9\r\n" + H + E, 505, {}),
    ("HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, {}),
    ("an expectation we know not", field(b"Expect", b"gold"), 417, {}),
    ("too many fields", G + H + fields(100) + E, 431, {}),
    ("very many fields", G + H + fields(1000) + E, 431, {}),
    ("a name too long", G + H + b"X" * 256 + b": y\r\n" + E, 431, {}),
    ("a head too long", head_of(16385), 431, {}),
    ("a field without an end", G + H + b"X: " + PAD, 431, {}),
    ("a request line too long", line_of(8194), 414, {}),
    ("a target without an end", b"GET /" + PAD, 414, {}),
    ("a method without an end", PAD, 414, {}),
]


def pieces(data, size, rng):
    at = 0
    while at < len(data):
        n = rng.randint(1, size)
        yield data[at:at + n]
        at += n


def talk(row, size, behind, told):
    """`behind` follows the row's bytes; `told`: the answer must say that the connection ends."""
    _, data, statuses, wanted = row
    c = Web()
    goes_on = behind == PROBE
    data += behind
    methods = ["HEAD" if b"HEAD /" in part else "GET" for part in data.split(b" HTTP/1.1\r\n")]
    if size == 0:
        c.send(data)
    else:
        for piece in pieces(data, size, random.Random(len(data))):
            c.send(piece)
    if isinstance(statuses, int):
        statuses = (statuses,)
    for i, status in enumerate(statuses):
        r = c.response(methods[i])
        check(r.status == status, "answered", r.status, "instead of", status)
        for name, value in wanted.items():
            check(r[name] == value, name, r[name], "instead of", value)
        check(r["connection"] == ("close" if told else wanted.get("connection")), "Connection",
              r["connection"])
        check(status in (200, 204) or methods[i] == "HEAD" or b"<h1>" in r.body, "an error without a page")
    if goes_on:
        r = c.response()
        check(r.status == 200 and r.body == b"probe", "the next request:", r.status, r.body)
    c.at_end()
    c.close()


def table(rows, behind=SMUGGLED, behind_pieces=SMUGGLED, told=True):
    wrong = []
    for row in rows:
        # In one send; in pieces; and byte by byte where that does not take long.
        for size in (0, 60, 1 if len(row[1]) < 1000 else 3000):
            try:
                talk(row, size, behind_pieces if size else behind, told)
            except (Wrong, OSError, EOFError) as e:
                how = "pieces of %d" % size if size else "one send"
                wrong.append("%s (%s): %s: %s" % (row[0], how, type(e).__name__, e))
    check(not wrong, "\n  ".join([""] + wrong))


def goes_on():
    table(GOES_ON, PROBE, PROBE, told=False)


def ends():
    # A request that is sent after the answer that closes would be met by a reset, and rightly so.
    table(ENDS, behind_pieces=b"")


def bad_line():
    table(BAD_LINE)


def bad_field():
    table(BAD_FIELD)


def framing():
    table(FRAMING)


def bad_chunk():
    table(BAD_CHUNK, told=False)


def limits():
    table(LIMITS)


def pipelined():
    """10,000 requests in one send, to which nobody reads the answers yet; others are served; then all
    answers come, in order."""
    flood = Web()
    rounds = 2500
    text = (G + H + E + b"GET /none HTTP/1.1\r\n" + H + E + b"GET /big.bin HTTP/1.1\r\n" + H +
            b"Range: bytes=7-\r\n" + E + b"HEAD /big.bin HTTP/1.1\r\n" + H + E)
    sender = threading.Thread(target=flood.send, args=(text * rounds,))
    sender.start()
    try:
        for _ in range(100):
            check(fetch("/probe.txt").body == b"probe", "others")
        for i in range(rounds):
            r = flood.response()
            check(r.status == 200 and r.body == b"probe", i, r.status, r.body)
            check(flood.response().status == 404, i)
            r = flood.response()
            check(r.status == 206 and r.body == b"b" * 99993, i, r.status)
            r = flood.response("HEAD")
            check(r.status == 200 and r["content-length"] == "100000", i, r.status)
    finally:
        reset(flood.sock) if sys.exc_info()[0] else None
        sender.join()
    check(flood.get("/probe.txt").body == b"probe", "it goes on")
    flood.close()


def half_closed():
    """A client that has ended its side still gets all that it asked for; half a request gets none."""
    c = Web()
    c.send((G + H + E) * 500 + b"GET /big.bin HTTP/1.1\r\n" + H + E + G)
    c.sock.shutdown(socket.SHUT_WR)
    for _ in range(500):
        check(c.response().body == b"probe", "a request before the end")
    check(c.response().body == b"b" * 100000, "the last one")
    c.at_end()


def on_its_way(c):
    """How many bytes c has sent that the other side's kernel does not have yet."""
    return struct.unpack("i", fcntl.ioctl(c.sock, termios.TIOCOUTQ, bytes(4)))[0]


def daemon_side(c):
    """The fields of the daemon's end of c in the kernel's table; None when it has closed it for good."""
    ends = [":%04X" % n for n in (int(PORTS["http"]), c.sock.getsockname()[1])]
    with open("/proc/net/tcp", encoding="ascii") as f:
        for row in map(str.split, f):
            if row[1].endswith(ends[0]) and row[2].endswith(ends[1]):
                return row
    return None


def unread(c, what):
    """How many bytes lie in the kernel that c has sent and the daemon has not read."""
    row = daemon_side(c)
    check(row, what, "closed with bytes unread, by a reset")
    return int(row[4].split(":")[1], 16)


def lingers():
    """What still comes after a big answer that closes is read, so that no reset destroys the answer:
    the end comes first, and the bytes sent since are taken (the socket's queue in the kernel is empty)."""
    for target, body in ((b"/probe.txt", b"probe"), (b"/big.bin", b"b" * 100000)):
        c = Web()
        c.send(b"GET " + target + b" HTTP/1.1\r\n" + H + b"Connection: close\r\n" + E + b"x" * 5000)
        check(c.response().body == body, "the answer")
        c.at_end()
        c.send(b"y" * 50000)
        until(lambda c=c: on_its_way(c) == 0, "it has arrived")
        until(lambda c=c, target=target: unread(c, target) == 0, "what was sent behind the answer is read")
        c.close()


def slow_head():
    """request_timeout and keepalive are short here: no client holds a connection for longer."""
    silent, half, idle, late, body = (Web() for _ in range(5))
    half.send(G + H)
    for c in (idle, late):
        check(c.get("/probe.txt").status == 200, "a request")
    late.send(b"G")
    body.send(post(b"Content-Length: 5\r\n", b"hel"))
    check(body.response().status == 405, "a body that does not come")
    # One that sends a byte again and again: the time is for the head as a whole.
    drip = Web()
    drip.send(G + H + b"X: ")
    while not select.select([drip.sock], [], [], 0.02)[0]:
        drip.send(b"x")
    for c in (drip, half, late):
        r = c.response()
        check(r.status == 408 and r["connection"] == "close", r.status)
        c.at_end()
    for c in (silent, idle, body):
        c.at_end()


def never_reads():
    """idle_timeout is short here: who asks for much and does not read it is closed."""
    c = Web(receive=4096)
    c.send(b"GET /large.bin HTTP/1.1\r\n" + H + E)
    size = int(c.head()["content-length"])

    def gone():
        row = daemon_side(c)
        return row is None or row[9] == "0"  # no process holds it
    until(gone, "the daemon closes it")
    try:
        check(len(c.rest()) < size, "all of it came")
    except ConnectionResetError:
        pass


if __name__ == "__main__":
    sys.exit(run(globals()))
