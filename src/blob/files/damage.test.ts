import assert from 'node:assert/strict';
import { cp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { patternBytes, readRange, reusedChunks } from '../blob-store.suite.ts';
import { BlobCorruptError, type BlobId, type BlobStore } from '../blob-store.ts';
import { fileName, parseBlobId } from './blob-id.ts';
import { BLOCK_SIZE } from './limits.ts';
import { frameSize, headSize } from './segment-format.ts';
import { TestFolder } from './test-folder.suite.ts';

const MIB = 1024 * 1024;

async function write(store: BlobStore, bytes: Uint8Array): Promise<BlobId> {
  return (await store.write(reusedChunks(bytes, 100_000), bytes.byteLength)).id;
}

function pathOf(folder: TestFolder, id: BlobId): string {
  const place = parseBlobId(id)!;
  return place.kind === 'segment'
    ? folder.segmentPath(place.segment)
    : `${folder.root}/files/${place.folder}/${fileName(place.index, place.length)}`;
}

/** Changes a file for as long as `work` takes. */
async function changing(
  path: string,
  change: (bytes: Buffer) => Uint8Array,
  work: () => Promise<void>,
): Promise<void> {
  const original = await readFile(path);
  await writeFile(path, change(Buffer.from(original)));
  await work();
  await writeFile(path, original);
}

/** Every part of the blob reads right or fails by naming the blob; says whether all of it reads. */
async function readsOrFails(store: BlobStore, id: BlobId, bytes: Uint8Array): Promise<boolean> {
  let good = true;
  const half = bytes.byteLength >> 1;
  for (const [start, end] of [[0, bytes.byteLength], [0, half], [half, bytes.byteLength], [half >> 1, half]] as const) {
    try {
      const read = await readRange(store, id, start, end);
      assert.ok(Buffer.compare(read, bytes.subarray(start, end)) === 0, `wrong bytes of ${id}`);
    } catch (error) {
      assert.ok(error instanceof BlobCorruptError, String(error));
      assert.ok(error.message.includes(id));
      good = false;
    }
  } // prettier-ignore
  return good;
}

describe('file blob store: damage', () => {
  it('read: a flipped bit anywhere in a segment fails its blob and no other (property)', async () => {
    await using folder = await TestFolder.make();
    await using store = await folder.open();
    const contents = [10_000, 150_000, 70_000].map((size) => patternBytes(size, size));
    const ids: BlobId[] = [];
    for (const bytes of contents) ids.push(await write(store, bytes));
    const path = pathOf(folder, ids[0]!);
    const places = ids.map((id) => parseBlobId(id)!) as { offset: number; length: number }[];
    const hit = (at: number): number =>
      places.findIndex(({ offset, length }) => at >= offset && at < offset + frameSize(length));
    const end = places[2]!.offset + frameSize(places[2]!.length);
    const heads = fc
      .tuple(fc.constantFrom(...places), fc.nat(30))
      .map(([{ offset }, into]) => offset + into);

    const property = fc.asyncProperty(
      fc.oneof(fc.nat(end - 1), heads),
      fc.nat(7),
      async (at, bit) => {
        const flip = (bytes: Buffer): Buffer => {
          bytes[at]! ^= 1 << bit;
          return bytes;
        };
        await changing(path, flip, async () => {
          for (const [index, id] of ids.entries()) {
            const good = await readsOrFails(store, id, contents[index]!);
            assert.equal(good, index !== hit(at), `byte ${at} and blob ${index}`);
          }
        });
      },
    );
    await fc.assert(property, { numRuns: 120 });
  });

  it('read: a flipped bit anywhere in a large file fails it (property)', async () => {
    await using folder = await TestFolder.make();
    await using store = await folder.open();
    const bytes = patternBytes(2 * MIB + 77, 1);
    const id = await write(store, bytes);
    const fileSize = (await readFile(pathOf(folder, id))).byteLength;
    const tail = fc.integer({ min: bytes.byteLength, max: fileSize - 1 });
    const property = fc.asyncProperty(fc.oneof(fc.nat(fileSize - 1), tail), async (at) => {
      const flip = (content: Buffer): Buffer => {
        content[at]! ^= 0x10;
        return content;
      };
      await changing(pathOf(folder, id), flip, async () => {
        assert.equal(await readsOrFails(store, id, bytes), false);
      });
    });
    await fc.assert(property, { numRuns: 40 });
    assert.ok(await readsOrFails(store, id, bytes));
  });

  it('read: blocks, tables and files that belong elsewhere are refused', async () => {
    await using folder = await TestFolder.make();
    await using store = await folder.open();
    const contents = [patternBytes(2 * MIB, 1), patternBytes(2 * MIB, 2)];
    const ids = [await write(store, contents[0]!), await write(store, contents[1]!)];
    const other = await readFile(pathOf(folder, ids[1]!));
    const changes: Record<string, (bytes: Buffer) => Uint8Array> = {
      'two blocks swapped': (bytes) => {
        const first = Buffer.from(bytes.subarray(0, BLOCK_SIZE));
        bytes.copyWithin(0, BLOCK_SIZE, 2 * BLOCK_SIZE);
        bytes.set(first, BLOCK_SIZE);
        return bytes;
      },
      'a block of another blob': (bytes) => {
        bytes.set(other.subarray(0, BLOCK_SIZE));
        return bytes;
      },
      'another blob, table and all': () => other,
      'cut short by one byte': (bytes) => bytes.subarray(0, -1),
      'cut short by half': (bytes) => bytes.subarray(0, MIB),
      'an empty file': () => Buffer.alloc(0),
      'nothing but zeros': (bytes) => bytes.fill(0),
    };
    for (const [what, change] of Object.entries(changes)) {
      await changing(pathOf(folder, ids[0]!), change, async () => {
        assert.equal(await readsOrFails(store, ids[0]!, contents[0]!), false, what);
      });
    }
    assert.ok(await readsOrFails(store, ids[0]!, contents[0]!));
  });

  it('read: a blob past 64 MiB takes its checksums from more than one page', async () => {
    await using folder = await TestFolder.make();
    await using store = await folder.open();
    const bytes = patternBytes(64 * MIB + 3 * BLOCK_SIZE + 5, 1);
    const id = await write(store, bytes);
    const border = 64 * MIB;
    for (const [start, end] of [
      [0, bytes.byteLength],
      [border - 1, border + 1],
      [border - BLOCK_SIZE, border + BLOCK_SIZE],
      [border - 3 * MIB + 1, bytes.byteLength - 1],
      [border, bytes.byteLength],
    ] as const) {
      const read = await readRange(store, id, start, end);
      assert.ok(Buffer.compare(read, bytes.subarray(start, end)) === 0, `${start}-${end}`);
    }
  });
});

describe('file blob store: what a crash leaves', () => {
  /** A folder as a crash leaves it: the segment has no end mark. Gives its blobs in order. */
  async function crashed(folder: TestFolder): Promise<Map<BlobId, Uint8Array>> {
    const store = await folder.open();
    const blobs = new Map<BlobId, Uint8Array>();
    for (const size of [20_000, 70_000, 0, 130_000]) {
      const bytes = patternBytes(size, size);
      blobs.set(await write(store, bytes), bytes);
    }
    await cp(folder.root, `${folder.root}-copy`, { recursive: true });
    await store[Symbol.asyncDispose]();
    await cp(`${folder.root}-copy`, folder.root, { recursive: true, force: true });
    return blobs;
  }

  it('list: a segment cut or torn anywhere gives its whole blobs only (property)', async () => {
    await using folder = await TestFolder.make();
    const blobs = await crashed(folder);
    const path = pathOf(folder, [...blobs.keys()][0]!);
    const original = await readFile(path);
    const property = fc.asyncProperty(
      fc.nat(original.byteLength),
      fc.constantFrom('cut', 'zeros', 'noise'),
      async (at, how) => {
        await writeFile(path, original);
        await rm(path.replace(/seg$/, 'dead'), { force: true });
        if (how === 'cut') await truncate(path, at);
        else await overwrite(path, at, how === 'zeros' ? 0 : 0xa5, original.byteLength - at);
        await using store = await folder.open();
        const whole = [...blobs.keys()].filter((id) => {
          const place = parseBlobId(id) as { offset: number; length: number };
          return place.offset + frameSize(place.length) <= at;
        });
        const listed = await store.list(undefined, 100);
        // Blobs that were synced before the last began are taken on trust, and fail when read.
        for (const id of whole) assert.ok(listed.includes(id), `${id} is listed`);
        for (const id of whole) assert.ok(await readsOrFails(store, id, blobs.get(id)!));
        assert.ok(listed.length <= blobs.size);
        const last = parseBlobId([...blobs.keys()].at(-1)!) as { offset: number; length: number };
        const isLastHeadWhole = at >= last.offset + headSize(last.length);
        if (how === 'cut' || isLastHeadWhole) assert.deepEqual(listed, whole);
      },
    );
    await fc.assert(property, { numRuns: 40 });
  });

  it('list: a damaged head in the middle loses none of the blobs after it', async () => {
    await using folder = await TestFolder.make();
    const blobs = await crashed(folder);
    const [first, second, , last] = [...blobs.keys()];
    const { offset } = parseBlobId(second!) as { offset: number };
    const path = pathOf(folder, first!);
    const size = (await readFile(path)).byteLength;
    await overwrite(path, offset + 5, 0xff, 1);
    await using store = await folder.open();
    assert.deepEqual(await store.list(undefined, 10), [first]);
    assert.deepEqual(await store.movable(10), []);
    assert.equal((await readFile(path)).byteLength, size, 'the segment stays as it is');
    assert.ok(await readsOrFails(store, last!, blobs.get(last!)!));
    assert.equal(await readsOrFails(store, second!, blobs.get(second!)!), false);
    await store.delete(first!);
    await store.delete(last!);
    assert.deepEqual(await store.movable(10), [], 'what may be alive is not given up');
    assert.equal((await readFile(path)).byteLength, size);
  });

  it('movable: a segment with a damaged head is not given up, ended or not', async () => {
    await using folder = await TestFolder.make();
    const ids: BlobId[] = [];
    {
      await using store = await folder.open();
      for (const size of [100_000, 20_000, 30_000]) {
        ids.push(await write(store, patternBytes(size, size)));
      }
    }
    const path = pathOf(folder, ids[0]!);
    await overwrite(path, (parseBlobId(ids[1]!) as { offset: number }).offset + 5, 0xff, 1);
    await using store = await folder.open();
    await store.delete(ids[0]!);
    assert.deepEqual(await store.movable(10), []);
    assert.deepEqual(await store.list(undefined, 10), []);
    assert.ok(await readsOrFails(store, ids[2]!, patternBytes(30_000, 30_000)));
  });

  it('list: a segment is ended once, and is the same for later boots', async () => {
    await using folder = await TestFolder.make();
    const blobs = await crashed(folder);
    const path = pathOf(folder, [...blobs.keys()][0]!);
    const file = await open(path, 'a');
    await file.write(Buffer.alloc(5000, 1));
    await file.close();
    let ended: Buffer | undefined;
    for (let boot = 0; boot < 3; boot += 1) {
      await using store = await folder.open();
      assert.deepEqual(await store.list(undefined, 10), [...blobs.keys()]);
      const bytes = await readFile(path);
      if (ended !== undefined) assert.deepEqual(bytes, ended);
      ended = bytes;
    }
  });

  async function overwrite(path: string, at: number, value: number, size: number): Promise<void> {
    const file = await open(path, 'r+');
    if (size > 0) await file.write(Buffer.alloc(size, value), 0, size, at);
    await file.close();
  }
});
