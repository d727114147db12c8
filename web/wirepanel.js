// On the wire: a list of every HTTP exchange and every frame of a WebSocket of this page, the newest at the bottom as in
// Wireshark. Opened, an item shows what it was made of, and the display filter that finds it in a capture.
//
// On a narrow screen this is a view of its own; on a wide one it is a dock at the bottom. Nothing is drawn while nobody sees it.

import { drawCounts } from './compare.js';
import { frameHead, lengthForm, onCount } from './counters.js';
import { dock, onDock, wide } from './dock.js';
import { $, copy, element, isAtEnd, setText, setTexts, show, soon, store, stored } from './dom.js';
import { exchangeFilters, frameFilters } from './filters.js';
import { onStatus } from './live.js';
import { localISO, number, onLanguage, t, words } from './texts.js';
import { clear, lost, onRecord, protocolOf, records } from './wire.js';

words({
  wireList: ['Requests and frames', '요청과 프레임'],
  showAll: ['Everything', '전체'], showFrames: ['Frames and events', '프레임과 이벤트'], showWhich: ['Show', '표시'],
  hidePolls: ['without the polling', '폴링 제외'], pause: ['Pause', '일시 정지'], goOn: ['Go on', '계속'], clearList: ['Clear', '지우기'],
  closeDock: ['Close', '닫기'], dockHeight: ['Height of the panel', '패널 높이'],
  sent: ['sent', '보냄'], got: ['received', '받음'],
  s_waiting: ['waiting', '대기'], s_receiving: ['receiving', '수신 중'], s_failed: ['failed', '실패'], s_aborted: ['given up', '중단'],
  closedByUs: ['we closed', '내가 닫음'], closedByServer: ['server closed', '서버가 닫음'],
  lostSocket: ['connection lost, no close frame', '연결 끊김, close 프레임 없음'],
  f_request: ['Display filter: this request', '표시 필터: 이 요청'],
  f_connection: ['The whole TCP connection', 'TCP 연결 전체'], f_frame: ['Display filter: this frame', '표시 필터: 이 프레임'],
  f_event: ['Display filter: this event', '표시 필터: 이 이벤트'],
  noPort: ['The client’s port is not known.', '클라이언트 포트를 알 수 없습니다.'],
  needsKeys: ['TLS: Wireshark needs the key log (-keylog) to find it.', 'TLS: 키 로그(-keylog)가 있어야 Wireshark에서 보입니다.'],
  needsClock: ['With times: capture on this machine, or one with the same clock.', '시각 조건이 있으므로 이 컴퓨터나 시계가 같은 컴퓨터에서 캡처하세요.'],
  requestHead: ['Request', '요청'], answerHead: ['Answer', '응답'], moreHeaders: ['The browser adds headers that no page sees (Host, User-Agent, Origin…), and may ask for leave first (OPTIONS).', '브라우저가 페이지에 보이지 않는 헤더(Host, User-Agent, Origin…)를 덧붙이며, 먼저 허락을 구하기도 합니다(OPTIONS).'],
  fewHeaders: ['CORS shows a page only some of the headers.', 'CORS 때문에 페이지에는 일부 헤더만 보입니다.'],
  headAfter: [ms => `head after ${ms} ms`, ms => `헤더까지 ${ms} ms`], allAfter: [ms => `, all after ${ms} ms`, ms => `, 전체 ${ms} ms`],
  secrets: ['“…”: passwords and tokens are left out here. Without TLS, everybody on the way can read them.', '“…”: 비밀번호와 토큰은 여기에 표시하지 않습니다. TLS가 없으면 중간에서 누구나 읽을 수 있습니다.'],
  cutOff: [n => `… ${n} bytes in all`, n => `… 전체 ${n}바이트`], binaryBody: [n => `(${n} bytes)`, n => `(${n}바이트)`],
  frameHead: [n => `head, ${n} bytes`, n => `헤더 ${n}바이트`], payload: [n => `payload, ${n} bytes`, n => `페이로드 ${n}바이트`],
  maskOn: ['client to server: always masked; the key is random for each frame and hidden from pages', '클라이언트→서버: 항상 마스킹. 키는 프레임마다 무작위이며 페이지에는 보이지 않음'],
  maskOff: ['server to client: never masked', '서버→클라이언트: 마스킹하지 않음'],
  onePerMessage: ['One message is one frame here. Fragments, pings and pongs the browser handles by itself; pages never see them.', '여기서는 메시지 하나가 프레임 하나입니다. 단편화와 ping, pong은 브라우저가 처리하며 페이지에는 보이지 않습니다.'],
});

const list = $('#wire .rows'), which = $('#wire-which'), polls = $('#wire-polls');
const mostRows = 200, mostKept = 500; // in the list while one follows, and while one reads
let paused = false;
const dirty = new Set(), rows = new Map(); // records that have changed; rows by record

const isPolling = r => r.kind === 'http' && !r.socket && r.way !== undefined && r.way !== 'sse';
const wanted = r => (which.value === 'all' || (which.value === 'http') === (r.kind === 'http')) && !(polls.checked && isPolling(r));

