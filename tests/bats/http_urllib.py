"""http_urllib.py URL: what Python programs do with the store at URL, for http_clients.bats."""
import json
import os
import ssl
import sys
import urllib.error
import urllib.request

URL, FILES = sys.argv[1], os.environ["FILES"]
TLS = ssl.create_default_context(cafile=os.environ["STATE"] + "/tls.crt")
SECONDS = 20


def opener(*handlers):
    return urllib.request.build_opener(urllib.request.HTTPSHandler(context=TLS),
                                       urllib.request.ProxyHandler({}), *handlers)


def same(got, wanted):
    assert got == wanted, "got %r, wanted %r" % (got, wanted)


def status(call):
    try:
        return call().status
    except urllib.error.HTTPError as e:
        return e.code


web = opener()
with open(FILES + "/three.bin", "rb") as f:
    three = f.read()
with web.open(URL + "/three.bin", timeout=SECONDS) as r:
    same(r.read(), three)
    tag = r.headers["ETag"]
with web.open(urllib.request.Request(URL + "/three.bin", headers={"Range": "bytes=10-19"}),
              timeout=SECONDS) as r:
    same((r.status, r.read()), (206, three[10:20]))
same(status(lambda: web.open(urllib.request.Request(URL + "/three.bin", headers={"If-None-Match": tag}),
                             timeout=SECONDS)), 304)
with web.open(URL + "/tree", timeout=SECONDS) as r:  # is led to the slash
    same(r.url, URL + "/tree/")
with web.open(URL + "/tree/?json", timeout=SECONDS) as r:
    same(sorted(e["name"] for e in json.load(r)["entries"]), ["1.txt", "2.txt", "a"])
same(status(lambda: web.open(URL + "/none", timeout=SECONDS)), 404)

put = urllib.request.Request(URL + "/by-urllib", data=b"some bytes", method="PUT")
same(status(lambda: web.open(put, timeout=SECONDS)), 401)
passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
passwords.add_password(None, URL, "anna", "anna-password")
known = opener(urllib.request.HTTPBasicAuthHandler(passwords))
put = urllib.request.Request(URL + "/by-urllib", data=b"some bytes", method="PUT")
same(known.open(put, timeout=SECONDS).status, 201)
with open(FILES + "/by-urllib", "rb") as f:
    same(f.read(), b"some bytes")
gone = urllib.request.Request(URL + "/by-urllib", method="DELETE")
same(known.open(gone, timeout=SECONDS).status, 204)
