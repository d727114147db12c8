// One room, whatever leads into it: Socket.IO over long-polling and over WebSocket, a plain WebSocket, Server-Sent Events
// and polling over HTTP all tell the same events, in the same order, under the same numbers.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Plain, clients, connected, done, open, stream, upgraded, ways } from './clients.mjs';
import { Program, defer, until } from './program.mjs';

const { io } = clients['socket.io-client 4.8'];

// enter starts a program and lets one of each kind listen. Nobody has joined.
async function enter(t) {
  const program = await Program.start();
  defer(t, () => program.end());
  const start = await program.seq();
  const socket = way => connected(open(t, io, program.ws, ways[way].options));
  const [polling, websocket, both, plain, sse] = await Promise.all([socket('polling only'), socket('websocket only'),
    socket('polling, then websocket'), Plain.open(t, `ws://127.0.0.1:${program.ports.ws}/ws`), stream(t, `${program.api}/api/events`)]);
  const all = { polling: polling.heard, websocket: websocket.heard, both: both.heard, plain: plain.heard, sse };
  return { program, start, polling, websocket, both, plain, sse, all };
}

// agree waits for the last word and checks that all have heard the same.
async function agree({ program, start, all }, teacher, least) {
  await program.say(teacher, 'the last word');
  for (const heard of Object.values(all)) await heard.next('chat:message_received', m => m.message === 'the last word');
  const happened = await program.events(start);
  assert.equal(happened.at(-1).data.message, 'the last word');
  for (const [who, heard] of Object.entries(all)) {
    assert.deepEqual(heard.behind(start), happened, who);
    assert(!heard.events.some(e => ['resync', 'error'].includes(e.event)), who);
  }
  assert(happened.length >= least, `${happened.length} events, at least ${least} were to come`);
  return happened;
}

it('all hear the same while all act at once', async t => {
  const room = await enter(t), { program, polling, websocket, both, plain } = room;
  const teacher = await program.guest('Teacher'), token = teacher.access_token;
  const poll = await program.poll(teacher, 'Tea or coffee?', 'Tea', 'Coffee', 'Water');
  const emit = socket => (event, data) => done(socket, event, data);
  const acts = { polling: emit(polling), websocket: emit(websocket), both: emit(both), plain: (...args) => plain.ask(...args) };

  await Promise.all(Object.entries(acts).map(([who, act]) => act('user:join', { nickname: who })));
  const talk = async (who, say, vote) => {
    for (let i = 0; i < 10; i++) {
      await say(`${who} ${i}`);
      await vote(poll.options[i % 3].id);
    }
  };
  await Promise.all([
    ...Object.entries(acts).map(([who, act]) => talk(who, message => act('chat:message', { message }),
      option_id => act('vote:cast', { poll_id: poll.id, option_id }))),
    talk('http', message => program.say(teacher, message),
      option_id => program.call('POST', `/api/polls/${poll.id}/vote`, { token, body: { option_id } })),
  ]);
  // Results may be merged, but the last one always comes: that with the vote of one more person.
  await program.vote(await program.guest('Late'), poll, 1);
  await room.sse.next('vote:result', r => r.voters === 6);
  const path = `/api/polls/${poll.id}`;
  await program.call('PATCH', path, { token, body: { title: 'Tea?' } });
  await program.call('PATCH', path, { token, body: { is_active: false } });
  const { total_votes, voters, options } = await program.call('GET', path);
  await program.call('DELETE', path, { token });
  await upgraded(both, 'websocket');

  const happened = await agree(room, teacher, 4 + 1 + 50 + 1 + 2 + 1 + 1);
  const of = name => happened.filter(e => e.event === name).map(e => e.data);
  assert.deepEqual(of('vote:result').at(-1), { poll_id: poll.id, total_votes, voters, options });
  assert.deepEqual(options.map(o => o.votes), [5, 1, 0]); // the last vote of the other five was for the first
  for (const who of [...Object.keys(acts), 'http']) {
    const said = of('chat:message_received').map(m => m.message).filter(m => m.startsWith(`${who} `));
    assert.deepEqual(said, Array.from({ length: 10 }, (_, i) => `${who} ${i}`));
  }
  assert.deepEqual(of('poll:updated').map(p => [p.title, p.is_active]), [['Tea?', true], ['Tea?', false]]);
  assert.deepEqual(of('poll:deleted'), [{ poll_id: poll.id }]);
  assert.deepEqual(happened.map(e => e.seq), happened.map((_, i) => room.start + 1 + i));
});

it('presence counts people, whatever they come by', async t => {
  const room = await enter(t), { program, polling, websocket, both, plain } = room;
  const kim = await program.guest('Kim'), lee = await program.guest('Lee'), teacher = await program.guest('Teacher');
  const person = ({ user: { id, nickname, role } }) => ({ id, nickname, role });
  const [k, l] = [person(kim), person(lee)];
  const here = who => who.heard.events.filter(e => e.event === 'users:online').map(e => e.data.users);

  await done(polling, 'user:join', { token: kim.access_token });
  await plain.ask('user:join', { token: lee.access_token });
  await done(websocket, 'user:join', { token: kim.access_token }); // here already
  await done(both, 'user:join', { token: lee.access_token });
  await program.say(teacher, 'all are in');
  for (const heard of Object.values(room.all)) await heard.next('chat:message_received', m => m.message === 'all are in');
  assert.deepEqual([polling, plain, websocket, both].map(here), [[[k]], [[k, l]], [[k, l]], [[k, l]]]);

  // Nobody is told that one of somebody's connections ends, but it is logged, afterwards.
  polling.disconnect();
  await until(() => program.log.includes('msg="Socket.IO closed"'), "the end of Kim's first connection");
  await done(websocket, 'user:join', { nickname: 'Park' }); // the second one changes hands
  plain.ws.close();
  await until(() => program.log.includes('msg="socket closed"'), "the end of Lee's first connection");
  both.disconnect();
  await room.sse.next('user:left', d => d.user.id === l.id);

  delete room.all.polling; // they have left
  delete room.all.plain;
  delete room.all.both;
  const happened = await agree(room, teacher, 5 + 2);
  const moves = happened.filter(e => e.event.startsWith('user:')).map(({ event, data }) => [event, data.user.nickname, data.online]);
  assert.deepEqual(moves, [['user:joined', 'Kim', 1], ['user:joined', 'Lee', 2], ['user:left', 'Kim', 1],
    ['user:joined', 'Park', 2], ['user:left', 'Lee', 1]]);
});

it('who is gone without a word is gone for all', async t => {
  const room = await enter(t), { polling, websocket, plain } = room;
  await Promise.all([done(polling, 'user:join', { nickname: 'a' }), done(websocket, 'user:join', { nickname: 'b' })]);
  polling.io.engine.close(); // the connection alone, as when a page is left
  websocket.io.engine.close();
  polling.disconnect(); // and does not come back
  websocket.disconnect();
  for (const name of ['a', 'b']) {
    for (const heard of [plain.heard, room.sse]) await heard.next('user:left', d => d.user.nickname === name);
  }
  const left = plain.heard.events.filter(e => e.event === 'user:left');
  assert.deepEqual(room.sse.events.filter(e => e.event === 'user:left'), left);
  assert.equal(left.at(-1).data.online, 0);
});
