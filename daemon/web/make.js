// make.js: elements, names in URLs, sizes: what all pages with scripts use.

// An element with properties and content; text stays text.
export function make(tag, properties = {}, ...content) {
  const e = Object.assign(document.createElement(tag), properties);
  e.append(...content);
  return e;
}

// A button that is an icon, named by what is read out and shown when one points at it.
export const iconButton = (icon, label, act) =>
  make('button', { className: 'icon ' + icon, title: label, ariaLabel: label, type: 'button', onclick: act });

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
