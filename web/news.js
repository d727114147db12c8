// What is new elsewhere, as a count at its link: messages while one does not see the chat, polls while one does not see the list;
// and exercises that opened.

import { isTeacher, session } from './api.js';
import { onClass, room } from './class.js';
import { $, element, setText, show } from './dom.js';
import { on } from './live.js';
import { onLanguage, t, words } from './texts.js';

words({ newHere: ['new', '새 소식'], openedNow: ['An exercise is open:', '과제가 열렸습니다:'], okay: ['OK', '확인'] });

const news = { chat: new Set(), polls: new Set() }; // ids
const mine = by => by?.id === session?.user.id;
const add = (what, id) => { news[what].add(id); countNews(); };

on('chat:message_received', ({ id, user }) => mine(user) || add('chat', id));
on('chat:message_deleted', ({ id }) => news.chat.delete(id) && countNews());
on('poll:created', ({ id, created_by: by }) => mine(by) || add('polls', id));
on('poll:deleted', ({ poll_id: id }) => news.polls.delete(id) && countNews());
onClass(() => news.polls.delete(room.current) && countNews()); // all see that anyway

// countNews is called also when somebody goes elsewhere.
export function countNews() {
  for (const [what, ids] of Object.entries(news)) {
    const badge = $(`nav a[href="#/${what}"] .news`);
    if ($('#' + what).checkVisibility() && !document.body.classList.contains('presenting')) ids.clear();
    show(badge, ids.size > 0);
    badge.replaceChildren(String(ids.size), element('span', { className: 'unseen' }, ' ' + t('newHere')));
  }
}
onLanguage(countNews);

const opened = $('#opened'), known = new Set(); // the names of those that one has been told of
let told = ''; // shown

on('exercise:updated', ({ name, open }) => {
  if (!open) known.delete(name);
  else if (!known.has(name)) known.add(told = name);
  if (!known.has(told)) told = '';
  drawOpened();
});
$('button', opened).onclick = () => drawOpened(told = '');

function drawOpened() {
  show(opened, told && !isTeacher());
  $('a', opened).hash = '#/do/' + told;
  setText($('code', opened), told);
}
