// A small client of Socket.IO, to be read beside a capture.
//
//	Engine.IO protocol, revision 4   a session with a sid, over long-polling first, then over a WebSocket
//	Socket.IO protocol, revision 5   events and acknowledgements, in the messages of that session
//
//	C: GET  /socket.io/?EIO=4&transport=polling             S: 0{"sid":"lv_V","pingInterval":25000,"pingTimeout":20000}
//	C: POST …&sid=lv_V   40{"token":"eyJ…"}                 S: ok
//	C: GET  …&sid=lv_V                                      S: 40{"sid":"wZX3","pid":"…"}
//	C: GET  …&transport=websocket&sid=lv_V                  S: 101 Switching Protocols
//	C: 2probe                                               S: 3probe, and 6 to the GET that waits
//	C: 5                                                    from here on all packets take the WebSocket
//	C: 421["chat:message",{"message":"hello"}]              S: 431[{"ok":true,"data":{…}}]
//	                                                        S: 42["chat:message_received",{…},"58"]
//	C: 3                                                    S: 2 before it, every 25 s: ping and pong
//
// The digit in front is Engine.IO's: 0 open, 1 close, 2 ping, 3 pong, 4 message, 5 upgrade, 6 noop. Behind a 4 comes
// Socket.IO's: 0 connect, 1 disconnect, 2 event, 3 ack, 4 connect error. Then, for one that is to be acknowledged, its
// number, and JSON. Over polling ␞ (U+001E) separates packets.
//
// Left out: namespaces, binary, reconnecting (live.js does it for all ways), connection state recovery (the seq does as well).

import { closeSocket, openSocket, send } from './wire.js';

const separator = '\x1e';

// parsePacket takes a packet apart: {type: '42', id: 1, data: [...]}, or one of Engine.IO's own: {type: '3', text: 'probe'}.
export function parsePacket(packet) {
  if (packet[0] !== '4') return { type: packet[0], text: packet.slice(1) };
  const [, type, id, json] = /^(4\d)(\d*)([^]*)$/.exec(packet);
  return { type, id: id === '' ? undefined : Number(id), data: json === '' ? undefined : JSON.parse(json) };
}

export const eventPacket = (event, data, id = '') => `42${id}${JSON.stringify([event, data])}`;

export class SocketIO {
  #over = new AbortController();
  #waiting = []; // packets for the next POST
  #posting = null; // the promise of a POST that is under way
  #probe = null; // a WebSocket that has answered the probe
  #socket = null; // the same, once it carries the packets

  // on holds what to call: connected(), refused(error data), event(name, data, seq), ack(id, data), upgraded(socket), heard().
  constructor(base, auth, signal, on) {
    Object.assign(this, { base, auth, on });
    signal.addEventListener('abort', () => this.#over.abort());
    if (signal.aborted) this.#over.abort();
  }

  emit(event, data, id) { this.#write(eventPacket(event, data, id)); }
  end() { this.#over.abort(); }

  // run returns or throws when the session has ended.
  async run() {
    try {
      for (const packet of await this.#get()) this.#take(packet); // the first brings the sid
      this.#write('40' + JSON.stringify(this.auth));
      while (!this.#probe) for (const packet of await this.#get()) this.#take(packet);
      while (this.#posting) await this.#posting;
      if (this.#over.signal.aborted) return; // meanwhile, and nobody will be told again
      this.#upgrade();
      await new Promise(resolve => this.#over.signal.addEventListener('abort', resolve));
    } finally {
      this.#over.abort();
      clearTimeout(this.silence);
    }
  }

  // ---- packets in

  #take(packet) {
    if (this.#over.signal.aborted) return;
    this.#listenOn();
    this.on.heard?.();
    const { type, text, id, data } = parsePacket(packet);
    if (type === '0') this.#opened(JSON.parse(text));
    else if (type === '2') this.#write('3');
    else if (type === '40') {
      this.on.connected();
      this.#try();
    }
    else if (type === '42') this.on.event(data[0], data[1], data[2] && Number(data[2]));
    else if (type === '43') this.on.ack(id, data[0]);
    else if (type === '44') this.on.refused(data);
    if (['1', '41', '44'].includes(type)) this.#over.abort();
  }

  #opened({ sid, pingInterval, pingTimeout }) {
    this.sid = sid;
    this.patience = pingInterval + pingTimeout;
    this.#listenOn();
  }

  // A server pings. One of which nothing is heard for so long is gone.
  #listenOn() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.#over.abort(), this.patience ?? 20_000);
  }

  // ---- packets out

  #write(packet) {
    if (this.#socket) return this.#socket.send(packet);
    this.#waiting.push(packet);
    this.#posting ??= this.#post().catch(() => this.#over.abort()).finally(() => { this.#posting = null; });
  }

  // One POST at a time, with all that waits: nobody could tell the order of two.
  async #post() {
    await null; // what is said in one breath goes together
    while (this.#waiting.length) await this.#ask({ method: 'POST', body: this.#waiting.splice(0).join(separator) });
  }

  // ---- transports

  #url(transport) { return `${this.base}/socket.io/?EIO=4&transport=${transport}` + (this.sid ? '&sid=' + this.sid : ''); }

  async #ask(init) {
    const r = await send(this.#url('polling'), { ...init, signal: this.#over.signal }, 'socketio'); // text/plain needs no preflight
    const text = await r.text();
    if (!r.ok) throw Error(text);
    return text;
  }

  // A GET is answered as soon as there are packets.
  async #get() { return (await this.#ask({})).split(separator); }

  // A WebSocket is tried beside the polling. Where something on the way does not let it through, polling goes on.
  #try() {
    const socket = openSocket(this.#url('websocket').replace('http', 'ws'), 'socketio');
    socket.onopen = () => this.#over.signal.aborted || socket.send('2probe');
    socket.onmessage = ({ data }) => {
      if (data === '3probe') this.#probe = socket;
      else this.#take(data);
    };
    socket.onclose = () => { if (socket === this.#probe) this.#over.abort(); };
    this.#over.signal.addEventListener('abort', () => closeSocket(socket));
  }

  #upgrade() {
    this.#socket = this.#probe;
    this.#socket.send('5');
    this.on.upgraded(this.#socket);
  }
}
