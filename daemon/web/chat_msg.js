// chat_msg.js: lines of IRC, and what may stand in their text. Nothing here touches the page.

const ESCAPED = { ';': '\\:', ' ': '\\s', '\\': '\\\\', '\r': '\\r', '\n': '\\n' };
const PLAIN = { ':': ';', s: ' ', r: '\r', n: '\n' };
const unescapeTag = (v) => v.replace(/\\(.?)/gs, (_, c) => PLAIN[c] ?? c);
export const escapeTag = (v) => v.replace(/[; \\\r\n]/g, (c) => ESCAPED[c]);

// {tags: Map, source, nick, command, params}
export function parse(line) {
  const m = { tags: new Map(), source: '', nick: '', command: '', params: [] };
  let rest = line.replace(/[\r\n]+$/, '');
  const word = () => {
    const [, first, after] = /^([^ ]*) *(.*)$/s.exec(rest);
    rest = after;
    return first;
  };
  if (rest[0] === '@')
    for (const part of word().slice(1).split(';')) {
      const eq = part.indexOf('=');
      if (part) m.tags.set(eq < 0 ? part : part.slice(0, eq), eq < 0 ? '' : unescapeTag(part.slice(eq + 1)));
    }
  if (rest[0] === ':') {
    m.source = word().slice(1);
    m.nick = m.source.replace(/[!@].*$/s, '');
  }
  m.command = word().toUpperCase();
  while (rest !== '')
    if (rest[0] === ':') {
      m.params.push(rest.slice(1));
      break;
    } else {
      m.params.push(word());
    }
  return m;
}

// The line of such a command; the last parameter may hold spaces. No parameter can end the line.
export function format(tags, command, ...params) {
  const clean = params.map((p) => String(p).replace(/[\r\n\0]+/g, ' '));
  const last = clean.length - 1;
  if (last >= 0 && (clean[last] === '' || clean[last][0] === ':' || clean[last].includes(' '))) clean[last] = ':' + clean[last];
  const tagged = Object.entries(tags).map(([k, v]) => (v === '' ? k : `${k}=${escapeTag(v)}`)).join(';');
  return (tagged ? `@${tagged} ` : '') + [command, ...clean].join(' ');
}

// --- names ---

export function folder(mapping) {
  if (mapping === 'ascii') return (s) => s.replace(/[A-Z]/g, (c) => c.toLowerCase());
  if (mapping.startsWith('rfc1459'))
    return (s) => s.replace(/[A-Z[\]\\^]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 32));
  return (s) => s.normalize('NFKC').toLowerCase().normalize('NFKC');
}

const bytes = new TextEncoder();
export const byteCount = (s) => bytes.encode(s).length;

// In pieces of no more than that many bytes.
export function cut(text, most) {
  const pieces = [''];
  let n = 0;
  for (const c of text) {
    n += byteCount(c);
    if (n > most) {
      pieces.push('');
      n = byteCount(c);
    }
    pieces[pieces.length - 1] += c;
  }
  return pieces;
}

export const hue = (s) => [...s].reduce((h, c) => Math.imul(h ^ c.codePointAt(0), 16777619) >>> 0, 2166136261) % 360;

// Is that name in the text as a word? Between letters of Chinese and the like there is no space to tell by.
export function mentions(text, nick) {
  const hay = text.toLowerCase(), needle = nick.toLowerCase(), part = /[\w-]/;
  for (let at = -1; needle && (at = hay.indexOf(needle, at + 1)) >= 0;)
    if (!(part.test(needle[0]) && part.test(hay[at - 1] ?? ' ')) && !(part.test(needle.at(-1)) && part.test(hay[at + needle.length] ?? ' '))) return true;
  return false;
}

// --- formatting (modern.ircdocs.horse/formatting) ---

const CODES = /\x03(?:(\d{1,2})(?:,(\d{1,2}))?)?|\x04(?:[0-9a-f]{6}(?:,[0-9a-f]{6})?)?|[\x02\x1d\x1f\x1e\x11\x16\x0f]/gi;
const SWITCH = { '\x02': 'bold', '\x1d': 'italic', '\x1f': 'under', '\x1e': 'strike', '\x11': 'mono' };
const COLOURS = 'ffffff00000000007f009300ff00007f00009c009cfc7f00ffff0000fc0000939300ffff0000fcff00ff7f7f7fd2d2d2';
const colour = (n) => (n < 16 ? '#' + COLOURS.slice(6 * n, 6 * n + 6) : ''); // further ones are as good as none

export const strip = (text) => text.replace(CODES, '');

// [{text, bold, italic, ..., fore, back}]
export function spans(text) {
  const found = [];
  let style = {}, from = 0;
  const put = (end) => end > from && found.push({ ...style, text: text.slice(from, end) });
  for (const m of text.matchAll(CODES)) {
    const c = m[0][0];
    put(m.index);
    from = m.index + m[0].length;
    if (c === '\x0f') style = {};
    else if (c === '\x03') style = { ...style, fore: colour(m[1]), back: m[1] && !m[2] ? style.back : colour(m[2]) };
    else if (SWITCH[c]) style = { ...style, [SWITCH[c]]: !style[SWITCH[c]] };
  }
  put(text.length);
  return found;
}

// --- links ---

const LINK = /\b(?:https?|ftps?|ircs?):\/\/[^\s<>"“”，。；！？（）《》「」【】、]+|(?<![\p{L}\p{N}_/&#.-])#(?=[^\s,]*\p{L})[^\s,.;:!?()'"<>，。；：！？（）]+/giu;
const SCHEMES = new Set(['http:', 'https:', 'ftp:', 'ftps:', 'irc:', 'ircs:']);

// [{text}, {text, url}, {text, room}]
export function links(text) {
  const found = [];
  let from = 0;
  for (const m of text.matchAll(LINK)) {
    let word = m[0], url = null;
    if (word[0] !== '#') {
      for (let last; (last = word.at(-1)) && (/[.,;:!?'*_]/.test(last) || (last === ')' && !word.includes('(')) || (last === ']' && !word.includes('[')));)
        word = word.slice(0, -1);
      try {
        url = new URL(word);
      } catch { /* it only looked like one */ }
      if (!url || !SCHEMES.has(url.protocol)) continue;
    }
    if (m.index > from) found.push({ text: text.slice(from, m.index) });
    found.push(url ? { text: word, url } : { text: word, room: word });
    from = m.index + word.length;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}
