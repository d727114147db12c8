// The counters of the ways: each way is used, and what it says to have cost is what a capture says.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Capture, missing as noCapture } from './capture.mjs';
import { missing } from './chromium.mjs';
import { Room } from './page.mjs';
import { until } from './program.mjs';

describe('the counters', { skip: process.env.POLLWIRE_E2E !== 'required' && (missing || noCapture) }, () => {
  let room, page, capture;
  before(async () => {
    room = await Room.open();
    capture = await Capture.start(room.program);
    ({ page } = await room.person('Kim', { viewport: { width: 1280, height: 800 } }, '#/wire'));
  });
  after(() => room?.close());

  const choose = async way => {
    await page.locator(`#ways input[value="${way}"]`).check();
    await page.locator('#connection.live').waitFor();
  };
  // cells are the numbers of a way's row: requests, frames, events, bytes up and down, the last delay and the mean.
  const cells = way => page.evaluate(way => [...document.querySelector(`#ways input[value="${way}"]`).closest('tr').querySelectorAll('td')]
    .map(n => n.textContent === '–' ? null : Number(n.textContent.replaceAll(',', ''))), way);

  const used = {};
  for (const way of ['websocket', 'sse', 'long', 'short', 'socketio']) {
    it(`count ${way}`, async () => {
      const rest = way === 'short' ? 'sse' : 'short'; // sends nothing for two seconds, or nothing at all
      await choose(rest);
      const [asked] = await cells(rest);
      await page.evaluate(() => import('/counters.js').then(({ reset }) => reset()));
      await until(async () => rest === 'sse' || (await cells(rest))[0] > 0, `a request, after ${asked}`);
      await new Promise(resolve => setTimeout(resolve, 300));
      await page.locator('#ways .reset').click();
      const from = Date.now() / 1000;
      await choose(way);
      await until(async () => (await cells(way))[0] > 0, 'the first request');
      const kim = await page.evaluate(() => import('/api.js').then(({ session }) => session));
      for (let i = 0; i < 20; i++) await room.program.say(kim, `message ${i} for ${way}`); // not from the page: of that only the way is counted
      await until(async () => (await cells(way))[2] >= 20, 'the events');
      await new Promise(resolve => setTimeout(resolve, 200));
      used[way] = { cells: await cells(way), from, to: Date.now() / 1000 };
      assert.deepEqual((await cells(rest)).slice(0, 3), [0, 0, 0], 'the way of before costs nothing');
    });
  }

  it('tell the delay of what one does oneself', async () => {
    for (const way of ['websocket', 'sse', 'long', 'short', 'socketio']) {
      await choose(way);
      const began = performance.now();
      await page.locator('#message').fill(`hello by ${way}`);
      await page.locator('#message').press('Enter');
      await until(async () => (await cells(way))[5] !== null, `the delay of ${way}`);
      const took = performance.now() - began, [last, mean] = (await cells(way)).slice(5);
      assert(last === mean && last <= took, `${way}: ${last} ms, of which the whole took ${took} ms`);
    }
  });

  it('are right within a twentieth', async t => {
    const ports = await page.evaluate(() => import('/wire.js').then(({ records }) =>
      [...new Set(records.map(r => /:(\d+)$/.exec(r.client ?? '')?.[1]).filter(Boolean))]));
    await capture.stop();
    // From the page's own port come its scripts, of which a way may need one more: that is no cost of the way.
    for (const [way, { cells: [requests, frames, events, up, down], from, to }] of Object.entries(used)) {
      const segments = await capture.fields(`tcp.len > 0 && tcp.port in {${ports.join(',')}} && !(tcp.port == ${room.program.ports.files}) && frame.time_epoch >= ${from} && frame.time_epoch <= ${to}`,
        'tcp.srcport', 'tcp.len');
      const sum = (mine) => segments.filter(([port]) => ports.includes(port) === mine).reduce((n, [, length]) => n + Number(length), 0);
      t.diagnostic(`${way}: ${requests} requests, ${frames} frames, ${events} events; up ${up}, captured ${sum(true)}; down ${down}, captured ${sum(false)}`);
      assert(Math.abs(up - sum(true)) <= 0.05 * sum(true), `${way}: ${up} bytes up, ${sum(true)} captured`);
      assert(Math.abs(down - sum(false)) <= 0.05 * sum(false), `${way}: ${down} bytes down, ${sum(false)} captured`);
    }
  });

  it('fit on a phone, with each number under its heading', async t => {
    for (const locale of ['en', 'ko']) {
      const phone = await room.visit(t, null, { viewport: { width: 360, height: 740 }, locale, hash: '#/wire' });
      await phone.page.locator('#ways td[data-head]').first().waitFor();
      const out = await phone.page.evaluate(() => [...document.querySelectorAll('#ways :is(th, td)')]
        .filter(n => n.checkVisibility() && (n.scrollWidth > n.clientWidth + 1 || n.getBoundingClientRect().right > innerWidth)).length);
      assert.equal(out, 0, `cells that are cut, in ${locale}`);
      await phone.accessible(`the counters on a phone, in ${locale}`);
    }
  });
});
