// The page of exercises: one is opened, played, captured, handed in, marked and looked at, by a student and by a teacher.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { missing as noCapture } from './capture.mjs';
import { missing as noBrowser } from './chromium.mjs';
import { captured, solved } from './exercise.mjs';
import { Room, button, lost, session } from './page.mjs';
import { until } from './program.mjs';

const run = promisify(execFile);

const key = 'LESSON-OF-TODAY', name = 'tcp-open-close', laptop = { viewport: { width: 1280, height: 800 } }, phone = { viewport: { width: 360, height: 740 } };

describe('exercises', { skip: process.env.POLLWIRE_E2E !== 'required' && (noBrowser || noCapture) }, () => {
  let room, teacher, kim, capture, answers; // Kim's
  const to = async (person, hash) => {
    await person.page.goto(`${room.url}exercises${hash}`);
    await person.live();
  };
  const set = body => room.program.call('PATCH', '/api/exercises/' + name, { token: teacher.access_token, body });
  const result = ({ page }) => page.locator('.result');
  const field = ({ page }, id) => page.locator(`[data-field="${id}"]`);
  const tasks = ({ page }) => page.locator('.tasks .text').allTextContents();
  const fill = async ({ page }, all) => { for (const [id, value] of Object.entries(all)) await page.locator(`.answers [name="${id}"]`).fill(value); };
  // fits: nothing is wider than the screen.
  const fits = async ({ page }, what) => assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, what);
  const student = async (t, nickname, options = laptop) => {
    const person = await room.visit(t, nickname, options);
    await to(person, '#/do/' + name);
    await button(person, options.locale === 'ko' ? '시도 시작' : 'Begin a run').click();
    await person.page.locator('.tasks li').first().waitFor();
    return person;
  };
  before(async () => {
    room = await Room.open({ settings: ['-teacher-key', key] });
    teacher = await room.program.call('POST', '/api/auth/teacher', { body: { key, nickname: 'Han' } });
  });
  after(() => room?.close());

  it('students at polls and chat are told that one has opened, with the way to it', async t => {
    const patch = open => room.program.call('PATCH', '/api/exercises/dns', { token: teacher.access_token, body: { open } });
    const lee = await room.visit(t, 'Lee', phone), min = await room.visit(t, '민', { ...laptop, locale: 'ko', colorScheme: 'dark' });
    const han = await room.visit(t, null, { ...laptop, hash: `#/teach/${key}` });
    await han.live();
    await patch(true);
    await lee.page.getByRole('link', { name: 'An exercise is open: dns' }).waitFor();
    await min.page.getByRole('link', { name: '과제가 열렸습니다: dns' }).waitFor();
    assert.equal(await han.page.locator('#opened').isVisible(), false);
    await fits(lee, 'the notice on a phone');
    await min.accessible('the notice');
    await button(min, '확인').click();
    await min.page.locator('#opened').waitFor({ state: 'hidden' });
    await patch(false);
    await lee.page.locator('#opened').waitFor({ state: 'hidden' });
    await patch(true);
    await lee.page.getByRole('link', { name: 'An exercise is open: dns' }).click();
    await lee.page.locator('#exercise').getByRole('heading', { name: 'Questions to a name server' }).waitFor();
    await patch(false);
  });

  it('a teacher opens one on the page, and who has the list before him sees it at once', async t => {
    const lee = await room.visit(t, 'Lee', phone), han = await room.visit(t, null, { ...laptop, hash: `#/teach/${key}` });
    await lee.page.getByRole('navigation').getByRole('link', { name: 'Exercises' }).click();
    const card = lee.page.locator('#list li').filter({ hasText: 'Open and close' });
    await card.getByText('Not open').waitFor();
    await fits(lee, 'the list on a phone');
    await lee.accessible('the list');

    await han.page.locator('#desk').getByRole('link', { name: 'Exercises' }).click();
    const row = han.page.locator(`.settings [data-name="${name}"]`);
    await row.locator('code').getByText(name, { exact: true }).waitFor(); // as commands and papers call it
    // What is chosen stays while the change before it is on its way, and another teacher's is drawn.
    let answer;
    const answered = new Promise(resolve => { answer = resolve; });
    await han.page.route('**/api/exercises/' + name, async route => {
      await answered;
      await route.continue();
    }, { times: 1 });
    await row.getByLabel('attempts (0: any): Open and close').fill('2');
    await row.getByLabel('attempts (0: any): Open and close').blur();
    await row.getByLabel('open: Open and close').check();
    await set({ reveal: 'right' });
    await until(async () => await row.getByLabel('right answers are shown').inputValue() === 'right', 'what another teacher has set');
    assert.equal(await row.getByLabel('open: Open and close').isChecked(), true);
    assert.equal(await row.getByLabel('attempts (0: any): Open and close').inputValue(), '2');
    answer();
    await card.getByText('Open', { exact: true }).waitFor();
    await card.getByText('2 of 2 attempts left').waitFor();
    const due = '2099-01-31T12:00';
    await row.getByLabel('due: Open and close').fill(due);
    await card.locator('time').waitFor();
    const [{ open, attempts, reveal, due: stored }] = (await room.program.call('GET', '/api/exercises')).exercises.filter(e => e.name === name);
    assert.deepEqual([open, attempts, reveal, Date.parse(stored)], [true, 2, 'right', await han.page.evaluate(due => Date.parse(due), due)]);
    await row.getByLabel('due: Open and close').fill('');
    await card.locator('time').waitFor({ state: 'detached' });
    await han.page.getByText('Nobody has begun a run yet.').waitFor();
    await han.accessible('the class before anything was done');
  });

  it('a student plays the command, and what he typed is there after a reload', async () => {
    kim = await room.person('Kim', laptop);
    await to(kim, '#/');
    await kim.page.getByRole('link', { name: 'Open and close' }).click();
    await button(kim, 'Begin a run').click();
    await kim.page.locator('.tasks li').first().waitFor();
    capture = await captured(room.program, await kim.page.locator('.to-do pre').textContent());
    answers = await solved(capture, await tasks(kim));
    await fill(kim, { ...answers, isn: '0', server_isn: 'no hex', mss: '' });
    await kim.page.reload();
    await kim.live();
    await until(async () => await field(kim, 'rst').locator('input').inputValue() === answers.rst, 'what was typed');
    assert.equal(await field(kim, 'isn').locator('input').inputValue(), '0');
    await kim.accessible('a run');
  });

  it('without a file, or without a server, what was done stays', async () => {
    await button(kim, 'Hand in').click();
    const alert = kim.page.locator('form.answers > .error');
    await alert.getByText('Choose a capture first.').waitFor();
    const input = kim.page.locator('#capture');
    const big = join(room.program.dir, 'big.pcapng');
    writeFileSync(big, '');
    truncateSync(big, (32 << 20) + 1);
    await input.setInputFiles(big);
    await button(kim, 'Hand in').click();
    await alert.getByText('A capture may have 32 MiB').waitFor();
    kim.expected.push(lost);
    await input.setInputFiles({ name: 'notes.txt', mimeType: '', buffer: Buffer.from('no capture') });
    await button(kim, 'Hand in').click();
    await alert.getByText('This file is no capture').waitFor(); // 422
    await input.setInputFiles(capture.file);
    for (const [status, code, text] of [[503, 'captures_busy', 'Other captures are being read'], [413, 'captures_too_large', 'All your captures together'], [409, 'past_due', 'past due']]) {
      const headers = { 'Access-Control-Allow-Origin': '*', 'Content-Type': 'application/problem+json' };
      await kim.page.route('**/handin', route => route.request().method() === 'OPTIONS' ? route.continue() : route.fulfill({ status, headers, body: JSON.stringify({ title: 'no', status, code, detail: 'no' }) }));
      await button(kim, 'Hand in').click();
      await alert.getByText(text).waitFor();
      await kim.page.unroute('**/handin');
    }
    await kim.context.setOffline(true);
    await button(kim, 'Hand in').click();
    await alert.getByText('The server can’t be reached.').waitFor();
    await kim.context.setOffline(false);
    await kim.page.getByText(/✓ capture-.*KiB/).waitFor();
    assert.equal(await field(kim, 'rst').locator('input').inputValue(), answers.rst);
    await kim.live();
  });

  it('marks come at once, field by field, with what the capture shows', async () => {
    await button(kim, 'Hand in').click();
    await result(kim).getByRole('heading', { name: '6 of 9 right' }).waitFor();
    assert.equal(await kim.page.evaluate(() => document.activeElement.id), 'result-title');
    await field(kim, 'isn').getByText('✗ That is the relative').waitFor();
    await field(kim, 'isn').getByText(`Right is: ${answers.isn}`).waitFor(); // as it is revealed
    await field(kim, 'server_isn').getByText('Not hex').waitFor();
    await field(kim, 'mss').getByText('There is no answer.').waitFor();
    await field(kim, 'rst').getByText('✓ Right.').waitFor();
    assert.equal(await kim.page.getByText('✓ in your capture').count(), 3);
    await result(kim).getByRole('button', { name: 'initial sequence number, as it travels, in hex' }).click();
    assert.equal(await field(kim, 'server_isn').locator('input').evaluate(n => n === document.activeElement), true);
    const layers = kim.page.locator('.shown .layer');
    assert.deepEqual(await layers.locator('h4').allTextContents(), ['7 Application', '6 Presentation: TLS', '4 Transport', '3 Network', '2 Link']);
    await layers.nth(2).getByRole('list', { name: 'There', exact: true }).getByText(/TCP connection refused .*×1/).waitFor();
    await layers.nth(2).getByRole('list', { name: 'Not there' }).getByText(/lesson loss .*TCP retransmission/).waitFor();
    await layers.nth(2).getByText('In which packets').click();
    await layers.nth(2).getByText(/^TCP RST.*packets .*\b/).filter({ hasText: answers.rst }).waitFor();
    await kim.accessible('marks');
    for (const size of [phone.viewport, { width: 1920, height: 1080 }, laptop.viewport]) {
      await kim.page.setViewportSize(size);
      await fits(kim, `marks at ${size.width}`);
    }

    await fill(kim, answers);
    await button(kim, 'Hand in').click();
    await result(kim).getByRole('heading', { name: 'All right! 9 of 9 right' }).waitFor();
    await result(kim).getByText('Handed in 2 times; the best counts: 9 of 9.').waitFor();
    await kim.page.locator('#exercise > .marks').getByText('best: 9 of 9').waitFor();
  });

  it('the same in Korean, in the dark, by the keyboard, after a reload', async () => {
    await button(kim, '한국어').click();
    await result(kim).getByRole('heading', { name: '모두 맞았습니다! 9개 중 9개 맞음' }).waitFor();
    await field(kim, 'rst').getByText('✓ 맞습니다.').waitFor();
    await kim.page.getByRole('button', { name: '밝은 화면과 어두운 화면' }).click();
    await kim.accessible('marks in the dark');
    await kim.page.reload();
    await result(kim).getByRole('heading', { name: '9개 중 9개 맞음' }).waitFor();
    assert.equal(await field(kim, 'isn').locator('input').inputValue(), answers.isn);
    await field(kim, 'refused_ack').locator('input').focus();
    await kim.page.keyboard.press('Tab');
    assert.equal(await kim.page.evaluate(() => document.activeElement.id), 'capture');
    await kim.page.getByRole('button', { name: '밝은 화면과 어두운 화면' }).click();
    await button(kim, 'English').click();
  });

  it('the command that hands in is shown on demand only, and works', async () => {
    const { access_token: token } = await session(kim), details = kim.page.locator('.terminal');
    assert.equal((await kim.page.content()).includes(token), false);
    await details.getByText('Hand in from a terminal').click();
    await details.getByText('is like a password').waitFor();
    const command = await until(() => details.locator('pre').textContent(), 'the command'); // it is drawn by an event of its own
    await details.getByRole('button', { name: 'Copy' }).click();
    await details.getByRole('button', { name: /Copied|Selected/ }).waitFor();
    const args = command.replace('capture.pcapng', capture.file).match(/(?:[^\s"]|"[^"]*")+/g).slice(1).map(arg => arg.replaceAll('"', ''));
    const { stdout } = await run(room.program.binary, args, { cwd: room.program.dir });
    assert.match(stdout, /\b9\b/);
    await details.getByText('Hand in from a terminal').click();
    await until(async () => !(await kim.page.content()).includes(token), 'the token to be gone');
  });

  it('a foreign capture is told to be one, and nothing is said about the answers', async t => {
    const lee = await student(t, '이민호', { ...phone, locale: 'ko', colorScheme: 'dark' });
    await fill(lee, answers);
    await lee.page.locator('#capture').setInputFiles(capture.file);
    await button(lee, '제출').click();
    await result(lee).getByRole('heading', { name: '이 캡처는 인정되지 않습니다: 9개 중 0개 맞음' }).waitFor();
    await result(lee).getByText('이 캡처는 당신의 것이 아닙니다').waitFor();
    assert.equal((await lee.page.locator('.said').allTextContents()).join(''), '');
    assert.equal(await lee.page.locator('.shown').isVisible(), true);
    await fits(lee, 'a foreign capture on a phone');
    await lee.accessible('a foreign capture');
  });

  it('a capture in which a task is missing, and one that was changed', async t => {
    const ann = await student(t, 'Ann');
    const own = await captured(room.program, await ann.page.locator('.to-do pre').textContent());
    const cut = own.file + '.cut', [first] = await own.fields(`tcp.port == ${/2\d{4}/.exec((await tasks(ann))[2])[0]}`, 'frame.number');
    await run('editcap', ['-r', own.file, cut, `1-${Number(first[0]) - 1}`]);
    await ann.page.locator('#capture').setInputFiles(cut);
    await button(ann, 'Hand in').click();
    await result(ann).getByText(/Not in your capture: refused: .*nobody listens/).waitFor();
    await ann.page.locator('.tasks li').nth(2).getByText('✗ not in your capture').waitFor();
    await field(ann, 'refused_ack').getByText('The capture does not show task').waitFor();

    const changed = readFileSync(own.file), asked = changed.indexOf(/\?run=\w+/.exec((await tasks(ann))[0])[0]);
    changed[changed.indexOf('HTTP/1.1 200', asked) + 100] ^= 1;
    await ann.page.locator('#capture').setInputFiles({ name: 'changed.pcapng', mimeType: '', buffer: changed });
    await button(ann, 'Hand in').click();
    await result(ann).getByText('does not agree with what the server has seen').waitFor();
  });

  it('a new attempt has other values; there are as many as the teacher says', async () => {
    const had = await tasks(kim);
    await button(kim, 'New attempt').click();
    await kim.page.getByText('attempt 2').waitFor();
    await kim.page.getByText('no attempt left of 2').waitFor();
    assert.notDeepEqual(await tasks(kim), had);
    assert.equal(await field(kim, 'isn').locator('input').inputValue(), '');
    assert.equal(await result(kim).isVisible(), false);
    assert.equal(await button(kim, 'New attempt').isVisible(), false);
    await set({ open: false });
    await kim.page.locator('#exercise > .marks').getByText('Not open').waitFor();
    assert.equal(await button(kim, 'Hand in').isDisabled(), true);
    await set({ open: true });
  });

  it('any capture can be looked at', async t => {
    const bob = await room.visit(t, 'Bob', phone);
    await to(bob, '#/check');
    bob.expected.push(lost);
    await bob.page.locator('#any-capture').setInputFiles({ name: 'notes.txt', mimeType: '', buffer: Buffer.from('no capture') });
    await bob.page.locator('#check form > .error').getByText('This file is no capture').waitFor();
    await bob.page.locator('#any-capture').setInputFiles(capture.file);
    await bob.page.locator('#check .layer').first().waitFor();
    const last = bob.page.locator('#check .layer').last();
    assert.equal(await last.getByText('lesson ethernet').isVisible(), false); // a phone shows first what is there
    await last.getByText('Not there (').click();
    await last.getByText('lesson ethernet').waitFor();
    await fits(bob, 'the picture on a phone');
    await bob.accessible('the picture');
    await button(bob, '한국어').click();
    await bob.page.locator('#check .layer').getByText('TCP 핸드셰이크').first().waitFor();
  });

  for (const [locale, words] of Object.entries({
    en: { download: 'Open the capture', right: '✓ Right.', back: '← The class', hard: 'have it right', doubted: /^⚠ 0\/9 doubted$/, foreign: /^✗ 0\/9 not this run$/, attempt: 'Attempt 2: …' },
    ko: { download: '캡처 내려받기', right: '✓ 맞습니다.', back: '← 우리 반', hard: '맞음', doubted: /^⚠ 0\/9 의심됨$/, foreign: /^✗ 0\/9 다른 시도$/, attempt: '2번째 시도: …' },
  })) {
    it(`the teacher sees who has reached what, what was handed in, and what was hard (${locale})`, async t => {
      const han = await room.visit(t, null, { ...laptop, locale, hash: `#/teach/${key}` });
      await han.page.locator('#me').waitFor();
      await to(han, '#/class');
      const cell = han.page.locator('.results tr').filter({ hasText: 'Kim' }).getByRole('link');
      await cell.getByText('✓ 9/9').waitFor();
      await han.page.locator('.results').getByRole('link', { name: words.doubted }).waitFor();
      await han.page.locator('.results').getByRole('link', { name: words.foreign }).waitFor();
      const asked = await han.page.evaluate(() => {
        const of = part => performance.getEntriesByType('resource').find(r => r.name.includes(part));
        return of('/api/exercises/results').startTime - of('/exercisedesk.js').responseEnd;
      });
      assert(asked < 3000, `the table is asked for after ${asked} ms, not at once`); // it is asked for anew after 3.5 s
      const hard = han.page.locator('.hardest li');
      await hard.filter({ hasText: words.hard }).first().waitFor();
      await han.accessible('the class');
      for (const size of [phone.viewport, { width: 1920, height: 1080 }, laptop.viewport]) {
        await han.page.setViewportSize(size);
        await fits(han, `the class at ${size.width}`);
      }
      const before = await han.page.locator('.results tbody tr').count(); // it fills while one looks at it
      const { access_token: token } = await room.program.guest('New ' + locale);
      await room.program.call('POST', `/api/exercises/${name}/runs`, { token });
      await until(async () => await han.page.locator('.results tbody tr').count() === before + 1, 'a new row');
      await cell.click();
      await han.page.locator('.handins').getByText(words.right).first().waitFor();
      assert.equal(await han.page.locator('.handins article').count(), 3); // 6 of 9, all, and by the terminal
      await han.accessible('what one has handed in');
      await han.page.getByRole('link', { name: words.attempt }).click(); // the table has the best alone
      await han.page.locator('.attempts [aria-current]').getByText(words.attempt).waitFor();
      await until(async () => await han.page.locator('.handins article').count() === 0, 'no hand-in of the second attempt');
      await han.page.goBack();
      await han.page.locator('.handins article').nth(2).waitFor();
      const [file] = await Promise.all([han.page.waitForEvent('download'), button(han, words.download).first().click()]);
      assert.deepEqual(readFileSync(await file.path()), readFileSync(capture.file));
      assert.match(file.suggestedFilename(), /^tcp-open-close-.*\.pcapng$/);
      await han.page.getByRole('link', { name: words.back }).click();
      await cell.waitFor();
    });
  }

  it('a student has no business with the class, and whoever has not joined can do so here', async t => {
    const sam = await room.visit(t, null, phone);
    await to(sam, '#/do/' + name);
    await sam.page.getByText('Join first: then you get values').waitFor();
    await sam.accessible('before one has joined');
    await sam.join('Sam');
    await button(sam, 'Begin a run').waitFor();
    await to(sam, '#/class');
    await sam.page.getByText('Only who teaches sees this.').waitFor();
    assert.equal(await sam.page.getByRole('navigation').getByRole('link', { name: 'The class' }).isVisible(), false);
  });

  it('says where the server is; whoever leaves takes the run along', async t => {
    const sam = await room.visit(t, 'Sam', laptop), { http, ws } = room.program.ports, facts = sam.page.locator('#exercise .marks');
    await to(sam, '#/do/' + name);
    await button(sam, 'Begin a run').click();
    await sam.page.getByText(`API is at http://127.0.0.1:${http}, WebSocket and Socket.IO at ws://127.0.0.1:${ws}/ws`).waitFor();
    await facts.getByText(/^code/).waitFor();
    await button(sam, 'Leave').click();
    await sam.page.getByText('Join first: then you get values').waitFor();
    assert.doesNotMatch(await facts.textContent(), /code/);
  });
});
