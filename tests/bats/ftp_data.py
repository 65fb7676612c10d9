#!/usr/bin/env python3
"""ftp_data.py SCENARIO [ARGUMENT...]: data connections, made and broken in all ways."""
import os
import random
import socket
import sys

from ftp_client import (FILES, PATIENCE, PORTS, Client, alive, bytes_of, check, read_all, reset, run,
                        until)


def one_connection():
    c = Client()
    first = c.epsv()
    data = socket.create_connection(("127.0.0.1", first), PATIENCE)
    c.ask("NOOP", 200)
    for port in (first, first):
        try:
            more = socket.create_connection(("127.0.0.1", port), PATIENCE)
        except ConnectionRefusedError:
            continue
        check(read_all(more)[0] == b"", "a second connection was told something")
    c.ask("RETR a.txt", 150)
    check(read_all(data)[0] == b"hello\nworld\n", "the first one's bytes")
    c.want(226)
    # PASV anew, ABOR and QUIT close the port before.
    def refused(port):
        try:
            socket.create_connection(("127.0.0.1", port), PATIENCE).close()
        except ConnectionRefusedError:
            return True
        return False
    one = c.pasv()[1]
    two = c.pasv()[1]
    check(refused(one), "the port of the first PASV is open still")
    c.ask("ABOR", 225, 226)
    check(refused(two), "ABOR left the port open")
    three = c.epsv()
    c.ask("QUIT", 221)
    c.close()
    until(lambda: refused(three), "QUIT closes the port")
    # The numbers that PASV tells are where the client came in.
    c = Client()
    host, port = c.pasv()
    check(host == "127.0.0.1", host)
    data = socket.create_connection((host, port), PATIENCE)
    c.ask("RETR a.txt", 150)
    check(read_all(data)[0] == b"hello\nworld\n", "by PASV")
    c.want(226)


def sizes():
    """What goes up comes down, whatever its size and whichever way it goes."""
    c = Client()
    for n in (0, 1, 4095, 32767, 32768, 32769, 65536, 65537, (1 << 20) + 1):
        for way in ("passive", "active"):
            content = bytes_of(n, n)
            for verb in ("STOR", "RETR"):
                if way == "passive":
                    data = c.passive()
                    c.ask(verb + " sizes", 150)
                else:
                    listener = c.active()
                    c.send(verb + " sizes")
                    data, peer = listener.accept()
                    check(peer[0] == "127.0.0.1", peer)
                    listener.close()
                    c.want(150)
                if verb == "STOR":
                    data.sendall(content)
                    data.shutdown(socket.SHUT_WR)
                else:
                    check(read_all(data) == (content, False), n, way)
                c.want(226)
                data.close()
    for at in (0, 1, 40000, (1 << 20), (1 << 20) + 1):
        c.ask("REST %d" % at, 350)
        check(c.get("RETR sizes") == content[at:], "REST", at)
    c.ask("DELE sizes", 250)


def to_ascii(content):
    """As agentd defines it: each LF that has no CR gets one."""
    out = bytearray()
    for i, b in enumerate(content):
        if b == 10 and (i == 0 or content[i - 1] != 13):
            out.append(13)
        out.append(b)
    return bytes(out)


def from_ascii(content):
    return content.replace(b"\r\n", b"\n")


