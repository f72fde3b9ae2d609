/**
 * What a proof may cost. Policies and assertions are users' input, and the worst of them make any
 * exact method exponential: past its bound a proof ends, and the answer is "unknown".
 */
export class Budget {
  #left: number;

  constructor(steps: number) {
    this.#left = steps;
  }

  /** Throws TooLargeError when the steps are used up. */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new TooLargeError();
  }
}

/** A step is one look at one pattern or statement: some tens of nanoseconds. */
export const STEPS_PER_ASSERTION_MAX = 20_000_000;

/** The question is too large to be answered within its budget. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';
}
