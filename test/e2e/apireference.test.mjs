// The API's pages /docs and /redoc in Chromium: all is there, in both languages, for everybody, and on paper.
//
// Without Chromium these tests are skipped; where POLLWIRE_E2E is "required", they fail.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { ko } from '../../web/api/ko.js';
import { Pages, call, calls, doc, open } from './apidocs.mjs';
import { missing } from './chromium.mjs';
import { until } from './program.mjs';

describe('reading about the API', { skip: process.env.POLLWIRE_E2E !== 'required' && missing }, () => {
  let pages;
  before(async () => {
    pages = await Pages.start();
  });
  after(() => pages?.end());

  it('shows each call on both pages, in both languages, and each schema, event and packet', async t => {
    const kinds = { 'schema/': doc.components.schemas, 'event/send/': doc['x-events'].client, 'event/': { ...doc['x-events'].everybody, ...doc['x-events'].one },
      'packet/client/': doc['x-packets'].client, 'packet/server/': doc['x-packets'].server };
    const wanted = Object.entries(kinds).flatMap(([kind, list]) => Object.keys(list).map(name => kind + name));
    for (const locale of ['en-US', 'ko-KR']) {
      const titles = Object.fromEntries(calls.map(({ operationId: id, summary }) => [id, locale === 'ko-KR' ? ko.operations[id][0] : summary]));
      for (const path of ['/docs', '/redoc']) {
        const page = await pages.visit(t, path, { locale });
        assert.deepEqual(await page.evaluate(ids => Object.fromEntries(ids.map(id =>
          [id, document.getElementById(`operation/${id}`)?.querySelector('h3').textContent])), Object.keys(titles)), titles, path);
        if (path === '/docs') continue;
        assert.deepEqual(await page.evaluate(ids => ids.filter(id => !document.getElementById(id)), wanted), []);
        assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('a[href^="#"]')].map(a => a.getAttribute('href').slice(1))
          .filter(id => !document.getElementById(id))), [], 'links that lead nowhere');
        assert.equal(await page.locator('aside a[href^="#operation/"]').count(), calls.length);
      }
    }
  });

  it('reads: deep links, all answers with their examples, everything open on paper', async t => {
    const page = await pages.visit(t, '/redoc#operation/vote');
    await until(() => call(page, 'vote').evaluate(node => Math.abs(node.getBoundingClientRect().top) < 100), 'the call to be in sight');
    assert.equal(await call(page, 'vote').locator('.answer').count(), Object.keys(calls.find(c => c.operationId === 'vote').responses).length);
    assert.match(await call(page, 'vote').textContent(), /poll 1 is closed|is not an option of poll 1/);
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    assert.equal(await page.locator('main details:not([open])').count(), 0);
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    assert(await page.locator('main details:not([open])').count() > 100);
    await page.setViewportSize({ width: 360, height: 740 });
    assert.equal(await page.locator('aside nav').isVisible(), false, 'on a phone the contents are a menu');
  });

  it('every form can be opened, and nothing is wider than a phone', async t => {
    const page = await pages.visit(t, '/docs', { viewport: { width: 360, height: 740 } });
    await page.evaluate(() => { for (const details of document.querySelectorAll('main details')) details.open = true; });
    await until(async () => await page.locator('form.try').count() === calls.length, 'all forms');
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
    const redoc = await pages.visit(t, '/redoc', { viewport: { width: 360, height: 740 } });
    assert.equal(await redoc.evaluate(() => document.documentElement.scrollWidth), 360);
  });

  it('keeps what is in the forms when the language changes, and remembers language and theme', async t => {
    const page = await pages.visit(t, '/docs');
    const it = await open(page, 'guest');
    await it.locator('textarea').fill('{"nickname":"x"}');
    await page.getByRole('button', { name: '한국어' }).click();
    await page.getByRole('button', { name: '어둡게' }).click();
    await it.getByRole('button', { name: '보내기' }).waitFor();
    assert.equal(await it.locator('textarea').inputValue(), '{"nickname":"x"}');
    await page.reload();
    await page.getByRole('button', { name: 'English' }).waitFor();
    assert.deepEqual(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dataset.theme]), ['ko', 'dark']);
  });

  // ---- for everybody

  for (const [locale, colorScheme] of [['en-US', 'light'], ['ko-KR', 'dark']]) {
    it(`has no serious fault for axe: ${locale}, ${colorScheme}`, async t => {
      const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
      for (const path of ['/docs', '/redoc']) {
        const page = await pages.visit(t, path, { locale, colorScheme });
        if (path === '/docs') {
          for (const id of ['guest', 'getPoll', 'openSocket', 'putFile', 'basic']) await open(page, id);
          await call(page, 'guest').locator('.try .main').click();
          await call(page, 'guest').locator('.state .status').waitFor();
        }
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => { // of the reference, which is long, a part of each kind
          for (const article of document.querySelectorAll('article:nth-of-type(n+2), #schemas section:nth-of-type(n+4)')) article.remove();
          return axe.run({ resultTypes: ['violations'] });
        });
        assert.deepEqual(violations.filter(v => ['serious', 'critical'].includes(v.impact))
          .map(v => `${v.id}: ${v.nodes.slice(0, 3).map(n => n.html.slice(0, 200)).join(' ')}`), [], path);
      }
    });
  }
});
