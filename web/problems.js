// Why the server refuses something, in the words of this page: by the code of a problem (RFC 9457 §3.2), as detail is in English
// and for people. A test holds the codes against those that the server knows (test/house).
//
//	reason({ code: 'poll_closed', params: { id: 7 }, detail: 'poll 7 is closed' })     Poll 7 is closed. / 7번 투표는 마감되었습니다.

import { has, language, pick, t, words } from './texts.js';

// What a field is called that no part of the page has a word for, or one that comes later. A test holds these, too (test/house).
words({ title: ['Title', '제목'], text: ['Answer', '답'], option_ids: ['Choice', '선택'], people: ['Roster', '출석부'],
  current: ['Question', '질문'], capture: ['Capture', '캡처'], key: ['Key', '키'] });
const called = { content: 'memo', name: '', file: '', answers: 'text', number: 'text', option_id: 'option_ids', poll_id: 'current' };

// What a status says without more. In English the server's own words say more.
const general = {
  bad_request: ['The server can’t read this.', '서버가 읽을 수 없는 요청입니다.'],
  unauthorized: ['Join first.', '먼저 참가하세요.'],
  forbidden: ['This is not allowed.', '허용되지 않습니다.'],
  not_found: ['There is no such thing.', '찾을 수 없습니다.'],
  method_not_allowed: ['This is not possible here.', '여기서는 할 수 없습니다.'],
  conflict: ['This does not fit with what is there.', '지금 있는 것과 맞지 않습니다.'],
  precondition_failed: ['It was changed meanwhile.', '그사이 변경되었습니다.'],
  request_entity_too_large: ['This is too large.', '너무 큽니다.'],
  unsupported_media_type: ['The server does not know this format.', '서버가 모르는 형식입니다.'],
  requested_range_not_satisfiable: ['There is no such part.', '그런 부분이 없습니다.'],
  unprocessable_entity: ['A value is wrong.', '잘못된 값이 있습니다.'],
  upgrade_required: ['A WebSocket is needed.', 'WebSocket이 필요합니다.'],
  too_many_requests: ['Too often: wait a moment.', '너무 잦습니다. 잠시 뒤에 다시 하세요.'],
  internal_server_error: ['Something went wrong in the server.', '서버에서 문제가 생겼습니다.'],
  service_unavailable: ['Not possible at the moment.', '지금은 할 수 없습니다.'],
  invalid: ['is not valid', '올바르지 않습니다'],
};

