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
import { centres, checkBytes, dataBytes, encode, formatBits, generator, interleave, penalty, room, svg, versionBits }
  from '../web/qr.js';

const zbarimg = process.env.ZBARIMG ?? 'zbarimg';
const noReader = spawnSync(zbarimg, ['--version']).error ? `there is no ${zbarimg}` : false;
const required = process.env.POLLWIRE_E2E === 'required';

const address = 'http://192.0.2.1:8080/';
const all = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const numbers = text => text.split(' ').map(Number);
const hex = text => text.split(' ').map(byte => parseInt(byte, 16));
const binary = (value, n) => value.toString(2).padStart(n, '0');
const bytes = text => new TextEncoder().encode(text);

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
    for (const [level, row] of Object.entries({
      L: '111011111000100 111001011110011 111110110101010 111100010011101 '
        + '110011000101111 110001100011000 110110001000001 110100101110110',
      M: '101010000010010 101000100100101 101111001111100 101101101001011 '
        + '100010111111001 100000011001110 100111110010111 100101010100000',
      Q: '011010101011111 011000001101000 011111100110001 011101000000110 '
        + '010010010110100 010000110000011 010111011011010 010101111101101',
      H: '001011010001001 001001110111110 001110011100111 001100111010000 '
        + '000011101100010 000001001010101 000110100001100 000100000111011',
    })) {
      assert.deepEqual(all(0, 7).map(mask => binary(formatBits(level, mask), 15)), row.split(' '), `level ${level}`);
    }
  });

  it('annex C: the format bits stand in the code, twice', () => {
    for (const [level, mask] of [['M', 5], ['Q', 2]]) {
      const { dark, size } = encode(address, { level, mask }), want = binary(formatBits(level, mask), 15);
      const read = places => places.map(([x, y]) => Number(dark(x, y))).join(''); // from the highest bit to the lowest
      const around = [...[0, 1, 2, 3, 4, 5, 7, 8].map(x => [x, 8]), ...[7, 5, 4, 3, 2, 1, 0].map(y => [8, y])];
      const apart = [...all(1, 7).map(d => [8, size - d]), ...all(1, 8).reverse().map(d => [size - d, 8])];
      assert.deepEqual([read(around), read(apart), dark(8, size - 8)], [want, want, true]);
    }
  });

  it('§6.3: three eyes with a light edge, and dotted lines between them', () => {
    const { dark, size } = encode(address), column = (x, from, to) => all(from, to).map(y => Number(dark(x, y))).join('');
    const row = (y, from, to) => all(from, to).map(x => Number(dark(x, y))).join('');
    const eye = ['11111110', '10000010', '10111010', '10111010', '10111010', '10000010', '11111110', '00000000'];
    assert.deepEqual(all(0, 7).map(y => row(y, 0, 7)), eye);
    assert.deepEqual(all(0, 7).map(y => row(y, size - 8, size - 1)), eye.map(line => [...line].reverse().join('')));
    assert.deepEqual(all(size - 8, size - 1).map(y => row(y, 0, 7)), eye.toReversed());
    assert.deepEqual([row(6, 8, size - 9), column(6, 8, size - 9)], Array(2).fill('10'.repeat(size).slice(0, size - 16)));
    assert.deepEqual(all(16, 20).map(y => row(y, 16, 20)), ['11111', '10001', '10101', '10001', '11111'], 'the small eye');
  });

  it('annex D: version bits', () => {
    assert.deepEqual([7, 8, 21, 40].map(version => binary(versionBits(version), 18)),
      ['000111110010010100', '001000010110111100', '010101011010000011', '101000110001101001']);
  });

  it('annex E: where the small eyes are', () => {
    const rows = { 1: [], 2: [6, 18], 6: [6, 34] };
    for (const row of ['7 6 22 38', '13 6 34 62', '14 6 26 46 66', '15 6 26 48 70', '16 6 26 50 74', '17 6 30 54 78',
      '18 6 30 56 82', '19 6 30 58 86', '20 6 34 62 90', '21 6 28 50 72 94', '22 6 26 50 74 98', '24 6 28 54 80 106',
      '28 6 26 50 74 98 122', '30 6 26 52 78 104 130', '31 6 30 56 82 108 134', '32 6 34 60 86 112 138',
      '33 6 30 58 86 114 142', '34 6 34 62 90 118 146', '35 6 30 54 78 102 126 150', '36 6 24 50 76 102 128 154',
      '37 6 28 54 80 106 132 158', '38 6 32 58 84 110 136 162', '39 6 26 54 82 110 138 166', '40 6 30 58 86 114 142 170']) {
      const [version, ...places] = numbers(row);
      rows[version] = places;
    }
    for (const [version, places] of Object.entries(rows)) {
      assert.deepEqual(centres(Number(version)), places, `version ${version}`);
    }
  });

  it('table 7: how many bytes there is room for', () => {
    for (const [version, ...most] of [[1, 17, 14, 11, 7], [2, 32, 26, 20, 14], [3, 53, 42, 32, 24], [4, 78, 62, 46, 34],
      [5, 106, 84, 60, 44], [6, 134, 106, 74, 58], [7, 154, 122, 86, 64], [9, 230, 180, 130, 98], [10, 271, 213, 151, 119],
      [40, 2953, 2331, 1663, 1273]]) {
      for (const [i, level] of [...'LMQH'].entries()) {
        const full = encode('x'.repeat(most[i]), { level, mask: 0 });
        assert.deepEqual([full.version, full.level, full.size], [version, level, 17 + 4 * version]);
        const more = () => encode('x'.repeat(most[i] + 1), { level, mask: 0 });
        if (version < 40) assert.equal(more().version, version + 1);
        else assert.throws(more, RangeError(`${most[i] + 1} bytes do not fit in a QR code of level ${level}`));
      }
    }
  });

  it('§7.4: data bits of ASCII, of UTF-8, and of what just fits', () => {
    assert.deepEqual(dataBytes(bytes('PagedOut!'), 1, 'M'), hex('40 95 06 16 76 56 44 F7 57 42 10 EC 11 EC 11 EC'));
    assert.deepEqual(dataBytes(bytes('한'), 1, 'M'), hex('71 A4 03 ED 95 9C 00 EC 11 EC 11 EC 11 EC 11 EC'));
    assert.deepEqual(dataBytes(bytes('1234567'), 1, 'H'), hex('40 73 13 23 33 43 53 63 70'));
    assert.deepEqual(dataBytes(bytes('é2345'), 1, 'H'), hex('71 A4 06 C3 A9 32 33 34 35')); // no room for 0000
    assert.deepEqual(dataBytes(bytes('x'), 10, 'H').slice(0, 5), hex('40 00 17 80 EC'));
  });

  it('§7.6: blocks of a code 5-Q, mixed', () => {
    const text = "There\\'s a frood who really knows where his towel is!";
    const mixed = interleave(dataBytes(bytes(text), 5, 'Q'), 5, 'Q');
    assert.equal(mixed.length, 134);
    assert.deepEqual(mixed.slice(0, 8), numbers('67 246 182 70 85 246 230 247'));
    const data = block => [...all(0, 14).map(i => mixed[4 * i + block]), ...(block < 2 ? [] : [mixed[58 + block]])];
    const checks = block => all(0, 17).map(i => mixed[62 + 4 * i + block]);
    assert.deepEqual(data(0), numbers('67 85 70 134 87 38 85 194 119 50 6 18 6 103 38'));
    assert.deepEqual(data(2), numbers('182 230 247 119 50 7 118 134 87 38 82 6 134 151 50 7'));
    assert.deepEqual(data(3), numbers('70 247 118 86 194 6 151 50 16 236 17 236 17 236 17 236'));
    assert.deepEqual(checks(0), numbers('213 199 11 45 115 247 241 223 229 248 154 117 154 111 86 161 111 39'));
    assert.deepEqual(checks(1), numbers('87 204 96 60 202 182 124 157 200 134 27 129 209 17 163 163 120 133'));
    assert.deepEqual(checks(2), numbers('148 116 177 212 76 133 75 242 238 76 195 230 189 10 108 240 192 141'));
  });

  it('§7.8: penalties, and the mask that has the smallest one', () => {
    const board = Array.from({ length: 7 }, (_, y) => (y % 2 ? '0101010' : '1010101'));
    assert.equal(penalty(board), 0);
    assert.equal(penalty(['1011101', ...board.slice(1)]), 2 * 40, 'the middle of an eye, light on both sides');
    assert.equal(penalty(Array(7).fill('0000000')), 14 * 5 + 36 * 3 + 10 * 10, 'runs of 7, squares, and 50 % too light');
    for (const text of [address, '한국어', 'x'.repeat(300)]) {
      const points = all(0, 7).map(mask => penalty(encode(text, { mask }).rows));
      assert.equal(points[encode(text).mask], Math.min(...points));
    }
  });
});

