// On the wire: what the panel lists is what was sent, and each of its display filters finds exactly that in a capture.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Capture, missing as noCapture } from './capture.mjs';
import { missing } from './chromium.mjs';
import { Room } from './page.mjs';
import { defer, until } from './program.mjs';

const required = process.env.POLLWIRE_E2E === 'required';
const ways = ['websocket', 'sse', 'long', 'short', 'socketio'];
const wide = { viewport: { width: 1280, height: 800 } };

// choose switches to a way, as a person does.
async function choose(page, way) {
  await page.locator(`#ways input[value="${way}"]`).check();
  await page.locator('#connection.live').waitFor();
}

const say = async (page, text) => {
  await page.locator('#message').fill(text);
  await page.locator('#message').press('Enter');
  await page.locator('#chat .list').getByText(text, { exact: true }).waitFor({ state: 'attached' });
};
const vote = async (page, option) => {
  await page.locator('#polls').getByLabel(option).check();
  await page.locator('#polls .vote').first().click();
  await page.locator('#polls .yours:not([hidden])').first().waitFor({ state: 'attached' });
};

// rows opens all rows of the panel and returns what they show.
const rows = page => page.evaluate(async () => {
  const all = [...document.querySelectorAll('#wire .rows > details')];
  for (const row of all) row.open = true;
  while (!all.every(row => row.querySelector('.detail'))) await new Promise(resolve => setTimeout(resolve, 5)); // it comes with the event "toggle"
  return all.map(row => ({
    kind: row.classList[0], title: row.querySelector('.what').textContent, outcome: row.querySelector('.outcome').textContent,
    direction: row.classList[1], size: row.querySelector('.size').textContent, text: [...row.querySelectorAll('pre')].map(n => n.textContent).join('\n\n'),
    filters: Object.fromEntries([...row.querySelectorAll('code')].map(c => [c.className, c.textContent])),
  }));
});

