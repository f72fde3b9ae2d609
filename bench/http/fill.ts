import { join } from 'node:path';
import { openEmbeddedStore } from '../../src/kv/embedded/embedded-store.ts';
import type { KeyValueStore } from '../../src/kv/key-value-store.ts';
import { decodeBucket } from '../../src/objects/bucket-record.ts';
import { bucketKey, objectKey, objectsCounterKey } from '../../src/objects/keys.ts';

/** Rows of one commit; the store takes larger ones, but nothing gets faster. */
const BATCH = 1000;

export interface Filling {
  readonly bucket: string;
  readonly count: number;
  /** Keys have the numbers 0, step, 2 * step and so on, so that all buckets span the same names. */
  readonly step: number;
}

/** `012/0123456.jpg`: ten thousand numbers share a folder. */
export function listedKey(number: number): string {
  const digits = String(number).padStart(7, '0');
  return `${digits.slice(0, 3)}/${digits}.jpg`;
}

/**
 * Fills buckets in a data folder that no server has open. Every key gets a copy of the record that
 * the server wrote for `template`, in batches, because 10^6 puts would take longer than all measures.
 */
export async function fillBuckets(
  dataFolder: string,
  template: { readonly bucket: string; readonly key: string },
  fillings: readonly Filling[],
): Promise<void> {
  await using kv = await openEmbeddedStore(join(dataFolder, 'store'));
  const record = await kv.get(objectKey(await bucketId(kv, template.bucket), template.key));
  if (record === undefined) throw new Error('The template was not put');
  const value = Buffer.from(record.value);
  for (const { bucket, count, step } of fillings) {
    const id = await bucketId(kv, bucket);
    for (let start = 0; start < count; start += BATCH) {
      const size = Math.min(BATCH, count - start);
      const writes = Array.from({ length: size }, (_, index) => ({
        kind: 'set' as const,
        key: objectKey(id, listedKey((start + index) * step)),
        value,
      }));
      const usage = { kind: 'add' as const, key: objectsCounterKey(id), delta: size };
      await kv.commit({ writes: [...writes, usage] });
    }
  }
}

async function bucketId(kv: KeyValueStore, name: string): Promise<string> {
  const entry = await kv.get(bucketKey(name));
  if (entry === undefined) throw new Error(`There is no bucket ${name}`);
  return decodeBucket(name, entry.value).id;
}
