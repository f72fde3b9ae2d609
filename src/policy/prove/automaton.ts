import { ANY_ONE, ANY_RUN } from '../glob.ts';
import type { Budget } from './budget.ts';

/** One place of a pattern: which characters may stand there, and whether any number of them. */
export interface Place {
  readonly accepts: (code: number) => boolean;
  readonly isRun: boolean;
  /** The code points that it alone tells from others; none for wildcards but those that they lack. */
  readonly told: readonly number[];
  /** Whether the run takes every character, so that nothing before it matters once it is reached. */
  readonly isOpen: boolean;
}

/** A set of texts, as a sequence of places. */
export type Pattern = readonly Place[];

const COLON = ':'.charCodeAt(0);
/** The Kelvin sign is the one character outside ASCII that becomes an ASCII letter in lower case. */
const KELVIN_SIGN = 0x212a;

export const ANY: Place = { accepts: () => true, isRun: false, told: [], isOpen: false };
export const RUN: Place = { accepts: () => true, isRun: true, told: [], isOpen: true };

/** One character, or any number, but never this one. */
export function allBut(code: number, isRun: boolean): Place {
  return { accepts: (other) => other !== code, isRun, told: [code], isOpen: false };
}

function exactly(code: number): Place {
  return ASCII_PLACES[code] ?? placeOf(code);
}

function placeOf(code: number): Place {
  return { accepts: (other) => other === code, isRun: false, told: [code], isOpen: false };
}

/** Made once, since nearly all places of nearly all patterns are these. */
const ASCII_PLACES: readonly Place[] = Array.from({ length: 128 }, (_, code) => placeOf(code));

const DIGITS = [...'0123456789'].map((digit) => digit.charCodeAt(0));

export const DIGIT: Place = {
  accepts: (code) => DIGITS.includes(code),
  isRun: false,
  told: DIGITS,
  isOpen: false,
};

export function literal(text: string): Place[] {
  return Array.from(text, (character) => exactly(character.codePointAt(0) ?? 0));
}

/** The texts that equal this one of ASCII but for case, as `toLowerCase` sees it. */
export function literalOfAnyCase(text: string): Place[] {
  return Array.from(text.toLowerCase(), (character) => {
    const told = [character, character.toUpperCase()].map((one) => one.charCodeAt(0));
    if (character === 'k') told.push(KELVIN_SIGN);
    return { accepts: (code) => told.includes(code), isRun: false, told, isOpen: false };
  });
}

/** Code points in which wildcards are those of `glob.ts`. */
export function globPattern(codes: readonly number[]): Place[] {
  return codes.map((code) => {
    if (code === ANY_RUN) return RUN;
    return code === ANY_ONE ? ANY : exactly(code);
  });
}

/** The same for the ARN operators, whose wildcards stay in their component but in the last. */
export function arnPattern(codes: readonly number[]): Place[] | undefined {
  let colons = 0;
  const places = codes.map((code) => {
    if (code === COLON) colons++;
    if (code !== ANY_RUN && code !== ANY_ONE) return exactly(code);
    if (colons >= ARN_COLONS) return code === ANY_RUN ? RUN : ANY;
    return allBut(COLON, code === ANY_RUN);
  });
  return colons >= ARN_COLONS ? places : undefined;
}

const ARN_COLONS = 5;

/** A place of a state stays in memory: so many bytes, and steps, are spent on it. */
const STEPS_PER_PLACE = 8;

/** The state of a machine that no text can bring to acceptance. */
export const DEAD = 0;

/**
 * A pattern as a deterministic machine, of which a state is made when a text first leads there. A
 * state is the set of places that the text so far may have reached.
 */
export class Machine {
  readonly #pattern: Pattern;
  readonly #states: { readonly places: readonly number[]; readonly next: Map<number, number> }[] =
    [];
  readonly #numbers = new Map<string, number>();
  readonly #budget: Budget;
  readonly start: number;

  constructor(pattern: Pattern, budget: Budget) {
    this.#pattern = pattern;
    this.#budget = budget;
    this.#number([]);
    this.start = this.#number(this.#closure([0]));
  }

  accepts(state: number): boolean {
    return this.#states[state]?.places.at(-1) === this.#pattern.length;
  }

  /** The characters that matter in this state; all others lead to the same next one. */
  told(state: number): number[] {
    return (this.#states[state]?.places ?? []).flatMap((place) => [
      ...(this.#pattern[place]?.told ?? []),
    ]);
  }

  /** Whether whatever follows is accepted. */
  acceptsAll(state: number): boolean {
    const places = this.#states[state]?.places ?? [];
    const last = this.#pattern.length;
    return places.at(-1) === last && places.at(-2) === last - 1 && this.#isOpen(last - 1);
  }

  next(state: number, code: number): number {
    if (state === DEAD) return DEAD;
    const found = this.#states[state];
    if (found === undefined) return DEAD;
    const known = found.next.get(code);
    if (known !== undefined) return known;
    const reached: number[] = [];
    for (const place of found.places) {
      const { accepts, isRun } = this.#pattern[place] ?? END;
      if (accepts(code)) reached.push(isRun ? place : place + 1);
    }
    const next = this.#number(this.#closure(reached));
    found.next.set(code, next);
    return next;
  }

  /** The state after a text that is read from the start. */
  after(text: string): number {
    let state = this.start;
    for (const character of text) state = this.next(state, character.codePointAt(0) ?? 0);
    return state;
  }

  /** Runs may be empty. What stands before an open run is forgotten once the run is reached. */
  #closure(reached: readonly number[]): number[] {
    const all = new Set<number>();
    for (const first of reached) {
      let place = first;
      all.add(place);
      while (this.#pattern[place]?.isRun === true) all.add(++place);
    }
    const sorted = [...all].sort((a, b) => a - b);
    const open = sorted.findLastIndex((place) => this.#isOpen(place));
    return open === -1 ? sorted : sorted.slice(open);
  }

  #isOpen(place: number): boolean {
    return this.#pattern[place]?.isOpen === true;
  }

  #number(places: readonly number[]): number {
    const name = places.join();
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#budget.spend(STEPS_PER_PLACE * places.length);
    const number = this.#states.push({ places, next: new Map() }) - 1;
    this.#numbers.set(name, number);
    return number;
  }
}

const END: Place = { accepts: () => false, isRun: false, told: [], isOpen: false };
