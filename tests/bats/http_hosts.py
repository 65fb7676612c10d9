"""http_hosts.py: named hosts, as curl cannot ask for them. http_hosts.bats runs one function each."""
import os
import subprocess
import sys

from ftp_client import check, run
from http_client import Web

AGENTCTL = os.path.join(os.environ["ROOT"], "ctl/agentctl")


def ask(c, target, *fields, version="1.1", method="GET"):
    c.send("\r\n".join(["%s %s HTTP/%s" % (method, target, version), *fields, "", ""]))
    return c.response(method)


def once(door, target, *fields, version="1.1"):
    c = Web(door)
    r = ask(c, target, *fields, version=version)
    c.close()
    return r.status, r.body.decode().strip() if r.status == 200 else ""


def forms():
    """No Host, an empty one, an absolute target."""
    rows = (
        # door, target, fields, version, answer
        ("http", "/who", (), "1.0", (200, "www")),
        ("http", "/who", ("Host: blog.example",), "1.0", (200, "blog")),
        ("http", "/who", ("Host:",), "1.1", (200, "www")),
        ("http", "/who", (), "1.1", (400, "")),
        ("http", "/who", ("Host: blog.example", "Host: blog.example"), "1.1", (400, "")),
        ("http", "/who", ("Host: blog.example/",), "1.1", (400, "")),
        ("http", "/who", ("Host: blog.example:x",), "1.1", (400, "")),
        ("http_locked", "/who", (), "1.0", (421, "")),
        ("http_locked", "/who", ("Host:",), "1.1", (421, "")),
        ("http_locked", "/who", ("Host: :80",), "1.1", (400, "")),
        ("http_locked", "/who", ("Host: lock.example",), "1.0", (200, "locked")),
        # The target's own authority wins over Host (RFC 9112, 3.2.2), whatever that says.
        ("http", "http://blog.example/who", ("Host: nobody.example",), "1.1", (200, "blog")),
        ("http", "HTTP://BLOG.example.:99/who", ("Host: exact.blog.example",), "1.1", (200, "blog")),
        ("http", "http://nobody.example/who", ("Host: blog.example",), "1.1", (200, "www")),
        ("http", "http://blog.example/who", (), "1.0", (200, "blog")),
        ("http_locked", "http://evil.example/who", ("Host: localhost",), "1.1", (421, "")),
        ("http_locked", "http://localhost/who", ("Host: evil.example",), "1.1", (200, "locked")),
        ("http_locked", "http://[::1]:1/who", ("Host: evil.example",), "1.1", (200, "locked")),
    )
    for door, target, fields, version, answer in rows:
        got = once(door, target, *fields, version=version)
        check(got == answer, door, target, fields, version, "gave", got)


def in_turns():
    """One connection, several names: one behind the other, and pipelined."""
    names = (("blog.example", "blog"), ("nobody", "www"), ("exact.blog.example", "exact"), ("x.blog.example", "blog"))
    c = Web()
    for name, site in names * 3:
        r = ask(c, "/who", "Host: " + name)
        check(r.body.decode().strip() == site, name, r.body)
    c.send("".join("GET /who HTTP/1.1\r\nHost: %s\r\n\r\n" % name for name, _ in names * 20))
    for name, site in names * 20:
        r = c.response("GET")
        check(r.body.decode().strip() == site, name, r.body)
    # A name that is refused is no reason to go.
    c.close()
    c = Web("http_locked")
    for name, status in (("evil.example", 421), ("localhost", 200), ("evil.example", 421), ("blog.example", 200)):
        check(ask(c, "/who", "Host: " + name).status == status, name)
    c.close()


def long_header():
    c = Web()
    for _ in range(3):
        r = ask(c, "/who", "Host: exact.blog.example")
        check(r["x-long"] == "x" * 3960 and r.body == b"exact\n", r.headers)
    c.close()


def going(path, conf):
    """Downloads that are under way when their host is taken away."""
    with open(path, "rb") as f:
        whole = f.read()
    slow, cut, idle = Web(receive=8192), Web(receive=8192), Web()
    slow.send("GET /big HTTP/1.1\r\nHost: gone.example\r\n\r\n")
    cut.send("GET /big?cut HTTP/1.1\r\nHost: gone.example\r\n\r\n")
    check(slow.head().status == 200 and cut.head().status == 200, "the downloads begin")
    check(ask(idle, "/none", "Host: gone.example").status == 404, "the third")
    os.replace(conf + ".first", conf)
    subprocess.run([AGENTCTL, "-c", conf, "reload"], check=True, stdout=subprocess.DEVNULL)
    check(ask(idle, "/who", "Host: gone.example").body == b"www\n", "the host is still there")
    check(once("http", "/who", "Host: gone.example") == (200, "www"), "the host is there for others")
    cut.close()
    check(slow.take(len(whole)) == whole, "it was another file")
    check(ask(slow, "/who", "Host: gone.example").body == b"www\n", "the host is still there")
    slow.close()
    idle.close()


if __name__ == "__main__":
    sys.exit(run(globals()))
