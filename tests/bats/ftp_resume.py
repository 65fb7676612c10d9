#!/usr/bin/env python3
"""ftp_resume.py SCENARIO [ARGUMENT...]: uploads by FTP that break off and go on, by FTP and HTTP."""
import base64
import hashlib
import os
import sys

from ftp_client import FILES, Client, bytes_of, check, run, taken, until
from resume import ask, begin, broken_put, hidden, problem, put_range, same, shown, there

ELSEWHERE = "127.0.0.4"


def login(name, **where):
    c = Client(login=False, **where)
    c.ask("USER " + name, 331)
    c.ask("PASS x", 230)
    return c


def leave(path, part, c=None, verb="STOR", how="ABOR", rest=None):
    """An upload of which only a part comes."""
    own = c is None
    c = c or Client()
    data = c.passive()
    if rest is not None:
        c.ask("REST %d" % rest, 350)
    c.ask("%s %s" % (verb, path), 150)
    data.sendall(part)
    until(lambda: taken(data), "the bytes are taken")
    if how == "ABOR":
        c.ask("ABOR", 426)
        c.want(226)
    data.close()
    if own:
        c.close()


def size(c, path):
    """What SIZE says; None: there is nothing."""
    c.send("SIZE " + path)
    code, lines = c.reply()
    check(code in (213, 550), lines)
    return int(lines[0][4:]) if code == 213 else None


def go_on(c, path, rest, content, verb="STOR"):
    data = c.passive()
    if rest is not None:
        c.ask("REST %d" % rest, 350)
    said = c.ask("%s %s" % (verb, path), 150)[0]
    data.sendall(content)
    data.close()
    c.want(226)
    return said


def holds(name, content):
    path = os.path.join(FILES, name)
    with open(path, "rb") as f:
        got = f.read()
    check(got == content, name, "differs:", len(got), "bytes, wanted", len(content))
    os.unlink(path)


def is_clean():
    same((shown(), hidden()), ([], []))


# --- FTP to FTP ---

