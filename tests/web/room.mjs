// room.mjs: two pages, an irssi and somebody who speaks by datagrams, in one room. With PORT, UDP, CONF, STATE and AGENTCTL of
// an agentd, and an irssi of that name in tmux (people.bash): node tests/web/room.mjs IRSSI. Prints as web.mjs does.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { promisify } from 'node:util';
import { launch, page as newPage, play, until } from './browser.mjs';

const { AGENTCTL, CONF, UDP } = process.env, ANN = process.argv[2];
const run = promisify(execFile), browser = await launch();
const agentctl = async (...args) => (await run(AGENTCTL, ['-c', CONF, ...args])).stdout;
const members = async () => JSON.parse(await agentctl('who', '--json')).filter((m) => m.doing === '#lobby').map((m) => m.name).sort();

// A page.
async function come(scene, nick) {
  const p = await newPage(browser, { locale: 'en-GB' });
  scene.pages.push(p);
  p.setDefaultTimeout(15000);
  await p.goto('/chat/');
  await p.fill('.gate [name=nick]', nick);
  await p.click('.gate .main');
  await p.waitForFunction(() => document.querySelector('h1')?.textContent === '#lobby' && !document.querySelector('.log[aria-busy=true]'));
  p.says = async (text) => {
    await p.fill('.compose textarea', text);
    await p.press('.compose textarea', 'Enter');
  };
  p.lines = (start) => p.$$eval('.log .said .text', (all, s) => all.map((e) => e.textContent).filter((t) => t.startsWith(s)), start);
  p.hears = (nick, text) => until(async () => (await p.lines(text)).length > 0, () => `${text} of ${nick} in a page`);
  return p;
}

// irssi.
const tmux = async (...args) => (await run('tmux', ['-L', 'agentd-test', '-f', '/dev/null', '-u', ...args])).stdout;
const ann = {
  says: async (text) => {
    await tmux('send-keys', '-t', ANN, '-l', text);
    await tmux('send-keys', '-t', ANN, 'Enter');
  },
  screen: () => tmux('capture-pane', '-p', '-J', '-t', ANN),
  hears: (nick, text) => until(async () => (await ann.screen()).includes(` ${nick}> ${text}`), async () => `${text} of ${nick} in ${await ann.screen()}`),
};

// Datagrams: "\nNICK: text" is what somebody said.
async function datagrams(nick) {
  const socket = createSocket('udp4'), got = [];
  socket.on('message', (m) => got.push(m.toString()));
  const sends = (line) => socket.send(line, Number(UDP), '127.0.0.1');
  return {
    got,
    enters: async () => {
      got.length = 0;
      sends(`L ${nick}`);
      await until(() => got.includes('OK'), `OK for ${nick}`);
    },
    says: (text) => sends(`C ${nick} ${text}`),
    hears: (who, text) => until(() => got.includes(`\n${who}: ${text}`), () => `${text} of ${who} in ${JSON.stringify(got)}`),
    leaves: async () => {
      sends(`Q ${nick}`);
      await until(() => got.includes('EXIT'), `EXIT for ${nick}`);
      socket.close();
    },
  };
}

// Each says something, all others hear it; who is called NAME says "WORD NAME".
async function all_hear_all(people, word) {
  for (const [nick, p] of Object.entries(people)) {
    await p.says(`${word} ${nick} 你好 👋`);
    for (const [other, q] of Object.entries(people)) if (other !== nick || q.lines) await q.hears(nick, `${word} ${nick} 你好 👋`);
  }
}

const scenarios = {
  async together(s) {
    const pia = await come(s, 'pia'), ron = await come(s, 'ron'), dan = await datagrams('dan');
    await dan.enters();
    for (const p of [pia, ron]) for (const n of ['ann', 'dan', 'pia', 'ron']) await p.waitForSelector(`.people bdi:text-is("${n}")`, { state: 'attached' });
    await all_hear_all({ pia, ron, ann, dan }, 'first');
    await ann.says('/me waves');
    for (const p of [pia, ron]) await until(async () => (await p.lines('ann waves')).length === 1, 'ann waves');
    await dan.leaves();
    await until(async () => /dan \S+ has quit/.test(await ann.screen()), 'irssi sees that he left');
    for (const p of [pia, ron]) {
      await p.waitForSelector('.people bdi:text-is("dan")', { state: 'detached' });
      assert.deepEqual(await p.lines('first'), ['pia', 'ron', 'ann', 'dan'].map((n) => `first ${n} 你好 👋`));
    }
  },

  async restart(s) {
    const pam = await come(s, 'pam'), rob = await come(s, 'rob'), dan = await datagrams('dan');
    await dan.enters();
    await all_hear_all({ pam, rob, ann, dan }, 're: before');
    // What is said while nobody is there to hear it is sent as soon as there is.
    await agentctl('stop');
    await pam.says('re: meanwhile pam');
    await rob.says('re: meanwhile rob');
    await agentctl('start');
    await until(async () => (await members()).join() === 'ann,pam,rob', async () => `all by their names: ${await members()}`);
    await until(async () => /has joined #lobby[^]*has joined #lobby/.test(await ann.screen()), 'irssi is in again');
    for (const p of [pam, rob]) for (const n of ['pam', 'rob']) await p.hears(n, `re: meanwhile ${n}`);
    await agentctl('restart');
    await until(async () => (await members()).join() === 'ann,pam,rob', async () => `once more: ${await members()}`);
    await dan.enters(); // a datagram has no connection that could break
    await all_hear_all({ pam, rob, ann, dan }, 're: after');
    const all = await pam.lines('re: ');
    assert.deepEqual([...all].sort(), [...['pam', 'rob', 'ann', 'dan'].flatMap((n) => [`re: before ${n} 你好 👋`, `re: after ${n} 你好 👋`]), 're: meanwhile pam', 're: meanwhile rob'].sort(), 'none lost, none twice');
    assert.deepEqual(await rob.lines('re: '), all, 'both see the same');
    for (const p of [pam, rob]) assert.equal(await p.$('.unsent, .sending, .failed'), null);
    for (const p of [pam, rob]) for (const n of ['ann', 'dan', 'pam', 'rob']) await p.waitForSelector(`.people bdi:text-is("${n}")`, { state: 'attached' });
    await dan.leaves();
  },
};

await play(scenarios, Object.keys(scenarios), { script: 'room.mjs', atOnce: 1 });
await browser.close();
