// The page's modules that need no browser: streams of events, packets of Socket.IO, frames and display filters.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { acted, browserBytes, counters, frameHead, heard, learn, lengthForm, reset } from '../../web/counters.js';
import { exchangeFilters, frameFilters, mark, quote } from '../../web/filters.js';
import { SocketIO, eventPacket, parsePacket } from '../../web/socketio.js';
import { EventStream } from '../../web/sse.js';

describe('a stream of events', () => {
  const parse = (...pieces) => {
    const found = [], stream = new EventStream(({ event, data, id }) => found.push([event, data, id]));
    for (const piece of pieces) stream.push(piece);
    return found;
  };
  const cases = { // most are the examples of the HTML Standard, §9.2.6
    'one event of several lines': ['data: YHOO\ndata: +2\ndata: 10\n\n', [['message', 'YHOO\n+2\n10', '']]],
    'a comment, an id, an id that is reset, a space that belongs to the data':
      [': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n',
        [['message', 'first event', '1'], ['message', 'second event', ''], ['message', ' third event', '']]],
    'empty data, and an event without its empty line': ['data\n\ndata\ndata\n\ndata:', [['message', '', ''], ['message', '\n', '']]],
    'the space behind the colon does not count': ['data:test\n\ndata: test\n\n', [['message', 'test', ''], ['message', 'test', '']]],
    'names, and a name that holds for one event only': ['event: add\ndata: 73\n\ndata: 1\n\n', [['add', '73', ''], ['message', '1', '']]],
    'an id without data is kept for the next': ['id: 7\nevent: x\n\ndata: a\n\n', [['message', 'a', '7']]],
    'an id with NUL is ignored': ['id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n', [['message', 'a', '1'], ['message', 'b', '1']]],
    'CR and CRLF end lines as well': ['data: a\r\n\r\ndata: b\r\rdata: c\r\n\r\n', [['message', 'a', ''], ['message', 'b', ''], ['message', 'c', '']]],
    'unknown fields and retry are ignored': ['retry: 10\nfoo: bar\ndata: a\n\n', [['message', 'a', '']]],
  };
  for (const [what, [text, events]] of Object.entries(cases)) {
    it(what, () => assert.deepEqual(parse(text), events));
    it(`${what}, cut anywhere`, () => {
      assert.deepEqual(parse(...text), events);
      for (let at = 0; at <= text.length; at++) assert.deepEqual(parse(text.slice(0, at), '', text.slice(at)), events, `cut at ${at}`);
    });
  }
});

describe('packets of Socket.IO', () => {
  for (const [packet, parsed] of [
    ['0{"sid":"a"}', { type: '0', text: '{"sid":"a"}' }],
    ['3probe', { type: '3', text: 'probe' }],
    ['2', { type: '2', text: '' }],
    ['40{"sid":"b"}', { type: '40', id: undefined, data: { sid: 'b' } }],
    ['41', { type: '41', id: undefined, data: undefined }],
    ['42["greeting",{"text":"1"},"7"]', { type: '42', id: undefined, data: ['greeting', { text: '1' }, '7'] }],
    ['4312[{"ok":true}]', { type: '43', id: 12, data: [{ ok: true }] }],
    ['44{"message":"no"}', { type: '44', id: undefined, data: { message: 'no' } }],
    ['42["line",{"text":"a\u2028b\\n"}]', { type: '42', id: undefined, data: ['line', { text: 'a\u2028b\n' }] }],
  ]) it(packet, () => assert.deepEqual(parsePacket(packet), parsed));

  it('are written the same way', () => {
    assert.equal(eventPacket('chat:message', { message: 'hello' }, 7), '427["chat:message",{"message":"hello"}]');
    assert.equal(eventPacket('chat:message', {}), '42["chat:message",{}]');
  });

  it('a session that is ended before it begins sends nothing', async () => {
    const ended = AbortSignal.abort();
    await assert.rejects(new SocketIO('http://127.0.0.1:1', {}, ended, {}).run());
  });
});

describe('frames', () => {
  for (const [size, form, head] of [[0, 7, 2], [125, 7, 2], [126, 16, 4], [65535, 16, 4], [65536, 64, 10]]) {
    it(`of ${size} bytes: RFC 6455 §5.2`, () => assert.deepEqual([lengthForm(size), frameHead(size, false), frameHead(size, true)], [form, head, head + 4]));
  }
});

