import type { Clock } from '../base/clock.ts';
import { decodeCounter } from '../kv/counter.ts';
import type { KeyValueStore } from '../kv/key-value-store.ts';
import type { KeyPart } from '../kv/key.ts';
import type { Quotas } from './quotas.ts';
import type { RecordKind } from './record.ts';
import { counters, type CounterName } from './records.ts';
import type { Seal } from './seal.ts';
import type { Transaction, Transactor } from './transaction.ts';

/** What every noun of the store works with. */
export interface Core extends Transactor {
  readonly kv: KeyValueStore;
  readonly clock: Clock;
  readonly seal: Seal;
  readonly quotas: Quotas;
}

/** A record as it is now, outside of any transaction. */
export async function readRecord<T, P extends readonly KeyPart[]>(
  { kv }: Pick<Core, 'kv'>,
  kind: RecordKind<T, P>,
  ...parts: P
): Promise<T | undefined> {
  const entry = await kv.get(kind.key(...parts));
  return entry === undefined ? undefined : kind.decode(entry.value);
}

/** Reads outside of any transaction, for what can do with either. */
export function recordReader(core: Pick<Core, 'kv'>): Pick<Transaction, 'get'> {
  return { get: (kind, ...parts) => readRecord(core, kind, ...parts) };
}

/** The most rows that are fetched at a time when a range is walked. */
const ROWS_PER_READ_MAX = 1000;

/** The keys and records under these parts, in key order, a batch at a time. */
export async function* walkRecords<T, P extends readonly KeyPart[]>(
  { kv }: { readonly kv: Pick<KeyValueStore, 'range'> },
  kind: RecordKind<T, P>,
  parts: readonly KeyPart[],
  options: { readonly startAt?: Uint8Array | undefined; readonly rowsWanted?: number } = {},
): AsyncGenerator<{ readonly key: Uint8Array; readonly record: T }> {
  const { from, to } = kind.under(...parts);
  const limit = Math.min(options.rowsWanted ?? ROWS_PER_READ_MAX, ROWS_PER_READ_MAX);
  let next = options.startAt ?? from;
  for (;;) {
    const entries = await kv.range({ from: next, to, limit });
    for (const { key, value } of entries) yield { key, record: kind.decode(value) };
    const last = entries.at(-1);
    if (last === undefined || entries.length < limit) return;
    next = Buffer.concat([last.key, Uint8Array.of(0)]);
  }
}

export async function readCounter(
  { kv }: Pick<Core, 'kv'>,
  account: string,
  name: CounterName,
): Promise<number> {
  const entry = await kv.get(counters.key(account, name));
  return entry === undefined ? 0 : decodeCounter(entry.value);
}
