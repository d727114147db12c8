// Chat.
//
//	page -> server   POST /api/chat/messages {"message"}, or chat:message over the socket
//	server -> page   chat:message_received Message; older ones by GET /api/chat/messages?before=ID
//	                 chat:message_deleted {"id"}, by whoever said it, or a teacher
//
// A whole class may write at once, so what comes is kept until the next frame and drawn in one go.

import { api, isTeacher, onSession, onUser, session } from './api.js';
import { canChat, onClass, room } from './class.js';
import { $, $$, announce, asStored, attempt, clone, element, errorOf, focus, grow, idOf, isAtEnd, item, onSubmit, place, remove, setText, show, showError, showLeft, showPerson,
  soon } from './dom.js';
import { onEnter } from './enter.js';
import { Paged } from './lists.js';
import { messageMost } from './limits.js';
import { act, apply, holdingEvents, on } from './live.js';
import './people.js';
import { language, onLanguage, showTime, t, words } from './texts.js';

words({
  chatOff: ['The teacher has switched the chat off.', '교사가 채팅을 껐습니다.'],
  chatSlow: ['Slow chat: one message in 15 s from each of you.', '천천히 채팅: 한 사람이 15초에 한 번 보낼 수 있습니다.'],
  chatMuted: ['The teacher has muted you: you can read, but not write.', '교사가 채팅을 막았습니다. 읽을 수만 있습니다.'],
  chatOffTeacher: ['The chat is off for students.', '학생의 채팅이 꺼져 있습니다.'],
  mute: ['Mute', '채팅 막기'], unmute: ['Unmute', '채팅 허용'], muteWho: [who => `Mute ${who}`, who => `${who} 채팅 막기`],
  unmuteWho: [who => `Let ${who} chat again`, who => `${who} 채팅 허용`],
  isMuted: [who => `${who} can’t chat now.`, who => `${who} 님의 채팅을 막았습니다.`], isUnmuted: [who => `${who} can chat again.`, who => `${who} 님의 채팅을 허용했습니다.`],
  deleteMessage: [(who, text) => `Delete what ${who} said: ${text}`, (who, text) => `${who} 님의 메시지 삭제: ${text}`],
  chat: ['Chat', '채팅'], message: ['Message', '메시지'], send: ['Send', '보내기'],
  messageKeys: ['Enter sends, Shift+Enter begins a new line.', 'Enter로 보내고, Shift+Enter로 줄을 바꿉니다.'],
  newOnes: [n => `${n} new ${n === 1 ? 'message' : 'messages'} ↓`, n => `새 메시지 ${n}개 ↓`],
});

const most = 500; // messages in the page
const box = $('#messages'), newest = $('#newest');

// Messages are a Paged whose older pages stay when it is filled anew, if they fit to what came.
class Messages extends Paged {
  fill(items) {
    flush();
    // What one reads is not the newest anyway; when it is wanted, it will be fetched.
    if (behind) return;
    const last = items.at(-1), fits = items.some(m => item(this.list, m.id)?.dataset.at === m.created_at);
    if (!fits || idOf(this.list.lastElementChild) > last.id) this.clear();
    this.draw(items);
    if (atEnd) toEnd();
  }

  // draw is for whole pages, which screen readers should not read out.
  draw(items) {
    box.ariaLive = 'off';
    setTimeout(() => { box.ariaLive = 'polite'; }, 500);
    super.draw(items);
    for (const row of this.list.children) showGroup(row);
  }

  // fetchOlder keeps the page small: the newest go, and come again when one scrolls down.
  async fetchOlder() {
    await super.fetchOlder();
    while (this.list.children.length > most) {
      this.list.lastElementChild.remove();
      behind = true;
    }
    watchTop();
  }

  async fetchNewer() {
    const { data } = await api('GET', `${this.path}?limit=100&after=${idOf(this.list.lastElementChild)}`);
    const last = this.list.lastElementChild, from = last.offsetTop - box.scrollTop;
    behind = data.messages.length === 100;
    this.draw(data.messages);
    trim();
    box.scrollTop = last.offsetTop - from; // what one was reading stays where it was
  }
}

