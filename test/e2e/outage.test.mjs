// Socket.IO clients in a network that fails, and with a server that ends and begins again: each client comes back by
// itself, and where it can (4.6 and newer), it gets what it missed, in order and once.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ask, clients, connected, done, open, told, upgraded, ways } from './clients.mjs';
import { Program, defer, until } from './program.mjs';
import { Proxy } from './proxy.mjs';

let program;
before(async () => { program = await Program.start(); });
after(() => program?.end({ lost: true }));

// all calls what with each client on each way.
const all = what => Object.entries(clients).flatMap(([name, client]) =>
  Object.entries(ways).map(([way, w]) => what({ name: `${name}, ${way}`, ...client, ...w })));

// news makes some events, without any socket.
async function news(program, name) {
  const teacher = await program.guest('Teacher');
  const poll = await program.poll(teacher, `Poll ${name}`, 'Yes', 'No');
  for (let i = 1; i <= 5; i++) await program.say(teacher, `${name} ${i}`);
  await program.vote(teacher, poll, 0);
  await program.call('PATCH', `/api/polls/${poll.id}`, { token: teacher.access_token, body: { is_active: false } });
  await program.say(teacher, `end of ${name}`);
}

// hears waits until a client has heard the last of these news.
const hears = (socket, name) => socket.heard.next('chat:message_received', m => m.message === `end of ${name}`);

all(({ name, io, recovers, options, transport }) => describe(name, () => {
  // enter joins as a new guest and waits until the transport is the last one.
  async function enter(t, url) {
    const session = await program.guest('Kim');
    const socket = await connected(open(t, io, url, { ...options, auth: { token: session.access_token } }));
    await upgraded(socket, transport);
    return Object.assign(socket, { session });
  }

  it('comes back after the network has failed', async t => {
    const net = await Proxy.before(program.ports.ws);
    defer(t, () => net.close());
    const socket = await enter(t, net.url), { id } = socket, start = await program.seq();
    await news(program, 'before');
    await hears(socket, 'before');
    for (const [outage, cut] of Object.entries({ 'cut on one side': { told: false }, 'cut on both sides': { told: true } })) {
      const gone = told(socket, 'disconnect');
      net.cut(cut);
      assert.match(await gone, /^transport (close|error)$/);
      await news(program, outage);
      net.mend();
      await told(socket, 'connect');
      assert.equal(socket.recovered, recovers ? true : undefined);
      assert.equal(socket.id === id, recovers);
      await news(program, `after ${outage}`);
      await hears(socket, `after ${outage}`);
      assert.equal((await done(socket, 'chat:message', { message: 'still me' })).user.id, socket.session.user.id);
      await upgraded(socket, transport);
    }
    await socket.heard.next('chat:message_received', m => m.message === 'still me');
    await news(program, 'last');
    const { seq: end } = await hears(socket, 'last');
    const [heard, happened] = [socket.heard.behind(start), await program.events(start)].map(list => list.filter(e => e.seq <= end));
    if (recovers) {
      assert.deepEqual(heard, happened);
    } else { // it misses what happened meanwhile, and nothing else comes twice or out of order
      assert.deepEqual(heard, happened.filter(e => heard.some(h => h.seq === e.seq)));
      assert(!heard.some(e => /^cut on/.test(e.data.message)), 'this client knows nothing of recovery');
    }
  });

  it('is still who it was, if it is recovered, also where user:join has said so', async t => {
    const net = await Proxy.before(program.ports.ws);
    defer(t, () => net.close());
    const socket = await connected(open(t, io, net.url, options));
    const { user } = await done(socket, 'user:join', { nickname: 'Kim' });
    await upgraded(socket, transport);
    const gone = told(socket, 'disconnect');
    net.cut();
    await gone;
    net.mend();
    await told(socket, 'connect');
    const { ok, data, error } = await ask(socket, 'chat:message', { message: 'who am I?' });
    if (recovers) assert.deepEqual([ok, data.user.id], [true, user.id]);
    else assert.deepEqual([ok, error.status], [false, 401]);
  });

  it('is not recovered when it left by itself', async t => {
    const socket = await enter(t, program.ws), { id } = socket;
    await news(program, 'here');
    await hears(socket, 'here');
    socket.disconnect();
    await news(program, 'away');
    socket.connect();
    await connected(socket);
    assert(!socket.recovered);
    assert.notEqual(socket.id, id);
    await done(socket, 'chat:message', { message: 'hello again' }); // it has joined anew, with its token
    await news(program, 'here again');
    await hears(socket, 'here again');
    assert(!socket.heard.events.some(e => /^(end of )?away/.test(e.data.message)));
  });

  it('comes back again and again while others talk', async t => {
    const net = await Proxy.before(program.ports.ws);
    defer(t, () => net.close());
    const socket = await enter(t, net.url), start = await program.seq();
    const teacher = await program.guest('Teacher');
    let over = false;
    const talk = (async () => {
      for (let i = 0; !over; i++) await program.say(teacher, `talk ${i}`);
      await program.say(teacher, 'end of the talk');
    })();
    const outages = (async () => {
      for (let i = 0; i < 3; i++) { // at no particular moment of what is under way
        const gone = told(socket, 'disconnect');
        net.cut({ told: i === 1 });
        await gone;
        net.mend();
        await told(socket, 'connect');
      }
    })().finally(() => { over = true; });
    await Promise.all([talk, outages]);
    const { seq: end } = await hears(socket, 'the talk');
    const [heard, happened] = [socket.heard.behind(start), await program.events(start)].map(list => list.filter(e => e.seq <= end));
    assert.deepEqual(heard, recovers ? happened : happened.filter(e => heard.some(h => h.seq === e.seq)));
  });
}));

