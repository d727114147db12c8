// The form in which a poll is made, newPoll(), or changed, editPoll(poll). Nothing that was typed gets lost: not when saving
// fails, nor when news arrive; and who closes the form is asked.

import { api, problem, serverNow } from './api.js';
import { $, $$, clone, errorOf, forgiveField, onSubmit, show, showError } from './dom.js';
import { onEnter } from './enter.js';
import { optionsLeast, optionsMost } from './limits.js';
import { apply } from './live.js';
import { learn, onPolls, pollOf } from './pollstore.js';
import { reason } from './problems.js';
import { localISO, onLanguage, t, words } from './texts.js';

words({
  title: ['Title', '제목'], description: ['Description (optional)', '설명 (선택 사항)'], options: [`Options, ${optionsLeast} to ${optionsMost}`, `선택지 ${optionsLeast}~${optionsMost}개`],
  option: [n => `Option ${n}`, n => `선택지 ${n}`], addOption: ['Add option', '선택지 추가'],
  removeOption: [n => `Remove option ${n}`, n => `선택지 ${n} 삭제`],
  tooMany: [n => `${optionsMost} options at most: ${n} left out.`, n => `선택지는 ${optionsMost}개까지입니다. ${n}줄은 넣지 않았습니다.`],
  hide: ['Hide the result until the poll closes', '마감될 때까지 결과 숨기기'],
  locked: ['Somebody has voted, so the options can’t change any more.', '이미 투표한 사람이 있어 선택지는 바꿀 수 없습니다.'],
  ends: ['Closes', '마감'], endsAt: ['Closing time', '마감 시각'], never: ['when I close it', '직접 마감할 때'],
  inMinutes: [n => `${n} min from now`, n => `${n}분 뒤`], atTime: ['at a time…', '시각 지정…'],
  create: ['Create poll', '투표 만들기'], saveChanges: ['Save', '저장'], changePoll: ['Edit poll', '투표 수정'], cancel: ['Cancel', '취소'],
  discard: ['Close without saving? What you typed will be lost.', '저장하지 않고 닫을까요? 입력한 내용이 사라집니다.'],
});

const dialog = $('#poll-form'), form = $('form', dialog), list = $('#options'), ends = $('#ends'), endsAt = $('#ends-at');
let edited = null; // the poll that is changed, or null for a new one
let asOpened = ''; // what stood in the form when it was opened

const empty = { title: '', description: '', options: [{ text: '' }, { text: '' }], multiple: false, hidden: false, ends_at: null };
export const newPoll = () => open(null, empty);
export const editPoll = poll => open(poll, poll);

function open(poll, { title, description, options, multiple, hidden, ends_at }) {
  edited = poll;
  $('#title').value = title;
  $('#description').value = description;
  $('#multiple').checked = multiple;
  $('#hide').checked = hidden;
  list.replaceChildren();
  for (const o of options) addOption(o.text);
  showWords();
  ends.value = ends_at ? 'at' : '';
  endsAt.value = ends_at ? local(ends_at) : '';
  showEnd();
  lock(poll?.voters > 0);
  asOpened = typed();
  showErrors([]);
  showError(errorOf(form));
  dialog.showModal();
  $('#title').focus();
}

// ---- options

const fields = () => [...$$('input', list)];

function addOption(text) {
  const row = clone('option-field'), input = $('input', row);
  input.value = text;
  onEnter(input, () => next(input));
  input.onpaste = event => paste(event, input);
  $('button', row).onclick = () => {
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    number();
    $('input', neighbour).focus();
  };
  list.append(row);
  number();
  return input;
}

function number() {
  fields().forEach((input, i) => {
    const remove = $('button', input.parentElement);
    input.ariaLabel = input.placeholder = t('option', i + 1);
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
  else $('#multiple').focus();
}
onEnter($('#title'), () => next($('#title')));
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
  $('#multiple').disabled = on && edited.multiple; // to allow more is always possible
  show($('.locked', form), on);
  number();
}
onPolls(ids => {
  if (!dialog.open || !edited || !ids.has(edited.id)) return;
  const poll = pollOf(edited.id), same = String(fields().map(f => f.value)) === String(edited.options.map(o => o.text));
  if (poll && same) lock(poll.voters > 0);
});

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
  if (ends.value === 'at' && !endsAt.value) endsAt.value = local(serverNow() + 15 * 60_000).slice(0, 17) + '00';
}
ends.onchange = showEnd;

function showWords() {
  const was = ends.value, choices = [['', t('never')], ...[1, 2, 5, 10].map(n => [n, t('inMinutes', n)]), ['at', t('atTime')]];
  ends.replaceChildren(...choices.map(([value, text]) => new Option(text, value)));
  ends.value = was;
  $('#poll-form-heading').textContent = t(edited ? 'changePoll' : 'newPoll');
  $('.buttons .main', form).textContent = t(edited ? 'saveChanges' : 'create');
  showEnd();
  number();
}
onLanguage(showWords);

// ---- saving

const typed = () => JSON.stringify([...form.elements].map(n => n.type === 'checkbox' ? n.checked : n.value));

onSubmit(form, async () => {
  const sent = fields().filter(input => input.value.trim()); // an empty field is no option
  const poll = { title: $('#title').value, description: $('#description').value, options: sent.map(input => input.value),
    multiple: $('#multiple').checked, hidden: $('#hide').checked, ends_at: endOf() };
  if (edited) poll.is_active = (pollOf(edited.id) ?? edited).is_active;
  showErrors([]);
  try {
    const { data } = await (edited ? api('PUT', '/api/polls/' + edited.id, poll) : api('POST', '/api/polls', poll));
    apply(() => learn(data));
    dialog.close();
    if (!edited) location.hash = '#/polls/' + data.id;
  } catch (e) {
    const rest = showErrors(e.errors ?? [], sent);
    if (rest.length) throw problem({ errors: rest });
    if (!e.errors?.length) throw e;
  }
});

// showErrors puts what is wrong beside the field that it names, and returns what names none. options[2] is the third that was sent.
function showErrors(errors, sent = []) {
  for (const { parentElement } of $$('[data-field] .error', form)) forgiveField(parentElement);
  const rest = errors.filter(e => {
    const [, index] = /^options\[(\d+)\]$/.exec(e.field) ?? [];
    const around = index ? sent[index].parentElement : $(`[data-field="${e.field}"]`, form);
    if (!around) return true;
    const node = $('input, textarea, select', around), error = errorOf(around), say = () => reason(e);
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
