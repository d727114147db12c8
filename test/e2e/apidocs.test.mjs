// The API's page /docs in Chromium: calls can be tried, over http and over https, by whoever has a token.
//
// Without Chromium these tests are skipped; where POLLWIRE_E2E is "required", they fail.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Pages, call, open, send } from './apidocs.mjs';
import { missing } from './chromium.mjs';
import { defer, until } from './program.mjs';

const hostile = '<img src=x onerror="document.title=1"> **b** `c`';

describe('trying the API', { skip: process.env.POLLWIRE_E2E !== 'required' && missing }, () => {
  let pages, program;
  before(async () => {
    pages = await Pages.start();
    program = pages.program;
  });
  after(() => pages?.end());

  for (const scheme of ['http', 'https']) {
    it(`try: a guest makes a poll and votes, and is told what is wrong, over ${scheme}`, async t => {
      await program.poll(await program.guest('Han'), 'Before', 'Yes', 'No'); // so that no id is that of an example
      const page = await pages.visit(t, '/docs', { scheme, provoked: [401, 404, 422] });
      assert.match((await send(page, 'me')).state, /^401/);
      const guest = await send(page, 'guest', { nickname: 'Kim' });
      assert.match(guest.state, /^201 .*\d+ ms /);
      assert.match(guest.headers, /^x-client-addr127\.0\.0\.1:\d+/);
      await page.locator('.who', { hasText: 'You act as Kim' }).waitFor();
      assert.equal(JSON.parse((await send(page, 'me')).text).nickname, 'Kim');

      const made = await send(page, 'createPoll', { title: hostile, options: ['Tea', hostile] });
      assert.match(made.state, /^201/);
      const poll = JSON.parse(made.text);
      assert.equal(poll.title, hostile);
      const token = await page.evaluate(() => JSON.parse(sessionStorage.getItem('pollwire.session')).session.access_token);
      assert(!made.curl.includes(token) && made.curl.includes('"Authorization: Bearer $TOKEN"'), made.curl);
      assert.match(made.curl, new RegExp(`^curl -i${scheme === 'https' ? 'k' : ''} '${scheme}://127\\.0\\.0\\.1:${program.ports.http}/api/polls'`));
      const port = /127\.0\.0\.1:(\d+)/.exec(made.headers)[1];
      assert.equal(made.filter, scheme === 'http' ? `tcp.port == ${port} && http.request.method == "POST" && http.request.uri == "/api/polls"`
        : `tcp.port == ${port} && http2.headers.method == "POST" && http2.headers.path == "/api/polls"`);

      const voted = await send(page, 'vote'); // the form knows the poll and its first option by now
      assert.deepEqual(JSON.parse(voted.text).my_vote, [poll.options[0].id], voted.state);
      const read = await send(page, 'getPoll');
      assert.equal(JSON.parse(read.text).options[0].votes, 1);
      await read.it.getByLabel('Accept', { exact: true }).selectOption({ label: 'text/csv' });
      assert.match((await send(page, 'getPoll')).text, /^option,votes,percentage\r?\nTea,1,100\.0/);

      const refused = await send(page, 'createPoll', { title: '', options: ['Tea'] });
      assert.match(refused.state, /^422/);
      assert.deepEqual(JSON.parse(refused.text).errors.map(e => e.field), ['title', 'options']);
      await open(page, 'getPoll').then(it => it.getByLabel('poll_id').fill('0'));
      assert.match((await send(page, 'getPoll')).state, /^404/);
      assert.equal(await page.locator('img').count(), 0, 'a title became markup');
      assert.notEqual(await page.title(), '1');
    });

    it(`try: a stream is shown while it comes, and stopped, over ${scheme}`, async t => {
      const kim = await program.guest('Kim');
      const page = await pages.visit(t, '/docs#operation/listenOverHTTP', { scheme });
      const it = call(page, 'listenOverHTTP');
      await it.getByLabel('Accept', { exact: true }).selectOption({ label: 'text/event-stream' });
      await it.getByRole('button', { name: 'Send', exact: true }).click();
      await it.getByText('The answer goes on').waitFor();
      for (const text of [`first ${scheme} ${hostile}`, `second ${scheme}`]) {
        await program.say(kim, text);
        await until(async () => (await it.locator('.result > pre').first().textContent()).includes(JSON.stringify(text)), 'the event');
      }
      await it.getByRole('button', { name: 'Stop' }).click();
      await it.getByText('Stopped.').waitFor();
      assert.match(await it.locator('.state').textContent(), /^200/);
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Send');
      assert.equal(await page.locator('img').count(), 0);
    });

    it(`try: the WebSocket, joined and talked to, over ${scheme}`, async t => {
      const page = await pages.visit(t, '/docs', { scheme });
      await send(page, 'guest', { nickname: 'Lee' });
      const it = await open(page, 'openSocket'), frames = it.locator('.frames');
      const say = async label => {
        await it.getByLabel('Event to send').selectOption({ label });
        await it.getByRole('button', { name: 'Send', exact: true }).click();
      };
      const hears = text => frames.locator('.received', { hasText: text }).first().waitFor();
      await say('chat:message');
      await it.getByText('The socket is not open.').waitFor();
      await it.getByRole('button', { name: 'Open the socket' }).click();
      await it.locator('.state', { hasText: 'Open' }).waitFor();
      await say('chat:message');
      await hears('"status":401');
      await say('user:join');
      await hears('"event":"ack"');
      await hears('"event":"users:online"');
      await say('chat:message');
      await hears('"chat:message_received"');
      await it.getByLabel('Frame to send').fill('no JSON');
      await it.getByRole('button', { name: 'Send', exact: true }).click();
      await hears('"status":400');
      await say('lab:whoami');
      await it.locator('.copy pre', { hasText: /^tcp\.port == \d+ && tcp\.port == \d+ && websocket$/ }).waitFor();
      assert.match(await frames.locator('.sent').nth(1).textContent(), /^\d\d:\d\d:\d\d\.\d{3} sent .*"token":"\$TOKEN"/);
      await it.getByRole('button', { name: 'Close the socket' }).click();
      await it.locator('.state', { hasText: 'Closed (1000)' }).waitFor();
    });

    it(`try: files are put, by form too, and read, over ${scheme}`, async t => {
      const page = await pages.visit(t, '/docs', { scheme });
      await send(page, 'guest', { nickname: 'Park' });
      const file = join(program.dir, `SYN & ACK ${scheme}.txt`);
      writeFileSync(file, 'SYN\n');
      const put = await open(page, 'putFile');
      await put.getByRole('button', { name: 'Send', exact: true }).click();
      await put.getByText('Choose a file first.').waitFor();
      await put.getByLabel('File').setInputFiles(file);
      await put.getByLabel('name').fill(`${scheme} 한글.txt`);
      assert.match((await send(page, 'putFile')).state, /^201/);
      await open(page, 'uploadForm').then(it => it.getByLabel('File').setInputFiles(file));
      const form = await send(page, 'uploadForm');
      assert.match(form.state, /^201/);
      assert.match(form.curl, /-F 'file=@SYN & ACK/);
      await open(page, 'getFile').then(it => it.getByLabel('name').fill(`SYN & ACK ${scheme}.txt`));
      assert.equal((await send(page, 'getFile')).text, 'SYN\n');
      assert.match((await send(page, 'listFiles')).text, /한글\.txt/);
    });
  }

  // ---- whose token

  it('takes the token of the page where both share one origin, and forgets it when told to', async t => {
    const session = await program.guest('Choi');
    const page = await pages.visit(t, '/docs', { provoked: [401] });
    await page.evaluate(session => localStorage.setItem('pollwire.session', JSON.stringify(session)), session);
    await page.reload();
    await page.locator('.who', { hasText: 'You act as Choi' }).waitFor();
    assert.match((await send(page, 'me')).state, /^200/);
    await page.getByRole('button', { name: 'Forget the token' }).click();
    assert.match((await send(page, 'me')).state, /^401/);
    await page.reload();
    await page.locator('.who', { hasText: 'Nobody' }).waitFor();
  });

  it('asks the tab that opened it for its token, and believes only that, and only from this machine’s name', async t => {
    const session = await program.guest('Jung');
    const context = await pages.browser.newContext({ locale: 'en-US' });
    defer(t, () => context.close());
    for (const [host, known] of [['127.0.0.1', true], ['localhost', false]]) {
      const page = await context.newPage();
      await page.goto(`http://${host}:${program.ports.files}/icon.svg`); // of the page's origin, with no program of its own
      const [docs] = await Promise.all([context.waitForEvent('page'), page.evaluate(({ url, session }) => {
        window.asked = 0;
        addEventListener('message', e => {
          if (e.data?.pollwire !== 'token?' || e.origin !== new URL(url).origin) return;
          window.asked++;
          e.source.postMessage({ pollwire: 'token', session: { access_token: 5 } }, e.origin);
          e.source.postMessage({ pollwire: 'token', session }, e.origin);
        });
        window.open(url);
      }, { url: `${program.api}/docs`, session })]);
      await until(() => page.evaluate(() => window.asked), 'the question');
      await docs.locator('.who', { hasText: known ? 'You act as Jung' : 'Nobody' }).waitFor();
      if (!known) {
        await docs.waitForTimeout(200);
        assert.match(await docs.locator('.who').textContent(), /Nobody/);
      }
      await docs.evaluate(session => postMessage({ pollwire: 'token', session: { ...session, user: { ...session.user, nickname: 'Evil' } } }, '*'), session);
      assert.doesNotMatch(await docs.locator('.who').textContent(), /Evil/);
      await docs.close();
    }
  });

  // ---- the other ports

  it('asks health over http, and says why it can’t over https', async t => {
    assert.match((await send(await pages.visit(t, '/docs'), 'health')).text, /"status": "ok"/);
    const page = await pages.visit(t, '/docs', { scheme: 'https' });
    const it = await open(page, 'health');
    await it.getByText('Port 3001 speaks no TLS').waitFor();
    assert.equal(await it.locator('form').count(), 0);
  });

  it('says what may be wrong where a service does not answer', async t => {
    const page = await pages.visit(t, '/docs', { provoked: ['ERR_FAILED'] });
    await page.route(`${program.ws}/**`, route => route.abort());
    const it = await open(page, 'receivePackets');
    await it.getByRole('button', { name: 'Send', exact: true }).click();
    await it.getByText('No answer that this page may read.').waitFor();
  });
});
