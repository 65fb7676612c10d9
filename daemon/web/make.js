// make.js: elements, names in URLs, sizes: what all pages with scripts use.

// An element, such as 'p' or 'p.note', with properties and content; text stays text.
export function make(what, properties = {}, ...content) {
  const [tag, ...names] = what.split('.'), e = document.createElement(tag);
  if (names.length > 0) e.className = names.join(' ');
  Object.assign(e, properties).append(...content);
  return e;
}

// A button that does something here and sends no form.
export const press = (look, label, onclick, more = {}) => make('button', { type: 'button', className: look, onclick, ...more }, label);

// A button that is an icon, named by what is read out and shown when one points at it.
export const iconButton = (icon, label, act) =>
  press('icon ' + icon, '', act, { title: label, ariaLabel: label });

export const encode = (name) =>
  encodeURIComponent(name).replace(/[!'()*]/g, (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase());

export function decode(url) {
  try {
    return decodeURIComponent(url);
  } catch {
    return url; // no UTF-8
  }
}

// As the server writes it.
export function sizeText(bytes) {
  let unit = 0, n = bytes;
  for (; n >= 1000 && unit < 4; unit++) n /= 1000;
  n = unit === 0 || n >= 100 ? Math.floor(n) : (Math.floor(n * 10) / 10).toFixed(1);
  return n + ' ' + ['B', 'KB', 'MB', 'GB', 'TB'][unit];
}
