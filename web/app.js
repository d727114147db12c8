// The page of pollwire, with nothing but what a browser brings along.
//
//	page -> server   fetch, on the API's port; the token travels in Authorization; errors are problem+json
//	server -> page   a WebSocket, on the ws port; each event has a rising number, seq
//
// How the page stays right while everything changes: it asks for the seq of now, fetches the lists, and then listens
// from that seq on. What happened in between comes as events, so nothing is lost. While a list is on its way, events
// are held back, as the list may be older than they are. What comes twice has a seq or an id that is here already.
//
// Text of users goes through textContent only, never innerHTML: it can't become markup.

const $ = (selector, root = document) => root.querySelector(selector);

// ---- texts

const words = { // [English, Korean]
  nickname: ['Nickname', '닉네임'], join: ['Join', '참가'], leave: ['Leave', '나가기'],
  joinHint: ['Join to vote, chat and keep memos.', '참가하면 투표, 채팅, 메모를 할 수 있습니다.'],
  leaveSure: ['Leave? A guest can’t come back to their votes and memos.', '나갈까요? 게스트는 자신의 투표와 메모로 돌아올 수 없습니다.'],
  other: ['한국어', 'English'], connecting: ['Connecting…', '연결 중…'], live: ['Live', '실시간 연결됨'],
  away: ['Not connected, trying again…', '연결 끊김, 다시 시도 중…'], unreachable: ['The server can’t be reached.', '서버에 연결할 수 없습니다.'],
  certificate: ['If the browser does not know the certificate: open these once and accept it there too.',
    '브라우저가 인증서를 모른다면 다음 주소를 한 번씩 열어 인증서를 허용하세요.'],
  polls: ['Polls', '투표'], newPoll: ['New poll', '새 투표'],
  title: ['Title', '제목'], options: ['Options, 2 to 8, one per line', '선택지 2~8개, 한 줄에 하나씩'],
  several: ['Several answers', '복수 선택'], hide: ['Hide the result until the poll closes', '마감될 때까지 결과 숨기기'],
  open: ['Open', '진행 중'], closed: ['Closed', '마감'], secret: ['Hidden result', '결과 숨김'], yours: ['✓ your vote', '✓ 내 표'],
  count: [(n, percent) => `${n} (${percent}%)`, (n, percent) => `${n}표 (${percent}%)`],
  voters: [n => `${n} ${n === 1 ? 'voter' : 'voters'}`, n => `${n}명 참여`],
  vote: ['Vote', '투표하기'], change: ['Change vote', '투표 변경'], withdraw: ['Withdraw vote', '투표 취소'],
  close: ['Close', '마감하기'], reopen: ['Reopen', '다시 열기'], reveal: ['Reveal result', '결과 공개'], delete: ['Delete', '삭제'],
  deleteSure: [what => `Delete “${what}”?`, what => `삭제할까요? “${what}”`], chat: ['Chat', '채팅'], message: ['Message', '메시지'],
  send: ['Send', '보내기'], people: [n => `Online: ${n}`, n => `접속자 ${n}명`], you: ['(you)', '(나)'], memos: ['My memos', '내 메모'],
  memo: ['Memo', '메모'], add: ['Add', '추가'], edit: ['Edit', '수정'], save: ['Save', '저장'], cancel: ['Cancel', '취소'],
  conflict: ['Not saved. Below is what is stored now; to replace it, save again.',
    '저장되지 않았습니다. 아래는 지금 저장된 내용이며, 다시 저장하면 바뀝니다.'],
  files: ['Shared files', '공유 파일'], none: ['Nothing here yet.', '아직 없습니다.'], older: ['Show older', '이전 항목 보기'],
};
let language = stored('language') ?? (navigator.language.startsWith('ko') ? 'ko' : 'en');

function t(key, ...args) {
  const text = words[key][language === 'ko' ? 1 : 0];
  return typeof text === 'function' ? text(...args) : text;
}

