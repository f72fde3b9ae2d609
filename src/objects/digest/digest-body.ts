import type { Algorithm } from './algorithms.ts';
import { createDigest } from './digest.ts';
import { freeChunk } from './free-chunk.ts';
import { OffLoopDigest, type Progress } from './off-loop-digest.ts';
import { RingPool, SLOT_SIZE } from './ring.ts';
import { WorkerPool } from './worker-pool.ts';

/** A body whose digests are computed while it is read. */
export interface DigestedBody {
  /**
   * The body's bytes, to be read once. A chunk is valid until the next one is asked for, and may lie
   * in shared memory. Nothing is read from the body before the first chunk is asked for. What the
   * body throws, this throws; ending early stops the body.
   */
  readonly chunks: AsyncIterable<Uint8Array>;
  /**
   * The digests of the whole body, once `chunks` has been read to its end. Rejects when the body
   * failed, with `DigestStoppedError` when the reader stopped before its end, or with
   * `DigestWorkerError`; stays pending when nobody ever reads.
   */
  results(): Promise<ReadonlyMap<Algorithm, Uint8Array>>;
  /** Bytes received so far: all of them once `chunks` has been read to its end. */
  size(): number;
}

/** The reader stopped before the end of the body, so there is no digest of it. */
export class DigestStoppedError extends Error {
  override readonly name = 'DigestStoppedError';
}

/** Shared means of hashing off the event loop. */
export interface DigestResources {
  readonly rings: RingPool;
  readonly workers: WorkerPool;
}

/**
 * Bodies known to be no larger are hashed where they are read. Handing them over costs a copy and a
 * round trip, which overlap repays from about 2 MiB on when the reader writes to a disk; the limit is
 * below that because a busy event loop also delays everyone else (`bench/digest.ts`).
 */
export const INLINE_SIZE_MAX = SLOT_SIZE;

let threadResources: DigestResources | undefined;

/** The resources that all bodies of this thread share. */
function sharedResources(): DigestResources {
  threadResources ??= { rings: new RingPool(), workers: new WorkerPool() };
  return threadResources;
}

/**
 * Reads `body` and computes `algorithms` over it. The body's chunks belong to this function, which
 * frees those that fill their buffer. Small bodies are hashed on the spot. Of larger ones
 * receiving, hashing in a worker and the reader's own work overlap, within a fixed ring of buffers;
 * when no ring is free, hashing falls back to the spot. `sizeHint` is the expected size in bytes, when
 * known; a wrong one costs speed alone.
 */
export function digestBody(
  body: AsyncIterable<Uint8Array>,
  algorithms: readonly Algorithm[],
  sizeHint?: number,
  resources: DigestResources = sharedResources(),
): DigestedBody {
  const ended = Promise.withResolvers<ReadonlyMap<Algorithm, Uint8Array>>();
  // A caller that hears of the failure from `chunks` need not ask for the results.
  ended.promise.catch(() => {});
  const progress: Progress = { size: 0, ended };
  return {
    chunks: readDigesting(body, [...new Set(algorithms)], sizeHint, resources, progress),
    results: () => ended.promise,
    size: () => progress.size,
  };
}

async function* readDigesting(
  body: AsyncIterable<Uint8Array>,
  algorithms: readonly Algorithm[],
  sizeHint: number | undefined,
  resources: DigestResources,
  progress: Progress,
): AsyncGenerator<Uint8Array, void> {
  const isSmall = sizeHint !== undefined && sizeHint <= INLINE_SIZE_MAX;
  const ring = isSmall || algorithms.length === 0 ? undefined : resources.rings.take();
  try {
    if (ring === undefined) {
      yield* readInline(body, algorithms, progress);
    } else {
      yield* new OffLoopDigest(body, algorithms, ring, resources.workers, progress).read();
    }
  } catch (error) {
    progress.ended.reject(error);
    throw error;
  } finally {
    // Without effect when the results are already known or on their way.
    progress.ended.reject(new DigestStoppedError('The body was not read to its end'));
  }
}

async function* readInline(
  body: AsyncIterable<Uint8Array>,
  algorithms: readonly Algorithm[],
  progress: Progress,
): AsyncGenerator<Uint8Array, void> {
  const digests = algorithms.map((name) => [name, createDigest(name)] as const);
  for await (const chunk of body) {
    progress.size += chunk.byteLength;
    for (const [, digest] of digests) digest.update(chunk);
    yield chunk;
    freeChunk(chunk);
  }
  progress.ended.resolve(new Map(digests.map(([name, digest]) => [name, digest.digest()])));
}
