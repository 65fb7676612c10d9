#!/usr/bin/env python3
"""ftp_wire.py SCENARIO [ARGUMENT...]: what an FTP client may do on its control connection that talk.py
cannot say."""
import ftplib
import io
import os
import random
import select
import socket
import sys

from ftp_client import FILES, PATIENCE, PORTS, Client, Wrong, check, read_all, run, until


def held_back():
    """A wrong password's answer comes late; others are answered meanwhile. Of three that are held
    back at least one must be outrun by somebody else's command, however slow this machine is."""
    other, outrun, denied = Client(), 0, []
    for _ in range(3):
        c = Client(login=False, source="127.0.0.9")
        c.ask("USER nobody9", 331)
        c.send("PASS x")
        other.ask("NOOP", 200)
        outrun += not select.select([c.sock], [], [], 0)[0]
        denied.append(c)
    for c in denied:
        c.want(530)
    check(outrun > 0, "each NOOP of another session waited for a wrong password's answer")


def data_while_denied():
    """USER closes the passive port of whoever was logged in; the answer to a wrong password comes all the same."""
    c = Client(source="127.0.0.8")
    port = c.epsv()
    c.ask("USER nobody8", 331)
    c.send("PASS x")
    other = Client()
    try:
        socket.create_connection(("127.0.0.1", port), PATIENCE, ("127.0.0.8", 0)).close()
        raise Wrong("the port of the one before is open")
    except ConnectionRefusedError:
        pass
    other.ask("NOOP", 200)
    c.want(530)


def long_lines():
    c = Client()
    for n in (4000, 4112, 4113, 5000, 16000, 16384, 17000, 70000, 1 << 20):
        c.send("SIZE " + "a" * n, "NOOP")
        code, _ = c.reply()
        check(code in (500, 550, 553), n, code)
        c.want(200)
    # The same in two pieces: one reply, not one for each.
    for n in (4200, 20000, 100000):
        c.sock.sendall(b"SIZE " + b"a" * n)
        Client().close()
        c.sock.sendall(b"b" * n + b"\r\nNOOP\r\n")
        c.want(500)
        c.want(200)
    # A name is as long as the kernel has it, a path as long as ours.
    c.ask("SIZE " + "n" * 255, 550)
    c.ask("SIZE " + "n" * 256, 553)
    c.ask("MKD " + "n" * 255, 257)
    c.ask("RMD " + "n" * 255, 250)
    c.ask("SIZE " + "/abc" * 1000, 550)
    c.ask("SIZE " + "/abc" * 1024, 500, 553)
    # Deep down, names do not fit any more: refused, never cut.
    depth = 0
    while c.ask("CWD /" if depth == 0 else "NOOP", 200, 250):
        c.send("MKD " + "d" * 250)
        code, _ = c.reply()
        if code != 257:
            check(code in (550, 553), code)
            break
        c.ask("CWD " + "d" * 250, 250)
        depth += 1
        check(depth < 30, "no end of depth")
    check(depth >= 15, depth)
    for _ in range(depth):
        c.ask("CDUP", 200, 250)
        c.ask("RMD " + "d" * 250, 250)


def pieces():
    """Commands byte by byte, and in random pieces, Telnet's among them."""
    c = Client(login=False)
    text = (b"USER ftp\r\nPASS x\r\nNO\xff\xf1OP\r\n\xff\xfb\x03SYST\r\nSIZE a.txt\r\n"
            b"\xff\xf4\xff\xf2ABOR\r\nPWD\r\n")
    wanted = [331, 230, 200, 215, 213, 226, 257]
    for b in text:
        c.sock.sendall(bytes([b]))
    check([c.reply()[0] for _ in wanted] == wanted, "byte by byte")
    rng = random.Random(2)
    stream = text * 50
    at = 0
    while at < len(stream):
        n = rng.randint(1, 30)
        c.sock.sendall(stream[at:at + n])
        at += n
    got = [c.reply()[0] for _ in wanted * 50]
    check(got == wanted * 50, "in pieces", got)


def urgent_abor():
    """ABOR as BSD's client sends it: IAC IP IAC as urgent data, then DM ABOR."""
    for split in range(5):
        c = Client()
        data = c.passive()
        c.ask("RETR sparse", 150)
        c.sock.send(b"\xff\xf4\xff", socket.MSG_OOB)
        rest = b"\xf2ABOR\r\n"
        c.sock.sendall(rest[:split])
        c.sock.sendall(rest[split:])
        c.want(426)
        c.want(226)
        c.ask("NOOP", 200)
        data.close()
        # And during an upload, with DM as the urgent byte.
        data = c.passive()
        c.ask("STOR urgent", 150)
        data.sendall(b"half")
        c.sock.sendall(b"\xff\xf4\xff")
        c.sock.send(b"\xf2", socket.MSG_OOB)
        c.send("ABOR")
        c.want(426)
        c.want(226)
        c.ask("SIZE urgent", 550)
        # Idle.
        c.sock.send(b"\xff\xf4\xff", socket.MSG_OOB)
        c.sock.sendall(b"\xf2ABOR\r\n")
        c.want(225, 226)
        c.close()


