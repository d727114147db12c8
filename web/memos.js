// Memos: one's own notes, each in a box that saves itself. autosave.js does that; this shows them.

import { api, onSession, session } from './api.js';
import { orphans, Memo } from './autosave.js';
import { $, announce, attempt, clone, element, grow, item, place, remove, setText, show } from './dom.js';
import { Paged } from './lists.js';
import { on, onFetch, onStatus, restart, status } from './live.js';
import { onLanguage, showTime, t, words } from './texts.js';

words({
  memos: ['My memos', '내 메모'], memosShort: ['Memos', '메모'], memo: ['Memo', '메모'], newMemo: ['New memo', '새 메모'],
  memoOn: [poll => `Memo on “${poll}”`, poll => `메모: “${poll}”`], pollNumber: [id => `Poll ${id}`, id => `투표 ${id}`],
  memoHint: ['Only you see it. It saves itself.', '나만 볼 수 있고, 저절로 저장됩니다.'],
  saving: ['saving…', '저장 중…'], saved: ['✓ saved', '✓ 저장됨'], empty: ['empty: not saved', '비어 있어 저장하지 않았습니다'],
  failed: [(why, again) => `Not saved: ${why}${again ? ' Trying again…' : ''}`, (why, again) => `저장되지 않음: ${why}${again ? ' 다시 시도 중…' : ''}`],
  conflict: ['Two versions', '두 가지 내용'],
  conflictWhy: ['Not saved: it was changed elsewhere meanwhile. There it says:', '저장되지 않음: 그사이 다른 곳에서 변경되었습니다. 그쪽 내용:'],
  conflictGone: ['Not saved: it was deleted elsewhere meanwhile.', '저장되지 않음: 그사이 다른 곳에서 삭제되었습니다.'],
  keepMine: ['Keep mine', '내 것으로 저장'], takeTheirs: ['Take the other', '다른 쪽 내용 사용'],
  memoDeleted: ['Memo deleted.', '메모를 삭제했습니다.'], undo: ['Undo', '되돌리기'], erase: ['Delete', '삭제'],
});

const most = 1000; // characters
const known = new Map(); // memos by id
const rows = new WeakMap(), memoOfRow = new WeakMap(); // the list's nodes by their memos, and the other way round
const memoOf = row => memoOfRow.get(row);
const note = $('#deleted');

const memos = new Paged({ section: '#memos', path: '/api/memos', key: 'memos', show: data => showMemo(data), wanted: () => session,
  keep: row => memoOf(row).id === null || memoOf(row).dirty || row.contains(document.activeElement) });
const { list } = memos;

// know returns the memo of what the server sent.
function know(data, etag) {
  const memo = known.get(data.id) ?? new Memo();
  known.set(data.id, memo);
  memo.heard(data, etag);
  return memo;
}

function showMemo(data, etag) {
  const memo = know(data, etag);
  if (!item(list, data.id)) addRow(memo);
}

function addRow(memo) {
  const row = rows.get(memo) ?? newRow(memo);
  place(list, row, memo.id ?? Infinity); // what is not stored yet is the newest of all
  drawBox(row.firstElementChild, memo);
}

function newRow(memo) {
  const row = element('li', {}, newBox(memo));
  rows.set(memo, row);
  memoOfRow.set(row, memo);
  return row;
}

// settle is for a memo that has just been stored for the first time. Its row stays where it is, as somebody may be typing.
function settle(memo) {
  const row = rows.get(memo);
  if (memo.id === null || Number(row?.dataset.id) === memo.id) return;
  remove(item(list, memo.id)); // it came with the list before its own answer did
  known.set(memo.id, memo);
  if (row?.isConnected) row.dataset.id = memo.id;
  else addRow(memo);
  offerNew();
}

