import type { ContextValue } from '../request.ts';

/** Statements shown of all policies together: more than any principal's quotas leave room for. */
export const STATEMENTS_SHOWN_MAX = 200;
/** Values shown of one element or condition: what a person reads. */
export const VALUES_SHOWN_MAX = 20;
/** The longest text shown: the ARN of the longest key of S3 fits. */
const TEXT_SHOWN_MAX = 1200;
/** Characters shown of all policies together, past which statements are only counted. */
const CHARACTERS_SHOWN_MAX = 256 * 1024;
/** Keys of the context that are shown. */
const KEYS_SHOWN_MAX = 200;

/** What one explanation may still show. */
export class Allowance {
  #statements = STATEMENTS_SHOWN_MAX;
  #characters = CHARACTERS_SHOWN_MAX;
  #keys = KEYS_SHOWN_MAX;

  /** Whether one more statement may be shown. */
  takeStatement(): boolean {
    if (this.#statements === 0 || this.#characters <= 0) return false;
    this.#statements--;
    return true;
  }

  takeKey(): boolean {
    if (this.#keys === 0 || this.#characters <= 0) return false;
    this.#keys--;
    return true;
  }

  text(text: string): string {
    const shown = clip(text);
    this.#characters -= shown.length;
    return shown;
  }

  value(value: ContextValue): ContextValue {
    if (typeof value === 'string') return this.text(value);
    return value.slice(0, VALUES_SHOWN_MAX).map((each) => this.text(each));
  }

  /** The first values of a list, shown, and how many are not. */
  list<T, R>(all: readonly T[], show: (each: T) => R): { shown: R[]; omitted: number } {
    const kept = this.#characters <= 0 ? [] : all.slice(0, VALUES_SHOWN_MAX);
    return { shown: kept.map(show), omitted: all.length - kept.length };
  }
}

/** A text too long to be shown ends in an ellipsis. */
export function clip(text: string): string {
  if (text.length <= TEXT_SHOWN_MAX) return text;
  return `${text.slice(0, TEXT_SHOWN_MAX - 1).toWellFormed()}…`;
}