function translate(root) {
  for (const n of root.querySelectorAll('[data-t]')) n.textContent = t(n.dataset.t);
}

function setLanguage(to) {
  language = document.documentElement.lang = to;
  translate(document);
  for (const n of document.querySelectorAll('time')) showTime(n, n.dateTime);
  redraw();
  store('language', to);
}

// ---- small things

function stored(key) {
  try { return JSON.parse(localStorage.getItem('pollwire.' + key)); } catch { return null; }
}
function store(key, value) {
  try { localStorage.setItem('pollwire.' + key, JSON.stringify(value)); } catch { /* forbidden: a reload forgets */ }
}

function clone(template) {
  const copy = $('#' + template).content.cloneNode(true);
  translate(copy);
  return copy.firstElementChild;
}

// What is hidden or removed can't keep the focus: it goes to what is around, not to nowhere.
function moveFocus(from, around) {
  if (!from.contains(document.activeElement)) return;
  (around.closest('[tabindex]') ?? $('h2', around.closest('section') ?? document)).focus({ preventScroll: true });
}
function show(node, on) {
  if (!on) moveFocus(node, node);
  node.hidden = !on;
}
function remove(node) {
  if (node) moveFocus(node, node.parentElement);
  node?.remove();
}

function showPerson(node, person) {
  node.textContent = person.nickname;
  node.dataset.id = person.id; // shown by style.css, as nicknames need not be unique
}
function showTime(node, iso) {
  const at = new Date(iso), today = at.toDateString() === new Date().toDateString();
  node.dateTime = iso;
  node.textContent = at.toLocaleString(language, { timeStyle: 'short', ...!today && { dateStyle: 'short' } });
}

const idOf = node => Number(node.dataset.id);
const item = (list, id) => $(`:scope > [data-id="${id}"]`, list);

// place puts a node into a list that is ordered by id.
function place(list, node, id, oldestFirst = false) {
  node.dataset.id = id;
  list.insertBefore(node, [...list.children].find(n => oldestFirst ? idOf(n) > id : idOf(n) < id) ?? null);
}

// attempt runs one action at a time per box, and shows errors there. A disabled button would lose the focus.
async function attempt(box, action) {
  if (box.dataset.busy) return;
  box.dataset.busy = 'yes';
  const error = $(':scope > .error', box);
  error.textContent = '';
  await action().catch(e => { error.textContent = e.message; });
  delete box.dataset.busy;
}

function onSubmit(form, action, box = form) {
  form.onsubmit = event => { event.preventDefault(); attempt(box, action); };
}

// ---- the API

let ports; // {"http": "8000", "ws": "8001"}
let session = stored('session'); // {access_token, user}, or null for somebody who only looks on

const url = (scheme, port, path) => location.protocol.replace('http', scheme) + `//${location.hostname}:${port}${path}`;

// api makes one call and returns {data, etag}, or throws an error with the server's own words.
async function api(method, path, body, headers = {}) {
  const token = session?.access_token;
  if (token) headers.Authorization = 'Bearer ' + token;
  if (body) headers['Content-Type'] = 'application/json';
  const request = { method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(20_000) };
  const r = await fetch(url('http', ports.http, path), request).catch(() => { throw Error(t('unreachable')); });
  if (r.ok) return { data: r.status === 204 ? null : await r.json(), etag: r.headers.get('ETag') };
  const p = await r.json().catch(() => ({})); // RFC 9457; errors names each field that is wrong
  const why = p.errors?.map(e => `${e.field} ${e.detail}`).join('\n') || p.detail || p.title || r.statusText;
  if (r.status === 401 && token && token === session?.access_token) setSession(null, why);
  throw Object.assign(new Error(why), { status: r.status });
}

// setSession is how one joins and leaves.
function setSession(to, why = '') {
  store('session', to);
  showSession(to);
  $('#join .error').textContent = why;
}

