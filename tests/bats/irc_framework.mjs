// irc_framework.mjs: what npm's irc-framework, on which web clients stand, makes of the server. With NPM, IRC and PORT of an
// agentd that has accounts fran and gus (secret): node irc_framework.mjs tcp|ws; it ends with a fault's stack.
import { strict as assert } from 'node:assert';
import { createRequire } from 'node:module';

const require = createRequire(process.env.NPM + '/x.js');
const IRC = require('irc-framework');
globalThis.WebSocket = require('ws');
const how = process.argv[2], ROOM = `#framework-${how}`;
const DOORS = {
  tcp: { host: '127.0.0.1', port: Number(process.env.IRC) },
  ws: {
    host: '127.0.0.1', port: Number(process.env.PORT), path: '/chat/ws', websocket_protocol: 'text.ircv3.net',
    transport: require('irc-framework/src/transports/websocket'),
  },
};
const CAPS = ['draft/chathistory', 'draft/event-playback', 'labeled-response', 'extended-monitor', 'standard-replies'];
// What it has no event for, and says so.
const NO_EVENT = ['003', '004', '251', '252', '253', '254', '255', '265', '266'];

// Somebody, all of whose events are kept: `gets` takes the first that is as wanted, and waits for it.
class Person {
  constructor(nick, options = {}) {
    this.events = [];
    this.client = new IRC.Client();
    const emit = this.client.emit;
    this.client.emit = (name, ...args) => {
      this.events.push({ name, e: args[0] });
      return emit.call(this.client, name, ...args);
    };
    if (options.caps) this.client.requestCap(options.caps);
    this.client.connect({ nick, username: nick.replace(/-.*/, ''), gecos: `${nick} at work`, auto_reconnect: false, version: 'framework', ...DOORS[how], ...options });
  }

  async gets(name, want = {}) {
    const fits = (x) => x.name === name && Object.entries(want).every(([k, v]) => JSON.stringify(x.e?.[k]) === JSON.stringify(v));
    for (const end = Date.now() + 15000; ; await new Promise((r) => setTimeout(r, 5))) {
      const i = this.events.findIndex(fits);
      if (i >= 0) return this.events.splice(i, 1)[0].e;
      assert.ok(Date.now() < end, `never ${name} ${JSON.stringify(want)} among ${JSON.stringify(this.events.filter((x) => x.name !== 'debug').slice(-12).map((x) => [x.name, x.e]))}`);
    }
  }

  async comes() {
    await this.gets('registered');
    await this.gets('motd');
    return this;
  }
}

const fran = await new Person('fran', { account: { account: 'fran', password: 'secret' }, caps: CAPS, enable_echomessage: true, enable_chghost: true, enable_setname: true }).comes();
const gus = await new Person('gus-guest', { caps: ['draft/chathistory'], enable_chghost: true, enable_setname: true }).comes();
const f = fran.client, g = gus.client;

// Coming in.
assert.equal((await fran.gets('loggedin')).account, 'fran');
assert.equal(f.user.nick, 'fran');
const wanted = ['multi-prefix', 'away-notify', 'invite-notify', 'account-notify', 'account-tag', 'server-time', 'userhost-in-names', 'extended-join', 'message-tags', 'batch', 'cap-notify', 'sasl', 'echo-message', 'chghost', 'setname', ...CAPS];
assert.deepEqual(wanted.filter((c) => !f.network.cap.isEnabled(c)), []);
assert.ok(!g.network.cap.isEnabled('echo-message'));
assert.equal(f.network.name, 'agentd');
assert.equal(f.network.supports('CASEMAPPING'), 'ascii');
assert.deepEqual(f.network.supports('PREFIX'), [{ symbol: '@', mode: 'o' }, { symbol: '+', mode: 'v' }]);
assert.deepEqual(f.network.supports('CHANMODES')[0], 'beI');
assert.deepEqual(f.network.supports('CHANTYPES'), ['#']);
for (const token of ['WHOX', 'MONITOR', 'UTF8ONLY', 'CHATHISTORY', 'BOT']) assert.ok(f.network.supports(token), token);
assert.ok(f.network.isChannelName(ROOM) && !f.network.isChannelName('fran'));

// A room.
f.join(ROOM);
let e = await fran.gets('join', { nick: 'fran' });
assert.deepEqual([e.channel, e.account, e.gecos, e.ident, e.hostname], [ROOM, 'fran', 'fran at work', 'fran', '127.0.0.1']);
assert.ok(Math.abs(e.time - Date.now()) < 600000, 'server-time');
e = await fran.gets('userlist');
assert.deepEqual(e.users.map((u) => [u.nick, u.ident, u.hostname, u.modes]), [['fran', 'fran', '127.0.0.1', ['o']]]);
g.join(ROOM);
e = await fran.gets('join', { nick: 'gus-guest' });
assert.deepEqual([e.account, e.ident], [false, '~gus']);
e = await gus.gets('userlist');
assert.deepEqual(e.users.map((u) => u.nick + u.modes).sort(), ['frano', 'gus-guest']);
f.mode(ROOM, '+v', 'gus-guest');
for (const x of [fran, gus]) assert.deepEqual((await x.gets('mode')).modes, [{ mode: '+v', param: 'gus-guest' }]);
f.raw('NAMES', ROOM);
assert.deepEqual((await fran.gets('userlist')).users.map((u) => u.nick + u.modes).sort(), ['frano', 'gus-guestv']);
f.setTopic(ROOM, 'About  frameworks: 框架');
for (const x of [fran, gus]) assert.equal((await x.gets('topic', { nick: 'fran' })).topic, 'About  frameworks: 框架');
f.mode(ROOM);
e = await fran.gets('channel info', { raw_modes: '+nt' });
assert.deepEqual(e.modes.map((m) => m.mode), ['+n', '+t']);
assert.ok((await fran.gets('channel info')).created_at > 1e9);

