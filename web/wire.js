// The page's only way to the network: everything that it sends and gets passes here, and a record is kept of it.
//
//	await send(url, init, way)      fetch, and the same Response
//	openSocket(url, way)            a WebSocket
//	records                         the newest 500, oldest first
//	onRecord(record => …)           called for each new one, and again when something is added to it
//
// way says which way of receiving news it is for, see ways.js; counters.js counts them apart.
//
// A record is an exchange ('http'), a frame of a WebSocket ('frame'), its end ('close'), or an event of a stream ('event').
// Recording changes nothing: bodies are looked at while the page reads them. The first 16 KiB are kept, but no passwords and
// tokens: what the panel shows, a whole class sees.

import { count } from './counters.js';

const keepText = 16 << 10;

export const records = [];
export let lost = false; // there were more
const listeners = [];
export const onRecord = changed => listeners.push(changed);
const tell = record => { for (const changed of listeners) changed(record); };

let last = 0;
function add(record) {
  records.push(Object.assign(record, { n: ++last, at: Date.now(), began: performance.now() }));
  if (records.length > 500) lost = Boolean(records.shift());
  tell(record);
  return record;
}

export function clear() {
  records.length = 0;
  lost = true;
}

const since = record => performance.now() - record.began;
const encoder = new TextEncoder();
const sizeOf = body => typeof body === 'string' ? encoder.encode(body).length : body?.size ?? body?.byteLength ?? 0;

// Secrets are members of JSON, in a body or a frame, perhaps cut off at the end.
const secret = /("(?:password|access_token|token|pid)":\s*")(?:[^"\\]|\\.)*/g;
const keepable = text => text.slice(0, keepText).replace(secret, '$1…');

// ---- HTTP

function exchange(url, init, way) {
  const target = new URL(url, location.href), { body = '', method = 'GET' } = init;
  const headers = Object.entries(init.headers ?? {}).map(([name, value]) => [name, name === 'Authorization' ? 'Bearer …' : value]);
  const record = add({ kind: 'http', way, method, url: target, headers, state: 'waiting', size: 0, text: '', answer: [],
    body: typeof body === 'string' ? keepable(body) : null, bodySize: sizeOf(body) });
  count.request(record, init.headers ?? {});
  return record;
}

export async function send(url, init = {}, way) {
  const record = exchange(url, init, way);
  try {
    const response = await fetch(url, init);
    Object.assign(record, { state: 'receiving', status: response.status, statusText: response.statusText, first: since(record),
      answer: [...response.headers], client: response.headers.get('X-Client-Addr') });
    count.head(record);
    tell(record);
    return watched(response, record);
  } catch (error) {
    finish(record, error);
    throw error;
  }
}

function finish(record, error) {
  record.state = !error ? 'done' : error.name === 'AbortError' ? 'aborted' : 'failed';
  record.why = error?.message;
  record.whole = since(record);
  record.text = keepable(record.text);
  tell(record);
}

const recordOf = new WeakMap(); // by Response

// watched returns the same answer, of which each piece is noted when the page takes it.
function watched(response, record) {
  const { headers, status, statusText } = response;
  const body = status === 204 ? null : response.body; // Chromium gives it one, but makes none of it (Fetch §5.5)
  if (!body) finish(record);
  const result = body ? new Response(observe(body.getReader(), record), { headers, status, statusText }) : response;
  recordOf.set(result, record);
  return result;
}

function observe(reader, record) {
  const decoder = new TextDecoder();
  return new ReadableStream({
    async pull(stream) {
      try {
        const { done, value } = await reader.read();
        if (!done) {
          note(record, value, decoder);
          return stream.enqueue(value);
        }
        finish(record);
        stream.close();
      } catch (error) {
        finish(record, error);
        throw error;
      }
    },
    cancel(why) {
      finish(record, new DOMException('', 'AbortError'));
      return reader.cancel(why);
    },
  }, { highWaterMark: 0 });
}

function note(record, bytes, decoder) {
  record.size += bytes.length;
  if (record.text.length < keepText) record.text += decoder.decode(bytes.subarray(0, keepText), { stream: true });
  count.piece(record, bytes.length);
  tell(record);
}

export function streamed(response, name, raw, id) {
  const of = recordOf.get(response);
  add({ kind: 'event', way: of.way, of, up: false, name, id, text: keepable(raw), size: sizeOf(raw) });
}

// ---- WebSocket

export function openSocket(url, way) {
  const socket = new WebSocket(url), say = socket.send;
  const record = exchange(url, {}, way);
  record.socket = true;
  recordOf.set(socket, record);
  const frame = (up, text) => {
    const size = sizeOf(text);
    count.frame(record, up, size);
    add({ kind: 'frame', way, of: record, up, text: keepable(text), tail: text.slice(-40), size });
  };
  socket.send = text => { // after the call: one that throws sends nothing
    say.call(socket, text);
    frame(true, text);
  };
  socket.addEventListener('open', () => {
    Object.assign(record, { status: 101, statusText: 'Switching Protocols', first: since(record) });
    count.head(record);
    finish(record);
  });
  socket.addEventListener('message', ({ data }) => frame(false, data)); // before the page hears of it
  watchEnd(socket, record);
  return socket;
}

// closeSocket waits for a handshake that is under way: browsers complain of one that is broken off.
export function closeSocket(socket) {
  if (socket.readyState === WebSocket.CONNECTING) socket.addEventListener('open', () => socket.close());
  else socket.close();
}

// watchEnd notes how a socket ends. Who sends the first close frame, the other answers (RFC 6455 §5.5.1).
function watchEnd(socket, of) {
  const close = socket.close;
  let up = false;
  socket.close = (...args) => {
    up = true;
    close.apply(socket, args);
  };
  socket.addEventListener('close', ({ code, reason, wasClean }) => {
    if (of.status !== 101) return finish(of, up ? new DOMException('', 'AbortError') : Error());
    add({ kind: 'close', way: of.way, of, up, code, clean: wasClean, text: reason, size: code === 1005 ? 0 : 2 + sizeOf(reason) });
    if (wasClean) count.close(of, up);
  });
}

// located notes the address of a socket's client, as the server says: "192.0.2.1:51234".
export function located(socket, client) {
  const record = recordOf.get(socket);
  record.client = client;
  tell(record);
}

// ---- what HTTP speaks underneath

// By origin: "http/1.1", "h2"; a server has to allow us to see it (Timing-Allow-Origin).
const protocols = new Map();
try {
  new PerformanceObserver(list => {
    for (const { name, nextHopProtocol: p } of list.getEntries()) if (p) protocols.set(new URL(name).origin, p);
  }).observe({ type: 'resource', buffered: true });
} catch { /* an old browser: protocolOf guesses */ }

// protocolOf tells or guesses. Browsers speak HTTP/2 only in TLS, and open WebSockets with HTTP/1.1 (this server does not
// speak RFC 8441).
export function protocolOf({ url, socket, way }) {
  if (socket || url.protocol === 'http:') return 'http/1.1';
  return protocols.get(url.origin) ?? (way === 'socketio' && url.pathname.startsWith('/socket.io/') ? 'http/1.1' : 'h2');
}
