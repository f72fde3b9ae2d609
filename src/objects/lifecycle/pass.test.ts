import assert from 'node:assert/strict';
import { it } from 'node:test';
import { bodyOf } from '../../base/http.ts';
import { DAY_MS } from '../limits.ts';
import type { Bucket } from '../model.ts';
import { openObjectStore } from '../open-object-store.ts';
import type { ObjectStore } from '../store.ts';
import {
  newBucket,
  NEW_UPLOAD,
  openTestStore,
  OWNER,
  putRequest,
  START_MS,
  type TestStore,
} from '../testing/fixtures.ts';
import type { LifecycleRule } from './configuration.ts';

const RULE: LifecycleRule = {
  id: 'r',
  isEnabled: true,
  filter: {
    form: 'filter',
    prefix: undefined,
    tags: [],
    sizeGreaterThan: undefined,
    sizeLessThan: undefined,
  },
  expiration: undefined,
  transitions: [],
  noncurrentExpiration: undefined,
  noncurrentTransitions: [],
  abortUploadsDays: undefined,
};
const AFTER_A_DAY = { kind: 'days', days: 1 } as const;
const DELETE = { owner: OWNER, conditions: {} };

function configure(
  test: TestStore,
  rules: readonly Partial<LifecycleRule>[],
  settings: Partial<Pick<Bucket, 'versioning'>> = {},
): Promise<Bucket> {
  const lifecycle = {
    rules: rules.map((rule) => ({ ...RULE, ...rule })),
    smallObjects: 'varies_by_storage_class',
  } as const;
  return test.store.updateBucket('photos', () => ({ lifecycle, ...settings }));
}

async function run(store: ObjectStore): Promise<number> {
  for (let steps = 0; ; steps += 1) {
    assert.ok(steps < 10_000, 'The pass does not end');
    if (!(await store.runLifecycle())) return steps;
  }
}

function put({ store }: TestStore, bucket: Bucket, key: string, fields = {}) {
  return store.put(bucket, key, bodyOf(Buffer.from('x')), putRequest(fields));
}

async function shown({ store }: TestStore, bucket: Bucket): Promise<string[]> {
  const request = { prefix: '', delimiter: '', keyMarker: '', versionIdMarker: '', limit: 10_000 };
  const { versions } = await store.listVersions(bucket, request);
  return versions.map(
    ({ key, kind, isLatest }) =>
      `${key}${kind === 'object' ? '' : ' marker'}${isLatest ? '' : ' old'}`,
  );
}

it('runLifecycle: expires what is due and matches, once a day', async () => {
  await using test = await openTestStore();
  const tags = [{ key: 'gone', value: 'yes' }];
  const bucket = await configure(test, [
    { expiration: AFTER_A_DAY, filter: { ...RULE.filter, prefix: 'logs/' } },
    { expiration: AFTER_A_DAY, filter: { ...RULE.filter, tags } },
  ]);
  for (const key of ['logs/a', 'logs/b', 'kept']) await put(test, bucket, key);
  await put(test, bucket, 'tagged', { tags });
  await run(test.store);
  assert.equal((await shown(test, bucket)).length, 4);
  test.clock.advance(DAY_MS - 1);
  assert.equal(await run(test.store), 0);
  test.clock.advance(1);
  await run(test.store);
  assert.deepEqual(await shown(test, bucket), ['kept']);
  assert.equal(await run(test.store), 0);
});

it('runLifecycle: walks a bucket of many pages, and goes on where it was after a restart', async () => {
  await using test = await openTestStore();
  const bucket = await configure(test, [{ expiration: AFTER_A_DAY }]);
  const count = 1200;
  for (let index = 0; index < count; index += 1) await put(test, bucket, `k${index}`);
  await run(test.store);
  test.clock.advance(DAY_MS);
  await test.store.runLifecycle();
  await test.store.runLifecycle();
  assert.equal((await shown(test, bucket)).length, count - 500);
  await using restarted = await openObjectStore({ ...test, clock: test.clock });
  assert.equal(await run(restarted), 4);
  assert.deepEqual(await shown(test, bucket), []);
});

it('runLifecycle: a version that was written again since is young again', async () => {
  await using test = await openTestStore();
  const bucket = await configure(test, [{ expiration: AFTER_A_DAY }]);
  await put(test, bucket, 'k');
  test.clock.advance(DAY_MS);
  // The key changes between the look at the page and the change that would expire it.
  const { range } = test.kv;
  let isReplaced = false;
  test.kv.range = async (asked) => {
    const entries = await range.call(test.kv, asked);
    if (!isReplaced && entries.length > 0 && entries[0]?.key[0] === 5) {
      isReplaced = true;
      await put(test, bucket, 'k');
    }
    return entries;
  };
  await run(test.store);
  assert.equal(isReplaced, true);
  assert.deepEqual(await shown(test, bucket), ['k']);
});

