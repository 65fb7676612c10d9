// shots.mjs: the pictures of README.md, made anew: node tests/web/shots.mjs, with PORT of an agentd whose store
// content.py has filled and which lets guests write. More of them with a folder as the argument, to look at.
import { execFileSync } from 'node:child_process';
import { launch, page } from './browser.mjs';

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
  await p.context().close();
}

await shot('listing', 'wide', 'light', '/files/');
await shot('phone', 'phone', 'dark', '/files/');
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
