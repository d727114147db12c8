// What one chat message costs on the wire, over each transport: node compare.mjs
//
// A client sends a message of 20 characters and waits for the acknowledgement; everybody, it as well, then hears of the
// message. Sender and receiver each have a TCP proxy of their own, which counts TCP payload: the headers of HTTP and of
// WebSocket are in, those of TCP and IP are not. Before each message all is quiet: with long-polling, a GET waits.
// What it takes to connect is not counted.

import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Chromium, missing } from './chromium.mjs';
import { Plain, clients, connected, done, open } from './clients.mjs';
import { Program } from './program.mjs';
import { Proxy } from './proxy.mjs';

const messages = 50;
const quiet = 40; // milliseconds in which all that belongs to a message is over

const program = await Program.start();
const chromium = missing ? null : await Chromium.start();
const cleanups = [];
const t = { after: what => cleanups.push(what) }; // as in a test

// ---- the ways
//
// Each connects to a URL, as somebody or only to listen, and returns a func that sends the message and returns after how
// many milliseconds it was acknowledged.

const text = 'twenty characters...';
const withToken = (url, token) => `${url.replace('http', 'ws')}/ws${token ? `?token=${token}` : ''}`;

async function timed(what) {
  const began = performance.now();
  await what();
  return performance.now() - began;
}

// Node's client would open a connection for each request; browsers keep them.
const agent = new Agent({ keepAlive: true });

const socketIO = transports => ({
  async Chromium(url, token) {
    const { page } = await chromium.visit();
    await page.evaluate(async ({ url, options }) => {
      window.socket = await enter(url, options);
    }, { url, options: { transports, auth: { token } } });
    return () => page.evaluate(async message => {
      const began = performance.now();
      await ask(socket, 'chat:message', { message });
      return performance.now() - began;
    }, text);
  },
  async Node(url, token) {
    const socket = await connected(open(t, clients['socket.io-client 4.8'].io, url, { transports, agent, auth: { token } }));
    return () => timed(() => done(socket, 'chat:message', { message: text }));
  },
});

const webSocket = {
  async Chromium(url, token) {
    const { page } = await chromium.visit();
    await page.evaluate(url => new Promise(resolve => {
      window.ws = new WebSocket(url);
      ws.onopen = () => resolve();
    }), withToken(url, token));
    return () => page.evaluate(message => new Promise(resolve => {
      const began = performance.now();
      ws.onmessage = m => JSON.parse(m.data).event === 'ack' && resolve(performance.now() - began);
      ws.send(JSON.stringify({ event: 'chat:message', data: { message }, id: 1 }));
    }), text);
  },
  async Node(url, token) {
    const plain = await Plain.open(t, withToken(url, token));
    return () => timed(() => plain.ask('chat:message', { message: text }));
  },
};

// ---- measuring

async function counter(delay = 0) {
  const proxy = Object.assign(await Proxy.before(program.ports.ws), { delay, requests: 0 });
  proxy.onUp = chunk => { proxy.requests += chunk.toString('latin1').match(/^[A-Z]+ \S+ HTTP\/1\.1\r$/mg)?.length ?? 0; };
  return proxy;
}

async function join() { return (await program.guest('Kim')).access_token; }

// traffic returns what a message takes: HTTP requests, bytes up, bytes down; of the sender, then of a receiver.
async function traffic(enter) {
  const [out, back] = await Promise.all([counter(), counter()]);
  await enter(back.url);
  const send = await enter(out.url, await join());
  await send(); // so that the first one is like the others
  await sleep(5 * quiet);
  const before = [{ ...out }, { ...back }];
  for (let i = 0; i < messages; i++) {
    await send();
    await sleep(quiet);
  }
  return [out, back].flatMap((proxy, i) => ['requests', 'up', 'down'].map(what => (proxy[what] - before[i][what]) / messages));
}

// roundTrips returns how many of them it takes until a message is acknowledged, on a network in which one takes 50 ms.
async function roundTrips(enter) {
  const delay = 25, slow = await counter(delay);
  const send = await enter(slow.url, await join());
  const took = [];
  for (let i = 0; i < 9; i++) {
    await sleep(6 * delay);
    took.push(await send());
  }
  return took.sort((a, b) => a - b)[4] / (2 * delay);
}

console.log(`
One message of ${text.length} characters, mean of ${messages}. Up and down are bytes of TCP payload to and from the server.

| transport | client | round trips to ack | sender: requests | up | down | receiver: requests | up | down |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |`);
for (const [way, enter] of [
  ['Socket.IO, long-polling', socketIO(['polling'])], ['Socket.IO, WebSocket', socketIO(['websocket'])], ['WebSocket, `/ws`', webSocket],
]) {
  for (const where of chromium ? ['Chromium', 'Node'] : ['Node']) {
    const numbers = [await roundTrips(enter[where]), ...await traffic(enter[where])];
    console.log(`| ${way} | ${where} | ${numbers.map(n => +n.toFixed(1)).join(' | ')} |`);
  }
}
await Promise.all(cleanups.map(what => what()));
await chromium?.end();
await program.end({ lost: true });
process.exit(); // the proxies' listeners are still open
