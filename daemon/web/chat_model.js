// chat_model.js: what is known of the chat: rooms and talks, their people, and of each a stretch of its lines. The
// stretch is bounded: what is far from where one reads is dropped, and asked for again.
import { own } from './chat_events.js';
import { byteCount, cut, format, mentions, strip } from './chat_msg.js';

const WINDOW = 400; // lines of a stretch
const PAGE = 100; // lines asked for at once
const GAP_PAGES = 5; // after a longer absence only the newest lines are fetched
const TYPING_LASTS = 6e3, TYPING_EVERY = 3e3; // ms
const REACTION_BYTES = 32, REACTIONS = 16, REACTED = 2000; // of an emoji; of a line; lines of a room
export const SAID = new Set(['say', 'action', 'notice']);

// Other requests from client to client are none of a person's business.
const isSaid = (m) => (m.command === 'PRIVMSG' || m.command === 'NOTICE') && (m.params[1]?.[0] !== '\x01' || m.params[1].startsWith('\x01ACTION'));

export class Buffer {
  lines = []; // by time: {id, at, nick, kind, text, ...}
  ids = new Map(); // of the lines in the stretch
  members = new Map(); // by folded name: {user, modes}
  typing = new Map(); // nick: until when
  tail = []; // the lines that came while the newest were not in the stretch
  pending = []; // own lines that no echo has come for
  topic = '';
  more = true; // there may be older ones
  live = true; // the newest one is in the stretch
  joined = false;
  was = false; // joined before the connection broke, and so again
  unread = 0;
  mentions = 0;
  newest = null; // id of the newest thing that ever came
  from = null; // ids of the first and the last thing that the stretch knows of
  to = null;
  reactions = new Map(); // id of a line: by emoji, who
  read = 0; // time up to which it was read
  mark = Infinity; // time of the line "new" in it

  constructor(name, kind) {
    this.name = name;
    this.kind = kind; // room, talk, server
  }
}

export class Model {
  buffers = new Map();
  users = new Map(); // by folded name: {nick, account, away, bot}
  mine = new Set(); // folded names that were ours since the page was opened
  current = null;

  // view: changed(what, buffer), arrived(buffer, line), shown(buffer): is it before somebody's eyes, to its end?
  constructor(link, view) {
    this.link = link;
    this.view = view;
    setInterval(() => this.#typingEnds(), 1e3);
  }

  draw(what, b) {
    this.view.changed(what, b);
  }

  // --- rooms and talks ---

  fold(name) {
    return this.link.fold(name);
  }

  isRoom(name) {
    return (this.link.support.get('CHANTYPES') ?? '#&').includes(name[0] ?? ' ');
  }

  isMe(nick) {
    return this.fold(nick) === this.fold(this.link.nick);
  }

  find(name) {
    return this.buffers.get(this.fold(name));
  }

  buffer(name, kind = this.isRoom(name) ? 'room' : 'talk') {
    const key = this.fold(name);
    let b = this.buffers.get(key);
    if (!b) {
      b = new Buffer(name, kind);
      b.more = kind !== 'server' && this.canHistory;
      this.buffers.set(key, b);
      this.draw('side', b);
    }
    return b;
  }

  // Talks with somebody begin with what was said before.
  talk(name) {
    const there = this.find(name), b = there ?? this.buffer(name);
    if (!there && b.kind === 'talk') this.catchUp(b);
    return b;
  }

  get server() {
    return this.buffer('', 'server');
  }

  close(b) {
    this.buffers.delete(this.fold(b.name));
    if (b.joined) this.link.send('PART', b.name);
    this.draw('side', b);
  }

  rename(b, name) {
    this.buffers.delete(this.fold(b.name));
    b.name = name;
    this.buffers.set(this.fold(name), b);
    this.draw('all', b);
  }

  user(nick) {
    const key = this.fold(nick);
    let u = this.users.get(key);
    if (!u) this.users.set(key, u = { nick, account: '', away: false, bot: false });
    return u;
  }

  // --- lines ---

  // Puts it where its time says; false when it was there already, or lies beyond the stretch.
  #insert(b, line) {
    if (line.id && b.ids.has(line.id)) return false;
    let at = b.lines.length;
    const later = (l) => l.at > line.at || (l.at === line.at && line.id && l.id > line.id); // ids of one millisecond grow
    while (at > 0 && later(b.lines[at - 1])) at--;
    b.lines.splice(at, 0, line);
    if (line.id) b.ids.set(line.id, line);
    return true;
  }

