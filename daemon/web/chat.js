// chat.js: the page at /chat/: what is in it, coming in, and what binds its parts.
import { decode, iconButton, make, press } from './make.js';
import { ask, field, joiner, searcher, switcher } from './chat_ask.js';
import { Composer } from './chat_input.js';
import { Link } from './chat_link.js';
import { hovers, Log, tinted } from './chat_log.js';
import { Model } from './chat_model.js';
import { strip } from './chat_msg.js';
import { People, Rooms } from './chat_side.js';
import { Sender } from './chat_send.js';
import { language, list, t } from './chat_words.js';

const { body, documentElement: root } = document, { account: known, lobby, name: network, login: sites } = body.dataset;
const { hash } = location, icon = document.querySelector('link[rel=icon]'), ICON = icon.getAttribute('href');

// --- what is kept ---

const kept = { name: '', rooms: null, keys: {}, drafts: {}, theme: '', notify: false, ...load('localStorage') };
function load(where) {
  try {
    return JSON.parse(window[where].chat);
  } catch {
    return {}; // there is nothing, or it is forbidden
  }
}
function store(where, what, change) {
  try {
    window[where].chat = JSON.stringify(Object.assign(what, change));
  } catch { /* it is not kept, then */ }
}
const session = load('sessionStorage'), save = (change) => store('localStorage', kept, change), remember = (change) => store('sessionStorage', session, change);

root.lang = language;
const dress = () => { root.style.colorScheme = kept.theme || ''; };
dress();

// --- words that come and go ---

const toasts = make('div.toasts', { role: 'status' });
function say(text, fault = false) {
  const p = toasts.appendChild(make('p', { className: fault ? 'no' : '' }, text));
  setTimeout(() => p.remove(), fault ? 7000 : 4000);
}

// --- the parts ---

const where = new URL('ws', location.href);
where.protocol = where.protocol.replace('http', 'ws');
where.hash = where.search = '';

const wanted = new Set(); // folded names of rooms to be shown once we are in
const link = new Link(where.href, { state, ready, message: (m) => model.message(m), refused });
const model = new Model(link, { changed, arrived, shown: (b) => b === model.current && log.atEnd && !document.hidden, listed: (rooms) => listed?.(rooms) });
const log = new Log(model, {
  reply: (line) => composer.answer(line), edit: (line) => composer.rewrite(line), remove, person, say,
  room: (name) => (model.find(name) ? go(model.find(name)) : enter(name)), back: () => composer.focus(),
  seen: () => document.hidden || model.markRead(model.current),
});
const composer = new Composer(model, {
  go, enter, say, sent: () => log.toEnd(), files: (files) => sender.add(model.current, files), page: (n) => log.by(n),
  keep: (b, text) => {
    if (text) kept.drafts[b.name] = text;
    else delete kept.drafts[b.name];
    clearTimeout(composer.saving);
    composer.saving = setTimeout(() => save(), 300);
  },
  kept: (b) => kept.drafts[b.name] ?? '', takesFiles: () => !!fileHost(), away: () => !!model.user(link.nick).away,
  editLast: () => {
    const line = model.current.lines.findLast((l) => l.self && l.id && !l.gone && l.kind === 'say');
    if (line && link.caps.has('draft/message-redaction')) composer.rewrite(line);
  },
  people: () => drawer('people', true), list: () => joining(), search: () => searching(), help,
});
const sender = new Sender(model, {
  url: fileHost, say,
  done: (b, url) => b.kind === 'talk' && model.say(b, url), // a room is told by the server
});
const rooms = new Rooms(model, { go, close: shut, join: () => joining(), talk: () => switching() });
const people = new People(model, { person });

const title = make('h1', { dir: 'auto' }), topic = press('topic', '', () => setTopic(), { dir: 'auto' });
const menu = iconButton('menu', t('roomsAndTalks'), () => drawer('side')), find = iconButton('find', t('search'), () => searching()), who = iconButton('who', t('people'), () => drawer('people'));
const banner = make('p.banner', { role: 'status', hidden: true }), typing = make('p.typing', { ariaLive: 'polite' });
const face = make('span.face', { ariaHidden: 'true' }), me = make('bdi'), mine = make('small');
const side = make('aside.side', { ariaLabel: t('roomsAndTalks') },
  make('header', {}, make('a', { href: '../' }, network), iconButton('switch', t('switch') + ' (Ctrl+K)', () => switching())),
  rooms.nav, make('footer', {}, face, make('span', {}, me, mine), iconButton('set', t('settings'), settings)));
