"""access.py SCENARIO: who may do what in the store, asked of every door and compared with a model of
[access] that is written down here once more. See doors.py."""
import ftplib
import os
import re
import shutil
import sys
import urllib.parse

import doors
from doors import do, ftp, ftp_data, ftp_put, ftp_says, http_ask, path_of, put_file, same, talk, until
from doors import wrong_unless

# --- the model ---

DEFAULT_READ, DEFAULT_WRITE = "@all", "@write @guests"

# Folders and files that have a row: who may read, who may write. access.bats writes them down.
ROWS = {
    "": (DEFAULT_READ, DEFAULT_WRITE),
    "/inbox": ("alice @admin", "@all"),
    "/team": ("@users", "bob"),
    "/team/private": ("carol", DEFAULT_WRITE),
    "/pub": (DEFAULT_READ, "@write"),
    "/closed.txt": ("alice", "alice"),
    "/drop.txt": ("alice", "@all"),
    "/users.txt": ("@users", "@users"),
    "/looks.txt": ("@guests rita", "@admin"),
    "/ghost/inner": ("alice", "alice"),
}
FOLDERS = ("", "/inbox", "/team", "/team/private", "/pub", "/pub/deep", "/open")
SINGLE = ("/closed.txt", "/drop.txt", "/users.txt", "/looks.txt", "/other.txt")

ROLES = {"rita": "read", "bob": "write", "carol": "write", "alice": "write", "adam": "admin"}
RANK = ("read", "write", "admin")


def row_of(path):
    covering = [r for r in ROWS if path == r or path.startswith(r + "/")]
    return ROWS[max(covering, key=len)]


def named(words, who):
    role = ROLES.get(who)
    for word in words.split():
        if word == "@all" or word == who or (word == "@guests" and role is None):
            return True
        if role is not None and word == "@users":
            return True
        if role is not None and word[1:] in RANK and RANK.index(role) >= RANK.index(word[1:]):
            return True
    return False


def rights(who, cap, path):
    """Who is a name, or None for a guest, whom the door lets do `cap` at most. What may be done."""
    if ROLES.get(who) == "admin":
        return {"read", "write"}
    read, write = row_of(path)
    got = set()
    if named(read, who) and (who is not None or cap != "no"):
        got.add("read")
    if named(write, who) and (who is not None or cap == "write"):
        got.add("write")
    return got


def rule_below(path):
    return any(r.startswith(path.rstrip("/") + "/") for r in ROWS)


def allowed(who, cap, what, path):
    """May this be done to the folder (list), or to the file?"""
    got = rights(who, cap, path)
    if what in ("list", "fetch"):
        return "read" in got
    if what in ("put new", "mkdir"):
        return "write" in got
    return got == {"read", "write"}  # replace, delete, rename


def seen(who, cap, folder):
    """Of what is in it, what a listing shows."""
    names = (n for n in os.listdir(path_of(folder)) if not n.startswith("."))
    return sorted(n for n in names if rights(who, cap, folder + "/" + n))


# --- the store ---

def restore():
    """As it is at the beginning of each question."""
    for name in os.listdir(doors.FILES):
        p = path_of(name)
        if os.path.isdir(p):
            shutil.rmtree(p)
        else:
            os.unlink(p)
    for f in FOLDERS[1:]:
        os.makedirs(path_of(f), exist_ok=True)
    for f in FOLDERS:
        put_file(f + "/there.txt", b"there")
    for f in SINGLE:
        put_file(f, b"there")


def content(path):
    return doors.bytes_of(path) if os.path.isfile(path_of(path)) else None


def mend(path):
    """Makes it the file again that it was."""
    if content(path) != b"there":
        put_file(path + ".made", b"there")
        os.replace(path_of(path + ".made"), path_of(path))


def lose(path):
    if os.path.isdir(path_of(path)):
        os.rmdir(path_of(path))
    elif os.path.exists(path_of(path)):
        os.unlink(path_of(path))


# --- the doors: each question is answered by what was done, and the answer must fit it ---

