// rows.js: the rows of a folder's page: what is in them, how they are made and put in order.
// A row is known by its name as it stands in a URL: that is exact, whatever bytes are in it.
import { decode, make, sizeText } from './make.js';

const numbers = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
const today = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const thisYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const anyYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const ago = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const THUMB_MAX = 512 << 10;

// In this browser's zone and language, the nearer the shorter.
export function showTime(time, now = new Date()) {
  const t = new Date(time.dateTime), seconds = (now - t) / 1000;
  if (seconds >= -60 && seconds < 3600)
    time.textContent = seconds < 60 ? ago.format(0, 'second') : ago.format(-Math.floor(seconds / 60), 'minute');
  else if (t.toDateString() === now.toDateString()) time.textContent = today.format(t);
  else time.textContent = (t.getFullYear() === now.getFullYear() ? thisYear : anyYear).format(t);
  time.title = exact.format(t);
}

// A long list is gone through bit by bit, so that the page stays alive.
export function showTimes(times) {
  const all = [...times], now = new Date();
  const some = () => {
    for (const t of all.splice(0, 500)) showTime(t, now);
    if (all.length > 0) setTimeout(some);
  };
  some();
}

// --- one row ---

// One word finds it fast; with two (".name a") browsers take longer the further down the row is.
const link = (row) => row.querySelector('a');
export const isFolder = (row) => row.classList.contains('folder');
export const nameUrl = (row) => link(row).getAttribute('href').slice(2).replace(/(\/|\?view)$/, '');
export const nameOf = (row) => decode(nameUrl(row));
export const fileUrl = (row) => './' + nameUrl(row) + (isFolder(row) ? '/' : '');
export const bytesOf = (row) => Number(row.querySelector('data')?.value ?? 0);
export const timeOf = (row) => Date.parse(row.querySelector('time').dateTime);
export const open = (row) => link(row).click();

function kindOf(media) {
  for (const [start, kind] of [['image/tiff', 'file'], ['image/', 'picture'], ['audio/', 'audio'], ['video/', 'video'],
    ['application/pdf', 'pdf'], ['text/', 'text'], ['application/json', 'text'], ['application/yaml', 'text'],
    ['application/xml', 'text']])
    if (media.startsWith(start)) return kind;
  return /zip|tar|zstd|x-xz|x-7z|rar|debian/.test(media) ? 'archive' : 'file';
}

function icon(kind, url, bytes) {
  if (kind !== 'picture' || bytes > THUMB_MAX) return make('i');
  return make('img', { src: './' + url, alt: '', loading: 'lazy', decoding: 'async' });
}

// entry: {url, folder, size, modified, media}
export function makeRow(entry, pick) {
  const { url, folder, size, media = '' } = entry, kind = folder ? 'folder' : kindOf(media);
  const href = './' + url + (folder ? '/' : kind === 'archive' ? '' : '?view');
  const time = make('time', { dateTime: new Date(entry.modified).toISOString() });
  const box = make('input', { type: 'checkbox', name: 'name', value: url, ariaLabel: 'Select' });
  const cell = (name, ...content) => make('td', { className: name }, ...content);
  showTime(time);
  return make('tr', { className: kind },
    ...(pick ? [cell('pick', box)] : []),
    cell('name', make('a', { href }, icon(kind, url, size), make('bdi', {}, decode(url) + (folder ? '/' : '')))),
    cell('size', ...(folder ? [] : [make('data', { value: size, title: size + ' bytes' }, sizeText(size))])),
    cell('time', time),
    cell('get', ...(folder ? [] : [make('a', { href: './' + url, download: '', title: 'Download' })])));
}

// What the server has under that name now, or null.
export async function look(url, folder) {
  const answer = await fetch('./' + url + (folder ? '/' : ''), { method: 'HEAD', cache: 'no-store' });
  if (!answer.ok) return null;
  const h = answer.headers;
  return { url, folder, size: Number(h.get('Content-Length') ?? 0), media: h.get('Content-Type') ?? '',
    modified: h.get('Last-Modified') ?? Date.now() };
}

// --- their order: as the server has it ---

const values = { name: () => 0, size: (row) => (isFolder(row) ? 0 : bytesOf(row)), time: timeOf };

export function sorted(rows, key, down) {
  const turn = down ? -1 : 1, value = values[key];
  const keyed = rows.map((row) => ({ row, first: isFolder(row) ? 0 : 1, value: value(row), name: nameOf(row) }));
  keyed.sort((a, b) => a.first - b.first || turn * (a.value - b.value) ||
    (key === 'name' ? turn : 1) * numbers.compare(a.name, b.name));
  return keyed.map((k) => k.row);
}
