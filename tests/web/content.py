#!/usr/bin/env python3
"""content.py FOLDER: files of every kind that a folder's page knows, made here, the same each time."""
import math
import os
import struct
import sys
import time
import wave
import zlib


def png(width, height, pixel):
    """A picture of pixel(x, y) -> (r, g, b), with x and y from 0 to 1."""
    rows = b"".join(b"\0" + b"".join(bytes(max(0, min(255, int(v))) for v in pixel(x / width, y / height))
                                     for x in range(width)) for y in range(height))
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def landscape(hue, sun_x):
    """Hills before a sky, of so many colours."""
    def pixel(x, y):
        hills = [(0.55 + 0.10 * math.sin(5 * x + hue), 0.75), (0.70 + 0.08 * math.sin(8 * x + 2 * hue), 0.5),
                 (0.85 + 0.05 * math.sin(11 * x + 3 * hue), 0.28)]
        sky = [200 + 50 * math.cos(hue + y * 2), 170 + 60 * math.cos(hue + 2 + y * 2),
               190 + 60 * math.cos(hue + 4 + y)]
        if ((x - sun_x) * 4 / 3) ** 2 + (y - 0.3) ** 2 < 0.006:
            return (255, 244, 214)
        for top, light in reversed(hills):
            if y > top:
                return [v * light * (1.15 - y * 0.4) for v in sky]
        return sky
    return png(480, 360, pixel)


def pdf(text):
    stream = f"BT /F1 28 Tf 60 720 Td ({text}) Tj ET".encode()
    parts = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
             b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
             b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
             b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    out, at = b"%PDF-1.4\n", []
    for i, part in enumerate(parts, 1):
        at.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (i, part)
    table = b"".join(b"%010d 00000 n \n" % a for a in at)
    return out + b"xref\n0 6\n0000000000 65535 f \n" + table + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(out)


def tone(path):
    with wave.open(path, "wb") as w:
        w.setparams((1, 2, 8000, 0, "NONE", ""))
        w.writeframes(b"".join(struct.pack("<h", int(9000 * math.sin(i / 5))) for i in range(8000)))


README = """# The lab's shelf

Pictures of the **field trip**, the handout and what the loggers said. Put yours here, too:

- pictures into [field trip](./field%20trip/), one folder a day
- measurements as CSV, one file a sensor

> The lab closes at six.
"""


def fill(folder):
    now = time.time()
    for name in ("field trip", "firmware", "measurements"):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
    files = {
        "README.md": README.encode(),
        "handout.pdf": pdf("Field trip: what to bring"),
        "notes.txt": b"Bring rubber boots.\nThe bus leaves at 8:15.\n" * 20,
        "sensor7.csv": b"time,celsius\n" + b"".join(b"%d,%.1f\n" % (i, -18 + math.sin(i / 9)) for i in range(900)),
        "logger.py": b"import socket\n\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n" * 9,
        "firmware-2.1.tar.gz": bytes(734003),
        "image 2.png": landscape(0.4, 0.3),
        "image 9.png": landscape(2.2, 0.7),
        "image 10.png": landscape(4.1, 0.5),
        "小明.png": landscape(5.3, 0.2),
        "field trip/first.png": landscape(1.1, 0.6),
        "measurements/a.csv": b"1,2\n",
    }
    for name, content in files.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(content)
    tone(os.path.join(folder, "recording.wav"))
    order = sorted(os.listdir(folder))
    for i, name in enumerate(order):
        t = now - 60 * 7 ** (i % 7) - 977 * i
        os.utime(os.path.join(folder, name), (t, t))


if __name__ == "__main__":
    fill(sys.argv[1])
