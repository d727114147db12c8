// The page's QR codes: against what the standard and others' worked examples say, and read back by somebody else's reader.
//
// The reader is zbarimg of ZBar (Debian: zbar-tools); ZBARIMG names another binary. What a browser makes of the picture needs
// Chromium, too. Without them these tests are skipped; where POLLWIRE_E2E is "required", they fail.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { chromium } from 'playwright-core';
import { binary as executablePath, missing as noChromium } from './chromium.mjs';
import { checkBytes, dataBytes, encode, formatBits, generator, interleave, penalty, room, svg } from '../../web/qr.js';

const zbarimg = process.env.ZBARIMG ?? 'zbarimg';
const noReader = spawnSync(zbarimg, ['--version']).error ? `there is no ${zbarimg}` : false;
const required = process.env.POLLWIRE_E2E === 'required';

const address = 'http://192.0.2.1:8080/';
const all = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const numbers = text => text.split(' ').map(Number);
const hex = text => text.split(' ').map(byte => parseInt(byte, 16));
const binary = (value, n) => value.toString(2).padStart(n, '0');
const bytes = text => new TextEncoder().encode(text);

// draw is encode, with dark(x, y) to tell of one module: 0, 0 is the top left, and around the code all is light.
const draw = (text, mask) => {
  const code = encode(text, mask);
  return { ...code, size: code.rows.length, dark: (x, y) => code.rows[y]?.[x] === '1' };
};

describe('the standard, ISO/IEC 18004', () => {
  it('annex A: generator polynomials', () => {
    let power = 1;
    const powers = all(0, 254).map(() => { const now = power; power = power * 2 ^ (power > 127 ? 285 : 0); return now; });
    for (const [n, exponents] of [[7, '0 87 229 146 149 238 102 21'], [10, '0 251 67 46 61 118 70 64 94 32 45'],
      [13, '0 74 152 176 100 86 100 106 104 130 218 206 140 78']]) {
      assert.deepEqual(generator(n), numbers(exponents).map(e => powers[e]), `${n} check bytes`);
    }
  });

  it('annex I: the check bytes of its example', () => {
    const data = hex('10 20 0C 56 61 80 EC 11 EC 11 EC 11 EC 11 EC 11');
    assert.deepEqual(checkBytes(data, 10), hex('A5 24 D4 C1 ED 36 C7 87 2C 55'));
  });

  it('annex C: format bits', () => {
    const ofLevelM = '101010000010010 101000100100101 101111001111100 101101101001011 '
      + '100010111111001 100000011001110 100111110010111 100101010100000';
    assert.deepEqual(all(0, 7).map(mask => binary(formatBits(mask), 15)), ofLevelM.split(' '));
  });

  it('annex C: the format bits stand in the code, twice', () => {
    for (const mask of [5, 2]) {
      const { dark, size } = draw(address, mask), want = binary(formatBits(mask), 15);
      const read = places => places.map(([x, y]) => Number(dark(x, y))).join(''); // from the highest bit to the lowest
      const around = [...[0, 1, 2, 3, 4, 5, 7, 8].map(x => [x, 8]), ...[7, 5, 4, 3, 2, 1, 0].map(y => [8, y])];
      const apart = [...all(1, 7).map(d => [8, size - d]), ...all(1, 8).reverse().map(d => [size - d, 8])];
      assert.deepEqual([read(around), read(apart), dark(8, size - 8)], [want, want, true]);
    }
  });

  it('§6.3: three eyes with a light edge, and dotted lines between them', () => {
    const { dark, size } = draw(address), column = (x, from, to) => all(from, to).map(y => Number(dark(x, y))).join('');
    const row = (y, from, to) => all(from, to).map(x => Number(dark(x, y))).join('');
    const eye = ['11111110', '10000010', '10111010', '10111010', '10111010', '10000010', '11111110', '00000000'];
    assert.deepEqual(all(0, 7).map(y => row(y, 0, 7)), eye);
    assert.deepEqual(all(0, 7).map(y => row(y, size - 8, size - 1)), eye.map(line => [...line].reverse().join('')));
    assert.deepEqual(all(size - 8, size - 1).map(y => row(y, 0, 7)), eye.toReversed());
    assert.deepEqual([row(6, 8, size - 9), column(6, 8, size - 9)], Array(2).fill('10'.repeat(size).slice(0, size - 16)));
    assert.deepEqual(all(16, 20).map(y => row(y, 16, 20)), ['11111', '10001', '10101', '10001', '11111'], 'the small eye');
  });

  it('table 7: how many bytes there is room for', () => {
    for (const [version, most] of [[1, 14], [2, 26], [3, 42], [4, 62], [5, 84], [6, 106]]) {
      const full = draw('x'.repeat(most), 0), more = () => encode('x'.repeat(most + 1), 0);
      assert.deepEqual([full.version, full.size], [version, 17 + 4 * version]);
      if (version < 6) assert.equal(more().version, version + 1);
      else assert.throws(more, RangeError('107 bytes do not fit in a QR code'));
    }
  });

  it('§7.4: data bits, of what has room to spare and of what just fits', () => {
    assert.deepEqual(dataBytes(bytes('PagedOut!'), 1), hex('40 95 06 16 76 56 44 F7 57 42 10 EC 11 EC 11 EC'));
    assert.deepEqual(dataBytes(bytes('12345678901234'), 1), hex('40 E3 13 23 33 43 53 63 73 83 93 03 13 23 33 40'));
  });

  it('§7.6: the four blocks of a code 6-M, mixed', () => {
    const blocks = [all(0, 26), all(27, 53), all(54, 80), all(81, 107)], mixed = interleave(all(0, 107), 6);
    assert.equal(mixed.length, 108 + 4 * 16);
    for (const [i, block] of blocks.entries()) {
      assert.deepEqual(all(0, 26).map(n => mixed[4 * n + i]), block);
      assert.deepEqual(all(0, 15).map(n => mixed[108 + 4 * n + i]), checkBytes(block, 16));
    }
  });

  it('§7.8: penalties, and the mask that has the smallest one', () => {
    const board = Array.from({ length: 7 }, (_, y) => (y % 2 ? '0101010' : '1010101'));
    assert.equal(penalty(board), 0);
    assert.equal(penalty(['1011101', ...board.slice(1)]), 2 * 40, 'the middle of an eye, light on both sides');
    assert.equal(penalty(Array(7).fill('0000000')), 14 * 5 + 36 * 3 + 10 * 10, 'runs of 7, squares, and 50 % too light');
    for (const text of [address, 'x'.repeat(100)]) {
      const points = all(0, 7).map(mask => penalty(encode(text, mask).rows));
      assert.equal(points[encode(text).mask], Math.min(...points));
    }
  });
});

