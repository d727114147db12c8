// One poll for the projector: the question, the bars, or a big number of voters while the result is hidden, and how to join,
// in letters for the last row and as a QR code. Who made the poll, or teaches, can also close and reveal it here.
//
// A teacher steps through the plan with the keys that presentation remotes send, and the class comes along. Another screen, which
// only looks, follows.
//
// Everything is as big as the window allows. That is tried out when texts or the window change, not when votes arrive. polls.js,
// which shows the same poll behind, sees to it that it is fetched.

import { kindOf, showAnswers, showRight, showSolution } from './answers.js';
import { api, isTeacher, mayChange, onSession, onUser, session } from './api.js';
import { address, addresses, chooseAddress } from './address.js';
import { change, onClass, room } from './class.js';
import { $, $$, announce, attempt, element, errorOf, focus, setText, setTexts, show, showError, showParts, soon } from './dom.js';
import { onStatus, status } from './live.js';
import { again, reveal, showRows, showState, toggle, undoes } from './pollcard.js';
import { isSecret, lackOf, onPolls, pollOf } from './pollstore.js';
import { svg } from './qr.js';
import { language, onLanguage, t, words } from './texts.js';

words({
  joinAt: ['Join at', '참가 주소'], onlyHere: ['Only this computer can open this address.', '이 컴퓨터에서만 열리는 주소입니다.'],
  votedSecret: ['voted, result hidden', '명 참여, 결과 숨김'], scores: ['Scores', '점수'],
  qr: ['QR code of the address to join', '참가 주소의 QR 코드'],
  controls: ['Controls', '조작'], previous: ['Previous poll', '이전 투표'], next: ['Next poll', '다음 투표'],
  host: ['Address to show', '표시할 주소'],
  full: ['Full screen', '전체 화면'], keys: ['Keys', '단축키'], back: ['Back', '돌아가기'],
  noMore: ['There is no other poll of the same person.', '같은 사람이 만든 다른 투표가 없습니다.'],
  endOfPlan: ['That is the end of the plan.', '수업 계획의 끝입니다.'], startOfPlan: ['This is the first of the plan.', '수업 계획의 첫 번째입니다.'],
  follows: ['The teacher goes on to the next one.', '다음으로 넘기는 것은 교사가 합니다.'],
  welcome: ['Welcome', '환영합니다'], hereNow: [n => `${n} here`, n => `${n}명 접속`], soonHere: ['The first question will appear here.', '곧 첫 질문이 여기에 나타납니다.'],
  help: ['Space, → or PageDown next · ← or PageUp previous · C close or reopen · H hide or reveal · S scores · F full screen · Esc back',
    'Space, →, PageDown 다음 · ←, PageUp 이전 · C 마감/다시 열기 · H 결과 숨기기/공개 · S 점수 · F 전체 화면 · Esc 돌아가기'],
});

const view = $('#presenter'), stage = $('.stage', view);
let on = false; // not on the page
let shown = null; // the id of the poll; null where the class looks at none
let follows = false; // what the class looks at, whatever it is

// present shows a poll, or with 'now' what the class looks at; null leads back to the page.
export function present(what) {
  const begins = !on && what !== null, id = what === 'now' ? room?.current ?? null : what;
  if (on === (what !== null) && id === shown && follows === (what === 'now')) return;
  [on, shown, follows] = [what !== null, id, what === 'now'];
  document.body.classList.toggle('presenting', on);
  for (const n of document.body.children) if (n !== view && n.id !== 'announcer') n.inert = on;
  show(view, on);
  stayAwake();
  hideScores();
  if (!on) {
    if (document.fullscreenElement) document.exitFullscreen();
    return;
  }
  showError(errorOf(stage));
  draw();
  if (begins) focus($('#question'));
  wakeControls();
}

// A screen that only looks goes along.
onClass(before => {
  if (!on) return;
  if (follows) present('now');
  else if (before && before.current !== room.current && room.current !== null && !isTeacher()) location.replace(`#/polls/${room.current}/present`);
  draw();
});

const draw = soon(() => {
  if (!on) return;
  if (shown === null) return showLobby();
  const poll = pollOf(shown);
  stage.classList.remove('lobby');
  if (!poll || stage.classList.contains('empty')) showError(errorOf(stage), poll ? {} : lackOf(shown));
  stage.classList.toggle('empty', !poll);
  showDoor();
  showControls(poll);
  setText($('.offline', view), status === 'away' ? t('away') : ''); // or the audience would trust old bars
  if (poll) showPoll(poll);
});
onLanguage(draw);
onSession(draw);
onStatus(draw);
onUser(draw);
onPolls(ids => ids.has(shown) && draw());