describe('encode', () => {
  it('raises the level if that costs nothing, and only when told to', () => {
    for (const [text, options, version, level] of [['x', {}, 1, 'M'], ['x', { raise: true }, 1, 'H'],
      ['x', { level: 'H', raise: true }, 1, 'H'], ['x'.repeat(17), { level: 'L', raise: true }, 1, 'L'],
      [address, { raise: true }, 2, 'M'], [address, { level: 'L', raise: true }, 2, 'M']]) {
      const code = encode(text, options);
      assert.deepEqual([code.version, code.level], [version, level]);
    }
  });

  it('says what it can’t do', () => {
    for (const level of ['X', 'constructor', null]) assert.throws(() => encode('x', { level }), RangeError);
    for (const mask of [8, -1, 'map', '1', null]) assert.throws(() => encode('x', { mask }), RangeError);
    assert.throws(() => encode('한'.repeat(800)), RangeError('2400 bytes do not fit in a QR code of level M'));
  });

  it('has nothing dark around the code', () => {
    const { dark, size } = encode(address);
    assert.deepEqual([[0, 0], [size - 1, 0], [0, size - 1]].map(at => dark(...at)), [true, true, true]);
    assert.deepEqual([[-1, 0], [0, -1], [size, 0], [0, size]].map(at => dark(...at)), [false, false, false, false]);
  });
});

