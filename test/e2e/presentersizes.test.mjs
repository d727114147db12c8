// The presenter view in windows of all sizes: every option is on the wall, or can be scrolled to. Before that other things give way.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { missing } from './chromium.mjs';
import { Room } from './page.mjs';

const sizes = [[320, 480], [360, 740], [480, 320], [600, 800], [740, 360], [768, 1024], [960, 540], [960, 1040], [1024, 768], [1280, 720],
  [1080, 1920], [1920, 1080], [3840, 2160]];

describe('windows of all sizes', { skip: process.env.POLLWIRE_E2E !== 'required' && missing }, () => {
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
    const settled = async measure => { // on a busy machine the new size of the window is heard of late
      for (let tries = 0, m; ; tries++) {
        m = measure();
        if (tries === 40 || m.out.length === 0 && !m.covered) return m;
        await new Promise(resolve => setTimeout(resolve, 50));
      }
    };
    for (const [count, length, hidden] of cases) {
      const options = Array.from({ length: count }, (_, i) => ({ id: i + 1, text: text(length, i), votes: hidden ? null : i, percentage: hidden ? null : 12.5 }));
      learn({ id, title: text(length, 9), options, hidden, multiple: true, is_active: true, voters: 300, total_votes: 300, ends_at: null,
        created_by: { id: 1, nickname: 'x' }, created_at: '2026-03-02T09:30:00.250Z', description: '' });
      await new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))); // polls tell, and the view draws
      found.push(await settled(() => {
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
        return { count, length, hidden, scrolls, out: parts.filter(n => !inside(n)).map(n => n.className || n.localName), covered,
          rows: stage.querySelectorAll('li').length, size: parseFloat(getComputedStyle(stage).fontSize), height: box.height, tab: stage.tabIndex,
          code: shown(view.querySelector('svg')), address: shown(view.querySelector('.address')) };
      }));
    }
    return found;
  };

  for (const language of ['en', 'ko']) it(`shows every option in every window, or lets one scroll to it: ${language}`, async t => {
    const poll = await make(teacher, 'of any size');
    const { page } = await room.visit(t, null, { hash: `#/polls/${poll.id}/present` });
    await page.getByRole('heading', { name: 'of any size' }).waitFor();
    await page.evaluate(() => { window.requestAnimationFrame = f => setTimeout(f); }); // nobody has to see all these frames
    const cases = [2, 5, 8].flatMap(count => [1, 12, 100].map(length => [count, length, false])).concat([[6, 40, false], [8, 99, false],
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

  // learn shows another poll, and measures what one sees of it.
  const inPageAs = async ({ id, language, change }) => {
    const { learn } = await import('/pollstore.js'), { setLanguage, language: was } = await import('/texts.js');
    const view = document.querySelector('#presenter'), stage = view.querySelector('.stage');
    if (was !== language) setLanguage(language);
    learn({ id, title: 'of any size', options: [], hidden: false, multiple: false, is_active: true, voters: 300, total_votes: 300, ends_at: null, kind: 'choice',
      answers: undefined, rounds: undefined, right: undefined, points: undefined, explanation: undefined, distinct: undefined,
      created_by: { id: 1, nickname: 'x' }, created_at: '2026-03-02T09:30:00.250Z', description: '', ...change });
    for (let i = 0; i < 3; i++) await new Promise(resolve => frame(resolve)); // it is drawn, and what has grown is noticed
    const box = stage.getBoundingClientRect(), scrolls = stage.classList.contains('scrolls'), shown = n => n.getClientRects().length > 0;
    const bottom = n => n.getBoundingClientRect().bottom - box.top + stage.scrollTop, top = n => n.getBoundingClientRect().top - box.top + stage.scrollTop;
    const parts = [...stage.querySelectorAll('h2, li, .bar, .marks > *, .percent, .count, .is-right, .column, .range, .times, .right, .explanation, .rounds p, .voted')].filter(shown);
    const out = parts.filter(n => n.getBoundingClientRect().right > box.right + 1 || top(n) < -1 || bottom(n) > (scrolls ? stage.scrollHeight : box.height) + 1);
    const covered = [...view.querySelectorAll('.address, svg')].filter(shown).some(n => n.getBoundingClientRect().top < box.bottom - 1 && n.getBoundingClientRect().left < box.right - 1);
    return { out: out.map(n => n.className || n.localName), covered, scrolls, size: parseFloat(getComputedStyle(stage).fontSize), gives: view.dataset.gives,
      bases: new Set([...stage.querySelectorAll('.column')].filter(shown).map(n => Math.round(n.getBoundingClientRect().bottom))).size };
  };
  const say = (n, language, i = '') => `${i} ${(language === 'ko' ? '다음 중 혼잡 제어에 대한 설명으로 옳은 것을 고르세요 ' : 'Which of these is true of congestion control ').repeat(30)}`.slice(0, n).trim();
  const choices = (count, language, more) => Array.from({ length: count }, (_, i) => ({ id: i + 1, text: say(30, language, i), votes: i, percentage: 12.5, ...more }));
  const all = language => ({
    'a question with what is right, points and a reason': { options: choices(4, language, { correct: true }), is_active: false, points: 2, explanation: say(200, language) },
    'rounds': { options: choices(5, language), rounds: [1, 2].map(n => ({ voters: n, options: choices(5, language) })) },
    'a clock': { options: choices(4, language), ends_at: new Date(Date.now() + 36e5).toISOString(), multiple: true, points: 3 },
    'few numbers, of which one is long': { kind: 'number', answers: [0, 1234567.125, 3].map(value => ({ value, count: 3 })), median: 3, min: 0, max: 1234567.125 },
    'many numbers': { kind: 'number', answers: Array.from({ length: 40 }, (_, i) => ({ value: i * 1e9 - 5e9, count: i })), right: { value: 5 }, is_active: false, explanation: say(300, language) },
    'texts': { kind: 'text', answers: Array.from({ length: 30 }, (_, i) => ({ value: say(20, language, i), count: 30 - i })), distinct: 90 },
    'more texts than fit': { kind: 'text', answers: Array.from({ length: 100 }, (_, i) => ({ value: say(100, language, i), count: 9 })), is_active: false, right: ['3'], explanation: say(900, language) },
    'a hidden number': { kind: 'number', answers: null, hidden: true },
  });

  it('shows questions of all kinds in every window, and what grows meanwhile', async t => {
    const poll = await make(teacher, 'of any size');
    const { page } = await room.visit(t, null, { hash: `#/polls/${poll.id}/present` });
    await page.getByRole('heading', { name: 'of any size' }).waitFor();
    await page.evaluate(() => {
      window.frame = requestAnimationFrame.bind(window);
      window.requestAnimationFrame = f => setTimeout(f);
    });
    for (const [i, [width, height]] of sizes.entries()) {
      await page.setViewportSize({ width, height });
      const language = i % 2 ? 'ko' : 'en', shows = change => page.evaluate(inPageAs, { id: poll.id, language, change });
      for (const [name, change] of Object.entries(all(language))) {
        const found = await shows(change), what = `${width}x${height}, ${language}, ${name}: ${JSON.stringify(found)}`;
        assert.deepEqual(found.out, [], what);
        assert(!found.covered, what);
        assert(found.size >= 14, what);
        assert(found.bases <= 1, `columns stand on one line: ${what}`);
        if (found.scrolls) assert(found.gives === 'code address' && found.size < 15, `nothing else has given way: ${what}`);
      }
      const texts = length => ({ kind: 'text', answers: Array.from({ length: 12 }, (_, i) => ({ value: say(length, language, i), count: 9 })) });
      await shows(texts(4));
      const grown = await shows(texts(60)); // as many different ones
      assert.deepEqual(grown.out, [], `${width}x${height}, ${language}, longer texts: ${JSON.stringify(grown)}`);
      await shows({ options: choices(8, language) });
      const clock = await shows({ options: choices(8, language), ends_at: new Date(Date.now() + 36e5).toISOString() });
      assert.deepEqual(clock.out, [], `${width}x${height}, ${language}, a clock that comes: ${JSON.stringify(clock)}`);
    }
  });
});
