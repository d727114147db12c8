// The form with which a call is tried, and what comes of it.
//
//   inputs -> request (request.js) -> fetch -> status, time, headers, body as it comes -> the filter of this connection
//
// Nothing is checked before it is sent: what is out of its limits gets its 422 from the server, and that is to be seen.

import { make } from './answer.js';
import { bodyEditor } from './body.js';
import { el } from './dom.js';
import { choice, field, toCopy } from './form.js';
import { curl, forbidden, known, learn, startValue, successTypes, target } from './request.js';
import { typed, words } from './schema.js';
import { onSession, session, use } from './session.js';
import { base, follow, plain } from './spec.js';
import { said, t, word } from './words.js';

// inputOf is the input of a parameter: a choice where there are few values, otherwise a text.
function inputOf(p) {
  const s = follow(p.schema),
    values = s.enum ?? (s.type === 'boolean' ? [true, false] : null);
  if (values)
    return el(
      'select',
      {},
      said(el('option', { value: '' }), () => t('none')),
      ...values.map(v => el('option', {}, String(v))),
    );
  const input = el('input', {
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: s.default,
    disabled: forbidden(p.name),
    'data-known': p.in === 'path' && p.name,
  });
  input.value = startValue(p);
  input.addEventListener('input', () => {
    input.dataset.touched = 'yes';
  });
  return input;
}

// ---- the form

const forms = new Set(); // of those that were opened: they learn ids and tokens from each other
export const refresh = () => {
  for (const f of forms) f();
};
onSession(refresh);

// unreachable says why a call can't be tried from this page, if it can't.
function unreachable(op) {
  if (!base(op.service)) return word('p', 'off', { class: 'error' });
  if (!plain(op.service) || location.protocol === 'http:') return null;
  const there = `${base('http', 'http:')}/docs#operation/${op.operationId}`;
  return el('p', { class: 'error' }, word('span', 'mixed'), ' ', el('a', { href: there }, there));
}

const parameterField = ([p, input]) => field(
  el('span', {}, el('code', {}, p.name), ' ', el('span', { class: 'faint' }, p.in), ' ',
    p.required ? word('b', 'required', { class: 'required' }) : ''),
  input, typed(p.schema), words(p.description), forbidden(p.name) ? word('p', 'forbidden', { class: 'faint' }) : null,
);
const group = (legend, fields) => fields.length ? el('fieldset', {}, word('legend', legend), ...fields) : null;

// credentials are the inputs for who is asking: whether to send the token, or a name and a password.
function credentials(op) {
  const ways = op.security ?? [], filled = value => Object.assign(el('input', { autocomplete: 'off' }), { value });
  const token = ways.some(way => way.bearer) && el('input', { type: 'checkbox', checked: true });
  const name = filled('student'), password = filled('wireshark'), basic = ways.some(way => way.basic);
  return {
    nodes: [
      basic && group('basic', [field(word('span', 'user'), name), field(word('span', 'password'), password)]),
      token && el('label', { class: 'check' }, token, word('span', 'withToken')),
    ].filter(Boolean),
    must: ways.length > 0 && ways.every(way => way.bearer),
    wanted: () => Boolean(token && token.checked),
    header() {
      if (token && token.checked && session) return `Bearer ${session.access_token}`;
      if (!basic || !name.value) return '';
      return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${name.value}:${password.value}`)))}`;
    },
  };
}

export function tryForm(op) {
  const why = unreachable(op);
  if (why) return why;
  const inputs = op.parameters.map(p => [p, inputOf(p)]), who = credentials(op), body = op.requestBody && bodyEditor(op);
  const types = successTypes(op), accept = types.length > 1 && choice(types);

  const request = () => {
    const values = Object.fromEntries(inputs.map(([p, input]) => [`${p.in} ${p.name}`, input.value]));
    const own = body?.read() ?? {}, authorization = who.header(), headers = {};
    for (const { in: place, name } of op.parameters) {
      if (place === 'header' && values[`header ${name}`] && !forbidden(name)) headers[name] = values[`header ${name}`];
    }
    if (accept) headers.Accept = types[accept.value];
    if (own.type) headers['Content-Type'] = own.type;
    if (authorization) headers.Authorization = authorization;
    return { method: op.method, url: target(op, values), headers, ...own };
  };

  const command = toCopy('curl'), hint = word('p', 'noToken', { class: 'faint' }), result = el('div', { class: 'result' });
  const stop = word('button', 'stop', { type: 'button', hidden: true }), send = word('button', 'send', { class: 'main' });
  const update = () => {
    for (const [p, input] of inputs) {
      if (input.dataset.known && known[p.name] && !input.dataset.touched) input.value = known[p.name];
    }
    body?.refill();
    hint.hidden = !who.must || Boolean(session);
    const r = request();
    command.set(curl(who.wanted() && (session || who.must) ? { ...r, headers: { ...r.headers, Authorization: 'Bearer ' } } : r));
  };
  const submit = event => {
    event.preventDefault();
    make(op, request(), { result, stop, send, learned: (data, place) => offer(op, data, place) });
  };
  forms.add(update);
  update();
  return el('form', { class: 'try', oninput: update, onsubmit: submit }, group('parameters', inputs.map(parameterField)),
    body?.box, accept ? field(word('span', 'accept'), accept) : null, ...who.nodes, hint,
    el('p', { class: 'buttons' }, send, stop), command.box, result);
}

// offer uses what an answer tells: a token, and the ids of what was made.
export function offer(op, data, place) {
  if (learn(op, data)) refresh();
  if (!data?.access_token || !data.user) return;
  if (!session) {
    use(data);
    said(place, () => t('using'));
  } else {
    const button = word('button', 'use', {
      type: 'button',
      onclick: () => {
        use(data);
        said(place, () => t('using'));
      },
    });
    said(button, () => t('use', data.user.nickname));
    place.replaceChildren(button);
    place.removeAttribute('data-said');
  }
}
