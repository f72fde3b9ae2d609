import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { KeyValueStore } from '../kv/key-value-store.ts';
import { SPACE } from '../kv/spaces.ts';
import { openObjectStore } from './open-object-store.ts';
import { get, openTestStore, pattern, put, type TestStore } from './testing/fixtures.ts';
import { verifyStore } from './verify-store.ts';

const COUNT = 100;
const [FIRST, SECOND] = [pattern(4096, 1), pattern(4000, 2)];

/** The store again, with what it does to the rows of objects counted. */
async function counted(test: TestStore) {
  const counts = { reads: 0, commits: 0 };
  const kv: KeyValueStore = {
    get(key) {
      if (key[0] === SPACE.object) counts.reads += 1;
      return test.kv.get(key);
    },
    range: (range) => test.kv.range(range),
    commit(commit) {
      counts.commits += 1;
      return test.kv.commit(commit);
    },
    revision: (space) => test.kv.revision(space),
    [Symbol.asyncDispose]: async () => {},
  };
  const store = await openObjectStore({ ...test, kv });
  return { counts, test: { ...test, store } };
}

it('put: keys that are new, one after the other, are soon no longer looked for', async () => {
  await using base = await openTestStore();
  const { counts, test } = await counted(base);
  for (let index = 0; index < COUNT; index += 1) await put(test, `k${index}`, FIRST);
  assert.ok(counts.reads < COUNT / 2, `${counts.reads} reads`);
  assert.equal(counts.commits, COUNT);
  assert.deepEqual(await base.store.bucketUsage(base.bucket), {
    objects: COUNT,
    bytes: COUNT * FIRST.byteLength,
  });
});

it('put: a key that was taken for new replaces what is there, and teaches to look', async () => {
  await using base = await openTestStore();
  const { counts, test } = await counted(base);
  for (let index = 0; index < COUNT; index += 1) await put(test, `k${index}`, FIRST);
  Object.assign(counts, { reads: 0, commits: 0 });
  for (let index = 0; index < COUNT; index += 1) await put(test, `k${index}`, SECOND);
  assert.deepEqual(counts, { reads: COUNT, commits: COUNT + 1 });
  assert.deepEqual(await get(base, 'k0'), SECOND);
  assert.deepEqual(await base.store.bucketUsage(base.bucket), {
    objects: COUNT,
    bytes: COUNT * SECOND.byteLength,
  });
  assert.deepEqual(await verifyStore(base.kv, base.blobs), []);
});

it('put: two at once that both take a key for new leave one object', async () => {
  await using test = await openTestStore();
  for (let index = 0; index < COUNT; index += 1) await put(test, `k${index}`, FIRST);
  await Promise.all([FIRST, SECOND, FIRST].map((bytes) => put(test, 'same', bytes)));
  const { objects } = await test.store.bucketUsage(test.bucket);
  assert.equal(objects, COUNT + 1);
  assert.deepEqual(await verifyStore(test.kv, test.blobs), []);
});
