#!/usr/bin/env python3
"""ftp_hash.py SCENARIO: digests, and those who ask for them and go. The file "endless" has so many bytes
that no digest of it is ever done."""
import hashlib
import json
import os
import random
import subprocess
import sys
import zlib

from ftp_client import FILES, Client, alive, bytes_of, check, reset, run

ROOT = os.environ["ROOT"]


def agentctl(*args):
    return subprocess.run([ROOT + "/ctl/agentctl", "-c", os.environ["CONF"], *args], check=True,
                          capture_output=True, text=True).stdout


def begun(command="HASH endless"):
    """A session whose digest is being computed, or waits for a worker."""
    c = Client()
    c.send(command, "STAT")
    c.want(211)
    return c


def others_get_theirs():
    c = Client()
    c.ask("HASH a.txt", 213)
    c.ask("XCRC sparse 5368709114", 250)
    c.ask("QUIT", 221)
    c.close()


def gone():
    """Each way of going frees the worker; else the next digests would wait for ever."""
    for _ in range(3):
        crowd = [begun() for _ in range(8)]
        alive()
        for i, c in enumerate(crowd):
            if i % 4 == 0:
                c.close()
            elif i % 4 == 1:
                reset(c.sock)
            elif i % 4 == 2:
                c.send("ABOR")
                c.want(426)
                c.want(226)
                c.ask("QUIT", 221)
            else:
                c.send("REIN", "ABOR", "NOOP")
                c.want(426)
                c.want(226)
                c.reply()  # of REIN
                c.want(200)
        others_get_theirs()


def kicked():
    c = begun("XSHA512 endless 5 10000000000")
    who = json.loads(agentctl("who", "--json"))
    sids = [w["sid"] for w in who if "endless" in w["doing"]]
    check(len(sids) == 1, who)
    agentctl("kick", str(sids[0]))
    c.want(421)
    c.at_end()
    others_get_theirs()


def changed():
    path = os.path.join(FILES, "changing")
    for verb, code in (("HASH", 450), ("MD5", 450), ("XSHA1", 450)):
        with open(path, "wb") as f:
            f.truncate(1 << 42)
        c = begun(verb + " changing")
        os.truncate(path, 1000)
        c.want(code)
        c.ask("NOOP", 200)
        c.close()
    # Another file of that name is another file.
    old, new = bytes_of(1 << 20, 1), bytes_of(1 << 20, 2)
    with open(path, "wb") as f:
        f.write(old)
    busy = [begun() for _ in range(3)]  # so that it waits for a worker
    c = begun("HASH changing")
    with open(path + ".new", "wb") as f:
        f.write(new)
    os.rename(path + ".new", path)
    for b in busy:
        b.close()
    check(c.want(213)[-1].split()[3] == hashlib.sha256(old).hexdigest(), "the old one")
    line = c.ask("HASH changing", 213)[-1]
    check(line.split()[3] == hashlib.sha256(new).hexdigest(), "the new one", line)
    os.unlink(path)


def together():
    rng = random.Random(5)
    contents = [bytes_of(n, n) for n in (1, 1000, 4096, 65537, 1 << 20)]
    for i, content in enumerate(contents):
        with open(os.path.join(FILES, "content %d" % i), "wb") as f:
            f.write(content)
    verbs = {"XMD5": "md5", "XSHA": "sha1", "XSHA1": "sha1", "XSHA256": "sha256",
             "XSHA512": "sha512"}
    sessions = [Client() for _ in range(40)]
    wanted = {}
    for c in sessions:
        wanted[c] = []
        for _ in range(10):
            i = rng.randrange(len(contents))
            start = rng.randrange(len(contents[i]))
            end = rng.randrange(start, len(contents[i])) + 1
            part = contents[i][start:end]
            verb = rng.choice(list(verbs) + ["XCRC", "HASH"])
            if verb == "HASH":
                c.send("RANG %d %d" % (start, end - 1), "HASH content %d" % i)
                wanted[c] += ["350", "213 SHA-256 %d-%d %s content %d" %
                              (start, end - 1, hashlib.sha256(part).hexdigest(), i)]
                continue
            c.send('%s "content %d" %d %d' % (verb, i, start, end))
            wanted[c].append("250 " + ("%08X" % zlib.crc32(part) if verb == "XCRC" else
                                       hashlib.new(verbs[verb], part).hexdigest().upper()))
    for c in sessions:
        for want in wanted[c]:
            line = c.reply()[1][-1]
            check(line == want or want == "350" and line.startswith(want), "wanted", want, "got", line)
        c.close()
    for i in range(len(contents)):
        os.unlink(os.path.join(FILES, "content %d" % i))


if __name__ == "__main__":
    sys.exit(run({fn.__name__: fn for fn in (gone, kicked, changed, together)}))
