// Memos: one's own notes, each in a box that saves itself. autosave.js does that; this shows them.

import { api, onSession, session } from './api.js';
import { isPosted, Memo, orphans } from './autosave.js';
import { $, announce, asStored, attempt, clone, element, grow, item, place, remove, setText, setTexts, show, showLeft, showParts } from './dom.js';
import { memoMost } from './limits.js';
import { Paged } from './lists.js';
import { on, onFetch, onStatus, restart, status } from './live.js';
import { onLanguage, showTime, t, words } from './texts.js';

words({
  memo: ['Memo', '메모'], newMemo: ['New memo', '새 메모'],
  memoOn: [poll => `Memo on “${poll}”`, poll => `메모: “${poll}”`], pollNumber: [id => `Poll ${id}`, id => `투표 ${id}`],
  memoHint: ['Only you see it. It saves itself.', '나만 볼 수 있고, 저절로 저장됩니다.'],
  saving: ['saving…', '저장 중…'], saved: ['✓ saved', '✓ 저장됨'], empty: ['empty: not saved', '비어 있어 저장하지 않았습니다'],
  failed: [why => `Not saved: ${why}`, why => `저장되지 않음: ${why}`], again: ['Trying again…', '다시 시도 중…'],
  conflict: ['Two versions', '두 가지 내용'],
  conflictWhy: ['Not saved: it was changed elsewhere meanwhile. There it says:', '저장되지 않음: 그사이 다른 곳에서 변경되었습니다. 그쪽 내용:'],
  conflictGone: ['Not saved: it was deleted elsewhere meanwhile.', '저장되지 않음: 그사이 다른 곳에서 삭제되었습니다.'],
  keepMine: ['Keep mine', '내 것으로 저장'], takeTheirs: ['Take the other', '다른 쪽 내용 사용'],
  memoDeleted: ['Memo deleted.', '메모를 삭제했습니다.'], undo: ['Undo', '되돌리기'],
});

const known = new Map(); // memos by id
const note = $('#deleted');

const memos = new Paged({ section: '#memos', path: '/api/memos', key: 'memos', wanted: () => session,
  show: data => showMemo(data),
  keep: row => row.memo.id === null || row.memo.dirty || row.contains(document.activeElement) });
const { list } = memos;
const listed = () => [...list.children].map(row => row.memo);

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
  memo.row ??= element('li', { memo }, newBox(memo));
  place(list, memo.row, memo.id ?? Infinity); // what is not stored yet is the newest of all
  drawBox(memo.row.firstElementChild, memo);
}

// settle is for a memo that was just stored for the first time. Its row stays where it is, as somebody may be typing.
function settle(memo) {
  const { row } = memo;
  if (memo.id === null || Number(row?.dataset.id) === memo.id) return;
  const twin = item(list, memo.id); // it came with the list before its own answer did
  if (twin && twin.memo.dirty) return remove(row); // and is being typed in
  remove(twin);
  known.set(memo.id, memo);
  if (row?.isConnected) row.dataset.id = memo.id;
  else addRow(memo);
  offerNew();
}

// offerNew puts an empty box on top, unless the one on top is still being typed in: that would move it.
function offerNew() {
  const top = list.firstElementChild, spare = listed().find(memo => memo.id === null && !memo.text)?.row;
  if (!session || top && (top === spare || top.contains(document.activeElement))) return;
  if (!spare) addRow(new Memo());
  else if (!spare.contains(document.activeElement)) list.prepend(spare);
}
list.addEventListener('focusout', () => setTimeout(offerNew));

// ---- one memo, which may have two boxes: in the list, and beside its poll

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
  about.href = poll ? '#/polls/' + poll : '';
  area.ariaLabel = poll ? t('memoOn', titleOf(poll)) : t(memo.id === null ? 'newMemo' : 'memo');
  if (memo.at) showTime($('time', box), memo.at);
  showLeft($('.left', box), memo.text, memoMost);
  setTexts(box, {
    '.about': poll ? titleOf(poll) : '',
    '.state': ['saving', 'saved', 'empty'].includes(state) ? t(state) : '',
    '.error': state === 'failed' ? t('failed', memo.reason) + (memo.again ? ' ' + t('again') : '') : '',
    '.why': theirs ? t(theirs.content === null ? 'conflictGone' : 'conflictWhy') : '',
    '.theirs': theirs?.content ?? '',
  });
  showParts(box, { '.about': poll && !box.closest('[data-memo-for]'), time: state === 'saved' && memo.at, '.conflict': theirs,
    '.foot': memo.id !== null || memo.text, '.delete': memo.id !== null });
  if (state !== 'saved' || !box.contains(document.activeElement)) return;
  if (!box.told) announce(t('saved')); // once, and not with every pause
  box.told = true;
}

function redraw() {
  for (const memo of listed()) drawBox(memo.row.firstElementChild, memo);
  if (beside?.memo) drawBox(beside.box, beside.memo);
}
onLanguage(redraw);

function forget(memo) {
  memo.forget();
  known.delete(memo.id);
  remove(memo.row);
  if (beside?.memo === memo) showBeside();
  offerNew();
}

// offerUndo has the focus, as the button that was pressed goes away.
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
    $('textarea', memo.row).focus();
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
  const here = [...known.values(), ...listed(), ...beside?.memo ? [beside.memo] : []];
  for (const memo of here) if (memo.poll === id) memo.poll = null; // the memo stays
  redraw();
});

// ---- beside a poll

let beside = null; // {poll, node, memo}

// memoFor shows the memo on a poll in a node of polls.js; null closes it.
export function memoFor(poll, node) {
  if (beside?.poll === poll && beside?.node === node) return;
  if (beside?.memo?.id === null && beside.memo.text) addRow(beside.memo); // not saved yet, so it must not be out of sight
  beside?.node.replaceChildren();
  beside = poll && node ? { poll, node, memo: null } : null;
  if (!beside) return;
  node.dataset.memoFor = poll;
  showBeside();
}

// showBeside fetches the newest one on the poll, unless there is one that is not stored yet.
async function showBeside() {
  const mine = beside, owner = session?.user.id;
  if (!mine || !owner || mine.memo?.dirty) return;
  try {
    const { data } = await api('GET', `/api/memos?poll_id=${mine.poll}&limit=1`);
    if (mine !== beside || session?.user.id !== owner || mine.memo?.dirty) return;
    const unsaved = listed().find(m => m.id === null && m.poll === mine.poll && m.text);
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
  show(note, false);
  offerNew();
}

// What a tab had not saved when it was closed is taken up again.
let restored;
onFetch(async () => () => {
  if (session && restored !== session) restore(restored = session);
});
async function restore(mine) {
  for (const [name, draft] of await orphans()) {
    if (session !== mine) return;
    const { id, text, posted } = draft, memo = Memo.restore(name, draft);
    const there = known.get(id) ?? (posted && [...known.values()].find(m => isPosted(posted, m.saved, m.at)));
    if (asStored(there?.saved) === asStored(text)) { // it had arrived
      memo.forget();
      continue;
    }
    if (there?.dirty) Object.assign(memo, { id: null, saved: '' }); // two drafts of one memo: both stay
    else if (there && id) remove(item(list, id));
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
