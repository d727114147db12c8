// A line that is dead without a word: the page notices by itself, and at once when somebody looks at it; and is back as soon as
// the network is, in all ways of receiving news.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { missing } from './chromium.mjs';
import { Room } from './page.mjs';
import { defer, until, within } from './program.mjs';
import { Proxy } from './proxy.mjs';

describe('a line that is dead without a word', { concurrency: 3, skip: process.env.POLLWIRE_E2E !== 'required' && missing }, () => {
  let room, lee;
  before(async () => {
    room = await Room.open();
    lee = await room.program.guest('Lee');
  });
  after(() => room?.close());

  // arrive opens the page behind proxies, on a way, and with a clock that a test can put forward.
  async function arrive(t, way, { clock = false } = {}) {
    const nets = { http: await Proxy.before(room.program.ports.http), ws: await Proxy.before(room.program.ports.ws) };
    defer(t, () => Promise.all(Object.values(nets).map(net => net.close())));
    const context = await room.browser.newContext({ locale: 'en', bypassCSP: true }); // the page's policy names the true ports
    defer(t, () => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const ports = { ...room.program.ports, http: nets.http.port, ws: nets.ws.port };
    const asked = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
    await page.route('**/ports.json', async route => route.fulfill({ json: { ports: asked, hosts: [] }, headers: { Date: new Date().toUTCString() } }));
    await page.addInitScript(way => localStorage.setItem('pollwire.way', JSON.stringify(way)), way);
    if (clock) await page.clock.install();
    const began = performance.now();
    await page.goto(room.url);
    await page.locator('#connection.live').waitFor();
    const took = performance.now() - began; // to connect at all, on this machine
    await until(() => page.evaluate(way => import('/counters.js').then(({ counters }) => counters[way].down > 0), way), `news by ${way}`);
    if (way === 'socketio') await until(() => page.evaluate(() => import('/live.js').then(live => live.canEmit())), 'the session');
    const all = name => Object.values(nets).forEach(net => net[name]());
    return { page, took, freeze: () => all('freeze'), mend: () => all('mend') };
  }

  const looks = { // how the page learns that somebody looks
    websocket: page => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange'))),
    sse: page => page.evaluate(() => dispatchEvent(new Event('focus'))),
    long: page => page.evaluate(() => dispatchEvent(new Event('online'))),
    short: page => page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))),
    socketio: page => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange'))),
  };

  for (const [way, look] of Object.entries(looks)) {
    it(`${way}: is told within 10 s when somebody looks, and back 5 s after the network`, async t => {
      const { page, took, freeze, mend } = await arrive(t, way);
      freeze();
      await look(page);
      await within(page.locator('#connection.away').waitFor(), 'the page to say so', 10_000);
      await room.program.say(lee, `while ${way} was dead`);
      await until(() => page.evaluate(() => import('/wire.js').then(({ records }) => // so often in vain that a back-off would be long
        records.filter(r => r.kind === 'http' && r.state === 'failed').length > 9)), 'ten that failed', 60_000);
      mend();
      await within(page.locator('#connection.live').waitFor(), 'the page to be back', 5000 + took);
      await page.locator('#chat .list').getByText(`while ${way} was dead`).waitFor({ state: 'attached' });
    });

    it(`${way}: is noticed without anybody looking, as the page asks by itself`, async t => {
      const { page, freeze } = await arrive(t, way, { clock: true });
      const sent = () => page.evaluate(way => import('/counters.js').then(({ counters: { [way]: c } }) => c.up), way), before = await sent();
      await page.clock.fastForward(25_000); // as if a line had been silent for so long
      await until(async () => await sent() > before, 'a question', 20_000);
      await page.locator('#connection.live').waitFor();
      freeze();
      for (let second = 0; second < 35 && !await page.locator('#connection.away').count(); second++) await page.clock.runFor(1000);
      await page.locator('#connection.away').waitFor({ timeout: 3000 });
    });
  }

  it('a page that is asked for a sign of life while all is well stays live, and loses nothing', async t => {
    for (const way of Object.keys(looks)) {
      const { page } = await arrive(t, way);
      await page.evaluate(async way => {
        const { on, onStatus } = await import('/live.js');
        window.heard = [];
        window.away = 0;
        on('chat:message_received', m => m.message.startsWith(way + ' ') && heard.push(m.message)); // others are of other tests
        onStatus(async () => { if ((await import('/live.js')).status === 'away') away++; });
      }, way);
      for (let i = 0; i < 10; i++) {
        await looks.sse(page);
        await room.program.say(lee, `${way} ${i}`);
      }
      await until(async () => await page.evaluate(() => heard.length) >= 10, 'the messages');
      assert.deepEqual(await page.evaluate(() => heard), Array.from({ length: 10 }, (_, i) => `${way} ${i}`));
      assert.equal(await page.evaluate(() => away), 0);
    }
  });
});
