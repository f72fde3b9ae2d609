import { compareBytes } from '../base/bytes.ts';
import { StoreClosedError } from './errors.ts';
import type {
  Commit,
  CommitResult,
  Entry,
  KeyValueStore,
  Range,
  Version,
} from './key-value-store.ts';
import { assertCommit, findFailedCheck, resolveWrites } from './resolve.ts';

/** The engine without a disk, for tests: everything the seam promises, until the process ends. */
export function openMemoryStore(): KeyValueStore {
  return new MemoryStore();
}

class MemoryStore implements KeyValueStore {
  readonly #entries = new SortedEntries();
  readonly #revisions = new Float64Array(256);
  #lastVersion: Version = 0;
  #closed = false;

  get(key: Uint8Array): Entry | undefined {
    this.#assertOpen();
    return this.#entries.get(key);
  }

  range(range: Range): readonly Entry[] {
    this.#assertOpen();
    return this.#entries.range(range);
  }

  async commit(commit: Commit): Promise<CommitResult> {
    this.#assertOpen();
    assertCommit(commit);
    const state = {
      version: (key: Uint8Array) => this.#entries.get(key)?.version,
      value: (key: Uint8Array) => this.#entries.get(key)?.value,
    };
    const failedCheck = findFailedCheck(commit, state);
    if (failedCheck !== undefined) return { committed: false, failedCheck };

    const changes = resolveWrites(commit, state);
    const version = this.#lastVersion + 1;
    this.#lastVersion = version;
    for (const { key, value } of changes.values()) {
      if (value === undefined) this.#entries.delete(key);
      else this.#entries.set({ key: copy(key), value: copy(value), version });
      this.#revisions[key[0] ?? 0] = version;
    }
    return { committed: true, version };
  }

  revision(space: number): number {
    return this.#revisions[space] ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
  }

  #assertOpen(): void {
    if (this.#closed) throw new StoreClosedError('The store is closed.');
  }
}

/** Not `slice`, which for a Buffer shares the memory. */
function copy(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes);
}

/** Entries of a chunk when it is split: small enough to insert into, large enough to be few. */
const CHUNK_LENGTH_MAX = 512;

/** Entries by key, in sorted chunks: finding costs two binary searches, inserting one short move. */
class SortedEntries {
  /** Never an empty chunk. */
  readonly #chunks: Entry[][] = [];

  get(key: Uint8Array): Entry | undefined {
    const chunk = this.#chunks[this.#chunkIndex(key)];
    const entry = chunk?.[lowerBound(chunk, key)];
    return entry !== undefined && compareBytes(entry.key, key) === 0 ? entry : undefined;
  }

  set(entry: Entry): void {
    const chunkIndex = this.#chunkIndex(entry.key);
    const chunk = this.#chunks[chunkIndex];
    if (chunk === undefined) {
      this.#chunks.push([entry]);
      return;
    }
    const index = lowerBound(chunk, entry.key);
    const at = chunk[index];
    const isPresent = at !== undefined && compareBytes(at.key, entry.key) === 0;
    chunk.splice(index, isPresent ? 1 : 0, entry);
    if (chunk.length > CHUNK_LENGTH_MAX) {
      this.#chunks.splice(chunkIndex + 1, 0, chunk.splice(CHUNK_LENGTH_MAX / 2));
    }
  }

  delete(key: Uint8Array): void {
    const chunkIndex = this.#chunkIndex(key);
    const chunk = this.#chunks[chunkIndex];
    if (chunk === undefined) return;
    const index = lowerBound(chunk, key);
    const at = chunk[index];
    if (at === undefined || compareBytes(at.key, key) !== 0) return;
    chunk.splice(index, 1);
    if (chunk.length === 0) this.#chunks.splice(chunkIndex, 1);
  }

  range({ from, to, limit, reverse }: Range): Entry[] {
    const found: Entry[] = [];
    const start = reverse === true ? to : from;
    let chunkIndex = this.#chunkIndex(start);
    let chunk = this.#chunks[chunkIndex];
    if (chunk === undefined || compareBytes(from, to) >= 0) return found;
    const step = reverse === true ? -1 : 1;
    let index = lowerBound(chunk, start) + (reverse === true ? -1 : 0);
    while (found.length < limit) {
      const entry: Entry | undefined = chunk[index];
      if (entry === undefined) {
        chunkIndex += step;
        chunk = this.#chunks[chunkIndex];
        if (chunk === undefined) break;
        index = reverse === true ? chunk.length - 1 : 0;
        continue;
      }
      const isInside =
        reverse === true ? compareBytes(entry.key, from) >= 0 : compareBytes(entry.key, to) < 0;
      if (!isInside) break;
      found.push(entry);
      index += step;
    }
    return found;
  }

  /** The last chunk whose first key is not past `key`; the first chunk when there is none such. */
  #chunkIndex(key: Uint8Array): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const first = this.#chunks[middle]?.[0];
      if (first !== undefined && compareBytes(first.key, key) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** The index of the first entry whose key is not before `key`. */
function lowerBound(chunk: readonly Entry[], key: Uint8Array): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = chunk[middle];
    if (entry !== undefined && compareBytes(entry.key, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
