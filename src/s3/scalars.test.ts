import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { copySource, etag, objectKey, tagQuery } from './api/scalars.ts';

const sources: readonly (readonly [
  text: string,
  expected: readonly [bucket: string, key: string, versionId?: string] | undefined,
])[] = [
  ['b/k', ['b', 'k']],
  ['/b/k', ['b', 'k']],
  ['b/k/', ['b', 'k/']],
  ['b%2Fk', ['b', 'k']],
  ['%2Fb%2Fa%20k', ['b', 'a k']],
  ['b/a%2520k', ['b', 'a%20k']],
  ['b/a+k', ['b', 'a+k']],
  ['b/../c/k', ['b', '../c/k']],
  ['b//k', ['b', '/k']],
  ['b/k?versionId=1', ['b', 'k', '1']],
  ['b/k?versionId=a?versionId=2', ['b', 'k?versionId=a', '2']],
  ['b/k%3FversionId=1', ['b', 'k?versionId=1']],
  ['b/k?x=1', ['b', 'k?x=1']],
  [Buffer.from('b/ü').toString('latin1'), ['b', 'ü']],
  ['b/%C3%BC', ['b', 'ü']],
  ['', undefined],
  ['/', undefined],
  ['b', undefined],
  ['/b', undefined],
  ['b/', undefined],
  ['/b/', undefined],
  ['//k', undefined],
  ['b/k?versionId=', undefined],
  ['b/%', undefined],
  ['b/%FF', undefined],
];

for (const [text, expected] of sources) {
  test(`copySource: ${JSON.stringify(text)}`, () => {
    const parsed = copySource.parse(text);
    const [bucket, key, versionId] = expected ?? [];
    assert.deepEqual(parsed, expected === undefined ? undefined : { bucket, key, versionId });
  });
}

/** Those that some step of encoding could take for its own. */
const anyCharacter = fc.constantFrom(...'aZ0/%+?#&=. "\'()*!~:;,@\0\n\x7fü日😀\u{10FFFF}\uFEFF');

test('copySource: what is written is read, whatever the key', () => {
  const source = fc.record(
    {
      bucket: fc.stringMatching(/^[a-z]{3,8}$/),
      key: fc.string({ unit: anyCharacter, minLength: 1 }),
      versionId: fc.option(fc.stringMatching(/^[A-Za-z0-9._]{1,32}$/), { nil: undefined }),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(source, (value) => {
      assert.deepEqual(copySource.parse(copySource.format(value)), value);
    }),
  );
});

const tagTexts: readonly (readonly [
  text: string,
  expected: readonly (readonly [string, string])[] | undefined,
])[] = [
  ['', []],
  ['a=b', [['a', 'b']]],
  ['a', [['a', '']]],
  ['a=', [['a', '']]],
  ['a=b=c', [['a', 'b=c']]],
  [
    'a=b&&c=d&',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  ['a+b=c%2Bd%26', [['a b', 'c+d&']]],
  ['=x', [['', 'x']]],
  ['%C3%BC=%F0%9F%98%80', [['ü', '😀']]],
  ['a=%', undefined],
  ['%FF=a', undefined],
];

for (const [text, expected] of tagTexts) {
  test(`tagQuery: ${JSON.stringify(text)}`, () => {
    const tags = expected?.map(([key, value]) => ({ key, value }));
    assert.deepEqual(tagQuery.parse(text), tags);
    if (tags !== undefined) assert.deepEqual(tagQuery.parse(tagQuery.format(tags)), tags);
  });
}

test('etag: quotes are taken off and put on', () => {
  for (const text of ['"a"', 'a', ' "a" ']) assert.equal(etag.parse(text), 'a');
  assert.equal(etag.format('a'), '"a"');
  assert.equal(etag.parse('"'), '"');
});

test('objectKey: as long as 1,024 bytes of UTF-8', () => {
  const violations = (key: string) => objectKey.violations?.(key) ?? [];
  assert.deepEqual(violations('k'.repeat(1024)), []);
  assert.deepEqual(violations('ü'.repeat(512)), []);
  assert.equal(violations('k'.repeat(1025)).length, 1);
  assert.equal(violations('ü'.repeat(513)).length, 1);
});
