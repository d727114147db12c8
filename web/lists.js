// Lists that come in pages: the newest first, older ones by a button.

import { api } from './api.js';
import { $, attempt, idOf, remove, show } from './dom.js';
import { holdingEvents, onFetch } from './live.js';

// Paged is one, in a section with a .list and a button .more. show puts one item where it belongs, wanted says whether to fetch
// at all, keep which nodes stay that are not among what comes.
export class Paged {
  constructor({ section, path, key, show, wanted = () => true, keep = () => false }) {
    Object.assign(this, { section: $(section), path, key, show, keep });
    this.list = $('.list', this.section);
    this.more = $('.more', this.section);
    this.more.onclick = () => attempt(this.section, () => holdingEvents(() => this.fetchOlder()));
    onFetch(async () => {
      if (!wanted()) return;
      const items = await this.fetchPage();
      return () => this.fill(items);
    });
  }

  async fetchPage(before) {
    const path = this.path + (before ? (this.path.includes('?') ? '&' : '?') + 'before=' + before : '');
    const { data } = await api('GET', path);
    show(this.more, data.next_before !== null);
    return data[this.key];
  }

  // fill shows a first page in place of what was there. What stays is not touched.
  fill(items) {
    const ids = new Set(items.map(i => i.id));
    for (const n of [...this.list.children]) if (!ids.has(idOf(n)) && !this.keep(n)) remove(n);
    this.draw(items);
  }

  async fetchOlder() {
    const shown = [...this.list.children].filter(n => !this.keep(n)).map(idOf); // a kept one may be far older
    const items = await this.fetchPage(shown.length && Math.min(...shown));
    const box = this.list.parentElement, fromEnd = box.scrollHeight - box.scrollTop;
    this.draw(items);
    box.scrollTop = box.scrollHeight - fromEnd; // what one was reading stays where it was
  }

  draw(items) { items.forEach(this.show); }

  clear() { this.list.replaceChildren(); }
}
