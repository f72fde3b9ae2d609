import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUCKET_TAGS_MAX, checkedTags, OBJECT_TAGS_MAX, tagSetOf, tagsOfXml } from './tags.ts';

const tags = (...pairs: readonly (readonly [string, string])[]) =>
  pairs.map(([key, value]) => ({ key, value }));
const many = (count: number) =>
  tags(...Array.from({ length: count }, (_, at) => [`k${at}`, ''] as const));

const checks: readonly (readonly [name: string, ReturnType<typeof tags>, code?: string])[] = [
  ['no tag', []],
  ['an empty value', tags(['a', ''])],
  ['every kind of character', tags(['aZ0 _.:/=+-@ключ日', 'aZ0 _.:/=+-@ключ日'])],
  ['ten', many(10)],
  ['the longest', tags(['k'.repeat(128), 'v'.repeat(256)])],
  ['keys that differ in case', tags(['a', '1'], ['A', '1'])],
  ['eleven', many(11), 'BadRequest'],
  ['an empty key', tags(['', 'x']), 'InvalidTag'],
  ['too long a key', tags(['k'.repeat(129), '']), 'InvalidTag'],
  ['too long a value', tags(['k', 'v'.repeat(257)]), 'InvalidTag'],
  ['a forbidden character in a key', tags(['a&b', '']), 'InvalidTag'],
  ['a forbidden character in a value', tags(['a', '<b>']), 'InvalidTag'],
  ['a line break', tags(['a\nb', '']), 'InvalidTag'],
  ['a tag of AWS', tags(['aws:x', '']), 'InvalidTag'],
  ['a tag of AWS in capitals', tags(['AWS:x', '']), 'InvalidTag'],
  ['a key twice', tags(['a', '1'], ['a', '2']), 'InvalidTag'],
];

for (const [name, given, code] of checks) {
  test(`checkedTags: ${name} ${code === undefined ? 'passes' : `is ${code}`}`, () => {
    if (code === undefined) assert.equal(checkedTags(given, OBJECT_TAGS_MAX), given);
    else assert.throws(() => checkedTags(given, OBJECT_TAGS_MAX), { code });
  });
}

test('checkedTags: a bucket has more tags', () => {
  assert.equal(checkedTags(many(50), BUCKET_TAGS_MAX).length, 50);
  assert.throws(() => checkedTags(many(51), BUCKET_TAGS_MAX), { code: 'BadRequest' });
});

test('tagsOfXml refuses a document without the set, or a tag without its parts', () => {
  assert.deepEqual(tagsOfXml([{ Key: 'a', Value: 'b' }], 10), tags(['a', 'b']));
  for (const set of [undefined, [{ Key: 'a' }], [{ Value: 'a' }]]) {
    assert.throws(() => tagsOfXml(set, 10), { code: 'MalformedXML' });
  }
});

test('tagSetOf sorts by bytes', () => {
  const set = tagSetOf(tags(['😀', '1'], ['\uFF5E', '2'], ['b', '3'], ['a', '4']));
  assert.deepEqual(
    set.map(({ Key }) => Key),
    ['a', 'b', '\uFF5E', '😀'],
  );
});
