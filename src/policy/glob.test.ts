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

/** Characters of text that the matcher looks at, however it looks: no clock, so no noise. */
function stepsOf(work: () => void): number {
  let steps = 0;
  const { codePointAt, indexOf, startsWith, endsWith } = String.prototype;
  const originals = { codePointAt, indexOf, startsWith, endsWith };
  const counting: typeof originals & ThisType<string> = {
    codePointAt(at) {
      steps += 1;
      return codePointAt.call(this, at);
    },
    indexOf(sought, at = 0) {
      const found = indexOf.call(this, sought, at);
      steps += (found === -1 ? this.length : found + sought.length) - at;
      return found;
    },
    startsWith(sought, at) {
      steps += sought.length;
      return startsWith.call(this, sought, at);
    },
    endsWith(sought, end) {
      steps += sought.length;
      return endsWith.call(this, sought, end);
    },
  };
  // oxlint-disable-next-line no-extend-native -- Only while the work runs, to count what it does.
  Object.assign(String.prototype, counting);
  try {
    work();
  } finally {
    // oxlint-disable-next-line no-extend-native -- As they were.
    Object.assign(String.prototype, originals);
  }
  return steps;
}

test('matchGlob: every character is looked at once, whatever the pattern', () => {
  const hostile = [
    `${'*a'.repeat(30)}*b`,
    `${'*a'.repeat(30)}*b*`,
    `${'*a?'.repeat(30)}*b*`,
    `*${'a'.repeat(2000)}b*`,
    `*${'a'.repeat(1000)}?${'a'.repeat(1000)}b*`,
    `*${'?'.repeat(2000)}b*`,
    `*${'?a'.repeat(500)}b*c*`,
    `*${'ab'.repeat(15)}c*`,
  ];
  for (const pattern of hostile) {
    const glob = compileGlob(toCodes(pattern));
    for (const text of ['a'.repeat(4_000), 'a'.repeat(40_000)]) {
      const steps = stepsOf(() => assert.equal(matchGlob(glob, text), false));
      const stepsMax = text.length + pattern.length;
      assert(steps <= stepsMax, `${pattern.slice(0, 20)}… took ${steps} steps`);
      // All but the first, which its tail decides, must look at the whole text.
      assert(pattern.endsWith('b') || steps >= text.length, `only ${steps} steps were counted`);
    }
  }
});
