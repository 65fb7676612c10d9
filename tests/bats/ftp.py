#!/usr/bin/env python3
"""ftp.py SCENARIO [ARGUMENT...]: Python's own FTP client, and a tree of files for the others."""
import ftplib
import io
import os
import random
import sys

from ftp_client import PATIENCE, PORTS, Wrong, bytes_of, check, run


def library():
    """Python's ftplib: every call that it has."""
    f = ftplib.FTP()
    f.connect("127.0.0.1", int(PORTS["ftp"]), PATIENCE)
    check(f.login().startswith("230"), "login")
    f.encoding = "utf-8"
    for passive in (True, False):
        f.set_pasv(passive)
        check(f.pwd() == "/", f.pwd())
        check(f.mkd('li"b 小明') == '/li"b 小明', "mkd")
        check(f.cwd('li"b 小明').startswith("250"), "cwd")
        check(f.pwd() == '/li"b 小明', f.pwd())
        content = bytes_of(200000)
        f.storbinary("STOR one.bin", io.BytesIO(content))
        check(f.size("one.bin") == 200000, "size")
        out = io.BytesIO()
        f.retrbinary("RETR one.bin", out.write, rest=150000)
        check(out.getvalue() == content[150000:], "REST")
        f.storbinary("STOR one.bin", io.BytesIO(b"new end"), rest=100000)
        out = io.BytesIO()
        f.retrbinary("RETR one.bin", out.write)
        check(out.getvalue() == content[:100000] + b"new end", "REST + STOR")
        f.storlines("STOR lines.txt", io.BytesIO(b"one\ntwo\r\nthree"))
        lines = []
        f.retrlines("RETR lines.txt", lines.append)
        check(lines == ["one", "two", "three"], lines)
        f.voidcmd("TYPE I")
        check(f.size("lines.txt") == 14, f.size("lines.txt"))
        check(sorted(f.nlst()) == ["lines.txt", "one.bin"], f.nlst())
        check(f.nlst("empty*") == [], "nlst of nothing")
        facts = {n: x for n, x in f.mlsd(facts=["type", "size"]) if x["type"] in ("file", "dir")}
        check(facts == {"lines.txt": {"type": "file", "size": "14"},
                        "one.bin": {"type": "file", "size": "100007"}}, facts)
        shown = []
        f.dir(shown.append)
        check(len(shown) == 2 and shown[1].endswith(" one.bin"), shown)
        check(f.rename("one.bin", "two.bin").startswith("250"), "rename")
        for bad in (lambda: f.delete("one.bin"), lambda: f.rmd("/"), lambda: f.cwd("nosuch"),
                    lambda: f.rename("nosuch", "x")):
            try:
                bad()
            except ftplib.error_perm:
                continue
            raise Wrong("no refusal")
        f.delete("two.bin")
        f.delete("lines.txt")
        f.cwd("..")
        f.rmd('li"b 小明')
        data = f.transfercmd("RETR sparse")
        data.recv(1000)
        check(f.abort()[:3] in ("226", "426"), "abort")
        # abort() leaves the second of the two replies unread.
        check(f.getresp().startswith("226"), "behind abort")
        data.close()
        check(f.voidcmd("NOOP").startswith("200"), "NOOP")
    f.quit()


ODD = ["with blank", "two  blanks", "小明", "naïve", "quote\"d", "it's", "a&b", "a#b", "a%41b", "a+b", "a?b",
       "a*b", "[brackets]", "{braces}", "(parens)", "semi;colon", "comma,", "equals=", "at@", "dollar$HOME",
       "`tick`", "back\\slash", "tilde~", "-dash", "--double", "caret^", "pipe|", "<angle>", "ex!claim",
       "very" * 50, "UPPER", "upper", "dots...", "colon:", "trailing.", "😀", "e\u0301", "x" * 255]


def tree(root, count):
    """So many files, some empty, some with odd names, in nested folders, some of which are empty."""
    rng = random.Random(5)
    count = int(count)
    folders = [root]
    os.makedirs(root)
    for i in range(60):
        at = rng.choice(folders)
        name = ODD[i] if i < len(ODD) and len(ODD[i]) < 100 else "folder%d" % i
        path = os.path.join(at, name)
        if path.count("/") - root.count("/") > 6 or os.path.exists(path):
            continue
        os.mkdir(path)
        folders.append(path)
    made = 0
    while made < count:
        at = folders[made % len(folders)]
        name = ODD[made // 3 % len(ODD)] if made % 3 == 0 else "file%d.bin" % made
        path = os.path.join(at, name)
        if os.path.exists(path):
            path = os.path.join(at, "again%d" % made)
        size = 0 if made % 10 == 0 else rng.choice([1, 100, 5000, 40000])
        with open(path, "wb") as f:
            f.write(rng.randbytes(size))
        made += 1
    for at in folders[::7]:
        os.mkdir(os.path.join(at, "nothing here"))


if __name__ == "__main__":
    sys.exit(run(globals()))