// showSession has all fetched anew: whose votes and memos are shown depends on the session.
function showSession(to) {
  session = to;
  for (const n of document.querySelectorAll('[data-when]')) show(n, (n.dataset.when === 'in') === (session !== null));
  if (session) showPerson($('#me > .person'), session.user);
  people.clear();
  for (const l of [lists.memos, lists.chat]) l.list.replaceChildren();
  for (const card of lists.polls.list.children) card.poll.my_vote = null;
  redraw();
  restart();
}

function redraw() { // in this language, for this session
  setStatus(status);
  for (const card of lists.polls.list.children) showPoll(card.poll);
  showPeople();
}

// Other tabs of this browser share the session. What is one's own, votes and memos, the server tells nobody else.
const tellTabs = () => store('own', Date.now());
addEventListener('storage', ({ key }) => {
  if (key === 'pollwire.own') fetchAll().catch(restart);
  else if (key !== 'pollwire.language') showSession(stored('session'));
});

// ---- lists, which come in pages

const lists = {
  polls: { path: '/api/polls', key: 'polls', show: showPoll },
  chat: { path: '/api/chat/messages', key: 'messages', show: showMessage },
  memos: { path: '/api/memos', key: 'memos', show: showMemo },
};
for (const [id, l] of Object.entries(lists)) {
  l.list = $(`#${id} .list`);
  l.more = $(`#${id} .more`);
  l.more.onclick = () => attempt($('#' + id), () => holdingEvents(() => fetchOlder(l)));
}

async function fetchPage(l, before) {
  const { data } = await api('GET', l.path + (before ? '?before=' + before : ''));
  show(l.more, data.next_before !== null);
  return data[l.key];
}

// fill shows a first page in place of what was there. What stays is not touched, nor is a memo that is being edited.
function fill(l, items) {
  for (const n of [...l.list.children]) if (!items.some(i => i.id === idOf(n)) && !$('.editing', n)) remove(n);
  draw(l, items);
}

async function fetchOlder(l) {
  const shown = [...l.list.children].map(idOf);
  const items = await fetchPage(l, shown.length && Math.min(...shown));
  const box = l.list.parentElement, fromEnd = box.scrollHeight - box.scrollTop;
  draw(l, items);
  box.scrollTop = box.scrollHeight - fromEnd; // what one was reading stays where it was
}

// draw keeps screen readers from reading out old messages.
function draw(l, items) {
  l.list.setAttribute('aria-live', 'off');
  items.forEach(l.show);
  if (l === lists.chat) setTimeout(() => l.list.setAttribute('aria-live', 'polite'), 500);
}

// ---- live

let status = 'connecting';
let seq = 0; // of the last event
let fresh = false; // the lists are as of seq; if not, they must be fetched
let wake = () => {}; // ends the socket or the pause that stayConnected waits for

function setStatus(to) {
  status = $('#connection').className = to;
  $('#connection').textContent = t(to);
  // Some browsers ask anew for each port whether a self-signed certificate will do, but only on a page of that port.
  // Both ports send a page back to this one.
  show($('#certificate'), to === 'away' && location.protocol === 'https:');
  for (const link of document.querySelectorAll('#certificate a')) {
    link.textContent = link.href = url('http', ports?.[link.dataset.port] ?? location.port, '/');
  }
}
function restart() {
  fresh = false;
  wake();
}

// stayConnected never ends: fetch what is missing, listen as long as it goes, wait, once more.
async function stayConnected() {
  for (let failures = 0; ;) {
    try {
      if (!fresh) await fetchAll();
      const opened = fresh && await listen();
      if (!fresh) continue; // somebody joined or left
      failures = opened ? 0 : failures + 1;
      // Why a handshake is refused a page is not told. If it was the token, this call ends the session.
      if (!opened && session) await api('GET', '/api/auth/me');
    } catch {
      failures++;
    }
    setStatus('away');
    await pause(failures);
  }
}

