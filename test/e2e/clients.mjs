// Clients of all kinds that note what they hear, in one form, so that it can be compared:
//
//	Socket.IO             open(t, io, url, options)   socket.heard, ask(socket, event, data)
//	WebSocket             Plain.open(t, url)          plain.heard, plain.ask(event, data)
//	Server-Sent Events    stream(t, url)              heard
//
// All of them end with the test t.

import { once } from 'node:events';
import * as oldest from 'socket.io-client-4.0';
import * as latest from 'socket.io-client';
import WebSocket from 'ws';
import { defer, until, within } from './program.mjs';

// ---- what they hear

// Heard is a list of {event, data, seq}. seq is undefined for what one of them alone is told.
export class Heard {
  events = [];

  add(event, data, seq) { this.events.push({ event, data, seq: seq === undefined ? undefined : Number(seq) }); }

  // next waits for an event of this name whose data pass the test, and returns it, also if it is here already.
  next(event, test = () => true) {
    return until(() => this.events.find(e => e.event === event && test(e.data)),
      () => `${event}; there is only ${JSON.stringify(this.events)}`);
  }

  // behind returns what everybody is told behind the event of this number.
  behind(seq) { return this.events.filter(e => e.seq > seq); }
}

// ---- Socket.IO

// clients are the newest client, and the oldest one that speaks this revision of the protocol.
export const clients = {
  'socket.io-client 4.8': { io: latest.io, recovers: true },
  'socket.io-client 4.0.0': { io: oldest.io, recovers: false }, // connection state recovery came with 4.6
};

// ways are the transports, and the one that is in use in the end.
export const ways = {
  'polling only': { options: { transports: ['polling'] }, transport: 'polling' },
  'websocket only': { options: { transports: ['websocket'] }, transport: 'websocket' },
  'polling, then websocket': { options: {}, transport: 'websocket' },
};

// open makes a client that does not wait long before it comes back.
export function open(t, io, url, options) {
  const socket = io(url, { forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 50, randomizationFactor: 0, ...options });
  socket.heard = new Heard();
  socket.onAny((event, data, seq) => socket.heard.add(event, data, seq));
  defer(t, () => socket.disconnect());
  return socket;
}

// connected waits until a client is connected, or refused.
export function connected(socket) {
  if (socket.connected) return socket;
  return within(new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    socket.once('connect_error', reject);
  }), 'connect');
}

// refused waits for the error of a client that must not come in.
export function refused(socket) {
  return within(new Promise((resolve, reject) => {
    socket.once('connect_error', resolve);
    socket.once('connect', () => reject(new Error('was let in')));
  }), 'connect_error');
}

// told waits for an event of the client itself, such as "disconnect", and returns its argument.
export const told = (socket, event) => within(new Promise(resolve => socket.once(event, resolve)), event);

// upgraded waits until a client has changed to this transport.
export const upgraded = (socket, transport) =>
  until(() => socket.io.engine?.transport.name === transport, `the transport ${transport}`);

// ask emits an event and returns what the callback gets.
export const ask = (socket, event, ...args) =>
  within(new Promise(resolve => socket.emit(event, ...args, resolve)), `the acknowledgement of ${event}`);

// done is ask for what must succeed.
export async function done(socket, event, ...args) {
  const answer = await ask(socket, event, ...args);
  if (!answer.ok) throw new Error(`${event}: ${JSON.stringify(answer)}`);
  return answer.data;
}

// ---- WebSocket

export class Plain {
  heard = new Heard();
  #ids = 0;
  #acks = new Map();

  static async open(t, url) {
    const plain = new Plain();
    plain.ws = new WebSocket(url);
    plain.ws.on('message', text => plain.#receive(JSON.parse(text)));
    defer(t, () => plain.ws.terminate());
    await within(once(plain.ws, 'open'), 'the handshake');
    return plain;
  }

  #receive({ event, data, seq, id }) {
    if (id === undefined) this.heard.add(event, data, seq);
    else this.#acks.get(id)({ event, data });
  }

  // ask sends a message and returns what acknowledges it.
  async ask(event, data) {
    const id = ++this.#ids;
    const answer = await within(new Promise(resolve => {
      this.#acks.set(id, resolve);
      this.ws.send(JSON.stringify({ event, data, id }));
    }), `the ack of ${event}`);
    if (answer.event !== 'ack') throw new Error(`${event}: ${JSON.stringify(answer)}`);
    return answer.data;
  }
}

// ---- Server-Sent Events

// stream listens to /api/events, by what is written about its format in HTML §9.2.6, as far as it is used here.
export async function stream(t, url) {
  const heard = new Heard(), end = new AbortController();
  defer(t, () => end.abort());
  const asked = fetch(url, { headers: { Accept: 'text/event-stream' }, signal: end.signal });
  const answer = await within(asked, 'the head of the stream');
  (async () => {
    let rest = '';
    for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
      const records = (rest + text).split('\n\n');
      rest = records.pop();
      for (const record of records) {
        const fields = Object.fromEntries(record.split('\n').map(line => /^(\w*): ?(.*)$/.exec(line).slice(1)));
        if (fields.event) heard.add(fields.event, JSON.parse(fields.data), fields.id);
      }
    }
  })().catch(error => {
    if (!end.signal.aborted) heard.add('the stream has ended', String(error));
  });
  return heard;
}
