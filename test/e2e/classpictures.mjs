// The pictures of a class in docs/pictures, taken anew from the page as it is: node classpictures.mjs
//
// A teacher, a class of 24, a plan, in Chromium, with the fonts of this machine. Korean needs fonts-noto-cjk.

import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Room, session } from './page.mjs';

const docs = name => fileURLToPath(new URL(`../../docs/pictures/${name}.png`, import.meta.url));
const key = 'LESSON-OF-TODAY', room = await Room.open({ settings: ['-teacher-key', key] }), { program } = room;
const desk = await room.person(null, { viewport: { width: 1440, height: 660 } }, `#/teach/${key}`);
await desk.page.locator('#plan-title').waitFor();
const { access_token: token } = await session(desk), call = (method, path, body) => program.call(method, path, { token, body });
await call('PATCH', '/api/auth/me', { nickname: 'Ms Han' });

const { polls } = await call('POST', '/api/class/plan', { polls: [
  { title: 'Which port does HTTPS use?', options: ['80', { text: '443', correct: true }, '8080', '22'], explanation: 'RFC 9110 §4.2.2: 443 is the default port of https.' },
  { title: 'How many bits has an IPv6 address?', kind: 'number', right: { value: 128 }, seconds: 60, named: true },
  { title: '오늘 수업에서 가장 어려운 낱말은?', kind: 'text' },
  { title: 'Who resends what was lost?', options: [{ text: 'TCP', correct: true }, 'UDP', 'IP'], hidden: true }] });
const names = ['Lee', '박지민', 'Alex', 'Marie', '최유나', 'João', 'Ольга', '정하늘', 'Sam', '李明', 'Kim', '한소리'];
const people = await Promise.all(Array.from({ length: 24 }, (_, i) => program.guest(names[i % 12] + (i < 12 ? '' : ' B'))));
const vote = (poll, answer, some = people) => Promise.all(some.map((person, i) =>
  program.call('POST', `/api/polls/${poll.id}/vote`, { token: person.access_token, body: answer(i) })));
await call('PATCH', '/api/class', { title: 'Networks, group 3', current: polls[0].id });
await vote(polls[0], i => ({ option_id: polls[0].options[[0, 0, 1, 2, 1, 3][i % 6]].id }));
await call('POST', `/api/polls/${polls[0].id}/rounds`);
await vote(polls[0], i => ({ option_id: polls[0].options[[1, 0, 1, 2, 1, 1][i % 6]].id }));

const wall = await room.person(null, { viewport: { width: 1280, height: 720 } }, '#/present');
await wall.page.route('**/ports.json', async route => { // as on a machine in a lab
  const answer = await route.fetch(), body = await answer.json();
  await route.fulfill({ response: answer, json: { ...body, hosts: ['localhost', '192.168.0.23'] } });
});
await call('PATCH', `/api/polls/${polls[0].id}`, { is_active: false });
await wall.page.reload();
await wall.live();
await sleep(5000); // until the buttons have faded
await wall.page.screenshot({ path: docs('wall') });

for (const [i, text] of ['안녕하세요!', 'Is 8443 used, too?', '필터는 tcp.port == 443'].entries()) await program.say(people[i], text);
const phone = await room.person('Minji', { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, locale: 'ko' });
await call('PATCH', '/api/class', { current: polls[1].id });
await vote(polls[1], i => ({ number: [128, 128, 64, 32, 128, 256, 128, 48, 96][i % 9] }), people.slice(0, 17));
await phone.page.locator('#now').getByLabel('내 답').fill('128');
await sleep(1500);
await phone.page.screenshot({ path: docs('now') });
await sleep(3000);
await desk.page.evaluate(() => scrollTo(0, 0));
await desk.page.screenshot({ path: docs('desk') });
await room.close();