// pause gets longer from try to try, by chance more or less: a whole class should not come back in one moment.
const pause = failures => new Promise(resolve => {
  wake = resolve;
  setTimeout(resolve, Math.min(500 * 2 ** failures, 15_000) * (0.5 + Math.random()));
});
addEventListener('online', () => status === 'away' && wake());

// listen returns when the socket has ended: true if it was ever open.
function listen() {
  return new Promise(resolve => {
    const query = new URLSearchParams({ since: seq, ...session && { token: session.access_token } });
    const socket = new WebSocket(url('ws', ports.ws, '/ws?' + query));
    let opened = false;
    socket.onopen = () => { opened = true; setStatus('live'); };
    socket.onmessage = message => receive(JSON.parse(message.data));
    socket.onclose = () => resolve(opened);
    wake = () => {
      socket.onopen = socket.onmessage = null; // what it may still bring is for the session of before
      socket.close();
      resolve(opened);
    };
  });
}

let fetching = 0; // lists that are on their way
const held = []; // events that wait for them
async function holdingEvents(action) {
  fetching++;
  await action().finally(() => --fetching || held.splice(0).forEach(handle));
}

// fetchAll asks for the seq first: what happens later comes as an event, and may be in the lists already.
function fetchAll() {
  const mine = session;
  return holdingEvents(async () => {
    const now = (await api('GET', '/api/events')).data.seq;
    const wanted = mine ? [lists.polls, lists.chat, lists.memos] : [lists.polls, lists.chat];
    const pages = await Promise.all(wanted.map(l => fetchPage(l)));
    if (session !== mine) return; // joined or left meanwhile
    wanted.forEach((l, i) => fill(l, pages[i]));
    seq = now;
    fresh = true;
  });
}

function receive(event) {
  if (event.event === 'resync') { // we were away for too long, or the server has another database
    fresh = false;
    fetchAll().catch(restart);
  } else if (fetching > 0) held.push(event);
  else handle(event);
}

function handle({ event, data, seq: number }) {
  if (!fresh || number <= seq) return; // all will be fetched, or it was here before
  seq = number ?? seq; // what is for us alone has none
  handlers[event]?.(data);
}

const handlers = {
  'poll:created': showPoll,
  'poll:updated': poll => pollCard(poll.id) && showPoll(poll),
  'vote:result': ({ poll_id: id, ...tally }) => pollCard(id) && announce(showPoll({ id, ...tally })),
  'poll:deleted': ({ poll_id: id }) => remove(pollCard(id)),
  'chat:message_received': showMessage,
  'users:online': ({ users }) => { people.clear(); users.forEach(u => people.set(u.id, u)); showPeople(); },
  'user:joined': ({ user }) => { people.set(user.id, user); showPeople(); },
  'user:left': ({ user }) => { people.delete(user.id); showPeople(); },
};

// apply shows an answer only while no events come. Events bring the same in the right order, and may have overtaken it.
const apply = change => status !== 'live' && change();

// ---- polls

const pollCard = id => item(lists.polls.list, id);
// showPoll takes a whole poll or a part of one, and changes only what is different. A broadcast has no my_vote.
function showPoll(part) {
  const card = pollCard(part.id) ?? newCard(part.id);
  const poll = card.poll = { my_vote: null, ...card.poll, ...part };
  const { is_active: active, my_vote: vote } = poll;
  $('h3', card).textContent = poll.title;
  $('.description', card).textContent = poll.description;
  $('.state', card).textContent = t(active ? 'open' : 'closed');
  $('.several', card).hidden = !poll.multiple;
  $('.secret', card).hidden = !(poll.hidden && active);
  showPerson($('.person', card), poll.created_by);
  showTime($('time', card), poll.created_at);
  showOptions(card, poll);
  $('.total', card).textContent = t('voters', poll.voters);
  $('.vote', card).textContent = t(vote ? 'change' : 'vote');
  show($('.vote', card), active && session);
  show($('.withdraw', card), active && session && vote);
  show($('.owner', card), poll.created_by.id === session?.user.id);
  $('.toggle', card).textContent = t(active ? 'close' : 'reopen');
  show($('.reveal', card), poll.hidden && active);
  return poll;
}

