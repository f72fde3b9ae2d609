import type { BlobStore } from '../../blob/blob-store.ts';
import { StoreFailedError, StoreFullError } from '../../kv/errors.ts';
import type { KeyValueStore } from '../../kv/key-value-store.ts';

/** What goes wrong next; asked before each commit and each write. */
export type Fault = 'none' | 'full' | 'lost' | 'unheard';

/** A blob that could not be written. */
export class InjectedError extends Error {
  override readonly name = 'InjectedError';
}

/**
 * A store whose commits fail as told: refused for want of room, lost on the way with an error, or
 * done but with an error for an answer. It is for one opening; reopen what lies beneath.
 */
export function faultyStore(kv: KeyValueStore, next: () => Fault): KeyValueStore {
  return {
    get: (key) => kv.get(key),
    range: (range) => kv.range(range),
    revision: (space) => kv.revision(space),
    async commit(commit) {
      const fault = next();
      if (fault === 'full') throw new StoreFullError('No room, as the test wants it');
      if (fault === 'lost') throw new StoreFailedError('Lost, as the test wants it');
      const result = await kv.commit(commit);
      if (fault === 'unheard') throw new StoreFailedError('Unheard, as the test wants it');
      return result;
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** A blob store whose writes fail before, or after some bytes, and whose deletions may fail. */
export function faultyBlobs(blobs: BlobStore, next: () => Fault): BlobStore {
  return {
    async write(chunks, sizeHint) {
      const fault = next();
      if (fault === 'none') return blobs.write(chunks, sizeHint);
      async function* broken(): AsyncGenerator<Uint8Array, void> {
        for await (const chunk of chunks) {
          yield chunk;
          throw new InjectedError('The disk failed, as the test wants it');
        }
      }
      return blobs.write(broken(), sizeHint);
    },
    read: (id, start, end) => blobs.read(id, start, end),
    async delete(id) {
      if (next() !== 'none') throw new InjectedError('Not deleted, as the test wants it');
      return blobs.delete(id);
    },
    list: (after, limit) => blobs.list(after, limit),
    movable: (limit) => blobs.movable(limit),
    async [Symbol.asyncDispose]() {},
  };
}