const main = make('main', {}, make('header', {}, menu, title, topic, find, who), banner,
  make('div.middle', {}, log.scroll, log.down), sender.box, typing, composer.form);
const shade = make('div.shade', { onclick: () => drawer('') });
const app = make('div.app', {}, side, main, people.box, shade, toasts);

// --- drawing, once a frame ---

const dirty = new Set();
let waiting = false;

function changed(what, b) {
  if (what === 'joined') entered(b);
  if (['log', 'typing', 'head', 'members'].includes(what) && b && b !== model.current) return;
  dirty.add(what);
  if (waiting) return;
  waiting = true;
  if (document.hidden) setTimeout(draw, 100);
  else requestAnimationFrame(draw);
}

function draw() {
  const all = dirty.has('all') || dirty.has('joined'), is = (what) => all || dirty.delete(what), b = model.current;
  waiting = false;
  if (!b) return void dirty.clear();
  if (is('side') || dirty.has('log')) {
    rooms.draw();
    badge();
  }
  if (is('head')) drawHead(b);
  if (is('members')) people.draw(b);
  if (is('log')) log.draw();
  if (is('typing')) drawTyping(b);
  if (is('me')) drawMe();
  dirty.clear();
}

function drawHead(b) {
  title.textContent = b.kind === 'server' ? t('server') : b.name;
  topic.replaceChildren(strip(b.topic) || (b.kind === 'room' && b.joined ? t('noTopic') : ''));
  topic.title = strip(b.topic);
  topic.classList.toggle('none', !b.topic);
  topic.disabled = b.kind !== 'room' || !b.joined;
  find.hidden = !link.caps.has('soju.im/search');
  app.classList.toggle('room', b.kind === 'room');
  who.hidden = b.kind !== 'room';
  log.scroll.ariaLabel = t('messagesIn', title.textContent);
  composer.drawHint();
}

function drawTyping(b) {
  const names = [...b.typing.keys()];
  typing.textContent = names.length === 0 ? '' : names.length > 3 ? t('manyType') : t(names.length > 1 ? 'type' : 'types', list(names));
}

function drawMe() {
  tinted(face, link.nick).textContent = [...link.nick][0]?.toUpperCase() ?? '';
  me.textContent = link.nick;
  const away = link.nick && model.user(link.nick).away;
  mine.textContent = link.state !== 'ready' ? t('offline') : away ? t('away') : link.account ? t('account', link.account) : t('guest');
  app.classList.toggle('off', link.state !== 'ready');
}

function badge() {
  const all = [...model.buffers.values()], n = all.reduce((sum, b) => sum + b.mentions, 0), any = all.some((b) => b.unread > 0);
  document.title = `${n > 0 ? `(${n}) ` : any ? '• ' : ''}${model.current.name || t('server')} – ${network}`;
  const href = ICON.replace('icon.svg', n > 0 || any ? 'icon_new.svg' : 'icon.svg');
  if (icon.getAttribute('href') !== href) icon.setAttribute('href', href);
  menu.classList.toggle('dot', all.some((b) => b !== model.current && b.unread > 0));
}

// --- going about ---