describe('on the wire', { skip: !required && (missing || noCapture) }, () => {
  for (const secure of [false, true]) {
    describe(secure ? 'over TLS' : 'in the clear', () => {
      let room, capture, shown;
      before(async () => {
        room = await Room.open({ secure, settings: ['-keylog', 'keys'] });
        capture = await Capture.start(room.program);
        const lee = await room.program.guest('Lee');
        await room.program.poll(lee, 'Which layer?', 'Link', 'Network');
        const { page } = await room.person('Kim', wide, '#/wire');
        for (const [i, way] of ways.entries()) {
          await choose(page, way);
          if (way === 'socketio') await page.locator('#sending input[value="socket"]').check();
          await vote(page, ['Link', 'Network'][i % 2]);
          await say(page, `"quoted" \\ and 한글 by ${way} "id":3} "seq":${i}}`);
          await room.program.say(lee, `from elsewhere, ${i}`);
          await page.locator('#chat .list').getByText(`from elsewhere, ${i}`).waitFor({ state: 'attached' });
        }
        await choose(page, 'websocket');
        await say(page, 'over the socket');
        await page.locator('#sending input[value="http"]').check();
        await choose(page, 'short');
        const asked = () => page.evaluate(() => import('/counters.js').then(({ counters }) => counters.short.requests));
        const before = await asked();
        await until(async () => await asked() >= before + 2, 'the same request again');
        shown = await rows(page);
        await capture.stop();
      });
      after(() => room?.close());

      it('each request and each frame is found by its filter, and nothing else is', async t => {
        const done = shown.filter(r => !/^(waiting|given up)$/.test(r.outcome));
        t.diagnostic(`${done.length} of ${shown.length} items`);
        for (const [kind, least] of [['http', 20], ['frame', 30], ['event', 3], ['close', 2]]) {
          assert(done.filter(r => r.kind === kind).length >= least, `${kind}: ${done.filter(r => r.kind === kind).length}`);
        }
        const filters = done.map(r => r.filters.request ?? r.filters.frame ?? r.filters.event);
        const found = await capture.counts(filters);
        const wrong = done.map((r, i) => [r.title, filters[i], found[i]]).filter(([, , n]) => n !== 1);
        assert.deepEqual(wrong, []);
      });

      it('the frames of a way are those of its connection', async () => {
        const frames = shown.filter(r => r.kind === 'frame');
        for (const port of new Set(frames.map(r => /== (\d+)/.exec(r.filters.connection)[1]))) {
          const [captured] = [await capture.fields(`tcp.port == ${port} && websocket.opcode == 1`, 'tcp.srcport', 'websocket.payload_length')];
          const mine = frames.filter(r => r.filters.connection.includes(port));
          assert.equal(captured.flatMap(([, length]) => length.split(',')).length, mine.length, `frames on port ${port}`);
        }
      });
    });
  }

  describe('the panel', () => {
    let room;
    before(async () => { room = await Room.open(); });
    after(() => room?.close());

    it('shows what a frame is made of, and no secrets', async t => {
      const { page, context } = await room.person('Kim', wide, '#/wire');
      defer(t, () => context.close());
      await page.locator('#wire .rows').getByText('user:joined').waitFor();
      const all = await rows(page), join = all.find(r => r.title === 'user:join'), guest = all.find(r => r.title === 'POST /api/auth/guest');
      const { session } = await page.evaluate(() => import('/api.js').then(({ session }) => ({ session })));
      for (const r of all) assert(!r.text.includes(session.access_token), r.title);
      assert.match(join.text, /^81 fe 00 [0-9a-f]{2} \?\? \?\? \?\? \?\?\n\n\{"event":"user:join","data":\{"token":"…"\},"id":\d+\}$/);
      assert.match(guest.text, /^POST \/api\/auth\/guest HTTP\/1\.1\nContent-Type: application\/json\n\n\{"nickname":"Kim"\}\n\nHTTP\/1\.1 201 Created\n/);
      assert.deepEqual([join.direction, join.outcome], ['up', 'text']);
      const length = parseInt(join.text.slice(6, 11).replace(' ', ''), 16);
      assert.equal(join.size, `${length + 8} B`);
      const last = all.findLast(r => r.kind === 'frame' && r.direction === 'down');
      assert.match(last.text, /^81 [0-9a-f]{2}( [0-9a-f]{2}){0,2}\n/);
    });

    it('copies a filter', async t => {
      const { page, context } = await room.person(null, wide, '#/wire');
      defer(t, () => context.close());
      await context.grantPermissions(['clipboard-read', 'clipboard-write']);
      const row = page.locator('#wire .rows > .http').filter({ hasText: '/api/polls' }).first();
      await row.locator('summary').click();
      await row.locator('.filters button').first().click();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      assert.match(copied, /^tcp\.srcport == \d+ && http\.request\.method == "GET" && http\.request\.uri == "\/api\/polls[^"]*"$/);
      await row.getByText('Copied').waitFor();
    });

    it('lists what one wants to see', async t => {
      const { page, context } = await room.person('Kim', wide, '#/wire');
      defer(t, () => context.close());
      const kinds = () => page.evaluate(() => [...new Set([...document.querySelectorAll('#wire .rows > details')].map(r => r.classList[0]))].sort());
      await page.locator('#wire-which').selectOption('http');
      await until(async () => String(await kinds()) === 'http', 'requests alone');
      await page.locator('#wire-which').selectOption('frames');
      await until(async () => String(await kinds()) === 'close,frame', 'frames alone');
      await page.locator('#wire-which').selectOption('all');
      await choose(page, 'short');
      await page.locator('#wire .rows').getByText('/api/events?since').first().waitFor();
      await page.locator('#wire-polls').check();
      await page.locator('#wire .rows').getByText('/api/events?since').first().waitFor({ state: 'detached' });
      await page.locator('#wire .pause').click();
      const before = await page.locator('#wire .rows > details').count();
      await say(page, 'while it pauses');
      assert.equal(await page.locator('#wire .rows > details').count(), before);
      await page.locator('#wire .pause').click();
      await page.locator('#wire .rows').getByText('POST /api/chat/messages').waitFor();
      await page.locator('#wire .clear').click();
      await page.locator('#wire .none').waitFor();
    });

    it('is a dock on a wide screen, opened and closed by its link, by keyboard too', async t => {
      const { page, context } = await room.person('Kim', wide);
      defer(t, () => context.close());
      const link = page.locator('nav a[href="#/wire"]');
      assert(!await page.locator('#wire').isVisible());
      await link.focus();
      await page.keyboard.press('Enter');
      await page.locator('#wire').waitFor();
      assert.equal(await link.getAttribute('aria-expanded'), 'true');
      assert(await page.locator('#polls').isVisible());
      const height = () => page.locator('#wire').evaluate(n => n.offsetHeight);
      const tall = await height();
      await page.locator('#wire .edge').focus();
      await page.keyboard.press('ArrowUp');
      assert(await height() > tall);
      await page.reload();
      await page.locator('#wire').waitFor();
      await page.locator('#wire .close').click();
      assert(!await page.locator('#wire').isVisible());
      assert.equal(await page.evaluate(() => document.activeElement.hash), '#/wire');
    });

    for (const [what, options] of [['a phone', { viewport: { width: 360, height: 740 }, locale: 'ko' }],
      ['a wide screen', wide], ['a wide dark screen', { ...wide, colorScheme: 'dark', locale: 'ko' }]]) {
      it(`is accessible on ${what}`, async t => {
        const person = await room.person('Kim', options, '#/wire');
        defer(t, () => person.context.close());
        await rows(person.page);
        await person.accessible(what);
        const overflow = await person.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert(overflow <= 0, `${overflow} px too wide`);
      });
    }
  });
});
