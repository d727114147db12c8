// What both pages have around them: the bar at the top with language and theme, and the way to what a link names.

import { el, inline } from './dom.js';
import { base, doc } from './spec.js';
import { language, said, setLanguage, store, stored, t, text, word } from './words.js';

const root = document.documentElement;
const theme = () => root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
const setTheme = to => {
  if (['light', 'dark'].includes(to)) root.dataset.theme = to;
};
setTheme(stored('theme'));

export function bar(here, ...more) {
  const link = (key, href) => (key === here ? word('a', key, { href, 'aria-current': 'page' }) : word('a', key, { href }));
  const shade = said(
    el('button', {
      onclick: () => {
        setTheme(theme() === 'dark' ? 'light' : 'dark');
        store('theme', theme());
        said(shade, () => t(theme() === 'dark' ? 'light' : 'dark'));
      },
    }),
    () => t(theme() === 'dark' ? 'light' : 'dark'),
  );
  const other = word('button', 'other', {
    onclick: async () => {
      await setLanguage(language === 'ko' ? 'en' : 'ko');
      store('language', language);
      other.lang = language === 'ko' ? 'en' : 'ko';
    },
  });
  other.lang = language === 'ko' ? 'en' : 'ko';
  return el(
    'header',
    { class: 'bar' },
    el('h1', {}, 'Pollwire API ', el('small', {}, doc.info.version)),
    said(
      el(
        'nav',
        {},
        link('try', '/docs'),
        ' ',
        link('read', '/redoc'),
        ' ',
        el('a', { href: '/openapi.json' }, 'openapi.json'),
        ' ',
        base('files') ? word('a', 'page', { href: `${base('files')}/` }) : '',
      ),
      () => `Pollwire: ${t('try')}, ${t('read')}`,
      'aria-label',
    ),
    el('span', { class: 'buttons' }, other, shade),
    ...more,
  );
}

// subject is the name and the text of a tag, and tagName is its name alone.
export const tagName = ({ name }) => text(name, 'tags', name, 0);
export const subject = tag => [
  said(el('h2'), () => tagName(tag)),
  said(el('p', { class: 'faint' }), () => inline(text(tag.description, 'tags', tag.name, 1))),
];

// reveal opens what the address names, such as #operation/vote, and goes there.
export function reveal() {
  const node = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!node) return;
  for (let at = node; at; at = at.parentElement) if (at.tagName === 'DETAILS') at.open = true;
  node.scrollIntoView();
}
addEventListener('hashchange', reveal);

// lazily fills a details element when it is opened for the first time.
export function lazily(details, fill) {
  details.addEventListener('toggle', () => details.open && details.append(...fill()), { once: true });
  return details;
}
