/**
 * Patterns of IAM: `*` is any run of characters, `?` exactly one. A character is a code point.
 *
 * A pattern is held as UTF-16 units in which the two wildcards are negative numbers, so that a
 * literal `*` (from `${*}` or from a substituted variable) can never be taken for a wildcard.
 */
export type PatternUnits = Int32Array;

export const ANY_RUN = -1;
export const ANY_ONE = -2;

const STAR = '*'.charCodeAt(0);
const QUESTION = '?'.charCodeAt(0);

/** How many units the matcher has compared, for the proof that its work is linear. */
export interface StepCounter {
  steps: number;
}

/** The units of a pattern as it is written, runs of stars made one. */
export function toUnits(pattern: string): PatternUnits {
  const units = new Int32Array(pattern.length);
  let length = 0;
  for (let index = 0; index < pattern.length; index++) {
    const unit = pattern.charCodeAt(index);
    if (unit === STAR) {
      if (length === 0 || units[length - 1] !== ANY_RUN) units[length++] = ANY_RUN;
    } else {
      units[length++] = unit === QUESTION ? ANY_ONE : unit;
    }
  }
  return units.subarray(0, length);
}

/** Units of the code point that begins at `index`: two only for a whole surrogate pair. */
function widthAt(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  if (unit < 0xd800 || unit > 0xdbff) return 1;
  const next = text.charCodeAt(index + 1);
  return next >= 0xdc00 && next <= 0xdfff ? 2 : 1;
}

/**
 * Whether `text` from `begin` up to `end` matches. Two pointers: after a mismatch only the last
 * star takes one character more, since giving an earlier star more can never help. The work is at
 * most the text's length times the longest stretch of the pattern that has no star.
 */
export function matchUnits(
  units: PatternUnits,
  text: string,
  begin = 0,
  end = text.length,
  counter?: StepCounter,
): boolean {
  let at = begin;
  let unit = 0;
  let starUnit = -1;
  let starAt = begin;
  while (at < end) {
    if (counter !== undefined) counter.steps++;
    const expected = unit < units.length ? units[unit] : undefined;
    if (expected === ANY_RUN) {
      starUnit = unit++;
      starAt = at;
      if (unit === units.length) return true;
    } else if (expected === ANY_ONE) {
      at += widthAt(text, at);
      unit++;
    } else if (expected === text.charCodeAt(at)) {
      at++;
      unit++;
    } else if (starUnit >= 0) {
      starAt += widthAt(text, starAt);
      at = starAt;
      unit = starUnit + 1;
    } else {
      return false;
    }
  }
  while (unit < units.length && units[unit] === ANY_RUN) unit++;
  return unit === units.length;
}
