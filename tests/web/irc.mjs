// irc.mjs: a client of IRC for a test: sends lines, and waits for what it is to see.
import { connect } from 'node:net';
import { until } from './browser.mjs';

export async function irc(nick, ...commands) {
  const socket = connect(Number(process.env.IRC), '127.0.0.1').setEncoding('utf8');
  const me = { text: '', send: (...all) => socket.write(all.map((l) => l + '\r\n').join('')), end: () => socket.end() };
  me.sees = (pattern) => until(() => pattern.test(me.text), () => `${pattern} in ${me.text.slice(-500)}`);
  socket.on('data', (d) => { me.text += d; });
  socket.on('error', () => {});
  me.send(`NICK ${nick}`, `USER ${nick} 0 * ${nick}`, ...commands);
  await me.sees(/ (376|422) /);
  return me;
}
