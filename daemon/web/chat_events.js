// chat_events.js: what each command and numeric of the server means to the model, which is `this` here. The second
// parameter is the room or talk of which a message is history, or null.
import { t } from './chat_words.js';

const MEMBERS_ASKED = 300; // of larger rooms it isn't asked who is away

// The room or talk that a message belongs to; undefined when there is none yet.
function place(model, m) {
  const [target = ''] = m.params, status = model.link.support.get('STATUSMSG') ?? '';
  const name = !model.isRoom(target) && status.includes(target[0]) ? target.slice(1) : target;
  return model.find(model.isRoom(name) || !model.isMe(name) ? name : m.nick);
}

function event(model, b, what, m, ...args) {
  model.add(b, { at: m.at, nick: m.nick, kind: 'event', what, args, text: '' });
}

const roomsOf = (model, nick) => [...model.buffers.values()].filter((b) => b.members.has(model.fold(nick)));

function prefixes(model) {
  const [, modes = 'ov', signs = '@+'] = /^\((.*)\)(.*)$/.exec(model.link.support.get('PREFIX') ?? '') ?? [];
  return { modes, signs };
}

function enter(model, b, nick, modes) {
  b.members.set(model.fold(nick), { user: model.user(nick), modes });
}

// Somebody is not there any more.
function leave(model, b, nick, ...told) {
  b.members.delete(model.fold(nick));
  if (model.isMe(nick)) b.joined = b.was = false;
  event(model, b, ...told);
  model.draw('members', b);
}

// Which modes take a parameter: CHANMODES=always list,always,when set,never
function takesParameter(model, c, plus) {
  const [list = 'b', always = 'k', set = 'l'] = (model.link.support.get('CHANMODES') ?? '').split(',');
  return (list + always + prefixes(model).modes).includes(c) || (plus && set.includes(c));
}

function memberModes(model, b, words, args) {
  const { modes, signs } = prefixes(model);
  let plus = true;
  for (const c of words) {
    if (c === '+' || c === '-') {
      plus = c === '+';
      continue;
    }
    const arg = takesParameter(model, c, plus) ? args.shift() : undefined, sign = signs[modes.indexOf(c)];
    const member = sign && b.members.get(model.fold(arg ?? ''));
    if (member) member.modes = [...signs].filter((s) => (s === sign ? plus : member.modes.includes(s))).join('');
  }
}

function flags(model, nick, marks, account) {
  const u = model.user(nick), bot = model.link.support.get('BOT');
  u.away = marks[0] === 'G';
  u.bot = !!bot && marks.includes(bot);
  if (account !== undefined) u.account = account === '0' ? '' : account;
}

const here = (model) => model.current ?? model.server;
const tell = (model, m, from = 1) => model.note(here(model), m.params.slice(from).join(' '));

