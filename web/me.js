// What somebody sees and changes of himself: the points, the nickname, and, of who has an account, the password.
//
//	PATCH /api/auth/me {"nickname"}           ->  200 User; everybody hears user:updated
//	POST  /api/auth/password {"old","new"}    ->  204

import { api, session, updateUser } from './api.js';
import { $, attempt, errorOf, onSubmit, setText, show, showError } from './dom.js';
import { fetchScores, scoreList, scoreOf } from './scores.js';
import { onLanguage, t, words } from './texts.js';

words({
  allScores: ['All scores', '전체 점수'], closeMe: ['Close', '닫기'],
  saveName: ['Save name', '닉네임 저장'], old: ['Password now', '지금 비밀번호'], new: ['New password', '새 비밀번호'],
  savePassword: ['Change password', '비밀번호 변경'], nameSaved: ['Your name is changed.', '닉네임을 바꿨습니다.'], passwordSaved: ['Your password is changed.', '비밀번호를 바꿨습니다.'],
});

const dialog = $('#about-me'), scores = $('section', dialog), naming = $('.naming', dialog), secret = $('.secret', dialog);
const [name] = naming, [old, fresh] = secret;
const tell = (word = '') => setText($('.done', dialog), word && t(word));
let found;

export function showMe() {
  name.value = session.user.nickname;
  show(secret, !session.user.is_guest);
  secret.reset();
  for (const form of [scores, naming, secret]) showError(errorOf(form));
  tell();
  if (!dialog.open) dialog.showModal();
  attempt(scores, async () => {
    found = await fetchScores();
    draw();
  });
}

function draw() {
  if (!found) return;
  setText($('.mine', scores), scoreOf(found, session?.user.id));
  show($('details', scores), found.scores.length > 0);
  if (found.scores.length) $('details div', scores).replaceChildren(scoreList(found));
}
onLanguage(draw);

onSubmit(naming, async () => {
  tell();
  updateUser((await api('PATCH', '/api/auth/me', { nickname: name.value })).data);
  tell('nameSaved');
});
onSubmit(secret, async () => {
  tell();
  await api('POST', '/api/auth/password', { old: old.value, new: fresh.value });
  secret.reset();
  tell('passwordSaved');
});
$('.cancel', dialog).onclick = () => dialog.close();
