// chat_log.js: the lines of a room as they are seen. Whatever came from others is text, never markup.
import { iconButton, make, press } from './make.js';
import { hue, links, spans, strip } from './chat_msg.js';
import { SAID } from './chat_model.js';
import { clock, day, list, moment, t } from './chat_words.js';

const GROUP = 5 * 60e3; // ms within which one person's lines stand together
const NEAR = 40, FAR = 900; // px: that near to the end is at the end; that near to an end, more is fetched
const FOLDED = new Set(['join', 'part', 'quit', 'nick']);
const EMOJI = ['👍', '❤️', '😂', '🎉', '👀', '✅', '🙏', '😮', '🤔', '😢', '🔥', '🚀', '👏', '💯', '☕', '👎'];
export const hovers = matchMedia('(hover: hover)').matches; // a mouse; a finger does not
const PICTURE = /\.(png|jpe?g|gif|webp|avif)$/i;

// --- text ---

// A picture is shown when it comes from where this page comes from.
function pictureOf(url) {
  if (url.hostname !== location.hostname || !/^https?:$/.test(url.protocol) || !PICTURE.test(url.pathname)) return '';
  return location.origin + url.pathname + url.search;
}

function linkNode({ text, url, room }) {
  if (room) return make('a', { href: '#' + encodeURIComponent(room), className: 'to' }, text);
  if (url) return make('a', { href: url.href, target: '_blank', rel: 'noopener noreferrer' }, text);
  return text;
}

export function textNodes(text) {
  return spans(text).map(({ text: part, fore: ink, back: paper, ...style }) => {
    const nodes = links(part).map(linkNode), names = Object.keys(style).filter((k) => style[k]);
    if (names.length === 0 && !ink && !paper) return nodes;
    const span = make(style.mono ? 'code' : 'span', { className: names.join(' ') }, ...nodes);
    if (ink) span.style.color = paper ? ink : `color-mix(in oklab, ${ink} 72%, var(--ink))`;
    if (paper) span.style.backgroundColor = paper;
    return span;
  }).flat();
}

