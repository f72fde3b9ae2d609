import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { BlobMissingError, type BlobId, type BlobStore } from './blob-store.ts';

/** Where blobs live: what is written through one opening is there for the next. */
export interface BlobPlace extends AsyncDisposable {
  open(): Promise<BlobStore>;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** Sizes on both sides of every limit an engine is likely to have, and the ends. */
const SIZES = [
  0,
  1,
  2,
  4095,
  4096,
  4097,
  ...[64 * KIB, 128 * KIB, 256 * KIB, MIB, 2 * MIB, 4 * MIB].flatMap((n) => [n - 1, n, n + 1]),
  5 * MIB + 12_345,
];

/** Bytes that differ from block to block and from blob to blob, by `seed`. */
export function patternBytes(size: number, seed: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(size / 4));
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  for (let index = 0; index < words.length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    words[index] = state ^ (state >>> 15);
  }
  return new Uint8Array(words.buffer, 0, size);
}

/** `bytes` in chunks of at most `chunkSize`, each overwritten once the next one is asked for. */
export async function* reusedChunks(
  bytes: Uint8Array,
  chunkSize: number,
  shared = false,
): AsyncGenerator<Uint8Array> {
  const memory = shared ? new SharedArrayBuffer(chunkSize) : new ArrayBuffer(chunkSize);
  const buffer = new Uint8Array(memory);
  for (let at = 0; at < bytes.byteLength; at += chunkSize) {
    const part = bytes.subarray(at, at + chunkSize);
    buffer.set(part);
    yield buffer.subarray(0, part.byteLength);
    buffer.fill(0xee);
  }
}

export async function readRange(
  store: BlobStore,
  id: BlobId,
  start: number,
  end: number,
  bufferSize = MIB,
): Promise<Uint8Array> {
  const source = await store.read(id, start, end);
  try {
    assert.equal(source.length, end - start);
    const result = new Uint8Array(end - start);
    const into = new Uint8Array(bufferSize);
    let filled = 0;
    for (;;) {
      const count = await source.read(into);
      if (count === 0) break;
      assert.ok(count <= bufferSize && filled + count <= result.byteLength);
      result.set(into.subarray(0, count), filled);
      filled += count;
    }
    assert.equal(filled, end - start);
    return result;
  } finally {
    source.close();
  }
}

function same(actual: Uint8Array, expected: Uint8Array, what: string): void {
  assert.ok(Buffer.compare(actual, expected) === 0, `${what}: the bytes differ`);
}

function rangesOf(size: number): readonly (readonly [number, number])[] {
  const edges = [0, 1, 65_535, 65_536, 65_537, 131_072, size >> 1, size - 65_536, size - 1, size];
  const inside = edges.filter((edge) => edge >= 0 && edge <= size);
  return inside.flatMap((start) =>
    inside.filter((end) => end >= start).map((end) => [start, end] as const),
  );
}

export function blobStoreSuite(name: string, makePlace: () => Promise<BlobPlace>): void {
  describe(`blob store: ${name}`, () => {
    describeWriting(makePlace);
    describeReading(makePlace);
    describeForgetting(makePlace);
    describeProperties(makePlace);
  });
}

