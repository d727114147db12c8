// One exercise: its run, what is to be done, the answers, the capture, and the marks.
//
//	POST /api/exercises/tcp-open-close/runs      201 Run = {"run","command","tasks":[{"id","text"}],"fields":[{"id","text","type",...}]}
//	GET  /api/exercises/runs/7gk2m4xp            Run
//	POST /api/exercises/runs/7gk2m4xp/handin     multipart: capture, answers -> Mark = {"score","of","yours","missing","fields","coverage"}
//	GET  /api/exercises/runs/7gk2m4xp/handins    what was handed in before, with its marks
//
// What is typed is kept by the browser until the next run: a reload, or a browser that has crashed, loses none of it.

import { call, isTeacher, ports, session, url } from './api.js';
import { $, $$, announce, attempt, copy, element, errorOf, focus, setText, show, showError, store, stored } from './dom.js';
import { Picked, picture } from './coverage.js';
import { ask, facts, refetch, takes } from './exercises.js';
import { fileMiB } from './limits.js';
import { language, t, words } from './texts.js';

words({
  joinToDo: ['Join first: then you get values of your own.', '먼저 참가하세요. 그러면 자기만의 값을 받습니다.'],
  beginWhy: ['A run gives you tasks and questions with values that only you have.', '시도를 시작하면 나만의 값으로 된 할 일과 질문을 받습니다.'], beginRun: ['Begin a run', '시도 시작'],
  closedNow: ['This exercise is not open. Your teacher opens it.', '아직 열리지 않은 과제입니다. 교사가 엽니다.'], pastNow: ['This exercise is past due: nothing is taken any more.', '마감이 지나 더는 제출할 수 없습니다.'],
  step1: ['1. Capture, and do this', '1. 캡처하면서 하기'], step2: ['2. Answer from your capture', '2. 내 캡처에서 답 찾기'], step3: ['3. Hand in', '3. 제출'],
  howCapture: ['Start Wireshark first, on the interface that leads to the server (the loopback interface, if it runs on this computer). Then do all of this:',
    '먼저 Wireshark로 서버로 가는 인터페이스(서버가 이 컴퓨터에 있으면 루프백)를 캡처하고, 다음을 모두 하세요.'],
  howBox: ['This runs in a network of its own, on Linux: the command makes it, captures in it, and tells which file to hand in. There is no need to start Wireshark before.',
    '리눅스에서 스스로 만든 네트워크에서 합니다. 명령이 네트워크를 만들고 캡처한 다음 어떤 파일을 제출할지 알려 줍니다. Wireshark를 먼저 켤 필요가 없습니다.'],
  whereIs: [(api, ws, files, udp) => `The server’s API is at ${api}, WebSocket and Socket.IO at ${ws}, the page at ${files}, UDP at ${udp}.`,
    (api, ws, files, udp) => `서버의 API는 ${api}, WebSocket과 Socket.IO는 ${ws}, 페이지는 ${files}, UDP는 ${udp}에 있습니다.`],
  byProgram: ['This command does all of it for you:', '다음 명령이 모두 대신해 줍니다.'], command: ['Command', '명령'],
  otherWays: [lesson => `curl, a browser or a program of your own will do as well: only what is in the capture counts. How it is done shows: pollwire lab ${lesson}. pollwire is the program that serves this page: your teacher hands it out, or look under Files. In the folder of its source write go run . in its place.`,
    lesson => `curl, 브라우저, 직접 만든 프로그램도 됩니다. 캡처에 들어 있는 것만 채점합니다. 하는 법을 보여 주는 실습: pollwire lab ${lesson}. pollwire는 이 페이지를 제공하는 프로그램입니다. 교사에게 받거나 ‘파일’에서 찾으세요. 소스 폴더에서는 그 대신 go run .이라고 씁니다.`],
  answersKept: ['Connections and packets are those of the tasks; “first” and “second” is their order. The command asks the server a few things before, on connections that don’t count. What you type is kept in this browser.',
    '연결과 패킷은 모두 할 일의 것이고, 첫째와 둘째는 그 순서입니다. 명령이 그 전에 서버에 몇 가지를 묻는 연결은 세지 않습니다. 쓴 답은 이 브라우저에 남습니다.'],
  captureRule: [`As Wireshark saves it: pcapng or pcap, ${fileMiB} MiB at most.`, `Wireshark가 저장한 그대로 pcapng이나 pcap, ${fileMiB} MiB까지.`],
  handIn: ['Hand in', '제출'], sending: ['Sending and marking…', '보내고 채점하는 중…'],
  hintNumber: ['a number, written like 31, 0x1f, 1,500 or 0.023', '숫자: 31, 0x1f, 1,500, 0.023처럼'], hintHex: ['bytes in hex, written like 0a1f, 0x0a1f or 0a:1f', '16진수: 0a1f, 0x0a1f, 0a:1f처럼'],
  hintIp: ['an address, written like 192.0.2.1 or 2001:db8::1', '주소: 192.0.2.1이나 2001:db8::1처럼'], hintPort: ['a port number', '포트 번호'], hintPackets: ['one or more packet numbers of your file, written like 4, 9, 12', '내 파일의 패킷 번호, 하나나 여럿: 4, 9, 12처럼'],
  inUnit: [unit => `in ${unit}`, unit => `단위: ${unit}`],
  byTerminal: ['Hand in from a terminal instead', '터미널에서 제출하기'], terminalHint: ['This command hands in a file with the answers that stand above. Put the name of your file in place of capture.pcapng.',
    '위의 답을 파일과 함께 제출하는 명령입니다. capture.pcapng 자리에 파일 이름을 쓰세요.'],
  tokenWarning: ['What follows -token is like a password: who has it is you, and http:// does not hide it on the wire. Show it to nobody.',
    '-token 뒤의 값은 비밀번호와 같습니다. 그것을 가진 사람은 당신이 될 수 있고, http://에서는 캡처에 그대로 보입니다. 아무에게도 보여 주지 마세요.'],
  scoreIs: [(n, of) => `${n} of ${of} right`, (n, of) => `${of}개 중 ${n}개 맞음`], shareRight: ['Share that is right', '맞은 비율'],
  doesNotCount: ['This capture does not count', '이 캡처는 인정되지 않습니다'],
  doesNotCountWhy: ['Nothing is said about the answers. Did you start capturing before you played this very run, and on the right interface? A file of somebody else, or of an older attempt, or one that was changed, gets no points. You can capture, play and hand in again.',
    '답이 맞는지는 알려 주지 않습니다. 바로 이 시도를 실행하기 전에, 올바른 인터페이스에서 캡처를 시작했나요? 다른 사람의 파일, 이전 시도의 파일, 바꾼 파일은 점수가 없습니다. 다시 캡처하고 실행해서 제출할 수 있습니다.'],
  fullMarks: ['All right!', '모두 맞았습니다!'], notShownTask: ['✗ not in your capture', '✗ 캡처에 없음'], shownTask: ['✓ in your capture', '✓ 캡처에 있음'],
  taskLacks: [(id, text) => `✗ Not in your capture: ${id}: ${text}`, (id, text) => `✗ 캡처에 없음: ${id}: ${text}`], toField: [text => `✗ ${text}`, text => `✗ ${text}`],
  rightIs: [text => `Right is: ${text}`, text => `정답: ${text}`], yourAnswer: [text => `Your answer was: ${text}`, text => `낸 답: ${text}`],
  handedIn: [(n, best, of) => `Handed in ${n === 1 ? 'once' : n + ' times'}; the best counts: ${best} of ${of}.`, (n, best, of) => `${n}번 제출했고 가장 좋은 것을 셉니다: ${of}개 중 ${best}개.`],
  lastOf: ['These are the marks of what you handed in last.', '마지막으로 제출한 것의 채점입니다.'],
  whatItShows: ['What your capture shows', '캡처에 보이는 것'],
  againWhy: ['A new attempt has other values, so it needs a new capture. Your best marks stay.', '새 시도는 값이 다르므로 캡처도 새로 해야 합니다. 가장 좋은 점수는 남습니다.'],
  newAttempt: ['New attempt', '새 시도'], newAttemptSure: ['Begin a new attempt? What you have typed here goes.', '새 시도를 시작할까요? 여기에 쓴 답은 사라집니다.'],
  attemptIs: [n => `attempt ${n}`, n => `${n}번째 시도`], runIs: [code => `code ${code}`, code => `코드 ${code}`],
});

