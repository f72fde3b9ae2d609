import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ANY_ONE, ANY_RUN, compileGlob, matchGlob } from './glob.ts';

function toCodes(pattern: string): number[] {
  return [...pattern].map((character) =>
    character === '*' ? ANY_RUN : character === '?' ? ANY_ONE : character.codePointAt(0)!,
  );
}

function matches(pattern: string, text: string): boolean {
  return matchGlob(compileGlob(toCodes(pattern)), text);
}

/** By definition: every way to give the stars something. Only for short patterns. */
function matchesSlowly(pattern: string[], text: string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === '*') {
    return (
      text.some((_, skipped) => matchesSlowly(rest, text.slice(skipped))) || matchesSlowly(rest, [])
    );
  }
  return (
    text.length > 0 && (first === '?' || first === text[0]) && matchesSlowly(rest, text.slice(1))
  );
}

test('matchGlob: table', () => {
  const rows: readonly [pattern: string, text: string, expected: boolean][] = [
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['?', '', false],
    ['?', '😀', true],
    ['??', '😀', false],
    ['*?', '😀', true],
    ['?*?', '😀', false],
    ['*😀', 'a😀', true],
    ['a*a', 'a', false],
    ['*aab', 'aaaab', true],
    ['*ab*ba*', 'aba', false],
    ['*ab*ba*', 'abba', true],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'acb', false],
    ['*a?c*', 'xxabcxx', true],
    ['*a?c*', 'xxabbcxx', false],
    ['*?b', 'ab', true],
    ['a?*', 'a', false],
    [`*${'a'.repeat(40)}*`, `b${'a'.repeat(40)}b`, true],
    [`*${'a'.repeat(40)}*`, `b${'a'.repeat(39)}b${'a'.repeat(39)}`, false],
    [`*${'a'.repeat(31)}?${'a'.repeat(40)}c*`, `${'a'.repeat(100)}c`, true],
    [`*${'a'.repeat(31)}?${'a'.repeat(40)}cd*`, `${'a'.repeat(100)}c`, false],
  ];
  for (const [pattern, text, expected] of rows) {
    assert.equal(matches(pattern, text), expected, `${pattern} against ${text}`);
  }
});

test('matchGlob: agrees with the definition', () => {
  const unit = fc.constantFrom('a', 'b', '😀', '\n');
  fc.assert(
    fc.property(
      fc.array(fc.oneof(unit, fc.constantFrom('*', '?')), { maxLength: 9 }),
      fc.array(unit, { maxLength: 9 }),
      (pattern, text) => {
        assert.equal(matches(pattern.join(''), text.join('')), matchesSlowly(pattern, text));
      },
    ),
    { numRuns: 5000 },
  );
});

test('matchGlob: long stretches agree with the search for a plain text', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 100 }),
      fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 200 }),
      fc.nat(),
      fc.nat(100),
      (noise, text, from, length) => {
        const begin = from % (text.length + 1);
        for (const stretch of [noise, text.slice(begin, begin + length)]) {
          assert.equal(matches(`*${stretch}*`, text), text.includes(stretch));
        }
      },
    ),
  );
});

/** The best of several runs, in which other programs disturb least. */
function bestSeconds(work: () => void): number {
  let best = Infinity;
  for (let round = 0; round < 7; round++) {
    const begin = process.hrtime.bigint();
    work();
    best = Math.min(best, Number(process.hrtime.bigint() - begin) / 1e9);
  }
  return best;
}

/** Text ten times as long may take ten times as long, and some noise; not a hundred times. */
const LENGTH = 4000;
const GROWTH = 10;
const GROWTH_MAX = 40;

test('matchGlob: the work grows no faster than the text, whatever the pattern', () => {
  const hostile = [
    `${'*a'.repeat(30)}*b`,
    `${'*a?'.repeat(30)}*b`,
    `*${'a'.repeat(2000)}b*`,
    `*${'a'.repeat(1000)}?${'a'.repeat(1000)}b*`,
    `*${'?'.repeat(2000)}b*`,
    `*${'?a'.repeat(500)}b*c`,
    `*${'ab'.repeat(15)}c*`,
  ];
  for (const pattern of hostile) {
    const glob = compileGlob(toCodes(pattern));
    const short = 'a'.repeat(LENGTH);
    const long = 'a'.repeat(LENGTH * GROWTH);
    assert.equal(matchGlob(glob, long), false);
    const growth =
      bestSeconds(() => matchGlob(glob, long)) / bestSeconds(() => matchGlob(glob, short));
    assert(growth < GROWTH_MAX, `${pattern.slice(0, 20)}… grew ${growth.toFixed(1)} times`);
  }
});
