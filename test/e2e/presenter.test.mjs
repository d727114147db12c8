// The presenter view: whole words, polls that are not there, and which poll comes next.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { missing } from './chromium.mjs';
import { Room, go } from './page.mjs';
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
