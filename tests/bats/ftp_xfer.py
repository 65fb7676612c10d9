#!/usr/bin/env python3
"""ftp_xfer.py SCENARIO [ARGUMENT...]: transfers by FTP as others see them, end them, and keep book of them."""
import json
import os
import re
import subprocess
import sys

from ftp_client import FILES, PATIENCE, PORTS, Client, bytes_of, check, read_all, reset, run, taken, until
from http_client import Web, request

SOURCE = "127.0.0.6"
WHOLE = 64 << 20  # of the sparse file "big": more than what sockets hold
DATE = r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} [0-9]{4} [0-9]+ "


def agentctl(*args):
    return subprocess.run([os.path.join(os.environ["ROOT"], "ctl/agentctl"), "-c", os.environ["CONF"],
                           *args], capture_output=True, text=True, check=True).stdout


def who(door="ftp"):
    return [x for x in json.loads(agentctl("who", "--json")) if x["proto"] == door]


def state(name):
    with open(os.path.join(os.environ["STATE"], name), encoding="utf-8", errors="surrogateescape") as f:
        return f.read()


def logged(*words):
    """A line of either log has all these words."""
    def there():
        return any(all(w in line for w in words) for name in ("agentd.log", "agentd.err")
                   for line in state(name).splitlines())
    until(there, "in the log: %s" % (words,))


def login(name, **where):
    c = Client(login=False, **where)
    c.ask("USER " + name, 331)
    c.ask("PASS x", 230)
    return c


def begin(c, command, content=b""):
    """A transfer that has begun: its data connection. Of an upload, content has been taken."""
    data = c.passive()
    c.ask(command, 150)
    if content:
        data.sendall(content)
        until(lambda: taken(data), "the bytes are taken")
    return data


