// The presenter view: whole words, polls that are not there, and which poll comes next; and the plan of a class on the wall.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { missing } from './chromium.mjs';
import { Room, go, session } from './page.mjs';
import { until } from './program.mjs';

describe('the presenter view', { skip: process.env.POLLWIRE_E2E !== 'required' && missing }, () => {
  let room, teacher;
  before(async () => {
    room = await Room.open();
    teacher = await room.program.guest('Teacher');
  });
  after(() => room?.close());

  const make = (owner, title, options = ['Yes', 'No'], more = {}) =>
    room.program.call('POST', '/api/polls', { token: owner.access_token, body: { title, options, ...more } });

  it('breaks no word that fits in smaller letters', async t => {
    const poll = await make(teacher, 'Lunch?', ['Naengmyeon', 'Kimchijjigae', '비빔밥과김치찌개', 'Tofu', 'Pork', 'Rice']);
    const { page } = await room.visit(t, null, { hash: `#/polls/${poll.id}/present`, viewport: { width: 360, height: 740 } });
    await page.locator('#presenter').getByText('Naengmyeon').waitFor();
    await until(() => page.evaluate(() => [...document.querySelectorAll('#presenter li .text')].every(n => {
      const range = document.createRange();
      range.selectNodeContents(n);
      return range.getClientRects().length === 1;
    })), 'each word to be in one line');
  });

  it('says that there is no such poll, whichever way one came, and shows no code', async t => {
    for (const [locale, words, gone] of [['en', 'There is no poll 4711.', 'This poll was deleted.'], ['ko', '4711번 투표는 없습니다.', '삭제된 투표입니다.']]) {
      const poll = await make(teacher, `Before ${locale}`), none = '#/polls/4711/present';
      const direct = await room.visit(t, null, { hash: none, locale, expected: [/404/] });
      const from = await room.visit(t, null, { hash: `#/polls/${poll.id}/present`, locale, expected: [/404/] });
      await from.page.getByRole('heading', { name: poll.title }).waitFor();
      await go(from, none);
      const listed = await room.visit(t, null, { locale, expected: [/404/] });
      await go(listed, '#/polls/4711');
      await listed.page.locator('#one-poll').getByText(words).waitFor();
      await go(listed, none);
      for (const { page } of [direct, from, listed]) {
        const view = page.locator('#presenter');
        await view.getByText(words).waitFor();
        assert.equal(await view.locator('svg, .address').filter({ visible: true }).count(), 0);
        assert.equal(await view.getByText(poll.title).filter({ visible: true }).count(), 0);
      }
      await go(from, `#/polls/${poll.id}/present`); // and back
      await from.page.locator('#presenter svg').waitFor();
      assert.equal(await from.page.locator('#presenter').getByText(words).count(), 0);
      await room.program.call('DELETE', `/api/polls/${poll.id}`, { token: teacher.access_token });
      await from.page.locator('#presenter').getByText(gone).waitFor();
    }
  });

  it('goes with the arrows through the polls of one person only', async t => {
    const other = await room.program.guest('Other');
    const polls = [];
    for (const [who, title] of [[teacher, 'mine 1'], [other, 'theirs 1'], [teacher, 'mine 2'], [other, 'theirs 2']]) polls.push(await make(who, title));
    for (let i = 0; i < 3; i++) await make(other, `theirs in between ${i}`);
    polls.push(await make(teacher, 'mine 3'));
    const { page } = await room.visit(t, null, { hash: `#/polls/${polls[0].id}/present` });
    const title = name => page.locator('#presenter').getByRole('heading', { name, exact: true }).waitFor();
    await title('mine 1');
    for (const [key, name] of [['Right', 'mine 2'], ['Right', 'mine 3'], ['Left', 'mine 2']]) {
      await page.keyboard.press('Arrow' + key);
      await title(name);
    }
    await page.keyboard.press('ArrowRight');
    await title('mine 3');
    await page.keyboard.press('ArrowRight');
    await until(() => page.evaluate(() => /no other poll/.test(document.querySelector('#announcer').textContent)), 'the end');
    await title('mine 3');
    await go({ page }, `#/polls/${polls[1].id}/present`); // of somebody else, whose polls they are then
    await title('theirs 1');
    await page.keyboard.press('ArrowRight');
    await title('theirs 2');
  });
});

