import type { Considered, Question } from '../access/index.ts';

/** A decision as it was made. It is explained only when somebody asks. */
export interface RecentDecision {
  readonly requestId: string;
  readonly atMs: number;
  readonly question: Question;
  readonly considered: Considered;
}

/** The last decisions of one thread, however many requests there are. */
export class RecentDecisions {
  readonly #ring: (RecentDecision | undefined)[];
  #next = 0;

  constructor(capacity: number) {
    this.#ring = Array.from({ length: capacity }, () => undefined);
  }

  add(decision: RecentDecision): void {
    this.#ring[this.#next] = decision;
    this.#next = (this.#next + 1) % this.#ring.length;
  }

  /** The decisions on one request, in their order. */
  of(requestId: string): readonly RecentDecision[] {
    return this.#oldestFirst().filter(
      (decision) => decision?.requestId === requestId,
    ) as readonly RecentDecision[];
  }

  #oldestFirst(): readonly (RecentDecision | undefined)[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
  }
}
