import assert from 'node:assert/strict';
import { closeSync, openSync, readdirSync, writeSync } from 'node:fs';
import { describe, it } from 'node:test';

import { isAtPage, PAGE_SIZE } from '../../base/page-memory.ts';
import { patternBytes, readRange, reusedChunks } from '../blob-store.suite.ts';
import { BlobCorruptError, type BlobStore, type StoredBlob } from '../blob-store.ts';
import { parseBlobId } from './blob-id.ts';
import { CREATE, CREATE_DIRECT, nodeFileSystem, type FileSystem } from './file-system.ts';
import { READ_PIECE_SIZE } from './limits.ts';
import { TestFolder } from './test-folder.suite.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

type Operation = Exclude<keyof FileSystem, 'close' | 'status'>;

class SystemError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** The operating system, as bad as a test wants it. */
class FaultyFiles {
  /** The failures to come, by operation: each call takes the first, `undefined` lets it pass. */
  readonly plan = new Map<Operation, (string | undefined)[]>();
  readonly calls: { readonly operation: Operation; readonly subject: unknown }[] = [];
  /** The most that one write takes. */
  writeSizeMax = Number.POSITIVE_INFINITY;
  openCount = 0;
  /** Whether every read had to wait for the disk. */
  isCold = true;
  #diskReads = 0;
  /** Descriptors to which only whole pages may be written, from memory at a page. */
  readonly direct = new Set<unknown>();
  /** Reads under way, by descriptor. */
  readonly reading = new Map<unknown, number>();
  readonly files: FileSystem;

  constructor() {
    this.files = new Proxy(nodeFileSystem, {
      get: (target, name: keyof FileSystem) => this.#wrap(target, name),
    });
  }

  fail(operation: Operation, ...codes: (string | undefined)[]): void {
    this.plan.set(operation, codes);
  }

  count(operation: Operation, subject?: unknown): number {
    return this.calls.filter(
      (call) => call.operation === operation && (subject === undefined || call.subject === subject),
    ).length;
  }

  #wrap(target: FileSystem, name: keyof FileSystem): unknown {
    if (name === 'status') return target.status;
    if (name === 'diskReadCount') return () => (this.isCold ? (this.#diskReads += 1) : 0);
    if (name === 'close') {
      return (fd: number) => {
        this.openCount -= 1;
        this.direct.delete(fd);
        assert.equal(this.reading.get(fd) ?? 0, 0, 'nobody reads what is closed');
        target.close(fd);
      };
    }
    if (name === 'openSync') {
      return (path: string, flags: number) => {
        this.#next(name, path);
        const fd = target.openSync(path, flags);
        this.openCount += 1;
        return fd;
      };
    }
    if (name === 'readSync' || name === 'appendSync') {
      return (fd: number, bytes: Uint8Array, position: number) => {
        const torn = name === 'appendSync' && (this.plan.get(name)?.[0] ?? '') !== '';
        if (torn) target.appendSync(fd, bytes.subarray(0, bytes.byteLength >> 1));
        this.#next(name, fd);
        return target[name](fd, bytes, position);
      };
    }
    return (...args: unknown[]) => this.#asynchronous(target, name, args);
  }

  async #asynchronous(
    target: FileSystem,
    name: Exclude<Operation, 'openSync' | 'readSync' | 'appendSync' | 'diskReadCount'>,
    args: unknown[],
  ): Promise<unknown> {
    if (name === 'write') {
      const [fd, parts, position] = args as [number, Uint8Array[], number];
      const whole = Buffer.concat(parts);
      if (this.direct.has(fd)) {
        assert.ok(parts.every(isAtPage) && position % PAGE_SIZE === 0, 'all begins at a page');
        assert.ok(
          parts.every(({ byteLength }) => byteLength % PAGE_SIZE === 0),
          'all is pages',
        );
      }
      const failing = (this.plan.get(name)?.[0] ?? '') !== '';
      // A write that fails has taken half of its bytes: that is what tears.
      const size = failing ? whole.byteLength >> 1 : Math.min(whole.byteLength, this.writeSizeMax);
      const count = await target.write(fd, [whole.subarray(0, size)], position);
      this.#next(name, fd);
      return count;
    }
    this.#next(name, args[0]);
    if (name === 'read') this.#changeReading(args[0], 1);
    // The copies that this class writes are at no page; it holds the writes to that itself.
    const isDirect = name === 'open' && args[1] === CREATE_DIRECT;
    if (isDirect) args[1] = CREATE;
    const result = await (target[name] as (...all: unknown[]) => Promise<unknown>)(...args);
    if (name === 'read') this.#changeReading(args[0], -1);
    if (name === 'open') this.openCount += 1;
    if (isDirect) this.direct.add(result);
    return result;
  }

