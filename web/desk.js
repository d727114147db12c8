// The desk of whoever teaches: what the class looks at now, how many have answered, and what comes next; the switches of the class.
// deskplan.js is the plan, deskpeople.js are the people, deskclass.js is the rest.
//
//	PATCH /api/class {"current": 7}     shows a poll to all; a draft is opened, and its clock starts

import { kindOf, showAnswers, showRight, showSolution } from './answers.js';
import { api, isTeacher, onSession, onUser, serverNow } from './api.js';
import { change, onClass, room } from './class.js';
import { $, $$, attempt, element, holding, nameTag, remove, setText, setTexts, show, showParts, soon } from './dom.js';
import { drawClass } from './deskclass.js';
import { drawPeople, lookAtPeople } from './deskpeople.js';
import { drawPlan, lookAtPlan, nextOf, plan } from './deskplan.js';
import { onStatus, status } from './live.js';
import { here } from './people.js';
import { again, patch, reveal, showRows, showState, toggle, undoes } from './pollcard.js';
import { isOver, onPolls, pollOf } from './pollstore.js';
import { fetchScores, scoreList } from './scores.js';
import { onLanguage, t, words } from './texts.js';

words({
  noDesk: ['Only who teaches has a desk. Open the address with the teacher key, which the server printed when it started (pollwire teacher prints it again).',
    '교탁은 교사만 쓸 수 있습니다. 서버를 시작할 때 나온, 교사 키가 든 주소를 여세요. (pollwire teacher로 다시 볼 수 있습니다.)'],
  deskParts: ['Parts of the desk', '교탁 메뉴'], lesson: ['Lesson', '수업'], peopleTab: ['People', '사람'], classTab: ['Settings', '설정'],
  answeredOf: [(n, of) => `${n} of ${of} have answered`, (n, of) => `${of}명 중 ${n}명이 답했습니다`], answeredBar: ['Share that has answered', '응답 비율'],
  nextIs: [title => `Next: ${title}`, title => `다음: ${title}`], planEnds: ['The plan ends here', '계획 끝'],
  longer: ['+30 s', '+30초'], againHint: ['“Vote again” keeps this result and lets all vote once more, for example after they have talked with their neighbour.',
    '‘다시 투표’를 누르면 이 결과를 남겨 두고 모두 한 번 더 투표합니다. 옆 사람과 이야기한 뒤에 써 보세요.'],
  nothingShown: ['The class looks at nothing yet. “Next” shows the first question to all.', '아직 보여 준 질문이 없습니다. ‘다음’을 누르면 첫 질문이 모두에게 나타납니다.'],
  nothingPlanned: ['Write a question below, then “Next” shows it to all.', '아래에서 질문을 만든 다음 ‘다음’을 누르면 모두에게 나타납니다.'],
  missing: [n => `${n} here have not answered`, n => `접속자 중 ${n}명이 답하지 않았습니다`],
  switches: ['What is allowed', '허용'], lockClass: ['Lock: nobody new gets in', '잠금: 새로 들어올 수 없음'], studentPolls: ['Students may make polls', '학생도 투표를 만들 수 있음'],
  chatIsOn: ['on', '켬'], chatIsSlow: ['slow: one message in 15 s each', '천천히: 한 사람이 15초에 한 번'], chatIsOff: ['off', '끔'],
  scoresHint: ['Questions with a right answer give points; of several rounds the last one counts. On the wall, press S: there, and for students, only closed questions count.',
    '정답이 있는 질문에 맞히면 점수를 얻습니다. 여러 번 투표했으면 마지막 것만 셉니다. 발표 화면에서는 S를 누르세요. 거기와 학생에게는 마감된 질문만 셉니다.'],
});

const section = $('#desk'), box = $('#desk-now');
let tab = 'lesson';
const isOpen = () => document.body.dataset.view === 'desk' && !document.body.classList.contains('presenting') && isTeacher();

export function showTab(to) {
  tab = ['people', 'scores', 'class'].includes(to) ? to : 'lesson';
  showParts(section, { '#no-desk': !isTeacher(), '#at-desk': isTeacher() });
  for (const n of $$('[data-tab]', section)) show(n, n.dataset.tab === tab);
  for (const link of $$('.tabs a', section)) link.ariaCurrent = link.hash === (tab === 'lesson' ? '#/desk' : '#/desk/' + tab) ? 'page' : null;
  look();
  draw();
}
const showAgain = () => showTab(tab);
onUser(showAgain);
onSession(showAgain);
onStatus(() => status === 'live' && look());

// What no event tells is looked at every few seconds, while somebody sees it.
function look() {
  if (!isOpen() || document.hidden) return;
  if (tab === 'lesson') lookAtPlan();
  if (tab === 'people') lookAtPeople();
  if (tab === 'scores') attempt($('#desk-scores'), async () => $('#desk-scores .all').replaceChildren(scoreList(await fetchScores())));
  if (tab === 'class') drawClass();
}
setInterval(look, 4000);

// ---- now

