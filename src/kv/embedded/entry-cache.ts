import type { Entry } from '../key-value-store.ts';

/** Bytes that a thread keeps: some thousand small objects with their records. */
export const CACHE_SIZE_MAX = 32 * 1024 * 1024;

/** Larger entries are kept by nobody: one of them would take the place of many. */
export const CACHED_SIZE_MAX = 32 * 1024;

/** What a kept entry costs beside its bytes, roughly: objects, place in the map, what is derived. */
const OVERHEAD_SIZE = 1024;

/** Keys that were asked for of late, by hash. */
const ASKED_COUNT = 2 ** 15;
const ASKED_SHIFT = 32 - 15;

/** An absent entry is kept too. */
interface Kept {
  readonly entry: Entry | undefined;
  readonly stamp: number;
  readonly size: number;
  isUsed: boolean;
}

/**
 * Entries that a thread has read, each with the stamp under which it did (`stamps.ts`). An entry is
 * kept when it is asked for a second time, so that a walk over many entries displaces nothing, and
 * makes room when the hand of the clock comes to it and it was not used since the last time.
 */
export class EntryCache {
  readonly #kept = new Map<string, Kept>();
  readonly #asked = new Int32Array(ASKED_COUNT);
  readonly #sizeMax: number;
  #size = 0;

  constructor(sizeMax: number = CACHE_SIZE_MAX) {
    this.#sizeMax = sizeMax;
  }

  get size(): number {
    return this.#size;
  }

  /** What was kept under this stamp, absent entries among it; undefined when nothing was. */
  find(text: string, stamp: number): Pick<Kept, 'entry'> | undefined {
    const kept = this.#kept.get(text);
    if (kept === undefined || kept.stamp !== stamp) return undefined;
    kept.isUsed = true;
    return kept;
  }

  /** Keeps what was read after `stamp` was seen, if it is worth it. `hash` is that of the key. */
  offer(text: string, hash: number, stamp: number, entry: Entry | undefined): void {
    const before = this.#kept.get(text);
    if (before === undefined && !this.#wasAsked(hash)) return;
    if (before !== undefined) this.#drop(text, before);
    const size = OVERHEAD_SIZE + 2 * text.length + (entry?.value.byteLength ?? 0);
    if (size > CACHED_SIZE_MAX) return;
    this.#kept.set(text, { entry: entry && standing(entry), stamp, size, isUsed: false });
    this.#size += size;
    if (this.#size > this.#sizeMax) this.#makeRoom();
  }

  #wasAsked(hash: number): boolean {
    const place = hash >>> ASKED_SHIFT;
    if (this.#asked[place] === hash) return true;
    this.#asked[place] = hash;
    return false;
  }

  #makeRoom(): void {
    for (const [text, kept] of this.#kept) {
      if (this.#size <= this.#sizeMax) return;
      this.#drop(text, kept);
      if (!kept.isUsed) continue;
      kept.isUsed = false;
      this.#kept.set(text, kept);
      this.#size += kept.size;
    }
  }

  #drop(text: string, kept: Kept): void {
    this.#kept.delete(text);
    this.#size -= kept.size;
  }
}

/** The entry with bytes of its own: a key is a view of memory that it shares with many. */
function standing({ key, value, version }: Entry): Entry {
  return { key: Uint8Array.from(key), value, version };
}
