import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { it } from 'node:test';
import { bodyOf } from '../base/http.ts';
import { digestOf } from './digest/digest.ts';
import { INLINE_SIZE_MAX } from './limits.ts';
import {
  chunkedBody,
  get,
  newBucket,
  NO_METADATA,
  openTestStore,
  OWNER,
  pattern,
  put,
  putRequest,
  readAll,
  refusal,
  START_MS,
  told,
} from './testing/fixtures.ts';

const SIZES = [0, 1, 100, INLINE_SIZE_MAX - 1, INLINE_SIZE_MAX, INLINE_SIZE_MAX + 1, 1_000_000];

it('put: what was put is found and read back, whatever its size and however it came', async () => {
  await using test = await openTestStore();
  for (const size of SIZES) {
    const bytes = pattern(size, size + 1);
    for (const body of [bodyOf(bytes), chunkedBody(bytes, 4096), chunkedBody(bytes, 70_000)]) {
      const stored = await test.store.put(test.bucket, `k${size}`, body, putRequest());
      assert.equal(stored.etag, createHash('md5').update(bytes).digest('hex'));
      assert.equal(stored.size, size);
      assert.deepEqual(told(await test.store.find(test.bucket, `k${size}`)), told(stored));
      assert.deepEqual(await get(test, `k${size}`), bytes);
    }
  }
});

it('put: keeps metadata, tags, ACL, checksum and storage class', async () => {
  await using test = await openTestStore();
  const user = Object.assign(Object.create(null), { __proto__: 'x', a: 'ä', constructor: 'c' });
  const metadata = { ...NO_METADATA, contentType: 'text/plain', expires: 'never', user };
  const bytes = Buffer.from('hello');
  await test.store.put(
    test.bucket,
    'k',
    bodyOf(bytes),
    putRequest({
      metadata,
      storageClass: 'REDUCED_REDUNDANCY',
      tags: [
        { key: 'b', value: '1' },
        { key: 'a', value: '2' },
      ],
      acl: { owner: OWNER, grants: [] },
      integrity: {
        checksumAlgorithm: 'CRC32C',
        expected: () => new Map([['CRC32C', digestOf('CRC32C', bytes)]]),
        size: 5,
      },
    }),
  );
  const found = await test.store.find(test.bucket, 'k');
  assert.ok(found?.kind === 'object');
  assert.equal(found.metadata.contentType, 'text/plain');
  assert.equal(found.metadata.expires, 'never');
  assert.equal(Object.getPrototypeOf(found.metadata.user), null);
  assert.deepEqual({ ...found.metadata.user }, { ...user });
  assert.equal(found.storageClass, 'REDUCED_REDUNDANCY');
  assert.deepEqual(found.tags, [
    { key: 'b', value: '1' },
    { key: 'a', value: '2' },
  ]);
  assert.deepEqual(found.acl, { owner: OWNER, grants: [] });
  assert.deepEqual(found.checksum, { algorithm: 'CRC32C', type: 'FULL_OBJECT', value: 'mnG7TA==' });
  assert.equal(found.lastModifiedMs, START_MS);
  assert.equal(found.versionId, 'null');
});

it('put: refuses what is not as said, keeps nothing of it, and leaves the old object', async () => {
  await using test = await openTestStore();
  await put(test, 'k', 'old');
  for (const size of [10, 100_000]) {
    const bytes = pattern(size);
    const wrong = new Map([['MD5', digestOf('MD5', Buffer.from('other'))]] as const);
    const wrongSha = new Map([['SHA256', new Uint8Array(32)]] as const);
    const cases = [
      ['BadDigest', { expected: () => wrong }],
      ['BadDigest', { checksumAlgorithm: 'SHA256', expected: () => wrongSha }],
      ['IncompleteBody', { size: size + 1 }],
      ['IncompleteBody', { size: size - 1 }],
    ] as const;
    for (const [kind, integrity] of cases) {
      const body = chunkedBody(bytes, 999);
      const request = putRequest({ integrity });
      await assert.rejects(test.store.put(test.bucket, 'k', body, request), refusal(kind));
    }
  }
  assert.deepEqual(await get(test, 'k'), Buffer.from('old'));
  assert.equal(test.blobMap.size, 0);
});

it('put: a body that breaks off leaves nothing', async () => {
  await using test = await openTestStore();
  for (const size of [10, 100_000]) {
    const body = {
      length: size + 1,
      async *[Symbol.asyncIterator]() {
        yield pattern(size);
        throw new Error('The client went away');
      },
    };
    await assert.rejects(test.store.put(test.bucket, 'k', body, putRequest()), /went away/);
  }
  assert.equal(await test.store.find(test.bucket, 'k'), undefined);
  assert.equal(test.blobMap.size, 0);
});

it('open: reads exactly the range', async () => {
  await using test = await openTestStore();
  for (const size of [100, 50_000]) {
    const bytes = pattern(size);
    const version = await put(test, 'k', bytes);
    for (const [start, end] of [
      [0, 0],
      [0, 1],
      [5, 77],
      [size - 1, size],
      [0, size],
    ] as const) {
      const source = await test.store.open(version, start, end);
      assert.equal(source.length, end - start);
      assert.deepEqual(await readAll(source), bytes.subarray(start, end));
    }
    assert.throws(() => test.store.open(version, 0, size + 1), refusal('InvalidArgument'));
  }
});

