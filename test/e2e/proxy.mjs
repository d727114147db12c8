// A TCP proxy in front of a port of this machine: a network that can fail, and that counts what it carries.
//
//   const net = await Proxy.before(program.ports.ws);     connect to net.url
//   net.cut();                                            the clients' connections break, and new ones too;
//                                                         the server is not told, as with a cable that is pulled
//   net.freeze();                                         nothing gets through any more, and nobody is told: no FIN, no RST
//   net.mend();                                           new connections work again
//   await net.close();
//
// A client would notice a cable that is pulled only after Socket.IO's 45 s. So that nobody has to wait, its end breaks at
// once, with a RST, as when a phone changes networks. freeze is what happens to a machine whose lid was closed: connections
// stay open, and are dead.

import { once } from 'node:events';
import net from 'node:net';
import { Transform } from 'node:stream';
import { until } from './program.mjs';

export class Proxy {
  up = 0; // bytes from clients to the server: TCP payload, without the headers of TCP and IP
  down = 0;
  connections = 0;
  onUp = () => {}; // is shown what clients send
  delay = 0; // milliseconds, each way, for connections that are made from now on
  #pairs = new Set();
  #broken = false;
  #frozen = false;
  #held = new Set(); // connections that were made while it was frozen

  static async before(port) {
    const proxy = new Proxy();
    proxy.listener = net.createServer({ allowHalfOpen: true }, client => proxy.#join(client, port));
    proxy.listener.listen(0, '127.0.0.1');
    await once(proxy.listener, 'listening');
    proxy.port = proxy.listener.address().port;
    proxy.url = `http://127.0.0.1:${proxy.port}`;
    return proxy;
  }

  #join(client, port) {
    client.on('error', () => {}); // 'close' follows
    if (this.#broken) {
      reset(client);
      return;
    }
    if (this.#frozen) {
      this.#held.add(client);
      client.on('close', () => this.#held.delete(client));
      return;
    }
    const server = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    client.setNoDelay();
    server.on('error', () => {});
    const pair = { client, server, lost: false };
    this.#pairs.add(pair);
    this.connections++;
    client.on('data', chunk => { this.up += chunk.length; this.onUp(chunk); });
    server.on('data', chunk => { this.down += chunk.length; });
    if (this.delay) {
      client.pipe(late(this.delay)).pipe(server);
      server.pipe(late(this.delay)).pipe(client);
    } else {
      client.pipe(server); // hands on the end of each side as well
      server.pipe(client);
    }
    client.on('close', () => {
      if (!pair.lost) server.destroy();
    });
    server.on('close', () => {
      client.destroy();
      this.#pairs.delete(pair);
    });
  }

  // cut breaks the network. Where told is true, the server's end of each connection breaks too.
  cut({ told = false } = {}) {
    this.#broken = true;
    for (const pair of this.#pairs) {
      pair.lost = true;
      pair.client.unpipe();
      pair.server.unpipe();
      reset(pair.client);
      if (told) reset(pair.server);
      else pair.server.resume(); // what the server still sends is lost
    }
  }

  freeze() {
    this.#frozen = true;
    for (const pair of this.#pairs) {
      pair.lost = true;
      for (const end of [pair.client, pair.server]) {
        end.unpipe();
        end.pause();
      }
    }
  }

  mend() { this.#broken = this.#frozen = false; }

  // close ends it. Connections that still work have a moment to end by themselves, with what is still under way.
  async close() {
    await until(() => [...this.#pairs].every(pair => pair.lost), 'connections to end').catch(() => {});
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
    for (const client of this.#held) client.destroy();
    this.listener.close();
  }
}

// late lets everything through so many milliseconds later.
const late = ms => new Transform({
  transform(chunk, _, next) {
    setTimeout(() => this.push(chunk), ms);
    next();
  },
  flush(done) { setTimeout(done, ms); },
});

// reset closes a socket with a RST. Node 20 never closes one whose end is just being sent, so that one ends quietly.
function reset(socket) {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
