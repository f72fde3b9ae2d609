/** Size of one buffer: large enough that a message to a worker is small beside hashing it. */
export const SLOT_SIZE = 1_048_576;

/** One slot being filled, one hashed, one written, and one for whichever of them is ahead. */
export const RING_SLOTS = 4;

/**
 * How many bodies of a thread may be hashed off the loop at once. With 4 MiB each this bounds the
 * memory to 64 MiB; many more bodies than cores gain nothing from workers anyway.
 */
const RINGS_MAX = 16;

/** Buffers kept for the next bodies; the rest go back to the system. */
const IDLE_SLOTS_MAX = 4 * RING_SLOTS;

/** The buffers of one body, made when first used. */
export interface Ring {
  slot(index: number): Uint8Array<SharedArrayBuffer>;
  /** Gives the buffers back. Nobody may read or write them any more. */
  release(): void;
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
    let slots: Uint8Array<SharedArrayBuffer>[] = [];
    let isReleased = false;
    return {
      slot: (index) => {
        const known = slots[index];
        if (known !== undefined) return known;
        const made = new Uint8Array(this.#idle.pop() ?? new SharedArrayBuffer(SLOT_SIZE));
        slots[index] = made;
        return made;
      },
      release: () => {
        if (isReleased) return;
        isReleased = true;
        this.#ringsInUse -= 1;
        for (const slot of Object.values(slots)) {
          if (this.#idle.length < IDLE_SLOTS_MAX) this.#idle.push(slot.buffer);
        }
        slots = [];
      },
    };
  }
}
