// A lesson from its beginning to its end, as a class sees it: a teacher, a student with a phone in Korean, and a projector,
// each with a browser of their own. Over http, and all of it over https too.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { missing } from './chromium.mjs';
import { Room, go } from './page.mjs';
import { until } from './program.mjs';

const hostile = '<img src=x onerror="window.hacked=1">';

for (const secure of [false, true]) {
  describe(`a lesson over ${secure ? 'https' : 'http'}`, { skip: process.env.POLLWIRE_E2E !== 'required' && missing }, () => {
    let room, teacher, student, wall, mine, theirs;
    before(async () => {
      room = await Room.open({ secure });
      teacher = await room.person('Teacher', { viewport: { width: 1280, height: 800 } });
      student = await room.person(hostile.slice(0, 20), { locale: 'ko', viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
    });
    after(() => room?.close());

    const button = (where, name) => where.getByRole('button', { name, exact: true });
    const row = (where, text) => where.getByRole('listitem').filter({ has: where.page().getByText(text, { exact: true }) });
    const big = text => wall.page.locator('#presenter').getByText(text, { exact: true });
    const said = person => person.page.getByRole('log').getByRole('listitem');
    const say = async (person, label, text) => {
      await person.page.getByLabel(label, { exact: true }).fill(text);
      await person.page.keyboard.press('Enter');
    };

    it('begins with a hidden poll, shown at the wall, that the student finds at once', async () => {
      await button(teacher.page, 'New poll').click();
      const form = teacher.page.getByRole('dialog', { name: 'New poll' });
      await form.getByLabel('Title').fill(hostile);
      await form.getByLabel('Option 1', { exact: true }).fill('TCP');
      await form.getByLabel('Option 2', { exact: true }).fill(`UDP ${hostile}`);
      await form.getByLabel('Hide the result').check();
      await button(form, 'Create poll').click();
      await teacher.page.waitForURL(/#\/polls\/\d+$/);
      mine = teacher.page.getByRole('article', { name: hostile, exact: true });
      theirs = student.page.getByRole('article', { name: hostile, exact: true });
      await theirs.waitFor();
      wall = await room.person(null, { viewport: { width: 1920, height: 1080 } }, new URL(teacher.page.url()).hash + '/present');
      await big('TCP').waitFor();
    });

    it('the student votes in two taps; until it is revealed, all see only how many did', async () => {
      await row(theirs, 'TCP').click();
      await button(theirs, '투표하기').click();
      await wall.page.locator('.voted').getByText('1', { exact: true }).waitFor();
      await mine.getByText('Result hidden, 1 voted').waitFor();
      assert.equal(await big('100%').count(), 0);
      await button(mine, 'Reveal result').click();
      await big('100%').waitFor();
      await row(theirs, 'TCP').getByText('1표 (100%)').waitFor();
    });

    it('both chat, and read what the other wrote as it was written', async () => {
      await say(teacher, 'Message', hostile);
      await go(student, '#/chat');
      await said(student).getByText(hostile, { exact: true }).waitFor();
      await say(student, '메시지', '안녕하세요');
      await said(teacher).getByText('안녕하세요', { exact: true }).waitFor();
    });

    it('the server is started anew in the middle: all come back, and nothing is lost or there twice', async () => {
      for (const person of [teacher, student, wall]) person.expected.push(/WebSocket connection|ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|Failed to load resource/);
      await room.program.restart(async () => {
        await teacher.page.locator('#connection.away').waitFor();
        await say(teacher, 'Message', 'can’t be sent');
        await teacher.page.getByText('The server can’t be reached.').first().waitFor();
      });
      for (const person of [teacher, student, wall]) await person.live();
      assert.equal(await teacher.page.getByLabel('Message', { exact: true }).inputValue(), 'can’t be sent');
      await teacher.page.getByLabel('Message', { exact: true }).press('Enter');
      await said(student).getByText('can’t be sent', { exact: true }).waitFor();
      for (const person of [teacher, student]) {
        const texts = await said(person).locator('.text').allTextContents();
        assert.deepEqual(texts, [hostile, '안녕하세요', 'can’t be sent']);
      }
      await go(student, '#/polls');
      await row(theirs, 'TCP').getByText('✓ 내 표').waitFor();
      await row(theirs, `UDP ${hostile}`).click();
      await button(theirs, '투표 변경').click();
      await row(mine, 'TCP').getByText('0 (0%)').waitFor();
    });

    it('the student reloads, changes the language, and is still who they were', async () => {
      await student.page.reload();
      await student.live();
      await row(theirs, `UDP ${hostile}`).getByText('✓ 내 표').waitFor();
      await button(student.page, 'English').click();
      await row(theirs, `UDP ${hostile}`).getByText('✓ your vote').waitFor();
      assert.equal(await student.page.evaluate(() => document.documentElement.lang), 'en');
    });

    it('the poll is closed: nobody can vote any more, and the wall says who leads', async () => {
      await button(mine, 'Close').click();
      await theirs.getByText('Closed', { exact: true }).waitFor();
      await big('Closed').waitFor();
      assert.equal(await button(theirs, 'Change vote').count(), 0);
    });

    it('every view is accessible, in both languages, and nobody’s text was run', async () => {
      for (const person of [teacher, student]) {
        for (const hash of ['#/polls', new URL(teacher.page.url()).hash, '#/chat', '#/memos', '#/files', '#/wire']) {
          await go(person, hash);
          await person.accessible(hash);
        }
        await person.page.locator('#language').click();
        await person.accessible('the other language');
      }
      await wall.accessible('the wall');
      for (const { page } of [teacher, student, wall]) assert.equal(await page.evaluate(() => window.hacked), undefined);
    });

    it('whoever leaves is gone for the others', async () => {
      await go(teacher, '#/chat');
      await student.page.locator('#leave').click();
      await until(async () => await student.page.locator('#join').isVisible(), 'the form to join');
      await student.page.locator('#me').waitFor({ state: 'hidden' });
      await teacher.page.getByText(await teacher.page.locator('html').getAttribute('lang') === 'ko' ? '접속자 1명' : 'Online: 1', { exact: true }).waitFor();
    });
  });
}
