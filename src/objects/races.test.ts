import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { it } from 'node:test';
import * as fc from 'fast-check';
import { ManualClock } from '../base/clock.ts';
import { bodyOf } from '../base/http.ts';
import type { BlobId, BlobStore } from '../blob/blob-store.ts';
import { openMemoryBlobStore } from '../blob/memory.ts';
import type { KeyValueStore } from '../kv/key-value-store.ts';
import { openMemoryStore } from '../kv/memory.ts';
import { ObjectsError } from './error.ts';
import { IN_RECORD_SIZE_MAX, INLINE_SIZE_MAX } from './limits.ts';
import type { Bucket, ObjectVersion, Upload } from './model.ts';
import { openObjectStore } from './open-object-store.ts';
import type { ObjectStore } from './store.ts';
import {
  NEW_OBJECT,
  NEW_UPLOAD,
  newBucket,
  NO_INTEGRITY,
  OWNER,
  pattern,
  putRequest,
  readAll,
  START_MS,
} from './testing/fixtures.ts';
import { verifyStore } from './verify-store.ts';

/** A store whose every operation takes place when the scheduler says, in any order. */
function scheduledStore(kv: KeyValueStore, scheduler: fc.Scheduler): KeyValueStore {
  const later = async <T>(label: string, run: () => T | Promise<T>): Promise<T> => {
    await scheduler.schedule(Promise.resolve(), label);
    return run();
  };
  return {
    get: (key) => later('get', () => kv.get(key)),
    range: (range) => later('range', () => kv.range(range)),
    commit: (commit) => later('commit', () => kv.commit(commit)),
    revision: (space) => kv.revision(space),
    async [Symbol.asyncDispose]() {},
  };
}

/** As if every blob lay in a segment that should go. */
function restlessBlobs(blobMap: Map<BlobId, Uint8Array>): BlobStore {
  const blobs = openMemoryBlobStore(blobMap);
  return { ...blobs, movable: async (limit) => [...blobMap.keys()].slice(0, limit) };
}

/** A blob, and bytes that lie beside their record. */
const BIG = INLINE_SIZE_MAX + 1;
const SMALL = IN_RECORD_SIZE_MAX + 1;
const request = { owner: OWNER, conditions: {} };

type Action = (world: World) => Promise<unknown>;

interface World {
  readonly store: ObjectStore;
  /** Of the objects that are put. */
  readonly size: number;
  readonly bucket: Bucket;
  readonly source: ObjectVersion;
  readonly versions: readonly string[];
  readonly upload: Upload;
  readonly part: {
    readonly partNumber: number;
    readonly etag: string;
    readonly checksum: undefined;
  };
  /** Contents that were written, as their ETags. */
  readonly etags: Set<string>;
}

const put = async ({ store, bucket, etags, size }: World, key: string, seed: number) => {
  const bytes = pattern(size, seed);
  const version = await store.put(bucket, key, bodyOf(bytes), putRequest());
  etags.add(version.etag);
};

