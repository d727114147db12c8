// The shared files: what is there, and putting something there.
//
//	GET    /files/         Accept: application/json      200 {"files":[{"name","size","modified","url"}]}
//	PUT    /files/NAME     the bytes, with a token        201, or 200 where one's own is replaced
//	DELETE /files/NAME     with a token                   204, or 403
//
// There is no event for files, so the list is fetched when somebody looks at it.

import { call, onSession, session } from './api.js';
import { $, attempt, element, remove, setText, setTexts, store, stored } from './dom.js';
import { fileMiB } from './limits.js';
import { onLanguage, showTime, t, words } from './texts.js';

words({
  plainFiles: ['Plain list', '단순 목록'],
  refresh: ['Refresh', '새로 고침'],
  addFiles: ['Add files, or drop them here', '파일 추가 (여기에 끌어다 놓아도 됩니다)'],
  fileRule: ['Up to 32 MiB each. Everybody here can read them.', '파일당 최대 32 MiB. 여기 있는 모두가 읽을 수 있습니다.'],
  uploading: [(name, n, of) => `Sending ${name} (${n} of ${of})…`, (name, n, of) => `${name} 보내는 중 (${of}개 중 ${n}번째)…`],
  uploaded: [n => `✓ ${n} ${n === 1 ? 'file' : 'files'} added`, n => `✓ 파일 ${n}개 추가됨`],
  tooLarge: [`has more than ${fileMiB} MiB`, `${fileMiB} MiB를 넘습니다`],
  replaceSure: [name => `Replace “${name}”?`, name => `“${name}” 파일을 바꿀까요?`],
  deleteFile: [name => `Delete ${name}`, name => `${name} 삭제`],
});

const section = $('#files'), list = $('.list', section), picker = $('#file'), form = $('#new-file');

const pathOf = name => '/files/' + encodeURIComponent(name);
const nameOf = file => file.name.normalize('NFC'); // as the server lists it; a Mac may name it decomposed

// Whose a file is only the server knows. This browser remembers which went from here, to offer to delete them. Who is
// registered may have put some from elsewhere, and may try.
const mine = () => stored('files')?.[session?.user.id] ?? [];
const setMine = names => store('files', { ...stored('files'), [session.user.id]: names });
const mayDelete = name => session && (!session.user.is_guest || mine().includes(name));

let shown = []; // as the server sent it

async function refresh() {
  const r = await call('/files/', { headers: { Accept: 'application/json' } });
  shown = (await r.json()).files;
  draw();
}

function draw() {
  const rows = new Map([...list.children].map(row => [row.dataset.name, row]));
  const wanted = shown.map(file => drawRow(rows.get(file.name) ?? newRow(file.name), file));
  for (const row of rows.values()) if (!wanted.includes(row)) remove(row);
  wanted.forEach((row, i) => list.children[i] === row || list.insertBefore(row, list.children[i] ?? null));
}

function newRow(name) {
  const row = element('li', {}, element('a', { download: '', dir: 'auto' }, name), element('span', { className: 'size faint' }),
    element('time'), element('button', { className: 'delete' }), element('p', { className: 'error', role: 'alert' }));
  row.dataset.name = name;
  $('.delete', row).onclick = () => confirm(t('deleteSure', name)) && attempt(row, async () => {
    await call(pathOf(name), { method: 'DELETE' });
    setMine(mine().filter(n => n !== name));
    await refresh();
  });
  return row;
}

function drawRow(row, { name, size, modified, url }) {
  $('a', row).href = url;
  setTexts(row, { '.size': sizeText(size), '.delete': t('delete') });
  showTime($('time', row), modified);
  $('.delete', row).ariaLabel = t('deleteFile', name);
  $('.delete', row).hidden = !mayDelete(name);
  return row;
}

function sizeText(n) {
  const unit = n < 1024 ? 0 : n < 1024 ** 2 ? 1 : 2;
  return (n / 1024 ** unit).toFixed(unit ? 1 : 0) + ' ' + ['B', 'KiB', 'MiB'][unit];
}

const look = () => attempt(section, refresh);
$('#refresh-files').onclick = look;
new IntersectionObserver(([entry]) => entry.isIntersecting && look()).observe(section);
onSession(draw);
onLanguage(draw);

picker.onchange = () => put([...picker.files]);

// put sends one after the other, so that a phone's connection is not shared by all of them.
const put = files => attempt(form, async () => {
  const wrong = [], state = $('#uploading');
  let done = 0;
  for (const [i, file] of files.entries()) {
    if (shown.some(f => f.name === nameOf(file)) && !confirm(t('replaceSure', file.name))) continue;
    setText(state, t('uploading', file.name, i + 1, files.length));
    await putOne(file).then(() => done++, e => wrong.push(`${file.name}: ${e.message}`));
  }
  setText(state, done ? t('uploaded', done) : '');
  picker.value = '';
  await refresh().catch(e => wrong.push(e.message));
  if (wrong.length) throw Error(wrong.join('\n'));
});

async function putOne(file) {
  if (file.size > fileMiB * 2 ** 20) throw Error(t('tooLarge')); // to send it all only to have it refused takes long
  await call(pathOf(nameOf(file)), { method: 'PUT', body: file, signal: undefined }); // however long it takes
  setMine([...new Set([...mine(), nameOf(file)])]);
}

section.ondragover = event => {
  if (!session || !event.dataTransfer.types.includes('Files')) return;
  event.preventDefault();
  section.classList.add('dropping');
};
section.ondragleave = event => { if (!section.contains(event.relatedTarget)) section.classList.remove('dropping'); };
section.ondrop = event => {
  section.classList.remove('dropping');
  if (!session || !event.dataTransfer.files.length) return;
  event.preventDefault();
  put([...event.dataTransfer.files]);
};
