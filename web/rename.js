// Another nickname for oneself.
//
//	PATCH /api/auth/me {"nickname"}  ->  200 User; everybody hears user:updated

import { api, session, updateUser } from './api.js';
import { $, errorOf, onSubmit, showError } from './dom.js';
import { words } from './texts.js';

words({ saveName: ['Save', '저장'], cancel: ['Cancel', '취소'] });

const dialog = $('#rename-form'), form = $('form', dialog), input = $('input', form);

export function rename() {
  input.value = session.user.nickname;
  showError(errorOf(form));
  dialog.showModal();
  input.select();
}

onSubmit(form, async () => {
  const { data } = await api('PATCH', '/api/auth/me', { nickname: input.value });
  updateUser(data);
  dialog.close();
});
$('.cancel', form).onclick = () => dialog.close();
