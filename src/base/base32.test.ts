import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { base32 } from './base32.ts';
import { utf8 } from './bytes.ts';

test('the vectors of RFC 4648, section 10, without their padding', () => {
  const vectors = ['', 'MY', 'MZXQ', 'MZXW6', 'MZXW6YQ', 'MZXW6YTB', 'MZXW6YTBOI'];
  assert.deepEqual(
    vectors.map((_, length) => base32(utf8('foobar'.slice(0, length)))),
    vectors,
  );
});

test('every five bits become one symbol, in order', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
      const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
      const symbols = [...(bits.match(/.{1,5}/g) ?? [])].map((five) =>
        'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.charAt(parseInt(five.padEnd(5, '0'), 2)),
      );
      assert.equal(base32(bytes), symbols.join(''));
    }),
  );
});
