// The ways in which news reach the page. Each is a function way(since, line). It calls line.opened once it hears, brings the
// events behind since (the number of the last that is known) to line.receive, and returns when it has ended: whether it was
// ever open. line.signal ends it. A way that can also speak gives line.opened a function emit(event, data), which returns
// the server's answer or throws its error. A line can die without a word (a laptop's lid, another network), so a way tells all
// that it hears to line.sign, and line.asks how it can be made to hear something.
//
//	websocket   one connection, frames in both directions; the server pings, which no page sees
//	sse         one answer that does not end; the page only listens
//	long        a request that waits up to 25 s for news; as soon as it is answered, the next
//	short       a request every 2 s, mostly for nothing
//	socketio    long-polling, then a WebSocket; see socketio.js

import { apiAt, endBy, ports, problem, refusal, session, unreachable, url } from './api.js';
import { EventStream } from './sse.js';
import { closeSocket, located, openSocket, send, streamed } from './wire.js';

// websocket: RFC 6455.
function websocket(since, { opened, receive, sign, asks, signal }) {
  return new Promise(resolve => {
    const socket = openSocket(url('ws', ports.ws, '/ws?since=' + since), 'websocket');
    const acks = new Acks(), end = was => { acks.end(); resolve(was); };
    let open = false;
    const emit = (event, data) => acks.wait(id => socket.send(JSON.stringify({ event, data, id })));
    socket.onopen = () => {
      open = true;
      asks(() => locate(socket, emit), 20);
      locate(socket, emit);
      opened(emit);
    };
    socket.onmessage = ({ data }) => {
      sign();
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

const events = query => apiAt('/api/events?' + query);

// sse: Server-Sent Events. The server writes a comment every 15 s. A stream can't be asked for anything; but another can be asked
// for, and when it is there, the one of before is left.
function sse(since, { opened, receive, sign, asks, signal }) {
  let open = false, current = null;
  return new Promise(resolve => {
    const begin = async () => {
      const before = current, mine = current = new AbortController(), text = new TextDecoder();
      const headers = { Accept: 'text/event-stream' };
      try {
        const r = await send(events('since=' + since), { headers, signal: AbortSignal.any([signal, mine.signal]) }, 'sse');
        if (!r.ok) throw await refusal(r);
        before?.abort();
        if (!open) opened();
        open = true;
        sign();
        const stream = new EventStream(({ event, data, id, raw }) => {
          streamed(r, event, raw, id);
          receive({ event, data: JSON.parse(data), seq: since = Number(id) });
        });
        for (const reader = r.body.getReader(); ;) {
          const { done, value } = await reader.read();
          if (done) break;
          sign();
          stream.push(text.decode(value, { stream: true }));
        }
      } catch { /* it has ended */ }
      before?.abort();
      if (current === mine) resolve(open);
    };
    asks(begin, 20);
    begin();
  });
}

// long and short polling are one loop: ask for what is new, deliver it, ask again. wait is how long the server may keep an
// answer back, pause how long we rest then; both in seconds. The first answer is not kept back: it tells that we are connected.
const polling = (way, wait, pause) => async (since, { opened, receive, sign, asks, signal }) => {
  let open = false, hurry = new AbortController();
  asks(() => hurry.abort());
  try {
    for (let patient = 0; !signal.aborted;) {
      const began = performance.now(), query = `since=${since}` + (patient ? `&wait=${patient}` : '');
      const either = AbortSignal.any([signal, hurry.signal]), answer = await ask(events(query), way, patient, either).catch(e => {
        if (!hurry.signal.aborted) throw e;
      });
      const empty = answer && !answer.events.length;
      if (answer) {
        sign();
        if (!open) opened();
        open = true;
        if (answer.resync) receive({ event: 'resync', data: {} });
        answer.events.forEach(receive);
        since = answer.seq;
      }
      // A server that is about to stop answers at once, without news. It must not be asked as fast as that.
      if (pause) await rest(pause, either);
      else if (empty && patient && performance.now() - began < 1000) await rest(1, either);
      patient = hurry.signal.aborted ? 0 : wait;
      if (!patient) hurry = new AbortController();
    }
  } catch { /* refused, late or gone: live.js begins anew */ }
  return open;
};

async function ask(href, way, wait, signal) {
  const late = AbortSignal.timeout((wait + 7) * 1000);
  const r = await send(href, { signal: AbortSignal.any([signal, late]) }, way);
  if (!r.ok) throw await refusal(r);
  return r.json();
}

const rest = (seconds, signal) => new Promise(resolve => {
  const timer = setTimeout(resolve, signal.aborted ? 0 : seconds * 1000);
  signal.onabort = () => { clearTimeout(timer); resolve(); };
});

// socketio begins with what happens now. What was missed is asked for behind that; until it is there, events are held.
async function socketio(since, { opened, receive, sign, asks, signal }) {
  const acks = new Acks(), token = session?.access_token;
  const emit = (event, data) => acks.wait(id => client.emit(event, data, id));
  let open = false, held = [];
  const { SocketIO } = await import('./socketio.js');
  const client = new SocketIO(url('http', ports.ws, ''), token ? { token } : {}, signal, {
    event: (event, data, seq) => held ? held.push({ event, data, seq }) : receive({ event, data, seq }),
    ack: (id, { ok, data, error }) => ok ? acks.resolve(id, data) : acks.reject(id, problem(error)),
    heard: sign,
    upgraded: socket => locate(socket, emit),
    refused: ({ data }) => data && endBy(problem(data), token),
    connected: () => ask(events('since=' + since), 'socketio', 0, signal).then(({ resync, events: missed }) => {
      open = true;
      opened(emit, true);
      if (resync) receive({ event: 'resync', data: {} });
      for (const event of [...missed, ...held]) receive(event); // what is in both comes twice, and counts once: live.js
      held = null;
    }).catch(() => client.end()),
  });
  asks(() => emit('lab:whoami', {}).catch(() => {}), 20);
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
      const id = ++this.#last, fail = () => this.reject(id, unreachable());
      this.#waiting.set(id, { resolve, reject, late: setTimeout(fail, 20_000) });
      send(id);
    });
  }
  resolve(id, data) { this.#take(id)?.resolve(data); }
  reject(id, error) { this.#take(id)?.reject(error); }
  end() { for (const id of [...this.#waiting.keys()]) this.reject(id, unreachable()); }

  #take(id) {
    const one = this.#waiting.get(id);
    this.#waiting.delete(id);
    clearTimeout(one?.late);
    return one;
  }
}

export const ways = { websocket, sse, long: polling('long', 25, 0), short: polling('short', 0, 2), socketio };