function showOptions(card, { options, multiple, is_active, my_vote }) {
  const list = $('ul', card), voted = String(my_vote), votedBefore = list.dataset.vote;
  $('fieldset', card).disabled = !is_active || !session;
  if (String([...list.children].map(idOf)) !== String(options.map(o => o.id))) {
    list.replaceChildren();
    for (const o of options) place(list, clone('poll-option'), o.id, true);
  }
  list.dataset.vote = voted;
  for (const o of options) {
    const row = item(list, o.id), input = $('input', row), mine = my_vote?.includes(o.id) ?? false;
    input.type = multiple ? 'checkbox' : 'radio';
    if (voted !== votedBefore) input.checked = mine; // else a choice that is not sent yet stays as it is
    $('.text', row).textContent = o.text;
    $('.yours', row).hidden = !mine;
    $('.count', row).textContent = o.votes === null ? '' : t('count', o.votes, o.percentage);
    $('.bar', row).hidden = o.votes === null; // the result is hidden: there is nothing to show
    $('.bar > div', row).style.width = (o.percentage ?? 0) + '%';
  }
}

function newCard(id) {
  const card = clone('poll-card'), path = '/api/polls/' + id;
  const on = (button, action) => { $(button, card).onclick = () => attempt(card, action); };
  const patch = change => api('PATCH', path, change).then(({ data }) => apply(() => showPoll(data)));
  const showMine = my_vote => {
    if (pollCard(id)) showPoll({ id, my_vote });
    tellTabs();
  };
  $('h3', card).id = 'poll-' + id;
  $('fieldset', card).setAttribute('aria-labelledby', 'poll-' + id);
  onSubmit($('form', card), async () => {
    const option_ids = [...card.querySelectorAll('input:checked')].map(input => idOf(input.closest('li')));
    const { data } = await api('POST', path + '/vote', { option_ids });
    showMine(data.my_vote);
    apply(() => showPoll(data));
  }, card);
  on('.withdraw', () => api('DELETE', path + '/vote').then(() => showMine(null)));
  on('.toggle', () => patch({ is_active: !card.poll.is_active }));
  on('.reveal', () => patch({ hidden: false }));
  on('.delete', async () => {
    if (!confirm(t('deleteSure', card.poll.title))) return;
    await api('DELETE', path);
    apply(() => remove(card));
  });
  place(lists.polls.list, card, id);
  return card;
}

// announce is for screen readers. Of many results in a row they get the last.
let announcing;
function announce({ title, options, voters }) {
  clearTimeout(announcing);
  announcing = setTimeout(() => {
    $('#announcer').textContent = `${title}: ${options.map(o => `${o.text} ${o.votes ?? ''}`).join(', ')}; ${t('voters', voters)}`;
  }, 1000);
}

onSubmit($('#new-poll'), async () => {
  const options = $('#options').value.split('\n').filter(line => line.trim());
  const poll = { title: $('#title').value, options, multiple: $('#multiple').checked, hidden: $('#hide').checked };
  const { data } = await api('POST', '/api/polls', poll);
  apply(() => showPoll(data));
  $('#new-poll').reset();
  $('#title').focus();
});

// ---- chat and people

function showMessage(m) {
  const { list } = lists.chat;
  if (item(list, m.id)) return;
  followChat();
  const row = clone('chat-message');
  if (m.user) showPerson($('.person', row), m.user);
  if (m.user?.id === session?.user.id) row.className = 'own';
  showTime($('time', row), m.created_at);
  $('.text', row).textContent = m.message;
  place(list, row, m.id, true);
}

