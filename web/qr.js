// QR codes (ISO/IEC 18004:2015), so that a phone can read the page's address off the wall. Phones read; this only writes.
//
//	encode('http://192.0.2.1:8080/')      ->  { version: 2, mask: 6, rows: ['1111111...', ...] }
//	svg('http://192.0.2.1:8080/', title)  ->  an <svg> to append
//
// How a text becomes a picture, in the order of the functions below:
//
//	1. Data      what comes, how much, the bytes, and padding: EC 11 EC 11 ...
//	2. Version   the size: 1 has 21 modules (little squares) a side, 2 has 25, and so on. The smallest with room is taken.
//	3. Blocks    the bytes are cut into blocks, and each gets check bytes (Reed-Solomon), which mend half as many wrong ones:
//	             of all, some 15 % (level M; 7 % would be L, 25 % Q, 30 % H).
//	4. Mixing    the first bytes of all blocks come first, then all second ones: a stain hits every block a little.
//	5. Patterns  three big eyes show where the code is, a small one how it is bent, dotted lines how wide a module is.
//	6. Placement the bits fill what is left, two columns at a time, up and down, from right to left.
//	7. Mask      a rule turns bits over, so that nothing looks like an eye, or is all one colour. The best of eight is taken.
//	8. Format    15 bits beside the eyes, there twice, tell level and mask: 5 bits and 10 check bits.
//
// Left out, as addresses need none of it: versions from 7 on (6 has room for 106 bytes), texts with more than ASCII, denser modes
// for digits, capitals and kanji, the other levels.

// Table 9, for level M, by version: how many check bytes a block gets, and how many blocks there are.
const checksOf = [10, 16, 26, 18, 24, 16], blocksOf = [1, 1, 1, 2, 2, 4];

// encode makes the code of a text; tests also ask for a mask. rows are strings of 0 (light) and 1 (dark). A text that is too
// long is a RangeError.
export function encode(text, mask) {
  const bytes = new TextEncoder().encode(text), version = smallest(bytes), grid = patterns(version);
  place(grid, interleave(dataBytes(bytes, version), version));
  const codes = (mask === undefined ? [...masks.keys()] : [mask]).map(i => masked(grid, i));
  return { version, ...codes.reduce((a, b) => b.points < a.points ? b : a) };
}

// ---- 1, 2: data and version

function smallest(bytes) {
  for (let version = 1; version <= 6; version++) if (bytes.length + 2 <= room(version).data) return version; // 12 bits stand before
  throw new RangeError(`${bytes.length} bytes do not fit in a QR code`);
}

// room: bytes of data in all, blocks, and check bytes of each. Up to 7 modules are left over; they stay 0.
export function room(version) {
  const blocks = blocksOf[version - 1], checks = checksOf[version - 1];
  const free = patterns(version).taken.filter(taken => !taken).length;
  return { blocks, checks, data: (free >> 3) - blocks * checks };
}

// dataBytes (§7.4): 4 bits say that these are bytes, 8 how many; behind them 4 bits of 0, and padding.
export function dataBytes(bytes, version) {
  const { data } = room(version), values = [0b0100 << 8 | bytes.length, ...bytes];
  const bits = values.map((value, i) => value.toString(2).padStart(i ? 8 : 12, '0')).join('') + '0000';
  const out = bits.match(/.{8}/g).map(byte => parseInt(byte, 2));
  for (let pad = 0xec; out.length < data; pad ^= 0xec ^ 0x11) out.push(pad);
  return out;
}

// ---- 3, 4: check bytes, and mixing

// Bytes are numbers of GF(256): adding is XOR, doubling a shift, and what runs over is taken back by x^8 + x^4 + x^3 + x^2 + 1
// (0x11d). All but 0 are powers of 2, so multiplying is adding exponents.
const exp = [], log = [];
for (let i = 0, x = 1; i < 255; i++, x = x << 1 ^ (x & 0x80 ? 0x11d : 0)) {
  exp[i] = x;
  log[x] = i;
}
const times = (a, b) => a && b && exp[(log[a] + log[b]) % 255];

// generator is (x - 2^0)(x - 2^1) ... (x - 2^(n-1)), the highest power first (annex A).
export function generator(n) {
  let g = [1];
  for (let i = 0; i < n; i++) g = [...g, 0].map((c, k) => c ^ times(g[k - 1] ?? 0, exp[i]));
  return g;
}

// checkBytes are what is left when the data, as a polynomial, is divided by the generator (§7.5.2). So data and check bytes
// together divide evenly; if not, the rest tells a reader which bytes are wrong, and what they were.
export function checkBytes(data, n) {
  const g = generator(n), rest = [...data, ...Array(n).fill(0)];
  for (const i of data.keys()) {
    const factor = rest[i];
    g.forEach((c, k) => { rest[i + k] ^= times(c, factor); });
  }
  return rest.slice(data.length);
}

// interleave takes a byte of each block in turn, then so with the check bytes (§7.6). The last blocks may be a byte longer.
export function interleave(data, version) {
  const { blocks, checks } = room(version), parts = [], out = [];
  for (let i = 0, at = 0; i < blocks; i++) parts.push(data.slice(at, at += Math.floor((data.length + i) / blocks)));
  for (const list of [parts, parts.map(part => checkBytes(part, checks))]) {
    for (let i = 0; i < list.at(-1).length; i++) out.push(...list.filter(part => i < part.length).map(part => part[i]));
  }
  return out;
}

