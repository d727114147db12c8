// The form in which a poll is made, newPoll(), or changed, editPoll(poll), and in which a teacher writes questions for the plan, one
// after the other, newQuestion(). Nothing that was typed gets lost: not when saving fails, nor when news arrive; and who closes the
// form is asked.
//
//	POST  /api/polls        a poll that is open at once
//	POST  /api/class/plan   {"polls":[the same]}, a draft at the end of the plan
//	PATCH /api/polls/7      a change

import { api, isTeacher, problem, serverNow } from './api.js';
import { kindOf } from './answers.js';
import { $, $$, clone, errorOf, forgiveField, onSubmit, setText, show, showError } from './dom.js';
import { onEnter } from './enter.js';
import { optionsLeast, optionsMost } from './limits.js';
import { apply } from './live.js';
import { isDraft, learn, onPolls, pollOf } from './pollstore.js';
import { reason } from './problems.js';
import { localISO, onLanguage, t, words } from './texts.js';

words({
  description: ['Description (optional)', '설명 (선택 사항)'], options: [`Options, ${optionsLeast} to ${optionsMost}`, `선택지 ${optionsLeast}~${optionsMost}개`],
  option: [n => `Option ${n}`, n => `선택지 ${n}`], addOption: ['Add option', '선택지 추가'],
  removeOption: [n => `Remove option ${n}`, n => `선택지 ${n} 삭제`],
  tooMany: [n => `${optionsMost} options at most: ${n} left out.`, n => `선택지는 ${optionsMost}개까지입니다. ${n}줄은 넣지 않았습니다.`],
  hide: ['Hide the result until the poll closes', '마감될 때까지 결과 숨기기'],
  locked: ['Somebody has voted, so the options can’t change any more.', '이미 투표한 사람이 있어 선택지는 바꿀 수 없습니다.'],
  ends: ['Closes', '마감'], endsAt: ['Closing time', '마감 시각'], never: ['when I close it', '직접 마감할 때'],
  inMinutes: [n => `${n} min from now`, n => `${n}분 뒤`], atTime: ['at a time…', '시각 지정…'],
  create: ['Create poll', '투표 만들기'], saveChanges: ['Save', '저장'], changePoll: ['Edit poll', '투표 수정'], cancel: ['Cancel', '취소'],
  discard: ['Close without saving? What you typed will be lost.', '저장하지 않고 닫을까요? 입력한 내용이 사라집니다.'],
  answeredBy: ['Answered by', '답하는 방법'],
  tickRight: ['Tick what is right, or nothing for an opinion.', '정답에 표시하세요. 의견을 묻는다면 표시하지 않습니다.'], isRightOption: [n => `Option ${n} is right`, n => `선택지 ${n} 정답`],
  rightNumber: ['Right number (optional)', '정답 (선택 사항)'], tolerance: ['± tolerance', '± 허용 오차'],
  rightTexts: ['Right answers, one on each line (optional)', '정답, 한 줄에 하나씩 (선택 사항)'], right: ['Right answer', '정답'],
  pointsLabel: ['Points', '배점'], secondsLabel: ['Seconds to answer (optional)', '답하는 시간, 초 (선택 사항)'], seconds: ['Seconds', '시간(초)'],
  namedLabel: ['Named: I see who answers what (students are told before)', '이름 공개: 누가 무엇을 답했는지 봅니다 (학생에게 먼저 알립니다)'],
  namedPoints: ['Questions with points are named.', '점수가 있는 질문은 이름이 공개됩니다.'], explanation: ['Explanation', '해설'],
  explanationLabel: ['Explanation, shown when it is closed (optional)', '해설, 마감 후 표시 (선택 사항)'], notNumber: ['must be a number', '숫자여야 합니다'],
  saveAndNext: ['Save, and write the next', '저장하고 다음 질문 쓰기'], questionSaved: [title => `✓ Saved: ${title}`, title => `✓ 저장됨: ${title}`],
});

