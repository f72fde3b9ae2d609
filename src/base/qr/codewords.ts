/**
 * The bytes of a QR code: the text with its header and padding, cut into blocks, each with
 * Reed-Solomon check bytes, and all of them interleaved (ISO/IEC 18004, sections 7.4 to 7.6).
 * Error correction is always level M, which mends 15 % and is what screens and prints want.
 */

/** Check bytes of each block, by version (1 to 40). Table 9 of the standard. */
const CHECK_BYTES = [
  10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28,
  28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
];
/** Blocks, by version. */
const BLOCKS = [
  1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26,
  28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49,
];
export const VERSION_MAX = 40;

/** Bytes that a code of this version carries, check bytes included. */
function codewordCount(version: number): number {
  let modules = (16 * version + 128) * version + 64;
  if (version >= 2) {
    const alignments = Math.floor(version / 7) + 2;
    modules -= (25 * alignments - 10) * alignments - 55;
    if (version >= 7) modules -= 36;
  }
  return Math.floor(modules / 8);
}

function dataCount(version: number): number {
  const [checks = 0, blocks = 0] = [CHECK_BYTES[version - 1], BLOCKS[version - 1]];
  return codewordCount(version) - checks * blocks;
}

/** Four bits say "bytes", and 8 or 16 how many there are. */
const headerBits = (version: number): number => 4 + (version < 10 ? 8 : 16);

/** Bytes of text that fit a code of this version. */
export function capacity(version: number): number {
  return Math.floor((dataCount(version) * 8 - headerBits(version)) / 8);
}

/** All codewords of the text, in the order in which they are drawn. */
export function codewords(text: Uint8Array, version: number): Uint8Array {
  const [checks = 0, blocks = 0] = [CHECK_BYTES[version - 1], BLOCKS[version - 1]];
  const data = dataCodewords(text, version);
  const generator = generatorOf(checks);
  const shortLength = Math.floor(data.length / blocks);
  const longBlocks = data.length % blocks;
  const parts = Array.from({ length: blocks }, (_, index) => {
    const longBefore = Math.max(0, index - (blocks - longBlocks));
    const start = index * shortLength + longBefore;
    const length = shortLength + (index >= blocks - longBlocks ? 1 : 0);
    const bytes = data.subarray(start, start + length);
    return { bytes, checks: remainder(bytes, generator) };
  });
  const interleaved: number[] = [];
  for (let index = 0; index <= shortLength; index += 1) {
    for (const { bytes } of parts) {
      const byte = bytes[index];
      if (byte !== undefined) interleaved.push(byte);
    }
  }
  for (let index = 0; index < checks; index += 1) {
    for (const part of parts) interleaved.push(part.checks[index] ?? 0);
  }
  return Uint8Array.from(interleaved);
}

const BYTE_MODE = '0100';
const TERMINATOR = '0000';
/** What fills a code up, by turns. */
const PADDING = [0xec, 0x11] as const;

function dataCodewords(text: Uint8Array, version: number): Uint8Array {
  const total = dataCount(version);
  const lengthBits = headerBits(version) - BYTE_MODE.length;
  const header = BYTE_MODE + text.byteLength.toString(2).padStart(lengthBits, '0');
  const bits = [header, ...[...text].map((byte) => byte.toString(2).padStart(8, '0'))].join('');
  const ended = (bits + TERMINATOR).slice(0, total * 8);
  const bytes = (ended.match(/.{1,8}/g) ?? []).map((eight) => parseInt(eight.padEnd(8, '0'), 2));
  for (let index = 0; bytes.length < total; index += 1) bytes.push(PADDING[index % 2] ?? 0);
  return Uint8Array.from(bytes);
}

/** Powers of 2 in the field of 256 elements modulo x^8 + x^4 + x^3 + x^2 + 1, and their inverse. */
const POWERS = new Uint8Array(255);
const LOGARITHMS = new Uint8Array(256);
for (let exponent = 0, power = 1; exponent < 255; exponent += 1) {
  POWERS[exponent] = power;
  LOGARITHMS[power] = exponent;
  power = (power << 1) ^ (power >= 0x80 ? 0x11d : 0);
}

function multiply(a: number, b: number): number {
  if (a === 0 || b === 0) return 0;
  return POWERS[((LOGARITHMS[a] ?? 0) + (LOGARITHMS[b] ?? 0)) % 255] ?? 0;
}

/** (x - 2^0)(x - 2^1)… as coefficients, highest first, the leading one left out. */
function generatorOf(degree: number): Uint8Array {
  const coefficients = new Uint8Array(degree);
  coefficients[degree - 1] = 1;
  for (let root = 0; root < degree; root += 1) {
    for (let index = 0; index < degree; index += 1) {
      const product = multiply(coefficients[index] ?? 0, POWERS[root] ?? 0);
      coefficients[index] = product ^ (coefficients[index + 1] ?? 0);
    }
  }
  return coefficients;
}

function remainder(data: Uint8Array, generator: Uint8Array): Uint8Array {
  const result = new Uint8Array(generator.length);
  for (const byte of data) {
    const factor = byte ^ (result[0] ?? 0);
    result.copyWithin(0, 1);
    result[result.length - 1] = 0;
    for (const [index, coefficient] of generator.entries()) {
      result[index] = (result[index] ?? 0) ^ multiply(coefficient, factor);
    }
  }
  return result;
}
