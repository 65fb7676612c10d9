// browser.mjs: a browser for a test: contexts that note whatever a page must not do.
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