// ---- 5, 6: patterns and placement

// Grid holds the modules. Those of patterns are taken: no data goes there, and no mask changes them.
class Grid {
  constructor(size, modules = new Uint8Array(size ** 2), taken = new Uint8Array(size ** 2)) {
    Object.assign(this, { size, modules, taken });
  }

  take(x, y, dark) {
    if (x < 0 || y < 0 || x >= this.size || y >= this.size) return;
    this.modules[y * this.size + x] = dark;
    this.taken[y * this.size + x] = 1;
  }

  // eye draws rings around a centre, up to a distance, dark but for the light ones.
  eye(x, y, distance, ...light) {
    for (let dy = -distance; dy <= distance; dy++) {
      for (let dx = -distance; dx <= distance; dx++) {
        this.take(x + dx, y + dy, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))));
      }
    }
  }
}

function patterns(version) {
  const size = 17 + 4 * version, grid = new Grid(size);
  for (let i = 0; i < size; i++) [[i, 6], [6, i]].forEach(([x, y]) => grid.take(x, y, i % 2 === 0));
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) grid.eye(x, y, 4, 2, 4); // the outer light ring is its edge
  if (version > 1) grid.eye(size - 7, size - 7, 2, 1);
  format(grid, 0); // takes the place
  return grid;
}

// place goes through pairs of columns, the first upwards (§7.7.3). Column 6, a dotted line, is in no pair.
function place({ size, modules, taken }, bytes) {
  let i = 0, up = true;
  for (let right = size - 1; right > 0; right -= right === 8 ? 3 : 2, up = !up) {
    for (let n = 0; n < size; n++) {
      for (const at of [0, -1].map(d => (up ? size - 1 - n : n) * size + right + d)) {
        if (!taken[at]) modules[at] = bytes[i >> 3] >> (7 - i++ % 8) & 1;
      }
    }
  }
}

// ---- 7: masks

// Where these are true a bit is turned over (table 10).
const masks = [
  (x, y) => (x + y) % 2 === 0,
  (x, y) => y % 2 === 0,
  x => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0,
  (x, y) => x * y % 2 + x * y % 3 === 0,
  (x, y) => (x * y % 2 + x * y % 3) % 2 === 0,
  (x, y) => ((x + y) % 2 + x * y % 3) % 2 === 0,
];

function masked({ size, modules, taken }, mask) {
  const turned = modules.map((dark, i) => dark ^ (!taken[i] && masks[mask](i % size, Math.floor(i / size))));
  format(new Grid(size, turned), formatBits(mask));
  const rows = turned.join('').match(new RegExp(`.{${size}}`, 'g'));
  return { mask, rows, points: penalty(rows) };
}

// penalty counts what is hard to read (§7.8.3): long lines, and squares, of one colour; what looks like an eye; too much dark or
// light in all.
export function penalty(rows) {
  const columns = rows.map((_, x) => rows.map(row => row[x]).join('')), all = rows.join('');
  let points = 0;
  for (const line of [...rows, ...columns]) {
    for (const [run] of line.matchAll(/0{5,}|1{5,}/g)) points += run.length - 2;
    points += 40 * [...`0000${line}0000`.matchAll(/(?=00001011101|10111010000)/g)].length;
  }
  for (let y = 1; y < rows.length; y++) {
    for (let x = 1; x < rows.length; x++) {
      const sum = Number(rows[y][x]) + Number(rows[y][x - 1]) + Number(rows[y - 1][x]) + Number(rows[y - 1][x - 1]);
      if (sum % 4 === 0) points += 3;
    }
  }
  return points + 10 * Math.floor(Math.abs(100 * all.replaceAll('0', '').length / all.length - 50) / 5);
}

// ---- 8: format bits

// formatBits are the level (00 is M), the mask, and what is left when that is divided by a polynomial whose coefficients are bits
// (a BCH code). The XOR keeps them from being all 0 (§7.9.1).
export function formatBits(mask) {
  let rest = mask << 10;
  for (let i = 14; i >= 10; i--) if (rest >> i & 1) rest ^= 0b10100110111 << i - 10;
  return (mask << 10 | rest) ^ 0b101010000010010;
}

// format lays the bits down column 8 and along row 8, past the dotted lines. One module more is always dark.
function format(grid, bits) {
  for (let i = 0; i < 15; i++) {
    grid.take(8, i < 6 ? i : i < 8 ? i + 1 : grid.size - 15 + i, bits >> i & 1);
    grid.take(i < 8 ? grid.size - 1 - i : i === 8 ? 7 : 14 - i, 8, bits >> i & 1);
  }
  grid.take(8, grid.size - 8, 1);
}

// ---- the picture

// svg draws a code, dark on white whatever colours the page has, with the four light modules around it that readers need.
export function svg(text, title) {
  const { rows } = encode(text), side = rows.length + 8;
  const runs = rows.flatMap((row, y) => Array.from(row.matchAll(/1+/g), ({ 0: { length: n }, index: x }) => [x + 4, y + 4, n]));
  const d = runs.map(([x, y, n]) => `M${x} ${y}h${n}v1h-${n}z`).join('');
  const root = shape('svg', { viewBox: `0 0 ${side} ${side}`, 'shape-rendering': 'crispEdges', role: 'img', 'aria-label': title });
  root.append(shape('rect', { width: side, height: side, fill: '#fff' }), shape('path', { d, fill: '#000' }));
  return root;
}

function shape(name, attributes) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}
