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

/** The buffers of one body. */
export interface Ring {
  /** All slots one behind the other, each at a page; what is not used yet takes no memory. */
  readonly memory: SharedArrayBuffer;
  slot(index: number): Uint8Array<SharedArrayBuffer>;
  /** Gives the buffers back. Nobody may read or write them any more. */
  release(): void;
}

/** One slot of a ring's memory. */
export function slotOf(memory: SharedArrayBuffer, index: number): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(memory, index * SLOT_SIZE, SLOT_SIZE);
}

/** The bounded supply of rings. Nobody ever waits for one, so slow bodies cannot starve others. */
export class RingPool {
  readonly #ringsMax: number;
  readonly #idle: SharedArrayBuffer[] = [];
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
    const slots = Array.from({ length: RING_SLOTS }, (_, index) => slotOf(memory, index));
    let isReleased = false;
    return {
      memory,
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
