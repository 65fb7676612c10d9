#!/usr/bin/env python3
"""control.py: what control.bats needs besides a shell.

    ask SOCKET TEXT     sends TEXT, with \\n, \\xNN and so on in it, to the control socket and prints
                        what comes back
    flood PORT COUNT    says COUNT long lines in the lobby, by IRC, and waits until all are said
    hold SOCKET         helper (lib.bash): "silent COUNT" opens that many connections to the control
                        socket that ask for nothing, "half COUNT" such that ask for half a thing;
                        "port" listens on a free port"""
import socket
import sys

PATIENCE = 60


def control(path):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(PATIENCE)
    s.connect(path)
    return s


def ask(path, text):
    s = control(path)
    try:
        s.sendall(text.encode().decode("unicode_escape").encode("latin-1"))
        s.shutdown(socket.SHUT_WR)
        while True:
            data = s.recv(65536)
            if not data:
                break
            sys.stdout.buffer.write(data)
    except ConnectionError as e:
        print(e)


def flood(port, count):
    s = socket.create_connection(("127.0.0.1", int(port)), timeout=PATIENCE)
    lines = s.makefile("rb")
    s.sendall(b"NICK flood\r\nUSER f f f f\r\nJOIN #lobby\r\n")
    for _ in range(int(count)):
        s.sendall(b"PRIVMSG #lobby :" + b"x" * 400 + b"\r\n")
    s.sendall(b"PING :said\r\n")
    while b"said" not in lines.readline():
        pass


def hold(path):
    held = []
    for line in sys.stdin:
        word, _, count = line.strip().partition(" ")
        if word == "port":
            s = socket.socket()
            s.bind(("127.0.0.1", 0))
            s.listen(5)
            held.append(s)
            print(s.getsockname()[1], flush=True)
            continue
        for _ in range(int(count)):
            held.append(control(path))
            if word == "half":
                held[-1].sendall(b"stat")
        print("held", len(held), flush=True)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
