import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObjectVersion } from '../objects/model.ts';
import {
  assertCopyable,
  assertReadable,
  bareEtag,
  writeConditions,
  type ReadConditions,
} from './conditions.ts';

const MODIFIED_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const version = { etag: 'abc', lastModifiedMs: MODIFIED_MS } as ObjectVersion;
const at = (seconds: number) => new Date(Math.floor(MODIFIED_MS / 1000) * 1000 + seconds * 1000);

/** Failed condition, if any; read, all but the first two are 412. */
const cases: readonly (readonly [ReadConditions, string?])[] = [
  [{}],
  [{ IfMatch: 'abc' }],
  [{ IfMatch: '"abc"' }],
  [{ IfMatch: 'W/"abc"' }],
  [{ IfMatch: '*' }],
  [{ IfMatch: '"x", "abc"' }],
  [{ IfMatch: '"ABC"' }, 'If-Match'],
  [{ IfMatch: '"x","y"' }, 'If-Match'],
  [{ IfMatch: '' }, 'If-Match'],
  [{ IfNoneMatch: '"abc"' }, 'If-None-Match'],
  [{ IfNoneMatch: '*' }, 'If-None-Match'],
  [{ IfNoneMatch: '"x", abc' }, 'If-None-Match'],
  [{ IfNoneMatch: '"x"' }],
  [{ IfModifiedSince: at(-1) }],
  [{ IfModifiedSince: at(0) }, 'If-Modified-Since'],
  [{ IfModifiedSince: at(1) }, 'If-Modified-Since'],
  [{ IfUnmodifiedSince: at(-1) }, 'If-Unmodified-Since'],
  [{ IfUnmodifiedSince: at(0) }],
  [{ IfUnmodifiedSince: at(1) }],
  [{ IfMatch: 'abc', IfUnmodifiedSince: at(-1) }],
  [{ IfMatch: 'x', IfUnmodifiedSince: at(1) }, 'If-Match'],
  [{ IfNoneMatch: 'x', IfModifiedSince: at(1) }],
  [{ IfNoneMatch: 'abc', IfModifiedSince: at(-1) }, 'If-None-Match'],
  [{ IfMatch: 'x', IfNoneMatch: 'abc' }, 'If-Match'],
  [{ IfMatch: 'abc', IfNoneMatch: 'abc' }, 'If-None-Match'],
];

for (const [conditions, failed] of cases) {
  test(`conditions ${JSON.stringify(conditions)} ${failed ?? 'hold'}`, () => {
    if (failed === undefined) {
      assertReadable(version, conditions);
      assertCopyable(version, conditions);
      return;
    }
    const notModified = failed === 'If-None-Match' || failed === 'If-Modified-Since';
    assert.throws(() => assertReadable(version, conditions), {
      code: notModified ? 'NotModified' : 'PreconditionFailed',
      status: notModified ? 304 : 412,
      headers: notModified
        ? ['ETag', '"abc"', 'Last-Modified', 'Fri, 02 Jan 2026 03:04:05 GMT']
        : [],
    });
    assert.throws(() => assertCopyable(version, conditions), {
      code: 'PreconditionFailed',
      fields: { Condition: `x-amz-copy-source-${failed}` },
    });
  });
}

test('bareEtag leaves the tag alone', () => {
  for (const text of ['abc', '"abc"', ' "abc" ', 'W/"abc"']) assert.equal(bareEtag(text), 'abc');
});

test('writeConditions takes one of the two, and of If-None-Match only the star', () => {
  assert.deepEqual(writeConditions({ IfMatch: '"a"' }), { ifMatch: 'a', ifNoneMatch: undefined });
  assert.deepEqual(writeConditions({ IfNoneMatch: '*' }), { ifMatch: undefined, ifNoneMatch: '*' });
  for (const input of [{ IfNoneMatch: '"a"' }, { IfMatch: 'a', IfNoneMatch: '*' }]) {
    assert.throws(() => writeConditions(input), { code: 'NotImplemented' });
  }
});
