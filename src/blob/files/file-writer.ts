import { isAtPage, PAGE_SIZE } from '../../base/page-memory.ts';
import type { StoredBlob } from '../blob-store.ts';
import { fileBlobId, fileName } from './blob-id.ts';
import { BlockChecksums, encodePages } from './checksums.ts';
import type { FilePlaces, TemporaryFile } from './file-places.ts';
import { writeFully, type FileSystem } from './file-system.ts';
import { UNCOPIED_WRITE_SIZE_MIN, WRITE_BUFFER_SIZE } from './limits.ts';
import type { WriteBuffers } from './write-buffers.ts';

/** How far writing may run ahead of the syncs in passing, in steps: what the end may wait for. */
const UNSYNCED_STEPS_MAX = 4;

/** What all writers of a store share. */
export interface FileWriterParts {
  readonly files: FileSystem;
  readonly places: FilePlaces;
  readonly buffers: WriteBuffers;
  readonly syncStep: number;
}

/**
 * Writes one blob into a file of its own. The file has a temporary name until all of it is on the
 * disk, so that a file under a lasting name is whole. Every write is of whole pages and from a page,
 * as those must be that go past the page cache; what fills up the last one is cut off again.
 */
export class FileWriter {
  readonly #parts: FileWriterParts;
  readonly #file: TemporaryFile;
  readonly #checksums = new BlockChecksums();
  /** Small chunks are copied into one buffer while the other is written. */
  readonly #buffers: [Uint8Array?, Uint8Array?] = [];
  #bufferIndex: 0 | 1 = 0;
  #buffered = 0;
  #writing: Promise<void> = Promise.resolve();
  #writtenEnd = 0;
  #syncing: Promise<void> | undefined;
  #syncedEnd = 0;
  #isOpen = true;

  private constructor(parts: FileWriterParts, file: TemporaryFile) {
    this.#parts = parts;
    this.#file = file;
  }

  static async create(parts: FileWriterParts, isDirect: boolean): Promise<FileWriter> {
    return new FileWriter(parts, await parts.places.createTemporary(isDirect));
  }

  /** Is done with `chunk` when it resolves. After a failure only `abandon` may follow. */
  async write(chunk: Uint8Array): Promise<void> {
    const isLarge = chunk.byteLength >= UNCOPIED_WRITE_SIZE_MIN;
    if (this.#buffered > 0 || !isLarge || !isAtPage(chunk)) {
      this.#checksums.update(chunk);
      return this.#gather(chunk);
    }
    const pagesSize = chunk.byteLength - (chunk.byteLength % PAGE_SIZE);
    await this.#startWriting(chunk.subarray(0, pagesSize));
    // While the system takes the bytes, their checksums are computed.
    this.#checksums.update(chunk);
    await this.#gather(chunk.subarray(pagesSize));
    return this.#writing;
  }

  /** Makes the blob durable and gives it its lasting name. */
  async finish(): Promise<StoredBlob> {
    await this.#writing;
    await this.#syncing;
    const { files, places } = this.#parts;
    const { path: temporaryPath, fd } = this.#file;
    const { folder, index, path, sync } = await places.next();
    const size = this.#writtenEnd + this.#buffered;
    const id = fileBlobId(folder, index, size);
    const table = encodePages(id, this.#checksums.finish());
    await this.#gather(table);
    await this.#flush();
    await this.#writing;
    // The last write may have begun one more. What it failed to sync, the next sync would not report.
    await this.#syncing;
    const end = size + table.byteLength;
    if (this.#writtenEnd > end) await files.truncate(fd, end);
    await files.datasync(fd);
    const lastingPath = `${path}/${fileName(index, size)}`;
    await files.rename(temporaryPath, lastingPath);
    try {
      await sync.run();
    } catch (error) {
      // Nobody learns this name, so nothing may stay under it.
      await files.unlink(lastingPath).catch(() => {});
      throw error;
    }
    this.#close();
    return { id, size };
  }

  /** Removes what there is, after whatever failed. */
  async abandon(): Promise<void> {
    await Promise.allSettled([this.#writing, this.#syncing]);
    this.#close();
    await this.#parts.files.unlink(this.#file.path).catch(() => {});
  }

  #close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#parts.files.close(this.#file.fd);
    for (const buffer of this.#buffers) {
      if (buffer !== undefined) this.#parts.buffers.giveBack(buffer);
    }
  }

  /** Copies bytes behind those that wait, and writes what fills a buffer. */
  async #gather(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength;) {
      const buffer = (this.#buffers[this.#bufferIndex] ??= this.#parts.buffers.take());
      const part = bytes.subarray(at, at + WRITE_BUFFER_SIZE - this.#buffered);
      buffer.set(part, this.#buffered);
      this.#buffered += part.byteLength;
      at += part.byteLength;
      if (this.#buffered === WRITE_BUFFER_SIZE) await this.#flush();
    }
  }

  /** Writes what waits, filled up to a whole page: only at the end is there something to fill. */
  async #flush(): Promise<void> {
    const buffer = this.#buffers[this.#bufferIndex];
    if (this.#buffered === 0 || buffer === undefined) return;
    const end = Math.ceil(this.#buffered / PAGE_SIZE) * PAGE_SIZE;
    buffer.fill(0, this.#buffered, end);
    await this.#startWriting(buffer.subarray(0, end));
    // The other buffer's write has ended, or this one could not have started.
    this.#bufferIndex = this.#bufferIndex === 0 ? 1 : 0;
    this.#buffered = 0;
  }

  /** Waits for the write before; the one that it starts is `#writing` then. */
  async #startWriting(bytes: Uint8Array): Promise<void> {
    await this.#writing;
    this.#writing = this.#writeOn(bytes);
    // Whoever waits for it meets its failure; until then it is no unhandled rejection.
    this.#writing.catch(() => {});
  }

  async #writeOn(bytes: Uint8Array): Promise<void> {
    const { files, syncStep } = this.#parts;
    const { fd, isDirect } = this.#file;
    await writeFully(files, fd, [bytes], this.#writtenEnd, PAGE_SIZE);
    this.#writtenEnd += bytes.byteLength;
    // What goes past the page cache keeps the disk busy by itself.
    if (isDirect) return;
    const unsynced = this.#writtenEnd - this.#syncedEnd;
    if (unsynced >= syncStep) this.#syncing ??= this.#syncInPassing();
    if (unsynced >= syncStep * UNSYNCED_STEPS_MAX) await this.#syncing;
  }

  /** Keeps the disk busy while bytes arrive. A failure stays in `#syncing`, and fails the write. */
  #syncInPassing(): Promise<void> {
    const syncing = this.#syncUpTo(this.#writtenEnd);
    syncing.catch(() => {});
    return syncing;
  }

  async #syncUpTo(end: number): Promise<void> {
    await this.#parts.files.datasync(this.#file.fd);
    this.#syncedEnd = end;
    this.#syncing = undefined;
  }
}
