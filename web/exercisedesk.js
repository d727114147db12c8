// Exercises, for whoever teaches: what is open, who has reached what, and what was hard.
//
//	PATCH /api/exercises/tcp-open-close {"open": true}        everybody hears exercise:updated
//	GET   /api/exercises/results                              a row for each person and exercise
//	GET   /api/exercises/results/fields?exercise=…            how many have each question right, and the mistake most often made
//	GET   /api/exercises/runs/7gk2m4xp/handins, .../capture   what one person has handed in, and the file
//	GET   /api/exercises/runs/7gk2m4xp/attempts               what else this person has tried of the same exercise
//
// Marks are nobody else's business, so no event tells of a hand-in. The table is asked for while somebody looks at it.

import { apiAt, call, isTeacher } from './api.js';
import { $, attempt, element, nameTag, saveAs, setText, show } from './dom.js';
import { ask, list, refetch } from './exercises.js';
import { language, localISO, number, onLanguage, showTime, t, translate, words } from './texts.js';

words({
  teachersOnly: ['Only who teaches sees this.', '교사만 볼 수 있습니다.'],
  settings: ['What is open', '무엇을 열지'], settingsHint: ['What you change holds at once.', '바꾸면 바로 적용됩니다.'], openTo: ['open', '열림'],
  due: ['due', '마감'], attempts: ['attempts (0: any)', '시도 횟수 (0: 제한 없음)'], reveal: ['right answers are shown', '정답 보여 주기'],
  revealNever: ['never', '안 함'], revealRight: ['with the mark', '채점과 함께'], revealAfter: ['after it is due', '마감 뒤'],
  settingOf: [(what, title) => `${what}: ${title}`, (what, title) => `${what}: ${title}`],
  results: ['Who has reached what', '누가 얼마나 했나'], resultsKey: ['n/m: right answers of the best hand-in. ✓ all right. ✗ not this run: nothing in the capture is of the run. ⚠ doubted: the capture disagrees with what the server has seen. Neither counts. … begun, nothing handed in. ×2: the second attempt. Choose one to see what was handed in.',
    'n/m: 가장 좋은 제출의 맞은 답. ✓ 모두 맞음. ✗ 다른 시도: 캡처에 이 시도의 것이 없음. ⚠ 의심됨: 캡처가 서버가 본 것과 다름. 둘 다 인정되지 않습니다. … 시작했으나 제출 없음. ×2: 두 번째 시도. 고르면 제출한 것을 볼 수 있습니다.'],
  noResults: ['Nobody has begun a run yet.', '아직 시도를 시작한 사람이 없습니다.'], person: ['Person', '사람'],
  resultsTold: [(people, n, all) => `${people} ${people === 1 ? 'person' : 'people'}, ${n} of ${all} runs handed in`, (people, n, all) => `${people}명, 시도 ${all}개 중 ${n}개 제출`],
  cellNone: ['nothing handed in', '제출 없음'], cellNot: ['not this run', '다른 시도'], cellDoubted: ['doubted', '의심됨'], mean: ['Mean', '평균'],
  hardest: ['What was hard', '어려웠던 질문'], ofExercise: ['Exercise', '과제'], rightBy: [(n, of) => `${n} of ${of} have it right`, (n, of) => `${of}명 중 ${n}명이 맞음`],
  oftenSaid: [text => `most often: ${text}`, text => `가장 흔한 실수: ${text}`], noneYet: ['Nothing that counts was handed in yet.', '인정되는 제출이 아직 없습니다.'],
  backToClass: ['← The class', '← 우리 반'], handInsOf: [(who, title) => `${who}: ${title}`, (who, title) => `${who}: ${title}`],
  handedAt: [(n, size) => `Hand-in ${n}, ${size} bytes,`, (n, size) => `${n}번째 제출, ${size}바이트,`], download: ['Open the capture', '캡처 내려받기'],
  question: ['Question', '질문'], answer: ['Answer', '답'], verdict: ['Mark', '채점'], nothingIn: ['Nothing was handed in yet.', '아직 제출한 것이 없습니다.'], attemptsOf: ['Attempts', '시도'], attemptOf: [(n, mark) => `Attempt ${n}: ${mark}`, (n, mark) => `${n}번째 시도: ${mark}`],
  
});

