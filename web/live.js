// How the page stays right while everything changes: it asks for the seq of now, fetches the lists, and listens from that seq
// on, so nothing is lost in between. While a list is on its way, events are held back, as the list may be older than they
// are. What comes twice has a seq or an id that is here already.
//
//	on('chat:message_received', showMessage)       who wants to hear of what
//	onFetch(() => [list, ...])                     what is fetched anew when events were missed
//	await act('chat:message', data, () => api(…))  says it over the socket or by HTTP, as the person has chosen

import { api, apiAt, endBy, findPorts, onSession, ports, session, url } from './api.js';
import { acted, heard } from './counters.js';
import { store, stored } from './dom.js';
import { ways } from './ways.js';
import { send } from './wire.js';

export let status = 'connecting'; // or live, or away
export let seq = 0; // of the last event
export let fresh = false; // what is shown is as of seq; if not, it must be fetched
export let way = stored('way') in ways ? stored('way') : 'websocket';
export let sending = stored('sending') === 'socket' ? 'socket' : 'http';

const handlers = {}, watchers = [], fetchers = [];
export const on = (event, handler) => (handlers[event] ??= []).push(handler);
export function onStatus(changed) {
  watchers.push(changed);
  if (status !== 'connecting') queueMicrotask(changed); // a module that comes later
}
// onFetch: fetcher() fetches, and returns a function that shows what came, which is called if the session is still the same.
export function onFetch(fetcher) {
  fetchers.push(fetcher);
  if (fresh) queueMicrotask(() => fetchOne(fetcher));
}

// Ends the connection or the pause that stayConnected waits for.
let wake = () => {};
let check = () => {}; // asks the connection for a sign of life
let knockNow = () => {}; // and the server, while there is none
let emit = null; // speaks over the connection, where it can

function setStatus(to) {
  status = to;
  for (const changed of watchers) changed();
}

export function restart() {
  fresh = false;
  wake();
}
onSession(restart);

// setWay changes how news arrive, setSending how votes and messages leave. The new way begins where the old one ended.
export function setWay(to) {
  store('way', way = to);
  wake();
}
export function setSending(to) {
  store('sending', sending = to);
}

export const canEmit = () => emit !== null; // the connection carries also what one says

// act says something over the socket if that is wanted and there is one, else by HTTP. Both return the same data.
export async function act(event, data, byHTTP) {
  const failed = acted(event, data, session?.user.id);
  try {
    return await (sending === 'socket' && emit && session ? emit(event, data) : byHTTP().then(answer => answer.data));
  } catch (error) {
    failed();
    throw error;
  }
}

// Whoever looks at the page, perhaps on a machine that slept, is told soon whether it is connected. So is one whose network is back.
const look = () => status === 'live' ? check() : knockNow();
addEventListener('online', look);
addEventListener('focus', look);
addEventListener('pageshow', ({ persisted }) => persisted && look()); // from the back-forward cache
document.addEventListener('visibilitychange', () => document.hidden || look());

// stayConnected never ends: fetch what is missing, listen as long as it goes, wait for the server, once more.
export async function stayConnected() {
  for (let failures = 0; ;) {
    try {
      if (ports.http === undefined) await findPorts();
      if (!fresh) await fetchAll();
      const before = way, opened = fresh && await listen();
      if (!fresh || way !== before) continue; // somebody joined, left or switched
      failures = opened ? 0 : failures + 1;
    } catch {
      failures++;
    }
    setStatus('away');
    await knock(failures);
  }
}

// The pause gets longer from try to try, but not on a page that somebody looks at. By chance it is more or less: a class should
// not come back all at once.
const pause = n => Math.min(500 * 2 ** n, document.hidden ? 15_000 : 1000) * (0.5 + Math.random());

