import type { Awaitable } from '../base/awaitable.ts';
import { LruMap } from '../base/lru.ts';
import type { Entry, KeyValueStore, Version } from '../kv/key-value-store.ts';
import type { KeyPart } from '../kv/key.ts';
import type { RecordKind } from './record.ts';

/**
 * A cache that is never behind the store. An answer is kept together with the version of every
 * record that it was made from. While the space's revision stands still the answer is good; when
 * it has moved, the versions are looked at again, which is far cheaper than making the answer anew,
 * and without a promise where the engine answers without one.
 *
 * Why an answer whose versions all still hold is true now: versions are never reused, so each
 * record has been what it was from the time it was read until it was looked at again, and all of
 * them together at the moment when that looking began.
 */
export class FollowingCache<V> {
  readonly #kv: KeyValueStore;
  readonly #space: number;
  readonly #answers: LruMap<string, Answer<V>>;

  constructor(kv: KeyValueStore, space: number, answersMax: number) {
    this.#kv = kv;
    this.#space = space;
    this.#answers = new LruMap(answersMax);
  }

  /** The answer for `key`, made by `make` when it must be. An undefined one is not kept. */
  get(key: string, make: Make<V>): Awaitable<V | undefined> {
    // Taken before anything is looked at: a change in between makes the answer be checked once
    // more than needed, and never once too few.
    const revision = this.#kv.revision(this.#space);
    const known = this.#answers.get(key);
    if (known === undefined || typeof revision !== 'number') {
      return this.#renew(key, make, revision);
    }
    if (known.revision === revision) return known.value;
    const holds = this.#holds(known.reads);
    if (holds !== true) return this.#renew(key, make, revision);
    known.revision = revision;
    return known.value;
  }

  async #renew(key: string, make: Make<V>, asked: Awaitable<number>): Promise<V | undefined> {
    let revision = await asked;
    for (let tries = 1; ; tries += 1) {
      const known = this.#answers.get(key);
      if (known?.revision === revision) return known.value;
      if (known !== undefined && (await this.#holds(known.reads))) {
        known.revision = revision;
        return known.value;
      }
      const reads = new Reads(this.#kv);
      const made = await attempt(make, reads);
      const revisionAfter = await this.#kv.revision(this.#space);
      const isOfOneMoment = revision === revisionAfter || (await this.#holds(reads.made));
      const isTorn = made instanceof TornReadError;
      if (isOfOneMoment || tries >= (isTorn ? TORN_TRIES_MAX : TRIES_MAX)) {
        if (isTorn) throw made;
        if (made !== undefined)
          this.#answers.set(key, { revision, value: made, reads: reads.made });
        return made;
      }
      // Changes that go in step with these reads would tear each of them: fall out of step.
      for (let turn = 0; turn < tries; turn += 1) await Promise.resolve();
      revision = revisionAfter;
    }
  }

  /** Whether every record is still at the version that was read. */
  #holds(reads: readonly Read[]): Awaitable<boolean> {
    for (let index = 0; index < reads.length; index += 1) {
      const read = reads[index];
      const entry = read && this.#kv.get(read.key);
      if (entry instanceof Promise) return this.#holdsLater(reads.slice(index));
      if (entry?.version !== read?.version) return false;
    }
    return true;
  }

  async #holdsLater(reads: readonly Read[]): Promise<boolean> {
    const entries = await Promise.all(reads.map(({ key }) => this.#kv.get(key)));
    return entries.every((entry, index) => entry?.version === reads[index]?.version);
  }
}

/** Answers that may be overtaken by changes before one is taken as it is: its parts fit together. */
const TRIES_MAX = 8;
/** One whose parts do not fit together is never taken, so it is tried for longer to make one that is whole. */
const TORN_TRIES_MAX = 64;

export type Make<V> = (reads: Reads) => Promise<V | undefined>;

interface Answer<V> {
  revision: number;
  readonly value: V;
  readonly reads: readonly Read[];
}

interface Read {
  readonly key: Uint8Array;
  readonly version: Version | undefined;
}

/** Reads records and remembers which, and at which version. */
export class Reads {
  readonly #kv: Pick<KeyValueStore, 'get'>;
  readonly made: Read[] = [];

  constructor(kv: Pick<KeyValueStore, 'get'>) {
    this.#kv = kv;
  }

  async get<T, P extends readonly KeyPart[]>(
    kind: RecordKind<T, P>,
    ...parts: P
  ): Promise<T | undefined> {
    const entry = await this.entry(kind, ...parts);
    return entry === undefined ? undefined : kind.decode(entry.value);
  }

  async entry<T, P extends readonly KeyPart[]>(
    kind: RecordKind<T, P>,
    ...parts: P
  ): Promise<Entry | undefined> {
    const key = kind.key(...parts);
    const entry = await this.#kv.get(key);
    this.made.push({ key, version: entry?.version });
    return entry;
  }
}

/** One record names another that is gone, because a change came between the two reads. */
export class TornReadError extends Error {
  override readonly name = 'TornReadError';
}

async function attempt<V>(make: Make<V>, reads: Reads): Promise<V | undefined | TornReadError> {
  try {
    return await make(reads);
  } catch (error) {
    if (error instanceof TornReadError) return error;
    throw error;
  }
}
