import { assert } from '../base/assert.ts';
import { asBuffer } from '../base/bytes.ts';

/**
 * Tuple keys. A key is a space (one byte, which names the kind of record) and parts, each a text
 * or a whole number. Byte order is tuple order: texts by UTF-8 bytes, numbers by value, a shorter
 * tuple before its extensions.
 *
 * A text is its UTF-8 bytes with every 0x00 written 0x00 0xFF, then 0x00 0x01; a number is 0x02 and
 * eight bytes, big-endian. The end mark sorts below every byte that can continue a text, so
 * ("a", …) comes before ("ab", …) whatever follows. Example: (2, "a", 5) is
 * 02 | 61 00 01 | 02 00 00 00 00 00 00 00 05.
 */
export type KeyPart = string | number;

const NUMBER_TAG = 0x02;
const NUMBER_SIZE = 9;
const ESCAPED_ZERO = 0xff;
const TEXT_END = 0x01;
const TEXT_END_SIZE = 2;

/** A UTF-16 unit is at most three bytes of UTF-8, and a zero is two. */
const UNIT_SIZE_MAX = 3;

/** Texts up to here are copied unit by unit, which beats the call that encodes any text. */
const SHORT_TEXT_LENGTH_MAX = 48;

const TWO_POW_32 = 2 ** 32;

/** Where keys are put together; each is copied out before anything else runs. */
let scratch = Buffer.allocUnsafeSlow(4096);

export function encodeKey(space: number, ...parts: readonly KeyPart[]): Uint8Array {
  reserve(parts);
  scratch[0] = space;
  let end = 1;
  for (const part of parts) {
    end = typeof part === 'string' ? putText(part, end) : putNumber(part, end);
  }
  const key = Buffer.allocUnsafe(end);
  scratch.copy(key, 0, 0, end);
  return key;
}

/** The parts of a key without its space. `shape` says each part's type, first to last. */
export function decodeKey(key: Uint8Array, shape: readonly ('text' | 'number')[]): KeyPart[] {
  const bytes = asBuffer(key);
  const parts: KeyPart[] = [];
  let position = 1;
  for (const kind of shape) {
    if (kind === 'number') {
      const high = bytes.readUInt32BE(position + 1);
      parts.push(high * TWO_POW_32 + bytes.readUInt32BE(position + 5));
      position += NUMBER_SIZE;
    } else {
      const firstZero = bytes.indexOf(0, position);
      const isPlain = bytes[firstZero + 1] === TEXT_END;
      const end = isPlain ? firstZero : findTextEnd(bytes, position);
      parts.push(
        isPlain ? bytes.toString('utf8', position, end) : unescapeText(bytes, position, end),
      );
      position = end + TEXT_END_SIZE;
    }
  }
  return parts;
}

/** The first key after every key that begins with the bytes `prefix`. */
export function afterPrefix(prefix: Uint8Array): Uint8Array {
  let end = prefix.byteLength;
  while (end > 0 && prefix[end - 1] === 0xff) end -= 1;
  const after = Uint8Array.from(prefix.subarray(0, end));
  if (end > 0) after[end - 1] = (after[end - 1] ?? 0) + 1;
  return after;
}

/** The range of all keys whose tuple begins with these parts. */
export function keysUnder(
  space: number,
  ...parts: readonly KeyPart[]
): { from: Uint8Array; to: Uint8Array } {
  const from = encodeKey(space, ...parts);
  return { from, to: afterPrefix(from) };
}

/**
 * Where a tuple's last text begins with `textPrefix`: the key bytes without the end mark, so that a
 * range can start at, or skip past, all texts with that beginning.
 */
export function textPrefixKey(
  space: number,
  parts: readonly KeyPart[],
  textPrefix: string,
): Uint8Array {
  const key = encodeKey(space, ...parts, textPrefix);
  return key.subarray(0, key.byteLength - TEXT_END_SIZE);
}

function reserve(parts: readonly KeyPart[]): void {
  let size = 1;
  for (const part of parts) {
    size += typeof part === 'string' ? UNIT_SIZE_MAX * part.length + TEXT_END_SIZE : NUMBER_SIZE;
  }
  if (size > scratch.byteLength) scratch = Buffer.allocUnsafeSlow(2 * size);
}

function putText(text: string, start: number): number {
  const end = text.length <= SHORT_TEXT_LENGTH_MAX ? putAscii(text, start) : undefined;
  return putTextEnd(end ?? putAnyText(text, start));
}

/** Where the text ends, or undefined when it is not plain ASCII without zeros. */
function putAscii(text: string, start: number): number | undefined {
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit === 0 || unit > 0x7f) return undefined;
    scratch[start + index] = unit;
  }
  return start + text.length;
}

function putAnyText(text: string, start: number): number {
  const end = start + scratch.write(text, start, 'utf8');
  const firstZero = scratch.subarray(start, end).indexOf(0);
  if (firstZero === -1) return end;
  const plain = Buffer.from(scratch.subarray(start + firstZero, end));
  let position = start + firstZero;
  for (const byte of plain) {
    scratch[position] = byte;
    position += 1;
    if (byte !== 0) continue;
    scratch[position] = ESCAPED_ZERO;
    position += 1;
  }
  return position;
}

function putTextEnd(end: number): number {
  scratch[end] = 0;
  scratch[end + 1] = TEXT_END;
  return end + TEXT_END_SIZE;
}

function putNumber(value: number, start: number): number {
  assert(Number.isSafeInteger(value) && value >= 0, 'A number in a key is whole and not negative.');
  scratch[start] = NUMBER_TAG;
  scratch.writeUInt32BE(Math.floor(value / TWO_POW_32), start + 1);
  return scratch.writeUInt32BE(value % TWO_POW_32, start + 5);
}

/** The index of the zero that begins the end mark of the text at `start`. */
function findTextEnd(bytes: Buffer, start: number): number {
  let zero = bytes.indexOf(0, start);
  while (zero !== -1 && bytes[zero + 1] === ESCAPED_ZERO) zero = bytes.indexOf(0, zero + 2);
  assert(zero !== -1, 'A key ends inside a text.');
  return zero;
}

function unescapeText(bytes: Buffer, start: number, end: number): string {
  const plain: number[] = [];
  for (let position = start; position < end; position += 1) {
    const byte = bytes[position] ?? 0;
    plain.push(byte);
    if (byte === 0) position += 1;
  }
  return Buffer.from(plain).toString('utf8');
}