const special = {
  // Of a field, whose name goes before.
  missing: ['is missing', '빠져 있습니다'],
  empty: ['must not be empty', '비워 둘 수 없습니다'],
  length: [p => `must have ${p.least} to ${p.most} characters, not ${p.is}`, p => `${p.least}~${p.most}자여야 합니다 (지금 ${p.is}자)`],
  bytes: [p => `must have ${p.least} to ${p.most} bytes`, p => `${p.least}~${p.most}바이트여야 합니다`],
  count: [p => `must be ${p.least} to ${p.most}, not ${p.is}`, p => `${p.least}~${p.most}개여야 합니다 (지금 ${p.is}개)`],
  invisible: ['must have a character that can be seen', '보이는 글자가 있어야 합니다'],
  control_character: ['must not hold control characters', '제어 문자는 쓸 수 없습니다'],
  letters: ['may hold only letters, digits and _', '글자, 숫자, _만 쓸 수 있습니다'],
  time: ['must be a time', '시각이어야 합니다'],
  past: ['must be in the future', '앞으로 올 시각이어야 합니다'],
  integer: [p => `must be a whole number from ${p.least} to ${p.most}`, p => `${p.least}~${p.most} 사이의 정수여야 합니다`],
  id: ['must be a number that something has', '번호가 아닙니다'],
  status: ['must be open, closed or all', 'open, closed, all 중 하나여야 합니다'],
  role: ['must be student or teacher', '학생이나 교사여야 합니다'],
  exclusive: ['is one too many', '함께 보낼 수 없는 값이 있습니다'],
  too_many: ['are too many', '너무 많습니다'],
  twice: ['is there twice', '두 번 들어 있습니다'],
  single: ['must be one', '하나만 고를 수 있습니다'],
  not_a_poll: ['is not a poll', '그런 투표가 없습니다'],
  not_an_option: [p => `${p.option} is not an option of poll ${p.id}`, p => `${p.id}번 투표에 없는 선택지입니다 (${p.option})`],
  gift_utf8: ['the text must be in UTF-8', 'UTF-8이어야 합니다'],
  gift_none: ['there is no question', '질문이 없습니다'],
  gift_too_many: [p => `there are more than ${p.most} questions`, p => `질문은 ${p.most}개까지입니다`],
  gift_title: ['the title has no end (::)', '제목이 끝나지 않습니다 (::)'],
  gift_description: ['answers in { } are missing', '{ }로 묶인 답이 없습니다'],
  gift_brace: ['a } without a {', '{ 없이 }가 있습니다'],
  gift_unclosed: ['the { has no }', '{에 맞는 }가 없습니다'],
  gift_second: ['a second { or }: leave a blank line between questions', '{나 }가 또 있습니다. 질문 사이에 빈 줄을 두세요'],
  gift_essay: ['essays are not taken; “New question” makes one that is answered by text', '서술형 질문은 쓸 수 없습니다. ‘새 질문’에서 글로 답하는 질문을 만드세요'],
  gift_matching: ['matching (->) is not taken', '짝짓기 질문(->)은 쓸 수 없습니다'],
  gift_empty: ['an answer is empty', '빈 답이 있습니다'],
  gift_weight: ['a weight must be like %50%', '배점은 %50%처럼 써야 합니다'],
  gift_options: [p => `a question has ${p.least} to ${p.most} answers, not ${p.is}`, p => `답은 ${p.least}~${p.most}개여야 합니다 (지금 ${p.is}개)`],
  gift_no_right: ['no answer is right', '정답이 없습니다'],
  gift_texts: [p => `${p.most} answers are the most`, p => `답은 ${p.most}개까지입니다`],
  gift_number: ['must be a number like 5, 5:0.1 or 1..5', '5, 5:0.1, 1..5 같은 수여야 합니다'],
  gift_numbers: ['only one number can be right', '정답인 수는 하나여야 합니다'],
  file_name: ['Not every system could store a file of this name.', '모든 시스템에서 저장할 수 있는 파일 이름이 아닙니다.'],
  chat_mode: ['must be on, slow or off', 'on, slow, off 중 하나여야 합니다'],
  // Of the whole.
  class_locked: ['The class is locked: nobody new gets in.', '수업이 잠겨 있어 새로 들어올 수 없습니다.'],
  student_polls_off: ['Only the teacher makes polls here.', '투표는 교사만 만들 수 있습니다.'],
  chat_off: ['The chat is off.', '지금은 채팅이 꺼져 있습니다.'],
  chat_slow: [p => `The chat is slow: wait ${p.retry_after} s.`, p => `채팅이 느린 모드입니다. ${p.retry_after}초 뒤에 다시 하세요.`],
  names_of_roster: ['There is a roster: only the teacher gives another name.', '출석부가 있어 이름은 교사만 바꿀 수 있습니다.'],
  not_on_roster: [p => `“${p.name}” is not on the roster.`, p => `출석부에 없는 이름입니다: ${p.name}`],
  wrong_code: [p => `This is not the code of “${p.name}”.`, p => `${p.name}의 코드가 아닙니다.`],
  wrong_codes: [p => `${p.most} wrong codes: try again in ${p.retry_after} s.`,
    p => `코드를 ${p.most}번 틀렸습니다. ${p.retry_after}초 뒤에 다시 하세요.`],
  name_held: [p => `Somebody has come as “${p.name}” already. If that was you, ask your teacher to free the name.`,
    p => `이미 들어온 이름입니다: ${p.name} (본인이었다면 교사에게 이름을 풀어 달라고 하세요)`],
  no_such: [p => `There is no ${p.what} ${p.id}.`,
    p => `${p.id}번 ${{ poll: '투표는', memo: '메모는', message: '메시지는', person: '사람은' }[p.what]} 없습니다.`],
  no_token: ['Join first.', '먼저 참가하세요.'],
  bad_token: ['The server no longer takes your token: join again.', '서버가 토큰을 더는 받지 않습니다. 다시 참가하세요.'],
  origin: ['Pages from here may not connect.', '이 주소의 페이지는 연결할 수 없습니다.'],
  wrong_login: ['Wrong user name or password.', '사용자 이름이나 비밀번호가 틀립니다.'],
  failed_logins: [p => `${p.most} failed logins: try again in ${p.retry_after} s.`,
    p => `로그인에 ${p.most}번 실패했습니다. ${p.retry_after}초 뒤에 다시 하세요.`],
  too_often: [p => `Too often: try again in ${p.retry_after} s.`, p => `너무 잦습니다. ${p.retry_after}초 뒤에 다시 하세요.`],
  connections: [p => `One person may have ${p.most} connections.`, p => `한 사람이 연결할 수 있는 수는 ${p.most}개까지입니다.`],
  busy: ['Many do this now: try again in a moment.', '지금은 몰려 있습니다. 잠시 뒤에 다시 하세요.'],
  username_taken: [p => `The user name “${p.username}” is taken.`, p => `이미 있는 사용자 이름입니다: ${p.username}`],
  guests_off: ['No guests here: register or log in.', '게스트는 참가할 수 없습니다. 회원 가입이나 로그인을 하세요.'],
  wrong_key: ['This is not the teacher key.', '교사 키가 아닙니다.'],
  wrong_keys: [p => `${p.most} wrong teacher keys: try again in ${p.retry_after} s.`,
    p => `교사 키가 ${p.most}번 틀렸습니다. ${p.retry_after}초 뒤에 다시 하세요.`],
  teachers_only: ['Only the teacher may do this.', '교사만 할 수 있습니다.'],
  muted: ['The teacher has muted you in the chat.', '교사가 채팅을 막았습니다.'],
  removes_oneself: ['You can’t remove yourself.', '자신을 내보낼 수는 없습니다.'],
  message_of_another: ['Somebody else said this.', '다른 사람이 쓴 메시지입니다.'],
  guests_have_none: ['Guests have no password.', '게스트는 비밀번호가 없습니다.'],
  wrong_password: ['This is not the password.', '비밀번호가 틀립니다.'],
  removed: ['The teacher has removed you from the class.', '교사가 이 수업에서 내보냈습니다.'],
  no_exercise: ['There is no such exercise.', '그런 과제가 없습니다.'],
  no_run: ['There is no such run.', '그런 시도가 없습니다.'],
  no_handin: ['Nothing was handed in.', '제출한 것이 없습니다.'],
  exercise_not_open: ['This exercise is not open.', '열려 있지 않은 과제입니다.'],
  past_due: ['This exercise is past due.', '마감이 지난 과제입니다.'],
  no_attempt_left: [p => `None of ${p.most} attempts is left.`, p => `시도 ${p.most}번을 모두 썼습니다.`],
  run_of_another: ['This is the run of somebody else.', '다른 사람의 시도입니다.'],
  bad_form: ['The form did not arrive whole.', '폼이 다 오지 않았습니다.'],
  capture_too_large: ['Too large: 32 MiB is the most.', '너무 큽니다. 32 MiB까지입니다.'],
  captures_too_large: ['All your captures together are too large.', '제출한 캡처를 모두 합치면 너무 큽니다.'],
  answers_json: ['must be JSON', 'JSON이어야 합니다'],
  answer_text: ['must be a text', '글이어야 합니다'],
  answer_long: ['is too long', '너무 깁니다'],
  unknown_field: ['is not asked', '묻지 않은 항목입니다'],
  reveal: ['must be never, right or after_due', 'never, right, after_due 가운데 하나여야 합니다'],
  want_multipart: ['Send a form with the capture and the answers.', '캡처와 답을 폼으로 보내야 합니다.'],
  kind: ['must be choice, number or text', '선택, 숫자, 글 가운데 하나여야 합니다'],
  not_of_kind: ['does not go with this kind of question', '이 종류의 질문에는 쓸 수 없습니다'],
  single_correct: ['may have one that is right, as one is taken', '하나만 고르는 질문의 정답은 하나여야 합니다'],
  tolerance: ['must have a tolerance of 0 or more', '허용 오차는 0 이상이어야 합니다'],
  points_are_named: ['must be on, as there are points', '점수가 있으면 이름을 밝혀야 합니다'],
  round: ['There can’t be another round.', '더는 다시 투표할 수 없습니다.'],
  plan_changed: ['The plan was changed meanwhile: look at it, and try again.', '그사이 수업 계획이 바뀌었습니다. 확인하고 다시 하세요.'],
  shown: ['This question has been shown: it can’t be a draft again.', '이미 보여 준 질문은 준비 중으로 되돌릴 수 없습니다.'],
  poll_closed: [p => `Poll ${p.id} is closed.`, p => `${p.id}번 투표는 마감되었습니다.`],
  not_named: ['Nobody is told who chose what in this poll.', '누가 무엇을 골랐는지 알리지 않는 투표입니다.'],
  poll_ended: ['The poll has ended: to reopen it, give it a later end.', '마감 시각이 지났습니다. 다시 열려면 마감 시각을 뒤로 미루세요.'],
  poll_of_another: [p => `Only ${p.owner}, who made poll ${p.id}, may change it.`, p => `${p.id}번 투표는 만든 사람(${p.owner})만 바꿀 수 있습니다.`],
  has_votes: ['Somebody has voted: this can’t change any more.', '이미 투표한 사람이 있어 바꿀 수 없습니다.'],
  no_file: ['There is no such file.', '그런 파일이 없습니다.'],
  file_unusable: [p => `The server can’t use “${p.name}”.`, p => `서버가 쓸 수 없는 파일입니다: ${p.name}`],
  file_twin: [p => `There is “${p.name}”, which differs only by capital letters.`, p => `대소문자만 다른 파일이 있습니다: ${p.name}`],
  file_of_another: [p => `“${p.name}” is somebody else’s.`, p => `다른 사람이 올린 파일입니다: ${p.name}`],
  file_not_uploaded: [p => `“${p.name}” was not put here by this page.`, p => `이 페이지로 올린 파일이 아닙니다: ${p.name}`],
  file_too_large: [p => `A file may have ${p.most} bytes.`, p => `파일은 ${p.most}바이트까지입니다.`],
  share_full: [p => `Your files may have ${p.most} MiB together: delete one of them.`,
    p => `내 파일은 모두 ${p.most} MiB까지입니다. 내 파일을 삭제하세요.`],
  folder_full: ['The folder is full: delete something first.', '폴더가 가득 찼습니다. 먼저 파일을 삭제하세요.'],
  captures_busy: ['Other captures are being read: try again in a moment.', '다른 캡처를 읽는 중입니다. 잠시 뒤에 다시 하세요.'],
  capture_unknown: ['This file is no capture: save it as pcap or pcapng.', '캡처가 아닙니다. pcap이나 pcapng로 저장하세요.'],
  capture_cut: [p => `The file ends within packet ${p.packet}.`, p => `파일이 ${p.packet}번 패킷 중간에서 끊겼습니다.`],
  capture_broken: [p => `Packet ${p.packet} can’t be read.`, p => `${p.packet}번 패킷을 읽을 수 없습니다.`],
  capture_packets: [p => `A capture may have ${p.most} packets.`, p => `캡처에는 패킷이 ${p.most}개까지 들어갈 수 있습니다.`],
  capture_unread: ['Reading it broke off: try again.', '읽다가 끊겼으니 다시 하세요.'],
  capture_slow: ['It takes too long to read.', '읽는 데 너무 오래 걸립니다.'],
  disk: ['The server’s disk can’t be used at the moment.', '지금은 서버의 디스크를 쓸 수 없습니다.'],
  shutting_down: ['The server is shutting down.', '서버가 종료되는 중입니다.'],
};

// reason says why. A code that this page does not know is of a newer server.
export function reason({ code, params = {}, detail, title }) {
  if (general[code] && detail && language === 'en') return detail;
  const texts = special[code] ?? general[code];
  return texts ? pick(texts, params) : detail || title || '';
}

// nameOf is what a field is called here: "options[2]" is the third option, "answers.f3" an answer, "line 3" one of a pasted text.
function nameOf(field) {
  const [, line, of] = /^line (\d+) ?(.*)$/.exec(field) ?? [];
  if (line) return pick([`line ${line}`, `${line}번째 줄`]) + (of ? ` (${nameOf(of) || pick(['name', '이름'])})` : '');
  const [, name, index] = /^(\w*)(?:\[(\d+))?/.exec(field), key = called[name] ?? name;
  return name === 'options' && index ? t('option', Number(index) + 1) : has(key) ? t(key) : key;
}

// whole says all that is wrong, a line for each field.
export function whole(p) {
  const line = e => nameOf(e.field) + pick([' ', ': ']) + reason(e);
  return p.errors?.length ? p.errors.map(e => line(e).replace(/^(: | )/, '')).join('\n') : reason(p);
}
