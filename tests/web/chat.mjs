// chat.mjs: what people do with the page at /chat/, in a browser. With PORT, IRC, STATE, CONF and AGENTCTL of an agentd
// that has accounts anna and otto (secret): node tests/web/chat.mjs [NAME...]. Prints as web.mjs does.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer, request } from 'node:http';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { base, launch, page as newPage, play, until } from './browser.mjs';
import { irc } from './irc.mjs';

const AT_ONCE = 3;
const { AGENTCTL, CONF, STATE } = process.env;
const PICTURE = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const browser = await launch();

// --- people ---

// Somebody comes in at the page; options.go: what is done before its script runs.
async function come(scene, nick, { room, go, password, url = '/chat/', ...options } = {}) {
  const p = await newPage(browser, { locale: 'en-GB', ...options });
  scene.pages.push(p);
  p.setDefaultTimeout(30000);
  await go?.(p);
  await p.goto(url + (room ? '#' + room : ''));
  await p.fill('.gate [name=nick]', nick);
  if (password) await p.fill('.gate [name=password]', password);
  if (password) await p.check('.gate [name=stay]');
  await p.click('.gate .main');
  await inRoom(p, room ?? 'lobby');
  return p;
}
const inRoom = (p, room) => p.waitForFunction((name) => document.querySelector('h1')?.textContent === '#' + name && !document.querySelector('.log[aria-busy=true]'), room);
const lines = (p) => p.$$eval('.log .said .text', (all) => all.map((e) => e.textContent));
const shows = (p, text) => until(async () => (await lines(p)).includes(text), async () => `${text} in ${JSON.stringify((await lines(p)).slice(-8))}`);
const row = (p, text) => p.locator('.said', { has: p.locator(`.text:text-is(${JSON.stringify(text.replace(/\s+/g, ' '))})`) }).last();
const state = (p) => p.textContent('.side footer small');
async function say(p, ...texts) {
  for (const text of texts) {
    await p.fill('.compose textarea', text);
    await p.press('.compose textarea', 'Enter');
  }
}
async function does(p, text, what) {
  await row(p, text).hover();
  await p.click('.acts .' + what);
}
const side = (p, name) => p.locator('.side li', { has: p.locator(`.name:text-is(${JSON.stringify(name)})`) });

