// files.js: a folder's page, handier: filter, order, keys, selection, uploads, changes as they happen.
// Without it the page works by its links and forms.
import { decode, encode, make, sizeText } from './make.js';
import { bytesOf, fileUrl, isFolder, look, makeRow, nameOf, nameUrl, open, showTimes, sorted, timeOf } from './rows.js';
import { filesOf, Queue, wordsFor } from './send.js';
import { lookAt } from './view.js';

const main = document.querySelector('main'), tools = main.querySelector('.tools') ?? make('div', { className: 'tools' });
const table = main.querySelector('table.files'), body = table?.tBodies[0] ?? make('tbody');
const { path = '', may } = main.dataset, mayAdd = may !== 'read', mayChange = may === 'change' && !!table;
const rows = () => [...body.querySelectorAll('tr:not(.up)')];
const shown = () => rows().filter((r) => !r.hidden);
const byUrl = (url) => rows().find((r) => nameUrl(r) === url);
const chosen = () => [...body.querySelectorAll('.pick input:checked')].map((box) => box.closest('tr'));

document.documentElement.classList.add('js');
if (new URLSearchParams(location.search).has('said')) history.replaceState(null, '', location.pathname);

// --- words on top of the page ---

const toasts = document.body.appendChild(make('div', { className: 'toasts', role: 'status', ariaLive: 'polite' }));
function say(text, fault = false) {
  const p = toasts.appendChild(make('p', { className: fault ? 'no' : '' }, text));
  setTimeout(() => p.remove(), fault ? 8000 : 4000);
}

// A question; resolves to the value of the button that was pressed, '' when it was closed, and the form's data.
let asking = Promise.resolve();
function question(title, content, buttons) {
  const next = asking.then(() => new Promise((resolve) => {
    const form = make('form', { method: 'dialog' }, make('h2', {}, title), ...content,
      make('menu', {}, ...buttons.map(([value, label, look], i) =>
        make('button', { value, className: look ?? '', formNoValidate: value === '', type: 'submit', autofocus: i === 0 && content.length === 0 }, label))));
    const dialog = document.body.appendChild(make('dialog', {}, form));
    form.onkeydown = (e) => { // Enter is the main button
      if (e.key === 'Enter' && e.target.matches('input')) {
        e.preventDefault();
        form.requestSubmit(form.querySelector('.main, .danger'));
      }
    };
    dialog.onkeydown = (e) => e.stopPropagation();
    dialog.onclose = () => {
      dialog.remove();
      resolve({ value: dialog.returnValue, data: new FormData(form) });
    };
    dialog.showModal();
    form.querySelector('input')?.select();
  }));
  asking = next.catch(() => {});
  return next;
}

const nameInput = (label, value) => make('label', {}, label, make('input', { name: 'name', value, required: true, maxLength: 255, pattern: '[^.\\/][^\\/]*', title: 'No slash, and no dot at the beginning', autocomplete: 'off' }));
async function askName(title, label, value, button) {
  const { value: pressed, data } = await question(title, [nameInput(label, value)], [['', 'Cancel'], ['yes', button, 'main']]);
  return pressed === 'yes' ? data.get('name') : '';
}

// A request that changes something; true when it did, else the page says why not.
async function change(method, url, headers = {}) {
  const status = await fetch(url, { method, headers }).then((a) => a.status, () => 0);
  if (status < 200 || status > 299) say(`${decode(url.slice(2))}: ${wordsFor(status)}`, true);
  return status >= 200 && status < 300;
}

// --- rows ---

const MANY = 5000; // rows that are not put in order here: the server does it faster
let order = ['name', false];

function count() {
  const all = rows(), visible = shown(), total = main.querySelector('.total'), files = visible.filter((r) => !isFolder(r));
  const many = (n, word) => `${n} ${word}${n === 1 ? '' : 's'}`;
  if (!total) return;
  total.classList.toggle('empty', visible.length === 0);
  total.textContent = all.length === 0 ? 'This folder is empty.' : visible.length === 0 ? 'Nothing is called that.'
    : `${many(files.length, 'file')}, ${many(visible.length - files.length, 'folder')}, ${sizeText(files.reduce((n, r) => n + bytesOf(r), 0))}`
      + (visible.length < all.length ? ` (of ${all.length})` : '');
}

function arrange() {
  const all = rows();
  if (all.length <= MANY) body.append(...sorted(all, ...order));
  for (const th of table.tHead.querySelectorAll('th.name, th.size, th.time')) {
    if (th.classList.contains(order[0])) th.ariaSort = order[1] ? 'descending' : 'ascending';
    else th.removeAttribute('aria-sort');
  }
}