class Ftp:
    name = "ftp"
    can = ("list", "fetch", "put new", "replace", "delete", "rename", "mkdir")

    def __init__(self, who, cap):
        door = "ftp_" + cap
        self.f = ftp(*((who, who + "'s") if who else ("ftp", "x")), door=door)

    def end(self):
        self.f.close()

    def list(self, path):
        reply, data = ftp_data(self.f, "NLST " + (path or "/"))
        if not reply.startswith("226"):
            same(reply[:3], "550", "NLST", path)
            return None
        facts = ftp_data(self.f, "MLSD " + (path or "/"))[1].decode().splitlines()
        lines = ftp_data(self.f, "LIST " + (path or "/"))[1].decode().splitlines()
        stat = self.f.sendcmd("STAT " + (path or "/")).splitlines()[1:-1]
        names = sorted(n.rsplit("/", 1)[-1] for n in data.decode().splitlines())
        facts = [f for f in facts if not f.startswith(("type=cdir;", "type=pdir;"))]
        for other in (facts, lines, stat):
            same(sorted(o.split(" ")[-1] for o in other), names, "NLST and others of", path)
        return names

    def fetch(self, path):
        reply, data = ftp_data(self.f, "RETR " + path)
        return self.done(reply, "226", data == b"there")

    def put(self, path, data):
        reply = ftp_put(self.f, path, data)
        return self.done(reply, "226", True)

    def delete(self, path):
        return self.done(ftp_says(self.f, "DELE " + path), "250", True)

    def rename(self, path, to):
        reply = ftp_says(self.f, "RNFR " + path)
        if reply.startswith("350"):
            reply = ftp_says(self.f, "RNTO " + to)
        return self.done(reply, "250", True)

    def mkdir(self, path):
        return self.done(ftp_says(self.f, "MKD " + path), "257", True)

    @staticmethod
    def done(reply, good, right):
        if reply.startswith(good):
            wrong_unless(right, "the bytes are others:", reply)
            return True
        same(reply[:3], "550", reply)
        return False


class Http:
    name = "http"
    can = ("list", "fetch", "put new", "replace", "delete", "rename", "mkdir")

    def __init__(self, who, cap):
        self.door, self.who = "http_" + cap, (who, who + "'s") if who else None

    def end(self):
        pass

    def ask(self, method, path, body=None, headers=()):
        return http_ask(method, "/files" + urllib.parse.quote(path), body, headers, who=self.who,
                        door=self.door)

    def refused(self, a, *more):
        wrong_unless(a.status in (403 if self.who else 401,) + more, a.status, a.body)
        return False

    def list(self, path):
        a = self.ask("GET", path + "/")
        if a.status != 200:
            self.refused(a)
            return None
        names = {n.removesuffix('?view') for n in re.findall(r'<a href="\./([^"]*)"', a.body.decode())}
        return sorted(n.rstrip("/") for n in names)

    def fetch(self, path):
        head, a = self.ask("HEAD", path), self.ask("GET", path)
        same(head.status, a.status, "HEAD and GET of", path)
        if a.status == 200:
            same(a.body, b"there", path)
            return True
        return self.refused(a)

    def put(self, path, data):
        there = os.path.exists(path_of(path))
        a = self.ask("PUT", path, data)
        if a.status in (201, 204):
            same(a.status, 204 if there else 201, path)
            return True
        # In a drop box nothing is replaced.
        return self.refused(a, *((412,) if there else ()))

    def done(self, a, good):
        return a.status == good or self.refused(a)

    def delete(self, path):
        return self.done(self.ask("DELETE", path), 204)

    def rename(self, path, to):
        return self.done(self.ask("MOVE", path, headers={"Destination": "/files" + urllib.parse.quote(to)}), 201)

    def mkdir(self, path):
        return self.done(self.ask("MKCOL", path), 201)


class Lgp:
    name = "lgp"
    can = ("list", "fetch", "put new", "replace")

    def __init__(self, who, cap):
        wrong_unless(who is None, "nobody logs in by lgp")
        self.door = "lgp_" + cap

    def end(self):
        pass

    def ask(self, request):
        """The connection, and the first of what it says."""
        c = doors.Lines(self.door)
        c.sock.sendall(request.encode())
        return c, self.hear(c)

    @staticmethod
    def hear(c):
        c.fill(talk.time.monotonic() + talk.SECONDS)
        text, c.buffer = c.buffer.decode(), b""
        return text

    def list(self, path):
        c, said = self.ask("L")
        names = None
        if said == "OK":
            names = sorted(n for n in self.hear(c).split("\n") if n)
        else:
            same(said, "文件库为空")
        c.close()
        return names

    def fetch(self, path):
        c, said = self.ask("G " + path[1:])
        if said == "OK":
            same(self.hear(c), "there", path)
        else:
            same(said, "文件不存在")
        c.close()
        return said == "OK"

    def put(self, path, data):
        before = len(doors.log_lines("event=upload ", "path=" + path))
        c, said = self.ask("P " + path[1:])
        if said == "OK":
            c.sock.sendall(b"##")  # an empty one
            until(lambda: len(doors.log_lines("event=upload ", "path=" + path)) > before, "the upload")
        else:
            same(said, "文件已存在")
        c.close()
        return said == "OK"


