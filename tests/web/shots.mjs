// shots.mjs: the pictures of README.md, made anew: node tests/web/shots.mjs, with PORT and IRC of an agentd whose
// store content.py has filled and which lets guests write. More of them with a folder as the argument, to look at.
import { execFileSync } from 'node:child_process';
import { base, launch, page } from './browser.mjs';
import { irc } from './irc.mjs';

const sizes = { wide: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const all = process.argv[2], into = all ?? new URL('shots', import.meta.url).pathname;
const browser = await launch();

async function shot(name, size, scheme, url, act, options = {}) {
  const p = await page(browser, { viewport: sizes[size], colorScheme: scheme, deviceScaleFactor: 1, ...options });
  await p.goto(url);
  await p.waitForFunction(() => [...document.images].every((i) => i.complete || i.loading === 'lazy' && i.getBoundingClientRect().top > innerHeight));
  await act?.(p);
  await p.screenshot({ path: `${into}/${name}.png` });
  try {
    execFileSync('pngquant', ['--force', '--ext', '.png', '128', `${into}/${name}.png`]);
  } catch { /* then they are larger */ }
  for (const f of p.faults) console.log(name, f);
  p.done?.();
  await p.context().close();
}

// A room in which people talk, with somebody who has just come back to it.
async function chat(p) {
  const names = ['ann', 'ben', '小明', 'sensor7', 'carla'], [ann, ben, ming, sensor, carla] = await Promise.all(names.map((n) => irc(n, 'CAP REQ message-tags', 'CAP END', 'JOIN #lab')));
  const all = [ann, ben, ming, sensor, carla], said = async (who, text, tags = '') => {
    who.send(`${tags}PRIVMSG #lab :${text}`, 'PING said');
    await who.sees(/PONG \S+ :?said/);
    who.text = '';
  };
  ann.send('TOPIC #lab :Bench 3 · oven runs until Friday · files go to #lab, too', 'MODE #lab +v carla');
  sensor.send('MODE sensor7 +B');
  carla.send('AWAY :lunch');
  await said(ann, 'Good morning. The oven is at 940 °C and rising; nobody opens it before noon, please');
  await said(sensor, 'T=\x02941.2\x02 °C  \x0303ok\x03');
  await said(ben, 'The night run is through. Plot:');
  await said(ben, `${base}/files/image%202.png`);
  await said(ming, '漂亮！第二个峰是新的');
  await p.fill('.gate [name=nick]', 'dora');
  await p.click('.gate .main');
  await p.waitForSelector('.pictures img');
  const line = p.locator('.said', { hasText: '漂亮' });
  await line.waitFor();
  await p.fill('.compose textarea', '第二个峰 is the calibration gas, I think. See \x11gas.log\x11, line 40');
  await p.evaluate(() => document.querySelector('.said:last-of-type').scrollIntoView());
  if (await p.locator('.side').isVisible()) await line.hover(); else await line.tap();
  await p.click('.acts .reply');
  await p.press('.compose textarea', 'Enter');
  await p.waitForSelector('.quote');
  await p.waitForSelector('.sending', { state: 'detached' });
  await said(ann, 'dora: you are right, the bottle was changed at four');
  await p.waitForSelector('.said.me');
  for (const [row, emoji, n] of [['漂亮', '🎉', 0], ['Good morning', '👍', 0]]) {
    const at = p.locator('.said', { hasText: row }).first();
    if (await p.locator('.side').isVisible()) await at.hover(); else await at.tap();
    await p.click('.acts .react');
    await p.click(`.emoji:text-is("${emoji}")`);
  }
  ben.send('@+typing=active TAGMSG #lab', 'PRIVMSG dora :have you got the key to the gas store?');
  ming.send('JOIN #printer', 'PRIVMSG #printer :it works again');
  await p.waitForSelector('.typing:not(:empty)');
  if (await p.locator('.down').isVisible()) await p.click('.down');
  await p.mouse.move(700, 5);
  p.done = () => all.forEach((who) => who.end());
}

await shot('listing', 'wide', 'light', '/files/');
await shot('phone', 'phone', 'dark', '/files/');
await shot('chat', 'wide', 'light', '/chat/#lab', chat, { locale: 'en-GB' });
await shot('chat-phone', 'phone', 'dark', '/chat/#lab', chat, { locale: 'en-GB', hasTouch: true, isMobile: true });
if (all) {
  const cards = (p) => p.click('.asgrid');
  await shot('dark', 'wide', 'dark', '/files/', async (p) => { for (const n of [2, 5]) await p.click(`tbody tr:nth-child(${n}) .pick input`); });
  await shot('phone-light', 'phone', 'light', '/files/');
  await shot('cards', 'wide', 'light', '/files/', cards);
  await shot('cards-phone', 'phone', 'dark', '/files/', cards);
  await shot('plain', 'wide', 'light', '/files/?sort=size&order=desc', (p) => p.click('summary'), { javaScriptEnabled: false });
  await shot('plain-phone', 'phone', 'light', '/files/', null, { javaScriptEnabled: false });
  await shot('empty', 'wide', 'light', '/files/firmware/');
  await shot('drop', 'phone', 'light', '/files/drop/');
  await shot('view-picture', 'wide', 'dark', '/files/image%2010.png?view');
  await shot('view-pdf', 'wide', 'light', '/files/handout.pdf?view', (p) => p.waitForTimeout(1500));
  await shot('view-md', 'wide', 'light', '/files/README.md?view');
  await shot('view-text', 'phone', 'dark', '/files/sensor7.csv?view');
  await shot('view-audio', 'wide', 'light', '/files/recording.wav?view');
  await shot('view-other', 'wide', 'light', '/files/firmware-2.1.tar.gz?view');
  await shot('look', 'wide', 'light', '/files/', (p) => p.click('tr.picture .name a'));
  await shot('look-phone', 'phone', 'light', '/files/', (p) => p.click('tr.picture .name a'));
  await shot('error', 'wide', 'light', '/files/nothing');
  await shot('home', 'wide', 'light', '/');
  await shot('dialog', 'wide', 'light', '/files/', (p) => p.click('.mkdir'));
  await shot('queue', 'wide', 'light', '/files/', async (p) => {
    await p.route('**/slow*', () => {});
    await p.setInputFiles('#pick', [{ name: 'notes 2.txt', mimeType: 'text/plain', buffer: Buffer.alloc(3000) }, ...[1, 2, 3].map((n) => ({ name: `slow ${n}.bin`, mimeType: 'x/y', buffer: Buffer.alloc(4e6) }))]);
    await p.waitForTimeout(500);
  });
}
await browser.close();
