/**
 * Lets those who want to change one thing do so one after another. Whoever comes while others wait
 * waits behind them, so that newcomers cannot starve whoever lost a race.
 */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  isTaken(name: string): boolean {
    return this.#last.has(name);
  }

  async take<R>(name: string, run: () => Promise<R>): Promise<R> {
    const before = this.#last.get(name);
    const mine = Promise.withResolvers<void>();
    this.#last.set(name, mine.promise);
    await before;
    try {
      return await run();
    } finally {
      if (this.#last.get(name) === mine.promise) this.#last.delete(name);
      mine.resolve();
    }
  }
}
