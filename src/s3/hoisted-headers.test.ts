import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Headers } from '../base/http.ts';
import { withHoistedHeaders } from './hoisted-headers.ts';

const V2 = { AWSAccessKeyId: 'AKIA', Signature: 'x' };
const V4 = { 'X-Amz-Signature': 'x' };

test('withHoistedHeaders takes from the query only what the signature of the URL covers', () => {
  const cases: [string, Record<string, string>, string | undefined][] = [
    ['V2 signs the lower-case name', { ...V2, 'x-amz-acl': 'public-read' }, 'public-read'],
    ['V2 signs no other spelling', { ...V2, 'X-Amz-Acl': 'public-read' }, undefined],
    ['V4 signs every parameter', { ...V4, 'X-Amz-Acl': 'public-read' }, 'public-read'],
    ['nothing signs an anonymous one', { 'x-amz-acl': 'public-read' }, undefined],
  ];
  for (const [name, query, expected] of cases) {
    const headers = withHoistedHeaders(new Headers([]), new Map(Object.entries(query)));
    assert.equal(headers.get('x-amz-acl'), expected, name);
  }
});

test('withHoistedHeaders lets a header that was sent go before a parameter of its name', () => {
  const sent = new Headers(['x-amz-acl', 'private']);
  const query = new Map(Object.entries({ ...V4, 'x-amz-acl': 'public-read' }));
  assert.equal(withHoistedHeaders(sent, query).get('x-amz-acl'), 'private');
});
