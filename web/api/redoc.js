// /redoc: openapi.json to be read and printed: every call with its data, examples and errors, the events, the packets,
// the schemas. Each has an address of its own: /redoc#operation/vote, #schema/Poll, #event/vote:result.

import { bar, reveal, subject, tagName } from './bar.js';
import { el, prose } from './dom.js';
import { eventsView, packetsView } from './events.js';
import { answerView, exampleViews, parameterView, schemaView, words } from './schema.js';
import { base, description, doc, filter, load, operations, summary } from './spec.js';
import { language, said, setLanguage, t, text, word } from './words.js';

const security = op =>
  !op.security
    ? null
    : op.security.some(way => way.basic)
      ? word('p', 'basic', { class: 'faint' })
      : word('p', op.security.every(way => way.bearer) ? 'needsToken' : 'mayToken', { class: 'faint' });

const requestView = ({ content }) => [
  word('h4', 'request'),
  ...Object.entries(content).flatMap(([media, it]) => [
    el('h5', {}, el('code', {}, media)),
    el('div', { class: 'pair' }, it.schema ? schemaView(it.schema) : null, el('div', {}, ...exampleViews(it))),
  ]),
];

function operation(op) {
  const answers = op.responses.map(response => answerView(response, true));
  for (const [i, response] of op.responses.entries()) answers[i].open = response.status[0] < '4'; // errors are much the same
  return el(
    'article',
    { class: 'box', id: `operation/${op.operationId}` },
    el(
      'h3',
      {},
      el(
        'a',
        { href: `#operation/${op.operationId}` },
        said(el('span'), () => summary(op)),
      ),
    ),
    el(
      'p',
      {},
      el('b', { class: `method ${op.method}` }, op.method),
      ' ',
      el('code', { class: 'path' }, base(op.service), op.path),
      ' ',
      word('a', 'try', { href: `/docs#operation/${op.operationId}` }),
    ),
    security(op),
    said(el('div', { class: 'words' }), () => prose(description(op))),
    el('p', { class: 'faint' }, word('span', 'filter'), ': ', el('code', {}, filter(op))),
    ...(op.parameters.length
      ? [word('h4', 'parameters'), el('ul', { class: 'members' }, ...op.parameters.map(parameterView))]
      : []),
    ...(op.requestBody ? requestView(op.requestBody) : []),
    word('h4', 'answers'),
    ...answers,
  );
}

const section = tag =>
  el('section', { id: `tag/${tag.name}` }, ...subject(tag), ...operations.filter(op => op.tag === tag.name).map(operation));

const part = (id, key, ...content) => el('section', { id }, word('h2', key), el('div', { class: 'box' }, ...content));

const schemas = () =>
  Object.entries(doc.components.schemas).map(([name, schema]) =>
    el(
      'section',
      { class: 'event', id: `schema/${name}` },
      el('h3', {}, el('a', { href: `#schema/${name}` }, name)),
      el('div', { class: 'pair' }, schemaView(schema), schema.examples ? el('div', {}, ...exampleViews({ schema })) : null),
    ),
  );

const secrets = () =>
  Object.entries(doc.components.securitySchemes).map(([name, scheme]) =>
    el('div', {}, el('code', {}, name), ` (${scheme.type} ${scheme.scheme})`, words(scheme.description)),
  );

// ---- the table of contents

const link = (href, ...content) => el('li', {}, el('a', { href }, ...content));
const contents = () =>
  el(
    'ul',
    {},
    link('#about', word('span', 'about')),
    ...doc.tags.map(tag =>
      el(
        'li',
        {},
        el(
          'a',
          { href: `#tag/${tag.name}` },
          said(el('b'), () => tagName(tag)),
        ),
        el(
          'ul',
          {},
          ...operations
            .filter(op => op.tag === tag.name)
            .map(op =>
              link(
                `#operation/${op.operationId}`,
                el('b', { class: `method ${op.method}` }, op.method),
                ' ',
                said(el('span'), () => summary(op)),
              ),
            ),
        ),
      ),
    ),
    link('#events', word('b', 'events')),
    link('#packets', word('b', 'packets')),
    el(
      'li',
      {},
      el('a', { href: '#schemas' }, word('b', 'schemas')),
      el('ul', {}, ...Object.keys(doc.components.schemas).map(name => link(`#schema/${name}`, name))),
    ),
  );

await Promise.all([load(), setLanguage(language)]);
document.body.classList.add('redoc');
const wide = matchMedia('(min-width: 64rem)'); // at the side, or a menu
const menu = el(
  'details',
  { open: wide.matches },
  word('summary', 'menu'),
  said(
    el(
      'nav',
      {
        onclick: event => {
          if (event.target.closest('a') && !wide.matches) menu.open = false;
        },
      },
      contents(),
    ),
    () => t('menu'),
    'aria-label',
  ),
);
wide.addEventListener('change', () => {
  menu.open = wide.matches;
});
document.body.append(
  bar('read'),
  el(
    'div',
    { class: 'columns' },
    el('aside', {}, menu),
    el(
      'main',
      {},
      part(
        'about',
        'about',
        said(el('div', { class: 'words' }), () => prose(text(doc.info.description, 'info'))),
        ...secrets(),
      ),
      ...doc.tags.map(section),
      part('events', 'events', ...eventsView('h3')),
      part('packets', 'packets', ...packetsView('h3')),
      part('schemas', 'schemas', ...schemas()),
    ),
  ),
);
reveal();

// On paper nothing can be opened.
addEventListener('beforeprint', () => {
  const closed = [...document.querySelectorAll('main details:not([open])')];
  for (const details of closed) details.open = true;
  addEventListener(
    'afterprint',
    () => {
      for (const details of closed) details.open = false;
    },
    { once: true },
  );
});
