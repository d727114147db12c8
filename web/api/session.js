// As whom the page acts. The token comes from
//
//   1. this page: what register, login and guest have answered      kept in sessionStorage, for this tab alone
//   2. the poll page, where both share one port                     its localStorage
//   3. the poll page in the tab that opened this one                asked by postMessage
//
//   this page -> opener   {pollwire: 'token?'}
//   opener -> this page   {pollwire: 'token', session: {access_token, user}}
//
// An answer counts only from that very window, and from this machine's name: the page differs by nothing but its port.
// The token never goes into a URL: there it would end up in histories and logs.

import { el } from './dom.js';
import { copyButton } from './form.js';
import { said, t, word } from './words.js';

const key = 'pollwire.session';
const read = storage => {
  try {
    return JSON.parse(storage().getItem(key));
  } catch {
    return null;
  }
};
const keep = value => {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    /* forbidden: until a reload */
  }
};
const sound = session => typeof session?.access_token === 'string' && typeof session.user?.nickname === 'string';

let kept = read(() => sessionStorage); // {session, from} or {from: 'forgotten'}
const page = read(() => localStorage);
export let session =
  kept?.from === 'here' && sound(kept.session)
    ? kept.session
    : kept?.from === 'forgotten'
      ? null
      : sound(page)
        ? page
        : sound(kept?.session)
          ? kept.session
          : null;

const listeners = [];
export const onSession = f => {
  listeners.push(f);
};

export function use(next, from = 'here') {
  session = next;
  keep((kept = next ? { from, session: { access_token: next.access_token, user: next.user } } : { from: 'forgotten' }));
  for (const f of listeners) f();
}

export function ask() {
  if (!window.opener || kept?.from === 'here' || kept?.from === 'forgotten' || sound(page)) return;
  addEventListener('message', ({ source, origin, data }) => {
    if (source !== window.opener || new URL(origin).hostname !== location.hostname) return;
    if (data?.pollwire === 'token' && sound(data.session) && (!kept || kept.from === 'opener')) use(data.session, 'opener');
  });
  window.opener.postMessage({ pollwire: 'token?' }, '*'); // no secret is in the question
}

// who is the line at the top.
export function who() {
  const name = el('span', { class: 'text' });
  const forget = word('button', 'forget', {
    onclick: () => {
      use(null);
      line.focus();
    },
  });
  const copy = copyButton(() => session?.access_token ?? '', 'copyToken');
  const line = el('p', { class: 'who', role: 'status', tabindex: -1 }, name, ' ', copy, ' ', forget);
  const show = () => {
    said(name, () =>
      session
        ? [
            t('as'),
            ' ',
            el('b', { dir: 'auto' }, session.user.nickname),
            el('span', { class: 'faint' }, ` #${session.user.id}`),
          ]
        : [t('nobody'), ' ', el('a', { href: '#operation/guest' }, 'POST /api/auth/guest')],
    );
    copy.hidden = forget.hidden = !session;
  };
  onSession(show);
  show();
  return line;
}