def question(door, what, path):
    """Does it, on a store that is as it was; True when the door said yes. What it said must be what it
    did."""
    new, folder = path + "/new.txt", path + "/newdir"
    there = path if path in SINGLE else path + "/there.txt"
    if what == "list":
        return door.list(path)
    if what == "fetch":
        return door.fetch(there)
    if what == "put new":
        if path in SINGLE:
            new = path
            lose(path)
        yes = door.put(new, b"new")
        same(content(new), None if not yes else b"" if door.name == "lgp" else b"new", what, new)
        lose(new)
        mend(there)
        return yes
    if what == "replace":
        yes = door.put(there, b"other")
        same(content(there), b"other" if yes else b"there", what, there)
    elif what == "delete":
        yes = door.delete(there)
        same(content(there), None if yes else b"there", what, there)
    elif what == "rename":
        to = "/closed-2.txt" if path in SINGLE else new
        yes = door.rename(there, to)
        same((content(there), content(to)), (None, b"there") if yes else (b"there", None), what, there)
        lose(to)
    else:
        yes = door.mkdir(folder)
        same(os.path.isdir(path_of(folder)), yes, what, folder)
        lose(folder)
    mend(there)
    return yes


def expected(door, who, cap, what, path):
    there = path if path in SINGLE else path + "/there.txt"
    if what == "list":
        # Who may not log in may nothing.
        return seen(who, cap, path) if allowed(who, cap, what, path or "/") else None
    if what == "mkdir":
        return allowed(who, cap, what, path + "/newdir")
    if what == "put new" and path not in SINGLE:
        return allowed(who, cap, what, path + "/new.txt")
    if what == "rename" and path in SINGLE:
        return allowed(who, cap, what, there) and allowed(who, cap, what, "/closed-2.txt")
    if what == "replace" and door.name == "lgp":
        return False  # it never does
    return allowed(who, cap, what, there)


def questions(door):
    for what in door.can:
        for path in FOLDERS + SINGLE:
            if what in ("list", "mkdir") and path in SINGLE:
                continue
            if door.name == "lgp" and path not in SINGLE and (path != "" or what == "replace"):
                continue
            yield what, path


def matrix():
    """Every person, every door, every operation, every row."""
    wrong = []
    asked = 0
    restore()
    people = [(None, "no"), (None, "read"), (None, "write")] + [(who, "read") for who in ROLES]
    # What a door lets guests do does not touch those who log in.
    people += [("bob", "no"), ("rita", "write")]
    for who, cap in people:
        answers = {}
        for kind in (Ftp, Http, Lgp):
            if (kind is Lgp and who is not None) or (kind is Ftp and who is None and cap == "no"):
                continue
            door = kind(who, cap)
            for what, path in questions(door):
                asked += 1
                try:
                    got = question(door, what, path)
                except talk.Wrong as e:
                    wrong.append("%s: %s may %s: %s %s: %s" %
                                 (door.name, who or "a guest", cap, what, path or "/", e))
                    restore()
                    continue
                want = expected(door, who, cap, what, path)
                if got != want:
                    wrong.append("%s: %s (%s): %s %s: %s, but should be %s" %
                                 (door.name, who or "a guest", cap, what, path or "/", got, want))
                if not (kind is Lgp and what == "replace"):
                    answers.setdefault((what, path), {})[door.name] = got
            door.end()
        for (what, path), by_door in answers.items():
            if any(a != next(iter(by_door.values())) for a in by_door.values()):
                wrong.append("the doors differ: %s (%s): %s %s: %s" %
                             (who or "a guest", cap, what, path or "/", by_door))
    wrong_unless(not wrong, "%d of %d answers are wrong:\n" % (len(wrong), asked), "\n".join(wrong))
    wrong_unless(asked > 700, "only", asked, "questions were asked")


