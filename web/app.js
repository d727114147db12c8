// The page of pollwire, with nothing but what a browser brings along. Here it is put together and started; each part has
// a module of its own:
//
//	texts.js  dom.js           words in two languages; small things
//	wire.js   wirepanel.js     what goes over the wire, and the panel that shows it
//	api.js    live.js ways.js  calls; news, and the ways in which they come
//	polls.js pollstore.js pollcard.js pollform.js countdown.js presenter.js address.js qr.js    polls, and the projector
//	join.js people.js chat.js memos.js files.js    what else one sees
//
// The part of the address behind # says what is open, so that a link to it can be given away, and the way back works:
//
//	#/polls  #/polls/7  #/polls/7/present  #/chat  #/memos  #/files  #/wire
//
// On a phone that is all one sees. On a wide screen chat and memos stand beside it.

import { adoptSession, onSession, ports, session, url } from './api.js';
import './chat.js';
import { $, show, showPerson, store, stored } from './dom.js';
import './files.js';
import './join.js';
import { fetchAll, onStatus, restart, stayConnected, status } from './live.js';
import './memos.js';
import { showOnly } from './polls.js';
import { present } from './presenter.js';
import { language, onLanguage, setLanguage, t, words } from './texts.js';
import './wirepanel.js';

words({
  skip: ['To the polls', '투표로 바로 가기'], views: ['Views', '화면'], other: ['한국어', 'English'],
  theme: ['Light or dark', '밝은 화면과 어두운 화면'],
  connecting: ['Connecting…', '연결 중…'], live: ['Live', '실시간'], away: ['Not connected, trying again…', '연결 끊김, 다시 시도 중…'],
  certificate: ['If the browser does not know the certificate: open these once and accept it there too.',
    '브라우저가 인증서를 모른다면 다음 주소를 한 번씩 열어 인증서를 허용하세요.'],
  docs: ['Try the API', 'API 사용해 보기'], redoc: ['Read about the API', 'API 문서'],
  none: ['Nothing here yet.', '아직 없습니다.'], older: ['Show older', '이전 항목 보기'], copied: ['Copied', '복사됨'],
});

// ---- what is open

let open; // as the address says it

function route() {
  const [view, id, more] = location.hash.replace(/^#\/?/, '').split('/');
  const known = ['chat', 'memos', 'files', 'wire'].includes(view) ? view : 'polls';
  const poll = known === 'polls' && /^[1-9]\d*$/.test(id ?? '') ? Number(id) : null;
  const before = open;
  open = location.hash;
  document.body.dataset.view = known;
  for (const link of document.querySelectorAll('nav a')) {
    if (link.hash === '#/' + known) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  showOnly(poll);
  present(poll !== null && more === 'present' ? poll : null);
  if (before === undefined || before === open) return; // at the start the focus stays where the browser put it
  // Whoever follows a link gets there with the keyboard too. Chat and memos may stand further down, beside the polls.
  $(`#${known} h2`).focus({ preventScroll: true });
  scrollTo(0, 0);
  if (known === 'chat' || known === 'memos') $('#' + known).scrollIntoView({ block: 'nearest' });
}
addEventListener('hashchange', route);

// ---- the head of the page

function showStatus() {
  const node = $('#connection');
  if (node.className !== status || node.lang !== language) {
    node.className = status;
    node.lang = language;
    node.textContent = t(status);
  }
  // Some browsers ask anew for each port whether a self-signed certificate will do, but only on a page of that port.
  // Both ports send a page back to this one.
  show($('#certificate'), status === 'away' && location.protocol === 'https:');
  for (const link of document.querySelectorAll('#certificate a')) {
    link.textContent = link.href = url('http', ports[link.dataset.port] || location.port, '/');
  }
  for (const link of [$('#docs'), $('#redoc')]) {
    show(link, Boolean(ports.http));
    link.href = url('http', ports.http, '/' + link.id);
  }
}
onStatus(showStatus);
onLanguage(showStatus);

onSession(showSession);
function showSession() {
  for (const n of document.querySelectorAll('[data-when]')) show(n, (n.dataset.when === 'in') === (session !== null));
  if (session) showPerson($('#me > .person'), session.user);
}

$('#language').onclick = () => {
  store('language', language === 'ko' ? 'en' : 'ko');
  setLanguage(stored('language') ?? (language === 'ko' ? 'en' : 'ko'));
};

// The theme is the system's, until somebody chooses.
const systemDark = matchMedia('(prefers-color-scheme: dark)');
function showTheme() {
  const theme = stored('theme');
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}
$('#theme').onclick = () => {
  const dark = (stored('theme') ?? (systemDark.matches ? 'dark' : 'light')) === 'dark';
  const to = dark ? 'light' : 'dark';
  store('theme', to === (systemDark.matches ? 'dark' : 'light') ? null : to);
  showTheme();
};

// Other tabs of this browser share the session.
addEventListener('storage', ({ key }) => {
  if (key === 'pollwire.own') fetchAll().catch(restart);
  if (key === 'pollwire.theme') showTheme();
  if (key === 'pollwire.session' || key === null) adoptSession(stored('session'));
});

// The API pages are of another origin. They ask for the token when they were opened from here.
addEventListener('message', event => {
  if (event.data?.pollwire !== 'token?' || event.origin !== new URL(url('http', ports.http, '/')).origin) return;
  event.source.postMessage({ pollwire: 'token', session }, event.origin);
});

// ---- start

showTheme();
showSession();
setLanguage(language);
route();
stayConnected();
