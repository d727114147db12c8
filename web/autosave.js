// A memo that saves itself while somebody types, and loses nothing.
//
//	typed, then a pause      POST  /api/memos {"content","poll_id"?}            201, ETag: "a"
//	typed on, then a pause   PATCH /api/memos/7 {"content"}, If-Match: "a"      200, ETag: "b"
//	another tab was first    PATCH /api/memos/7 {"content"}, If-Match: "b"      412; GET: its text and ETag, to choose from
//
// One request at a time per memo: what is typed meanwhile waits for its answer. Until the server has it, it is kept as a draft in
// localStorage. memos.js shows memos.

import { api, serverNow, session } from './api.js';
import { asStored, store, stored } from './dom.js';
import { onStatus, status } from './live.js';

const pause = 700; // ms after the last key

const unsaved = new Set(); // memos that hold what is not stored yet

// isPosted tells whether a stored memo is that of a POST of which only the answer was lost.
export const isPosted = (posted, content, at) => asStored(content) === asStored(posted.content) && Date.parse(at) > posted.at - 30_000;

export class Memo {
  id = null; // until it is stored for the first time
  text = ''; // as typed
  // As stored, when we last heard of it; what is typed now replaces this.
  saved = '';
  etag = null; // of saved, where known: lists have none
  at = ''; // updated_at
  state = ''; // saving, saved, failed, empty
  reason = ''; // why it failed
  // A conflict: {content, etag, at} as it is stored now; content is null if it was deleted.
  theirs = null;
  listeners = new Set();
  row = null; // in the list of memos.js
  draft = Math.random().toString(36).slice(2); // its name in localStorage
  // {content, at} of a POST that was not answered: it may have arrived or not.
  #posted = null;
  #owner = session.user.id;
  #timer;
  #failures = 0;
  #running = null;
  #asking = null;

  constructor(poll = null) { this.poll = poll; }

  get dirty() { return asStored(this.text) !== asStored(this.saved); }
  get path() { return '/api/memos/' + this.id; }