// knock returns when the server has answered, on each port that is needed. What is asked over a dead line is never answered, and
// browsers keep lines to use them again: so each question is soon followed by the next, over another one.
let roundTrip = 1000; // ms, as measured last
function knock(failures) {
  // The port of sockets sends us to the page, which is an answer; WebSockets take a new line.
  let timer, api = false, sockets = way !== 'socketio';
  return new Promise(resolve => {
    const ask = () => {
      const began = performance.now(), limit = { signal: AbortSignal.timeout(4000) }; // a browser opens but six lines to a server
      const done = () => {
        roundTrip = performance.now() - began;
        if (api && sockets) resolve();
      };
      clearTimeout(timer);
      timer = setTimeout(ask, pause(failures++));
      const first = ports.http === undefined ? findPorts(limit) : send(apiAt('/api/events'), limit).then(r => { if (!r.ok) throw r; });
      first.then(() => { api = true; done(); }, () => {});
      if (!sockets && ports.ws) send(url('http', ports.ws, '/'), { mode: 'no-cors', ...limit }).then(() => { sockets = true; done(); }, () => {});
    };
    wake = knockNow = ask;
    timer = setTimeout(ask, pause(failures));
  }).finally(() => {
    clearTimeout(timer);
    wake = knockNow = () => {};
  });
}

// listen returns when the connection has ended: true if it was ever open. A way calls sign for all that it hears, and asks, with
// how to ask for an answer, and after how many seconds of silence that is to be done. Without one it has ended.
async function listen() {
  const end = new AbortController(), stop = () => end.abort();
  const limit = Math.min(15_000, Math.max(3000, 10 * roundTrip)); // to open
  let late = setTimeout(stop, limit), ask = () => {}, quiet = Infinity, silence;
  const now = action => (...args) => !end.signal.aborted && action(...args); // not of a way that has been left
  const sign = () => {
    clearTimeout(late);
    clearTimeout(silence);
    late = emit || status === 'live' ? null : setTimeout(stop, limit);
    if (quiet < Infinity) silence = setTimeout(check, quiet * 1000);
  };
  wake = stop;
  check = () => {
    if (late !== null) return;
    late = setTimeout(stop, 7000);
    ask();
  };
  try {
    return await ways[way](seq, { opened: now((...args) => { opened(...args); sign(); }), receive: now(receive), sign: now(sign),
      asks: (how, seconds = Infinity) => { [ask, quiet] = [how, seconds]; }, signal: end.signal });
  } finally {
    clearTimeout(late);
    clearTimeout(silence);
    check = () => {};
    emit = null;
  }
}

// opened: the connection hears. One that can speak says who we are, so that others see it, unless it has done so.
function opened(say = null, joined = false) {
  emit = say;
  setStatus('live');
  const token = session?.access_token;
  if (!say || !token || joined) return;
  say('user:join', { token }).catch(e => endBy(e, token));
}

let fetching = 0; // lists that are on their way
const held = []; // events that wait for them
export async function holdingEvents(action) {
  fetching++;
  return action().finally(() => --fetching || held.splice(0).forEach(handle));
}

// fetchAll asks for the seq first: what happens later comes as an event, and may be in the lists already.
export function fetchAll() {
  const mine = session;
  return holdingEvents(async () => {
    const now = (await api('GET', '/api/events')).data.seq;
    const asked = fetchers.length, shows = await Promise.all(fetchers.map(f => f()));
    if (session !== mine) return; // joined or left meanwhile
    for (const show of shows) show?.();
    seq = now;
    fresh = true;
    fetchers.slice(asked).forEach(fetchOne);
  });
}

// fetchOne is for a module that came when all else was here, or on its way.
function fetchOne(fetcher) {
  const mine = session;
  holdingEvents(async () => {
    const show = await fetcher();
    if (session === mine) show?.();
  }).catch(restart);
}

function receive(event) {
  heard(way, event);
  // We were away for too long, or the server has another database.
  if (event.event === 'resync') {
    fresh = false;
    fetchAll().catch(restart);
  } else if (fetching > 0) held.push(event);
  else handle(event);
}

function handle({ event, data, seq: number }) {
  if (!fresh || number <= seq) return; // all will be fetched, or it was here before
  seq = number ?? seq; // what is for us alone has none
  for (const handler of handlers[event] ?? []) handler(data);
}

// apply shows an answer only while no events come: they bring the same in the right order, and may have overtaken it.
export const apply = change => status !== 'live' && change();

// Other tabs share the session. What is one's own, votes and memos, the server tells nobody else.
export const tellTabs = () => store('own', Date.now());
