import type { Awaitable } from '../base/awaitable.ts';
import { LruMap } from '../base/lru.ts';
import type { KeyValueStore, Version } from '../kv/key-value-store.ts';
import { SPACE } from '../kv/spaces.ts';
import { whenKnown } from '../base/awaitable.ts';
import { decodeBucket } from './bucket-record.ts';
import { noSuchBucket } from './error.ts';
import { bucketKey } from './keys.ts';
import { BUCKETS_CACHED_MAX } from './limits.ts';
import type { Bucket } from './model.ts';

/** A bucket and the version of its row, for commits that must know that it has not changed. */
export interface BucketRow {
  readonly bucket: Bucket;
  readonly version: Version;
}

interface Remembered {
  readonly revision: number;
  readonly row: BucketRow | undefined;
}

/**
 * Reads buckets through a cache that holds for as long as no bucket of the store changes. After a
 * change a row is read again, but a bucket that is still the same stays the same object, so that
 * callers may keep what they derive from it in a WeakMap.
 */
export class BucketReader {
  readonly #kv: KeyValueStore;
  readonly #remembered = new LruMap<string, Remembered>(BUCKETS_CACHED_MAX);

  constructor(kv: KeyValueStore) {
    this.#kv = kv;
  }

  find(name: string): Awaitable<BucketRow | undefined> {
    return whenKnown(this.#kv.revision(SPACE.bucket), (revision) => {
      const remembered = this.#remembered.get(name);
      if (remembered?.revision === revision) return remembered.row;
      return this.#read(name, revision, remembered?.row);
    });
  }

  /** The bucket's row as it is now; NoSuchBucket when it went, even if its name lives on. */
  current({ name, id }: Pick<Bucket, 'name' | 'id'>): Awaitable<BucketRow> {
    return whenKnown(this.find(name), (row) => {
      if (row === undefined || row.bucket.id !== id) throw noSuchBucket(name);
      return row;
    });
  }

  #read(
    name: string,
    revision: number,
    known: BucketRow | undefined,
  ): Awaitable<BucketRow | undefined> {
    return whenKnown(this.#kv.get(bucketKey(name)), (entry) => {
      const row =
        entry === undefined || entry.version === known?.version
          ? entry && known
          : { bucket: decodeBucket(name, entry.value), version: entry.version };
      this.#remembered.set(name, { revision, row });
      return row;
    });
  }
}
