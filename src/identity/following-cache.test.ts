import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyValueStore } from '../kv/key-value-store.ts';
import { openMemoryStore } from '../kv/memory.ts';
import { SPACE } from '../kv/spaces.ts';
import { FollowingCache, TornReadError, type Reads } from './following-cache.ts';
import { recordKind } from './record.ts';

const boxes = recordKind<{ readonly count: number }, [string]>('box');

async function put(kv: KeyValueStore, name: string, count: number): Promise<void> {
  const value = boxes.encode({ count });
  await kv.commit({ writes: [{ kind: 'set', key: boxes.key(name), value }] });
}

/** The same store, answering as an engine behind a network does. */
function later(kv: KeyValueStore): KeyValueStore {
  return {
    get: async (key) => kv.get(key),
    range: async (range) => kv.range(range),
    revision: async (space) => kv.revision(space),
    commit: (commit) => kv.commit(commit),
    [Symbol.asyncDispose]: () => kv[Symbol.asyncDispose](),
  };
}

const engines = [
  ['at once', (kv: KeyValueStore) => kv],
  ['later', later],
] as const;

for (const [name, wrap] of engines) {
  test(`over an engine that answers ${name}, an answer follows what it was made from`, async () => {
    const kv = wrap(openMemoryStore());
    const cache = new FollowingCache<{ sum: number }>(kv, SPACE.identity, 10);
    let made = 0;
    const sum = async (reads: Reads) => {
      made += 1;
      const [a, b] = [await reads.get(boxes, 'a'), await reads.get(boxes, 'b')];
      return a && { sum: a.count + (b?.count ?? 0) };
    };
    const ask = async () => (await cache.get('sum', sum))?.sum;
    assert.equal(await ask(), undefined);
    assert.equal(await ask(), undefined);
    assert.equal(made, 2, 'what is not there is asked for again');
    await put(kv, 'a', 1);
    assert.equal(await ask(), 1);
    const answer = await cache.get('sum', sum);
    await put(kv, 'other', 1);
    assert.equal(await cache.get('sum', sum), answer, 'the very object');
    assert.equal(made, 3);
    await put(kv, 'b', 2);
    assert.equal(await ask(), 3, 'an absent record has appeared');
    await put(kv, 'a', 5);
    assert.equal(await ask(), 7);
    await kv.commit({ writes: [{ kind: 'delete', key: boxes.key('a') }] });
    assert.equal(await ask(), undefined);
  });

  test(`over an engine that answers ${name}, parts of different moments are not mixed`, async () => {
    const kv = wrap(openMemoryStore());
    const cache = new FollowingCache<readonly number[]>(kv, SPACE.identity, 10);
    await put(kv, 'a', 1);
    await put(kv, 'b', 1);
    let changes = 3;
    const pair = async (reads: Reads) => {
      const a = await reads.get(boxes, 'a');
      if (changes > 0) {
        changes -= 1;
        await put(kv, 'a', 10 + changes);
        await put(kv, 'b', 10 + changes);
      }
      const b = await reads.get(boxes, 'b');
      return [a?.count ?? 0, b?.count ?? 0];
    };
    assert.deepEqual(await cache.get('pair', pair), [10, 10]);
  });
}

test('an answer comes without a promise while its records stand, whatever else changes', async () => {
  const kv = openMemoryStore();
  const cache = new FollowingCache<object>(kv, SPACE.identity, 10);
  await put(kv, 'a', 1);
  const make = (reads: Reads) => reads.get(boxes, 'a');
  const answer = await cache.get('a', make);
  assert.equal(cache.get('a', make), answer);
  await put(kv, 'b', 1);
  assert.equal(cache.get('a', make), answer);
  await put(kv, 'a', 2);
  assert.ok(cache.get('a', make) instanceof Promise);
});

test('a torn read is tried again, and told only when it does not mend', async () => {
  const kv = openMemoryStore();
  const cache = new FollowingCache<object>(kv, SPACE.identity, 10);
  let tries = 0;
  const mending = async (reads: Reads) => {
    tries += 1;
    await reads.get(boxes, 'a');
    if (tries > 2) return { tries };
    await put(kv, 'a', tries);
    throw new TornReadError('gone');
  };
  assert.deepEqual(await cache.get('x', mending), { tries: 3 });
  const broken = async (reads: Reads) => {
    await reads.get(boxes, 'a');
    throw new TornReadError('gone for good');
  };
  await assert.rejects(async () => cache.get('y', broken), /gone for good/);
});