  #changeReading(fd: unknown, by: number): void {
    this.reading.set(fd, (this.reading.get(fd) ?? 0) + by);
  }

  #next(operation: Operation, subject: unknown): void {
    this.calls.push({ operation, subject });
    const code = this.plan.get(operation)?.shift();
    if (code !== undefined) throw new SystemError(code);
  }
}

function write(store: BlobStore, size: number, seed: number, hint = size): Promise<StoredBlob> {
  return store.write(reusedChunks(patternBytes(size, seed), 64 * KIB), hint);
}

async function assertReads(
  store: BlobStore,
  { id, size }: StoredBlob,
  seed: number,
): Promise<void> {
  assert.deepEqual(await readRange(store, id, 0, size), patternBytes(size, seed), id);
}

function segmentOf({ id }: StoredBlob): string {
  const place = parseBlobId(id);
  assert.ok(place?.kind === 'segment');
  return place.segment;
}

describe('file blob store: a disk that fails', () => {
  it('write: short writes are continued', async () => {
    await using folder = await TestFolder.make();
    const faults = new FaultyFiles();
    await using store = await folder.open({ syncStep: MIB }, faults.files);
    faults.writeSizeMax = 9999;
    for (const size of [0, 1, 50_000, 200_000, 3 * MIB, 5 * MIB + 1]) {
      await assertReads(store, await write(store, size, size), size);
    }
  });

  it('write: a full disk refuses the blobs of one group, and nothing else', async () => {
    await using folder = await TestFolder.make();
    const faults = new FaultyFiles();
    const kept: StoredBlob[] = [];
    {
      await using store = await folder.open({}, faults.files);
      kept.push(await write(store, 50_000, 0));
      faults.fail('write', 'ENOSPC');
      const refused = await Promise.allSettled([write(store, 60_000, 9), write(store, 10, 9)]);
      for (const { status } of refused) assert.equal(status, 'rejected');
      kept.push(await write(store, 60_000, 1), await write(store, 0, 2));
      assert.equal(new Set(kept.map(segmentOf)).size, 1, 'the segment is as good as before');
      for (const [seed, blob] of kept.entries()) await assertReads(store, blob, seed);
    }
    await using store = await folder.open();
    assert.deepEqual(await store.list(undefined, 10), kept.map(({ id }) => id).toSorted());
    for (const [seed, blob] of kept.entries()) await assertReads(store, blob, seed);
  });

  it('write: a segment that cannot be cut back after a torn write is given up', async () => {
    await using folder = await TestFolder.make();
    const faults = new FaultyFiles();
    const kept: StoredBlob[] = [];
    {
      await using store = await folder.open({}, faults.files);
      kept.push(await write(store, 50_000, 0));
      faults.fail('write', 'EIO');
      faults.fail('truncate', 'EIO', 'EIO');
      await assert.rejects(write(store, 90_000, 9), { code: 'EIO' });
      kept.push(await write(store, 60_000, 1));
      assert.equal(new Set(kept.map(segmentOf)).size, 2);
    }
    await using store = await folder.open();
    assert.deepEqual(await store.list(undefined, 10), kept.map(({ id }) => id).toSorted());
    for (const [seed, blob] of kept.entries()) await assertReads(store, blob, seed);
  });

  it('write: after a failed fdatasync a segment is never written or synced again', async () => {
    await using folder = await TestFolder.make();
    const faults = new FaultyFiles();
    const kept: StoredBlob[] = [];
    {
      await using store = await folder.open({}, faults.files);
      kept.push(await write(store, 50_000, 0));
      const fd = faults.calls.find(({ operation }) => operation === 'datasync')?.subject;
      faults.fail('datasync', 'EIO');
      const refused = await Promise.allSettled([write(store, 60_000, 9), write(store, 10, 9)]);
      for (const { status } of refused) assert.equal(status, 'rejected');
      assert.equal(faults.count('datasync', fd), 2);
      const writeCount = faults.count('write', fd);
      kept.push(await write(store, 60_000, 1));
      assert.equal(new Set(kept.map(segmentOf)).size, 2);
      assert.equal(faults.count('truncate', fd), 1);
      // The number of the descriptor may be given out again; to this segment it must not be.
      const names = readdirSync(`${folder.root}/segments`).toSorted();
      assert.deepEqual(names, kept.map((blob) => `${segmentOf(blob)}.seg`).toSorted());
      assert.ok(writeCount >= 2);
      for (const [seed, blob] of kept.entries()) await assertReads(store, blob, seed);
    }
    await using store = await folder.open();
    assert.deepEqual(await store.list(undefined, 10), kept.map(({ id }) => id).toSorted());
  });

  it('write: a group written ahead falls with the sync before it', async () => {
    await using folder = await TestFolder.make();
    const faults = new FaultyFiles();
    await using store = await folder.open({ groupSizeMax: MIB }, faults.files);
    const kept = await write(store, 10, 0);
    faults.fail('datasync', 'EIO');
    // Eight blobs of 512 KiB: while the first two are synced, the next two are written.
    const writes = Array.from({ length: 8 }, (_, seed) => write(store, 512 * KIB, seed));
    const results = await Promise.allSettled(writes);
    const lost = results.filter(({ status }) => status === 'rejected').length;
    assert.ok(lost >= 1 && lost <= 4, `${lost} of 8 were refused`);
    for (const [seed, result] of results.entries()) {
      if (result.status !== 'fulfilled') continue;
      await assertReads(store, result.value, seed);
      assert.notEqual(segmentOf(result.value), segmentOf(kept));
    }
    await assertReads(store, kept, 0);
  });

  it('write: a segment that cannot be made, or named for good, refuses its group only', async () => {
    await using folder = await TestFolder.make();
    const faults = new FaultyFiles();
    await using store = await folder.open({}, faults.files);
    faults.fail('open', 'EMFILE');
    await assert.rejects(write(store, 50_000, 9), { code: 'EMFILE' });
    faults.fail('sync', 'EIO');
    await assert.rejects(write(store, 50_000, 9), { code: 'EIO' });
    await assertReads(store, await write(store, 50_000, 1), 1);
  });

  const nothing = (count: number): undefined[] => Array<undefined>(count).fill(undefined);
  const steps: readonly (readonly [string, Operation, (string | undefined)[]])[] = [
    ['making the temporary file', 'open', ['EMFILE']],
    ['the first write', 'write', ['ENOSPC']],
    ['a later write', 'write', [...nothing(3), 'ENOSPC']],
    ['writing the checksums', 'write', [...nothing(9), 'ENOSPC']],
    ['cutting what fills the last page', 'truncate', ['EIO']],
    ['the first sync', 'datasync', ['EIO']],
    ['making the folder', 'makeFolder', ['ENOSPC']],
    ['syncing the folder above', 'sync', ['EIO']],
    ['syncing the folder', 'sync', [undefined, 'EIO']],
    ['renaming', 'rename', ['EIO']],
  ];
  const cached = { syncStep: MIB, directSizeMin: Number.POSITIVE_INFINITY };
  for (const [what, operation, codes, limits] of [
    ...steps.map((step) => [...step, { directSizeMin: 0 }] as const),
    ...steps.map((step) => [...step, cached] as const),
    ['the last sync', 'datasync', [...nothing(4), 'EIO'], cached] as const,
    // The next sync may report success for what this one has lost.
    [
      'the sync that the last write begins',
      'datasync',
      ['EIO'],
      { ...cached, syncStep: 5 * MIB - 5 },
    ] as const,
  ]) {
    const way = 'syncStep' in limits ? 'through the page cache' : 'past the page cache';
    it(`write: a large blob leaves nothing when this fails ${way}: ${what}`, async () => {
      await using folder = await TestFolder.make();
      const faults = new FaultyFiles();
      await using store = await folder.open(limits, faults.files);
      // The store has tried by now which writes are possible.
      const broken = async function* () {
        yield await Promise.reject(new Error('broken'));
      };
      await assert.rejects(store.write(broken(), 5 * MIB), { message: 'broken' });
      faults.fail(operation, ...codes);
      const size = 5 * MIB - 5;
      const failing = async (): Promise<void> => {
        // The step that is meant may come late, since syncs that are due together are one; then the
        // blobs before it must be good ones. Each takes the step once at least.
        for (let seed = 0; seed < codes.length; seed += 1) {
          const stored = await write(store, size, seed);
          await assertReads(store, stored, seed);
          await store.delete(stored.id);
        }
      };
      await assert.rejects(failing(), { code: codes.at(-1) });
      assert.deepEqual(await folder.fileNames(), []);
      assert.equal(faults.openCount, 0);
      await assertReads(store, await write(store, size, 7), 7);
    });
  }

  it('write: large blobs go through the page cache where the disk takes nothing else', async () => {
    for (const refusal of ['open', 'write'] as const) {
      await using folder = await TestFolder.make();
      const faults = new FaultyFiles();
      await using store = await folder.open({}, faults.files);
      faults.fail(refusal, 'EINVAL');
      for (let seed = 0; seed < 2; seed += 1) {
        await assertReads(store, await write(store, 5 * MIB, seed), seed);
        assert.equal(faults.direct.size, 0);
      }
      assert.equal(faults.count('open', `${folder.root}/temporary/boot1-0-direct`), 1);
      assert.equal((await folder.fileNames()).length, 2);
    }
  });

  it('write: a large blob past the page cache survives a full disk when it has room again', async () => {
    await using folder = await TestFolder.make();
    const faults = new FaultyFiles();
    await using store = await folder.open({}, faults.files);
    faults.fail('write', 'ENOSPC');
    await assert.rejects(write(store, 5 * MIB, 1), { code: 'ENOSPC' });
    assert.deepEqual(await folder.fileNames(), []);
    await assertReads(store, await write(store, 5 * MIB, 2), 2);
  });

  it('read: a failing read passes on, and every file is closed in the end', async () => {
    await using folder = await TestFolder.make();
    const faults = new FaultyFiles();
    {
      await using store = await folder.open({}, faults.files);
      const blobs = [await write(store, 50_000, 1), await write(store, 5 * MIB, 1)];
      blobs.push(await write(store, 900_000, 1));
      for (const { id, size } of blobs) {
        faults.fail('read', undefined, 'EIO');
        faults.fail('readSync', undefined, 'EIO');
        await assert.rejects(readRange(store, id, 0, size), { code: 'EIO' });
        faults.fail('read');
        faults.fail('readSync');
        await assertReads(store, { id, size }, 1);
      }
    }
    assert.equal(faults.openCount, 0);
  });

  it("read: a buffer is the reader's again, and a file closed, when no read is under way", async () => {
    await using folder = await TestFolder.make();
    const faults = new FaultyFiles();
    await using store = await folder.open({}, faults.files);
    const { id, size } = await write(store, 5 * MIB, 1);
    const into = Buffer.alloc(MIB);
    const left = await store.read(id, 0, size);
    const reading = left.read(into);
    left.close();
    assert.equal(await reading, MIB);

    const name = (await folder.fileNames()).find((path) => path.startsWith('files/'))!;
    const file = openSync(`${folder.root}/${name}`, 'r+');
    // Behind the piece that shows that the bytes come from the disk.
    writeSync(file, Buffer.from('damage'), 0, 6, READ_PIECE_SIZE + 1000);
    closeSync(file);
    const source = await store.read(id, 0, size);
    await assert.rejects(async () => source.read(into), BlobCorruptError);
    assert.ok([...faults.reading.values()].every((count) => count === 0));
    source.close();
    assert.equal(faults.openCount, 0);
  });

  it('read: the thread itself reads what is in memory, and leaves the disk to the pool', async () => {
    await using folder = await TestFolder.make();
    const faults = new FaultyFiles();
    await using store = await folder.open({}, faults.files);
    const stored = await write(store, 5 * MIB, 1);
    const readsThrough = async (operation: 'read' | 'readSync'): Promise<number> => {
      const before = faults.count(operation);
      await assertReads(store, stored, 1);
      return faults.count(operation) - before;
    };
    faults.isCold = false;
    // The only other read is that of the checksums.
    assert.equal(await readsThrough('read'), 1);
    faults.isCold = true;
    assert.equal(await readsThrough('readSync'), 1);
  });

  it('delete: a mark that cannot be written fails, and can be written later', async () => {
    await using folder = await TestFolder.make();
    const faults = new FaultyFiles();
    let kept: StoredBlob;
    {
      await using store = await folder.open({}, faults.files);
      const blob = await write(store, 50_000, 1);
      kept = await write(store, 50_000, 2);
      faults.fail('appendSync', 'ENOSPC');
      await assert.rejects(store.delete(blob.id), { code: 'ENOSPC' });
      await assertReads(store, blob, 1);
      await store.delete(blob.id);
    }
    await using store = await folder.open();
    assert.deepEqual(await store.list(undefined, 10), [kept.id]);
  });

  it('write: concurrent small blobs share their syncs', async () => {
    await using folder = await TestFolder.make();
    const faults = new FaultyFiles();
    await using store = await folder.open({}, faults.files);
    await write(store, 20_000, 0);
    const before = faults.count('datasync');
    await Promise.all(Array.from({ length: 64 }, (_, seed) => write(store, 5000, seed)));
    assert.ok(faults.count('datasync') - before <= 3);
  });
});
