// Socket.IO in a browser: what the client's build for pages does in Chromium, on a page that is not the server's own.
//
// Browsers differ from Node: they check CORS, keep connections alive and share a few of them among all requests, and break
// off what is under way when a page is closed.
//
// Without Chromium these tests are skipped; where POLLWIRE_E2E is "required", they fail.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Chromium, missing } from './chromium.mjs';
import { Plain, ways } from './clients.mjs';
import { Program, defer, until } from './program.mjs';

describe('Chromium', { skip: process.env.POLLWIRE_E2E !== 'required' && missing }, () => {
  let program, chromium;
  before(async () => {
    program = await Program.start();
    chromium = await Chromium.start();
  });
  after(async () => {
    await chromium?.end();
    await program?.end({ lost: true }); // a page that is closed says no goodbye
  });

  async function visit(t, host) {
    const visit = await chromium.visit(host);
    defer(t, () => visit.page.close());
    return visit;
  }

  for (const [way, { options, transport }] of Object.entries(ways)) {
    it(`joins, chats, votes and is told what is wrong: ${way}`, async t => {
      const { page, complaints } = await visit(t);
      const kim = await program.guest('Kim'), start = await program.seq();
      const poll = await program.poll(kim, 'Tea or coffee?', 'Tea', 'Coffee');
      const saw = await page.evaluate(async ({ url, options, token, poll }) => {
        const socket = open(url, { ...options, auth: { token } });
        await once(socket, 'connect'); // and not waiting for the upgrade: much happens while it is under way
        const saw = {
          chat: await ask(socket, 'chat:message', { message: '안녕 👋' }),
          vote: await ask(socket, 'vote:cast', { poll_id: poll.id, option_id: poll.options[1].id }),
          unknown: await ask(socket, 'chat:shout', {}),
          binary: await ask(socket, 'chat:message', new Uint8Array([1, 2, 3])),
          joined: await ask(socket, 'user:join', { nickname: 'Lee' }),
        };
        socket.emit('vote:cast', {});
        saw.event = await next('error');
        saw.result = await next('vote:result');
        saw.burst = await Promise.all(Array.from({ length: 20 }, (_, i) => ask(socket, 'chat:message', { message: `burst ${i}` })));
        await next('chat:message_received', m => m.message === 'burst 19');
        saw.transport = await upgraded(socket);
        saw.refused = (await once(socket.io.socket('/admin'), 'connect', 'connect_error')).map(e => e?.message ?? e);
        saw.heard = heard;
        return saw;
      }, { url: program.ws, options, token: kim.access_token, poll });

      assert.equal(saw.chat.data.message, '안녕 👋');
      assert.equal(saw.chat.data.user.id, kim.user.id);
      assert.deepEqual(saw.vote.data.my_vote, [poll.options[1].id]);
      assert.deepEqual([saw.unknown.ok, saw.unknown.error.status], [false, 404]);
      assert.deepEqual([saw.binary.ok, saw.binary.error.status], [false, 400]);
      assert.match(saw.binary.error.detail, /binary/);
      assert.equal(saw.joined.data.user.nickname, 'Lee');
      assert.equal(saw.event.data.status, 422);
      assert.deepEqual(saw.result.data.options.map(o => o.votes), [0, 1]);
      assert.deepEqual(saw.burst.map(a => a.data.message), saw.burst.map((_, i) => `burst ${i}`));
      assert.equal(saw.transport, transport);
      assert.deepEqual(saw.refused, ['connect_error', 'Invalid namespace']);
      const numbered = saw.heard.filter(e => e.seq), happened = await program.events(start);
      assert.deepEqual(numbered, happened.filter(e => e.seq >= numbered[0].seq && e.seq <= numbered.at(-1).seq));
      assert.deepEqual(complaints, []);
    });

    it(`is recovered after it lost its connection, not after it left: ${way}`, async t => {
      const { page, complaints } = await visit(t);
      const kim = await program.guest('Kim'), start = await program.seq();
      await page.evaluate(async ({ url, options, token }) => {
        window.socket = await enter(url, { ...options, auth: { token } });
        socket.io.reconnection(false); // it is to come back only when it is told to
        window.id = socket.id;
      }, { url: program.ws, options, token: kim.access_token });
      await program.say(kim, 'before');
      await page.evaluate(async () => {
        await next('chat:message_received', m => m.message === 'before');
        const gone = once(socket, 'disconnect');
        socket.io.engine.close();
        await gone;
      });
      for (let i = 0; i < 5; i++) await program.say(kim, `missed ${i}`);
      const back = await page.evaluate(async () => {
        const back = once(socket, 'connect');
        socket.connect();
        await back;
        return { recovered: socket.recovered, same: socket.id === id, answer: await ask(socket, 'chat:message', { message: 'back' }) };
      });
      assert.deepEqual([back.recovered, back.same, back.answer.data.user.id], [true, true, kim.user.id]);
      const heard = await page.evaluate(async () => {
        await next('chat:message_received', m => m.message === 'back');
        return heard.filter(e => e.seq);
      });
      const happened = await program.events(start);
      assert.deepEqual(heard, happened.slice(happened.findIndex(e => e.seq === heard[0].seq)));

      // Who comes back before the server has read the goodbye, as can be over polling, is taken for lost.
      const goodbyes = async () => (await program.events(start)).filter(e => e.event === 'user:left').length;
      const before = await goodbyes();
      await page.evaluate(() => socket.disconnect());
      await until(async () => await goodbyes() > before, 'the goodbye');
      assert.deepEqual(await page.evaluate(async () => {
        const back = once(socket, 'connect');
        socket.connect();
        await back;
        return [socket.recovered, socket.id === id];
      }), [false, false]);
      assert.deepEqual(complaints, []);
    });

    it(`who closes the page is gone at once: ${way}`, async t => {
      const plain = await Plain.open(t, `ws://127.0.0.1:${program.ports.ws}/ws`);
      const { page } = await visit(t);
      const session = await page.evaluate(async ({ url, options }) => {
        const socket = await enter(url, options);
        return (await ask(socket, 'user:join', { nickname: 'Kim' })).data;
      }, { url: program.ws, options });
      await plain.heard.next('user:joined', d => d.user.id === session.user.id);
      await page.close();
      await plain.heard.next('user:left', d => d.user.id === session.user.id);
    });

    it(`comes back after the server was restarted: ${way}`, async t => {
      const { page } = await visit(t); // it complains of a server that is not there
      const kim = await program.guest('Kim');
      await page.evaluate(async ({ url, options, token }) => {
        window.socket = await enter(url, { ...options, auth: { token } });
        window.back = once(socket, 'disconnect').then(() => once(socket, 'connect'));
      }, { url: program.ws, options, token: kim.access_token });
      await program.restart();
      const said = await page.evaluate(async () => {
        await back;
        return ask(socket, 'chat:message', { message: 'hello again' });
      });
      assert.equal(said.data.user.id, kim.user.id);
    });
  }

  it('over https and wss', async t => {
    const { page, complaints } = await visit(t);
    for (const [way, { options, transport }] of Object.entries(ways)) {
      assert.deepEqual(await page.evaluate(async ({ url, options }) => {
        const socket = await enter(url, options);
        const { ok } = await ask(socket, 'user:join', { nickname: 'Kim' });
        return [ok, socket.io.engine.transport.name];
      }, { url: program.ws.replace('http:', 'https:'), options }), [true, transport], way);
    }
    assert.deepEqual(complaints, []);
  });

  it('a page of another origin may not connect', async t => {
    const { page } = await visit(t, 'elsewhere.example');
    for (const [way, { options }] of Object.entries(ways)) {
      const before = program.log.length;
      const [event] = await page.evaluate(({ url, options }) =>
        once(open(url, { ...options, reconnection: false }), 'connect', 'connect_error').then(([event]) => [event]), { url: program.ws, options });
      assert.equal(event, 'connect_error', way);
      // It is the server that refuses, and not only the browser.
      await until(() => /path=\/socket\.io\/ status=403/.test(program.log.slice(before)), `the refusal in the log, ${way}`);
    }
  });
});
