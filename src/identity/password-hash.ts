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
 * Hashes at once, in all threads of the process, which have one pool: half of its four places, so that
 * files stay readable while many people sign in, and so that memory is bounded.
 */
const RUNNING_MAX = 2;
/** A thread that has died keeps its place. Who has waited for so long goes on without one. */
const PLACE_WAIT_MS_MAX = 30_000;
/** Who would wait behind more than these is turned away, in IAM's words, after which clients retry. */
const WAITING_MAX = 200;

export const SALT_SIZE = 16;

/** The free places, for the threads that are to share them. */
export type HashPlaces = SharedArrayBuffer;

export function newHashPlaces(): HashPlaces {
  const places = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  new Int32Array(places)[0] = RUNNING_MAX;
  return places;
}

export interface PasswordHasherOptions {
  readonly places?: HashPlaces | undefined;
  readonly waitingMax?: number;
}

/** Hashes passwords off the event loop, a few at a time. */
export class PasswordHasher {
  readonly #free: Int32Array<SharedArrayBuffer>;
  readonly #waitingMax: number;
  #waiting = 0;

  constructor({ places = newHashPlaces(), waitingMax = WAITING_MAX }: PasswordHasherOptions = {}) {
    this.#free = new Int32Array(places);
    this.#waitingMax = waitingMax;
  }

  /** Throws Throttling when too many wait already. */
  async hash(password: string, salt: Uint8Array): Promise<Uint8Array> {
    if (!this.#takePlace()) await this.#waitForPlace();
    try {
      return await hashed(password, salt);
    } finally {
      Atomics.add(this.#free, 0, 1);
      Atomics.notify(this.#free, 0, 1);
    }
  }

  #takePlace(): boolean {
    for (;;) {
      const free = Atomics.load(this.#free, 0);
      if (free <= 0) return false;
      if (Atomics.compareExchange(this.#free, 0, free, free - 1) === free) return true;
    }
  }

  async #waitForPlace(): Promise<void> {
    if (this.#waiting >= this.#waitingMax) throw new IdentityError('Throttling', 'Rate exceeded');
    this.#waiting += 1;
    try {
      for (;;) {
        const full = Atomics.load(this.#free, 0);
        const waited = Atomics.waitAsync(this.#free, 0, Math.min(full, 0), PLACE_WAIT_MS_MAX);
        const outcome = await waited.value;
        if (this.#takePlace()) return;
        if (outcome === 'timed-out') {
          Atomics.sub(this.#free, 0, 1);
          return;
        }
      }
    } finally {
      this.#waiting -= 1;
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
