// While a lesson goes on much comes by itself. Nothing of it moves under a finger that is about to press, errors go with their
// reason, and the title of the tab tells what is new. What the page says of a poll's form and of the list is in still.test.mjs.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { missing } from './chromium.mjs';
import { Room, broken, button, go, session } from './page.mjs';
import { defer, until } from './program.mjs';

const key = 'LESSON-OF-TODAY', phone = { viewport: { width: 360, height: 740 } };

describe('a lesson in which nothing moves under a finger', { skip: process.env.POLLWIRE_E2E !== 'required' && missing }, () => {
  let room, han, desk, token;
  const call = (method, path, body) => room.program.call(method, path, { token, body });
  const plan = async (...polls) => (await call('POST', '/api/class/plan', { polls })).polls.slice(-polls.length);
  const look = poll => call('PATCH', '/api/class', { current: poll && poll.id });
  const drawn = page => page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  const answer = async (poll, body) => room.program.call('POST', `/api/polls/${poll.id}/vote`, { token: (await room.program.guest('Guest')).access_token, body });
  const knows = (who, poll, voters) => until(() => who.page.evaluate(([id, n]) =>
    import('/pollstore.js').then(({ pollOf }) => pollOf(id)?.voters === n), [poll.id, voters]), `${voters} voters`);
  before(async () => {
    room = await Room.open({ settings: ['-teacher-key', key] });
    han = await room.person(null, { viewport: { width: 1280, height: 800 } }, `#/teach/${key}`);
    desk = han.page.locator('#desk');
    await desk.getByRole('heading', { name: 'Plan of the lesson' }).waitFor();
    token = (await session(han)).access_token;
  });
  after(() => room?.close());

  // ---- the desk

  it('the buttons of the desk stay where they are when the first vote comes and when time is up', async () => {
    const [poll] = await plan({ title: 'Where are the buttons?', options: ['here', 'there'], seconds: 300 });
    await look(poll);
    const now = desk.locator('#desk-now'), named = name => now.locator(`.buttons > ${name}`);
    await now.getByRole('button', { name: '+30 s' }).waitFor();
    const places = () => now.locator('.buttons > *').evaluateAll(all => all.map(n => [n.className || n.localName, n.offsetLeft, n.offsetTop]));
    const before = await places();
    assert.equal(await named('.again').isVisible(), false);
    await answer(poll, { option_id: poll.options[0].id });
    await named('.again').waitFor();
    assert.deepEqual(await places(), before, 'the first vote');
    const { x } = await named('.again').boundingBox();
    await call('PATCH', `/api/polls/${poll.id}`, { is_active: false });
    await named('.reveal').waitFor({ state: 'hidden' });
    assert.equal(await named('.longer').isVisible(), false);
    assert(Math.abs((await named('.again').boundingBox()).x - x) < 20, 'no other button comes to the place of one that has gone');
  });

  it('a text that is to be taken off the wall stays where it is while others come', async () => {
    const [poll] = await plan({ title: 'A word?', kind: 'text' });
    await look(poll);
    for (const text of ['first', 'first', 'rude', 'rude']) await answer(poll, { text });
    const now = desk.locator('#desk-now'), rude = now.getByRole('button', { name: 'Take “rude” off the wall' });
    await rude.hover();
    const at = await rude.boundingBox();
    for (let i = 0; i < 3; i++) await answer(poll, { text: 'a longer text that comes before' });
    await knows(han, poll, 7);
    await drawn(han.page);
    assert.deepEqual(await rude.boundingBox(), at);
    await han.page.mouse.down();
    await han.page.mouse.up();
    await until(async () => !(await call('GET', `/api/polls/${poll.id}`)).answers.some(a => a.value === 'rude'), 'it to be gone');
    await rude.waitFor({ state: 'detached' });
    await han.page.mouse.move(1, 1);
    await now.getByText('a longer text that comes before').waitFor();
  });

  it('who comes waits while somebody is at the rows of people, whose buttons keep their places', async () => {
    const kim = await room.program.guest('Kim');
    await go(han, '#/desk/people');
    const row = person => desk.locator(`#desk-people li[data-id="${person.user.id}"]`);
    const mute = row(kim).getByRole('button', { name: 'Mute' });
    await mute.hover();
    const at = await mute.boundingBox(), buttons = () => row(kim).locator('.buttons > *').evaluateAll(all => all.map(n => [n.offsetLeft, n.offsetTop]));
    const places = await buttons();
    await room.program.say(kim, 'now there is something to delete');
    const lee = await room.program.guest('Lee');
    await row(kim).getByRole('button', { name: 'Delete all messages' }).waitFor(); // the desk has looked
    assert.equal(await row(lee).count(), 0);
    assert.deepEqual(await mute.boundingBox(), at);
    assert.deepEqual(await buttons(), places);
    await han.page.mouse.move(1, 1);
    await row(lee).waitFor();
  });

  it('the keyboard stays at a name of the roster while others come', async t => {
    defer(t, () => call('PUT', '/api/class/roster', { people: [] }));
    await call('PUT', '/api/class/roster', { people: [{ name: '김민준' }, { name: '이서연' }, { name: '박지우' }] });
    await go(han, '#/desk/people');
    const come = nickname => room.program.call('POST', '/api/auth/guest', { body: { nickname } });
    await come('이서연');
    const free = desk.getByRole('button', { name: 'Free the name 이서연' });
    await free.focus();
    await come('김민준');
    await han.page.waitForResponse(r => r.url().endsWith('/api/class/roster'));
    await han.page.waitForResponse(r => r.url().endsWith('/api/class/roster'));
    assert.equal(await free.evaluate(n => n === document.activeElement), true);
    await free.click();
    await desk.getByText('1 of 3 have come').waitFor();
    await go(han, '#/desk');
  });

  it('no Korean word is broken at the desk and at exercises, and nothing is wider than a phone', async t => {
    const [choice, text] = await plan({ title: '전송 계층에서 사용하는 혼잡 제어 알고리즘에 대한 설명으로 옳은 것은 무엇입니까', options: ['느린 시작과 혼잡 회피를 함께 사용합니다', { text: '빠른 재전송', correct: true }],
      explanation: '혼잡 윈도의 크기를 지수적으로 늘립니다' }, { title: '한마디로 말하면 무엇이라고 생각합니까', kind: 'text' });
    const kim = await room.visit(t, null, { ...phone, locale: 'ko', hash: `#/teach/${key}` });
    await kim.page.locator('#desk .plan li').first().waitFor();
    const whole = async what => {
      await drawn(kim.page);
      assert.deepEqual(await broken(kim), [], what);
      assert(await kim.page.evaluate(() => document.documentElement.scrollWidth - innerWidth) <= 0, `${what} is too wide`);
    };
    for (const poll of [choice, text]) {
      await look(poll);
      await kim.page.locator('#desk-now').getByRole('heading', { name: poll.title }).waitFor();
      if (poll === text) for (const text of ['혼잡 제어라고 생각합니다', '흐름 제어']) await answer(poll, { text });
      await whole(poll.title);
      await call('PATCH', `/api/polls/${poll.id}`, { is_active: false });
      await whole(`closed: ${poll.title}`);
    }
    await kim.page.locator('#plan .paste').click();
    for (const hash of ['#/desk', '#/desk/people', '#/desk/scores', '#/desk/class', '#/now']) {
      await go(kim, hash);
      await whole(hash);
    }
    await call('PATCH', '/api/exercises/tcp-open-close', { open: true });
    for (const hash of ['', '#/do/tcp-open-close', '#/check', '#/class']) {
      await kim.page.goto(`${room.url}exercises${hash}`);
      await kim.page.locator('main h2').filter({ visible: true }).first().waitFor();
      await kim.page.locator('#connection.live').waitFor();
      await whole(`exercises${hash}`);
      await kim.accessible(`exercises${hash}`);
    }
    await call('PATCH', '/api/exercises/tcp-open-close', { open: false });
  });

  // ---- errors

  it('an error of one question is not said of the next', async () => {
    const [one, two] = await plan({ title: 'Of before', options: ['a', 'b'] }, { title: 'Of now', options: ['a', 'b'] });
    await look(one);
    const now = desk.locator('#desk-now'), wrong = now.locator(':scope > .error');
    await now.getByRole('heading', { name: 'Of before' }).waitFor();
    await han.page.route(`**/api/polls/${one.id}`, route => route.abort());
    han.expected.push(/Failed to load/);
    await now.getByRole('button', { name: 'Close' }).click();
    await wrong.getByText('can’t be reached').waitFor();
    await look(two);
    await now.getByRole('heading', { name: 'Of now' }).waitFor();
    assert.equal(await wrong.textContent(), '');
    await han.page.unrouteAll();
  });

  it('fields have words: who chose nothing is not told of option_ids', async t => {
    const [poll, text, number] = await plan({ title: '무엇?', options: ['하나', '둘'] }, { title: '한마디?', kind: 'text' }, { title: '몇?', kind: 'number' });
    const kim = await room.visit(t, 'Kim', { ...phone, locale: 'ko', expected: [/422/] }), card = kim.page.locator('#now article');
    for (const [of, name, says] of [[poll, '투표하기', '선택: 비워 둘 수 없습니다'], [text, '답 보내기', '답: 비워 둘 수 없습니다'], [number, '답 보내기', '숫자를 적으세요. 예: 12.5']]) {
      await look(of);
      await card.getByRole('heading', { name: of.title }).waitFor();
      if (of === number) await card.locator('.answer input').fill('1e999'); // which JSON can't say
      await card.getByRole('button', { name }).click();
      await card.getByText(says, { exact: true }).waitFor();
    }
  });

  it('an error that tells how long to wait goes when one need not wait any longer', async t => {
    const kim = await room.visit(t, 'Kim', { expected: [/429/] }), { page } = kim, wrong = page.locator('#new-message .error');
    await page.route('**/api/chat/messages', route => route.request().method() !== 'POST' ? route.fallback() : route.fulfill({ status: 429,
      headers: { 'Access-Control-Allow-Origin': '*' }, json: { status: 429, code: 'too_often', params: { retry_after: 2 } } }));
    await page.locator('#message').fill('too fast');
    await button(kim, 'Send').click();
    await wrong.getByText('Too often: try again in 2 s.').waitFor();
    await page.waitForTimeout(1000);
    assert.notEqual(await wrong.textContent(), '');
    await until(async () => await wrong.textContent() === '', 'the error to go', 4000);
    assert.equal(await page.locator('#message').inputValue(), 'too fast');
  });

  it('the chat forgets what it said of another rule, and the form to join that the class was locked', async t => {
    const kim = await room.visit(t, 'Kim', { expected: [/403/] }), lee = await room.visit(t, null, { expected: [/403/] });
    await kim.page.evaluate(() => import('/live.js').then(live => live.holdingEvents(() => new Promise(resolve => { window.goOn = resolve; })) && null));
    await call('PATCH', '/api/class', { chat: 'off' });
    await kim.page.locator('#message').fill('hello');
    await button(kim, 'Send').click();
    const wrong = kim.page.locator('#new-message .error');
    await wrong.getByText('The chat is off.').waitFor();
    await kim.page.evaluate(() => goOn());
    await kim.page.locator('#new-message').waitFor({ state: 'hidden' });
    await call('PATCH', '/api/class', { chat: 'on' });
    await kim.page.locator('#new-message').waitFor();
    assert.equal(await wrong.textContent(), '');
    await call('PATCH', '/api/class', { locked: true });
    await lee.page.locator('#nickname').fill('Lee');
    await button(lee, 'Join').click();
    const refused = lee.page.locator('#guest-error');
    await refused.getByText('The class is locked').waitFor();
    await call('PATCH', '/api/class', { locked: false });
    await until(async () => await refused.textContent() === '', 'the error to go');
  });

  // ---- what comes by itself

  it('that an exercise is open moves nothing', async t => {
    const kim = await room.visit(t, 'Kim', { ...phone, hash: '#/chat' }), at = () => button(kim, 'Send').boundingBox();
    const before = await at();
    await call('PATCH', '/api/exercises/tcp-open-close', { open: true });
    await kim.page.locator('#opened').waitFor();
    assert.deepEqual(await at(), before);
    await kim.accessible('with the notice');
    await button(kim, 'OK').click();
    await kim.page.locator('#opened').waitFor({ state: 'hidden' });
    await call('PATCH', '/api/exercises/tcp-open-close', { open: false });
  });

  it('that the class looks at something else moves nothing on a phone while one writes', async t => {
    const [poll] = await plan({ title: 'Look here', options: ['a', 'b'] });
    await look(null);
    const kim = await room.visit(t, 'Kim', { ...phone, hash: '#/chat' }), at = () => button(kim, 'Send').boundingBox(), back = kim.page.locator('#to-now');
    await kim.page.locator('#message').fill('still writing');
    const before = await at();
    await look(poll);
    await back.getByText('Look here').waitFor();
    assert.deepEqual(await at(), before);
    await kim.accessible('with the way back');
    await go(kim, '#/memos'); // one's own act may move it: nothing is covered then
    const { y, height } = await back.boundingBox(), head = await kim.page.locator('header').boundingBox();
    assert(y >= head.y + head.height - 1 || y + height <= head.y, 'it covers nothing any longer');
    await look(null);
  });

  it('nor on a wide screen, where somebody has chosen and not sent', async t => {
    const [first, second] = await plan({ title: 'Chosen, not sent', options: ['a', 'b'] }, { title: 'And now this', options: ['a', 'b'] });
    await look(first);
    const kim = await room.visit(t, 'Kim', { viewport: { width: 1280, height: 800 }, hash: '#/polls' }), back = kim.page.locator('#to-now');
    const card = kim.page.getByRole('article', { name: 'Chosen, not sent' }), at = () => card.locator('h3').boundingBox();
    await look(null);
    await back.waitFor({ state: 'hidden' });
    await card.getByRole('radio', { name: 'a' }).check();
    const before = await at();
    await look(second);
    await back.getByText('And now this').waitFor();
    assert.deepEqual(await at(), before);
    await kim.page.locator('nav a[href="#/files"]').click({ trial: true }); // no way elsewhere is covered
    await button(kim, 'New poll').click({ trial: true });
    await kim.accessible('with the way back');
    await go(kim, '#/files');
    const { y, height } = await back.boundingBox(), main = await kim.page.locator('main').boundingBox();
    assert(y + height <= main.y, 'it covers nothing any longer');
    await look(null);
  });

  it('the title of the tab counts also what the class looks at now, and an exercise that opens', async t => {
    const [old, draft] = await plan({ title: 'Shown before', options: ['a', 'b'] }, { title: 'A draft', options: ['a', 'b'] });
    await look(old);
    await look(null);
    const kim = await room.visit(t, 'Kim', { hash: '#/chat' }), { page } = kim;
    await until(() => page.evaluate(() => import('/class.js').then(({ room }) => room?.current === null)), 'the class');
    const hide = hidden => page.evaluate(hidden => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
    await hide(true);
    await look(old);
    await page.waitForFunction(() => document.title === '(1) Pollwire');
    await look(draft); // which is a new poll, and what the class looks at: one thing
    await page.waitForFunction(() => document.title === '(2) Pollwire');
    await call('PATCH', '/api/exercises/tcp-open-close', { open: true });
    await page.waitForFunction(() => document.title === '(3) Pollwire');
    await hide(false);
    assert.equal(await page.title(), 'Pollwire');
  });
});
