// The page of exercises: a document of its own, so that whoever opens none loads none of it. It lists them; its other modules:
//
//	exerciserun     one exercise: a run, its tasks, the answers, the capture, the marks
//	coverage        what a capture shows, as a picture
//	exercisedesk    for whoever teaches
//
//	GET   /api/exercises        {"exercises":[{"name","title","aim","open","due","attempts",...,"mine"}]}
//	exercise:updated            a teacher has opened one, closed it, or changed its limits
//
// The part of the address behind # says what is open:
//
//	#/   #/do/tcp-open-close   #/check   #/class   #/class/7gk2m4xp

import { api, isTeacher, onSession, onUser, serverNow, session } from './api.js';
import { $, $$, element, errorOf, focus, show, showError } from './dom.js';
import './head.js';
import { on, onFetch, stayConnected } from './live.js';
import { showWhen } from './parts.js';
import { showCheck } from './coverage.js';
import { showExercise, changed } from './exerciserun.js';
import { language, onLanguage, setLanguage, showTime, t, translate, words } from './texts.js';

words({
  skipToExercises: ['To the exercises', '과제로 바로 가기'], toMain: ['Polls and chat', '투표와 채팅'], check: ['Check a capture', '캡처 살펴보기'],
  ofClass: ['The class', '우리 반'],
  lead: ['Make traffic on purpose, capture it, and read it. Everybody gets values of their own, so the answers are in your own capture and nowhere else.',
    '트래픽을 일부러 만들고, 캡처하고, 읽습니다. 사람마다 값이 달라서 답은 자기 캡처에만 있습니다.'],
  allExercises: ['← All exercises', '← 모든 과제'],
  isOpen: ['Open', '열림'], isClosed: ['Not open', '닫힘'], isPast: ['Past due', '마감됨'], dueAt: ['due', '마감'],
  anyAttempts: ['any number of attempts', '시도 횟수 제한 없음'],
  attemptsLeft: [(n, of) => n ? `${n} of ${of} attempts left` : `no attempt left of ${of}`, (n, of) => n ? `시도 ${of}번 중 ${n}번 남음` : `시도 ${of}번을 모두 씀`],
  bestIs: [(best, of) => `best: ${best} of ${of}`, (best, of) => `최고: ${of}개 중 ${best}개`], notIn: ['begun, nothing handed in', '시작함, 아직 제출 없음'],
  questions: [n => `${n} questions`, n => `질문 ${n}개`],
});

export let list = []; // of exercises, as the server sent it

export const ask = (method, path, body) => api(method, path, body, { 'Accept-Language': language });
const named = name => list.find(e => e.name === name);
export const isOver = e => e.due !== null && Date.parse(e.due) <= serverNow();
export const takes = e => isTeacher() || e.open && !isOver(e); // runs, and hand-ins

onFetch(async () => {
  const { data } = await ask('GET', '/api/exercises');
  return () => { list = data.exercises; draw(); };
});
export async function refetch() {
  list = (await ask('GET', '/api/exercises')).data.exercises;
  draw();
}
on('exercise:updated', ({ name, ...settings }) => {
  if (!named(name)) return;
  Object.assign(named(name), settings);
  draw();
  changed(name);
});

// ---- what is open

let where = [];
function route() {
  const before = where.join('/');
  where = location.hash.replace(/^#\/?/, '').split('/');
  if (!['do', 'check', 'class'].includes(where[0])) where = [''];
  draw();
  for (const link of $$('nav a')) link.ariaCurrent = link.pathname === location.pathname && link.hash === '#/' + (where[0] === 'do' ? '' : where[0]) ? 'page' : null;
  if (!before && !location.hash || before === where.join('/')) return;
  focus($('.view:not([hidden]) :is(h2, h3)[tabindex]'));
  scrollTo(0, 0);
}
addEventListener('hashchange', route);

function draw() {
  const [view, name] = where;
  for (const [id, on] of Object.entries({ list: view === '', exercise: view === 'do', check: view === 'check', class: view === 'class' })) show($('#' + id), on);
  waitForDue();
  if (view === '') drawList();
  if (view === 'do') list.length && (named(name) ? showExercise(named(name)) : location.replace('#/'));
  if (view === 'check') showCheck();
  if (view === 'class' && list.length) import('./exercisedesk.js').then(desk => desk.showClass(name), e => showError(errorOf($('#class')), e)); // which attempts on its own
}
// waitForDue draws anew when the next of them is due.
let timer;
function waitForDue() {
  clearTimeout(timer);
  const waits = list.filter(e => e.due && !isOver(e)).map(e => Date.parse(e.due) - serverNow());
  if (waits.length) timer = setTimeout(draw, Math.min(2 ** 31 - 1, Math.min(...waits) + 500)); // more is none (HTML §8.6)
}
onLanguage(() => list.length && refetch().catch(e => showError(errorOf($('#list')), e)));
onLanguage(draw);
onSession(draw);
onUser(draw);

// ---- the list

// facts are what one has to know of an exercise, as marks.
export function facts(e) {
  const { mine } = e, is = isOver(e) ? 'isPast' : e.open ? 'isOpen' : 'isClosed', all = [element('b', { className: takes(e) && e.open ? 'on' : '' }, t(is))];
  if (e.due) {
    const time = element('time');
    showTime(time, e.due);
    all.push(element('span', {}, t('dueAt') + ' ', time));
  }
  all.push(element('span', {}, t('questions', e.fields)));
  all.push(element('span', {}, e.attempts ? t('attemptsLeft', Math.max(0, e.attempts - (mine?.attempts ?? 0)), e.attempts) : t('anyAttempts')));
  if (mine) all.push(element('span', { className: 'best' }, mine.best === null ? t('notIn') : t('bestIs', mine.best, mine.of)));
  return all;
}

function drawList() {
  const had = document.activeElement?.hash;
  const open = list.filter(e => e.open), rest = list.filter(e => !e.open);
  $('#list ul').replaceChildren(...[...open, ...rest].map(e => {
    const bar = e.mine?.best != null && element('progress', { max: e.mine.of, value: e.mine.best, ariaLabel: t('bestIs', e.mine.best, e.mine.of) });
    return element('li', { className: 'box' + (e.open ? '' : ' closed') }, element('h3', {}, element('a', { href: '#/do/' + e.name }, e.title)), element('p', {}, e.aim),
      element('p', { className: 'marks' }, ...facts(e)), ...bar ? [bar] : []);
  }));
  if (had) focus($(`#list a[href="${CSS.escape(had)}"]`));
}

// ---- whoever has not joined can do so here

// bringJoin takes the form by which one joins from the main page.
async function bringJoin() {
  const html = await (await fetch('/')).text(), join = $('#join', new DOMParser().parseFromString(html, 'text/html'));
  $('main').before(join);
  await import('./join.js');
  translate(document);
  showWhen();
}

onLanguage(() => { document.title = t('exercises') + ' · Pollwire'; });
setLanguage(language);
route();
stayConnected();
bringJoin().catch(e => session || showError(errorOf($('#list')), e));
