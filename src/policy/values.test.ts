import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseAddressRange, rangeContains } from './address.ts';
import { parseDate, parseNumber } from './values.ts';

test('parseDate: the forms of ISO 8601 and seconds since 1970', () => {
  const rows: readonly [text: string, expected: string | undefined][] = [
    ['2026', '2026-01-01T00:00:00.000Z'],
    ['2026-07', '2026-07-01T00:00:00.000Z'],
    ['2026-07-09', '2026-07-09T00:00:00.000Z'],
    ['2026-07-09T10:20Z', '2026-07-09T10:20:00.000Z'],
    ['2026-07-09T10:20:30Z', '2026-07-09T10:20:30.000Z'],
    ['2026-07-09t10:20:30z', '2026-07-09T10:20:30.000Z'],
    ['2026-07-09T10:20:30', '2026-07-09T10:20:30.000Z'],
    ['2026-07-09T10:20:30.25Z', '2026-07-09T10:20:30.250Z'],
    ['2026-07-09T10:20:30+05:30', '2026-07-09T04:50:30.000Z'],
    ['2026-07-09T10:20:30-0800', '2026-07-09T18:20:30.000Z'],
    ['2026-07-09T10:20:30+01', '2026-07-09T09:20:30.000Z'],
    ['0', '1970-01-01T00:00:00.000Z'],
    ['-1', '1969-12-31T23:59:59.000Z'],
    ['1782864000', '2026-07-01T00:00:00.000Z'],
    ['1782864000.5', '2026-07-01T00:00:00.500Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2026-02-29', undefined],
    ['2026-13-01', undefined],
    ['2026-07-32', undefined],
    ['2026-07-09T24:00Z', undefined],
    ['2026-07-09T10', undefined],
    ['2026-07-09T10:20:30+25:00', undefined],
    ['2026-07-09 10:20', undefined],
    ['99999999999999999999', undefined],
    ['', undefined],
    ['2026*', undefined],
  ];
  for (const [text, expected] of rows) {
    const date = parseDate(text);
    assert.equal(date === undefined ? undefined : new Date(date).toISOString(), expected, text);
  }
});

test('parseNumber: integers and decimals only', () => {
  const rows: readonly [text: string, expected: number | undefined][] = [
    ['0', 0],
    ['-1.50', -1.5],
    ['+2', 2],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', undefined],
    ['0x10', undefined],
    [' 1', undefined],
    ['', undefined],
    ['.', undefined],
    ['Infinity', undefined],
  ];
  for (const [text, expected] of rows) assert.equal(parseNumber(text), expected, text);
});

test('parseAddressRange: refuses what is no address', () => {
  const rows: readonly string[] = [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3.4/',
    '1.2.3.4/33',
    '1.2.3.4/08',
    '1.2.3.4/-1',
    '1.2.3.*',
    ':',
    ':::',
    '1::2::3',
    '12345::',
    '::g',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '::1/129',
    '1.2.3.4::',
    '::1.2.3',
    'fe80::1%eth0',
    '1:2:3:4:5:6:7::8',
  ];
  for (const text of rows) assert.equal(parseAddressRange(text), undefined, text);
});

test('parseAddressRange: reads what node reads, and an address is in its own range', () => {
  const address = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.string({ unit: fc.constantFrom('1', 'f', ':', '.'), maxLength: 16 }),
  );
  fc.assert(
    fc.property(address, fc.nat(128), (text, length) => {
      const parsed = parseAddressRange(text);
      assert.equal(parsed !== undefined, isIPv4(text) || isIPv6(text));
      if (parsed === undefined) return;
      const range = parseAddressRange(`${text}/${length}`);
      if (range !== undefined && range.version === parsed.version)
        assert(rangeContains(range, parsed));
    }),
    { numRuns: 2000 },
  );
});
