// One poll for the projector: the question, the bars, or a big number of voters while the result is hidden, and how to join,
// in letters for the last row and as a QR code. Who made the poll can also close and reveal it here.
//
// Everything is as big as the window allows. That is tried out when texts or the window change, not when votes arrive. polls.js,
// which shows the same poll behind, sees to it that it is fetched.

import { api, onSession, session } from './api.js';
import { address, addresses, chooseAddress } from './address.js';
import { $, $$, announce, attempt, errorOf, focus, setText, setTexts, show, showError, showParts, soon } from './dom.js';
import { onStatus, status } from './live.js';
import { reveal, showRows, showState, toggle } from './pollcard.js';
import { isSecret, lackOf, onPolls, pollOf } from './pollstore.js';
import { svg } from './qr.js';
import { language, onLanguage, t, words } from './texts.js';

words({
  joinAt: ['Join at', '참가 주소'], onlyHere: ['Only this computer can open this address.', '이 컴퓨터에서만 열리는 주소입니다.'],
  votedSecret: ['voted, result hidden', '명 참여, 결과 숨김'], most: ['most votes', '최다 득표'],
  qr: ['QR code of the address to join', '참가 주소의 QR 코드'],
  controls: ['Controls', '조작'], previous: ['Previous poll', '이전 투표'], next: ['Next poll', '다음 투표'],
  host: ['Address to show', '표시할 주소'],
  full: ['Full screen', '전체 화면'], keys: ['Keys', '단축키'], back: ['Back', '돌아가기'],
  noMore: ['There is no other poll of the same person.', '같은 사람이 만든 다른 투표가 없습니다.'],
  help: ['F full screen · H hide or reveal · C close or reopen · ← → previous, next poll · Esc back',
    'F 전체 화면 · H 결과 숨기기/공개 · C 마감/다시 열기 · ← → 이전/다음 투표 · Esc 돌아가기'],
});

const view = $('#presenter'), stage = $('.stage', view);
let shown = null; // the id of the poll; null on the page

export function present(id) {
  if (id === shown) return;
  const begins = shown === null;
  shown = id;
  document.body.classList.toggle('presenting', id !== null);
  for (const n of document.body.children) if (n !== view && n.id !== 'announcer') n.inert = id !== null;
  show(view, id !== null);
  stayAwake();
  if (id === null) {
    if (document.fullscreenElement) document.exitFullscreen();
    return;
  }
  showError(errorOf(stage));
  draw();
  if (begins) focus($('#question'));
  wakeControls();
}

const draw = soon(() => {
  if (shown === null) return;
  const poll = pollOf(shown);
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
onPolls(ids => ids.has(shown) && draw());

function showPoll(poll) {
  const secret = isSecret(poll);
  const text = JSON.stringify([poll.title, poll.options.map(o => o.text), secret, poll.is_active, poll.multiple, language, address()]);
  showState(view, poll);
  setTexts(view, { h2: poll.title, '.total': secret ? '' : t('voters', poll.voters), '.voted b': String(poll.voters) });
  show($('.voted', view), secret);
  showBars(poll);
  if (view.dataset.text === text) return;
  view.dataset.text = text;
  fit();
}

function showBars({ options, is_active: active }) {
  const most = Math.max(1, ...options.map(o => o.votes ?? 0));
  showRows($('ol', view), options, 'big-option', (row, { votes, percentage }) => {
    const won = !active && votes === most;
    setTexts(row, votes === null ? { '.percent': '', '.count': '' } : { '.percent': percentage + '%', '.count': String(votes) });
    row.classList.toggle('won', won);
    $('.most', row).hidden = !won;
  });
}

// fit looks for the biggest letters with which all fits. Where they would be small, other things give way: first the code, then
// the address. Where not even small ones fit, one can scroll.
const gives = ['', 'smaller code', 'code', 'code address'];
function fit() {
  if (shown === null) return;
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

// ---- how to join

function showDoor() {
  const at = address(), all = addresses(), of = `${at}#/polls/${shown}`, box = $('.code', view), host = $('.host', view);
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

const own = () => session && pollOf(shown)?.created_by.id === session.user.id;
function showControls(poll) {
  showParts(view, { '.toggle': own(), '.reveal': own() && poll.is_active, '.full': document.fullscreenEnabled });
  $('.leave', view).href = '#/polls/' + shown;
}

const actions = {
  toggle: () => own() && toggle(shown),
  reveal: () => own() && pollOf(shown).is_active && reveal(shown),
  previous: () => go('before'),
  next: () => go('after'),
  full: () => document.fullscreenElement ? document.exitFullscreen() : view.requestFullscreen(),
  keys() {
    const on = $('.help', view).hidden;
    show($('.help', view), on);
    $('.keys', view).ariaExpanded = on;
  },
};
const act = name => attempt(stage, async () => actions[name]()).then(fit);
for (const name of Object.keys(actions)) $('.' + name, view).onclick = () => act(name);

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

const keys = { f: 'full', h: 'reveal', c: 'toggle', arrowleft: 'previous', arrowright: 'next', '?': 'keys' };
addEventListener('keydown', event => {
  if (shown === null || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  wakeControls();
  if (event.key === 'Escape' && !document.fullscreenElement) location.hash = '#/polls/' + shown;
  // While Korean is being typed, the key is a letter of Hangul; its place on the keyboard tells which it would be.
  const latin = /^[ -~]+$/.test(event.key) && event.key !== 'Process';
  const key = (latin ? event.key : event.code.replace('Key', '')).toLowerCase();
  if (!keys[key] || event.target.matches('select')) return;
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
  lock = shown !== null && !document.hidden ? await navigator.wakeLock?.request('screen').catch(() => null) : null;
}
document.addEventListener('visibilitychange', stayAwake);