function put(...entries) {
  const old = new Map(rows().map((r) => [nameUrl(r), r]));
  for (const entry of entries) {
    const row = makeRow(entry, mayChange);
    row.classList.add('fresh');
    const before = old.get(entry.url), box = row.querySelector('input');
    if (box) box.checked = !!before?.querySelector('input').checked;
    const focused = before?.contains(document.activeElement);
    if (before) before.replaceWith(row);
    else body.append(row);
    if (focused) row.querySelector('a').focus();
  }
  arrange();
  sift();
}

function take(url) {
  byUrl(url)?.remove();
  count();
  selected();
}

// What is there under that name now.
async function refresh(url, folder) {
  if (!table) return;
  const entry = await look(url, folder).catch(() => null);
  if (entry) put(entry);
  else take(url);
}

// The whole folder, when changes may have been missed.
async function compare() {
  const { entries } = await fetch('./?json', { cache: 'no-store' }).then((a) => a.json());
  const old = new Map(rows().map((r) => [nameUrl(r), r])), now = new Set(), other = [];
  for (const e of entries) {
    const url = encode(e.name), row = old.get(url), folder = e.type === 'folder';
    now.add(url);
    if (!e.name.includes('\ufffd') && (!row || isFolder(row) !== folder || (!folder && (bytesOf(row) !== e.size || timeOf(row) !== Date.parse(e.modified)))))
      other.push({ ...e, url, folder });
  }
  for (const [url, row] of old) if (!now.has(url) && encode(decode(url)) === url) row.remove();
  if (other.length > 0) put(...other);
  count();
}

// --- filter, order, cards ---

const filter = make('input', { type: 'search', className: 'filter', placeholder: 'Filter', ariaLabel: 'Filter by name', autocomplete: 'off', oninput: sift });

function sift() {
  const parts = filter.value.toLowerCase().split(/\s+/);
  for (const r of rows()) r.hidden = !parts.every((p) => nameOf(r).toLowerCase().includes(p));
  count();
}

function columns() {
  const now = table.tHead.querySelector('[aria-sort]');
  if (now) order = [now.className, now.ariaSort === 'descending'];
  table.tHead.addEventListener('click', (e) => {
    const key = e.target.closest('a') && e.target.closest('th').className;
    if (!key || rows().length > MANY || e.ctrlKey || e.metaKey) return;
    e.preventDefault();
    order = [key, order[0] === key ? !order[1] : key !== 'name'];
    arrange();
    history.replaceState(null, '', `?sort=${key}&order=${order[1] ? 'desc' : 'asc'}`);
  });
}

const tool = (icon, label, act) =>
  make('button', { type: 'button', className: 'tool ' + icon, title: label, onclick: act }, make('span', { className: 'word' }, label));

const cards = tool('asgrid', 'Cards', () => layOut(!table.classList.contains('grid')));
function layOut(grid) {
  table.classList.toggle('grid', grid);
  cards.className = grid ? 'tool aslist' : 'tool asgrid';
  cards.firstChild.textContent = cards.title = grid ? 'List' : 'Cards';
  try {
    localStorage.setItem('cards', grid ? 'yes' : '');
  } catch { /* it is not kept, then */ }
}

// --- selection and what is done with it ---

const bar = make('span', { className: 'take', hidden: true });
const number = make('span', { className: 'count' });

function selected() {
  const n = chosen().length;
  number.textContent = `${n} selected`;
  bar.hidden = n === 0;
  const all = document.getElementById('all');
  if (all) all.checked = n > 0 && n === shown().length;
  for (const e of tools.children) if (e !== bar && e !== filter) e.hidden = n > 0;
  for (const e of bar.querySelectorAll('.one')) e.hidden = n !== 1;
}

const unselect = () => {
  for (const r of chosen()) r.querySelector('input').checked = false;
  selected();
};

async function rename(row) {
  const name = await askName('Rename', 'New name', nameOf(row), 'Rename');
  if (!name || name === nameOf(row)) return;
  const to = encode(name) + (isFolder(row) ? '/' : '');
  if (await change('MOVE', fileUrl(row), { Destination: new URL('./' + to, location.href.replace(/\?.*/, '')).href, Overwrite: 'F' })) {
    take(nameUrl(row));
    refresh(encode(name), isFolder(row));
  }
}