// ---- the server ends, with clients of all kinds at once

// begin starts a program that may be stopped.
async function begin(t) {
  const program = await Program.start();
  defer(t, () => program.end());
  return program;
}

// crowd lets one of each kind join with its token.
async function crowd(t, program) {
  return Promise.all(all(async ({ name, io, options, transport }) => {
    const session = await program.guest(name.slice(-20));
    const socket = await connected(open(t, io, program.ws, { ...options, auth: { token: session.access_token } }));
    await upgraded(socket, transport);
    return Object.assign(socket, { session, name });
  }));
}

// back waits until all of them are connected anew, and lets each act and hear the others.
async function back(program, sockets, gone) {
  await Promise.all(sockets.map(async (socket, i) => {
    // Long-polling hears of the end only where a GET waits; a WebSocket gets a close frame.
    assert.match(await gone[i], /polling only/.test(socket.name) ? /^transport (close|error)$/ : /^transport close$/, socket.name);
    await until(() => socket.connected, () => `${socket.name} to be back`);
    assert(!socket.recovered, socket.name); // the server has forgotten it
    const sent = await done(socket, 'chat:message', { message: `I am ${socket.name}` });
    assert.equal(sent.user.id, socket.session.user.id);
  }));
  await news(program, 'all are back');
  for (const socket of sockets) {
    await hears(socket, 'all are back');
    const seqs = socket.heard.events.flatMap(e => e.seq ?? []);
    assert.deepEqual(seqs, [...new Set(seqs)].sort((a, b) => a - b), `${socket.name}: the numbers rise, over the restart too`);
  }
}

it('all clients come back after the server was restarted', async t => {
  const program = await begin(t), sockets = await crowd(t, program), gone = sockets.map(s => told(s, 'disconnect'));
  const guest = await connected(open(t, clients['socket.io-client 4.8'].io, program.ws));
  await done(guest, 'user:join', { nickname: 'Lee' });
  await program.restart(() => Promise.all(gone)); // with an exit status of 0, and all clients know at once
  await back(program, sockets, gone);
  await until(() => guest.connected, 'the guest to be back');
  await assert.rejects(done(guest, 'chat:message', { message: 'who am I?' }), /401/, 'who joined by user:join does so again');
});

it('all clients come back after the server was killed, and what was acknowledged is there', async t => {
  const program = await begin(t), sockets = await crowd(t, program), gone = sockets.map(s => told(s, 'disconnect'));
  const sent = await Promise.all(sockets.map(s => done(s, 'chat:message', { message: `from ${s.name}` })));
  await program.kill();
  await program.run();
  await back(program, sockets, gone);
  const { messages } = await program.call('GET', '/api/chat/messages?limit=100');
  for (const m of sent) assert.deepEqual(messages.find(({ id }) => id === m.id), m);
});