  #drop(b, from, n) {
    for (const l of b.lines.splice(from, n)) b.ids.delete(l.id);
  }

  // Keeps one end of the stretch when it is too long.
  #trim(b, keepEnd, most = WINDOW) {
    const over = b.lines.length - most;
    if (over <= 0) return;
    if (keepEnd) {
      this.#drop(b, 0, over);
      b.from = b.lines.find((l) => l.id)?.id;
      b.more = b.kind !== 'server' && this.canHistory;
    } else if (this.canHistory) {
      this.#drop(b, most, over);
      b.to = b.lines.findLast((l) => l.id)?.id;
      b.live = false;
    }
  }

  // A line that has just come.
  add(b, line) {
    const seen = this.view.shown(b);
    if (line.id && (b.ids.has(line.id) || b.tail.some((l) => l.id === line.id))) return;
    if (line.id) b.newest = line.id;
    if (line.id && b.live) b.to = line.id;
    if (b.live) this.#insert(b, line);
    else b.tail = [...b.tail, line].slice(-PAGE);
    this.#trim(b, seen || b !== this.current, seen || b !== this.current ? WINDOW : 2 * WINDOW);
    if (line.self && line.id && b.live) b.mark = Infinity;
    if (SAID.has(line.kind) && !line.self && b.kind !== 'server') {
      if (b.mark === Infinity && !seen) b.mark = line.at;
      b.unread++;
      if (b.kind === 'talk' || line.mention) b.mentions++;
      b.typing.delete(line.nick);
      this.view.arrived(b, line);
    }
    if (seen) this.markRead(b);
    this.draw('log', b);
    this.draw('side', b);
  }

  // Words of our own in it: kind is note, error, or event.
  note(b, text, kind = 'note', more = {}) {
    const line = { at: Date.now(), nick: '', kind, text, ...more };
    this.add(b, line);
    return line;
  }

  changedLine(b, line) {
    line.rev = (line.rev ?? 0) + 1;
    this.draw('log', b);
  }

  // What a message says, as a line.
  lineOf(m) {
    const [, text = ''] = m.params, action = /^\x01ACTION ?(.*?)\x01?$/s.exec(text);
    const self = this.isMe(m.nick);
    return {
      id: m.tags.get('msgid') ?? '', at: m.at, nick: m.nick, account: m.tags.get('account') ?? '',
      kind: m.command === 'NOTICE' ? 'notice' : action ? 'action' : 'say', text: action ? action[1] : text, self,
      bot: m.tags.has('bot') || m.tags.has('draft/bot'), reply: m.tags.get('+draft/reply') ?? m.tags.get('+reply') ?? '',
      mention: !self && mentions(strip(text), this.link.nick),
    };
  }

  // --- what was said before ---

  get canHistory() {
    return this.link.caps.has('draft/chathistory') && this.link.caps.has('labeled-response');
  }

  get page() {
    return Math.min(PAGE, Number(this.link.support.get('CHATHISTORY')) || PAGE);
  }

  // Lines, the oldest first.
  #history(b, verb, ...what) {
    return this.link.ask([{}, 'CHATHISTORY', verb, b.name, ...what, this.page]);
  }

  // What came of it is put into the stretch. Who came and went in those days is of no interest any more.
  #take(b, items, from = false, to = true) {
    for (const m of items)
      if (isSaid(m)) this.#insert(b, this.lineOf(m));
      else if (m.command === 'TAGMSG' || m.command === 'REDACT') own[m.command].call(this, m, b);
    const ids = items.map((m) => m.tags.get('msgid')).filter(Boolean);
    if (from || !b.from) b.from = ids[0] ?? b.from;
    if (to) b.to = ids.at(-1) ?? b.to;
    return ids;
  }

  // What has come since the answer was put together goes to its end.
  #end(b, items) {
    const end = items.at(-1)?.at ?? 0;
    for (const l of b.tail) if (l.at >= end) this.#insert(b, l);
    Object.assign(b, { live: true, tail: [] });
  }

  // Another stretch in the place of this one.
  #restart(b, items, live) {
    if (b.live) b.tail = b.lines.filter((l) => l.id).slice(-PAGE);
    Object.assign(b, { lines: b.lines.filter((l) => l.state), live, more: true, from: null });
    b.ids.clear();
    const ids = this.#take(b, items);
    if (live) this.#end(b, items);
    return ids;
  }

  // Pages to and fro; one at a time.
  async #turn(b, act, failed) {
    while (b.busy) await b.busy;
    if (this.link.state !== 'ready' || !this.canHistory) return;
    b.busy = act().catch((e) => e.lost || failed?.());
    await b.busy;
    b.busy = null;
    this.draw('log', b);
  }

  older(b) {
    if (b.busy || !b.more || !b.from || b.kind === 'server') return;
    return this.#turn(b, async () => {
      const items = await this.#history(b, 'BEFORE', 'msgid=' + b.from);
      this.#take(b, items, true, false);
      b.more = items.length > 0;
      this.#trim(b, false);
    }, () => { b.more = false; });
  }

  newer(b) {
    if (b.busy || b.live || !b.to) return;
    return this.#turn(b, async () => {
      const items = await this.#history(b, 'AFTER', 'msgid=' + b.to), ids = this.#take(b, items);
      this.#trim(b, true);
      if (items.length === 0 || (items.length < this.page && (ids.includes(b.newest) || b.ids.has(b.newest)))) this.#end(b, items);
    });
  }

  // To the newest lines, whatever lies between.
  latest(b) {
    return this.#turn(b, async () => {
      this.#restart(b, await this.#history(b, 'LATEST', '*'), true);
    });
  }

  // To a line, wherever it is; is it there?
  async around(b, id) {
    if (!b.ids.has(id))
      await this.#turn(b, async () => {
        const items = await this.#history(b, 'AROUND', 'msgid=' + id);
        if (!items.some((m) => m.tags.get('msgid') === id)) return;
        this.#restart(b, items, items.some((m) => m.tags.get('msgid') === b.newest));
      });
    return b.ids.has(id);
  }

  // After joining, and after a break: what was missed, without a gap and without doubles. Then our own lines that may
  // not have arrived.
  async catchUp(b) {
    if (!this.canHistory) return this.#settle(b, null);
    const turn = b.turn = {}, since = b.gap ?? null, found = [];
    try {
      let whole = false;
      for (let n = 0, from = since; from && !whole && n < GAP_PAGES; n++) {
        const items = await this.#history(b, 'AFTER', 'msgid=' + from).catch((e) => { if (e.lost) throw e; return null; });
        if (b.turn !== turn) return;
        if (!items) break;
        found.push(...items);
        from = items.at(-1)?.tags.get('msgid') ?? from;
        whole = items.length < this.page;
      }
      if (whole) {
        if (b.live) this.#take(b, found);
      } else {
        const items = await this.#history(b, 'LATEST', '*');
        if (b.turn !== turn) return;
        found.push(...items);
        if (b.live || b !== this.current) this.#restart(b, items, true);
      }
      if (b.live) this.#trim(b, true, 2 * WINDOW);
      b.newest = found.at(-1)?.tags.get('msgid') ?? b.newest;
      b.gap = null;
      this.#recount(b);
    } catch (e) {
      if (e.lost) return;
      b.more = false;
    }
    this.#settle(b, found);
    this.draw('log', b);
  }

  lost() {
    for (const b of this.buffers.values()) {
      b.gap ??= b.newest;
      b.behind = true;
      b.joined = false;
      b.typing.clear();
      b.turn = null;
    }
  }

  // Talks that went on while we were away.
  async talks(since) {
    if (!this.canHistory || !this.link.account) return;
    const stamp = (t) => 'timestamp=' + new Date(t).toISOString();
    const items = await this.link.ask([{}, 'CHATHISTORY', 'TARGETS', stamp(since), stamp(Date.now() + 60e3), 30]).catch(() => []);
    for (const { command, params: [, target] } of items)
      if (command === 'CHATHISTORY' && !this.isRoom(target)) this.talk(target);
  }

  // --- what has been read ---

  #recount(b) {
    if (b.kind === 'server' || this.view.shown(b)) return this.markRead(b);
    if (!b.read && b.kind === 'room') b.read = b.lines.at(-1)?.at ?? 0; // who is new there has missed nothing
    const fresh = b.lines.filter((l) => l.at > b.read && !l.self && SAID.has(l.kind));
    b.unread = fresh.length;
    b.mentions = b.kind === 'talk' ? fresh.length : fresh.filter((l) => l.mention).length;
    b.mark = fresh[0]?.at ?? Infinity;
    this.draw('side', b);
  }

  readUpTo(b, at) {
    if (!(at > b.read)) return;
    b.read = at;
    this.#recount(b);
  }

  markRead(b) {
    const last = b.lines.findLast((l) => l.id);
    if (b.unread > 0) this.draw('side', b);
    b.unread = b.mentions = 0;
    if (!last || last.at <= b.read || !b.live) return;
    b.read = last.at;
    if (this.link.caps.has('draft/read-marker') && this.link.account)
      this.link.send('MARKREAD', b.name, 'timestamp=' + new Date(last.at).toISOString());
  }

  // --- what we say ---

  // How many bytes of text a line holds.
  #room(target) {
    return 510 - byteCount(`:${this.link.nick}!${'x'.repeat(10)}@${'x'.repeat(63)} PRIVMSG ${target} :`);
  }

  say(b, text, { action = false, reply = '' } = {}) {
    const multi = /max-lines=(\d+)/.exec(this.link.offered.get('draft/multiline') ?? ''), rows = text.split('\n');
    const most = Number(/max-bytes=(\d+)/.exec(this.link.offered.get('draft/multiline') ?? '')?.[1] ?? 4096);
    const whole = !action && this.link.caps.has('draft/multiline') && this.link.caps.has('batch') && byteCount(text) <= most && rows.length <= Number(multi?.[1] ?? 24);
    const parts = whole ? [text] : rows.flatMap((r) => cut(r, this.#room(b.name) - (action ? 9 : 0))).filter((r) => r !== '');
    const sent = parts.map((part) => {
      const line = { id: '', at: Date.now(), nick: this.link.nick, kind: action ? 'action' : 'say', text: part, self: true, reply, state: 'sending' };
      this.#insert(b, line);
      b.pending.push(line);
      return this.#send(b, line);
    });
    b.mark = Infinity;
    this.draw('log', b);
    return sent[0];
  }

  #packed(b, line) {
    const tags = line.reply && this.link.caps.has('message-tags') ? { '+draft/reply': line.reply } : {};
    const text = line.kind === 'action' ? `\x01ACTION ${line.text}\x01` : line.text;
    if (!text.includes('\n') && byteCount(text) <= this.#room(b.name)) return [[tags, 'PRIVMSG', b.name, text]];
    const ref = 'm' + ++this.batches;
    const rows = text.split('\n').flatMap((r) => cut(r, this.#room(b.name)).map((part, n) => [{ batch: ref, ...(n > 0 ? { 'draft/multiline-concat': '' } : {}) }, 'PRIVMSG', b.name, part]));
    return [[tags, 'BATCH', '+' + ref, 'draft/multiline', b.name], ...rows, [{}, 'BATCH', '-' + ref]];
  }
  batches = 0;

  // The line's id, once it has one.
  async #send(b, line) {
    if (this.link.state !== 'ready' || b.behind) return ''; // see #settle
    line.sent = this.link.number;
    line.at = Date.now();
    try {
      const items = await this.link.ask(...this.#packed(b, line)), echo = items.find((m) => isSaid(m) && this.isMe(m.nick));
      this.#arrived(b, line, echo);
      for (const m of items) if (m !== echo) this.message(m);
      return line.id;
    } catch (e) {
      if (!e.lost) this.failed(b, line, e.message);
      return '';
    }
  }

  #settled(b, line) {
    b.pending = b.pending.filter((l) => l !== line);
    b.lines = b.lines.filter((l) => l !== line);
  }

  // The echo takes the place of the line that we put there ourselves.
  #arrived(b, line, echo) {
    const before = b.lines.indexOf(line);
    this.#settled(b, line);
    const now = echo ? this.lineOf(echo) : { ...line, state: undefined };
    if (before >= 0) Object.assign(now, { node: line.node, rev: (line.rev ?? 0) + 1 });
    line.id = now.id;
    this.add(b, now);
    if (!echo) this.draw('log', b);
  }

  failed(b, line, why) {
    b.pending = b.pending.filter((l) => l !== line);
    line.state = 'failed';
    line.why = why;
    this.changedLine(b, line);
  }

  again(b, line) {
    this.#settled(b, line);
    this.say(b, line.text, { action: line.kind === 'action', reply: line.reply });
  }

  // Which of our lines arrived before the connection broke is in the history; the others go once more.
  #settle(b, items) {
    b.gap = null;
    b.behind = false;
    const came = (items ?? []).filter((m) => isSaid(m) && this.mine.has(this.fold(m.nick))).map((m) => this.lineOf(m));
    for (const line of b.pending.filter((l) => l.sent !== this.link.number)) {
      const at = line.sent ? came.findIndex((l) => l.text === line.text && l.kind === line.kind) : -1;
      if (line.sent && !items) {
        this.failed(b, line, '');
      } else if (at >= 0) {
        came.splice(at, 1);
        this.#settled(b, line);
      } else {
        this.#send(b, line);
      }
    }
  }

  async redact(b, line, why = '') {
    for (const m of await this.link.ask([{}, 'REDACT', b.name, line.id, ...(why ? [why] : [])])) this.message(m);
  }

  react(b, line, emoji) {
    const on = !b.reactions.get(line.id)?.get(emoji)?.has(this.link.nick);
    this.tag(b, { [on ? '+draft/react' : '+draft/unreact']: emoji, '+draft/reply': line.id });
    if (!this.link.caps.has('echo-message')) this.reacted(b, line.id, this.link.nick, emoji, on);
  }

  // The line itself may come later, when one scrolls back to it.
  reacted(b, id, nick, emoji, on) {
    const all = b.reactions.get(id) ?? new Map(), who = all.get(emoji) ?? new Set();
    if (!id || byteCount(emoji) > REACTION_BYTES || !emoji.trim() || (all.size >= REACTIONS && who.size === 0)) return;
    if (on) who.add(nick);
    else who.delete(nick);
    if (who.size > 0) all.set(emoji, who);
    else all.delete(emoji);
    b.reactions.set(id, all);
    if (b.reactions.size > REACTED) b.reactions.delete(b.reactions.keys().next().value);
    const line = b.ids.get(id);
    if (line) this.changedLine(b, line);
  }

  // --- typing ---

  canTag(name) {
    const denied = (this.link.support.get('CLIENTTAGDENY') ?? '').split(',');
    return this.link.caps.has('message-tags') && (denied.includes('*') ? denied.includes('-' + name) : !denied.includes(name));
  }

  tag(b, tags) {
    return this.link.raw(format(tags, 'TAGMSG', b.name));
  }

  typed(b, state) {
    if (b.kind === 'server' || this.link.state !== 'ready' || !this.canTag('typing') || (b.kind === 'room' && !b.joined)) return;
    const now = Date.now();
    if (state === (b.told?.state ?? 'done') && (state === 'done' || now - b.told.at < TYPING_EVERY)) return;
    b.told = { state, at: now };
    this.tag(b, { '+typing': state });
  }

  types(b, nick, state) {
    if (state === 'active') b.typing.set(nick, Date.now() + TYPING_LASTS);
    else if (state === 'paused') b.typing.set(nick, Date.now() + 5 * TYPING_LASTS);
    else b.typing.delete(nick);
    this.draw('typing', b);
  }

  #typingEnds() {
    const now = Date.now();
    for (const b of this.buffers.values())
      for (const [nick, until] of b.typing)
        if (until < now) {
          b.typing.delete(nick);
          this.draw('typing', b);
        }
  }

  // --- what comes ---

  message(m) {
    const act = own[m.command];
    if ((m.command === 'PRIVMSG' || m.command === 'NOTICE') && !isSaid(m)) return;
    if (act) act.call(this, m, null);
    else if (/^[45]\d\d$/.test(m.command)) own.error.call(this, m);
    else if (/^\d\d\d$/.test(m.command)) this.note(this.server, m.params.slice(1).join(' '));
  }
}