function describeWriting(makePlace: () => Promise<BlobPlace>): void {
  it('write and read: every size comes back whole', async () => {
    await using place = await makePlace();
    await using store = await place.open();
    for (const size of SIZES) {
      const bytes = patternBytes(size, size);
      for (const hint of [undefined, size]) {
        const stored = await store.write(reusedChunks(bytes, 64 * KIB), hint);
        assert.equal(stored.size, size);
        assert.match(stored.id, /^[A-Za-z0-9._-]+$/);
        same(await readRange(store, stored.id, 0, size), bytes, `${size} bytes`);
      }
    }
  });

  it('write: a size hint that is wrong changes nothing but the place', async () => {
    await using place = await makePlace();
    await using store = await place.open();
    for (const [size, hint] of [
      [10, 8 * MIB],
      [5 * MIB, 10],
      [100_000, 0],
      [0, 70_000],
    ] as const) {
      const bytes = patternBytes(size, hint);
      const stored = await store.write(reusedChunks(bytes, 100_000), hint);
      same(await readRange(store, stored.id, 0, size), bytes, `${size} with hint ${hint}`);
    }
  });

  it('write: chunks of every size, also in shared memory', async () => {
    await using place = await makePlace();
    await using store = await place.open();
    const bytes = patternBytes(5 * MIB + 3, 7);
    for (const chunkSize of [1000, 65_536, 300_001, MIB, 6 * MIB]) {
      for (const shared of [false, true]) {
        const stored = await store.write(reusedChunks(bytes, chunkSize, shared));
        same(await readRange(store, stored.id, 0, stored.size), bytes, `chunks of ${chunkSize}`);
      }
    }
  });

  it('write: an iteration that throws leaves nothing and passes the error', async () => {
    await using place = await makePlace();
    const failure = new Error('the client went away');
    async function* failing(size: number): AsyncGenerator<Uint8Array> {
      if (size > 0) yield* reusedChunks(patternBytes(size, 1), 64 * KIB);
      throw failure;
    }
    {
      await using store = await place.open();
      for (const size of [0, 10, 100_000, 6 * MIB]) {
        for (const hint of [undefined, 10, 8 * MIB]) {
          await assert.rejects(store.write(failing(size), hint), (error) => error === failure);
        }
      }
      const kept = await store.write(reusedChunks(patternBytes(10, 2), 10));
      same(await readRange(store, kept.id, 0, 10), patternBytes(10, 2), 'a write afterwards');
    }
    await using store = await place.open();
    assert.equal((await store.list(undefined, 100)).length, 1);
  });

  it('write: many at once each get their own bytes', async () => {
    await using place = await makePlace();
    await using store = await place.open();
    const sizes = Array.from({ length: 60 }, (_, index) => [100, 40_000, 200_000][index % 3] ?? 0);
    sizes.push(5 * MIB, 5 * MIB, 3 * MIB);
    const stored = await Promise.all(
      sizes.map((size, index) => store.write(reusedChunks(patternBytes(size, index), 50_000))),
    );
    assert.equal(new Set(stored.map(({ id }) => id)).size, sizes.length);
    await Promise.all(
      stored.map(async ({ id, size }, index) =>
        same(await readRange(store, id, 0, size), patternBytes(size, index), `blob ${index}`),
      ),
    );
  });

  it('write: blobs are there after opening again', async () => {
    await using place = await makePlace();
    const sizes = [0, 1, 70_000, 5 * MIB];
    const ids: BlobId[] = [];
    {
      await using store = await place.open();
      for (const size of sizes) {
        ids.push((await store.write(reusedChunks(patternBytes(size, 3), 64 * KIB))).id);
      }
    }
    await using store = await place.open();
    for (const [index, size] of sizes.entries()) {
      same(await readRange(store, ids[index]!, 0, size), patternBytes(size, 3), `${size} bytes`);
    }
  });
}

