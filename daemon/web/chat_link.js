// chat_link.js: the connection: IRC over WebSocket, what the server can do, answers to what was asked,
// and coming back after a break.
import { folder, format, parse } from './chat_msg.js';

const WANTED = ['account-notify', 'account-tag', 'away-notify', 'batch', 'cap-notify', 'chghost', 'draft/account-registration',
  'draft/channel-rename', 'draft/chathistory', 'draft/event-playback', 'draft/message-redaction', 'draft/multiline', 'draft/read-marker',
  'echo-message', 'extended-join', 'invite-notify', 'labeled-response', 'message-tags', 'multi-prefix', 'server-time',
  'setname', 'soju.im/search', 'standard-replies'];
const NAME_REFUSED = new Set(['432', '433', '436', '437', '468']);
const LOGIN_REFUSED = new Set(['902', '904', '905', '906']);
const QUIET = 30e3, PATIENCE = 20e3; // ms without a word until we ask, and from then until the connection is given up
const LONGEST_WAIT = 60; // s between two attempts
const GOES_AWAY = new Set([1001, 1012]);

const lost = () => Object.assign(new Error('lost'), { lost: true });
const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

// hooks: state(), ready(), message(m), refused('name' | 'login' | 'nologin', text)
export class Link {
  state = 'off'; // off, connecting, ready, waiting
  nick = '';
  account = '';
  login = null; // {nick, account, password}
  number = 0; // of the connection
  #ws = null;
  #timer = 0;
  #tries = 0;
  #labels = 0;
  #heard = 0;
  #asked = new Map();
  #batches = new Map();

  constructor(url, hooks) {
    this.url = url;
    this.hooks = hooks;
    this.#forget();
    setInterval(() => this.#watch(), 5e3);
    addEventListener('online', () => this.wake());
    document.addEventListener('visibilitychange', () => document.hidden || this.wake());
  }

  // --- open, lost, open again ---

  open(login, again = false) {
    this.login = login;
    this.welcomed = false;
    this.#patience = again ? 10 : 0;
    this.#tries = 0;
    this.#connect();
  }

  quit(reason = '') {
    this.send('QUIT', reason);
    this.#drop('off');
  }

  // Now, when it waits; and is it still there?
  wake() {
    if (this.state === 'waiting') this.#connect();
    else if (this.state === 'ready') this.#probe(5e3);
  }

  #forget() {
    this.offered = new Map();
    this.caps = new Set();
    this.support = new Map();
    this.fold = folder('ascii');
    this.account = '';
    this.#batches.clear();
  }

