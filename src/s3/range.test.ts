import assert from 'node:assert/strict';
import { test } from 'node:test';
import { S3Error } from './errors.ts';
import { parseCopyRange, parseRange } from './range.ts';

/** Start and end of ten bytes (of another size where a third number says so), or why not. */
const ranges: readonly (readonly [
  header: string | undefined,
  expected: readonly [number, number] | undefined | 'InvalidRange',
  size?: number,
])[] = [
  [undefined, undefined],
  ['', undefined],
  ['bytes=0-0', [0, 1]],
  ['bytes=0-9', [0, 10]],
  ['bytes=0-10', [0, 10]],
  ['bytes=0-999999999999999', [0, 10]],
  ['bytes=9-9', [9, 10]],
  ['bytes=3-', [3, 10]],
  ['bytes=-3', [7, 10]],
  ['bytes=-10', [0, 10]],
  ['bytes=-11', [0, 10]],
  [' bytes=1-2 ', [1, 3]],
  ['bytes=10-', 'InvalidRange'],
  ['bytes=10-20', 'InvalidRange'],
  ['bytes=-0', 'InvalidRange'],
  ['bytes=0-', 'InvalidRange', 0],
  ['bytes=0-0', 'InvalidRange', 0],
  ['bytes=-1', 'InvalidRange', 0],
  ['bytes=5-4', undefined],
  ['bytes=20-10', undefined],
  ['bytes=-', undefined],
  ['bytes=', undefined],
  ['bytes=0-1,3-4', undefined],
  ['bytes=a-b', undefined],
  ['bytes=1.5-3', undefined],
  ['bytes=0--1', undefined],
  ['bytes 0-1', undefined],
  ['octets=0-1', undefined],
  ['BYTES=0-1', undefined],
  ['bytes=9999999999999999-', undefined],
];

for (const [header, expected, size = 10] of ranges) {
  test(`parseRange: ${JSON.stringify(header)} of ${size} bytes`, () => {
    if (expected !== 'InvalidRange') {
      const [start, end] = expected ?? [];
      const range = start === undefined ? undefined : { start, end };
      assert.deepEqual(parseRange(header, size), range);
      return;
    }
    assert.throws(
      () => parseRange(header, size),
      (error) => {
        assert.ok(error instanceof S3Error);
        assert.deepEqual([error.code, error.status], ['InvalidRange', 416]);
        assert.deepEqual(error.headers, ['Content-Range', `bytes */${size}`]);
        return true;
      },
    );
  });
}

const copyRanges: readonly (readonly [
  header: string | undefined,
  readonly [number, number] | undefined,
])[] = [
  [undefined, [0, 10]],
  ['bytes=0-9', [0, 10]],
  ['bytes=2-2', [2, 3]],
  ['bytes=0-10', undefined],
  ['bytes=10-10', undefined],
  ['bytes=5-4', undefined],
  ['bytes=5-', undefined],
  ['bytes=-5', undefined],
  ['0-4', undefined],
  ['bytes=0-1,3-4', undefined],
  ['', undefined],
];

for (const [header, expected] of copyRanges) {
  test(`parseCopyRange: ${JSON.stringify(header)} of 10 bytes`, () => {
    if (expected !== undefined) {
      assert.deepEqual(parseCopyRange(header, 10), { start: expected[0], end: expected[1] });
      return;
    }
    assert.throws(
      () => parseCopyRange(header, 10),
      (error) => error instanceof S3Error && error.code === 'InvalidArgument',
    );
  });
}
