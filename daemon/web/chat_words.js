// chat_words.js: every word of the page at /chat/, in two languages, and times as people of that language write them.

export const language = /^zh\b/i.test(navigator.language) ? 'zh-CN' : 'en';
const WHICH = language === 'en' ? 0 : 1;

const words = {
  account: ['logged in as {0}', '已登录：{0}'], act_edit: ['Edit', '编辑'], act_react: ['React', '回应表情'], act_remove: ['Delete', '删除'],
  act_reply: ['Reply', '回复'], acts: ['What to do with this message', '对这条消息的操作'], again: ['Send again', '重新发送'],
  attach: ['Send a file', '发送文件'], away: ['away', '离开'], bot: ['bot', '机器人'], came: ['{0} came', '{0} 进来了'],
  cancel: ['Cancel', '取消'], close: ['Close', '关闭'], closeTalk: ['Close the talk with {0}', '关闭与 {0} 的对话'], comeIn: ['Come in', '进入'],
  commandsOnly: ['Commands only here: /help', '这里只接受命令：/help'], connecting: ['Connecting…', '正在连接…'], drop: ['Drop to send to {0}', '松开即可发送到 {0}'],
  earlier: ['an earlier message', '更早的一条消息'], editing: ['Editing', '正在编辑'], ev_invite: ['{0} invited {1}', '{0} 邀请了 {1}'],
  ev_invited: ['{0} invites you to {1}', '{0} 邀请你加入 {1}'], ev_kick: ['{0} removed {1} from the room: {2}', '{0} 把 {1} 移出了房间：{2}'],
  ev_mode: ['{0} set {1}', '{0} 设置了 {1}'], ev_nick: ['{0} is now {1}', '{0} 改名为 {1}'], ev_rename: ['{1} is called {2} now', '{1} 改名为 {2}'],
  ev_topic: ['{0} set the topic: {1}', '{0} 设置了话题：{1}'], filter: ['Filter', '筛选'], filterPeople: ['Filter people', '筛选成员'],
  gate: ['Choose a name, and come in.', '取个名字就可以进来。'], goOut: ['Leave', '离开'], gone: ['Message deleted', '消息已删除'], goneBy: ['Message deleted by {0}', '消息被 {0} 删除'],
  goneQuote: ['a deleted message', '一条已删除的消息'], guest: ['guest', '访客'], help: ['Commands and keys', '命令与按键'],
  inRoom: ['{0} in {1}', '{0}（{1}）'], inviteSent: ['{0} is invited to {1}', '已邀请 {0} 加入 {1}'],
  isAway: ['{0} is away: {1}', '{0} 不在：{1}'], join: ['Join a room', '加入房间'], joinHint: ['Name of a room, or a word of its topic', '房间名，或话题中的词'],
  joinIt: ['Join {0}', '加入 {0}'],
 
  keys: ['Shift+Enter: a new line\nTab: complete a name\nCtrl+↑: edit the last message\nCtrl+K: go to a room or person\nAlt+↑ ↓: previous, next room\nAlt+A: next unread room\nCtrl+F: search\nEsc: to the newest message', 'Shift+Enter：换行\nTab：补全名字\nCtrl+↑：编辑上一条消息\nCtrl+K：前往房间或人\nAlt+↑ ↓：上一个、下一个房间\nAlt+A：下一个未读房间\nCtrl+F：搜索\nEsc：到最新消息'],
  kick: ['Remove from the room', '移出房间'], leave: ['Leave {0}', '离开 {0}'],
  left: ['{0} left', '{0} 离开了'], logOut: ['Log out', '退出登录'], manyType: ['Several people are typing…', '好几个人正在输入…'],
  maybeLost: ['This may not have arrived.', '这条消息可能没有送达。'], mentions: ['{0} mentions', '{0} 条提到你'],
  message: ['Message', '消息'], messages: ['Messages', '消息'], messagesIn: ['Messages in {0}', '{0} 中的消息'], new: ['New', '新消息'],
  newBelow: ['{0} new ↓', '{0} 条新消息 ↓'], newTalk: ['Talk to somebody', '找人聊天'], no0: ['The connection broke.', '连接断开了。'],
  no403: ['You may not send files here.', '你不能在这里发送文件。'],
  no413: ['That is larger than the server takes.', '文件太大，服务器不接受。'],
  no507: ['There is no room left on the server.', '服务器空间不足。'], noCommand: ['There is no command /{0}; /help lists them.', '没有命令 /{0}；/help 列出全部。'],
  noFiles: ['Files cannot be sent here.', '这里不能发送文件。'], noOther: ['The server could not do that ({0}).', '服务器无法完成（{0}）。'], noRooms: ['No room is called that.', '没有这样的房间。'],
  noTopic: ['Set a topic', '设置话题'], notFound: ['That message is not there any more.', '找不到这条消息了。'], nothing: ['Nothing was found.', '什么也没找到。'],
  notify: ['Tell me of mentions and private messages', '被提到或收到私聊时通知我'], notifySecure: ['Notifications need HTTPS', '通知功能需要 HTTPS'], notIn: ['You are not in {0}; /join {0}', '你不在 {0} 中；/join {0}'],
  offline: ['offline', '离线'], onlyHere: ['only in {0}', '仅在 {0}'], op: ['operator', '管理员'], otherWays: ['Other ways to come in', '其他进入方式'],
  others: ['{0} more', '另外 {0} 个'], password: ['Password', '密码'],
  passwordHint: ['only with an account', '有账号才需要'], people: ['People', '成员'], peopleIn: ['People · {0}', '成员 · {0}'],
  refused_login: ['Wrong name or password.', '名字或密码不对。'], refused_name: ['This name cannot be had: it is taken or reserved. Choose another, or give its password.', '这个名字用不了：已被占用或保留。请换一个，或输入它的密码。'],
  refused_nologin: ['The server takes no passwords on this connection; it needs HTTPS.', '服务器在此连接上不接受密码；需要 HTTPS。'], register: ['Make an account', '注册账号'],
  registerAs: ['The name {0} will be yours alone.', '名字 {0} 将归你独有。'], registered: ['The account is made.', '账号已注册。'], removeIt: ['Delete this message?', '删除这条消息？'],
  replyTo: ['Reply to {0}:', '回复 {0}：'], rewritten: ['edited', '已编辑'], rooms: ['Rooms', '房间'], roomsAndTalks: ['Rooms and talks', '房间与对话'], search: ['Search', '搜索'],
  searchHint: ['Words that were said', '说过的词'], searching: ['Searching…', '正在搜索…'], send: ['Send', '发送'], server: ['Server', '服务器'], set: ['Save', '保存'], settings: ['Settings', '设置'],
  start: ['{0} begins here.', '{0} 从这里开始。'], startTalk: ['Your talk with {0} begins here.', '你与 {0} 的对话从这里开始。'], stay: ['Stay logged in', '保持登录'], switch: ['Go to', '前往'],
  switchHint: ['Room or person', '房间或人'], talks: ['Talks', '对话'], talkTo: ['Talk', '聊天'], theme: ['Appearance', '外观'], theme_: ['As the system', '跟随系统'], theme_dark: ['Dark', '深色'],
  theme_light: ['Light', '浅色'], toEnd: ['To the newest ↓', '到最新 ↓'], topicOf: ['Topic of {0}', '{0} 的话题'], type: ['{0} are typing…', '{0} 正在输入…'], types: ['{0} is typing…', '{0} 正在输入…'],
  unread: ['{0} unread', '{0} 条未读'], uploads: ['Uploads', '上传'], use: ['Use: {0}', '用法：{0}'], voice: ['may speak', '可发言'],
  waiting: ['The server cannot be reached; trying again.', '连不上服务器，正在重试。'], whois: ['Who is this?', '这是谁？'],
  writeTo: ['Write to {0}', '发消息到 {0}'], yourName: ['Your name', '你的名字'],
};

