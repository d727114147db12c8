// What the class looks at now, large: the poll that the teacher has chosen. Whoever is a student is taken along when that changes,
// unless it would take something out of their hands. They may go elsewhere, and a button brings them back.

import { isTeacher, onSession } from './api.js';
import { onClass, room } from './class.js';
import { $, $$, announce, errorOf, idOf, remove, setText, show, showError } from './dom.js';
import { wide } from './dock.js';
import { newCard, showCard } from './pollcard.js';
import { fetchPoll, lackOf, onPolls, pollOf } from './pollstore.js';
import { onLanguage, t, words } from './texts.js';

words({
  now: ['Now', '지금'], nothingNow: ['Nothing at the moment. What the teacher opens appears here.', '지금은 없습니다. 교사가 질문을 열면 여기에 나타납니다.'],
  nowIs: [title => `Now: ${title}`, title => `지금: ${title}`],
});

const section = $('#now'), link = $('nav a[href="#/now"]'), back = $('#to-now');
const view = () => document.body.dataset.view;
let card = null;

onClass(before => {
  const { current } = room;
  show(link, current !== null);
  if (current !== null && !pollOf(current) && !lackOf(current)) fetchPoll(current).catch(() => {}); // lackOf tells
  draw();
  if (!before) comeIn();
  else if (current !== null && current !== before.current) takeAlong();
});
onPolls(ids => (ids.has(room?.current) || card && ids.has(idOf(card))) && draw());
onLanguage(() => room && draw());
onSession(() => room && draw());

function draw() {
  const { current } = room, poll = pollOf(current), title = section.firstElementChild;
  setText(title, room.title ? `${room.title} · ${t('now')}` : t('now'));
  if (card && idOf(card) !== current) {
    remove(card);
    card = null;
  }
  show($('.waiting', section), current === null);
  showError(errorOf(section), poll || current === null ? {} : lackOf(current));
  if (poll && !card) {
    card = newCard(current);
    card.classList.add('current');
    section.lastElementChild.before(card);
  }
  if (poll && card) showCard(card);
  showBack(true);
}

// showBack is called also when somebody goes elsewhere. What comes by itself must move nothing: until then it lies over the head of
// the page, on a wide screen over the title of the chat.
export function showBack(comes = false) {
  const poll = pollOf(room?.current), was = back.hidden;
  show(back, Boolean(poll) && !['now', 'desk'].includes(view()));
  if (was || !comes) back.classList.toggle('came', comes);
  if (poll) setText($('span', back), poll.title);
}

// comeIn: who opens the page without saying what they want, or the poll of now, gets to see it.
function comeIn() {
  const { current } = room;
  if (current !== null && !isTeacher() && ['', '#', '#/', `#/polls/${current}`].includes(location.hash)) location.replace('#/now');
}

// Beside the chat and the memos of a wide screen, the poll can change while one writes.
const isWriting = () => $('dialog[open]') || [...$$('.unsent')].some(n => n.checkVisibility()) ||
  document.activeElement.matches('textarea, input:not([type="radio"], [type="checkbox"])') && document.activeElement.value &&
  !(wide.matches && document.activeElement.closest('#chat, #memos'));

function takeAlong() {
  const poll = pollOf(room.current);
  if (poll) announce(t('nowIs', poll.title));
  if (isTeacher() || view() === 'desk' || document.body.classList.contains('presenting') || isWriting()) return;
  if (view() !== 'now') location.hash = '#/now';
  else scrollTo(0, 0);
}