// Who is who.
f.whois('gus-guest');
e = await fran.gets('whois', { nick: 'gus-guest' });
assert.deepEqual([e.real_name, e.channels, e.account, e.ident, e.server, e.actual_ip], ['gus-guest at work', `+${ROOM}`, undefined, '~gus', 'agentd', undefined]);
assert.ok(Number(e.idle) >= 0 && Number(e.logon) > 1e9);
g.whois('fran');
assert.equal((await gus.gets('whois', { nick: 'fran' })).account, 'fran');
f.whois('nobody');
assert.equal((await fran.gets('whois', { nick: 'nobody' })).error, 'not_found');
f.whowas('nobody');
assert.equal((await fran.gets('whowas', { nick: 'nobody' })).error, 'no_such_nick');
f.who(ROOM);
e = await fran.gets('wholist', { target: ROOM });
assert.deepEqual(e.users.map((u) => [u.nick, u.account, u.ident, u.real_name, u.channel_modes, u.away, u.op_level]).sort(),
  [['fran', 'fran', 'fran', 'fran at work', ['o'], false, undefined], ['gus-guest', '', '~gus', 'gus-guest at work', ['v'], false, undefined]]);
f.list();
e = (await fran.gets('channel list')).find((c) => c.channel === ROOM);
assert.deepEqual([e.num_users, e.topic], [2, 'About  frameworks: 框架']);

// What is said: to others with the id and the time that the echo has, and with all tags of clients.
const react = { '+draft/reply': 'abc', '+draft/react': '👍; \\ :)' };
f.say(ROOM, 'one :two  three — 你好', { '+draft/reply': 'abc; x\\ y' });
const echo = await fran.gets('privmsg');
e = await gus.gets('privmsg');
for (const x of [echo, e]) assert.deepEqual([x.nick, x.target, x.message, x.account, x.tags['+draft/reply']], ['fran', ROOM, 'one :two  three — 你好', 'fran', 'abc; x\\ y']);
assert.deepEqual([e.tags.msgid, e.time], [echo.tags.msgid, echo.time]);
assert.match(e.tags.msgid, /^[0-9a-f]{16}$/);
f.tagmsg(ROOM, react);
e = await gus.gets('tagmsg');
assert.deepEqual([e.nick, e.tags['+draft/reply'], e.tags['+draft/react']], ['fran', ...Object.values(react)]);
await fran.gets('tagmsg');
f.action(ROOM, 'waves');
assert.equal((await gus.gets('action')).message, 'waves');
await fran.gets('action');
f.notice('gus-guest', 'psst');
e = await gus.gets('notice', { nick: 'fran' });
assert.deepEqual([e.message, e.target], ['psst', 'gus-guest']);
f.say(`@${ROOM}`, 'operators alone');
e = await fran.gets('privmsg', { message: 'operators alone' });
assert.deepEqual([e.target, e.group], [ROOM, '@']);
f.ctcpRequest('gus-guest', 'VERSION');
assert.equal((await fran.gets('ctcp response')).message, 'VERSION framework');
g.say(ROOM, 'x'.repeat(900)); // as lines, cut by it
for (let n = 0; n < 900; n += e.message.length) e = await fran.gets('privmsg', { nick: 'gus-guest' });

// A command with a label: many answers are one batch, one stands alone, none is an ACK.
f.raw('@label=l1 WHOIS gus-guest');
e = await fran.gets('batch end labeled-response');
assert.deepEqual([e.commands[0].command, e.commands.at(-1).command], ['311', '318']);
f.raw(`@label=l2 PRIVMSG ${ROOM} :labelled`);
assert.equal((await fran.gets('privmsg', { message: 'labelled' })).tags.label, 'l2');
f.raw('@label=l3 JOIN #framework-a,#framework-b');
e = await fran.gets('batch end labeled-response');
assert.deepEqual(e.commands.filter((c) => c.command === 'JOIN').map((c) => c.params[0]), ['#framework-a', '#framework-b']);

