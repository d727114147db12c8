// Small things that every part of the page needs: finding and filling nodes, forms, what this browser remembers.
//
// Text of users goes through textContent only, never innerHTML: it can't become markup.

import { t, translate } from './texts.js';

export const $ = (selector, root = document) => root.querySelector(selector);

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

// clone returns a copy of a <template> of index.html, in today's language.
export function clone(template) {
  const copy = $('#' + template).content.cloneNode(true);
  translate(copy);
  return copy.firstElementChild;
}

// element makes a node: element('td', { className: 'size' }, '42 B'). Texts stay texts.
export function element(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

// What is hidden or removed can't keep the focus: it goes to what is around, not to nowhere.
function moveFocus(from, around) {
  if (!from.contains(document.activeElement)) return;
  const to = around.closest('[tabindex]:not([hidden])') ?? $('h2', around.closest('section') ?? document);
  to?.focus({ preventScroll: true });
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

// setText leaves a node alone that says so already: to write the same again costs a layout, and screen readers speak.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function showPerson(node, person) {
  setText(node, person.nickname);
  node.dataset.id = person.id; // shown by style.css, as nicknames need not be unique
}

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

// ---- forms and buttons

// attempt runs one action at a time per box, and shows errors there. A disabled button would lose the focus.
export async function attempt(box, action) {
  if (box.dataset.busy) return;
  box.dataset.busy = 'yes';
  const error = $(':scope > .error', box);
  error.textContent = '';
  await action().catch(e => { error.textContent = e.message; });
  delete box.dataset.busy;
}

export function onSubmit(form, action, box = form) {
  form.onsubmit = event => { event.preventDefault(); attempt(box, action); };
}

// copy puts text on the clipboard. navigator.clipboard is for secure contexts only (W3C Clipboard API), and http:// on an
// address of the lab is none: there the old way has to do. The node that was clicked says that it worked.
export async function copy(text, button) {
  await navigator.clipboard?.writeText(text).catch(() => copyOld(text)) ?? copyOld(text);
  const label = button.textContent;
  button.textContent = t('copied');
  announce(t('copied'));
  setTimeout(() => { button.textContent = label; }, 1500);
}

function copyOld(text) {
  const area = element('textarea', { value: text, className: 'unseen' }), had = document.activeElement;
  (had?.closest('dialog') ?? document.body).append(area); // outside of an open dialog nothing can be selected
  area.select();
  document.execCommand('copy');
  area.remove();
  had?.focus({ preventScroll: true });
}

// announce tells screen readers. Of many texts in a row they get the last.
let announcing;
export function announce(text, wait = 0) {
  clearTimeout(announcing);
  announcing = setTimeout(() => { $('#announcer').textContent = text; }, wait);
}

// soon returns a function that calls draw once before the next frame, however often it is called: while votes pour in,
// what is drawn more often than the screen shows is work for nothing.
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

// grow makes a textarea as high as its text, where CSS can't do it (field-sizing, CSS Basic User Interface Level 4).
export function grow(area) {
  if (CSS.supports('field-sizing', 'content')) return;
  area.style.height = 'auto';
  if (area.scrollHeight) area.style.height = area.scrollHeight + 2 + 'px';
}
