/**
 * Shared memory in which the writer tells all threads that entries change, so that each may keep
 * what it read for as long as that is what the database holds. A key has a stamp, which it shares
 * with others by its hash: a thread that cannot tell them apart reads once more than it must.
 *
 * The writer raises the stamps of all keys of a batch before COMMIT, to odd numbers, and again when
 * COMMIT has returned and before anyone is told, to even ones.
 *
 * INVARIANT (stamps): an entry that was read from the database after its stamp was seen even at S is
 * what the database holds at every later moment at which its stamp is seen at S.
 *
 * Why: since the stamp was even, every COMMIT that wrote the key had returned before it was seen, so
 * that the reading, which begins after it, finds what the last of them wrote. As the stamp still
 * is S, none has begun since. While one is under way the stamp is odd: nobody knows whether others
 * see it yet, so nothing kept is used, lest a thread be told what was there after another was told
 * what is, and nothing is kept, lest it be the old behind the new stamp. A stamp comes round after
 * 2^31 commits to its keys, which nothing kept outlives unused.
 */
export class Stamps {
  readonly #stamps: Int32Array<SharedArrayBuffer>;

  constructor(shared: SharedArrayBuffer) {
    this.#stamps = new Int32Array(shared);
  }

  /** The stamp of a key with this hash. */
  of(hash: number): number {
    return Atomics.load(this.#stamps, hash & SLOT_MASK);
  }

  /** The stamps of these rows' keys, each once. */
  slotsOf(rows: Iterable<{ readonly key: Uint8Array }>): ReadonlySet<number> {
    const slots = new Set<number>();
    for (const { key } of rows) slots.add(hashOf(key) & SLOT_MASK);
    return slots;
  }

  begin(slots: Iterable<number>): void {
    for (const slot of slots) Atomics.add(this.#stamps, slot, 1);
  }

  end(slots: Iterable<number>): void {
    for (const slot of slots) Atomics.add(this.#stamps, slot, 1);
  }
}

/** Stamps in 512 KiB: enough that a hundred thousand writes a second seldom meet a given key. */
const SLOT_COUNT = 2 ** 17;
const SLOT_MASK = SLOT_COUNT - 1;

export function shareStamps(): SharedArrayBuffer {
  return new SharedArrayBuffer(SLOT_COUNT * Int32Array.BYTES_PER_ELEMENT);
}

/** Whether a stamp says that no commit to its keys is under way. */
export function isSettled(stamp: number): boolean {
  return (stamp & 1) === 0;
}

/** FNV-1a, 32 bits. */
export function hashOf(key: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.byteLength; index += 1) {
    hash = Math.imul(hash ^ (key[index] ?? 0), 0x01000193);
  }
  return hash;
}