it('delete: the object is gone; deleting nothing succeeds', async () => {
  await using test = await openTestStore();
  await put(test, 'k', 'x');
  const request = { owner: OWNER, conditions: {} };
  const nothing = { versionId: undefined, deleteMarker: false };
  assert.deepEqual(await test.store.delete(test.bucket, 'k', request), nothing);
  assert.equal(await test.store.find(test.bucket, 'k'), undefined);
  assert.deepEqual(await test.store.delete(test.bucket, 'k', request), nothing);
});

it('buckets: created, found, listed in order, counted, deleted when empty', async () => {
  await using test = await openTestStore();
  const { store } = test;
  const other = '444455556666';
  await store.createBucket(newBucket('alpha', { region: 'eu-west-1' }));
  await store.createBucket(newBucket('beta', { owner: other }));
  await assert.rejects(store.createBucket(newBucket('alpha')), refusal('BucketAlreadyOwnedByYou'));
  await assert.rejects(store.createBucket(newBucket('beta')), refusal('BucketAlreadyExists'));
  const list = async (fields: object) => {
    const request = { owner: OWNER, prefix: '', after: '', region: undefined, limit: 10 };
    const page = await store.listBuckets({ ...request, ...fields });
    return [page.buckets.map(({ name }) => name).join(), page.truncated];
  };
  assert.deepEqual(await list({}), ['alpha,photos', false]);
  assert.deepEqual(await list({ limit: 1 }), ['alpha', true]);
  assert.deepEqual(await list({ limit: 1, after: 'alpha' }), ['photos', false]);
  assert.deepEqual(await list({ prefix: 'ph' }), ['photos', false]);
  assert.deepEqual(await list({ region: 'eu-west-1' }), ['alpha', false]);
  assert.deepEqual(await list({ owner: other }), ['beta', false]);

  await put(test, 'a', 'four');
  await put(test, 'b', pattern(20_000));
  await put(test, 'b', 'two');
  assert.deepEqual(await store.bucketUsage(test.bucket), { objects: 2, bytes: 7 });
  await assert.rejects(store.deleteBucket('photos'), refusal('BucketNotEmpty'));
  for (const key of ['a', 'b'])
    await store.delete(test.bucket, key, { owner: OWNER, conditions: {} });
  await store.deleteBucket('photos');
  assert.equal(await store.findBucket('photos'), undefined);
  await assert.rejects(store.deleteBucket('photos'), refusal('NoSuchBucket'));
  await assert.rejects(put(test, 'a', 'x'), refusal('NoSuchBucket'));
  await store.createBucket(newBucket('photos'));
  await assert.rejects(put(test, 'a', 'x'), refusal('NoSuchBucket'));
  assert.deepEqual(await list({}), ['alpha,photos', false]);
});

it('findBucket: the same object while the bucket is the same, the new one at once', async () => {
  await using test = await openTestStore();
  const { store } = test;
  const before = await store.findBucket('photos');
  await store.createBucket(newBucket('alpha'));
  assert.equal(await store.findBucket('photos'), before);
  assert.equal(await store.findBucket('none'), undefined);
  const policy = '{"Version":"2012-10-17"}';
  await store.updateBucket('photos', () => ({ policy }));
  const afterwards = await store.findBucket('photos');
  assert.equal(afterwards?.policy, policy);
  assert.equal(afterwards.id, before?.id);
  await assert.rejects(
    store.updateBucket('none', () => ({ policy })),
    refusal('NoSuchBucket'),
  );
});

it('updateBucket: concurrent changes of different settings are all kept', async () => {
  await using test = await openTestStore();
  const tag = (index: number) => ({ key: `k${index}`, value: 'v' });
  await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      test.store.updateBucket('photos', ({ tags }) => ({ tags: [...(tags ?? []), tag(index)] })),
    ),
  );
  assert.equal((await test.store.findBucket('photos'))?.tags?.length, 8);
});

it('updateVersion: changes tags and ACL alone, and nothing when the version went', async () => {
  await using test = await openTestStore();
  const version = await put(test, 'k', 'bytes');
  const tags = [{ key: 'a', value: 'b' }];
  const tagged = await test.store.updateVersion(version, { tags });
  const acl = { owner: OWNER, grants: [] };
  await test.store.updateVersion(version, { acl });
  const found = await test.store.find(test.bucket, 'k');
  assert.ok(found?.kind === 'object');
  assert.deepEqual([tagged.tags, found.tags, found.acl], [tags, tags, acl]);
  assert.equal(found.lastModifiedMs, version.lastModifiedMs);
  const newer = await put(test, 'k', 'newer');
  await test.store.updateVersion(version, { tags: undefined });
  assert.deepEqual(told(await test.store.find(test.bucket, 'k')), told(newer));
});