def progress():
    c = Client()
    data = begin(c, "RETR big")
    got = len(data.recv(100_000))
    one = who()[0]
    check((one["file"], one["doing"], one["direction"], one["size"]) == ("/big", "/big", "down", WHOLE), one)
    check(got <= one["done"] < WHOLE and one["percent"] == one["done"] * 100 // WHOLE, one)
    line = [x for x in agentctl("who").splitlines() if " ftp " in x][0]
    check(re.search(r" /big \(down, \d+% of 67\.1 MB, [\d.]+ [KMG]?B/s(, [\dsmhd ]+ left)?\)$", line), line)
    c.ask("ABOR", 426)
    c.want(226)
    data.close()
    check("file" not in who()[0], who())
    # From REST on: what was there before counts as done, and not for the rate.
    c.ask("REST %d" % (WHOLE // 2), 350)
    data = begin(c, "RETR big")
    one = who()[0]
    check(one["done"] >= WHOLE // 2 and 50 <= one["percent"] < 100, one)
    c.ask("ABOR", 426)
    c.want(226)
    data.close()
    data = begin(c, "STOR up", b"x" * 300_000)
    one = who()[0]
    check((one["file"], one["direction"], one["done"]) == ("/up", "up", 300_000), one)
    check("size" not in one and "percent" not in one and "left" not in one, one)
    line = [x for x in agentctl("who").splitlines() if " ftp " in x][0]
    check(re.search(r" /up \(up, 300 KB, [\d.]+ [KMG]?B/s\)$", line), line)
    c.ask("ABOR", 426)
    c.want(226)
    data.close()
    c.close()
    web = Web()
    web.send(request("/files/put", "Content-Length: 1000", method="PUT", body=b"x" * 250))
    until(lambda: who("http") and who("http")[0].get("done") == 250, "250 bytes by HTTP")
    one = who("http")[0]
    check((one["file"], one["direction"], one["size"], one["percent"]) == ("/put", "up", 1000, 25), one)
    web.close()


def ended(how):
    """Kicked or banned in the middle of a transfer: it ends at once, and is in the log."""
    for i, (command, event) in enumerate((("RETR big", "download-aborted"), ("STOR up", "upload-aborted"))):
        c = Client(source=SOURCE)
        data = begin(c, command, b"x" * 5000 if command[:4] == "STOR" else b"")
        sid = who()[0]["sid"]
        if how == "kick":
            agentctl("kick", str(sid), "enough of %d" % i)
            check("enough of %d" % i in c.want(421)[0], "reason")
            c.at_end()
        else:
            agentctl("ban", "add", SOURCE)
            read_all(c.sock)
            agentctl("ban", "del", SOURCE)
        read_all(data)
        logged("event=" + event, "sid=%d" % sid, "text=kicked")
        c.close()
        data.close()
    check(sorted(os.listdir(FILES)) == ["big"], os.listdir(FILES))


def still():
    """Who does not read, or sends nothing, for idle_timeout: 426, and a line in the log."""
    reader, sender = Client(), Client()
    down, up = begin(reader, "RETR big"), begin(sender, "STOR up", b"half")
    for c, data, event in ((reader, down, "download-aborted"), (sender, up, "upload-aborted")):
        c.want(426)
        logged("event=" + event, "text=timeout")
        c.close()
        data.close()
    check(sorted(os.listdir(FILES)) == ["big"], os.listdir(FILES))


def many():
    """Uploads at once, whose bytes come in turns; some end in the middle of it."""
    contents = [bytes_of(3_000_000 + i, seed=i) for i in range(6)]
    clients = [login("ben") if i == 0 else Client() for i in range(6)]
    datas = [begin(c, "STOR many%d" % i) for i, c in enumerate(clients)]
    for d in datas:
        d.settimeout(PATIENCE)
    at = 0
    while at < 3_000_006:
        for i, (d, content) in enumerate(zip(datas, contents)):
            if i == 1 and at >= 1_500_000:
                if at == 1_500_000:
                    clients[i].ask("ABOR", 426)
                    clients[i].want(226)
                continue
            try:
                d.sendall(content[at:at + 100_000])
            except OSError:
                check(i == 0, i, "broke")  # the quota is used up
        at += 100_000
    for i, (c, d) in enumerate(zip(clients, datas)):
        d.close()
        if i != 1:
            c.want(552 if i == 0 else 226)
        c.close()
    for i, content in enumerate(contents):
        path = os.path.join(FILES, "many%d" % i)
        check(os.path.exists(path) == (i > 1), path)
        if i > 1:
            with open(path, "rb") as f:
                check(f.read() == content, path, "differs")
            os.unlink(path)


def xferlog():
    before = state("xferlog")
    guest, ann = Client(), login("ann")
    guest.put("STOR with blank\ttab 小明", b"12345")
    check(guest.get("RETR with blank\ttab 小明") == b"12345", "content")
    guest.ask("REST 2", 350)
    check(guest.get("RETR with blank\ttab 小明") == b"345", "content")
    guest.ask("RANG 1 2", 350)
    check(guest.get("RETR with blank\ttab 小明") == b"23", "content")
    guest.ask("TYPE A", 200)
    guest.put("STOR text", b"1\r\n2\r\n")
    check(guest.get("RETR text") == b"1\r\n2\r\n", "content")
    data = begin(ann, "STOR broken", b"123")
    reset(data)
    ann.want(426)
    ann.put("APPE text", b"3\n")
    data = begin(ann, "RETR big")
    check(data.recv(1) == b"\0", "content")
    reset(data)
    ann.want(426)
    for name in ("with blank\ttab 小明", "text"):
        guest.ask("DELE " + name, 250)
    wanted = [
        r"127\.0\.0\.1 5 /with_blank_tab_小明 b _ i a anonymous ftp 0 \* c",
        r"127\.0\.0\.1 5 /with_blank_tab_小明 b _ o a anonymous ftp 0 \* c",
        r"127\.0\.0\.1 3 /with_blank_tab_小明 b _ o a anonymous ftp 0 \* c",  # what has gone
        r"127\.0\.0\.1 2 /with_blank_tab_小明 b _ o a anonymous ftp 0 \* c",
        r"127\.0\.0\.1 4 /text a _ i a anonymous ftp 0 \* c",
        r"127\.0\.0\.1 4 /text a _ o a anonymous ftp 0 \* c",
        r"127\.0\.0\.1 3 /broken b _ i r ann ftp 1 ann i",
        r"127\.0\.0\.1 6 /text b _ i r ann ftp 1 ann c",
        r"127\.0\.0\.1 [0-9]+ /big b _ o r ann ftp 1 ann i",
    ]
    until(lambda: state("xferlog").count("\n") >= before.count("\n") + len(wanted), "lines in the xferlog")
    lines = state("xferlog")[len(before):].splitlines()
    check(len(lines) == len(wanted), lines)
    for line, regex in zip(lines, wanted):
        check(re.fullmatch(DATE + regex, line), repr(line), "is not", regex)


def limited():
    """By a rate that 100 kB take about a second at, the pipe's way, too: others go on meanwhile."""
    c, other = login("ann"), Client()
    data = c.passive()
    c.ask("STOR slow", 150)
    data.sendall(bytes_of(100_000))
    data.close()
    c.send("NOOP")
    other.ask("NOOP", 200)
    check(who()[0].get("done", 0) < 100_000 or who()[0]["account"] != "ann", who())
    c.want(226)
    c.want(200)
    c.ask("DELE slow", 250)


if __name__ == "__main__":
    sys.exit(run({f.__name__: f for f in (progress, ended, still, many, xferlog, limited)}))
