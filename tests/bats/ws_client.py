"""ws_client.py: a WebSocket client that sends whatever it is told, byte for byte, for the programs beside
it. Every wait ends with a failure after PATIENCE seconds; none is for a time to pass."""
import struct

from ftp_client import check
from http_client import Web

TEXT, BINARY, CLOSE, PING, PONG = 0x81, 0x82, 0x88, 0x89, 0x8a
KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
MASK = b"\x37\xfa\x21\x3d"


def frame(first, payload=b"", mask=MASK):
    """As a client sends it; mask=None: not masked."""
    n = len(payload)
    form = 0 if n < 126 else 2 if n < 65536 else 8
    head = bytes([first, (0x80 if mask else 0) | (n, 0, 126, 0, 0, 0, 0, 0, 127)[form]])
    if form:
        head += n.to_bytes(form, "big")
    if not mask:
        return head + payload
    pad = (mask * (n // 4 + 1))[:n]
    return head + mask + (int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")).to_bytes(n, "big")


def close_frame(code, why=b""):
    return frame(CLOSE, struct.pack(">H", code) + why)


def request(path="/echo", *fields):
    return "\r\n".join(["GET %s HTTP/1.1" % path, "Host: ours.example", "Upgrade: websocket", "Connection: Upgrade",
                        "Sec-WebSocket-Key: " + KEY, "Sec-WebSocket-Version: 13"] + list(fields) + ["", ""]).encode()


class Ws(Web):
    """behind: bytes that are sent with the request."""

    def __init__(self, path="/echo", *fields, behind=b"", receive=None):
        super().__init__("http", receive)
        self.send(request(path, *fields) + behind)
        self.answer = self.response()
        check(self.answer.status == 101 and self.answer["sec-websocket-accept"] == ACCEPT, "answered",
              self.answer.status)

    def frame(self):
        """(first byte, payload)"""
        first, n = self.take(2)
        check(n < 0x80, "masked")
        if n > 125:
            form = 2 if n == 126 else 8
            n = int.from_bytes(self.take(form), "big")
            check(n > 125 and (form == 2 or n > 65535), "not the shortest head")
        return first, self.take(n)

    def want(self, first, payload):
        got = self.frame()
        check(got == (first, payload), "came", hex(got[0]), got[1][:200], "for", hex(first), payload[:200])

    def want_close(self, code, then_end=True):
        """None: without a code."""
        first, payload = self.frame()
        check(first == CLOSE, "came", hex(first), payload[:200], "for a close frame with", code)
        got = int.from_bytes(payload[:2], "big") if payload else None
        check(got == code, "closed with", got, payload[2:], "not", code)
        if then_end:
            self.at_end()
        return payload[2:]


class Irc(Ws):
    """Lines by WebSocket."""

    def __init__(self, nick=None, *fields, binary=False, behind=b"", receive=None):
        fields += ("Sec-WebSocket-Protocol: " + ("binary" if binary else "text") + ".ircv3.net",)
        super().__init__("/chat/ws", *fields, behind=behind, receive=receive)
        self.kind = BINARY if binary else TEXT
        if nick:
            self.say("NICK " + nick, "USER u 0 * :u")
            self.until(" 376 ")

    def say(self, *lines):
        self.send(b"".join(frame(self.kind, line.encode()) for line in lines))

    def heard(self):
        first, payload = self.frame()
        while first == PING:
            self.send(frame(PONG, payload))
            first, payload = self.frame()
        check(first == self.kind, "came", hex(first), payload)
        check(b"\n" not in payload and b"\r" not in payload, "a line's end:", payload)
        return payload.decode()

    def until(self, part):
        """All lines up to one that holds the part."""
        lines = [self.heard()]
        while part not in lines[-1]:
            lines.append(self.heard())
        return lines

    def sync(self, token):
        self.say("PING :" + token)
        return self.until(" PONG agentd :" + token)[:-1]
