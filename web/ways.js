// The ways in which news reach the page. Each is a function way(since, line). It calls line.opened once it hears, brings the
// events behind since (the number of the last that is known) to line.receive, and returns when it has ended: whether it was
// ever open. line.signal ends it. A way that can also speak gives line.opened a function emit(event, data), which returns
// the server's answer or throws its error.
//
//	websocket   one connection, frames in both directions; the server pings
//	sse         one answer that does not end; the page only listens
//	long        a request that waits up to 25 s for news; as soon as it is answered, the next
//	short       a request every 2 s, mostly for nothing
//	socketio    long-polling, then a WebSocket; see socketio.js

import { ports, problem, refusal, session, setSession, url } from './api.js';
import { SocketIO } from './socketio.js';
import { EventStream } from './sse.js';
import { t } from './texts.js';
import { closeSocket, located, openSocket, send, streamed } from './wire.js';

// websocket: RFC 6455.
function websocket(since, { opened, receive, signal }) {
  return new Promise(resolve => {
    const socket = openSocket(url('ws', ports.ws, '/ws?since=' + since), 'websocket');
    const acks = new Acks(), end = was => { acks.end(); resolve(was); };
    let open = false;
    const emit = (event, data) => acks.wait(id => socket.send(JSON.stringify({ event, data, id })));
    socket.onopen = () => {
      open = true;
      locate(socket, emit);
      opened(emit);
    };
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.event === 'ack') acks.resolve(message.id, message.data);
      else if (message.event === 'error') acks.reject(message.id, problem(message.data));
      else receive(message);
    };
    socket.onclose = () => end(open);
    signal.addEventListener('abort', () => {
      socket.onopen = socket.onmessage = null; // what it may still bring is for the session of before
      closeSocket(socket);
      end(open);
    });
  });
}

// locate asks for the port of this end: a page can't read the headers of a socket's handshake.
const locate = (socket, emit) => emit('lab:whoami', {}).then(found => located(socket, found.client), () => {});

const events = query => url('http', ports.http, '/api/events?' + query);

// sse: Server-Sent Events. The server writes a comment every 15 s; where three of them are missing, it is gone.
async function sse(since, { opened, receive, signal }) {
  const end = new AbortController(), text = new TextDecoder();
  let open = false, silence;
  const stop = () => end.abort(), listenOn = () => { clearTimeout(silence); silence = setTimeout(stop, 45_000); };
  signal.addEventListener('abort', stop);
  try {
    listenOn();
    const r = await send(events('since=' + since), { headers: { Accept: 'text/event-stream' }, signal: end.signal }, 'sse');
    if (!r.ok) throw await refusal(r);
    open = true;
    opened();
    const stream = new EventStream(({ event, data, id, raw }) => {
      streamed(r, event, raw, id);
      receive({ event, data: JSON.parse(data), seq: Number(id) });
    });
    for (const reader = r.body.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) return open;
      listenOn();
      stream.push(text.decode(value, { stream: true }));
    }
  } catch {
    return open;
  } finally {
    clearTimeout(silence);
    stop();
  }
}

// long and short polling are one loop: ask for what is new, deliver it, ask again. wait is how long the server may keep an
// answer back, pause how long we rest then; both in seconds.
const polling = (way, wait, pause) => async (since, { opened, receive, signal }) => {
  let open = false;
  try {
    while (!signal.aborted) {
      const began = performance.now(), query = `since=${since}` + (wait ? `&wait=${wait}` : '');
      const { resync, events: list, seq } = await ask(events(query), way, wait, signal);
      if (!open) opened();
      open = true;
      if (resync) receive({ event: 'resync', data: {} });
      list.forEach(receive);
      since = seq;
      // A server that is about to stop answers at once, without news. It must not be asked as fast as that.
      if (pause) await rest(pause, signal);
      else if (!list.length && performance.now() - began < 1000) await rest(1, signal);
    }
  } catch { /* refused, late or gone: live.js begins anew */ }
  return open;
};

async function ask(href, way, wait, signal) {
  const late = AbortSignal.timeout((wait + 20) * 1000);
  const r = await send(href, { signal: AbortSignal.any([signal, late]) }, way);
  if (!r.ok) throw await refusal(r);
  return r.json();
}

const rest = (seconds, signal) => new Promise(resolve => {
  const timer = setTimeout(resolve, seconds * 1000);
  signal.onabort = () => { clearTimeout(timer); resolve(); };
});

// socketio begins with what happens now. What was missed is asked for behind that; until it is there, events are held.
async function socketio(since, { opened, receive, signal }) {
  const acks = new Acks(), token = session?.access_token;
  const emit = (event, data) => acks.wait(id => client.emit(event, data, id));
  let open = false, held = [];
  const client = new SocketIO(url('http', ports.ws, ''), token ? { token } : {}, signal, {
    event: (event, data, seq) => held ? held.push({ event, data, seq }) : receive({ event, data, seq }),
    ack: (id, { ok, data, error }) => ok ? acks.resolve(id, data) : acks.reject(id, problem(error)),
    upgraded: socket => locate(socket, emit),
    refused: ({ message, data }) => {
      if (data?.status === 401 && token && token === session?.access_token) setSession(null, message);
    },
    connected: () => ask(events('since=' + since), 'socketio', 0, signal).then(({ resync, events: missed }) => {
      open = true;
      opened(emit, true);
      if (resync) receive({ event: 'resync', data: {} });
      for (const event of [...missed, ...held]) receive(event); // what is in both comes twice, and counts once: live.js
      held = null;
    }).catch(() => client.end()),
  });
  await client.run().catch(() => {});
  acks.end();
  return open;
}

// Acks are the answers that are waited for, by the number that was sent along.
class Acks {
  #waiting = new Map();
  #last = 0;

  wait(send) {
    return new Promise((resolve, reject) => {
      const id = ++this.#last, fail = () => this.reject(id, Error(t('unreachable')));
      this.#waiting.set(id, { resolve, reject, late: setTimeout(fail, 20_000) });
      send(id);
    });
  }
  resolve(id, data) { this.#take(id)?.resolve(data); }
  reject(id, error) { this.#take(id)?.reject(error); }
  end() { for (const id of [...this.#waiting.keys()]) this.reject(id, Error(t('unreachable'))); }

  #take(id) {
    const one = this.#waiting.get(id);
    this.#waiting.delete(id);
    clearTimeout(one?.late);
    return one;
  }
}

export const ways = { websocket, sse, long: polling('long', 25, 0), short: polling('short', 0, 2), socketio };