describe('svg', () => {
  const draw = (...args) => {
    globalThis.document = { createElementNS: (ns, name) => ({
      ns, name, attributes: {}, children: [],
      setAttribute(key, value) { this.attributes[key] = String(value); },
      append(...nodes) { this.children.push(...nodes); },
    }) };
    try { return svg(...args); } finally { delete globalThis.document; }
  };

  it('is a white square and one path that is the code, four modules from the edge', () => {
    const root = draw(address, { title: 'Address', level: 'L', mask: 3 }), code = encode(address, { level: 'M', mask: 3 });
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

  it('is called what it says, where it has no title', () => {
    assert.equal(draw(address).attributes['aria-label'], address);
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

// readBack expects every text to be read as it was, given as [text, options].
function readBack(list) {
  const images = list.map(([text, options], i) => [`${String(i).padStart(4, '0')}.pgm`, picture(encode(text, options))]);
  assert.deepEqual(read(Object.fromEntries(images)).split('\n'), [...list.map(([text]) => text), '']);
}

const texts = [address, 'http://[2001:db8::1]:8080/', 'http://[::1]:80/', 'https://teacher.local:8443/?room=7#polls', '안녕하세요',
  'http://투표.한국/', '투표 주소: http://192.0.2.1:8080/', 'http://pollwire.example/%ED%88%AC', '👋🏽 👩‍👩‍👧 🇰🇷', 'é', 'Ω', 'ü', 'ÿ\u0080',
  '日本語', 'ｱｲｳ', 'Il était une fois, un noël', 'x', '0', '1234567890', 'ABC $%*+-./:', '<&>"\'\\', '\u007f~\t.'];

describe('zbarimg reads', { skip: !required && noReader }, () => {
  it('addresses and texts, of ASCII and of more', () => {
    readBack(texts.map(text => [text]));
    assert.equal(read({ 'lines.pgm': picture(encode('a\nb\n'), 3) }), 'a\nb\n\n');
  });

  it('all masks, at all levels', () => {
    for (const text of [address, texts[6].repeat(3)]) {
      readBack([...'LMQH'].flatMap(level => all(0, 7).map(mask => [text, { level, mask }])));
    }
  });

  it('all versions, full and with little in them, at all levels', () => {
    const most = (version, level) => room(version, level).data - (version < 10 ? 2 : 3); // the header takes 12 or 20 bits
    for (const level of 'LMQH') {
      const lengths = all(1, 40).flatMap(version => [version === 1 ? 1 : most(version - 1, level) + 1, most(version, level)]);
      const list = lengths.map(n => [`${level}${n}`.padEnd(n, 'http://[2001:db8::1]/ ').slice(0, n), { level, mask: n % 8 }]);
      assert.deepEqual(list.map(([text, options]) => encode(text, options).version), all(1, 40).flatMap(v => [v, v]));
      readBack(list);
    }
  });

  it('codes with a stain, the bigger the higher the level', () => {
    for (const [level, stain] of Object.entries({ L: 5, M: 8, Q: 11, H: 13 })) { // about two thirds of what it has to stand
      const text = 'x'.repeat(room(8, level).data - 2), { size, dark } = encode(text, { level });
      const stained = (x, y) => dark(x, y) !== (x >= 17 && y >= 17 && x < 17 + stain && y < 17 + stain);
      assert.equal(read({ 'stain.pgm': picture({ size, dark: stained }, 3) }), text + '\n', `level ${level}`);
    }
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
        document.body.append(svg(text, { title: 'Address of this page' }));
      }, { source: readFileSync(new URL('../web/qr.js', import.meta.url), 'utf8'), text: texts[6] });
      await page.getByRole('img', { name: 'Address of this page' }).waitFor();
      assert.equal(read({ 'page.png': await page.screenshot() }), texts[6] + '\n');
      await page.close();
    });
  }
});