const view = $('#class'), desk = $('.desk', view), one = $('.one', view), settings = $('.settings ul', view), table = $('.results .scroll', view), hardest = $('.hardest', view), picker = $('select', hardest);
translate(view); // it came before its words
let results = [], code = '', slow = 0; // ms that the last look took

export function showClass(run = '') {
  const was = code;
  code = run;
  show($('.not-you', view), !isTeacher());
  show(desk, isTeacher() && !code);
  show(one, isTeacher() && Boolean(code));
  if (!isTeacher()) return;
  drawSettings();
  if (was !== code) {
    $('.handins', one).replaceChildren();
    show($('.attempts', one), false);
  }
  look();
}

let looking = false, looked = 0;
async function look() {
  if (looking || view.hidden || document.hidden || !isTeacher()) return;
  looking = true;
  const began = Date.now(), wanted = code;
  await attempt(code ? one : $('#class'), async () => {
    results = await fetchResults();
    if (code) await showHandIns();
    else drawResults();
  });
  if (!code) await drawHardest();
  [looking, looked, slow] = [false, Date.now(), Date.now() - began];
  if (code !== wanted) look(); // one has gone elsewhere meanwhile
}
setInterval(() => !code && Date.now() - looked > Math.max(3500, 10 * slow) && look(), 1000);
document.addEventListener('visibilitychange', look);
onLanguage(() => { settings.replaceChildren(); if (!view.hidden) showClass(code); });

async function fetchResults() {
  const all = [];
  for (let before = ''; before !== null;) {
    const { data } = await ask('GET', `/api/exercises/results?limit=100${before && '&before=' + before}`);
    all.push(...data.results);
    before = data.next_before;
  }
  return all;
}

// ---- settings

// A setting shows what was chosen until the server has answered, whatever else is drawn meanwhile.
const under = new Map(); // how many changes of it are on their way, by exercise and part
function drawSettings() {
  for (const e of list) {
    const row = $(`[data-name="${e.name}"]`, settings) ?? newRow(e.name), [open, due, attempts, reveal] = ['open', 'due', 'attempts', 'reveal'].map(name => $(`[name="${name}"]`, row));
    setText($('b', row), e.title);
    row.classList.toggle('on', e.open);
    const stays = input => under.get(e.name + ' ' + input.name) || input !== open && input === document.activeElement; // somebody is typing
    if (!stays(open)) open.checked = e.open;
    if (!stays(due)) due.value = e.due ? localISO(e.due).slice(0, 16) : '';
    if (!stays(attempts)) attempts.value = e.attempts;
    if (!stays(reveal)) reveal.value = e.reveal;
    for (const [input, word] of [[open, 'openTo'], [due, 'due'], [attempts, 'attempts'], [reveal, 'reveal']]) input.ariaLabel = t('settingOf', t(word), e.title);
  }
}

function newRow(name) {
  const labelled = (word, input) => element('label', {}, element('span', {}, t(word)), ' ', input);
  const open = element('input', { type: 'checkbox', name: 'open' }), due = element('input', { type: 'datetime-local', name: 'due' });
  const attempts = element('input', { type: 'number', name: 'attempts', min: 0, max: 20 });
  const reveal = element('select', { name: 'reveal' }, ...[['never', 'revealNever'], ['right', 'revealRight'], ['after_due', 'revealAfter']].map(([value, word]) => element('option', { value }, t(word))));
  const row = element('li', { dataset: { name } }, element('label', { className: 'name' }, open, element('span', {}, element('b'), ' ', element('code', {}, name))), labelled('due', due), labelled('attempts', attempts), labelled('reveal', reveal), element('p', { className: 'error', role: 'alert' }));
  let last = Promise.resolve(); // one change after the other: none is lost
  const change = part => {
    const [what] = Object.keys(part), count = by => under.set(name + ' ' + what, (under.get(name + ' ' + what) ?? 0) + by);
    count(1);
    last = last.then(() => attempt(row, async () => {
      try {
        await ask('PATCH', '/api/exercises/' + name, part);
      } finally {
        await refetch();
      }
    })).then(() => { count(-1); drawSettings(); });
  };
  open.onchange = () => change({ open: open.checked });
  due.onchange = () => change({ due: due.value ? new Date(due.value).toISOString() : null });
  attempts.onchange = () => change({ attempts: Number(attempts.value) });
  reveal.onchange = () => change({ reveal: reveal.value });
  settings.append(row);
  return row;
}

