import { assert } from '../../base/assert.ts';
import type { BlobId } from '../blob-store.ts';
import { segmentBlobId, segmentName } from './blob-id.ts';
import { nameSeed } from './checksums.ts';
import { codeOf, CREATE, syncFolder, writeFully, type FileSystem } from './file-system.ts';
import type { Limits } from './limits.ts';
import { encodeEndMark, encodeHead, frameSize } from './segment-format.ts';
import { segmentPath } from './segments.ts';

/** The bytes of a blob, gathered, with the checksums of its blocks. */
export interface Gathered {
  readonly parts: readonly Uint8Array[];
  readonly length: number;
  readonly checksums: readonly number[];
}

interface Waiting extends Gathered {
  readonly resolve: (id: BlobId) => void;
  readonly reject: (error: unknown) => void;
}

interface Segment {
  readonly name: string;
  readonly seed: number;
  readonly fd: number;
  /** Where the next frame goes. All before it is on the disk. */
  end: number;
  /** Whether the name of the file is on the disk too. */
  named: boolean;
}

/** More buffers than this in one write are split by the system anyway (IOV_MAX). */
const GROUP_COUNT_MAX = 256;

/**
 * Appends blobs to segments of this writer's own. While a group is written and synced, the next one
 * gathers, so that any number of concurrent writes share one fdatasync.
 */
export class SegmentWriter {
  readonly #files: FileSystem;
  readonly #folder: string;
  readonly #writer: string;
  readonly #limits: Limits;
  #queue: Waiting[] = [];
  #segment: Segment | undefined;
  #nextNumber = 0;
  #pumping: Promise<void> | undefined;
  #closed = false;

  constructor(files: FileSystem, folder: string, writer: string, limits: Limits) {
    this.#files = files;
    this.#folder = folder;
    this.#writer = writer;
    this.#limits = limits;
  }

  /** Resolves when the blob is on the disk. */
  append(blob: Gathered): Promise<BlobId> {
    assert(!this.#closed, 'The store is open');
    return new Promise((resolve, reject) => {
      this.#queue.push({ ...blob, resolve, reject });
      this.#pumping ??= this.#pump();
    });
  }

  /** Waits for what was appended, and marks the segment as complete. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#pumping;
    await this.#endSegment();
  }

  async #pump(): Promise<void> {
    // Whoever appends in the same turn of the loop joins the first group.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const group = this.#takeGroup();
      try {
        const ids = await this.#commit(group);
        for (const [index, waiting] of group.entries()) waiting.resolve(ids[index] ?? '');
      } catch (error) {
        for (const waiting of group) waiting.reject(error);
      }
    }
    this.#pumping = undefined;
  }

  #takeGroup(): Waiting[] {
    let size = 0;
    let count = 0;
    for (const { length } of this.#queue) {
      size += frameSize(length);
      if (count > 0 && (size > this.#limits.groupSizeMax || count === GROUP_COUNT_MAX)) break;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  async #commit(group: readonly Waiting[]): Promise<BlobId[]> {
    const size = group.reduce((sum, { length }) => sum + frameSize(length), 0);
    const segment = await this.#segmentFor(size);
    const ids: BlobId[] = [];
    const parts: Uint8Array[] = [];
    let offset = segment.end;
    for (const blob of group) {
      const frame = { offset, length: blob.length, durableEnd: segment.end };
      parts.push(encodeHead(segment.seed, frame, blob.checksums), ...blob.parts);
      ids.push(segmentBlobId(segment.name, offset, blob.length));
      offset += frameSize(blob.length);
    }
    await this.#write(segment, parts);
    await this.#sync(segment);
    segment.end = offset;
    return ids;
  }

  async #write(segment: Segment, parts: readonly Uint8Array[]): Promise<void> {
    try {
      await writeFully(this.#files, segment.fd, parts, segment.end);
    } catch (error) {
      // What a full disk took of the group goes away again; the segment itself is sound.
      await this.#files.truncate(segment.fd, segment.end).catch(() => this.#abandon(segment));
      throw error;
    }
  }

  async #sync(segment: Segment): Promise<void> {
    try {
      const naming = segment.named ? undefined : syncFolder(this.#files, this.#folder);
      const results = await Promise.allSettled([this.#files.datasync(segment.fd), naming]);
      for (const result of results) if (result.status === 'rejected') throw result.reason;
      segment.named = true;
    } catch (error) {
      // After a failed sync the system may have dropped the bytes and report success the next time,
      // so this segment is never written to again.
      await this.#files.truncate(segment.fd, segment.end).catch(() => {});
      this.#abandon(segment);
      throw error;
    }
  }

  async #segmentFor(size: number): Promise<Segment> {
    const current = this.#segment;
    if (current !== undefined) {
      if (current.end === 0 || current.end + size <= this.#limits.segmentSizeMax) return current;
      await this.#endSegment();
    }
    for (;;) {
      const name = segmentName(this.#writer, this.#nextNumber);
      this.#nextNumber += 1;
      try {
        const fd = await this.#files.open(segmentPath(this.#folder, name), CREATE);
        this.#segment = { name, seed: nameSeed(name), fd, end: 0, named: false };
        return this.#segment;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
    }
  }

  /** The end mark needs no sync: where it is lost, the next boot finds the end by itself. */
  async #endSegment(): Promise<void> {
    const segment = this.#segment;
    if (segment === undefined) return;
    const mark = encodeEndMark(segment.seed, segment.end);
    await writeFully(this.#files, segment.fd, [mark], segment.end).catch(() => {});
    this.#abandon(segment);
  }

  #abandon(segment: Segment): void {
    if (this.#segment !== segment) return;
    this.#segment = undefined;
    this.#files.close(segment.fd);
  }
}
