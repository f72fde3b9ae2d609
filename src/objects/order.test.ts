import assert from 'node:assert/strict';
import { it } from 'node:test';
import { bodyOf } from '../base/http.ts';
import type { KeyValueStore } from '../kv/key-value-store.ts';
import { openObjectStore } from './open-object-store.ts';
import type { ObjectStore } from './store.ts';
import {
  NEW_UPLOAD,
  NO_INTEGRITY,
  openTestStore,
  OWNER,
  pattern,
  put,
  refusal,
  type TestStore,
} from './testing/fixtures.ts';
import { verifyStore } from './verify-store.ts';

/** Operations of the store below, and something to do before the n-th of a kind, once. */
interface Interruption {
  readonly kind: 'get' | 'commit';
  readonly nth: number;
  readonly run: () => Promise<unknown>;
}

/** A second store on the same engines, which is interrupted as told. */
function interrupted(test: TestStore, { kind, nth, run }: Interruption): Promise<ObjectStore> {
  let count = 0;
  const pause = async (at: Interruption['kind']): Promise<void> => {
    if (at !== kind) return;
    count += 1;
    if (count === nth) await run();
  };
  const kv: KeyValueStore = {
    range: (range) => test.kv.range(range),
    revision: (space) => test.kv.revision(space),
    async get(key) {
      await pause('get');
      return test.kv.get(key);
    },
    async commit(commit) {
      await pause('commit');
      return test.kv.commit(commit);
    },
    async [Symbol.asyncDispose]() {},
  };
  return openObjectStore({ kv, blobs: test.blobs, clock: test.clock });
}

const BIG = pattern(20_000, 1);
const OTHER = pattern(20_000, 2);
const deletion = { owner: OWNER, conditions: {} };

it('completeUpload: a part that is uploaded again before the commit is noticed', async () => {
  await using test = await openTestStore();
  const upload = await test.store.createUpload(test.bucket, 'k', NEW_UPLOAD);
  const { etag } = await test.store.putPart(upload, 1, bodyOf(BIG), NO_INTEGRITY);
  const run = () => test.store.putPart(upload, 1, bodyOf(OTHER), NO_INTEGRITY);
  const store = await interrupted(test, { kind: 'commit', nth: 1, run });
  const request = {
    parts: [{ partNumber: 1, etag, checksum: undefined }],
    conditions: {},
    checksum: undefined,
    checksumType: undefined,
    size: undefined,
  };
  await assert.rejects(store.completeUpload(upload, request), refusal('InvalidPart'));
  assert.deepEqual(await verifyStore(test.kv, test.blobs), []);
});

it('completeUpload: an unchosen part whose bytes move before the commit goes with them', async () => {
  await using test = await openTestStore();
  const upload = await test.store.createUpload(test.bucket, 'k', NEW_UPLOAD);
  const { etag } = await test.store.putPart(upload, 1, bodyOf(BIG), NO_INTEGRITY);
  await test.store.putPart(upload, 2, bodyOf(OTHER), NO_INTEGRITY);
  const movable = [...test.blobMap.keys()];
  const blobs = { ...test.blobs, movable: async () => movable };
  const collector = await openObjectStore({ kv: test.kv, blobs, clock: test.clock });
  const run = () => collector.collect();
  const store = await interrupted(test, { kind: 'commit', nth: 1, run });
  await store.completeUpload(upload, {
    parts: [{ partNumber: 1, etag, checksum: undefined }],
    conditions: {},
    checksum: undefined,
    checksumType: undefined,
    size: undefined,
  });
  assert.deepEqual(await verifyStore(test.kv, test.blobs), []);
});

it('deleteBucket: a put before the commit keeps the bucket', async () => {
  for (const versioning of ['unversioned', 'enabled'] as const) {
    await using test = await openTestStore();
    await test.store.updateBucket('photos', () => ({ versioning }));
    const run = () => put(test, 'k', 'x');
    const store = await interrupted(test, { kind: 'commit', nth: 1, run });
    await assert.rejects(store.deleteBucket('photos'), refusal('BucketNotEmpty'));
  }
  await using test = await openTestStore();
  await test.store.updateBucket('photos', () => ({ versioning: 'enabled' }));
  const run = () => test.store.delete(test.bucket, 'k', deletion);
  const store = await interrupted(test, { kind: 'commit', nth: 1, run });
  await assert.rejects(store.deleteBucket('photos'), refusal('BucketNotEmpty'));
});

it('put: a bucket that is deleted, or versioned, before the commit is noticed', async () => {
  await using test = await openTestStore();
  const enable = () => test.store.updateBucket('photos', () => ({ versioning: 'enabled' }));
  const versioned = await interrupted(test, { kind: 'commit', nth: 1, run: enable });
  const version = await put({ store: versioned, bucket: test.bucket }, 'k', 'x');
  assert.notEqual(version.versionId, 'null');
  await test.store.delete(test.bucket, 'k', { ...deletion, versionId: version.versionId });
  const remove = () => test.store.deleteBucket('photos');
  const gone = await interrupted(test, { kind: 'commit', nth: 1, run: remove });
  await assert.rejects(
    put({ store: gone, bucket: test.bucket }, 'k', BIG),
    refusal('NoSuchBucket'),
  );
  assert.equal(test.blobMap.size, 0);
});

it('delete: a version that becomes the latest while it is looked for is found', async () => {
  await using test = await openTestStore();
  await test.store.updateBucket('photos', () => ({ versioning: 'enabled' }));
  const { versionId } = await put(test, 'k', 'older');
  const newer = await put(test, 'k', 'newer');
  const run = () =>
    test.store.delete(test.bucket, 'k', { ...deletion, versionId: newer.versionId });
  // The bucket, the latest version, then the place of the older one.
  const store = await interrupted(test, { kind: 'get', nth: 3, run });
  await store.delete(test.bucket, 'k', { ...deletion, versionId });
  assert.equal(await test.store.find(test.bucket, 'k'), undefined);
  assert.equal(await test.store.find(test.bucket, 'k', versionId), undefined);
});

it('find: a version that becomes the latest while it is looked for is found', async () => {
  await using test = await openTestStore();
  await test.store.updateBucket('photos', () => ({ versioning: 'enabled' }));
  const { versionId } = await put(test, 'k', 'older');
  const newer = await put(test, 'k', 'newer');
  const run = () =>
    test.store.delete(test.bucket, 'k', { ...deletion, versionId: newer.versionId });
  // The bucket, the latest version twice, then the place of the older one.
  const store = await interrupted(test, { kind: 'get', nth: 4, run });
  const found = await store.find(test.bucket, 'k', versionId);
  assert.equal(found?.versionId, versionId);
});
