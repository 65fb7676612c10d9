// web.mjs: what people do with the pages of folders and files, in a browser. With PORT, FTP, FILES and STATE of an
// agentd whose store content.py has filled and which lets guests write: node tests/web/web.mjs [NAME...]. A line for
// each scenario says how it went: "ok NAME" or "not ok NAME: why".
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync, readdirSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { base, launch, page as newPage, play, until } from './browser.mjs';

const AT_ONCE = 3;
const { FILES, FTP, STATE } = process.env;
const curl = (...args) => promisify(execFile)('curl', ['-sS', '--fail', '--max-time', '20', ...args]);
const names = (p) => p.$$eval('tbody tr:not(.up) bdi', (all) => all.filter((e) => e.checkVisibility()).map((e) => e.textContent));
const row = (p, name) => p.locator('tbody tr', { has: p.locator(`bdi:text-is(${JSON.stringify(name)})`) });
const pick = (p, name) => row(p, name).locator('.pick input').check();
const press = (p, text) => p.click(`dialog button:text-is("${text}")`);
const browser = await launch();

// A folder of the scenario's own.
function folder(name, files = {}) {
  mkdirSync(`${FILES}/${name}`, { recursive: true });
  for (const f in files) writeFileSync(`${FILES}/${name}/${f}`, files[f]);
  return `/files/${encodeURIComponent(name)}/`;
}

async function open(scene, url, options) {
  const p = await newPage(browser, options);
  scene.pages.push(p);
  p.setDefaultTimeout(15000);
  await p.goto(url);
  if (options?.javaScriptEnabled !== false) await p.waitForSelector('html.js', { state: 'attached' });
  return p;
}

// Drops paths of this machine onto the page, as a file manager does.
async function drop(p, ...files) {
  const cdp = await p.context().newCDPSession(p), data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver']) await cdp.send('Input.dispatchDragEvent', { type, x: 200, y: 200, data });
  await p.waitForSelector('body.over');
  await cdp.send('Input.dispatchDragEvent', { type: 'drop', x: 200, y: 200, data });
}

const done = (p, n) => p.waitForFunction((many) => document.querySelectorAll('.queue li.done').length === many, n);

