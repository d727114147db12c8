// A call, as the form of try.js has it: what is sent, and the same as a curl command.
//
//   { method: 'POST', url: 'http://localhost:8000/api/polls/1/vote', headers: {...}, body: '{"option_id":1}' }
//   curl -i 'http://localhost:8000/api/polls/1/vote' -H "Authorization: Bearer $TOKEN" -H 'Content-Type: ...' --data-raw '...'

import { base, follow } from './spec.js';

// forbidden are headers that no script may set (https://fetch.spec.whatwg.org/#forbidden-request-header).
export const forbidden = name => /^(origin|host|cookie|connection|upgrade|sec-.*)$/i.test(name);

export const successTypes = op => [
  ...new Set(op.responses.filter(r => r.status[0] === '2' && r.status !== '206').flatMap(r => Object.keys(r.content ?? {}))),
];

// target is the URL: the values of the path and of the query, by their names.
export function target(op, values) {
  const path = op.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(values[`path ${name}`]));
  const query = op.parameters
    .filter(p => p.in === 'query' && values[`query ${p.name}`] !== '')
    .map(p => `${encodeURIComponent(p.name)}=${encodeURIComponent(values[`query ${p.name}`])}`)
    .join('&');
  return base(op.service) + path + (query && `?${query}`);
}

const quoted = text => `'${text.replaceAll("'", String.raw`'\''`)}'`;

// curl writes a call for a shell. The token stands in a variable, not in the command: commands are kept in histories.
export function curl({ method, url, headers, body, file, form }) {
  const parts = [
    `curl -i${url.startsWith('https') ? 'k' : ''}${url.includes('[') ? 'g' : ''}${
      headers.Accept === 'text/event-stream' ? 'N' : ''
    }${method === 'GET' || (method === 'POST' && (body ?? form) !== undefined) ? '' : ` -X ${method}`} ${quoted(url)}`,
  ];
  for (const [name, value] of Object.entries(headers)) {
    parts.push(
      /^Bearer /.test(value) && name === 'Authorization'
        ? '-H "Authorization: Bearer $TOKEN"'
        : `-H ${quoted(`${name}: ${value}`)}`,
    );
  }
  if (form) parts.push(`-F ${quoted(`file=@${file?.name ?? 'FILE'}`)}`);
  else if (file !== undefined) parts.push(`--data-binary ${quoted(`@${file?.name ?? 'FILE'}`)}`);
  else if (body !== undefined) parts.push(`--data-raw ${quoted(body)}`);
  return parts.join(' \\\n  ');
}

// ---- what answers have told: the ids of what was made last stand in the forms from then on

export const known = {};

// learn notes the ids in an answer; it tells whether there were any.
export function learn(op, data) {
  const list = op.operationId === 'listPolls' ? data?.polls : op.operationId === 'listMemos' ? data?.memos : [data];
  const it = list?.[0];
  if (!it?.id || !['polls', 'memos'].includes(op.tag)) return false;
  known[op.tag === 'polls' ? 'poll_id' : 'memo_id'] = it.id;
  if (it.options) known.options = it.options.map(option => option.id);
  return true;
}

// current is an example with these ids in it, and with no end that has passed.
export function current(value, key) {
  if (Array.isArray(value))
    return key === 'option_ids' && known.options ? known.options.slice(0, value.length) : value.map(v => current(v));
  if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, current(v, k)]));
  if (key === 'poll_id' && value) return known.poll_id ?? value;
  if (key === 'option_id') return known.options?.[0] ?? value;
  if (key === 'ends_at' && Date.parse(value) < Date.now()) return new Date(Date.now() + 86400e3).toISOString();
  return value;
}

export const startValue = p =>
  (p.in === 'path' && known[p.name]) || (p.required ? (p.example ?? follow(p.schema).const ?? '') : '');
