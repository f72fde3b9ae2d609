import assert from 'node:assert/strict';
import { parentPort, workerData } from 'node:worker_threads';
import { decodeCounter } from '../counter.ts';
import type { Entry } from '../key-value-store.ts';
import { attachEmbeddedStore, type StoreHandle } from './attached-store.ts';

/** What the threads of `cached-reads.test.ts` share: for each key two counts of its changes. */
export interface ReaderData {
  readonly handle: StoreHandle;
  readonly keys: readonly Uint8Array[];
  /** `begun[k]` changes of key k were asked for, at least `seen[k]` of them were told to someone. */
  readonly begun: SharedArrayBuffer;
  readonly seen: SharedArrayBuffer;
  readonly stop: SharedArrayBuffer;
}

/** Change number `n` of a key leaves it absent, or with `n` as its value. */
export function isDeletion(change: number): boolean {
  return change % 4 === 0;
}

/**
 * Whether a reading that began when `seen` changes were known, and ended when `begun` had begun,
 * may have found this: the number of a change that explains it, the earliest one.
 */
export function explain(entry: Entry | undefined, seen: number, begun: number): number {
  if (entry !== undefined) {
    const change = decodeCounter(entry.value);
    assert.ok(change >= seen && change <= begun, `${change} is not from ${seen} to ${begun}`);
    return change;
  }
  let change = seen;
  while (!isDeletion(change)) change += 1;
  assert.ok(change <= begun, `no deletion from ${seen} to ${begun}`);
  return change;
}

/** Says that `change` was told: whoever reads from now on finds it or a later one. */
export function tell(seen: Int32Array, index: number, change: number): void {
  let known = Atomics.load(seen, index);
  while (known < change) known = Atomics.compareExchange(seen, index, known, change);
}

async function read({ handle, keys, begun, seen, stop }: ReaderData): Promise<void> {
  await using store = attachEmbeddedStore(handle);
  const [begunOf, seenOf, stopped] = [begun, seen, stop].map((shared) => new Int32Array(shared));
  assert.ok(begunOf !== undefined && seenOf !== undefined && stopped !== undefined);
  let reads = 0;
  while (Atomics.load(stopped, 0) === 0) {
    for (const [index, key] of keys.entries()) {
      const before = Atomics.load(seenOf, index);
      const entry = store.get(key) as Entry | undefined;
      tell(seenOf, index, explain(entry, before, Atomics.load(begunOf, index)));
      reads += 1;
    }
  }
  parentPort?.postMessage(reads);
}

if (parentPort !== null && workerData !== null) await read(workerData as ReaderData);