const chat = new Messages({ section: '#chat', path: '/api/chat/messages', key: 'messages', show: showMessage });

let atEnd = true; // of what is shown; then it follows what comes
// The newest messages are not in the page: too many have come since what one reads.
let behind = false;
let unread = 0;

function clear() {
  chat.clear();
  queue.length = unread = 0;
  atEnd = true;
  behind = false;
  showNewest();
}
onSession(clear);

// ---- what comes

const queue = [];
on('chat:message_received', message => {
  queue.push(message);
  flushSoon();
});

on('chat:message_deleted', ({ id }) => {
  const row = item(chat.list, id), next = row?.nextElementSibling, waiting = queue.findIndex(m => m.id === id);
  if (waiting >= 0) queue.splice(waiting, 1);
  remove(row);
  if (next) showGroup(next);
});

// flush draws what has come, so much at a time that no frame takes long.
function flush(some = Infinity) {
  const { list } = chat, before = list.lastElementChild;
  for (const m of queue.splice(0, some)) {
    const isNew = !item(list, m.id), fromOther = m.user?.id !== session?.user.id;
    if (isNew && !atEnd && fromOther) unread++;
    if (list.children.length >= most && !atEnd) behind = true; // it is only counted
    if (!behind && isNew) showMessage(m);
    if (m.message === unsent && !fromOther) sent(); // also where its answer was lost
  }
  for (let row = before ?? list.firstElementChild; row; row = row.nextElementSibling) showGroup(row);
  if (atEnd && list.lastElementChild !== before) {
    trim();
    toEnd();
  }
  showNewest();
}
const flushSoon = soon(() => {
  flush(25);
  if (queue.length) flushSoon();
});

function trim() {
  const { list, more } = chat;
  for (; list.children.length > most; more.hidden = false) list.firstElementChild.remove(); // the button brings it back
  if (list.firstElementChild) showGroup(list.firstElementChild);
}

function showMessage(m) {
  if (item(chat.list, m.id)) return;
  const row = clone('chat-message');
  row.dataset.at = m.created_at;
  if (m.user) {
    showPerson($('.person', row), m.user);
    row.dataset.by = m.user.id;
    row.classList.toggle('own', m.user.id === session?.user.id);
  }
  showTime($('time', row), m.created_at);
  $('.text', row).textContent = m.message;
  row.person = m.user;
  letAct(row, m);
  place(chat.list, row, m.id, true);
}

// What is said can be taken back by whoever said it; a teacher can do more.
const muted = new Set(); // by id, as far as it was done here
function letAct(row, { id, user }) {
  const [mute, del] = $$('.acts button', row);
  del.onclick = () => attempt(chat.section, () => api('DELETE', '/api/chat/messages/' + id));
  mute.onclick = () => attempt(chat.section, async () => {
    const on = !muted.has(user.id);
    await api('PATCH', '/api/people/' + user.id, { muted: on });
    muted[on ? 'add' : 'delete'](user.id);
    announce(t(on ? 'isMuted' : 'isUnmuted', user.nickname));
    showActs();
  });
  showActsOf(row);
}

function showActsOf(row) {
  const { person } = row, [mute, del] = $$('.acts button', row), mine = person && person.id === session?.user.id;
  mute.hidden = !isTeacher() || !person || mine || person.role === 'teacher';
  del.hidden = !mine && !isTeacher();
  if (!del.hidden) del.ariaLabel = t('deleteMessage', person?.nickname ?? '', $('.text', row).textContent.slice(0, 40));
  if (!mute.hidden) {
    mute.textContent = t(muted.has(person.id) ? 'unmute' : 'mute');
    mute.ariaLabel = t(muted.has(person.id) ? 'unmuteWho' : 'muteWho', person.nickname);
  }
}
const showActs = () => { for (const row of chat.list.children) showActsOf(row); };
onUser(showActs);

