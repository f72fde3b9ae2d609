import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertBucketName } from './bucket-name.ts';

const good = [
  'abc',
  '123',
  'a-b',
  'a.b.c',
  'a--b',
  'my-bucket-1',
  'a'.repeat(63),
  '1.2.3',
  '1.2.3.4.5',
  '256.1.1.1',
];
const bad = [
  '',
  'ab',
  'a'.repeat(64),
  'Abc',
  'a_b',
  '-ab',
  'ab-',
  '.ab',
  'ab.',
  'a..b',
  'a.-b',
  'a-.b',
  'a b',
  'a/b',
  'ünd',
  'abc\n',
  '192.168.5.4',
  '1.1.1.1',
  'xn--abc',
  'sthree-abc',
  'amzn-s3-demo-bucket',
  'abc-s3alias',
  'abc--ol-s3',
  'abc.mrap',
  'abc--x-s3',
  'abc--table-s3',
];

test('assertBucketName takes the names that AWS takes', () => {
  for (const name of good) assert.doesNotThrow(() => assertBucketName(name), name);
});

test('assertBucketName refuses the names that AWS refuses', () => {
  for (const name of bad) {
    assert.throws(
      () => assertBucketName(name),
      { name: 'S3Error', code: 'InvalidBucketName' },
      name,
    );
  }
});