  #changed(change) {
    Object.assign(this, change);
    for (const listener of this.listeners) listener(this);
  }

  type(text) {
    this.text = text;
    this.#keep();
    if (this.id !== null && !this.etag) this.#version().then(etag => { this.etag ??= etag; }, () => {}); // soon it is needed
    this.#failures = 0;
    this.#later(pause);
    this.#changed({ state: this.dirty ? '' : this.id && 'saved' });
  }

  #later(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.save(), ms);
  }

  // keepalive is for a page that is being closed.
  save(keepalive = false) {
    clearTimeout(this.#timer);
    if (this.#running || this.theirs || !this.dirty || this.#owner !== session?.user.id) return this.#running;
    if (!this.text.trim()) return this.#changed({ state: this.id === null ? '' : 'empty' });
    this.#changed({ state: 'saving' });
    this.#running = this.#store(this.text, keepalive).then(() => this.#done(), e => this.#failed(e)).finally(() => {
      this.#running = null;
      if (this.dirty && this.state === 'saved') this.#later(pause); // typed meanwhile
    });
    return this.#running;
  }

  async #store(content, keepalive) {
    if (this.id === null && this.#posted) await this.#findPosted();
    if (this.id !== null && asStored(this.saved) === asStored(content)) return; // it had arrived
    if (this.id === null) return this.#post(content, keepalive);
    this.etag ??= await this.#version();
    const { data, etag } = await api('PATCH', this.path, { content }, { 'If-Match': this.etag }, { keepalive });
    this.#stored(content, data, etag);
  }

  async #post(content, keepalive) {
    this.#posted = { content, at: serverNow() };
    this.#keep();
    const { data, etag } = await api('POST', '/api/memos', { content, ...this.poll && { poll_id: this.poll } }, {}, { keepalive })
      .catch(e => {
        if (e.status) this.#posted = null; // it was refused
        throw e;
      });
    this.#stored(content, data, etag);
  }

  // The answer to a POST was lost. If it had arrived, a second one would make two of it.
  async #findPosted() {
    const { data } = await api('GET', '/api/memos?limit=20' + (this.poll ? '&poll_id=' + this.poll : ''));
    const found = data.memos.find(m => isPosted(this.#posted, m.content, m.created_at));
    if (found) this.#stored(this.#posted.content, found, null);
    this.#posted = null;
  }

  // #version is the ETag of the text that we know. If there is another text by now, another tab was first.
  #version() {
    return this.#asking ??= this.#fetch().then(now => {
      if (asStored(now.content) !== asStored(this.saved)) throw Object.assign(Error(), { theirs: now });
      return now.etag;
    }).finally(() => { this.#asking = null; });
  }

  async #fetch() {
    try {
      const { data, etag } = await api('GET', this.path);
      return { content: data.content, etag, at: data.updated_at };
    } catch (e) {
      if (e.status === 404) return { content: null };
      throw e;
    }
  }

  #stored(content, { id, updated_at }, etag) {
    this.#posted = null;
    Object.assign(this, { id, etag, saved: content, at: updated_at });
  }

  #done() {
    this.#failures = 0;
    this.#keep();
    this.#changed({ state: 'saved', reason: '' });
    store('memo', { id: this.id, at: this.at }); // tells the other tabs
  }

  async #failed(e) {
    if (e.status === 412 || e.status === 404) e.theirs = await this.#fetch().catch(() => null);
    if (e.theirs) return this.#conflict(e.theirs);
    const again = !e.status || e.status >= 500 || e.status === 429 || e.status === 412;
    if (again) this.#later(Math.min(1000 * 2 ** this.#failures++, 30_000));
    this.#changed({ state: 'failed', reason: e.message, again });
  }

  // What is stored may be our own text, where only the answer was lost, or still the text that we mean to replace.
  #conflict(theirs) {
    const same = asStored(theirs.content) === asStored(this.text);
    if (!same && asStored(theirs.content) !== asStored(this.saved)) return this.#changed({ state: '', theirs });
    this.#stored(theirs.content, { id: this.id, updated_at: theirs.at }, theirs.etag);
    if (same) this.#done();
    else this.#later(0);
  }

  keepMine() {
    const { content, etag, at } = this.theirs;
    if (content === null) Object.assign(this, { id: null, poll: null }); // its poll may be gone, too
    Object.assign(this, { theirs: null, saved: content ?? '', etag, at: at ?? '' });
    return this.save();
  }
  takeTheirs() {
    const { content, etag, at } = this.theirs;
    Object.assign(this, { text: content ?? '', saved: content ?? '', etag, at });
    this.#keep();
    this.#changed({ theirs: null, state: 'saved' });
  }

  // heard takes what the server has stored. What is being typed stays: a conflict shows when it is saved.
  heard({ id, content, poll_id, updated_at }, etag = null) {
    if (this.#running || updated_at < this.at) return; // an answer that was overtaken
    this.poll = poll_id;
    if (this.theirs) this.theirs = { content, etag: etag ?? this.theirs.etag, at: updated_at };
    else if (!this.dirty) {
      const etagNow = etag ?? (updated_at === this.at ? this.etag : null);
      Object.assign(this, { id, text: content, saved: content, etag: etagNow, at: updated_at, state: 'saved' });
    }
    this.#changed();
  }

  // remove returns how to bring it back.
  async remove() {
    await this.#running;
    if (this.id !== null) await api('DELETE', this.path).catch(e => { if (e.status !== 404) throw e; });
    const { id, text, saved, poll } = this;
    this.forget();
    store('memo', { id, at: Date.now() });
    return () => Object.assign(new Memo(poll), { text: text.trim() ? text : saved });
  }

  forget() {
    clearTimeout(this.#timer);
    this.text = this.saved = '';
    this.#posted = null;
    this.#keep();
  }

  #keep() {
    const { id, poll, text, saved, etag } = this, needed = (this.dirty && text.trim()) || this.#posted;
    unsaved[needed ? 'add' : 'delete'](this);
    store(`draft.${this.#owner}.${this.draft}`, needed ? { id, poll, text, saved, etag, posted: this.#posted } : null);
  }

  static restore(name, { posted, ...draft }) {
    const memo = Object.assign(new Memo(), draft);
    memo.draft = name;
    memo.#posted = posted;
    unsaved.add(memo);
    return memo;
  }
}

// orphans are this person's drafts that no tab holds any more, as after a reload or a crash: [[name, draft], ...]. The tabs are
// asked, and have a moment to answer.
const tabs = new BroadcastChannel('pollwire.drafts');
tabs.addEventListener('message', ({ data }) => {
  if (data === 'whose?') tabs.postMessage([...unsaved].map(memo => memo.draft));
});
export async function orphans() {
  const prefix = `draft.${session.user.id}.`, held = new Set();
  const keys = Object.keys(localStorage).filter(key => key.startsWith('pollwire.' + prefix)); // later ones have a tab
  const hear = ({ data }) => Array.isArray(data) && data.forEach(name => held.add(name));
  tabs.addEventListener('message', hear);
  tabs.postMessage('whose?');
  await new Promise(resolve => setTimeout(resolve, 300));
  tabs.removeEventListener('message', hear);
  for (const memo of unsaved) held.add(memo.draft);
  const names = keys.map(key => key.slice(9 + prefix.length)).filter(name => !held.has(name));
  return names.map(name => [name, stored(prefix + name)]).filter(([, draft]) => draft);
}

const saveAll = keepalive => { for (const memo of unsaved) memo.save(keepalive); };
onStatus(() => status === 'live' && saveAll(false));
addEventListener('pagehide', () => saveAll(true));
document.addEventListener('visibilitychange', () => document.hidden && saveAll(true));
