// The ways in which news reach the page, side by side: a switch, and what each has cost so far.

import { apiAt } from './api.js';
import { browserBytes, counters, learn, reset } from './counters.js';
import { $, $$, element, setText } from './dom.js';
import { canEmit, onStatus, sending, setSending, setWay, status, way } from './live.js';
import { number, t, words } from './texts.js';
import { send } from './wire.js';

words({
  newsBy: ['How news arrive', '새 소식을 받는 방법'],
  way: ['Way', '방법'], way_websocket: ['WebSocket'], way_sse: ['SSE'],
  way_long: ['Long polling', '롱 폴링'], way_short: ['Short polling', '숏 폴링'], way_socketio: ['Socket.IO'],
  requests: ['Requests', '요청'], framesShort: ['Frames', '프레임'], eventsShort: ['Events', '이벤트'],
  bytesUp: ['Bytes ↑', '바이트 ↑'], bytesDown: ['Bytes ↓', '바이트 ↓'], lastDelay: ['Delay, ms', '지연, ms'], meanDelay: ['mean', '평균'],
  actsBy: ['Votes and messages leave', '투표와 메시지를 보내는 방법'], byHTTP: ['by HTTP', 'HTTP 요청으로'], bySocket: ['over the socket', '소켓으로'],
  noVoice: ['This way only listens.', '이 방법은 받기만 합니다.'], resetCounts: ['Reset', '초기화'],
  aboutCounts: ['What these numbers mean', '숫자의 뜻'],
  aboutBytes: ['Bytes that HTTP and WebSocket hand to TCP: heads, bodies, frames. Heads that no page sees are reckoned, also from '
    + '/lab/whoami. Not counted: TCP, IP, TLS, preflights (OPTIONS), pings and pongs. Over https, HTTP/2 compresses heads: '
    + 'there polling costs less than it says here.',
  'HTTP와 WebSocket이 TCP에 넘기는 헤더, 본문, 프레임의 바이트입니다. 페이지에 보이지 않는 헤더는 /lab/whoami 등으로 셈합니다. '
    + 'TCP, IP, TLS, 사전 요청(OPTIONS), ping과 pong은 세지 않습니다. https에서는 HTTP/2가 헤더를 압축하므로 폴링이 이보다 적게 듭니다.'],
  aboutDelay: ['Delay: the time from your own vote or message until its news is here. Long polling lets the server wait up to 25 s '
    + 'for news; short polling asks every 2 s.',
  '지연은 내가 투표하거나 메시지를 보낸 때부터 그 소식이 도착할 때까지의 시간입니다. 롱 폴링에서는 서버가 새 소식을 25초까지 '
    + '기다렸다가 답하고, 숏 폴링은 2초마다 묻습니다.'],
});

const columns = { // by their words: what of a way's counters they show
  requests: c => c.requests + c.sockets, framesShort: c => c.frames, eventsShort: c => c.events,
  bytesUp: c => c.up + browserBytes(c), bytesDown: c => c.down, lastDelay: c => c.last, meanDelay: c => c.delays ? c.total / c.delays : null,
};
const keys = Object.keys(columns), rows = {};

$('#ways thead tr').append(...keys.map(t => element('th', { scope: 'col', dataset: { t } })));
for (const name of Object.keys(counters)) {
  const radio = element('input', { type: 'radio', name: 'way', value: name, onchange: () => setWay(name) });
  const label = element('label', {}, radio, element('span', { dataset: { t: 'way_' + name } }));
  const cells = keys.map(() => element('td')), row = element('tr', {}, element('th', { scope: 'row' }, label), ...cells);
  rows[name] = { radio, cells, row };
  $('#ways tbody').append(row);
}

// drawCounts is called with each draw of the panel: nothing is drawn that nobody sees.
export function drawCounts() {
  for (const [name, { radio, cells, row }] of Object.entries(rows)) {
    radio.checked = name === way;
    row.className = name === way ? 'now' : '';
    keys.forEach((key, i) => {
      const n = columns[key](counters[name]);
      setText(cells[i], n === null ? '–' : number(Math.round(n)));
      cells[i].dataset.head = t(key);
    });
  }
  const voice = canEmit() || (way === 'websocket' || way === 'socketio') && status !== 'live';
  for (const radio of $$('#sending input')) {
    radio.checked = radio.value === sending;
    radio.disabled = radio.value === 'socket' && !voice;
  }
  $('#sending .faint').hidden = voice;
}

for (const radio of $$('#sending input')) radio.onchange = () => setSending(radio.value);
$('#ways .reset').onclick = reset;

// What this browser sends along with each request, no page can see. The server can.
let learned = false;
onStatus(async () => {
  if (learned || status !== 'live') return;
  learned = true;
  try {
    const answer = await send(apiAt('/lab/whoami'));
    learn((await answer.json()).headers);
  } catch { learned = false; }
});
