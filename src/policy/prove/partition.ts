import { DEAD, Machine, type Pattern } from './automaton.ts';
import { type Budget, TooLargeError } from './budget.ts';

/** A text, and which of the patterns it matches. */
export interface Representative {
  readonly text: string;
  readonly matches: readonly boolean[];
}

export interface PartitionOptions {
  /** Texts that do not match all of these are of no interest. */
  readonly required?: readonly Pattern[];
  /** Nor are texts that match one of these. */
  readonly forbidden?: readonly Pattern[];
  /** How every text that matches the required ones begins, where that is known. */
  readonly prefix?: string;
  readonly budget: Budget;
}

/** Combined states that are looked at: a few thousand places of patterns of the usual kinds. */
const STATES_MAX = 20_000;

/**
 * For each combination of patterns that any text matches, one of the shortest texts that match just
 * those. All machines read the same text side by side; characters that none of them tells apart
 * are tried once. Throws TooLargeError.
 */
export function partition(
  patterns: readonly Pattern[],
  options: PartitionOptions,
): Representative[] {
  const { required = [], forbidden = [], prefix = '', budget } = options;
  const all = [...patterns, ...required, ...forbidden];
  const machines = all.map((pattern) => new Machine(pattern, budget));
  const requiredEnd = patterns.length + required.length;
  const other = characterApart(all);
  const found = new Map<string, Representative>();
  const seen = new Set<string>();
  let level: Reached[] = [];

  const visit = (states: readonly number[], text: string): void => {
    for (let index = patterns.length; index < states.length; index++) {
      const state = states[index] ?? DEAD;
      if (index < requiredEnd ? state === DEAD : machines[index]?.acceptsAll(state)) return;
    }
    const name = states.join();
    if (seen.has(name)) return;
    seen.add(name);
    if (seen.size > STATES_MAX) throw new TooLargeError();
    level.push({ states, text });
    const accepted = states.map((state, index) => machines[index]?.accepts(state) === true);
    const isMeant = accepted
      .slice(patterns.length)
      .every((matches, index) => matches === index < required.length);
    if (!isMeant) return;
    const matches = accepted.slice(0, patterns.length);
    const key = matches.join();
    if (!found.has(key)) found.set(key, { text, matches });
  };

  visit(
    machines.map((machine) => machine.after(prefix)),
    prefix,
  );
  while (level.length > 0) {
    const current = level;
    level = [];
    for (const { states, text } of current) {
      const codes = new Set([other]);
      for (const [index, state] of states.entries()) {
        for (const code of machines[index]?.told(state) ?? []) codes.add(code);
      }
      budget.spend(states.length * codes.size);
      for (const code of codes) {
        const next = states.map((state, index) => machines[index]?.next(state, code) ?? DEAD);
        visit(next, text + String.fromCodePoint(code));
      }
    }
  }
  return [...found.values()];
}

interface Reached {
  readonly states: readonly number[];
  readonly text: string;
}

/** Letters that read well in an example come first. */
const PLAIN = 'xyzabcdefghijklmnopqrstuvwXYZABCDEFGHIJKLMNOPQRSTUVW0123456789';
const EXOTIC_FIRST = 0x100;

/** A character that no pattern mentions, and that so stands for all of those. */
function characterApart(patterns: readonly Pattern[]): number {
  const mentioned = new Set(patterns.flatMap((pattern) => pattern.flatMap(({ told }) => told)));
  for (const character of PLAIN) {
    const code = character.charCodeAt(0);
    if (!mentioned.has(code)) return code;
  }
  let code = EXOTIC_FIRST;
  while (mentioned.has(code)) code++;
  return code;
}
