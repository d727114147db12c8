// Small things that every part of the page needs. Text of users goes through textContent only: it can't become markup.

import { onLanguage, t, translate, words } from './texts.js';

words({ // of several parts
  copy: ['Copy', '복사'], copied: ['Copied', '복사됨'], selected: ['Selected: now Ctrl+C', '선택됨: Ctrl+C로 복사'], delete: ['Delete', '삭제'],
  deleteSure: [what => `Delete “${what}”?`, what => `삭제할까요? “${what}”`],
  toEnd: ['To the newest ↓', '최신으로 ↓'], ofMost: [(n, most) => `${n} of ${most} characters`, (n, most) => `${most}자 중 ${n}자`],
});

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => root.querySelectorAll(selector);

// stored and store: what this browser remembers, by name. All tabs of the browser share it.
export function stored(key) {
  try { return JSON.parse(localStorage.getItem('pollwire.' + key)); } catch { return null; }
}
export function store(key, value) {
  try {
    if (value === null) localStorage.removeItem('pollwire.' + key);
    else localStorage.setItem('pollwire.' + key, JSON.stringify(value));
  } catch { /* forbidden: a reload forgets */ }
}

// clone copies a <template> of index.html, in today's language.
export function clone(template) {
  const copy = $('#' + template).content.cloneNode(true);
  translate(copy);
  return copy.firstElementChild;
}

// element makes a node: element('td', { className: 'size', dataset: { t: 'size' } }, '42 B'). Texts stay texts.
export function element(name, { dataset, ...properties } = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  Object.assign(node.dataset, dataset);
  node.append(...children);
  return node;
}

// focus does not scroll.
export const focus = node => node?.focus({ preventScroll: true });

// What is hidden or removed can't keep the focus: it goes to what is around.
function moveFocus(from, around) {
  if (!from.contains(document.activeElement)) return;
  focus(around.closest('[tabindex]:not([hidden])') ?? $('h2', around.closest('section') ?? document));
}
export function show(node, on) {
  if (node.hidden === !on) return;
  if (!on) moveFocus(node, node.parentElement);
  node.hidden = !on;
}
export function remove(node) {
  if (node) moveFocus(node, node.parentElement);
  node?.remove();
}

// setText leaves a node alone that says so already: writing costs a layout, and screen readers speak.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// setTexts(card, { h3: 'Lunch', '.state': 'Open' }), and show for parts of a box in the same way.
export const setTexts = (box, texts) => Object.entries(texts).forEach(([part, text]) => setText($(part, box), text));
export const showParts = (box, parts) => Object.entries(parts).forEach(([part, on]) => show($(part, box), on));

export function showPerson(node, person) {
  setText(node, person.nickname);
  node.dataset.id = person.id; // shown by style.css, as nicknames need not be unique
  // The same: who calls himself professor can be told from who is.
  node.dataset.role = person.role ?? '';
  return node;
}
export const nameTag = person => showPerson(element('bdi', { className: 'person' }), person);

// ---- lists of nodes that have an id

export const idOf = node => Number(node.dataset.id);
export const item = (list, id) => $(`:scope > [data-id="${id}"]`, list);

// place puts a node into a list that is ordered by id. Most come at an end, so the search begins there.
export function place(list, node, id, oldestFirst = false) {
  node.dataset.id = id;
  let next = oldestFirst ? null : list.firstElementChild;
  if (oldestFirst) {
    for (let n = list.lastElementChild; n && idOf(n) > id; n = n.previousElementSibling) next = n;
  } else {
    while (next && idOf(next) > id) next = next.nextElementSibling;
  }
  list.insertBefore(node, next);
}

// holding returns a function that tells whether somebody is at a box, where nothing may move under a finger that is about to press.
// free is called when they have left it.
export function holding(box, free, by = ':hover') {
  let touched = -Infinity;
  box.addEventListener('pointerdown', ({ pointerType }) => {
    if (pointerType === 'mouse') return;
    touched = performance.now();
    setTimeout(free, 10_000);
  });
  box.addEventListener('pointerleave', ({ pointerType }) => pointerType === 'mouse' && free());
  return () => box.matches(by) || performance.now() - touched < 10_000;
}

