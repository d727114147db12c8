// Parts of the page that not everybody needs, or not at once: a phone in a full room should load little. Each is a module with its
// HTML, and perhaps its CSS, of the same name. It comes when it is first seen or used, and stays.
//
//	const { newPoll } = await part('pollform')       what the module exports
//	<section data-part="files">                      gets its part when one sees it; other parts stand at the end of the page

import { session, unreachable } from './api.js';
import { $, $$, attempt, element, show } from './dom.js';
import { onStatus, status } from './live.js';
import { translate } from './texts.js';

const styled = ['wirepanel', 'presenter', 'pollform', 'desk'];
const parts = {}, here = new Set();

export const part = name => parts[name] ??= load(name).catch(error => {
  delete parts[name]; // whoever wants it next tries again
  throw error instanceof TypeError ? unreachable() : error;
});
export const isHere = name => here.has(name);

async function load(name) {
  const [html] = await Promise.all([fetchText(name), styled.includes(name) && style(name), preload(name)]);
  const place = $(`[data-part="${name}"]`) ?? document.body;
  const box = $(`[data-box="${name}"]`) ?? element('div', { hidden: true, dataset: { box: name } }); // until it has its words
  if (!box.isConnected) box.append(...new DOMParser().parseFromString(html, 'text/html').body.childNodes);
  place.append(box);
  const module = await import(`./${name}.js`);
  translate(box);
  showWhen(box);
  box.replaceWith(...box.childNodes);
  here.add(name);
  return module;
}

async function fetchText(name) {
  const r = await fetch(`/${name}.html`);
  if (!r.ok) throw new TypeError(r.statusText);
  return r.text();
}

// head adds a link, and waits for what it names; a module that can't be preloaded is loaded by import.
const head = (rel, href) => new Promise((resolve, reject) => {
  const link = element('link', { rel, href, onload: resolve, onerror: () => reject(new TypeError(href)) });
  document.head.append(link);
});
const style = name => $(`link[href="/${name}.css"]`) ?? head('stylesheet', `/${name}.css`);
const preload = name => { head('modulepreload', `/${name}.js`).catch(() => {}); };

// showWhen shows what is for those who have joined ("in"), for others ("out"), or for a teacher.
export function showWhen(root = document) {
  const is = { in: session !== null, out: session === null, teacher: session?.user.role === 'teacher' };
  for (const n of $$('[data-when]', root)) show(n, is[n.dataset.when]);
}

const seen = new IntersectionObserver(entries => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) attempt(target, () => part(target.dataset.part));
});
function watch() { // anew, as it tells only of changes
  for (const n of $$('[data-part]')) {
    seen.unobserve(n);
    if (!isHere(n.dataset.part)) seen.observe(n);
  }
}
watch();
onStatus(() => status === 'live' && watch());
