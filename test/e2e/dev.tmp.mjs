import { Room, go, session } from './page.mjs';
const room = await Room.open(); process.on('uncaughtException', e => { console.log(e, room.program.log.slice(-1500)); process.exit(1); });
const { program } = room;
const teacher = await program.guest('김선생'), token = teacher.access_token;
const post = body => program.call('POST', '/api/polls', { token, body });
const polls = [];
polls.push(await post({ title: 'Which port does HTTPS use?', options: ['80', { text: '443', correct: true }, '8080', '22'], explanation: 'RFC 9110 §4.2.2: the default port of https is 443.' }));
polls.push(await post({ title: 'How many bits has an IPv6 address?', kind: 'number', right: { value: 128, tolerance: 0 }, named: true }));
polls.push(await post({ title: '오늘 수업에서 가장 어려운 낱말은?', kind: 'text' }));
polls.push(await post({ title: 'A draft', options: ['a', 'b'], draft: true, seconds: 60, points: 2, named: true }));
const guests = await Promise.all(Array.from({ length: 23 }, (_, i) => program.guest(`학생 ${i + 1}`)));
const vote = (g, p, body) => program.call('POST', `/api/polls/${p.id}/vote`, { token: g.access_token, body });
const texts = ['혼잡 제어', 'SYN', 'syn', '혼잡 제어', 'checksum', 'window', '핸드셰이크', '혼잡 제어', 'MSS', 'NAT'];
for (const [i, g] of guests.entries()) {
  await vote(g, polls[0], { option_id: polls[0].options[[1, 1, 2, 1, 0, 3][i % 6]].id });
  await vote(g, polls[1], { number: [128, 128, 64, 32, 128, 256, 100, 127, 12.5, 48, 96, 6, 127.5, 112, 300][i % 15] });
  await vote(g, polls[2], { text: texts[i % texts.length] });
}
const cls = { title: '컴퓨터 네트워크 3반', current: polls[0].id, locked: false, student_polls: true, chat: 'on', roster: false, online: 23, people: 24 };
const mock = async context => {
  await context.route('**/api/class', async r => {
    if (r.request().method() === 'PATCH') Object.assign(cls, r.request().postDataJSON());
    await r.fulfill({ json: cls, headers: { 'Access-Control-Allow-Origin': '*' } });
  });
  await context.route('**/api/class/plan', async r => {
    const all = await Promise.all(polls.map(p => program.call('GET', '/api/polls/' + p.id, { token })));
    await r.fulfill({ json: { polls: all }, headers: { 'Access-Control-Allow-Origin': '*' } });
  });
  await context.route('**/api/class/scores', r => r.fulfill({ json: { of: 5, scores: guests.map((g, i) => ({ user: g.user, points: Math.max(0, 5 - (i >> 2)), right: Math.max(0, 4 - (i >> 2)), answered: 4 })) }, headers: { 'Access-Control-Allow-Origin': '*' } }));
  await context.route('**/api/people?**', r => r.fulfill({ json: { next_before: null, people: [teacher, ...guests].map((g, i) => ({ user: { ...g.user, role: i ? 'student' : 'teacher' }, online: i % 3 > 0 || !i, muted: i === 4, removed: i === 6, votes: 3, messages: i % 4, files: 0 })).reverse() }, headers: { 'Access-Control-Allow-Origin': '*' } }));
  await context.route('**/api/class/roster', r => r.fulfill({ json: { people: [{ name: '홍길동', code: 'a12', user: { id: 3, nickname: '홍길동' } }, { name: '김영희', user: null }] }, headers: { 'Access-Control-Allow-Origin': '*' } }));
  await context.route('**/ballots?**', r => r.fulfill({ json: { ballots: guests.slice(3).map(user => ({ user: user.user })), next_before: null }, headers: { 'Access-Control-Allow-Origin': '*' } }));
  await context.route('**/api/auth/me', r => r.fulfill({ json: { ...teacher.user, role: 'teacher' }, headers: { 'Access-Control-Allow-Origin': '*' } }));
};
const sizes = { phone: [360, 740], laptop: [1280, 800], wall: [1920, 1080] };
const out = process.argv[2] ?? '/tmp/shots';
const only = process.argv[3];
for (const [size, [width, height]] of Object.entries(sizes)) for (const [locale, colorScheme] of [['ko', 'light'], ['en', 'dark']]) {
  const context = await room.browser.newContext({ viewport: { width, height }, locale, colorScheme });
  await mock(context);
  const page = await context.newPage();
  page.on('pageerror', e => console.log(size, locale, e.stack));
  page.on('console', m => ['error', 'warning'].includes(m.type()) && console.log(size, locale, m.text()));
  const shot = async (name, full = false) => { if (only && !name.startsWith(only)) return; await page.waitForTimeout(500); await page.screenshot({ path: `${out}/${name}-${size}-${locale}.png`, fullPage: full }); };
  cls.current = polls[0].id;
  await page.goto(room.url);
  await page.waitForTimeout(700);
  await page.locator('#nickname').fill('학생 A');
  await page.keyboard.press('Enter');
  await page.waitForTimeout(500);
  await shot('now-choice');
  for (const i of [1, 2]) {
    cls.current = polls[i].id;
    await page.reload();
    await page.waitForTimeout(500);
    await shot('now-' + i);
  }
  await page.evaluate(s => localStorage.setItem('pollwire.session', JSON.stringify(s)), { ...teacher, user: { ...teacher.user, role: 'teacher' } });
  await page.goto(room.url + '#/desk');
  await page.reload();
  await page.waitForTimeout(900);
  await shot('desk-lesson', true);
  if (!only || only.startsWith('desk')) for (const tab of ['people', 'scores', 'class']) { await page.evaluate(h => { location.hash = h; }, '#/desk/' + tab); await page.waitForTimeout(300); await shot('desk-' + tab, tab === 'people'); }
  await page.evaluate(h => { location.hash = h; }, '#/desk');
  await page.waitForTimeout(300);
  if (!only || only.startsWith('question')) {
    await page.locator('#plan .new').click();
    await shot('question');
    await page.keyboard.press('Escape');
  }
  for (const i of [0, 1, 2]) {
    cls.current = polls[i].id;
    await program.call('PATCH', `/api/polls/${polls[i].id}`, { token, body: { is_active: false } });
    await page.goto(room.url + '#/present'); await page.reload();
    await page.waitForTimeout(700);
    await shot('wall-' + i);
    if (i === 0) { await page.keyboard.press('s'); await shot('wall-scores'); }
    await program.call('PATCH', `/api/polls/${polls[i].id}`, { token, body: { is_active: true } });
  }
  cls.current = null;
  await page.reload(); await page.waitForTimeout(500);
  await shot('wall-lobby');
  await context.close();
}
await room.close();
