import type { Entry, KeyValueStore } from '../kv/key-value-store.ts';
import { after } from './keys.ts';
import { ROWS_PER_READ } from './limits.ts';

/** All entries of a range in order, read a batch at a time. */
export async function* readRows(
  kv: KeyValueStore,
  { from, to }: { readonly from: Uint8Array; readonly to: Uint8Array },
): AsyncGenerator<Entry, void> {
  let next = from;
  for (;;) {
    const entries = await kv.range({ from: next, to, limit: ROWS_PER_READ });
    yield* entries;
    const last = entries.at(-1);
    if (last === undefined || entries.length < ROWS_PER_READ) return;
    next = after(last.key);
  }
}
