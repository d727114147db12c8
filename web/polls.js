// Polls: the list, and one alone under its own address, /#/polls/7.
//
// One that closes while somebody looks at the open ones stays where it is, marked as closed, until they choose anew.

import { api, apiAt, call, onSession, onUser, session } from './api.js';
import { canMakePolls, onClass } from './class.js';
import { address } from './address.js';
import { $, $$, attempt, clone, copy, focus, holding, idOf, item, place, remove, saveAs, setText, show, showError, store, stored } from './dom.js';
import { Paged } from './lists.js';
import { fresh, holdingEvents, onFetch, onStatus, status } from './live.js';
import { isHere, part } from './parts.js';
import { joined, newCard, showCard, waiting } from './pollcard.js';
import { fetchPoll, forget, isDraft, lackOf, learn, onPolls, pollOf } from './pollstore.js';
import { onLanguage, showTime, t, words } from './texts.js';

words({
  polls: ['Polls', '투표'], newPoll: ['New poll', '새 투표'], onlyTeacher: ['Only the teacher makes polls now.', '지금은 교사만 투표를 만들 수 있습니다.'], all: ['All', '전체'], whichPolls: ['Which polls', '표시할 투표'],
  noOpen: ['No poll is open.', '진행 중인 투표가 없습니다.'], noClosed: ['No poll is closed.', '마감된 투표가 없습니다.'],
  allPolls: ['← All polls', '← 전체 투표'], newPolls: [n => `${n} new ${n === 1 ? 'poll' : 'polls'} ↑`, n => `새 투표 ${n}개 ↑`],
  address: ['Address of this poll', '이 투표의 주소'], csv: ['Result as CSV', '결과 CSV 받기'],
  endsOn: ['Closes', '마감 예정'], endedOn: ['Closed', '마감됨'],
});

// ---- the list

let which = ['open', 'closed'].includes(stored('polls')) ? stored('polls') : 'all';
const path = () => '/api/polls?status=' + which;
const fits = poll => !isDraft(poll) && (which === 'all' || poll.is_active === (which === 'open'));
const keep = card => card.dataset.stays; // it was closed, or reopened, while it was looked at
const polls = new Paged({ section: '#all-polls', path: path(), key: 'polls', show: showInList, keep });

function showInList(poll) {
  learn(poll);
  if (item(polls.list, poll.id)) return;
  const card = newCard(poll.id);
  place(polls.list, card, poll.id);
  showCard(card);
}

// belongs: a poll older than those shown comes when its page is fetched, not before.
const belongs = poll => fits(poll) && fresh && (polls.more.hidden || poll.id > polls.list.lastElementChild?.dataset.id);

onPolls(ids => {
  for (const id of ids) {
    const poll = pollOf(id), card = item(polls.list, id);
    if (card && poll) showCard(card);
    else if (card || poll && belongs(poll)) later.add(id);
    if (poll && card && !fits(poll)) card.dataset.stays = 'yes';
  }
  settle();
  if (ids.has(alone)) showAlone();
});

// What comes and goes moves the cards below it. While a pointer is at the list, or it is scrolled, that has to wait: nothing may
// move under a finger that is about to press. One's own polls don't wait.
const later = new Set(), fresher = $('#fresher');
let settling;
const held = holding(polls.list, () => settle());
const atList = () => polls.list.offsetParent && (held() || polls.list.getBoundingClientRect().top < 0);
addEventListener('scroll', () => settle(), { passive: true });

function settle(now = !atList()) {
  for (const id of later) {
    const poll = pollOf(id), card = item(polls.list, id), mine = (poll?.created_by ?? card?.by)?.id === session?.user.id;
    if (card && poll || !card && !(poll && belongs(poll))) later.delete(id); // it has come or gone by another way
    else if (now || mine) {
      later.delete(id);
      if (poll) showInList(poll);
      else remove(card);
    }
    else if (card) card.inert = true; // it is deleted
  }
  const n = [...later].filter(pollOf).length;
  clearTimeout(settling);
  if (later.size) settling = setTimeout(settle, 10_000);
  show(fresher, n > 0);
  setText(fresher, t('newPolls', n));
}
fresher.onclick = () => {
  settle(true);
  focus(polls.list.firstElementChild);
  polls.section.scrollIntoView();
};

function showWhich() {
  for (const button of $$('#which button')) {
    button.ariaPressed = button.dataset.which === which;
    button.onclick = () => attempt(polls.section, () => choose(button.dataset.which));
  }
  setText($('.none', polls.section), t({ all: 'none', open: 'noOpen', closed: 'noClosed' }[which]));
}

async function choose(to) {
  which = to;
  store('polls', which === 'all' ? null : which);
  polls.path = path();
  showWhich();
  await holdingEvents(async () => {
    const items = await polls.fetchPage();
    for (const card of polls.list.children) delete card.dataset.stays;
    polls.fill(items);
  });
}