// ---- people and exercises

function drawResults() {
  const people = new Map(), used = list.filter(e => e.open || results.some(r => r.exercise === e.name));
  for (const r of results) people.set(r.user.id, { user: r.user, ...people.get(r.user.id), [r.exercise]: r });
  const rows = [...people.values()].sort((a, b) => a.user.nickname.localeCompare(b.user.nickname, language) || a.user.id - b.user.id);
  setText($('.results .told', view), rows.length ? t('resultsTold', rows.length, results.filter(r => r.handed_in_at).length, results.length) : t('noResults'));
  show(table, rows.length > 0);
  show($('.results .key', view), rows.length > 0);
  const had = document.activeElement?.dataset.run, at = [table.scrollLeft, table.scrollTop];
  const head = element('tr', {}, element('th', { scope: 'col' }, t('person')), ...used.map(e => element('th', { scope: 'col', title: e.title }, e.name)));
  const body = rows.map(row => {
    return element('tr', {}, element('th', { scope: 'row' }, nameTag(row.user)), ...used.map(e => element('td', {}, ...row[e.name] ? [cell(row[e.name])] : [])));
  });
  const means = used.map(e => {
    const marks = results.filter(r => r.exercise === e.name && r.yours && r.user.role !== 'teacher');
    return element('td', {}, marks.length ? (marks.reduce((sum, r) => sum + r.best / r.of, 0) / marks.length).toLocaleString(language, { style: 'percent' }) : '');
  });
  table.replaceChildren(element('table', {}, element('thead', {}, head), element('tbody', {}, ...body), element('tfoot', {}, element('tr', {}, element('th', { scope: 'row' }, t('mean')), ...means))));
  [table.scrollLeft, table.scrollTop] = at;
  if (had) $(`[data-run="${had}"]`, table)?.focus({ preventScroll: true });
}

function cell(r) {
  const { text, kind, why, unseen } = markOf(r);
  return element('a', { href: '#/class/' + r.run, className: kind, dataset: { run: r.run } }, text, ...r.attempts > 1 ? [element('small', {}, ` ×${r.attempts}`)] : [],
    ...why ? [' ', element('small', { className: 'why' }, why)] : [], ...unseen ? [element('span', { className: 'unseen' }, ' ' + unseen)] : []);
}

// markOf is how a result, or an attempt, is told: by a sign and a word, where it does not count.
function markOf({ best, of, yours, doubted }) {
  const mark = `${best}/${of}`;
  if (best === null) return { text: '…', kind: 'none', unseen: t('cellNone') };
  if (doubted) return { text: `⚠ ${mark}`, kind: 'doubted', why: t('cellDoubted') };
  if (!yours) return { text: `✗ ${mark}`, kind: 'not', why: t('cellNot') };
  return best === of ? { text: `✓ ${mark}`, kind: 'all' } : { text: mark, kind: 'some' };
}

// ---- what was hard

