// What the page says, in English and Korean. Each module brings its own words:
//
//	words({ vote: ['Vote', '투표하기'], voters: [n => `${n} voters`, n => `${n}명 참여`], sse: ['SSE'] }); // the same in both
//	t('voters', 3)                             in today's language
//	<button data-t="vote"></button>            filled by translate
//	<input data-t-label="message">             the same for aria-label, data-t-hint for placeholder
//	onLanguage(redraw)                         called when somebody switches

const all = {};
export const words = more => Object.assign(all, more);

let remembered;
try { remembered = JSON.parse(localStorage.getItem('pollwire.language')); } catch { /* the browser's language will do */ }
export let language = remembered ?? (navigator.language.startsWith('ko') ? 'ko' : 'en');

export const has = key => key in all;
export const t = (key, ...args) => pick(all[key], ...args);
export function pick([english, korean = english], ...args) {
  const text = language === 'ko' ? korean : english;
  return typeof text === 'function' ? text(...args) : text;
}

export function translate(root) {
  for (const n of root.querySelectorAll('[data-t]')) if (has(n.dataset.t)) n.textContent = t(n.dataset.t); // else they are on their way
  for (const n of root.querySelectorAll('[data-t-label]')) if (has(n.dataset.tLabel)) n.ariaLabel = t(n.dataset.tLabel);
  for (const n of root.querySelectorAll('[data-t-hint]')) if (has(n.dataset.tHint)) n.placeholder = t(n.dataset.tHint);
}

// onLanguage: a module that comes later draws itself at once, when all of it is there.
const listeners = [];
let begun = false;
export function onLanguage(redraw) {
  listeners.push(redraw);
  if (begun) queueMicrotask(redraw);
}

export function setLanguage(to) {
  begun = true;
  language = document.documentElement.lang = to;
  translate(document);
  for (const n of document.querySelectorAll('time[datetime]')) showTime(n, n.dateTime);
  for (const redraw of listeners) redraw();
}

export const number = n => n.toLocaleString(language);

// localISO writes a time as RFC 3339 does, in the zone of this machine: 2026-03-02T09:30:00.250Z, where the Z is not true.
export function localISO(time) {
  const at = new Date(time);
  return new Date(at - at.getTimezoneOffset() * 60_000).toISOString();
}

// showTime writes an RFC 3339 time as it is said here: today's without the date.
export function showTime(node, iso) {
  const at = new Date(iso), today = at.toDateString() === new Date().toDateString();
  node.dateTime = iso;
  const text = at.toLocaleString(language, { timeStyle: 'short', ...!today && { dateStyle: 'short' } });
  if (node.textContent !== text) node.textContent = text;
}
