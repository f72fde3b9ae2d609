const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const SYMBOL_BITS = 5;
const BYTE_BITS = 8;

/** Base 32 of RFC 4648, without padding. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let pending = 0;
  let pendingBits = 0;
  for (const byte of bytes) {
    pending = (pending << BYTE_BITS) | byte;
    pendingBits += BYTE_BITS;
    while (pendingBits >= SYMBOL_BITS) {
      pendingBits -= SYMBOL_BITS;
      text += ALPHABET.charAt((pending >> pendingBits) & 31);
    }
    // What has been written shall not be shifted out at the top.
    pending &= (1 << pendingBits) - 1;
  }
  return pendingBits === 0
    ? text
    : text + ALPHABET.charAt((pending << (SYMBOL_BITS - pendingBits)) & 31);
}
