import { utf8, fromUtf8 } from '../base/bytes.ts';

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

export function encodeKey(space: number, ...parts: readonly KeyPart[]): Uint8Array {
  const pieces: Uint8Array[] = [Uint8Array.of(space)];
  for (const part of parts)
    pieces.push(typeof part === 'string' ? encodeText(part) : encodeNumber(part));
  return Buffer.concat(pieces);
}

/** The parts of a key without its space. `shape` says each part's type, first to last. */
export function decodeKey(key: Uint8Array, shape: readonly ('text' | 'number')[]): KeyPart[] {
  const parts: KeyPart[] = [];
  let position = 1;
  for (const kind of shape) {
    if (kind === 'number') {
      const view = new DataView(key.buffer, key.byteOffset + position + 1, 8);
      parts.push(Number(view.getBigUint64(0)));
      position += NUMBER_SIZE;
    } else {
      const [text, next] = decodeText(key, position);
      parts.push(text);
      position = next;
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
  return key.subarray(0, key.byteLength - 2);
}

function encodeText(text: string): Uint8Array {
  const bytes = utf8(text);
  if (!bytes.includes(0)) return Buffer.concat([bytes, Uint8Array.of(0, TEXT_END)]);
  const escaped: number[] = [];
  for (const byte of bytes) {
    escaped.push(byte);
    if (byte === 0) escaped.push(ESCAPED_ZERO);
  }
  escaped.push(0, TEXT_END);
  return Uint8Array.from(escaped);
}

function decodeText(key: Uint8Array, start: number): [text: string, next: number] {
  const bytes: number[] = [];
  let position = start;
  for (;;) {
    const byte = key[position] ?? 0;
    position += 1;
    if (byte !== 0) {
      bytes.push(byte);
      continue;
    }
    const mark = key[position];
    position += 1;
    if (mark !== ESCAPED_ZERO) break;
    bytes.push(0);
  }
  return [fromUtf8(Uint8Array.from(bytes)), position];
}

function encodeNumber(value: number): Uint8Array {
  const bytes = new Uint8Array(NUMBER_SIZE);
  bytes[0] = NUMBER_TAG;
  new DataView(bytes.buffer).setBigUint64(1, BigInt(value));
  return bytes;
}