// What stays in the list, and the one alone, may not be among what is fetched: they are asked for one by one.
onFetch(async () => {
  const ids = new Set([...polls.list.children].filter(keep).map(idOf));
  if (alone !== null) ids.add(alone);
  const answers = await Promise.all([...ids].map(id => api('GET', '/api/polls/' + id).catch(e => ({ id, e }))));
  return () => {
    for (const { data, id, e } of answers) {
      if (data) learn(data);
      else if (e.status === 404 || id === alone) forget(id, e);
      if (id === alone) showAlone();
    }
  };
});

const redraw = () => {
  for (const card of $$('article.poll')) if (pollOf(idOf(card))) showCard(card);
  if (alone !== null) showAlone();
  showWhich();
};
onLanguage(redraw);
onSession(redraw);
onUser(redraw);
onClass(showNew);
onSession(showNew);
onUser(showNew);
$('#new-poll').onclick = () => attempt(polls.section, async () => (await part('pollform')).newPoll());

function showNew() {
  show($('#new-poll'), session !== null && canMakePolls());
  show($('#no-polls'), session !== null && !canMakePolls());
}

// Who has just joined wants to vote: back to where they were about to, else to the newest poll that is open.
let before = session;
onSession(() => {
  const came = session && !before;
  before = session;
  if (came) setTimeout(lookAtPoll);
});

function lookAtPoll() {
  const target = waiting?.isConnected ? $('.vote', waiting) : $('#now article.current') ?? one ?? $('article:has(.state.on)', polls.list);
  joined();
  if (!target || !['polls', 'now'].includes(document.body.dataset.view) || !target.checkVisibility() || !document.hasFocus()) return;
  focus(target);
  target.scrollIntoView({ block: 'nearest' });
}

// ---- one alone

let alone = null, one = null; // the id of the poll, and its card once it is here
const box = $('#one-poll'), wrong = $('.error', box);

// showOnly shows one poll; null shows all.
export function showOnly(id) {
  if (id === alone) return;
  alone = id;
  leaveOne();
  show($('#all-polls'), id === null);
  show($('#which'), id === null);
  show($('#polls .back'), id !== null);
  show(box, id !== null);
  if (id === null) return;
  showAlone();
  lookFor();
}

function leaveOne() {
  if (one) showMemo(null);
  one = null;
  box.replaceChildren(wrong);
  showError(wrong);
}

// lookFor asks for a poll that is not here. At the start, and after we were away, all is fetched anyway.
function lookFor() {
  const id = alone;
  if (id !== null && !pollOf(id) && fresh && !lackOf(id)?.status) fetchPoll(id).catch(() => {}); // lackOf tells
}
onStatus(() => status === 'live' && lookFor());

function showAlone() {
  const poll = pollOf(alone), had = one !== null, lack = lackOf(alone);
  if (!poll) {
    if (!lack) return; // it is on its way
    leaveOne();
    showError(wrong, lack);
    if (had) focus($('#polls h2'));
    return;
  }
  if (!had) openOne(poll.id);
  showCard(one);
  setText($('.share code', one), `${address()}#/polls/${alone}`);
  const end = $('.end', one), time = $('time', end);
  end.hidden = !poll.ends_at;
  setText(end.firstElementChild, t(poll.is_active ? 'endsOn' : 'endedOn'));
  if (poll.ends_at) showTime(time, poll.ends_at);
}

function openOne(id) {
  const extras = clone('poll-more');
  one = newCard(id);
  one.classList.add('alone');
  showError(wrong);
  one.append(extras);
  box.prepend(one);
  $('.copy', one).onclick = event => copy($('.share code', one), event.target);
  $('.csv', one).onclick = () => attempt(extras, () => download(id));
  $('.poll-memo', one).dataset.poll = id;
  showMemo(id, $('.poll-memo', one));
}

// showMemo shows one's memo on the poll below it: those who have joined have memos.
let memoAt = [];
function showMemo(...at) {
  memoAt = at;
  if (session || isHere('memos')) part('memos').then(({ memoFor }) => memoFor(...memoAt), () => {}); // it comes with the connection
}
onSession(() => session && one && showMemo(...memoAt));
onStatus(() => status === 'live' && one && !isHere('memos') && showMemo(...memoAt));

// download saves the result as a table. The mark in front tells Excel that it is UTF-8; else Korean is garbled there.
async function download(id) {
  const r = await call(apiAt('/api/polls/' + id), { headers: { Accept: 'text/csv' } });
  saveAs(`poll-${id}.csv`, new Blob(['\ufeff', await r.arrayBuffer()], { type: 'text/csv' }));
}
