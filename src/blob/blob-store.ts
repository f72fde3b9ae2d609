import type { Awaitable } from '../base/awaitable.ts';
import type { ByteSource } from '../base/http.ts';

/**
 * Seam 2: immutable bytes.
 *
 * An engine promises: when `write` resolves, the bytes survive the loss of power; nothing
 * half-written is ever readable; every block carries a checksum that is verified on every read;
 * what comes back is what was written, or a `BlobCorruptError`. Every engine passes
 * `blob-store.suite.ts`.
 */
export interface BlobStore extends AsyncDisposable {
  /**
   * Stores the bytes of `chunks`, each of which is left alone once the next one is asked for. When
   * the iteration throws, nothing remains and the error passes on. `sizeHint` is the expected size
   * in bytes, when known: it chooses between a shared segment and a file of its own.
   */
  write(chunks: AsyncIterable<Uint8Array>, sizeHint?: number): Promise<StoredBlob>;

  /**
   * Bytes `start` (inclusive) to `end` (exclusive), which must lie within the blob. Throws
   * `BlobMissingError`; reading, here or later, throws `BlobCorruptError`.
   */
  read(id: BlobId, start: number, end: number): Awaitable<ByteSource>;

  /** Forgets a blob; its space is reclaimed now, or once others moved. Absent ones are no error. */
  delete(id: BlobId): Promise<void>;

  /**
   * Ids of blobs written before this store was opened, in ascending order after `after`: what a
   * collector holds against the references, to find what a crash left behind. What threads of the
   * same start write is left out too: its references may be about to be written.
   */
  list(after: BlobId | undefined, limit: number): Promise<readonly BlobId[]>;

  /**
   * Blobs that should move so that a half-empty segment can go. The caller copies each with
   * `write`, points its records at the copy, then deletes the old one. One that no record points at
   * it leaves alone: the record may be about to be written. Later calls go on to other blobs before
   * they name the same again. Only one thread calls `list` and `movable`, any may read, write,
   * delete.
   */
  movable(limit: number): Promise<readonly BlobId[]>;
}

/** Names a blob for good; text in `[A-Za-z0-9._-]`, never derived from what a client sent. */
export type BlobId = string;

export interface StoredBlob {
  readonly id: BlobId;
  readonly size: number;
}

export class BlobMissingError extends Error {
  override readonly name = 'BlobMissingError';
}

/** The bytes read are not the bytes written. */
export class BlobCorruptError extends Error {
  override readonly name = 'BlobCorruptError';
}