// showLobby is for the time before the first question: how to join, and how many have.
function showLobby() {
  showError(errorOf(stage));
  stage.classList.remove('empty');
  stage.classList.add('lobby');
  setTexts(view, { '#question': room?.title || t('welcome'), '.total': t('hereNow', room?.online ?? 0), '.state': '', '.marks .points': '', '.solution .right': '', '.explanation': t('soonHere') });
  showParts(view, { '.several': false, '.countdown': false, '.voted': false, '.bars': false, '.answers': false, '.solution': true });
  showDoor();
  showControls(null);
  view.dataset.text = '';
  fit();
}

function showPoll(poll) {
  const secret = isSecret(poll);
  const choices = kindOf(poll) === 'choice', text = JSON.stringify([poll.id, poll.title, poll.options.map(o => o.text), secret, poll.is_active, poll.multiple,
    poll.rounds?.length, poll.answers?.length, poll.explanation, language, address()]);
  showState(view, poll);
  setTexts(view, { '#question': poll.title, '.total': secret ? '' : t('voters', poll.voters), '.voted b': String(poll.voters) });
  showParts(view, { '.voted': secret, '.bars': choices });
  showSolution($('.solution', view), poll);
  if (choices) showBars(poll);
  showAnswers($('.answers', view), poll);
  if (view.dataset.text === text) return;
  view.dataset.text = text;
  fit();
}

function showBars(poll) {
  showRows($('.bars', view), poll.options, 'big-option', (row, option) => {
    const { votes, percentage } = option;
    setTexts(row, votes === null ? { '.percent': '', '.count': '' } : { '.percent': percentage + '%', '.count': String(votes) });
    showRight(row, option, poll);
  });
}

// fit looks for the biggest letters with which all fits. Where they would be small, other things give way: first the code, then
// the address. Where not even small ones fit, one can scroll.
const gives = ['', 'smaller code', 'code', 'code address'];
function fit() {
  if (!on) return;
  stage.classList.remove('scrolls');
  const wanted = Math.max(15, Math.min(innerWidth / 60, innerHeight / 40));
  for (const whole of [true, false]) { // words, if they can be
    stage.classList.toggle('whole', whole);
    const enough = gives.some(what => {
      view.dataset.gives = what;
      return fitsAt(wanted);
    });
    if (search(enough ? wanted : 14, enough ? Math.min(innerWidth, innerHeight) / 9 : wanted)) break;
  }
  const scrolls = !fitsAt(size);
  stage.classList.toggle('scrolls', scrolls);
  stage.tabIndex = scrolls ? 0 : -1; // for the keyboard
}

let size; // of the letters, in px
function fitsAt(px) {
  size = px;
  stage.style.setProperty('--size', px + 'px');
  return fits();
}
function fits() {
  return stage.scrollHeight <= stage.clientHeight && [stage, ...$$('h2, .text', stage)].every(n => n.scrollWidth <= n.clientWidth);
}
function search(low, high) {
  while (high - low > 0.5) {
    const middle = (low + high) / 2;
    if (fitsAt(middle)) low = middle;
    else high = middle;
  }
  return fitsAt(low);
}
new ResizeObserver(soon(fit)).observe(view);
// What grows meanwhile, as other answers or a clock, must not be cut off.
const growth = new ResizeObserver(soon(() => on && stage.tabIndex < 0 && !fits() && fit()));
for (const part of stage.children) growth.observe(part);

// ---- how to join

function showDoor() {
  const at = address(), all = addresses(), of = shown === null || shown === room?.current ? at : `${at}#/polls/${shown}`, box = $('.code', view), host = $('.host', view);
  setText($('.address', view), at);
  view.style.setProperty('--letters', Math.max(at.length, 20));
  show($('.warning', view), all.length === 0);
  show(host, all.length > 1);
  if (box.dataset.of === of + language) return;
  box.dataset.of = of + language;
  host.replaceChildren(...all.map(a => new Option(a, a, false, a === at)));
  box.replaceChildren(...of.length <= 106 ? [svg(of, t('qr'))] : []); // qr.js makes no bigger ones
}
$('.host', view).onchange = event => { chooseAddress(event.target.value); draw(); };

