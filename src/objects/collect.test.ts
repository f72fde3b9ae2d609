import assert from 'node:assert/strict';
import { it } from 'node:test';
import { bodyOf } from '../base/http.ts';
import { openMemoryBlobStore } from '../blob/memory.ts';
import { bytesCounterKey, objectReferenceKey } from './keys.ts';
import { GARBAGE_GRACE_MS } from './limits.ts';
import { openObjectStore } from './open-object-store.ts';
import {
  get,
  NEW_OBJECT,
  NEW_UPLOAD,
  NO_INTEGRITY,
  openTestStore,
  OWNER,
  pattern,
  put,
  readAll,
} from './testing/fixtures.ts';
import { verifyStore } from './verify-store.ts';

const BIG = pattern(50_000);

async function collectAll(store: { collect(): Promise<number> }): Promise<void> {
  while ((await store.collect()) > 0);
}

it('collect: what was replaced goes, but only after those who found it had time to read it', async () => {
  await using test = await openTestStore();
  const version = await put(test, 'k', BIG);
  await put(test, 'k', 'small');
  test.clock.advance(GARBAGE_GRACE_MS - 1);
  await collectAll(test.store);
  assert.deepEqual(await readAll(await test.store.open(version, 0, version.size)), BIG);
  test.clock.advance(1);
  await collectAll(test.store);
  assert.equal(test.blobMap.size, 0);
  assert.deepEqual(await verifyStore(test.kv, test.blobs), []);
});

it('collect: blobs that a crash left are found after the next opening, no others', async () => {
  await using test = await openTestStore();
  await put(test, 'k', BIG);
  async function* chunks() {
    yield BIG;
  }
  await test.blobs.write(chunks());
  const blobs = openMemoryBlobStore(test.blobMap);
  const store = await openObjectStore({ kv: test.kv, blobs, clock: test.clock });
  // Written, but not yet committed, by someone who is at work now.
  await blobs.write(chunks());
  assert.equal(test.blobMap.size, 3);
  await collectAll(store);
  test.clock.advance(GARBAGE_GRACE_MS);
  await collectAll(store);
  assert.equal(test.blobMap.size, 2);
  assert.deepEqual(await get(test, 'k'), BIG);
});

it('collect: blobs that should move are copied, and everything that refers follows', async () => {
  await using test = await openTestStore();
  const source = await put(test, 'k', BIG);
  const request = { ...NEW_OBJECT, conditions: {}, checksumAlgorithm: undefined };
  await test.store.copy(source, test.bucket, 'copy', request);
  const upload = await test.store.createUpload(test.bucket, 'parts', NEW_UPLOAD);
  const { etag } = await test.store.putPart(upload, 1, bodyOf(BIG), NO_INTEGRITY);
  const before = [...test.blobMap.keys()];
  const plain = openMemoryBlobStore(test.blobMap);
  const blobs = { ...plain, movable: async () => before };
  const store = await openObjectStore({ kv: test.kv, blobs, clock: test.clock });
  for (let round = 0; round < 3; round += 1) {
    await collectAll(store);
    test.clock.advance(GARBAGE_GRACE_MS);
  }
  assert.equal(test.blobMap.size, 2);
  assert.ok(before.every((id) => !test.blobMap.has(id)));
  // A version that was found before its bytes moved can still be copied.
  await store.copy(source, test.bucket, 'late copy', request);
  await store.completeUpload(upload, {
    parts: [{ partNumber: 1, etag, checksum: undefined }],
    conditions: {},
    checksum: undefined,
    checksumType: undefined,
    size: undefined,
  });
  for (const key of ['k', 'copy', 'late copy', 'parts']) {
    assert.deepEqual(await get({ store, bucket: test.bucket }, key), BIG);
  }
  assert.deepEqual(await verifyStore(test.kv, blobs), []);
});

it('verifyStore: tells every kind of difference', async () => {
  await using test = await openTestStore();
  await put(test, 'k', BIG);
  assert.deepEqual(await verifyStore(test.kv, test.blobs), []);
  test.blobMap.clear();
  assert.match((await verifyStore(test.kv, test.blobs)).join(), /cannot be read/);
  await test.store.delete(test.bucket, 'k', { owner: OWNER, conditions: {} });
  const { id } = test.bucket;
  await test.kv.commit({
    writes: [
      { kind: 'add', key: bytesCounterKey(id), delta: 7 },
      {
        kind: 'set',
        key: objectReferenceKey('blob', 'x', { bucketId: id, key: 'k', sortId: 's' }),
        value: new Uint8Array(0),
      },
    ],
  });
  const problems = await verifyStore(test.kv, test.blobs);
  assert.match(problems.join(), /counts 0,0,7 and holds 0,0,0/);
  assert.match(problems.join(), /What keeps x does not refer to it/);
});
