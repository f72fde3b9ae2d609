import assert from 'node:assert/strict';
import { it } from 'node:test';
import { bodyOf } from '../base/http.ts';
import { contentKey, keysUnder, lastText, objectKey } from './keys.ts';
import { IN_RECORD_SIZE_MAX, INLINE_SIZE_MAX } from './limits.ts';
import { RecordCorruptError } from './envelope.ts';
import { openObjectStore } from './open-object-store.ts';
import { SPACE } from '../kv/spaces.ts';
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
  told,
  type TestStore,
} from './testing/fixtures.ts';
import { verifyStore } from './verify-store.ts';

const FIRST = pattern(IN_RECORD_SIZE_MAX + 1, 1);
const SECOND = pattern(INLINE_SIZE_MAX, 2);
const deletion = { owner: OWNER, conditions: {} };

async function contentsOf({ kv }: TestStore): Promise<string[]> {
  const entries = await kv.range({ ...keysUnder(SPACE.content), limit: 100 });
  return entries.map(({ key }) => lastText(key, 1));
}

it('put: bytes lie in the record, beside it or in a blob, by their size', async () => {
  const cases = [
    [0, 0, 0],
    [IN_RECORD_SIZE_MAX, 0, 0],
    [IN_RECORD_SIZE_MAX + 1, 1, 0],
    [INLINE_SIZE_MAX, 1, 0],
    [INLINE_SIZE_MAX + 1, 0, 1],
  ] as const;
  for (const [size, contents, blobs] of cases) {
    await using test = await openTestStore();
    const bytes = pattern(size);
    await put(test, 'k', bytes);
    assert.deepEqual(await get(test, 'k'), bytes, String(size));
    assert.deepEqual([(await contentsOf(test)).length, test.blobMap.size], [contents, blobs]);
    const row = await test.kv.get(objectKey(test.bucket.id, 'k'));
    assert.ok((row?.value.byteLength ?? 0) < IN_RECORD_SIZE_MAX + 300);
    assert.deepEqual(await verifyStore(test.kv, test.blobs), []);
  }
});

it('put, copy, delete: contents come and go with the versions that have them', async () => {
  await using test = await openTestStore();
  const version = await put(test, 'k', FIRST);
  const first = await contentsOf(test);
  const request = { ...NEW_OBJECT, conditions: {}, checksumAlgorithm: undefined };
  await test.store.copy(version, test.bucket, 'copy', request);
  assert.equal((await contentsOf(test)).length, 2);
  await put(test, 'k', SECOND);
  const second = await contentsOf(test);
  assert.equal(second.length, 2);
  assert.ok(!second.includes(first[0] ?? ''));
  assert.deepEqual([await get(test, 'k'), await get(test, 'copy')], [SECOND, FIRST]);
  await put(test, 'k', 'short');
  await test.store.delete(test.bucket, 'copy', deletion);
  assert.deepEqual(await contentsOf(test), []);
  assert.deepEqual(await verifyStore(test.kv, test.blobs), []);
});

it('versioning: a version that moves keeps its content where it is', async () => {
  await using test = await openTestStore();
  await put(test, 'k', FIRST);
  const contents = await contentsOf(test);
  await test.store.updateBucket('photos', () => ({ versioning: 'enabled' }));
  const { versionId } = await put(test, 'k', 'newer');
  assert.deepEqual(await get(test, 'k', 'null'), FIRST);
  const { versionId: marker = '' } = await test.store.delete(test.bucket, 'k', deletion);
  assert.deepEqual(await contentsOf(test), contents);
  for (const id of [marker, versionId]) {
    await test.store.delete(test.bucket, 'k', { ...deletion, versionId: id });
  }
  assert.deepEqual(await get(test, 'k'), FIRST);
  assert.deepEqual(await contentsOf(test), contents);
  await test.store.delete(test.bucket, 'k', { ...deletion, versionId: 'null' });
  assert.deepEqual(await contentsOf(test), []);
  assert.deepEqual(await verifyStore(test.kv, test.blobs), []);
});

