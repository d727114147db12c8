// The class as students meet it: what is shown now, who gets in, what is allowed, and what is told before a vote.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { missing } from './chromium.mjs';
import { Room, button, go, session } from './page.mjs';
import { until } from './program.mjs';

const key = 'LESSON-OF-TODAY';
const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

describe('the class', { skip: process.env.POLLWIRE_E2E !== 'required' && missing }, () => {
  let room, teacher;
  const call = (method, path, body) => room.program.call(method, path, { token: teacher.access_token, body });
  const make = (title, more = { options: ['Yes', 'No'] }) => call('POST', '/api/polls', { title, ...more });
  const set = part => call('PATCH', '/api/class', part);
  const now = ({ page }) => page.locator('#now article');
  const titled = (person, name) => now(person).getByRole('heading', { name, exact: true }).waitFor();
  before(async () => {
    room = await Room.open({ settings: ['-teacher-key', key] });
    teacher = await room.program.call('POST', '/api/auth/teacher', { body: { key, nickname: 'Ms Han' } });
  });
  beforeEach(() => set({ title: 'Networks', current: null, locked: false, chat: 'on', student_polls: true }));
  after(() => room?.close());

  // ---- now

  it('shows what is current to whoever opens the page, and takes all along when it changes', async t => {
    const [first, second] = [await make('The first?'), await make('The second?')];
    await set({ current: first.id });
    const kim = await room.visit(t, 'Kim', phone);
    await titled(kim, 'The first?');
    await kim.page.getByText('Networks · Now').waitFor();
    await kim.accessible('now');
    await go(kim, '#/chat');
    await set({ current: second.id });
    await titled(kim, 'The second?');
    assert.equal(await kim.page.evaluate(() => location.hash), '#/now');
    await kim.page.goBack(); // to where they were
    await kim.page.getByRole('log').waitFor();
    await kim.page.getByRole('link', { name: 'Now The second?' }).click();
    await titled(kim, 'The second?');
    await kim.page.reload();
    await titled(kim, 'The second?');
    await set({ current: null });
    await kim.page.getByText('Nothing at the moment').waitFor();
  });

  it('takes nothing out of the hands of who writes; a button brings them to it', async t => {
    const [first, second] = [await make('Before'), await make('Behind')];
    await set({ current: first.id });
    const kim = await room.visit(t, 'Kim', phone);
    await titled(kim, 'Before');
    await go(kim, '#/chat');
    await kim.page.getByLabel('Message', { exact: true }).fill('half a sente');
    await set({ current: second.id });
    const back = kim.page.getByRole('link', { name: 'Now Behind' });
    await back.waitFor();
    assert.equal(await kim.page.getByLabel('Message', { exact: true }).inputValue(), 'half a sente');
    await back.click();
    await titled(kim, 'Behind');
  });

  it('counts what is new elsewhere', async t => {
    const poll = await make('Counting');
    await set({ current: poll.id });
    const kim = await room.visit(t, 'Kim', phone);
    await titled(kim, 'Counting');
    await room.program.say(teacher, 'one');
    await room.program.say(teacher, 'two');
    const link = kim.page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: /Chat/ });
    await until(async () => /Chat\s*2 new/.test(await link.textContent()), 'the count');
    await link.click();
    await kim.page.getByRole('log').getByText('two').waitFor();
    await until(async () => !await link.locator('.news').isVisible(), 'the count to be gone');
  });

  // ---- kinds

  it('asks for numbers and texts, says before whether it is named, and tells afterwards what was right', async t => {
    const number = await make('How many bits?', { kind: 'number', right: { value: 128, tolerance: 0.5 }, explanation: 'RFC 8200 <b>§3</b>' });
    const text = await make('A word?', { kind: 'text' });
    await set({ current: number.id });
    const kim = await room.visit(t, 'Kim', phone), lee = await room.visit(t, '이서연', { ...phone, locale: 'ko' });
    await titled(kim, 'How many bits?');
    await now(kim).getByText('Named: your teacher sees what you answer.').waitFor();
    await now(lee).getByText('이름 공개').waitFor();
    const field = now(kim).getByLabel('Your answer, a number');
    assert.equal(await field.getAttribute('inputmode'), 'decimal');
    await field.fill('many');
    await now(kim).getByRole('button', { name: 'Send answer' }).click();
    await now(kim).getByRole('alert').getByText('Write a number').waitFor();
    await field.fill('128,2');
    await field.press('Enter');
    await now(kim).getByRole('button', { name: 'Change answer' }).waitFor();
    await now(lee).getByLabel('내 답 (숫자)').fill('64');
    await now(lee).getByRole('button', { name: '답 보내기' }).click();
    await now(kim).getByText('2 voters').waitFor();
    assert.equal(await now(kim).getByText(/Right:/).filter({ visible: true }).count(), 0);
    await call('PATCH', `/api/polls/${number.id}`, { is_active: false });
    await now(kim).getByText('✓ Your answer is right.').waitFor();
    await now(kim).getByText('Right: 128 (± 0.5)').waitFor();
    await now(kim).getByText('RFC 8200 <b>§3</b>').waitFor();
    await now(lee).getByText('✗ 틀렸습니다.').waitFor();
    await kim.accessible('a number with its histogram');

    await set({ current: text.id });
    await titled(kim, 'A word?');
    await now(kim).getByText('Not named: nobody is told').waitFor();
    await now(kim).getByLabel('Your answer, up to').fill('<i>SYN</i>');
    await now(kim).getByRole('button', { name: 'Send answer' }).click();
    await now(lee).getByRole('list', { name: '응답' }).getByText('<i>SYN</i>').waitFor();
    await now(lee).getByLabel('내 답 (100자까지)').fill('<I>syn</I>');
    await now(lee).getByRole('button', { name: '답 보내기' }).click();
    await now(lee).getByText('×2').waitFor();
    await now(kim).getByRole('button', { name: 'Withdraw answer' }).click();
    await now(kim).getByText('1 voter', { exact: true }).waitFor();
    await lee.accessible('texts');
  });

  it('tells the right options and one’s own result; another round begins without a vote, and the first stays beside it', async t => {
    const poll = await make('Which port?', { options: ['80', { text: '443', correct: true }], hidden: false });
    await set({ current: poll.id });
    const kim = await room.visit(t, 'Kim', phone);
    const option = name => now(kim).locator('form > fieldset > ul > li').filter({ has: kim.page.getByText(name, { exact: true }) });
    await now(kim).getByRole('radio', { name: '80', exact: true }).check();
    await now(kim).getByRole('button', { name: 'Vote', exact: true }).click();
    await option('80').getByText('1 (100%)').waitFor();
    await call('POST', `/api/polls/${poll.id}/rounds`);
    await option('80').getByText('Round 1: 1 (100%)').waitFor();
    assert.equal(await now(kim).getByRole('radio', { name: '80', exact: true }).isChecked(), false);
    await now(kim).getByRole('radio', { name: '443', exact: true }).check();
    await now(kim).getByRole('button', { name: 'Vote', exact: true }).click();
    await option('443').getByText('1 (100%)', { exact: true }).waitFor();
    await call('PATCH', `/api/polls/${poll.id}`, { is_active: false });
    await option('443').getByText('✓ right answer').waitFor();
    await now(kim).getByText('✓ Your answer is right.').waitFor();
    await option('443').getByText('Round 1: 0 (0%)').waitFor();
    await kim.accessible('rounds');
  });

  it('a clock begins when a question is shown', async t => {
    const draft = await make('Quick!', { options: ['a', 'b'], draft: true, seconds: 90 });
    const kim = await room.visit(t, 'Kim', phone);
    await set({ current: draft.id });
    await titled(kim, 'Quick!');
    await now(kim).getByText(/^1:\d\d left$/).waitFor();
  });

  // ---- what is allowed

  it('says in words that the chat is off, slow, or closed to one', async t => {
    const kim = await room.visit(t, 'Kim', { expected: [/429/] }), field = kim.page.getByLabel('Message', { exact: true });
    await set({ chat: 'off' });
    await kim.page.getByText('The teacher has switched the chat off.').waitFor();
    assert.equal(await field.isVisible(), false);
    await set({ chat: 'slow' });
    await kim.page.getByText('one message in 15 s').waitFor();
    await set({ chat: 'on' });
    await field.waitFor();
    const { user } = await session(kim);
    await call('PATCH', `/api/people/${user.id}`, { muted: true });
    await kim.page.reload();
    await set({ student_polls: false });
    await kim.page.getByText('Only the teacher makes polls now.').waitFor();
    assert.equal(await button(kim, 'New poll').isVisible(), false);
  });

  it('a teacher’s name is marked, and one’s own can be changed', async t => {
    const kim = await room.visit(t, 'Kim');
    await room.program.say(teacher, 'Welcome');
    const said = kim.page.getByRole('log').getByText('Ms Han').last();
    await said.waitFor();
    assert.match(await said.evaluate(n => getComputedStyle(n, '::before').content), /Teacher/);
    await kim.page.locator('#rename').press('Enter');
    const me = kim.page.getByRole('dialog', { name: 'Points, name and password' });
    await kim.accessible('the dialog about oneself');
    assert.equal(await me.getByLabel('New password').isVisible(), false, 'a guest has no password');
    await me.getByLabel('Nickname').fill('Kim Minjun');
    await me.getByLabel('Nickname').press('Enter');
    await me.getByRole('status').getByText('Your name is changed.').waitFor();
    await kim.page.keyboard.press('Escape');
    assert.equal(await kim.page.evaluate(() => document.activeElement.id), 'rename', 'the focus comes back');
    await kim.page.locator('#me').getByText('Kim Minjun').waitFor();
    assert.equal((await session(kim)).user.nickname, 'Kim Minjun');
  });

  it('a student sees the points that are there, and changes the password, by the keyboard, in both languages', async t => {
    for (const [locale, w] of Object.entries({
      en: { points: 'My points', dialog: 'Points, name and password', mine: 'You: 2 of 2 points, place 1 of 1', all: 'All scores', old: 'Password now',
        fresh: 'New password', change: 'Change password', wrong: 'This is not the password.', done: 'Your password is changed.', none: 'Nobody has points yet', close: 'Close' },
      ko: { points: '내 점수', dialog: '점수, 이름, 비밀번호', mine: '나: 2점 중 2점, 1명 중 1등', all: '전체 점수', old: '지금 비밀번호',
        fresh: '새 비밀번호', change: '비밀번호 변경', wrong: '비밀번호가 틀립니다.', done: '비밀번호를 바꿨습니다.', none: '아직 점수가 없습니다', close: '닫기' },
    })) {
      await call('POST', '/api/class/new', { keep_plan: false }); // nobody has points
      // Who came for the language before is still there when its class ends.
      const username = `user_${locale}`, kim = await room.visit(t, null, { ...phone, locale, expected: [/401|403|WebSocket/] });
      await room.program.call('POST', '/api/auth/register', { body: { username, password: 'first secret' } });
      await kim.page.locator('#login').evaluate(form => { form.parentElement.open = true; });
      await kim.page.locator('#login [name="username"]').fill(username);
      await kim.page.locator('#login [name="password"]').fill('first secret');
      await kim.page.locator('#login [name="password"]').press('Enter');
      await kim.page.locator('#me').waitFor();
      const poll = await call('POST', '/api/polls', { title: `In ${locale}`, points: 2, options: [{ text: 'a', correct: true }, 'b'] });
      await set({ current: poll.id });
      const points = kim.page.getByRole('button', { name: w.points }), me = kim.page.getByRole('dialog', { name: w.dialog });
      await kim.page.locator('#now').getByText(`In ${locale}`).waitFor();
      await room.program.call('POST', `/api/polls/${poll.id}/vote`, { token: (await session(kim)).access_token, body: { option_id: poll.options[0].id } });
      await points.press('Enter');
      await me.getByText(w.none).waitFor(); // nothing of a poll that is open
      await button(kim, w.close).press('Enter');
      await call('PATCH', `/api/polls/${poll.id}`, { is_active: false });
      await points.press('Enter');
      await me.getByText(w.mine).waitFor();
      await me.getByText(w.all).press('Enter');
      assert.match(await me.locator('.score-list .own').innerText(), new RegExp(username));
      await me.getByLabel(w.old).fill('another secret');
      await me.getByLabel(w.fresh).fill('second secret');
      await me.getByRole('button', { name: w.change }).press('Enter');
      await me.getByRole('alert').getByText(w.wrong).waitFor();
      await me.getByLabel(w.old).fill('first secret');
      await me.getByLabel(w.fresh).press('Enter');
      await me.getByRole('status').getByText(w.done).waitFor();
      await kim.accessible(`the dialog about oneself, in ${locale}`);
      const right = await me.evaluate(n => Math.max(...[...n.querySelectorAll('*')].map(m => m.getBoundingClientRect().right)));
      assert(right <= 360, `something ends at ${right} of 360`);
      await room.program.call('POST', '/api/auth/login', { body: { username, password: 'second secret' } });
      await call('DELETE', `/api/polls/${poll.id}`);
    }
  });

  it('who is removed is told, and comes back when the teacher lets them', async t => {
    const kim = await room.visit(t, 'Kim', { expected: [/403|401|WebSocket/] }), { user } = await session(kim);
    await call('PATCH', `/api/people/${user.id}`, { removed: true });
    await kim.page.getByText('The teacher has removed you').waitFor();
    await kim.live(); // looking on
    await call('PATCH', `/api/people/${user.id}`, { removed: false });
    await button(kim, 'Come back in').click();
    await kim.page.locator('#me').getByText('Kim').waitFor();
    assert.equal((await session(kim)).user.id, user.id);
  });

  it('a locked class says so, and a roster asks for the name on it, and its code', async t => {
    const kim = await room.visit(t, null, { ...phone, expected: [/403|409/] });
    await set({ locked: true });
    await kim.page.getByText('The class is locked').first().waitFor();
    await set({ locked: false });
    await call('PUT', '/api/class/roster', { people: [{ name: '김민준', code: 'a1' }, { name: 'Lee' }] });
    t.after(() => call('PUT', '/api/class/roster', { people: [] }));
    const name = kim.page.getByLabel('Your name, as it is on the list of the class'), code = kim.page.getByLabel('Code, if you were given one');
    await code.waitFor();
    await kim.accessible('joining with a roster');
    await name.fill('Nobody');
    await name.press('Enter');
    await kim.page.locator('#guest').getByRole('alert').getByText(/Nobody/).waitFor();
    await name.fill('김민준');
    await code.fill('b2');
    await code.press('Enter');
    await kim.page.locator('#guest').getByRole('alert').getByText(/code/i).waitFor();
    assert.equal(await kim.page.getByLabel('User name').first().isVisible(), false); // to log in is no way in for whoever mistyped
    await code.fill('A1');
    await code.press('Enter');
    await kim.page.locator('#me').getByText('김민준').waitFor();
  });
});