const box = $('#exercise'), begin = $('.begin', box), body = $('.run', box), form = $('form', box), result = $('.result', box), shown = $('.shown', box), again = $('.again', box);
const picked = new Picked($('.drop', form));
let exercise = null, run = null, handIns = []; // as they are shown
let fetched = '', fetching = ''; // for which run, person and language
const draftKey = () => 'run.' + run.run;

// showExercise is called whenever something may have changed; what is typed it leaves alone.
export function showExercise(e) {
  if (exercise?.name !== e.name) close();
  exercise = e;
  setText($('h2', box), e.title);
  setText($('.aim', box), e.aim);
  const code = session && e.mine?.run, wanted = code && [code, session.user.id, language].join();
  if (code && ![fetched, fetching].includes(wanted)) open(code, wanted);
  if (!code) forget();
  drawFacts();
  show(begin, !code);
  show(body, Boolean(code) && run?.run === code);
  setText($('p', begin), t(!session ? 'joinToDo' : takes(e) ? 'beginWhy' : e.open ? 'pastNow' : 'closedNow'));
  show($('.buttons', begin), session !== null && takes(e));
  const left = !e.attempts || isTeacher() || (e.mine?.attempts ?? 0) < e.attempts;
  show(again, Boolean(code) && takes(e) && left);
  $('fieldset', form).disabled = !takes(e);
  picked.tell();
}

