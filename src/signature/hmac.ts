import { hash } from 'node:crypto';

/**
 * HMAC by two one-shot hashes over prepared pads (RFC 2104). For the short texts of a signature
 * this costs a tenth of `crypto.createHmac`, whose price is in setting up and tearing down a
 * context. Texts are taken as latin1, the form in which header bytes come from the wire.
 */

export type HmacAlgorithm = 'sha1' | 'sha256';

/** A key with its pads computed; 64 bytes each. */
export interface HmacKey {
  readonly algorithm: HmacAlgorithm;
  readonly inner: Uint8Array;
  readonly outer: Uint8Array;
}

const BLOCK_SIZE = 64;
const DIGEST_SIZE: Readonly<Record<HmacAlgorithm, number>> = { sha1: 20, sha256: 32 };

/** A string to sign of SigV4 has about 140 bytes; longer texts get a buffer of their own. */
const SCRATCH_TEXT_SIZE = 1024;

// Shared by all calls: each one is synchronous and leaves nothing in them that it needs later.
const innerScratch = Buffer.allocUnsafeSlow(BLOCK_SIZE + SCRATCH_TEXT_SIZE);
const outerScratch = Buffer.allocUnsafeSlow(BLOCK_SIZE + DIGEST_SIZE.sha256);
/** The part of the scratch that an algorithm fills. */
const OUTER_BLOCK: Readonly<Record<HmacAlgorithm, Uint8Array>> = {
  sha1: outerScratch.subarray(0, BLOCK_SIZE + DIGEST_SIZE.sha1),
  sha256: outerScratch,
};

const WIDE = /[\u0100-\uffff]/;

/** Of SHA-256 over nothing. */
export const EMPTY_SHA256_HEX = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export function hmacKey(algorithm: HmacAlgorithm, key: string | Uint8Array): HmacKey {
  let bytes = typeof key === 'string' ? Buffer.from(key, 'utf8') : key;
  if (bytes.byteLength > BLOCK_SIZE) bytes = hash(algorithm, bytes, 'buffer');
  const inner = new Uint8Array(BLOCK_SIZE).fill(0x36);
  const outer = new Uint8Array(BLOCK_SIZE).fill(0x5c);
  for (const [index, byte] of bytes.entries()) {
    inner[index] = byte ^ 0x36;
    outer[index] = byte ^ 0x5c;
  }
  return { algorithm, inner, outer };
}

export function hmac(key: HmacKey, text: string, encoding: 'hex' | 'base64'): string {
  return hash(key.algorithm, outerBlock(key, text), encoding);
}

export function hmacBytes(key: HmacKey, text: string): Uint8Array {
  return hash(key.algorithm, outerBlock(key, text), 'buffer');
}

/** SHA-256 in lower-case hex of a text. */
export function sha256Hex(text: string): string {
  return text === '' ? EMPTY_SHA256_HEX : hash('sha256', Buffer.from(text, encodingOf(text)));
}

/**
 * Whether two signatures are the same text, in a time that does not tell where they differ: every
 * character is looked at. For texts this short `timingSafeEqual` costs mostly the buffers it wants.
 */
export function isSameSignature(expected: string, provided: string): boolean {
  if (expected.length !== provided.length) return false;
  let difference = 0;
  for (let index = 0; index < expected.length; index += 1) {
    difference |= expected.charCodeAt(index) ^ provided.charCodeAt(index);
  }
  return difference === 0;
}

/**
 * Text from the wire is latin1, a character for each byte. Latin1 would cut wider characters down
 * to their last byte, and so let one text pass for another: those are signed as UTF-8.
 */
function encodingOf(text: string): 'latin1' | 'utf8' {
  return WIDE.test(text) ? 'utf8' : 'latin1';
}

function outerBlock(key: HmacKey, text: string): Uint8Array {
  const encoding = encodingOf(text);
  const textSize = Buffer.byteLength(text, encoding);
  const block =
    textSize <= SCRATCH_TEXT_SIZE ? innerScratch : Buffer.allocUnsafe(BLOCK_SIZE + textSize);
  block.set(key.inner);
  const size = BLOCK_SIZE + block.write(text, BLOCK_SIZE, encoding);
  outerScratch.set(key.outer);
  outerScratch.write(hash(key.algorithm, block.subarray(0, size)), BLOCK_SIZE, 'hex');
  return OUTER_BLOCK[key.algorithm];
}
