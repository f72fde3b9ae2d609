import { crc32 } from '../../base/crc/crc32.ts';

import { asBuffer, utf8 } from '../../base/bytes.ts';
import { BLOCK_SIZE } from './limits.ts';

/**
 * Every block of a blob has a CRC-32 in a table that stands apart from the data, so that data is
 * read straight into a reader's buffer. The table has a checksum of its own which begins from the
 * name of its file and the place in it: a table that belongs elsewhere, or to an earlier life of
 * the disk's sector, is refused, and a block that belongs elsewhere does not fit its entry.
 */
export const CHECKSUM_SIZE = 4;

/** Entries in a page of a large file's table: one page is 4 KiB and stands for 64 MiB of data. */
export const PAGE_ENTRIES = 1024;
const PAGE_SIZE = (PAGE_ENTRIES + 1) * CHECKSUM_SIZE;

export function blockCount(length: number): number {
  return Math.ceil(length / BLOCK_SIZE);
}

/** A checksum that begins differently for every name and place. */
export function boundChecksum(bytes: Uint8Array, nameSeed: number, place: number): number {
  return crc32(bytes, (nameSeed ^ place) >>> 0);
}

export function nameSeed(name: string): number {
  return crc32(utf8(name));
}

/** The checksums of a blob's blocks, computed while its bytes go by in pieces of any size. */
export class BlockChecksums {
  readonly values: number[] = [];
  #current = 0;
  #filled = 0;

  update(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.byteLength) {
      const count = Math.min(BLOCK_SIZE - this.#filled, bytes.byteLength - at);
      this.#current = crc32(bytes.subarray(at, at + count), this.#current);
      this.#filled += count;
      at += count;
      if (this.#filled === BLOCK_SIZE) this.#endBlock();
    }
  }

  /** The last block is as long as it is. */
  finish(): readonly number[] {
    if (this.#filled > 0) this.#endBlock();
    return this.values;
  }

  #endBlock(): void {
    this.values.push(this.#current);
    this.#current = 0;
    this.#filled = 0;
  }
}

/** Index of the first block of `bytes` that is not what was written; -1 when all are. */
export function findBadBlock(bytes: Uint8Array, expected: (block: number) => number): number {
  for (let at = 0, block = 0; at < bytes.byteLength; at += BLOCK_SIZE, block += 1) {
    if (crc32(bytes.subarray(at, at + BLOCK_SIZE)) !== expected(block)) return block;
  }
  return -1;
}

/** The table of a large file, which follows its data: pages of entries, each with its checksum. */
export function encodePages(name: string, checksums: readonly number[]): Uint8Array {
  const seed = nameSeed(name);
  const pageCount = Math.ceil(checksums.length / PAGE_ENTRIES);
  const table = Buffer.allocUnsafe((checksums.length + pageCount) * CHECKSUM_SIZE);
  let at = 0;
  for (let page = 0; page < pageCount; page += 1) {
    const start = at;
    for (const entry of checksums.slice(page * PAGE_ENTRIES, (page + 1) * PAGE_ENTRIES)) {
      at = table.writeUInt32LE(entry, at);
    }
    at = table.writeUInt32LE(boundChecksum(table.subarray(start, at), seed, page), at);
  }
  return table;
}

/** Where a page of the table of a blob of `length` bytes stands in its file. */
export function pageSpan(length: number, page: number): { position: number; size: number } {
  const entries = Math.min(PAGE_ENTRIES, blockCount(length) - page * PAGE_ENTRIES);
  return { position: length + page * PAGE_SIZE, size: (entries + 1) * CHECKSUM_SIZE };
}

/** Whether `bytes` are the page that was written there. */
export function isPageIntact(bytes: Uint8Array, name: string, page: number): boolean {
  const end = bytes.byteLength - CHECKSUM_SIZE;
  const stored = asBuffer(bytes).readUInt32LE(end);
  return stored === boundChecksum(bytes.subarray(0, end), nameSeed(name), page);
}
