// The title of the class, what is taken home, and a new class.
//
//	GET  /api/class/export                              a ZIP of tables and the plan
//	POST /api/class/new {"keep_plan","keep_files"}      {"copy":"pollwire-20261128T101500.db"}

import { api, apiAt, call } from './api.js';
import { change, room } from './class.js';
import { $, attempt, onSubmit, saveAs, setText } from './dom.js';
import { t, words } from './texts.js';

words({
  classTitle: ['Title of the class, which all see', '모두에게 보이는 수업 제목'], saveChanges: ['Save', '저장'], titleSaved: ['✓ saved', '✓ 저장됨'],
  takeHome: ['Take home', '가져가기'], exportHint: ['All results, answers of named questions, scores, people, chat and the plan: tables for Excel in one ZIP.',
    '결과, 이름이 공개된 답, 점수, 사람, 채팅, 수업 계획을 Excel용 표로 묶은 ZIP 파일 하나입니다.'], exportAll: ['Download', '내려받기'],
  newClass: ['New class', '새 수업'], newClassHint: ['Begins anew for the next class: students, votes, messages, memos, their files and hand-ins go, and exercises are closed. The names of the roster stay. The database is first copied beside itself, so nothing is lost.',
    '다음 수업을 위해 새로 시작합니다. 학생, 투표, 메시지, 메모, 파일, 제출한 과제가 지워지고 과제가 닫힙니다. 출석부의 이름은 남습니다. 먼저 데이터베이스를 옆에 복사해 두므로 잃는 것은 없습니다.'],
  keepPlan: ['Keep the plan: its questions are drafts again', '수업 계획 유지: 질문은 다시 준비 중이 됩니다'], keepFiles: ['Keep the shared files', '공유 파일 유지'],
  beginClass: ['Begin a new class…', '새 수업 시작…'], newClassSure: ['Begin a new class? All students have to join anew.', '새 수업을 시작할까요? 학생은 모두 다시 참가해야 합니다.'],
  newClassDone: [name => `✓ A new class. What was before is in ${name}, beside the database.`, name => `✓ 새 수업입니다. 이전 내용은 데이터베이스 옆의 ${name} 파일에 있습니다.`],
});

const titleBox = $('#class-title'), input = $('#class-name');
export function drawClass() {
  if (document.activeElement !== input) input.value = room?.title ?? '';
}

onSubmit($('form', titleBox), async () => {
  await change({ title: input.value });
  setText($('.saved', titleBox), t('titleSaved'));
  setTimeout(() => setText($('.saved', titleBox), ''), 3000);
});

$('#export button').onclick = () => attempt($('#export'), async () => {
  const r = await call(apiAt('/api/class/export'), { signal: undefined });
  saveAs(`pollwire-${new Date().toISOString().slice(0, 10)}.zip`, await r.blob());
});

const begin = $('#new-class');
$('button', begin).onclick = () => confirm(t('newClassSure')) && attempt(begin, async () => {
  const keep = Object.fromEntries(['keep_plan', 'keep_files'].map(name => [name, $(`[name="${name}"]`, begin).checked]));
  const { data } = await api('POST', '/api/class/new', keep);
  setText($('.done', begin), t('newClassDone', data.copy));
});
