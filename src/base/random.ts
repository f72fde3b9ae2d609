import { randomBytes, randomFillSync } from 'node:crypto';

/** Unbiased draws come from bytes below the largest multiple of the alphabet's length. */
const BYTE_VALUES = 256;

/** Asking the system costs the same for these bytes as for those of one id. */
const POOL_SIZE = 2048;

const pool = new Uint8Array(POOL_SIZE);
let drawn = POOL_SIZE;

function draw(): void {
  randomFillSync(pool);
  drawn = 0;
}

/** A string of `length` symbols, each drawn evenly from `alphabet` by the system's secure source. */
export function randomText(alphabet: string, length: number): string {
  const usable = BYTE_VALUES - (BYTE_VALUES % alphabet.length);
  let text = '';
  while (text.length < length) {
    if (drawn === pool.byteLength) draw();
    const byte = pool[drawn] ?? 0;
    // A byte that was given out is not left in memory.
    pool[drawn] = 0;
    drawn += 1;
    if (byte < usable) text += alphabet[byte % alphabet.length];
  }
  return text;
}

/** Bytes from the system's secure source. */
export function secureBytes(size: number): Uint8Array {
  return randomBytes(size);
}