def no_guest_by_ftp():
    """anonymous = no: no login, in the words of a wrong password."""
    try:
        ftp(door="ftp_no")
        wrong_unless(False, "a guest came in")
    except ftplib.error_perm as e:
        same(str(e), "530 Login incorrect.")


# --- what replies tell ---

def silence():
    """Whoever may not read a file is not told whether there is one."""
    restore()
    wrong, asked = [], 0
    admin = ftp("adam", "adam's", door="ftp_read")
    for who in (None, "rita", "bob", "carol", "alice"):
        f = ftp(*((who, who + "'s") if who else ("ftp", "x")), door="ftp_write")
        http = Http(who, "write")
        for folder in FOLDERS + SINGLE:
            # The same name, there and not there.
            path = folder if folder in SINGLE else folder + "/there.txt"
            got = rights(who, "write", path)
            if "read" in got:
                continue
            said = {}
            for there in (True, False):
                # Not behind agentd's back, which it may notice late.
                if there:
                    same(ftp_put(admin, path, b"there")[:3], "226")
                else:
                    same(ftp_says(admin, "DELE " + path)[:3], "250")
                says = said.setdefault(there, [])
                for c in ("SIZE", "MDTM", "MLST", "CWD", "DELE", "RMD", "RNFR", "STAT"):
                    says.append(ftp_says(f, "%s %s" % (c, path)))
                for c in ("RETR", "NLST", "LIST", "MLSD", "APPE"):
                    says.append(ftp_data(f, "%s %s" % (c, path), b"x" if c == "APPE" else None))
                for c in ("NLST", "LIST"):
                    for pattern in (path[:-1] + "*", path[:-1] + "?", path[:-1] + "[t]"):
                        says.append((c, pattern, ftp_data(f, "%s %s" % (c, pattern))[1])
                                    if "write" not in got else ())
                says.append(ftp_says(f, "STAT %s*" % path[:-1]) if "write" not in got else ())
                says.append(ftp_data(f, "STOR " + path, b"x", rest=3)[0])
                if not got:
                    says.append(ftp_put(f, path, b"x"))
                    says.append(ftp_says(f, "MKD " + path))
                for method, headers in (("GET", {}), ("HEAD", {}), ("GET", {"Range": "bytes=0-1"}),
                                        ("GET", {"If-None-Match": "*"}), ("GET", {"Accept": "text/html"}),
                                        ("PUT", {"If-Match": "*"}), ("PUT", {"If-None-Match": "*"}),
                                        ("OPTIONS", {})):
                    if method == "PUT" and got and "If-None-Match" in headers:
                        continue  # a drop box has to say so
                    for end in ("", "/"):
                        a = http_ask(method, "/files" + path + end, b"x" if method == "PUT" else None,
                                     headers, http.who, door=http.door)
                        head = sorted((k, v) for k, v in a.headers.items() if k != "Date")
                        says.append((method, headers, end, a.status, head, a.body))
                if who is None and folder in SINGLE:
                    lgp = Lgp(None, "write")
                    says.append(lgp.fetch(path))
                    if not got:
                        says.append(lgp.put(path, b""))
                same(content(path), b"there" if there else None, "it was changed:", path)
            same(ftp_put(admin, path, b"there")[:3], "226")
            asked += len(said[True])
            for with_it, without in zip(said[True], said[False]):
                if with_it != without:
                    wrong.append("%s learns of %s: %s, but %s" % (who, path, with_it, without))
        f.close()
    admin.close()
    wrong_unless(not wrong, "\n".join(wrong))
    wrong_unless(asked > 500, "only", asked)


