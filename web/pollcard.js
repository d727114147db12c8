// One poll to vote in: in the list, and alone under its own address.
//
//	const card = newCard(7); list.append(card); showCard(card)
//
// showCard changes only what is different. A choice that is not sent yet stays as it is while votes of others arrive.
// An option is chosen first and sent by a button: no vote is cast by a finger that scrolls, or by an arrow key that passes.

import { api, session } from './api.js';
import { countDown } from './countdown.js';
import { $, attempt, clone, element, idOf, item, onSubmit, place, setText, show, showPerson } from './dom.js';
import { act, apply, tellTabs } from './live.js';
import { editPoll } from './pollform.js';
import { forget, isSecret, learn, pollOf, totalOf } from './pollstore.js';
import { showTime, t, words } from './texts.js';

words({
  several: ['Several answers', '복수 선택'], open: ['Open', '진행 중'], closed: ['Closed', '마감'], secret: ['Hidden result', '결과 숨김'],
  yours: ['✓ your vote', '✓ 내 표'], count: [(n, percent) => `${n} (${percent}%)`, (n, percent) => `${n}표 (${percent}%)`],
  vote: ['Vote', '투표하기'], change: ['Change vote', '투표 변경'], withdraw: ['Withdraw vote', '투표 취소'],
  close: ['Close', '마감하기'], reopen: ['Reopen', '다시 열기'], reveal: ['Reveal result', '결과 공개'], conceal: ['Hide result', '결과 숨기기'],
  editPoll: ['Edit', '수정'], delete: ['Delete', '삭제'], deleteSure: [what => `Delete “${what}”?`, what => `삭제할까요? “${what}”`],
  present: ['Present', '발표 화면'],
  joinFirst: ['Tell your nickname first, then press “Vote”. Your choice is kept.',
    '먼저 닉네임을 적고 참가한 다음 ‘투표하기’를 누르세요. 고른 항목은 그대로 있습니다.'],
});

export function newCard(id) {
  const card = clone('poll-card'), title = $('h3', card);
  card.dataset.id = id;
  title.id = ($('#poll-' + id) ? 'same-poll-' : 'poll-') + id; // it may be in the list and alone
  card.setAttribute('aria-labelledby', title.id);
  $('fieldset', card).setAttribute('aria-labelledby', title.id);
  $('h3 a', card).href = '#/polls/' + id;
  $('.present', card).href = `#/polls/${id}/present`;
  letVote(card, id);
  letOwn(card, id);
  return card;
}

export function showCard(card) {
  const poll = pollOf(idOf(card)), { is_active: active, my_vote: vote } = poll, own = poll.created_by.id === session?.user.id;
  setText($('h3 a', card), poll.title);
  setText($('.description', card), poll.description);
  setText($('.state', card), t(active ? 'open' : 'closed'));
  $('.state', card).classList.toggle('on', active);
  show($('.several', card), poll.multiple);
  show($('.secret', card), isSecret(poll));
  countDown($('.countdown', card), poll);
  showPerson($('.person', card), poll.created_by);
  showTime($('time', card), poll.created_at);
  showOptions(card, poll);
  setText($('.total', card), totalOf(poll));
  setText($('.vote', card), t(vote ? 'change' : 'vote'));
  show($('.vote', card), active);
  show($('.withdraw', card), active && session && vote);
  show($('.owner', card), own);
  show($('.present', card), own || card.classList.contains('alone'));
  setText($('.toggle', card), t(active ? 'close' : 'reopen'));
  setText($('.reveal', card), t(poll.hidden ? 'reveal' : 'conceal'));
  show($('.reveal', card), active);
  showChoice(card, poll);
}

function showOptions(card, { options, multiple, is_active, my_vote }) {
  const list = $('ul', card), voted = String(my_vote), votedBefore = list.dataset.vote;
  $('fieldset', card).disabled = !is_active;
  if (String([...list.children].map(idOf)) !== String(options.map(o => o.id))) {
    list.replaceChildren();
    for (const o of options) place(list, clone('poll-option'), o.id, true);
  }
  list.dataset.vote = voted;
  for (const o of options) {
    const row = item(list, o.id), input = $('input', row), mine = my_vote?.includes(o.id) ?? false;
    input.type = multiple ? 'checkbox' : 'radio';
    if (voted !== votedBefore) input.checked = mine;
    setText($('.text', row), o.text);
    $('.yours', row).hidden = !mine;
    showBar(row, o);
    setText($('.count', row), o.votes === null ? '' : t('count', o.votes, o.percentage));
  }
}

// showBar moves a bar without a layout of the page. While the result is hidden there is nothing to show.
export function showBar(row, { votes, percentage }) {
  $('.bar', row).hidden = votes === null;
  $('.bar > div', row).style.transform = `scaleX(${(percentage ?? 0) / 100})`;
}

const choice = card => [...card.querySelectorAll('fieldset input:checked')].map(input => idOf(input.closest('li')));

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

// askWho leads to the nickname, with a word why. polls.js leads back.
function askWho(card) {
  waiting = card;
  const why = $('#why-join') ?? element('p', { id: 'why-join' }), name = $('#nickname');
  why.setAttribute('role', 'alert');
  why.dataset.t = 'joinFirst';
  $('#join h2').after(why);
  setText(why, t('joinFirst'));
  (name.offsetParent ? name : $('#join h2')).focus();
}
export function joined() {
  $('#why-join')?.remove();
  waiting = null;
}

function letOwn(card, id) {
  const path = '/api/polls/' + id, poll = () => pollOf(id);
  const on = (button, action) => { $(button, card).onclick = () => attempt(card, action); };
  on('.toggle', () => patch(id, { is_active: !poll().is_active }));
  on('.reveal', () => patch(id, { hidden: !poll().hidden }));
  on('.edit', async () => editPoll(poll()));
  on('.delete', async () => {
    if (!confirm(t('deleteSure', poll().title))) return;
    await api('DELETE', path);
    apply(() => forget(id));
  });
}

// patch changes a part of a poll. The news of it come as an event.
export const patch = (id, change) => api('PATCH', '/api/polls/' + id, change).then(({ data }) => apply(() => learn(data)));