const ACTIONS: Readonly<Record<string, Action>> = {
  'put source': (world) => put(world, 'source', 11),
  'put target': (world) => put(world, 'target', 12),
  'delete source': ({ store, bucket }) => store.delete(bucket, 'source', request),
  'delete target': ({ store, bucket }) => store.delete(bucket, 'target', request),
  'delete oldest': ({ store, bucket, versions }) =>
    store.delete(bucket, 'source', { ...request, versionId: versions[0] ?? '' }),
  'delete newest': ({ store, bucket, versions }) =>
    store.delete(bucket, 'source', { ...request, versionId: versions.at(-1) ?? '' }),
  copy: ({ store, bucket, source }) =>
    store.copy(source, bucket, 'target', {
      ...NEW_OBJECT,
      conditions: {},
      checksumAlgorithm: undefined,
    }),
  get: async ({ store, bucket }) => {
    const found = await store.find(bucket, 'source');
    // Bytes of a blob that went may be collected at once here, where nothing has time to be read.
    if (found?.kind !== 'object' || found.size === BIG) return;
    const bytes = await readAll(await store.open(found, 0, found.size));
    assert.equal(createHash('md5').update(bytes).digest('hex'), found.etag);
  },
  tag: ({ store, source }) => store.updateVersion(source, { tags: [{ key: 'a', value: 'b' }] }),
  'put part': ({ store, upload }) =>
    store.putPart(upload, 1, bodyOf(pattern(BIG, 13)), NO_INTEGRITY),
  'put other part': ({ store, upload }) =>
    store.putPart(upload, 2, bodyOf(pattern(BIG, 14)), NO_INTEGRITY),
  complete: ({ store, upload, part }) =>
    store.completeUpload(upload, {
      parts: [part],
      conditions: {},
      checksum: undefined,
      checksumType: undefined,
      size: undefined,
    }),
  abort: ({ store, upload }) => store.abortUpload(upload),
  collect: async ({ store }) => {
    for (let round = 0; round < 4; round += 1) await store.collect();
  },
  suspend: ({ store }) => store.updateBucket('photos', () => ({ versioning: 'suspended' })),
};

it('concurrent changes in any order of their steps leave a sound store and readable objects', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.constantFrom('unversioned' as const, 'enabled' as const),
      fc.constantFrom(BIG, SMALL),
      fc.uniqueArray(fc.constantFrom(...Object.keys(ACTIONS)), { minLength: 2, maxLength: 6 }),
      async (scheduler, versioning, size, names) => {
        const kv = openMemoryStore();
        const blobMap = new Map<BlobId, Uint8Array>();
        const clock = new ManualClock(START_MS);
        const open = (under: KeyValueStore) =>
          openObjectStore({ kv: under, blobs: restlessBlobs(blobMap), clock, garbageGraceMs: 0 });
        const plain = await open(kv);
        await plain.createBucket(newBucket('photos'));
        const bucket = await plain.updateBucket('photos', () => ({ versioning }));
        const etags = new Set<string>();
        const versions: ObjectVersion[] = [];
        for (const seed of [1, 2, 3]) {
          const bytes = bodyOf(pattern(size, seed));
          versions.push(await plain.put(bucket, 'source', bytes, putRequest()));
          etags.add(versions.at(-1)!.etag);
        }
        const upload = await plain.createUpload(bucket, 'target', NEW_UPLOAD);
        const { etag } = await plain.putPart(upload, 1, bodyOf(pattern(BIG, 4)), NO_INTEGRITY);
        const world: World = {
          store: await open(scheduledStore(kv, scheduler)),
          size,
          bucket,
          source: versions.at(-1)!,
          versions: versions.map(({ versionId }) => versionId),
          upload,
          part: { partNumber: 1, etag, checksum: undefined },
          etags,
        };
        const runs = names.map(async (name) => {
          try {
            await ACTIONS[name]?.(world);
          } catch (error) {
            if (!(error instanceof ObjectsError)) throw error;
            assert.notEqual(error.kind, 'OperationAborted');
          }
        });
        await scheduler.waitFor(Promise.all(runs));
        assert.deepEqual(await verifyStore(kv, restlessBlobs(blobMap)), []);
        for (let round = 0; round < 3; round += 1) await plain.collect();
        assert.deepEqual(await verifyStore(kv, restlessBlobs(blobMap)), []);
        for (const key of ['source', 'target']) {
          const found = await plain.find(bucket, key);
          if (found?.kind !== 'object') continue;
          const bytes = await readAll(await plain.open(found, 0, found.size));
          const isOfParts = found.partCount !== undefined;
          assert.ok(isOfParts ? bytes.equals(pattern(BIG, 4)) : etags.has(found.etag));
          assert.equal(bytes.byteLength, isOfParts ? BIG : size);
        }
      },
    ),
    { numRuns: 150 },
  );
});
