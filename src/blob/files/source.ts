import { assert } from '../../base/assert.ts';
import type { Awaitable } from '../../base/awaitable.ts';
import type { ByteSource } from '../../base/http.ts';
import { BlobCorruptError, type BlobId } from '../blob-store.ts';
import { findBadBlock } from './checksums.ts';
import { readFully, readFullySync, type FileSystem } from './file-system.ts';
import { BLOCK_SIZE, COLD_SPAN, READ_PIECE_SIZE, SYNC_READ_SIZE_MAX } from './limits.ts';

/** A blob that is open for reading: where its bytes are and what they must add up to. */
export interface OpenBlob {
  readonly id: BlobId;
  readonly fd: number;
  /** Where in the file the blob's first byte is. */
  readonly dataPosition: number;
  readonly length: number;
  /** The first block after those whose checksums are at hand, counted from `block`; or `block`. */
  knownUntil(block: number): number;
  /** Brings the checksums of `block` and some that follow. Throws `BlobCorruptError`. */
  load(block: number): Promise<void>;
  /** The checksum of a block that `knownUntil` covers. */
  checksumOf(block: number): number;
  release(): void;
}

/**
 * Reads a range of a blob. Whole blocks go straight into the reader's buffer and are verified
 * there; only the blocks that the range, or the buffer, cuts in two go through a buffer of the
 * source's own.
 *
 * What is in the page cache the thread copies by itself, which is about twice as fast as through
 * the thread pool; as soon as a large read meets the disk, what follows goes through the pool.
 */
export class VerifiedSource implements ByteSource {
  readonly length: number;
  readonly #files: FileSystem;
  readonly #blob: OpenBlob;
  readonly #end: number;
  #position: number;
  #cutBlock: Uint8Array | undefined;
  #cutBlockIndex = -1;
  /** Up to here the bytes are thought to be on the disk alone, and are fetched in the background. */
  #coldUntil = 0;
  /** As of the last piece of the present read. */
  #diskReads: number | undefined;
  #reading = false;
  #closed = false;

  constructor(files: FileSystem, blob: OpenBlob, start: number, end: number) {
    this.length = end - start;
    this.#files = files;
    this.#blob = blob;
    this.#position = start;
    this.#end = end;
  }

