// One poll to vote in: in the list, alone under its own address, and as what the class looks at now.
//
//	const card = newCard(7); list.append(card); showCard(card)
//
// showCard changes only what is different: a choice that is not sent yet stays while votes of others arrive. An option is chosen
// first and sent by a button: no vote is cast by a finger that scrolls, or an arrow key that passes.

import { hasRight, isRight, kindOf, showAnswers, showRight, showSolution } from './answers.js';
import { api, mayChange, session } from './api.js';
import { countDown } from './countdown.js';
import { $, $$, attempt, clone, element, errorOf, idOf, item, onSubmit, place, setText, setTexts, show, showError, showParts, showPerson } from './dom.js';
import { act, apply, tellTabs } from './live.js';
import { part } from './parts.js';
import { forget, isDraft, isSecret, learn, pollOf, totalOf } from './pollstore.js';
import { showTime, t, words } from './texts.js';

words({
  several: ['Several answers', '복수 선택'], open: ['Open', '진행 중'], closed: ['Closed', '마감'], secret: ['Hidden result', '결과 숨김'],
  yours: ['✓ your vote', '✓ 내 표'], count: [(n, percent) => `${n} (${percent}%)`, (n, percent) => `${n}표 (${percent}%)`],
  draft: ['Draft', '준비 중'], openDraft: ['Open', '열기'], points: [n => `${n} ${n === 1 ? 'point' : 'points'}`, n => `${n}점`],
  toldNamed: ['Named: your teacher sees what you answer.', '이름 공개: 교사가 누가 무엇을 답했는지 볼 수 있습니다.'],
  toldUnnamed: ['Not named: nobody is told who answered what. The server keeps it, so that you can change your answer.',
    '이름 비공개: 누가 무엇을 답했는지 아무에게도 알리지 않습니다. 나중에 바꿀 수 있도록 서버에만 저장됩니다.'],
  yourNumber: ['Your answer, a number', '내 답 (숫자)'], yourText: ['Your answer, up to 100 characters', '내 답 (100자까지)'],
  noNumber: ['Write a number, such as 12.5', '숫자를 적으세요. 예: 12.5'],
  send_answer: ['Send answer', '답 보내기'], change_answer: ['Change answer', '답 바꾸기'], withdraw_answer: ['Withdraw answer', '답 취소'],
  vote: ['Vote', '투표하기'], change: ['Change vote', '투표 변경'], withdraw: ['Withdraw vote', '투표 취소'],
  voteAgain: ['Vote again', '다시 투표'],
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
  const poll = pollOf(idOf(card)), { is_active: active, my_vote: vote } = poll, own = mayChange(poll), choices = kindOf(poll) === 'choice';
  const voted = vote !== null, large = card.matches('.alone, .current');
  setTexts(card, { 'h3 a': poll.title, '.description': poll.description, '.total': isDraft(poll) ? '' : totalOf(poll),
    '.vote': t(choices ? (voted ? 'change' : 'vote') : voted ? 'change_answer' : 'send_answer'), '.withdraw': t(choices ? 'withdraw' : 'withdraw_answer'),
    '.told': active && (large || poll.named) ? t(poll.named ? 'toldNamed' : 'toldUnnamed') : '' });
  card.ariaLabel = $('fieldset', card).ariaLabel = poll.title;
  card.by = poll.created_by;
  showPerson($('.person', card), poll.created_by);
  showTime($('time', card), poll.created_at);
  showState(card, poll);
  if (choices) showOptions(card, poll);
  else showField(card, poll);
  showAnswers($('.answers', card), poll);
  showVerdict(card, poll);
  showParts(card, { '.secret': isSecret(poll), '.vote': active, '.withdraw': active && session && voted, '.owner': own, '.reveal': active,
    '.present': (own || card.classList.contains('alone')) && !isDraft(poll) });
  showChoice(card, poll);
}

// showState and showRows are also for the presenter view. The state is whether a poll is open, and for how long.
export function showState(root, poll) {
  const { id, is_active: active, hidden, multiple } = poll, state = `${id} ${active}`;
  if (root.dataset.state !== state) showError(errorOf(root) ?? $('.stage > .error', root)); // it spoke of another state
  root.dataset.state = state;
  setTexts(root, { '.state': t(active ? 'open' : isDraft(poll) ? 'draft' : 'closed'),
    '.toggle': t(active ? 'close' : isDraft(poll) ? 'openDraft' : 'reopen'),
    '.reveal': t(hidden ? 'reveal' : 'conceal'), '.marks .points': poll.points ? t('points', poll.points) : '' });
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

function showOptions(card, poll) {
  const { options, multiple, is_active, my_vote } = poll;
  const list = $('ul', card), voted = String(my_vote), votedBefore = list.dataset.vote;
  $('fieldset', card).disabled = !is_active;
  list.dataset.vote = voted;
  showRows(list, options, 'poll-option', (row, option) => {
    const { id, votes, percentage } = option, input = $('input', row), mine = my_vote?.includes(id) ?? false;
    input.type = multiple ? 'checkbox' : 'radio';
    if (voted !== votedBefore) input.checked = mine;
    $('.yours', row).hidden = !mine;
    setText($('.count', row), votes === null || isDraft(poll) ? '' : t('count', votes, percentage));
    showRight(row, option, poll);
  });
}

// showField is for a number or a text. What is typed stays, unless one's answer has become another.
function showField(card, { kind, my_vote, is_active }) {
  const label = $('.answer', card), input = $('input', label), voted = JSON.stringify(my_vote);
  label.hidden = false;
  $('fieldset', card).disabled = !is_active;
  setText(label.firstElementChild, t(kind === 'number' ? 'yourNumber' : 'yourText'));
  input.inputMode = kind === 'number' ? 'decimal' : 'text';
  input.enterKeyHint = 'send';
  input.maxLength = kind === 'number' ? 30 : 100;
  label.hidden = !is_active && my_vote === null;
  if (label.dataset.vote === voted) return;
  label.dataset.vote = voted;
  input.value = my_vote ?? '';
}

function showVerdict(card, poll) {
  const mine = isRight(poll), verdict = $('.verdict', card);
  setText(verdict, mine === null ? '' : t(mine ? 'youRight' : 'youWrong'));
  verdict.classList.toggle('good', mine === true);
  showSolution($('.solution', card), poll, hasRight(poll));
}

const field = card => $('.answer input', card);
const choice = card => [...$$('ul input:checked', card)].map(input => idOf(input.closest('li')));

// answerOf is what would be sent: {option_ids}, {number} or {text}.
function answerOf(card, poll) {
  const kind = kindOf(poll), text = kind === 'choice' ? '' : field(card).value.trim();
  if (kind === 'choice') return { option_ids: choice(card) };
  if (kind === 'text') return { text };
  const number = text.replace(/\s/g, '').replace(',', '.').replace('\u2212', '-');
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(number) || !Number.isFinite(Number(number))) throw Object.assign(Error(t('noNumber')), { say: () => t('noNumber') });
  return { number: Number(number) };
}

// showChoice makes the button stand out as long as there is something to send.
function showChoice(card, poll) {
  const { my_vote, is_active } = poll, ids = kindOf(poll) === 'choice' ? choice(card) : field(card).value.trim();
  const unsent = is_active && ids.length > 0 && String(ids) !== String(my_vote);
  card.classList.toggle('unsent', unsent);
  $('.vote', card).classList.toggle('main', unsent || my_vote === null);
}

function letVote(card, id) {
  const path = `/api/polls/${id}/vote`;
  const showMine = my_vote => {
    if (pollOf(id)) learn({ id, my_vote });
    tellTabs();
  };
  onSubmit($('form', card), async () => {
    if (!session) return askWho(card);
    const answer = answerOf(card, pollOf(id));
    const data = await act('vote:cast', { poll_id: id, ...answer }, () => api('POST', path, answer));
    showMine(data.my_vote);
    apply(() => learn(data));
  }, card);
  $('.withdraw', card).onclick = () => attempt(card, () => api('DELETE', path).then(() => showMine(null)));
  // Who points at an option has chosen. Who comes along with the arrow keys has not; for them there is the button.
  let pointed = false;
  card.onpointerdown = () => { pointed = true; };
  card.onkeydown = () => { pointed = false; };
  card.oninput = () => showChoice(card, pollOf(id));
  card.onchange = () => {
    showChoice(card, pollOf(id));
    if (pointed && !session) askWho(card);
  };
}

// The card in which somebody has chosen who has not joined yet.
export let waiting = null;

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
  const on = (name, action) => { $('.' + name, card).onclick = event => undoes(name, event) || attempt(card, action); };
  on('toggle', () => toggle(id));
  on('reveal', () => reveal(id));
  on('edit', async () => (await part('pollform')).editPoll(pollOf(id)));
  on('delete', async () => {
    if (!confirm(t('deleteSure', pollOf(id).title))) return;
    await api('DELETE', '/api/polls/' + id);
    apply(() => forget(id));
  });
}

// Behind a click these buttons do the opposite: the second half of a double click would undo the first.
export const undoes = (name, { detail }) => detail > 1 && ['toggle', 'reveal'].includes(name);
export const patch = (id, change) => api('PATCH', '/api/polls/' + id, change).then(({ data }) => apply(() => learn(data)));
export const toggle = id => patch(id, isDraft(pollOf(id)) ? { draft: false } : { is_active: !pollOf(id).is_active });
export const again = id => api('POST', `/api/polls/${id}/rounds`).then(({ data }) => learn(data)); // vote, discuss, vote again
export const reveal = id => patch(id, { hidden: !pollOf(id).hidden });
