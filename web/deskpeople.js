// The people of the class, and the roster: who is expected, and who has come.
//
//	GET    /api/people                       {"people":[{"user","online","muted","removed","joined_at","last_seen","votes","messages","files"}],"next_before"}
//	PATCH  /api/people/7                     {"nickname"?,"muted"?,"removed"?,"role"?}
//	DELETE /api/people/7/messages            all that this person said
//	GET|PUT /api/class/roster                {"people":[{"name","code","user"}]}; as text/csv names, or names and codes
//	DELETE /api/class/roster/{name}/claim    somebody else may come by this name

import { api, apiAt, call, session } from './api.js';
import { $, $$, announce, attempt, clone, element, holding, idOf, item, onSubmit, place, remove, setText, show, showParts, showPerson } from './dom.js';
import { number, t, words } from './texts.js';

words({
  isOnline: ['here', '접속 중'], isAway: ['away', '접속 안 함'], isMutedNow: ['muted', '채팅 막힘'], isRemoved: ['removed', '내보냄'],
  didAll: [(votes, messages, files) => `votes: ${votes}, messages: ${messages}, files: ${files}`, (votes, messages, files) => `투표 ${votes}, 메시지 ${messages}, 파일 ${files}`],
  renameHim: ['Rename', '이름 바꾸기'], newNickname: [who => `New nickname for ${who}`, who => `${who}의 새 닉네임`],
  removeHim: ['Remove', '내보내기'], takeBack: ['Let in again', '다시 들이기'], makeTeacher: ['Make a teacher', '교사로 지정'], makeStudent: ['Teaches no more', '교사 해제'],
  removeSure: [who => `Remove ${who}? You can let them in again.`, who => `${who} 님을 내보낼까요? 나중에 다시 들일 수 있습니다.`],
  teacherSure: [who => `Make ${who} a teacher, who can do all that you can?`, who => `${who} 님을 교사로 지정할까요? 교사와 같은 일을 모두 할 수 있습니다.`],
  wipe: ['Delete all messages', '메시지 모두 삭제'], wipeSure: [who => `Delete all that ${who} said in the chat?`, who => `${who} 님의 채팅 메시지를 모두 삭제할까요?`],
  roster: ['Roster', '출석부'], rosterHint: ['With a roster only people on it get in, each name once: one person, one ballot.', '출석부가 있으면 적힌 사람만, 이름마다 한 번씩 들어올 수 있습니다. 한 사람이 한 표입니다.'],
  rosterText: ['Paste the names, one on each line, or a table of names and codes (CSV, or from a spreadsheet): names first, or with headings',
    '이름을 한 줄에 하나씩, 또는 이름과 코드의 표(CSV, 스프레드시트에서 복사한 것)를 붙여 넣으세요. 이름이 첫 열이거나 제목 줄이 있어야 합니다'],
  saveRoster: ['Use this roster', '이 출석부 사용'], rosterOff: ['Switch the roster off', '출석부 사용 안 함'],
  hasCome: [(n, of) => `${n} of ${of} have come`, (n, of) => `${of}명 중 ${n}명이 들어왔습니다`],
  free: ['Free the name', '이름 풀기'], freeWho: [name => `Free the name ${name}`, name => `${name} 이름 풀기`],
  freeSure: [name => `Free the name “${name}”? Whoever came by it is removed, and somebody else may come by it.`, name => `“${name}” 이름을 풀까요? 이 이름으로 들어온 사람은 나가게 되고, 다른 사람이 이 이름으로 들어올 수 있습니다.`],
  notCome: ['not yet', '아직'], withCode: [code => `code ${code}`, code => `코드 ${code}`],
});

const section = $('#desk-people'), list = $('.list', section), more = $('.more', section), roster = $('#roster'), text = $('#roster-text');
const known = new Map(), held = holding(list, drawPeople), rosterHeld = holding($('.list', roster), lookAtPeople, ':hover, :focus-within');

export async function lookAtPeople(now) {
  try {
    take((await api('GET', '/api/people?limit=100')).data, true);
    takeRoster((await api('GET', '/api/class/roster')).data.people, now !== true && rosterHeld());
  } catch { /* the next time */ }
}

function take({ people, next_before }, first) {
  for (const one of people) known.set(one.user.id, one);
  if (first && !more.hidden && next_before !== null) next_before = more.before; // older ones are here already
  show(more, next_before !== null);
  more.before = next_before;
  drawPeople();
}
more.onclick = () => attempt(section, async () => take((await api('GET', `/api/people?limit=100&before=${more.before}`)).data));

