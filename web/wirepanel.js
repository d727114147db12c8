// On the wire: a list of every HTTP exchange and every frame of a WebSocket that this page made, the newest at the bottom
// as in Wireshark. Opened, an item shows what it was made of, and the display filter that finds it in a capture.
//
// On a narrow screen the list is a view of its own; on a wide one it is a dock at the bottom, which stays open while one
// goes on. Nothing is drawn while nobody sees it.

import { drawCounts, onCounts } from './compare.js';
import { frameHead, lengthForm } from './counters.js';
import { $, copy, element, setText, show, soon, store, stored } from './dom.js';
import { exchangeFilters, frameFilters } from './filters.js';
import { language, onLanguage, t, words } from './texts.js';
import { clear, lost, onRecord, protocolOf, records } from './wire.js';

words({
  wire: ['On the wire', '패킷'], wireList: ['Requests and frames', '요청과 프레임'],
  showAll: ['Everything', '전체'], showHTTP: ['HTTP', 'HTTP'], showFrames: ['Frames and events', '프레임과 이벤트'], showWhich: ['Show', '표시'],
  hidePolls: ['without the polling', '폴링 제외'], pause: ['Pause', '일시 정지'], goOn: ['Go on', '계속'], clearList: ['Clear', '지우기'],
  closeDock: ['Close', '닫기'], dockHeight: ['Height of the panel', '패널 높이'], toEnd: ['To the newest ↓', '최신으로 ↓'],
  sent: ['sent', '보냄'], got: ['received', '받음'],
  s_waiting: ['waiting', '대기'], s_receiving: ['receiving', '수신 중'], s_failed: ['failed', '실패'], s_aborted: ['given up', '중단'],
  closedBy: [(up, code) => `${up ? 'we closed' : 'server closed'}, ${code}`, (up, code) => `${up ? '내가 닫음' : '서버가 닫음'}, ${code}`],
  lostSocket: ['connection lost, no close frame', '연결 끊김, close 프레임 없음'],
  f_request: ['Display filter: this request', '표시 필터: 이 요청'], f_answer: ['The request and its answer', '요청과 응답'],
  f_connection: ['The whole TCP connection', 'TCP 연결 전체'], f_frame: ['Display filter: this frame', '표시 필터: 이 프레임'],
  f_event: ['Display filter: this event', '표시 필터: 이 이벤트'],
  copyFilter: ['Copy', '복사'], noPort: ['The client’s port is not known.', '클라이언트 포트를 알 수 없습니다.'],
  needsKeys: ['TLS: Wireshark needs the key log (-keylog) to find it.', 'TLS: 키 로그(-keylog)가 있어야 Wireshark에서 보입니다.'],
  needsClock: ['With times: capture on this machine, or one with the same clock.', '시각 조건이 있으므로 이 컴퓨터나 시계가 같은 컴퓨터에서 캡처하세요.'],
  requestHead: ['Request', '요청'], answerHead: ['Answer', '응답'], moreHeaders: ['The browser adds headers that no page sees (Host, User-Agent, Origin…), and may ask for leave first (OPTIONS).', '브라우저가 페이지에 보이지 않는 헤더(Host, User-Agent, Origin…)를 덧붙이며, 먼저 허락을 구하기도 합니다(OPTIONS).'],
  fewHeaders: ['CORS shows a page only some of the headers.', 'CORS 때문에 페이지에는 일부 헤더만 보입니다.'],
  timing: [(first, whole) => `head after ${first} ms` + (whole ? `, all after ${whole} ms` : ''), (first, whole) => `헤더까지 ${first} ms` + (whole ? `, 전체 ${whole} ms` : '')],
  secrets: ['“…”: passwords and tokens are left out here. Without TLS, everybody on the way can read them.', '“…”: 비밀번호와 토큰은 여기에 표시하지 않습니다. TLS가 없으면 중간에서 누구나 읽을 수 있습니다.'],
  cutOff: [n => `… ${n} bytes in all`, n => `… 전체 ${n}바이트`],
  binaryBody: [n => `(${n} bytes)`, n => `(${n}바이트)`],
  frameHead: [n => `head, ${n} bytes`, n => `헤더 ${n}바이트`], payload: [n => `payload, ${n} bytes`, n => `페이로드 ${n}바이트`],
  maskOn: ['client to server: always masked; the key is random for each frame and hidden from pages', '클라이언트→서버: 항상 마스킹. 키는 프레임마다 무작위이며 페이지에는 보이지 않음'],
  maskOff: ['server to client: never masked', '서버→클라이언트: 마스킹하지 않음'],
  onePerMessage: ['One message is one frame here. Fragments, pings and pongs the browser handles by itself; pages never see them.', '여기서는 메시지 하나가 프레임 하나입니다. 단편화와 ping, pong은 브라우저가 처리하며 페이지에는 보이지 않습니다.'],
});

