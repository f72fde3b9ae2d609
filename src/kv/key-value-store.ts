import type { Awaitable } from '../base/awaitable.ts';

/**
 * Seam 1: ordered keys to values, with atomic guarded commits.
 *
 * Keys are tuples encoded by `key.ts`, so that byte order is tuple order; values are bytes. An
 * entry carries the version at which it was last written, which is what a commit's checks name.
 * An engine promises: a commit is all or nothing; when its promise resolves it survives the loss of
 * power and every later read, in any thread or process, sees it; reads see only committed entries;
 * concurrent commits share one sync of the disk. Every engine passes `key-value-store.suite.ts`.
 */
export interface KeyValueStore extends AsyncDisposable {
  get(key: Uint8Array): Awaitable<Entry | undefined>;

  /** The entries of a range, in key order, as of one moment. */
  range(range: Range): Awaitable<readonly Entry[]>;

  /**
   * Applies all writes if all checks hold at that moment, else changes nothing. The bytes may be
   * reused once this has returned. Rejects with an error of `errors.ts` when the store cannot.
   */
  commit(commit: Commit): Promise<CommitResult>;

  /**
   * A number that has changed if any key whose first byte is `space` may have changed, for caches
   * above the seam. Cheap enough for every request; never behind an acknowledged commit. What was
   * read after the revision was may be kept for as long as the revision stays.
   */
  revision(space: number): Awaitable<number>;
}

/**
 * Longest key in bytes: room for a bucket, an S3 key of 1,024 bytes that are all escaped, and an id;
 * within the 2,704 that a PostgreSQL index takes.
 */
export const KEY_SIZE_MAX = 2_600;

/** Longest value in bytes. Larger ones are blobs: a commit passes through memory several times. */
export const VALUE_SIZE_MAX = 1024 * 1024;

/**
 * The bytes of an entry are the store's: read them, never write into them. They may be views of the
 * whole answer; copy what is to be kept for long.
 */
export interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly version: Version;
  /** What a reader made of the value: an engine that hands the entry out again hands this out too. */
  derived?: unknown;
}

/** Grows with every commit that writes the entry; never reused, even after a deletion. */
export type Version = number;

export interface Range {
  /** Inclusive. */
  readonly from: Uint8Array;
  /** Exclusive. */
  readonly to: Uint8Array;
  /** The most entries to return, counted from `from`, or from `to` when `reverse`. */
  readonly limit: number;
  readonly reverse?: boolean;
}

export interface Commit {
  readonly checks?: readonly Check[];
  readonly writes: readonly Write[];
}

/** Holds while the entry is at `version`, or, for undefined, while it is absent. */
export interface Check {
  readonly key: Uint8Array;
  readonly version: Version | undefined;
}

export type Write =
  | { readonly kind: 'set'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly kind: 'delete'; readonly key: Uint8Array }
  /**
   * Adds to a counter, encoded by `counter.ts`; an absent one is zero. Needs no check, so that hot
   * counters never conflict.
   */
  | { readonly kind: 'add'; readonly key: Uint8Array; readonly delta: number };

export type CommitResult =
  | { readonly committed: true; readonly version: Version }
  /** `failedCheck` is the index of the first check that did not hold. */
  | { readonly committed: false; readonly failedCheck: number };