def ascii_both_ways():
    c = Client()
    rng = random.Random(3)
    k = 32 << 10
    contents = [b"", b"\n", b"\r", b"\r\n", b"\r\r\n", b"\n\r", b"\r\r", b"a\nb\r\nc\rd", b"\n" * 70000]
    # Every way that a line end can lie across a border of 32 or 64 KiB.
    for border in (k, 2 * k):
        for end in (b"\n", b"\r", b"\r\n", b"\r\r\n", b"\n\n"):
            for shift in range(len(end) + 1):
                contents.append(b"x" * (border - shift) + end + b"tail\r")
    for n in (10, 1000, 3 * k):
        contents.append(bytes(rng.choices(b"\r\nab", k=n)))
    for content in contents:
        c.ask("TYPE I", 200)
        c.put("STOR text", content)
        c.ask("TYPE A", 200)
        got = c.get("RETR text")
        check(got == to_ascii(content), "down:", content[-20:], len(content), got[-20:], len(got))
        c.put("STOR text", content)
        c.ask("TYPE I", 200)
        got = c.get("RETR text")
        check(got == from_ascii(content), "up:", content[-20:], len(content), got[-20:], len(got))
    # In segments of one to three bytes, so that a CR is the last byte of one.
    for piece in (1, 2, 3):
        content = b"\r\n\r\r\n\n\ra\r\r\rb\r\n\r"
        c.ask("TYPE A", 200)
        c.put("STOR text", content, piece)
        c.ask("TYPE I", 200)
        check(c.get("RETR text") == from_ascii(content), "up in pieces of", piece)
    # REST would count what goes over the line, which nobody can find in the file: it is refused,
    # before TYPE A and behind it, and spent.
    c.ask("TYPE A", 200)
    c.put("STOR text", b"1\r\n2\r\n")
    c.put("APPE text", b"3\r\n")
    c.ask("REST 2", 501)
    c.ask("REST 0", 350)
    c.ask("TYPE I", 200)
    for command in ("RETR text", "STOR text"):
        c.ask("REST 2", 350)
        c.ask("TYPE A", 200)
        data = c.passive()
        c.ask(command, 501)
        data.close()
        c.ask("TYPE I", 200)
    check(c.get("RETR text") == b"1\n2\n3\n", "APPE in ASCII")
    c.ask("DELE text", 250)


def final(c):
    """The codes of a transfer's replies: NOOP and SYST, which wait for its end, fence them."""
    c.send("NOOP", "SYST")
    codes = c.codes_until(200)
    c.want(215)
    return codes


def break_data(c, command, moment, how, way="passive"):
    """Breaks the data connection of a command at a moment, in one of three ways. Gives the codes."""
    kill = {"close": lambda s: s.close(), "reset": reset,
            "half": lambda s: s.shutdown(socket.SHUT_WR)}[how]
    upload = command.split()[0] in ("STOR", "APPE")
    if way == "active":
        listener = c.active()
        if moment == "before":
            listener.close()
            c.send(command)
            return final(c)
        c.send(command)
        data, _ = listener.accept()
        listener.close()
    elif moment in ("before", "early"):
        data = c.passive()
        if moment == "before":
            kill(data)
        c.send(command)
        if moment == "early":
            kill(data)
        return final(c)
    else:
        port = c.epsv()
        c.send(command)
        data = socket.create_connection(("127.0.0.1", port), PATIENCE)
    if moment in ("early", "connected"):
        kill(data)
        return final(c)
    c.want(150)
    if upload:
        data.sendall(b"u" * moment)
    else:
        left = moment
        while left > 0:
            got = data.recv(left)
            if not got:
                break
            left -= len(got)
    kill(data)
    codes = final(c)
    data.close()
    return [150] + codes


def breaks():
    """Data connections that break at every moment: never more nor less than one final reply, and
    never a file of what was not ended well."""
    open(os.path.join(FILES, "broken"), "wb").write(bytes_of(1 << 20))
    keeper = Client()
    c = Client()
    for way in ("passive", "active"):
        for how in ("close", "reset", "half"):
            for command in ("RETR a.txt", "RETR broken", "LIST tree", "MLSD odd", "NLST",
                            "STOR half", "APPE half"):
                for moment in ("before", "early", "connected", 0, 1, 1000, 70000):
                    codes = break_data(c, command, moment, how, way)
                    what = (way, how, command, moment, codes)
                    check(codes[:-1] in ([], [150]), "replies:", what)
                    check(codes[-1] in (226, 425, 426), "final reply:", what)
                    if command[:4] in ("STOR", "APPE"):
                        ended = codes[-1] == 226
                        code = keeper_size(keeper, "half")
                        check(ended == (code is not None), "visible:", what, code)
                        # What was sent before a clean end is all there; a reset is no end.
                        if isinstance(moment, int):
                            check(code == (None if how == "reset" else moment), "size:", what, code)
                            check(codes[-1] == (426 if how == "reset" else 226), what)
                        if ended:
                            keeper.ask("DELE half", 250)
                    elif how == "half" and isinstance(moment, int):
                        check(codes == [150, 226] or moment < 70000 and codes[0] == 150, what)
    alive()


