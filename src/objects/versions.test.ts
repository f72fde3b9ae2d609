import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as fc from 'fast-check';
import { get, openTestStore, OWNER, put, type TestStore } from './testing/fixtures.ts';
import { verifyStore } from './verify-store.ts';
import { newVersionId, nextStamp } from './version-id.ts';

/** What a client can see of a key: the latest version, and each known id's content. */
async function seen(test: TestStore, ids: readonly string[]): Promise<string> {
  const tell = async (versionId?: string): Promise<string> => {
    const found = await test.store.find(test.bucket, 'k', versionId);
    if (found === undefined) return '-';
    const latest = found.isLatest ? '!' : '';
    if (found.kind === 'deleteMarker') return `marker${latest}`;
    return `${(await get(test, 'k', versionId))?.toString()}${latest}`;
  };
  return (await Promise.all([undefined, ...ids].map((id) => tell(id)))).join(' ');
}

it('version ids: newer ones sort first, also within a millisecond and when the clock falls back', () => {
  let stamp: number | undefined;
  let last = '~';
  for (const nowMs of [5, 5, 5, 4, 3, 6, 6, 1_800_000_000_000]) {
    stamp = nextStamp(nowMs, stamp);
    const id = newVersionId(stamp);
    assert.match(id, /^[0-9A-Za-z]{32}$/);
    assert.ok(id < last);
    last = id;
  }
});

it('versioning enabled: puts and deletions keep what was; deleting a version brings it back', async () => {
  await using test = await openTestStore();
  const remove = (versionId?: string) =>
    test.store.delete(test.bucket, 'k', {
      owner: OWNER,
      conditions: {},
      ...(versionId === undefined ? {} : { versionId }),
    });
  await put(test, 'k', 'before');
  await test.store.updateBucket('photos', () => ({ versioning: 'enabled' }));
  const one = (await put(test, 'k', 'one')).versionId;
  const two = (await put(test, 'k', 'two')).versionId;
  const ids = ['null', one, two];
  assert.equal(await seen(test, ids), 'two! before one two!');
  const marker = await remove();
  assert.equal(marker.deleteMarker, true);
  assert.equal(await seen(test, ids), 'marker! before one two');
  assert.deepEqual(await remove(two), { versionId: two, deleteMarker: false });
  assert.equal(await seen(test, ids), 'marker! before one -');
  assert.deepEqual(await remove(marker.versionId), marker);
  assert.equal(await seen(test, ids), 'one! before one! -');
  await remove(one);
  assert.equal(await seen(test, ids), 'before! before! - -');
  const last = await remove();
  assert.equal(await seen(test, ['null', last.versionId ?? '']), 'marker! before marker!');
  await remove('null');
  await remove(last.versionId);
  assert.equal(await seen(test, ids), '- - - -');
  assert.deepEqual(await remove(one), { versionId: one, deleteMarker: false });
  assert.deepEqual(await verifyStore(test.kv, test.blobs), []);
  await test.store.deleteBucket('photos');
});

it('versioning suspended: the null version is replaced wherever it stands', async () => {
  await using test = await openTestStore();
  const set = (versioning: 'enabled' | 'suspended') =>
    test.store.updateBucket('photos', () => ({ versioning }));
  const remove = () => test.store.delete(test.bucket, 'k', { owner: OWNER, conditions: {} });
  await put(test, 'k', 'before');
  await set('enabled');
  const one = (await put(test, 'k', 'one')).versionId;
  await set('suspended');
  assert.equal((await put(test, 'k', 'null 1')).versionId, 'null');
  assert.equal(await seen(test, ['null', one]), 'null 1! null 1! one');
  assert.deepEqual(await remove(), { versionId: 'null', deleteMarker: true });
  assert.equal(await seen(test, ['null', one]), 'marker! marker! one');
  await set('enabled');
  const two = (await put(test, 'k', 'two')).versionId;
  assert.equal(await seen(test, ['null', one, two]), 'two! marker one two!');
  await set('suspended');
  await put(test, 'k', 'null 2');
  assert.equal(await seen(test, ['null', one, two]), 'null 2! null 2! one two');
  assert.deepEqual(await test.store.bucketUsage(test.bucket), { objects: 1, bytes: 12 });
  assert.deepEqual(await verifyStore(test.kv, test.blobs), []);
});

/** A key as S3 describes it: a list of versions, newest first. */
interface ModelVersion {
  readonly id: string;
  readonly content: string | undefined;
}

it('versioning: random changes, also concurrent ones, leave what a list of versions would', async () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.constant('put' as const) },
    { weight: 3, arbitrary: fc.constant('delete' as const) },
    { weight: 3, arbitrary: fc.nat(5).map((index) => ({ remove: index })) },
    fc.constantFrom('enabled' as const, 'suspended' as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      await using test = await openTestStore();
      let model: ModelVersion[] = [];
      let versioning: 'unversioned' | 'enabled' | 'suspended' = 'unversioned';
      const known = new Set(['null']);
      const push = (version: ModelVersion): void => {
        model = [version, ...model.filter(({ id }) => version.id !== 'null' || id !== 'null')];
        known.add(version.id);
      };
      for (const [index, action] of steps.entries()) {
        if (action === 'enabled' || action === 'suspended') {
          versioning = action;
          await test.store.updateBucket('photos', () => ({ versioning: action }));
        } else if (action === 'put') {
          const { versionId } = await put(test, 'k', `${index}`);
          push({ id: versionId, content: `${index}` });
        } else if (action === 'delete') {
          const done = await test.store.delete(test.bucket, 'k', { owner: OWNER, conditions: {} });
          if (versioning === 'unversioned') model = [];
          else push({ id: done.versionId ?? '', content: undefined });
        } else {
          const versionId = [...known][action.remove] ?? 'null';
          const request = { owner: OWNER, conditions: {}, versionId };
          await test.store.delete(test.bucket, 'k', request);
          model = model.filter(({ id }) => id !== versionId);
        }
        const tell = (id: string | undefined): string => {
          const at = id === undefined ? 0 : model.findIndex((version) => version.id === id);
          const version = model[at];
          if (version === undefined) return '-';
          return `${version.content ?? 'marker'}${at === 0 ? '!' : ''}`;
        };
        const ids = [...known];
        assert.equal(await seen(test, ids), [undefined, ...ids].map(tell).join(' '));
      }
      assert.deepEqual(await verifyStore(test.kv, test.blobs), []);
    }),
    { numRuns: 150 },
  );
});

it('versioning: concurrent changes of one key keep every version and all invariants', async () => {
  await using test = await openTestStore();
  await test.store.updateBucket('photos', () => ({ versioning: 'enabled' }));
  const request = { owner: OWNER, conditions: {} };
  const ids = await Promise.all(
    Array.from({ length: 30 }, async (_, index) =>
      index % 3 === 0
        ? (await test.store.delete(test.bucket, 'k', request)).versionId
        : (await put(test, 'k', `${index}`)).versionId,
    ),
  );
  for (const versionId of ids) {
    assert.ok((await test.store.find(test.bucket, 'k', versionId)) !== undefined);
  }
  assert.deepEqual(await verifyStore(test.kv, test.blobs), []);
  await Promise.all(
    ids.map((versionId) =>
      test.store.delete(test.bucket, 'k', { ...request, versionId: versionId ?? '' }),
    ),
  );
  assert.equal(await test.store.find(test.bucket, 'k'), undefined);
  assert.deepEqual(await test.store.bucketUsage(test.bucket), { objects: 0, bytes: 0 });
  assert.deepEqual(await verifyStore(test.kv, test.blobs), []);
});
