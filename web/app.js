// The page of pollwire, with nothing but what a browser brings along. Here it is put together and started. Its modules:
//
//	texts dom lists parts                  words in two languages; small things; lists that come in pages; what comes when it is used
//	api limits live                        calls; what the server takes; how the page stays right while everything changes
//	ways sse socketio                      the ways in which news come
//	wire dock wirepanel filters            what goes over the wire, the panel that shows it, Wireshark's filters
//	counters compare                       what each way costs, side by side
//	polls pollstore pollcard answers pollform countdown        polls
//	class now                              the class, and what it looks at now
//	desk deskplan deskpeople deskclass scores  for whoever teaches
//	presenter address qr                   the view for the projector
//	join me people chat memos autosave files  what else one sees
//	head                                   who one is, the language, light or dark; of the page of exercises, too
//
// The part of the address behind # says what is open, so that it can be linked to, and the way back works:
//
//	#/now  #/polls  #/polls/7  #/polls/7/present  #/present  #/chat  #/memos  #/files  #/wire  #/desk  #/desk/people
//	#/teach/KEY   makes whoever opens it the teacher; the key is taken out of the address at once
//
// On a phone that is all one sees. On a wide screen chat and memos stand beside it.

import { apiAt, isTeacher, onSession, ports, session, url } from './api.js';
import './chat.js';
import { onClass, room } from './class.js';
import './dock.js';
import { $, $$, attempt, focus, show } from './dom.js';
import './head.js';
import './join.js';
import { fetchAll, on, onStatus, restart, stayConnected, status } from './live.js';
import { countNews } from './news.js';
import { showBack } from './now.js';
import { isHere, part } from './parts.js';
import { showOnly } from './polls.js';
import { takeKey } from './teach.js';
import { language, onLanguage, setLanguage, words } from './texts.js';

words({
  skip: ['To the polls', '투표로 바로 가기'],
  certificate: ['If the browser does not know the certificate: open these once and accept it there too.',
    '브라우저가 인증서를 모른다면 다음 주소를 한 번씩 열어 인증서를 허용하세요.'],
  docs: ['Try the API', 'API 사용해 보기'], redoc: ['Read about the API', 'API 문서'],
  desk: ['Desk', '교탁'], changeName: ['Points, name and password', '점수, 이름, 비밀번호'], myScores: ['My points', '내 점수'], memos: ['My memos', '내 메모'], memosShort: ['Memos', '메모'], files: ['Shared files', '공유 파일'], filesShort: ['Files', '파일'],
  none: ['Nothing here yet.', '아직 없습니다.'], older: ['Show older', '이전 항목 보기'],
});

// ---- what is open

let open; // as the address says it

function route() {
  takeKey();
  const [view, id, more] = location.hash.replace(/^#\/?/, '').split('/');
  const known = ['now', 'chat', 'memos', 'files', 'wire', 'desk'].includes(view) ? view : 'polls';
  const poll = known === 'polls' && /^[1-9]\d*$/.test(id ?? '') ? Number(id) : null;
  const before = open;
  open = location.hash;
  document.body.dataset.view = known;
  for (const link of $$('nav a')) link.ariaCurrent = link.hash === '#/' + known ? 'page' : null;
  showOnly(poll);
  if (known === 'desk') showDesk(id);
  present(view === 'present' ? 'now' : poll !== null && more === 'present' ? poll : null);
  showBack();
  countNews();
  if (before === undefined || before === open) return; // at the start the focus stays where the browser put it
  // Whoever follows a link gets there with the keyboard too. Chat and memos may stand further down.
  focus($(`#${known} h2`) ?? $('#' + known));
  scrollTo(0, 0);
  if (known === 'chat' || known === 'memos') $('#' + known).scrollIntoView({ block: 'nearest' });
}
addEventListener('hashchange', route);

let presented = null; // the poll on the wall, 'now' for what the class looks at
function present(poll) {
  presented = poll;
  if (poll !== null || isHere('presenter')) attempt($('#one-poll'), async () => (await part('presenter')).present(presented));
}

const showDesk = tab => attempt($('#desk'), async () => (await part('desk')).showTab(tab));

// ---- the head of the page

function showStatus() {
  // Some browsers ask anew for each port whether a self-signed certificate will do. Both ports send a page back to this one.
  show($('#certificate'), status === 'away' && location.protocol === 'https:');
  for (const link of $$('#certificate a')) {
    link.textContent = link.href = url('http', ports[link.dataset.port] || location.port, '/');
  }
  for (const link of [$('#docs'), $('#redoc')]) {
    show(link, Boolean(ports.http));
    link.href = apiAt('/' + link.id);
  }
}
onStatus(showStatus);
onLanguage(showStatus);

for (const n of [$('#rename'), $('#my-scores')]) n.onclick = () => attempt($('#now'), async () => (await part('me')).showMe());

// The title of the tab counts what others do while nobody looks.
const news = new Set();
function count(what, mine) {
  if (document.hidden && !mine) document.title = `(${news.add(what).size}) Pollwire`;
}
const own = by => by?.id === session?.user.id;
on('chat:message_received', ({ id, user }) => count('message ' + id, own(user)));
on('poll:created', ({ id, created_by: by }) => count(id, own(by)));
on('exercise:updated', ({ name, open }) => count(name, !open || isTeacher()));
onClass(before => before && room.current !== before.current && count(room.current, room.current === null || isTeacher()));
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  news.clear();
  document.title = 'Pollwire';
});

// What another tab did, and tells nobody else.
addEventListener('storage', ({ key }) => key === 'pollwire.own' && fetchAll().catch(restart));

// The API pages are of another origin. They ask for the token when they were opened from here.
addEventListener('message', event => {
  if (event.data?.pollwire !== 'token?' || event.origin !== new URL(apiAt('/')).origin) return;
  event.source.postMessage({ pollwire: 'token', session }, event.origin);
});

// What was not saved when a tab was closed is taken up again, whether one looks at memos or not.
function takeUp() {
  const begins = `pollwire.draft.${session?.user.id}.`;
  try {
    if (Object.keys(localStorage).some(key => key.startsWith(begins))) part('memos').catch(() => {});
  } catch { /* forbidden: nothing was kept */ }
}
onSession(takeUp);
takeUp();

setLanguage(language);
route();
stayConnected();
