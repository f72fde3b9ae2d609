import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as fc from 'fast-check';
import { openTestStore, put, type TestStore } from './testing/fixtures.ts';

interface Request {
  readonly prefix: string;
  readonly delimiter: string;
  readonly after: string;
  readonly limit: number;
}

const EVERYTHING: Request = { prefix: '', delimiter: '', after: '', limit: 1000 };

/** S3's listing in its plainest form: everything, sorted by UTF-8 bytes, rolled up, cut. */
function naivePage(keys: readonly string[], { prefix, delimiter, after, limit }: Request) {
  const bytes = (text: string) => Buffer.from(text);
  const items = new Set<string>();
  for (const key of keys) {
    if (!key.startsWith(prefix)) continue;
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    items.add(at === -1 ? `k${key}` : `p${key.slice(0, at + delimiter.length)}`);
  }
  const sorted = [...items]
    .toSorted((a, b) => Buffer.compare(bytes(a.slice(1)), bytes(b.slice(1))))
    .filter((item) => Buffer.compare(bytes(item.slice(1)), bytes(after)) > 0);
  const page = sorted.slice(0, limit);
  return {
    objects: page.filter((item) => item.startsWith('k')).map((item) => item.slice(1)),
    commonPrefixes: page.filter((item) => item.startsWith('p')).map((item) => item.slice(1)),
    truncated: limit > 0 && sorted.length > limit,
    last: page.at(-1)?.slice(1),
  };
}

async function realPage({ store, bucket }: TestStore, request: Request) {
  const { objects, ...page } = await store.list(bucket, request);
  return { objects: objects.map(({ key }) => key), ...page };
}

const TABLE: readonly { keys: readonly string[]; request: Partial<Request>; page: string }[] = [
  { keys: [], request: {}, page: '' },
  { keys: ['b', 'a', 'c'], request: {}, page: 'a b c' },
  { keys: ['a', 'b', 'c'], request: { limit: 2 }, page: 'a b …' },
  { keys: ['a', 'b', 'c'], request: { limit: 0 }, page: '' },
  { keys: ['a', 'b', 'c'], request: { after: 'a' }, page: 'b c' },
  { keys: ['a', 'b', 'c'], request: { after: 'aa' }, page: 'b c' },
  { keys: ['a/1', 'a/2', 'b'], request: { delimiter: '/' }, page: 'b | a/' },
  { keys: ['a/1', 'a/2', 'b'], request: { delimiter: '/', after: 'a/' }, page: 'b' },
  { keys: ['a/1', 'a/2', 'b'], request: { delimiter: '/', after: 'a/1' }, page: 'b' },
  { keys: ['a/1', 'a/2', 'b'], request: { delimiter: '/', limit: 1 }, page: ' | a/ …' },
  { keys: ['a/1', 'a/2'], request: { delimiter: '/', limit: 1 }, page: ' | a/' },
  { keys: ['a/1', 'a/b/2'], request: { prefix: 'a/', delimiter: '/' }, page: 'a/1 | a/b/' },
  { keys: ['a/1', 'ab', 'b'], request: { prefix: 'a' }, page: 'a/1 ab' },
  { keys: ['a--b', 'a-b', 'a--c'], request: { delimiter: '--' }, page: 'a-b | a--' },
  { keys: ['a--b', 'a---b'], request: { prefix: 'a-', delimiter: '--' }, page: 'a--b | a---' },
  { keys: ['/', '//', 'a'], request: { delimiter: '/' }, page: 'a | /' },
  { keys: ['\u{ff21}', '\u{1f600}'], request: {}, page: '\u{ff21} \u{1f600}' },
  { keys: ['a\0b', 'a', 'a\u0001'], request: { prefix: 'a' }, page: 'a a\0b a\u0001' },
];

it('list: pages by the table', async () => {
  for (const { keys, request, page } of TABLE) {
    await using test = await openTestStore();
    for (const key of keys) await put(test, key, key);
    const real = await realPage(test, { ...EVERYTHING, ...request });
    const prefixes = real.commonPrefixes.length > 0 ? ` | ${real.commonPrefixes.join(' ')}` : '';
    const text = real.objects.join(' ') + prefixes + (real.truncated ? ' …' : '');
    assert.equal(text, page, JSON.stringify({ keys, request }));
  }
});

const PIECES = ['a', 'b', '/', '//', '-', '\0', 'é', '\u{ffff}', '\u{10000}', 'zz'];
const text = (lengthMax: number) =>
  fc.array(fc.constantFrom(...PIECES), { maxLength: lengthMax }).map((pieces) => pieces.join(''));

it('list: any page, and all pages together, are those of a naive listing', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(
        text(6).filter((key) => key !== ''),
        { maxLength: 60 },
      ),
      fc.record({
        prefix: fc.oneof(fc.constant(''), text(2)),
        delimiter: fc.constantFrom('', '/', '/', '//', 'a', 'é', '\u{10000}', '-a'),
        after: fc.oneof(fc.constant(''), text(4)),
        limit: fc.integer({ min: 0, max: 12 }),
      }),
      async (keys, request) => {
        await using test = await openTestStore();
        for (const key of keys) await put(test, key, '');
        let after = request.after;
        for (let pages = 0; pages <= keys.length; pages += 1) {
          const page = await realPage(test, { ...request, after });
          assert.deepEqual(page, naivePage(keys, { ...request, after }));
          if (!page.truncated) return;
          after = page.last ?? '';
        }
        assert.fail('The pages did not end');
      },
    ),
    { numRuns: 400 },
  );
});

it('list: many keys under many prefixes, through all batch sizes', async () => {
  await using test = await openTestStore();
  const keys: string[] = [];
  for (let folder = 0; folder < 40; folder += 1) {
    for (let file = 0; file < 50; file += 1)
      keys.push(`${folder % 2 ? 'd' : 'f-'}${folder}/${file}`);
    keys.push(`plain${folder}`);
  }
  for (const key of keys) await put(test, key, '');
  for (const delimiter of ['', '/']) {
    for (const limit of [1, 7, 33, 1000, 5000]) {
      const request = { ...EVERYTHING, delimiter, limit };
      assert.deepEqual(await realPage(test, request), naivePage(keys, request));
    }
  }
});

it('list: objects are told with size, ETag, time and class', async () => {
  await using test = await openTestStore();
  const { etag, size, lastModifiedMs, owner, storageClass } = await put(test, 'k', 'abc');
  const { objects } = await test.store.list(test.bucket, EVERYTHING);
  assert.deepEqual(objects, [
    {
      key: 'k',
      versionId: 'null',
      etag,
      size,
      lastModifiedMs,
      owner,
      storageClass,
      checksum: undefined,
    },
  ]);
});