def keeper_size(c, name):
    c.send("SIZE " + name)
    code, lines = c.reply()
    check(code in (213, 550), lines)
    return int(lines[0].split()[1]) if code == 213 else None


def half_closed_download():
    """A client that ends its side of the data connection still gets all."""
    c = Client()
    content = bytes_of(3 << 20)
    c.put("STOR whole", content)
    for way in ("first", "later"):
        data = c.passive()
        if way == "first":
            data.shutdown(socket.SHUT_WR)
        c.ask("RETR whole", 150)
        if way == "later":
            data.shutdown(socket.SHUT_WR)
        check(read_all(data) == (content, False), way)
        c.want(226)
        data.close()
    c.ask("DELE whole", 250)


def quietly(fn, *args):
    """For a connection that the other side may have ended."""
    try:
        fn(*args)
    except OSError:
        pass


def any_order():
    """Commands in any order, data connections made, broken and left alone: each command has one
    final reply, in order, and the daemon lives."""
    rng = random.Random(int(os.environ.get("SEED", "4")))
    verbs = ["NOOP", "PWD", "EPSV", "PASV", "ABOR", "STAT", "LIST", "NLST tree", "MLSD odd", "RETR a.txt",
             "RETR sizes", "STOR any", "APPE any", "REST 3", "TYPE A", "TYPE I", "SIZE a.txt",
             "CWD tree", "CDUP", "RETR nosuch", "MLST", "LIST *", "STOR a/b"]
    for _ in range(60):
        c = Client()
        open_data = []
        sent = 0
        for _ in range(25):
            verb = rng.choice(verbs)
            act = rng.random()
            if verb in ("EPSV", "PASV"):
                c.send("ABOR")  # or it could wait for a connection that nobody makes
                sent += 1
            c.send(verb)
            sent += 1
            if verb in ("EPSV", "PASV"):
                code, lines = c.reply()
                while code not in (229, 227):
                    sent -= code != 150
                    code, lines = c.reply()
                sent -= 1
                text = lines[0]
                if code == 229:
                    port = int(text.split("|")[3])
                else:
                    n = text[text.index("(") + 1:text.index(")")].split(",")
                    port = int(n[4]) * 256 + int(n[5])
                if act > 0.8:
                    continue
                data = socket.create_connection(("127.0.0.1", port), PATIENCE)
                open_data.append(data)
                if act < 0.1:
                    reset(open_data.pop())
                elif act < 0.3:
                    quietly(data.shutdown, socket.SHUT_WR)
                elif act < 0.6:
                    quietly(data.sendall, b"some\r\n")
            elif open_data and act < 0.5:
                data = open_data.pop()
                if act < 0.2:
                    reset(data)
                elif act < 0.35:
                    data.close()
                else:
                    quietly(data.shutdown, socket.SHUT_WR)
                    open_data.append(data)
                    if act > 0.45:
                        # Whatever it was for, it ends sometime.
                        c.send("ABOR")
                        sent += 1
            elif not open_data and sent > 3:
                c.send("ABOR")
                sent += 1
        for data in open_data:
            data.close()
        c.send("ABOR", "HELP")
        finals = [code for code in c.codes_until(214) if code != 150]
        # A transfer that ABOR ends has a reply of its own, as has ABOR.
        check(len(finals) == sent + 1, "commands:", sent + 1, "final replies:", len(finals), finals)
        c.ask("QUIT", 221)
        c.close()
    alive()


def reads_slowly():
    """A client that takes nothing of its download holds up nobody, and its session answers."""
    c = Client()
    data = c.passive()
    c.ask("RETR sparse", 150)
    other = Client()
    for _ in range(20):
        check(other.get("RETR a.txt") == b"hello\nworld\n", "beside a stuck download")
    check(" A transfer is running: /sparse, " in c.ask("STAT", 211)[4], "STAT beside it")
    data.close()
    c.want(426)
    c.ask("NOOP", 200)