// showRule says in words why one can't write, or not as fast as one would.
function showRule() {
  const silenced = session?.user.muted && !isTeacher(), off = room?.chat === 'off';
  // An error may speak of the rule before.
  const rule = silenced ? t('chatMuted') : off ? t(isTeacher() ? 'chatOffTeacher' : 'chatOff') : room?.chat === 'slow' && !isTeacher() ? t('chatSlow') : '';
  if ($('#chat-rule').textContent !== rule) showError(errorOf(form));
  setText($('#chat-rule'), rule);
  show($('#new-message'), session !== null && canChat() && !silenced);
}
onClass(showRule);
onUser(showRule);
onSession(showRule);

// showGroup: who says several things in a row is named once, and each day begins with its name.
const together = 5 * 60_000; // ms
function showGroup(row) {
  const before = row.previousElementSibling, at = new Date(row.dataset.at), was = before && new Date(before.dataset.at);
  const sameDay = was?.toDateString() === at.toDateString();
  const same = sameDay && row.dataset.by && before.dataset.by === row.dataset.by;
  row.classList.toggle('again', Boolean(same && at - was < together));
  const day = $('.day', row);
  if (sameDay) day?.remove();
  else (day ?? row.insertBefore(element('p', { className: 'day faint' }), row.firstChild)).textContent = dayName(at);
}
const dayName = at => at.toLocaleDateString(language, { dateStyle: 'full' });
onLanguage(() => {
  for (const row of chat.list.children) {
    showGroup(row);
    showActsOf(row);
  }
  showNewest();
  showRule();
});

// ---- where one reads

function toEnd() {
  box.scrollTop = box.scrollHeight;
  atEnd = true;
  unread = 0;
}

box.addEventListener('scroll', () => {
  if (!box.clientHeight) return; // the view is not open
  const end = isAtEnd(box);
  if (end && behind) attempt(chat.section, () => holdingEvents(() => chat.fetchNewer()));
  atEnd = end && !behind;
  if (atEnd) unread = 0;
  showNewest();
}, { passive: true });

// When the keyboard of a phone comes up, or the view is opened, the end is elsewhere.
new ResizeObserver(() => atEnd && toEnd()).observe(box);

function showNewest() {
  newest.textContent = unread ? t('newOnes', unread) : t('toEnd');
  show(newest, !atEnd && (unread > 0 || behind));
}
newest.onclick = () => {
  focus(box); // the button goes away
  toNewest();
};
const toNewest = () => attempt(chat.section, async () => {
  if (behind) {
    await holdingEvents(async () => {
      const items = await chat.fetchPage();
      clear();
      chat.fill(items);
    });
  }
  toEnd();
  showNewest();
});

// Older messages come when one has scrolled to the button, which is for the keyboard.
const top = new IntersectionObserver(([entry]) => entry.isIntersecting && chat.list.firstElementChild && chat.more.onclick(),
  { root: box, rootMargin: '150px 0px 0px' });
function watchTop() { // anew, as it tells only of changes
  top.unobserve(chat.more);
  top.observe(chat.more);
}
watchTop();

const input = $('#message'), form = $('#new-message');
let unsent; // what was sent without an answer

onSubmit(form, async () => {
  const message = input.value;
  unsent = asStored(message);
  try {
    const data = await act('chat:message', { message }, () => api('POST', '/api/chat/messages', { message }));
    apply(() => { queue.push(data); flush(); });
  } catch (e) {
    if (unsent === undefined) return; // it has come back as news
    if (e.status) unsent = undefined; // it was refused; without an answer it may have arrived
    throw e;
  }
  if (unsent !== undefined) sent();
  toNewest();
});

function sent() {
  showError(errorOf(form));
  if (asStored(input.value) === unsent) input.value = ''; // else the next one is being typed already
  unsent = undefined;
  showLength();
}

// Enter sends. Phones have no Shift+Enter, so there Enter is a new line.
const phone = matchMedia('(hover: none) and (pointer: coarse)');
onEnter(input, () => input.value.trim() && form.requestSubmit(), () => !phone.matches);

function showLength() {
  showLeft($('.left', form), input.value, messageMost);
  grow(input);
}
input.oninput = showLength;
onLanguage(showLength);
