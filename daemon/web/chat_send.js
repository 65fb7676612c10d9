// chat_send.js: files for a room: sent to where the server says, one after the other, with how far they are.
import { encode, iconButton, make, sizeText } from './make.js';
import { t } from './chat_words.js';

const KNOWN = new Set([0, 403, 413, 507]); // of others the server has words, perhaps

export class Sender {
  #waiting = [];
  #now = null;

  // hooks: url(): where to, or null; done(b, link): it is there; say(text, fault)
  constructor(model, hooks) {
    this.model = model;
    this.hooks = hooks;
    this.box = make('ul.uploads', { ariaLabel: t('uploads') });
  }

  add(b, files) {
    if (!this.hooks.url() || b.kind === 'server') return this.hooks.say(t('noFiles'), true);
    for (const file of files) {
      const item = { b, file, bar: make('progress', { max: 1, value: 0, ariaLabel: file.name }), facts: make('small', {}, sizeText(file.size)) };
      item.row = make('li', {}, make('span', {}, file.name), item.facts,
        iconButton('close', `${t('cancel')}: ${file.name}`, () => this.#stop(item)), item.bar);
      this.box.append(item.row);
      this.#waiting.push(item);
    }
    this.#next();
  }

  get busy() {
    return !!this.#now;
  }

  #stop(item) {
    this.#waiting = this.#waiting.filter((i) => i !== item);
    item.stopped = true;
    item.request?.abort();
    item.row.remove();
  }

  #next() {
    if (this.#now || this.#waiting.length === 0) return;
    const item = this.#now = this.#waiting.shift(), { b, file } = item, url = this.hooks.url(), x = item.request = new XMLHttpRequest();
    url.searchParams.set('room', b.name);
    x.open('POST', url);
    x.setRequestHeader('Content-Type', file.type || 'application/octet-stream');
    x.setRequestHeader('Content-Disposition', `attachment; filename*=UTF-8''${encode(file.name)}`);
    x.upload.onprogress = (e) => {
      item.bar.value = e.loaded / (e.total || 1);
      item.facts.textContent = `${sizeText(e.loaded)} / ${sizeText(file.size)}`;
    };
    x.onloadend = () => {
      this.#now = null;
      if (!item.stopped) this.#ended(item, x);
      this.#next();
    };
    x.send(file);
  }

  #ended(item, x) {
    const ok = x.status >= 200 && x.status < 300, place = x.getResponseHeader('Location');
    if (ok) {
      item.row.remove();
      if (place) this.hooks.done(item.b, new URL(place, x.responseURL).href);
      return;
    }
    item.row.classList.add('failed');
    item.bar.remove();
    const more = x.getResponseHeader('Content-Type')?.startsWith('text/plain') ? ` (${x.responseText.trim().slice(0, 200)})` : '';
    item.facts.textContent = (KNOWN.has(x.status) ? t('no' + x.status) : t('noOther', x.status)) + more;
    this.hooks.say(`${item.file.name}: ${item.facts.textContent}`, true);
  }
}
