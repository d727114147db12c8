// The events of the sockets and the packets of Socket.IO, x-events and x-packets of the document, as both pages show them.

import { code, el, prose, pretty } from './dom.js';
import { doc } from './spec.js';
import { schemaView } from './schema.js';
import { said, text, word } from './words.js';

const heading = (id, level, ...name) => el(level, { id }, ...name);
const intro = (what, ...path) => said(el('div', { class: 'words' }), () => prose(text(what, ...path)));

export const eventsView = level => [
  intro(doc['x-events'].description, 'events', 'description'),
  ...['client', 'everybody', 'one'].flatMap(group => [
    word(level, group),
    ...Object.entries(doc['x-events'][group]).map(([name, event]) =>
      el(
        'section',
        { class: 'event' },
        heading(`event/${group === 'client' ? 'send/' : ''}${name}`, 'h5', el('code', {}, name)),
        intro(event.description, 'events', group, name),
        el(
          'div',
          { class: 'pair' },
          Object.keys(event.data).length ? schemaView(event.data) : null,
          event.example ? el('div', {}, code(pretty(event.example))) : null,
        ),
        ...(event.ack
          ? [
              word('h6', 'ack'),
              el(
                'div',
                { class: 'pair' },
                schemaView(event.ack),
                event.ack_example ? el('div', {}, code(pretty(event.ack_example))) : null,
              ),
            ]
          : []),
        event.then
          ? el(
              'p',
              {},
              word('span', 'then', { class: 'faint' }),
              ' ',
              ...event.then.flatMap(next => [el('a', { href: `#event/${next}` }, el('code', {}, next)), ' ']),
            )
          : null,
      ),
    ),
  ]),
];

export const packetsView = level => [
  intro(doc['x-packets'].description, 'packets', 'description'),
  ...['client', 'server'].flatMap(side => [
    word(level, side === 'client' ? 'byClient' : 'byServer'),
    ...Object.entries(doc['x-packets'][side]).map(([name, packet]) =>
      el(
        'section',
        { class: 'event' },
        heading(
          `packet/${side}/${name}`,
          'h5',
          name,
          ' ',
          word('span', 'begins', { class: 'faint' }),
          ' ',
          el('code', {}, packet.begins),
        ),
        intro(packet.description, 'packets', side, name),
        el(
          'div',
          { class: 'pair' },
          packet.data ? schemaView(packet.data) : null,
          packet.example ? el('div', {}, code(packet.example)) : null,
        ),
      ),
    ),
  ]),
];