const dialog = $('#poll-form'), form = $('form', dialog), list = $('#options'), ends = $('#ends'), endsAt = $('#ends-at');
const title = $('#title'), multiple = $('#multiple'), rightTexts = $('#right-texts'), { kind, value, tolerance, points, seconds, named } = form.elements;
let edited = null; // the poll that is changed, or null for a new one
// What is called when a question for the plan is saved; null for other polls.
let planned = null;
let asOpened = ''; // what stood in the form when it was opened

const empty = { title: '', description: '', options: [], multiple: false, hidden: false, ends_at: null };
export const newPoll = () => open(null, empty);
export const newQuestion = whenSaved => open(null, { ...empty, hidden: true }, whenSaved);
export async function editPoll(poll, whenSaved) {
  if (isTeacher()) poll = (await api('GET', '/api/polls/' + poll.id)).data; // with what is right
  open(poll, poll, whenSaved);
}

function open(poll, content, whenSaved = null) {
  planned = whenSaved;
  begin(poll, content);
  dialog.showModal();
  title.focus();
}

function begin(poll, q) {
  edited = poll;
  for (const n of $$('.more-said', form)) show(n, isTeacher());
  kind.value = kindOf(q);
  title.value = q.title;
  $('#description').value = q.description;
  multiple.checked = q.multiple;
  $('#hide').checked = q.hidden;
  rightTexts.value = Array.isArray(q.right) ? q.right.join('\n') : '';
  value.value = q.right?.value ?? '';
  tolerance.value = q.right?.tolerance || '';
  points.value = q.points ?? '';
  seconds.value = q.seconds ?? '';
  named.checked = Boolean(q.named);
  $('#explanation').value = q.explanation ?? '';
  list.replaceChildren();
  for (const o of q.options) addOption(o.text, o.correct);
  while (list.children.length < (planned && !poll ? 4 : optionsLeast)) addOption('');
  showWords();
  ends.value = q.ends_at ? 'at' : '';
  endsAt.value = q.ends_at ? local(q.ends_at) : '';
  showEnd();
  lock(poll?.voters > 0 || poll?.rounds?.length > 0);
  showKind();
  asOpened = typed();
  showErrors([]);
  showError(errorOf(form));
  setText($('.saved', form), '');
}

// ---- options

const fields = () => [...$$('.text', list)];
const tick = input => $('[type="checkbox"]', input.parentElement) ?? {}; // only a teacher has them

function addOption(text, correct = false) {
  const row = clone('option-field'), input = $('.text', row);
  input.value = text;
  if (!isTeacher()) $('label', row).remove();
  Object.assign(tick(input), { checked: Boolean(correct), onchange: () => { if ($$(':checked', list).length > 1) multiple.checked = true; } });
  onEnter(input, () => next(input));
  input.onpaste = event => paste(event, input);
  $('button', row).onclick = () => {
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    number();
    $('.text', neighbour).focus();
  };
  list.append(row);
  number();
  return input;
}

function number() {
  fields().forEach((input, i) => {
    const remove = $('button', input.parentElement);
    input.ariaLabel = input.placeholder = t('option', i + 1);
    if (isTeacher()) setText($('.unseen', input.parentElement), t('isRightOption', i + 1));
    remove.ariaLabel = t('removeOption', i + 1);
    remove.hidden = isLocked() || list.children.length <= optionsLeast;
  });
  show($('#add-option'), !isLocked() && list.children.length < optionsMost);
  showError(errorOf(list.parentElement));
}
$('#add-option').onclick = () => addOption('').focus();

// next: Enter leads to the next field, and behind the last one makes another.
function next(input) {
  const all = fields(), following = all[all.indexOf(input) + 1];
  if (following) following.focus();
  else if (input.value.trim() && all.length < optionsMost) addOption('').focus();
  else multiple.focus();
}
onEnter(title, () => (kind.value === 'choice' ? next(title) : kind.value === 'number' ? value.focus() : rightTexts.focus()));
form.onkeydown = event => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit(); };

