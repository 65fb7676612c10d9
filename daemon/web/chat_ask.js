// chat_ask.js: dialogs: a question, coming in, the switcher, joining, searching, settings.
import { make } from './make.js';
import { escapeTag, strip } from './chat_msg.js';
import { moment, t } from './chat_words.js';

// Shows a form; resolves to its data once one of the buttons was pressed, else to null.
export function ask(title, content, ...buttons) {
  return new Promise((resolve) => {
    const form = make('form', { method: 'dialog' }, make('h2', {}, title), ...content,
      make('menu', {}, ...[['', t('cancel')], ...buttons].map(([value, label, look = '']) => make('button', { value, className: look, formNoValidate: value === '' }, label))));
    const dialog = document.body.appendChild(make('dialog', { ariaLabel: title }, form));
    form.onkeydown = (e) => {
      if (e.key !== 'Enter' || e.isComposing || !e.target.matches('input')) return;
      e.preventDefault();
      form.requestSubmit(form.querySelector('.main, .danger'));
    };
    dialog.onkeydown = (e) => e.stopPropagation();
    dialog.onclick = (e) => void (e.target === dialog && dialog.close(''));
    dialog.onclose = () => {
      dialog.remove();
      resolve(dialog.returnValue ? Object.assign(new FormData(form), { pressed: dialog.returnValue }) : null);
    };
    dialog.showModal();
    (form.querySelector('input, select') ?? form.querySelector('.main, .danger'))?.focus();
  });
}

export const field = (label, properties) => make('label', {}, label, make('input', { autocomplete: 'off', ...properties }));

// A list to pick from: items() of what was typed, {label, note, mark, act}; arrows and Enter choose.
function picker(title, hint, items, { className = '', every = 0, label = hint, top = [] } = {}) {
  const input = make('input', { type: 'search', placeholder: hint, ariaLabel: label, autocomplete: 'off', role: 'combobox', ariaExpanded: 'true' });
  const ul = make('ul', { role: 'listbox', ariaLabel: title, id: 'picks' }), state = make('p.note', { role: 'status' });
  const dialog = document.body.appendChild(make('dialog', { className: 'picker ' + className, ariaLabel: title }, make('div.top', {}, input, ...top), ul, state));
  let all = [], on = 0, timer = 0, turn = 0, shown = '';
  input.setAttribute('aria-controls', 'picks');
  const light = () => {
    [...ul.children].forEach((li, n) => { li.ariaSelected = String(n === on); });
    ul.children[on]?.scrollIntoView({ block: 'nearest' });
    input.setAttribute('aria-activedescendant', ul.children[on]?.id ?? '');
  };
  const choose = (item) => {
    dialog.close();
    item?.act();
  };
  const put = (list, note = '') => {
    all = list;
    on = 0;
    ul.replaceChildren(...all.map((item, n) => make('li', { id: 'pick' + n, role: 'option', onclick: () => choose(item) }, ...[item.label].flat(), ...(item.note ? [make('small', {}, item.note)] : []))));
    state.textContent = note;
    light();
  };
  const refresh = async () => {
    const mine = ++turn, typed = input.value.trim(), found = await items(typed, (text) => { state.textContent = text; });
    if (mine !== turn) return;
    put(found.list ?? found, found.note);
    shown = typed;
  };
  input.oninput = () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, every);
  };
  dialog.onkeydown = async (e) => {
    e.stopPropagation();
    if (e.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[e.key];
    if (step) on = Math.max(0, Math.min(all.length - 1, on + step));
    else if (e.key === 'Escape') dialog.close(); // and not the field emptied first
    else if (e.key !== 'Enter') return;
    e.preventDefault();
    if (e.key !== 'Enter') return light();
    if (shown !== input.value.trim()) await refresh(); // faster than the list
    if (all[on] && dialog.open) choose(all[on]);
  };
  dialog.onclick = (e) => void (e.target === dialog && dialog.close());
  dialog.onclose = () => {
    turn++;
    dialog.remove();
  };
  dialog.showModal();
  refresh();
  return { refresh, input, dialog };
}

