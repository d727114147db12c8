// The API's own pages, /docs and /redoc, for tests: a program, Chromium, and what a person does on the pages.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { binary } from './chromium.mjs';
import { Program, defer, patience, until } from './program.mjs';

export const doc = JSON.parse(readFileSync(new URL('../../web/openapi.json', import.meta.url)));
export const calls = Object.values(doc.paths).flatMap(item => Object.values(item)).filter(call => call.operationId);

export const call = (page, id) => page.locator(`[id="operation/${id}"]`);

export async function open(page, id) {
  const it = call(page, id);
  if (await it.getAttribute('open') === null) await it.locator('summary').first().click();
  return it;
}

// send sends a call as its form stands, and returns what the answer looks like.
export async function send(page, id, body) {
  const it = await open(page, id);
  if (body !== undefined) await it.locator('textarea').fill(typeof body === 'string' ? body : JSON.stringify(body));
  await it.getByRole('button', { name: 'Send', exact: true }).click();
  await it.locator('.state .status').waitFor();
  await until(async () => await it.getByRole('button', { name: 'Stop' }).count() === 0, `the answer of ${id}`);
  return { state: await it.locator('.state').textContent(), text: await it.locator('.result > pre').first().textContent(),
    filter: await it.locator('.result .copy pre').textContent(), curl: await it.locator('.try > .copy pre').textContent(),
    headers: await it.locator('.headers').textContent(), it };
}

export class Pages {
  static async start() {
    const it = new Pages();
    it.program = await Program.start();
    it.browser = await chromium.launch({ executablePath: binary, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost'] });
    return it;
  }

  async end() {
    await this.browser?.close();
    await this.program.end({ lost: true }); // a page that is closed says no goodbye
  }

  // visit opens one of the pages. In the end it must have asked no other host, and complained of nothing but statuses that
  // were provoked.
  async visit(t, path, { scheme = 'http', provoked = [], ...options } = {}) {
    const context = await this.browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-US', ...options });
    const page = await context.newPage(), complaints = [];
    page.setDefaultTimeout(patience);
    page.on('pageerror', error => complaints.push(String(error)));
    page.on('console', m => ['error', 'warning'].includes(m.type()) && complaints.push(m.text()));
    page.on('request', request => {
      const url = new URL(request.url());
      if (url.hostname !== '127.0.0.1') complaints.push(`it asks for ${url}`);
      if (/eyJ/.test(url.href)) complaints.push(`a token is in ${url}`);
    });
    defer(t, async () => {
      await context.close();
      assert.deepEqual(complaints.filter(text => !provoked.some(what => text.includes(what > 0 ? `status of ${what}` : what))), []);
    });
    await page.goto(`${scheme}://127.0.0.1:${this.program.ports.http}${path}`);
    await page.locator('main section').first().waitFor();
    return page;
  }
}
