// Small things that make nodes. Text always goes in as text, so that what people wrote can't become markup.
//
//   el('p', { class: 'faint', onclick: f }, 'a text, ', el('b', {}, 'a node'))
//   prose('A `code`, and **bold**.\n\n- a list')

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.filter(child => child != null));
  return node;
}

// inline makes nodes of a line with `code` and **bold**.
export const inline = text =>
  text
    .split(/(`[^`]+`|\*\*[^*]+\*\*)/)
    .filter(Boolean)
    .map(part =>
      part[0] === '`' && part.length > 2
        ? el('code', {}, part.slice(1, -1))
        : part.startsWith('**')
          ? el('b', {}, part.slice(2, -2))
          : part,
    );

// prose makes paragraphs and lists.
export const prose = text =>
  text.split('\n\n').map(block =>
    block.startsWith('- ')
      ? el(
          'ul',
          { class: 'dots' },
          ...block
            .slice(2)
            .split('\n- ')
            .map(line => el('li', {}, ...inline(line))),
        )
      : el('p', {}, ...inline(block)),
  );

// pretty writes a value as JSON, lists of numbers in one line, and a text as it is; U+001E between packets, which can't
// be seen, as its symbol.
export const pretty = value =>
  typeof value === 'string'
    ? value.replaceAll('\x1e', '␞')
    : JSON.stringify(value, null, 2).replace(/\[\n([-\d.,\s]+)\n *\]/g, (_, list) => `[${list.trim().replace(/\s+/g, ' ')}]`);

export const code = text => el('pre', { tabindex: 0 }, el('code', {}, text));

// copy works without a secure context, too: over http:// on a LAN address there is no navigator.clipboard.
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = el('textarea', { class: 'unseen' }),
      before = document.activeElement;
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand('copy');
    field.remove();
    before?.focus();
  }
}
