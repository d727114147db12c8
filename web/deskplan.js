// The plan: the questions of the lesson in their order. They can be moved by pointer (at the handle), by buttons, and by Alt with an
// arrow key.
//
//	GET  /api/class/plan    {"polls":[Poll...]}
//	PUT  /api/class/plan    the whole plan in its new order, and the one before: {"polls":[{"id":7}, ...],"was":[7, ...]}
//	POST /api/class/plan    adds behind; as text/plain it is Moodle's GIFT, whose errors name lines

import { api, apiAt, call } from './api.js';
import { kindOf } from './answers.js';
import { change, room } from './class.js';
import { $, announce, attempt, clone, focus, idOf, item, onSubmit, setTexts, show } from './dom.js';
import { part } from './parts.js';
import { isDraft, learn } from './pollstore.js';
import { t, words } from './texts.js';

words({
  plan: ['Plan of the lesson', '수업 계획'], planHint: ['Students see a question when you show it. Until then it is a draft that only teachers see.',
    '질문은 보여 줄 때 학생에게 나타납니다. 그 전에는 교사만 볼 수 있습니다.'],
  noPlan: ['No question yet. Write one, or paste several.', '아직 질문이 없습니다. 하나씩 만들거나 여러 개를 붙여 넣으세요.'],
  newQuestion: ['New question', '새 질문'], pasteGift: ['Paste questions…', '질문 붙여넣기…'],
  giftText: ['Questions in GIFT, the format of Moodle, with an empty line between them. All are added, or none where one is wrong.',
    'GIFT 형식(Moodle)의 질문, 질문 사이에는 빈 줄. 하나라도 틀리면 아무것도 추가하지 않습니다.'], addGift: ['Add to the plan', '계획에 추가'],
  giftAdded: [n => `${n} ${n === 1 ? 'question' : 'questions'} added`, n => `질문 ${n}개를 추가했습니다`],
  showNow: ['Show now', '지금 보여 주기'], isShown: ['Shown now', '보여 주는 중'], copyQuestion: ['Copy', '복제'], takeOut: ['Take out', '빼기'],
  takeOutSure: [title => `Delete the draft “${title}”?`, title => `준비 중인 질문을 삭제할까요? “${title}”`],
  up: [title => `Move up: ${title}`, title => `위로: ${title}`], down: [title => `Move down: ${title}`, title => `아래로: ${title}`],
  movedTo: [(title, n, of) => `${title}: ${n} of ${of}`, (title, n, of) => `${title}: ${of}개 중 ${n}번째`],
  actOn: [(act, title) => `${act}: ${title}`],
  secondsLong: [n => `${n} s`, n => `${n}초`], namedShort: ['named', '이름 공개'],
});

export let plan = [];
const section = $('#plan'), list = $('.plan', section);
let dragged = null, saving = 0;

// nextOf is what comes behind a poll in the plan; the first one where that is not in it.
export const nextOf = id => plan[plan.findIndex(poll => poll.id === id) + 1];

// lookAtPlan asks for it anew: drafts are told in no event.
export async function lookAtPlan() {
  if (dragged || saving) return;
  try {
    const { data } = await api('GET', '/api/class/plan');
    if (!dragged && !saving) take(data.polls);
  } catch { /* it comes with the connection, or the next time */ }
}

function take(polls) {
  const before = JSON.stringify(plan);
  plan = polls;
  if (before === JSON.stringify(polls)) return;
  polls.forEach(learn); // which has the desk drawn
  drawPlan();
}

export function drawPlan() {
  if (dragged) return;
  for (const row of [...list.children]) if (!plan.some(poll => poll.id === idOf(row))) row.remove();
  plan.forEach((poll, i) => {
    const row = item(list, poll.id) ?? newRow(poll.id);
    if (list.children[i] !== row) list.insertBefore(row, list.children[i] ?? null);
    showRow(row, poll, i);
  });
  show($('.none', section), !plan.length);
}

function newRow(id) {
  const row = clone('plan-item'), on = (name, action) => { $(name, row).onclick = () => attempt(section, action); };
  row.dataset.id = id;
  on('.look', () => change({ current: id }).then(lookAtPlan));
  on('.up', () => move(id, -1, '.up'));
  on('.down', () => move(id, 1, '.down'));
  on('.edit', async () => (await part('pollform')).editPoll(plan.find(p => p.id === id), lookAtPlan));
  on('.copy', () => copyOne(id));
  on('.out', () => takeOut(id));
  row.onkeydown = event => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by || !event.altKey) return;
    event.preventDefault();
    attempt(section, () => move(id, by, null, event.target));
  };
  letDrag(row);
  return row;
}