const find = (text, ...patterns) => patterns.map(p => p.exec(text)?.[1]).find(Boolean);
const ackOf = text => find(text, /^\{"event":"(?:ack|error)","id":(\d+)/, /^43(\d+)/);
const frameName = text => find(text, /^\{"event":"([^"]+)"/, /^4[23]\d*\["([^"]+)"/) ?? text.slice(0, 24);

function what(r) {
  if (r.kind === 'http') return `${r.method} ${r.url.pathname}${r.url.search}`;
  if (r.kind === 'event') return r.name;
  if (r.kind === 'close') return r.clean ? `${t(r.up ? 'closedByUs' : 'closedByServer')}, ${r.code}` : t('lostSocket');
  const ack = ackOf(r.text);
  return ack ? `ack ${ack}` : frameName(r.text);
}

function outcome(r) {
  if (r.kind === 'event') return 'id ' + r.id;
  if (r.kind === 'frame') return 'text';
  if (r.kind === 'close') return r.clean ? 'close' : '–';
  return r.state === 'done' ? String(r.status) : r.status ? `${r.status} ${t('s_' + r.state)}` : t('s_' + r.state);
}

const sizeOf = r => r.size + (/frame|close/.test(r.kind) ? frameHead(r.size, r.up) : 0);
const direction = r => r.kind === 'http' ? 'both' : r.up ? 'up' : 'down';
const round = ms => number(Math.round(ms));
const arrows = { both: '↑↓', up: '↑', down: '↓' };
const failed = r => r.kind === 'http' ? r.state === 'failed' || r.status >= 400 : r.kind === 'close' && !r.clean;

function rowOf(record) {
  const cells = ['at', 'arrow', 'what', 'port', 'outcome', 'size', 'ms'].map(className => element('span', { className }));
  const row = element('details', { record }, element('summary', {}, ...cells));
  row.ontoggle = () => row.open ? row.append(detail(record)) : row.lastChild.remove();
  cells[0].textContent = localISO(record.at).slice(11, 23);
  cells[1].append(element('span', { ariaHidden: 'true', textContent: arrows[direction(record)] }));
  if (record.kind !== 'http') cells[1].append(element('span', { className: 'unseen' }, t(record.up ? 'sent' : 'got') + ' '));
  fill(row);
  return row;
}

function fill(row) {
  const r = row.record, ms = r.whole ?? r.first; // only exchanges have that
  row.className = `${r.kind} ${direction(r)}` + (failed(r) ? ' failed' : '');
  setTexts(row.firstChild, { '.what': what(r), '.outcome': outcome(r), '.size': number(sizeOf(r)) + ' B',
    '.ms': ms === undefined ? '' : round(ms) + ' ms' });
  showPort(row);
}

const showPort = ({ firstChild, record: r }) => setText($('.port', firstChild), /:\d+$/.exec((r.of ?? r).client ?? '')?.[0] ?? '');

function detail(r) {
  const box = element('div', { className: 'detail' }, filtersOf(r));
  if (r.kind === 'http') box.append(...exchangeDetail(r));
  else if (r.kind === 'event') box.append(pre(r.text));
  else box.append(...frameDetail(r));
  return box;
}

function filtersOf(r) {
  const h2 = r.kind === 'http' && protocolOf(r) === 'h2', list = element('dl', { className: 'filters' });
  const all = (r.kind === 'http' ? exchangeFilters : frameFilters)(r, records, { lost, h2 });
  for (const { what, filter } of all) {
    const code = element('code', { className: what }, filter), button = element('button', { onclick: () => copy(code, button) }, t('copy'));
    list.append(element('dt', {}, t('f_' + what)), element('dd', {}, code, button));
  }
  const notes = [!(r.client ?? r.of?.client) && 'noPort', /^(https|wss):$/.test((r.of ?? r).url.protocol) && 'needsKeys',
    all.some(f => f.filter.includes('frame.time')) && 'needsClock'].filter(Boolean);
  return element('div', {}, list, note(notes.map(key => t(key)).join(' ')));
}

const pre = text => element('pre', { tabIndex: 0 }, text.trimEnd()); // which can be scrolled with the keyboard
const note = text => element('p', { className: 'faint' }, text);
const lines = headers => headers.map(([name, value]) => `${name}: ${value}\n`).join('');
const cut = (text, size) => text.length < size && text.length >= 16 << 10 ? `${text}\n${t('cutOff', number(size))}` : text;
const http = r => ({ h2: 'HTTP/2', h3: 'HTTP/3' })[protocolOf(r)] ?? 'HTTP/1.1';

function exchangeDetail(r) {
  const body = r.body === null ? t('binaryBody', number(r.bodySize)) : cut(r.body, r.bodySize);
  const request = `${r.method} ${r.url.pathname}${r.url.search} ${http(r)}\n${lines(r.headers)}\n${body}`;
  const parts = [element('h3', {}, t('requestHead')), pre(request), note(t('moreHeaders'))];
  if (r.status) {
    const answer = `${http(r)} ${r.status} ${r.statusText}\n${lines(r.answer)}\n${cut(r.text, r.size)}`;
    parts.push(element('h3', {}, t('answerHead')), pre(answer),
      note(`${t('headAfter', round(r.first))}${r.whole ? t('allAfter', round(r.whole)) : ''}. ${t('fewHeaders')}`));
  } else if (r.why) parts.push(note(r.why));
  if ((request + r.text).includes('…')) parts.push(note(t('secrets')));
  return parts;
}

// frameDetail shows the head of a frame bit by bit (RFC 6455 §5.2).
function frameDetail(r) {
  if (r.kind === 'close' && !r.clean) return [note('1006')];
  const form = lengthForm(r.size), head = frameHead(r.size, r.up);
  const facts = { FIN: '1', opcode: r.kind === 'close' ? '0x8 close' : '0x1 text',
    MASK: r.up ? `1 · ${t('maskOn')}` : `0 · ${t('maskOff')}`, length: `${number(r.size)} · ${form === 7 ? '7' : `7+${form}`} bit` };
  const bytes = [r.kind === 'close' ? 0x88 : 0x81, (r.up ? 0x80 : 0) | (form === 7 ? r.size : form === 16 ? 126 : 127),
    ...form === 16 ? [r.size >> 8, r.size & 255] : form === 64 ? [0, 0, 0, 0, ...[24, 16, 8, 0].map(s => r.size >>> s & 255)] : []];
  const hex = bytes.map(b => b.toString(16).padStart(2, '0')).join(' ') + (r.up ? ' ?? ?? ?? ??' : '');
  return [element('dl', { className: 'facts' }, ...Object.entries(facts).flatMap(([name, value]) =>
    [element('dt', {}, name), element('dd', {}, value)])),
    element('h3', {}, t('frameHead', head)), pre(hex), element('h3', {}, t('payload', number(r.size))),
    pre(r.kind === 'close' ? `${r.code} ${r.text}` : cut(r.text, r.size)), note(t('onePerMessage'))];
}

// ---- drawing

const visible = () => wide.matches ? 'dock' in document.body.dataset : document.body.dataset.view === 'wire';
const redraw = soon(() => {
  if (!visible()) return;
  drawCounts();
  if (!paused) drawList();
});

function drawList() {
  const atEnd = isAtEnd(list);
  for (const [r, row] of rows) if (dirty.has(r.of)) showPort(row); // of a socket that has learned where it is
  for (const record of dirty) {
    const row = rows.get(record);
    if (row) fill(row);
    else if (wanted(record) && records.includes(record)) {
      rows.set(record, rowOf(record));
      list.append(rows.get(record));
    }
  }
  dirty.clear();
  for (const most = atEnd ? mostRows : mostKept; list.childElementCount > most;) {
    rows.delete(list.firstElementChild.record);
    list.firstElementChild.remove();
  }
  if (atEnd) list.scrollTop = list.scrollHeight;
  show($('#wire .none'), !list.childElementCount);
  showEnd();
}

const showEnd = () => show($('#wire .to-end'), !isAtEnd(list));
list.onscroll = showEnd;
$('#wire .to-end').onclick = () => { list.scrollTop = list.scrollHeight; };

function drawAnew() {
  list.replaceChildren();
  rows.clear();
  dirty.clear();
  for (const r of records.slice(-mostRows)) dirty.add(r);
  redraw();
}

onRecord(record => {
  dirty.add(record);
  if (dirty.size > mostKept) dirty.delete(dirty.values().next().value);
  redraw();
});
onCount(redraw);
onStatus(redraw);
onLanguage(() => { showPause(); drawAnew(); });
which.onchange = polls.onchange = drawAnew;
$('#wire .clear').onclick = () => { clear(); drawAnew(); };
const showPause = () => { $('#wire .pause').textContent = t(paused ? 'goOn' : 'pause'); };
$('#wire .pause').onclick = () => { paused = !paused; showPause(); redraw(); };

// ---- the dock

$('#wire .close').onclick = () => dock(false);
onDock(redraw);

// The edge can be dragged, or moved with the arrow keys.
const edge = $('#wire .edge');
const setHeight = height => {
  const share = Math.min(85, Math.max(15, Math.round(height)));
  document.documentElement.style.setProperty('--dock', share + 'vh');
  edge.ariaValueNow = share;
  store('dockHeight', share);
};
setHeight(stored('dockHeight') ?? 40);
edge.onpointerdown = event => edge.setPointerCapture(event.pointerId);
edge.onpointermove = ({ clientY, pointerId }) => edge.hasPointerCapture(pointerId) && setHeight((1 - clientY / innerHeight) * 100);
edge.onkeydown = event => {
  const step = { ArrowUp: 5, ArrowDown: -5 }[event.key];
  if (!step) return;
  event.preventDefault();
  setHeight(Number(edge.ariaValueNow) + step);
};
