// The ways in which news reach the page: each brings everything, once and in order, also while one switches.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { missing } from './chromium.mjs';
import { Room } from './page.mjs';
import { defer, until } from './program.mjs';

const ways = ['sse', 'long', 'short', 'socketio', 'websocket'];

describe('the ways in which news reach the page', { skip: process.env.POLLWIRE_E2E !== 'required' && missing }, () => {
  let room, lee;
  before(async () => {
    room = await Room.open();
    lee = await room.program.guest('Lee');
  });
  after(() => room?.close());

  const use = (page, way) => page.evaluate(async way => (await import('/live.js')).setWay(way), way);
  const texts = page => page.locator('#chat .list .text').allTextContents();

  for (const way of ways) {
    it(`${way} brings what others say and vote`, async t => {
      const { page, context } = await room.person(null);
      defer(t, () => context.close());
      await use(page, way);
      const poll = await room.program.poll(lee, `a poll by ${way}`, 'Yes', 'No');
      await room.program.say(lee, `hello by ${way}`);
      await room.program.vote(lee, poll, 1);
      await page.locator('#chat .list').getByText(`hello by ${way}`).waitFor({ state: 'attached' });
      await page.getByText(`a poll by ${way}`).first().waitFor({ state: 'attached' });
      await page.getByText('1 (100%)').first().waitFor({ state: 'attached' });
      const { requests, sockets } = await page.evaluate(way => import('/counters.js').then(({ counters }) => counters[way]), way);
      assert(requests + sockets <= 8, `${requests} requests and ${sockets} sockets for three events`);
    });
  }

  it('nothing is lost or comes twice when one switches through all of them in a burst', async t => {
    const person = await room.person('Kim'), { page, context } = person;
    defer(t, () => context.close());
    person.expected.push(/handshake: Unexpected response code: 400/); // its session was closed when the way changed
    const start = await room.program.seq();
    await page.evaluate(async () => {
      const { on } = await import('/live.js');
      window.heard = [];
      on('chat:message_received', m => heard.push(m.message));
      on('vote:result', v => heard.push(v.voters));
    });
    const poll = await room.program.poll(lee, 'in a burst', 'Yes', 'No');
    const burst = (async () => {
      for (let i = 0; i < 400; i++) {
        await room.program.say(lee, `burst ${i}`);
        if (i % 40 === 0) await room.program.vote(await room.program.guest(`voter ${i}`), poll, 0);
      }
    })();
    let over = false, switched = 0;
    burst.finally(() => { over = true; });
    for (; !over || switched < 15; switched++) {
      await use(page, ways[switched % ways.length]);
      await new Promise(resolve => setTimeout(resolve, [5, 200, 60][switched % 3])); // before it opens, in between, and after
    }
    await burst;
    const happened = (await room.program.events(start)).filter(e => ['chat:message_received', 'vote:result'].includes(e.event))
      .map(e => e.data.message ?? e.data.voters);
    await until(async () => await page.evaluate(() => heard.length) >= happened.length, 'the last of them');
    assert.deepEqual(await page.evaluate(() => heard), happened);
    const shown = async () => (await texts(page)).filter(text => text.startsWith('burst'));
    await until(async () => (await shown()).length >= 400, 'the messages to be shown');
    assert.deepEqual(await shown(), Array.from({ length: 400 }, (_, i) => `burst ${i}`));
  });

  it('socketio stays with polling where no WebSocket gets through', async t => {
    const { page, context } = await room.person('Kim');
    defer(t, () => context.close());
    await page.routeWebSocket(/socket\.io/, socket => socket.close());
    await use(page, 'socketio');
    await until(() => page.evaluate(() => import('/live.js').then(live => live.way === 'socketio' && live.canEmit())), 'the session');
    await page.evaluate(() => import('/live.js').then(({ setSending, act }) => {
      setSending('socket');
      return act('chat:message', { message: 'by POST' });
    }));
    await page.locator('#chat .list').getByText('by POST').waitFor({ state: 'attached' });
    const { frames, requests } = await page.evaluate(() => import('/counters.js').then(({ counters }) => counters.socketio));
    assert.equal(frames, 0);
    assert(requests > 4, `${requests} requests`);
  });

  it('a stream that falls silent is opened anew, and a server that answers at once is not asked without rest', async t => {
    const { page, context } = await room.person(null);
    defer(t, () => context.close());
    const requests = way => page.evaluate(way => import('/counters.js').then(({ counters }) => counters[way].requests), way);
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 5_000); // from here on its time passes only where we say so, however long we take
    await use(page, 'sse');
    await until(async () => await requests('sse') === 1, 'the stream');
    await page.clock.fastForward(19_000);
    assert.equal(await requests('sse'), 1);
    await page.clock.fastForward(2_000);
    await page.clock.resume();
    await until(async () => await requests('sse') === 2, 'another stream');
    await page.route(/wait=25/, route => route.fulfill({ headers: { 'Access-Control-Allow-Origin': '*' }, json: { events: [], seq: 1 } }));
    await use(page, 'long');
    await new Promise(resolve => setTimeout(resolve, 1500));
    assert(await requests('long') <= 3, `${await requests('long')} requests`);
  });

  it('a token that is no longer good ends the session, by Socket.IO too', async t => {
    const person = await room.person('Kim'), { page, context } = person;
    defer(t, () => context.close());
    person.expected.push(/401/); // where the stream is opened anew before the way is another
    await use(page, 'sse');
    await page.evaluate(() => import('/api.js').then(({ session }) => { session.access_token += 'x'; }));
    await use(page, 'socketio');
    await page.locator('#join').waitFor();
  });

  for (const way of ways) {
    it(`${way} goes on where it was after the server was away`, async t => {
      const person = await room.person('Kim'), { page, context } = person;
      defer(t, () => context.close());
      person.expected.push(/ERR_|WebSocket|503|400/);
      await use(page, way);
      await room.program.say(lee, `before ${way}`);
      await page.locator('#chat .list').getByText(`before ${way}`).waitFor({ state: 'attached' });
      await room.program.restart(async () => { await page.locator('#connection.away').waitFor(); });
      await room.program.say(lee, `after ${way}`);
      await page.locator('#chat .list').getByText(`after ${way}`).waitFor({ state: 'attached' });
      await person.live();
    });
  }
});
