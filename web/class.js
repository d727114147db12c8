// The class, as its teacher has set it up: what all look at now, and what is allowed. Without a teacher nothing is set.
//
//	GET   /api/class      Class = {"title","current","locked","student_polls","chat","roster","online","people"}
//	PATCH /api/class      any part of it, by a teacher; then everybody gets class:updated Class
//
//	room.current                                  the id of the poll that all look at, or null
//	onClass(before => ...)                        it is another class now, or for the first time known (before is null)

import { api, isTeacher, session, updateUser } from './api.js';
import { on, onFetch, restart, status } from './live.js';

// The class; until it is known, nobody knows what is allowed.
export let room = null;
const listeners = [];
export function onClass(listener) {
  listeners.push(listener);
  if (room) queueMicrotask(() => listener(null)); // a module that comes later
}

function set(to) {
  const before = room;
  room = to;
  for (const listener of listeners) listener(before);
}
on('class:updated', to => {
  const at = told.findIndex(answer => same(answer, to));
  told = told.slice(at + 1).filter(answer => answer.until > Date.now());
  if (told.length) return;
  heard.push(to);
  set(to);
});
onFetch(async () => {
  const { data } = await api('GET', '/api/class');
  return () => { told = []; set(data); };
});

// change is for teachers. An answer is shown at once. Its event comes by another way: later, then the events before it are older
// than what is shown; or sooner, then the answer is the older one. One change goes after the other, so answers are in order.
let told = [], heard = [], last = Promise.resolve(); // answers whose event is still to come; events since the last call began
const same = (a, b) => ['title', 'current', 'locked', 'student_polls', 'chat', 'roster'].every(part => a[part] === b[part]);
export function change(part) {
  const mine = last.then(async () => {
    heard = [];
    const { data } = await api('PATCH', '/api/class', part);
    if (same(data, room) || heard.some(event => same(event, data))) return;
    if (status === 'live') told.push({ ...data, until: Date.now() + 10_000 });
    set(data);
  });
  last = mine.catch(() => {});
  return mine;
}

// canChat, and canMakePolls: what a teacher may, others may where the class is so.
export const canChat = () => room?.chat !== 'off' || isTeacher();
export const canMakePolls = () => room?.student_polls !== false || isTeacher();

// Whoever is renamed, or made a teacher, is told as everybody is. That one is muted is told to nobody else.
on('user:updated', ({ user }) => {
  updateUser(user);
  if (user.id === session?.user.id) askMyself().then(show => show(), () => {});
});
let asked = 0;
async function askMyself() {
  const mine = ++asked, { data } = await api('GET', '/api/auth/me');
  return () => mine === asked && updateUser({ muted: false, ...data }); // not an answer that was overtaken
}
onFetch(() => isTeacher() || session?.user.muted ? askMyself() : undefined); // the teacher key may be another by now

// A new class begins: all that was shown is gone, and who was a student joins anew.
on('class:new', restart);
