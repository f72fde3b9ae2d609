import type { Entry } from '../kv/key-value-store.ts';
import { SPACE } from '../kv/spaces.ts';
import { decodeCounter } from '../kv/counter.ts';
import { encodeBucket } from './bucket-record.ts';
import type { Core } from './core.ts';
import { noSuchBucket, ObjectsError } from './error.ts';
import {
  after,
  bucketByOwnerKey,
  bucketKey,
  bytesCounterKey,
  dropUploadsPlanKey,
  keyPrefix,
  afterPrefix,
  keysUnder,
  lastText,
  objectsCounterKey,
  versionsCounterKey,
} from './keys.ts';
import { ATTEMPTS_MAX, ROWS_PER_READ } from './limits.ts';
import type { Bucket, BucketSettings } from './model.ts';
import type { BucketPage, CreateBucket, ListBuckets } from './store.ts';
import { newBucketId } from './version-id.ts';

export async function createBucket(core: Core, request: CreateBucket): Promise<Bucket> {
  const { name, owner, region, acl, ownership, objectLock } = request;
  const bucket: Bucket = {
    name,
    id: newBucketId(),
    owner,
    region,
    createdAtMs: core.clock.nowMs(),
    // "Object Lock considerations": lock needs versions, so it switches them on for good.
    versioning: objectLock ? 'enabled' : 'unversioned',
    objectLock,
    ownership,
    hasOwnershipControls: true,
    acl,
    publicAccessBlock: undefined,
    policy: undefined,
    tags: undefined,
    cors: undefined,
    lifecycle: undefined,
  };
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const existing = await core.buckets.find(name);
    if (existing !== undefined) throw bucketExists(existing.bucket, owner);
    const { committed } = await core.kv.commit({
      checks: [{ key: bucketKey(name), version: undefined }],
      writes: [
        { kind: 'set', key: bucketKey(name), value: encodeBucket(bucket) },
        { kind: 'set', key: bucketByOwnerKey(owner, name), value: new Uint8Array(0) },
      ],
    });
    if (committed) return bucket;
  }
  throw operationAborted(name);
}

/**
 * The counters' versions prove that nothing came into the bucket since it was found empty, because
 * whatever makes it non-empty changes one of them. Unfinished uploads do not keep a bucket; a plan
 * drops them.
 */
export async function deleteBucket(core: Core, name: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const row = await core.buckets.find(name);
    if (row === undefined) throw noSuchBucket(name);
    const { id, owner } = row.bucket;
    const counterKeys = [objectsCounterKey(id), versionsCounterKey(id)];
    const counters = await Promise.all(counterKeys.map((key) => core.kv.get(key)));
    if (!(await isEmpty(core, id))) {
      throw new ObjectsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', {
        BucketName: name,
      });
    }
    const { committed } = await core.kv.commit({
      checks: [
        { key: bucketKey(name), version: row.version },
        ...counterKeys.map((key, index) => ({ key, version: counters[index]?.version })),
      ],
      writes: [
        { kind: 'delete', key: bucketKey(name) },
        { kind: 'delete', key: bucketByOwnerKey(owner, name) },
        ...counterKeys.map((key) => ({ kind: 'delete' as const, key })),
        { kind: 'delete', key: bytesCounterKey(id) },
        { kind: 'set', key: dropUploadsPlanKey(id), value: new Uint8Array(0) },
      ],
    });
    if (committed) return;
  }
  throw operationAborted(name);
}

export async function updateBucket(
  core: Core,
  name: string,
  change: (bucket: Bucket) => Partial<BucketSettings>,
): Promise<Bucket> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const row = await core.buckets.find(name);
    if (row === undefined) throw noSuchBucket(name);
    const bucket: Bucket = { ...row.bucket, ...change(row.bucket) };
    const { committed } = await core.kv.commit({
      checks: [{ key: bucketKey(name), version: row.version }],
      writes: [{ kind: 'set', key: bucketKey(name), value: encodeBucket(bucket) }],
    });
    if (committed) return bucket;
  }
  throw operationAborted(name);
}

export async function listBuckets(core: Core, request: ListBuckets): Promise<BucketPage> {
  const { owner, prefix, limit, region } = request;
  const start = keyPrefix(SPACE.bucketByOwner, owner, prefix);
  const to = afterPrefix(start);
  let from = after(bucketByOwnerKey(owner, request.after));
  if (Buffer.compare(from, start) < 0) from = start;
  const buckets: Bucket[] = [];
  for (;;) {
    const entries = await core.kv.range({ from, to, limit: Math.min(limit + 1, ROWS_PER_READ) });
    for (const { key } of entries) {
      const row = await core.buckets.find(lastText(key, 2));
      if (row === undefined || row.bucket.owner !== owner) continue;
      if (region !== undefined && row.bucket.region !== region) continue;
      if (buckets.length === limit) return { buckets, truncated: true };
      buckets.push(row.bucket);
    }
    const last = entries.at(-1);
    if (last === undefined || limit === 0) return { buckets, truncated: false };
    from = after(last.key);
  }
}

export async function bucketUsage(
  core: Core,
  { id }: Bucket,
): Promise<{ readonly objects: number; readonly bytes: number }> {
  const [objects, bytes] = await Promise.all([
    core.kv.get(objectsCounterKey(id)),
    core.kv.get(bytesCounterKey(id)),
  ]);
  return { objects: counterOf(objects), bytes: counterOf(bytes) };
}

async function isEmpty({ kv }: Core, bucketId: string): Promise<boolean> {
  for (const space of [SPACE.object, SPACE.version]) {
    const entries = await kv.range({ ...keysUnder(space, bucketId), limit: 1 });
    if (entries.length > 0) return false;
  }
  return true;
}

export function counterOf(entry: Entry | undefined): number {
  return entry === undefined ? 0 : decodeCounter(entry.value);
}

function bucketExists(existing: Bucket, owner: string): ObjectsError {
  const fields = { BucketName: existing.name };
  return existing.owner === owner
    ? new ObjectsError(
        'BucketAlreadyOwnedByYou',
        'Your previous request to create the named bucket succeeded and you already own it.',
        fields,
      )
    : new ObjectsError(
        'BucketAlreadyExists',
        'The requested bucket name is not available. The bucket namespace is shared by all users ' +
          'of the system. Please select a different name and try again.',
        fields,
      );
}

function operationAborted(name: string): ObjectsError {
  return new ObjectsError(
    'OperationAborted',
    'A conflicting conditional operation is currently in progress against this resource. Please ' +
      'try again.',
    { BucketName: name },
  );
}