// paste: several lines become several options.
function paste(event, input) {
  const lines = event.clipboardData.getData('text').split(/\r?\n/).map(line => line.trim()).filter(Boolean);
  if (lines.length < 2) return;
  event.preventDefault();
  for (const from = fields().indexOf(input); lines.length > 0;) {
    const empty = fields().find((f, i) => i >= from && !f.value.trim()) ?? (fields().length < optionsMost ? addOption('') : null);
    if (!empty) break;
    empty.value = lines.shift();
    empty.focus();
  }
  const say = () => t('tooMany', lines.length);
  if (lines.length) showError(errorOf(form), { message: say(), say });
}

// Options are locked once somebody has voted, also while the form is open; but not if they were changed by then: what was typed
// stays, and the server says why it can't be saved.
const isLocked = () => form.dataset.locked === 'yes';
function lock(on) {
  form.dataset.locked = on ? 'yes' : '';
  for (const input of fields()) input.readOnly = on;
  multiple.disabled = on && edited.multiple; // to allow more is always possible
  for (const n of kind) n.disabled = on;
  show($('.locked', form), on);
  number();
}
onPolls(ids => {
  if (!dialog.open || !edited || !ids.has(edited.id)) return;
  const poll = pollOf(edited.id), same = String(fields().map(f => f.value)) === String(edited.options.map(o => o.text));
  if (poll && same) lock(poll.voters > 0);
});

// ---- what a teacher says of a question

const hasRight = () => kind.value === 'choice' ? $(':checked', list) !== null : (kind.value === 'number' ? value : rightTexts).value.trim() !== '';

// Where something is right there is a point, unless the teacher says otherwise; and points need names.
function showKind() {
  const scored = points.value.trim() === '' ? hasRight() : Number(points.value) !== 0;
  for (const n of $$('[data-kind]', form)) show(n, n.dataset.kind === kind.value);
  if (scored && !isLocked()) named.checked = true;
  named.disabled = scored || isLocked();
  points.placeholder = hasRight() ? '1' : '0';
  show($('.named-why', form), scored);
}
form.addEventListener('input', showKind);

function numberIn(input, field, none) {
  const text = input.value.trim().replace(',', '.');
  if (text === '') return none;
  if (!Number.isFinite(Number(text))) throw problem({ errors: [{ field, say: () => t('notNumber') }] });
  return Number(text);
}

function moreSaid() {
  const more = { explanation: $('#explanation').value, seconds: numberIn(seconds, 'seconds', null), points: numberIn(points, 'points', hasRight() ? 1 : 0) };
  if (kind.value === 'number') more.right = value.value.trim() ? { value: numberIn(value, 'right'), tolerance: numberIn(tolerance, 'right', 0) } : null;
  const texts = rightTexts.value.split('\n').map(line => line.trim()).filter(Boolean);
  if (kind.value === 'text') more.right = texts.length ? texts : null;
  if (!more.right && !edited) delete more.right;
  return isLocked() ? more : { ...more, kind: kind.value, named: named.checked };
}

// ---- the end

const local = time => localISO(time).slice(0, 19); // for <input type="datetime-local">

function endOf() {
  if (ends.value === '') return null;
  if (ends.value !== 'at') return new Date(serverNow() + ends.value * 60_000).toISOString();
  if (edited?.ends_at && endsAt.value === local(edited.ends_at)) return edited.ends_at; // to the millisecond
  return endsAt.value && new Date(endsAt.value).toISOString();
}

function showEnd() {
  show(endsAt, ends.value === 'at');
  show(ends.parentElement, !planned && !(edited && isDraft(edited))); // a question of the plan has its seconds
  if (ends.value === 'at' && !endsAt.value) endsAt.value = local(serverNow() + 15 * 60_000).slice(0, 17) + '00';
}
ends.onchange = showEnd;

