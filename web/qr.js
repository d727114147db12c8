// QR codes (ISO/IEC 18004:2015), so that a phone can read the page's address off the wall. Phones read; this only writes.
//
//	encode('http://192.0.2.1:8080/')  ->  { version: 2, level: 'M', mask: 6, size: 25, rows: ['1111111...', ...], dark(x, y) }
//	svg('http://192.0.2.1:8080/', { title: 'The address of this page' })  ->  an <svg> to append
//
// How a text becomes a picture. The functions below stand in this order.
//
//	1. Data      what comes (4 bits: bytes), how many (8 or 16 bits), and the bytes. If there is more than ASCII, 12 bits before
//	             that say that it is UTF-8. Then zeros up to a whole byte, and padding: EC 11 EC 11 ...
//	2. Version   is the size, 1 to 40: 21, 25, 29 ... 177 modules (little squares) a side. The smallest that has room is taken.
//	3. Blocks    the bytes are cut into blocks, and each gets check bytes (Reed-Solomon). A reader can put right half as many
//	             bytes as there are check bytes: of all, some 7 % with level L, 15 % with M, 25 % with Q, 30 % with H.
//	4. Mixing    the first bytes of all blocks come first, then all second ones, and so on: a stain hits every block a little.
//	5. Patterns  three big eyes show where the code is, small eyes how it is bent, dotted lines how wide a module is.
//	6. Placement the bits fill what is left, two columns at a time, up and down, from right to left.
//	7. Mask      a rule says which bits are turned over, so that nothing looks like an eye, or is all one colour. There are
//	             eight rules. All are tried, and what has the smallest penalty stays.
//	8. Format    15 bits beside the eyes tell the level and the mask: 5 bits and 10 check bits, and all that twice.
//
// Left out: the denser modes for digits, capitals and kanji, which addresses gain little from; a text over several codes.

// What the standard fixes by a table (table 9), by version: how many check bytes a block gets (the last number goes for all
// versions after it, too), and how many blocks there are. bits are what the format bits call the level (table 12).
const table = text => text.split(' ').map(Number);
const levels = {
  L: { bits: 0b01, checks: table('7 10 15 20 26 18 20 24 30 18 20 24 26 30 22 24 28 30 28 28 28 28 30 30 26 28 30'), blocks:
    table('1 1 1 1 1 2 2 2 2 4 4 4 4 4 6 6 6 6 7 8 8 9 9 10 12 12 12 13 14 15 16 17 18 19 19 20 21 22 24 25') },
  M: { bits: 0b00, checks: table('10 16 26 18 24 16 18 22 22 26 30 22 22 24 24 28 28 26 26 26 26 28'), blocks:
    table('1 1 1 2 2 4 4 4 5 5 5 8 9 9 10 10 11 13 14 16 17 17 18 20 21 23 25 26 28 29 31 33 35 37 38 40 43 45 47 49') },
  Q: { bits: 0b11, checks: table('13 22 18 26 18 24 18 22 20 24 28 26 24 20 30 24 28 28 26 30 28 30 30 30 30 28 30'), blocks:
    table('1 1 2 2 4 4 6 6 8 8 8 10 12 16 12 17 16 18 21 20 23 23 25 27 29 34 34 35 38 40 43 45 48 51 53 56 59 62 65 68') },
  H: { bits: 0b10, checks: table('17 28 22 16 22 28 26 26 24 28 24 28 22 24 24 30 28 28 26 28 30 24 30'), blocks:
    table('1 1 2 4 4 4 5 6 8 8 11 11 16 16 18 16 19 21 25 25 25 34 30 32 35 37 40 42 45 48 51 54 57 60 63 66 70 74 77 81') },
};

// encode makes the code of a text. level is how much damage it has to stand; with raise, it stands more if that makes it no
// bigger. mask forces one of the eight. rows are strings of 0 and 1, and dark(x, y) tells of one module: 0, 0 is the top left,
// and around the code all is light. A text that does not fit, or what is no level or mask, is a RangeError.
export function encode(text, { level = 'M', raise = false, mask } = {}) {
  const tries = [...masks.keys()].filter(i => mask === undefined || mask === i);
  if (!tries.length) throw new RangeError(`a QR code has mask 0 to 7, not ${mask}`);
  if (!Object.hasOwn(levels, level)) throw new RangeError(`a QR code has level L, M, Q or H, not ${level}`);
  const bytes = new TextEncoder().encode(text), version = smallest(bytes, level);
  if (raise) level = [...'HQML'].find(l => l === level || fits(bytes, version, l));
  const grid = patterns(version);
  place(grid, interleave(dataBytes(bytes, version, level), version, level));
  const codes = tries.map(i => masked(grid, level, i));
  const best = codes.reduce((a, b) => b.points < a.points ? b : a);
  return { version, level, mask: best.mask, size: grid.size, rows: best.rows, dark: (x, y) => best.rows[y]?.[x] === '1' };
}