const own = () => Boolean(pollOf(shown) && mayChange(pollOf(shown)));
const wayBack = () => isTeacher() && (follows || shown === room?.current) ? '#/desk' : follows ? '#/now' : '#/polls/' + shown;
function showControls(poll) {
  showParts(view, { '.toggle': own(), '.reveal': own() && poll.is_active, '.again': isTeacher() && poll && kindOf(poll) === 'choice',
    '.full': document.fullscreenEnabled });
  $('.leave', view).href = wayBack();
}

const actions = {
  toggle: () => own() && toggle(shown),
  reveal: () => own() && pollOf(shown).is_active && reveal(shown),
  again: () => isTeacher() && shown !== null && again(shown),
  previous: () => step(-1),
  next: () => step(1),
  score: () => $('.best', view).hidden ? showScores() : hideScores(),
  full: () => document.fullscreenElement ? document.exitFullscreen() : view.requestFullscreen(),
  keys() {
    const on = $('.help', view).hidden;
    show($('.help', view), on);
    $('.keys', view).ariaExpanded = on;
  },
};
const act = name => attempt(stage, async () => actions[name]()).then(fit);
for (const name of Object.keys(actions)) $('.' + name, view).onclick = event => undoes(name, event) || act(name);

// step goes on in the plan, and the class with it. Where there is no plan, it goes through the polls of the same person.
async function step(by) {
  hideScores();
  if (room?.current !== null && !isTeacher()) return announce(t('follows'));
  const { polls } = isTeacher() ? (await api('GET', '/api/class/plan')).data : { polls: [] };
  if (!polls.length) return shown !== null && go(by < 0 ? 'before' : 'after');
  const at = polls.findIndex(poll => poll.id === (shown ?? room?.current)), next = polls[at < 0 && by < 0 ? 0 : at + by];
  if (!next) return announce(t(by < 0 ? 'startOfPlan' : 'endOfPlan'));
  await change({ current: next.id });
  if (!follows) location.replace(`#/polls/${next.id}/present`);
}

// The scores cover the question until somebody goes on.
async function showScores() {
  const { fetchForAll, scoreList } = await import('./scores.js'), found = await fetchForAll();
  $('.best', view).replaceChildren(element('h2', {}, t('scores')), scoreList(found, 12));
  show($('.best', view), true);
  stage.classList.add('scored');
  fit();
  announce(t('scores'));
}
function hideScores() {
  if ($('.best', view).hidden) return;
  show($('.best', view), false);
  stage.classList.remove('scored');
  fit();
}

// go shows the next poll of the same person: nobody wants a stranger's on the wall. The way back still leads out of the presenter
// view, not through all polls.
async function go(side) {
  const maker = pollOf(shown)?.created_by.id ?? session?.user.id;
  for (let id = shown; maker && id;) {
    const page = (await api('GET', `/api/polls?${side}=${id}&limit=100`)).data.polls;
    if (side === 'after') page.reverse(); // the nearest first
    const found = page.find(poll => poll.created_by.id === maker);
    if (found) return location.replace(`#/polls/${found.id}/present`);
    id = page.length === 100 && page.at(-1).id;
  }
  announce(t('noMore'));
}

const keys = { f: 'full', h: 'reveal', c: 'toggle', s: 'score', arrowleft: 'previous', arrowright: 'next', pageup: 'previous', pagedown: 'next', ' ': 'next',
  '?': 'keys' };
addEventListener('keydown', event => {
  if (!on || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  wakeControls();
  if (event.key === 'Escape' && !document.fullscreenElement) location.hash = wayBack();
  // While Korean is being typed, the key is a letter of Hangul; its place on the keyboard tells which it would be.
  const latin = /^[ -~]+$/.test(event.key) && event.key !== 'Process';
  const key = (latin ? event.key : event.code.replace('Key', '')).toLowerCase();
  if (!keys[key] || event.target.matches('select') || key === ' ' && event.target.matches('button, a')) return;
  event.preventDefault();
  act(keys[key]);
});

// The controls are there while the pointer moves, or the focus is in them.
let sleep;
function wakeControls() {
  view.classList.add('awake');
  clearTimeout(sleep);
  sleep = setTimeout(() => view.classList.remove('awake'), 3000);
}
view.onpointermove = view.onpointerdown = wakeControls;

// A projector must not go dark (Screen Wake Lock). Only secure contexts have it, and it ends when the tab is hidden.
let lock = null;
async function stayAwake() {
  lock?.release();
  lock = on && !document.hidden ? await navigator.wakeLock?.request('screen').catch(() => null) : null;
}
document.addEventListener('visibilitychange', stayAwake);
