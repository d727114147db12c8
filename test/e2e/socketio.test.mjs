// Socket.IO as its own clients speak it, the newest and the oldest, over each transport, with the real program.
// What goes wrong between client and server is in outage.test.mjs, who else hears it in room.test.mjs.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { STATUS_CODES } from 'node:http';
import { ask, clients, connected, done, open, refused, told, upgraded, ways } from './clients.mjs';
import { Program, until } from './program.mjs';

let program;
before(async () => { program = await Program.start(); });
after(() => program?.end());

for (const [client, { io }] of Object.entries(clients)) {
  for (const [way, { options, transport }] of Object.entries(ways)) {
    describe(`${client}, ${way}`, () => {
      // enter opens a client and waits until it is in.
      const enter = (t, more) => connected(open(t, io, program.ws, { ...options, ...more }));
      // enterAs does it as a new guest.
      const enterAs = async (t, nickname) => {
        const session = await program.guest(nickname);
        return Object.assign(await enter(t, { auth: { token: session.access_token } }), { session });
      };

      it('uses the transport that it was told to', async t => {
        const socket = await enter(t);
        await upgraded(socket, transport);
        await done(socket, 'user:join', { nickname: 'Kim' });
        assert.equal(socket.io.engine.transport.name, transport);
        await until(async () => (await program.health()).sockets === 1, '/health to count it'); // others may just be leaving
      });

      it('joins with auth.token, and who only listens hears of it', async t => {
        const listener = await enter(t);
        const kim = await enterAs(t, '김 👋');
        const here = d => d.user.id === kim.session.user.id;
        const joined = await kim.heard.next('user:joined', here);
        assert.deepEqual(joined.data.user, { id: kim.session.user.id, nickname: '김 👋', role: 'student' });
        const { data: { users } } = await kim.heard.next('users:online');
        assert.deepEqual(users.find(u => u.id === kim.session.user.id), joined.data.user);
        assert.deepEqual(await listener.heard.next('user:joined', here), joined);
        kim.disconnect();
        assert.deepEqual((await listener.heard.next('user:left', here)).data.user, joined.data.user);
        assert(!listener.heard.events.some(e => e.event === 'users:online'), 'only who joins is told who is here');
      });

      it('joins with user:join, by a nickname or a token, and the last one holds', async t => {
        const socket = await enter(t);
        const guest = await done(socket, 'user:join', { nickname: 'Kim' });
        assert.equal(guest.user.nickname, 'Kim');
        const me = await program.call('GET', '/api/auth/me', { token: guest.access_token });
        assert.deepEqual(me, guest.user);

        const lee = await program.guest('Lee');
        assert.deepEqual(await done(socket, 'user:join', { token: lee.access_token }), { user: lee.user });
        await socket.heard.next('user:left', d => d.user.id === guest.user.id);
        assert.equal((await done(socket, 'chat:message', { message: 'hello' })).user.id, lee.user.id);
      });

      it('chats: the sender is acknowledged, then everybody hears it', async t => {
        const [kim, lee] = [await enterAs(t, 'Kim'), await enterAs(t, 'Lee')];
        const order = [];
        kim.on('chat:message_received', () => order.push('heard'));
        kim.emit('chat:message', { message: ' 안녕 👋 "quoted" \r\n next line ' }, answer => order.push(answer));
        await lee.heard.next('chat:message_received');
        await until(() => order.length === 2, 'the acknowledgement');
        const [{ ok, data: acked }] = order;
        assert.deepEqual([ok, order[1]], [true, 'heard']);
        assert.equal(acked.message, '안녕 👋 "quoted" \n next line');
        assert.equal(acked.user.nickname, 'Kim');
        for (const heard of [kim.heard, lee.heard]) {
          const { data, seq } = await heard.next('chat:message_received');
          assert.deepEqual(data, acked);
          assert(Number.isInteger(seq), 'the last argument is the number of the event');
        }
        assert.deepEqual((await program.call('GET', '/api/chat/messages?limit=1')).messages, [acked]);
      });

      it('votes with an acknowledgement, and everybody hears the result', async t => {
        const [kim, lee] = [await enterAs(t, 'Kim'), await enterAs(t, 'Lee')];
        const poll = await program.poll(kim.session, 'Tea or coffee?', 'Tea', 'Coffee');
        assert.deepEqual((await lee.heard.next('poll:created', d => d.id === poll.id)).data.options, poll.options);

        const acked = await done(kim, 'vote:cast', { poll_id: poll.id, option_id: poll.options[1].id });
        assert.deepEqual(acked.my_vote, [poll.options[1].id]);
        assert.deepEqual(acked.options.map(o => o.votes), [0, 1]);
        const { total_votes, voters, options } = acked;
        const result = { poll_id: poll.id, total_votes, voters, options };
        for (const heard of [kim.heard, lee.heard]) assert.deepEqual((await heard.next('vote:result')).data, result);
        assert.deepEqual(await program.call('GET', `/api/polls/${poll.id}`, { token: kim.session.access_token }), acked);

        await done(lee, 'vote:cast', { poll_id: poll.id, option_ids: [poll.options[0].id] });
        await kim.heard.next('vote:result', d => d.total_votes === 2 && d.options.every(o => o.percentage === 50));
      });

      it('many events at once are acknowledged and heard in the order in which they were sent', async t => {
        const kim = await enterAs(t, 'Kim'); // not waiting for the upgrade: they go out while it happens
        const texts = Array.from({ length: 40 }, (_, i) => `message ${i}`);
        const acked = await Promise.all(texts.map(message => done(kim, 'chat:message', { message })));
        assert.deepEqual(acked.map(m => m.message), texts);
        await kim.heard.next('chat:message_received', m => m.message === texts.at(-1));
        const heard = kim.heard.events.filter(e => e.event === 'chat:message_received');
        assert.deepEqual(heard.map(e => e.data), acked);
        await upgraded(kim, transport);
      });

      it('what is wrong comes to the callback', async t => {
        const nobody = await enter(t), kim = await enterAs(t, 'Kim');
        const poll = await program.poll(kim.session, 'Open', 'a', 'b'), closed = await program.poll(kim.session, 'Closed', 'a', 'b');
        await program.call('PATCH', `/api/polls/${closed.id}`, { token: kim.session.access_token, body: { is_active: false } });
        const bytes = Buffer.from([1, 2, 3]);
        for (const [what, socket, args, status, field] of [
          ['a message of who has not joined', nobody, ['chat:message', { message: 'hello' }], 401],
          ['a vote of who has not joined', nobody, ['vote:cast', { poll_id: poll.id, option_id: poll.options[0].id }], 401],
          ['a token that is none', nobody, ['user:join', { token: 'x' }], 401],
          ['a token and a nickname', nobody, ['user:join', { token: 'x', nickname: 'y' }], 422, 'token'],
          ['no nickname', nobody, ['user:join', {}], 422, 'nickname'],
          ['an unknown event', kim, ['chat:shout', { message: 'hello' }], 404],
          ['an event of the server', kim, ['chat:message_received', { message: 'hello' }], 404],
          ['no data at all', kim, ['chat:message'], 422, 'message'],
          ['data without what is needed', kim, ['chat:message', {}], 422, 'message'],
          ['an empty message', kim, ['chat:message', { message: '  ' }], 422, 'message'],
          ['a message that is too long', kim, ['chat:message', { message: 'x'.repeat(501) }], 422, 'message'],
          ['a member that does not exist', kim, ['chat:message', { message: 'hello', to: 'Lee' }], 400],
          ['a text instead of an object', kim, ['chat:message', 'hello'], 400],
          ['null', kim, ['chat:message', null], 400],
          ['two arguments', kim, ['chat:message', { message: 'hello' }, { message: 'world' }], 400],
          ['binary data', kim, ['chat:message', bytes], 400],
          ['binary data in an object', kim, ['chat:message', { message: bytes }], 400],
          ['an unknown poll', kim, ['vote:cast', { poll_id: 999_999, option_id: 1 }], 404],
          ['an option of another poll', kim, ['vote:cast', { poll_id: poll.id, option_id: closed.options[0].id }], 422, 'option_id'],
          ['a vote for a closed poll', kim, ['vote:cast', { poll_id: closed.id, option_id: closed.options[0].id }], 409],
        ]) {
          const { ok, data, error } = await ask(socket, ...args);
          assert.deepEqual([ok, data, error?.status, error?.title], [false, undefined, status, STATUS_CODES[status]], what);
          assert.match(error.detail, /\w+/, what);
          assert.equal(error.errors?.[0].field, field, what);
          if (/binary/.test(what)) assert.match(error.detail, /binary/);
        }
        assert((await ask(kim, 'chat:message', { message: 'still here' })).ok);
        assert(!kim.heard.events.some(e => e.event === 'error'), 'what the callback is told is not told twice');
      });

      it('without a callback an error is an event, and success none', async t => {
        const socket = await enter(t);
        socket.emit('chat:message', { message: 'hello' });
        assert.equal((await socket.heard.next('error')).data.status, 401);
        socket.emit('user:join', { nickname: 'Kim' });
        socket.emit('chat:message', Buffer.from('hello'));
        socket.emit('chat:message', { message: 'quiet' });
        await socket.heard.next('chat:message_received', m => m.message === 'quiet');
        const errors = socket.heard.events.filter(e => e.event === 'error').map(e => e.data);
        assert.deepEqual(errors.map(e => e.status), [401, 400]);
        assert.match(errors[1].detail, /binary/);
      });

      it('a bad token is refused, and a good one then let in', async t => {
        const socket = open(t, io, program.ws, { ...options, auth: { token: 'x.y.z' } });
        const error = await refused(socket);
        assert.equal(error.data.status, 401);
        assert.equal(error.data.title, 'Unauthorized');
        assert.equal(error.message, error.data.detail);
        assert.equal(socket.connected, false);

        const kim = await program.guest('Kim');
        socket.auth = { token: kim.access_token };
        socket.connect();
        await connected(socket);
        assert.equal((await done(socket, 'chat:message', { message: 'hello' })).user.id, kim.user.id);
      });

      it('a token that is no text is refused', async t => {
        assert.equal((await refused(open(t, io, program.ws, { ...options, auth: { token: 5 } }))).data.status, 400);
      });

      it('an unknown namespace is refused, and others on the same connection go on', async t => {
        const kim = await enterAs(t, 'Kim');
        const other = kim.io.socket('/admin');
        assert.equal((await refused(other)).message, 'Invalid namespace');
        other.disconnect();
        await done(kim, 'chat:message', { message: 'hello' });
        assert.equal((await refused(open(t, io, `${program.ws}/admin`, options))).message, 'Invalid namespace');
      });

      it('what is over 64 KiB ends the connection, and the client comes back', async t => {
        const kim = await enterAs(t, 'Kim');
        await upgraded(kim, transport);
        kim.emit('chat:message', { message: 'x'.repeat(64 << 10) });
        assert.match(await told(kim, 'disconnect'), /^transport (close|error)$/);
        await connected(kim);
        await done(kim, 'chat:message', { message: 'back' });
      });

      it('pages of the own machine may connect, others not', async t => {
        const from = Origin => ({ ...options, extraHeaders: { Origin } });
        await connected(open(t, io, program.ws, from('http://localhost:5173')));
        await refused(open(t, io, program.ws, from('http://elsewhere.example')));
      });

      it('works over TLS on the same port', async t => {
        const session = await program.guest('Kim');
        const socket = await connected(open(t, io, program.ws.replace('http:', 'https:'),
          { ...options, auth: { token: session.access_token }, rejectUnauthorized: false })); // the certificate is self-signed
        await upgraded(socket, transport);
        const poll = await program.poll(session, 'Secret?', 'Yes', 'No');
        await done(socket, 'vote:cast', { poll_id: poll.id, option_id: poll.options[0].id });
        assert.equal((await socket.heard.next('vote:result')).data.total_votes, 1);
        const sent = await done(socket, 'chat:message', { message: 'hello' });
        assert.deepEqual((await socket.heard.next('chat:message_received')).data, sent);
      });
    });
  }
}
