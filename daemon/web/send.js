// send.js: files on their way to the server: a queue that shows how far it is, and can be paused.
import { encode, iconButton as button, make, sizeText } from './make.js';

const AT_ONCE = 2;
const RESUMED_FROM = 1 << 20; // bytes; smaller files are sent in one go

export const words = {
  0: 'The connection broke.',
  401: 'Log in first.',
  403: 'You may not do that here.',
  404: 'It is not there any more.',
  409: 'Something is in the way.',
  412: 'There is something of that name already.',
  413: 'That is larger than the server takes.',
  415: 'The server does not take that.',
  423: 'Somebody has locked it for a while.',
  507: 'There is no room left on the server.',
};
export const wordsFor = (status) => words[status] ?? `The server could not do that (${status}).`;

const span = (s) => (s < 60 ? `${Math.ceil(s)} s` : s < 3600 ? `${Math.ceil(s / 60)} min` : `${(s / 3600).toFixed(1)} h`);

// options: resume: the server keeps what came of an upload; ask(name): what is to be done where one is there
// already, 'replace', 'keep', 'skip'; known(url): is it, as far as we see?; arrived(url): of a file here; say(text).
export class Queue {
  items = [];
  made = new Map(); // folders: promises
  #moments = [];
  #box;

  constructor(options) {
    Object.assign(this, options);
  }

  // files: [{file, path: 'a/b.txt'}]
  add(files) {
    for (const { file, path } of files)
      this.items.push({ file, path, state: 'waiting', sent: 0 });
    this.#show();
    this.#next();
  }

  get busy() {
    return this.items.some((i) => i.state === 'waiting' || i.state === 'sending');
  }

  // --- one file ---

