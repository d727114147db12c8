// The desk of a teacher: from the key in the address to the export.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { missing } from './chromium.mjs';
import { Room, button, go, session } from './page.mjs';
import { until } from './program.mjs';

const key = 'LESSON-OF-TODAY', laptop = { viewport: { width: 1280, height: 800 } };

describe('the desk', { skip: process.env.POLLWIRE_E2E !== 'required' && missing }, () => {
  let room, han, desk;
  const call = async (method, path, body) => room.program.call(method, path, { token: (await session(han)).access_token, body });
  const plan = async () => (await call('GET', '/api/class/plan')).polls;
  const titles = async () => (await plan()).map(p => p.title);
  const row = title => desk.locator('.plan > li').filter({ hasText: title });
  const shown = () => desk.locator('.plan .text').allTextContents();
  const act = (title, name) => row(title).getByRole('button', { name }).click();
  const tab = async (name, hash) => {
    await han.page.getByRole('navigation', { name: 'Parts of the desk' }).getByRole('link', { name }).click();
    await until(() => han.page.evaluate(hash => location.hash === hash, hash), hash);
  };
  before(async () => {
    room = await Room.open({ settings: ['-teacher-key', key] });
    han = await room.person(null, laptop, `#/teach/${key}`);
    desk = han.page.locator('#desk');
    await desk.getByRole('heading', { name: 'Plan of the lesson' }).waitFor();
  });
  after(() => room?.close());

  it('is for whoever opens the address with the key, which is in no history then', async t => {
    assert.equal(await han.page.evaluate(() => location.hash), '#/desk');
    assert.equal((await session(han)).user.role, 'teacher');
    const { entries } = await (await han.context.newCDPSession(han.page)).send('Page.getNavigationHistory');
    assert.deepEqual(entries.filter(e => e.url.includes(key)), []);
    const kim = await room.visit(t, 'Kim', { hash: '#/desk' });
    await kim.page.getByText('Only who teaches has a desk').waitFor();
    assert.equal(await kim.page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Desk' }).isVisible(), false);
    const { user } = await session(kim);
    await go(kim, `#/teach/${key.toLowerCase().replaceAll('-', '')}`); // as somebody would type it
    await kim.page.locator('#desk').getByRole('heading', { name: 'Plan of the lesson' }).waitFor();
    assert.equal((await session(kim)).user.id, user.id);
    const eve = await room.visit(t, null, { hash: '#/teach/not-the-real-key', expected: [/403/] });
    await eve.page.locator('#desk').getByRole('alert').first().getByText(/key/).waitFor();
    assert(!eve.page.url().includes('real'));
  });

  it('takes questions one after the other, and pasted ones with errors by line', async () => {
    han.expected.push(/422/);
    await desk.getByRole('button', { name: 'New question' }).click();
    const form = han.page.getByRole('dialog', { name: 'New question' });
    await han.accessible('the form of a question');
    await han.page.keyboard.type('Which port does HTTPS use?');
    await han.page.keyboard.press('Enter');
    for (const text of ['80', '443']) {
      await han.page.keyboard.type(text);
      await han.page.keyboard.press('Enter');
    }
    await form.getByLabel('Option 2 is right').check();
    assert.equal(await form.getByLabel('Named: I see').isChecked(), true);
    await form.getByLabel('Explanation').fill('RFC 9110 says so.');
    await form.getByRole('button', { name: 'Save, and write the next' }).click();
    await form.getByText('✓ Saved: Which port does HTTPS use?').waitFor();
    await form.getByRole('radio', { name: 'number' }).check();
    await form.getByLabel('Title').fill('How many bits has an IPv6 address?');
    await form.getByLabel('Right number').fill('128');
    await form.getByLabel('Seconds to answer').fill('1');
    await form.getByRole('button', { name: 'Save', exact: true }).click();
    await form.getByLabel('Seconds to answer').and(form.locator('[aria-invalid]')).waitFor(); // 5 at least
    await form.getByLabel('Seconds to answer').fill('60');
    await form.getByRole('button', { name: 'Save', exact: true }).click();
    await row('IPv6').waitFor();
    const [first, second] = await plan();
    assert.deepEqual([first.status, first.options.map(o => o.correct), first.points, first.named, first.explanation], ['draft', [false, true], 1, true, 'RFC 9110 says so.']);
    assert.deepEqual([second.kind, second.right, second.seconds], ['number', { value: 128, tolerance: 0 }, 60]);

    await desk.getByRole('button', { name: 'Paste questions…' }).click();
    const gift = desk.getByLabel(/Questions in GIFT/);
    await gift.fill('UDP resends what was lost. {FALSE}\n\nBroken {');
    await desk.getByRole('button', { name: 'Add to the plan' }).click();
    await desk.locator('#gift').getByRole('alert').getByText(/line 3|3/).waitFor();
    await gift.fill('UDP resends what was lost. {FALSE}\n\nA word for it? {=checksum =검사합}');
    await desk.getByRole('button', { name: 'Add to the plan' }).click();
    await row('A word for it?').waitFor();
    assert.equal((await titles()).length, 4);
    await han.accessible('the desk');
  });

  it('the plan is moved by buttons, keys and the pointer, copied, changed and shortened', async () => {
    const saved = async action => { // a row is not dragged while the plan is being saved
      const answer = han.page.waitForResponse(r => r.request().method() === 'PUT' && r.url().endsWith('/api/class/plan'));
      await action();
      await (await answer).finished();
    };
    await saved(() => act('UDP', 'Move up'));
    await until(async () => (await titles())[1].startsWith('UDP'), 'the plan of the server');
    assert.equal(await row('UDP').getByRole('button', { name: 'Move up' }).evaluate(n => n === document.activeElement), true);
    await row('UDP').focus();
    await saved(() => han.page.keyboard.press('Alt+ArrowUp'));
    await until(async () => (await titles())[0].startsWith('UDP'), 'the plan of the server');
    await row('UDP').evaluate(n => n.scrollIntoView());
    const from = await row('UDP').locator('.handle').boundingBox(), to = await row('A word').boundingBox();
    await han.page.mouse.move(from.x + 8, from.y + 8);
    await han.page.mouse.down();
    await han.page.mouse.move(from.x + 8, to.y + to.height * 0.9, { steps: 8 });
    await han.page.mouse.up();
    await until(async () => (await titles())[3].startsWith('UDP'), 'the plan of the server');
    assert.match((await shown())[3], /^4\. UDP/);
    await act('UDP', 'Copy');
    await until(async () => (await titles()).length === 5, 'the copy');
    await until(async () => (await shown()).length === 5, 'the copy on the desk');
    await row('UDP').nth(1).getByRole('button', { name: 'Edit' }).click();
    const form = han.page.getByRole('dialog', { name: 'Edit poll' });
    await form.getByLabel('Title').fill('TCP resends what was lost.');
    await form.getByRole('button', { name: 'Save' }).click();
    await row('TCP').waitFor();
    await act('A word', 'Take out');
    await until(async () => (await titles()).length === 4, 'one fewer');
    assert.deepEqual(await titles(), ['Which port does HTTPS use?', 'How many bits has an IPv6 address?', 'UDP resends what was lost.', 'TCP resends what was lost.']);
  });

  it('Next shows a question to all; the desk tells how many have answered, and who has not', async t => {
    const kim = await room.visit(t, 'Kim', { viewport: { width: 360, height: 740 } }), lee = await room.visit(t, 'Lee');
    await desk.getByRole('button', { name: 'Next: Which port' }).click();
    const card = kim.page.locator('#now article');
    await card.getByRole('heading', { name: 'Which port' }).waitFor();
    await desk.getByText('0 of 2 have answered').waitFor();
    await card.getByRole('radio', { name: '443' }).check();
    await card.getByRole('button', { name: 'Vote', exact: true }).click();
    await desk.getByText('1 of 2 have answered').waitFor();
    const missingOnes = desk.locator('.missing');
    await missingOnes.getByText('1 here have not answered').click();
    await missingOnes.getByText('Lee').waitFor();
    assert.equal(await missingOnes.getByText('Kim').count(), 0);
    await desk.locator('#desk-now').getByRole('button', { name: 'Close' }).click();
    await card.getByText('✓ Your answer is right.').waitFor();
    await desk.locator('#desk-now .right').getByText('✓ right answer').waitFor();
    await han.accessible('the desk with a result');
    await desk.getByRole('button', { name: 'Vote again' }).click();
    await until(async () => !await card.getByRole('radio', { name: '443' }).isChecked(), 'a round without a vote');
    await card.getByRole('radio', { name: '443' }).check();
    await card.getByRole('button', { name: 'Vote', exact: true }).click();
    await desk.getByText('1 of 2 have answered').waitFor();
    await desk.getByRole('button', { name: 'Next: How many bits' }).click();
    await lee.page.locator('#now').getByRole('heading', { name: 'How many bits' }).waitFor();
    await desk.locator('#desk-now .countdown').getByText(/left/).waitFor();
    await desk.getByRole('button', { name: '+30 s' }).click();
    await desk.locator('#desk-now .countdown').getByText(/1:[12]\d left/).waitFor();
  });

  it('a text can be taken off the wall', async t => {
    const poll = await call('POST', '/api/polls', { title: 'Your word?', kind: 'text' }), kim = await room.visit(t, 'Kim');
    await call('PATCH', '/api/class', { current: poll.id });
    await kim.page.locator('#now').getByRole('heading', { name: 'Your word?' }).waitFor(); // the question before had an answer, too
    await kim.page.locator('#now').getByLabel('Your answer').fill('something rude');
    await kim.page.locator('#now').getByRole('button', { name: 'Send answer' }).click();
    await desk.getByRole('button', { name: 'Take “something rude” off the wall' }).click();
    await kim.page.locator('#now .cloud').getByText('something rude').waitFor({ state: 'detached' });
  });

  it('lock, chat and polls are switched, and messages deleted and muted where they stand', async t => {
    const kim = await room.visit(t, 'Kim'), log = ({ page }) => page.getByRole('log', { name: 'Chat' });
    await kim.page.getByLabel('Message', { exact: true }).fill('blah');
    await kim.page.getByLabel('Message', { exact: true }).press('Enter');
    await log(han).getByText('blah').waitFor();
    await log(han).getByRole('button', { name: 'Mute Kim' }).click();
    await kim.page.getByText('The teacher has muted you').waitFor();
    await log(han).getByRole('button', { name: 'Let Kim chat again' }).click();
    await kim.page.getByLabel('Message', { exact: true }).waitFor();
    await log(han).getByRole('button', { name: /Delete what Kim said/ }).click();
    await log(kim).getByText('blah').waitFor({ state: 'detached' });
    await desk.getByLabel('Lock: nobody new gets in').check();
    await desk.getByLabel('Students may make polls').uncheck();
    await desk.locator('#switches').getByLabel('Chat').selectOption('off');
    await kim.page.getByText('The teacher has switched the chat off.').waitFor();
    const { locked, chat, student_polls: polls } = await call('GET', '/api/class');
    assert.deepEqual([locked, chat, polls], [true, 'off', false]);
    await call('PATCH', '/api/class', { locked: false, chat: 'on', student_polls: true });
    await desk.getByLabel('Lock: nobody new gets in').and(han.page.locator(':not(:checked)')).waitFor();
  });

  // Chromium is held up where a slow machine would be: an answer, or what the socket brings, comes late.
  it('a switch keeps what was chosen, whatever comes meanwhile and in whatever order', async t => {
    const { page } = await room.visit(t, null, { hash: `#/teach/${key}` }), set = part => call('PATCH', '/api/class', part);
    const polls = page.getByLabel('Students may make polls'), lock = page.getByLabel('Lock: nobody new gets in');
    const gate = () => { let open; const shut = new Promise(resolve => { open = resolve; }); return { shut, open }; };
    const shows = async wanted => { // once it is drawn
      await page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve))));
      assert.deepEqual({ polls: await polls.isChecked(), lock: await lock.isChecked() }, wanted);
    };
    const known = (part, value) => until(() => page.evaluate(async ([part, value]) => (await import('./class.js')).room?.[part] === value, [part, value]), part);
    const late = []; // messages, while the socket is held up
    let held = false;
    await page.routeWebSocket(/\/ws/, socket => {
      socket.connectToServer().onMessage(message => held ? late.push(() => socket.send(message)) : socket.send(message));
    });
    await page.reload();
    await page.getByText('Live', { exact: true }).waitFor();

    // An event comes while two changes are on their way.
    const hold = gate();
    await page.route('**/api/class', async route => { await hold.shut; await route.continue(); });
    await polls.uncheck();
    await lock.check();
    await set({ title: 'Meanwhile' });
    await known('title', 'Meanwhile');
    await shows({ polls: false, lock: true });
    hold.open();
    await until(async () => { const now = await call('GET', '/api/class'); return !now.student_polls && now.locked; }, 'both changes');
    await known('locked', true);
    await shows({ polls: false, lock: true });
    await page.unrouteAll({ behavior: 'wait' });

    // Somebody else has changed it back before the answer is here.
    const answered = gate(), asked = gate();
    await page.route('**/api/class', async route => {
      const response = await route.fetch();
      asked.open();
      await answered.shut;
      await route.fulfill({ response });
    });
    await lock.uncheck();
    await asked.shut;
    await known('locked', false);
    await set({ locked: true });
    await known('locked', true);
    const answer = page.waitForResponse('**/api/class');
    answered.open();
    await (await answer).finished();
    await until(() => lock.isChecked(), 'what the other has set');
    await page.unrouteAll({ behavior: 'wait' });

    // The answer comes before the events of what was before it.
    held = true;
    await set({ title: 'Before' });
    await polls.check();
    await known('student_polls', true);
    await until(() => late.length >= 2, 'two events');
    await lock.uncheck();
    await known('locked', false);
    await until(() => late.length >= 3, 'three events');
    for (const send of late.splice(0)) {
      send();
      await shows({ polls: true, lock: false });
    }
    held = false;
    await set({ title: 'After' });
    await known('title', 'After');
    await set({ title: '' });
  });

  it('people are renamed, muted, removed and let in again, and the roster says who has come', async t => {
    const kim = await room.visit(t, 'Kim', { expected: [/40[13]|WebSocket/] }), { user } = await session(kim);
    await tab('People', '#/desk/people');
    const person = desk.locator(`#desk-people li[data-id="${user.id}"]`);
    await person.getByText(/here/).waitFor();
    han.page.removeAllListeners('dialog');
    han.page.on('dialog', d => d.accept(d.type() === 'prompt' ? 'Kim Minjun' : undefined));
    await person.getByRole('button', { name: 'Rename' }).click();
    await kim.page.locator('#me').getByText('Kim Minjun').waitFor();
    await person.getByRole('button', { name: 'Mute' }).click();
    await kim.page.getByText('The teacher has muted you').waitFor();
    await person.getByRole('button', { name: 'Unmute' }).click();
    await person.getByRole('button', { name: 'Remove' }).click();
    await kim.page.getByText('The teacher has removed you').waitFor();
    await person.getByRole('button', { name: 'Let in again' }).click();
    await person.getByRole('button', { name: 'Remove' }).waitFor();
    await han.accessible('people');
    await desk.getByLabel(/Paste the names/).fill('name,code\n김민준,a1\nLee,\n');
    await desk.getByRole('button', { name: 'Use this roster' }).click();
    await desk.getByText('0 of 2 have come').waitFor();
    await room.program.call('POST', '/api/auth/guest', { body: { nickname: '김민준', code: 'a1' } });
    await desk.getByText('1 of 2 have come').waitFor();
    await desk.getByRole('button', { name: 'Free the name 김민준' }).click();
    await desk.getByText('0 of 2 have come').waitFor();
    await desk.getByRole('button', { name: 'Switch the roster off' }).click();
    await until(async () => !(await call('GET', '/api/class')).roster, 'the roster to be off');
  });

  it('scores, the export, and a new class', async t => {
    const kim = await room.visit(t, 'Kim', { expected: [/401|WebSocket/] });
    await tab('Scores', '#/desk/scores');
    await desk.locator('.score-list li').first().waitFor();
    await han.accessible('the scores');
    await tab('Settings', '#/desk/class');
    await desk.getByRole('textbox', { name: 'Title of the class' }).fill('Networks, group 3');
    await desk.locator('#class-title').getByRole('button', { name: 'Save' }).click();
    await until(async () => (await call('GET', '/api/class')).title === 'Networks, group 3', 'the title');
    await han.accessible('the class');
    const [file] = await Promise.all([han.page.waitForEvent('download'), desk.getByRole('button', { name: 'Download' }).click()]);
    const zip = readFileSync(await file.path());
    assert.equal(zip.subarray(0, 2).toString(), 'PK');
    assert.match(file.suggestedFilename(), /^pollwire-.*\.zip$/);
    await desk.getByRole('button', { name: 'Begin a new class…' }).click();
    await desk.getByText(/✓ A new class\. What was before is in pollwire|✓ A new class/).waitFor();
    await button(kim, 'Join').waitFor();
    await tab('Lesson', '#/desk');
    await until(async () => (await plan()).every(p => p.status === 'draft'), 'drafts');
    await row('Which port').getByText('Draft').waitFor();
  });
});