const scenarios = {
  async wide(s) {
    const p = await open(s, '/files/');
    const all = await names(p), files = all.filter((n) => !n.endsWith('/'));
    assert.deepEqual(files.filter((n) => n.startsWith('image')), ['image 2.png', 'image 9.png', 'image 10.png']);
    assert.ok(all.indexOf('measurements/') < all.indexOf('handout.pdf'), 'folders first');
    assert.equal(await p.getAttribute('th.name', 'aria-sort'), 'ascending');
    assert.equal(await row(p, 'firmware-2.1.tar.gz').locator('data').getAttribute('title'), '734003 bytes');
    assert.match(await p.textContent('.total'), /^\d+ files, \d+ folders, /);
    assert.match(await p.getAttribute('time', 'title'), /20\d\d/);
    await until(() => p.$eval('tr.picture img', (i) => i.naturalWidth > 0), 'a thumbnail');
    assert.notEqual(await p.$eval('tr.pdf i', (i) => getComputedStyle(i).maskImage), 'none');
    assert.match(await p.textContent('.readme h1'), /lab/);
    assert.equal(await p.$eval('.readme a', (a) => a.pathname), '/files/field%20trip/');
    // Back and forth without asking the server.
    await p.click('th.size a');
    assert.equal(await p.getAttribute('th.size', 'aria-sort'), 'descending');
    assert.equal((await names(p)).find((n) => !n.endsWith('/')), 'firmware-2.1.tar.gz');
    await p.click('th.size a');
    assert.equal((await names(p)).at(-1), 'firmware-2.1.tar.gz');
    assert.ok(p.url().endsWith('?sort=size&order=asc'));
    await p.reload();
    assert.equal((await names(p)).at(-1), 'firmware-2.1.tar.gz');
  },

  async phone(s) {
    const p = await open(s, '/files/', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme: 'dark' });
    for (const url of ['/files/', '/files/sensor7.csv?view', '/files/image%202.png?view', '/login', '/files/nothing']) {
      if (url !== '/files/') await p.goto(url);
      assert.ok(await p.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth), `${url} is too wide`);
    }
    await p.goto('/files/');
    assert.equal(await p.$eval('tbody tr', (r) => getComputedStyle(r).display), 'grid');
    assert.ok((await p.locator('.get a').first().boundingBox()).height >= 40, 'large enough for a finger');
    assert.ok(await p.$eval('body', (b) => /rgb\((\d+), /.exec(getComputedStyle(b).backgroundColor)[1] < 60), 'dark');
  },

  async plain(s) {
    const url = folder('plain', { a: '1', b: '22' });
    const p = await open(s, url, { javaScriptEnabled: false });
    await p.click('th.size a');
    assert.deepEqual(await names(p), ['b', 'a']);
    await p.click('th.size a');
    assert.deepEqual(await names(p), ['a', 'b']);
    await p.click('summary:text("Add")');
    await p.setInputFiles('input[type=file]', [{ name: 'up & down.txt', mimeType: 'text/plain', buffer: Buffer.from('<b>here</b>') }]);
    await p.click('text=Upload');
    assert.equal(await p.textContent('.said'), 'The files are here.');
    assert.equal(readFileSync(`${FILES}/plain/up & down.txt`, 'utf8'), '<b>here</b>');
    await p.click('summary:text("Add")');
    await p.fill('[placeholder="New folder"]', 'neu é');
    await p.click('text=Make folder');
    assert.ok(statSync(`${FILES}/plain/neu é`).isDirectory());
    await row(p, 'up & down.txt').locator('.name a').click();
    assert.equal((await p.textContent('pre.text')).trim(), '<b>here</b>');
    await p.click('text=Previous');
    assert.equal(await p.textContent('h1'), 'b');
    await p.click('.crumbs a:last-child');
    await pick(p, 'a');
    await p.click('summary:text("Rename")');
    await p.fill('[name=to]', 'z');
    await p.click('button:text("Rename")');
    assert.ok(existsSync(`${FILES}/plain/z`) && !existsSync(`${FILES}/plain/a`));
    await pick(p, 'z');
    await pick(p, 'neu é/');
    await p.click('summary:text("Rename")');
    await p.check('[name=sure]');
    await p.click('button:text("Delete")');
    assert.deepEqual(readdirSync(`${FILES}/plain`), ['b', 'up & down.txt']);
  },

  async drop(s) {
    const url = folder('drop in'), from = `${STATE}/from`;
    mkdirSync(`${from}/tree/deep & down`, { recursive: true });
    for (const f of ['one.txt', 'tree/two', 'tree/deep & down/three#']) writeFileSync(`${from}/${f}`, f);
    const p = await open(s, url);
    await drop(p, `${from}/one.txt`, `${from}/tree`);
    await done(p, 3);
    await until(async () => (await names(p)).join() === 'tree/,one.txt', 'the rows');
    for (const f of ['one.txt', 'tree/two', 'tree/deep & down/three#'])
      assert.equal(readFileSync(`${FILES}/drop in/${f}`, 'utf8'), f);
    assert.match(await p.textContent('.queue h2'), /^3 of 3 uploaded/);
    // And by an event, as a page would have it.
    await p.evaluate(() => {
      const data = new DataTransfer();
      data.items.add(new File(['4'], 'four'));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    });
    await row(p, 'four').waitFor();
  },

  async paste(s) {
    const p = await open(s, folder('paste'));
    await p.evaluate(() => {
      const data = new DataTransfer();
      data.items.add(new File(['pasted'], 'from the clipboard.txt'));
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
    });
    await row(p, 'from the clipboard.txt').waitFor();
    assert.equal(readFileSync(`${FILES}/paste/from the clipboard.txt`, 'utf8'), 'pasted');
  },

  async progress(s) {
    const p = await open(s, folder('progress')), big = Buffer.alloc(6 << 20, 'agentd ');
    const cdp = await p.context().newCDPSession(p), asked = [];
    const speed = (n) => cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: n });
    p.on('request', (r) => asked.push(r.method()));
    await cdp.send('Network.enable');
    await speed(1 << 20);
    await p.setInputFiles('#pick', [{ name: 'big', mimeType: 'x/y', buffer: big }]);
    await p.waitForFunction(() => document.querySelector('.queue li progress')?.value > 0.1);
    assert.match(await p.textContent('.queue > p'), /of 6\.2 MB · .*\/s · .* left/);
    assert.ok((await p.$eval('.queue > progress', (b) => b.value)) < 1);
    await p.click('.queue li .pause');
    await p.waitForSelector('.queue li.paused');
    assert.match(await p.textContent('.queue li small'), /^Paused · /);
    assert.ok(!existsSync(`${FILES}/progress/big`), 'not seen until it is whole');
    await speed(-1);
    await p.click('.queue li .play');
    await done(p, 1);
    assert.ok(readFileSync(`${FILES}/progress/big`).equals(big), 'whole');
    assert.ok(asked.includes('HEAD') && asked.filter((m) => m === 'PUT').length === 1, 'it went on where it was');
    // One that is given up leaves nothing.
    await speed(1 << 20);
    await p.setInputFiles('#pick', [{ name: 'never', mimeType: 'x/y', buffer: big }]);
    await p.waitForFunction(() => document.querySelector('.queue li.sending progress')?.value > 0.05);
    await p.click('.queue li.sending .close');
    await p.waitForFunction(() => document.querySelectorAll('.queue li').length === 1);
    await speed(-1);
    assert.deepEqual(readdirSync(`${FILES}/progress`).filter((n) => !n.startsWith('.')), ['big']);
  },

  async overwrite(s) {
    const p = await open(s, folder('overwrite', { 'a.txt': 'old', b: 'old', c: 'old', d: 'old' }));
    const upload = (...list) => p.setInputFiles('#pick', list.map((name) => ({ name, mimeType: 'x/y', buffer: Buffer.from('new') })));
    const read = (name) => readFileSync(`${FILES}/overwrite/${name}`, 'utf8');
    await upload('a.txt');
    await p.waitForSelector('dialog h2:text-is("a.txt is there already")');
    await press(p, 'Keep both');
    await row(p, 'a (2).txt').waitFor();
    assert.equal(read('a.txt') + read('a (2).txt'), 'oldnew');
    await upload('a.txt');
    await press(p, 'Skip');
    await p.waitForSelector('.queue li.skipped');
    assert.equal(read('a.txt'), 'old');
    // One that came meanwhile, which the page does not know of, is asked about, too.
    writeFileSync(`${FILES}/overwrite/unseen`, 'old');
    await upload('unseen');
    await press(p, 'Replace');
    await until(() => read('unseen') === 'new', 'replaced');
    await upload('b', 'c', 'd');
    await p.check('dialog [name=all]');
    await press(p, 'Replace');
    await until(() => ['b', 'c', 'd'].every((n) => read(n) === 'new'), 'all of them');
    assert.equal(await p.$('dialog'), null);
  },

  async keys(s) {
    const p = await open(s, folder('keys', { 'apple pie': '1', banana: '1', 'cherry.txt': 'red' }));
    await p.keyboard.press('/');
    await p.keyboard.type('PIE app');
    assert.deepEqual(await names(p), ['apple pie']);
    assert.match(await p.textContent('.total'), /1 file, .*of 3/);
    await p.fill('.filter', 'zzz');
    assert.equal(await p.textContent('.total'), 'Nothing is called that.');
    await p.keyboard.press('Escape');
    assert.equal((await names(p)).length, 3);
    const focused = () => p.evaluate(() => document.activeElement.textContent);
    await p.keyboard.press('ArrowDown');
    await p.keyboard.press('ArrowDown');
    assert.equal(await focused(), 'apple pie');
    await p.keyboard.press('End');
    assert.equal(await focused(), 'cherry.txt');
    await p.keyboard.press('ArrowUp');
    await p.keyboard.press(' ');
    assert.equal(await p.textContent('.count'), '1 selected');
    await p.keyboard.press('F2');
    await p.fill('dialog input', 'berry');
    await p.keyboard.press('Enter');
    await row(p, 'berry').waitFor();
    assert.ok(existsSync(`${FILES}/keys/berry`));
    await row(p, 'berry').locator('.name a').focus();
    await p.keyboard.press('Delete');
    await press(p, 'Delete');
    await row(p, 'berry').waitFor({ state: 'detached' });
    assert.ok(!existsSync(`${FILES}/keys/berry`));
    await p.keyboard.press('/');
    await p.keyboard.type('cherry');
    await p.keyboard.press('Enter');
    await p.waitForSelector('pre.text');
    await p.keyboard.press('Escape');
    await p.waitForSelector('table.files');
  },

  async change(s) {
    const p = await open(s, folder('change', { a: '1', b: '1', c: '1' }));
    await p.click('.mkdir');
    await p.fill('dialog input', 'sub folder');
    await press(p, 'Make folder');
    await row(p, 'sub folder/').waitFor();
    await p.click('.mkdir');
    await p.fill('dialog input', 'sub folder');
    await press(p, 'Make folder');
    await p.waitForSelector('.toasts .no');
    await pick(p, 'a');
    await p.click('.rename');
    await p.fill('dialog input', 'b');
    await press(p, 'Rename');
    await p.waitForSelector('.toasts .no:has-text("There is something of that name already")');
    await pick(p, 'c');
    await p.click('.trash');
    await press(p, 'Keep');
    assert.equal((await names(p)).length, 4);
    await p.click('.trash');
    await press(p, 'Delete');
    await until(async () => (await names(p)).join() === 'sub folder/,b', 'deleted');
    assert.deepEqual(readdirSync(`${FILES}/change`), ['b', 'sub folder']);
    await p.click('.asgrid');
    await p.reload();
    await p.waitForSelector('table.grid'); // it is remembered
    assert.equal(await p.$eval('tbody', (b) => getComputedStyle(b).display), 'grid');
  },

  async look(s) {
    const p = await open(s, '/files/');
    await row(p, 'image 2.png').locator('.name a').click();
    const title = () => p.textContent('.look h2');
    await p.waitForSelector('dialog.look[open]');
    assert.equal(await title(), 'image 2.png');
    await until(() => p.$eval('.look img', (i) => i.naturalWidth === 480), 'the picture');
    await p.keyboard.press('ArrowRight');
    await p.keyboard.press('ArrowRight');
    assert.equal(await title(), 'image 10.png');
    await p.keyboard.press('ArrowLeft');
    assert.equal(await title(), 'image 9.png');
    await p.keyboard.press('Escape');
    await p.waitForSelector('dialog.look', { state: 'detached' });
    assert.equal(await p.evaluate(() => document.activeElement.textContent), 'image 9.png');
    // The pages around files.
    await p.goto('/files/image%202.png?view');
    await until(() => p.$eval('img.shown', (i) => i.naturalWidth === 480), 'the picture');
    await p.keyboard.press('ArrowRight');
    await p.waitForURL('**/image%209.png?view');
    await p.goto('/files/recording.wav?view');
    await until(() => p.$eval('audio', (a) => a.readyState > 0 && a.duration > 0.9), 'sound');
    await p.goto('/files/README.md?view');
    assert.match(await p.textContent('article h1'), /lab/);
    await p.click('text=Source');
    assert.match(await p.textContent('pre'), /^# The lab/);
  },

  async pdf(s) {
    const p = await open(s, '/files/handout.pdf?view');
    const inner = () => p.frames().filter((f) => f.url().startsWith('chrome-extension:')).length;
    await until(() => inner() > 0, "the browser's own viewer");
  },

  async live(s) {
    const url = folder('live', { old: '1' }), p = await open(s, url);
    writeFileSync(`${STATE}/by-ftp`, 'by ftp');
    await until(async () => {
      await curl('-T', `${STATE}/by-ftp`, `${base}${url}first`);
      return (await names(p)).includes('first');
    }, 'the page hears');
    await curl('-T', `${STATE}/by-ftp`, `ftp://127.0.0.1:${FTP}/live/${encodeURIComponent('from ftp.txt')}`);
    await row(p, 'from ftp.txt').waitFor();
    assert.equal(await row(p, 'from ftp.txt').locator('data').getAttribute('value'), '6');
    await p.waitForSelector('.toasts p:has-text("added from ftp.txt")');
    await curl('-X', 'MKCOL', `${base}${url}made`);
    await row(p, 'made/').waitFor();
    await curl('-X', 'MOVE', '-H', `Destination: ${url}new`, `${base}${url}old`);
    await row(p, 'new').waitFor();
    await row(p, 'old').waitFor({ state: 'detached' });
    await curl('-X', 'DELETE', `${base}${url}made`);
    await row(p, 'made/').waitFor({ state: 'detached' });
    // What was missed is made up for.
    await p.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: true, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await curl('-X', 'DELETE', `${base}${url}new`);
    await curl('-T', `${STATE}/by-ftp`, `${base}${url}missed`);
    await p.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: false, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await row(p, 'missed').waitFor();
    await row(p, 'new').waitFor({ state: 'detached' });
  },

  async names(s) {
    const odd = ['"><img src=x onerror=alert(1)>', "' onclick='alert(1)", 'javascript:alert(1)', '<script>alert(1)<', 'line\nfeed', '%41%zz',
      'a?b#c&d=e', '\u202efdp.exe', '{{NAME}}', ' lead', '小明'];
    const url = folder('names', Object.fromEntries(odd.map((n) => [n, 'x']))), p = await open(s, url);
    writeFileSync(Buffer.concat([Buffer.from(`${FILES}/names/latin-`), Buffer.from([0xe9])]), 'x');
    mkdirSync(`${FILES}/names/<i>dir`);
    p.on('dialog', (d) => p.faults.push('a dialog: ' + d.message()));
    await p.reload();
    assert.equal((await names(p)).length, odd.length + 2);
    const shown = new Set(await names(p));
    for (const n of odd) assert.ok(shown.has(n.replace('\n', '\ufffd')), n);
    for (const n of odd) {
      await p.goto(`${url}${encodeURIComponent(n)}?view`);
      assert.equal((await p.textContent('pre')).trim(), 'x');
    }
    // The same, made by scripts: renamed, shown live, asked about, deleted.
    await p.goto(url);
    for (const [i, n] of [['小明', odd[0] + '2'], ['{{NAME}}', 'javascript:alert(2)']].entries()) {
      await pick(p, n[0]);
      await p.click('.rename');
      await p.fill('dialog input', n[1]);
      await press(p, 'Rename');
      await row(p, n[1]).waitFor();
      await p.setInputFiles('#pick', [{ name: n[1], mimeType: 'x/y', buffer: Buffer.from('new') }]);
      await press(p, 'Replace');
      await done(p, i + 1);
    }
    await p.check('#all');
    assert.equal(await p.textContent('.count'), `${odd.length + 2} selected`);
    await p.click('.trash');
    await press(p, 'Delete');
    await until(async () => (await names(p)).length === 0, 'all of them deleted');
    assert.equal(readdirSync(`${FILES}/names`).length, 0);
    assert.equal(await p.textContent('.total'), 'This folder is empty.');
  },

  async nothing_runs(s) {
    const bad = '<script>alert(1)</script><img src=x onerror="alert(2)">';
    const url = folder('bad', { 'a.html': bad, 'a.svg': `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="alert(3)"><script>alert(4)</script></svg>`,
      'a.txt': bad, 'a.js': 'alert(5)', 'README.md': `# x\n\n${bad}\n\n[y](javascript:alert(6))`, 'a.png': bad, 'a.pdf': bad });
    const p = await open(s, url);
    p.on('dialog', (d) => p.faults.push('a dialog: ' + d.message()));
    for (const f of ['a.svg', 'a.html', 'a.txt', 'README.md', 'a.png', 'a.js']) await p.goto(`${url}${f}?view`);
    await p.goto(`${url}a.txt`);
    // No page of ours can be made to run it.
    await p.goto(url);
    const loaded = await p.evaluate(() => new Promise((resolve) => {
      const e = document.createElement('script');
      e.onload = () => resolve('loaded');
      e.onerror = () => resolve('refused');
      e.src = './a.js';
      document.head.append(e);
    }));
    assert.equal(loaded, 'refused');
    p.faults = p.faults.filter((f) => !f.includes('a.js')); // that it was refused
    const answer = await p.request.get(`${url}a.html`);
    assert.equal(answer.headers()['content-disposition'], 'attachment');
  },

  async share(s) {
    const p = await open(s, folder('shared', { 'a.txt': 'shared' }));
    await p.click('text=log in');
    await p.fill('[name=name]', 'anna');
    await p.fill('[name=password]', 'secret');
    await p.click('button');
    await p.goto('/files/shared/');
    await p.click('.take .share');
    await p.selectOption('dialog select', '1d');
    await p.check('dialog [name=uploads]');
    await press(p, 'Make a link');
    const link = await p.inputValue('dialog h2:text("Whoever") ~ input');
    // Whoever comes by it sees, adds, and does nothing else.
    const q = await open(s, link);
    assert.deepEqual(await names(q), ['a.txt']);
    assert.equal(await q.$('.mkdir, .pick, .share'), null);
    await q.setInputFiles('#pick', [{ name: 'theirs', mimeType: 'x/y', buffer: Buffer.from('x') }]);
    await row(q, 'theirs').waitFor();
    await row(p, 'theirs').waitFor();
    const from = `${STATE}/theirs`;
    mkdirSync(`${from}/tree/deep & down`, { recursive: true });
    for (const f of ['tree/two', 'tree/deep & down/three#']) writeFileSync(`${from}/${f}`, f);
    await drop(q, `${from}/tree`);
    await done(q, 3);
    for (const f of ['tree/two', 'tree/deep & down/three#']) assert.equal(readFileSync(`${FILES}/shared/${f}`, 'utf8'), f);
    await row(q, 'a.txt').locator('.name a').click();
    assert.equal((await q.textContent('pre')).trim(), 'shared');
    assert.ok(q.url().startsWith(link));
  },

  async states(s) {
    const p = await open(s, folder('states'));
    assert.equal(await p.textContent('.total'), 'This folder is empty.');
    await p.goto('/files/states/nothing');
    assert.match(await p.textContent('main'), /There is nothing at this address/);
    await p.goto('/files/inbox/');
    assert.match(await p.textContent('main'), /drop box/);
    await p.setInputFiles('#pick', [{ name: 'letter', mimeType: 'x/y', buffer: Buffer.from('dear') }]);
    await done(p, 1);
    assert.equal(readFileSync(`${FILES}/inbox/letter`, 'utf8'), 'dear');
    await p.setInputFiles('#pick', [{ name: 'letter', mimeType: 'x/y', buffer: Buffer.from('other') }]);
    await press(p, 'Keep both');
    await done(p, 2);
    assert.equal(readFileSync(`${FILES}/inbox/letter`, 'utf8'), 'dear');
    await p.goto('/files/locked/'); // where guests may look only
    assert.equal(await p.$('.put, .mkdir, .pick'), null);
    await p.route('**/files/states/full', (r) => r.fulfill({ status: 507 }));
    await p.goto('/files/states/');
    await p.setInputFiles('#pick', [{ name: 'full', mimeType: 'x/y', buffer: Buffer.from('x') }]);
    await p.waitForSelector('.queue li.failed small:has-text("no room left")');
    await p.unroute('**/files/states/full');
    await p.click('.queue li .retry');
    await done(p, 1);
  },
};

await play(scenarios, process.argv.length > 2 ? process.argv.slice(2) : Object.keys(scenarios), { script: 'web.mjs', atOnce: AT_ONCE });
await browser.close();