function drawFacts() {
  $('.marks', box).replaceChildren(...facts(exercise), ...run ? [element('span', {}, t('attemptIs', run.attempt)), element('span', {}, t('runIs', run.run))] : []);
}

function close() {
  exercise = null;
  forget();
}

// forget takes away what is one person's: who has left, or was sent away, leaves none of it on the screen.
function forget() {
  [run, handIns, fetched, fetching] = [null, [], '', ''];
  picked.forget();
  show(shown, false);
  show(result, false);
  $('.terminal', form).open = false;
}

// changed: the teacher may have revealed what is right.
export function changed(name) {
  const { run: code } = run ?? {};
  if (code && exercise?.name === name) handedIn(code).then(list => code === run?.run && drawHandIns(list), () => {});
}

async function open(code, wanted) {
  fetching = wanted;
  try {
    const [{ data }, list] = await Promise.all([ask('GET', '/api/exercises/runs/' + code), handedIn(code)]);
    if (fetching !== wanted) return; // one has gone elsewhere
    if (run?.run !== code) {
      picked.forget();
      show(shown, false);
      show(result, false);
    }
    [run, fetched] = [data, wanted];
    showError(errorOf(box));
    drawRun();
    drawHandIns(list);
    showExercise(exercise);
  } catch (e) {
    if (fetching === wanted) showError(errorOf(box), e);
  } finally {
    if (fetching === wanted) fetching = '';
  }
}

const handedIn = async code => (await ask('GET', `/api/exercises/runs/${code}/handins`)).data.handins;
function drawHandIns(list) {
  handIns = list;
  const last = handIns.at(-1);
  if (last && !stored(draftKey())) fill(last.answers);
  if (last) drawMark(last.mark, last.answers);
}

for (const button of $$('.begin button, .again button', box)) button.onclick = () => attempt(button.closest('.begin') ? box : again, async () => {
  if (run && !confirm(t('newAttemptSure'))) return;
  try {
    const { data } = await ask('POST', `/api/exercises/${exercise.name}/runs`);
    if (run) store(draftKey(), null);
    exercise.mine = { best: null, of: exercise.fields, ...exercise.mine, attempts: data.attempt, run: data.run };
  } finally {
    await refetch(); // it may be closed by now
  }
  focus($('h2', box));
  scrollTo(0, 0);
});