def by_rest():
    """Whatever was left, and from wherever in it the client goes on."""
    whole = bytes_of(1_600_000)
    c = Client()
    for at in (2, 1000, 65_536, 1_048_576, 1_500_000, len(whole)):
        for back in (0, 1, at // 2):
            leave("/r", whole[:at])
            same((size(c, "/r"), shown()), (at - 1, []))
            go_on(c, "/r", at - back, whole[at - back:])
            same((size(c, "/r"), hidden()), (len(whole), []))
            holds("r", whole)
    # The rest may break off, too, and what is behind REST is gone then.
    leave("/r", whole[:90_000])
    leave("/r", b"\0" * 5000, rest=80_000)
    same(size(c, "/r"), 84_999)
    leave("/r", whole[70_000:100_000], rest=70_000)
    same(size(c, "/r"), 99_999)
    go_on(c, "/r", 99_999, whole[99_999:])
    holds("r", whole)
    # Without REST all begins anew. Of one byte there is no word; beyond the end is no way.
    leave("/r", whole[:1000])
    c.passive().close()
    c.ask("REST 1001", 350)
    c.ask("STOR /r", 554)
    go_on(c, "/r", None, b"new")
    holds("r", b"new")
    leave("/r", b"1")
    same(size(c, "/r"), None)
    leave("/r", b"12")
    go_on(c, "/r", None, b"")
    holds("r", b"")
    is_clean()


def by_appe():
    whole = bytes_of(200_000)
    c = Client()
    # It begins where SIZE or MLST has said, else at the end of what is there.
    for asks, at in (("SIZE", 99_999), ("MLST", 99_999), (None, 100_000)):
        leave("/a", whole[:100_000])
        if asks == "SIZE":
            same(size(c, "/a"), at)
        elif asks:
            check(";size=%d;" % at in c.ask("MLST /a", 250)[1], "MLST")
            c.ask("OPTS MLST create;", 200)
            same(c.ask("MLST /a", 250)[1], "  /a")  # nobody knows when
        go_on(c, "/a", None, whole[at:], "APPE")
        holds("a", whole)
    # APPE that breaks off leaves what there was and what came.
    with open(os.path.join(FILES, "a"), "wb") as f:
        f.write(whole[:50_000])
    leave("/a", whole[50_000:60_000], verb="APPE")
    same(size(c, "/a"), 50_000)
    os.unlink(os.path.join(FILES, "a"))
    same(size(c, "/a"), 59_999)
    go_on(c, "/a", 60_000, whole[60_000:])
    holds("a", whole)
    is_clean()


def beside_a_file():
    """With a whole file of that name SIZE tells of it, and REST goes by what is newer."""
    old, new = bytes_of(1000), bytes_of(1000, seed=2)
    path = os.path.join(FILES, "b")
    c = Client()
    with open(path, "wb") as f:
        f.write(old)
    leave("/b", new[:600])
    same(size(c, "/b"), 1000)
    go_on(c, "/b", 600, new[600:])  # of what is left
    holds("b", new)
    with open(path, "wb") as f:
        f.write(old)
    leave("/b", new[:600])
    go_on(c, "/b", 700, new[700:])  # less is left than that: of the file
    holds("b", old[:700] + new[700:])
    leave("/b", new[:600])
    with open(path, "wb") as f:
        f.write(old)
    go_on(c, "/b", 500, new[500:])  # the file came later
    holds("b", old[:500] + new[500:])
    same(hidden(), [])
    leave("/b", new[:600])
    with open(path, "wb") as f:
        f.write(old)
    go_on(c, "/b", None, new, "APPE")
    holds("b", old + new)
    is_clean()


def whose():
    """Nobody but who has sent it sees anything, or goes on with it."""
    whole = bytes_of(3000)
    ann, again, ben = login("ann"), login("ann", source=ELSEWHERE), login("ben")
    guest, other = Client(), Client(source=ELSEWHERE)
    for owner, friends, strangers in ((ann, (again,), (ben, guest)), (guest, (Client(),), (other, ann))):
        leave("/w", whole[:2000], owner)
        for c in strangers:
            same((size(c, "/w"), c.ask("MLST /w", 550) and None), (None, None))
            c.passive().close()
            c.ask("REST 1000", 350)
            c.ask("STOR /w", 554)
            c.ask("REST 0", 350)
            go_on(c, "/w", None, b"own", "APPE")
            holds("w", b"own")
        for c in (owner, *friends):
            same(size(c, "/w"), 1999)
            for command in ("NLST", "MLSD", "LIST -a"):
                check(b"w" not in c.get(command).split(b" ")[-1], command)
            for command in ("RETR /w", "DELE /w", "RNFR /w"):
                if command[:4] == "RETR":
                    c.passive().close()
                c.ask(command, 550)
        go_on(friends[0], "/w", 2000, whole[2000:])
        holds("w", whole)
    is_clean()


def two_sessions():
    """An account's second session goes on where the first one still waits; guests are left alone."""
    whole = bytes_of(2_500_000)
    for user, takes_over in (("ann", True), (None, False)):
        one = login(user) if user else Client()
        two = login(user) if user else Client()
        data = one.passive()
        one.ask("STOR /t", 150)
        data.sendall(whole[:1_200_000])
        until(lambda d=data: taken(d), "the bytes are taken")
        same(size(two, "/t"), 1_199_999 if takes_over else None)
        if takes_over:
            data.sendall(b"more")
            until(lambda d=data: taken(d), "the bytes are taken")
            go_on(two, "/t", None, whole[1_199_999:], "APPE")
            one.want(426)
            one.ask("NOOP", 200)
        else:
            two.passive().close()
            two.ask("REST 1000", 350)
            two.ask("STOR /t", 554)
            data.sendall(whole[1_200_000:])
            data.close()
            one.want(226)
        data.close()
        holds("t", whole)
    is_clean()


# --- FTP and HTTP ---

def to_http():
    whole = bytes_of(1_600_000)
    for at in (1, 1000, 1_500_000):
        leave("/h", whole[:at])
        same((there("/h"), shown()), (at, []))
        put_range("/h", "%d-%d/%d" % (at, len(whole) - 1, len(whole)), whole[at:], status=201)
        holds("h", whole)
    # Back and forth.
    c = Client()
    leave("/h", whole[:1000])
    broken = whole[1000:3000]
    put_range("/h", "1000-2999/*", broken, status=202)
    same(size(c, "/h"), 2999)
    leave("/h", whole[2999:5000], c, "APPE")
    same(there("/h"), 5000)
    put_range("/h", "5000-%d/%d" % (len(whole) - 1, len(whole)), whole[5000:], status=201)
    holds("h", whole)
    is_clean()


def from_http():
    whole = bytes_of(1_600_000)
    c = Client()
    for at, rest in ((1000, 1000), (1000, 999), (1_200_000, 1_200_000), (1_200_000, None)):
        broken_put("/h", whole[:at], len(whole))
        until(lambda n=at: size(c, "/h") == n - 1, "%d bytes are there" % at)
        if rest is None:
            go_on(c, "/h", None, whole[at - 1:], "APPE")
        else:
            go_on(c, "/h", rest, whole[rest:])
        holds("h", whole)
    # By its own URL it has said how long it gets: less is no end, more is another file.
    http, url = begin("/h", whole[:1000], len(whole))
    http.close()
    until(lambda: size(c, "/h") == 999, "1000 bytes are there")
    data = c.passive()
    c.ask("REST 1000", 350)
    c.ask("STOR /h", 150)
    data.sendall(whole[1000:2000])
    data.close()
    c.want(426)
    same((ask("HEAD", url, status=204)["upload-offset"], shown()), ("2000", []))
    data = c.passive()
    c.ask("APPE /h", 150)
    data.sendall(whole[2000:] + b"x")
    data.close()
    c.want(550)
    ask("HEAD", url, status=404)
    is_clean()


def digest():
    """What HTTP was told of the whole file holds for FTP, too."""
    whole = bytes_of(5000)
    c = Client()
    told = "Repr-Digest: sha-256=:%s:" % base64.b64encode(hashlib.sha256(whole).digest()).decode()
    for rest, code in ((whole[1000:], 226), (whole[1001:] + b"x", 550)):
        ask("PUT", "/files/d", "Upload-Complete: ?0", told, body=whole[:1000], status=201)
        data = c.passive()
        c.ask("APPE /d", 150)
        data.sendall(rest)
        data.close()
        c.want(code)
        if code == 226:
            holds("d", whole)
    is_clean()


# --- where little may be done ---

def drop_box():
    """Who may only put files there goes on with his own, replaces none, and learns nothing."""
    whole = bytes_of(3000)
    guest, other = Client(), Client(source=ELSEWHERE)
    box = os.path.join(FILES, "box")
    with open(os.path.join(box, "there"), "wb") as f:
        f.write(b"there")
    said = []
    for name in ("there", "nosuch"):
        says = []
        for command in ("SIZE", "MDTM", "RETR", "APPE"):
            guest.passive().close()
            says.append(guest.ask("%s /box/%s" % (command, name), 550)[0].replace(name, ""))
        guest.ask("REST 3", 350)
        says.append(guest.ask("STOR /box/" + name, 550)[0].replace(name, ""))
        said.append(says)
    same(said[0], said[1])
    guest.passive().close()
    same(guest.ask("STOR /box/there", 550), ["550 there: Permission denied."])
    leave("/box/mine", whole[:2000])
    same((size(guest, "/box/mine"), size(other, "/box/mine")), (1999, None))
    go_on(guest, "/box/mine", 1999, whole[1999:])
    same(size(guest, "/box/mine"), None)
    holds("box/mine", whole)
    leave("/box/mine", whole[:2000])
    go_on(guest, "/box/mine", None, whole[2000:], "APPE")
    holds("box/mine", whole)
    # STOU never says that a name is taken: it is always another one.
    names = []
    for arg in ("", " there", " free"):
        guest.ask("CWD /box", 250)
        said = go_on(guest, arg.strip(), None, whole, "STOU")
        names.append(said.split("FILE: ")[1])
    check(names[1].startswith("there.") and names[2].startswith("free."), names)
    for name in names:
        holds("box/" + name, whole)
    with open(os.path.join(box, "there"), "rb") as f:
        check(f.read() == b"there", "it was replaced")
    os.unlink(os.path.join(box, "there"))
    same((os.listdir(box), hidden()), ([], []))


def unique():
    c = Client()
    os.mkdir(os.path.join(FILES, "u"))
    names = set()
    for arg, where in (("", "/"), ("x.txt", "/"), ("x.txt", "/"), ("", "/u"), ("u/y", "/"), ("u/y", "/")):
        c.ask("CWD " + where, 250)
        data = c.passive()
        said = c.ask(("STOU " + arg).strip(), 150)[0]
        check(said.startswith("150 FILE: "), said)
        name = said[10:]
        data.sendall(b"unique")
        data.close()
        same(c.want(226), ["226 Transfer complete: " + name])
        names.add(os.path.join(where, name))
    check(len(names) == 6 and {"/x.txt", "/u/y"} <= names, names)
    for name in names:
        holds(name[1:], b"unique")
    os.rmdir(os.path.join(FILES, "u"))
    # One that breaks off goes on like any other.
    data = c.passive()
    name = c.ask("STOU z", 150)[0][10:]
    data.sendall(b"12345")
    until(lambda: taken(data), "the bytes are taken")
    c.ask("ABOR", 426)
    c.want(226)
    go_on(c, name, 5, b"6")
    holds("z", b"123456")
    c.passive().close()
    for wrong in ("nosuch/z", ".hidden", "/"):
        c.ask("STOU " + wrong, 550, 553)
    is_clean()


# --- for the suite ---

def leave_one(path, local, n, how="ABOR"):
    """Of a local file, n bytes."""
    with open(local, "rb") as f:
        leave(path, f.read(int(n)), how=how)


def until_killed(path, local, ready):
    """An upload that is under way when the daemon ends."""
    c = Client()
    data = c.passive()
    c.ask("STOR " + path, 150)
    with open(local, "rb") as f:
        data.sendall(f.read(1_500_000))
    until(lambda: taken(data), "the bytes are taken")
    with open(ready, "w", encoding="ascii") as f:
        f.write("x")
    while data.recv(100):
        pass


def resume_one(path, local, least):
    """Goes on, as a client does that looks how much is there."""
    c = Client()
    n = size(c, path)
    check(n is not None and n >= int(least) - 1, path, "has", n)
    with open(local, "rb") as f:
        f.seek(n)
        go_on(c, path, n, f.read())
    with open(local, "rb") as f:
        holds(path[1:], f.read())
    is_clean()


if __name__ == "__main__":
    sys.exit(run({f.__name__: f for f in (
        by_rest, by_appe, beside_a_file, whose, two_sessions, to_http, from_http, digest, drop_box,
        unique, leave_one, until_killed, resume_one)}))