// --- where to ---

export function switcher(model, go, enter) {
  picker(t('switch'), t('switchHint'), (typed) => {
    const words = typed.toLowerCase(), fits = (name) => name.toLowerCase().includes(words);
    const open = [...model.buffers.values()].filter((b) => b.name && fits(b.name)).sort((a, b) => b.mentions - a.mentions || b.unread - a.unread || a.name.localeCompare(b.name));
    const people = words ? [...model.users.values()].filter((u) => fits(u.nick) && !model.find(u.nick) && !model.isMe(u.nick)).slice(0, 20) : [];
    const room = model.isRoom(typed) ? typed : '#' + typed, other = [];
    if (words && !model.find(room)) other.push({ label: t('joinIt', room), act: () => enter(room) });
    if (words && !model.isRoom(typed) && !model.users.has(model.fold(typed))) other.push({ label: typed, note: t('talkTo'), act: () => go(model.talk(typed)) });
    return [...open.map((b) => ({ label: b.name, note: b.unread > 0 ? t('unread', b.unread) : '', act: () => go(b) })),
      ...people.map((u) => ({ label: u.nick, note: t('talkTo'), act: () => go(model.talk(u.nick)) })), ...other];
  });
}

// rooms: a promise of [{name, count, topic}]
export function joiner(model, rooms, enter) {
  picker(t('join'), t('joinHint'), async (typed) => {
    const words = typed.toLowerCase(), all = await rooms;
    const name = typed && !/[\s,]/.test(typed) ? (model.isRoom(typed) ? typed : '#' + typed) : '';
    const found = all.filter((r) => r.name.toLowerCase().includes(words) || r.topic.toLowerCase().includes(words)).sort((a, b) => b.count - a.count).slice(0, 200);
    const list = found.map((r) => ({ label: [make('b', {}, r.name), ' ', make('span.note', {}, strip(r.topic))], note: String(r.count), act: () => enter(r.name) }));
    if (name && !found.some((r) => model.fold(r.name) === model.fold(name))) list.push({ label: t('joinIt', name), act: () => enter(name) });
    return { list, note: list.length === 0 ? t('noRooms') : '' };
  }, { className: 'joiner' });
}

// --- what was said ---

function lit(text, words) {
  const hit = new RegExp(`(${words.map((w) => w.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`, 'i');
  return text.slice(0, 400).split(hit).map((part, n) => (n % 2 ? make('mark', {}, part) : part));
}

export function searcher(model, b, jump) {
  const here = make('input', { type: 'checkbox', checked: b.kind !== 'server', disabled: b.kind === 'server', onchange: () => p.refresh() });
  const p = picker(t('search'), t('searchHint'), async (typed, say) => {
    if (typed.length < 2) return [];
    say(t('searching'));
    const words = typed.split(/\s+/), tags = { ...(here.checked ? { in: b.name } : {}), text: typed, limit: '50' };
    const attributes = Object.entries(tags).map(([k, v]) => `${k}=${escapeTag(v)}`).join(';');
    try {
      const found = (await model.link.ask([{}, 'SEARCH', attributes])).filter((m) => m.tags.has('msgid')).reverse();
      return { note: found.length === 0 ? t('nothing') : '', list: found.map((m) => {
        const line = model.lineOf(m), place = model.isRoom(m.params[0]) || line.self ? m.params[0] : m.nick;
        return { label: [make('b', {}, m.nick), ' ', ...lit(strip(line.text), words)], note: `${here.checked ? '' : place + ' · '}${moment(m.at)}`, act: () => jump(place, line.id) };
      }) };
    } catch (e) {
      return { list: [], note: e.lost ? t('offline') : e.message };
    }
  }, { className: 'searcher', every: 250, top: b.kind === 'server' ? [] : [make('label', {}, here, t('onlyHere', b.name))] });
}
