import { copyShared } from '../../base/bytes.ts';
import type { Algorithm } from './algorithms.ts';
import { digestOf, isCrc } from './digest.ts';
import { freeChunk } from './free-chunk.ts';
import { RING_SLOTS, SLOT_SIZE, type Ring } from './ring.ts';
import type { Lane, WorkerPool } from './worker-pool.ts';

/** With fewer cores a second hash of the same body only takes the time of the first. */
const CORES_FOR_LANES = 4;

/** What the reading side tells of itself. */
export interface Progress {
  /** Bytes received so far. */
  size: number;
  readonly ended: PromiseWithResolvers<ReadonlyMap<Algorithm, Uint8Array>>;
}

/** A filled slot, until the reader has it. */
interface Filled {
  readonly slot: number;
  readonly size: number;
}

/**
 * One body on its way through a ring: a pump copies what arrives into slots; each filled slot goes to
 * the workers' lanes and to the reader at once, and is filled anew when all of them are done with it.
 *
 * INVARIANT (slot holders): a slot is free, being filled, or held by `holders[slot]` lanes and reader.
 */
export class OffLoopDigest {
  readonly #body: AsyncIterable<Uint8Array>;
  readonly #algorithms: readonly Algorithm[];
  readonly #ring: Ring;
  readonly #workers: WorkerPool;
  readonly #progress: Progress;
  readonly #holders: number[] = Array.from({ length: RING_SLOTS }, () => 0);
  readonly #free: number[] = Array.from({ length: RING_SLOTS }, (_, slot) => slot);
  readonly #filled: Filled[] = [];
  readonly #lanes: Lane[] = [];
  #iterator: AsyncIterator<Uint8Array> | undefined;
  #filling: { slot: number; size: number } | undefined;
  #wakeReader: (() => void) | undefined;
  #wakePump: (() => void) | undefined;
  #state: 'pumping' | 'complete' | 'stopped' = 'pumping';
  #failure: { readonly error: unknown } | undefined;
  /** Whether the body owes a chunk; its `return` may then wait for as long as that takes. */
  #isPulling = false;
  #isBodyOver = false;

  constructor(
    body: AsyncIterable<Uint8Array>,
    algorithms: readonly Algorithm[],
    ring: Ring,
    workers: WorkerPool,
    progress: Progress,
  ) {
    this.#body = body;
    this.#algorithms = algorithms;
    this.#ring = ring;
    this.#workers = workers;
    this.#progress = progress;
  }

  /** The bytes, a slot at a time. */
  async *read(): AsyncGenerator<Uint8Array, void> {
    void this.#pump();
    try {
      for (;;) {
        if (this.#failure !== undefined) throw this.#failure.error;
        const next = this.#filled.shift();
        if (next !== undefined) {
          yield this.#ring.slot(next.slot).subarray(0, next.size);
          this.#letGo(next.slot);
        } else if (this.#state === 'complete') {
          return;
        } else {
          await new Promise<void>((resolve) => (this.#wakeReader = resolve));
          this.#wakeReader = undefined;
        }
      }
    } finally {
      await this.#finish();
    }
  }

  /** Never rejects: what fails here is thrown at the reader. */
  async #pump(): Promise<void> {
    try {
      const iterator = this.#body[Symbol.asyncIterator]();
      this.#iterator = iterator;
      while (this.#state === 'pumping') {
        this.#isPulling = true;
        const next = await iterator.next();
        this.#isPulling = false;
        // After a stop the ring may serve another body already.
        if (this.#state !== 'pumping') return;
        if (next.done === true) {
          this.#isBodyOver = true;
          return this.#complete();
        }
        this.#progress.size += next.value.byteLength;
        await this.#append(next.value);
        freeChunk(next.value);
      }
    } catch (error) {
      if (this.#isPulling) this.#isBodyOver = true;
      this.#isPulling = false;
      this.#fail(error);
    }
  }

  async #append(chunk: Uint8Array): Promise<void> {
    let taken = 0;
    while (taken < chunk.byteLength) {
      if (this.#filling === undefined) {
        const slot = this.#free.pop();
        if (slot === undefined) {
          await new Promise<void>((resolve) => (this.#wakePump = resolve));
          this.#wakePump = undefined;
          if (this.#state !== 'pumping') return;
          continue;
        }
        this.#filling = { slot, size: 0 };
      }
      const filling = this.#filling;
      const count = Math.min(SLOT_SIZE - filling.size, chunk.byteLength - taken);
      const part = chunk.subarray(taken, taken + count);
      copyShared(part, this.#ring.slot(filling.slot), filling.size);
      filling.size += count;
      taken += count;
      if (filling.size === SLOT_SIZE) this.#submit(filling);
    }
  }

  /** Hands a filled slot to the lanes and to the reader. */
  #submit({ slot, size }: Filled): void {
    this.#filling = undefined;
    if (this.#lanes.length === 0) this.#openLanes();
    const memory = this.#ring.slot(slot);
    this.#holders[slot] = 1 + this.#lanes.length;
    for (const lane of this.#lanes) lane.update(slot, memory, size);
    this.#offer({ slot, size });
  }

  #offer(filled: Filled): void {
    this.#filled.push(filled);
    this.#wakeReader?.();
  }

  #openLanes(): void {
    const events = {
      digested: (slot: number) => this.#letGo(slot),
      failed: (error: Error) => this.#fail(error),
    };
    const hashes = this.#algorithms.filter((name) => !isCrc(name));
    const isSplit = hashes.length > 1 && this.#workers.workersMax >= CORES_FOR_LANES;
    const crcs = this.#algorithms.filter(isCrc);
    const groups = isSplit
      ? hashes.map((name, index) => (index === 0 ? [name, ...crcs] : [name]))
      : [this.#algorithms];
    for (const group of groups) this.#lanes.push(this.#workers.open(group, events));
  }

  #letGo(slot: number): void {
    const holders = (this.#holders[slot] ?? 0) - 1;
    this.#holders[slot] = holders;
    if (holders > 0) return;
    this.#free.push(slot);
    this.#wakePump?.();
  }

  #complete(): void {
    this.#state = 'complete';
    const last = this.#filling;
    if (this.#lanes.length === 0) {
      // All of it fits into one slot, which is hashed sooner than a worker could be asked.
      const bytes = last && this.#ring.slot(last.slot).subarray(0, last.size);
      const whole = bytes ?? new Uint8Array(0);
      const digests = this.#algorithms.map((name) => [name, digestOf(name, whole)] as const);
      this.#progress.ended.resolve(new Map(digests));
      if (last !== undefined) {
        this.#holders[last.slot] = 1;
        this.#offer(last);
      }
    } else {
      if (last !== undefined) this.#submit(last);
      const ends = this.#lanes.map((lane) => lane.end());
      const merged = Promise.all(ends).then((maps) => new Map(maps.flatMap((map) => [...map])));
      this.#progress.ended.resolve(merged);
    }
    this.#wakeReader?.();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wakeReader?.();
  }

  /** Runs once the reader is through, whatever the reason. */
  async #finish(): Promise<void> {
    const wasPumping = this.#state === 'pumping';
    if (wasPumping) this.#state = 'stopped';
    this.#wakePump?.();
    // The lanes' last answers come after their last access to the ring.
    const ends = this.#lanes.map((lane) => lane.end());
    void Promise.allSettled(ends).then(() => this.#ring.release());
    if (!wasPumping || this.#isBodyOver) return;
    const stopping = Promise.resolve(this.#iterator?.return?.());
    if (this.#isPulling) stopping.catch(() => {});
    else await stopping;
  }
}
