// view.js: keys in the page around a file; and pictures over a folder's page, one after the other.
import { iconButton as button, make, sizeText } from './make.js';
import { bytesOf, nameOf, nameUrl, showTimes } from './rows.js';

// --- the page around a file ---

if (document.body.classList.contains('viewing')) {
  document.documentElement.classList.add('js');
  showTimes(document.querySelectorAll('time'));
  const go = (selector) => document.querySelector(selector)?.click();
  document.addEventListener('keydown', (e) => {
    if (e.ctrlKey || e.altKey || e.metaKey || e.target.closest('input, audio, video')) return;
    if (e.key === 'ArrowLeft') go('[rel=prev]');
    else if (e.key === 'ArrowRight') go('[rel=next]');
    else if (e.key === 'Escape') go('.crumbs a:last-child');
  });
}

// --- pictures over a folder's page ---

// rows() gives those that are shown, in their order; done(row) gets the last one seen.
export function lookAt(first, rows, done) {
  let row = first;
  const picture = make('img'), title = make('h2'), facts = make('span', { className: 'facts' });
  const take = make('a', { className: 'icon get', title: 'Download', ariaLabel: 'Download', download: '' });
  const figure = make('figure', {}, picture);
  const bar = make('div', {}, title, facts, button('prev', 'Previous', () => step(-1)),
    button('next', 'Next', () => step(1)), take, button('close', 'Close', () => dialog.close()));
  const dialog = make('dialog', { className: 'look', ariaLabel: 'Picture' }, bar, figure);
  const pictures = () => rows().filter((r) => r.classList.contains('picture'));

  function show() {
    const all = pictures(), at = all.indexOf(row), url = './' + nameUrl(row);
    picture.src = url;
    picture.alt = title.textContent = nameOf(row);
    facts.textContent = `${at + 1} of ${all.length} · ${sizeText(bytesOf(row))}`;
    take.href = url;
    for (const near of [all[at + 1], all[at - 1]]) // there when they are asked for
      if (near) new Image().src = './' + nameUrl(near);
  }

  function step(by) {
    const all = pictures();
    if (all.length === 0) return dialog.close();
    row = all[(Math.max(all.indexOf(row), 0) + by + all.length) % all.length];
    show();
  }

  let from = null;
  figure.onpointerdown = (e) => { from = e.clientX; };
  figure.onpointerup = (e) => {
    const way = from === null ? 0 : e.clientX - from;
    if (Math.abs(way) > 40) step(way > 0 ? -1 : 1);
    else if (e.target === figure) dialog.close();
    from = null;
  };
  picture.draggable = false;
  dialog.onkeydown = (e) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
    if (by) step(by);
    e.stopPropagation();
  };
  dialog.onclose = () => {
    dialog.remove();
    done(row);
  };
  document.body.append(dialog);
  show();
  dialog.showModal();
}