  read(into: Uint8Array): Awaitable<number> {
    assert(!this.#closed && !this.#reading, 'A source is read by one, until it is closed');
    if (this.#position === this.#end || into.byteLength === 0) return 0;
    const block = Math.floor(this.#position / BLOCK_SIZE);
    if (this.#blob.knownUntil(block) > block) return this.#fill(into);
    return this.#inBackground(this.#blob.load(block).then(() => this.#fill(into)));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#reading) this.#blob.release();
  }

  /** Keeps the file open until `work` is done with it, whoever closes the source meanwhile. */
  async #inBackground(work: Promise<number>): Promise<number> {
    this.#reading = true;
    try {
      return await work;
    } finally {
      this.#reading = false;
      if (this.#closed) this.#blob.release();
    }
  }

  #fill(into: Uint8Array): Awaitable<number> {
    const sizeMax = Math.min(into.byteLength, this.#end - this.#position);
    let filled = 0;
    this.#diskReads = undefined;
    while (filled < sizeMax) {
      const rest = into.subarray(filled, sizeMax);
      const direct = this.#wholeBlocksSize(rest.byteLength);
      if (direct > SYNC_READ_SIZE_MAX && this.#position < this.#coldUntil) {
        return this.#fillLarge(rest.subarray(0, direct), filled);
      }
      const piece = Math.min(direct, READ_PIECE_SIZE);
      if (piece > 0) filled += this.#readWholeBlocks(rest.subarray(0, piece));
      // Ending at a block's edge leaves the next read aligned, hence without a copy.
      else if (filled > 0 && !this.#endsInThisBlock()) break;
      else if (!this.#knowsThisBlock()) break;
      else filled += this.#copyOfCutBlock(rest);
    }
    return filled;
  }

  /** How much of the next `size` bytes is whole blocks with known checksums, from here on. */
  #wholeBlocksSize(size: number): number {
    if (this.#position % BLOCK_SIZE !== 0) return 0;
    const block = this.#position / BLOCK_SIZE;
    const known = Math.min(this.#blob.knownUntil(block) * BLOCK_SIZE, this.#blob.length);
    const end = Math.min(this.#position + size, known);
    const wholeEnd = end === this.#blob.length ? end : end - (end % BLOCK_SIZE);
    return Math.max(0, wholeEnd - this.#position);
  }

  /** Whether the range does, and not only the reader's buffer. */
  #endsInThisBlock(): boolean {
    return this.#end - this.#position <= BLOCK_SIZE - (this.#position % BLOCK_SIZE);
  }

  #knowsThisBlock(): boolean {
    const block = Math.floor(this.#position / BLOCK_SIZE);
    return this.#blob.knownUntil(block) > block;
  }

  #readWholeBlocks(into: Uint8Array): number {
    const files = this.#files;
    const position = this.#blob.dataPosition + this.#position;
    const isLarge = into.byteLength > SYNC_READ_SIZE_MAX;
    if (isLarge) this.#diskReads ??= files.diskReadCount();
    const count = readFullySync(files, this.#blob.fd, into, position);
    this.#verify(into, count, this.#position / BLOCK_SIZE);
    this.#position += count;
    if (isLarge) this.#noteDiskReads();
    return count;
  }

  #noteDiskReads(): void {
    const before = this.#diskReads ?? 0;
    this.#diskReads = this.#files.diskReadCount();
    if (this.#diskReads > before) this.#coldUntil = this.#position + COLD_SPAN;
  }

  #fillLarge(into: Uint8Array, filledBefore: number): Promise<number> {
    const filling = this.#readLarge(into).then(() => filledBefore + into.byteLength);
    return this.#reading ? filling : this.#inBackground(filling);
  }

  /** Fetches a piece while the one before it is verified. */
  async #readLarge(into: Uint8Array): Promise<void> {
    const { fd, dataPosition } = this.#blob;
    const firstBlock = this.#position / BLOCK_SIZE;
    const fetch = (at: number): Promise<number> => {
      const piece = into.subarray(at, at + READ_PIECE_SIZE);
      return readFully(this.#files, fd, piece, dataPosition + this.#position + at);
    };
    let fetching = fetch(0);
    for (let at = 0; at < into.byteLength; at += READ_PIECE_SIZE) {
      const count = await fetching;
      const next = at + READ_PIECE_SIZE;
      if (next < into.byteLength) fetching = fetch(next);
      try {
        const piece = into.subarray(at, next);
        this.#verify(piece, count, firstBlock + at / BLOCK_SIZE);
      } catch (error) {
        // The buffer is the reader's again only when nothing is being read into it any more.
        await fetching.catch(() => 0);
        throw error;
      }
    }
    this.#position += into.byteLength;
  }

  #copyOfCutBlock(into: Uint8Array): number {
    const block = Math.floor(this.#position / BLOCK_SIZE);
    const start = block * BLOCK_SIZE;
    const size = Math.min(BLOCK_SIZE, this.#blob.length - start);
    if (this.#cutBlockIndex !== block || this.#cutBlock === undefined) {
      this.#cutBlockIndex = -1;
      this.#cutBlock ??= Buffer.allocUnsafeSlow(Math.min(BLOCK_SIZE, this.#blob.length));
      const bytes = this.#cutBlock.subarray(0, size);
      const position = this.#blob.dataPosition + start;
      this.#verify(bytes, readFullySync(this.#files, this.#blob.fd, bytes, position), block);
      this.#cutBlockIndex = block;
    }
    const from = this.#position - start;
    const count = Math.min(size - from, into.byteLength);
    into.set(this.#cutBlock.subarray(from, from + count));
    this.#position += count;
    return count;
  }

  #verify(bytes: Uint8Array, count: number, firstBlock: number): void {
    if (count === bytes.byteLength) {
      const bad = findBadBlock(bytes, (index) => this.#blob.checksumOf(firstBlock + index));
      if (bad < 0) return;
      const at = (firstBlock + bad) * BLOCK_SIZE;
      throw new BlobCorruptError(`Blob ${this.#blob.id} is damaged in its block at byte ${at}`);
    }
    throw new BlobCorruptError(`Blob ${this.#blob.id} is cut short`);
  }
}
