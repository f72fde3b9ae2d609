import { assert } from '../base/assert.ts';

/** Bytes of a counter, the entries that commits add to: big-endian, signed. */
export const COUNTER_SIZE = 8;

export function encodeCounter(value: number): Uint8Array {
  assert(Number.isSafeInteger(value), 'A counter is a whole number of at most 53 bits.');
  const bytes = new Uint8Array(COUNTER_SIZE);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(value));
  return bytes;
}

export function decodeCounter(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset, COUNTER_SIZE).getBigInt64(0));
}
