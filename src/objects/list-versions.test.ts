import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as fc from 'fast-check';
import { bodyOf } from '../base/http.ts';
import type { Bucket } from './model.ts';
import { commonPrefixOf } from './page.ts';
import type { ListVersions } from './store.ts';
import { OWNER, openTestStore, putRequest, refusal, type TestStore } from './testing/fixtures.ts';

const ALL: ListVersions = {
  prefix: '',
  delimiter: '',
  keyMarker: '',
  versionIdMarker: '',
  limit: 1000,
};

async function setVersioning({ store }: TestStore, versioning: Bucket['versioning']) {
  return store.updateBucket('photos', () => ({ versioning }));
}

function put({ store }: TestStore, bucket: Bucket, key: string) {
  return store.put(bucket, key, bodyOf(Buffer.from('x')), putRequest());
}

/** A version as the tests name it: `key version`, with a mark for the latest and for a marker. */
function shown(version: { kind: string; key: string; versionId: string; isLatest: boolean }) {
  const { kind, key, versionId, isLatest } = version;
  return `${key} ${versionId}${isLatest ? ' latest' : ''}${kind === 'object' ? '' : ' marker'}`;
}

it('listVersions: a bucket without versions shows its objects as null versions', async () => {
  await using test = await openTestStore();
  for (const key of ['b', 'a', 'a/b']) await put(test, test.bucket, key);
  const page = await test.store.listVersions(test.bucket, ALL);
  assert.deepEqual(page.versions.map(shown), ['a null latest', 'a/b null latest', 'b null latest']);
  assert.equal(page.truncated, false);
});

it('listVersions: newest first, markers among them, null where it belongs in time', async () => {
  await using test = await openTestStore();
  await put(test, test.bucket, 'k');
  const enabled = await setVersioning(test, 'enabled');
  const second = await put(test, enabled, 'k');
  const request = { owner: OWNER, conditions: {} };
  const { versionId: marker } = await test.store.delete(enabled, 'k', request);
  const third = await put(test, enabled, 'k');
  const page = await test.store.listVersions(enabled, ALL);
  const expected = [
    `k ${third.versionId} latest`,
    `k ${marker} marker`,
    `k ${second.versionId}`,
    'k null',
  ];
  assert.deepEqual(page.versions.map(shown), expected);
  const suspended = await setVersioning(test, 'suspended');
  await test.store.delete(suspended, 'k', request);
  const afterwards = await test.store.listVersions(suspended, ALL);
  assert.deepEqual(afterwards.versions.map(shown), [
    'k null latest marker',
    `k ${third.versionId}`,
    `k ${marker} marker`,
    `k ${second.versionId}`,
  ]);
});

it('listVersions: refuses a version marker that is none', async () => {
  await using test = await openTestStore();
  const request = { ...ALL, keyMarker: 'k', versionIdMarker: 'x' };
  await assert.rejects(
    async () => test.store.listVersions(test.bucket, request),
    refusal('InvalidArgument'),
  );
});

it('listVersions: the cost of a page does not grow with what lies under its common prefixes', async () => {
  await using test = await openTestStore();
  const enabled = await setVersioning(test, 'enabled');
  for (let index = 0; index < 300; index += 1) await put(test, enabled, `a/${index % 50}`);
  await put(test, enabled, 'b/1');
  let rows = 0;
  const { range } = test.kv;
  test.kv.range = (asked) => {
    const entries = range.call(test.kv, asked) as readonly never[];
    rows += entries.length;
    return entries;
  };
  const page = await test.store.listVersions(enabled, { ...ALL, delimiter: '/' });
  assert.deepEqual(page.commonPrefixes, ['a/', 'b/']);
  assert.ok(rows < 150, `${rows} rows were read`);
});

/** Every page of a listing, one after the other. */
async function allPages(test: TestStore, bucket: Bucket, request: ListVersions) {
  const items: string[] = [];
  let next = request;
  for (;;) {
    const page = await test.store.listVersions(bucket, next);
    assert.ok(page.versions.length + page.commonPrefixes.length <= request.limit);
    items.push(...page.versions.map(shown), ...page.commonPrefixes);
    if (!page.truncated) return items.sort();
    next = {
      ...request,
      keyMarker: page.nextKeyMarker ?? '',
      versionIdMarker: page.nextVersionIdMarker ?? '',
    };
  }
}

const step = fc.record({
  kind: fc.constantFrom('put', 'put', 'put', 'delete', 'deleteVersion', 'enable', 'suspend'),
  key: fc.constantFrom('a', 'a/1', 'a/2', 'a0', 'b', 'b/x', 'ü/\u{1f600}'),
  pick: fc.nat(),
});

it('listVersions: pages of any size show exactly what a naive model keeps', async () => {
  const property = fc.asyncProperty(
    fc.array(step, { maxLength: 30 }),
    fc.constantFrom('', 'a', 'a/', 'b'),
    fc.constantFrom('', '/'),
    fc.integer({ min: 1, max: 5 }),
    async (steps, prefix, delimiter, limit) => {
      await using test = await openTestStore();
      let bucket = test.bucket;
      /** The versions of each key, oldest first. */
      const model = new Map<string, { versionId: string; kind: string }[]>();
      const add = (key: string, versionId: string, kind: string) => {
        const versions = (model.get(key) ?? []).filter(
          (one) => versionId !== 'null' || one.versionId !== 'null',
        );
        model.set(key, [...versions, { versionId, kind }]);
      };
      for (const { kind, key, pick } of steps) {
        if (kind === 'enable') bucket = await setVersioning(test, 'enabled');
        else if (kind === 'suspend') bucket = await setVersioning(test, 'suspended');
        else if (kind === 'put') add(key, (await put(test, bucket, key)).versionId, 'object');
        else if (kind === 'delete') {
          const request = { owner: OWNER, conditions: {} };
          const { versionId, deleteMarker } = await test.store.delete(bucket, key, request);
          if (deleteMarker) add(key, versionId ?? '', 'deleteMarker');
          else model.delete(key);
        } else {
          const versions = model.get(key) ?? [];
          const [gone] = versions.splice(pick % Math.max(versions.length, 1), 1);
          if (gone === undefined) continue;
          const { versionId } = gone;
          await test.store.delete(bucket, key, { versionId, owner: OWNER, conditions: {} });
        }
      }
      const expected = new Set<string>();
      for (const [key, versions] of model) {
        if (!key.startsWith(prefix) || versions.length === 0) continue;
        const rolledUp = commonPrefixOf(key, prefix, delimiter);
        if (rolledUp !== undefined) expected.add(rolledUp);
        else {
          versions.forEach((version, index) =>
            expected.add(shown({ ...version, key, isLatest: index === versions.length - 1 })),
          );
        }
      }
      const found = await allPages(test, bucket, { ...ALL, prefix, delimiter, limit });
      assert.deepEqual(found, [...expected].sort());
    },
  );
  await fc.assert(property, { numRuns: 60 });
});