// How commands are used; the same in every language.
const use = {
  join: '#room [key]', part: '[#room] [why]', me: 'text', nick: 'name', msg: 'name [text]', topic: '[text]', away: '[text]', whois: 'name', kick: 'name [why]',
  ban: '[name | mask]', invite: 'name [#room]', mode: '[modes]', raw: 'line',
};

// {0} and so on are the arguments.
export function t(key, ...args) {
  if (key.startsWith('use_')) return `/${key.slice(4)} ${use[key.slice(4)] ?? ''}`;
  return (words[key]?.[WHICH] ?? key).replace(/\{(\d)\}/g, (_, n) => args[n] ?? '');
}

const lists = new Intl.ListFormat(language, { type: 'conjunction', style: 'short' });
export const list = (names) => lists.format(names);

const format = (options) => {
  const f = new Intl.DateTimeFormat(language, options);
  return (at) => f.format(at);
};
export const clock = format({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
export const moment = format({ dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' });
const weekday = format({ weekday: 'long', day: 'numeric', month: 'long' }), dated = format({ day: 'numeric', month: 'long', year: 'numeric' });
const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });

export function day(at) {
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 864e5);
  if (days < 2) return relative.format(-days, 'day').replace(/^./, (c) => c.toUpperCase());
  return (days < 300 ? weekday : dated)(at);
}
