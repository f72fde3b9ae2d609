import type { StoredBlob } from '../blob-store.ts';
import { fileBlobId, fileName } from './blob-id.ts';
import { BlockChecksums, encodePages } from './checksums.ts';
import type { FilePlaces } from './file-places.ts';
import { writeFully, type FileSystem } from './file-system.ts';
import { DIRECT_WRITE_SIZE_MIN, WRITE_BUFFER_SIZE } from './limits.ts';

/** How far writing may run ahead of the syncs in passing, in steps: what the end may wait for. */
const UNSYNCED_STEPS_MAX = 4;

/**
 * Writes one blob into a file of its own. The file has a temporary name until all of it is on the
 * disk, so that a file under a lasting name is whole.
 */
export class FileWriter {
  readonly #files: FileSystem;
  readonly #places: FilePlaces;
  readonly #temporaryPath: string;
  readonly #fd: number;
  readonly #syncStep: number;
  readonly #checksums = new BlockChecksums();
  /** Small chunks are copied into one buffer while the other is written. */
  readonly #buffers: [Buffer?, Buffer?] = [];
  #bufferIndex: 0 | 1 = 0;
  #buffered = 0;
  #writing: Promise<void> = Promise.resolve();
  #writtenEnd = 0;
  #syncing: Promise<void> | undefined;
  #syncedEnd = 0;
  #isOpen = true;

  private constructor(
    files: FileSystem,
    places: FilePlaces,
    syncStep: number,
    temporary: { readonly path: string; readonly fd: number },
  ) {
    this.#files = files;
    this.#places = places;
    this.#syncStep = syncStep;
    this.#temporaryPath = temporary.path;
    this.#fd = temporary.fd;
  }

  static async create(
    files: FileSystem,
    places: FilePlaces,
    syncStep: number,
  ): Promise<FileWriter> {
    return new FileWriter(files, places, syncStep, await places.createTemporary());
  }

  /** Is done with `chunk` when it resolves. After a failure only `abandon` may follow. */
  async write(chunk: Uint8Array): Promise<void> {
    if (chunk.byteLength >= DIRECT_WRITE_SIZE_MIN) {
      await this.#flush();
      await this.#startWriting(chunk);
      // While the system copies the bytes, their checksums are computed.
      this.#checksums.update(chunk);
      return this.#writing;
    }
    this.#checksums.update(chunk);
    for (let at = 0; at < chunk.byteLength;) {
      const buffer = (this.#buffers[this.#bufferIndex] ??=
        Buffer.allocUnsafeSlow(WRITE_BUFFER_SIZE));
      const part = chunk.subarray(at, at + WRITE_BUFFER_SIZE - this.#buffered);
      buffer.set(part, this.#buffered);
      this.#buffered += part.byteLength;
      at += part.byteLength;
      if (this.#buffered === WRITE_BUFFER_SIZE) await this.#flush();
    }
  }

  /** Makes the blob durable and gives it its lasting name. */
  async finish(): Promise<StoredBlob> {
    await this.#flush();
    await this.#writing;
    await this.#syncing;
    const { folder, index, path, sync } = await this.#places.next();
    const size = this.#writtenEnd;
    const id = fileBlobId(folder, index, size);
    await writeFully(this.#files, this.#fd, [encodePages(id, this.#checksums.finish())], size);
    await this.#files.datasync(this.#fd);
    const lastingPath = `${path}/${fileName(index, size)}`;
    await this.#files.rename(this.#temporaryPath, lastingPath);
    try {
      await sync.run();
    } catch (error) {
      // Nobody learns this name, so nothing may stay under it.
      await this.#files.unlink(lastingPath).catch(() => {});
      throw error;
    }
    this.#close();
    return { id, size };
  }

  /** Removes what there is, after whatever failed. */
  async abandon(): Promise<void> {
    await Promise.allSettled([this.#writing, this.#syncing]);
    this.#close();
    await this.#files.unlink(this.#temporaryPath).catch(() => {});
  }

  #close(): void {
    if (this.#isOpen) this.#files.close(this.#fd);
    this.#isOpen = false;
  }

  async #flush(): Promise<void> {
    const buffer = this.#buffers[this.#bufferIndex];
    if (this.#buffered === 0 || buffer === undefined) return;
    await this.#startWriting(buffer.subarray(0, this.#buffered));
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
    await writeFully(this.#files, this.#fd, [bytes], this.#writtenEnd);
    this.#writtenEnd += bytes.byteLength;
    const unsynced = this.#writtenEnd - this.#syncedEnd;
    if (unsynced >= this.#syncStep) this.#syncing ??= this.#syncInPassing();
    if (unsynced >= this.#syncStep * UNSYNCED_STEPS_MAX) await this.#syncing;
  }

  /** Keeps the disk busy while bytes arrive. A failure stays in `#syncing`, and fails the write. */
  #syncInPassing(): Promise<void> {
    const syncing = this.#syncUpTo(this.#writtenEnd);
    syncing.catch(() => {});
    return syncing;
  }

  async #syncUpTo(end: number): Promise<void> {
    await this.#files.datasync(this.#fd);
    this.#syncedEnd = end;
    this.#syncing = undefined;
  }
}