async function drawHardest() {
  const used = list.filter(e => results.some(r => r.exercise === e.name && r.handed_in_at)), chosen = picker.value;
  show(hardest, used.length > 0);
  if (!used.length) return;
  if (picker.dataset.drawn !== JSON.stringify(used.map(e => e.title))) {
    picker.replaceChildren(...used.map(e => element('option', { value: e.name }, e.title)));
    picker.value = used.some(e => e.name === chosen) ? chosen : used[0].name;
    picker.dataset.drawn = JSON.stringify(used.map(e => e.title));
  }
  await attempt(hardest, async () => {
    const { data } = await ask('GET', '/api/exercises/results/fields?exercise=' + picker.value), some = data.fields.some(f => f.of);
    const rows = data.fields.filter(f => f.of).sort((a, b) => a.right / a.of - b.right / b.of).map(f => element('li', {}, element('span', { className: 'text' }, f.text), ' ', element('b', {}, t('rightBy', f.right, f.of)),
      element('progress', { max: f.of, value: f.right, ariaLabel: t('rightBy', f.right, f.of) }), ...f.mistake ? [element('span', { className: 'faint text' }, t('oftenSaid', f.mistake))] : []));
    $('ol', hardest).replaceChildren(...some ? rows : [element('li', { className: 'faint' }, t('noneYet'))]);
  });
}
picker.onchange = drawHardest;

// ---- one person's hand-ins

async function showHandIns() {
  const heading = $('h3', one), handins = $('.handins', one), path = '/api/exercises/runs/' + encodeURIComponent(code), was = code;
  const [{ data: run }, { data: given }, { data: { user, attempts } }] = await Promise.all([ask('GET', path), ask('GET', path + '/handins'), ask('GET', path + '/attempts')]);
  if (code !== was) return; // one has gone elsewhere
  setText(heading, t('handInsOf', user.nickname, list.find(e => e.name === run.exercise)?.title ?? run.exercise));
  drawAttempts(attempts);
  handins.replaceChildren(...given.handins.map((h, i) => handInOf(h, i, run)).reverse());
  if (!given.handins.length) handins.append(element('p', {}, t('nothingIn')));
}

// drawAttempts leads to the other attempts at the same exercise: the table has the best alone.
function drawAttempts(attempts) {
  const box = $('.attempts', one);
  $('ol', box).replaceChildren(...attempts.map(a => {
    const { text, kind, why, unseen } = markOf(a);
    return element('li', {}, element('a', { href: '#/class/' + a.run, className: kind, ...a.run === code ? { ariaCurrent: 'page' } : {} }, t('attemptOf', a.attempt, [text, why ?? unseen].filter(Boolean).join(' '))));
  }));
  show(box, attempts.length > 1);
}

function handInOf({ id, at, bytes, answers, mark }, i, run) {
  const time = element('time'), button = element('button', { type: 'button' }, t('download')), error = element('p', { className: 'error', role: 'alert' });
  showTime(time, at);
  const rows = run.fields.map(f => {
    const m = mark.fields.find(x => x.id === f.id) ?? { feedback: '' };
    return element('tr', { className: m.ok ? 'ok' : 'wrong' }, element('th', { scope: 'row', className: 'text' }, f.text), element('td', { className: 'text' }, answers[f.id] ?? '–'),
      element('td', {}, element('b', {}, m.ok ? '✓ ' : '✗ '), m.feedback, ...m.right ? [element('span', { className: 'right' }, ' ' + t('rightIs', m.right))] : []));
  });
  const lacks = mark.yours ? run.tasks.filter(task => mark.missing.includes(task.id)) : [];
  const article = element('article', { className: 'box' }, element('h4', {}, `${t('handedAt', i + 1, number(bytes))} `, time, ': ', (mark.yours ? '' : `${t('doesNotCount')} (${t(mark.doubted ? 'cellDoubted' : 'cellNot')}), `) + t('scoreIs', mark.score, mark.of)),
    ...lacks.map(task => element('p', { className: 'warning text' }, t('taskLacks', task.id, task.text))), element('p', { className: 'buttons' }, button), error,
    element('div', { className: 'scroll' }, element('table', {}, element('thead', {}, element('tr', {}, ...['question', 'answer', 'verdict'].map(word => element('th', { scope: 'col' }, t(word))))), element('tbody', {}, ...rows))));
  button.onclick = () => attempt(article, async () => {
    const r = await call(apiAt(`/api/exercises/runs/${run.run}/capture?handin=${id}`), { signal: undefined });
    saveAs(`${run.exercise}-${run.run}-${i + 1}.pcapng`, await r.blob());
  });
  return article;
}
