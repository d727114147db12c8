// People at the page: each with a browser context of its own, as on a machine of one's own.
//
//   const room = await Room.open();                          the program, and Chromium
//   const kim = await room.person('Kim', { locale: 'ko' });   has joined; person(null) only looks on
//   await kim.page.getByRole('button', { name: 'Vote' }).click();
//   const lee = await room.visit(t, 'Lee', { hash: '#/memos' });   the same, for one test
//   const other = await lee.tab('#/files');                   a second tab of that browser
//   await button(other, 'Leave').click();
//   await room.close();                                      fails if anybody's page complained or called elsewhere

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { launch } from './chromium.mjs';
import { Program, defer, patience } from './program.mjs';

const axe = readFileSync(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

export const lost = /Failed to load|ERR_|WebSocket/; // what Chromium says when a request fails, as some do here on purpose

// These take a person or a tab.
export const button = ({ page }, name) => page.getByRole('button', { name, exact: true });
export const go = ({ page }, hash) => page.evaluate(hash => { location.hash = hash; }, hash);
export const session = ({ page }) => page.evaluate(() => JSON.parse(localStorage.getItem('pollwire.session')));

// broken returns the Korean words of which a part is on another line although the whole would fit.
export const broken = ({ page }) => page.evaluate(() => {
  const found = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n; (n = texts.nextNode());) {
    if (n.parentElement.closest('.unseen, .again .who') || !n.parentElement.checkVisibility()) continue;
    for (const { 0: word, index } of n.data.matchAll(/[\uac00-\ud7a3]+/g)) {
      const range = document.createRange();
      range.setStart(n, index);
      range.setEnd(n, index + word.length);
      const rows = [...range.getClientRects()].filter(r => r.width > 1);
      const wide = rows.reduce((sum, r) => sum + r.width, 0);
      if (new Set(rows.map(r => Math.round(r.top))).size > 1 && wide < n.parentElement.closest('p, li, div, h2, h3, label, button, td, th, summary, legend, a, section').clientWidth) found.push(word);
    }
  }
  return found;
});

export class Room {
  people = [];

  static async open({ secure = false, settings = [] } = {}) {
    const room = new Room();
    room.secure = secure;
    room.program = await Program.start(...settings);
    room.browser = await launch();
    return room;
  }

  get url() { return `http${this.secure ? 's' : ''}://127.0.0.1:${this.program.ports.files}/`; }

  // person opens the page, and joins. options are those of a browser context: locale, viewport, colorScheme...
  async person(nickname, options = {}, hash = '') {
    const person = await Person.arrive(this, options, hash);
    this.people.push(person);
    if (nickname) await person.join(nickname);
    return person;
  }

  // visit is person for one test, at the end of which the browser context is closed. expected are patterns of complaints.
  async visit(t, nickname, { expected = [], hash = '', ...options } = {}) {
    const person = await this.person(nickname, options, hash);
    person.expected.push(...expected);
    defer(t, () => person.context.close());
    return person;
  }

  async close() {
    try {
      for (const person of this.people) person.content();
    } finally {
      await this.browser?.close();
      await this.program?.end({ lost: true }); // a page that is closed says no goodbye
    }
  }
}

export class Person {
  complaints = []; // of the browser's console, and what went to another host
  expected = []; // patterns of complaints that a test provokes

  static async arrive(room, options, hash) {
    const person = new Person();
    person.room = room;
    person.context = await room.browser.newContext({ ignoreHTTPSErrors: true, locale: 'en', ...options });
    person.page = await person.context.newPage();
    person.watch(person.page);
    await person.page.goto(room.url + hash);
    await person.live();
    return person;
  }

  // watch collects what a page complains about, and what leaves this machine or the ports of the program.
  watch(page) {
    page.setDefaultTimeout(patience);
    page.on('pageerror', error => this.complaints.push(String(error.stack)));
    page.on('console', m => ['error', 'warning'].includes(m.type()) && this.complaints.push(`${m.text()} ${m.location().url}`));
    const own = url => ['127.0.0.1'].includes(url.hostname) && Object.values(this.room.program.ports).includes(Number(url.port));
    const check = url => own(new URL(url)) || /^(blob|data):/.test(url) || this.complaints.push(`called ${url}`);
    page.on('request', r => check(r.url()));
    page.on('websocket', w => check(w.url()));
    page.on('dialog', d => d.accept());
  }

  // tab is a further tab of the same person.
  async tab(hash) {
    const page = await this.context.newPage();
    this.watch(page);
    await page.goto(this.room.url + hash);
    await page.locator('#connection.live').waitFor();
    return { page, context: this.context };
  }

  async live() {
    await this.page.locator('#connection.live').waitFor({ state: 'attached' }); // the presenter view covers it
  }

  async join(nickname) {
    await this.page.locator('#nickname').fill(nickname);
    await this.page.locator('#nickname').press('Enter');
    await this.page.locator('#me').waitFor();
    await this.live();
  }

  // content fails if the page complained.
  content() {
    assert.deepEqual(this.complaints.filter(c => !this.expected.some(e => e.test(c))), []);
  }

  // accessible fails on what axe-core calls serious or critical (WCAG 2.2 A and AA), on what is in no landmark, and on landmarks
  // that can't be told apart.
  async accessible(what) {
    await this.page.evaluate(axe); // by the debugger: the page's own policy would not let it in
    const { violations } = await this.page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
    const bad = violations.filter(v => ['serious', 'critical'].includes(v.impact) || ['region', 'landmark-unique'].includes(v.id))
      .map(v => `${v.id}: ${v.nodes.map(n => `${n.target} ${n.failureSummary}`).join('; ')}`);
    assert.deepEqual(bad, [], what);
  }
}
