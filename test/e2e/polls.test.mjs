// Polls and the presenter view as people use them: two at the page, and a projector that only listens.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { missing } from './chromium.mjs';
import { Room } from './page.mjs';
import { defer, until } from './program.mjs';

describe('polls', { skip: process.env.POLLWIRE_E2E !== 'required' && missing }, () => {
  let room, kim, lee; // Kim is the teacher
  before(async () => {
    room = await Room.open();
    kim = await room.person('Kim');
    lee = await room.person('Lee');
  });
  after(() => room?.close());
  // While a pointer is at the list, or it is scrolled, new polls wait: see still.test.mjs.
  beforeEach(async () => {
    for (const { page } of [kim, lee]) {
      await page.mouse.move(0, 0);
      await page.evaluate(() => scrollTo(0, 0));
    }
  });

  const card = (person, title) => person.page.getByRole('article', { name: title, exact: true });
  const button = (where, name) => where.getByRole('button', { name, exact: true });
  const option = (where, name) => where.getByRole('listitem').filter({ has: where.page().getByText(name, { exact: true }) });
  const go = ({ page }, hash) => page.evaluate(hash => { location.hash = hash; }, hash);
  const idOf = async where => Number(await where.getAttribute('data-id'));
  const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
  const session = ({ page }) => page.evaluate(() => JSON.parse(localStorage.getItem('pollwire.session')));
  const make = async (owner, title, options, more = {}) => room.program.call('POST', '/api/polls',
    { token: (await session(owner)).access_token, body: { title, options, ...more } });

  // create fills in the form, and returns the card of the poll under its own address.
  async function create(person, title, options, fill = async () => {}) {
    await go(person, '#/polls');
    await button(person.page, 'New poll').click();
    const form = person.page.getByRole('dialog', { name: 'New poll' });
    await form.locator('#title:focus').waitFor();
    await person.page.keyboard.type(title);
    await person.page.keyboard.press('Enter');
    await person.page.keyboard.type(options[0]);
    for (const [i, text] of options.slice(1).entries()) {
      await form.getByLabel(`Option ${i + 1}`, { exact: true }).press('Enter');
      await form.getByLabel(`Option ${i + 2}`, { exact: true }).fill(text);
    }
    await fill(form);
    await button(form, 'Create poll').click();
    await person.page.waitForURL(/#\/polls\/\d+$/);
    return card(person, title);
  }

  // visit opens the page of somebody who does not belong to the others.
  async function visit(t, name, hash, options) {
    const person = await room.person(name, options, hash);
    defer(t, () => person.context.close());
    return person;
  }

  it('are made with the form, appear with everybody, and are voted on, changed and withdrawn live', async () => {
    const mine = await create(kim, 'Tea or coffee?', ['Tea', 'Coffee', 'Water']);
    const theirs = card(lee, 'Tea or coffee?');
    await option(theirs, 'Tea').click(); // anywhere in the row
    await button(theirs, 'Vote').click();
    await option(mine, 'Tea').getByText('1 (100%)').waitFor();
    await option(theirs, 'Tea').getByText('✓ your vote').waitFor();
    await mine.getByText('1 voter', { exact: true }).waitFor();
    const width = await option(mine, 'Tea').locator('.bar > div').evaluate(async bar => {
      await Promise.all(bar.getAnimations().map(a => a.finished));
      return bar.getBoundingClientRect().width / bar.parentElement.getBoundingClientRect().width;
    });
    assert.equal(Math.round(100 * width), 100);

    await theirs.getByRole('radio', { name: 'Coffee' }).check();
    await button(theirs, 'Change vote').click();
    await option(mine, 'Coffee').getByText('1 (100%)').waitFor();
    await option(mine, 'Tea').getByText('0 (0%)').waitFor();
    await button(theirs, 'Withdraw vote').click();
    await mine.getByText('0 voters', { exact: true }).waitFor();
    await until(async () => !await theirs.getByRole('radio', { name: 'Coffee' }).isChecked(), 'the choice to be gone');
  });

  it('a choice that is not sent yet outlives the votes of others', async () => {
    const poll = await make(kim, 'Several colours?', ['Red', 'Green', 'Blue'], { multiple: true });
    const theirs = card(lee, poll.title);
    await theirs.getByRole('checkbox', { name: 'Red' }).check();
    await theirs.getByRole('checkbox', { name: 'Blue' }).check();
    await room.program.vote(await room.program.guest('Park'), poll, 1);
    await option(theirs, 'Green').getByText('1 (100%)').waitFor();
    assert.equal(await theirs.getByRole('checkbox', { name: 'Red' }).isChecked(), true);
    await button(theirs, 'Vote').click();
    await option(theirs, 'Blue').getByText('1 (50%)').waitFor(); // of the two people
    await theirs.getByText('2 voters').waitFor();
  });

  it('who has not joined is led to the nickname, and finds the choice where it was', async t => {
    const poll = await make(kim, 'By phone?', ['Yes', 'No']);
    const choi = await visit(t, null, `#/polls/${poll.id}`, phone);
    await option(card(choi, poll.title), 'Yes').tap();
    await choi.page.getByText('Tell your nickname first').waitFor();
    assert.equal(await choi.page.evaluate(() => document.activeElement.id), 'nickname');
    await choi.page.keyboard.type('Choi');
    await choi.page.keyboard.press('Enter');
    await choi.live();
    await until(() => choi.page.evaluate(() => document.activeElement.matches('.vote')), 'the focus at the button');
    await choi.page.keyboard.press('Enter');
    await option(card(choi, poll.title), 'Yes').getByText('1 (100%)').waitFor();
    await choi.accessible('one poll on a phone');
  });

  it('a hidden result is shown to nobody until it is revealed', async t => {
    const mine = await create(kim, 'A secret?', ['Yes', 'No'], form => form.getByLabel('Hide the result').check());
    const id = await idOf(mine), theirs = card(lee, 'A secret?');
    const wall = await visit(t, null, `#/polls/${id}/present`, { viewport: { width: 1920, height: 1080 } });
    await option(theirs, 'No').click();
    await button(theirs, 'Vote').click();
    await wall.page.locator('.voted').getByText('1', { exact: true }).waitFor();
    for (const where of [mine, theirs]) {
      await where.getByText('Result hidden, 1 voted').waitFor();
      assert.equal(await where.locator('.bar').filter({ visible: true }).count(), 0);
    }
    const result = wall.page.locator('#presenter').getByText('100%');
    assert.equal(await result.count(), 0);
    await button(mine, 'Reveal result').click();
    await option(theirs, 'No').getByText('1 (100%)').waitFor();
    await result.waitFor();
    await button(mine, 'Hide result').click();
    await theirs.getByText('Result hidden, 1 voted').waitFor();
  });

  it('a poll counts down and closes by itself', async t => {
    const poll = await make(kim, 'Quick!', ['Now', 'Later'], { ends_at: new Date(Date.now() + 9000).toISOString() });
    const wall = await visit(t, null, `#/polls/${poll.id}/present`);
    const theirs = card(lee, poll.title);
    for (const seconds of ['[3-9]', '[12]']) {
      await theirs.getByRole('timer').getByText(new RegExp(`^0:0${seconds} left$`)).waitFor();
      await wall.page.locator('#presenter').getByRole('timer').getByText(new RegExp(`^0:0${seconds}$`)).waitFor();
    }
    await theirs.getByText('Closed', { exact: true }).waitFor();
    await wall.page.locator('#presenter').getByText('Closed', { exact: true }).waitFor();
    assert.equal(await theirs.getByRole('timer').count(), 0);
    assert.equal(await button(theirs, 'Vote').count(), 0);
    await go(kim, `#/polls/${poll.id}`);
    kim.expected.push(/409/);
    await button(card(kim, poll.title), 'Reopen').click();
    await card(kim, poll.title).getByText('The poll has ended: to reopen it, give it a later end.').waitFor();
  });

  it('a poll that is closed stays where it is looked at, until one chooses anew', async () => {
    const poll = await make(kim, 'Close me', ['Yes', 'No']);
    await go(kim, `#/polls/${poll.id}`);
    await button(lee.page, 'Open').click();
    const mine = card(kim, poll.title), theirs = card(lee, poll.title);
    await button(mine, 'Close').click();
    await theirs.getByText('Closed', { exact: true }).waitFor();
    await button(mine, 'Reopen').hover();
    await kim.page.mouse.down({ clickCount: 2 }); // the second half of a slow double click must not open it again
    await kim.page.mouse.up({ clickCount: 2 });
    await kim.page.waitForTimeout(300);
    assert.equal(await theirs.getByText('Closed', { exact: true }).count(), 1);
    await button(lee.page, 'Open').click();
    await theirs.waitFor({ state: 'detached' });
    await button(mine, 'Reopen').click();
    await theirs.getByText('Open', { exact: true }).waitFor(); // it came back by itself
    await lee.page.reload();
    assert.equal(await button(lee.page, 'Open').getAttribute('aria-pressed'), 'true');
    await lee.live();
    await button(lee.page, 'All').click();
  });

  it('the list comes in pages', async t => {
    const first = await make(kim, 'Page 0', ['Yes', 'No']);
    for (let i = 1; i < 55; i++) await make(kim, `Page ${i}`, ['Yes', 'No']);
    const viewer = await visit(t, null, '');
    await card(viewer, 'Page 54').waitFor();
    assert.equal(await viewer.page.getByRole('article').count(), 50);
    await button(viewer.page.locator('#all-polls'), 'Show older').click();
    await card(viewer, 'Page 0').waitFor();
    const ids = await viewer.page.getByRole('article').evaluateAll(cards => cards.map(c => Number(c.dataset.id)));
    assert.deepEqual(ids, ids.toSorted((a, b) => b - a));

    // One that stays although it is no longer open does not hide others when the list is fetched anew.
    await button(viewer.page, 'Open').click();
    await button(viewer.page.locator('#all-polls'), 'Show older').click();
    const { access_token: token } = await session(kim);
    await room.program.call('PATCH', `/api/polls/${first.id}`, { token, body: { is_active: false } });
    await card(viewer, 'Page 0').getByText('Closed', { exact: true }).waitFor();
    await viewer.page.evaluate(async () => (await import('/live.js')).fetchAll());
    assert.equal(await card(viewer, 'Page 1').count(), 0);
    await button(viewer.page.locator('#all-polls'), 'Show older').click();
    await card(viewer, 'Page 1').waitFor();
    await card(viewer, 'Page 0').waitFor();
  });

  it('are edited; options are locked once somebody has voted; nothing typed gets lost', async () => {
    const poll = await make(kim, 'Befor', ['Yes', 'No'], { ends_at: '2099-01-02T03:04:05.678Z' });
    await go(kim, `#/polls/${poll.id}`);
    const form = kim.page.getByRole('dialog', { name: 'Edit poll' });
    await button(card(kim, 'Befor'), 'Edit').click();
    await form.getByLabel('Option 2', { exact: true }).fill('Yes');
    kim.expected.push(/422/);
    await button(form, 'Save').click();
    const wrong = form.getByLabel('Option 2', { exact: true });
    await until(async () => await wrong.getAttribute('aria-invalid') === 'true', 'the mark at what is wrong');
    const why = await wrong.evaluate(n => document.getElementById(n.getAttribute('aria-describedby')).textContent);
    assert.equal(why, 'is there twice');
    assert.equal(await form.getByText('is there twice').count(), 1); // and not at the end once more
    await wrong.fill('No');
    assert.equal(await form.getByText('is there twice').count(), 0); // it is being mended
    assert.equal(await wrong.getAttribute('aria-invalid'), null);
    await room.program.vote(await room.program.guest('Park'), poll, 0);
    await form.getByText('Somebody has voted').waitFor();
    assert.equal(await wrong.evaluate(n => n.readOnly), true);
    await form.getByLabel('Title').fill('Before');
    await form.getByLabel('Description').fill('two\nlines');
    await button(form, 'Save').click();
    await card(lee, 'Before').waitFor();
    const { title, description, ends_at, options } = await room.program.call('GET', `/api/polls/${poll.id}`);
    assert.deepEqual([title, description, ends_at, options[0].id], ['Before', 'two\nlines', poll.ends_at, poll.options[0].id]);
    assert.equal(await kim.page.evaluate(() => document.activeElement.className), 'edit');
  });

  it('several pasted lines become several options, Escape asks', async () => {
    await go(kim, '#/polls');
    await button(kim.page, 'New poll').click();
    const form = kim.page.getByRole('dialog', { name: 'New poll' });
    await form.getByLabel('Option 1', { exact: true }).evaluate(input => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text', 'one\r\ntwo\n\nthree\n');
      input.dispatchEvent(new ClipboardEvent('paste', { clipboardData, cancelable: true, bubbles: true }));
    });
    assert.deepEqual(await form.locator('#options input').evaluateAll(all => all.map(i => i.value)), ['one', 'two', 'three']);
    await button(form, 'Remove option 2').click();
    assert.deepEqual(await form.locator('#options input').evaluateAll(all => all.map(i => i.value)), ['one', 'three']);
    await kim.accessible('the form');
    const asked = kim.page.waitForEvent('dialog');
    await kim.page.keyboard.press('Escape');
    assert.match((await asked).message(), /without saving/);
    await form.waitFor({ state: 'hidden' });
    assert.equal(await kim.page.evaluate(() => document.activeElement.id), 'new-poll');
  });

  it('what is deleted goes everywhere', async t => {
    const poll = await make(kim, 'Delete me', ['Yes', 'No']);
    const alone = await visit(t, null, `#/polls/${poll.id}`), wall = await visit(t, null, `#/polls/${poll.id}/present`);
    await card(alone, poll.title).waitFor();
    await wall.page.getByRole('heading', { name: poll.title }).waitFor();
    await go(kim, '#/polls');
    await button(card(kim, poll.title), 'Delete').click();
    for (const person of [kim, lee]) await card(person, poll.title).waitFor({ state: 'detached' });
    await alone.page.getByText('This poll was deleted.').waitFor();
    await wall.page.locator('#presenter').getByText('This poll was deleted.').waitFor();
    const late = await visit(t, null, `#/polls/${poll.id}`);
    late.expected.push(/404/);
    await late.page.getByText(`no poll ${poll.id}`).waitFor();
    await late.page.getByRole('link', { name: 'All polls' }).click();
    await late.page.getByRole('article').first().waitFor();
  });

  it('the result is a table for Excel, too', async t => {
    const poll = await make(kim, 'As a table', ['한글, "too"', 'No']);
    await room.program.vote(await room.program.guest('Park'), poll, 0);
    const viewer = await visit(t, null, `#/polls/${poll.id}`);
    const download = viewer.page.waitForEvent('download');
    await button(viewer.page, 'Result as CSV').click();
    assert.equal((await download).suggestedFilename(), `poll-${poll.id}.csv`);
    const text = readFileSync(await (await download).path(), 'utf8');
    assert.equal(text, '\ufeffoption,votes,percentage\r\n"한글, ""too""",1,100.0\r\nNo,0,0.0\r\n');
  });

  it('what people write is text, whatever it looks like', async t => {
    const evil = '<img src=x onerror="window.hit=1">';
    const mallory = await visit(t, evil.slice(0, 20), '');
    const poll = await make(mallory, evil, [evil, '<script>window.hit=1</script>'], { description: evil });
    const wall = await visit(t, null, `#/polls/${poll.id}/present`);
    await wall.page.getByRole('heading', { name: evil }).waitFor();
    await go(lee, `#/polls/${poll.id}`);
    await card(lee, evil).getByText(evil).first().waitFor();
    for (const { page } of [wall, lee, mallory]) {
      assert.equal(await page.evaluate(() => window.hit), undefined);
      assert.equal(await page.locator('img, article script').count(), 0);
    }
    await go(lee, '#/polls');
  });

  // ---- the presenter view

  const long = (text, n) => text.repeat(100).slice(0, n);
  const eight = Array.from({ length: 8 }, (_, i) => long(`${i + 1} 다음 중 옳은 것을 고르세요 `, 99) + i);

  for (const [width, height] of [[1920, 1080], [1280, 800], [1280, 720], [1024, 768]]) {
    it(`the longest poll fits on a projector of ${width}x${height}`, async t => {
      const poll = await make(kim, long('혼잡 제어와 흐름 제어 ', 100), eight);
      const wall = await visit(t, null, `#/polls/${poll.id}/present`, { viewport: { width, height } });
      await wall.page.getByRole('heading', { name: poll.title }).waitFor();
      await until(() => wall.page.evaluate(() => {
        const box = document.querySelector('#presenter').getBoundingClientRect();
        return [...document.querySelectorAll('#presenter :is(h2, li, .bar, .address, svg)')].every(n => {
          const r = n.getBoundingClientRect();
          return r.left >= box.left && r.right <= box.right && r.top >= box.top && r.bottom <= box.bottom;
        });
      }), 'all of it in the window');
      const text = wall.page.locator('#presenter li .text').first();
    const size = await text.evaluate(n => parseFloat(getComputedStyle(n).fontSize));
      assert(size >= 14, `letters of ${size} px`);
    });
  }

  it('the presenter closes and reveals with keys, and goes on to the next poll', async () => {
    await make(kim, 'The one before', ['Yes', 'No']);
    const mine = await create(kim, 'For the wall', ['Yes', 'No'], form => form.getByLabel('Hide the result').check());
    const id = await idOf(mine), poll = await room.program.call('GET', `/api/polls/${id}`);
    await mine.getByRole('link', { name: 'Present' }).click();
    const view = kim.page.locator('#presenter');
    await view.getByRole('heading', { name: 'For the wall' }).waitFor();
    await room.program.vote(await room.program.guest('Park'), poll, 1);
    await view.getByText('voted, result hidden').waitFor();
    await kim.page.keyboard.press('h');
    await view.getByText('100%').waitFor();
    await kim.page.keyboard.press('c');
    await view.getByText('Closed', { exact: true }).waitFor(); // the right answer would show now: see presenter.test.mjs
    await kim.accessible('the presenter view');
    await kim.page.keyboard.press('ArrowLeft');
    await view.getByRole('heading', { name: 'The one before' }).waitFor();
    await kim.page.keyboard.press('ArrowRight');
    await view.getByRole('heading', { name: 'For the wall' }).waitFor();
    await kim.page.keyboard.press('Escape');
    await mine.waitFor();
    assert.equal(await view.isVisible(), false);
    assert.equal(await kim.page.evaluate(() => document.querySelector('main').inert), false);
    await go(kim, '#/polls');
  });

  it('the projector shows where to join, in letters and as a code', async t => {
    const poll = await make(kim, 'Join', ['Yes', 'No']);
    const look = { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' };
    const wall = await visit(t, null, `#/polls/${poll.id}/present`, look);
    const { hosts } = await (await fetch(room.url + 'ports.json')).json();
    const outside = hosts.find(host => !/^(localhost|.*\.localhost|127\..*|\[::1\])$/.test(host));
    const address = `http://${outside ?? '127.0.0.1'}:${room.program.ports.files}/`;
    await wall.page.getByText(address, { exact: true }).first().waitFor();
    assert.equal(await wall.page.getByText('Only this computer').filter({ visible: true }).count(), outside ? 0 : 1);
    const zbarimg = process.env.ZBARIMG ?? 'zbarimg', dir = mkdtempSync(join(tmpdir(), 'pollwire-qr-'));
    defer(t, () => rmSync(dir, { recursive: true, force: true }));
    await wall.page.screenshot({ path: join(dir, 'wall.png') });
    const read = spawnSync(zbarimg, ['-q', '--raw', join(dir, 'wall.png')], { encoding: 'utf8' });
    if (read.error) return t.diagnostic(`there is no ${zbarimg}`);
    assert.equal(read.stdout.trim(), `${address}#/polls/${poll.id}`);
  });

  for (const colorScheme of ['light', 'dark']) {
    it(`are accessible in ${colorScheme} colours`, async t => {
      const person = await visit(t, 'Jung', '', { colorScheme });
      await person.accessible('the list');
      const poll = await make(person, 'Accessible?', ['Yes', 'No'], { ends_at: new Date(Date.now() + 9000).toISOString() });
      await go(person, `#/polls/${poll.id}`);
      await card(person, poll.title).waitFor();
      await person.accessible('one poll');
      await go(person, `#/polls/${poll.id}/present`);
      await person.page.locator('#presenter').getByRole('heading', { name: poll.title }).waitFor(); // the card has one, too
      await person.accessible('the presenter view');
    });
  }
});