const scenarios = {
  async talk(s) {
    const [p, q] = [await come(s, 'ann', { room: 'talk' }), await come(s, 'ben', { room: 'talk' })];
    await p.waitForSelector('.people bdi:text-is("ben")');
    await say(p, 'one', '/me waves', 'two\nthree');
    for (const x of [p, q]) for (const text of ['one', 'ann waves', 'two\nthree']) await shows(x, text);
    await until(async () => !(await p.$('.sending, .failed')), 'echoes took the place of what was sent');
    assert.equal(await row(q, 'two\nthree').locator('.nick').textContent(), 'ann');
    await q.type('.compose textarea', 'typ');
    await p.waitForSelector('.typing:text-is("ben is typing…")');
    await q.fill('.compose textarea', '');
    await p.waitForSelector('.typing:text-is("")', { state: 'attached' });
    await say(q, '\x02bold\x02 \x0304,01red\x03 \x11code\x11', 'see https://example.org/a_(b), #other and javascript:alert(1)');
    await p.waitForSelector('.text .bold:text-is("bold")');
    await p.waitForSelector('.text code:text-is("code")');
    await shows(p, 'see https://example.org/a_(b), #other and javascript:alert(1)');
    assert.deepEqual(await p.$$eval('.said:last-child .text a', (all) => all.map((a) => [a.getAttribute('href'), a.rel])),
      [['https://example.org/a_(b)', 'noopener noreferrer'], ['#%23other', '']]);
    await say(q, '/topic Mine');
    await q.waitForSelector('.k-error');
    await say(p, '/topic About \x02it\x02');
    await q.waitForSelector('.topic:text-is("About it")');
    const guest = await irc('gast', 'JOIN #talk', 'PART #talk', 'JOIN #talk', 'PRIVMSG #talk :ann: ping', 'QUIT');
    await shows(p, 'ann: ping');
    assert.ok(await row(p, 'ann: ping').evaluate((e) => e.classList.contains('me')));
    await p.waitForSelector('.k-fold:text-is("gast left")');
    guest.end();
  },

  async marks(s) {
    const [p, q] = [await come(s, 'cara', { room: 'marks' }), await come(s, 'dan', { room: 'marks' })];
    await say(p, 'look here', 'teh end');
    await shows(q, 'teh end');
    await does(q, 'look here', 'react');
    await q.click('.emoji >> nth=0');
    await p.waitForSelector('.react:not(.icon):has-text("👍")');
    await p.click('.react:not(.icon)');
    await q.waitForSelector('.react:not(.icon)[aria-pressed=true]:has-text("2")');
    await q.click('.react:not(.icon)');
    await p.waitForSelector('.react:not(.icon)[aria-label^="👍 1: cara"]');
    await does(q, 'look here', 'reply');
    await say(q, 'I do');
    await p.waitForSelector('.quote:has-text("cara look here")');
    await p.click('.quote');
    await p.waitForSelector('.found');
    await p.press('.compose textarea', 'Control+ArrowUp');
    assert.equal(await p.inputValue('.compose textarea'), 'teh end');
    await say(p, 'the end');
    await shows(q, 'the end');
    await until(async () => !(await lines(q)).includes('teh end'), 'the old text is gone');
    await does(p, 'the end', 'remove');
    await p.click('dialog .danger');
    await until(async () => !(await lines(q)).includes('the end'), 'deleted');
    assert.equal(await row(q, 'I do').locator('.acts').count(), 0);
    // All of it is there after a reload, too.
    await q.reload();
    await q.waitForSelector('.react:not(.icon)[aria-label^="👍 1: cara"]');
    await q.waitForSelector('.quote:has-text("cara look here")');
    assert.ok(!(await lines(q)).some((l) => l === 'the end' || l === 'teh end'));
  },

  async history(s) {
    const many = 700, old = await irc('chronist', 'JOIN #old');
    old.send(...Array.from({ length: many }, (_, i) => `PRIVMSG #old :line ${i}${i === 77 ? ' needle' : ''}`), 'PING done');
    await old.sees(/PONG \S+ :?done/);
    const p = await come(s, 'eve', { room: 'old' });
    await shows(p, `line ${many - 1}`);
    const first = async () => (await lines(p))[0];
    let most = 0;
    await until(async () => {
      await p.$eval('.scroll', (e) => { e.scrollTop = 0; });
      most = Math.max(most, (await lines(p)).length);
      return (await first()) === 'line 0';
    }, async () => `the beginning; now ${await first()}`);
    assert.ok(most > 100 && most <= 450, `at most ${most} lines at once`);
    await p.waitForSelector('.start:has-text("#old begins here")');
    assert.ok(!(await lines(p)).includes(`line ${many - 1}`), 'the far end is dropped');
    // What comes before does not move what one reads.
    await p.click('.down');
    await shows(p, `line ${many - 1}`);
    await p.$eval('.scroll', (e) => { e.scrollTop = 500; });
    const at = await row(p, `line ${many - 60}`).evaluate((e) => e.getBoundingClientRect().top);
    await until(async () => (await lines(p)).length > 150, 'older ones');
    assert.ok(Math.abs(await row(p, `line ${many - 60}`).evaluate((e) => e.getBoundingClientRect().top) - at) < 2, 'it stays in its place');
    // Found, and read on from there down to the end, without a gap.
    await p.keyboard.press('Control+f');
    await p.fill('.searcher input[type=search]', 'needle');
    await p.waitForSelector('.searcher li mark:text-is("needle")');
    await p.keyboard.press('Enter');
    await p.waitForSelector('.found .text:text-is("line 77 needle")');
    await until(async () => {
      await p.$eval('.scroll', (e) => { e.scrollTop = e.scrollHeight; });
      const all = (await lines(p)).map((l) => Number(/\d+/.exec(l)[0]));
      assert.ok(all.every((n, i) => i === 0 || n === all[i - 1] + 1), `a gap: ${all}`);
      return all.at(-1) === many - 1;
    }, 'down to the end');
    old.send(`PRIVMSG #old :line ${many}`);
    await shows(p, `line ${many}`);
    old.end();
  },

  async private(s) {
    const [p, q] = [await come(s, 'fay', { room: 'quiet' }), await come(s, 'gus', { room: 'quiet' })];
    await say(p, '/msg gus psst');
    await side(q, 'fay').locator('.count.me:text-is("1")').waitFor();
    await until(async () => (await q.title()).startsWith('(1) '), 'the title');
    assert.match(await q.getAttribute('link[rel=icon]', 'href'), /icon_new/);
    await side(q, 'fay').locator('.go').click();
    await shows(q, 'psst');
    await until(async () => !(await q.title()).startsWith('('), 'it is read');
    await say(q, 'what?');
    await shows(p, 'what?');
    // Mentions elsewhere are counted; a line tells where the new ones begin.
    await p.keyboard.press('Alt+ArrowUp');
    await inRoom(p, 'quiet');
    await say(p, 'just so', 'gus: here');
    await side(q, 'quiet').locator('.count.me:text-is("1")').waitFor();
    await q.keyboard.press('Alt+a');
    await inRoom(q, 'quiet');
    await q.waitForSelector('.fresh + .said .text:text-is("just so"), .fresh + .day + .said .text:text-is("just so")');
    // Drafts stay with their rooms.
    await q.fill('.compose textarea', 'a draft');
    await q.keyboard.press('Alt+ArrowDown');
    assert.equal(await q.inputValue('.compose textarea'), '');
    await q.keyboard.press('Alt+ArrowUp');
    assert.equal(await q.inputValue('.compose textarea'), 'a draft');
    await q.reload();
    await inRoom(q, 'quiet');
    assert.equal(await q.inputValue('.compose textarea'), 'a draft');
    await say(q, '/whois fay', '/nosuch');
    await q.waitForSelector('.k-note:has-text("fay")');
    await q.waitForSelector('.toasts .no:has-text("There is no command /nosuch")');
  },

  async names(s) {
    const taken = await irc('taken');
    const p = await newPage(browser, { locale: 'en-GB' });
    s.pages.push(p);
    await p.goto('/chat/');
    for (const [nick, password, fault] of [['taken', '', 'taken or reserved'], ['anna', '', 'taken or reserved'], ['anna', 'wrong', 'Wrong name or password']]) {
      await p.fill('.gate [name=nick]', nick);
      await p.fill('.gate [name=password]', password);
      await p.click('.gate .main');
      await p.waitForSelector(`.gate .fault:has-text("${fault}")`);
    }
    await p.fill('.gate [name=password]', 'secret');
    await p.check('.gate [name=stay]');
    await p.click('.gate .main');
    await inRoom(p, 'lobby');
    await p.waitForSelector('.side footer small:text-is("logged in as anna")');
    // The site keeps the login, and the socket has it.
    await until(async () => (await p.context().cookies()).length > 0, 'a cookie');
    await p.reload();
    await p.waitForSelector('.side footer small:text-is("logged in as anna")');
    await p.click('.set');
    await p.selectOption('dialog [name=theme]', 'dark');
    await p.click('dialog .main');
    assert.ok(await p.$eval('.app', (e) => /rgb\((\d+), /.exec(getComputedStyle(e).backgroundColor)[1] < 60), 'dark');
    await p.click('.set');
    await p.click('dialog .danger');
    await p.waitForSelector('.gate');
    await until(async () => (await p.context().cookies()).length === 0, 'logged out');
    taken.end();
  },

  async files(s) {
    const p = await come(s, 'otto', { room: 'shelf', password: 'secret' }), from = `${STATE}/plot 1.png`;
    await say(p, '/msg rooms register #shelf');
    await p.waitForSelector('.row:has-text("#shelf is")');
    await p.keyboard.press('Alt+ArrowUp');
    const q = await come(s, 'ida', { room: 'shelf' });
    await inRoom(p, 'shelf');
    writeFileSync(from, PICTURE);
    const cdp = await p.context().newCDPSession(p), data = { items: [], files: [from], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver']) await cdp.send('Input.dispatchDragEvent', { type, x: 500, y: 300, data });
    await p.waitForSelector('.app[data-over="Drop to send to #shelf"]');
    await cdp.send('Input.dispatchDragEvent', { type: 'drop', x: 500, y: 300, data });
    // The server tells the room, once; the picture is of our own host, in a box that was there before it.
    for (const x of [p, q]) await x.waitForSelector('.said:has-text("plot") .text a[href$="/files/rooms/shelf/plot%201.png"]');
    await p.waitForFunction(() => document.querySelector('.pictures img')?.naturalWidth > 0);
    assert.equal((await p.locator('.pictures a').boundingBox()).height, 208);
    assert.equal((await lines(q)).filter((l) => l.includes('plot')).length, 1);
    assert.ok(readFileSync(`${STATE}/files/rooms/shelf/plot 1.png`).equals(PICTURE));
    await p.evaluate(() => {
      const all = new DataTransfer();
      all.items.add(new File(['pasted'], 'é & ü.txt', { type: 'text/plain' }));
      document.querySelector('.compose textarea').dispatchEvent(new ClipboardEvent('paste', { clipboardData: all, bubbles: true, cancelable: true }));
    });
    await q.waitForSelector('.said:has-text("é & ü.txt")');
    assert.equal(readFileSync(`${STATE}/files/rooms/shelf/é & ü.txt`, 'utf8'), 'pasted');
    // A large one shows how far it is, and is given up.
    const slow = async (n) => (await cdp.send('Network.enable'), cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: n }));
    await slow(1 << 20);
    await p.setInputFiles('#pick', [{ name: 'never', mimeType: 'x/y', buffer: Buffer.alloc(6 << 20) }]);
    await p.waitForFunction(() => document.querySelector('.uploads progress')?.value > 0.05);
    await p.click('.uploads .close');
    await p.waitForSelector('.uploads li', { state: 'detached' });
    await slow(-1);
    assert.ok(!existsSync(`${STATE}/files/rooms/shelf/never`));
    for (const [status, words] of [[413, 'larger than the server takes'], [507, 'no room left'], [403, 'You may not send files here. (for members)']]) {
      await p.route('**/-/drop/**', (r) => r.fulfill({ status, contentType: 'text/plain; charset=utf-8', body: 'for members\n' }));
      await p.setInputFiles('#pick', [{ name: `f${status}`, mimeType: 'x/y', buffer: Buffer.from('x') }]);
      await p.waitForSelector(`.uploads .failed:has-text("f${status}") small:has-text("${words}")`);
    }
    // Where a person may be sent one, the link is said by us; a picture from elsewhere is a link.
    await p.route('**/-/drop/**', (r) => r.fulfill({ status: 201, headers: { Location: '/files/there' } }));
    await say(p, '/msg ida look');
    await p.setInputFiles('#pick', [{ name: 'there', mimeType: 'x/y', buffer: Buffer.from('x') }]);
    await shows(p, `${base}/files/there`);
    await side(q, 'otto').locator('.go').click();
    await shows(q, `${base}/files/there`);
    await say(p, 'https://example.org/other.png');
    await shows(q, 'https://example.org/other.png');
    assert.equal(await row(q, 'https://example.org/other.png').locator('img').count(), 0);
  },

  async phone(s) {
    const p = await come(s, 'jim', { room: 'small', viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme: 'dark' });
    const q = await come(s, 'kim', { room: 'small' });
    await say(q, 'x'.repeat(300), 'a b');
    await shows(p, 'a b');
    assert.ok(await p.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth), 'nothing is too wide');
    assert.ok(await p.$eval('.app', (e) => /rgb\((\d+), /.exec(getComputedStyle(e).backgroundColor)[1] < 60), 'dark');
    assert.ok(!(await p.isVisible('.side')) && !(await p.isVisible('.people')));
    await p.tap('header .menu');
    await p.waitForSelector('.side', { state: 'visible' });
    assert.ok((await p.locator('.side .go').first().boundingBox()).height >= 38, 'large enough for a finger');
    await p.tap('.shade', { position: { x: 350, y: 400 } });
    await p.waitForSelector('.side', { state: 'hidden' });
    await p.tap('header .who');
    await p.waitForSelector('.people bdi:text-is("kim")', { state: 'visible' });
    await p.tap('.people button[value=kim]');
    await p.tap('dialog .main');
    await p.waitForSelector('h1:text-is("kim")');
    await p.tap('header .menu');
    await side(p, 'small').locator('.go').tap();
    await row(p, 'a b').tap();
    await p.tap('.acts .react');
    await p.tap('.emoji >> nth=3');
    await q.waitForSelector('.react:not(.icon):has-text("🎉")');
    await p.fill('.compose textarea', 'from a phone');
    await p.tap('.compose .send');
    await shows(q, 'from a phone');
  },

  // Not once the mouse.
  async keys(s) {
    const q = await come(s, 'lea', { room: 'keyed' }), p = await newPage(browser, { locale: 'en-GB' });
    s.pages.push(p);
    const type = (...keys) => keys.reduce((done, k) => done.then(() => p.keyboard.press(k)), Promise.resolve());
    await p.goto('/chat/');
    await p.keyboard.type('max');
    await type('Enter');
    await inRoom(p, 'lobby');
    await type('Control+k');
    await p.keyboard.type('keyed');
    await type('Enter');
    await inRoom(p, 'keyed');
    await p.waitForSelector('.people bdi:text-is("lea")');
    await p.keyboard.type('le');
    await type('Tab');
    assert.equal(await p.inputValue('.compose textarea'), 'lea: ');
    await p.keyboard.type('one');
    await type('Shift+Enter');
    await p.keyboard.type('two');
    await type('Enter');
    await shows(q, 'lea: one\ntwo');
    await type('ArrowUp');
    assert.equal(await p.inputValue('.compose textarea'), 'lea: one\ntwo');
    await type('ArrowDown');
    assert.equal(await p.inputValue('.compose textarea'), '');
    // Out of the field, to the lines, to one of them; an answer by its key.
    await shows(p, 'lea: one\ntwo');
    await p.focus('.scroll');
    await type('ArrowUp', 'r');
    await p.waitForSelector('.about:has-text("Reply to max:")');
    await type('Escape');
    assert.ok(await p.$eval('.about', (e) => e.hidden));
    await p.focus('.scroll');
    await type('ArrowUp', '+', 'ArrowRight', 'Enter');
    await q.waitForSelector('.react:not(.icon):has-text("❤️")');
    assert.equal(await p.evaluate(() => document.activeElement.tagName), 'TEXTAREA');
    await p.keyboard.type('/help');
    await type('Enter');
    await p.waitForSelector('dialog code');
    await type('Escape');
    await p.waitForSelector('dialog', { state: 'detached' });
    // Each thing that can be pressed has a name.
    assert.deepEqual(await p.$$eval('button, input:not([hidden]), textarea', (all) => all.filter((e) => e.checkVisibility() && !(e.ariaLabel || e.textContent || e.labels?.length)).map((e) => e.outerHTML)), []);
    assert.equal(await p.getAttribute('.log', 'aria-live'), 'polite');
  },

  async markup(s) {
    const bad = await irc('b-d', 'CAP REQ message-tags', 'CAP END', 'JOIN #markup'), p = await come(s, 'nina', { room: 'markup' });
    const evil = '<img src=x onerror=alert(1)>';
    p.on('dialog', (d) => p.faults.push('dialog: ' + d.message()));
    bad.send(`TOPIC #markup :${evil}`, `PRIVMSG #markup :${evil}<script>alert(1)</script>`, 'PRIVMSG #markup :https://x/"onclick="alert(1) javascript:alert(1) data:text/html,x vbscript:x',
      'PRIVMSG #markup :\x0399,99\x04zzzzzz\x02\x02\x02 https://user:pass@h:99999/ http://[ \u202ertl', `PRIVMSG #markup :\x01ACTION ${evil}\x01`, `@+draft/react=${'x'.repeat(99)};+draft/reply=zzz TAGMSG #markup`,
      '@+draft/reply=<b> PRIVMSG #markup :re', `PRIVMSG nina :${evil}`, `AWAY :${evil}`, 'JOIN #<b>x</b>', 'INVITE nina #<b>x</b>', 'PRIVMSG #markup :the end');
    await shows(p, 'the end');
    await shows(p, `${evil}<script>alert(1)</script>`);
    await p.waitForSelector('.topic:has-text("<img src=x")');
    await side(p, 'b-d').locator('.go').click();
    await shows(p, evil);
    await say(p, '/whois b-d');
    await p.waitForSelector('.k-note:has-text("<img src=x")');
    assert.ok(await p.$$eval('a[href]', (all) => all.every((a) => /^(https?|ircs?|ftps?):$/.test(a.protocol))));
    assert.equal(await p.$('.log img, .log script, .log b b, .topic img'), null);
    // What the page may not do, even if it were made to.
    const blocked = await p.evaluate(() => new Promise((resolve) => {
      document.addEventListener('securitypolicyviolation', (e) => resolve(e.effectiveDirective));
      document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="document.title = 1">');
    }));
    assert.match(blocked, /^script-src/);
    p.faults = p.faults.filter((f) => !/Content Security Policy/.test(f)); // that it was refused
    bad.end();
  },

  async chinese(s) {
    const p = await come(s, '小明', { room: '聊天', locale: 'zh-CN' }), q = await come(s, 'olaf', { room: '聊天' });
    assert.equal(await p.getAttribute('html', 'lang'), 'zh-CN');
    assert.equal(await p.getAttribute('.compose textarea', 'placeholder'), '发消息到 #聊天');
    await say(p, '你好，世界');
    await shows(q, '你好，世界');
    await say(q, '小明你好');
    await shows(p, '小明你好');
    assert.ok(await row(p, '小明你好').evaluate((e) => e.classList.contains('me')), 'a mention');
    await q.type('.compose textarea', 'x');
    await p.waitForSelector('.typing:text-is("olaf 正在输入…")');
    await does(p, '小明你好', 'reply');
    await p.waitForSelector('.about:has-text("回复 olaf：")');
    // Enter that ends a composition sends nothing.
    await p.fill('.compose textarea', 'ni');
    await p.$eval('.compose textarea', (e) => e.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true })));
    assert.equal(await p.inputValue('.compose textarea'), 'ni');
    assert.deepEqual(await p.evaluate(() => [...document.querySelectorAll('.app button, .app h2')].map((e) => e.title + e.textContent).filter((w) => /\b(Rooms|Talks|Join|Send|Search|Settings|Server)\b/.test(w))), []);
  },

  // Below a path of somebody's, behind a proxy that knows nothing of us.
  async below(s) {
    const proxy = createServer((q, r) => {
      if (!q.url.startsWith('/below/')) return void r.writeHead(404).end();
      q.pipe(request(base + q.url.slice(6), { method: q.method, headers: q.headers }, (a) => {
        r.writeHead(a.statusCode, a.headers);
        a.pipe(r);
      }));
    });
    proxy.on('upgrade', (q, socket, head) => {
      const up = request(base + q.url.slice(6), { headers: q.headers }).end();
      up.on('upgrade', (a, there) => {
        socket.write(`HTTP/1.1 101 Switching Protocols\r\n${Object.entries(a.headers).map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n`);
        there.write(head);
        there.pipe(socket).pipe(there);
        for (const x of [socket, there]) x.on('error', () => {});
      });
    });
    await new Promise((ok) => proxy.listen(0, '127.0.0.1', ok));
    const outside = `http://127.0.0.1:${proxy.address().port}`;
    const p = await come(s, 'pia', { url: `${outside}/below/chat/` });
    await say(p, 'from below');
    await shows(p, 'from below');
    p.faults = p.faults.filter((f) => !f.startsWith(`elsewhere: ${outside}/below/`));
    await p.goto('about:blank');
    proxy.closeAllConnections();
    proxy.close();
  },

  async plain(s) {
    const p = await newPage(browser, { javaScriptEnabled: false });
    s.pages.push(p);
    await p.goto('/chat/');
    assert.match(await p.textContent('main'), /needs JavaScript.*any IRC client/);
    assert.match(await p.getAttribute('main a', 'href'), /^irc:\/\//);
    await p.click('header a');
    await p.click('.doors a:has-text("Chat")');
    assert.ok(p.url().endsWith('/chat/'));
  },

  // A line whose echo was lost is not sent twice; one that never went, is sent.
  async echo(s) {
    let sockets = 0, cut = false;
    const p = await come(s, 'quin', { room: 'echo', go: (x) => x.routeWebSocket(/\/chat\/ws$/, (ws) => {
      const server = ws.connectToServer(), first = sockets++ === 0;
      server.onMessage((m) => (first && / PRIVMSG /.test(m) ? (cut = true, ws.close({ code: 1001 })) : ws.send(m)));
      ws.onMessage((m) => (cut && first ? null : server.send(m)));
    }) });
    const q = await come(s, 'rex', { room: 'echo' });
    await say(p, 'only once');
    await until(() => cut, 'the break');
    await say(p, 'while away', 'only once');
    for (const x of [p, q]) await until(async () => (await lines(x)).join() === 'only once,while away,only once', async () => `in order: ${await lines(x)}`);
    assert.ok(sockets >= 2);
    await until(async () => !(await p.$('.sending, .failed')), 'all have arrived');
  },
};

