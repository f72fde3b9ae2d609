import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { encodeCounter } from '../counter.ts';
import { encodeKey } from '../key.ts';
import type { Entry } from '../key-value-store.ts';
import { explain, isDeletion, tell, type ReaderData } from './cached-reads.suite.ts';
import { openEmbeddedStore } from './embedded-store.ts';

const KEY_COUNT = 8;
const CHANGES = 2000;
const READERS = 3;

/**
 * Every read is held to everything that any thread was told before it began: of a key whose changes
 * are numbered that is all that linearizability means.
 */
it('get: threads that keep what they read never find less than what was told before', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'coffer-cached-'));
  try {
    await using store = await openEmbeddedStore(folder);
    const keys = Array.from({ length: KEY_COUNT }, (_, index) => encodeKey(200, 'key', index));
    const shared = () => new SharedArrayBuffer(KEY_COUNT * Int32Array.BYTES_PER_ELEMENT);
    const [begun, seen, stop] = [shared(), shared(), shared()];
    const [begunOf, seenOf] = [new Int32Array(begun), new Int32Array(seen)];
    const readers = Array.from({ length: READERS }, () => {
      const handle = store.share();
      const workerData: ReaderData = { handle, keys, begun, seen, stop };
      const module = new URL('cached-reads.suite.ts', import.meta.url);
      const worker = new Worker(module, { workerData, transferList: [handle.port] });
      return once(worker, 'message') as Promise<[number]>;
    });
    const change = async (index: number): Promise<void> => {
      const key = keys[index]!;
      const number = Atomics.add(begunOf, index, 1) + 1;
      const write = isDeletion(number)
        ? ({ kind: 'delete', key } as const)
        : ({ kind: 'set', key, value: encodeCounter(number) } as const);
      await store.commit({ writes: [write] });
      tell(seenOf, index, number);
      const entry = (await store.get(key)) as Entry | undefined;
      explain(entry, number, Atomics.load(begunOf, index));
    };
    const changeAll = async (index: number): Promise<void> => {
      for (let round = 0; round < CHANGES / KEY_COUNT; round += 1) await change(index);
    };
    const ended = Promise.race(readers).then(() => assert.fail('A reader ended by itself'));
    const changes = Promise.all(keys.map((_, index) => changeAll(index)));
    await Promise.race([changes, ended]);
    Atomics.store(new Int32Array(stop), 0, 1);
    const reads = await Promise.all(readers);
    assert.ok(
      reads.every(([count]) => count > CHANGES),
      `${reads.join(', ')} reads`,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