function describeReading(makePlace: () => Promise<BlobPlace>): void {
  it('read: every kind of range', async () => {
    await using place = await makePlace();
    await using store = await place.open();
    for (const size of [1, 70_000, 262_144, 300_000, 5 * MIB + 9]) {
      const bytes = patternBytes(size, size);
      const { id } = await store.write(reusedChunks(bytes, 200_000));
      for (const [start, end] of rangesOf(size)) {
        const range = await readRange(store, id, start, end);
        same(range, bytes.subarray(start, end), `${start}-${end} of ${size}`);
      }
    }
  });

  it('read: buffers small and large, reused and changing', async () => {
    await using place = await makePlace();
    await using store = await place.open();
    const bytes = patternBytes(5 * MIB + 777, 5);
    const large = await store.write(reusedChunks(bytes, MIB));
    const middle = await store.write(reusedChunks(bytes.subarray(0, 200_001), MIB));
    for (const bufferSize of [1000, 4096, 65_535, 65_536, 65_537, 200_000, MIB, 8 * MIB]) {
      const all = await readRange(store, large.id, 100, large.size, bufferSize);
      same(all, bytes.subarray(100), `large through ${bufferSize}`);
      const part = await readRange(store, middle.id, 1, 200_000, bufferSize);
      same(part, bytes.subarray(1, 200_000), `middle through ${bufferSize}`);
    }
    same(await readRange(store, middle.id, 5, 1000, 1), bytes.subarray(5, 1000), 'byte by byte');
  });

  it('read: sources closed early, and more than once, disturb nobody', async () => {
    await using place = await makePlace();
    await using store = await place.open();
    const bytes = patternBytes(5 * MIB, 5);
    for (const size of [100, 200_000, 5 * MIB]) {
      const { id } = await store.write(reusedChunks(bytes.subarray(0, size), MIB));
      const never = await store.read(id, 0, size);
      never.close();
      never.close();
      const early = await store.read(id, 0, size);
      const other = await store.read(id, 0, size);
      assert.ok((await early.read(new Uint8Array(50))) > 0);
      const reading = other.read(new Uint8Array(MIB));
      early.close();
      other.close();
      await reading;
      same(await readRange(store, id, 0, size), bytes.subarray(0, size), 'a later reader');
    }
  });

  it('read: many readers of one blob at once', async () => {
    await using place = await makePlace();
    await using store = await place.open();
    const bytes = patternBytes(3 * MIB, 5);
    const { id, size } = await store.write(reusedChunks(bytes, MIB));
    await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const start = index * 1000;
        const range = await readRange(store, id, start, size - index, 100_000 * (index + 1));
        same(range, bytes.subarray(start, size - index), `reader ${index}`);
      }),
    );
  });
}

function describeForgetting(makePlace: () => Promise<BlobPlace>): void {
  it('delete: what is deleted is missing, once and for all', async () => {
    await using place = await makePlace();
    await using store = await place.open();
    for (const size of [0, 1, 70_000, 5 * MIB]) {
      const gone = await store.write(reusedChunks(patternBytes(size, 1), MIB));
      const kept = await store.write(reusedChunks(patternBytes(size, 2), MIB));
      await store.delete(gone.id);
      await store.delete(gone.id);
      await assert.rejects(async () => store.read(gone.id, 0, size), BlobMissingError);
      same(await readRange(store, kept.id, 0, size), patternBytes(size, 2), 'its neighbour');
    }
  });

  it('read and delete: ids that name nothing', async () => {
    await using place = await makePlace();
    await using store = await place.open();
    await store.write(reusedChunks(patternBytes(100, 1), 100));
    const strange = [
      '', '.', '..', '/', 's', 'f', 's.', 'f..', '../../../etc/passwd', 's.../..0.0', 'f.a/b-c-1.1',
      's.nobody-0-00000000.00000000.64', 'f.nobody-0-0000000000.64', 'm.nobody', '\u0000', 's.%2e.0.1',
      `s.${'a'.repeat(5000)}.0.1`, 's.nobody-0-00000000.00000000.-1', 'f.nobody-0-0000000000.1e9',
    ]; // prettier-ignore
    for (const id of strange) {
      await assert.rejects(async () => store.read(id, 0, 0), BlobMissingError, `read ${id}`);
      await store.delete(id);
    }
  });

  it('list: what earlier openings wrote, ascending, in pages, without the deleted', async () => {
    await using place = await makePlace();
    const written: BlobId[] = [];
    {
      await using store = await place.open();
      for (let index = 0; index < 30; index += 1) {
        const size = index % 10 === 0 ? 5 * MIB : index * 1000;
        written.push((await store.write(reusedChunks(patternBytes(size, index), MIB))).id);
      }
      assert.deepEqual(await store.list(undefined, 100), []);
    }
    await using store = await place.open();
    const own = await store.write(reusedChunks(patternBytes(10, 1), 10));
    const deleted = new Set([written[0]!, written[3]!, written[29]!]);
    for (const id of deleted) await store.delete(id);

    const expected = written.filter((id) => !deleted.has(id)).toSorted();
    for (const limit of [1, 4, 27, 1000]) {
      const listed: BlobId[] = [];
      for (;;) {
        const page = await store.list(listed.at(-1), limit);
        assert.ok(page.length <= limit);
        if (page.length === 0) break;
        listed.push(...page);
      }
      assert.deepEqual(listed, expected);
    }
    assert.ok(!expected.includes(own.id));
  });

  it('movable: copying and deleting what it names loses nothing and comes to an end', async () => {
    await using place = await makePlace();
    const live = new Map<BlobId, Uint8Array>();
    {
      await using store = await place.open();
      for (let index = 0; index < 80; index += 1) {
        const bytes = patternBytes(30_000 + index, index);
        const { id } = await store.write(reusedChunks(bytes, MIB));
        if (index % 10 === 0) live.set(id, bytes);
        else await store.delete(id);
      }
    }
    await using store = await place.open();
    for (let round = 0; ; round += 1) {
      assert.ok(round < 100, 'moving comes to an end');
      const moving = await store.movable(3);
      if (moving.length === 0) break;
      assert.ok(moving.length <= 3);
      for (const id of moving) {
        const bytes = live.get(id);
        assert.ok(bytes !== undefined, 'only live blobs move');
        const content = await readRange(store, id, 0, bytes.byteLength);
        const copy = await store.write(reusedChunks(content, MIB), content.byteLength);
        live.set(copy.id, bytes);
        live.delete(id);
        await store.delete(id);
      }
    }
    for (const [id, bytes] of live) {
      same(await readRange(store, id, 0, bytes.byteLength), bytes, id);
    }
  });
}