// ---- the run

function drawRun() {
  setText($('.how', body), t(exercise.box ? 'howBox' : 'howCapture'));
  const at = (scheme, port, path = '') => port ? `${scheme}://${location.hostname}:${port}${path}` : '–'; // one that is off has no port
  show($('.where', body), !exercise.box);
  setText($('.where', body), t('whereIs', at('http', ports.http), at('ws', ports.ws, '/ws'), at('http', ports.files, '/'), ports.health ? `${location.hostname}:${ports.health}` : '–'));
  $('.tasks', body).replaceChildren(...run.tasks.map(task => element('li', { dataset: { task: task.id } }, element('b', { className: 'id' }, task.id), ' ', element('span', { className: 'text' }, task.text), ' ', element('b', { className: 'done' }))));
  setText($('.to-do pre', body), run.command);
  setText($('.ways', body), t('otherWays', exercise.lesson));
  drawFacts();
  $('.fields', form).replaceChildren(...run.fields.map(drawField));
  fill(stored(draftKey()) ?? {});
  drawTerminal();
}

const hints = { number: 'hintNumber', hex: 'hintHex', ip: 'hintIp', port: 'hintPort', packets: 'hintPackets' };

function drawField(field) {
  const id = 'field-' + field.id, row = element(field.type === 'choice' ? 'fieldset' : 'div', { className: 'field' });
  row.dataset.field = field.id;
  const said = element('p', { className: 'said', id: id + '-said' });
  if (field.type === 'choice') {
    row.append(element('legend', { className: 'text' }, field.text), ...field.choices.map((choice, i) =>
      element('label', {}, element('input', { type: 'radio', name: field.id, value: i }), choice)), said);
    return row;
  }
  const hint = [hints[field.type] && t(hints[field.type]), field.unit && t('inUnit', field.unit)].filter(Boolean).join('; ');
  const input = element('input', { id, name: field.id, autocomplete: 'off', spellcheck: false, autocapitalize: 'none', maxLength: 200, inputMode: field.type === 'port' ? 'numeric' : '' });
  input.setAttribute('aria-describedby', `${id}-hint ${said.id}`);
  row.append(element('label', { htmlFor: id, className: 'text' }, field.text), element('span', { id: id + '-hint', className: 'faint' }, hint), input, said);
  return row;
}

// answers are what stands in the form, of a choice its number; sent, what the server is told.
function answers() {
  const all = {};
  for (const { id, type } of run.fields) {
    const value = type === 'choice' ? $(`[name="${id}"]:checked`, form)?.value : form.elements[id].value;
    if (value?.trim()) all[id] = value.trim();
  }
  return all;
}
const sent = () => Object.fromEntries(Object.entries(answers()).map(([id, value]) => [id, run.fields.find(f => f.id === id).choices?.[value] ?? value]));

function fill(all) {
  for (const { id, type, choices } of run.fields) {
    if (all[id] === undefined) continue;
    if (type !== 'choice') form.elements[id].value = all[id];
    else for (const input of $$(`[name="${id}"]`, form)) input.checked = input.value === all[id] || choices[input.value] === all[id];
  }
}

form.oninput = ({ target }) => {
  if (!run || target.type === 'file') return;
  store(draftKey(), answers());
  drawTerminal();
};

for (const button of $$('.copy', box)) button.onclick = () => copy(button.previousElementSibling, button);

// The token is in the page only while somebody wants to see it.
const terminal = $('.terminal', form);
terminal.ontoggle = drawTerminal;
const quoted = text => /^[\w.:/,-]+$/.test(text) ? text : `"${text.replace(/["\\$`]/g, '\\$&')}"`;
function drawTerminal() {
  const given = Object.entries(sent()).map(([id, value]) => ` ${id}=${quoted(value)}`).join('');
  setText($('pre', terminal), terminal.open && run ? `pollwire lab hand-in ${run.run} capture.pcapng${given} -token ${session?.access_token} -url ${url('http', ports.http, '')}` : '');
}

