import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { der, flagBits, integer, objectIdentifier, readDer, time } from './der.ts';
import { addressBytes, rangeBytes } from './names.ts';

describe('der', () => {
  const cases: readonly [string, Buffer, string][] = [
    ['a short length', der(0x04, Buffer.alloc(127)).subarray(0, 2), '047f'],
    ['a length of one digit', der(0x04, Buffer.alloc(128)).subarray(0, 3), '048180'],
    ['a length of two digits', der(0x04, Buffer.alloc(256)).subarray(0, 4), '04820100'],
    ['zero', integer(Buffer.of(0)), '020100'],
    ['zeros in front are left out', integer(Buffer.of(0, 0, 5)), '020105'],
    ['a high bit gets a zero in front', integer(Buffer.of(0x80)), '02020080'],
    ['an identifier', objectIdentifier('1.2.840.10045.4.3.2'), '06082a8648ce3d040302'],
    ['flags', flagBits(0x06), '03020106'],
    ['one flag', flagBits(0x80), '03020780'],
    ['a time', time(Date.UTC(2049, 11, 31, 23, 59, 59)), `170d${hex('491231235959Z')}`],
    ['a late time', time(Date.UTC(2050, 0, 1)), `180f${hex('20500101000000Z')}`],
    ['an address', addressBytes('127.0.0.1'), '7f000001'],
    ['an IPv6 address', addressBytes('fe80::1%lo'), `fe80${'0'.repeat(27)}1`],
    ['an unspecified address', addressBytes('::'), '0'.repeat(32)],
    ['a mapped address', addressBytes('::ffff:1.2.3.4'), `${'0'.repeat(20)}ffff01020304`],
    ['a range', rangeBytes('172.16.0.0/12'), 'ac100000fff00000'],
    ['an IPv6 range', rangeBytes('fc00::/7'), `fc${'0'.repeat(30)}fe${'0'.repeat(30)}`],
  ];
  for (const [name, bytes, expected] of cases) {
    test(name, () => assert.equal(bytes.toString('hex'), expected));
  }

  test('readDer reads what der writes, and refuses what is cut off', () => {
    const bytes = Buffer.concat([der(0x04, Buffer.alloc(300)), der(0x05)]);
    assert.deepEqual(
      readDer(bytes).map(({ tag, content }) => [tag, content.length]),
      [
        [0x04, 300],
        [0x05, 0],
      ],
    );
    assert.throws(() => readDer(bytes.subarray(0, 200)), RangeError);
  });
});

function hex(text: string): string {
  return Buffer.from(text).toString('hex');
}
