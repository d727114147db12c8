// Who is here.
//
//	server -> page   users:online {"users":[...]}             once, to who has just joined
//	                 user:joined  {"user","online"}           to all; user:left when the last tab of a person is gone
//
// One is present by a connection that can speak. Who only listens (SSE, polling) is not told who was here before.

import { onSession, session } from './api.js';
import { $, $$, element, idOf, nameTag, show, setText, showPerson, soon } from './dom.js';
import { canEmit, on, onStatus, status } from './live.js';
import { onLanguage, t, words } from './texts.js';

words({
  whoIsHere: ['Who is here', '접속자'], online: [n => `Online: ${n}`, n => `접속자 ${n}명`], you: ['(you)', '(나)'],
  morePeople: [n => `and ${n} more`, n => `외 ${n}명 더 보기`],
  onlyBySocket: ['Who is here is told over WebSocket and Socket.IO only.', '접속자 목록은 WebSocket과 Socket.IO로만 전달됩니다.'],
});

const details = $('#people'), list = $('.names', details), all = $('#all-people');
const people = new Map(); // by id, in the order in which they came
const rows = new Map(); // their nodes, of those that are shown
let online = null; // how many there are, as far as that is known
let limit = 50; // that are shown

// here are all who are online, by id.
export const here = () => people;

// draw changes only what is different: when a class comes in, there are three hundred news in two seconds.
const draw = soon(() => {
  setText($('summary', details), online === null ? t('whoIsHere') : t('online', online));
  const known = status !== 'live' || canEmit();
  show($('p', details), !known);
  show(list, known);
  show(all, known && people.size > limit);
  setText(all, t('morePeople', people.size - limit));
  if (details.open) drawList();
});

function drawList() {
  const me = people.get(session?.user.id), others = [...people.values()].filter(p => p !== me);
  const wanted = (me ? [me, ...others] : others).slice(0, limit), ids = new Set(wanted.map(p => p.id));
  for (const [id, row] of rows) {
    if (ids.has(id)) continue;
    row.remove();
    rows.delete(id);
  }
  let next = list.firstElementChild;
  for (const person of wanted) {
    let row = rows.get(person.id);
    if (!row) rows.set(person.id, row = newRow(person));
    if (row === next) next = next.nextElementSibling;
    else list.insertBefore(row, next);
  }
}

function newRow(person) {
  const mine = person.id === session?.user.id;
  return element('li', { className: mine ? 'own' : '' }, nameTag(person), ...mine ? [' ' + t('you')] : []);
}

function clearRows() {
  rows.clear();
  list.replaceChildren();
}
function forget() {
  people.clear();
  clearRows();
  online = null;
  limit = 50;
}

onSession(() => { forget(); draw(); });
onStatus(() => {
  if (status === 'live' && !canEmit()) forget();
  draw();
});
onLanguage(() => { clearRows(); draw(); });
on('users:online', ({ users }) => {
  people.clear();
  for (const user of users) people.set(user.id, user);
  online = people.size;
  draw();
});
on('user:joined', ({ user, online: n }) => { people.set(user.id, user); online = n; draw(); });
on('user:updated', ({ user }) => {
  if (people.has(user.id)) people.set(user.id, user);
  for (const node of $$('.person')) if (idOf(node) === user.id) showPerson(node, user); // wherever the name stands
  draw();
});
on('user:left', ({ user, online: n }) => { people.delete(user.id); online = n; draw(); });

details.addEventListener('toggle', draw);
all.onclick = () => {
  limit = Infinity;
  $('summary', details).focus(); // the button goes away
  draw();
};
details.open = matchMedia('(min-width: 90rem)').matches; // on smaller screens the number will do