function showRow(row, poll, i) {
  const state = poll.status ?? 'open', { title } = poll, facts = [t('kind_' + kindOf(poll)), poll.points && t('points', poll.points), poll.seconds && t('secondsLong', poll.seconds),
    poll.named && t('namedShort')];
  const now = room?.current === poll.id;
  row.classList.toggle('now', now);
  setTexts(row, { '.text': `${i + 1}. ${title}`, '.state': t(state), '.kind': facts.filter(Boolean).join(' · '), '.look': t(now ? 'isShown' : 'showNow'),
    '.edit': t('editPoll'), '.copy': t('copyQuestion'), '.out': t('takeOut') });
  $('.state', row).classList.toggle('on', state === 'open');
  $('.look', row).disabled = now;
  $('.look', row).ariaLabel = t('actOn', t(now ? 'isShown' : 'showNow'), title);
  for (const name of ['up', 'down']) $('.' + name, row).ariaLabel = t(name, title);
  for (const [name, word] of [['edit', 'editPoll'], ['copy', 'copyQuestion'], ['out', 'takeOut']]) $('.' + name, row).ariaLabel = t('actOn', t(word), title);
  $('.up', row).disabled = i === 0;
  $('.down', row).disabled = i === plan.length - 1;
}

// ---- order

// save says what the plan was: if another teacher has changed it meanwhile, that must not be undone unseen.
let last = Promise.resolve(); // one after the other
async function save(order) {
  const was = plan.map(({ id }) => id);
  plan = order;
  drawPlan();
  saving++;
  const saved = last.then(() => api('PUT', '/api/class/plan', { polls: order.map(({ id }) => ({ id })), was }));
  last = saved.catch(() => {});
  try {
    const { data } = await saved;
    if (!--saving) take(data.polls);
  } catch (error) {
    saving--;
    lookAtPlan();
    throw error;
  }
}

async function move(id, by, button, focused) {
  const from = plan.findIndex(poll => poll.id === id), to = from + by;
  if (to < 0 || to >= plan.length) return;
  const order = [...plan], [poll] = order.splice(from, 1);
  order.splice(to, 0, poll);
  const saved = save(order), row = item(list, id), pressed = button && $(button, row);
  focus(focused?.isConnected ? focused : pressed?.disabled ? $('.up:enabled, .down:enabled', row) : pressed ?? row);
  announce(t('movedTo', poll.title, to + 1, order.length));
  await saved;
}

// letDrag: a row follows the pointer that holds its handle, be it a mouse or a finger.
function letDrag(row) {
  const handle = $('.handle', row);
  handle.onpointerdown = event => {
    if (event.button || saving) return;
    event.preventDefault();
    handle.setPointerCapture(event.pointerId);
    dragged = row;
    row.classList.add('dragged');
  };
  handle.onpointermove = event => {
    if (dragged !== row) return;
    const middle = n => n.getBoundingClientRect().top + n.offsetHeight / 2; // the others move: a node that is moved loses the pointer
    while (row.previousElementSibling && event.clientY < middle(row.previousElementSibling)) row.after(row.previousElementSibling);
    while (row.nextElementSibling && event.clientY > middle(row.nextElementSibling)) row.before(row.nextElementSibling);
    const beyond = Math.max(0, event.clientY + 50 - innerHeight) || Math.min(0, event.clientY - 50);
    if (beyond) scrollBy(0, beyond / 3);
  };
  handle.onpointerup = handle.onpointercancel = ({ type }) => {
    if (dragged !== row) return;
    dragged = null;
    row.classList.remove('dragged');
    const ids = [...list.children].map(idOf), order = ids.map(id => plan.find(poll => poll.id === id));
    if (type === 'pointerup' && String(ids) !== String(plan.map(p => p.id))) attempt(section, () => save(order));
    else drawPlan();
  };
}

// ---- more and fewer

async function copyOne(id) {
  const { data } = await api('POST', `/api/polls/${id}/copy`), at = plan.findIndex(poll => poll.id === id) + 1;
  await save([...plan.slice(0, at), data, ...plan.slice(at).filter(poll => poll.id !== data.id)]);
  focus($('.edit', item(list, data.id)));
}

async function takeOut(id) {
  const poll = plan.find(p => p.id === id);
  if (isDraft(poll) && !confirm(t('takeOutSure', poll.title))) return; // an opened one only leaves the plan
  const at = plan.indexOf(poll), saved = save(plan.filter(p => p !== poll));
  focus($('.look', list.children[Math.min(at, plan.length - 1)] ?? section) ?? $('h3', section));
  await saved;
}

$('.new', section).onclick = () => attempt(section, async () => (await part('pollform')).newQuestion(lookAtPlan));

const gift = $('#gift'), opener = $('.paste', section);
opener.onclick = () => {
  show(gift, gift.hidden);
  opener.ariaExpanded = !gift.hidden;
  if (!gift.hidden) $('textarea', gift).focus();
};
onSubmit(gift, async () => {
  const r = await call(apiAt('/api/class/plan'), { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: $('textarea', gift).value });
  const { polls } = await r.json(), added = Math.max(0, polls.length - plan.length) || polls.length;
  take(polls.length >= plan.length ? polls : [...plan, ...polls]);
  $('textarea', gift).value = '';
  show(gift, false);
  opener.ariaExpanded = false;
  announce(t('giftAdded', added));
  lookAtPlan();
  focus(opener);
});
