import { randomBytes } from 'node:crypto';

/** Unbiased draws come from bytes below the largest multiple of the alphabet's length. */
const BYTE_VALUES = 256;

/** A string of `length` symbols, each drawn evenly from `alphabet` by the system's secure source. */
export function randomText(alphabet: string, length: number): string {
  const usable = BYTE_VALUES - (BYTE_VALUES % alphabet.length);
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(2 * (length - text.length))) {
      if (byte < usable && text.length < length) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
}

/** Bytes from the system's secure source. */
export function secureBytes(size: number): Uint8Array {
  return randomBytes(size);
}
