// The page over HTTP/3: Chromium with the flags that `pollwire lab browser` tells. Nothing goes over TCP.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { chromium } from 'playwright-core';
import { binary, missing } from './chromium.mjs';
import { Program, patience, until } from './program.mjs';

describe('the page over HTTP/3', { skip: process.env.POLLWIRE_E2E !== 'required' && missing }, () => {
  let program, browser, asked;
  before(async () => {
    program = await Program.start('-http3', '-log-level', 'debug');
    const told = spawnSync(program.binary, ['lab', 'browser', '-url', program.api], { encoding: 'utf8', cwd: program.dir });
    const flags = told.stdout.match(/--(origin-to-force-quic-on|ignore-certificate-errors-spki-list)=\S+/g);
    assert.equal(flags?.length, 2, told.stdout + told.stderr);
    browser = await chromium.launch({ executablePath: binary, args: ['--no-sandbox', '--disable-gpu', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync', ...flags] });
    asked = program.log.length; // what comes behind is the browser's
  });
  after(async () => {
    await browser?.close();
    await program?.end({ lost: true });
  });

  // joined is the page of somebody who has, with what complained there.
  async function joined(nickname) {
    const context = await browser.newContext({ locale: 'en' });
    await context.addInitScript(() => localStorage.setItem('pollwire.way', '"sse"')); // a WebSocket would be TCP
    const page = await context.newPage(), complaints = [];
    page.setDefaultTimeout(patience);
    page.on('pageerror', error => complaints.push(String(error.stack)));
    page.on('console', m => ['error', 'warning'].includes(m.type()) && complaints.push(m.text()));
    await page.goto(program.secure.page);
    await page.locator('#nickname').fill(nickname);
    await page.locator('#nickname').press('Enter');
    await page.locator('#me').waitFor();
    await page.locator('#connection.live').waitFor({ state: 'attached' });
    return { page, complaints };
  }
  const button = (where, name) => where.getByRole('button', { name, exact: true });

  it('loads, makes a poll, votes, and hears of it', async () => {
    const kim = await joined('Kim'), lee = await joined('Lee');
    await button(kim.page, 'New poll').click();
    const form = kim.page.getByRole('dialog', { name: 'New poll' });
    await form.getByLabel('Title').fill('Over QUIC?');
    await form.getByLabel('Option 1', { exact: true }).fill('Yes');
    await form.getByLabel('Option 2', { exact: true }).fill('No');
    await button(form, 'Create poll').click();
    const seen = lee.page.getByRole('article', { name: 'Over QUIC?', exact: true }); // by SSE
    await seen.waitFor();
    await seen.getByText('Yes', { exact: true }).click();
    await button(seen, 'Vote').click();
    await kim.page.getByRole('article', { name: 'Over QUIC?', exact: true }).getByText('1 (100%)').waitFor();
    assert.deepEqual([...kim.complaints, ...lee.complaints], []);
    await browser.close(); // which ends the streams, that are logged at their end
    await until(() => (program.log.slice(asked).match(/path=\/api\/events /g) ?? []).length >= 2, 'the ends of both streams');
    const lines = program.log.slice(asked).split('\n');
    const requests = lines.filter(line => line.includes('msg=request')), others = lines.filter(line => /msg="(no request|socket)/.test(line));
    assert(requests.length > 50, program.log);
    assert.deepEqual(requests.filter(line => !line.includes('proto=HTTP/3.0')), []);
    assert.deepEqual(others, []);
  });
});