def waiting_commands():
    """Commands that wait for a transfer's end are bounded; a session past the bound is closed, the
    upload that it was at is dropped, and others go on."""
    c = Client()
    data = c.passive()
    c.ask("STOR flooded", 150)
    data.sendall(b"half")
    try:
        while True:
            c.send(*["SIZE " + "x" * 100] * 100)
    except OSError:
        pass
    other = Client()
    other.ask("SIZE flooded", 550)
    until(lambda: b"flooded" not in other.get("NLST"), "the upload is gone")
    data.close()


# --- with settings of their own ---

def no_data_connection():
    """425 when no data connection comes; the session goes on. request_timeout is short here."""
    download, upload, stolen, refused, silent = (Client() for _ in range(5))
    download.epsv()
    download.send("RETR a.txt", "RETR a.txt", "NOOP")
    upload.epsv()
    upload.send("STOR nothing", "NOOP")
    # Only strangers come: they do not count.
    port = stolen.epsv()
    stolen.send("LIST")
    stranger = socket.create_connection(("127.0.0.1", port), PATIENCE, ("127.0.0.2", 0))
    # Active: never answered (a queue that is full), and refused at once.
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    full = [socket.socket() for _ in range(4)]
    for one in full:
        one.setblocking(False)
        one.connect_ex(listener.getsockname())
    silent.ask("EPRT |1|127.0.0.1|%d|" % listener.getsockname()[1], 200)
    silent.send("LIST")
    refused.active().close()
    refused.ask("LIST", 425)
    download.want(425)
    download.want(425)
    download.want(200)
    upload.want(425)
    upload.want(200)
    check(os.listdir(FILES) == ["a.txt"], os.listdir(FILES))
    stolen.want(425)
    check(read_all(stranger)[0] == b"", "a stranger was told something")
    silent.want(425)
    for c in (download, upload, stolen, refused, silent):
        check(c.get("RETR a.txt") == b"hello\nworld\n", "the session goes on")


def idle():
    """421 and an end for a session that says nothing; a transfer that stands still gets 426, and
    nothing of it is kept. idle_timeout is short here."""
    silent, stranger, still = Client(), Client(login=False), Client()
    data = still.passive()
    still.ask("STOR still", 150)
    data.sendall(b"half")
    for c in (silent, stranger):
        c.want(421)
        c.at_end()
    still.want(426)
    check(os.listdir(FILES) == ["a.txt"], os.listdir(FILES))
    still.want(421)
    still.at_end()


def login_deadline():
    """A client that never logs in is closed when request_timeout is over, though it says NOOP."""
    c = Client(login=False)
    c.ask("NOOP", 200)
    try:
        c.want(421)
    except socket.timeout:
        raise Wrong("still open after %g s" % PATIENCE) from None
    c.at_end()


def passive_range(low, high, address):
    """Ports of the configured range, and no others; 425 when all are taken. The address is the
    configured one."""
    low, high = int(low), int(high)
    clients, ports = [], []
    while True:
        c = Client("ftp_range")
        c.send("EPSV")
        code, lines = c.reply()
        if code == 425:
            break
        check(code == 229, lines)
        port = int(lines[0].split("|")[3])
        check(low <= port <= high, port)
        check(port not in ports, port, "twice")
        clients.append(c)
        ports.append(port)
        check(len(ports) <= high - low + 1, "more ports than the range has")
    check(ports, "no port at all")
    c.ask("NOOP", 200)
    clients[0].ask("QUIT", 221)
    clients[0].close()

    def works():
        c.send("EPSV")
        return c.reply()[0] == 229
    until(works, "a port that was given back is used again")
    host, port = c.pasv()
    check(host == address and low <= port <= high, host, port)
    data = socket.create_connection(("127.0.0.1", port), PATIENCE)
    c.ask("RETR a.txt", 150)
    check(read_all(data)[0] == b"hello\nworld\n", "by a port of the range")
    c.want(226)


def six(port):
    """IPv6: everything goes there, and PASV, PORT and 127.0.0.1 do not."""
    c = Client(address=("::1", int(port)))
    check(c.get("RETR a.txt") == b"hello\nworld\n", "EPSV")
    listener = c.active()
    c.send("RETR a.txt")
    data, peer = listener.accept()
    check(peer[0] == "::1", peer)
    c.want(150)
    check(read_all(data)[0] == b"hello\nworld\n", "EPRT")
    c.want(226)
    c.ask("EPSV 2", 229)
    check("(2)" in c.ask("EPSV 1", 522)[0], "EPSV 1")
    c.ask("PASV", 425)
    c.ask("PORT 127,0,0,1,200,200", 500)
    c.ask("EPRT |1|127.0.0.1|51400|", 500)
    c.ask("EPRT |2|::2|51400|", 500)
    c.ask("EPRT |2|::1|1023|", 500)
    c.ask("EPRT |2|fe80::1|51400|", 500)
    c.ask("EPSV ALL", 200)
    c.ask("EPRT |2|::1|51400|", 501)
    check("::1" in c.ask("STAT", 211)[1], "STAT")
    # Python's own client, both ways.
    f = ftplib.FTP()
    f.connect("::1", int(port), PATIENCE)
    f.login()
    for passive in (True, False):
        f.set_pasv(passive)
        out = io.BytesIO()
        f.storbinary("STOR six", io.BytesIO(b"six"))
        f.retrbinary("RETR six", out.write)
        check(out.getvalue() == b"six", passive)
    f.delete("six")
    f.quit()


if __name__ == "__main__":
    sys.exit(run(globals()))
