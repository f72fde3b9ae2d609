import type { ContextReader, ContextValue } from '../request.ts';
import type { Allowance } from './limits.ts';

/** A request's context that remembers what it was asked, and does not throw. */
export class RecordedContext {
  readonly #record = new Map<string, ContextValue | null>();
  readonly #context: ContextReader;
  readonly #allowance: Allowance;

  constructor(context: ContextReader, allowance: Allowance) {
    this.#context = context;
    this.#allowance = allowance;
  }

  /** The keys that were asked for and their values; null where the request has no such key. */
  get record(): Readonly<Record<string, ContextValue | null>> {
    return Object.fromEntries(this.#record);
  }

  read(key: string): ContextValue | undefined {
    const value = this.#ask(key);
    if (!this.#record.has(key) && this.#allowance.takeKey()) {
      this.#record.set(
        this.#allowance.text(key),
        value === undefined ? null : this.#allowance.value(value),
      );
    }
    return value;
  }

  /** What cannot be read has already denied the request; here it is merely not there. */
  #ask(key: string): ContextValue | undefined {
    try {
      return this.#context(key);
    } catch {
      return undefined;
    }
  }
}