describe('display filters', () => {
  const exchange = (path, more = {}) => ({ kind: 'http', method: 'GET', url: new URL('http://127.0.0.1:8000' + path), client: '127.0.0.1:5000',
    status: 200, answer: [], at: 1_000_000, first: 10.2, whole: 20, ...more });
  const first = (record, all = [record], options) => exchangeFilters(record, all, options)[0].filter;

  it('quote what is special', () => assert.equal(quote('a"b\\c\n'), '"a\\"b\\\\c\\n"'));
  it('find a request', () => assert.equal(first(exchange('/api/polls?x=%22')),
    'tcp.srcport == 5000 && http.request.method == "GET" && http.request.uri == "/api/polls?x=%22"'));
  it('find a request from IPv6', () => assert.match(first(exchange('/', { client: '[::1]:6000' })), /^tcp\.srcport == 6000 /));
  it('find a request of HTTP/2', () => assert.equal(first(exchange('/x'), [], { h2: true }),
    'tcp.srcport == 5000 && http2.headers.method == "GET" && http2.headers.path == "/x"'));
  it('tell the same request apart by its time', () => {
    const a = exchange('/x'), b = exchange('/x', { at: 2_000_000 });
    const timed = 'tcp.srcport == 5000 && http.request.method == "GET" && http.request.uri == "/x" && frame.time_epoch >= 1000.000 && frame.time_epoch <= 1000.012';
    assert.equal(first(a, [a, b]), timed);
    for (const other of [{ client: null }, {}]) assert.equal(first(a, [a, { ...b, ...other }]), timed);
    for (const other of [{ client: '127.0.0.1:5001' }, { method: 'POST' }, { url: new URL('http://127.0.0.1:8001/x') }]) {
      assert(!first(a, [a, { ...b, ...other }]).includes('time'), JSON.stringify(other));
    }
    assert.equal(first(a, [a], { lost: true }), timed);
  });
  it('find without a port what has failed', () => {
    const failed = exchange('/x', { client: undefined, status: undefined, first: undefined, whole: 5 });
    assert.deepEqual(exchangeFilters(failed, [failed]).map(f => f.filter),
      ['http.request.method == "GET" && http.request.uri == "/x" && frame.time_epoch >= 1000.000 && frame.time_epoch <= 1000.006']);
  });

  const socket = exchange('/ws', { socket: true, url: new URL('ws://127.0.0.1:8001/ws') });
  const frame = (text, up = false, more = {}) => ({ kind: 'frame', of: socket, up, text, tail: text.slice(-40), at: 1_000_000, ...more });
  for (const [text, condition] of [
    ['{"event":"vote:result","data":{"poll_id":7},"seq":57}', 'contains "\\"seq\\":57}"'],
    ['{"event":"chat:message","data":{"message":"\\"id\\":4}"},"id":3}', 'contains "\\"id\\":3}"'],
    ['{"event":"ack","id":3,"data":{}}', 'contains "{\\"event\\":\\"ack\\",\\"id\\":3,"'],
    ['{"event":"error","id":3,"data":{}}', 'contains "{\\"event\\":\\"error\\",\\"id\\":3,"'],
    ['42["vote:result",{"poll_id":7},"57"]', 'contains "},\\"57\\"]"'],
    ['423["chat:message",{"message":"x"}]', 'contains "423[\\"chat:message\\""'],
    ['433[{"ok":true}]', 'contains "433[{\\"ok\\""'],
    ['2probe', '== "2probe"'],
    ['{"event":"users:online","data":{"users":[{"id":1,"nickname":"한"}]}}', 'contains "{\\"event\\":\\"users:online\\",\\"data\\""'],
  ]) it(`mark ${text}`, () => assert.equal(mark(frame(text))[0], 'websocket.payload.text ' + condition));

  it('use the end of a long frame that was not kept', () =>
    assert.equal(mark({ text: '{"event":"x","data":"', tail: 'aaa","seq":9}' })[0], 'websocket.payload.text contains "\\"seq\\":9}"'));
  it('tell directions, and pings apart by their time', () => {
    const a = frame('2'), b = frame('2', false, { at: 2_000_000 });
    assert.equal(frameFilters(a, [a])[0].filter, 'tcp.dstport == 5000 && websocket.payload.text == "2"');
    assert.equal(frameFilters(a, [a, b])[0].filter,
      'tcp.dstport == 5000 && websocket.payload.text == "2" && frame.time_epoch >= 999.000 && frame.time_epoch <= 1000.005');
    assert.match(frameFilters(frame('3', true), [])[0].filter, /^tcp\.srcport == 5000/);
  });
  it('find events of a stream, and the end of a socket', () => {
    const of = exchange('/api/events'), event = { kind: 'event', of, id: '57', up: false };
    assert.equal(frameFilters(event, [])[0].filter, 'tcp.dstport == 5000 && tcp contains "id: 57\\n"');
    const end = { kind: 'close', of: socket, up: true, clean: true };
    assert.equal(frameFilters(end, [])[0].filter, 'tcp.srcport == 5000 && websocket.opcode == 8');
    assert.deepEqual(frameFilters({ ...end, clean: false }, []), []);
  });
});

describe('counters', () => {
  it('measure the delay of what one did oneself', () => {
    reset();
    acted('chat:message', { message: ' hello ' }, 3);
    heard('sse', { event: 'chat:message_received', data: { message: 'hello', user: { id: 4 } } });
    assert.equal(counters.sse.last, null, 'somebody else said the same');
    heard('sse', { event: 'chat:message_received', data: { message: 'hello', user: { id: 3 } } });
    assert(counters.sse.last >= 0 && counters.sse.delays === 1 && counters.sse.events === 2);
    const failed = acted('vote:cast', { poll_id: 7 }, 3);
    failed();
    heard('sse', { event: 'vote:result', data: { poll_id: 7 } });
    assert.equal(counters.sse.delays, 1, 'what was refused has no news');
  });
  it('know a browser by the headers that it sends', () => {
    learn({ Host: ['x'], Accept: ['*/*'], 'User-Agent': ['abc'], 'Sec-Fetch-Mode': ['cors'] });
    assert.equal(browserBytes({ requests: 1, sockets: 0 }), 'User-Agent: abc\r\nSec-Fetch-Mode: cors\r\n'.length);
  });
});