// followChat is called before a message is added. It scrolls only for those who are at the end, so that the text
// doesn't move under somebody who reads; and not for each message, as measuring costs a layout of the page.
let following = 0;
function followChat() {
  const { list, more } = lists.chat, box = list.parentElement;
  const atEnd = !following && box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  following ||= setTimeout(() => {
    following = 0;
    if (!atEnd) return;
    for (; list.children.length > 500; more.hidden = false) list.firstElementChild.remove(); // the button brings it back
    box.scrollTop = box.scrollHeight;
  }, 50);
}

onSubmit($('#new-message'), async () => {
  const input = $('#message'), message = input.value;
  const { data } = await api('POST', '/api/chat/messages', { message });
  apply(() => showMessage(data));
  if (input.value === message) input.value = ''; // else the next one is being typed already
});

const people = new Map(); // by id; the server tells who is here to those who have joined
function showPeople() {
  $('#people-heading').textContent = t('people', people.size);
  $('#people .list').replaceChildren(...[...people.values()].sort((a, b) => a.id - b.id).map(person => {
    const row = document.createElement('li');
    row.className = 'person';
    showPerson(row, person);
    if (person.id === session?.user.id) row.append(' ', t('you'));
    return row;
  }));
}

// ---- memos

function showMemo(memo) {
  const node = item(lists.memos.list, memo.id) ?? newMemo(memo.id);
  $('.view .text', node).textContent = memo.content;
  showTime($('time', node), memo.updated_at);
}

function newMemo(id) {
  const node = clone('memo-item'), form = $('form', node), path = '/api/memos/' + id;
  $('.edit', node).onclick = () => attempt(node, async () => {
    const { data, etag } = await api('GET', path); // the text and its ETag belong together
    $('textarea', form).value = data.content;
    form.dataset.etag = etag;
    setEditing(node, true);
  });
  onSubmit(form, () => saveMemo(node, path), node);
  $('.cancel', node).onclick = () => setEditing(node, false);
  $('.delete', node).onclick = () => attempt(node, async () => {
    if (!confirm(t('deleteSure', $('.view .text', node).textContent))) return;
    await api('DELETE', path);
    remove(node);
    tellTabs();
  });
  place(lists.memos.list, node, id);
  return node;
}

function setEditing(node, on) {
  $('form', node).hidden = !on;
  $('form', node).classList.toggle('editing', on);
  $('.view', node).hidden = on;
  $('.error', node).textContent = $('.stored', node).textContent = '';
  $(on ? 'textarea' : '.edit', node).focus();
}

// saveMemo says which version it means to replace (If-Match). If that is no longer the one stored, another tab was
// quicker, and the server refuses with 412. Then its text is shown, so that nothing is overwritten unseen.
async function saveMemo(node, path) {
  const form = $('form', node), content = $('textarea', form).value;
  try {
    showMemo((await api('PATCH', path, { content }, { 'If-Match': form.dataset.etag })).data);
  } catch (e) {
    if (e.status !== 412) throw e;
    const { data, etag } = await api('GET', path);
    form.dataset.etag = etag;
    $('.stored', node).textContent = data.content;
    showMemo(data);
    throw new Error(e.message + '\n' + t('conflict'));
  }
  setEditing(node, false);
  tellTabs();
}

onSubmit($('#new-memo'), async () => {
  showMemo((await api('POST', '/api/memos', { content: $('#memo').value })).data);
  $('#memo').value = '';
  tellTabs();
});

// ---- start

onSubmit($('#join'), async () => setSession((await api('POST', '/api/auth/guest', { nickname: $('#nickname').value })).data));
$('#leave').onclick = () => confirm(t('leaveSure')) && setSession(null);
$('#language').onclick = () => setLanguage(language === 'ko' ? 'en' : 'ko');
setLanguage(language);
showSession(session);
ports = await (await fetch('/ports.json')).json();
stayConnected();
