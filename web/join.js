// How one comes in and leaves.
//
//	a guest    POST /api/auth/guest     {"nickname"}                        one name and go
//	a user     POST /api/auth/register  {"username","password","nickname"}  once, then
//	           POST /api/auth/login     {"username","password"}             on any machine
//
// All three answer a session: a token and whose it is. It is kept in localStorage, for reloads and other tabs. Leaving forgets
// it; the server keeps no list of who has a token.

import { api, onSession, session, setSession } from './api.js';
import { onClass, room } from './class.js';
import { $, $$, errorOf, focus, onSubmit, setText, show, showError, store, stored } from './dom.js';
import { onEnter } from './enter.js';
import { nameMost, passwordLeast, passwordMost } from './limits.js';
import { onLanguage, t, words } from './texts.js';

words({
  nickname: ['Nickname', '닉네임'], join: ['Join', '참가'], leave: ['Leave', '나가기'],
  joinHint: ['Join to vote, chat and keep memos', '참가하면 투표, 채팅, 메모를 할 수 있습니다'],
  leaveSure: ['Leave? A guest can’t come back to their votes and memos.', '나갈까요? 게스트는 자신의 투표와 메모로 돌아올 수 없습니다.'],
  isLocked: ['The class is locked: nobody new gets in. Who was here before can log in.', '수업이 잠겨 있어 새로 참가할 수 없습니다. 이미 있던 사람은 로그인할 수 있습니다.'],
  rosterName: ['Your name, as it is on the list of the class', '이름 (출석부에 적힌 그대로)'], code: ['Code, if you were given one', '코드 (받았다면)'],
  comeBack: ['Come back in', '다시 들어가기'],
  login: ['Log in', '로그인'], logout: ['Log out', '로그아웃'], register: ['Register', '회원 가입'],
  username: ['User name', '사용자 이름'], password: ['Password', '비밀번호'],
  usernameRule: [`1 to ${nameMost} letters, digits or _`, `글자, 숫자, _ 1~${nameMost}자`],
  passwordRule: [`${passwordLeast} to ${passwordMost} bytes; a Hangul syllable is 3`,
    `${passwordLeast}~${passwordMost}바이트, 한글은 한 글자에 3바이트`],
  nicknameToo: ['Nickname, if another', '닉네임 (다를 때만)'],
  readable: ['http:// is not encrypted: whoever captures it reads the password. Use none that matters.',
    'http://는 암호화되지 않아 패킷을 캡처하면 비밀번호가 그대로 보입니다. 다른 곳에서 쓰는 비밀번호는 쓰지 마세요.'],
});

const guest = $('#guest'), login = $('#login');

for (const form of $$('#join form')) {
  for (const input of $$('input', form)) onEnter(input, () => form.requestSubmit());
  onSubmit(form, async () => {
    const body = Object.fromEntries([...new FormData(form)].filter(([name, value]) => value || name !== 'nickname' && name !== 'code' || name === 'nickname' && form === guest));
    const { data } = await api('POST', '/api/auth/' + form.id, body).catch(e => {
      if (form === guest && ['guests_off', 'class_locked'].includes(e.code)) openForm(login); // only who has registered gets in
      throw e;
    });
    setSession(data);
    store('removed', null);
    form.reset(); // no password stays in the page
  });
}

// openForm shows one of the two that are folded up. Browsers see to it that only one is open (details[name]).
const openForm = form => { form.parentElement.open = true; };
show($('#readable'), location.protocol === 'http:');

$('#leave').onclick = () => (!session.user.is_guest || confirm(t('leaveSure'))) && setSession(null);

// ---- what the class asks for

function showRules() {
  show($('#locked'), Boolean(room?.locked));
  for (const n of $$('#code, [for="code"]')) show(n, Boolean(room?.roster));
  setText($('[for="nickname"]'), t(room?.roster ? 'rosterName' : 'nickname'));
}
onClass(showRules);
onClass(before => before?.locked && !room.locked && $$('#join .error').forEach(n => showError(n)));
onLanguage(showRules);

// Whom a teacher has removed may try whether that was taken back.
const showRemoved = () => show($('#come-back'), !session && Boolean(stored('removed')));
onSession(showRemoved);
$('#come-back').onclick = () => setSession(stored('removed'));
showRemoved();

// ---- what remains of a session that has ended

let last = session;
onSession(why => {
  const ended = !session && last;
  last = session ?? last;
  for (const error of $$('#join .error')) showError(error);
  showLeave();
  if (!ended) return;
  const { is_guest, nickname, username } = ended.user, form = is_guest ? guest : login;
  $('input', form).value = is_guest ? nickname : username;
  if (!is_guest) openForm(login);
  showError(errorOf(form), { message: why });
});

function showLeave() {
  if (session) $('#leave').textContent = t(session.user.is_guest ? 'leave' : 'logout');
}
onLanguage(showLeave);

// Whoever opens the page wants in: the keyboard is ready for the name, once the page is put together.
setTimeout(() => !session && document.activeElement === document.body && focus($('#nickname')));