def other_ways():
    """No other spelling of a path leads around its row."""
    restore()
    f = ftp("rita", "rita's", door="ftp_read")
    for path in ("/team/private/there.txt", "team/private/there.txt", "//team//private//there.txt",
                 "/team/./private/there.txt", "/pub/../team/private/there.txt", "/team/private/../private/there.txt",
                 "/../team/private/there.txt", "/team/x/../private/there.txt", "./closed.txt", "//closed.txt",
                 "/pub/../closed.txt", "/closed.txt/", "/closed.txt/.", "/inbox/there.txt"):
        reply, data = ftp_data(f, "RETR " + path)
        same((reply[:3], data), ("550", b""), path)
        for c in ("SIZE", "DELE"):
            same(ftp_says(f, "%s %s" % (c, path))[:3], "550", c, path)
    f.cwd("/team")
    for path in ("private/there.txt", "./private/there.txt", "../team/private/there.txt", "../closed.txt"):
        same(ftp_data(f, "RETR " + path)[0][:3], "550", path)
    for name in ("private", "/team/private", "/closed.txt"):
        same(ftp_says(f, "CWD " + name)[:3], "550", name)
    f.close()
    who = ("rita", "rita's")
    for path in ("/team/private/there.txt", "//team/private/there.txt", "/team//private/there.txt",
                 "/team/%70rivate/there.txt", "/team%2fprivate/there.txt", "/pub/../team/private/there.txt",
                 "/pub/%2e%2e/team/private/there.txt", "/./closed.txt", "/closed.txt/", "/%63losed.txt",
                 "/closed.txt?x", "/team/private", "/team/private/", "/inbox/there.txt", "/inbox/"):
        a = http_ask("GET", "/files" + path, who=who, door="http_read")
        wrong_unless(a.status in (400, 403, 404) and a.body != b"there", path, a.status, a.body)
        a = http_ask("PUT", "/files" + path, b"x", who=who, door="http_read")
        wrong_unless(a.status in (400, 403, 409, 412), path, a.status, a.body)
    for path in ("/closed.txt", "/team/private/there.txt", "/inbox/there.txt"):
        same(content(path), b"there", path)


def renames():
    """A folder cannot be renamed where another rule would then hold for what is in it."""
    restore()
    os.makedirs(path_of("/open/box/inner"))
    put_file("/open/box/inner/file", b"there")
    sessions = {who: ftp(who, who + "'s", door="ftp_read") for who in ROLES}
    cases = 0
    for who, f in sessions.items():
        for path, to in (("/team", "/team-2"), ("/team", "/open/team"), ("/open/box", "/ghost"),
                         ("/open/box", "/team"), ("/open", "/ghost"), ("/team/private", "/open/loot"),
                         ("/open/box", "/team/private/box"), ("/open/box/inner", "/ghost/inner"),
                         ("/pub/deep", "/open/deep"), ("/open/box", "/pub/box"),
                         ("/open/box", "/inbox/box"), ("/inbox/there.txt", "/open/t"),
                         ("/open/there.txt", "/inbox/t"), ("/closed.txt", "/open/c"),
                         ("/pub/there.txt", "/closed.txt"), ("/team/there.txt", "/pub/t"),
                         ("/team/private/there.txt", "/team/t"), ("/", "/open/root")):
            reply = ftp_says(f, "RNFR " + path)
            if reply.startswith("350"):
                reply = ftp_says(f, "RNTO " + to)
            may = (allowed(who, "read", "rename", path) and allowed(who, "read", "rename", to) and
                   not rule_below(path) and not rule_below(to))
            # Without the folder around it, or onto a folder, the store itself refuses.
            may = may and os.path.isdir(os.path.dirname(path_of(to)))
            same(reply[:3], "250" if may else "550", who, path, to, reply)
            cases += may
            if may:
                if path == "/team/private" or path.startswith("/pub/deep") or "box" in path:
                    os.rename(path_of(to), path_of(path))
                else:
                    lose(to)
                    mend(path)
                    if to in SINGLE:
                        mend(to)
        f.close()
    wrong_unless(cases >= 10, "only", cases, "were allowed")


def told_at_once():
    """A row that is changed holds from the reload on, in sessions that were there before."""
    restore()
    f = ftp("rita", "rita's", door="ftp_read")
    same(ftp_data(f, "RETR /open/there.txt")[1], b"there")
    with open(os.environ["CONF"], "a", encoding="utf-8") as conf:
        conf.write('[access "/open"]\nread = @admin\n')
    do("reload")
    same(ftp_data(f, "RETR /open/there.txt")[0][:3], "550")
    same(http_ask("GET", "/files/open/", who=("rita", "rita's"), door="http_read").status, 403)
    f.close()


SCENARIOS = {f.__name__: f for f in (matrix, no_guest_by_ftp, silence, other_ways, renames, told_at_once)}

if __name__ == "__main__":
    sys.exit(doors.main(SCENARIOS))
