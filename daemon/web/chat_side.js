// chat_side.js: what stands beside the lines: rooms and talks, and who is in the room.
import { iconButton, make } from './make.js';
import { face } from './chat_log.js';
import { t } from './chat_words.js';

const MOST = 500; // people shown at once; others are found by their name

export class Rooms {
  // hooks: go(b), close(b), join(), talk()
  constructor(model, hooks) {
    this.model = model;
    this.hooks = hooks;
    const head = (text, label, act) => make('h2', {}, text, iconButton('plus', label, act));
    this.lists = { room: make('ul'), talk: make('ul'), server: make('ul') };
    this.nav = make('nav', { ariaLabel: t('roomsAndTalks') }, head(t('rooms'), t('join'), hooks.join), this.lists.room,
      head(t('talks'), t('newTalk'), hooks.talk), this.lists.talk, this.lists.server);
    this.items = new Map();
  }

  // As they are seen, from above.
  get ordered() {
    const all = [...this.model.buffers.values()], order = { room: 0, talk: 1, server: 2 };
    return all.sort((a, b) => order[a.kind] - order[b.kind] || a.name.localeCompare(b.name));
  }

  #item(b) {
    if (!this.items.has(b)) {
      const name = make('span.name', { dir: 'auto' }), count = make('span.count', {});
      const go = make('button.go', { onclick: () => this.hooks.go(b) }, b.kind === 'talk' ? face(b.name, 'span.mark') : make('span.mark', { ariaHidden: 'true' }, b.kind === 'room' ? '#' : ''), name, count);
      const close = iconButton('close', '', () => this.hooks.close(b));
      this.items.set(b, { li: make('li', {}, go, ...(b.kind === 'server' ? [] : [close])), go, name, count, close });
    }
    return this.items.get(b);
  }

  draw() {
    const { current } = this.model, all = this.ordered, put = { room: [], talk: [], server: [] };
    for (const b of all) {
      const { li, go, name, count, close } = this.#item(b), u = b.kind === 'talk' ? this.model.users.get(this.model.fold(b.name)) : null;
      name.textContent = b.kind === 'server' ? t('server') : b.kind === 'room' ? b.name.replace(/^#/, '') : b.name;
      count.textContent = (b.mentions || b.unread) > 99 ? '99+' : b.mentions || b.unread || '';
      count.className = b.mentions > 0 ? 'count me' : 'count';
      li.className = [b.kind, b.unread > 0 && 'unread', b.kind === 'room' && !b.joined && 'out', u?.away && 'away'].filter(Boolean).join(' ');
      go.ariaLabel = `${name.textContent}${b.unread > 0 ? ', ' + t('unread', b.unread) : ''}${b.mentions > 0 && b.kind === 'room' ? ', ' + t('mentions', b.mentions) : ''}`;
      if (b === current) go.ariaCurrent = 'page';
      else go.removeAttribute('aria-current');
      close.title = close.ariaLabel = t(b.kind === 'room' ? 'leave' : 'closeTalk', b.name);
      put[b.kind].push(li);
    }
    for (const b of this.items.keys()) if (!all.includes(b)) this.items.delete(b);
    for (const kind in put)
      if (put[kind].length !== this.lists[kind].children.length || put[kind].some((li, n) => li !== this.lists[kind].children[n])) this.lists[kind].replaceChildren(...put[kind]);
  }
}

export class People {
  // hooks: person(nick)
  constructor(model, hooks) {
    this.model = model;
    this.title = make('h2');
    this.filter = make('input', { type: 'search', placeholder: t('filter'), ariaLabel: t('filterPeople'), autocomplete: 'off', oninput: () => this.draw(this.b) });
    this.list = make('ul', { onclick: (e) => void (e.target.closest('button') && hooks.person(e.target.closest('button').value)) });
    this.box = make('aside.people', { ariaLabel: t('people') }, this.title, this.filter, this.list);
  }

  draw(b) {
    const signs = /\)(.*)$/.exec(this.model.link.support.get('PREFIX') ?? '')?.[1] ?? '@+', words = this.filter.value.toLowerCase();
    this.b = b;
    const rank = (m) => (m.modes ? signs.indexOf(m.modes[0]) : signs.length);
    const all = [...b.members.values()], found = all.filter((m) => m.user.nick.toLowerCase().includes(words));
    found.sort((x, y) => rank(x) - rank(y) || x.user.nick.localeCompare(y.user.nick));
    this.title.textContent = b.kind === 'room' ? t('peopleIn', all.length) : t('people');
    this.filter.hidden = all.length < 12;
    this.list.replaceChildren(...found.slice(0, MOST).map((m) => this.#person(m)), ...(found.length > MOST ? [make('li.note', {}, t('others', found.length - MOST))] : []));
  }

  #person({ user, modes }) {
    const sign = modes[0] ?? '', word = { '@': 'op', '+': 'voice' }[sign];
    const marks = [...(sign ? [make('span.sign', { title: t(word), ariaLabel: t(word) }, sign)] : []),
      ...(user.bot ? [make('span.bot', {}, t('bot'))] : []), ...(user.away ? [make('span.off', {}, t('away'))] : [])];
    return make('li', { className: user.away ? 'away' : '' }, make('button', { value: user.nick, title: user.account ? t('account', user.account) : user.nick },
      face(user.nick), make('bdi', {}, user.nick), ...marks));
  }
}