export function drawPeople() {
  for (const row of [...list.children]) if (!known.has(idOf(row))) remove(row);
  for (const one of known.values()) {
    let row = item(list, one.user.id);
    // Who comes would move the others.
    if (!row && list.firstChild && held()) continue;
    if (!row) place(list, row = newRow(one.user.id), one.user.id);
    showRow(row, one);
  }
  const rows = [...$$('.list li', roster)];
  for (const row of rows) showExpected(row);
}

function newRow(id) {
  const row = clone('person-row'), of = () => known.get(id), path = '/api/people/' + id;
  const on = (name, action) => { $(name, row).onclick = () => attempt(row, async () => { if (await action() !== false) lookAtPeople(); }); };
  const patch = part => api('PATCH', path, part);
  on('.rename', () => {
    const to = prompt(t('newNickname', of().user.nickname), of().user.nickname);
    return to === null ? false : patch({ nickname: to });
  });
  on('.mute', () => patch({ muted: !of().muted }));
  on('.wipe', () => confirm(t('wipeSure', of().user.nickname)) && api('DELETE', path + '/messages'));
  on('.teach', () => of().user.role === 'teacher' ? patch({ role: 'student' }) : confirm(t('teacherSure', of().user.nickname)) && patch({ role: 'teacher' }));
  on('.remove', () => of().removed ? patch({ removed: false }) : confirm(t('removeSure', of().user.nickname)) && patch({ removed: true }));
  return row;
}

function showRow(row, { user, online, muted, removed, votes, messages, files }) {
  const me = user.id === session?.user.id, teaches = user.role === 'teacher', name = user.nickname;
  showPerson($('.person', row), user);
  row.classList.toggle('away', !online);
  const state = [t(online ? 'isOnline' : 'isAway'), muted && t('isMutedNow'), removed && t('isRemoved'), t('didAll', number(votes), number(messages), number(files))];
  setText($('.facts', row), state.filter(Boolean).join(' · '));
  const says = { '.rename': 'renameHim', '.mute': muted ? 'unmute' : 'mute', '.wipe': 'wipe', '.teach': teaches ? 'makeStudent' : 'makeTeacher', '.remove': removed ? 'takeBack' : 'removeHim' };
  for (const [button, word] of Object.entries(says)) {
    setText($(button, row), t(word));
    $(button, row).ariaLabel = `${t(word)}: ${name}`;
  }
  showParts(row, { '.mute': !teaches, '.wipe': messages > 0, '.teach': !me && !removed, '.remove': !me && !teaches });
}

// ---- the roster

function takeRoster(people, later) {
  const rows = people.map(one => element('li', { one }, element('bdi', { className: 'text' }, one.name), ' ', element('span', { className: 'faint' }), ' ', ...one.user ? [freeButton(one.name)] : []));
  const now = JSON.stringify(people);
  if (later || roster.dataset.now === now) return;
  roster.dataset.now = now;
  $('.list', roster).replaceChildren(...rows);
  rows.forEach(showExpected);
  setText($('.come', roster), people.length ? t('hasCome', people.filter(p => p.user).length, people.length) : '');
  show($('.off', roster), people.length > 0);
}

function showExpected({ one, children }) {
  setText(children[1], [one.user ? `✓ #${one.user.id}` : t('notCome'), one.code && t('withCode', one.code)].filter(Boolean).join(' · '));
  if (children[2]) Object.assign(children[2], { textContent: t('free'), ariaLabel: t('freeWho', one.name) });
}

function freeButton(name) {
  return element('button', { onclick: () => confirm(t('freeSure', name)) && attempt($('form', roster), async () => {
    await api('DELETE', `/api/class/roster/${encodeURIComponent(name)}/claim`);
    await lookAtPeople(true);
  }) });
}

onSubmit($('form', roster), async () => {
  const r = await call(apiAt('/api/class/roster'), { method: 'PUT', headers: { 'Content-Type': 'text/csv' }, body: text.value });
  takeRoster((await r.json()).people);
  text.value = '';
  announce($('.come', roster).textContent);
});
$('.off', roster).onclick = () => attempt($('form', roster), async () => takeRoster((await api('PUT', '/api/class/roster', { people: [] })).data.people));
