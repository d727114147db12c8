// A call is made, and its answer shown: status, time, headers, the body as it comes, and the filter of its connection.

import { code, el, inline, pretty } from './dom.js';
import { toCopy } from './form.js';
import { filter } from './spec.js';
import { said, t, text, word } from './words.js';

const shown = 64 << 10; // of a body, in characters: more would make the page slow

// underWay is what is being asked for, by the node in which its answer is to stand: a second request ends the first.
const underWay = new WeakMap();

// make makes a call and shows its answer in result, while it comes. learned gets its JSON, and a place for a remark.
export async function make(op, { method, url, headers, body, file, form }, { result, stop, send, learned }) {
  const state = el('p', { class: 'state', role: 'status' }), find = toCopy('filter'), abort = new AbortController();
  underWay.get(result)?.abort();
  underWay.set(result, abort);
  const latest = () => underWay.get(result) === abort;
  result.replaceChildren(word('h4', 'result'), state);
  if (file === null) return void said(state, () => t('noFile'));
  if (form) (body = new FormData()).append('file', file);
  stop.onclick = () => {
    abort.abort();
    send.focus();
  };
  stop.hidden = false;
  said(state, () => t('waiting'));
  const start = performance.now();
  try {
    const answer = await fetch(url, { method, headers, body: body ?? file, signal: abort.signal, cache: 'no-store' });
    const ms = Math.round(performance.now() - start);
    const port = /:(\d+)$/.exec(answer.headers.get('X-Client-Addr'))?.[1];
    const about =
      op.responses.find(r => r.status === String(answer.status)) ??
      op.responses.find(r => r.status === `${answer.status}`[0] + 'XX');
    said(state, () => [
      el('b', { class: `status s${`${answer.status}`[0]}` }, `${answer.status} ${answer.statusText}`.trim()),
      ` · ${ms} ms · `,
      ...(about ? inline(text(about.description)) : []),
      ...(answer.redirected ? [` (${t('redirected')} ${answer.url})`] : []),
    ]);
    find.set(filter(op, port));
    const more = el('p', { class: 'faint', role: 'status' }),
      out = code('');
    result.append(headersView(answer.headers), out, more, find.box);
    await readBody(answer, out, more, data => learned(data, more));
  } catch (error) {
    if (!latest()) return;
    const stopped = error.name === 'AbortError';
    const at = `${new URL(url).origin}/`;
    result.append(
      said(el('p', { class: stopped ? 'faint' : 'error', role: 'status' }), () =>
        stopped
          ? t('stopped')
          : [`${t('failed')} (${error.message}) ${t('open1')} `, el('a', { href: at, target: '_blank', rel: 'noopener' }, at)],
      ),
    );
    if (!state.querySelector('.status')) state.remove(); // nothing came that it could tell
  } finally {
    if (latest() && document.activeElement === stop) send.focus();
    if (latest()) stop.hidden = true;
  }
}

const headersView = headers =>
  el(
    'div',
    {},
    word('h5', 'headers'),
    el(
      'dl',
      { class: 'headers' },
      ...[...headers]
        .sort(([a], [b]) => (b === 'x-client-addr') - (a === 'x-client-addr'))
        .flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]),
    ),
  );

const firstBytes = head => head.slice(0, 256)
  .map((b, i) => b.toString(16).padStart(2, '0') + (i % 16 === 15 ? '\n' : ' ')).join('');

// readBody shows what comes while it comes, which a stream of events may never end to do, and JSON at its end once more.
async function readBody(answer, out, more, done) {
  const kind = answer.headers.get('Content-Type') ?? '', stream = kind.startsWith('text/event-stream');
  const asText = /^text\/|json|xml|javascript/.test(kind), decoder = new TextDecoder(), show = out.firstChild, head = [];
  let all = '', bytes = 0;
  if (stream) said(more, () => t('streaming'));
  for (const reader = answer.body?.getReader(); reader; ) {
    const { done: end, value } = await reader.read();
    if (end) break;
    bytes += value.length;
    if (head.length < 256) head.push(...value.slice(0, 256));
    if (!asText || all.length > 4 << 20) continue; // counted, not kept
    const piece = decoder.decode(value, { stream: true });
    if (show.textContent.length < shown) show.append(pretty(piece).slice(0, shown - show.textContent.length));
    all += piece;
  }
  const told = !bytes ? '' : !asText ? 'binary' : all.length > shown ? 'cut' : stream ? 'ended' : '';
  said(more, () => told && t(told, bytes));
  if (!bytes) return void said(show, () => t('noBody'));
  if (!asText) show.textContent = firstBytes(head);
  if (!/json/.test(kind) || all.length > shown) return;
  try {
    const data = JSON.parse(all);
    show.textContent = pretty(data);
    done(data);
  } catch { /* a part of one (206): it stays as it came */ }
}
