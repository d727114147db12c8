// One poll to vote in: in the list, and alone under its own address.
//
//	const card = newCard(7); list.append(card); showCard(card)
//
// showCard changes only what is different: a choice that is not sent yet stays while votes of others arrive. An option is chosen
// first and sent by a button: no vote is cast by a finger that scrolls, or an arrow key that passes.

import { api, session } from './api.js';
import { countDown } from './countdown.js';
import { $, $$, attempt, clone, element, errorOf, idOf, item, onSubmit, place, setText, setTexts, show, showError, showParts, showPerson } from './dom.js';
import { act, apply, tellTabs } from './live.js';
import { part } from './parts.js';
import { forget, isSecret, learn, pollOf, totalOf } from './pollstore.js';
import { showTime, t, words } from './texts.js';

words({
  several: ['Several answers', '복수 선택'], open: ['Open', '진행 중'], closed: ['Closed', '마감'], secret: ['Hidden result', '결과 숨김'],
  yours: ['✓ your vote', '✓ 내 표'], count: [(n, percent) => `${n} (${percent}%)`, (n, percent) => `${n}표 (${percent}%)`],
  vote: ['Vote', '투표하기'], change: ['Change vote', '투표 변경'], withdraw: ['Withdraw vote', '투표 취소'],
  close: ['Close', '마감하기'], reopen: ['Reopen', '다시 열기'], reveal: ['Reveal result', '결과 공개'], conceal: ['Hide result', '결과 숨기기'],
  editPoll: ['Edit', '수정'],
  present: ['Present', '발표 화면'],
  joinFirst: ['Tell your nickname first, then press “Vote”. Your choice is kept.',
    '먼저 닉네임을 적고 참가한 다음 ‘투표하기’를 누르세요. 고른 항목은 그대로 있습니다.'],
});

export function newCard(id) {
  const card = clone('poll-card');
  card.dataset.id = id;
  $('h3 a', card).href = '#/polls/' + id;
  $('.present', card).href = `#/polls/${id}/present`;
  letVote(card, id);
  letOwn(card, id);
  return card;
}

export function showCard(card) {
  const poll = pollOf(idOf(card)), { is_active: active, my_vote: vote } = poll, own = poll.created_by.id === session?.user.id;
  setTexts(card, { 'h3 a': poll.title, '.description': poll.description, '.total': totalOf(poll), '.vote': t(vote ? 'change' : 'vote') });
  card.ariaLabel = $('fieldset', card).ariaLabel = poll.title;
  card.by = poll.created_by;
  if (card.dataset.open !== String(active)) showError(errorOf(card)); // it spoke of another state
  card.dataset.open = active;
  showPerson($('.person', card), poll.created_by);
  showTime($('time', card), poll.created_at);
  showState(card, poll);
  showOptions(card, poll);
  showParts(card, { '.secret': isSecret(poll), '.vote': active, '.withdraw': active && session && vote, '.owner': own, '.reveal': active,
    '.present': own || card.classList.contains('alone') });
  showChoice(card, poll);
}

// showState and showRows are also for the presenter view. The state is whether a poll is open, and for how long.
export function showState(root, poll) {
  const { is_active: active, hidden, multiple } = poll;
  setTexts(root, { '.state': t(active ? 'open' : 'closed'), '.toggle': t(active ? 'close' : 'reopen'),
    '.reveal': t(hidden ? 'reveal' : 'conceal') });
  $('.state', root).classList.toggle('on', active);
  show($('.several', root), multiple);
  countDown($('.countdown', root), poll);
}

// showRows gives each option a row, whose bar moves without a layout of the page; there is none while the result is hidden.
export function showRows(list, options, template, showMore) {
  if (String([...list.children].map(idOf)) !== String(options.map(o => o.id))) {
    list.replaceChildren();
    for (const o of options) place(list, clone(template), o.id, true);
  }
  for (const o of options) {
    const row = item(list, o.id);
    setText($('.text', row), o.text);
    $('.bar', row).hidden = o.votes === null;
    $('.bar > div', row).style.transform = `scaleX(${(o.percentage ?? 0) / 100})`;
    showMore(row, o);
  }
}

function showOptions(card, { options, multiple, is_active, my_vote }) {
  const list = $('ul', card), voted = String(my_vote), votedBefore = list.dataset.vote;
  $('fieldset', card).disabled = !is_active;
  list.dataset.vote = voted;
  showRows(list, options, 'poll-option', (row, { id, votes, percentage }) => {
    const input = $('input', row), mine = my_vote?.includes(id) ?? false;
    input.type = multiple ? 'checkbox' : 'radio';
    if (voted !== votedBefore) input.checked = mine;
    $('.yours', row).hidden = !mine;
    setText($('.count', row), votes === null ? '' : t('count', votes, percentage));
  });
}

const choice = card => [...$$('fieldset input:checked', card)].map(input => idOf(input.closest('li')));

// showChoice makes the button stand out as long as there is something to send.
function showChoice(card, { my_vote, is_active }) {
  const ids = choice(card), unsent = is_active && ids.length > 0 && String(ids) !== String(my_vote);
  card.classList.toggle('unsent', unsent);
  $('.vote', card).classList.toggle('main', unsent || !my_vote);
}

function letVote(card, id) {
  const path = `/api/polls/${id}/vote`;
  const showMine = my_vote => {
    if (pollOf(id)) learn({ id, my_vote });
    tellTabs();
  };
  onSubmit($('form', card), async () => {
    if (!session) return askWho(card);
    const option_ids = choice(card);
    const data = await act('vote:cast', { poll_id: id, option_ids }, () => api('POST', path, { option_ids }));
    showMine(data.my_vote);
    apply(() => learn(data));
  }, card);
  $('.withdraw', card).onclick = () => attempt(card, () => api('DELETE', path).then(() => showMine(null)));
  // Who points at an option has chosen. Who comes along with the arrow keys has not; for them there is the button.
  let pointed = false;
  card.onpointerdown = () => { pointed = true; };
  card.onkeydown = () => { pointed = false; };
  card.onchange = () => {
    showChoice(card, pollOf(id));
    if (pointed && !session) askWho(card);
  };
}

export let waiting = null; // the card in which somebody has chosen who has not joined yet

// askWho leads to the nickname, and says why. polls.js leads back.
function askWho(card) {
  waiting = card;
  const why = $('#why-join') ?? element('p', { id: 'why-join', role: 'alert', dataset: { t: 'joinFirst' } }), name = $('#nickname');
  $('#join h2').after(why);
  setText(why, t('joinFirst'));
  (name.offsetParent ? name : $('#join h2')).focus();
}
export function joined() {
  $('#why-join')?.remove();
  waiting = null;
}

function letOwn(card, id) {
  const on = (button, action) => { $(button, card).onclick = () => attempt(card, action); };
  on('.toggle', () => toggle(id));
  on('.reveal', () => reveal(id));
  on('.edit', async () => (await part('pollform')).editPoll(pollOf(id)));
  on('.delete', async () => {
    if (!confirm(t('deleteSure', pollOf(id).title))) return;
    await api('DELETE', '/api/polls/' + id);
    apply(() => forget(id));
  });
}

const patch = (id, change) => api('PATCH', '/api/polls/' + id, change).then(({ data }) => apply(() => learn(data)));
export const toggle = id => patch(id, { is_active: !pollOf(id).is_active });
export const reveal = id => patch(id, { hidden: !pollOf(id).hidden });
