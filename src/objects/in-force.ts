import type { KeyValueStore, Write } from '../kv/key-value-store.ts';
import { decodeKey, keysUnder } from '../kv/key.ts';
import { SPACE } from '../kv/spaces.ts';
import { decodeBucket } from './bucket-record.ts';
import { ROWS_PER_READ } from './limits.ts';
import type { Bucket } from './model.ts';

/** Every bucket of one state of the store. */
export async function bucketsInForce(kv: Pick<KeyValueStore, 'range'>): Promise<readonly Bucket[]> {
  const buckets: Bucket[] = [];
  const { from: first, to } = keysUnder(SPACE.bucket);
  let from = first;
  for (;;) {
    const entries = await kv.range({ from, to, limit: ROWS_PER_READ });
    for (const { key, value } of entries) buckets.push(decodeBucket(nameOf(key), value));
    const last = entries.at(-1);
    if (last === undefined || entries.length < ROWS_PER_READ) return buckets;
    from = Buffer.concat([last.key, Uint8Array.of(0)]);
  }
}

function nameOf(key: Uint8Array): string {
  return String(decodeKey(key, ['text'])[0]);
}

/** Whether the write may change what anybody may do with a bucket. */
export async function decidesAboutBucket(
  kv: Pick<KeyValueStore, 'get'>,
  write: Write,
): Promise<boolean> {
  if (write.key[0] !== SPACE.bucket || write.kind === 'add') return false;
  const before = await kv.get(write.key);
  if (write.kind === 'delete') return before !== undefined;
  if (before === undefined) return true;
  const told = (bytes: Uint8Array): string => {
    const { owner, policy, acl, ownership, publicAccessBlock } = decodeBucket('', bytes);
    return JSON.stringify([owner, policy, acl, ownership, publicAccessBlock]);
  };
  return told(before.value) !== told(write.value);
}
