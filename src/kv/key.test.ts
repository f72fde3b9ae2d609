import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { hex, utf8 } from '../base/bytes.ts';
import { afterPrefix, decodeKey, encodeKey, keysUnder, textPrefixKey } from './key.ts';
import type { KeyPart } from './key.ts';

const numberPart = fc.oneof(fc.maxSafeNat(), fc.nat(300), fc.constant(Number.MAX_SAFE_INTEGER));
const textPart = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.string({ unit: fc.constantFrom('\0', '\u0001', 'a', 'é', '\u{ffff}', '\u{10000}') }),
  fc.string({ minLength: 40, maxLength: 60 }),
);
const tuple = fc.tuple(textPart, numberPart, textPart);

/** Order of tuples, written plainly. */
function compareTuples(a: readonly KeyPart[], b: readonly KeyPart[]): number {
  for (const [index, part] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    const order =
      typeof part === 'string' && typeof other === 'string'
        ? Buffer.compare(utf8(part), utf8(other))
        : Number(part) - Number(other);
    if (order !== 0) return Math.sign(order);
  }
  return a.length === b.length ? 0 : -1;
}

describe('encodeKey', () => {
  const cases: [parts: KeyPart[], expected: string][] = [
    [[], '02'],
    [['a', 5], '02 6100 01 02 0000000000000005'],
    [[''], '02 0001'],
    [['a\0b'], '02 6100ff62 0001'],
    [['é\0'], '02 c3a900ff 0001'],
    [['\u{feff}a'], '02 efbbbf61 0001'],
    [[2 ** 53 - 1], '02 02 001fffffffffffff'],
    [['a'.repeat(49)], `02 ${'61'.repeat(49)} 0001`],
  ];
  for (const [parts, expected] of cases) {
    it(`encodes ${JSON.stringify(parts)}, and decodeKey gives it back`, () => {
      const key = encodeKey(2, ...parts);
      assert.equal(hex(key), expected.replaceAll(' ', ''));
      const shape = parts.map((part) => (typeof part === 'string' ? 'text' : 'number'));
      assert.deepEqual(decodeKey(key, shape), parts);
    });
  }

  it('refuses numbers that are not whole, negative or not exact', () => {
    for (const value of [-1, 0.5, Number.NaN, 2 ** 53]) {
      assert.throws(() => encodeKey(2, value), { name: 'AssertionError' });
    }
  });

  it('takes keys longer than its working space, and keys stay what they were', () => {
    const first = encodeKey(2, 'first');
    const long = '\0é'.repeat(10_000);
    assert.deepEqual(decodeKey(encodeKey(2, long), ['text']), [long]);
    assert.deepEqual(decodeKey(first, ['text']), ['first']);
  });

  it('orders bytes as tuples, and round-trips, for any tuples', () => {
    fc.assert(
      fc.property(tuple, tuple, fc.nat(3), fc.nat(3), (a, b, aLength, bLength) => {
        const [x, y] = [a.slice(0, aLength), b.slice(0, bLength)];
        const order = Math.sign(Buffer.compare(encodeKey(7, ...x), encodeKey(7, ...y)));
        assert.equal(order, compareTuples(x, y));
        assert.deepEqual(decodeKey(encodeKey(7, ...a), ['text', 'number', 'text']), a);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('decodeKey', () => {
  it('throws on keys of another shape, and never runs on', () => {
    const cut = encodeKey(2, 'abc').subarray(0, 4);
    assert.throws(() => decodeKey(cut, ['text']), { name: 'AssertionError' });
    assert.throws(() => decodeKey(cut.subarray(0, 1), ['number']), RangeError);
  });
});

describe('afterPrefix', () => {
  const cases = [
    ['61', '62'],
    ['61ff', '62'],
    ['00ffff', '01'],
    ['ff', ''],
  ] as const;
  for (const [prefix, expected] of cases) {
    it(`of ${prefix} is ${expected || 'empty'}`, () => {
      assert.equal(hex(afterPrefix(Buffer.from(prefix, 'hex'))), expected);
    });
  }
});

describe('keysUnder, textPrefixKey', () => {
  it('hold exactly the tuples that begin so, for any tuples', () => {
    fc.assert(
      fc.property(tuple, tuple, fc.nat(3), (a, b, length) => {
        const { from, to } = keysUnder(7, ...a.slice(0, length));
        const key = encodeKey(7, ...b);
        const isInside = Buffer.compare(key, from) >= 0 && Buffer.compare(key, to) < 0;
        assert.equal(isInside, compareTuples(a.slice(0, length), b.slice(0, length)) === 0);

        const prefix = b[0].slice(0, length);
        if (!prefix.isWellFormed()) return;
        const start = textPrefixKey(7, [], prefix);
        const other = encodeKey(7, ...a);
        const hasPrefix =
          Buffer.compare(other, start) >= 0 && Buffer.compare(other, afterPrefix(start)) < 0;
        assert.equal(hasPrefix, a[0].startsWith(prefix));
      }),
      { numRuns: 2_000 },
    );
  });
});
