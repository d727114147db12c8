// What the page says and how it holds still: no word is broken, nothing moves under a finger, errors are said in the language of
// the page, once and as long as they are true; the title of the tab tells what is new.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { missing } from './chromium.mjs';
import { Room, broken, button, go, session } from './page.mjs';
import { until } from './program.mjs';

const phone = { viewport: { width: 360, height: 740 } };

describe('the page holds still and says what is so', { skip: process.env.POLLWIRE_E2E !== 'required' && missing }, () => {
  let room, lee;
  before(async () => {
    room = await Room.open();
    lee = await room.program.guest('Lee');
  });
  after(() => room?.close());

  const make = (title, options = ['Yes', 'No'], more = {}) =>
    room.program.call('POST', '/api/polls', { token: lee.access_token, body: { title, options, ...more } });

  // ---- words

  it('no Korean word is broken on a phone, and no long one makes the page wider', async t => {
    const kim = await room.visit(t, '김민준', { ...phone, locale: 'ko' }), token = (await session(kim)).access_token;
    const long = '가나다라마바사아자차카타파하'.repeat(7);
    const poll = await make('네트워크 혼잡 제어 알고리즘 가운데 무엇이 적절하다고 생각하십니까', ['느린 시작과 혼잡 회피를 함께 사용합니다', long], { description: '전송 계층에서 사용하는 알고리즘을 고르세요. '.repeat(3) });
    await room.program.call('POST', '/api/chat/messages', { token, body: { message: '안녕하세요 여러분 오늘은 전송 계층 프로토콜을 배웁니다 ' + long } });
    await room.program.call('POST', '/api/memos', { token, body: { content: '오늘 수업에서 배운 내용을 정리합니다', poll_id: poll.id } });
    for (const hash of ['#/polls', `#/polls/${poll.id}`, '#/chat', '#/memos', '#/files', '#/wire', `#/polls/${poll.id}/present`]) {
      await go(kim, hash);
      if (hash.startsWith('#/polls')) await kim.page.getByText('네트워크 혼잡').filter({ visible: true }).first().waitFor();
      if (hash === '#/wire') await kim.page.locator('#ways details summary').click();
      assert.deepEqual(await broken(kim), [], hash);
      assert(await kim.page.evaluate(() => document.documentElement.scrollWidth - innerWidth) <= 0, `${hash} is too wide`);
    }
    await go(kim, '#/polls');
    await button(kim, '새 투표').click();
    assert.deepEqual(await broken(kim), [], 'the form');
    const visitor = await room.visit(t, null, { ...phone, locale: 'ko' });
    for (const summary of await visitor.page.locator('#join summary').all()) {
      await summary.click();
      assert.deepEqual(await broken(visitor), [], 'who has not joined');
    }
  });

  // ---- nothing moves

  it('new polls wait while a pointer is at the list, and nothing moves under it', async t => {
    for (let i = 0; i < 8; i++) await make(`here already ${i}`);
    const kim = await room.visit(t, 'Kim', phone), { page } = kim, fresher = page.locator('#fresher');
    const card = page.getByRole('article', { name: 'here already 6' });
    const rest = async () => { await page.mouse.move(1, 1); await page.evaluate(() => scrollTo(0, 0)); };
    const arrives = async title => { // and the page has drawn what came
      await make(title);
      await until(() => page.evaluate(title => import('/pollstore.js').then(({ pollOf }) =>
        Array.from({ length: 300 }, (_, id) => pollOf(id)).some(p => p?.title === title)), title), title);
      await page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    };
    const inList = title => page.locator('#all-polls > .list').getByText(title, { exact: true }).count();

    await rest();
    await arrives('while nobody points');
    assert.equal(await inList('while nobody points'), 1);

    const at = () => card.evaluate(n => n.getBoundingClientRect().top);
    for (const [how, begin, end] of [
      ['pointed at', () => card.hover(), rest],
      ['scrolled', async () => { await rest(); await page.evaluate(() => scrollTo(0, 900)); }, rest],
      ['touched', () => card.locator('h3').dispatchEvent('pointerdown', { pointerType: 'touch', bubbles: true }), async () => fresher.click()],
    ]) {
      await begin();
      const top = await at();
      await arrives(`while ${how} 1`);
      await arrives(`while ${how} 2`);
      assert.equal(await at(), top, how);
      assert.equal(await inList(`while ${how} 1`), 0, how);
      await fresher.getByText('2 new polls').waitFor();
      await kim.accessible(how);
      await end();
      await until(async () => await inList(`while ${how} 1`) && await inList(`while ${how} 2`), `them after it was ${how}`);
      assert.equal(await fresher.isVisible(), false);
      await rest();
    }
    await card.hover();
    const top = await at(), gone = (await room.program.call('GET', '/api/polls')).polls.find(p => p.title === 'here already 7');
    await room.program.call('DELETE', `/api/polls/${gone.id}`, { token: lee.access_token });
    await until(() => page.evaluate(id => document.querySelector(`#all-polls [data-id="${id}"]`)?.inert, gone.id), 'the deleted one to be out of use');
    assert.equal(await at(), top);
    await rest();
    await page.getByRole('article', { name: 'here already 7' }).waitFor({ state: 'detached', timeout: 25_000 }); // a touch counts for 10 s
  });

  // ---- errors

  it('errors are said in Korean, once, at the field; they change with the language and go when it is mended', async t => {
    const kim = await room.visit(t, null, { locale: 'ko', expected: [/40\d|422/] }), { page } = kim;
    await page.locator('#nickname').fill('x'.repeat(21));
    await button(kim, '참가').click();
    const alert = page.locator('#guest-error');
    await alert.getByText('닉네임: 1~20자여야 합니다 (지금 21자)').waitFor();
    await button(kim, 'English').click();
    await alert.getByText('Nickname must have 1 to 20 characters, not 21').waitFor();
    await button(kim, '한국어').click();
    await page.locator('#nickname').fill('민준');
    assert.equal(await alert.textContent(), '');
    await button(kim, '참가').click();
    await page.locator('#me').waitFor();
    await button(kim, '새 투표').click();
    const form = page.getByRole('dialog', { name: '새 투표' });
    await form.getByRole('button', { name: '투표 만들기' }).click();
    await form.getByText('비워 둘 수 없습니다').waitFor();
    await form.getByText('2~8개여야 합니다 (지금 0개)').waitFor();
    assert.equal(await form.getByText('비워 둘 수 없습니다').count(), 1);
    assert.equal(await form.locator(':scope > form > .error').textContent(), '');
    await form.getByLabel('제목').fill('무엇?');
    assert.equal(await form.getByText('비워 둘 수 없습니다').count(), 0);
    await form.getByLabel('선택지 1', { exact: true }).fill('하나');
    assert.equal(await form.getByText('2~8개여야 합니다').count(), 0);
    await form.getByLabel('선택지 2', { exact: true }).fill('둘');
    await form.getByRole('button', { name: '투표 만들기' }).click();
    await page.waitForURL(/#\/polls\/\d+$/);
  });

  it('what a socket refuses is said in Korean, and goes when the poll is open again', async t => {
    const kim = await room.visit(t, 'Kim', { locale: 'ko' }), { page } = kim, poll = await make('닫힐 투표');
    await page.evaluate(() => import('/live.js').then(({ setSending }) => setSending('socket')));
    await go(kim, `#/polls/${poll.id}`);
    const card = page.locator('#one-poll article');
    await card.getByText('Yes', { exact: true }).click();
    // It is closed a moment before the vote, and the news of it are late.
    await page.evaluate(() => import('/live.js').then(live => live.holdingEvents(() => new Promise(resolve => { window.goOn = resolve; })) && null));
    const close = is_active => room.program.call('PATCH', `/api/polls/${poll.id}`, { token: lee.access_token, body: { is_active } });
    await close(false);
    await card.getByRole('button', { name: '투표하기' }).click();
    await card.getByText(`${poll.id}번 투표는 마감되었습니다.`).waitFor();
    await page.evaluate(() => goOn());
    await card.getByText('마감', { exact: true }).waitFor();
    await close(true);
    await card.getByText('진행 중', { exact: true }).waitFor();
    assert.equal(await card.getByText('투표는 마감되었습니다').count(), 0);
  });

  it('what could not be copied is not called copied: it is selected', async t => {
    const kim = await room.visit(t, 'Kim'), { page } = kim, poll = await make('to be copied');
    await page.evaluate(() => {
      Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject(new DOMException('', 'NotAllowedError')) } });
      document.execCommand = () => false;
    });
    await go(kim, `#/polls/${poll.id}`);
    await page.locator('.share button').click();
    await page.locator('.share').getByText('Selected: now Ctrl+C').waitFor();
    assert.equal(await page.getByText('Copied', { exact: true }).count(), 0);
    assert.match(await page.evaluate(() => String(getSelection())), new RegExp(`#/polls/${poll.id}$`));
    await page.evaluate(() => { document.execCommand = () => true; });
    await page.locator('.share button').click();
    await page.locator('.share').getByText('Copied', { exact: true }).waitFor();
  });

  // ---- landmarks, and the title

  it('all is in a landmark, in every view', async t => {
    const poll = await make('in a landmark');
    for (const [nickname, options] of [['Kim', phone], [null, {}]]) {
      const person = await room.visit(t, nickname, { ...options, expected: [/404/] });
      for (const hash of ['#/polls', `#/polls/${poll.id}`, '#/polls/4711', '#/chat', '#/memos', '#/files', '#/wire', `#/polls/${poll.id}/present`, '#/polls/4711/present']) {
        await go(person, hash);
        await person.page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))));
        await person.accessible(`${nickname}: ${hash}`);
      }
      await go(person, '#/polls');
      await person.page.evaluate(() => { document.querySelector('#certificate').hidden = false; }); // as on https
      await person.accessible('with the note on certificates');
    }
  });

  it('the title of the tab counts what came while nobody looked', async t => {
    const kim = await room.visit(t, 'Kim'), { page } = kim, mine = await session(kim);
    const look = hidden => page.evaluate(hidden => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
    await room.program.say(lee, 'somebody looks');
    await page.getByText('somebody looks').waitFor();
    assert.equal(await page.title(), 'Pollwire');
    await look(true);
    await room.program.say(lee, 'nobody looks');
    await room.program.say(mine, 'of oneself, from another tab');
    await make('nobody looks at this poll');
    await page.waitForFunction(() => document.title === '(2) Pollwire');
    await look(false);
    assert.equal(await page.title(), 'Pollwire');
  });
});
