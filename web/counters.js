// What each way of receiving news costs: requests, events, bytes up and down, and how long one's own action takes to come
// back as news.
//
// Bytes are those that HTTP and WebSocket hand to TCP: bodies and frames as they are; heads as HTTP/1.1 writes them, with what
// this browser sends (asked for once, from /lab/whoami) and this server adds. compare.js tells what is missing.

const names = ['websocket', 'sse', 'long', 'short', 'socketio'];
const none = () => ({ requests: 0, sockets: 0, frames: 0, events: 0, up: 0, down: 0, last: null, total: 0, delays: 0 });

export const counters = {};
const listeners = [];
export const onCount = changed => listeners.push(changed);
const tell = () => { for (const changed of listeners) changed(); };

function change(way, add) {
  if (!counters[way]) return; // not for news
  for (const [name, n] of Object.entries(add)) counters[way][name] += n;
  tell();
}

export function reset() {
  for (const name of names) counters[name] = none();
  tell();
}
reset();

// ---- bytes

const bytes = headers => headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0); // "Name: value\r\n"

// What a browser adds to a request by itself, in bytes. Until it is known, it is what Chromium sends.
const browser = { fetch: 400, socket: 440 };

// learn takes the headers of an answer of /lab/whoami to a fetch that set none.
export function learn(headers) {
  const all = Object.entries(headers).map(([name, values]) => [name, values.join(', ')]);
  browser.fetch = bytes(all.filter(([name]) => !/^(accept|host)$/i.test(name)));
  browser.socket = bytes(all.filter(([name]) => /^(accept-language|accept-encoding|user-agent|origin)$/i.test(name))) + bytes([
    ['Connection', 'Upgrade'], ['Upgrade', 'websocket'], ['Pragma', 'no-cache'], ['Cache-Control', 'no-cache'],
    ['Sec-WebSocket-Version', '13'], ['Sec-WebSocket-Key', 'x'.repeat(24)],
    ['Sec-WebSocket-Extensions', 'permessage-deflate; client_max_window_bits']]);
}
export const browserBytes = ({ requests, sockets }) => requests * browser.fetch + sockets * browser.socket;

// What the server adds and CORS keeps from scripts.
const shared = () => [['X-Content-Type-Options', 'nosniff'], ['Vary', 'Origin'], ['Access-Control-Allow-Origin', location.origin],
  ['Timing-Allow-Origin', location.origin], ['Access-Control-Expose-Headers', 'ETag, Location, X-Client-Addr, Retry-After']];
const unseen = ({ url, chunked }) => bytes([['Date', 'x'.repeat(29)], ...shared(),
  ...url.pathname === '/api/events' ? [['Vary', 'Accept']] : [], ...chunked ? [['Transfer-Encoding', 'chunked']] : []]);

// frameHead is the size of a frame's head (RFC 6455 §5.2): 2 bytes, more for longer payloads, and a client's key of 4.
export const lengthForm = size => size < 126 ? 7 : size < 65536 ? 16 : 64;
export const frameHead = (size, masked) => 2 + { 7: 0, 16: 2, 64: 8 }[lengthForm(size)] + (masked ? 4 : 0);

// count is what wire.js calls. A socket's handshake is counted when it is answered.
export const count = {
  request({ way, method, url, bodySize }, headers) {
    const isSocket = url.protocol.startsWith('ws'), added = { Host: url.host };
    if (!isSocket) added.Accept = '*/*';
    if (bodySize) Object.assign(added, { 'Content-Length': String(bodySize), 'Content-Type': 'text/plain;charset=UTF-8' });
    const line = `${method} ${url.pathname}${url.search} HTTP/1.1\r\n\r\n`.length;
    const up = line + bytes(Object.entries({ ...added, ...headers })) + bodySize; // what the page sets itself goes first
    change(way, { up, [isSocket ? 'sockets' : 'requests']: 1 });
  },
  head(record) {
    const { status, statusText, answer, way } = record, line = `HTTP/1.1 ${status} ${statusText}\r\n\r\n`.length;
    record.chunked = status === 200 && !answer.some(([name]) => name === 'content-length');
    const upgrade = [['Upgrade', 'websocket'], ['Connection', 'Upgrade'], ['Sec-WebSocket-Accept', 'x'.repeat(28)],
      ['X-Client-Addr', '127.0.0.1:50000'], ...way === 'socketio' ? shared() : []];
    change(way, { down: line + (status === 101 ? bytes(upgrade) : bytes(answer) + unseen(record)) });
  },
  piece({ way, chunked }, size) { change(way, { down: size + (chunked ? size.toString(16).length + 4 : 0) }); },
  frame({ way }, up, size) { change(way, { frames: 1, [up ? 'up' : 'down']: size + frameHead(size, up) }); },
  close({ way }, up) { change(way, { up: up ? 6 : 8, down: up ? 2 : 4 }); },
};

// ---- delay

// Own actions of which no news has come: {is(event, data), at}.
let waiting = [];

// acted is called when one votes or writes, and returns a function that takes that back.
export function acted(event, data, me) {
  const one = { at: performance.now(), is: (name, news) => event === 'chat:message'
    ? name === 'chat:message_received' && news.user?.id === me && news.message === data.message.normalize('NFC').trim()
    : name === 'vote:result' && news.poll_id === data.poll_id };
  waiting = [...waiting.slice(-20), one];
  return () => { waiting = waiting.filter(w => w !== one); };
}

// heard is called for all news.
export function heard(way, { event, data }) {
  change(way, { events: 1 });
  const mine = waiting.find(w => w.is(event, data));
  if (!mine) return;
  waiting = waiting.filter(w => w !== mine);
  const delay = performance.now() - mine.at;
  // The same vote again brings no news: this is of another one.
  if (delay > 60_000) return;
  counters[way].last = delay;
  change(way, { total: delay, delays: 1 });
}
