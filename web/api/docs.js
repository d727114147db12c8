// /docs: each call of openapi.json as a form that makes it, by subject, and the WebSocket beside them.

import { bar, lazily, reveal, subject, tagName } from './bar.js';
import { el, prose } from './dom.js';
import { eventsView, packetsView } from './events.js';
import { toCopy } from './form.js';
import { answerView, parameterView } from './schema.js';
import { ask, who } from './session.js';
import { socketPanel } from './socket.js';
import { base, description, doc, filter, load, operations, summary } from './spec.js';
import { offer, refresh, tryForm } from './try.js';
import { language, said, setLanguage, text, word } from './words.js';

const title = op =>
  el(
    'summary',
    {},
    el('b', { class: `method ${op.method}` }, op.method),
    ' ',
    el('code', { class: 'path' }, op.path),
    ' ',
    said(el('h3'), () => summary(op)),
  );

function operation(op) {
  const socket = op.operationId === 'openSocket',
    find = toCopy('filter', filter(op));
  return lazily(el('details', { class: 'op box', id: `operation/${op.operationId}` }, title(op)), () => [
    said(el('div', { class: 'words' }), () => prose(description(op))),
    ...(socket
      ? [
          el('ul', { class: 'members' }, ...op.parameters.map(parameterView)),
          find.box,
          socketPanel(data => {
            offer(op, data, el('p'));
            refresh();
          }),
        ]
      : [el('p', { class: 'faint' }, base(op.service), op.path), find.box, tryForm(op)]),
    word('h4', 'answers'),
    ...op.responses.map(response => answerView(response, false)),
  ]);
}

const section = tag =>
  el(
    'section',
    { id: `tag/${tag.name}` },
    ...subject(tag),
    ...operations.filter(op => op.tag === tag.name).map(operation),
    ...(tag.name === 'realtime'
      ? [
          lazily(el('details', { class: 'op box', id: 'events' }, el('summary', {}, word('h3', 'events'))), () =>
            eventsView('h4'),
          ),
          lazily(el('details', { class: 'op box', id: 'packets' }, el('summary', {}, word('h3', 'packets'))), () =>
            packetsView('h4'),
          ),
        ]
      : []),
  );

await Promise.all([load(), setLanguage(language)]);
const tags = said(
  el('nav', { class: 'tags' }, ...doc.tags.map(tag => said(el('a', { href: `#tag/${tag.name}` }), () => tagName(tag)))),
  () => document.title,
  'aria-label',
);
document.body.append(
  bar('try', who()),
  el(
    'main',
    {},
    tags,
    el(
      'details',
      { class: 'box' },
      el('summary', {}, word('h2', 'about')),
      said(el('div', { class: 'words' }), () => prose(text(doc.info.description, 'info'))),
    ),
    ...doc.tags.map(section),
  ),
);
ask();
reveal();