// offerNew puts an empty box on top, unless one is there, or the one on top is still being typed in: that would move it.
function offerNew() {
  const top = list.firstElementChild, spare = [...list.children].find(row => memoOf(row).id === null && !memoOf(row).text);
  if (!session || top && (top === spare || top.contains(document.activeElement))) return;
  if (!spare) addRow(new Memo());
  else if (!spare.contains(document.activeElement)) list.prepend(spare);
}
list.addEventListener('focusout', () => setTimeout(offerNew));

// ---- one memo

// newBox makes a box for a memo. There may be two: in the list, and beside its poll.
function newBox(memo) {
  const box = clone('memo-box'), area = $('textarea', box);
  const on = (button, action) => { $(button, box).onclick = () => attempt(box, action); };
  area.oninput = () => memo.type(area.value);
  area.onfocus = () => { box.told = false; };
  area.onblur = () => memo.save();
  on('.mine', async () => { area.focus(); await memo.keepMine(); });
  on('.take', async () => {
    const gone = memo.theirs.content === null;
    area.focus();
    memo.takeTheirs();
    if (gone) forget(memo);
  });
  on('.delete', async () => {
    const bring = await memo.remove();
    offerUndo(bring, box.closest('li') ? null : beside);
    forget(memo);
  });
  memo.listeners.add(() => {
    if (box.isConnected) drawBox(box, memo);
    settle(memo);
  });
  return box;
}

function drawBox(box, memo) {
  const area = $('textarea', box), about = $('.about', box), { poll, state, theirs } = memo;
  if (area.value !== memo.text) area.value = memo.text; // writing it again would move the caret
  grow(area);
  show(about, poll && !box.closest('[data-memo-for]'));
  about.href = poll ? '#/polls/' + poll : '';
  setText(about, poll ? titleOf(poll) : '');
  area.setAttribute('aria-label', poll ? t('memoOn', titleOf(poll)) : t(memo.id === null ? 'newMemo' : 'memo'));
  setText($('.state', box), ['saving', 'saved', 'empty'].includes(state) ? t(state) : '');
  show($('time', box), state === 'saved' && memo.at);
  if (memo.at) showTime($('time', box), memo.at);
  setText($('.error', box), state === 'failed' ? t('failed', memo.reason, memo.again) : '');
  const length = memo.text.length > most - 100 ? [...memo.text.trim()].length : 0;
  setText($('.left', box), length > most - 100 ? t('ofMost', length, most) : '');
  $('.left', box).classList.toggle('over', length > most);
  show($('.foot', box), memo.id !== null || memo.text);
  show($('.delete', box), memo.id !== null);
  show($('.conflict', box), theirs);
  setText($('.why', box), theirs ? t(theirs.content === null ? 'conflictGone' : 'conflictWhy') : '');
  setText($('.theirs', box), theirs?.content ?? '');
  if (state !== 'saved' || !box.contains(document.activeElement)) return;
  if (!box.told) announce(t('saved')); // once, and not with every pause
  box.told = true;
}

function redraw() {
  for (const row of list.children) drawBox(row.firstElementChild, memoOf(row));
  if (beside?.memo) drawBox(beside.box, beside.memo);
}
onLanguage(redraw);

// forget takes a memo off the page that is no longer stored.
function forget(memo) {
  memo.forget();
  known.delete(memo.id);
  remove(rows.get(memo));
  if (beside?.memo === memo) showBeside();
  offerNew();
}

// offerUndo has the focus for a while, as the button that was pressed goes away.
let undoing;
function offerUndo(bring, where) {
  const button = $('button', note);
  clearTimeout(undoing);
  if (where) where.node.append(note);
  else list.before(note);
  show(note, true);
  button.focus();
  undoing = setTimeout(() => show(note, false), 8000);
  button.onclick = () => {
    const memo = bring();
    addRow(memo);
    memo.save();
    $('textarea', rows.get(memo)).focus();
    show(note, false);
  };
}

// ---- titles of polls

const titles = new Map();
let fetching = Promise.resolve(); // one after the other

