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
  /** Where the next frame goes. */
  end: number;
  /** All before this is on the disk. */
  durableEnd: number;
  /** Whether the name of the file is on the disk too. */
  named: boolean;
  /** Why a sync failed. Nothing is written to the segment afterwards. */
  failure?: unknown;
}

/** A group that the system has taken, but perhaps not the disk. */
interface Written {
  readonly segment: Segment;
  readonly group: readonly Waiting[];
  readonly ids: readonly BlobId[];
  readonly end: number;
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
  #queuedSize = 0;
  #segment: Segment | undefined;
  #nextNumber = 0;
  #pumping: Promise<void> | undefined;
  /** The last group's sync. Never rejects. */
  #syncing: Promise<void> | undefined;
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
      this.#queuedSize += frameSize(blob.length);
      this.#pumping ??= this.#pump();
    });
  }

  /** Waits for what was appended, and marks the segment as ended. */
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
        const written = await this.#write(group);
        await this.#syncing;
        if (written.segment.failure !== undefined) throw written.segment.failure;
        this.#syncing = this.#sync(written);
      } catch (error) {
        for (const waiting of group) waiting.reject(error);
      }
      if (this.#queuedSize < this.#limits.writeAheadSizeMin) await this.#syncing;
    }
    this.#pumping = undefined;
  }

  #takeGroup(): Waiting[] {
    let size = 0;
    let count = 0;
    for (const { length } of this.#queue) {
      const grown = size + frameSize(length);
      if (count > 0 && (grown > this.#limits.groupSizeMax || count === GROUP_COUNT_MAX)) break;
      size = grown;
      count += 1;
    }
    this.#queuedSize -= size;
    return this.#queue.splice(0, count);
  }

  async #write(group: readonly Waiting[]): Promise<Written> {
    const size = group.reduce((sum, { length }) => sum + frameSize(length), 0);
    const segment = await this.#segmentFor(size);
    const { name, seed, fd, durableEnd } = segment;
    const ids: BlobId[] = [];
    const parts: Uint8Array[] = [];
    let offset = segment.end;
    for (const { length, checksums, parts: data } of group) {
      parts.push(encodeHead(seed, { offset, length, durableEnd }, checksums), ...data);
      ids.push(segmentBlobId(name, offset, length));
      offset += frameSize(length);
    }
    try {
      await writeFully(this.#files, fd, parts, segment.end);
    } catch (error) {
      // What a full disk took of the group goes away again; the segment itself is sound.
      await this.#files.truncate(fd, segment.end).catch((failure: unknown) => {
        segment.failure = failure;
      });
      throw error;
    }
    segment.end = offset;
    return { segment, group, ids, end: offset };
  }

  async #sync({ segment, group, ids, end }: Written): Promise<void> {
    const naming = segment.named ? undefined : syncFolder(this.#files, this.#folder);
    const results = await Promise.allSettled([this.#files.datasync(segment.fd), naming]);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed === undefined) {
      segment.named = true;
      segment.durableEnd = end;
      for (const [index, waiting] of group.entries()) waiting.resolve(ids[index] ?? '');
    } else {
      segment.failure = failed.reason;
      for (const waiting of group) waiting.reject(failed.reason);
    }
  }

  async #segmentFor(size: number): Promise<Segment> {
    const current = this.#segment;
    if (current !== undefined && current.failure === undefined) {
      if (current.end === 0 || current.end + size <= this.#limits.segmentSizeMax) return current;
    }
    await this.#endSegment();
    for (;;) {
      const name = segmentName(this.#writer, this.#nextNumber);
      this.#nextNumber += 1;
      try {
        const fd = await this.#files.open(segmentPath(this.#folder, name), CREATE);
        const seed = nameSeed(name);
        this.#segment = { name, seed, fd, end: 0, durableEnd: 0, named: false };
        return this.#segment;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
    }
  }

  async #endSegment(): Promise<void> {
    await this.#syncing;
    const segment = this.#segment;
    if (segment === undefined) return;
    this.#segment = undefined;
    const { fd, seed, durableEnd } = segment;
    if (segment.failure === undefined) {
      // The mark needs no sync: where it is lost, the next boot finds the end by itself.
      const mark = encodeEndMark(seed, durableEnd);
      await writeFully(this.#files, fd, [mark], durableEnd).catch(() => {});
    } else {
      // After a failed sync the system may have dropped bytes and report success the next time, so
      // the segment is given up. What was refused goes, as far as the disk still obeys.
      await this.#files.truncate(fd, durableEnd).catch(() => {});
    }
    this.#files.close(fd);
  }
}