  #next() {
    while (this.items.filter((i) => i.state === 'sending').length < AT_ONCE) {
      const item = this.items.find((i) => i.state === 'waiting');
      if (!item) break;
      item.state = 'sending';
      const turn = item.turn = {};
      this.#send(item, turn).catch(() => item.turn === turn && this.#end(item, 'failed', words[0]));
    }
    this.#draw();
  }

  #end(item, state, why = '') {
    item.request = null;
    item.state = state;
    item.why = why;
    if (state === 'done') this.arrived(item.url);
    this.#next();
  }

  // Folders of a path are made once, the outer ones first.
  #folder(path) {
    if (path === '') return Promise.resolve();
    if (!this.made.has(path))
      this.made.set(path, (async () => {
        const parts = path.split('/');
        await this.#folder(parts.slice(0, -1).join('/'));
        const url = parts.map(encode).join('/');
        if (parts.length > 1 || !this.known(url)) await fetch('./' + url, { method: 'MKCOL' });
        if (parts.length === 1) this.arrived(url, true);
      })());
    return this.made.get(path);
  }

  // A pause ends the turn; what was awaited then is of no account.
  async #send(item, turn) {
    const parts = item.path.split('/');
    await this.#folder(parts.slice(0, -1).join('/'));
    if (item.turn !== turn) return;
    item.url = parts.map(encode).join('/');
    if (!item.replace && parts.length === 1 && this.known(item.url)) return this.#ask(item, turn);
    let done = 501;
    if (this.resume && item.file.size >= RESUMED_FROM) done = await this.#parts(item);
    if (done === 501) done = await this.#whole(item); // it keeps no parts
    if (item.turn !== turn) return;
    if (done === 412 && !item.replace) return this.#ask(item, turn);
    if (done >= 200 && done < 300) {
      item.sent = item.file.size;
      this.#end(item, 'done');
    } else {
      item.place = done === 0 ? item.place : null;
      this.#end(item, 'failed', wordsFor(done));
    }
  }

  async #ask(item, turn) {
    const answer = await this.ask(item.path);
    if (item.turn !== turn) return;
    if (answer === 'skip') return this.#end(item, 'skipped', 'Skipped');
    if (answer === 'replace') {
      item.replace = true;
    } else {
      const [, stem, ending] = /^(.*?)(\.[^./]*)?$/s.exec(item.path);
      item.copies = (item.copies ?? 1) + 1;
      item.path = item.copies === 2 ? `${stem} (2)${ending ?? ''}` : item.path.replace(/ \(\d+\)(\.[^./]*)?$/s, ` (${item.copies})$1`);
    }
    return this.#send(item, turn);
  }

  // One request; its status, 0 when it broke. Only XMLHttpRequest tells how far a body has got.
  #request(item, method, url, fields, body, from) {
    return new Promise((resolve) => {
      const x = item.request = new XMLHttpRequest();
      x.open(method, url);
      for (const name in fields) x.setRequestHeader(name, fields[name]);
      x.upload.onprogress = (e) => {
        item.sent = from + e.loaded;
        this.#draw();
      };
      x.onloadend = () => resolve(x);
      x.send(body);
    });
  }

  async #whole(item) {
    item.sent = 0;
    const fields = item.replace ? {} : { 'If-None-Match': '*' };
    return (await this.#request(item, 'PUT', './' + item.url, fields, item.file, 0)).status;
  }

  // Resumable Uploads for HTTP: an empty beginning that has a place, then what is missing there.
  async #parts(item) {
    const { file } = item;
    let offset = 0;
    if (item.place) {
      const x = await this.#request(item, 'HEAD', item.place, {}, null, item.sent);
      offset = x.status >= 200 && x.status < 300 ? Number(x.getResponseHeader('Upload-Offset')) : -1;
      if (x.status === 0) return 0;
    }
    if (!item.place || offset < 0) {
      const x = await this.#request(item, 'PUT', './' + item.url,
        { 'Upload-Complete': '?0', 'Upload-Length': file.size, ...(item.replace ? {} : { 'If-None-Match': '*' }) }, null, 0);
      item.place = x.getResponseHeader('Location');
      if (x.status !== 201 || !item.place) return x.status;
      offset = 0;
    }
    if (!item.turn) return 0;
    const x = await this.#request(item, 'PATCH', item.place,
      { 'Upload-Complete': '?1', 'Upload-Offset': offset, 'Content-Type': 'application/partial-upload' },
      file.slice(offset), offset);
    return x.status;
  }

  // --- by hand ---

  pause(item) {
    item.state = 'paused';
    item.turn = null;
    item.request?.abort();
    this.#next();
  }

  resumeOne(item) {
    item.state = 'waiting';
    this.#next();
  }

  drop(item) {
    const place = item.state === 'done' ? null : item.place;
    item.turn = null;
    item.request?.abort();
    if (place) fetch(place, { method: 'DELETE' }).catch(() => {});
    item.row?.remove();
    this.items = this.items.filter((i) => i !== item);
    if (this.items.length === 0) this.#box.hidden = true;
    this.#next();
  }

  #close() {
    for (const item of [...this.items]) this.drop(item);
  }

  // --- what is seen of it ---

  #show() {
    if (!this.#box) {
      this.title = make('h2');
      this.facts = make('p');
      this.bar = make('progress', { max: 1, ariaLabel: 'All files' });
      this.list = make('ul');
      this.all = button('pause', 'Pause all', () => {
        const on = this.busy;
        for (const i of this.items)
          if (on && (i.state === 'waiting' || i.state === 'sending')) this.pause(i);
          else if (!on && i.state === 'paused') this.resumeOne(i);
      });
      this.#box = make('section', { className: 'queue', ariaLabel: 'Uploads' },
        make('div', {}, this.title, this.all, button('close', 'Cancel what is not done, and close', () => this.#close())),
        this.bar, this.facts, this.list);
      document.body.append(this.#box);
    }
    this.#box.hidden = false;
  }

  #row(item) {
    item.bar = make('progress', { max: 1, ariaLabel: item.path });
    item.facts = make('small');
    item.name = make('span');
    item.stop = button('close', 'Cancel', () => this.drop(item));
    item.go = button('pause', 'Pause', () => (item.state === 'sending' || item.state === 'waiting' ? this.pause(item) : this.resumeOne(item)));
    item.row = make('li', {}, item.name, item.go, item.stop, item.facts, item.bar);
    this.list.append(item.row);
  }

  #drawItem(item) {
    if (!item.row) this.#row(item);
    const { state, file } = item, runs = state === 'sending' || state === 'waiting';
    item.row.className = state;
    item.name.textContent = item.name.title = item.path;
    item.bar.value = file.size > 0 ? item.sent / file.size : Number(state === 'done');
    item.bar.hidden = state === 'done' || state === 'skipped';
    item.facts.textContent = item.why || { done: 'Done', waiting: 'Waiting', paused: 'Paused · ' }[state] || '';
    if (state === 'sending' || state === 'paused')
      item.facts.textContent += `${sizeText(item.sent)} of ${sizeText(file.size)}`;
    item.go.hidden = state === 'done' || state === 'skipped';
    item.go.className = 'icon ' + (runs ? 'pause' : state === 'failed' ? 'retry' : 'play');
    item.go.title = item.go.ariaLabel = runs ? 'Pause' : state === 'failed' ? 'Try again' : 'Go on';
  }

  #draw() {
    for (const item of this.items) this.#drawItem(item);
    const total = this.items.reduce((n, i) => n + i.file.size, 0), sent = this.items.reduce((n, i) => n + i.sent, 0);
    const done = this.items.filter((i) => i.state === 'done').length, now = performance.now();
    const failed = this.items.filter((i) => i.state === 'failed').length;
    this.#moments.push([now, sent]);
    while (this.#moments.length > 2 && now - this.#moments[0][0] > 5000) this.#moments.shift();
    const [then, before] = this.#moments[0], rate = now > then ? Math.max(0, (sent - before) / (now - then) * 1000) : 0;
    this.title.textContent = `${done} of ${this.items.length} uploaded`;
    this.bar.value = total > 0 ? sent / total : 1;
    this.facts.textContent = this.busy
      ? `${sizeText(sent)} of ${sizeText(total)}` + (rate > 0 ? ` · ${sizeText(rate)}/s · ${span((total - sent) / rate)} left` : '')
      : failed > 0 ? `${failed} failed` : this.items.some((i) => i.state === 'paused') ? 'Paused' : sizeText(total);
    this.all.hidden = !this.busy && !this.items.some((i) => i.state === 'paused');
    this.all.className = 'icon ' + (this.busy ? 'pause' : 'play');
    this.all.title = this.all.ariaLabel = this.busy ? 'Pause all' : 'Go on';
  }
}

// The files of a drop or a paste, those within folders too.
export async function filesOf(data) {
  const entries = [...data.items].filter((i) => i.kind === 'file').map((i) => i.webkitGetAsEntry?.() ?? i.getAsFile());
  const found = [];
  const walk = async (entry, path) => {
    if (entry instanceof File) return void found.push({ file: entry, path: path + entry.name });
    if (entry.isFile)
      return void found.push({ file: await new Promise((ok, no) => entry.file(ok, no)), path: path + entry.name });
    const reader = entry.createReader();
    for (let some; (some = await new Promise((ok, no) => reader.readEntries(ok, no))).length > 0;)
      for (const e of some) await walk(e, path + entry.name + '/');
  };
  for (const entry of entries) if (entry) await walk(entry, '');
  return found;
}
