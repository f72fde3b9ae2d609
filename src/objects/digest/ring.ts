import { assert } from '../../base/assert.ts';
import { sharedPageMemory } from '../../base/page-memory.ts';

/** Size of one buffer: large enough that a message to a worker is small beside hashing it. */
export const SLOT_SIZE = 1_048_576;

/** One slot being filled, one hashed, one written, and one for whichever of them is ahead. */
export const RING_SLOTS = 4;

/**
 * How many bodies of a thread may be hashed off the loop at once. With 4 MiB each this bounds the
 * memory to 64 MiB; many more bodies than cores gain nothing from workers anyway.
 */
const RINGS_MAX = 16;

/** Memory kept for the next bodies; the rest goes back to the system. */
const IDLE_MAX = 4;

/** The buffers of one body, in one memory. Each begins at a page; unused ones take no memory. */
export interface Ring {
  slot(index: number): Uint8Array<SharedArrayBuffer>;
  /** Gives the buffers back. Nobody may read or write them any more. */
  release(): void;
}

/** The bounded supply of rings. Nobody ever waits for one, so slow bodies cannot starve others. */
export class RingPool {
  readonly #ringsMax: number;
  readonly #idle: Uint8Array<SharedArrayBuffer>[] = [];
  #ringsInUse = 0;

  constructor(ringsMax: number = RINGS_MAX) {
    this.#ringsMax = ringsMax;
  }

  get ringsInUse(): number {
    return this.#ringsInUse;
  }

  /** A ring, or undefined when all are in use. */
  take(): Ring | undefined {
    if (this.#ringsInUse >= this.#ringsMax) return undefined;
    this.#ringsInUse += 1;
    const memory = this.#idle.pop() ?? sharedPageMemory(RING_SLOTS * SLOT_SIZE);
    const slots = Array.from({ length: RING_SLOTS }, (_, index) =>
      memory.subarray(index * SLOT_SIZE, (index + 1) * SLOT_SIZE),
    );
    let isReleased = false;
    return {
      slot(index) {
        const slot = slots[index];
        assert(slot !== undefined, 'A ring has no such slot');
        return slot;
      },
      release: () => {
        if (isReleased) return;
        isReleased = true;
        this.#ringsInUse -= 1;
        if (this.#idle.length < IDLE_MAX) this.#idle.push(memory);
      },
    };
  }
}
