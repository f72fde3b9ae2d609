import { PAGE_SIZE, pageMemory } from '../../base/page-memory.ts';
import { codeOf, CREATE_DIRECT, type FileSystem } from './file-system.ts';

/** What file systems say that cannot write past the page cache, or not in pages of 4 KiB. */
const REFUSALS: ReadonlySet<string | undefined> = new Set(['EINVAL', 'EOPNOTSUPP', 'ENOTSUP']);

/**
 * Whether a folder's file system takes writes past the page cache: tried once, with one page. Some
 * refuse the flag, some only the write, and some make the file before they refuse it.
 */
export class DirectWrites {
  readonly #files: FileSystem;
  readonly #path: string;
  #answer: Promise<boolean> | undefined;

  /** `path` must be nobody else's, and free to be written and removed. */
  constructor(files: FileSystem, path: string) {
    this.#files = files;
    this.#path = path;
  }

  arePossible(): Promise<boolean> {
    return (this.#answer ??= this.#try());
  }

  async #try(): Promise<boolean> {
    if (CREATE_DIRECT === undefined) return false;
    const files = this.#files;
    try {
      const fd = await files.open(this.#path, CREATE_DIRECT);
      try {
        return (await files.write(fd, [pageMemory(PAGE_SIZE).subarray(0, PAGE_SIZE)], 0)) > 0;
      } finally {
        files.close(fd);
      }
    } catch (error) {
      if (REFUSALS.has(codeOf(error))) return false;
      // A full or failing disk says nothing about the next time.
      this.#answer = undefined;
      throw error;
    } finally {
      await files.unlink(this.#path).catch(() => {});
    }
  }
}