// ---- 1, 2: data and version

// header is what stands before the bytes, as [value, bits] (§7.4): that they are UTF-8 (mode 7, ECI 26; without it they are
// Latin-1, or whatever a reader guesses), that they are bytes (mode 4), and how many.
function header(bytes, version) {
  const utf8 = bytes.some(b => b > 0x7f) ? [[0b0111, 4], [26, 8]] : [];
  return [...utf8, [0b0100, 4], [bytes.length, version < 10 ? 8 : 16]];
}

function fits(bytes, version, level) {
  return header(bytes, version).reduce((sum, [, n]) => sum + n, 8 * bytes.length) <= 8 * room(version, level).data;
}

function smallest(bytes, level) {
  for (let version = 1; version <= 40; version++) if (fits(bytes, version, level)) return version;
  throw new RangeError(`${bytes.length} bytes do not fit in a QR code of level ${level}`);
}

// room tells how many bytes of data there are, in how many blocks, and how many check bytes each block has.
export function room(version, level) {
  const row = levels[level], blocks = row.blocks[version - 1], checks = row.checks[version - 1] ?? row.checks.at(-1);
  return { blocks, checks, data: totalBytes(version) - blocks * checks };
}

// totalBytes counts what the patterns leave of the modules. Up to 7 bits are left over; they stay 0.
function totalBytes(version) {
  const size = 17 + 4 * version, n = centres(version).length;
  let modules = size ** 2 - 3 * 8 ** 2 - 2 * (size - 16) - 31; // eyes with their edge, dotted lines, format bits
  if (n) modules -= 25 * (n ** 2 - 3) - 2 * 5 * (n - 2); // small eyes; one on a dotted line has five modules in common with it
  if (version >= 7) modules -= 2 * 18; // version bits
  return modules >> 3;
}

export function dataBytes(bytes, version, level) {
  const { data } = room(version, level);
  const values = [...header(bytes, version), ...Array.from(bytes, b => [b, 8])];
  let bits = values.map(([value, n]) => value.toString(2).padStart(n, '0')).join('');
  bits += '0000'.slice(0, 8 * data - bits.length); // that is the end, where there is room to say so
  const out = bits.match(/.{1,8}/g).map(byte => parseInt(byte.padEnd(8, '0'), 2));
  for (let pad = 0xec; out.length < data; pad ^= 0xec ^ 0x11) out.push(pad);
  return out;
}

// ---- 3, 4: check bytes, and mixing

// Bytes are numbers of the field GF(256), where adding is XOR. Each but 0 is a power of 2: doubling is a shift, and what runs
// over is taken back by x^8 + x^4 + x^3 + x^2 + 1 (0x11d). So multiplying is adding exponents.
const exp = [], log = [];
for (let i = 0, x = 1; i < 255; i++, x = x << 1 ^ (x & 0x80 ? 0x11d : 0)) {
  exp[i] = x;
  log[x] = i;
}
const times = (a, b) => a && b && exp[(log[a] + log[b]) % 255];

// generator is the polynomial (x - 2^0)(x - 2^1) ... (x - 2^(n-1)), with the highest power first (annex A).
export function generator(n) {
  let g = [1];
  for (let i = 0; i < n; i++) g = [...g, 0].map((c, k) => c ^ times(g[k - 1] ?? 0, exp[i]));
  return g;
}

// checkBytes are what is left when the data, as a polynomial, is divided by the generator (§7.5.2). So data and check bytes
// together divide evenly. If they do not, a reader finds out from the rest which bytes are wrong, and what they were.
export function checkBytes(data, n) {
  const g = generator(n), rest = [...data, ...Array(n).fill(0)];
  for (let i = 0; i < data.length; i++) {
    const factor = rest[i];
    g.forEach((c, k) => { rest[i + k] ^= times(c, factor); });
  }
  return rest.slice(data.length);
}

// interleave takes a byte of each block in turn, and then so with the check bytes (§7.6). If the data can't be cut into equal
// blocks, the last ones are a byte longer.
export function interleave(data, version, level) {
  const { blocks, checks } = room(version, level), parts = [], out = [];
  for (let i = 0, at = 0; i < blocks; i++) parts.push(data.slice(at, at += Math.floor((data.length + i) / blocks)));
  for (const list of [parts, parts.map(part => checkBytes(part, checks))]) {
    for (let i = 0; i < list.at(-1).length; i++) out.push(...list.filter(part => i < part.length).map(part => part[i]));
  }
  return out;
}