// Alone, since it concerns all: the daemon is restarted while people talk.
const last = {
  async restart(s) {
    const people = await Promise.all(['sam', 'tom', 'uma'].map((n) => come(s, n, { room: 'again' })));
    const [p, q, r] = people, sent = [];
    let on = true;
    const talk = async (x, name) => {
      for (let i = 0; on || i < 5; i++) {
        sent.push(`${name} ${i}`);
        await say(x, `${name} ${i}`);
        await x.waitForTimeout(30);
      }
    };
    const all = Promise.all([talk(p, 'p'), talk(q, 'q')]);
    await shows(r, 'q 3');
    await promisify(execFile)(AGENTCTL, ['-c', CONF, 'restart']);
    for (const x of people) await until(async () => (await state(x)) === 'guest', 'back');
    on = false;
    await all;
    await say(r, 'the end');
    for (const x of people) await until(async () => (await lines(x)).length === sent.length + 1 && !(await x.$('.sending, .failed')), async () => `all ${sent.length + 1}: ${await lines(x)}`);
    for (const x of people) assert.deepEqual((await lines(x)).sort(), [...sent, 'the end'].sort(), 'none lost, none twice');
    const order = await lines(r);
    for (const x of [p, q]) assert.deepEqual(await lines(x), order, 'all see the same');
  },
};

const names = process.argv.slice(2), chosen = (of) => Object.keys(of).filter((n) => names.length === 0 || names.includes(n));
await play(scenarios, chosen(scenarios), { script: 'chat.mjs', atOnce: AT_ONCE });
await play(last, chosen(last), { script: 'chat.mjs', atOnce: 1 });
await browser.close();
