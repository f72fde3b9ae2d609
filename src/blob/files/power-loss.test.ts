import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { it } from 'node:test';

import * as fc from 'fast-check';

import { patternBytes, readRange, reusedChunks } from '../blob-store.suite.ts';
import { BlobCorruptError, type BlobId } from '../blob-store.ts';
import { parseBlobId } from './blob-id.ts';
import { CREATE, CREATE_DIRECT, nodeFileSystem, type FileSystem } from './file-system.ts';
import { openFileBlobStore } from './store.ts';
import { TestFolder } from './test-folder.suite.ts';

/** The disk writes in units of this size, each of which makes it or does not. */
const SECTOR_SIZE = 4096;

type Change =
  | { readonly at: number; readonly bytes: Buffer }
  | { readonly at: number; readonly bytes: undefined };

interface Inode {
  durable: Buffer;
  /** Writes, and cuts (without bytes), since the last sync. */
  pending: Change[];
}

/** What the names in a folder stand for: certainly on the disk, and as programs see it. */
interface FolderState {
  readonly durable: Map<string, Inode>;
  readonly current: Map<string, Inode>;
}

/**
 * The operating system, watched: what is certainly on the disk, and what a loss of power may or may
 * not have left there. Only what was synced is certain, names and contents apart.
 */
class WatchedFiles {
  readonly files: FileSystem;
  readonly #inodes = new Map<number, Inode>();
  readonly #folderPaths = new Map<number, string>();
  readonly #folders = new Map<string, FolderState>();
  readonly #durableFolders = new Set<string>();