// ---- 5, 6: patterns and placement

// Grid is the modules. Where there is a pattern they are taken: no data goes there, and no mask changes them.
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

// centres are the rows, and the columns, at whose crossings small eyes stand (annex E): evenly from the far side on, an even
// number of modules apart, to suit the dotted lines. The first gap gets what is left; the 3/4 fit the rounding of the table.
export function centres(version) {
  const gaps = Math.floor(version / 7) + 1, step = 2 * Math.floor((4 * version + 4) / (2 * gaps) + 3 / 4);
  return version === 1 ? [] : [6, ...Array.from({ length: gaps }, (_, i) => 10 + 4 * version - step * (gaps - 1 - i))];
}

function patterns(version) {
  const size = 17 + 4 * version, grid = new Grid(size), rows = centres(version);
  for (let i = 0; i < size; i++) [[i, 6], [6, i]].forEach(([x, y]) => grid.take(x, y, i % 2 === 0));
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) grid.eye(x, y, 4, 2, 4); // the outer light ring is its edge
  for (const y of rows) {
    for (const x of rows) if (!grid.taken[(y + 1) * size + x + 1]) grid.eye(x, y, 2, 1); // not where a big eye is
  }
  format(grid, 0); // takes the place; what goes there is not known yet
  for (let i = 0, bits = versionBits(version); version >= 7 && i < 18; i++) {
    const a = size - 11 + i % 3, b = Math.floor(i / 3);
    [[a, b], [b, a]].forEach(([x, y]) => grid.take(x, y, bits >> i & 1));
  }
  return grid;
}

// place goes through pairs of columns, the first of them upwards (§7.7.3). Column 6, a dotted line, is in no pair.
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

// Where these are true, a bit is turned over (table 10).
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

function masked({ size, modules, taken }, level, mask) {
  const turned = modules.map((dark, i) => dark ^ (!taken[i] && masks[mask](i % size, Math.floor(i / size))));
  format(new Grid(size, turned), formatBits(level, mask));
  const rows = turned.join('').match(new RegExp(`.{${size}}`, 'g'));
  return { mask, rows, points: penalty(rows) };
}

// penalty counts what is hard to read (§7.8.3): in a line, five and more modules of one colour, and what looks like the middle
// of an eye with light beside it, if only that around the code; squares of one colour; too much dark or light in all.
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

// ---- 8: format bits, and version bits, which are made alike

// withChecks puts behind a value what is left when it is divided by a polynomial with bits for coefficients (a BCH code).
function withChecks(value, polynomial) {
  const degree = n => 31 - Math.clz32(n), n = degree(polynomial);
  let rest = value << n;
  while (rest >> n) rest ^= polynomial << degree(rest) - n;
  return value << n | rest;
}

// The XOR keeps the format bits from being all 0 (§7.9.1). Only from version 7 on there are version bits (§7.10).
export const formatBits = (level, mask) => withChecks(levels[level].bits << 3 | mask, 0b10100110111) ^ 0b101010000010010;
export const versionBits = version => withChecks(version, 0b1111100100101);

// format lays the bits along column 8, downwards, and along row 8, from the right, past the dotted lines, with a gap between
// the eyes. One module more is always dark.
function format(grid, bits) {
  for (let i = 0; i < 15; i++) {
    grid.take(8, i < 6 ? i : i < 8 ? i + 1 : grid.size - 15 + i, bits >> i & 1);
    grid.take(i < 8 ? grid.size - 1 - i : i === 8 ? 7 : 14 - i, 8, bits >> i & 1);
  }
  grid.take(8, grid.size - 8, 1);
}

// ---- the picture

// svg draws a code, dark on white whatever colours the page has, with the four light modules around it that readers need. title
// is for screen readers; the other options are those of encode, with raise. CSS gives the picture its size.
export function svg(text, { title = text, ...options } = {}) {
  const { size, rows } = encode(text, { raise: true, ...options }), side = size + 8;
  const runs = rows.flatMap((row, y) => Array.from(row.matchAll(/1+/g), run => [run.index + 4, y + 4, run[0].length]));
  const d = runs.map(([x, y, n]) => `M${x} ${y}h${n}v1h-${n}z`).join('');
  const look = { viewBox: `0 0 ${side} ${side}`, 'shape-rendering': 'crispEdges' };
  const root = element('svg', { ...look, role: 'img', 'aria-label': title });
  root.append(element('rect', { width: side, height: side, fill: '#fff' }), element('path', { d, fill: '#000' }));
  return root;
}

function element(name, attributes) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}
