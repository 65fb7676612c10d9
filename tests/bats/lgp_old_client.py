#!/usr/bin/env python3
"""lgp_old_client.py HOST PORT list | get NAME FILE | put NAME FILE

A client of the four-letter file protocol as they were written for the old servers, and to be left as it
is: every recv() is taken for one whole message, and there is no other check than comparing it."""
import socket
import sys
import time

BUFSIZE = 1024


def main():
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    s.connect((sys.argv[1], int(sys.argv[2])))
    verb = sys.argv[3]
    if verb == "list":
        s.send(b"L")
        data = s.recv(128)
        if data != b"OK":
            print(data.decode())
            return 1
        print(s.recv(4096).decode(), end="")
    elif verb == "get":
        s.send(("G " + sys.argv[4]).encode())
        data = s.recv(128)
        if data != b"OK":
            print(data.decode())
            return 1
        f = open(sys.argv[5], "wb")
        while True:
            data = s.recv(BUFSIZE)
            if data == b"##":
                break
            f.write(data)
        f.close()
    elif verb == "put":
        s.send(("P " + sys.argv[4]).encode())
        data = s.recv(128)
        if data != b"OK":
            print(data.decode())
            return 1
        f = open(sys.argv[5], "rb")
        while True:
            data = f.read(BUFSIZE)
            if not data:
                break
            s.send(data)
        f.close()
        time.sleep(0.1)
        s.send(b"##")
        time.sleep(0.1)
    s.send(b"Q")
    s.close()
    return 0


sys.exit(main())
