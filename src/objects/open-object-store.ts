import type { Clock } from '../base/clock.ts';
import { silentLog, type Log } from '../base/log.ts';
import type { BlobStore } from '../blob/blob-store.ts';
import type { KeyValueStore } from '../kv/key-value-store.ts';
import { whenKnown } from '../base/awaitable.ts';
import { BucketReader } from './bucket-reader.ts';
import { bucketUsage, createBucket, deleteBucket, listBuckets, updateBucket } from './buckets.ts';
import { Collector } from './collect.ts';
import { completedObject, completeUpload } from './complete.ts';
import { copyObject } from './copy.ts';
import type { Core } from './core.ts';
import { deleteObject } from './delete.ts';
import { findObject } from './find.ts';
import { expiryOf } from './lifecycle/expiry.ts';
import { LifecyclePass } from './lifecycle/pass.ts';
import { DAY_MS, GARBAGE_GRACE_MS } from './limits.ts';
import { listObjects } from './listing.ts';
import { listVersions } from './list-versions.ts';
import { NewKeys } from './new-keys.ts';
import { openObject } from './open.ts';
import { listParts, partOf, partsOf, putPart } from './parts.ts';
import { putObject } from './put.ts';
import type { ObjectStore } from './store.ts';
import { Turns } from './turns.ts';
import { updateVersion } from './update-version.ts';
import { abortUpload, createUpload, getUpload, listUploads } from './uploads.ts';

export interface ObjectStoreOptions {
  readonly kv: KeyValueStore;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly log?: Log;
  /** How long unreferenced bytes stay for those who found them just before. */
  readonly garbageGraceMs?: number;
  /** How long lifecycle rules take a day to be. */
  readonly lifecycleDayMs?: number;
}

/**
 * Opens buckets and objects on a key-value store and a blob store, which stay the caller's to close.
 * Every thread opens its own; one of them runs `collect`.
 */
export async function openObjectStore(options: ObjectStoreOptions): Promise<ObjectStore> {
  const { kv, blobs, clock, log = silentLog, garbageGraceMs = GARBAGE_GRACE_MS } = options;
  const { lifecycleDayMs = DAY_MS } = options;
  const buckets = new BucketReader(kv);
  const [turns, newKeys] = [new Turns(), new NewKeys()];
  const core: Core = { kv, blobs, clock, log, buckets, turns, newKeys, garbageGraceMs };
  const collector = new Collector(core);
  const lifecycle = new LifecyclePass(core, lifecycleDayMs);
  return {
    createBucket: (request) => createBucket(core, request),
    findBucket: (name) => whenKnown(buckets.find(name), (row) => row?.bucket),
    deleteBucket: (name) => deleteBucket(core, name),
    listBuckets: (request) => listBuckets(core, request),
    updateBucket: (name, change) => updateBucket(core, name, change),
    bucketUsage: (bucket) => bucketUsage(core, bucket),

    put: (bucket, key, body, request) => putObject(core, bucket, key, body, request),
    find: (bucket, key, versionId) => findObject(core, bucket, key, versionId),
    open: (version, start, end) => openObject(core, version, start, end),
    copy: (source, bucket, key, request) => copyObject(core, source, bucket, key, request),
    delete: (bucket, key, request) => deleteObject(core, bucket, key, request),
    updateVersion: (version, change) => updateVersion(core, version, change),
    list: (bucket, request) => listObjects(core, bucket, request),
    listVersions: (bucket, request) => listVersions(core, bucket, request),

    createUpload: (bucket, key, request) => createUpload(core, bucket, key, request),
    getUpload: (bucket, key, uploadId) => getUpload(core, bucket, key, uploadId),
    putPart: (upload, partNumber, body, integrity) =>
      putPart(core, upload, partNumber, body, integrity),
    completeUpload: (upload, request) => completeUpload(core, upload, request),
    completedObject: (bucket, key, uploadId, request) =>
      completedObject(core, bucket, key, uploadId, request),
    abortUpload: (upload) => abortUpload(core, upload),
    listParts: (upload, request) => listParts(core, upload.uploadId, request),
    listUploads: (bucket, request) => listUploads(core, bucket, request),
    partOf: (version, partNumber) => partOf(core, version, partNumber),
    partsOf: (version, request) => partsOf(core, version, request),

    expiryOf: (bucket, version) => expiryOf(bucket, version, lifecycleDayMs),

    runLifecycle: () => lifecycle.step(),
    collect: () => collector.collect(),
    async [Symbol.asyncDispose]() {},
  };
}
