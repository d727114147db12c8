// The editor of a request's body: the example in a text field, one of several, of one of several types; or a file.

import { lazily } from './bar.js';
import { el, pretty } from './dom.js';
import { choice, field } from './form.js';
import { current } from './request.js';
import { schemaView, words } from './schema.js';
import { examples } from './spec.js';
import { text, word } from './words.js';

// bodyEditor returns its node and read, which is what is to be sent: {body, type, file, form}.
export function bodyEditor(op) {
  const types = Object.entries(op.requestBody.content),
    box = el('fieldset', {}, word('legend', 'body'));
  let [media, content] = types[0],
    area,
    file,
    which = 0;
  const values = () => examples(content).map(({ value }) => current(value));
  const write = value => (media.endsWith('urlencoded') ? String(new URLSearchParams(value)) : pretty(value));
  const refill = () => {
    if (area && !area.dataset.touched) area.value = write(values()[which] ?? '');
  };
  const draw = () => {
    which = 0;
    area = file = null;
    const rows = [];
    if (types.length > 1) {
      const select = choice(types, ([name]) => name);
      select.value = types.findIndex(([name]) => name === media);
      select.addEventListener('change', () => {
        [media, content] = types[select.value];
        draw();
        box.querySelector('select').focus();
        changed();
      });
      rows.push(field(word('span', 'type'), select));
    }
    if (media === 'multipart/form-data' || media === '*/*') {
      file = el('input', { type: 'file' });
      rows.push(field(word('span', 'file'), file));
    } else {
      const list = examples(content);
      area = el('textarea', {
        rows: Math.min(14, write(values()[0] ?? '').split('\n').length + 1),
        spellcheck: 'false',
        class: 'code',
      });
      area.addEventListener('input', () => {
        area.dataset.touched = 'yes';
      });
      if (list.length > 1) {
        const select = choice(list, ({ name, summary }) => text(summary ?? name));
        select.addEventListener('change', () => {
          which = Number(select.value);
          delete area.dataset.touched;
          refill();
          changed();
        });
        rows.push(field(word('span', 'example'), select));
      }
      rows.push(field(el('code', {}, media), area));
      refill();
    }
    box.replaceChildren(
      box.firstChild,
      ...rows,
      words(op.requestBody.description),
      content.schema ? lazily(el('details', {}, word('summary', 'schema')), () => [schemaView(content.schema)]) : '',
    );
  };
  const changed = () => box.dispatchEvent(new Event('input', { bubbles: true }));
  draw();
  return {
    box,
    refill,
    read: () => file ? { file: file.files[0] ?? null, form: media !== '*/*' }
      : { body: area.value.replaceAll('␞', '\x1e'), type: media },
  };
}
