import { assert } from '../assert.ts';
import { utf8 } from '../bytes.ts';
import { capacity, codewords, VERSION_MAX } from './codewords.ts';
import { blankModules, drawFormat, type Modules } from './modules.ts';

/** A square of modules, each dark or light, without the quiet zone round it. */
export type QrCode = Pick<Modules, 'size' | 'isDark'>;

/** The most bytes that a code holds at level M. */
export const QR_BYTES_MAX = capacity(VERSION_MAX);

/** Masks by their reference, true where a data module is inverted (ISO/IEC 18004, table 10). */
const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** The smallest QR code of a text, in byte mode at level M. At most `QR_BYTES_MAX` bytes of UTF-8. */
export function qrCode(text: string): QrCode {
  const bytes = utf8(text);
  assert(bytes.byteLength <= QR_BYTES_MAX, `A QR code holds ${QR_BYTES_MAX} bytes`);
  let version = 1;
  while (capacity(version) < bytes.byteLength) version += 1;
  const data = codewords(bytes, version);
  const drawn = MASKS.map((isInverted, mask) => {
    const modules = blankModules(version);
    drawData(modules, data, isInverted);
    drawFormat(modules, mask);
    return { modules, penalty: penaltyOf(modules) };
  });
  return drawn.reduce((best, one) => (one.penalty < best.penalty ? one : best)).modules;
}

/** In columns of two from the right, by turns upwards and downwards, over what is not fixed. */
function drawData(
  modules: Modules,
  data: Uint8Array,
  isInverted: (x: number, y: number) => boolean,
): void {
  const { size } = modules;
  let bit = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    // The column of the timing does not count.
    if (right === 6) right = 5;
    const isUpward = ((right + 1) & 2) === 0;
    for (let step = 0; step < size; step += 1) {
      const y = isUpward ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (modules.isFixed(x, y)) continue;
        // Past the last codeword the remaining bits are zero.
        const isOne = (((data[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1;
        bit += 1;
        modules.set(x, y, isOne !== isInverted(x, y));
      }
    }
  }
}

const LIKE_A_FINDER = /(?=00001011101|10111010000)/g;
const RUN = /0{5,}|1{5,}/g;

/** How hard a code is to read: long runs, squares, likeness to finders, imbalance (section 7.8.3). */
function penaltyOf(modules: Modules): number {
  const indexes = Array.from({ length: modules.size }, (_, index) => index);
  const line = (isDark: (index: number) => boolean) =>
    indexes.map((index) => (isDark(index) ? '1' : '0')).join('');
  const rows = indexes.map((y) => line((x) => modules.isDark(x, y)));
  const columns = indexes.map((x) => line((y) => modules.isDark(x, y)));
  let penalty = 0;
  for (const text of [...rows, ...columns]) {
    for (const [run] of text.matchAll(RUN)) penalty += run.length - 2;
    penalty += 40 * [...text.matchAll(LIKE_A_FINDER)].length;
  }
  for (const [y, row] of rows.entries()) {
    const next = rows[y + 1] ?? '';
    for (let x = 0; x + 1 < next.length; x += 1) {
      const square = row.slice(x, x + 2) + next.slice(x, x + 2);
      if (square === '0000' || square === '1111') penalty += 3;
    }
  }
  const darkShare = rows.join('').replaceAll('0', '').length / modules.size ** 2;
  return penalty + 10 * Math.floor(Math.abs(darkShare - 0.5) * 20);
}
