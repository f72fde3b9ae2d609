import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';

import { patternBytes, readRange, reusedChunks } from '../blob-store.suite.ts';
import { BlobMissingError, type BlobId, type BlobStore } from '../blob-store.ts';
import { Descriptors } from './descriptors.ts';
import { nodeFileSystem, READ } from './file-system.ts';
import { SharedSync } from './shared-sync.ts';
import { openFileBlobStore } from './store.ts';
import { TestFolder } from './test-folder.suite.ts';

const MIB = 1024 * 1024;

async function write(store: BlobStore, size: number, seed: number): Promise<BlobId> {
  return (await store.write(reusedChunks(patternBytes(size, seed), MIB), size)).id;
}

it('delete: a segment whose blobs are all dead is removed once nobody appends to it', async () => {
  await using folder = await TestFolder.make();
  await using store = await folder.open({ segmentSizeMax: 200_000 });
  const ids: BlobId[] = [];
  for (let seed = 0; seed < 6; seed += 1) ids.push(await write(store, 90_000, seed));
  assert.equal((await folder.fileNames()).length, 3);
  for (const id of ids) await store.delete(id);
  // The last one still takes blobs.
  assert.deepEqual((await folder.fileNames()).toSorted(), [
    'segments/boot1-0-00000002.dead',
    'segments/boot1-0-00000002.seg',
  ]);
  const late = await write(store, 90_000, 9);
  assert.deepEqual(await readRange(store, late, 0, 90_000), patternBytes(90_000, 9));
});

it('delete: a reader of a removed segment or file reads on', async () => {
  await using folder = await TestFolder.make();
  await using store = await folder.open({ segmentSizeMax: 100_000 });
  for (const size of [90_000, 3 * MIB]) {
    const id = await write(store, size, 1);
    await write(store, size, 2);
    const source = await store.read(id, 0, size);
    const bytes = new Uint8Array(size);
    let filled = await source.read(bytes.subarray(0, 10_000));
    await store.delete(id);
    assert.ok(!(await folder.fileNames()).some((name) => name.includes('0000.')), 'it is removed');
    while (filled < size) filled += await source.read(bytes.subarray(filled));
    source.close();
    assert.deepEqual(bytes, patternBytes(size, 1));
    await assert.rejects(async () => store.read(id, 0, size), BlobMissingError);
  }
});

it('read: another thread that never opened a removed segment finds the blob missing', async () => {
  await using folder = await TestFolder.make();
  await using writer = await folder.open();
  const id = await write(writer, 50_000, 1);
  await writer[Symbol.asyncDispose]();
  await using collector = await folder.open();
  await using reader = await folder.open();
  await collector.delete(id);
  assert.deepEqual(await folder.fileNames(), []);
  await assert.rejects(async () => reader.read(id, 0, 50_000), BlobMissingError);
});

it('movable: empties mostly dead segments, spares the others, and frees the disk', async () => {
  await using folder = await TestFolder.make();
  const live: BlobId[] = [];
  {
    await using store = await folder.open({ segmentSizeMax: 400_000 });
    for (let index = 0; index < 16; index += 1) {
      const id = await write(store, 90_000, index);
      // Of the first two segments one blob of four stays, of the others three of four.
      const stays = index < 8 ? index % 4 === 0 : index % 4 !== 0;
      if (stays) live.push(id);
      else await store.delete(id);
    }
  }
  await using store = await folder.open();
  const moving = await store.movable(100);
  assert.deepEqual(moving, live.slice(0, 2));
  for (const id of moving) {
    await write(store, 90_000, 1);
    await store.delete(id);
  }
  assert.deepEqual(await store.movable(100), []);
  const names = await folder.fileNames();
  assert.equal(names.filter((name) => name.startsWith('segments/boot1')).length, 4);
});

it("movable: what does not move is in nobody's way", async () => {
  await using folder = await TestFolder.make();
  const live: BlobId[] = [];
  {
    await using store = await folder.open({ segmentSizeMax: 400_000 });
    for (let index = 0; index < 24; index += 1) {
      const id = await write(store, 60_000, index);
      if (index % 3 === 0) live.push(id);
      else await store.delete(id);
    }
  }
  await using store = await folder.open();
  for (const limit of [1, 3, 5, 8]) {
    const named = new Set<BlobId>();
    for (let call = 0; call * limit < 2 * live.length; call += 1) {
      for (const id of await store.movable(limit)) named.add(id);
    }
    assert.deepEqual([...named].toSorted(), live, `${limit} at a time`);
  }
});

it('movable: spares the segments that threads of this boot append to', async () => {
  await using folder = await TestFolder.make();
  const collector = await openFileBlobStore(folder.root, { writer: 'same-0' });
  const sibling = await openFileBlobStore(folder.root, { writer: 'same-1' });
  const dead = await write(sibling, 90_000, 1);
  const alive = await write(sibling, 10_000, 2);
  await collector.delete(dead);
  assert.deepEqual(await collector.movable(10), []);
  assert.deepEqual(await collector.list(undefined, 10), [], 'what this boot writes is not listed');
  await sibling[Symbol.asyncDispose]();
  assert.deepEqual(await collector.movable(10), [alive], 'its segment has ended');
  await collector[Symbol.asyncDispose]();
});

