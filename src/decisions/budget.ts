import type { Clock } from '../base/clock.ts';

export interface BudgetOptions {
  readonly clock: Clock;
  /** How many may be spent at once. */
  readonly burst: number;
  /** How many come back in a second. */
  readonly perSecond: number;
}

/** A token bucket: what is dear is done as often as this, however often it is asked for. */
export class Budget {
  readonly #options: BudgetOptions;
  #tokens: number;
  #filledAtMs: number;

  constructor(options: BudgetOptions) {
    this.#options = options;
    this.#tokens = options.burst;
    this.#filledAtMs = options.clock.nowMs();
  }

  /**
   * Whether there was one left to spend. What costs more is had as long as there is one, and then kept
   * waiting for, so that even the dearest is had now and then.
   */
  take(cost = 1): boolean {
    const { clock, burst, perSecond } = this.#options;
    const nowMs = clock.nowMs();
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs);
    this.#tokens = Math.min(burst, this.#tokens + (elapsedMs * perSecond) / 1000);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= cost;
    return true;
  }
}
