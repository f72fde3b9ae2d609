import type { Check, Entry, KeyValueStore, Write } from '../kv/key-value-store.ts';
import type { KeyPart } from '../kv/key.ts';
import { IdentityError } from './error.ts';
import type { RecordKind } from './record.ts';

/**
 * Changes of many records as one guarded commit. Every record that a change reads is checked to be
 * still at the version that was read, so that what a change decided still holds when it takes
 * effect. A change that loses against another is begun again from its reads.
 */
export interface Transaction {
  /** What is stored, or what the transaction itself has put there. */
  get<T, P extends readonly KeyPart[]>(kind: RecordKind<T, P>, ...parts: P): Promise<T | undefined>;
  set<T, P extends readonly KeyPart[]>(kind: RecordKind<T, P>, value: T, ...parts: P): void;
  delete<T, P extends readonly KeyPart[]>(kind: RecordKind<T, P>, ...parts: P): void;
  /** Adds to a counter, which conflicts with nobody. */
  add<P extends readonly KeyPart[]>(kind: RecordKind<never, P>, delta: number, ...parts: P): void;
}

export interface Transactor {
  /**
   * Runs `change` and commits what it wrote; a throw commits nothing. `change` may run several
   * times, so it must have no other effect.
   */
  transact<R>(change: (transaction: Transaction) => Promise<R>): Promise<R>;
}

/**
 * Each try fails only because somebody else's commit succeeded, and this process makes losers take
 * turns; so this many losses in a row mean that other processes are hammering one entity.
 */
const TRIES_MAX = 32;

export function createTransactor(kv: KeyValueStore): Transactor {
  let turn: Promise<unknown> = Promise.resolve();
  return {
    async transact(change) {
      const first = await tryOnce(kv, change);
      if (first.committed) return first.result;
      const mine = turn.then(() => tryAgain(kv, change));
      // The next in line waits for the end of this one, whatever its outcome.
      turn = mine.catch(() => undefined);
      return mine;
    },
  };
}

type Attempt<R> = { readonly committed: true; readonly result: R } | { readonly committed: false };

async function tryAgain<R>(
  kv: KeyValueStore,
  change: (transaction: Transaction) => Promise<R>,
): Promise<R> {
  for (let tries = 1; tries < TRIES_MAX; tries += 1) {
    const attempt = await tryOnce(kv, change);
    if (attempt.committed) return attempt.result;
  }
  throw new IdentityError(
    'ConcurrentModification',
    'The request was rejected because multiple requests to change this object were submitted ' +
      'simultaneously. Wait a few minutes and submit your request again.',
  );
}

async function tryOnce<R>(
  kv: KeyValueStore,
  change: (transaction: Transaction) => Promise<R>,
): Promise<Attempt<R>> {
  const reads = new Map<string, { readonly key: Uint8Array; readonly entry: Entry | undefined }>();
  const writes = new Map<string, Write>();
  const result = await change({
    async get(kind, ...parts) {
      const key = kind.key(...parts);
      const name = nameOf(key);
      const write = writes.get(name);
      if (write !== undefined) return write.kind === 'set' ? kind.decode(write.value) : undefined;
      const read = reads.get(name) ?? { key, entry: await kv.get(key) };
      reads.set(name, read);
      return read.entry === undefined ? undefined : kind.decode(read.entry.value);
    },
    set(kind, value, ...parts) {
      const key = kind.key(...parts);
      writes.set(nameOf(key), { kind: 'set', key, value: kind.encode(value) });
    },
    delete(kind, ...parts) {
      const key = kind.key(...parts);
      writes.set(nameOf(key), { kind: 'delete', key });
    },
    add(kind, delta, ...parts) {
      const key = kind.key(...parts);
      writes.set(nameOf(key), { kind: 'add', key, delta });
    },
  });
  if (writes.size === 0) return { committed: true, result };
  const checks: Check[] = [...reads.values()].map(({ key, entry }) => ({
    key,
    version: entry?.version,
  }));
  const { committed } = await kv.commit({ checks, writes: [...writes.values()] });
  return committed ? { committed, result } : { committed: false };
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}