it('list: clears what it finds empty', async () => {
  await using folder = await TestFolder.make();
  {
    await using store = await folder.open();
    await store.delete(await write(store, 3 * MIB, 1));
    await store.delete(await write(store, 1000, 1));
  }
  await using store = await folder.open();
  assert.deepEqual(await store.list(undefined, 10), []);
  assert.deepEqual(await readdir(folder.root, { recursive: true }), [
    'files',
    'segments',
    'temporary',
  ]);
});

it('openFileBlobStore: removes what other boots left unfinished, and nothing of this one', async () => {
  await using folder = await TestFolder.make();
  await (await folder.open())[Symbol.asyncDispose]();
  await writeFile(join(folder.root, 'temporary/gone-0-5'), 'half');
  await writeFile(join(folder.root, 'temporary/same-1-5'), 'half');
  const store = await openFileBlobStore(folder.root, { writer: 'same-0' });
  assert.deepEqual(await folder.fileNames(), ['temporary/same-1-5']);
  await store[Symbol.asyncDispose]();
});

it('openFileBlobStore: files are for their owner only', async () => {
  await using folder = await TestFolder.make();
  await using store = await folder.open();
  await store.delete(await write(store, 1000, 1));
  await write(store, 3 * MIB, 1);
  const names = await readdir(folder.root, { recursive: true });
  assert.ok(names.length >= 6);
  for (const name of ['.', ...names]) {
    const status = await stat(join(folder.root, name));
    assert.equal(status.mode & 0o777, status.isDirectory() ? 0o700 : 0o600, name);
  }
});

it('openFileBlobStore: the same writer twice never writes over itself', async () => {
  await using folder = await TestFolder.make();
  const blobs: BlobId[] = [];
  for (let seed = 0; seed < 3; seed += 1) {
    await using store = await openFileBlobStore(folder.root, { writer: 'same-0' });
    blobs.push(await write(store, 1000, seed), await write(store, 2 * MIB, seed));
  }
  await using store = await folder.open();
  for (const [index, id] of blobs.entries()) {
    const size = index % 2 === 0 ? 1000 : 2 * MIB;
    assert.deepEqual(await readRange(store, id, 0, size), patternBytes(size, index >> 1));
  }
});

it('list: strangers among the files are left alone', async () => {
  await using folder = await TestFolder.make();
  await (await folder.open())[Symbol.asyncDispose]();
  await mkdir(join(folder.root, 'files/lost+found'));
  await chmod(join(folder.root, 'files/lost+found'), 0o700);
  await writeFile(join(folder.root, 'segments/notes.txt'), 'mine');
  await writeFile(join(folder.root, 'segments/notes.seg'), 'mine');
  await using store = await folder.open();
  assert.deepEqual(await store.list(undefined, 10), []);
  assert.equal((await folder.fileNames()).length, 2);
});

it('Descriptors: closes the least recently used, but never one in use', async () => {
  await using folder = await TestFolder.make();
  await mkdir(folder.root);
  const closed: number[] = [];
  const files = { ...nodeFileSystem, close: (fd: number) => void closed.push(fd) };
  const paths = ['a', 'b', 'c'].map((name) => join(folder.root, name));
  for (const path of paths) await writeFile(path, path);
  const descriptors = new Descriptors(files, 2);
  const [a, b] = [descriptors.acquire(paths[0]!), descriptors.acquire(paths[1]!)];
  b.release();
  const again = descriptors.acquire(paths[1]!);
  assert.equal(again.fd, b.fd, 'shared');
  descriptors.acquire(paths[2]!).release();
  assert.deepEqual(closed, [], 'the oldest is in use');
  a.release();
  assert.deepEqual(closed, [a.fd]);
  again.release();
  await nodeFileSystem.unlink(paths[1]!);
  descriptors.dropRemoved();
  assert.deepEqual(closed, [a.fd, b.fd], 'a removed file is let go');
  descriptors.close();
  assert.equal(closed.length, 3);
  for (const fd of closed) nodeFileSystem.close(fd);
  assert.throws(() => nodeFileSystem.openSync(paths[1]!, READ), { code: 'ENOENT' });
});

it('SharedSync: who asks during a run waits for the next one', async () => {
  const finish: (() => void)[] = [];
  const sync = new SharedSync(() => new Promise((resolve) => finish.push(resolve)));
  const done: string[] = [];
  const ask = (name: string): Promise<void> => sync.run().then(() => void done.push(name));
  const all = [ask('first'), ask('second'), ask('third')];
  assert.equal(finish.length, 1);
  finish[0]!();
  await all[0];
  assert.deepEqual(done, ['first']);
  await new Promise(setImmediate);
  assert.equal(finish.length, 2, 'one run serves both');
  finish[1]!();
  await Promise.all(all);
  assert.deepEqual(done, ['first', 'second', 'third']);
});