// ---- hand in

form.onsubmit = event => {
  event.preventDefault();
  attempt(form, handIn);
};

async function handIn() {
  const capture = await picked.bytes(), state = $('.sending', form), given = sent(), { run: code } = run, data = new FormData();
  data.append('capture', new Blob([capture]), 'capture.pcapng');
  data.append('answers', JSON.stringify(given));
  setText(state, t('sending'));
  try {
    const r = await call(url('http', ports.http, `/api/exercises/runs/${code}/handin`), { method: 'POST', body: data, headers: { 'Accept-Language': language }, signal: AbortSignal.timeout(180_000) });
    const mark = await r.json();
    if (run?.run !== code) return; // one has gone elsewhere
    handIns.push({ mark, answers: given });
    drawMark(mark, given);
    $('.picture', shown).replaceChildren(picture(mark.coverage));
    show(shown, true);
    announce($('#result-title').textContent);
    focus($('#result-title'));
    $('#result-title').scrollIntoView({ block: 'center' });
  } finally {
    setText(state, '');
    refetch().catch(() => {}); // the best mark, or that it was closed meanwhile
  }
}

// ---- marks

function drawMark(mark, given) {
  const lacks = new Set(mark.missing), texts = new Map(run.fields.map(f => [f.id, f.text]));
  show(result, true);
  result.dataset.counts = mark.yours ? 'yes' : 'no';
  setText($('#result-title'), (mark.yours ? mark.score === mark.of ? t('fullMarks') + ' ' : '' : t('doesNotCount') + ': ') + t('scoreIs', mark.score, mark.of));
  $('progress', result).value = mark.score / mark.of;
  setText($('.why', result), mark.yours ? '' : `${mark.fields[0]?.feedback ?? ''}\n${t('doesNotCountWhy')}`);
  for (const row of $$('.tasks li', body)) {
    setText($('.done', row), mark.yours ? t(lacks.has(row.dataset.task) ? 'notShownTask' : 'shownTask') : '');
    row.classList.toggle('lacking', mark.yours && lacks.has(row.dataset.task));
  }
  for (const field of mark.fields) drawVerdict($(`[data-field="${CSS.escape(field.id)}"]`, form), field, mark.yours, given[field.id]);
  const tasks = mark.yours ? run.tasks.filter(task => lacks.has(task.id)) : [], wrong = mark.yours ? mark.fields.filter(f => !f.ok) : [];
  $('.open-points', result).replaceChildren(...tasks.map(task => element('li', {}, t('taskLacks', task.id, task.text))), ...wrong.map(f => element('li', {}, toField(f.id, texts.get(f.id)))));
  const best = Math.max(...handIns.map(h => h.mark.score));
  setText($('.past', result), t('lastOf') + ' ' + t('handedIn', handIns.length, best, mark.of));
}

function drawVerdict(row, { ok, feedback, right }, counts, answer) {
  if (!row) return;
  const said = $('.said', row), lines = counts ? [element('b', {}, ok ? '✓' : '✗'), ' ', feedback] : [];
  if (counts && !ok && answer) lines.push(element('span', { className: 'faint' }, ' ' + t('yourAnswer', answer)));
  if (counts && right) lines.push(element('span', { className: 'right' }, ' ' + t('rightIs', right)));
  said.replaceChildren(...lines);
  row.classList.toggle('ok', counts && ok);
  row.classList.toggle('wrong', counts && !ok);
}

function toField(id, text) {
  const button = element('button', { type: 'button', className: 'link' }, t('toField', text ?? id));
  button.onclick = () => {
    const input = $(`[name="${CSS.escape(id)}"]`, form);
    input?.scrollIntoView({ block: 'center' });
    input?.focus();
  };
  return button;
}