describe('encode', () => {
  it('says what it can’t do', () => {
    assert.throws(() => encode('x'.repeat(200)), RangeError('200 bytes do not fit in a QR code'));
  });
});

describe('svg', () => {
  const svgOf = (...args) => {
    globalThis.document = { createElementNS: (ns, name) => ({
      ns, name, attributes: {}, children: [],
      setAttribute(key, value) { this.attributes[key] = String(value); },
      append(...nodes) { this.children.push(...nodes); },
    }) };
    try { return svg(...args); } finally { delete globalThis.document; }
  };

  it('is a white square and one path that is the code, four modules from the edge', () => {
    const root = svgOf(address, 'Address'), code = draw(address);
    const [rect, path] = root.children, side = String(code.size + 8);
    assert.deepEqual(root.attributes,
      { viewBox: `0 0 ${side} ${side}`, 'shape-rendering': 'crispEdges', role: 'img', 'aria-label': 'Address' });
    assert.deepEqual([root, ...root.children].map(n => n.name), ['svg', 'rect', 'path']);
    for (const { ns } of [root, rect, path]) assert.equal(ns, 'http://www.w3.org/2000/svg');
    assert.deepEqual([rect.attributes, path.attributes.fill], [{ width: side, height: side, fill: '#fff' }, '#000']);
    const dark = new Set();
    const rest = path.attributes.d.replace(/M(\d+) (\d+)h(\d+)v1h-\3z/g, (_, x, y, n) => {
      for (const i of all(0, n - 1)) dark.add(`${Number(x) + i} ${y}`);
      return '';
    });
    assert.equal(rest, '');
    for (const y of all(0, side - 1)) {
      for (const x of all(0, side - 1)) assert.equal(dark.has(`${x} ${y}`), code.dark(x - 4, y - 4), `${x} ${y}`);
    }
  });
});