  #set(state) {
    this.state = state;
    this.hooks.state();
  }

  #drop(state) {
    const ws = this.#ws;
    this.#ws = null;
    ws?.close(1000);
    clearTimeout(this.#timer);
    for (const { reject } of this.#asked.values()) reject(lost());
    this.#asked.clear();
    this.#set(state);
  }

  #connect() {
    if (this.#ws) return;
    clearTimeout(this.#timer);
    this.#forget();
    const ws = this.#ws = new WebSocket(this.url, ['text.ircv3.net']);
    this.number++;
    const mine = (act) => (e) => this.#ws === ws && act(e);
    this.#heard = Date.now();
    this.#probed = 0;
    this.why = '';
    this.#set('connecting');
    ws.onopen = mine(() => {
      this.send('CAP', 'LS', '302');
      this.send('NICK', this.login.nick);
      this.send('USER', 'web', '0', '*', this.login.nick);
    });
    ws.onmessage = mine((e) => this.#line(e.data));
    ws.onclose = mine((e) => this.#lost(GOES_AWAY.has(e.code)));
  }

  #lost(soon) {
    const wait = soon && this.#tries === 0 ? 0.5 : Math.min(LONGEST_WAIT, 2 ** this.#tries);
    this.#tries++;
    this.#drop('waiting');
    this.#timer = setTimeout(() => this.#connect(), wait * 1000 * (0.5 + Math.random()));
  }

  #probed = 0;
  #probe(patience) {
    if (this.#probed) return;
    this.#probed = Date.now() + patience;
    this.send('PING', 'there?');
    setTimeout(() => this.#watch(), patience + 100);
  }

  #watch() {
    if (!this.#ws) return;
    const now = Date.now();
    if (this.#probed ? now > this.#probed : this.state === 'connecting' && now - this.#heard > PATIENCE) this.#lost(false);
    else if (this.state === 'ready' && now - this.#heard > QUIET) this.#probe(PATIENCE);
    if (this.state === 'ready' && this.nick !== this.login.nick && this.#regain < now) {
      this.#regain = now + 15e3;
      this.#regaining = true;
      this.send('NICK', this.login.nick);
    }
  }
  // Was that the answer to our asking for the name, and no person's?
  regains() {
    const was = this.#regaining;
    this.#regaining = false;
    return was;
  }
  #regaining = false;
  #regain = Infinity; // when to ask for our name again that somebody, ourselves perhaps, still had

  // --- out ---

  // A line that goes as it is; false when there is no connection.
  raw(line) {
    if (this.#ws?.readyState !== WebSocket.OPEN) return false;
    this.#ws.send(line);
    return true;
  }

  send(command, ...params) {
    return this.raw(format({}, command, ...params));
  }

  // Lines that are answered: the first of them carries the label. The promise is of the messages of the answer; of none
  // where the server knows no labels.
  ask(...lines) {
    const label = 'q' + ++this.#labels, labelled = this.caps.has('labeled-response');
    if (this.state !== 'ready') return Promise.reject(lost());
    return new Promise((resolve, reject) => {
      this.#asked.set(label, { resolve, reject });
      lines.forEach(([tags, ...line], n) => this.raw(format(n === 0 && labelled ? { label, ...tags } : tags, ...line)));
      if (!labelled) this.#answer(label, []);
    });
  }

  #answer(label, items) {
    const { resolve, reject } = this.#asked.get(label), flat = items.flatMap((i) => i.items ?? [i]);
    const no = flat.find((i) => i.command === 'FAIL' || /^[45]\d\d$/.test(i.command));
    this.#asked.delete(label);
    if (no) reject(Object.assign(new Error(no.params.at(-1)), { code: no.command === 'FAIL' ? no.params[1] : no.command }));
    else resolve(flat.filter((i) => i.command !== 'ACK'));
  }

  // --- in ---

  #line(text) {
    const m = parse(text), outer = this.#batches.get(m.tags.get('batch'));
    this.#heard = Date.now();
    this.#probed = 0;
    m.at = Date.parse(m.tags.get('time')) || Date.now();
    if (m.command === 'BATCH') this.#batch(m);
    else if (outer) outer.items.push(m);
    else this.#deliver(m);
  }

  #batch(m) {
    const [ref, type, ...params] = m.params;
    if (ref?.[0] === '+') return void this.#batches.set(ref.slice(1), { type, params, tags: m.tags, at: m.at, items: [] });
    const batch = this.#batches.get(ref?.slice(1));
    if (!batch) return;
    this.#batches.delete(ref.slice(1));
    const outer = this.#batches.get(batch.tags.get('batch'));
    const whole = batch.type === 'draft/multiline' ? joined(batch) : batch;
    if (!whole) return;
    if (outer) outer.items.push(whole);
    else this.#deliver(whole);
  }

  #deliver(item) {
    const label = item.tags.get('label');
    if (this.#asked.has(label)) return this.#answer(label, item.items ?? [item]);
    if (item.items) {
      for (const i of item.items) this.#deliver(i);
      return;
    }
    this.#own[item.command]?.(item);
    if (NAME_REFUSED.has(item.command) && this.state === 'connecting') this.#nameRefused(item.params.at(-1));
    else if (LOGIN_REFUSED.has(item.command)) this.#refuse('login', item.params.at(-1));
    else this.hooks.message(item);
  }

  #own = {
    PING: (m) => this.send('PONG', ...m.params),
    ERROR: (m) => { this.why = m.params.at(-1); },
    CAP: (m) => this.#cap(m),
    AUTHENTICATE: (m) => this.#authenticate(m.params[0]),
    900: (m) => { this.account = m.params[2] ?? ''; },
    901: () => { this.account = ''; },
    903: () => this.send('CAP', 'END'),
    907: () => this.send('CAP', 'END'),
    '001': (m) => { this.nick = m.params[0]; },
    '005': (m) => this.#supports(m.params.slice(1, -1)),
    376: () => this.#ready(),
    422: () => this.#ready(),
  };

  #ready() {
    if (this.state !== 'connecting') return;
    // A name that belongs to an account makes a guest of whoever gives no password for it.
    if (!this.welcomed && !this.account && this.nick !== this.login.nick) return this.#refuse('name', '');
    this.#tries = 0;
    this.#patience = 3;
    this.#regain = Date.now() + 5e3;
    this.welcomed = true;
    this.#set('ready');
    this.hooks.ready();
  }

  #supports(tokens) {
    for (const token of tokens) {
      const [, minus, name, value] = /^(-?)([^=]*)=?(.*)$/s.exec(token);
      if (minus) this.support.delete(name);
      else this.support.set(name, value.replace(/\\x([0-9a-f]{2})/gi, (_, h) => String.fromCharCode(parseInt(h, 16))));
    }
    this.fold = folder((this.support.get('CASEMAPPING') ?? 'rfc1459').toLowerCase());
  }

  // --- who we are ---

  #cap({ params: [, verb, ...rest] }) {
    const words = (rest.at(-1) ?? '').split(' ').filter(Boolean);
    if (verb === 'LS' || verb === 'NEW') {
      for (const w of words) this.offered.set(w.replace(/=.*/, ''), w.includes('=') ? w.replace(/^[^=]*=/, '') : '');
      if (rest[0] !== '*' || rest.length === 1) this.#request(verb === 'LS');
    } else if (verb === 'ACK') {
      for (const w of words) if (w[0] === '-') this.caps.delete(w.slice(1)); else this.caps.add(w);
      if (this.state === 'connecting') this.#afterCaps();
    } else if (verb === 'NAK' && this.state === 'connecting') {
      this.send('CAP', 'END');
    } else if (verb === 'DEL') {
      for (const w of words) { this.caps.delete(w); this.offered.delete(w); }
    }
  }

  #request(first) {
    const wanted = WANTED.filter((c) => this.offered.has(c) && !this.caps.has(c));
    if (first && this.offered.has('sasl') && this.login.password) wanted.push('sasl');
    if (wanted.length > 0) this.send('CAP', 'REQ', wanted.join(' '));
    else if (first) this.#afterCaps();
  }

  #afterCaps() {
    const { account, password } = this.login, plain = this.caps.has('sasl') && /^$|\bPLAIN\b/.test(this.offered.get('sasl'));
    if (!password || this.account === account) this.send('CAP', 'END');
    else if (plain) this.send('AUTHENTICATE', 'PLAIN');
    else this.#refuse('nologin', '');
  }

  #authenticate(more) {
    if (more !== '+') return;
    const text = base64(`\0${this.login.account}\0${this.login.password}`);
    for (let at = 0; at <= text.length; at += 400) this.send('AUTHENTICATE', text.slice(at, at + 400) || '+');
  }

  #nameRefused(why) {
    if (this.#patience-- > 0) return void setTimeout(() => this.send('NICK', this.login.nick), 400);
    if (!this.welcomed) return this.#refuse('name', why);
    this.#suffix = this.#suffix % 9 + 1;
    this.send('NICK', this.login.nick + '_'.repeat(this.#suffix)); // ours until the old connection is seen to be dead
  }
  #suffix = 0;
  #patience = 0; // how often to ask again: a page that is loaded anew is faster than the end of its old connection

  #refuse(what, why) {
    this.#drop('off');
    this.hooks.refused(what, why);
  }
}

// A message of several lines, as one.
function joined({ tags, at, items }) {
  if (items.length === 0) return null;
  const [first] = items, all = new Map([...first.tags, ...tags]);
  const text = items.reduce((s, i, n) => s + (n > 0 && !i.tags.has('draft/multiline-concat') ? '\n' : '') + (i.params[1] ?? ''), '');
  return { ...first, at, tags: all, params: [first.params[0], text] };
}
