// The address #/teach/KEY makes whoever opens it the teacher, and leads to the desk.
//
//	POST /api/auth/teacher {"key","nickname"?}     with a token 200 User: that person teaches now; without 201 Session of somebody new
//
// The key is taken out of the address, and out of the history of the browser, before anything else is done: a class may see the screen.

import { api, findPorts, ports, session, setSession, updateUser } from './api.js';
import { $, errorOf, showError } from './dom.js';
import { t, words } from './texts.js';

words({ teacherName: ['Teacher', '교사'] });

export function takeKey() {
  const [, key] = /^#\/teach\/(.+)$/.exec(location.hash) ?? [];
  if (!key) return;
  history.replaceState(null, '', '#/desk');
  teach(decodeURIComponent(key)).catch(e => showError(errorOf($('#desk')), e));
}

async function teach(key) {
  if (ports.http === undefined) await findPorts();
  const { data } = await api('POST', '/api/auth/teacher', { key, ...!session && { nickname: t('teacherName') } });
  if (data.access_token) setSession(data);
  else updateUser(data);
}
