// Calls of the API, and whose they are.
//
//	page -> server   fetch, on the API's port; the token travels in Authorization
//	server -> page   JSON; errors are problem+json (RFC 9457), which problems.js puts into words

import { store, stored } from './dom.js';
import { whole } from './problems.js';
import { t, words } from './texts.js';
import { send } from './wire.js';

words({ unreachable: ['The server can’t be reached.', '서버에 연결할 수 없습니다.'] });

// {"http": "8000", "ws": "8001", "files": "8080", "health": "3001"}, "" where one is off.
export let ports = {};
export let hosts = []; // names and addresses under which the page can be reached
// {access_token, user}, or null for somebody who only looks on.
export let session = stored('session');
export const isTeacher = () => session?.user.role === 'teacher';
export const mayChange = poll => isTeacher() || session !== null && poll.created_by.id === session.user.id;
let ahead = 0; // of this machine's clock, in ms

export async function findPorts(limit = { signal: AbortSignal.timeout(20_000) }) {
  const r = await send('/ports.json', limit);
  ({ ports, hosts } = await r.json());
  // In whole seconds, so it tells only of a clock that is wrong.
  const date = Date.parse(r.headers.get('Date'));
  if (Math.abs(Date.now() - date) > 5_000) ahead = Date.now() - date;
}

// serverNow is the server's clock, in ms since 1970: it decides when a poll ends.
export const serverNow = () => Date.now() - ahead;

export const url = (scheme, port, path) => `${location.protocol.replace('http', scheme)}//${location.hostname}:${port}${path}`;

export const apiAt = path => url('http', ports.http, path);

// api makes one call and returns {data, etag}. keepalive lets it outlive the page.
export async function api(method, path, body, headers = {}, { keepalive = false } = {}) {
  if (body) headers['Content-Type'] = 'application/json';
  const r = await call(apiAt(path), { method, headers, keepalive, body: body && JSON.stringify(body) });
  return { data: r.status === 204 ? null : await r.json(), etag: r.headers.get('ETag') };
}

// unreachable is the error where no answer has come. say tells it in the language of the moment.
const lost = () => t('unreachable');
export const unreachable = () => Object.assign(Error(lost()), { say: lost, lost: true });

// call is fetch with our token. An answer that is an error it throws, see problem.
export async function call(href, { headers = {}, ...init }) {
  const token = session?.access_token;
  if (token) headers.Authorization = 'Bearer ' + token;
  const r = await send(href, { signal: AbortSignal.timeout(20_000), ...init, headers }).catch(() => { throw unreachable(); });
  if (!r.ok) throw await refusal(r, token);
  return r;
}

// refusal makes an error of an answer that is one. A token that is no longer good ends the session.
export async function refusal(r, token) {
  const p = await r.json().catch(() => ({}));
  const error = problem({ title: r.statusText, ...p, status: r.status });
  endBy(error, token);
  return error;
}

// endBy ends the session where its token is no longer good, or whose it is was removed: a teacher can take that back, and join.js
// offers to try.
export function endBy(error, token) {
  if (!token || token !== session?.access_token || error.status !== 401 && error.code !== 'removed') return;
  if (error.code === 'removed') store('removed', session);
  setSession(null, error.message);
}

// problem makes an error of {status, title, detail, code, params, errors}; errors names each field that is wrong.
export function problem(p) {
  const say = () => whole(p);
  return Object.assign(Error(say()), { say, status: p.status, code: p.code, retry: p.params?.retry_after, errors: p.errors ?? [] });
}

const listeners = [], userListeners = [];
export const onSession = changed => listeners.push(changed); // changed(why) with what went wrong, if anything

// setSession is how one joins and leaves; adoptSession, what another tab did.
export function setSession(to, why = '') {
  store('session', to);
  adoptSession(to, why);
}

// onUser: somebody has another name, or role; it is still the same session.
export const onUser = changed => userListeners.push(changed);
export function updateUser(user) {
  if (user.id === session?.user.id) setSession({ ...session, user: { ...session.user, ...user } });
}

export function adoptSession(to, why = '') {
  if (to && to.access_token === session?.access_token) {
    Object.assign(session.user, to.user);
    for (const changed of userListeners) changed();
    return;
  }
  session = to;
  for (const changed of listeners) changed(why);
}
