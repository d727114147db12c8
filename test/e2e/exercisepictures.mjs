// The pictures of an exercise in docs/pictures, taken anew from the page as it is: node exercisepictures.mjs
//
// It captures, so it needs tshark, and who may capture.

import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { captured, solved } from './exercise.mjs';
import { Room } from './page.mjs';

const docs = name => fileURLToPath(new URL(`../../docs/pictures/${name}.png`, import.meta.url));
const key = 'LESSON-OF-TODAY', room = await Room.open({ settings: ['-teacher-key', key] }), { program } = room;
const { access_token: token } = await program.call('POST', '/api/auth/teacher', { body: { key, nickname: 'Ms Han' } });
await program.call('PATCH', '/api/exercises/tcp-open-close', { token, body: { open: true, attempts: 3, reveal: 'right' } });
const kim = await room.person('Kim', { viewport: { width: 1280, height: 760 } }), { page } = kim;
await page.goto(`${room.url}exercises#/do/tcp-open-close`);
await page.getByRole('button', { name: 'Begin a run' }).click();
await page.locator('.tasks li').first().waitFor();
const capture = await captured(program, await page.locator('.to-do pre').textContent()), answers = await solved(capture, await page.locator('.tasks .text').allTextContents());
for (const [id, value] of Object.entries({ ...answers, isn: '0', fin_seq: '12' })) await page.locator(`.answers [name="${id}"]`).fill(value);
await page.locator('#capture').setInputFiles(capture.file);
await page.getByRole('button', { name: 'Hand in', exact: true }).click();
await page.locator('.result:not([hidden])').waitFor();
await page.locator('.answers').evaluate(n => n.scrollIntoView());
await sleep(500);
await page.screenshot({ path: docs('marks') });
for (const layer of [0, 1]) await page.locator('.shown .layer').nth(layer).getByText('Not there (').click();
await page.locator('.shown').screenshot({ path: docs('coverage') });
await room.close();