// ---- forms and buttons

// attempt runs one action at a time per box, and shows errors there. (A disabled button would lose the focus.)
export async function attempt(box, action) {
  if (box.dataset.busy) return;
  box.dataset.busy = 'yes';
  const error = errorOf(box);
  showError(error);
  await action().catch(e => showError(error, e));
  delete box.dataset.busy;
}

// showError shows an error, or takes one away. One that knows how to say itself anew is said in another language, too.
export const errorOf = box => $(':scope > .error', box);
export function showError(node, { message = '', say, lost, retry } = {}) {
  Object.assign(node, { textContent: message, say, lost });
  clearTimeout(node.over);
  // Then one need not wait any longer.
  if (retry) node.over = setTimeout(showError, retry * 1000, node);
}
const allErrors = test => [...$$('.error:not(:empty)')].filter(test);
onLanguage(() => { for (const n of allErrors(n => n.say)) n.textContent = n.say(); });
export const forgetLost = () => allErrors(n => n.lost).forEach(n => showError(n)); // they are of a connection that is back

// What is being mended is no longer complained of: at the field, and at the form around it.
document.addEventListener('input', ({ target }) => {
  const last = target.closest('.poll') ?? target.closest('form');
  for (let n = last && target; n; n = n !== last && n.parentElement) if (errorOf(n)) forgiveField(n);
});
export function forgiveField(box) {
  showError(errorOf(box));
  for (const field of $$('[aria-invalid]', box)) {
    field.ariaInvalid = null;
    field.removeAttribute('aria-describedby');
  }
}

export function onSubmit(form, action, box = form) {
  form.onsubmit = event => { event.preventDefault(); attempt(box, action); };
}

// copy puts the text of a node on the clipboard. navigator.clipboard is for secure contexts only (W3C Clipboard API), which
// http:// on an address of the lab is not: there the old way has to do. Where no way works, the text is selected, for the keyboard.
export async function copy(node, button) {
  const text = node.textContent;
  const done = await (navigator.clipboard?.writeText(text) ?? Promise.reject()).then(() => true, () => copyOld(text));
  if (!done) getSelection().selectAllChildren(node);
  button.textContent = t(done ? 'copied' : 'selected');
  announce(button.textContent);
  setTimeout(() => { button.textContent = t('copy'); }, done ? 1500 : 5000);
}

function copyOld(text) {
  const area = element('textarea', { value: text, className: 'unseen' }), had = document.activeElement;
  (had?.closest('dialog') ?? document.body).append(area); // outside of an open dialog nothing can be selected
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  focus(had);
  return done;
}

// saveAs hands a file to whoever looks at the page.
export function saveAs(download, blob) {
  const href = URL.createObjectURL(blob);
  element('a', { href, download }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}

// announce tells screen readers. Of many texts in a row they get the last.
let announcing;
export function announce(text, wait = 0) {
  clearTimeout(announcing);
  announcing = setTimeout(() => { $('#announcer').textContent = text; }, wait);
}

// soon returns a function that calls draw once before the next frame, however often it is called.
export function soon(draw) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    const now = () => { waiting = false; draw(); };
    if (document.hidden) setTimeout(now, 200); // a page that nobody sees gets no frames
    else requestAnimationFrame(now);
  };
}

export const isAtEnd = box => box.scrollHeight - box.scrollTop - box.clientHeight < 40;

// asStored is a text as the server stores it. What isn't there equals no text.
export const asStored = text => text?.normalize('NFC').trim();

// showLeft counts the characters of a text when it comes near its limit.
export function showLeft(node, text, most) {
  const length = text.length > most - 100 ? [...asStored(text)].length : 0;
  node.textContent = length > most - 100 ? t('ofMost', length, most) : '';
  node.classList.toggle('over', length > most);
}

// grow makes a textarea as high as its text, where CSS can't do it (field-sizing, CSS Basic User Interface Level 4).
export function grow(area) {
  if (CSS.supports('field-sizing', 'content')) return;
  area.style.height = 'auto';
  if (area.scrollHeight) area.style.height = area.scrollHeight + 2 + 'px';
}
