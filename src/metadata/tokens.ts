import { createHmac, timingSafeEqual } from 'node:crypto';
import { asBuffer, utf8 } from '../base/bytes.ts';
import type { Clock } from '../base/clock.ts';
import { secureBytes } from '../base/random.ts';

/** Seconds that a session token may live ("Use the Instance Metadata Service"). */
export const TOKEN_TTL_SECONDS = { min: 1, max: 21_600 } as const;

const EXPIRY_SIZE = 6;
const MAC_SIZE = 32;

/**
 * Session tokens of IMDSv2. A token is its end and a MAC over it, under a key of this listener that
 * nobody else ever sees: nothing is stored, and none outlives the process.
 */
export class MetadataTokens {
  readonly #key = secureBytes(MAC_SIZE);
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  issue(ttlSeconds: number): string {
    const expiry = Buffer.alloc(EXPIRY_SIZE);
    expiry.writeUIntBE(this.#clock.nowMs() + ttlSeconds * 1000, 0, EXPIRY_SIZE);
    return Buffer.concat([expiry, this.#mac(expiry)]).toString('base64url');
  }

  holds(token: string): boolean {
    const bytes = Buffer.from(token, 'base64url');
    if (bytes.byteLength !== EXPIRY_SIZE + MAC_SIZE || bytes.toString('base64url') !== token) {
      return false;
    }
    const expiry = bytes.subarray(0, EXPIRY_SIZE);
    if (!timingSafeEqual(bytes.subarray(EXPIRY_SIZE), this.#mac(expiry))) return false;
    return this.#clock.nowMs() < expiry.readUIntBE(0, EXPIRY_SIZE);
  }

  #mac(expiry: Uint8Array): Buffer {
    return createHmac('sha256', this.#key).update(expiry).digest();
  }
}

/** Whether two secrets are the same, in a time that does not tell where they differ. */
export function sameSecret(one: string, other: string): boolean {
  const key = secureBytes(MAC_SIZE);
  const [a, b] = [one, other].map((text) => createHmac('sha256', key).update(utf8(text)).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(asBuffer(a), asBuffer(b));
}