// What becomes of others.
g.raw('AWAY :at lunch');
assert.equal((await fran.gets('away')).message, 'at lunch');
g.raw('AWAY');
await fran.gets('back', { nick: 'gus-guest' });
g.raw('SETNAME :Gustav');
assert.equal((await fran.gets('user updated')).new_gecos, 'Gustav');
await gus.gets('user updated');
f.addMonitor('gus,hal');
assert.deepEqual((await fran.gets('users offline')).nicks, ['gus', 'hal']);
g.raw('CAP REQ sasl');
await gus.gets('cap ack', { capabilities: { sasl: '' } });
g.connection.options.account = { account: 'gus', password: 'secret' };
g.raw('AUTHENTICATE PLAIN');
e = await fran.gets('account', { nick: 'gus-guest' });
assert.equal(e.account, 'gus');
assert.equal((await fran.gets('user updated', { nick: 'gus-guest' })).new_ident, 'gus');
g.changeNick('gus');
assert.equal((await fran.gets('nick')).new_nick, 'gus');
assert.deepEqual((await fran.gets('users online')).nicks, ['gus']);
f.monitorlist();
assert.deepEqual((await fran.gets('monitorList')).nicks, ['gus', 'hal']);
f.ban(ROOM, 'ivy!*@*');
assert.deepEqual((await fran.gets('mode', { nick: 'fran' })).modes, [{ mode: '+b', param: 'ivy!*@*' }]);
f.banlist(ROOM);
e = await fran.gets('banlist');
assert.deepEqual(e.bans.map((b) => [b.banned, b.banned_by.replace(/!.*/, '')]), [['ivy!*@*', 'fran']]);

// What is refused.
const ivy = await new Person('ivy', {}).comes(), i = ivy.client;
i.join(ROOM);
assert.equal((await ivy.gets('irc error')).error, 'banned_from_channel');
i.say(ROOM, 'let me in');
assert.equal((await ivy.gets('irc error')).error, 'cannot_send_to_channel');
i.raw('TOPIC', ROOM, 'mine');
assert.equal((await ivy.gets('irc error')).error, 'not_on_channel');
i.changeNick('fran');
assert.equal((await ivy.gets('nick in use')).nick, 'fran');
i.changeNick('no*name');
assert.equal((await ivy.gets('nick invalid')).nick, 'no*name');
i.raw('FROBNICATE');
assert.equal((await ivy.gets('irc error')).error, 'unknown_command');
f.unban(ROOM, 'ivy!*@*');
await fran.gets('mode');
f.mode(ROOM, '+i');
await fran.gets('mode');
i.join(ROOM);
assert.equal((await ivy.gets('irc error')).error, 'invite_only_channel');
f.invite(ROOM, 'ivy');
await fran.gets('invited', { nick: 'ivy' });
assert.deepEqual((({ nick, channel }) => [nick, channel])(await ivy.gets('invite')), ['fran', ROOM]);
i.join(ROOM);
await fran.gets('join', { nick: 'ivy' });
f.raw('KICK', ROOM, 'ivy', 'enough');
e = await ivy.gets('kick');
assert.deepEqual([e.kicked, e.nick, e.channel, e.message], ['ivy', 'fran', ROOM, 'enough']);
const bad = new Person('bad', { account: { account: 'gus', password: 'wrong' } });
assert.equal((await bad.gets('sasl failed')).reason, 'fail');
bad.client.quit();

// What was, as a batch; who knows no echo gets it as well.
f.raw(`CHATHISTORY LATEST ${ROOM} * 100`);
e = await fran.gets('batch end chathistory');
assert.deepEqual(e.params, [ROOM]);
const past = e.commands.filter((c) => c.command === 'PRIVMSG');
assert.deepEqual(past.filter((c) => c.nick === 'fran').map((c) => c.params[1]), ['one :two  three — 你好', '\x01ACTION waves\x01', 'labelled']);
assert.deepEqual([past[0].tags.msgid, past[0].getServerTime(), past[0].getTag('account')], [echo.tags.msgid, echo.time, 'fran']);
assert.deepEqual(['JOIN', 'MODE', 'TOPIC', 'NICK', 'KICK'].filter((c) => !e.commands.some((x) => x.command === c)), [], 'what happened besides');
assert.equal((await fran.gets('privmsg', { tags: past[0].tags })).batch.type, 'chathistory');
g.raw(`CHATHISTORY BEFORE ${ROOM} msgid=${past[1].tags.msgid} 10`);
e = await gus.gets('batch end chathistory');
assert.deepEqual(e.commands.map((c) => c.command + c.params[1]), ['PRIVMSGone :two  three — 你好']);

// Going.
g.part(ROOM, 'bye');
assert.equal((await fran.gets('part')).message, 'bye');
g.join(ROOM);
await gus.gets('irc error', { error: 'invite_only_channel' });
i.quit('gone');
g.quit('till tomorrow');
assert.deepEqual((await fran.gets('users offline', { nicks: ['gus'] })).nicks, ['gus']);
for (const p of [fran, gus, ivy, bad]) assert.deepEqual(p.events.filter((x) => x.name === 'unknown command' && !NO_EVENT.includes(x.e.command)).map((x) => [x.e.command, x.e.params]), [], 'commands that it knows');
f.quit();
for (const p of [fran, gus, ivy, bad]) await p.gets('close');
