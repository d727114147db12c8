// How a JSON Schema is shown: the members of an object as a list, each with its type, limits and text, and below it,
// whatever it holds itself. A $ref is opened where it stands; its name leads to the list of all schemas, if there is one.

import { code, el, inline, pretty, prose } from './dom.js';
import { examples, follow, nameOf } from './spec.js';
import { said, t, text, word } from './words.js';

// type is 'integer', 'string | null', 'array of Option', or the one value that is allowed.
export function type(schema) {
  const s = follow(schema) ?? {};
  if (s.const !== undefined) return JSON.stringify(s.const);
  if (s.enum) return s.enum.map(value => JSON.stringify(value)).join(' | ');
  const name = [s.type ?? (s.properties ? 'object' : s.oneOf ? '' : t('any'))].flat().join(' | ');
  return (s.items ? `${name} [ ${nameOf(s.items) || type(s.items)} ]` : name) + (s.format ? ` (${s.format})` : '');
}

const range = (low, high, unit = '') =>
  low === undefined && high === undefined ? '' : `${low === high ? low : `${low ?? 0}–${high ?? ''}`}${unit}`;

// limits is the rest of what is allowed, in words.
export function limits(schema) {
  const s = follow(schema) ?? {};
  return [
    s.minimum !== undefined && s.maximum === undefined ? `≥ ${s.minimum}` : range(s.minimum, s.maximum),
    range(s.minLength, s.maxLength, s.format === 'password' ? t('bytes') : t('chars')),
    range(s.minItems, s.maxItems, t('elements')),
    s.uniqueItems && t('unique'),
    s.pattern && `${t('pattern')} ${s.pattern.replaceAll('\x1e', '\\x1e')}`,
    s.default !== undefined && `${t('default')} ${JSON.stringify(s.default)}`,
  ]
    .filter(Boolean)
    .join(', ');
}

// typed is a type and its limits; the name of a schema is a link where the page lists them.
export function typed(schema) {
  const name = nameOf(schema);
  return said(el('span', { class: 'faint' }), () => {
    const more = limits(schema);
    return [
      name && document.body.classList.contains('redoc') ? el('a', { href: `#schema/${name}` }, name) : name,
      name && ': ',
      el('code', { class: 'type' }, type(schema)),
      more && `, ${more}`,
    ];
  });
}

const member = (name, schema, required, seen) =>
  el(
    'li',
    {},
    el('code', { class: 'name' }, name),
    ' ',
    typed(schema),
    ' ',
    required ? word('b', 'required', { class: 'required' }) : '',
    nameOf(schema) && follow(schema).type !== 'object' ? '' : words(follow(schema)?.description),
    inside(schema, seen),
  );

// words are a text of the document.
export const words = (english, tag = 'div') => (english ? said(el(tag, { class: 'words' }), () => prose(text(english))) : '');

// alternative is one of a oneOf. Where it only chooses among the members of the whole it is told by these alone, such as
// option_id, or event: "vote:result" → Result.
function alternative(one, whole, seen) {
  const own = one.properties ?? {};
  if (one.type || !one.required || !Object.keys(own).every(key => whole.properties?.[key])) {
    return el('li', {}, typed(one), inside(one, seen));
  }
  const keys = one.required.map(key => (own[key]?.const === undefined ? key : `${key}: ${JSON.stringify(own[key].const)}`));
  return el('li', {}, el('code', {}, keys.join(', ')), own.data ? ' → ' : '', own.data ? typed(own.data) : '');
}

// inside is what an object or a list is made of; nothing for a simple value, nor for what stands in itself.
function inside(schema, seen) {
  const s = follow(schema) ?? {};
  if (schema?.$ref && seen.includes(schema.$ref)) return '';
  const below = schema?.$ref ? [...seen, schema.$ref] : seen;
  const lists = [];
  if (s.properties || typeof s.additionalProperties === 'object') {
    const members = Object.entries(s.properties ?? {}).map(([name, sub]) =>
      member(name, sub, s.required?.includes(name), below),
    );
    if (typeof s.additionalProperties === 'object') members.push(member('*', s.additionalProperties, false, below));
    if (members.length) lists.push(el('ul', { class: 'members' }, ...members));
    else lists.push(word('p', 'empty', { class: 'faint' }));
  }
  if (s.items) lists.push(inside(s.items, below));
  if (s.prefixItems)
    lists.push(
      el('ol', { class: 'members', start: 0 }, ...s.prefixItems.map((sub, i) => member(`[${i}]`, sub, i < s.minItems, below))),
    );
  if (s.oneOf) {
    lists.push(
      word('p', 'oneOf', { class: 'faint' }),
      el('ul', { class: 'members' }, ...s.oneOf.map(one => alternative(one, s, below))),
    );
  }
  const made = lists.filter(Boolean);
  return made.length ? el('div', {}, ...made) : '';
}

export const schemaView = schema =>
  el('div', { class: 'schema' }, el('p', {}, typed(schema)), words(follow(schema)?.description), inside(schema, []));

// parameters are the rows of what stands in the path, the query and the headers.
export const parameterView = p =>
  el(
    'li',
    {},
    el('code', { class: 'name' }, p.name),
    ' ',
    el('span', { class: 'faint' }, p.in),
    ' ',
    typed(p.schema),
    ' ',
    p.required ? word('b', 'required', { class: 'required' }) : '',
    words(p.description ?? follow(p.schema)?.description),
  );

// exampleViews are the examples of a media type.
export const exampleViews = media =>
  examples(media).flatMap(example => [
    example.name || example.summary ? said(el('p', { class: 'faint' }), () => text(example.summary ?? example.name)) : null,
    code(pretty(example.value)),
  ]);

// answerView is one of the answers that a call may get.
export function answerView(response, whole) {
  const headers = Object.entries(response.headers ?? {}).map(([name, header]) => ({ name, ...follow(header) }));
  return el(
    'details',
    { class: 'answer' },
    el(
      'summary',
      {},
      el('b', { class: `status s${response.status[0]}` }, response.status),
      ' ',
      said(el('span'), () => inline(text(response.description))),
    ),
    headers.length
      ? el(
          'div',
          {},
          word('h5', 'headers'),
          el(
            'ul',
            { class: 'members' },
            ...headers.map(h =>
              el(
                'li',
                {},
                el('code', { class: 'name' }, h.name),
                ' ',
                typed(h.schema),
                whole && h.example !== undefined ? el('code', {}, ` ${h.example}`) : '',
                words(h.description),
              ),
            ),
          ),
        )
      : '',
    ...Object.entries(response.content ?? {}).flatMap(([media, content]) => [
      el('h5', {}, el('code', {}, media)),
      el(
        'div',
        { class: 'pair' },
        whole && content.schema ? schemaView(content.schema) : null,
        el('div', {}, ...exampleViews(content)),
      ),
    ]),
  );
}
