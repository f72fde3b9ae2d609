import { assert } from '../base/assert.ts';
import { concatBytes } from '../base/bytes.ts';
import { sourceOf } from '../base/http.ts';
import { randomText } from '../base/random.ts';
import { BlobMissingError, type BlobId, type BlobStore } from './blob-store.ts';

const ID_ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';
/** 36^20 names: two never meet. */
const ID_LENGTH = 20;

/**
 * Blobs in the memory of this process, for tests. Handing the same `blobs` to a second store is
 * what opening the same folder again is for other engines.
 */
export function openMemoryBlobStore(blobs: Map<BlobId, Uint8Array> = new Map()): BlobStore {
  const earlier = new Set(blobs.keys());
  return {
    async write(chunks) {
      const parts: Uint8Array[] = [];
      // A chunk is its owner's again as soon as the next one is asked for, so it is copied now.
      for await (const chunk of chunks) parts.push(Uint8Array.from(chunk));
      const bytes = concatBytes(parts);
      const id = `m.${randomText(ID_ALPHABET, ID_LENGTH)}`;
      blobs.set(id, bytes);
      return { id, size: bytes.byteLength };
    },

    read(id, start, end) {
      const bytes = blobs.get(id);
      if (bytes === undefined) throw new BlobMissingError(`There is no blob ${id}`);
      assert(start >= 0 && start <= end && end <= bytes.byteLength, 'Range lies within the blob');
      return sourceOf(bytes.subarray(start, end));
    },

    async delete(id) {
      blobs.delete(id);
    },

    async list(after, limit) {
      const left = [...earlier].filter(
        (id) => blobs.has(id) && (after === undefined || id > after),
      );
      return left.toSorted(compareText).slice(0, limit);
    },

    async movable() {
      return [];
    },

    async [Symbol.asyncDispose]() {},
  };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
