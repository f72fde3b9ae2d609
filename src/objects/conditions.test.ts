import assert from 'node:assert/strict';
import { it } from 'node:test';
import { bodyOf } from '../base/http.ts';
import { ObjectsError } from './error.ts';
import type { ObjectVersion } from './model.ts';
import type { WriteConditions } from './store.ts';
import {
  get,
  NEW_OBJECT,
  NEW_UPLOAD,
  NO_INTEGRITY,
  openTestStore,
  OWNER,
  put,
  START_MS,
  type TestStore,
} from './testing/fixtures.ts';

const ETAG = '187ef4436122d1cc2f40dc2b92f0eba0';
const OTHER = 'd41d8cd98f00b204e9800998ecf8427e';

type Write = (test: TestStore, content: string, conditions: WriteConditions) => Promise<unknown>;

/** Every way to make a version under conditions. */
const WRITES: Readonly<Record<string, Write>> = {
  put: (test, content, conditions) => put(test, 'k', content, conditions),
  copy: async (test, content, conditions) => {
    const source = await put(test, `source of ${content}`, content);
    return test.store.copy(source, test.bucket, 'k', {
      ...NEW_OBJECT,
      conditions,
      checksumAlgorithm: undefined,
    });
  },
  complete: async (test, content, conditions) => {
    const upload = await test.store.createUpload(test.bucket, 'k', NEW_UPLOAD);
    const body = bodyOf(Buffer.from(content));
    const { partNumber, etag } = await test.store.putPart(upload, 1, body, NO_INTEGRITY);
    return test.store.completeUpload(upload, {
      parts: [{ partNumber, etag, checksum: undefined }],
      conditions,
      checksum: undefined,
      checksumType: undefined,
      size: undefined,
    });
  },
};

const outcomeOf = async (run: Promise<unknown>): Promise<string> => {
  try {
    await run;
    return 'done';
  } catch (error) {
    if (error instanceof ObjectsError) return error.kind;
    throw error;
  }
};

const WRITE_CASES: readonly [
  existing: 'ab' | undefined,
  conditions: WriteConditions,
  outcome: string,
][] = [
  [undefined, {}, 'done'],
  [undefined, { ifNoneMatch: '*' }, 'done'],
  [undefined, { ifNoneMatch: ETAG }, 'done'],
  [undefined, { ifMatch: '*' }, 'NoSuchKey'],
  [undefined, { ifMatch: ETAG }, 'NoSuchKey'],
  ['ab', { ifNoneMatch: '*' }, 'PreconditionFailed'],
  ['ab', { ifNoneMatch: ETAG }, 'PreconditionFailed'],
  ['ab', { ifNoneMatch: OTHER }, 'done'],
  ['ab', { ifMatch: '*' }, 'done'],
  ['ab', { ifMatch: ETAG }, 'done'],
  ['ab', { ifMatch: OTHER }, 'PreconditionFailed'],
];

it('put, copy, completeUpload: conditions by the table; a refusal changes nothing', async () => {
  for (const [name, write] of Object.entries(WRITES)) {
    for (const [existing, conditions, outcome] of WRITE_CASES) {
      await using test = await openTestStore();
      if (existing !== undefined) assert.equal((await put(test, 'k', existing)).etag, ETAG);
      const message = `${name} ${existing} ${JSON.stringify(conditions)}`;
      assert.equal(await outcomeOf(write(test, 'new', conditions)), outcome, message);
      const expected = outcome === 'done' ? 'new' : existing;
      assert.equal((await get(test, 'k'))?.toString(), expected, message);
    }
  }
});

it('put: a condition that does not hold is refused before the body is read', async () => {
  await using test = await openTestStore();
  await put(test, 'k', 'ab');
  const body = {
    length: 3,
    // oxlint-disable-next-line require-yield
    async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
      assert.fail('The body was read');
    },
  };
  const request = { ...NEW_OBJECT, integrity: NO_INTEGRITY, conditions: { ifNoneMatch: '*' } };
  const run = test.store.put(test.bucket, 'k', body, request);
  assert.equal(await outcomeOf(run), 'PreconditionFailed');
});

const ALL_VERSIONS = {
  prefix: '',
  delimiter: '',
  keyMarker: '',
  versionIdMarker: '',
  limit: 1000,
} as const;

