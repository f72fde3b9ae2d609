import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { BlobStore } from '../blob-store.ts';
import { nodeFileSystem, type FileSystem } from './file-system.ts';
import type { Limits } from './limits.ts';
import { openFileBlobStore } from './store.ts';

/** A folder for a test, which may be opened again and again, as after restarts. */
export class TestFolder implements AsyncDisposable {
  readonly parent: string;
  readonly root: string;
  #boots = 0;

  private constructor(parent: string) {
    this.parent = parent;
    this.root = join(parent, 'blobs');
  }

  static async make(): Promise<TestFolder> {
    return new TestFolder(await mkdtemp(join(tmpdir(), 'blobs-')));
  }

  /** Opens the folder as a new boot. */
  open(limits: Partial<Limits> = {}, files: FileSystem = nodeFileSystem): Promise<BlobStore> {
    this.#boots += 1;
    return openFileBlobStore(this.root, { writer: `boot${this.#boots}-0`, limits, files });
  }

  segmentPath(segment: string): string {
    return join(this.root, 'segments', `${segment}.seg`);
  }

  /** Every file in the folder, by its path from there. */
  async fileNames(): Promise<string[]> {
    const entries = await readdir(this.root, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return files.map((file) => join(file.parentPath, file.name).slice(this.root.length + 1));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.parent, { recursive: true });
  }
}