it('updateVersion: neither writes the content nor loses it', async () => {
  await using test = await openTestStore();
  const version = await put(test, 'k', FIRST);
  const [id = ''] = await contentsOf(test);
  const before = await test.kv.get(contentKey(id));
  const tags = [{ key: 'a', value: 'b' }];
  const tagged = await test.store.updateVersion(version, { tags });
  assert.deepEqual(await test.kv.get(contentKey(id)), before);
  const bytes = await readAll(await test.store.open(tagged, 0, tagged.size));
  assert.deepEqual([bytes, await get(test, 'k')], [FIRST, FIRST]);
});

it('putPart: the bytes of a small part lie in its row', async () => {
  await using test = await openTestStore();
  const upload = await test.store.createUpload(test.bucket, 'k', NEW_UPLOAD);
  await test.store.putPart(upload, 1, bodyOf(FIRST), NO_INTEGRITY);
  assert.deepEqual(await contentsOf(test), []);
});

/** What finding `k` gives when `run` is done between the readings of the record and of the content. */
async function findAround(test: TestStore, run: () => Promise<unknown>) {
  let isDone = false;
  const store = await openObjectStore({
    kv: {
      ...test.kv,
      range: (range) => test.kv.range(range),
      revision: (space) => test.kv.revision(space),
      commit: (commit) => test.kv.commit(commit),
      async get(key) {
        if (key[0] === SPACE.content && !isDone) {
          isDone = true;
          await run();
        }
        return test.kv.get(key);
      },
    },
    blobs: test.blobs,
    clock: test.clock,
  });
  const found = await store.find(test.bucket, 'k');
  assert.ok(isDone);
  return found;
}

it('find: a version that goes before its content is read gives way to the next', async () => {
  await using test = await openTestStore();
  await put(test, 'k', FIRST);
  const found = await findAround(test, () => put(test, 'k', SECOND));
  assert.ok(found?.kind === 'object');
  assert.deepEqual(told(found), told(await test.store.find(test.bucket, 'k')));
  assert.deepEqual(await readAll(await test.store.open(found, 0, found.size)), SECOND);
  const gone = await findAround(test, () => test.store.delete(test.bucket, 'k', deletion));
  assert.equal(gone, undefined);
});

it('open: a version that was found can be read after it went', async () => {
  await using test = await openTestStore();
  await put(test, 'k', FIRST);
  const found = await test.store.find(test.bucket, 'k');
  assert.ok(found?.kind === 'object');
  await test.store.delete(test.bucket, 'k', deletion);
  assert.deepEqual(await readAll(await test.store.open(found, 10, 20)), FIRST.subarray(10, 20));
});

it('find, open, verifyStore: contents that are missing, changed or nobody’s are noticed', async () => {
  await using test = await openTestStore();
  await put(test, 'k', FIRST);
  const [id = ''] = await contentsOf(test);
  const set = (key: Uint8Array, value: Uint8Array) =>
    test.kv.commit({ writes: [{ kind: 'set', key, value }] });
  await set(contentKey(id), pattern(FIRST.byteLength, 3));
  await assert.rejects(get(test, 'k'), RecordCorruptError);
  await set(contentKey(id), FIRST.subarray(1));
  assert.match((await verifyStore(test.kv, test.blobs)).join(), /has not the size that it says/);
  await test.kv.commit({ writes: [{ kind: 'delete', key: contentKey(id) }] });
  await assert.rejects(async () => test.store.find(test.bucket, 'k'), RecordCorruptError);
  await set(contentKey('nobody'), FIRST);
  const problems = (await verifyStore(test.kv, test.blobs)).join();
  assert.match(problems, new RegExp(`content ${id} of k is missing`));
  assert.match(problems, /No version has the content nobody/);
});
