"""quota.py SCENARIO: what an account's files may take up, by every door together. See doors.py."""
import ftplib
import json
import os
import sys

import doors
from doors import (Lines, do, ftp, ftp_data, ftp_put, ftp_says, http_ask, path_of, same, talk, until,
                   wrong_unless)

WHO = ("ann", "x")
LIMIT = 100_000


def account(name="ann"):
    return json.loads(do("user", "show", name, "--json"))


def used():
    return account()["used"]


def put(name, data, headers=()):
    return http_ask("PUT", "/files/" + name, data, headers, WHO).status


def exists(name):
    return os.path.exists(path_of(name))


def clean():
    """An account that has nothing."""
    for name in os.listdir(doors.FILES):
        wrong_unless(not name.startswith(".agentd"), name, "is left")
        if os.path.isdir(path_of(name)):
            for inner in os.listdir(path_of(name)):
                os.unlink(os.path.join(path_of(name), inner))
            os.rmdir(path_of(name))
        else:
            os.unlink(path_of(name))
    do("user", "del", "ann")
    doors.add_user("ann", "x", "write", str(LIMIT))


def full():
    """Exactly so much fits, by FTP and HTTP, and not a byte more; what does not fit leaves nothing."""
    clean()
    f = ftp(*WHO)
    same(put("a", b"x" * 60_000), 201)
    same(ftp_put(f, "b", b"x" * 40_000)[:3], "226")
    same((used(), account()["quota"]), (LIMIT, LIMIT))
    same(ftp_put(f, "c", b"x")[:3], "552")
    same(put("c", b"x"), 507)
    # Not known before, how long it is.
    c = Lines("http")
    c.say("PUT /files/c HTTP/1.1", "Host: x", "Transfer-Encoding: chunked",
          "Authorization: " + doors.basic(*WHO), "", "1", "x", "0", "")
    wrong_unless(c.line().startswith("HTTP/1.1 507 "), "in chunks")
    c.close()
    # Known before: nothing need be sent.
    c = Lines("http")
    c.say("PUT /files/c HTTP/1.1", "Host: x", "Content-Length: 1", "Expect: 100-continue",
          "Authorization: " + doors.basic(*WHO), "")
    wrong_unless(c.line().startswith("HTTP/1.1 507 "), "100-continue")
    c.close()
    same((put("empty", b""), used(), exists("c")), (201, LIMIT, False))
    # Deleting gives back; so does a quota that grows. One that shrinks takes nothing away.
    same(ftp_says(f, "DELE a")[:3], "250")
    same((used(), put("c", b"x" * 60_000), used()), (40_000, 201, LIMIT))
    do("user", "quota", "ann", str(LIMIT + 1))
    same((put("d", b"x"), put("e", b"x")), (201, 507))
    do("user", "quota", "ann", "1")
    same((put("e", b"x"), used(), exists("b")), (507, LIMIT + 1, True))
    do("user", "quota", "ann", "off")
    same((put("e", b"x" * LIMIT), used()), (201, 2 * LIMIT + 1))
    # Others have a quota of their own; guests have none.
    same(http_ask("PUT", "/files/by-ben", b"x" * 10, who=("ben", "x")).status, 201)
    same(account("ben")["used"], 10)
    f.close()


def replace():
    """What is replaced is credited, if it was one's own."""
    clean()
    f = ftp(*WHO)
    same((put("mine", b"x" * 90_000), put("mine", b"y" * LIMIT), used()), (201, 204, LIMIT))
    same((put("mine", b"y" * (LIMIT + 1)), doors.bytes_of("mine") == b"y" * LIMIT), (507, True))
    same((ftp_put(f, "mine", b"z" * LIMIT)[:3], used()), ("226", LIMIT))
    same(ftp_put(f, "mine", b"z" * (LIMIT + 1))[:3], "552")
    same((ftp_put(f, "mine", b"z" * 10)[:3], used()), ("226", 10))
    # Somebody else's: it is mine now, and his no more.
    same(http_ask("PUT", "/files/his", b"x" * 50_000, who=("ben", "x")).status, 201)
    before = account("ben")["used"]
    same((put("mine", b"x" * 60_000), put("his", b"x" * 50_000)), (204, 507))
    same((put("his", b"x" * 40_000), used(), account("ben")["used"]), (204, LIMIT, before - 50_000))
    # A guest's, too; and mine that a guest replaces is nobody's.
    same(ftp_put(ftp(), "his", b"x" * 7)[:3], "226")
    same(used(), 60_000)
    f.close()


