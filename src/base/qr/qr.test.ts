import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { qrCode, qrPng, QR_BYTES_MAX } from './index.ts';

const HAS_ZBAR = spawnSync('zbarimg', ['--version']).status === 0;
const skip = HAS_ZBAR ? false : 'zbarimg, which would read the codes, is not installed';

/** What an independent reader sees in the picture. */
function read(png: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'qr-'));
  try {
    const file = join(folder, 'code.png');
    writeFileSync(file, png);
    const ran = spawnSync('zbarimg', ['--quiet', '--raw', '-Sdisable', '-Sqrcode.enable', file], {
      encoding: 'utf8',
    });
    assert.equal(ran.status, 0, ran.stderr);
    return ran.stdout.replace(/\n$/, '');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const SEED = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.repeat(2);

test('a reader that is not ours reads every size', { skip }, () => {
  const link = `otpauth://totp/bob@123456789012?secret=${SEED}`;
  assert.equal(read(qrPng(qrCode(link))), link);
  // One more byte than the version before holds, and as many as this one does.
  for (const length of [1, 14, 15, 26, 27, 122, 123, 180, 181, 213, 214, 412, 413, 1000, 1990]) {
    const text = Array.from({ length }, (_, index) => String.fromCharCode(33 + (index % 90)));
    assert.equal(read(qrPng(qrCode(text.join('')))), text.join(''), `${length} bytes`);
  }
});

test('it reads texts that want different masks', { skip }, () => {
  for (let index = 0; index < 24; index += 1) {
    const text = `https://example.com/${index}/${'x'.repeat(index)}`;
    assert.equal(read(qrPng(qrCode(text))), text);
  }
});

test('a code is drawn to the module as one that was read', () => {
  const code = qrCode('Coffer');
  const rows = Array.from({ length: code.size }, (_, y) =>
    Array.from({ length: code.size }, (_, x) => (code.isDark(x, y) ? '#' : '.')).join(''),
  );
  assert.deepEqual(rows, KNOWN);
});

test('the picture is a PNG of one bit a pixel whose lines are as long as its header says', () => {
  const png = Buffer.from(qrPng(qrCode('x')));
  assert.equal(png.subarray(1, 4).toString(), 'PNG');
  const side = png.readUInt32BE(16);
  assert.equal(side, (21 + 8) * 6);
  const length = png.readUInt32BE(33);
  assert.equal(png.subarray(37, 41).toString(), 'IDAT');
  const lines = inflateSync(png.subarray(41, 41 + length));
  assert.equal(lines.length, side * (1 + Math.ceil(side / 8)));
});

test('what no code holds is refused', () => {
  assert.equal(QR_BYTES_MAX, 2331);
  assert.equal(qrCode('x'.repeat(QR_BYTES_MAX)).size, 177);
  assert.throws(() => qrCode('x'.repeat(QR_BYTES_MAX + 1)), /holds 2331 bytes/);
});

const KNOWN = [
  '#######.##.##.#######',
  '#.....#.##....#.....#',
  '#.###.#...##..#.###.#',
  '#.###.#.#...#.#.###.#',
  '#.###.#...#...#.###.#',
  '#.....#.......#.....#',
  '#######.#.#.#.#######',
  '........##...........',
  '#.##.###......#..#.##',
  '##..#..####.#..#.#..#',
  '#.....###...#####.###',
  '.#..##..#.#.##...#..#',
  '#.##..##..##.#..#....',
  '........#.#..#......#',
  '#######.###..##.#.#..',
  '#.....#.###########.#',
  '#.###.#....#..#..####',
  '#.###.#.##...#.#.#.#.',
  '#.###.#.####.#.......',
  '#.....#....##.##....#',
  '#######.##.##..##.#..',
];