def beyond_4_gib():
    """Offsets that do not fit into 32 bits."""
    c = Client()
    size = (5 << 30)
    path = os.path.join(FILES, "sparse")
    with open(path, "r+b") as f:
        f.seek((4 << 30) - 3)
        f.write(b"across")
    for rest, content in (((4 << 30) - 3, b"across\0\0"), (4 << 30, b"oss\0"), (size - 6, b"theend")):
        c.ask("REST %d" % rest, 350)
        data = c.passive()
        text = c.ask("RETR sparse", 150)[0]
        check("(%d bytes)" % (size - rest) in text, text)
        got = b""
        while len(got) < len(content):
            more = data.recv(len(content) - len(got))
            check(more, "the end came early at", rest)
            got += more
        check(got == content, rest, got)
        data.close()
        c.want(226, 426)
    check(c.ask("SIZE sparse", 213)[0] == "213 5368709120", "SIZE")
    check(b" 5368709120 " in c.get("LIST sparse"), "LIST")


def many_sessions(count):
    """All at once: logged in, with a data connection each, every one served."""
    count = int(count)
    clients = [Client() for _ in range(count)]
    datas = [c.passive() for c in clients]
    for c in clients:
        c.send("RETR a.txt")
    for c in clients:
        c.want(150)
    for c, data in zip(clients, datas):
        check(read_all(data) == (b"hello\nworld\n", False), "one of many")
        c.want(226)
        data.close()
    names = [c.get("NLST tree") for c in clients]
    check(set(names) == {names[0]} and b"tree/b.txt" in names[0], "listings of many")
    for c in clients:
        c.ask("QUIT", 221)
        c.close()


def big_folder():
    """A folder of 5,000 names, in order, and nobody waits for it."""
    folder = os.path.join(FILES, "big")
    os.makedirs(folder, exist_ok=True)
    names = ["%d-%s" % (i * 7919 % 5000, "n" * (i % 60)) for i in range(5000)]
    open(os.path.join(folder, names[0]), "w").close()
    for n in names[1:]:  # links are made faster than files
        os.link(os.path.join(folder, names[0]), os.path.join(folder, n))
    c, other = Client(), Client()
    wanted = "".join("big/%s\r\n" % n for n in sorted(names)).encode()
    for _ in range(3):
        data = c.passive()
        c.send("NLST big")
        other.ask("NOOP", 200)
        check(read_all(data)[0] == wanted, "NLST of a big folder")
        c.want(150)
        c.want(226)
        data.close()
    lines = c.ask("STAT big", 213)
    check(len(lines) == 5002, len(lines))
    check(len(c.get("MLSD big").splitlines()) == 5002, "MLSD")
    check(len(c.get("LIST big/1*1").splitlines()) == 0, "a pattern that needs both ends")
    check(len(c.get("LIST big/1*n").splitlines()) ==
          len([n for n in names if n.startswith("1") and n.endswith("n")]), "a pattern")
    # Patterns that make others' matchers take for ever.
    check(c.get("NLST big/" + "*n" * 40 + "*x") == b"", "a slow pattern")


def data_during_stat():
    """The passive connection comes while the listing of STAT is on its way, because the client does
    not read: STAT's lines stay whole, and then the connection is used."""
    c = Client()
    c.sock.close()
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.settimeout(PATIENCE)
    s.connect(("127.0.0.1", int(PORTS["ftp"])))
    c.sock, c.buffer = s, b""
    c.want(220)
    c.ask("USER ftp", 331)
    c.ask("PASS x", 230)
    port = c.epsv()
    # Ten of them are more than all buffers between us hold.
    c.send(*["STAT big"] * 10)
    check(c.line().startswith("213-"), "STAT")
    data = socket.create_connection(("127.0.0.1", port), PATIENCE)
    alive()
    c.send("RETR a.txt", "NOOP")
    seen = 0
    for i in range(10):
        while True:
            line = c.line()
            if line.startswith("213 "):
                break
            if line.startswith("213-"):
                continue
            check(line.startswith("-rw"), "within a listing:", line)
            seen += 1
    check(seen == 50000, seen)
    c.want(150)
    check(read_all(data)[0] == b"hello\nworld\n", "the connection that came meanwhile")
    c.want(226)
    c.want(200)


if __name__ == "__main__":
    sys.exit(run(globals()))
