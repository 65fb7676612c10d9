#!/usr/bin/env python3
"""history.py PORT NICK ROOM FIRST LAST: comes in by IRC, says "line N" in the room for each N of
FIRST..LAST, waits until the server has taken all of it, and leaves."""
import socket
import sys

port, nick, room, first, last = sys.argv[1:]
sock = socket.create_connection(("127.0.0.1", int(port)), 20)
heard = b""


def until(text):
    global heard
    while text.encode() not in heard:
        piece = sock.recv(65536)
        if not piece:
            sys.exit("%s was closed before: %s" % (nick, text))
        heard = heard[-1000:] + piece


sock.sendall(("NICK %s\r\nUSER %s 0 * :x\r\nJOIN %s\r\nPING in\r\n" % (nick, nick, room)).encode())
until(" :in\r\n")
for n in range(int(first), int(last) + 1, 100):
    lines = ["PRIVMSG %s :line %d\r\n" % (room, i) for i in range(n, min(n + 100, int(last) + 1))]
    sock.sendall(("".join(lines) + "PING n%d\r\n" % n).encode())
    until(" :n%d\r\n" % n)
sock.sendall(b"QUIT :done\r\n")
until("ERROR")
