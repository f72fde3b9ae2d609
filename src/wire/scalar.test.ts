import { test } from 'node:test';
import assert from 'node:assert/strict';
import { blob, boolean, integer, long, oneOf, policyDocument, scalar, text } from './index.ts';
import type { Scalar } from './index.ts';

const CASES: [shape: Scalar<unknown>, text: string, value: unknown][] = [
  [integer, '0', 0],
  [integer, '-12', -12],
  [integer, '2147483647', 2147483647],
  [integer, '2147483648', undefined],
  [integer, '1.0', undefined],
  [integer, '1e3', undefined],
  [integer, '0x10', undefined],
  [integer, ' 1', undefined],
  [integer, '+1', undefined],
  [integer, '１', undefined],
  [integer, '', undefined],
  [long, '5497558138880', 5497558138880],
  [long, '9007199254740991', 9007199254740991],
  [long, '9007199254740993', undefined],
  [long, '9'.repeat(400), undefined],
  [boolean, 'true', true],
  [boolean, 'FALSE', false],
  [boolean, 'yes', undefined],
  [blob, 'AAE=', Buffer.from([0, 1])],
  [blob, 'AAE', undefined],
  [oneOf('a', 'b'), 'b', 'b'],
  [oneOf('a', 'b'), 'toString', undefined],
];

test('scalars parse their texts and nothing else', async (t) => {
  for (const [shape, value, expected] of CASES) {
    await t.test(`${shape.name} ${value.slice(0, 30)}`, () => {
      assert.deepEqual(shape.parse(value), expected);
    });
  }
});

test('text counts code points and reports in AWS words', () => {
  const shape = text({ min: 1, max: 2, pattern: /^[\w😀]*$/u, patternText: '[\\w]*' });
  assert.deepEqual(shape.violations?.('😀😀'), []);
  assert.deepEqual(shape.violations?.(''), ['Member must have length greater than or equal to 1']);
  assert.deepEqual(shape.violations?.('-😀😀😀'), [
    'Member must satisfy regular expression pattern: [\\w]*',
    'Member must have length less than or equal to 2',
  ]);
});

test('policyDocument is percent-encoded in the query protocol alone', () => {
  const policy = `{"a": "b*(c)!'~-._é"}`;
  assert.equal(policyDocument.format(policy), policy);
  assert.equal(
    policyDocument.formatQuery?.(policy),
    '%7B%22a%22%3A%20%22b%2A%28c%29%21%27~-._%C3%A9%22%7D',
  );
});

test('scalar takes a room its own kinds and errors', () => {
  const storageClass = scalar({
    name: 'storage class',
    parse: (value) => (value === 'STANDARD' ? value : undefined),
    format: (value) => value,
    error: 'InvalidStorageClass',
  });
  assert.equal(storageClass.error, 'InvalidStorageClass');
  assert.equal(storageClass.expected, 'Member must be a valid storage class');
});
