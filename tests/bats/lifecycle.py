#!/usr/bin/env python3
"""lifecycle.py: what lifecycle.bats needs besides a shell.

    load PORT FILE           HTTP requests over four connections until FILE exists; prints how many
                             were answered, and fails when one was not
    storm PORT PID COUNT     COUNT requests, with random signals to PID while each is under way
    drain HTTP FTP FILE      helper: begins a download and an upload, and finishes both when told
    hostile COMMAND ...      runs it with signals ignored and blocked, as a careless parent may
    activated PORT COMMAND   runs it with a listening socket, as systemd does, in whose queue a
                             request waits already; prints the status of the answer
"""
import ftplib
import http.client
import os
import random
import signal
import socket
import sys

PATIENCE = 60


def load(port, until):
    conns = [http.client.HTTPConnection("127.0.0.1", int(port), timeout=PATIENCE) for _ in range(4)]
    answered = 0
    while not os.path.exists(until):
        for c in conns:
            c.request("GET", "/load/%d" % answered)
            reply = c.getresponse()
            reply.read()
            assert reply.status == 404, reply.status
            answered += 1
    print(answered)


def storm(port, pid, count):
    chance = random.Random(1)
    c = http.client.HTTPConnection("127.0.0.1", int(port), timeout=PATIENCE)
    for _ in range(int(count)):
        c.request("GET", "/storm")
        for _ in range(25):
            os.kill(int(pid), chance.choice((signal.SIGHUP, signal.SIGUSR1, signal.SIGCHLD)))
        reply = c.getresponse()
        reply.read()
        assert reply.status == 404, reply.status
    print(count)


def drain(http_port, ftp_port, path):
    with open(path, "rb") as f:
        wanted = f.read()
    web = socket.create_connection(("127.0.0.1", int(http_port)), timeout=PATIENCE)
    web.sendall(b"GET /files/big HTTP/1.0\r\n\r\n")
    got = web.recv(1000)
    ftp = ftplib.FTP()
    ftp.connect("127.0.0.1", int(ftp_port), timeout=PATIENCE)
    ftp.login()
    data = ftp.transfercmd("STOR up")
    data.sendall(wanted[:1000])
    print("under way", flush=True)
    sys.stdin.readline()
    while True:
        more = web.recv(1 << 20)
        if not more:
            break
        got += more
    data.sendall(wanted[1000:])
    data.close()
    reply = ftp.voidresp()
    whole = got.split(b"\r\n\r\n", 1)[1] == wanted
    print("download", "whole" if whole else "cut", "upload", reply[:3], flush=True)


def hostile(*command):
    for sig in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGCHLD, signal.SIGTERM,
                signal.SIGINT, signal.SIGALRM):
        signal.signal(sig, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    os.execvp(command[0], command)


def activated(port, *command):
    listener = socket.socket()
    listener.bind(("127.0.0.1", int(port)))
    listener.listen(5)
    client = http.client.HTTPConnection("127.0.0.1", int(port), timeout=PATIENCE)
    client.request("GET", "/")
    if os.fork() > 0:
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
        fd = listener.detach()
        client.sock.close()
        os.dup2(fd, 3)
        os.set_inheritable(3, True)
        os.execvp(command[0], command)
    listener.close()
    print(client.getresponse().status)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