function showWords() {
  const was = ends.value, choices = [['', t('never')], ...[1, 2, 5, 10].map(n => [n, t('inMinutes', n)]), ['at', t('atTime')]];
  ends.replaceChildren(...choices.map(([value, text]) => new Option(text, value)));
  ends.value = was;
  setText($('#poll-form-heading'), t(edited ? 'changePoll' : planned ? 'newQuestion' : 'newPoll'));
  setText($('.buttons .main', form), t(edited || planned ? 'saveChanges' : 'create'));
  show($('.another', form), planned !== null && !edited);
  showEnd();
  number();
}
onLanguage(showWords);

// ---- saving

const typed = () => JSON.stringify([...form.elements].map(n => /radio|checkbox/.test(n.type) ? n.checked : n.value));

// written is what the form says, as the server takes it. An unchanged list of options is not sent: it keeps its votes.
function written(sent) {
  const poll = { title: title.value, description: $('#description').value, hidden: $('#hide').checked };
  if (!ends.parentElement.hidden) poll.ends_at = endOf();
  if (isTeacher()) Object.assign(poll, moreSaid());
  if (kind.value !== 'choice') return poll;
  const options = sent.map(input => tick(input).checked ? { text: input.value, correct: true } : input.value);
  const before = edited?.options.map(o => o.correct ? { text: o.text, correct: true } : o.text);
  if (JSON.stringify(options) !== JSON.stringify(before)) poll.options = options;
  return { ...poll, multiple: multiple.checked };
}

async function save(sent) {
  const poll = written(sent);
  if (edited) return api('PATCH', '/api/polls/' + edited.id, poll);
  return planned ? api('POST', '/api/class/plan', { polls: [poll] }) : api('POST', '/api/polls', poll);
}

let another = false; // the next question is to be written
onSubmit(form, async () => {
  const sent = fields().filter(input => input.value.trim()), more = another; // an empty field is no option
  another = false;
  showErrors([]);
  try {
    const { data } = await save(sent);
    if (!planned || edited) apply(() => learn(data));
    planned?.();
    if (more) return nextQuestion();
    dialog.close();
    if (!edited && !planned) location.hash = '#/polls/' + data.id;
  } catch (e) {
    const rest = showErrors((e.errors ?? []).map(one => ({ ...one, field: one.field.replace(/^polls\[0\]\.?/, '') })), sent);
    if (rest.length) throw problem({ errors: rest });
    if (!e.errors?.length) throw e;
  }
});
$('.another', form).onclick = () => {
  another = true;
  form.requestSubmit();
};

// nextQuestion leaves what is likely to be the same again.
function nextQuestion() {
  const last = title.value;
  begin(null, { ...empty, kind: kind.value, hidden: $('#hide').checked, seconds: seconds.value });
  setText($('.saved', form), t('questionSaved', last));
  title.focus();
}

// showErrors puts what is wrong beside the field that it names, and returns what names none. options[2] is the third that was sent.
function showErrors(errors, sent = []) {
  for (const { parentElement } of $$('[data-field] .error', form)) forgiveField(parentElement);
  const rest = errors.filter(e => {
    const [, index] = /^options\[(\d+)\]/.exec(e.field) ?? [];
    const name = e.field.replace(/[.[].*$/, ''), around = index ? sent[index]?.parentElement : [...$$('[data-field]', form)].find(n => n.dataset.field === name && !n.hidden);
    if (!around) return true;
    const node = $('input:not([type="checkbox"]), textarea, select', around), error = errorOf(around), say = e.say ?? (() => reason(e));
    showError(error, { message: say(), say });
    error.id = 'wrong-' + e.field.replace(/\W/g, '-');
    node.ariaInvalid = 'true';
    node.setAttribute('aria-describedby', error.id);
  });
  $('[aria-invalid]', form)?.focus();
  return rest;
}

// ---- closing

const mayClose = () => typed() === asOpened || confirm(t('discard'));
dialog.oncancel = event => { if (!mayClose()) event.preventDefault(); }; // Escape, or a phone's way back
$('.cancel', form).onclick = () => { if (mayClose()) dialog.close(); };
addEventListener('beforeunload', event => dialog.open && typed() !== asOpened && event.preventDefault());
