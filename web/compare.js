// The ways in which news reach the page, side by side: a switch, and what each has cost so far.

import { onSession, ports, url } from './api.js';
import { browserBytes, counters, learn, onCount, reset } from './counters.js';
import { $, element, setText, soon } from './dom.js';
import { canEmit, onStatus, sending, setSending, setWay, status, way } from './live.js';
import { language, onLanguage, t, words } from './texts.js';
import { send } from './wire.js';

words({
  newsBy: ['How news arrive', '새 소식을 받는 방법'],
  way: ['Way', '방법'], way_websocket: ['WebSocket', 'WebSocket'], way_sse: ['SSE', 'SSE'],
  way_long: ['Long polling', '롱 폴링'], way_short: ['Short polling', '숏 폴링'], way_socketio: ['Socket.IO', 'Socket.IO'],
  requests: ['Requests', '요청'], framesShort: ['Frames', '프레임'], eventsShort: ['Events', '이벤트'],
  bytesUp: ['Bytes ↑', '바이트 ↑'], bytesDown: ['Bytes ↓', '바이트 ↓'], lastDelay: ['Delay, ms', '지연, ms'], meanDelay: ['mean', '평균'],
  actsBy: ['Votes and messages leave', '투표와 메시지를 보내는 방법'], byHTTP: ['by HTTP', 'HTTP 요청으로'], bySocket: ['over the socket', '소켓으로'],
  noVoice: ['This way only listens.', '이 방법은 받기만 합니다.'], resetCounts: ['Reset', '초기화'],
  aboutCounts: ['What these numbers mean', '숫자의 뜻'],
  aboutBytes: ['Bytes are what HTTP and WebSocket hand to TCP: heads, bodies, frames. Heads that a page does not see are reckoned from what /lab/whoami tells of this browser, and from what this server is known to send. Not counted: TCP and IP, TLS, preflights (OPTIONS), pings and pongs. HTTP/2 compresses heads: over https polling costs less than it says here.',
    '바이트는 HTTP와 WebSocket이 TCP에 넘기는 헤더, 본문, 프레임의 양입니다. 페이지에 보이지 않는 헤더는 /lab/whoami가 알려 준 값과 이 서버가 보내는 값으로 셈합니다. TCP와 IP, TLS, 사전 요청(OPTIONS), ping과 pong은 세지 않습니다. HTTP/2는 헤더를 압축하므로 https에서 폴링은 실제로 이보다 적게 듭니다.'],
  aboutDelay: ['Delay is the time from your own vote or message until its news is here. Vote or send a message to measure it. Long polling lets the server wait up to 25 s for news; short polling asks every 2 s.',
    '지연은 내가 투표하거나 메시지를 보낸 때부터 그 소식이 이 페이지에 도착할 때까지의 시간입니다. 투표하거나 메시지를 보내면 측정됩니다. 롱 폴링에서는 서버가 새 소식을 25초까지 기다렸다가 답하고, 숏 폴링은 2초마다 묻습니다.'],
});

const table = $('#ways tbody');
const rows = {};
for (const name of Object.keys(counters)) {
  const radio = element('input', { type: 'radio', name: 'way', value: name });
  radio.onchange = () => setWay(name);
  const cells = Array.from({ length: 7 }, () => element('td'));
  const label = element('label', {}, radio, element('span'));
  rows[name] = { radio, cells, label: label.lastChild, row: element('tr', {}, element('th', { scope: 'row' }, label), ...cells) };
  table.append(rows[name].row);
}

const number = n => n.toLocaleString(language);

function draw() {
  for (const [name, { radio, cells, label, row }] of Object.entries(rows)) {
    const c = counters[name];
    radio.checked = name === way;
    row.className = name === way ? 'now' : '';
    setText(label, t('way_' + name));
    const texts = [number(c.requests + c.sockets), number(c.frames), number(c.events), number(c.up + browserBytes(c)), number(c.down),
      c.delays ? number(Math.round(c.last)) : '–', c.delays ? number(Math.round(c.total / c.delays)) : '–'];
    texts.forEach((text, i) => setText(cells[i], text));
  }
  drawSending();
}

function drawSending() {
  const voice = canEmit() || (way === 'websocket' || way === 'socketio') && status !== 'live';
  for (const radio of document.querySelectorAll('#sending input')) {
    radio.checked = radio.value === sending;
    if (radio.value === 'socket') radio.disabled = !voice;
  }
  $('#sending .faint').hidden = voice;
}

// drawCounts is called at each draw of the panel, so that nothing is drawn that nobody sees.
export const drawCounts = draw;
export const onCounts = changed => { onCount(changed); onStatus(changed); onLanguage(changed); onSession(changed); };

for (const radio of document.querySelectorAll('#sending input')) radio.onchange = () => setSending(radio.value);
$('#ways .reset').onclick = reset;

// What this browser sends along with each request, no page can see. The server can.
let learned = false;
onStatus(async () => {
  if (learned || status !== 'live') return;
  learned = true;
  try {
    learn((await (await send(url('http', ports.http, '/lab/whoami'))).json()).headers);
  } catch { learned = false; }
});
