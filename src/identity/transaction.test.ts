import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyValueStore } from '../kv/key-value-store.ts';
import { openMemoryStore } from '../kv/memory.ts';
import { readRecord } from './core.ts';
import { recordKind } from './record.ts';
import { createTransactor } from './transaction.ts';

const boxes = recordKind<{ readonly count: number }, [string]>('box');

test('transact loses no change of many that read and write one record at once', async () => {
  const kv = openMemoryStore();
  const transactors = [createTransactor(kv), createTransactor(kv)];
  const increments = Array.from({ length: 200 }, (_, index) =>
    transactors[index % 2]!.transact(async (tx) => {
      const count = (await tx.get(boxes, 'a'))?.count ?? 0;
      tx.set(boxes, { count: count + 1 }, 'a');
    }),
  );
  await Promise.all(increments);
  assert.deepEqual(await readRecord({ kv }, boxes, 'a'), { count: 200 });
});

test('transact checks what it read even where it does not write', async () => {
  const kv = openMemoryStore();
  const { transact } = createTransactor(kv);
  let runs = 0;
  await transact(async (tx) => {
    const limit = (await tx.get(boxes, 'limit'))?.count ?? 0;
    runs += 1;
    if (runs === 1) {
      const value = boxes.encode({ count: 7 });
      await kv.commit({ writes: [{ kind: 'set', key: boxes.key('limit'), value }] });
    }
    tx.set(boxes, { count: limit }, 'a');
  });
  assert.equal(runs, 2);
  assert.deepEqual(await readRecord({ kv }, boxes, 'a'), { count: 7 });
});

test('transact reads its own writes', async () => {
  const kv = openMemoryStore();
  const { transact } = createTransactor(kv);
  const seen = await transact(async (tx) => {
    tx.set(boxes, { count: 1 }, 'a');
    const first = await tx.get(boxes, 'a');
    tx.delete(boxes, 'a');
    return [first, await tx.get(boxes, 'a')];
  });
  assert.deepEqual(seen, [{ count: 1 }, undefined]);
});

test('transact gives up with ConcurrentModification when it always loses', async () => {
  const inner = openMemoryStore();
  let commits = 0;
  const losing: KeyValueStore = {
    get: (key) => inner.get(key),
    range: (range) => inner.range(range),
    revision: (space) => inner.revision(space),
    async commit() {
      commits += 1;
      return { committed: false, failedCheck: 0 };
    },
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
  const { transact } = createTransactor(losing);
  const change = transact(async (tx) => tx.set(boxes, { count: 1 }, 'a'));
  await assert.rejects(change, { name: 'IdentityError', kind: 'ConcurrentModification' });
  assert.equal(commits, 32);
});

test('transact commits nothing when the change throws, nor when it wrote nothing', async () => {
  const kv = openMemoryStore();
  const { transact } = createTransactor(kv);
  const failing = transact(async (tx) => {
    tx.set(boxes, { count: 1 }, 'a');
    throw new Error('no');
  });
  await assert.rejects(failing, /no/);
  assert.equal(await transact(async (tx) => tx.get(boxes, 'a')), undefined);
  assert.equal(await readRecord({ kv }, boxes, 'a'), undefined);
});
