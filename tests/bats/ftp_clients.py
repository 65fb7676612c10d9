#!/usr/bin/env python3
"""ftp_clients.py SCENARIO [ARGUMENT...]: Python's ftplib by every way, and uploads that break off."""
import contextlib
import ftplib
import hashlib
import io
import os
import ssl
import sys

from ftp_client import FILES, PATIENCE, PID, Client, Implicit, check, reset, run, until

TREE = os.environ.get("TREE", "")
USER = os.environ.get("FTP_USER")
PASSWORD = os.environ.get("FTP_PASSWORD")
PART = 1234567  # bytes


def read(name):
    with open(os.path.join(TREE, name), "rb") as f:
        return f.read()


def broken(port4, port6, *ways):
    """Of an upload to cut.bin in each way's folder the first PART bytes have come, and then the client
    was gone. It came by that way's family: guests are known by their address."""
    content = read("big.bin")[:PART]
    for way in ways:
        c = Client(login=False, address=("127.0.0.1", int(port4)) if "-4-" in way else ("::1", int(port6)))
        c.ask("USER " + USER, 331)
        c.ask("PASS " + PASSWORD, 230)
        data = c.passive()
        c.ask("STOR %s/cut.bin" % way, 150)
        data.sendall(content)
        until(lambda: hidden() == PART, "all of them are written")
        reset(data)
        c.want(426)
        reset(c.sock)


def hidden():
    """Bytes of the nameless file that agentd writes."""
    there = "/proc/%d/fd" % PID
    sizes = [0]
    for fd in os.listdir(there):
        with contextlib.suppress(OSError):
            if os.readlink(os.path.join(there, fd)).startswith(FILES):
                sizes.append(os.stat(os.path.join(there, fd)).st_size)
    return max(sizes)


def library(tls, host, port, mode, folder):
    if tls == "clear":
        f = ftplib.FTP()
    else:
        f = (Implicit if tls == "implicit" else ftplib.FTP_TLS)(
            context=ssl.create_default_context(cafile=os.environ["CA"]))
    f.connect(host, int(port), PATIENCE)
    f.login(USER, PASSWORD)
    if tls != "clear":
        f.prot_p()
    f.set_pasv(mode == "passive")
    f.cwd(folder)
    big = read("big.bin")

    def got(name, **more):
        out = io.BytesIO()
        f.retrbinary("RETR " + name, out.write, **more)
        return out.getvalue()

    # A folder tree.
    f.mkd("小 明")
    for name in ("big.bin", "empty", "with blank.txt"):
        f.storbinary("STOR 小 明/" + name, io.BytesIO(read(name)))
        check(got("小 明/" + name) == read(name), name)
    check(sorted(f.nlst("小 明")) == ["小 明/big.bin", "小 明/empty", "小 明/with blank.txt"],
          f.nlst("小 明"))
    facts = {name: fact["size"] for name, fact in f.mlsd("小 明", ["type", "size"])
             if fact["type"] == "file"}
    check(facts == {"big.bin": "3000000", "empty": "0", "with blank.txt": "4"}, facts)
    lines = []
    f.dir("小 明", lines.append)
    check(len(lines) == 3 and lines[2].endswith(" with blank.txt"), lines)
    # What broke off, down and up.
    check(got("小 明/big.bin", rest=PART) == big[PART:], "the rest")
    rest = f.size("cut.bin")
    check(rest == PART - 1, "of what broke off there is", rest)
    f.storbinary("STOR cut.bin", io.BytesIO(big[rest:]), rest=rest)
    check(got("cut.bin") == big, "both parts")
    # Names.
    f.rename("小 明/with blank.txt", "a name")
    f.delete("小 明/empty")
    f.delete("小 明/big.bin")
    f.rmd("小 明")
    check(sorted(f.nlst()) == ["a name", "cut.bin"], f.nlst())
    f.quit()


# --- 5 GiB ---

BLOCK = 1 << 20


class Sparse:
    """A file that is read block by block, and where it has holes not at all."""

    def __init__(self, path):
        self.file = open(path, "rb", buffering=0)
        self.size = os.fstat(self.file.fileno()).st_size
        self.data = 0

    def block(self, at, nothing):
        if self.data < at + BLOCK and self.data != self.size:
            try:
                self.data = os.lseek(self.file.fileno(), at, os.SEEK_DATA)
            except OSError:  # there is none behind
                self.data = self.size
        n = min(BLOCK, self.size - at)
        if self.data >= at + n:
            return nothing if n == BLOCK else nothing[:n]
        return os.pread(self.file.fileno(), n, at)


def equal(*paths):
    """They are; prints their size and their SHA-256, which is computed once for all of them."""
    files = [Sparse(path) for path in paths]
    nothing = bytes(BLOCK)
    for path, file in zip(paths, files):
        check(file.size == files[0].size, path, "has", file.size)
    total = hashlib.sha256()
    for at in range(0, files[0].size, BLOCK):
        blocks = [file.block(at, nothing) for file in files]
        for path, block in zip(paths, blocks):
            check(block is blocks[0] or block == blocks[0], path, "is another at", at)
        total.update(blocks[0])
    print(files[0].size, total.hexdigest())


if __name__ == "__main__":
    sys.exit(run(globals()))
