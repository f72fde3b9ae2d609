import { compareBytes } from '../base/bytes.ts';
import type { Entry, KeyValueStore, Range, Write } from './key-value-store.ts';

/**
 * A store as it would be after a commit, for whoever must look at the whole before it is done. Reads
 * only; what is new has a version that no entry ever has, and counters stand still.
 */
export type Overlay = Pick<KeyValueStore, 'get' | 'range'>;

const VERSION_OF_NONE = -1;

export function overlay(
  kv: Pick<KeyValueStore, 'get' | 'range'>,
  writes: readonly Write[],
): Overlay {
  const changes = new Map<string, Entry | undefined>();
  for (const write of writes) {
    if (write.kind === 'add') continue;
    const { key } = write;
    const value = write.kind === 'set' ? write.value : undefined;
    changes.set(nameOf(key), value && { key, value, version: VERSION_OF_NONE });
  }
  return {
    get(key) {
      const name = nameOf(key);
      return changes.has(name) ? changes.get(name) : kv.get(key);
    },
    async range(range) {
      const limit = range.limit + changes.size;
      const found = await kv.range({ ...range, limit });
      const last = found.length === limit ? found.at(-1) : undefined;
      const kept = found.filter(({ key }) => !changes.has(nameOf(key)));
      for (const entry of changes.values()) {
        if (entry !== undefined && isWithin(entry.key, range, last?.key)) kept.push(entry);
      }
      const order = range.reverse === true ? -1 : 1;
      return kept.sort((a, b) => order * compareBytes(a.key, b.key)).slice(0, range.limit);
    },
  };
}

/** Whether the key is in the range, and not past what was read of it. */
function isWithin(key: Uint8Array, range: Range, last: Uint8Array | undefined): boolean {
  if (compareBytes(key, range.from) < 0 || compareBytes(key, range.to) >= 0) return false;
  if (last === undefined) return true;
  return range.reverse === true ? compareBytes(key, last) >= 0 : compareBytes(key, last) <= 0;
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}
