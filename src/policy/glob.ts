/**
 * Patterns of IAM: `*` is any run of characters, `?` exactly one. A character is a code point.
 *
 * Matching is linear in the text whatever the pattern, since a pattern is a user's input: the
 * stretches between the stars are sought one after the other, each at its first place, because
 * giving an earlier star more can never help a later one. A stretch is sought by the native
 * search when it is short and plain, and otherwise bit by bit ("Shift-And", Baeza-Yates and
 * Gonnet 1992), which takes one step for each character of text and 32 of the stretch.
 *
 * Before that, a pattern is a list of code points in which the two wildcards are negative, so that
 * a plain `*` (from `${*}` or from what a variable brings) can never be taken for a wildcard.
 */
export const ANY_RUN = -1;
export const ANY_ONE = -2;

export interface Glob {
  /** The stretches between the stars. One alone must be the whole text. */
  readonly stretches: readonly Stretch[];
}

interface Stretch {
  /** Code points, and ANY_ONE. */
  readonly codes: readonly number[];
  /** The stretch as text, when it has no wildcard. */
  readonly literal: string | undefined;
  readonly machine: BitMachine | undefined;
}

/** Places in a stretch are bits, 32 to a word. */
interface BitMachine {
  readonly words: number;
  /** For each code point the words in which it has places, so that memory is that of the stretch. */
  readonly places: ReadonlyMap<number, readonly PlaceWord[]>;
  /** The places of ANY_ONE, where any code point may stand. */
  readonly anywhere: Int32Array;
}

interface PlaceWord {
  readonly word: number;
  bits: number;
}

/** The native search compares at most this often a character, and is the fastest up to here. */
const LITERAL_LENGTH_MAX = 32;
const WORD_BITS = 32;

export function compileGlob(codes: readonly number[]): Glob {
  const stretches: number[][] = [[]];
  for (const code of codes) {
    if (code === ANY_RUN) stretches.push([]);
    else stretches.at(-1)?.push(code);
  }
  // A stretch that is empty between two stars asks for nothing.
  const kept = stretches.filter(
    (stretch, index) => stretch.length > 0 || index === 0 || index === stretches.length - 1,
  );
  return {
    stretches: kept.map((stretch, index) =>
      compileStretch(stretch, index > 0 && index < kept.length - 1),
    ),
  };
}

function compileStretch(codes: readonly number[], isSought: boolean): Stretch {
  const isPlain = !codes.includes(ANY_ONE);
  const literal = isPlain ? codes.map((code) => String.fromCodePoint(code)).join('') : undefined;
  const isShort = literal !== undefined && literal.length <= LITERAL_LENGTH_MAX;
  const machine = isSought && !isShort ? compileMachine(codes) : undefined;
  return { codes, literal, machine };
}

function compileMachine(codes: readonly number[]): BitMachine {
  const words = Math.ceil(codes.length / WORD_BITS);
  const anywhere = new Int32Array(words);
  const places = new Map<number, PlaceWord[]>();
  for (const [place, code] of codes.entries()) {
    const word = Math.floor(place / WORD_BITS);
    const bit = 1 << (place % WORD_BITS);
    if (code === ANY_ONE) {
      anywhere[word] = (anywhere[word] ?? 0) | bit;
      continue;
    }
    const found = places.get(code) ?? [];
    const last = found.at(-1);
    if (last?.word === word) last.bits |= bit;
    else found.push({ word, bits: bit });
    places.set(code, found);
  }
  return { words, places, anywhere };
}

/** Whether `text` from `begin` up to `end` matches as a whole. */
export function matchGlob(glob: Glob, text: string, begin = 0, end = text.length): boolean {
  const { stretches } = glob;
  const head = stretches[0];
  const tail = stretches.at(-1);
  if (head === undefined || tail === undefined) return false;
  let at = matchForward(head, text, begin, end);
  if (at === -1 || stretches.length === 1) return at === end;
  const tailBegin = matchBackward(tail, text, at, end);
  if (tailBegin === -1) return false;
  for (let index = 1; index < stretches.length - 1; index++) {
    const stretch = stretches[index];
    if (stretch !== undefined) at = search(stretch, text, at, tailBegin);
    if (at === -1) return false;
  }
  return true;
}

/** Where the stretch ends when it begins at `at`, or -1. */
function matchForward(stretch: Stretch, text: string, at: number, end: number): number {
  const { literal } = stretch;
  if (literal !== undefined) {
    const stop = at + literal.length;
    return stop <= end && text.startsWith(literal, at) ? stop : -1;
  }
  let place = at;
  for (const code of stretch.codes) {
    if (place >= end) return -1;
    const found = codeAt(text, place);
    if (code !== ANY_ONE && code !== found) return -1;
    place += widthOf(found);
  }
  return place <= end ? place : -1;
}

/** Where the stretch begins when it ends at `end`, not before `begin`, or -1. */
function matchBackward(stretch: Stretch, text: string, begin: number, end: number): number {
  const { literal, codes } = stretch;
  if (literal !== undefined) {
    const start = end - literal.length;
    return start >= begin && text.endsWith(literal, end) ? start : -1;
  }
  let place = end;
  for (let index = codes.length - 1; index >= 0; index--) {
    if (place <= begin) return -1;
    const isPair = place - 2 >= begin && widthOf(codeAt(text, place - 2)) === 2;
    place -= isPair ? 2 : 1;
    const code = codes[index];
    if (code !== ANY_ONE && code !== codeAt(text, place)) return -1;
  }
  return place;
}

/** Where the first occurrence of the stretch between `at` and `end` ends, or -1. */
function search(stretch: Stretch, text: string, at: number, end: number): number {
  const { literal, machine, codes } = stretch;
  if (machine !== undefined) return searchBits(machine, codes.length, text, at, end);
  if (literal === undefined) return -1;
  const found = text.indexOf(literal, at);
  return found === -1 || found + literal.length > end ? -1 : found + literal.length;
}

function searchBits(
  machine: BitMachine,
  length: number,
  text: string,
  at: number,
  end: number,
): number {
  const { words, places, anywhere } = machine;
  const state = new Int32Array(words);
  const moved = new Int32Array(words);
  const lastBit = 1 << ((length - 1) % WORD_BITS);
  for (let place = at; place < end;) {
    const code = codeAt(text, place);
    place += widthOf(code);
    let carry = 1;
    for (let word = 0; word < words; word++) {
      const bits = state[word] ?? 0;
      const next = (bits << 1) | carry;
      carry = bits >>> (WORD_BITS - 1);
      moved[word] = next;
      state[word] = next & (anywhere[word] ?? 0);
    }
    for (const { word, bits } of places.get(code) ?? NOWHERE) {
      state[word] = (state[word] ?? 0) | ((moved[word] ?? 0) & bits);
    }
    if (((state[words - 1] ?? 0) & lastBit) !== 0) return place <= end ? place : -1;
  }
  return -1;
}

const NOWHERE: readonly PlaceWord[] = [];

function codeAt(text: string, index: number): number {
  return text.codePointAt(index) ?? 0;
}

/** UTF-16 units of a code point. */
function widthOf(code: number): number {
  return code > 0xffff ? 2 : 1;
}
