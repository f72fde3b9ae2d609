import type { MessagePort } from 'node:worker_threads';
import type { Commit, CommitResult, Entry, KeyValueStore, Range } from '../key-value-store.ts';
import { Committer } from './committer.ts';
import { Reader } from './reader.ts';
import { Stamps } from './stamps.ts';

/** A share of an open store, to be posted to another thread with `port` in the transfer list. */
export interface StoreHandle {
  readonly folder: string;
  readonly revisions: SharedArrayBuffer;
  readonly stamps: SharedArrayBuffer;
  readonly port: MessagePort;
}

/**
 * The store of a handle, in the thread that received it. It reads with a connection of its own and
 * commits through the one writer. Closing it ends this share, not the store.
 */
export function attachEmbeddedStore(handle: StoreHandle): KeyValueStore {
  return new AttachedStore(handle);
}

class AttachedStore implements KeyValueStore {
  readonly #reader: Reader;
  readonly #committer: Committer;
  readonly #revisions: Int32Array<SharedArrayBuffer>;
  #closing: Promise<void> | undefined;

  constructor({ folder, revisions, stamps, port }: StoreHandle) {
    this.#reader = new Reader(folder, new Stamps(stamps));
    this.#committer = new Committer(port);
    this.#revisions = new Int32Array(revisions);
  }

  get(key: Uint8Array): Entry | undefined {
    return this.#reader.get(key);
  }

  range(range: Range): readonly Entry[] {
    return this.#reader.range(range);
  }

  commit(commit: Commit): Promise<CommitResult> {
    return this.#committer.commit(commit);
  }

  /** Wraps around after 2^32 changes, which no cache outlives. */
  revision(space: number): number {
    return Atomics.load(this.#revisions, space);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#committer.close();
    this.#reader.close();
  }
}
