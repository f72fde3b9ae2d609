import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { hex } from '../../base/bytes.ts';
import type { Algorithm } from './algorithms.ts';
import { DigestStoppedError, digestBody } from './digest-body.ts';
import { digestOf } from './digest.ts';
import { RING_SLOTS, RingPool, SLOT_SIZE } from './ring.ts';
import { DigestWorkerError, WorkerPool } from './worker-pool.ts';

const ALGORITHMS: readonly Algorithm[] = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256', 'MD5'];
const POOL_SIZE = 7 * SLOT_SIZE;
const bytesPool = createHash('shake256', { outputLength: POOL_SIZE }).update('body').digest();

const rings = new RingPool();
const workers = new WorkerPool(2);
/** As many workers as make every hash travel in a lane of its own. */
const manyWorkers = new WorkerPool(4);
after(() => Promise.all([workers.close(), manyWorkers.close()]));

interface Source extends AsyncIterable<Uint8Array> {
  isClosed: boolean;
  pulled: number;
}

/** A body that spoils what it yielded before, unless its reader has freed that. */
function sourceOf(whole: Uint8Array, chunkSizes: readonly number[], failure?: Error): Source {
  const source: Source = {
    isClosed: false,
    pulled: 0,
    async *[Symbol.asyncIterator]() {
      try {
        let start = 0;
        for (let turn = 0; start < whole.byteLength; turn += 1) {
          const size = chunkSizes[turn % chunkSizes.length]!;
          if (turn % 3 === 0) await nextTurn();
          const chunk = Uint8Array.from(whole.subarray(start, start + size));
          start += size;
          source.pulled += chunk.byteLength;
          yield chunk;
          if (chunk.byteLength > 0) chunk.fill(0xee);
        }
        if (failure !== undefined) throw failure;
      } finally {
        source.isClosed = true;
      }
    },
  };
  return source;
}

/** Turns of the event loop until `isTrue`, for at most a few seconds of them. */
async function until(isTrue: () => boolean): Promise<void> {
  for (let turn = 0; !isTrue(); turn += 1) {
    assert.ok(turn < 500_000, `Never became true: ${isTrue}`);
    await nextTurn();
  }
}

async function assertNothingHeld(): Promise<void> {
  await until(
    () => rings.ringsInUse === 0 && workers.laneCount === 0 && manyWorkers.laneCount === 0,
  );
}

test('digestBody: any chunks and reader give the bytes and their digests', async () => {
  const chunkSizes = fc.array(
    fc.oneof(
      fc.integer({ min: 3_000, max: 70_000 }),
      fc.integer({ min: SLOT_SIZE - 1, max: SLOT_SIZE + 1 }),
      fc.constant(3 * SLOT_SIZE + 5),
    ),
    { minLength: 1, maxLength: 4 },
  );
  const sizes = fc.oneof(
    fc.nat(1_000),
    fc.integer({ min: SLOT_SIZE - 1, max: SLOT_SIZE + 1 }),
    fc.integer({ min: RING_SLOTS * SLOT_SIZE - 1, max: POOL_SIZE }),
  );
  const plan = fc.record({
    size: sizes,
    chunkSizes,
    algorithms: fc.subarray([...ALGORITHMS]),
    hint: fc.constantFrom('right', 'none', 'small', 'large'),
    turnsPerChunk: fc.nat(3),
    pool: fc.constantFrom(workers, manyWorkers),
  });
  await fc.assert(
    fc.asyncProperty(plan, async ({ size, chunkSizes, algorithms, hint, turnsPerChunk, pool }) => {
      const whole = bytesPool.subarray(POOL_SIZE - size);
      const sizeHint = { right: size, none: undefined, small: 1, large: POOL_SIZE }[hint];
      const body = digestBody(sourceOf(whole, chunkSizes), algorithms, sizeHint, {
        rings,
        workers: pool,
      });
      const seen: Buffer[] = [];
      for await (const chunk of body.chunks) {
        // The chunk must stay as it is while the reader is at it, and is copied only at the end.
        for (let turn = 0; turn < turnsPerChunk; turn += 1) await nextTurn();
        seen.push(Buffer.from(chunk));
      }
      const results = await body.results();
      assert.ok(Buffer.concat(seen).equals(whole), 'bytes differ');
      assert.equal(body.size(), size);
      assert.deepEqual([...results.keys()].sort(), [...algorithms].sort());
      for (const [name, digest] of results) assert.equal(hex(digest), hex(digestOf(name, whole)));
    }),
    { numRuns: 40 },
  );
  await assertNothingHeld();
});

test('digestBody: nothing is read before the first chunk is asked for', async () => {
  const source = sourceOf(bytesPool, [65_536]);
  const body = digestBody(source, ['MD5'], POOL_SIZE, { rings, workers });
  await nextTurn();
  assert.equal(source.pulled, 0);
  assert.equal(rings.ringsInUse, 0);
  for await (const _ of body.chunks);
  await body.results();
  assert.equal(source.pulled, POOL_SIZE);
});

test('digestBody: reads ahead of a slow reader by the ring at most', async () => {
  const source = sourceOf(bytesPool, [65_536]);
  const body = digestBody(source, ['MD5'], POOL_SIZE, { rings, workers });
  const chunks = body.chunks[Symbol.asyncIterator]();
  await chunks.next();
  // The first slot is the reader's, so the pump comes to rest with one chunk that has no place.
  const ahead = RING_SLOTS * SLOT_SIZE + 65_536;
  await until(() => source.pulled === ahead);
  for (let turn = 0; turn < 200; turn += 1) await nextTurn();
  assert.equal(source.pulled, ahead);
  await chunks.return?.();
  await assertNothingHeld();
});

