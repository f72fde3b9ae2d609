/**
 * The distinguished encoding of ASN.1 (ITU-T X.690), as much of it as certificates take: values are
 * written from the inside out, each as tag, length and content.
 */

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** One value of any tag. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return Buffer.concat([Buffer.of(tag, 0x80 | digits.length, ...digits), content]);
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => der(TAG.sequence, ...parts);
export const set = (...parts: readonly Uint8Array[]): Buffer => der(TAG.set, ...parts);
export const octetString = (content: Uint8Array): Buffer => der(TAG.octetString, content);
export const utf8String = (text: string): Buffer => der(TAG.utf8String, Buffer.from(text));
export const boolean = (value: boolean): Buffer => der(TAG.boolean, Buffer.of(value ? 0xff : 0));

/** `[number]` with values inside. */
export const explicit = (number: number, ...parts: readonly Uint8Array[]): Buffer =>
  der(0xa0 | number, ...parts);
/** `[number]` in place of a primitive type's own tag. */
export const implicit = (number: number, content: Uint8Array): Buffer =>
  der(0x80 | number, content);

/** A whole number that is not negative, most significant byte first. */
export function integer(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const digits = bytes.subarray(start);
  return der(TAG.integer, ...((digits[0] ?? 0) >= 0x80 ? [Buffer.of(0), digits] : [digits]));
}

/** Whole bytes of bits. */
export function bitString(bytes: Uint8Array): Buffer {
  return der(TAG.bitString, Buffer.of(0), bytes);
}

/** Named bits of one byte, the first of which is its highest; zeros at the end are left out. */
export function flagBits(byte: number): Buffer {
  let unused = 0;
  while (unused < 7 && (byte & (1 << unused)) === 0) unused += 1;
  return der(TAG.bitString, Buffer.of(unused, byte));
}

/** An identifier as people write it, `2.5.29.17`. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const digits = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      digits.unshift(0x80 | (left % 128));
    }
    return digits;
  });
  return der(TAG.objectIdentifier, Buffer.from(bytes));
}

/** To the second. Before 2050 with a year of two digits, as RFC 5280 section 4.1.2.5 wants it. */
export function time(ms: number): Buffer {
  const digits = `${new Date(ms).toISOString().slice(0, 19).replace(/\D/g, '')}Z`;
  return digits < '2050'
    ? der(TAG.utcTime, Buffer.from(digits.slice(2)))
    : der(TAG.generalizedTime, Buffer.from(digits));
}

/** A value as it stands in an encoding. */
export interface DerValue {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** The values that stand one behind the other. Throws for what does not end where it says. */
export function readDer(bytes: Uint8Array): DerValue[] {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at] ?? 0;
    let length = bytes[at + 1] ?? 0;
    at += 2;
    if (length >= 0x80) {
      const digits = bytes.subarray(at, at + (length & 0x7f));
      length = digits.reduce((sum, digit) => sum * 256 + digit, 0);
      at += digits.length;
    }
    if (at + length > bytes.length) throw new RangeError('A value ends behind its encoding');
    values.push({ tag, content: bytes.subarray(at, at + length) });
    at += length;
  }
  return values;
}