  constructor(root: string) {
    this.#durableFolders.add(dirname(root));
    this.files = {
      ...nodeFileSystem,
      // Past the page cache or through it: what was not synced may be lost. The copies that are
      // written here are at no page.
      open: async (path, flags) => {
        const fd = await nodeFileSystem.open(path, flags === CREATE_DIRECT ? CREATE : flags);
        return this.#opened(path, fd);
      },
      openSync: (path, flags) => this.#opened(path, nodeFileSystem.openSync(path, flags)),
      close: (fd) => {
        this.#inodes.delete(fd);
        this.#folderPaths.delete(fd);
        nodeFileSystem.close(fd);
      },
      write: async (fd, parts, position) => {
        const bytes = Buffer.concat(parts);
        this.#inodes.get(fd)!.pending.push({ at: position, bytes });
        return nodeFileSystem.write(fd, [bytes], position);
      },
      truncate: async (fd, size) => {
        this.#inodes.get(fd)!.pending.push({ at: size, bytes: undefined });
        await nodeFileSystem.truncate(fd, size);
      },
      datasync: async (fd) => {
        const inode = this.#inodes.get(fd)!;
        const count = inode.pending.length;
        await nodeFileSystem.datasync(fd);
        for (const change of inode.pending.splice(0, count)) {
          inode.durable = applied(inode.durable, change);
        }
      },
      sync: async (fd) => {
        const path = this.#folderPaths.get(fd)!;
        const names = new Map(this.#folder(path).current);
        await nodeFileSystem.sync(fd);
        const { durable } = this.#folder(path);
        durable.clear();
        for (const [name, inode] of names) durable.set(name, inode);
        for (const folder of this.#folders.keys()) {
          if (dirname(folder) === path.replace(/\/[^/]+\/\.\.$/, ''))
            this.#durableFolders.add(folder);
        }
      },
      rename: async (from, to) => {
        await nodeFileSystem.rename(from, to);
        const inode = this.#folder(dirname(from)).current.get(from)!;
        this.#folder(dirname(from)).current.delete(from);
        this.#folder(dirname(to)).current.set(to, inode);
      },
      unlink: async (path) => {
        await nodeFileSystem.unlink(path);
        this.#folder(dirname(path)).current.delete(path);
      },
      makeFolder: async (path) => {
        await nodeFileSystem.makeFolder(path);
        this.#folder(path);
      },
    };
  }

  /** Writes to `root` what a loss of power may have left; `lucky` decides over each uncertainty. */
  async loseTo(from: string, root: string, lucky: () => boolean): Promise<void> {
    const moved = (path: string): string => join(root, path.slice(from.length));
    assert.ok(this.#durableFolders.has(from), 'the folder itself is there');
    await mkdir(root);
    for (const [path, { durable, current }] of this.#folders) {
      if (!path.startsWith(from) || !this.#durableFolders.has(path)) continue;
      await mkdir(moved(path), { recursive: true });
      for (const name of new Set([...durable.keys(), ...current.keys()])) {
        const source = durable.get(name) === current.get(name) || !lucky() ? durable : current;
        const inode = source.get(name);
        if (inode !== undefined) await writeFile(moved(name), remains(inode, lucky));
      }
    }
  }

  #folder(path: string): FolderState {
    const known = this.#folders.get(path) ?? { durable: new Map(), current: new Map() };
    this.#folders.set(path, known);
    return known;
  }

  #opened(path: string, fd: number): number {
    if (this.#folders.has(path) || path.endsWith('/..')) {
      this.#folderPaths.set(fd, path);
      return fd;
    }
    const { current } = this.#folder(dirname(path));
    const inode = current.get(path) ?? { durable: Buffer.alloc(0), pending: [] };
    current.set(path, inode);
    this.#inodes.set(fd, inode);
    return fd;
  }
}

function applied(content: Buffer, { at, bytes }: Change): Buffer {
  if (bytes === undefined) {
    const size = Math.min(at, content.byteLength);
    return content.subarray(0, size);
  }
  const size = Math.max(content.byteLength, at + bytes.byteLength);
  const result = Buffer.concat([content], size);
  result.set(bytes, at);
  return result;
}

/** The synced content, with any part of what came later, sector by sector. */
function remains({ durable, pending }: Inode, lucky: () => boolean): Buffer {
  let content = durable;
  for (const change of pending) {
    if (change.bytes === undefined) {
      if (lucky()) content = applied(content, change);
      continue;
    }
    for (let start = 0; start < change.bytes.byteLength; start += SECTOR_SIZE) {
      const bytes = change.bytes.subarray(start, start + SECTOR_SIZE);
      if (lucky()) content = applied(content, { at: change.at + start, bytes });
    }
  }
  return content;
}

it('file blob store: power lost at any moment loses nothing acknowledged (property)', async () => {
  const sizes = fc.array(fc.constantFrom(0, 100, 5000, 30_000, 50_000, 90_000, 400_000), {
    minLength: 1,
    maxLength: 24,
  });
  const property = fc.asyncProperty(
    sizes,
    fc.nat(30),
    fc.constantFrom(150_000, 1_000_000),
    fc.constantFrom(0, 0.3, 0.5, 0.9, 1),
    fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
    async (blobSizes, turnCount, segmentSizeMax, luck, chance) => {
      await using folder = await TestFolder.make();
      const watched = new WatchedFiles(folder.root);
      const limits = {
        segmentSizeMax,
        segmentBlobSizeMax: 100_000,
        groupSizeMax: 60_000,
        writeAheadSizeMin: 30_000,
        syncStep: 100_000,
        directSizeMin: 200_000,
      };
      const store = await folder.open(limits, watched.files);
      const acknowledged = new Map<BlobId, number>();
      const writes = blobSizes.map(async (size, seed) => {
        const chunks = reusedChunks(patternBytes(size, seed), 40_000);
        const { id } = await store.write(chunks, size);
        acknowledged.set(id, seed);
      });
      // Power goes at a moment counted in turns of the loop, or else when all is written.
      const turns = (async () => {
        for (let turn = 0; turn < turnCount; turn += 1) await new Promise(setImmediate);
      })();
      await (turnCount === 30 ? Promise.all(writes) : turns);
      const promised = new Map(acknowledged);
      const lost = `${folder.root}-lost`;
      await watched.loseTo(folder.root, lost, () => chance.next().value < luck);
      await Promise.all(writes);
      for (const [id, seed] of acknowledged) {
        const bytes = patternBytes(blobSizes[seed]!, seed);
        assert.ok(Buffer.compare(await readRange(store, id, 0, bytes.byteLength), bytes) === 0);
      }
      await store[Symbol.asyncDispose]();

      const again = await openFileBlobStore(lost, { writer: 'after-0' });
      const listed = await again.list(undefined, 1000);
      for (const [id, seed] of promised) {
        assert.ok(listed.includes(id), `${id} is listed`);
        const bytes = patternBytes(blobSizes[seed]!, seed);
        assert.ok(Buffer.compare(await readRange(again, id, 0, bytes.byteLength), bytes) === 0);
      }
      for (const id of listed) {
        if (promised.has(id)) continue;
        const { length } = parseBlobId(id)!;
        const failure = await readRange(again, id, 0, length).catch((error: unknown) => error);
        assert.ok(!(failure instanceof BlobCorruptError), `${id} is whole`);
      }
      await again[Symbol.asyncDispose]();
    },
  );
  await fc.assert(property, { numRuns: 60 });
});
