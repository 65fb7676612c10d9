// chat_input.js: what one types: lines, commands, completion, drafts, what was typed before.
import { iconButton, make } from './make.js';
import { strip } from './chat_msg.js';
import { t } from './chat_words.js';

const TYPED_MAX = 100; // lines that can be called back

// Each command: what it does with the rest of the line; `this` is the composer. True: it could not be done.
const commands = {
  join(rest) {
    const [room, key] = rest.split(' ');
    if (!room) return true;
    this.hooks.enter(this.model.isRoom(room) ? room : '#' + room, key);
  },
  part(rest) { this.leave(rest); },
  me(rest) {
    if (!rest || !this.talks) return true;
    this.model.say(this.b, rest, { action: true });
  },
  nick(rest) { return !rest || !this.link.send('NICK', rest); },
  msg(rest) {
    const [, who, text] = /^(\S+)\s*(.*)$/s.exec(rest) ?? [];
    if (!who) return true;
    const b = this.model.talk(who);
    if (text) this.model.say(b, text);
    this.hooks.go(b);
  },
  topic(rest) { return this.room(rest ? ['TOPIC', this.b.name, rest] : ['TOPIC', this.b.name]); },
  away(rest) { this.link.send('AWAY', ...(rest ? [rest] : this.hooks.away() ? [] : [t('away')])); },
  whois(rest) { return !rest || !this.link.send('WHOIS', rest, rest); },
  kick(rest) {
    const [who, ...why] = rest.split(' ');
    return !who || this.room(['KICK', this.b.name, who, ...(why.length ? [why.join(' ')] : [])]);
  },
  ban(rest) { return this.room(['MODE', this.b.name, '+b', ...(rest ? [/[!@*]/.test(rest) ? rest : rest + '!*@*'] : [])]); },
  invite(rest) {
    const [who, room = this.b.name] = rest.split(' ');
    return !who || !this.link.send('INVITE', who, room);
  },
  mode(rest) {
    const words = rest.split(' ').filter(Boolean), plain = words.length === 0 || /^[+-]/.test(words[0]);
    if (plain && this.b.kind !== 'room') return true;
    this.link.send('MODE', ...(plain ? [this.b.name] : []), ...words);
  },
  names() { this.hooks.people(); },
  list() { this.hooks.list(); },
  search() { this.hooks.search(); },
  raw(rest) { return !rest || !this.link.raw(rest.replace(/[\r\n]/g, ' ')); },
  help() { this.hooks.help(Object.keys(commands)); },
};
const SAME = { j: 'join', leave: 'part', query: 'msg', quote: 'raw' };

export class Composer {
  b = null;
  reply = null;
  edit = null;
  #typed = [];
  #at = -1;
  #tabs = null;

