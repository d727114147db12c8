// The pictures in docs/, taken anew from the page as it is: node screenshots.mjs
//
// A room with a class in it, in Chromium, with the fonts of this machine. Korean needs fonts-noto-cjk.

import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Room } from './page.mjs';

const docs = name => fileURLToPath(new URL(`../../docs/${name}.png`, import.meta.url));
const room = await Room.open({ settings: ['-files', '127.0.0.1:8080', '-http', '127.0.0.1:8000', '-ws', '127.0.0.1:8001'] });
const { program } = room;

const names = ['Lee', '박지민', 'Alex', 'Marie', '최유나', 'João', 'Ольга', '정하늘', 'Sam', '李明', 'Kim', '한소리'];
const people = await Promise.all(names.map(name => program.guest(name)));

async function cast(poll, choices) {
  for (const [i, person] of people.entries()) await program.vote(person, poll, choices[i % choices.length]);
}

// open shows a view to somebody who has joined, and settle waits until nothing moves any more.
async function open(name, hash, options) {
  const person = await room.person(null, options);
  await person.join(name);
  await person.page.evaluate(hash => { location.hash = hash; }, hash);
  return person;
}
const settle = () => sleep(1500);

const teacher = await program.guest('김선생');
const retransmit = await program.poll(teacher, '재전송은 어느 계층에서 일어날까요?', '물리 계층', '데이터링크 계층', '네트워크 계층', '전송 계층');
const port = await program.poll(teacher, 'Which port does the WebSocket use?', '8000', '8001', '8080', '3001');
await cast(retransmit, [3, 3, 1, 3, 2, 3]);
await cast(port, [1, 1, 0, 1, 2, 1, 1, 3]);
for (const [i, text] of ['안녕하세요!', 'I can see the SYN now.', '필터는 websocket.opcode == 1', 'Mine is :51522, yours?', '저는 :60312입니다'].entries()) await program.say(people[i], text);

const wall = await room.person(null, { viewport: { width: 1920, height: 1080 }, locale: 'ko' });
await wall.page.route('**/ports.json', async route => { // as on a machine in a lab
  const answer = await route.fetch(), body = await answer.json();
  await route.fulfill({ response: answer, json: { ...body, hosts: ['localhost', '192.168.0.23'] } });
});
await wall.page.goto(`${room.url}#/polls/${retransmit.id}/present`);
await wall.page.reload();
await wall.live();
await sleep(5000); // until the buttons have faded
await wall.page.screenshot({ path: docs('projector') });

const phone = await open('Minji', `#/polls/${port.id}`, { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 });
await phone.page.getByRole('radio', { name: '8001' }).check();
await phone.page.getByRole('button', { name: 'Vote', exact: true }).click();
await settle();
await phone.page.screenshot({ path: docs('phone') });

const wire = await open('Minji', `#/polls/${port.id}`, { viewport: { width: 1280, height: 960 }, colorScheme: 'dark' });
await wire.page.getByRole('link', { name: 'On the wire' }).click();
await wire.page.getByRole('radio', { name: '8001' }).check();
await wire.page.getByRole('button', { name: 'Vote', exact: true }).click();
await wire.page.locator('#wire').getByText('POST /api/polls').last().click();
await wire.page.locator('#wire').getByText('POST /api/polls').first().evaluate(row => row.scrollIntoView({ block: 'start' }));
await wire.page.evaluate(() => scrollTo(0, 0));
await settle();
await wire.page.screenshot({ path: docs('wire') });

const [api] = await Promise.all([wire.context.waitForEvent('page'), wire.page.getByRole('link', { name: 'Try the API' }).click()]);
await api.setViewportSize({ width: 1280, height: 800 });
await settle();
await api.goto(api.url() + '#operation/vote');
await settle();
await api.screenshot({ path: docs('api') });
await room.close();
