// What people do at the page beside voting: they join and chat. Each has a browser context of its own; two tabs of one
// person share one. Memos and files are in memos.test.mjs.

import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { missing } from './chromium.mjs';
import { Room, button, go, lost, session } from './page.mjs';
import { defer, until } from './program.mjs';

const skip = process.env.POLLWIRE_E2E !== 'required' && missing;
const hostile = '<img src=x onerror=window.hacked=1>';

describe('people', { skip }, () => {
  let room;
  before(async () => { room = await Room.open(); });
  after(() => room?.close());

  // ---- joining

  describe('join', () => {
    it('with one name and Enter, the keyboard being there already', async t => {
      const kim = await room.visit(t, null, { viewport: { width: 360, height: 740 } });
      await until(() => kim.page.getByLabel('Nickname', { exact: true }).evaluate(n => n === document.activeElement), 'the focus');
      await kim.page.keyboard.type('김민준');
      await kim.page.keyboard.press('Enter');
      await kim.page.getByText('김민준', { exact: true }).first().waitFor();
      await kim.accessible('after joining');
    });

    it('and stay so after a reload, in all tabs, until they leave in one', async t => {
      const kim = await room.visit(t, 'Kim');
      await kim.page.reload();
      await button(kim, 'Leave').waitFor();
      const other = await kim.tab('');
      await button(other, 'Leave').waitFor();
      const { user } = await session(kim), start = await room.program.seq();
      await button(kim, 'Leave').click();
      await button(kim, 'Join').waitFor();
      await button(other, 'Join').waitFor();
      await until(async () => (await room.program.events(start)).some(e => e.event === 'user:left' && e.data.user.id === user.id), 'user:left');
      assert.equal(await session(kim), null);
    });

    it('or register, log out, and log in; a wrong password is told', async t => {
      const kim = await room.visit(t, null, { expected: [/40[19]|422/] });
      await kim.page.getByText('Register', { exact: true }).first().click();
      await kim.page.getByText('reads the password').waitFor();
      const form = kim.page.locator('#register');
      assert.deepEqual(await form.locator('input').evaluateAll(all => all.map(n => n.autocomplete)), ['username', 'new-password', 'nickname']);
      await form.getByLabel('User name').fill('kim_1');
      await form.getByLabel('Password').fill('short');
      await form.getByLabel('Password').press('Enter');
      await form.getByRole('alert').getByText('password must have 8 to 72 bytes', { exact: false }).waitFor();
      await kim.accessible('the form to register');
      await form.getByLabel('Password').fill('correct horse');
      await form.getByRole('button').click();
      await button(kim, 'Log out').click();
      const login = kim.page.locator('#login'); // it opens by itself, and knows the name
      assert.equal(await login.getByLabel('User name').inputValue(), 'kim_1');
      await login.getByLabel('Password').fill('wrong horse');
      await login.getByLabel('Password').press('Enter');
      await login.getByRole('alert').getByText(/password/).waitFor();
      await login.getByLabel('Password').fill('correct horse');
      await login.getByLabel('Password').press('Enter');
      await button(kim, 'Log out').waitFor();
      assert.equal((await session(kim)).user.username, 'kim_1');
    });

    it('and are told when the server no longer takes their token; the name is kept', async t => {
      const kim = await room.visit(t, 'Kim', { expected: [/401/] });
      await kim.page.evaluate(() => {
        const s = JSON.parse(localStorage.getItem('pollwire.session'));
        localStorage.setItem('pollwire.session', JSON.stringify({ ...s, access_token: 'a.b.c' }));
      });
      await kim.page.reload();
      await kim.page.locator('#guest').getByRole('alert').getByText(/token/).waitFor();
      assert.equal(await kim.page.getByLabel('Nickname', { exact: true }).inputValue(), 'Kim');
    });

    it('and stay so while the server is away', async t => {
      const kim = await room.visit(t, 'Kim', { expected: [lost] });
      await room.program.restart(async () => {
        await kim.page.getByText('Not connected, trying again…').waitFor();
        await button(kim, 'Leave').waitFor();
      });
      await kim.live();
      await button(kim, 'Leave').waitFor();
    });

    it('with an account where guests are off', async t => {
      const settings = join(room.program.dir, '.env');
      await room.program.restart(() => writeFileSync(settings, 'POLLWIRE_GUESTS=false\n'));
      defer(t, () => room.program.restart(() => rmSync(settings)));
      const kim = await room.visit(t, null, { expected: [/403/, lost] });
      await kim.page.getByLabel('Nickname', { exact: true }).fill('Kim');
      await button(kim, 'Join').click();
      await kim.page.locator('#guest').getByRole('alert').getByText(/guest/).waitFor();
      await kim.page.locator('#login').getByLabel('Password').waitFor();
      await kim.context.close();
    });
  });

  // ---- chat

  describe('chat', () => {
    const log = person => person.page.getByRole('log', { name: 'Chat' });
    const say = async (person, text) => {
      await person.page.getByLabel('Message', { exact: true }).fill(text);
      await person.page.getByLabel('Message', { exact: true }).press('Enter');
    };
    const scroll = (person, to) => person.page.locator('#messages').evaluate((n, to) => { n.scrollTop = to === 'end' ? n.scrollHeight : to; }, to);
    const toEnd = person => person.page.locator('#messages').evaluate(n => n.scrollHeight - n.scrollTop - n.clientHeight);

    // tell lets a guest say much at once, and returns the guest.
    async function tell(n, text = i => `line ${i}`) {
      const guest = await room.program.guest('Teller');
      for (let i = 0; i < n; i += 20) {
        for (const each of Array.from({ length: Math.min(20, n - i) }, (_, j) => i + j)) await room.program.say(guest, text(each));
      }
      return guest;
    }

    it('both ways, as text, each message once, and who is here', async t => {
      const kim = await room.visit(t, 'Kim'), lee = await room.visit(t, '<img src=x>');
      await say(kim, hostile);
      await log(lee).getByText(hostile, { exact: true }).waitFor();
      await say(lee, 'two\nlines');
      await log(kim).getByText('two\nlines').waitFor();
      assert.equal(await log(kim).getByText(hostile, { exact: true }).count(), 1);
      assert.equal(await log(kim).locator('li.own').count(), 1);
      for (const { page } of [kim, lee]) {
        assert.equal(await page.evaluate(() => window.hacked), undefined);
        assert.equal(await page.locator('#messages img, #people img').count(), 0);
      }
      await kim.page.getByText(/^Online: \d+$/).click();
      await kim.page.getByRole('list', { name: 'Who is here' }).getByText('<img src=x>', { exact: true }).waitFor();
      await kim.page.getByRole('list', { name: 'Who is here' }).getByText('(you)').waitFor();
      await kim.accessible('chat');
      await go(kim, '#/chat');
      await lee.context.close();
      await kim.page.getByRole('list', { name: 'Who is here' }).getByText('<img src=x>', { exact: true }).waitFor({ state: 'detached' });
    });

    // The ways in which browsers tell of Enter while a syllable is being composed, as [type, properties].
    const down = (keyCode, isComposing, key = 'Enter') => ['keydown', { key, code: 'Enter', keyCode, isComposing }];
    const up = ['keyup', { key: 'Enter', code: 'Enter', keyCode: 13 }], end = data => ['compositionend', { data }];
    const orders = {
      'Chromium': text => [down(229, true), end(text), down(13, false), up],
      'Chromium, where the input method keeps the second key': text => [down(229, true), end(text), up],
      'Safari': text => [end(text), down(229, false), up],
      'Firefox': text => [down(229, true, 'Process'), end(text), up],
      'Firefox, with a second key': text => [down(229, true, 'Process'), end(text), down(13, false), up],
    };
    const press = (input, events, pause = 0) => input.evaluate(async (input, [events, pause]) => {
      input.focus();
      for (const [type, more] of events) {
        const make = type === 'compositionend' ? CompositionEvent : KeyboardEvent;
        (document.activeElement ?? input).dispatchEvent(new make(type, { bubbles: true, cancelable: true, ...more }));
        if (pause) await new Promise(resolve => setTimeout(resolve, pause)); // so far apart are the events of one key
      }
      await new Promise(resolve => setTimeout(resolve)); // what was begun has been done
    }, [events, pause]);

    for (const [browser, order] of Object.entries(orders)) {
      it(`once with one Enter while a Korean syllable is composed: ${browser}`, async t => {
        const kim = await room.visit(t, 'Kim'), input = kim.page.getByLabel('Message', { exact: true });
        const start = await room.program.seq();
        for (const [i, pause] of [0, 5].entries()) {
          await input.fill(`${browser}: 안녕 ${i}`);
          await press(input, order('녕'), pause);
          await log(kim).getByText(`${browser}: 안녕 ${i}`, { exact: true }).waitFor();
          await until(async () => await input.inputValue() === '' && !await kim.page.locator('#new-message').getAttribute('data-busy'), 'the end of it');
        }
        await input.fill('東京'); // that Enter has picked a word
        await press(input, order('東京').filter(e => e[1].keyCode !== 13 || e[0] === 'keyup'));
        assert.equal(await input.inputValue(), '東京');
        await say(kim, `${browser}: 끝`);
        await log(kim).getByText(`${browser}: 끝`, { exact: true }).waitFor();
        const sent = (await room.program.events(start)).filter(e => e.event === 'chat:message_received').map(e => e.data.message);
        assert.deepEqual(sent, ['안녕 0', '안녕 1', '끝'].map(text => `${browser}: ${text}`));
      });

      it(`other forms take it once, too: ${browser}`, async t => {
        const kim = await room.visit(t, null), name = kim.page.getByLabel('Nickname', { exact: true });
        const asked = [];
        kim.page.on('request', r => r.url().endsWith('/api/auth/guest') && r.method() === 'POST' && asked.push(r.url()));
        await name.fill('김철수');
        await press(name, order('수'));
        await kim.page.locator('#me').waitFor();
        await button(kim, 'New poll').click();
        const form = kim.page.getByRole('dialog', { name: 'New poll' });
        await form.getByLabel('Title').fill('제목');
        await press(form.getByLabel('Title'), order('목'), 5);
        await until(() => kim.page.evaluate(() => document.activeElement.ariaLabel === 'Option 1'), 'the focus in the next field, and not behind it');
        assert.equal(asked.length, 1);
      });
    }

    it('with Enter, and not with Shift+Enter', async t => {
      const kim = await room.visit(t, 'Kim'), input = kim.page.getByLabel('Message', { exact: true });
      await input.fill('한글');
      await input.press('Shift+Enter');
      await input.pressSequentially('둘째 줄');
      assert.equal(await input.inputValue(), '한글\n둘째 줄');
      await input.press('Enter');
      await log(kim).getByText('한글\n둘째 줄').waitFor();
      assert.equal(await input.inputValue(), '');
    });

    it('with the Enter of an input method, as Chromium itself makes it', async t => {
      const kim = await room.visit(t, 'Kim'), input = kim.page.getByLabel('Message', { exact: true });
      await input.focus();
      const cdp = await kim.context.newCDPSession(kim.page);
      await cdp.send('Input.imeSetComposition', { text: '한글', selectionStart: 2, selectionEnd: 2 });
      const enter = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 229 };
      await cdp.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...enter });
      assert.equal(await input.inputValue(), '한글'); // the syllable is not ended yet
      await cdp.send('Input.insertText', { text: '한글' });
      await cdp.send('Input.dispatchKeyEvent', { type: 'keyUp', ...enter });
      await log(kim).getByText('한글', { exact: true }).waitFor();
      await until(async () => await input.inputValue() === '', 'the box to be empty');
      assert.equal(await log(kim).getByText('한글', { exact: true }).count(), 1);
    });

    it('what could not be sent stays in the box', async t => {
      const kim = await room.visit(t, 'Kim', { expected: [lost] }), input = kim.page.getByLabel('Message', { exact: true });
      await say(kim, 'x'.repeat(501));
      await kim.page.locator('#new-message').getByRole('alert').getByText('501').waitFor();
      await kim.page.getByText('501 of 500 characters').waitFor();
      assert.equal((await input.inputValue()).length, 501);
      await kim.page.route('**/api/chat/messages', route => route.request().method() === 'POST' ? route.abort() : route.continue());
      await say(kim, 'is it there?');
      await kim.page.locator('#new-message').getByRole('alert').getByText('The server can’t be reached.').waitFor();
      assert.equal(await input.inputValue(), 'is it there?');
      // An answer that is lost on its way is not a message that is lost: it comes as news.
      await kim.page.unroute('**/api/chat/messages');
      await kim.page.route('**/api/chat/messages', async route => { await route.fetch(); await route.abort(); });
      await input.press('Enter');
      await log(kim).getByText('is it there?').waitFor();
      await until(async () => await input.inputValue() === '', 'an empty box');
      assert.equal(await kim.page.locator('#new-message').getByRole('alert').count(), 0);
    });

    it('older messages come on scrolling up, and what one reads stays where it is', async t => {
      await tell(120, i => `old ${i}.`);
      const kim = await room.visit(t, 'Kim');
      await log(kim).getByText('old 119.').waitFor();
      await until(async () => await toEnd(kim) < 2, 'the end of the chat');
      const oldest = log(kim).getByRole('listitem').filter({ hasText: 'old 70.' });
      const count = await log(kim).getByRole('listitem').count();
      assert.equal(count, 50);
      await scroll(kim, 0);
      await until(async () => await log(kim).getByRole('listitem').count() >= 100, 'older messages');
      const boxes = await kim.page.locator('#messages').boundingBox(), row = await oldest.boundingBox();
      assert(row.y >= boxes.y && row.y < boxes.y + boxes.height, `what was at the top is at ${row.y} of ${boxes.y}`);
      // By the keyboard, too.
      await kim.page.locator('#messages').focus();
      await kim.page.keyboard.press('Home');
      await log(kim).getByText('old 0.', { exact: true }).waitFor();
      const texts = await log(kim).locator('.text').allTextContents(), own = texts.filter(text => text.startsWith('old '));
      assert.deepEqual(own, Array.from({ length: 120 }, (_, i) => `old ${i}.`));
    });

    it('it follows at the end; else a button tells of new messages', async t => {
      await tell(60);
      const kim = await room.visit(t, 'Kim');
      await until(async () => await toEnd(kim) < 2, 'the end of the chat');
      await tell(3, i => `followed ${i}`);
      await log(kim).getByText('followed 2').waitFor();
      await until(async () => await toEnd(kim) < 2, 'the new end');
      assert.equal(await kim.page.getByRole('button', { name: /new message/ }).count(), 0);
      await scroll(kim, 300);
      await tell(2, i => `unseen ${i}`);
      await button(kim, '2 new messages ↓').click();
      await until(async () => await toEnd(kim) < 2, 'the end after the button');
      assert.equal(await kim.page.getByRole('button', { name: /new message/ }).count(), 0);
    });

    it('keeps at most 500 messages in the page, and finds the way back to the newest', async t => {
      const kim = await room.visit(t, 'Kim');
      const guests = await Promise.all(Array.from({ length: 4 }, (_, i) => tell(140, n => `flood ${i}/${n}`)));
      const rows = () => log(kim).getByRole('listitem').count();
      await until(rows, 'messages');
      await room.program.say(guests[0], 'the flood is over');
      await log(kim).getByText('the flood is over').waitFor();
      assert.equal(await rows(), 500);
      await scroll(kim, 0);
      await log(kim).getByText('the flood is over').waitFor({ state: 'detached' }); // for older ones
      assert.equal(await rows(), 500);
      await room.program.say(guests[0], 'after the flood');
      await scroll(kim, 'end');
      await until(async () => {
        await scroll(kim, 'end');
        return await log(kim).getByText('after the flood').count() === 1;
      }, 'the newest');
      const ids = await log(kim).getByRole('listitem').evaluateAll(all => all.map(n => Number(n.dataset.id)));
      assert.deepEqual(ids, ids.map((_, i) => ids[0] + i), 'a gap');
    });

    it('after an outage nothing is missing or there twice', async t => {
      const kim = await room.visit(t, 'Kim', { expected: [lost] });
      const guest = await tell(3, i => `before ${i};`);
      await log(kim).getByText('before 2;').waitFor();
      await room.program.restart();
      for (let i = 0; i < 3; i++) await room.program.say(guest, `during ${i};`);
      await log(kim).getByText('during 2;').waitFor();
      for (const text of ['before 0;', 'before 2;', 'during 0;', 'during 1;', 'during 2;']) assert.equal(await log(kim).getByText(text).count(), 1, text);
    });
  });

  it('all of it is there in Korean, on a phone, in the dark, and accessible', async t => {
    const kim = await room.visit(t, null, { viewport: { width: 360, height: 740 }, locale: 'ko', colorScheme: 'dark' });
    await kim.accessible('join');
    await kim.page.getByLabel('닉네임', { exact: true }).fill('가나다라마바사아자차카타파하가나다라마바');
    await button(kim, '참가').click();
    await button(kim, '나가기').waitFor();
    for (const view of ['chat', 'memos', 'files']) {
      await go(kim, '#/' + view);
      await kim.accessible(view);
      const width = await kim.page.evaluate(() => document.documentElement.scrollWidth);
      assert(width <= 360, `#/${view} is ${width} pixels wide`);
    }
  });
});

it('people over https', { skip }, async t => {
  const room = await Room.open({ secure: true });
  defer(t, () => room.close());
  const kim = await room.person('Kim'), lee = await room.person('Lee');
  await kim.page.getByLabel('Message', { exact: true }).fill('encrypted');
  await kim.page.getByLabel('Message', { exact: true }).press('Enter');
  await lee.page.getByRole('log').getByText('encrypted').waitFor();
  await kim.page.getByRole('textbox', { name: 'New memo' }).fill('a secret');
  await kim.page.locator('#memos').getByText('✓ saved').waitFor();
  await go(kim, '#/files');
  await kim.page.getByLabel('Add files').setInputFiles([{ name: 'tls.txt', mimeType: 'text/plain', buffer: Buffer.from('x') }]);
  await kim.page.getByRole('link', { name: 'tls.txt' }).waitFor();
  await button(lee, 'Leave').click();
  await lee.page.getByText('Register', { exact: true }).first().click();
  assert.equal(await lee.page.getByText('reads the password').isVisible(), false);
});
