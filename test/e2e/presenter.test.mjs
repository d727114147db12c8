// The presenter view in windows of all sizes, and for polls that are not there: every option is on the wall, or can be
// scrolled to.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { missing } from './chromium.mjs';
import { Room, go } from './page.mjs';
import { defer, until } from './program.mjs';

const sizes = [[320, 480], [360, 740], [480, 320], [600, 800], [740, 360], [768, 1024], [960, 540], [960, 1040], [1024, 768], [1280, 720],
  [1080, 1920], [1920, 1080], [3840, 2160]];

describe('the presenter view', { skip: process.env.POLLWIRE_E2E !== 'required' && missing }, () => {
  let room, teacher;
  before(async () => {
    room = await Room.open();
    teacher = await room.program.guest('Teacher');
  });
  after(() => room?.close());

  const make = (owner, title, options = ['Yes', 'No'], more = {}) =>
    room.program.call('POST', '/api/polls', { token: owner.access_token, body: { title, options, ...more } });

  // inPage shows a poll of so many options and characters, and measures what one sees of it.
  const inPage = async ({ id, cases, language }) => {
    const { learn } = await import('/pollstore.js'), { setLanguage } = await import('/texts.js');
    const view = document.querySelector('#presenter'), stage = view.querySelector('.stage');
        const filler = language === 'ko' ? '다음 중 혼잡 제어에 대한 설명으로 옳은 것을 고르세요 ' : 'Which of these is true of congestion control ';
    const text = (n, i) => (n === 1 ? String(i) : `${i} ${n === 99 ? 'x'.repeat(97) : filler.repeat(9)}`.slice(0, n));
    setLanguage(language);
    const found = [];
    for (const [count, length, hidden] of cases) {
      const options = Array.from({ length: count }, (_, i) => ({ id: i + 1, text: text(length, i), votes: hidden ? null : i, percentage: hidden ? null : 12.5 }));
      learn({ id, title: text(length, 9), options, hidden, multiple: true, is_active: true, voters: 300, total_votes: 300, ends_at: null,
        created_by: { id: 1, nickname: 'x' }, created_at: '2026-03-02T09:30:00.250Z', description: '' });
      await new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))); // polls tell, and the view draws
      const box = stage.getBoundingClientRect(), scrolls = stage.classList.contains('scrolls');
      const shown = n => n && n.getClientRects().length > 0;
      const inside = n => {
        const r = n.getBoundingClientRect(), of = n.closest('.stage') ? box : { left: 0, right: innerWidth, top: 0, bottom: innerHeight };
        return r.left >= of.left - 1 && r.right <= of.right + 1 && (scrolls && n.closest('.stage') ? r.bottom - stage.getBoundingClientRect().top + stage.scrollTop
          <= stage.scrollHeight + 1 : r.top >= of.top - 1 && r.bottom <= of.bottom + 1);
      };
      const parts = [...view.querySelectorAll('h2, li, li .text, .bar, .address, svg, .voted b')].filter(shown);
      const covered = [...view.querySelectorAll('.address, svg')].filter(shown).some(n => n.getBoundingClientRect().top < box.bottom - 1 &&
        n.getBoundingClientRect().left < box.right - 1);
      found.push({ count, length, hidden, scrolls, out: parts.filter(n => !inside(n)).map(n => n.className || n.localName), covered,
        rows: stage.querySelectorAll('li').length, size: parseFloat(getComputedStyle(stage).fontSize), height: box.height, tab: stage.tabIndex,
        code: shown(view.querySelector('svg')), address: shown(view.querySelector('.address')) });
    }
    return found;
  };

  for (const language of ['en', 'ko']) it(`shows every option in every window, or lets one scroll to it: ${language}`, async t => {
    const poll = await make(teacher, 'of any size');
    const { page } = await room.visit(t, null, { hash: `#/polls/${poll.id}/present` });
    await page.getByRole('heading', { name: 'of any size' }).waitFor();
    const cases = [2, 4, 6, 8].flatMap(count => [1, 12, 100].map(length => [count, length, false])).concat([[5, 40, false], [8, 99, false],
      [2, 12, true], [8, 100, true]]);
    for (const [width, height] of sizes) {
      await page.setViewportSize({ width, height });
      for (const found of await page.evaluate(inPage, { id: poll.id, cases, language })) {
        const { count, length, hidden, scrolls, out, covered, rows, size, code, address, tab } = found;
        const what = `${width}x${height}, ${count} options of ${length} characters, ${language}, ${hidden ? 'hidden' : 'shown'}: ${JSON.stringify(found)}`;
        assert.deepEqual(out, [], what);
        assert.equal(rows, count, what);
        assert(!covered, what);
        assert(size >= 14, what);
        assert.equal(tab, scrolls ? 0 : -1, what);
        if (scrolls) assert(!code && !address && size < 15, `nothing else has given way: ${what}`);
        if (code) assert(address, `the code gives way first: ${what}`);
        if (Math.min(width, height) >= 540 && length === 12 && count <= 4) assert(code, `there is room for the code: ${what}`);
        if (Math.min(width, height) >= 768) assert(!scrolls, what);
      }
    }
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
