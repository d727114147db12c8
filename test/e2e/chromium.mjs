// Chromium without a window, and a page for it with the client of Socket.IO. The page is not the server's own: it comes from
// another port of this machine, which CORS allows, or from elsewhere.example, which it does not.
//
// CHROMIUM names another binary than /usr/bin/chromium.

import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { chromium } from 'playwright-core';
import { patience } from './program.mjs';

export const binary = process.env.CHROMIUM ?? '/usr/bin/chromium';

// missing is why there is no browser, or false.
export const missing = !existsSync(binary) && `there is no ${binary}`;

// launch starts a browser that asks nobody but those it is told to ask. Its names resolve to this machine, or not at all.
export const launch = () => chromium.launch({
  executablePath: binary,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--host-resolver-rules=MAP elsewhere.example 127.0.0.1'],
});

// What the page has for tests is much as in clients.mjs: open(url, options) makes a client that notes in heard what it
// hears; once(emitter, events...) waits for the first of these and tells which it was, and its argument.
const html = `<!DOCTYPE html><html lang="en"><title>Socket.IO</title><link rel="icon" href="data:,">
<script type="module">
  import { io } from '/socket.io.esm.min.js';

  window.heard = [];
  window.open = (url, options) => {
    const socket = io(url, { forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 50, ...options });
    socket.onAny((event, data, seq) => heard.push(seq === undefined ? { event, data } : { event, data, seq: Number(seq) }));
    return socket;
  };

  const soon = (what, promise) => Promise.race([promise,
    new Promise((_, reject) => setTimeout(() => reject(new Error('still waiting for ' + what)), ${patience}))]);
  window.once = (emitter, ...events) => soon(events, new Promise(resolve => {
    for (const event of events) emitter.once(event, value => resolve([event, value]));
  }));
  window.ask = (socket, event, ...args) => soon(event, new Promise(resolve => socket.emit(event, ...args, resolve)));
  window.next = (event, test = () => true) => soon(event, (async () => {
    for (;;) {
      const found = heard.find(e => e.event === event && test(e.data));
      if (found) return found;
      await new Promise(resolve => setTimeout(resolve, 5));
    }
  })());

  // upgraded waits until a client that may change its transport has done so.
  window.upgraded = async socket => {
    const { engine, opts } = socket.io;
    if (!opts.transports && engine.transport.name !== 'websocket') await once(engine, 'upgrade');
    return engine.transport.name;
  };
  window.enter = async (url, options) => {
    const socket = open(url, options);
    await once(socket, 'connect');
    await upgraded(socket);
    return socket;
  };
  window.ready = true;
</script></html>`;

export class Chromium {
  static async start() {
    const it = new Chromium();
    const script = readFileSync(new URL('node_modules/socket.io-client/dist/socket.io.esm.min.js', import.meta.url));
    it.server = createServer((req, res) => {
      if (req.url === '/') res.setHeader('Content-Type', 'text/html; charset=utf-8').end(html);
      else if (req.url === '/socket.io.esm.min.js') res.setHeader('Content-Type', 'text/javascript').end(script);
      else res.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    await once(it.server, 'listening');
    it.browser = await launch();
    return it;
  }

  // visit opens the page, and collects what it complains about.
  async visit(host = '127.0.0.1') {
    const page = await this.browser.newPage({ ignoreHTTPSErrors: true }); // the certificate is self-signed
    const complaints = [];
    page.setDefaultTimeout(patience);
    page.on('pageerror', error => complaints.push(String(error)));
    page.on('console', m => ['error', 'warning'].includes(m.type()) && complaints.push(m.text()));
    await page.goto(`http://${host}:${this.server.address().port}/`);
    await page.waitForFunction(() => window.ready);
    return { page, complaints };
  }

  async end() {
    await this.browser?.close();
    this.server.closeAllConnections();
    this.server.close();
  }
}
