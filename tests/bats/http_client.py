"""http_client.py: an HTTP client that reads strictly and sends whatever it is told, for the programs
beside it. Every wait ends with a failure after PATIENCE seconds; none is for a time to pass."""
import re
import socket

from ftp_client import PATIENCE, PORTS, Wrong, check


class Response:
    def __init__(self, status, headers):
        self.status = status
        self.headers = headers  # [(name in small letters, value), ...]
        self.body = b""

    def all(self, name):
        return [v for n, v in self.headers if n == name]

    def __getitem__(self, name):
        """The one field of this name; None when there is none."""
        found = self.all(name)
        check(len(found) < 2, name, "came", len(found), "times")
        return found[0] if found else None


class Web:
    """A connection to a door of http."""

    def __init__(self, door="http", receive=None):
        self.sock = socket.socket()
        if receive:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(("127.0.0.1", int(PORTS[door])))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def send(self, data):
        self.sock.sendall(data if isinstance(data, bytes) else data.encode("utf-8"))

    def fill(self):
        data = self.sock.recv(1 << 18)
        if not data:
            raise EOFError("closed; unread: %r" % self.buffer[:200])
        self.buffer += data

    def take(self, n):
        parts = [self.buffer[:n]]
        self.buffer = self.buffer[n:]
        left = n - len(parts[0])
        while left > 0:
            data = self.sock.recv(min(left, 1 << 18))
            if not data:
                raise EOFError("closed with %d bytes of %d missing" % (left, n))
            parts.append(data)
            left -= len(data)
        return b"".join(parts)

    def line(self):
        while b"\n" not in self.buffer:
            self.fill()
        line, self.buffer = self.buffer.split(b"\n", 1)
        check(line.endswith(b"\r") and b"\r" not in line[:-1], "a line without CR LF:", line)
        return line[:-1].decode("latin-1")

    def head(self):
        status = self.line()
        found = re.fullmatch(r"HTTP/1\.1 ([1-5]\d\d) [ -~]+", status)
        check(found, "no status line:", status)
        headers = []
        while True:
            line = self.line()
            if not line:
                return Response(int(found.group(1)), headers)
            name, colon, value = line.partition(": ")
            check(colon and re.fullmatch(r"[A-Za-z-]+", name) and value == value.strip(), line)
            headers.append((name.lower(), value))

    def chunks(self):
        out = []
        while True:
            size = self.line()
            check(re.fullmatch("[0-9a-f]+", size), "a chunk's size:", size)
            out.append(self.take(int(size, 16)))
            check(self.line() == "", "behind a chunk")
            if not out[-1]:
                return b"".join(out)

    def response(self, method="GET"):
        """The next response, 100 Continue too. What every one of them has is looked at here."""
        r = self.head()
        if r.status == 100:
            return r
        check(re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", r["date"] or ""), "Date",
              r["date"])
        check(r["x-content-type-options"] == "nosniff", "nosniff")
        check(r["access-control-allow-origin"] is None, "CORS")
        length, coding = r["content-length"], r["transfer-encoding"]
        check(length is None or coding is None, "both framings")
        if method == "HEAD" or r.status in (101, 204, 304):
            check(r.status not in (101, 204) or (length is None and coding is None), r.status, "with framing")
        elif coding is not None:
            check(coding == "chunked", coding)
            r.body = self.chunks()
        elif length is not None:
            r.body = self.take(int(length))
        else:
            check(r["connection"] == "close", "no framing, but the connection stays")
            r.body, self.buffer = self.rest(), b""
        return r

    def rest(self):
        """All up to the end, which must not be a reset."""
        while True:
            try:
                self.fill()
            except EOFError:
                return self.buffer

    def at_end(self):
        rest = self.rest()
        check(rest == b"", "more came:", rest[:300])

    def get(self, target, *fields, method="GET", version="1.1"):
        self.send(request(target, *fields, method=method, version=version))
        return self.response(method)

    def close(self):
        self.sock.close()


def request(target, *fields, method="GET", version="1.1", body=b""):
    lines = ["%s %s HTTP/%s" % (method, target, version), "Host: test"] + list(fields) + ["", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + body


def fetch(target, *fields, door="http", method="GET", status=200):
    """One request by a connection of its own."""
    c = Web(door)
    try:
        r = c.get(target, *fields, method=method)
    except (Wrong, OSError, EOFError) as e:
        kind = EOFError if isinstance(e, EOFError) else Wrong
        raise kind("%s %s %s: %s" % (method, target, fields, e)) from e
    finally:
        c.close()
    check(r.status == status, method, target, fields, "gave", r.status, "instead of", status)
    return r
