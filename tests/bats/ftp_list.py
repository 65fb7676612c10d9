#!/usr/bin/env python3
"""ftp_list.py SCENARIO: listings that are too long for a conversation that is written down."""
import os
import socket

from ftp_client import FILES, PID, Client, check, read_all, reset, run, until


def make(folder, names):
    """Empty files."""
    os.makedirs(os.path.join(FILES, folder), exist_ok=True)
    at = os.open(os.path.join(FILES, folder), os.O_RDONLY)
    os.mknod(names[0], 0o100644, dir_fd=at)
    for n in names[1:]:  # links are made faster than files
        os.link(names[0], n, src_dir_fd=at, dst_dir_fd=at)
    os.close(at)


def many():
    """3,000 names, in every form; folders within folders; and the bounds, which are told."""
    names = sorted("n%05d" % (i * 7919 % 100003) for i in range(3000))
    make("many", names)
    c = Client()
    for command, name in (("NLST many", lambda x: x[5:]), ("LIST many", lambda x: x.split()[-1]),
                          ("LIST -t many", lambda x: x.split()[-1]), ("MLSD many", lambda x: x.split("; ")[-1]),
                          ("NLST -R /many", lambda x: x[6:]), ("NLST man?/*", lambda x: x[5:])):
        got = [name(x) for x in c.get(command).decode().splitlines()]
        if command.startswith("MLSD"):
            check(got[:2] == [".", ".."], command, got[:2])
            got = got[2:]
        if "-t" in command:
            got.sort()
        check(got == names, command, len(got))
    check(len(c.ask("STAT many", 213)) == 3002, "STAT")
    # 40 folders deep: the 32nd is the last that is gone into, and the reply says so.
    os.makedirs(os.path.join(FILES, "deep", *["d"] * 39))
    data = c.passive()
    c.ask("NLST -R deep", 150)
    lines = read_all(data)[0].decode().splitlines()
    check(lines[-1] == "deep" + "/d" * 32 and len(lines) == 32, len(lines), lines[-1:])
    check("not all" in c.want(226)[0], "the reply says that there is more")
    check(c.get("NLST deep" + "/*" * 20).decode().splitlines() == ["deep" + "/d" * 20], "20 stars")
    check("not all" in c.ask("STAT -R deep", 213)[-1], "STAT says it, too")


def slow_patterns():
    """Patterns that make others' matchers take for ever, over names that suit them: others are answered
    meanwhile, and a bound ends it."""
    make("slow", ["a" * 248 + "%04d" % i for i in range(1000)])
    c, other = Client(), Client()
    for pattern in ("a*" * 60 + "b", "*" + "a" * 124 + "b", "?*" * 100 + "x", "*" * 255):
        data = c.passive()
        c.send("NLST slow/" + pattern, "NOOP")
        other.ask("NOOP", 200)
        lines = read_all(data)[0].splitlines()
        check(len(lines) == (1000 if pattern.strip("*") == "" else 0), pattern, len(lines))
        c.want(150)
        c.want(226)
        c.want(200)
        data.close()
    # Folders times folders.
    for i in range(12):
        os.makedirs(os.path.join(FILES, "wide", *(str(i * j) for j in range(4))))
    lines = c.get("NLST wide/*/*/*/*").splitlines()
    check(len(lines) == 12, len(lines))
    check(c.get("LIST wide/" + "*/" * 100 + "*") == b"", "deeper than anything")
    other.ask("NOOP", 200)


def broken():
    """Connections that break while a listing waits for them: the session goes on, nothing is left."""
    def descriptors():
        return len(os.listdir("/proc/%d/fd" % PID))

    before = descriptors()
    make("broken", ["x" * 200 + "%05d" % i for i in range(3000)])
    for command in ("LIST broken", "NLST -R /", "MLSD broken", "LIST -aR", "LIST */*"):
        for end in (reset, socket.socket.close):
            c = Client()
            data = c.passive()
            data.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            c.ask(command, 150)
            data.recv(100)
            end(data)
            c.want(226, 426)
            c.ask("NOOP", 200)
            data = c.passive()
            c.ask(command, 150)
            c.send("ABOR")
            c.want(226, 426)
            c.want(226)
            data.close()
            c.send(command.replace("MLSD", "STAT"), "NOOP")
            end(c.sock)
    until(lambda: descriptors() <= before, "descriptors are given back")


if __name__ == "__main__":
    raise SystemExit(run({f.__name__: f for f in (many, slow_patterns, broken)}))
