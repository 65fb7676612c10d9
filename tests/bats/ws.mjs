// ws.mjs: the same by npm's ws, which knows nothing of ours. PORT: http's; it ends with a fault's stack.
import { createRequire } from "node:module";
import { once } from "node:events";
import { strict as assert } from "node:assert";

const require = createRequire(process.env.NPM + "/x.js");
const WebSocket = require("ws");
const base = "ws://127.0.0.1:" + process.env.PORT;

async function open(path, ...options) {
    const ws = new WebSocket(base + path, ...options);
    ws.got = [];
    ws.waits = [];
    ws.on("message", (data, binary) => {
        const one = { data, binary, text: data.toString() };
        const wait = ws.waits.shift();
        wait ? wait(one) : ws.got.push(one);
    });
    await once(ws, "open");
    return ws;
}

function next(ws) {
    return ws.got.length > 0 ? Promise.resolve(ws.got.shift()) : new Promise((r) => ws.waits.push(r));
}

async function closes(ws) {
    const [code, reason] = await once(ws, "close");
    return [code, reason.toString()];
}

async function echo() {
    const ws = await open("/echo");
    assert.equal(ws.protocol, "");
    assert.equal(ws.extensions, ""); // permessage-deflate was offered
    for (const n of [0, 1, 125, 126, 65535, 65536, 300000]) {
        ws.send("é".repeat(n));
        const text = await next(ws);
        assert.ok(!text.binary && text.text === "é".repeat(n), "text of " + n);
        ws.send(Buffer.alloc(n, 7));
        const bytes = await next(ws);
        assert.ok(bytes.binary && bytes.data.equals(Buffer.alloc(n, 7)), "bytes of " + n);
    }
    ws.send("frag", { fin: false });
    ws.send("ments", { fin: true });
    assert.equal((await next(ws)).text, "fragments");
    ws.ping("are you there");
    assert.equal((await once(ws, "pong"))[0].toString(), "are you there");
    ws.close(3001, "why");
    assert.deepEqual(await closes(ws), [3001, ""]);
}

async function codes() {
    const none = await open("/echo");
    none.close();
    assert.deepEqual(await closes(none), [1005, ""]);
    const bad = await open("/echo", { skipUTF8Validation: true });
    bad.send(Buffer.from([0xff]), { binary: false });
    assert.equal((await closes(bad))[0], 1007);
}

async function refused() {
    const ws = new WebSocket(base + "/chat/ws", { origin: "https://evil.example" });
    const [request, response] = await once(ws, "unexpected-response");
    assert.equal(response.statusCode, 403);
    request.destroy();
}

async function register(ws, nick) {
    ws.send("NICK " + nick);
    ws.send("USER u 0 * :u");
    while (!/ 376 /.test((await next(ws)).text));
    ws.send("JOIN #node");
    while (!/ 366 /.test((await next(ws)).text));
}

async function irc() {
    const a = await open("/chat/ws", ["xmpp", "text.ircv3.net", "binary.ircv3.net"]);
    const b = await open("/chat/ws", ["binary.ircv3.net", "text.ircv3.net"]);
    assert.deepEqual([a.protocol, b.protocol], ["text.ircv3.net", "binary.ircv3.net"]);
    await register(a, "nodea");
    await register(b, "nodeb");
    assert.match((await next(a)).text, /^:nodeb!\S+ JOIN #node$/);
    a.send("PRIVMSG #node :小明 says hello");
    const one = await next(b);
    assert.ok(one.binary);
    assert.match(one.text, /^:nodea!\S+ PRIVMSG #node :小明 says hello$/);
    b.send("PRIVMSG nodea :and you");
    const two = await next(a);
    assert.ok(!two.binary);
    assert.match(two.text, /^:nodeb!\S+ PRIVMSG nodea :and you$/);
    a.terminate();
    assert.match((await next(b)).text, /^:nodea!\S+ QUIT :/);
    b.send("QUIT :done");
    assert.match((await next(b)).text, /^ERROR :/);
    assert.deepEqual(await closes(b), [1000, "Quit: done"]);
}

await Promise.all([echo(), codes(), refused(), irc()]);
console.log("all of it");
process.exit(0);
