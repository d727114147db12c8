// The WebSocket /ws, by hand: it is opened, sent any of the events of the document, and all frames are seen, both ways.
//
//   10:07:08.651  sent      {"event":"user:join","data":{"token":"$TOKEN"},"id":1}
//   10:07:08.655  received  {"event":"ack","id":1,"data":{"user":{...}}}
//
// A frame is written with $TOKEN, and the token put in when it leaves: so it is on no projector, though it is on the wire.

import { el, pretty } from './dom.js';
import { choice, field, toCopy } from './form.js';
import { current } from './request.js';
import { session } from './session.js';
import { base, doc, ports } from './spec.js';
import { said, t, word } from './words.js';

const kept = 300; // frames that are shown
const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});

// samples are the events that may be sent: the examples of the document, and coming in with a name alone.
const samples = () =>
  Object.entries(doc['x-events'].client).flatMap(([name, { example }]) =>
    name !== 'user:join'
      ? [[name, example]]
      : [
          [name, { ...example, data: { token: '$TOKEN' } }],
          [`${name}, nickname`, { ...example, data: { nickname: 'Kim' } }],
        ],
  );

export function socketPanel(offer) {
  if (!base('ws')) return word('p', 'off', { class: 'error' });
  const url = `${base('ws').replace('http', 'ws')}/ws`,
    list = samples();
  const state = el('span', { class: 'state', role: 'status' }),
    log = el('ol', { class: 'frames', role: 'log', tabindex: 0 });
  const since = el('input', { inputmode: 'numeric', autocomplete: 'off' }),
    which = choice(list, ([name]) => name);
  const frame = el('textarea', { class: 'code', rows: 8, spellcheck: 'false' }),
    filter = toCopy('filter', `tcp.port == ${ports.ws} && websocket`);
  const fill = () => {
    frame.value = pretty(current(list[which.value][1]));
  };
  which.addEventListener('change', fill);
  said(log, () => t('frames'), 'aria-label');
  fill();

  let socket;
  const show = (key, more = '') => said(state, () => `${t(key)}${more}`);
  const note = (way, data) => {
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    log.append(el('li', { class: way }, el('time', {}, clock.format()), ' ', word('b', way), ' ', el('code', {}, data)));
    if (log.children.length > kept) log.firstChild.remove();
    if (atEnd) log.scrollTop = log.scrollHeight;
  };
  const close = word('button', 'disconnect', {
    type: 'button',
    onclick: () => {
      socket.close(1000);
      open.hidden = false;
      open.focus();
      close.hidden = true;
    },
  });
  const open = word('button', 'connect', {
    type: 'button',
    class: 'main',
    onclick: () => {
      const own = (socket = new WebSocket(since.value ? `${url}?since=${encodeURIComponent(since.value)}` : url));
      const toggle = on => {
        const held = [open, close].includes(document.activeElement);
        [open.hidden, close.hidden] = [on, !on];
        if (held) (on ? close : open).focus();
      };
      toggle(true);
      show('opening');
      own.onopen = () => own === socket && show('isOpen');
      own.onmessage = ({ data }) => {
        note('received', String(data));
        let frame;
        try {
          frame = JSON.parse(data);
        } catch {
          return;
        }
        if (frame?.event !== 'ack') return;
        offer(frame.data);
        if (frame.data?.display_filter) filter.set(`${frame.data.display_filter} && websocket`); // of lab:whoami
      };
      own.onclose = ({ code, reason }) => {
        if (own !== socket) return;
        toggle(false);
        show('isClosed', ` (${[code, reason].filter(Boolean).join(' ')})`);
      };
    },
  });
  close.hidden = true;
  show('isClosed');
  const told = el('p', { class: 'error', role: 'alert' });
  const send = event => {
    event.preventDefault();
    const needs = frame.value.includes('$TOKEN');
    const fault = needs && !session ? 'needToken' : socket?.readyState === WebSocket.OPEN ? '' : 'notOpen';
    said(told, () => (fault ? t(fault) : ''));
    if (fault) return;
    let line = frame.value; // what is no JSON is sent as it is: the server's error is to be seen
    try {
      line = JSON.stringify(JSON.parse(line));
    } catch {
      /* as it is */
    }
    socket.send(needs ? line.replaceAll('$TOKEN', session.access_token) : line);
    note('sent', line);
  };
  return el(
    'form',
    { class: 'try', onsubmit: send },
    el('p', {}, el('code', {}, url), ' ', state),
    field(word('span', 'since'), since),
    el('p', { class: 'buttons' }, open, close),
    field(word('span', 'event'), which),
    field(word('span', 'frame'), frame, word('p', 'tokenPut', { class: 'faint' })),
    el(
      'p',
      { class: 'buttons' },
      word('button', 'send', { class: 'main' }),
      word('button', 'clear', { type: 'button', onclick: () => log.replaceChildren() }),
    ),
    told,
    log,
    filter.box,
    word('p', 'whoami', { class: 'faint' }),
  );
}
