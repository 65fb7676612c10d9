// browser.mjs: a browser for a test: contexts that note whatever a page must not do, and how scenarios are played.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const require = createRequire(resolve(process.env.BUILD ?? 'build', 'npm') + '/');
const { chromium } = require('playwright-core');

export const base = `http://127.0.0.1:${process.env.PORT}`;

export async function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: process.getuid() === 0 ? ['--no-sandbox'] : [],
  });
}

// A page whose `faults` grow with errors, violations of its policy, and requests to elsewhere.
// The browser itself writes a line for an answer such as 412; such lines are no fault.
export async function page(browser, options = {}) {
  const context = await browser.newContext({ baseURL: base, ...options });
  const p = await context.newPage();
  p.faults = [];
  p.on('pageerror', (e) => p.faults.push('error: ' + e.message));
  p.on('console', (m) => {
    if (m.type() === 'error' && !/^Failed to load resource: the server responded with a status/.test(m.text()))
      p.faults.push('console: ' + m.text());
  });
  p.on('request', (r) => {
    if (!r.url().startsWith(base) && !/^(blob|data|chrome-extension|chrome|about):/.test(r.url())) p.faults.push('elsewhere: ' + r.url());
  });
  return p;
}

// Polls; fails with what never was.
export async function until(condition, what) {
  for (const end = Date.now() + 30000; ; await new Promise((r) => setTimeout(r, 20))) {
    if (await condition()) return;
    assert.ok(Date.now() < end, `never: ${typeof what === 'function' ? await what() : what}`);
  }
}

// Plays scenarios, some at once; each gets {pages: []}, whose faults are its own. A line for each says how it went:
// "ok NAME" or "not ok NAME: why".
export async function play(scenarios, names, { script, atOnce }) {
  const one = async (name) => {
    const scene = { pages: [] };
    let why = null;
    try {
      await scenarios[name](scene);
      assert.deepEqual(scene.pages.flatMap((p) => p.faults), []);
    } catch (e) {
      why = e;
    }
    await Promise.all(scene.pages.map((p) => p.context().close()));
    const line = String(why?.stack ?? '').split('\n').find((l) => l.includes(script)) ?? '';
    console.log(why ? `not ok ${name}: ${String(why.message).replace(/\s*\n\s*/g, ' | ')} ${line.replace(new RegExp(`.*${script}`), script)}` : `ok ${name}`);
  };
  const waiting = [...names];
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (let name; (name = waiting.shift()) !== undefined;) await one(name);
  }));
}