def moved():
    """What is moved still counts, with the folder that it is in; what is moved over does not."""
    clean()
    f = ftp(*WHO)
    f.mkd("box")
    same((put("box/a", b"x" * 30_000), put("box/b", b"x" * 30_000), put("c", b"x" * 40_000)), (201,) * 3)
    f.rename("box", "crate")
    f.rename("c", "crate/c")
    same((used(), put("d", b"x")), (LIMIT, 507))
    same((ftp_says(f, "DELE crate/a")[:3], used()), ("250", 70_000))
    f.rename("crate/b", "crate/c")
    same((used(), put("d", b"x" * 70_000), put("e", b"x")), (30_000, 201, 507))
    # By somebody else, too.
    ben = ftp("ben", "x")
    ben.rename("d", "ben-moved")
    same(used(), LIMIT)
    ben.delete("ben-moved")
    same(used(), 30_000)
    # A row of one folder is none of another's with the same beginning.
    f.mkd("a")
    f.mkd("a-b")
    same((put("a/x", b"x" * 10), put("a-b/x", b"x" * 20), put("a0", b"x" * 30)), (201,) * 3)
    f.rename("a", "z")
    for name, left in (("z/x", 30_050), ("a-b/x", 30_030), ("a0", 30_000)):
        f.delete(name)
        same(used(), left, name)
    f.close()
    ben.close()


def parts():
    """APPE and REST count the whole file that comes of it."""
    clean()
    f = ftp(*WHO)
    same((ftp_put(f, "a", b"x" * 60_000)[:3], used()), ("226", 60_000))
    same((ftp_data(f, "APPE a", b"y" * 40_000)[0][:3], used()), ("226", LIMIT))
    same((ftp_data(f, "APPE a", b"y")[0][:3], os.path.getsize(path_of("a"))), ("552", LIMIT))
    same((ftp_put(f, "a", b"z" * 10, rest=50_000)[:3], used()), ("226", 50_010))
    same((ftp_put(f, "a", b"z" * 49_990, rest=50_010)[:3], used()), ("226", LIMIT))
    same((ftp_put(f, "a", b"z", rest=LIMIT)[:3], used()), ("552", LIMIT))
    same((ftp_data(f, "APPE new", b"y")[0][:3], exists("new")), ("552", False))
    # What breaks off counts nothing.
    same(ftp_says(f, "DELE a")[:3], "250")
    f.voidcmd("TYPE I")
    sock = f.transfercmd("STOR a")
    sock.sendall(b"x" * LIMIT)
    f.putcmd("ABOR")
    same([f.getmultiline()[:3] for _ in range(2)], ["426", "226"])
    sock.close()
    same((used(), put("b", b"x" * LIMIT)), (0, 201))
    f.close()


def behind_our_back():
    """Files that others have removed are noticed when there is no room, if not at once: agentd looks for
    them once a second at most."""
    clean()
    for i in range(10):
        same(put("f%d" % i, b"x" * 10_000), 201)
    same(put("g", b"x"), 507)
    for i in range(5):
        os.unlink(path_of("f%d" % i))
    f = ftp(*WHO)
    until(lambda: ftp_put(f, "g", b"x" * 50_000)[:3] == "226", "there is room for g")
    same(used(), LIMIT)
    # When it is not full yet, too; and by HTTP.
    same(ftp_says(f, "DELE f5")[:3], "250")
    os.unlink(path_of("g"))
    until(lambda: ftp_put(f, "h", b"x" * 60_000)[:3] == "226", "there is room for h")
    same(used(), LIMIT)
    os.unlink(path_of("h"))
    until(lambda: put("i", b"x" * 60_000) == 201, "there is room for i")
    same(used(), LIMIT)
    f.close()


