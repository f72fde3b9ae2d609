import { LruMap } from '../../base/lru.ts';
import { boundChecksum, nameSeed } from './checksums.ts';
import { APPEND, codeOf, READ, readFully, type FileSystem } from './file-system.ts';
import { frameSize } from './segment-format.ts';

export const DEAD_SUFFIX = '.dead';

/** offset 4 | length 4 | checksum 4, little-endian: a frame of the segment that nobody needs. */
const RECORD_SIZE = 12;
const LENGTH_AT = 4;
const CHECKSUM_AT = 8;

/** Segments whose marks are kept at hand. A full one has some thousand. */
const LOADED_MAX = 256;

export interface Dead {
  readonly offsets: Set<number>;
  /** Bytes of their frames together. */
  size: number;
  /** Bytes of the file of marks. */
  fileSize: number;
}

/**
 * Which frames of segments are dead, in a small file beside each segment. Marks are not synced: the
 * worst that a lost one does is to let the collector find the blob once more.
 */
export class DeadMarks {
  readonly #files: FileSystem;
  readonly #folder: string;
  readonly #loaded = new LruMap<string, Dead>(LOADED_MAX);

  constructor(files: FileSystem, folder: string) {
    this.#files = files;
    this.#folder = folder;
  }

  /** Whether a frame is known here to be dead; never reads a file. */
  isKnown(segment: string, offset: number): boolean {
    return this.#loaded.get(segment)?.offsets.has(offset) ?? false;
  }

  /** Marks a frame, and says what is dead in its segment then. */
  async add(segment: string, offset: number, length: number): Promise<Dead> {
    const dead = await this.load(segment);
    if (dead.offsets.has(offset)) return dead;
    const record = encodeRecord(segment, offset, length);
    // A record torn by a full disk is filled up first, so that the ones after it stand in line.
    const torn = dead.fileSize % RECORD_SIZE;
    const bytes = torn === 0 ? record : Buffer.concat([Buffer.alloc(RECORD_SIZE - torn), record]);
    const fd = this.#files.openSync(this.#path(segment), APPEND);
    try {
      const count = this.#files.appendSync(fd, bytes);
      dead.fileSize += count;
      if (count < bytes.byteLength) throw new Error('The file system takes no more bytes');
    } finally {
      this.#files.close(fd);
    }
    dead.offsets.add(offset);
    dead.size += frameSize(length);
    return dead;
  }

  /** What is dead in a segment, as its file says. */
  async load(segment: string): Promise<Dead> {
    const fd = this.#open(segment);
    const fileSize = fd === undefined ? 0 : this.#files.status(fd).size;
    const known = this.#loaded.get(segment);
    // Marks are only ever added, so a file of the same size says the same.
    if (known !== undefined && known.fileSize === fileSize) {
      if (fd !== undefined) this.#files.close(fd);
      return known;
    }
    const bytes = Buffer.alloc(fileSize);
    if (fd !== undefined) {
      await readFully(this.#files, fd, bytes, 0).finally(() => this.#files.close(fd));
    }
    const dead = decodeRecords(segment, bytes);
    this.#loaded.set(segment, dead);
    return dead;
  }

  /** Removes the marks of a segment that is gone. */
  async remove(segment: string): Promise<void> {
    this.#loaded.delete(segment);
    await this.#files.unlink(this.#path(segment));
  }

  #open(segment: string): number | undefined {
    try {
      return this.#files.openSync(this.#path(segment), READ);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  #path(segment: string): string {
    return `${this.#folder}/${segment}${DEAD_SUFFIX}`;
  }
}

function decodeRecords(segment: string, bytes: Buffer): Dead {
  const dead: Dead = { offsets: new Set(), size: 0, fileSize: bytes.byteLength };
  for (let at = 0; at + RECORD_SIZE <= bytes.byteLength; at += RECORD_SIZE) {
    const record = bytes.subarray(at, at + RECORD_SIZE);
    const offset = record.readUInt32LE(0);
    const length = record.readUInt32LE(LENGTH_AT);
    const good = encodeRecord(segment, offset, length).equals(record);
    if (!good || dead.offsets.has(offset)) continue;
    dead.offsets.add(offset);
    dead.size += frameSize(length);
  }
  return dead;
}

function encodeRecord(segment: string, offset: number, length: number): Buffer {
  const record = Buffer.allocUnsafe(RECORD_SIZE);
  record.writeUInt32LE(offset, 0);
  record.writeUInt32LE(length, LENGTH_AT);
  const checksum = boundChecksum(record.subarray(0, CHECKSUM_AT), nameSeed(segment), 0);
  record.writeUInt32LE(checksum, CHECKSUM_AT);
  return record;
}