describe('the wall of a class', { skip: process.env.POLLWIRE_E2E !== 'required' && missing }, () => {
  const key = 'LESSON-OF-TODAY', look = { viewport: { width: 1920, height: 1080 } };
  let room, han, screen, polls;
  const call = async (method, path, body) => room.program.call(method, path, { token: (await session(han)).access_token, body });
  const view = ({ page }) => page.locator('#presenter');
  const title = (who, name) => view(who).getByRole('heading', { name, exact: true }).waitFor();
  const press = name => han.page.keyboard.press(name);
  before(async () => {
    room = await Room.open({ settings: ['-teacher-key', key] });
    han = await room.person(null, look, `#/teach/${key}`);
    await han.page.locator('#desk').getByRole('heading', { name: 'Plan of the lesson' }).waitFor();
    ({ polls } = await call('POST', '/api/class/plan', { polls: [
      { title: 'Which port?', options: ['80', { text: '443', correct: true }, '22'], explanation: 'RFC 9110 §4.2.2', named: true },
      { title: 'How many bits?', kind: 'number', right: { value: 128 }, named: true }, { title: 'A word?', kind: 'text' }] }));
    await call('POST', '/api/polls', { title: 'Not in the plan', options: ['a', 'b'] });
    await call('PATCH', '/api/class', { title: 'Networks' });
    screen = await room.person(null, look, '#/present'); // only looks
  });
  after(() => room?.close());

  it('welcomes before the first question; the keys of a remote step through the plan alone, and other screens follow', async () => {
    await title(screen, 'Networks');
    await screen.accessible('before the first question');
    await go(han, '#/present');
    await title(han, 'Networks');
    for (const [name, expected] of [['Space', 'Which port?'], ['PageDown', 'How many bits?'], ['ArrowRight', 'A word?'], ['PageUp', 'How many bits?'], ['ArrowLeft', 'Which port?']]) {
      await press(name);
      await title(han, expected);
      await title(screen, expected);
    }
    await press('PageUp');
    await until(() => han.page.evaluate(() => /first of the plan/.test(document.querySelector('#announcer').textContent)), 'the beginning');
    await screen.page.keyboard.press('Space'); // it does not lead
    await until(() => screen.page.evaluate(() => /teacher goes on/.test(document.querySelector('#announcer').textContent)), 'why not');
    assert.equal((await call('GET', '/api/class')).current, polls[0].id);
  });

  it('shows what is right when the question is closed, and marks no option for being frequent', async () => {
    const guests = await Promise.all(['Kim', 'Lee', 'Park'].map(name => room.program.guest(name)));
    for (const [i, choice] of [0, 0, 1].entries()) await room.program.vote(guests[i], polls[0], choice);
    await view(screen).getByText('66.7%').waitFor();
    assert.equal(await view(screen).getByText('✓ right answer').filter({ visible: true }).count(), 0);
    await press('c');
    const option = name => view(screen).locator('.bars li').filter({ has: screen.page.getByText(name, { exact: true }) });
    await option('443').getByText('✓ right answer').waitFor();
    await view(screen).getByText('RFC 9110 §4.2.2').waitFor();
    assert.equal(await option('80').getByText('✓ right answer').isVisible(), false);
    assert.doesNotMatch(await option('80').locator('.text').evaluate(n => getComputedStyle(n, '::before').content), /★/);
    await screen.accessible('the right answer');
    await view(han).getByRole('button', { name: 'Vote again' }).click();
    await option('80').getByText('Round 1: 2 (66.7%)').waitFor();
    await room.program.vote(guests[0], polls[0], 1);
    await option('443').getByText('100%', { exact: true }).waitFor();
    await option('443').getByText('Round 1: 1 (33.3%)').waitFor();

    await han.page.locator('#question').focus();
    await press('PageDown');
    await title(screen, 'How many bits?');
    for (const [i, number] of [128, 64, 128].entries()) await answer(guests[i], polls[1], { number });
    await view(screen).locator('.histogram li').nth(1).getByText('2', { exact: true }).waitFor();
    await press('c');
    await view(screen).getByText('Right: 128').waitFor();
    await press('PageDown');
    await title(screen, 'A word?');
    for (const [i, text] of ['SYN', 'syn', '<b>ACK</b>'].entries()) await answer(guests[i], polls[2], { text });
    await view(screen).locator('.cloud').getByText('<b>ACK</b>').waitFor();
    await view(screen).getByText('×2').waitFor();
    await screen.accessible('texts on the wall');
  });
  const answer = (guest, poll, body) => room.program.call('POST', `/api/polls/${poll.id}/vote`, { token: guest.access_token, body });

  it('shows the scores on S, until somebody goes on', async () => {
    await press('s');
    await view(han).getByRole('heading', { name: 'Scores' }).waitFor();
    await view(han).locator('.score-list li').nth(2).waitFor();
    const path = '/api/class/scores', { scores, of } = await room.program.call('GET', path); // of closed questions: the first is open
    assert.notEqual((await call('GET', path)).of, of);
    assert.deepEqual(await view(han).locator('.score-list .points').allTextContents(), scores.map(({ points }) => `${points} of ${of}`));
    await call('PATCH', `/api/polls/${polls[2].id}`, { description: 'RFC 8200' }); // news of the question, behind the scores
    await until(() => han.page.evaluate(id => import('/pollstore.js').then(({ pollOf }) => pollOf(id).description === 'RFC 8200'), polls[2].id), 'the news');
    await han.page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    assert.deepEqual(await view(han).locator('.score-list .points').allTextContents(), scores.map(({ points }) => `${points} of ${of}`), 'after news');
    await han.accessible('the scores on the wall');
    await press('PageUp');
    await title(han, 'How many bits?');
    assert.equal(await view(han).getByRole('heading', { name: 'Scores' }).isVisible(), false);
    await press('Escape');
    await han.page.locator('#desk').getByRole('heading', { name: 'Plan of the lesson' }).waitFor();
  });
});