class HttpUpload:
    def __init__(self, name, size, length=True):
        self.c, self.size, self.chunked = Lines("http"), size, not length
        self.c.say("PUT /files/%s HTTP/1.1" % name, "Host: x", "Authorization: " + doors.basic(*WHO),
                   "Content-Length: %d" % size if length else "Transfer-Encoding: chunked", "")

    def send(self, n):
        try:
            self.c.sock.sendall(b"%x\r\n%s\r\n" % (n, b"x" * n) if self.chunked else b"x" * n)
        except OSError:
            pass  # refused already

    def end(self):
        try:
            self.c.sock.sendall(b"0\r\n\r\n" if self.chunked else b"")
            return self.c.line()[9:12] == "201"
        except OSError:
            return False
        finally:
            self.c.close()


class FtpUpload:
    def __init__(self, name, size):
        self.f, self.size = ftp(*WHO), size
        self.f.voidcmd("TYPE I")
        try:
            self.sock = self.f.transfercmd("STOR " + name)
        except ftplib.error_perm:
            self.sock = None

    def send(self, n):
        try:
            if self.sock:
                self.sock.sendall(b"x" * n)
        except OSError:
            pass  # refused already

    def end(self):
        try:
            if self.sock is None:
                return False
            self.sock.close()
            return self.f.voidresp().startswith("226")
        except ftplib.error_perm as e:
            same(str(e)[:3], "552")
            return False
        finally:
            self.f.close()


def together():
    """Uploads at once, by both doors, never take more than the quota together."""
    size = 40_000
    for kinds in ((HttpUpload,) * 4, (FtpUpload,) * 4, (HttpUpload, FtpUpload) * 2,
                  (lambda n, s: HttpUpload(n, s, False),) * 4,
                  (FtpUpload, lambda n, s: HttpUpload(n, s, False)) * 2):
        clean()
        ups = [kind("up%d" % i, size) for i, kind in enumerate(kinds)]
        # Each in four pieces; those that began first are ahead, so that two come to their end.
        for n in (30_000, 10_000):
            for up in ups:
                up.send(n)
        came = sum(up.end() for up in ups)
        total = sum(os.path.getsize(path_of(n)) for n in os.listdir(doors.FILES))
        wrong_unless(total <= LIMIT and total == came * size == used(), came, total, used())
        wrong_unless(came <= 2, came, "of 4 came in")
        if kinds[0] is HttpUpload and kinds[1] is HttpUpload:
            same(came, 2, "with lengths that are known")
        # All of it can be used afterwards: nothing is held back for those that failed.
        same(put("rest", b"x" * (LIMIT - total)), 201)
        same(put("more", b"x"), 507)


def stale_credit():
    """A file that is to be replaced, and is gone or another one before that comes about, is credited
    as what it is then."""
    for change in ("delete", "rename", "shrink"):
        clean()
        f = ftp(*WHO)
        same(put("big", b"x" * 90_000), 201)
        up = FtpUpload("big", 100_000)
        up.send(60_000)
        until(lambda: '"doing":"/big"' in do("who", "--json") or "STOR" in do("who", "--json"), "it runs")
        if change == "delete":
            same(ftp_says(f, "DELE big")[:3], "250")
        elif change == "rename":
            f.rename("big", "other")
        else:
            same(put("big", b"x" * 10), 204)
        up.send(100_000)
        up.end()
        total = sum(os.path.getsize(path_of(n)) for n in os.listdir(doors.FILES))
        wrong_unless(total <= LIMIT, change, "makes", total, "of", LIMIT)
        same(used(), total, change)
        f.close()


SCENARIOS = {f.__name__: f for f in (full, replace, moved, parts, behind_our_back, together, stale_credit)}

if __name__ == "__main__":
    sys.exit(doors.main(SCENARIOS))