function titleOf(id) {
  if (!titles.has(id)) {
    titles.set(id, null);
    fetching = fetching.then(() => api('GET', '/api/polls/' + id)).then(({ data }) => learn(data)).catch(() => titles.delete(id));
  }
  return titles.get(id) ?? t('pollNumber', id);
}
function learn({ id, title }) {
  if (!titles.has(id) || titles.get(id) === title) return;
  titles.set(id, title);
  redraw();
}
on('poll:updated', learn);
on('poll:deleted', ({ poll_id: id }) => {
  titles.delete(id);
  for (const memo of known.values()) if (memo.poll === id) memo.poll = null; // the memo stays
  redraw();
});

// ---- beside a poll

let beside = null; // {poll, node, memo}

// memoFor shows the memo on a poll in a node of polls.js; null closes it.
export function memoFor(poll, node) {
  if (beside?.poll === poll && beside?.node === node) return;
  beside?.node.replaceChildren();
  beside = poll && node ? { poll, node, memo: null } : null;
  if (!beside) return;
  node.dataset.memoFor = poll;
  showBeside();
}

// showBeside fetches the newest one on the poll. There may be none, or one here that is not stored yet.
async function showBeside() {
  const mine = beside, owner = session?.user.id;
  if (!mine || !owner || mine.memo?.dirty) return;
  try {
    const { data } = await api('GET', `/api/memos?poll_id=${mine.poll}&limit=1`);
    if (mine !== beside || session?.user.id !== owner || mine.memo?.dirty) return;
    const unsaved = [...list.children].map(memoOf).find(m => m.id === null && m.poll === mine.poll && m.text);
    const fresh = mine.memo?.id === null ? mine.memo : null;
    showIn(mine, unsaved ?? (data.memos.length ? know(data.memos[0]) : fresh ?? new Memo(mine.poll)));
  } catch { /* it comes with the connection */ }
}

function showIn(place, memo) {
  if (memo === place.memo) return;
  const box = newBox(memo);
  if (place.memo) place.box.replaceWith(box);
  else place.node.append(element('h3', {}, t('memo')), box);
  Object.assign(place, { memo, box });
  drawBox(box, memo);
}
onFetch(async () => showBeside);
onStatus(() => status === 'live' && beside && !beside.memo && showBeside());
onLanguage(() => beside?.memo && setText($('h3', beside.node), t('memo')));

// ---- sessions and tabs

function begin() {
  known.clear();
  memos.clear();
  beside?.node.replaceChildren();
  if (beside) beside.memo = null;
  restored = null;
  show($('#deleted'), false);
  offerNew();
}

// What a tab had not saved when it was closed is taken up again.
let restored;
onFetch(async () => () => {
  if (session && restored !== session) restore(restored = session);
});
async function restore(mine) {
  for (const [name, draft] of Object.entries(await orphans())) {
    if (session !== mine || !draft) return;
    const memo = Memo.restore(name, draft), there = known.get(draft.id);
    if (there?.dirty) Object.assign(memo, { id: null, saved: '' }); // two drafts of one memo: both stay
    else if (there) remove(item(list, draft.id));
    if (memo.id) known.set(memo.id, memo);
    addRow(memo);
    offerNew();
    memo.save();
  }
}
onSession(begin);
if (session) begin();

// Another tab of this browser has changed a memo.
addEventListener('storage', ({ key, newValue }) => {
  if (key !== 'pollwire.memo' || !newValue || !session) return;
  const { id } = JSON.parse(newValue);
  api('GET', '/api/memos/' + id).then(({ data, etag }) => {
    showMemo(data, etag);
    if (beside && data.poll_id === beside.poll && beside.memo?.id !== id) showBeside();
  }, e => {
    const memo = known.get(id);
    if (e.status !== 404) restart(); // all is fetched anew when that is possible
    else if (memo && !memo.dirty) forget(memo);
  });
});