function describeProperties(makePlace: () => Promise<BlobPlace>): void {
  it('write and read: random chunkings and ranges (property)', async () => {
    await using place = await makePlace();
    await using store = await place.open();
    const sizes = fc.oneof(fc.nat(3000), fc.nat(300_000), fc.nat(3 * MIB));
    const property = fc.asyncProperty(
      sizes,
      fc.integer({ min: 1, max: 400_000 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 1_200_000 }),
      fc.nat(1000),
      fc.nat(1000),
      async (size, chunkSize, hinted, bufferSize, startPermille, endPermille) => {
        const bytes = patternBytes(size, chunkSize);
        const chunks = reusedChunks(bytes, Math.max(chunkSize, size >> 8));
        const { id } = await store.write(chunks, hinted ? size : undefined);
        const [low, high] = [startPermille, endPermille].toSorted((a, b) => a - b);
        const start = Math.floor((size * low!) / 1000);
        const end = Math.floor((size * high!) / 1000);
        const step = Math.max(bufferSize, size >> 8);
        same(await readRange(store, id, start, end, step), bytes.subarray(start, end), 'range');
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  it('write, delete, read: holds against a map (property)', async () => {
    const command = fc.record({
      remove: fc.boolean(),
      size: fc.oneof(fc.nat(200), fc.nat(200_000)),
      pick: fc.nat(1000),
      reopen: fc.nat(9),
    });
    const property = fc.asyncProperty(fc.array(command, { maxLength: 25 }), async (commands) => {
      await using place = await makePlace();
      const model = new Map<BlobId, Uint8Array>();
      let store = await place.open();
      for (const [index, { remove, size, pick, reopen }] of commands.entries()) {
        const victim = [...model.keys()][pick % Math.max(model.size, 1)];
        if (remove && victim !== undefined) {
          await store.delete(victim);
          model.delete(victim);
        } else {
          const bytes = patternBytes(size, index);
          model.set((await store.write(reusedChunks(bytes, 70_000))).id, bytes);
        }
        if (reopen === 0) {
          await store[Symbol.asyncDispose]();
          store = await place.open();
          assert.deepEqual(await store.list(undefined, 100), [...model.keys()].toSorted());
        }
      }
      for (const [id, bytes] of model) {
        same(await readRange(store, id, 0, bytes.byteLength), bytes, id);
      }
      await store[Symbol.asyncDispose]();
    });
    await fc.assert(property, { numRuns: 15 });
  });
}