export const tinted = (e, nick) => {
  e.style.setProperty('--h', hue(nick.toLowerCase().replace(/[_`|]+$/, '')));
  return e;
};
export const face = (nick, what = 'span.face') => tinted(make(what, { ariaHidden: 'true' }, [...nick][0].toUpperCase()), nick);

// --- one line ---

const stamp = (at) => make('time', { dateTime: new Date(at).toISOString(), title: moment(at) }, clock(at));

function quoteOf(b, line) {
  if (!line.reply) return [];
  const to = b.ids.get(line.reply);
  return [make('a.quote', { href: '#' },
    ...(to && !to.gone ? [tinted(make('b', {}, to.nick), to.nick), ' ', strip(to.text).replace(/\s+/g, ' ').slice(0, 160)] : [t(to ? 'goneQuote' : 'earlier')]))];
}

function reactionsOf(b, line, me) {
  const all = [...b.reactions.get(line.id) ?? []];
  return all.length === 0 ? [] : [make('div.reacts', {}, ...all.map(([emoji, who]) => {
    const names = list([...who].slice(0, 20));
    return press('react', `${emoji} ${who.size}`, null, { title: names, ariaLabel: `${emoji} ${who.size}: ${names}`, ariaPressed: String(who.has(me)), value: emoji });
  }))];
}

function picturesOf(line) {
  const urls = [...new Set(links(strip(line.text)).filter((l) => l.url).map((l) => pictureOf(l.url)).filter(Boolean))].slice(0, 4);
  return urls.length === 0 ? [] : [make('div.pictures', {}, ...urls.map((src) =>
    make('a', { href: src, target: '_blank', rel: 'noopener' }, make('img', { src, alt: decodeURIComponent(src.replace(/.*\//, '').replace(/%(?![0-9a-f]{2})/gi, '%25')), loading: 'lazy', decoding: 'async' }))))];
}

function said(b, line, me, bot) {
  const name = line.nick;
  const nick = tinted(press('nick', name, null, { value: name }), name);
  const text = line.gone ? [t(line.self || line.gone.nick === name ? 'gone' : 'goneBy', line.gone.nick) + (line.gone.why ? ` (${line.gone.why})` : '')] : textNodes(line.text);
  if (line.kind === 'action') text.unshift(tinted(make('b', {}, name), name), ' ');
  return [face(name), make('div.who', {}, nick, ...(bot ? [make('span.bot', {}, t('bot'))] : []), stamp(line.at)), ...quoteOf(b, line),
    make('div.text', { dir: 'auto' }, ...text), ...(line.gone ? [] : picturesOf(line)), ...reactionsOf(b, line, me),
    ...(line.state === 'failed' ? [make('div.fault', {}, line.why || t('maybeLost'), ' ', press('again', t('again')))] : [])];
}

export function eventText({ what, nick, args = [] }) {
  return t('ev_' + what, nick, ...args);
}

// Who came, left, or is called otherwise now, after all of them.
function foldText(events) {
  const there = new Map(), renamed = [];
  for (const { what, nick, args } of events)
    if (what === 'nick') renamed.push(t('ev_nick', nick, args[0]));
    else there.set(nick, what === 'join');
  const some = (word, is) => {
    const names = [...there].filter(([, here]) => here === is).map(([n]) => n);
    return names.length === 0 ? [] : [t(word, list(names.length > 6 ? [...names.slice(0, 5), t('others', names.length - 5)] : names))];
  };
  return [...some('came', true), ...some('left', false), ...renamed.slice(-4)].join(' · ');
}

// --- all of them ---

export class Log {
  b = null;
  atEnd = true;

  // hooks: reply, edit, remove, again(line), person(nick), room(name), seen()
  constructor(model, hooks) {
    this.model = model;
    this.hooks = hooks;
    this.list = make('div.log', { role: 'log', ariaLive: 'polite', ariaLabel: t('messages') });
    this.start = make('p.start', { hidden: true });
    this.acts = make('div.acts', { role: 'toolbar', ariaLabel: t('acts'), hidden: true });
    this.scroll = make('div.scroll', { tabIndex: 0 }, this.start, this.list, this.acts);
    this.fresh = make('div.fresh', { role: 'separator' }, make('span', {}, t('new')));
    this.down = press('down', '', () => this.toEnd(), { hidden: true });
    this.scroll.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    this.scroll.addEventListener('click', (e) => this.#click(e));
    this.scroll.addEventListener('keydown', (e) => this.#key(e));
    if (hovers) this.list.addEventListener('pointerover', (e) => this.#offer(e.target.closest('.said')));
    if (hovers) this.scroll.addEventListener('pointerleave', () => this.acts.contains(document.activeElement) || this.#offer(null));
    this.list.addEventListener('focusin', (e) => e.target.matches('.said') && this.#offer(e.target));
    new ResizeObserver(() => this.atEnd && this.#bottom()).observe(this.scroll);
  }

  // --- what is drawn ---

  show(b) {
    if (this.b && !this.atEnd) this.b.place = this.#anchor();
    else if (this.b) this.b.place = null;
    this.b = b;
    this.days = new Map();
    this.#offer(null);
    this.atEnd = !b.place;
    this.draw();
    if (b.place?.node.isConnected) this.#restore(b.place);
    else this.#bottom();
    this.#scrolled();
  }

  #day(at) {
    const key = new Date(at).toDateString();
    if (!this.days.has(key)) this.days.set(key, make('div.day', { role: 'separator' }, make('span', {}, day(at))));
    return this.days.get(key);
  }

  #nodes() {
    const { b } = this, nodes = [];
    let last = null, lastDay = '', fold = null, marked = false;
    for (const line of b.lines) {
      const of = new Date(line.at).toDateString();
      if (of !== lastDay) nodes.push(this.#day(line.at));
      if (!marked && line.at >= b.mark && (marked = true)) nodes.push(this.fresh);
      if (of !== lastDay || nodes.at(-1) === this.fresh) fold = last = null;
      lastDay = of;
      if (line.kind === 'event' && FOLDED.has(line.what)) {
        if (!fold) {
          nodes.push((line.node ??= make('div.row.k-fold', {})));
          fold = { node: line.node, events: [] };
        }
        fold.events.push(line);
        fold.node.folds = fold.events;
        last = null;
        continue;
      }
      fold = null;
      const first = !last || !SAID.has(line.kind) || last.nick !== line.nick || last.kind !== line.kind || line.at - last.at > GROUP || !!line.reply;
      nodes.push(this.#row(line, first));
      last = SAID.has(line.kind) ? line : null;
    }
    return nodes;
  }

  #row(line, first) {
    const is = SAID.has(line.kind), node = (line.node ??= make('div', { tabIndex: is ? -1 : undefined }));
    node.line = line;
    if (node.rev !== line.rev || node.drawn !== line) {
      node.rev = line.rev;
      node.drawn = line;
      if (is) node.replaceChildren(...said(this.b, line, this.model.link.nick, line.bot || this.model.users.get(this.model.fold(line.nick))?.bot));
      else node.replaceChildren(stamp(line.at), make('div.text', {}, ...(line.title ? [make('b', {}, line.title + '\n')] : []), ...textNodes(line.kind === 'event' ? eventText(line) : line.text)));
    }
    const name = ['row', 'k-' + line.kind, is ? 'said' : 'told', first ? 'first' : 'next', line.mention && 'me', line.gone && 'gone', line.id && line.id === this.found && 'found', line.state].filter(Boolean).join(' ');
    if (node.className !== name) node.className = name;
    return node;
  }

  draw() {
    if (!this.b) return;
    const place = this.atEnd ? null : this.#anchor(), nodes = this.#nodes(), wanted = new Set(nodes);
    for (const n of nodes)
      if (n.folds) {
        const text = foldText(n.folds);
        if (n.textContent !== text) n.textContent = text;
      }
    this.list.ariaBusy = String(!!this.b.busy);
    this.drawn = this.b.from + this.b.to;
    for (const e of [...this.list.children]) if (!wanted.has(e)) e.remove();
    let at = this.list.firstChild;
    for (const n of nodes)
      if (n === at) at = at.nextSibling;
      else this.list.insertBefore(n, at);
    this.start.hidden = this.b.more || this.b.kind === 'server';
    this.start.textContent = t(this.b.kind === 'talk' ? 'startTalk' : 'start', this.b.name);
    if (place) this.#restore(place);
    else this.#bottom();
    this.atEnd ||= this.b.live && this.#below < NEAR;
    this.#downs();
    if (this.acts.row && !this.acts.row.isConnected) this.#offer(null);
    else if (this.acts.row) {
      this.#offer(this.acts.row);
      this.#place();
    }
    this.#fetch();
  }

  // --- where one is ---

  // The first row that is in sight, and where; it stays there whatever comes before it.
  #anchor() {
    const top = this.scroll.scrollTop, rows = this.list.children;
    let low = 0, high = rows.length - 1;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (rows[mid].offsetTop + rows[mid].offsetHeight > top) high = mid;
      else low = mid + 1;
    }
    while (rows[low + 1] && !rows[low].line) low++;
    return rows[low] ? { node: rows[low], by: rows[low].offsetTop - top } : null;
  }

  #restore({ node, by }) {
    if (node.isConnected) this.scroll.scrollTop = node.offsetTop - by;
  }

  #bottom() {
    this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  get #below() {
    return this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight;
  }

  #scrolled() {
    this.atEnd = this.#below < NEAR && this.b.live;
    if (this.atEnd) this.hooks.seen();
    this.#downs();
    this.#fetch();
  }

  #downs() {
    const { unread } = this.b;
    this.down.hidden = this.atEnd;
    this.down.textContent = unread > 0 ? t('newBelow', unread) : t('toEnd');
  }

  #fetch() {
    if (this.b.busy || !this.scroll.clientHeight || this.drawn !== this.b.from + this.b.to) return; // a draw is due
    if (this.scroll.scrollTop < FAR && this.b.more) this.model.older(this.b);
    else if (!this.b.live && this.#below < FAR) this.model.newer(this.b);
  }

  async toEnd() {
    if (!this.b.live) await this.model.latest(this.b);
    this.atEnd = true;
    this.draw();
    this.#scrolled();
  }

  by(pages) {
    this.scroll.scrollBy({ top: pages * this.scroll.clientHeight * 0.85 });
  }

  async jump(id) {
    const { b } = this;
    if (!(await this.model.around(b, id)) || b !== this.b) return false;
    this.atEnd = false;
    this.found = id;
    setTimeout(() => this.found === id && (this.found = ''), 2500);
    this.draw();
    b.ids.get(id).node.scrollIntoView({ block: 'center' });
    this.#scrolled();
    return true;
  }

  // --- what can be done with a line ---

  #can(line) {
    const { link } = this.model, there = line.id && !line.gone && this.b.kind !== 'server' && link.state === 'ready';
    const remove = there && line.self && link.caps.has('draft/message-redaction');
    return { react: there && this.model.canTag('draft/react'), reply: there && this.model.canTag('draft/reply'), edit: remove && line.kind === 'say', remove };
  }

  #offer(row) {
    if (row === this.acts.row && row?.line === this.acts.line) return;
    Object.assign(this.acts, { row, line: row?.line });
    const can = row ? this.#can(row.line) : {}, names = Object.keys(can).filter((k) => can[k]);
    this.acts.hidden = names.length === 0;
    this.acts.replaceChildren(...names.map((n) => iconButton(n, t('act_' + n), () => this.act(n, row))));
    if (row) this.#place();
  }

  #place() {
    this.acts.style.top = this.acts.row.offsetTop + 'px';
  }

  act(name, row) {
    if (!this.#can(row.line)[name]) return;
    if (name === 'react') return this.#pick(row);
    this.#offer(null);
    this.hooks[name](row.line);
  }

  #pick(row) {
    this.acts.replaceChildren(...EMOJI.map((emoji) => press('emoji', emoji, () => {
      this.model.react(this.b, row.line, emoji);
      this.#offer(null);
      this.hooks.back();
    })));
    this.acts.hidden = false;
    this.acts.firstChild.focus();
  }

  #click(e) {
    const row = e.target.closest('.row'), line = row?.line, a = e.target.closest('a, button');
    if (!line || !this.list.contains(row)) return;
    if (!a) return void (getSelection().isCollapsed && SAID.has(line.kind) && this.#offer(row));
    if (a.matches('.quote')) this.jump(line.reply).then((found) => found || this.hooks.say(t('notFound')));
    else if (a.matches('.to')) this.hooks.room(decodeURIComponent(a.hash.slice(1)));
    else if (a.matches('.nick')) this.hooks.person(a.value);
    else if (a.matches('.react')) this.model.react(this.b, line, a.value);
    else if (a.matches('.again')) this.model.again(this.b, line);
    else return;
    e.preventDefault();
  }

  #key(e) {
    const row = e.target.closest('.said'), rows = [...this.list.querySelectorAll('.said')];
    const step = { ArrowUp: -1, ArrowDown: 1 }[e.key];
    if (e.ctrlKey || e.altKey || e.metaKey) return;
    if (step && (row || e.target === this.scroll)) {
      const to = row ? rows[rows.indexOf(row) + step] : rows.findLast((r) => r.offsetTop < this.scroll.scrollTop + this.scroll.clientHeight);
      to?.focus();
      to?.scrollIntoView({ block: 'nearest' });
      if (!to && step > 0) this.hooks.back();
    } else if (row && e.target === row && { r: 1, Enter: 1, e: 1, '+': 1, Delete: 1 }[e.key]) {
      this.act({ r: 'reply', Enter: 'reply', e: 'edit', '+': 'react', Delete: 'remove' }[e.key], row);
    } else if (e.target.closest('.acts') && { ArrowLeft: 1, ArrowRight: 1 }[e.key]) {
      e.target[e.key === 'ArrowLeft' ? 'previousElementSibling' : 'nextElementSibling']?.focus();
    } else if (e.key === 'Escape' && e.target !== this.scroll) {
      this.#offer(null);
      this.hooks.back();
      e.stopPropagation();
    } else {
      return;
    }
    e.preventDefault();
  }
}
