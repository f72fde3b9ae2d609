import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { assert } from '../base/assert.ts';
import { base64, fromBase64, fromUtf8, utf8 } from '../base/bytes.ts';
import { secureBytes } from '../base/random.ts';

/**
 * Secrets at rest: AES-256-GCM under the installation's master key. What a secret belongs to is
 * authenticated with it, so that a sealed secret moved to another record does not open.
 *
 * A sealed text is `1.` (the form) and base64 of nonce (12 bytes), ciphertext and tag (16 bytes).
 * Nonces are random: at 96 bits a key may seal 2^32 secrets before a repeat is worth a thought
 * (NIST SP 800-38D, section 8.3).
 */
export interface Seal {
  seal(secret: string, belongsTo: string): string;
  /** Throws SealError when the text was altered, moved, or sealed under another master key. */
  open(sealed: string, belongsTo: string): string;
}

/** A sealed text that does not open. Says which, never what is in it. */
export class SealError extends Error {
  override readonly name = 'SealError';
}

export const MASTER_KEY_SIZE = 32;
const ALGORITHM = 'aes-256-gcm';
const FORM = '1.';
const NONCE_SIZE = 12;
const TAG_SIZE = 16;

/**
 * A key of its own for what others can have sealed as often as they like: neither how often nor with
 * which texts then matters to the secrets under the master key (RFC 5869).
 */
export function keyFor(purpose: string, masterKey: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', masterKey, '', purpose, MASTER_KEY_SIZE));
}

export function createSeal(masterKey: Uint8Array): Seal {
  assert(masterKey.byteLength === MASTER_KEY_SIZE, `A master key has ${MASTER_KEY_SIZE} bytes`);
  const key = createSecretKey(masterKey);
  return {
    seal(secret, belongsTo) {
      const nonce = secureBytes(NONCE_SIZE);
      const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_SIZE });
      cipher.setAAD(utf8(belongsTo));
      const bytes = Buffer.concat([
        nonce,
        cipher.update(utf8(secret)),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
      return FORM + base64(bytes);
    },
    open: (sealed, belongsTo) => openSealed(key, sealed, belongsTo),
  };
}

function openSealed(key: KeyObject, sealed: string, belongsTo: string): string {
  const bytes = sealed.startsWith(FORM) ? fromBase64(sealed.slice(FORM.length)) : undefined;
  if (bytes === undefined || bytes.byteLength < NONCE_SIZE + TAG_SIZE) throw broken(belongsTo);
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_SIZE), {
    authTagLength: TAG_SIZE,
  });
  decipher.setAAD(utf8(belongsTo));
  decipher.setAuthTag(bytes.subarray(bytes.byteLength - TAG_SIZE));
  try {
    const text = decipher.update(bytes.subarray(NONCE_SIZE, bytes.byteLength - TAG_SIZE));
    return fromUtf8(Buffer.concat([text, decipher.final()]));
  } catch {
    throw broken(belongsTo);
  }
}

function broken(belongsTo: string): SealError {
  return new SealError(
    `The secret of ${belongsTo} does not open: altered, or sealed under another master key`,
  );
}