export const draw = soon(() => {
  if (!isOpen() || !room) return;
  const poll = pollOf(room.current), next = nextOf(room.current), choices = poll && kindOf(poll) === 'choice';
  setTexts(box, { h3: poll?.title ?? '', '.next': next ? t('nextIs', next.title) : t('planEnds'),
    '.hint': poll ? '' : t(plan.length ? 'nothingShown' : 'nothingPlanned') });
  $('.next', box).disabled = !next;
  showParts(box, { '.marks': poll, '.toggle': poll, '.reveal': poll?.is_active, '.again': choices && poll.voters > 0, '#again-hint': choices && poll.voters > 0 && isOver(poll),
    '.longer': poll?.is_active && poll.ends_at, '.answered': poll, '.bars': choices, '.solution': poll });
  if (poll) showPoll(poll, choices);
  else $('.answers', box).hidden = missing.hidden = true;
  drawSwitches();
  drawPlan();
});
onClass(draw);
onLanguage(() => { draw(); drawPeople(); });
onPolls(ids => (ids.has(room?.current) || plan.some(p => ids.has(p.id))) && draw());

function showPoll(poll, choices) {
  showState(box, poll);
  const students = [...here().values()].filter(p => p.role !== 'teacher').length;
  const of = poll.named && silent.poll === poll.id ? poll.voters + silent.n : Math.max(students, poll.voters); // who voted may have left
  setText($('.answered b', box), t('answeredOf', poll.voters, of));
  $('progress', box).value = of ? poll.voters / of : 0;
  if (choices) {
    showRows($('.bars', box), poll.options, 'desk-option', (row, option) => {
      setText($('.count', row), option.votes === null ? '' : t('count', option.votes, option.percentage));
      showRight(row, option, poll);
    });
  }
  if (!held() || answersOf !== poll.id) showAnswers(answers, poll);
  answersOf = poll.id;
  if (kindOf(poll) === 'text') offerTakeDown(poll);
  showSolution($('.solution', box), poll);
  showMissing(poll);
}

// A text that nobody should read can be taken off the wall. Meanwhile no other comes in its place.
const answers = $('.answers', box), held = holding(answers, draw, ':hover, :focus-within');
let answersOf;
function offerTakeDown(poll) {
  for (const row of $$('.cloud li:not(:has(button))', box)) {
    const { value } = row.dataset, button = element('button', { className: 'down-with', ariaLabel: t('takeDownWhat', value), title: t('takeDown') }, '✕');
    button.onclick = () => attempt(box, () => api('DELETE', `/api/polls/${poll.id}/answers?value=${encodeURIComponent(value)}`).then(() => remove(row)));
    row.append(' ', button);
  }
}

const acts = {
  next: () => change({ current: nextOf(room.current).id }),
  toggle: () => toggle(room.current),
  reveal: () => reveal(room.current),
  again: () => again(room.current),
  longer: () => patch(room.current, { ends_at: new Date(Math.max(Date.parse(pollOf(room.current).ends_at), serverNow()) + 30_000).toISOString() }),
};
for (const [name, action] of Object.entries(acts)) $('.' + name, box).onclick = event => undoes(name, event) || attempt(box, async () => { await action(); lookAtPlan(); });

// ---- who has not answered: only named polls tell

const missing = $('.missing', box);
let asked = '', silent = {}; // how many are here who have not answered: {poll, n}
missing.ontoggle = draw;
async function showMissing(poll) {
  show(missing, Boolean(poll.named));
  const students = [...here().values()].filter(p => p.role !== 'teacher'), now = JSON.stringify([poll.id, poll.voters, poll.rounds?.length, students.map(p => p.id)]);
  if (!poll.named || asked === now) return;
  asked = now;
  const voted = new Set();
  try {
    for (let before = ''; before !== null;) {
      const { data } = await api('GET', `/api/polls/${poll.id}/ballots?limit=100${before && '&before=' + before}`);
      for (const { user } of data.ballots) voted.add(user.id);
      before = data.next_before;
    }
  } catch {
    asked = '';
    return;
  }
  const rest = students.filter(p => !voted.has(p.id));
  silent = { poll: poll.id, n: rest.length };
  draw();
  setText($('summary', missing), t('missing', rest.length));
  $('ul', missing).replaceChildren(...rest.map(person => element('li', {}, nameTag(person))));
}

// ---- what is allowed

// A switch shows what was chosen until the server has answered, whatever else is drawn meanwhile.
const switches = $('#switches'), under = new Map(); // how many changes of it are on their way
function drawSwitches() {
  for (const [name, part] of [['locked', 'checked'], ['student_polls', 'checked'], ['chat', 'value']]) {
    if (!under.get(name)) $(`[name="${name}"]`, switches)[part] = room[name];
  }
}
let last = Promise.resolve(); // one after the other: none is lost
for (const input of $$('input, select', switches)) {
  const count = by => under.set(input.name, (under.get(input.name) ?? 0) + by);
  input.onchange = () => {
    const to = input.type === 'checkbox' ? input.checked : input.value;
    count(1);
    last = last.then(() => attempt(switches, () => change({ [input.name]: to }))).then(() => { count(-1); drawSwitches(); });
  };
}