function go(b) {
  const from = model.current;
  drawer('');
  if (from && from !== b && from.unread === 0) from.mark = Infinity;
  model.current = b;
  composer.show(b);
  const place = b.kind === 'room' ? '#' + encodeURIComponent(b.name.replace(/^#/, '')) : b.kind === 'talk' ? '#@' + encodeURIComponent(b.name) : '#';
  if (location.hash !== place) history.replaceState(null, '', place === '#' ? location.pathname : place);
  remember({ last: b.name });
  for (const what of ['all', 'log']) changed(what, b);
  draw();
  log.show(b);
  if (hovers) composer.focus();
}

function enter(name, key = kept.keys[name]) {
  if (link.state !== 'ready') return say(t('offline'), true);
  const b = model.find(name);
  if (b?.joined) return go(b);
  if (key) kept.keys[name] = key;
  wanted.add(model.fold(name));
  link.send('JOIN', name, ...(key ? [key] : []));
}

function entered(b) {
  keepRooms();
  if (!model.current || wanted.delete(model.fold(b.name))) go(b);
}

const keepRooms = () => save({ rooms: [...model.buffers.values()].filter((b) => b.was).map((b) => b.name) });

function shut(b) {
  const all = rooms.ordered, next = all[all.indexOf(b) + 1] ?? all[all.indexOf(b) - 1];
  model.close(b);
  keepRooms();
  if (b === model.current) go(next?.kind === 'server' ? all.find((o) => o !== b) ?? next : next ?? model.server);
}

function step(by, unread = false) {
  const all = rooms.ordered, n = all.length, at = all.indexOf(model.current);
  for (let i = 1; i <= n; i++) {
    const b = all[(at + by * i + n * i) % n];
    if (!unread || b.unread > 0) return go(b);
  }
}

function fromHash(of = location.hash) {
  const name = decode(of.slice(1));
  if (name[0] === '@') return go(model.talk(name.slice(1)));
  if (!name) return;
  const room = /^[#&]/.test(name) ? name : '#' + name, b = model.find(room);
  if (b?.joined) go(b);
  else enter(room);
}

// The drawers of a narrow page; on a wide one, people come and go.
function drawer(name, on) {
  if (name === 'people' && !matchMedia('(max-width: 800px)').matches) return void app.classList.toggle('alone', on === undefined ? on : !on);
  const open = name && (on ?? !app.classList.contains(name + '-open')) ? name : '';
  app.classList.toggle('side-open', open === 'side');
  app.classList.toggle('people-open', open === 'people');
  menu.ariaExpanded = String(open === 'side');
  who.ariaExpanded = String(open === 'people');
  if (open) (open === 'side' ? side : people.box).querySelector('button, input')?.focus();
}

// --- dialogs ---

const switching = () => switcher(model, go, enter);
const searching = () => link.caps.has('soju.im/search') && searcher(model, model.current, jump);
let listed = null;
function joining() {
  joiner(model, new Promise((resolve) => { listed = resolve; }), enter);
  link.send('LIST');
}

async function jump(place, id) {
  const b = model.find(place) ?? (model.isRoom(place) ? null : model.talk(place));
  if (b && b !== model.current) go(b);
  if (!b || !(await log.jump(id))) say(t('notFound'), true);
}

async function person(nick) {
  const b = model.current, member = b.members.get(model.fold(link.nick)), op = b.kind === 'room' && /[~&@%]/.test(member?.modes ?? '') && b.members.has(model.fold(nick)) && !model.isMe(nick);
  const data = await ask(nick, [], ...(op ? [['kick', t('kick'), 'danger']] : []), ['whois', t('whois')], ...(model.isMe(nick) ? [] : [['talk', t('talkTo'), 'main']]));
  drawer('');
  if (data?.pressed === 'talk') go(model.talk(nick));
  else if (data?.pressed === 'whois') link.send('WHOIS', nick, nick);
  else if (data?.pressed === 'kick') link.send('KICK', b.name, nick);
}

async function remove(line) {
  const b = model.current;
  if (await ask(t('removeIt'), [make('p', {}, strip(line.text).slice(0, 300))], ['yes', t('act_remove'), 'danger'])) model.redact(b, line).catch((e) => say(e.message, true));
  composer.focus();
}

async function setTopic() {
  const b = model.current, data = await ask(t('topicOf', b.name), [make('textarea', { name: 'topic', rows: 3, ariaLabel: t('topicOf', b.name) }, b.topic)], ['yes', t('set'), 'main']);
  if (data && data.get('topic') !== b.topic) link.send('TOPIC', b.name, data.get('topic'));
}

function help(names) {
  ask(t('help'), [make('p', {}, ...names.flatMap((n) => [make('code', { title: t('use_' + n) }, '/' + n), ' '])), make('p.text', {}, t('keys'))]);
}

async function settings() {
  const themes = make('select', { name: 'theme' }, ...['', 'light', 'dark'].map((v) => make('option', { value: v, selected: kept.theme === v }, t('theme_' + v))));
  const may = 'Notification' in window && isSecureContext;
  const notes = make('input', { type: 'checkbox', name: 'notify', checked: kept.notify && may && Notification.permission === 'granted', disabled: !may });
  const canRegister = link.caps.has('draft/account-registration') && !link.account && link.state === 'ready';
  const data = await ask(t('settings'), [make('label', {}, t('theme'), themes), make('label.check', {}, notes, t(may ? 'notify' : 'notifySecure')), field(t('yourName'), { name: 'nick', value: link.nick || kept.name, maxLength: 64, pattern: '[^\\s,#&]+' })],
    ['leave', t(link.account ? 'logOut' : 'goOut'), 'danger'], ...(canRegister ? [['register', t('register')]] : []), ['yes', t('set'), 'main']);
  if (!data) return composer.focus();
  if (data.pressed === 'leave') return leave();
  if (data.pressed === 'register') return register();
  save({ theme: data.get('theme'), notify: data.has('notify') && (await Notification.requestPermission()) === 'granted' });
  dress();
  if (data.get('nick') && data.get('nick') !== link.nick) link.send('NICK', data.get('nick'));
}

async function register() {
  const data = await ask(t('register'), [make('p', {}, t('registerAs', link.nick)), field(t('password'), { name: 'password', type: 'password', required: true, autocomplete: 'new-password' })], ['yes', t('register'), 'main']);
  if (!data) return;
  link.ask([{}, 'REGISTER', '*', '*', data.get('password')]).then(([m]) => {
    Object.assign(link.login, { account: link.nick, password: data.get('password') });
    say(m?.params.at(-1) ?? t('registered'));
  }, (e) => say(e.message, true));
}

// --- files ---

// The server's own: whatever name it calls itself by, it is reached by that of this page.
function fileHost() {
  const said = link.support.get('draft/FILEHOST') ?? link.support.get('soju.im/FILEHOST');
  if (!said) return null;
  const url = new URL(said, new URL('../', location.href)), ours = /\/-\/.*/.exec(url.pathname);
  return new URL(ours ? '..' + ours[0] : url.pathname + url.search, location.href);
}

const hasFiles = (e) => model.current && e.dataTransfer?.types.includes('Files');
addEventListener('dragover', (e) => {
  if (!hasFiles(e)) return;
  e.preventDefault();
  app.dataset.over = t('drop', title.textContent);
});
addEventListener('dragleave', (e) => e.relatedTarget || delete app.dataset.over);
addEventListener('drop', (e) => {
  delete app.dataset.over;
  if (!hasFiles(e)) return;
  e.preventDefault();
  sender.add(model.current, [...e.dataTransfer.files]);
});

// --- being told ---

function arrived(b, line) {
  if (line.mention || b.kind === 'talk') notify(b.kind === 'talk' ? line.nick : t('inRoom', line.nick, b.name), strip(line.text), b);
}

function notify(head, text, b) {
  if (!kept.notify || !(document.hidden || !document.hasFocus()) || !('Notification' in window) || Notification.permission !== 'granted') return;
  try {
    const n = new Notification(head, { body: text.slice(0, 300), tag: b.name, icon: ICON, silent: true });
    n.onclick = () => {
      focus();
      go(b);
      n.close();
    };
  } catch { /* some phones have them for service workers alone */ }
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden || !model.current) return;
  if (log.atEnd) model.markRead(model.current);
  changed('side');
});

// --- coming in ---

const gate = make('form.gate', {});
function drawGate(fault = '') {
  const name = field(t('yourName'), { name: 'nick', value: link.login?.nick || kept.name || known, required: true, maxLength: 64, autocomplete: 'username', autocapitalize: 'none', spellcheck: false });
  const password = field(t('password'), { name: 'password', type: 'password', autocomplete: 'current-password', placeholder: t('passwordHint') });
  const stay = make('label.check', { hidden: sites !== 'yes' }, make('input', { type: 'checkbox', name: 'stay', value: 'yes' }), t('stay'));
  const p = make('p.fault', { role: 'alert' }, fault);
  gate.replaceChildren(make('h1', {}, network), make('p.note', {}, t('gate')), name, password, stay, p, make('button.main', {}, t('comeIn')), make('a', { href: '../' }, t('otherWays')));
  app.remove();
  body.append(gate);
  (name.querySelector('input').value ? (fault ? password : name) : name).querySelector('input').focus();
}
gate.onsubmit = (e) => {
  const data = new FormData(gate), nick = data.get('nick').trim().replace(/\s+/g, '_'), password = data.get('password');
  e.preventDefault();
  if (!nick) return;
  gate.querySelector('.main').disabled = true;
  gate.querySelector('.fault').textContent = '';
  open({ nick, account: password ? nick : known, password, stay: data.has('stay') });
};

function open(login, again) {
  save({ name: login.nick });
  link.open(login, again);
}

function refused(what, why) {
  remember({ in: false });
  drawGate(t('refused_' + what) + (why && language === 'en' ? ` (${why})` : ''));
}

async function leave(why) {
  link.quit(why);
  remember({ in: false });
  if (known || link.login.stay) await fetch('../logout', { method: 'POST' }).catch(() => {});
  location.reload();
}

// --- the connection ---

let telling = 0; // a short break is not worth a word
function state() {
  const { state: now } = link;
  if (now === 'waiting' || now === 'off') model.lost();
  clearTimeout(telling);
  if (now === 'ready') banner.hidden = true;
  else telling = setTimeout(() => {
    banner.hidden = now === 'off';
    banner.textContent = `${t(now)} ${link.why}`;
    if (gate.isConnected && now === 'waiting') gate.querySelector('.fault').textContent = banner.textContent;
  }, 1000);
  changed('me');
}

function ready() {
  const { stay, account, password } = link.login, again = !!model.current;
  if (!again) {
    gate.remove();
    body.append(app);
    go(model.server);
  }
  if (stay && link.account) fetch('../login', { method: 'POST', body: new URLSearchParams({ name: account, password, to: '/' }), redirect: 'manual' }).catch(() => {});
  remember({ in: !password || stay, nick: link.nick });
  const open = [...model.buffers.values()], list = again ? open.filter((b) => b.was).map((b) => b.name) : kept.rooms?.length ? kept.rooms : [lobby];
  const plain = list.filter((n) => !kept.keys[n]);
  if (!again) for (const n of [session.last, list[0]]) if (list.includes(n)) { wanted.add(model.fold(n)); break; }
  for (let n = 0; n < plain.length; n += 8) link.send('JOIN', plain.slice(n, n + 8).join(','));
  for (const n of list) if (kept.keys[n]) link.send('JOIN', n, kept.keys[n]);
  for (const b of open) if (b.kind === 'talk') model.catchUp(b);
  model.talks(Date.now() - 30 * 864e5);
  if (!again && hash.length > 1) {
    wanted.clear();
    fromHash(hash);
  }
  for (const what of ['all', 'me']) changed(what);
}

// --- keys, and the rest of the page ---

addEventListener('keydown', (e) => {
  if (!app.isConnected || document.querySelector('dialog') || e.isComposing) return;
  const mod = e.ctrlKey || e.metaKey, key = e.key.toLowerCase();
  if ((mod || e.altKey) && key === 'k') switching();
  else if (mod && !e.shiftKey && key === 'f' && link.caps.has('soju.im/search')) searching();
  else if (e.altKey && !mod && (key === 'arrowup' || key === 'arrowdown')) step(key === 'arrowup' ? -1 : 1);
  else if (e.altKey && !mod && key === 'a') step(1, true);
  else if (key === 'escape' && !mod) {
    if (/-open/.test(app.className)) drawer('');
    else log.toEnd();
    composer.focus();
  } else if (key === 'pageup' || key === 'pagedown') log.by(key === 'pageup' ? -1 : 1);
  else if (key.length === 1 && !mod && !e.altKey && e.target === body) return composer.focus();
  else return;
  e.preventDefault();
});
addEventListener('pagehide', () => save());
addEventListener('hashchange', () => link.state === 'ready' && fromHash());
addEventListener('beforeunload', (e) => (sender.busy || [...model.buffers.values()].some((b) => b.pending.length > 0)) && e.preventDefault());
// A keyboard on the screen takes its place from the page.
visualViewport?.addEventListener('resize', () => {
  root.style.setProperty('--height', visualViewport.height + 'px');
  scrollTo(0, 0);
});

root.classList.add('js');
body.replaceChildren(app);
if (known && session.in !== false) open({ nick: session.nick || known, account: known, password: '' }, true);
else if (session.in && session.nick) open({ nick: session.nick, account: '', password: '' }, true);
else drawGate();
