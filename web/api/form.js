// The small parts of forms: a labelled field, a choice, a text with a button that copies it.

import { code, copy, el } from './dom.js';
import { said, t, word } from './words.js';

let labels = 0;
export function field(name, input, ...more) {
  input.id = `field-${++labels}`;
  return el('div', { class: 'field' }, el('label', { for: input.id }, name), input, ...more);
}

// choice is a select; its values are the indices of the list.
export const choice = (list, label = value => value) =>
  el('select', {}, ...list.map((value, i) => said(el('option', { value: i }), () => label(value))));

export function copyButton(what, key = 'copy') {
  const button = word('button', key, {
    type: 'button',
    onclick: async () => {
      await copy(what());
      said(button, () => t('copied'));
      setTimeout(() => said(button, () => t(key)), 1500);
    },
  });
  return button;
}

// toCopy is a text with a heading and a button; set changes the text.
export function toCopy(key, start = '') {
  const it = code(start);
  return {
    box: el(
      'div',
      { class: 'copy' },
      word('h4', key),
      copyButton(() => it.textContent),
      it,
    ),
    set: text => {
      it.firstChild.textContent = text;
    },
  };
}
