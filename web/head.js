// The head of each page: whether news come, who one is, light or dark, and the language.

import { adoptSession, onSession, onUser, session } from './api.js';
import { $, forgetLost, setText, showPerson, store, stored } from './dom.js';
import { onStatus, status } from './live.js';
import { showWhen } from './parts.js';
import { language, onLanguage, setLanguage, t, words } from './texts.js';

words({
  views: ['Views', '화면'], other: ['한국어', 'English'], theme: ['Light or dark', '밝은 화면과 어두운 화면'], exercises: ['Exercises', '과제'],
  connecting: ['Connecting…', '연결 중…'], live: ['Live', '실시간'], away: ['Not connected, trying again…', '연결 끊김, 다시 시도 중…'],
});

function showStatus() {
  $('#connection').className = status;
  setText($('#connection'), t(status));
}
onStatus(showStatus);
onStatus(() => status === 'live' && forgetLost());
onLanguage(showStatus);

function showSession() {
  showWhen();
  if (session) showPerson($('#me .person'), session.user);
}
onSession(showSession);
onUser(showSession);
showSession();

$('#language').onclick = () => {
  const to = language === 'ko' ? 'en' : 'ko';
  store('language', to);
  setLanguage(to);
};

// The theme is the system's, until somebody chooses.
const systemTheme = () => matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
const showTheme = () => { document.documentElement.dataset.theme = stored('theme') ?? ''; };
$('#theme').onclick = () => {
  const to = (stored('theme') ?? systemTheme()) === 'dark' ? 'light' : 'dark';
  store('theme', to === systemTheme() ? null : to);
  showTheme();
};
showTheme();

// Other tabs of this browser share the session.
addEventListener('storage', ({ key }) => {
  if (key === 'pollwire.theme') showTheme();
  if (key === 'pollwire.session' || key === null) adoptSession(stored('session'));
});
