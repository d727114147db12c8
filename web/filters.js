// Wireshark's display filters for what the page sent and got: each finds exactly one packet.
//
//	tcp.srcport == 51234 && http.request.method == "POST" && http.request.uri == "/api/polls/7/vote"
//	tcp.dstport == 51240 && websocket.payload.text contains "\"seq\":57}"
//	tcp.dstport == 51236 && tcp contains "id: 57\n"
//
// The client's port says which connection, and in which direction. What could be found twice is told apart by the time: the
// capture must be made with the same clock. What is in TLS is found once Wireshark has the keys (a key log). Needs
// Wireshark 4.0 or newer.

// quote writes a string of a display filter (wireshark-filter(4)).
export const quote = text => '"' + text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n') + '"';

const portOf = client => Number(/:(\d+)$/.exec(client ?? '')?.[1]) || null;
const and = (...all) => all.filter(Boolean).join(' && ');
const port = (field, client) => portOf(client) && `tcp.${field} == ${portOf(client)}`;

// between is for those that could be found twice. Both ends are ms since 1970.
const between = (from, to) => `frame.time_epoch >= ${(from / 1000).toFixed(3)} && frame.time_epoch <= ${(to / 1000).toFixed(3)}`;

// ---- HTTP

const pathOf = url => url.pathname + url.search;
const same = (a, b) => a !== b && b.kind === 'http' && a.method === b.method && a.url.host === b.url.host &&
  pathOf(a.url) === pathOf(b.url) && (!a.client || !b.client || a.client === b.client);

// exchangeFilters finds the request, then its whole connection. all are the records among which it is to be told apart, lost
// says that there were more. Wireshark has no field by which an answer is found that is the same in 4.0 and 4.4; it is one
// click from the request away.
export function exchangeFilters(record, all, { lost = false, h2 = false } = {}) {
  const { method, url, client, at, first, whole } = record, path = quote(pathOf(url));
  const twice = lost || !client || all.some(other => same(record, other));
  const time = twice && between(at, at + Math.ceil(first ?? whole ?? 60_000) + 1);
  const request = h2 ? `http2.headers.method == "${method}" && http2.headers.path == ${path}`
    : `http.request.method == "${method}" && http.request.uri == ${path}`;
  const found = [{ what: 'request', filter: and(port('srcport', client), request, time) }];
  const server = url.port || (/^(https|wss):/.test(url.protocol) ? 443 : 80);
  if (client) found.push({ what: 'connection', filter: and(port('port', client), `tcp.port == ${server}`) });
  return found;
}

// ---- frames

const has = text => `websocket.payload.text contains ${quote(text)}`;

// mark returns what only this frame holds: [condition, whether that is certain]. Events carry a seq, what is asked and
// answered an id. JSON escapes the quotation marks of a text, so no text can look the same.
export function mark({ text, tail = text }) {
  const found = regexp => regexp.exec(text)?.[0] ?? regexp.exec(tail)?.[0];
  const own = found(/"(seq|id)":\d+\}$/) ?? found(/^\{"event":"(ack|error)","id":\d+,/) // of /ws
    ?? found(/\},"\d+"\]$/) ?? found(/^42\d+\["[\w:]+"/) ?? found(/^43\d+\[\{"ok"/); // of Socket.IO
  if (own) return [has(own), true];
  const start = /^[ -~]{0,30}/.exec(text)[0];
  return [start === text ? `websocket.payload.text == ${quote(text)}` : has(start), false];
}

function frameCondition(record) {
  if (record.kind === 'close') return ['websocket.opcode == 8', true];
  if (record.kind === 'frame') return mark(record);
  const text = quote(`id: ${record.id}\n`); // of an event stream; HTTP/2 carries it in DATA frames
  return [record.of.url.protocol === 'https:' ? `http2.data.data contains ${text}` : `tcp contains ${text}`, true];
}

// frameFilters: the same for a frame, the end of a socket, or an event of a stream.
export function frameFilters(record, all, { lost = false } = {}) {
  if (record.kind === 'close' && !record.clean) return []; // no close frame was sent
  const { of, up, at } = record, [condition, certain] = frameCondition(record);
  const again = other => other !== record && other.of === of && other.up === up && other.kind === 'frame' && mark(other)[0] === condition;
  const time = !certain && (lost || all.some(again)) && (up ? between(at - 5, at + 1000) : between(at - 1000, at + 5));
  return [{ what: record.kind === 'event' ? 'event' : 'frame', filter: and(port(up ? 'srcport' : 'dstport', of.client), condition, time) },
    ...exchangeFilters(of, all, { lost }).filter(f => f.what === 'connection')];
}