  // hooks: go(b), enter(room, key), sent(), files(list), ask for the rest by their names
  constructor(model, hooks) {
    this.model = model;
    this.link = model.link;
    this.hooks = hooks;
    this.area = make('textarea', { rows: 1, enterKeyHint: 'send', autocapitalize: 'sentences', ariaLabel: t('message') });
    this.about = make('div.about', { hidden: true });
    const pick = make('input', { type: 'file', multiple: true, hidden: true, id: 'pick' });
    this.clip = iconButton('clip', t('attach'), () => pick.click());
    pick.onchange = () => {
      hooks.files([...pick.files]);
      pick.value = '';
    };
    this.form = make('div.compose', {}, this.about, make('div.line', {}, this.clip, pick, this.area, iconButton('send', t('send'), () => this.#submit())));
    this.area.addEventListener('input', () => this.#changed());
    this.area.addEventListener('keydown', (e) => this.#key(e));
    this.area.addEventListener('paste', (e) => {
      if (e.clipboardData.files.length === 0) return;
      e.preventDefault();
      hooks.files([...e.clipboardData.files]);
    });
  }

  get talks() {
    return this.b.kind === 'talk' || (this.b.kind === 'room' && (this.b.was || this.link.state !== 'ready'));
  }

  room(line) {
    return this.b.kind !== 'room' || !this.link.send(...line);
  }

  leave(rest) {
    const [, name, why] = /^([^\s]*)\s*(.*)$/s.exec(rest), named = this.model.isRoom(name), b = named ? this.model.find(name) : this.b;
    if (!b?.joined) return;
    this.link.send('PART', b.name, ...((named ? why : rest) ? [named ? why : rest] : []));
    b.joined = false;
    this.model.close(b);
  }

  // --- which room's ---

  show(b) {
    if (this.b) this.hooks.keep(this.b, this.edit ? '' : this.area.value);
    this.b = b;
    this.reply = this.edit = null;
    this.#about();
    this.set(this.hooks.kept(b));
    this.drawHint();
  }

  drawHint() {
    const { b } = this;
    this.area.placeholder = b.kind === 'server' ? t('commandsOnly') : b.kind === 'room' && !b.was && this.link.state === 'ready' ? t('notIn', b.name) : t('writeTo', b.name);
    this.clip.hidden = b.kind === 'server' || !this.hooks.takesFiles();
  }

  set(text) {
    this.area.value = text;
    this.#size();
  }

  #size() {
    this.area.style.height = 'auto';
    this.area.style.height = Math.min(this.area.scrollHeight + 2, innerHeight * 0.4) + 'px';
  }

  focus() {
    const { area } = this;
    area.focus({ preventScroll: true });
    area.setSelectionRange(area.selectionStart, area.selectionEnd); // a dialog that closes gives the focus back, but no caret
  }

  #changed() {
    const { value } = this.area;
    this.#size();
    this.#tabs = null;
    this.model.typed(this.b, value === '' || value[0] === '/' ? 'done' : 'active');
    this.hooks.keep(this.b, this.edit ? '' : value);
  }

  // --- about another line ---

  #about() {
    const line = this.reply ?? this.edit;
    this.about.hidden = !line;
    this.about.replaceChildren(...(line ? [make('span', {}, make('b', {}, this.edit ? t('editing') : t('replyTo', line.nick)), ' ', strip(line.text).slice(0, 160)),
      iconButton('close', t('cancel'), () => this.drop())] : []));
  }

  answer(line) {
    if (this.edit) this.set('');
    this.reply = line;
    this.edit = null;
    this.#about();
    this.focus();
  }

  rewrite(line) {
    this.reply = null;
    this.edit = line;
    this.set(line.text);
    this.#about();
    this.focus();
  }

  drop() {
    if (this.edit) this.set('');
    this.reply = this.edit = null;
    this.#about();
    this.focus();
  }

  // --- Enter ---

  #submit() {
    const text = this.area.value.replace(/[ \t]+$/gm, '').replace(/^\n+|\n+$/g, '');
    if (!text) return;
    if (this.edit) {
      this.#rewritten(text);
    } else if (text[0] === '/' && text[1] !== '/' && !/^\/[^\s/]*\//.test(text)) {
      if (this.#command(text)) return;
    } else if (!this.talks) {
      return void this.hooks.say(t(this.b.kind === 'server' ? 'commandsOnly' : 'notIn', this.b.name), true);
    } else {
      this.model.say(this.b, text.replace(/^\/\//, '/'), { reply: this.reply?.id ?? '' });
    }
    this.#typed = [...this.#typed.filter((l) => l !== text), text].slice(-TYPED_MAX);
    this.#at = -1;
    this.hooks.keep(this.b, '');
    this.reply = this.edit = null;
    this.#about();
    this.model.typed(this.b, 'done');
    this.set('');
    this.hooks.sent();
  }

  // The new text first: should the old one not go, nothing is lost.
  async #rewritten(text) {
    const { b, edit: line } = this;
    if (text === line.text) return;
    const id = await this.model.say(b, text, { reply: line.reply });
    if (id) this.model.redact(b, line, t('rewritten')).catch((e) => this.hooks.say(e.message, true));
  }

  #command(text) {
    const [, word, rest] = /^\/(\S*)\s*(.*)$/s.exec(text), name = SAME[word.toLowerCase()] ?? word.toLowerCase();
    const act = Object.hasOwn(commands, name) ? commands[name] : null;
    if (!act) this.hooks.say(t('noCommand', word), true);
    else if (this.link.state !== 'ready' && !['me', 'help', 'names'].includes(name)) this.hooks.say(t('offline'), true);
    else if (act.call(this, rest.trim())) this.hooks.say(t('use', t('use_' + name)), true);
    else return false;
    return true;
  }

  // --- keys ---

  #key(e) {
    const { area } = this, mod = e.ctrlKey || e.metaKey;
    if (e.isComposing || e.keyCode === 229) return; // it belongs to the input method
    if (e.key === 'Enter' && !e.shiftKey && !e.altKey && !mod) this.#submit();
    else if (e.key === 'Tab' && !e.shiftKey && !mod && !e.altKey) return this.#complete(e);
    else if (e.key === 'ArrowUp' && mod) this.hooks.editLast();
    else if (e.key === 'ArrowUp' && !e.shiftKey && !e.altKey && !area.value.slice(0, area.selectionStart).includes('\n') && (area.value === '' || this.#at >= 0)) this.#recall(1);
    else if (e.key === 'ArrowDown' && !e.shiftKey && !e.altKey && this.#at >= 0) this.#recall(-1);
    else if (e.key === 'PageUp' || e.key === 'PageDown') this.hooks.page(e.key === 'PageUp' ? -1 : 1);
    else if (e.key === 'Escape' && (this.reply || this.edit)) this.drop();
    else return;
    e.preventDefault();
    e.stopPropagation();
  }

  #recall(by) {
    const at = this.#at + by;
    if (at >= this.#typed.length) return;
    this.#at = at;
    this.set(at < 0 ? '' : this.#typed.at(-1 - at));
  }

  // The word before the caret; once more for the next that fits. A Tab that completes nothing moves on.
  #complete(e) {
    const { area } = this, end = area.selectionStart;
    if (!this.#tabs) {
      const from = Math.max(area.value.lastIndexOf(' ', end - 1), area.value.lastIndexOf('\n', end - 1)) + 1;
      const word = area.value.slice(from, end), found = word ? this.#fits(word, from === 0) : [];
      if (found.length === 0) return;
      this.#tabs = { found, n: -1, from, end };
    }
    const tabs = this.#tabs;
    tabs.n = (tabs.n + 1) % tabs.found.length;
    area.setRangeText(tabs.found[tabs.n], tabs.from, tabs.end, 'end');
    tabs.end = area.selectionStart;
    this.#size();
    e.preventDefault();
  }

  // Who has spoken last comes first.
  #fits(word, first) {
    const { b, model } = this, starts = (s) => model.fold(s).startsWith(model.fold(word));
    if (word[0] === '/' && first) return Object.keys(commands).filter((c) => c.startsWith(word.slice(1))).map((c) => `/${c} `);
    if (model.isRoom(word)) return [...model.buffers.values()].filter((o) => o.kind === 'room' && starts(o.name)).map((o) => o.name + ' ');
    const bare = word.replace(/^@/, ''), last = new Map(b.lines.map((l) => [l.nick, l.at]));
    const names = [...b.members.values()].map((m) => m.user.nick);
    return (b.kind === 'talk' ? [...names, b.name] : names).filter((n) => model.fold(n).startsWith(model.fold(bare)) && !model.isMe(n))
      .sort((x, y) => (last.get(y) ?? 0) - (last.get(x) ?? 0) || x.localeCompare(y)).map((n) => n + (first ? ': ' : ' '));
  }
}