async function remove(list) {
  const what = list.length === 1 ? nameOf(list[0]) : `${list.length} things`;
  const { value } = await question(`Delete ${what}?`, [make('p', {}, list.some(isFolder) ? 'It is gone for good then, folders with all that is in them.' : 'It is gone for good then.')], [['', 'Keep'], ['yes', 'Delete', 'danger']]);
  if (value !== 'yes') return;
  for (const r of list) if (await change('DELETE', fileUrl(r))) take(nameUrl(r));
}

async function copyLinks(list) {
  const text = list.map((r) => new URL(fileUrl(r), location.href).href).join('\n');
  try {
    await navigator.clipboard.writeText(text);
    say(list.length === 1 ? 'The link is copied.' : 'The links are copied.');
  } catch { // not in clear HTTP
    question('Copy this', [make('input', { value: text, readOnly: true, ariaLabel: 'Link' })], [['', 'Close', 'main']]);
  }
}

async function makeFolder() {
  const name = await askName('New folder', 'Name', '', 'Make folder');
  if (name && (await change('MKCOL', './' + encode(name)))) refresh(encode(name), true);
}

async function share(url) {
  const days = make('select', { name: 'expires' }, ...[['1h', 'an hour'], ['1d', 'a day'], ['7d', 'a week'], ['30d', 'a month']]
    .map(([value, text]) => make('option', { value, selected: value === '7d' }, text)));
  const { value, data } = await question(`Share ${decode(url.slice(2)) || path}`, [
    make('label', {}, 'For', days),
    make('label', {}, 'Password, if you like', make('input', { name: 'password', type: 'password', autocomplete: 'new-password' })),
    ...(url.endsWith('/') ? [make('label', {}, make('input', { type: 'checkbox', name: 'uploads', value: 'yes' }), ' others may put files there')] : []),
  ], [['', 'Cancel'], ['yes', 'Make a link', 'main']]);
  if (value !== 'yes') return;
  const answer = await fetch(url + '?share', { method: 'POST', body: new URLSearchParams(data), headers: { Accept: 'application/json' } }).catch(() => null);
  const { url: link, error } = (await answer?.json().catch(() => null)) ?? {};
  if (!link) return say(error ?? wordsFor(answer?.status ?? 0), true);
  question('Whoever has this link can come', [make('input', { value: new URL(link, location.href).href, readOnly: true, ariaLabel: 'Link' })], [['', 'Close', 'main']]);
}

// --- uploads ---

let always = '', asked = Promise.resolve();
const queue = new Queue({
  resume: 'resume' in main.dataset,
  known: (url) => !!byUrl(url),
  arrived: (url, folder) => url.includes('/') || refresh(url, folder),
  ask: (name) => (asked = asked.then(() => always || askAbout(name))),
});

async function askAbout(name) {
  const all = make('label', {}, make('input', { type: 'checkbox', name: 'all', value: 'yes' }), ' the same for all others');
  const { value, data } = await question(`${name} is there already`, [all],
    [['skip', 'Skip'], ['keep', 'Keep both'], ...(may === 'add' ? [] : [['replace', 'Replace', 'main']])]);
  if (data.get('all') && value) always = value;
  return value || 'skip';
}

function upload(files) {
  always = queue.busy ? always : '';
  if (files.length > 0) queue.add(files);
}

function uploads() {
  const input = make('input', { type: 'file', multiple: true, hidden: true, id: 'pick',
    onchange: () => {
      upload([...input.files].map((file) => ({ file, path: file.name })));
      input.value = '';
    } });
  document.body.append(input);
  tools.prepend(tool('put main', 'Upload', () => input.click()));
  const over = (on) => document.body.classList.toggle('over', on);
  const hasFiles = (e) => e.dataTransfer?.types.includes('Files');
  document.addEventListener('dragover', (e) => {
    if (!hasFiles(e)) return;
    e.preventDefault();
    over(true);
  });
  document.addEventListener('dragleave', (e) => e.relatedTarget || over(false));
  document.addEventListener('drop', async (e) => {
    over(false);
    if (!hasFiles(e)) return;
    e.preventDefault();
    upload(await filesOf(e.dataTransfer));
  });
  document.addEventListener('paste', async (e) => {
    if (e.clipboardData?.files.length > 0) upload(await filesOf(e.clipboardData));
  });
  window.addEventListener('beforeunload', (e) => queue.busy && e.preventDefault());
}

// --- keys ---

const current = () => document.activeElement.closest?.('tbody tr');

function step(by) {
  const all = [...body.rows].filter((r) => !r.hidden), at = all.indexOf(current());
  all[Math.min(Math.max(at + by, 0), all.length - 1)]?.querySelector('a').focus();
}

