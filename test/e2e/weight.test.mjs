// What a student's phone loads to join, vote and chat: little enough for a room full of phones behind one access point.

import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { missing } from './chromium.mjs';
import { Room, button, go } from './page.mjs';

const most = 200_000; // bytes of files, uncompressed: as in web/web_test.go
const skip = process.env.POLLWIRE_E2E !== 'required' && missing;
let room;
before(async () => { if (!skip) room = await Room.open(); });
after(() => room?.close());

it('a student who votes and chats loads little', { skip }, async t => {
  const { program } = room, poll = await program.poll(await program.guest('Teacher'), 'Tea or coffee?', 'Tea', 'Coffee');
  const lee = await room.visit(t, null, { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });
  const files = new Map(), { page } = lee;
  page.on('response', r => new URL(r.url()).port === String(program.ports.files) && files.set(r.url(), r.body().then(b => b.length)));
  const tools = await lee.context.newCDPSession(page);
  await tools.send('Network.enable');
  await tools.send('Network.setCacheDisabled', { cacheDisabled: true }); // it has been here before
  await page.reload();
  await lee.live();
  await lee.join('Lee');
  await go(lee, `#/polls/${poll.id}`);
  await page.getByRole('radio', { name: 'Tea' }).check();
  await button(lee, 'Vote').click();
  await page.locator('#one-poll .yours:not([hidden])').waitFor();
  await go(lee, '#/chat');
  await page.getByLabel('Message', { exact: true }).fill('hello');
  await button(lee, 'Send').click();
  await page.getByRole('log').getByText('hello').waitFor();
  const sizes = await Promise.all([...files].map(async ([url, size]) => [new URL(url).pathname, await size]));
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  t.diagnostic(`${total} bytes in ${sizes.length} files`);
  assert(total > 50_000 && total <= most, `${total} bytes: ${JSON.stringify(sizes, null, 1)}`);
});