// read has images (file names and contents) read all at once: each that is read is a line.
function read(images) {
  const folder = mkdtempSync(join(tmpdir(), 'qr-'));
  try {
    const files = Object.keys(images).map(name => join(folder, name));
    Object.values(images).forEach((image, i) => writeFileSync(files[i], image));
    const options = ['--raw', '-q', '--nodbus', '-Sdisable', '-Sqrcode.enable'];
    const { stdout, stderr, error } = spawnSync(zbarimg, [...options, ...files], { encoding: 'utf8' });
    assert.ifError(error);
    assert.equal(stderr, '');
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// picture draws a code as a grey map (PGM), each module scale pixels wide, with its light edge.
function picture({ size, dark }, scale = 2) {
  const side = (size + 8) * scale, pixels = Buffer.alloc(side ** 2, 255), module = n => Math.floor(n / scale) - 4;
  for (let i = 0; i < side ** 2; i++) if (dark(module(i % side), module(Math.floor(i / side)))) pixels[i] = 0;
  return Buffer.concat([Buffer.from(`P5 ${side} ${side} 255\n`), pixels]);
}

// readBack expects every text to be read as it was, given as [text, mask].
function readBack(list) {
  const images = list.map(([text, mask], i) => [`${String(i).padStart(4, '0')}.pgm`, picture(draw(text, mask))]);
  assert.deepEqual(read(Object.fromEntries(images)).split('\n'), [...list.map(([text]) => text), '']);
}

const texts = [address, 'http://[2001:db8::1]:8080/', 'http://[::1]:80/', 'https://teacher.local:8443/#/polls/7',
  'http://pollwire.example/%ED%88%AC', 'x', '0', '1234567890', 'ABC $%*+-./:', '<&>"\'\\', '\u007f~\t.'];

describe('zbarimg reads', { skip: !required && noReader }, () => {
  it('addresses and other texts', () => {
    readBack(texts.map(text => [text]));
    assert.equal(read({ 'lines.pgm': picture(draw('a\nb\n'), 3) }), 'a\nb\n\n');
  });

  it('all masks', () => {
    readBack([address, texts[4].repeat(3)].flatMap(text => all(0, 7).map(mask => [text, mask])));
  });

  it('all versions, full and with little in them', () => {
    const most = version => room(version).data - 2; // 12 bits stand before, and 4 behind
    const lengths = all(1, 6).flatMap(version => [version === 1 ? 1 : most(version - 1) + 1, most(version)]);
    const list = lengths.map(n => [`${n}`.padEnd(n, 'http://[2001:db8::1]/ ').slice(0, n), n % 8]);
    assert.deepEqual(list.map(([text, mask]) => encode(text, mask).version), all(1, 6).flatMap(v => [v, v]));
    readBack(list);
  });

  it('a code with a stain', () => {
    const text = 'x'.repeat(room(6).data - 2), { size, dark } = draw(text);
    const stained = (x, y) => dark(x, y) !== (x >= 17 && y >= 17 && x < 24 && y < 24); // some two thirds of what it can stand
    assert.equal(read({ 'stain.pgm': picture({ size, dark: stained }, 3) }), text + '\n');
  });
});

describe('in Chromium, zbarimg reads', { skip: !required && (noReader || noChromium) }, () => {
  let browser;
  before(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] });
  });
  after(() => browser?.close());

  for (const look of [{ colorScheme: 'light' }, { colorScheme: 'dark' }, { colorScheme: 'dark', forcedColors: 'active' }]) {
    it(`the picture, which has a name: ${Object.values(look).join(', ')}`, async () => {
      const page = await browser.newPage({ ...look, viewport: { width: 400, height: 400 } });
      await page.setContent(`<!DOCTYPE html><meta name="color-scheme" content="light dark">
        <style>body { margin: 40px } svg { width: 200px }</style>`);
      await page.evaluate(async ({ source, text }) => {
        const { svg } = await import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
        document.body.append(svg(text, 'Address of this page'));
      }, { source: readFileSync(new URL('../../web/qr.js', import.meta.url), 'utf8'), text: texts[4] });
      await page.getByRole('img', { name: 'Address of this page' }).waitFor();
      assert.equal(read({ 'page.png': await page.screenshot() }), texts[4] + '\n');
      await page.close();
    });
  }
});
