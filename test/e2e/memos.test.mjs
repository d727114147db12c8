// Memos and files at the page. Two tabs of one person share a browser context.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { missing } from './chromium.mjs';
import { Room, button, go, lost, session } from './page.mjs';
import { until, within } from './program.mjs';

const hostile = '<img src=x onerror=window.hacked=1>';

describe('at the page', { skip: process.env.POLLWIRE_E2E !== 'required' && missing }, () => {
  let room;
  before(async () => { room = await Room.open(); });
  after(() => room?.close());

  describe('memos', () => {
    const area = (person, text) => person.page.locator('#memos').getByRole('textbox').filter({ hasText: text });
    const fresh = person => person.page.getByRole('textbox', { name: 'New memo' });
    const box = where => where.locator('xpath=ancestor::*[@class="memo"]');
    const saved = where => box(where).getByText('✓ saved');
    const stored = async person => (await room.program.call('GET', '/api/memos', { token: (await session(person)).access_token })).memos.map(m => m.content);
    const values = person => person.page.locator('#memos').getByRole('textbox').evaluateAll(all => all.map(n => n.value));

    it('save themselves while one types, as one memo, as text, and are there after a reload', async t => {
      const kim = await room.visit(t, 'Kim', { hash: '#/memos' });
      await fresh(kim).pressSequentially('first');
      const mine = kim.page.locator('#memos').getByRole('textbox').first();
      await saved(mine).waitFor();
      await mine.pressSequentially(', more');
      await until(async () => (await stored(kim))[0] === 'first, more', 'the longer text');
      await mine.fill(hostile);
      await mine.blur();
      await until(async () => (await stored(kim))[0] === hostile, 'the third text');
      assert.deepEqual(await stored(kim), [hostile]);
      await fresh(kim).fill('second'); // a new box is there, once one has left the other
      await fresh(kim).blur();
      await until(async () => (await stored(kim)).length === 2, 'the second memo');
      await kim.accessible('memos');
      await kim.page.reload();
      await until(async () => (await values(kim)).length === 3, 'the memos');
      assert.deepEqual(await values(kim), ['', 'second', hostile]);
      assert.equal(await kim.page.evaluate(() => window.hacked), undefined);
    });

    it('an empty one is not saved; a deleted one can be brought back', async t => {
      const kim = await room.visit(t, 'Kim', { hash: '#/memos' });
      await fresh(kim).fill('precious');
      await fresh(kim).blur();
      await saved(kim.page.locator('#memos').getByRole('textbox').nth(1)).waitFor();
      const mine = kim.page.locator('#memos').getByRole('textbox').nth(1);
      await mine.fill('  ');
      await kim.page.getByText('empty: not saved').waitFor();
      assert.deepEqual(await stored(kim), ['precious']);
      await box(mine).getByRole('button', { name: 'Delete' }).click();
      await until(async () => (await stored(kim)).length === 0, 'the end of the memo');
      await until(() => button(kim, 'Undo').evaluate(n => n === document.activeElement), 'the focus');
      await button(kim, 'Undo').click();
      await until(async () => (await stored(kim))[0] === 'precious', 'the memo');
    });

    it('are saved when the page is closed', async t => {
      const kim = await room.visit(t, 'Kim', { hash: '#/memos', expected: [/412/] }), one = await session(kim);
      const contents = async () => (await room.program.call('GET', '/api/memos', { token: one.access_token })).memos.map(m => m.content);
      await fresh(kim).fill('in a hurry');
      await kim.page.goto('about:blank');
      await until(async () => (await contents())[0] === 'in a hurry', 'the memo');
      await kim.page.goto(room.url + '#/memos');
      await until(async () => (await values(kim))[1] === 'in a hurry', 'the memo in the page');
      const mine = kim.page.locator('#memos').getByRole('textbox').nth(1);
      await mine.fill('in a greater hurry');
      await kim.page.reload();
      await until(async () => (await contents())[0] === 'in a greater hurry', 'the new text');
      await until(async () => (await values(kim))[1] === 'in a greater hurry', 'the new text in the page');
      assert.equal((await contents()).length, 1);
    });

    it('what is typed while the server is away is saved when it is back', async t => {
      const kim = await room.visit(t, 'Kim', { hash: '#/memos', expected: [lost] });
      await fresh(kim).waitFor(); // memos come when they are seen
      await room.program.restart(async () => {
        await fresh(kim).fill('offline');
        await kim.page.getByText(/Not saved: The server can’t be reached.*Trying again/).waitFor();
      });
      await until(async () => (await stored(kim))[0] === 'offline', 'the memo');
      assert.deepEqual(await stored(kim), ['offline']);
    });

    it('a reload loses nothing that could not be saved, and a lost answer makes no second memo', async t => {
      const kim = await room.visit(t, 'Kim', { hash: '#/memos', expected: [lost] });
      const refuse = route => route.request().method() === 'POST' ? route.abort() : route.continue();
      await kim.page.route('**/api/memos', refuse);
      await fresh(kim).fill('a draft');
      await kim.page.getByText(/Not saved/).waitFor();
      const other = await kim.tab('#/memos'); // it must not take what this tab still has
      await kim.page.reload();
      await until(async () => (await values(kim)).includes('a draft'), 'the draft');
      await kim.page.unroute('**/api/memos', refuse);
      await until(async () => (await stored(kim)).length, 'the memo');
      await until(async () => (await values(other)).includes('a draft'), 'the memo in the other tab');
      assert.deepEqual(await stored(kim), ['a draft']);

      await kim.page.route('**/api/memos', async route => {
        if (route.request().method() !== 'POST') return route.continue();
        await route.fetch();
        await route.abort();
      });
      await fresh(kim).fill('answered in vain');
      await fresh(kim).blur();
      const mine = kim.page.locator('#memos').getByRole('textbox').nth(1);
      await until(async () => await mine.inputValue() === 'answered in vain' && await saved(mine).isVisible(), 'saved');
      assert.deepEqual(await stored(kim), ['answered in vain', 'a draft']);
    });

    it('another tab shows what was typed; where both type, one chooses', async t => {
      const kim = await room.visit(t, 'Kim', { hash: '#/memos', expected: [/412/] });
      await fresh(kim).fill('one');
      await fresh(kim).blur();
      const other = await kim.tab('#/memos'), mine = kim.page.locator('#memos').getByRole('textbox').nth(1);
      const theirs = other.page.locator('#memos').getByRole('textbox').nth(1);
      await until(async () => await theirs.inputValue() === 'one', 'the memo in the other tab');
      await mine.fill('two');
      await mine.blur();
      await until(async () => await theirs.inputValue() === 'two', 'the text in the other tab');

      for (const [choice, mineNow, result] of [['Keep mine', 'mine first', 'mine first!'], ['Take the other', 'mine second', 'theirs second']]) {
        const text = `theirs ${mineNow.split(' ')[1]}`;
        // The other tab saves while what was typed here is on its way.
        let go;
        const gate = new Promise(resolve => { go = resolve; });
        await kim.page.route('**/api/memos/*', async route => { await gate; await route.continue(); });
        await mine.fill(mineNow);
        await theirs.fill(text);
        await theirs.blur();
        await until(async () => (await stored(kim))[0] === text, 'the text of the other tab');
        go();
        await kim.page.getByText('it was changed elsewhere').waitFor();
        await kim.page.unroute('**/api/memos/*');
        await box(mine).getByText(text, { exact: true }).waitFor();
        await mine.pressSequentially('!'); // typing goes on
        assert.equal((await stored(kim))[0], text);
        await kim.accessible('a conflict');
        await button(kim, choice).click();
        await until(async () => (await stored(kim))[0] === result, result);
        await until(async () => await mine.inputValue() === result && await theirs.inputValue() === result, 'the same in both tabs');
        assert.equal(await button(kim, choice).isVisible(), false);
      }
    });

    it('a memo on a poll stands beside the poll and in the list', async t => {
      const kim = await room.visit(t, 'Kim', { expected: [/404|412/] }), { access_token: token } = await session(kim);
      const poll = await room.program.poll({ access_token: token }, '<b>Tea</b>?', 'Yes', 'No');
      await go(kim, `#/polls/${poll.id}`);
      const beside = kim.page.locator('.poll-memo').getByRole('textbox');
      await beside.pressSequentially('because of the leaves');
      await until(async () => (await stored(kim))[0] === 'because of the leaves', 'the memo');
      const { memos: [memo] } = await room.program.call('GET', '/api/memos', { token });
      assert.equal(memo.poll_id, poll.id);
      const inList = area(kim, '').filter({ visible: true }).nth(1);
      await until(async () => await inList.inputValue() === 'because of the leaves', 'the memo in the list');
      await box(inList).getByRole('link', { name: '<b>Tea</b>?' }).waitFor();
      await inList.pressSequentially(' alone');
      await until(async () => await beside.inputValue() === 'because of the leaves alone', 'the same text beside the poll');
      await kim.page.reload();
      await until(async () => await beside.inputValue() === 'because of the leaves alone', 'the memo after a reload');
      await box(inList).getByRole('link', { name: '<b>Tea</b>?' }).waitFor(); // or it would seem to have gone already
      await room.program.call('DELETE', `/api/polls/${poll.id}`, { token });
      await box(inList).getByRole('link').waitFor({ state: 'detached' }).catch(() => box(inList).getByRole('link').waitFor({ state: 'hidden' }));
      await inList.pressSequentially('!'); // the ETag is another one now, the text is not
      await until(async () => (await stored(kim))[0] === 'because of the leaves alone!', 'the memo without a poll');
    });
  });

  // ---- files

  describe('files', () => {
    const upload = (person, ...files) => person.page.getByLabel('Add files').setInputFiles(files.map(([name, text]) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })));
    const link = (person, name) => person.page.locator('#files').getByRole('link', { name, exact: true });

    it('are put, listed, fetched and deleted', async t => {
      const kim = await room.visit(t, 'Kim', { hash: '#/files', expected: [/40[03]|422/] });
      const name = "a&b 'c' 한글 %41.txt";
      await upload(kim, [name, 'hello'], ['con<img src=x>.txt', 'x'], ['second.txt', 'two']);
      await link(kim, name).waitFor();
      await link(kim, 'second.txt').waitFor();
      await kim.page.locator('#files').getByText(/^con<img src=x>\.txt: .*Not every system could store/m).waitFor(); // why the server refused it
      await kim.accessible('files');
      const [download] = await Promise.all([kim.page.waitForEvent('download'), link(kim, name).click()]);
      assert.equal(readFileSync(await within(download.path(), 'the download'), 'utf8'), 'hello');

      const lee = await room.visit(t, 'Lee', { hash: '#/files', expected: [/403/] });
      await link(lee, name).waitFor();
      assert.equal(await lee.page.getByRole('button', { name: /^Delete/ }).count(), 0);
      await upload(lee, [name, 'mine now']);
      await lee.page.locator('#files').getByText('is somebody else’s').waitFor();

      await kim.page.getByRole('button', { name: `Delete ${name}`, exact: true }).click();
      await link(kim, name).waitFor({ state: 'detached' });
      await lee.page.getByRole('button', { name: 'Refresh', exact: true }).click();
      await link(lee, name).waitFor({ state: 'detached' });
    });

    it('can be dropped', async t => {
      const kim = await room.visit(t, 'Kim', { hash: '#/files' });
      const data = await kim.page.evaluateHandle(() => {
        const data = new DataTransfer();
        data.items.add(new File(['dropped'], 'dropped.txt'));
        return data;
      });
      await kim.page.locator('#files').dispatchEvent('dragover', { dataTransfer: data });
      await kim.page.locator('#files').dispatchEvent('drop', { dataTransfer: data });
      await link(kim, 'dropped.txt').waitFor();
    });

    it('one that is too large is told at once', async t => {
      const kim = await room.visit(t, 'Kim', { hash: '#/files' });
      await kim.page.getByLabel('Add files').evaluate(input => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(32 * 2 ** 20 + 1)], 'large.bin'));
        input.files = data.files;
        input.dispatchEvent(new Event('change'));
      });
      await kim.page.locator('#files').getByText('large.bin: has more than 32 MiB').waitFor();
    });
  });
});
