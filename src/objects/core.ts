import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { BlobStore } from '../blob/blob-store.ts';
import type { KeyValueStore } from '../kv/key-value-store.ts';
import type { BucketReader } from './bucket-reader.ts';
import type { NewKeys } from './new-keys.ts';
import type { Turns } from './turns.ts';

/** What every part of the store works with. */
export interface Core {
  readonly kv: KeyValueStore;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly buckets: BucketReader;
  readonly turns: Turns;
  readonly newKeys: NewKeys;
  readonly garbageGraceMs: number;
}