for (const [way, sizeHint] of [
  ['off the loop', POOL_SIZE],
  ['inline', 1],
] as const) {
  test(`digestBody ${way}: what the body throws reaches the reader, and all is released`, async () => {
    for (const size of [0, 100_000, SLOT_SIZE, 3 * SLOT_SIZE + 1, POOL_SIZE]) {
      const failure = new Error('connection aborted');
      const source = sourceOf(bytesPool.subarray(0, size), [65_536], failure);
      const body = digestBody(source, ['MD5', 'CRC32'], sizeHint, { rings, workers });
      await assert.rejects(async () => {
        for await (const _ of body.chunks);
      }, failure);
      await assert.rejects(body.results(), failure);
      assert.ok(source.isClosed);
      await assertNothingHeld();
    }
  });

  test(`digestBody ${way}: a reader that stops early stops the body, and all is released`, async () => {
    for (const chunkCount of [1, 2, 5]) {
      const source = sourceOf(bytesPool, [SLOT_SIZE - 7]);
      const body = digestBody(source, ['MD5'], sizeHint, { rings, workers });
      let count = 0;
      for await (const _ of body.chunks) {
        count += 1;
        if (count === chunkCount) break;
      }
      await until(() => source.isClosed);
      if (source.pulled < POOL_SIZE) await assert.rejects(body.results(), DigestStoppedError);
      await assertNothingHeld();
    }
  });
}

test('digestBody: stopping does not wait for a body that has fallen silent', async () => {
  let isReturned = false;
  let chunkCount = 0;
  const silent: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        chunkCount += 1;
        if (chunkCount > 1) return new Promise(() => {});
        return Promise.resolve({ done: false, value: bytesPool.subarray(0, SLOT_SIZE) });
      },
      return: () => {
        isReturned = true;
        return new Promise(() => {});
      },
    }),
  };
  const body = digestBody(silent, ['MD5'], POOL_SIZE, { rings, workers });
  for await (const _ of body.chunks) break;
  assert.ok(isReturned);
  await assert.rejects(body.results(), DigestStoppedError);
  await assertNothingHeld();
});

test('digestBody: without a free ring it hashes inline', async () => {
  const none = new RingPool(0);
  const idle = new WorkerPool(1);
  const body = digestBody(sourceOf(bytesPool, [65_536]), ['SHA256'], POOL_SIZE, {
    rings: none,
    workers: idle,
  });
  for await (const _ of body.chunks);
  assert.equal(hex((await body.results()).get('SHA256')!), hex(digestOf('SHA256', bytesPool)));
  assert.equal(idle.workerCount, 0);
});

test('digestBody: a body of unknown size that fits one slot asks no worker', async () => {
  const idle = new WorkerPool(1);
  const whole = bytesPool.subarray(0, SLOT_SIZE - 1);
  const body = digestBody(sourceOf(whole, [65_536]), ['MD5'], undefined, { rings, workers: idle });
  for await (const _ of body.chunks);
  assert.equal(hex((await body.results()).get('MD5')!), hex(digestOf('MD5', whole)));
  assert.equal(idle.workerCount, 0);
  await assertNothingHeld();
});

test('digestBody: many bodies at once share two workers and sixteen rings', async () => {
  const all = Array.from({ length: 24 }, async (_, index) => {
    const whole = bytesPool.subarray(index * 1_000, 2 * SLOT_SIZE + index * 2_000);
    const body = digestBody(sourceOf(whole, [65_536]), ['CRC64NVME'], POOL_SIZE, {
      rings,
      workers,
    });
    for await (const _ of body.chunks) assert.ok(rings.ringsInUse <= 16);
    const digest = (await body.results()).get('CRC64NVME')!;
    assert.equal(hex(digest), hex(digestOf('CRC64NVME', whole)));
  });
  await Promise.all(all);
  assert.ok(workers.workerCount <= 2);
  await assertNothingHeld();
});

test('digestBody: a worker that dies fails its bodies, and the next body gets a new one', async () => {
  const mortal = new WorkerPool(1);
  const source = sourceOf(bytesPool, [65_536]);
  const body = digestBody(source, ['MD5'], POOL_SIZE, { rings, workers: mortal });
  const reading = (async () => {
    for await (const _ of body.chunks) if (mortal.workerCount > 0) await mortal.close();
  })();
  await assert.rejects(reading, DigestWorkerError);
  await assert.rejects(body.results(), DigestWorkerError);
  await until(() => source.isClosed && mortal.workerCount === 0);
  await assertNothingHeld();

  const next = digestBody(sourceOf(bytesPool, [65_536]), ['MD5'], POOL_SIZE, {
    rings,
    workers: mortal,
  });
  for await (const _ of next.chunks);
  assert.equal(hex((await next.results()).get('MD5')!), hex(digestOf('MD5', bytesPool)));
  await mortal.close();
});

test('digestBody: a worker that cannot start fails the body with its cause', async () => {
  const broken = new WorkerPool(1, new URL('./no-such-worker.ts', import.meta.url));
  const body = digestBody(sourceOf(bytesPool, [65_536]), ['MD5'], POOL_SIZE, {
    rings,
    workers: broken,
  });
  await assert.rejects(
    async () => {
      for await (const _ of body.chunks);
      await body.results();
    },
    (error) => error instanceof DigestWorkerError && error.cause instanceof Error,
  );
  await assertNothingHeld();
});

test('RingPool: buffers return once and are used again', () => {
  const pool = new RingPool(1);
  const ring = pool.take()!;
  const memory = ring.slot(2).buffer;
  assert.equal(pool.take(), undefined);
  ring.release();
  ring.release();
  assert.equal(pool.ringsInUse, 0);
  assert.equal(pool.take()!.slot(0).buffer, memory);
});
