import { scrypt, timingSafeEqual } from 'node:crypto';
import { IdentityError } from './error.ts';

/**
 * The work that a guess of a password costs (RFC 7914): 32 MiB of memory, three times over. That is
 * one of the settings that OWASP's cheat sheet on password storage calls equally strong, the one
 * that takes the least memory for its strength; a hash takes a fraction of a second.
 */
const COST = { N: 2 ** 15, r: 8, p: 3 } as const;
/** What scrypt itself needs (128 N r), and some room; node refuses to take more. */
const MEMORY_MAX = 2 * 128 * COST.N * COST.r;
const HASH_SIZE = 32;
/**
 * Hashes at once, in each thread: half of node's pool of four, so that files stay readable while
 * many people sign in, and so that memory is bounded.
 */
const RUNNING_MAX = 2;
/** Who would wait behind more than these is turned away, in IAM's words, after which clients retry. */
const WAITING_MAX = 200;

export const SALT_SIZE = 16;

/** Hashes passwords off the event loop, a few at a time. */
export class PasswordHasher {
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #waitingMax: number;

  constructor({ waitingMax = WAITING_MAX }: { readonly waitingMax?: number } = {}) {
    this.#waitingMax = waitingMax;
  }

  /** Throws Throttling when too many wait already. */
  async hash(password: string, salt: Uint8Array): Promise<Uint8Array> {
    if (this.#running >= RUNNING_MAX) {
      if (this.#waiting.length >= this.#waitingMax) {
        throw new IdentityError('Throttling', 'Rate exceeded');
      }
      // Whoever ends hands his place over.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running += 1;
    }
    try {
      return await hashed(password, salt);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

function hashed(password: string, salt: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_SIZE, { ...COST, maxmem: MEMORY_MAX }, (error, hash) => {
      if (error === null) resolve(hash);
      else reject(error);
    });
  });
}

export function isSameHash(one: Uint8Array, other: Uint8Array): boolean {
  return one.byteLength === other.byteLength && timingSafeEqual(one, other);
}
