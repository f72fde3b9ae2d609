import { test } from 'node:test';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { epochSeconds, formatHttpDate, formatIsoDate, formatIsoSecond } from './index.ts';
import { parseHttpDate, parseIsoDate } from './index.ts';

const anyDate = fc.date({
  min: new Date('0000-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
});

test('formatted dates are what Date itself writes', () => {
  fc.assert(
    fc.property(anyDate, (date) => {
      assert.equal(formatIsoDate(date), date.toISOString());
      assert.equal(formatIsoSecond(date), `${date.toISOString().slice(0, -5)}Z`);
      assert.equal(formatHttpDate(date), date.toUTCString());
    }),
  );
});

test('parsing is the inverse of formatting', () => {
  fc.assert(
    fc.property(anyDate, (date) => {
      assert.deepEqual(parseIsoDate(formatIsoDate(date)), date);
      assert.deepEqual(epochSeconds.parse(epochSeconds.format(date)), date);
      const second = new Date(Math.floor(date.getTime() / 1000) * 1000);
      assert.deepEqual(parseIsoDate(formatIsoSecond(date)), second);
      assert.deepEqual(parseHttpDate(formatHttpDate(date)), second);
    }),
  );
});

const DATES: [parse: (text: string) => Date | undefined, text: string, iso: string | undefined][] =
  [
    [parseIsoDate, '2006-01-02T15:04:05Z', '2006-01-02T15:04:05.000Z'],
    [parseIsoDate, '2006-01-02T15:04:05.1Z', '2006-01-02T15:04:05.100Z'],
    [parseIsoDate, '2006-01-02T15:04:05.123456789Z', '2006-01-02T15:04:05.123Z'],
    [parseIsoDate, '2006-01-02T15:04:05+02:00', '2006-01-02T13:04:05.000Z'],
    [parseIsoDate, '2006-01-02T15:04:05.000-00:30', '2006-01-02T15:34:05.000Z'],
    [parseIsoDate, '2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    [parseIsoDate, '2023-02-29T00:00:00Z', undefined],
    [parseIsoDate, '2006-13-01T00:00:00Z', undefined],
    [parseIsoDate, '2006-00-01T00:00:00Z', undefined],
    [parseIsoDate, '2006-01-02T24:00:00Z', undefined],
    [parseIsoDate, '2006-01-02T15:60:00Z', undefined],
    [parseIsoDate, '2006-01-02T15:04:05', undefined],
    [parseIsoDate, '2006-01-02T15:04:05+24:00', undefined],
    [parseIsoDate, '2006-01-02', undefined],
    [parseIsoDate, '', undefined],
    [parseHttpDate, 'Sun, 06 Nov 1994 08:49:37 GMT', '1994-11-06T08:49:37.000Z'],
    [parseHttpDate, 'Sun, 06 Nov 1994 08:49:37 +0000', '1994-11-06T08:49:37.000Z'],
    [parseHttpDate, 'Sunday, 06-Nov-94 08:49:37 GMT', '1994-11-06T08:49:37.000Z'],
    [parseHttpDate, 'Sun Nov  6 08:49:37 1994', '1994-11-06T08:49:37.000Z'],
    [parseHttpDate, 'Sun, 31 Feb 1994 08:49:37 GMT', undefined],
    [parseHttpDate, 'Sun, 06 Nop 1994 08:49:37 GMT', undefined],
    [parseHttpDate, 'Sun, 06 Nov 1994 08:49:37 PST', undefined],
    [parseHttpDate, 'yesterday', undefined],
    [epochSeconds.parse, '1136214245', '2006-01-02T15:04:05.000Z'],
    [epochSeconds.parse, '1136214245.5', '2006-01-02T15:04:05.500Z'],
    [epochSeconds.parse, '-1', '1969-12-31T23:59:59.000Z'],
    [epochSeconds.parse, '9999999999999', undefined],
    [epochSeconds.parse, '1e3', undefined],
  ];

test('dates as texts', async (t) => {
  for (const [parse, text, iso] of DATES) {
    await t.test(text, () => assert.equal(parse(text)?.toISOString(), iso));
  }
});