export const own = {
  '001'(m) {
    this.mine.add(this.fold(m.params[0]));
    this.note(this.server, m.params.at(-1));
  },
  900() { this.draw('me'); },
  901() { this.draw('me'); },
  ERROR(m) { this.note(this.server, m.params.at(-1), 'error'); },

  // --- who is where ---

  JOIN(m) {
    const [room, account] = m.params, me = this.isMe(m.nick), b = me ? this.buffer(room) : this.find(room), u = this.user(m.nick);
    if (!b) return;
    if (account !== undefined) u.account = account === '*' ? '' : account;
    u.away = false;
    if (me) {
      Object.assign(b, { joined: true, was: true, topic: '' });
      b.members.clear();
      this.catchUp(b);
      this.draw('joined', b);
    } else {
      event(this, b, 'join', m);
    }
    enter(this, b, m.nick, '');
    this.draw('members', b);
  },

  PART(m) {
    const b = this.find(m.params[0]);
    if (b) leave(this, b, m.nick, 'part', m);
  },

  QUIT(m) {
    for (const b of [...roomsOf(this, m.nick), this.find(m.nick)]) if (b) leave(this, b, m.nick, 'quit', m);
    this.users.delete(this.fold(m.nick));
  },

  KICK(m) {
    const [room, nick, why = ''] = m.params, b = this.find(room);
    if (b) leave(this, b, nick, 'kick', m, nick, why);
  },

  NICK(m) {
    const [to] = m.params, from = this.fold(m.nick), me = this.isMe(m.nick), u = this.user(m.nick), rooms = roomsOf(this, m.nick);
    this.users.delete(from);
    u.nick = to;
    this.users.set(this.fold(to), u);
    if (me) {
      this.link.nick = this.link.login.nick = to;
      this.mine.add(this.fold(to));
      this.draw('me');
    }
    for (const b of rooms) {
      const member = b.members.get(from);
      b.members.delete(from);
      b.members.set(this.fold(to), member);
      event(this, b, 'nick', m, to);
      this.draw('members', b);
    }
    const talk = this.find(m.nick);
    if (talk?.kind === 'talk' && !this.find(to)) this.rename(talk, to);
  },

  353(m) {
    const b = this.find(m.params[2]), { signs } = prefixes(this);
    if (!b) return;
    for (const word of m.params[3].split(' ').filter(Boolean)) {
      const n = [...word].findIndex((c) => !signs.includes(c));
      enter(this, b, word.slice(n).replace(/!.*/, ''), word.slice(0, n));
    }
  },

  366(m) {
    const b = this.find(m.params[1]);
    if (!b) return;
    this.draw('members', b);
    if (this.link.support.has('WHOX') && b.members.size <= MEMBERS_ASKED && b.joined) this.link.send('WHO', b.name, '%tnfa,7');
  },

  352(m) { flags(this, m.params[5], m.params[6]); },
  354(m) {
    if (m.params[1] === '7') flags(this, m.params[2], m.params[3], m.params[4]);
  },
  315(m) {
    const b = this.find(m.params[1]);
    if (b) this.draw('members', b);
  },

  AWAY(m) {
    this.user(m.nick).away = m.params.length > 0;
    this.draw('members');
  },
  305() { own.AWAY.call(this, { nick: this.link.nick, params: [] }); },
  306(m) { own.AWAY.call(this, { nick: this.link.nick, params: m.params }); },
  301(m) {
    const b = this.find(m.params[1]);
    if (this.whois) return void this.whois.push(`${t('away')}: ${m.params[2]}`);
    if (b && b.awayTold !== m.params[2]) this.note(b, t('isAway', m.params[1], b.awayTold = m.params[2]));
  },
  ACCOUNT(m) { this.user(m.nick).account = m.params[0] === '*' ? '' : m.params[0]; },

  // --- what rooms are ---

  TOPIC(m) {
    const b = this.find(m.params[0]);
    if (!b) return;
    b.topic = m.params[1] ?? '';
    event(this, b, 'topic', m, b.topic);
    this.draw('head', b);
  },
  331(m) { own[332].call(this, { params: [...m.params.slice(0, 2), ''] }); },
  332(m) {
    const b = this.find(m.params[1]);
    if (b) b.topic = m.params[2];
    if (b) this.draw('head', b);
  },
  324(m) { tell(this, m); },

  MODE(m) {
    const [target, words = '', ...args] = m.params, b = this.find(target);
    if (!b || b.kind !== 'room') return;
    event(this, b, 'mode', m, [words, ...args].join(' '));
    memberModes(this, b, words, args);
    this.draw('members', b);
  },

  RENAME(m) {
    const b = this.find(m.params[0]);
    if (!b) return;
    event(this, b, 'rename', m, m.params[0], m.params[1]);
    this.rename(b, m.params[1]);
  },

  INVITE(m) {
    const [nick, room] = m.params, b = this.find(room);
    if (this.isMe(nick)) {
      const line = { at: m.at, nick: m.nick, kind: 'event', what: 'invited', args: [room], text: '' };
      this.add(here(this), line);
    } else if (b) {
      event(this, b, 'invite', m, nick);
    }
  },
  341(m) { this.note(here(this), t('inviteSent', m.params[1], m.params[2])); },

  321() { this.listing = []; },
  322(m) { (this.listing ??= []).push({ name: m.params[1], count: Number(m.params[2]) || 0, topic: m.params[3] ?? '' }); },
  323() {
    this.view.listed(this.listing ?? []);
    this.listing = [];
  },

  // --- what is said ---

  PRIVMSG(m) {
    const [target] = m.params, line = this.lineOf(m), server = !m.source.includes('!') && !line.self && !this.isRoom(target);
    let b = place(this, m);
    if (!b && (server || target === '*' || target[0] === '$')) b = this.server;
    else if (!b && line.kind === 'notice' && !line.self) b = here(this);
    else if (!b && this.isRoom(target)) return;
    this.add(b ?? this.buffer(line.self ? target : m.nick, 'talk'), line);
  },
  NOTICE(m) { own.PRIVMSG.call(this, m); },

  TAGMSG(m, history) {
    const b = history ?? place(this, m), about = m.tags.get('+draft/reply') ?? m.tags.get('+reply') ?? '', typing = m.tags.get('+typing');
    if (!b) return;
    if (typing && !history && !this.isMe(m.nick)) this.types(b, m.nick, typing);
    for (const [tag, on] of [['+draft/react', true], ['+draft/unreact', false]])
      if (m.tags.get(tag)) this.reacted(b, about, m.nick, m.tags.get(tag), on);
  },

  REDACT(m, history) {
    const [, id, why = ''] = m.params, b = history ?? place(this, m), line = b?.ids.get(id);
    if (!line) return;
    Object.assign(line, { gone: { nick: m.nick, why }, text: '', mention: false });
    b.reactions.delete(id);
    this.changedLine(b, line);
  },

  MARKREAD(m) {
    const b = this.find(m.params[0]), at = Date.parse((m.params[1] ?? '').replace('timestamp=', ''));
    if (b) this.readUpTo(b, at);
  },

  // --- answers ---

  318(m) {
    if (this.whois) this.note(here(this), this.whois.join('\n'), 'note', { title: m.params[1] });
    this.whois = null;
  },
  FAIL(m) {
    if (!['MARKREAD', 'CHATHISTORY', 'TAGMSG'].includes(m.params[0])) this.note(here(this), m.params.at(-1), 'error');
  },
  WARN(m) { this.note(here(this), m.params.at(-1), 'error'); },
  NOTE(m) { this.note(here(this), m.params.at(-1)); },

  error(m) {
    if (m.command === '433' && this.link.regains()) return;
    if (m.command === '401') this.whois = null;
    const b = m.params.slice(1, -1).map((p) => this.find(p)).find(Boolean) ?? here(this);
    if (/^4(03|05|7[1-7])$/.test(m.command) && !b.joined) { // no way back into it
      b.was = false;
      for (const line of b.pending) this.failed(b, line, m.params.at(-1));
    }
    const what = m.params.slice(1, -1).filter((p) => this.fold(p) !== this.fold(b.name)).join(' ');
    this.note(b, (what ? what + ': ' : '') + m.params.at(-1), 'error');
  },
};

for (const n of ['005', '329', '333', '422']) own[n] = () => {}; // of no interest
for (const n of ['303', '341', '346', '347', '348', '349', '367', '368', '391', '351', '256', '257', '258', '259', '381', '382', '704', '705', '706'])
  own[n] ??= function (m) { tell(this, m); };
for (const n of ['307', '311', '312', '313', '317', '319', '320', '330', '335', '338', '378', '379', '671'])
  own[n] = function (m) { (this.whois ??= []).push(m.params.slice(2).join(' ')); };