const panel = $('#wire'), list = $('#wire .rows'), which = $('#wire-which'), polls = $('#wire-polls');
const mostRows = 200, mostKept = 500; // in the page while one follows, and while one reads
let paused = false;
const dirty = new Set(), rows = new Map(); // records that have changed; rows by record

// ---- which

const isPolling = r => r.kind === 'http' && !r.socket && r.way !== undefined && r.way !== 'sse';
const wanted = r => (which.value === 'all' || (which.value === 'http') === (r.kind === 'http')) && !(polls.checked && isPolling(r));

// ---- rows

const frameName = text => /^\{"event":"([^"]+)"/.exec(text)?.[1] ?? /^4[23]\d*\["([^"]+)"/.exec(text)?.[1] ?? text.slice(0, 24);
const ackOf = text => /^\{"event":"(?:ack|error)","id":(\d+)/.exec(text)?.[1] ?? /^43(\d+)/.exec(text)?.[1];

function what(r) {
  if (r.kind === 'http') return `${r.method} ${r.url.pathname}${r.url.search}`;
  if (r.kind === 'event') return r.name;
  if (r.kind === 'close') return r.clean ? t('closedBy', r.up, r.code) : t('lostSocket');
  const ack = ackOf(r.text);
  return ack ? `ack ${ack}` : frameName(r.text);
}

function outcome(r) {
  if (r.kind === 'event') return 'id ' + r.id;
  if (r.kind === 'frame') return 'text';
  if (r.kind === 'close') return r.clean ? 'close' : '–';
  return r.state === 'done' ? String(r.status) : r.status ? `${r.status} ${t('s_' + r.state)}` : t('s_' + r.state);
}

const time = at => {
  const d = new Date(at), two = n => String(n).padStart(2, '0');
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}.${String(d.getMilliseconds()).padStart(3, '0')}`;
};
const number = n => n.toLocaleString(language);
const sizeOf = r => r.size + (/frame|close/.test(r.kind) ? frameHead(r.size, r.up) : 0);
const direction = r => r.kind === 'http' ? 'both' : r.up ? 'up' : 'down';
const arrow = r => r.kind === 'http' ? '↑↓' : r.up ? '↑' : '↓';
const failed = r => r.kind === 'http' ? r.state === 'failed' || r.status >= 400 : r.kind === 'close' && !r.clean;

function rowOf(record) {
  const cells = ['at', 'arrow', 'what', 'port', 'outcome', 'size', 'ms'].map(className => element('span', { className }));
  const row = element('details', {}, element('summary', {}, ...cells));
  row.record = record;
  row.ontoggle = () => row.open ? row.append(detail(record)) : row.lastChild.remove();
  cells[0].textContent = time(record.at);
  cells[1].append(element('span', { ariaHidden: 'true', textContent: arrow(record) }));
  if (record.kind !== 'http') cells[1].append(element('span', { className: 'unseen' }, t(record.up ? 'sent' : 'got') + ' '));
  fill(row);
  return row;
}

function fill(row) {
  const r = row.record, [, , whatCell, , outcomeCell, sizeCell, msCell] = row.firstChild.children;
  row.className = `${r.kind} ${direction(r)}` + (failed(r) ? ' failed' : '');
  whatCell.textContent = what(r);
  showPort(row);
  outcomeCell.textContent = outcome(r);
  sizeCell.textContent = number(sizeOf(r)) + ' B';
  msCell.textContent = r.kind === 'http' && (r.whole ?? r.first) !== undefined ? number(Math.round(r.whole ?? r.first)) + ' ms' : '';
}

const showPort = ({ firstChild, record: r }) => setText(firstChild.children[3], /:\d+$/.exec((r.of ?? r).client ?? '')?.[0] ?? '');

// ---- details

function detail(r) {
  const box = element('div', { className: 'detail' }, filtersOf(r));
  if (r.kind === 'http') box.append(...exchangeDetail(r));
  else if (r.kind === 'event') box.append(element('pre', { tabIndex: 0 }, r.text));
  else box.append(...frameDetail(r));
  return box;
}

function filtersOf(r) {
  const h2 = r.kind === 'http' && protocolOf(r) === 'h2', list = element('dl', { className: 'filters' });
  const all = (r.kind === 'http' ? exchangeFilters : frameFilters)(r, records, { lost, h2 });
  for (const { what, filter } of all) {
    const button = element('button', { type: 'button', textContent: t('copyFilter') });
    button.onclick = () => copy(filter, button);
    list.append(element('dt', {}, t('f_' + what)), element('dd', {}, element('code', { className: what }, filter), button));
  }
  const notes = [!(r.client ?? r.of?.client) && 'noPort', /^(https|wss):$/.test((r.of ?? r).url.protocol) && 'needsKeys',
    all.some(f => f.filter.includes('frame.time')) && 'needsClock'].filter(Boolean);
  return element('div', {}, list, note(notes.map(key => t(key)).join(' ')));
}

const note = text => element('p', { className: 'faint' }, text);
const lines = headers => headers.map(([name, value]) => `${name}: ${value}\n`).join('');
const cut = (text, size) => text.length < size && text.length >= 16 << 10 ? text + '\n' + t('cutOff', number(size)) : text;
const http = r => ({ h2: 'HTTP/2', h3: 'HTTP/3' })[protocolOf(r)] ?? 'HTTP/1.1';

function exchangeDetail(r) {
  const body = r.body === null ? t('binaryBody', number(r.bodySize)) : cut(r.body, r.bodySize);
  const request = `${r.method} ${r.url.pathname}${r.url.search} ${http(r)}\n${lines(r.headers)}\n${body}`;
  const parts = [element('h3', {}, t('requestHead')), element('pre', { tabIndex: 0 }, request.trimEnd()), note(t('moreHeaders'))];
  if (r.status) {
    const answer = `${http(r)} ${r.status} ${r.statusText}\n${lines(r.answer)}\n${cut(r.text, r.size)}`;
    parts.push(element('h3', {}, t('answerHead')), element('pre', { tabIndex: 0 }, answer.trimEnd()),
      note(`${t('timing', number(Math.round(r.first)), r.whole && number(Math.round(r.whole)))}. ${t('fewHeaders')}`));
  } else if (r.why) parts.push(note(r.why));
  if (/…/.test(request + r.text)) parts.push(note(t('secrets')));
  return parts;
}

// frameDetail shows the head of a frame bit by bit (RFC 6455 §5.2).
function frameDetail(r) {
  if (r.kind === 'close' && !r.clean) return [note('1006')];
  const form = lengthForm(r.size), head = frameHead(r.size, r.up);
  const facts = [['FIN', '1'], ['opcode', r.kind === 'close' ? '0x8 close' : '0x1 text'],
    ['MASK', r.up ? `1 · ${t('maskOn')}` : `0 · ${t('maskOff')}`],
    ['length', `${number(r.size)} · ${form === 7 ? '7 bit' : `7+${form} bit`}`]];
  const bytes = [r.kind === 'close' ? 0x88 : 0x81, (r.up ? 0x80 : 0) | (form === 7 ? r.size : form === 16 ? 126 : 127),
    ...form === 16 ? [r.size >> 8, r.size & 255] : form === 64 ? [0, 0, 0, 0, ...[24, 16, 8, 0].map(s => r.size >>> s & 255)] : []];
  const hex = bytes.map(b => b.toString(16).padStart(2, '0')).join(' ') + (r.up ? ' ?? ?? ?? ??' : '');
  return [element('dl', { className: 'facts' }, ...facts.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)])),
    element('h3', {}, t('frameHead', head)), element('pre', { tabIndex: 0 }, hex),
    element('h3', {}, t('payload', number(r.size))),
    element('pre', { tabIndex: 0 }, r.kind === 'close' ? `${r.code} ${r.text}` : cut(r.text, r.size)), note(t('onePerMessage'))];
}

// ---- drawing

const wide = matchMedia('(min-width: 56rem)');
const visible = () => wide.matches ? 'dock' in document.body.dataset : document.body.dataset.view === 'wire';
const redraw = soon(() => {
  if (!visible()) return;
  drawCounts();
  if (!paused) drawList();
});

function drawList() {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
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

const showEnd = () => show($('#wire .to-end'), list.scrollHeight - list.scrollTop - list.clientHeight >= 40);
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
onCounts(redraw);
onLanguage(() => { showPause(); drawAnew(); });
which.onchange = polls.onchange = drawAnew;
$('#wire .clear').onclick = () => { clear(); drawAnew(); };
const showPause = () => { $('#wire .pause').textContent = t(paused ? 'goOn' : 'pause'); };
$('#wire .pause').onclick = () => { paused = !paused; showPause(); redraw(); };

// ---- the dock

const link = $('nav a[href="#/wire"]');

// dock opens or closes the panel of a wide screen.
function dock(open) {
  store('dock', open || null);
  showDock(open);
  (open ? $('#wire h2') : link).focus({ preventScroll: true });
}

function showDock(open) {
  if (open) document.body.dataset.dock = '';
  else delete document.body.dataset.dock;
  if (wide.matches) link.ariaExpanded = String(open);
  else link.removeAttribute('aria-expanded');
  redraw();
}

link.addEventListener('click', event => {
  if (!wide.matches) return;
  event.preventDefault();
  dock(!('dock' in document.body.dataset));
});
$('#wire .close').onclick = () => dock(false);

// The address #/wire is that of the view on a narrow screen. On a wide one it opens the dock.
function route() {
  if (location.hash === '#/wire' && wide.matches) {
    store('dock', true);
    history.replaceState(null, '', '#/polls'); // app.js, which asks behind us, shows these above it
  }
  showDock(Boolean(stored('dock')));
}
addEventListener('hashchange', route);
wide.onchange = () => dispatchEvent(new Event('hashchange'));
route();

// Its edge can be dragged, or moved with the arrow keys.
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