function keys(e) {
  if (e.ctrlKey || e.altKey || e.metaKey) return;
  const row = current(), file = row && !row.classList.contains('up') ? row : null;
  if (e.key === 'Escape') {
    unselect();
    filter.value = '';
    sift();
    filter.blur();
  } else if (e.target === filter) {
    if (e.key === 'ArrowDown') step(1);
    else if (e.key === 'Enter' && shown().length > 0) open(shown()[0]);
    else return;
  } else if (e.target.closest('input:not([type=checkbox]), select, textarea, audio, video')) {
    return;
  } else if (e.key === '/') {
    filter.focus();
  } else if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
    step(e.key === 'ArrowDown' ? 1 : -1);
  } else if (e.key === 'Home' || e.key === 'End') {
    step(e.key === 'Home' ? -1e9 : 1e9);
  } else if (mayChange && file && e.key === ' ' && !e.target.matches('[type=checkbox]')) {
    file.querySelector('input').click();
  } else if (mayChange && file && e.key === 'F2') {
    rename(file);
  } else if (mayChange && file && e.key === 'Delete') {
    remove(chosen().length > 0 ? chosen() : [file]);
  } else {
    return;
  }
  e.preventDefault();
}

// --- what others do ---

const inner = (p) => (p?.startsWith(path === '/' ? '/' : path + '/') ? p.slice(path === '/' ? 1 : path.length + 1) : '');
const direct = (p) => inner(p) !== '' && !inner(p).includes('/');

function changed({ kind, path: from, to, who }) {
  const now = kind === 'move' ? to : from, old = direct(from) && byUrl(encode(inner(from)));
  if (kind !== 'upload' && kind !== 'mkdir' && direct(from)) take(encode(inner(from)));
  if (kind === 'delete' || kind === 'rmdir' || !direct(now)) return;
  refresh(encode(inner(now)), kind === 'mkdir' || (!!old && isFolder(old)));
  if (kind === 'upload' && !queue.items.some((i) => i.path === inner(now))) say(`${who} added ${inner(now)}`);
}

// A page that nobody sees keeps no connection: a browser has few for each server.
let source = null, missed = false;
function follow() {
  source?.close();
  source = document.hidden ? null : new EventSource('/events?folder=' + encode(path));
  source?.addEventListener('open', () => {
    if (missed) compare().catch(() => {});
    missed = true;
  });
  source?.addEventListener('lost', () => compare().catch(() => {}));
  source?.addEventListener('change', (e) => changed(JSON.parse(e.data)));
}

// --- the page ---

if (mayAdd) uploads();
if (mayChange)
  table.tHead.querySelector('.pick').append(make('input', { type: 'checkbox', ariaLabel: 'Select all', id: 'all', onchange: (e) => {
    for (const r of shown()) r.querySelector('input').checked = e.target.checked;
    selected();
  } }));
if (table) {
  columns();
  showTimes(body.querySelectorAll('time'));
  if (mayChange) tools.insertBefore(tool('mkdir', 'New folder', makeFolder), tools.children[1]);
  if (path && 'share' in main.dataset) tools.lastElementChild.prepend(tool('share', 'Share', () => share('./')));
  tools.insertBefore(filter, tools.querySelector('.take'));
  (tools.querySelector('.take') ?? tools).append(cards);
  if (!tools.isConnected) main.prepend(tools);
  bar.append(number, ...[
    ['rename one', 'Rename', () => rename(chosen()[0])],
    ['link', 'Copy link', () => copyLinks(chosen())],
    ...('share' in main.dataset ? [['share one', 'Share', () => share(fileUrl(chosen()[0]))]] : []),
    ['trash danger', 'Delete', () => remove(chosen())],
    ['close', 'Unselect', unselect],
  ].map((t) => tool(...t)));
  tools.append(bar);
  try {
    layOut(localStorage.getItem('cards') === 'yes');
  } catch { /* none was kept */ }
  document.addEventListener('keydown', keys);
  body.addEventListener('change', selected);
  body.addEventListener('focusin', () => body.querySelector('.on')?.classList.remove('on') || current()?.classList.add('on'));
  body.addEventListener('click', (e) => {
    const row = e.target.closest('.name a')?.closest('tr.picture');
    if (!row || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    lookAt(row, shown, (last) => last.querySelector('a').focus());
  });
  selected();
  if ('events' in main.dataset) {
    document.addEventListener('visibilitychange', follow);
    follow();
  }
}