const DELETE_CASES: readonly [conditions: WriteConditions, outcome: string][] = [
  [{ ifMatch: '*' }, 'done'],
  [{ ifMatch: ETAG }, 'done'],
  [{ ifMatch: OTHER }, 'PreconditionFailed'],
  [{ ifMatchSize: 2 }, 'done'],
  [{ ifMatchSize: 3 }, 'PreconditionFailed'],
  [{ ifMatchLastModifiedMs: START_MS }, 'done'],
  [{ ifMatchLastModifiedMs: START_MS + 1000 }, 'PreconditionFailed'],
  [{ ifMatch: ETAG, ifMatchSize: 3 }, 'PreconditionFailed'],
];

it('delete: conditions by the table; under If-Match there must be something to delete', async () => {
  for (const [conditions, outcome] of DELETE_CASES) {
    for (const versioning of ['unversioned', 'enabled'] as const) {
      await using test = await openTestStore();
      await test.store.updateBucket('photos', () => ({ versioning }));
      const run = () => test.store.delete(test.bucket, 'k', { owner: OWNER, conditions });
      assert.equal(await outcomeOf(run()), conditions.ifMatch === undefined ? 'done' : 'NoSuchKey');
      const { versions } = await test.store.listVersions(test.bucket, ALL_VERSIONS);
      assert.deepEqual(versions, [], 'no delete marker');
      await put(test, 'k', 'ab');
      assert.equal(await outcomeOf(run()), outcome, JSON.stringify(conditions));
      assert.equal((await get(test, 'k')) === undefined, outcome === 'done');
    }
  }
});

it('delete: a delete marker is no object to match', async () => {
  await using test = await openTestStore();
  await test.store.updateBucket('photos', () => ({ versioning: 'enabled' }));
  await put(test, 'k', 'ab');
  await test.store.delete(test.bucket, 'k', { owner: OWNER, conditions: {} });
  for (const [conditions, outcome] of [
    [{ ifMatch: ETAG }, 'NoSuchKey'],
    [{ ifMatchSize: 2 }, 'PreconditionFailed'],
    [{ ifMatchLastModifiedMs: START_MS }, 'PreconditionFailed'],
    [{ ifMatch: '*' }, 'NoSuchKey'],
  ] as const) {
    const run = test.store.delete(test.bucket, 'k', { owner: OWNER, conditions });
    assert.equal(await outcomeOf(run), outcome, JSON.stringify(conditions));
  }
});

const RACERS = 24;

it('put, copy, completeUpload: of many If-None-Match: * writers exactly one wins', async () => {
  for (const [name, write] of Object.entries(WRITES)) {
    await using test = await openTestStore();
    const runs = Array.from({ length: RACERS }, (_, index) =>
      outcomeOf(write(test, `content ${index}`, { ifNoneMatch: '*' })),
    );
    const outcomes = await Promise.all(runs);
    const winners = outcomes.flatMap((outcome, index) => (outcome === 'done' ? [index] : []));
    assert.equal(winners.length, 1, `${name}: ${outcomes.join()}`);
    for (const outcome of outcomes) {
      assert.match(outcome, /^(done|PreconditionFailed|ConditionalRequestConflict)$/);
    }
    assert.equal((await get(test, 'k'))?.toString(), `content ${winners[0]}`);
  }
});

it('put, copy, completeUpload, delete: of many If-Match writers exactly one wins', async () => {
  const deletion: Write = (test, _content, conditions) =>
    test.store.delete(test.bucket, 'k', { owner: OWNER, conditions });
  for (const [name, write] of Object.entries({ ...WRITES, deletion })) {
    await using test = await openTestStore();
    await put(test, 'k', 'ab');
    // One deletion races with puts, since deleting what is gone would succeed for all.
    const writes = Array.from({ length: RACERS }, (_, index) =>
      name === 'deletion' && index > 0 ? WRITES['put']! : write,
    );
    const outcomes = await Promise.all(
      writes.map((run, index) => outcomeOf(run(test, `content ${index}`, { ifMatch: ETAG }))),
    );
    const winners = outcomes.filter((outcome) => outcome === 'done');
    assert.equal(winners.length, 1, `${name}: ${outcomes.join()}`);
  }
});

it('put: an If-Match chain of concurrent counters loses no increment', async () => {
  await using test = await openTestStore();
  await put(test, 'k', '0');
  const increment = async (): Promise<void> => {
    for (;;) {
      const found = (await test.store.find(test.bucket, 'k')) as ObjectVersion;
      const value = Number(await get(test, 'k'));
      const outcome = await outcomeOf(put(test, 'k', `${value + 1}`, { ifMatch: found.etag }));
      if (outcome === 'done') return;
    }
  };
  await Promise.all(Array.from({ length: 20 }, increment));
  assert.equal(Number(await get(test, 'k')), 20);
});