it('runLifecycle: with versions, expiry makes a marker, and the rest goes by its own rules', async () => {
  await using test = await openTestStore();
  const rules = [
    {
      expiration: AFTER_A_DAY,
      noncurrentExpiration: { days: 2, newerVersions: 1 },
    },
  ];
  const bucket = await configure(test, rules, { versioning: 'enabled' });
  for (let index = 0; index < 3; index += 1) await put(test, bucket, 'k');
  const day = async (count = 1) => {
    test.clock.advance(count * DAY_MS);
    await run(test.store);
    return shown(test, bucket);
  };
  const marked = ['k marker', 'k old', 'k old', 'k old'];
  assert.deepEqual(await day(), marked);
  // The two older ones became noncurrent at the start, the newest only with the marker.
  assert.deepEqual(await day(), ['k marker', 'k old']);
  assert.deepEqual(await day(5), ['k marker', 'k old']);
  await configure(test, [{ noncurrentExpiration: { days: 2, newerVersions: undefined } }]);
  assert.deepEqual(await day(), ['k marker']);
  await configure(test, [{ expiration: { kind: 'markers' } }]);
  assert.deepEqual(await day(), []);
});

it('runLifecycle: suspended versioning expires into a null marker', async () => {
  await using test = await openTestStore();
  await put(test, test.bucket, 'k');
  const rules = [{ expiration: AFTER_A_DAY }];
  const bucket = await configure(test, rules, { versioning: 'suspended' });
  test.clock.advance(DAY_MS);
  await run(test.store);
  assert.deepEqual(await shown(test, bucket), ['k marker']);
});

it('runLifecycle: knows since when a version is noncurrent across pages', async () => {
  await using test = await openTestStore();
  const rules = [{ noncurrentExpiration: { days: 1, newerVersions: 50 } }];
  const bucket = await configure(test, rules, { versioning: 'enabled' });
  test.clock.advance(DAY_MS / 2);
  for (let index = 0; index < 1101; index += 1) await put(test, bucket, 'k');
  test.clock.advance(2 * DAY_MS);
  await run(test.store);
  assert.equal((await shown(test, bucket)).length, 51);
});

it('runLifecycle: aborts old uploads and moves storage classes', async () => {
  await using test = await openTestStore();
  const transitions = [{ due: AFTER_A_DAY, storageClass: 'GLACIER' }];
  const bucket = await configure(test, [{ abortUploadsDays: 1 }, { transitions }]);
  await put(test, bucket, 'k');
  await test.store.createUpload(bucket, 'old', NEW_UPLOAD);
  test.clock.advance(DAY_MS / 2);
  const young = await test.store.createUpload(bucket, 'young', NEW_UPLOAD);
  test.clock.advance(DAY_MS / 2);
  await run(test.store);
  const request = { prefix: '', delimiter: '', keyMarker: '', uploadIdMarker: '', limit: 10 };
  const { uploads } = await test.store.listUploads(bucket, request);
  assert.deepEqual(
    uploads.map(({ uploadId }) => uploadId),
    [young.uploadId],
  );
  const moved = await test.store.find(bucket, 'k');
  assert.ok(moved?.kind === 'object');
  assert.deepEqual([moved.storageClass, moved.lastModifiedMs], ['GLACIER', START_MS]);
});

it('runLifecycle: visits every bucket that has rules', async () => {
  await using test = await openTestStore();
  const lifecycle = {
    rules: [{ ...RULE, expiration: AFTER_A_DAY }],
    smallObjects: 'all_storage_classes_128K',
  } as const;
  const buckets: Bucket[] = [];
  for (const name of ['aaa', 'photos-2', 'zzz']) {
    await test.store.createBucket(newBucket(name));
    buckets.push(await test.store.updateBucket(name, () => ({ lifecycle })));
  }
  for (const bucket of [...buckets, test.bucket]) await put(test, bucket, 'k');
  test.clock.advance(DAY_MS);
  await run(test.store);
  const left = await Promise.all([...buckets, test.bucket].map((bucket) => shown(test, bucket)));
  assert.deepEqual(left, [[], [], [], ['k']]);
});

it('expiryOf: of the latest version, by its rule', async () => {
  await using test = await openTestStore();
  const bucket = await configure(test, [{ id: 'a b', expiration: AFTER_A_DAY }]);
  const version = await put(test, bucket, 'k');
  const expected = { atMs: START_MS + DAY_MS, ruleId: 'a b' };
  assert.deepEqual(test.store.expiryOf(bucket, version), expected);
  assert.equal(test.store.expiryOf(bucket, { ...version, isLatest: false }), undefined);
  assert.equal(test.store.expiryOf(test.bucket, version), undefined);
  await test.store.delete(bucket, 'k', DELETE);
});
