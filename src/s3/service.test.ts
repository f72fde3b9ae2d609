import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf } from '../base/http.ts';
import { NOT_SERVED } from './api/not-served.ts';
import { must, openCast } from './testing/cast.suite.ts';
import { elements, MAIN, OTHER } from './testing/house.suite.ts';

const objectRules = { 'x-amz-acl': 'public-read', 'x-amz-tagging': 'a=b' };

test('who writes by the bucket ACL alone says the ACL and tags of what is new, of nothing else', async () => {
  const { house, root } = await openCast();
  const headers = { 'x-amz-acl': 'public-read-write' };
  await must(house.call('PUT', '/photos?acl', { as: root, headers }));
  await must(house.call('PUT', '/photos/new', { headers: objectRules, body: 'x' }));
  await must(house.call('PUT', '/photos/a.txt', { headers: objectRules, body: 'x' }));
  await must(house.call('PUT', '/photos/own', { as: root, body: 'x' }));
  for (const target of ['/photos/own?acl', '/photos?acl']) {
    const answer = await house.call('PUT', target, { headers: { 'x-amz-acl': 'public-read' } });
    assert.deepEqual([answer.status, answer.code], [403, 'AccessDenied'], target);
  }
});

/** Whether headers are sent beside the signature of a presigned put, or changed under it. */
const ADDED: readonly (readonly [name: string, value: string])[] = [
  ['x-amz-acl', 'public-read'],
  ['x-amz-copy-source', '/photos/a.txt'],
  ['x-amz-grant-read', 'uri=http://acs.amazonaws.com/groups/global/AllUsers'],
  ['x-amz-grant-full-control', `id=${OTHER}`],
  ['x-amz-tagging', 'a=b'],
  ['x-amz-storage-class', 'GLACIER'],
  ['x-amz-meta-a', 'b'],
  ['x-amz-website-redirect-location', 'http://example.com/'],
  ['x-amz-object-lock-mode', 'COMPLIANCE'],
  ['x-amz-server-side-encryption', 'aws:kms'],
  ['x-amz-expected-bucket-owner', MAIN],
];

for (const [name, value] of ADDED) {
  test(`a presigned PUT refuses ${name} that was not signed, as header and as parameter`, async () => {
    const { house, root } = await openCast();
    for (const sign of ['query', 'v2-query'] as const) {
      const given = { as: root, sign, body: 'x' };
      const asHeader = await house.call('PUT', '/photos/presigned', {
        ...given,
        unsigned: { [name]: value },
      });
      assert.equal(asHeader.status, 403, `${sign}: ${asHeader.text}`);
      const asParameter = await house.call('PUT', '/photos/presigned', {
        ...given,
        append: `&${name}=${encodeURIComponent(value)}`,
      });
      assert.equal(asParameter.status, 403, `${sign}: ${asParameter.text}`);
      assert.equal((await house.call('GET', '/photos/presigned', { as: root })).status, 404);
    }
  });
}

test('a presigned PUT takes headers and parameters that were signed', async () => {
  const { house, root } = await openCast();
  for (const sign of ['query', 'v2-query'] as const) {
    await must(
      house.call('PUT', '/photos/h', {
        as: root,
        sign,
        body: 'x',
        headers: { 'x-amz-meta-a': 'b' },
      }),
    );
    await must(house.call('PUT', '/photos/p?x-amz-meta-a=b', { as: root, sign, body: 'x' }));
    for (const key of ['h', 'p']) {
      const head = await house.call('HEAD', `/photos/${key}`, { as: root });
      assert.equal(head.headers.get('x-amz-meta-a'), 'b', `${sign} ${key}`);
      await must(house.call('DELETE', `/photos/${key}`, { as: root }));
    }
  }
});

test('headers in the query of an unsigned request are none', async () => {
  const { house, root } = await openCast();
  await must(
    house.call('PUT', '/photos?acl', { as: root, headers: { 'x-amz-acl': 'public-read-write' } }),
  );
  await must(house.call('PUT', '/photos/x?x-amz-acl=public-read&x-amz-meta-a=b', { body: 'x' }));
  const head = await house.call('HEAD', '/photos/x', { as: root });
  assert.equal(head.headers.get('x-amz-meta-a'), undefined);
  assert.equal((await house.call('GET', '/photos/x')).status, 403);
});

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'];

test('words of sub-resources that are not served are refused, and change nothing', async () => {
  const { house, root } = await openCast();
  await must(house.call('PUT', '/empty-one', { as: root }));
  for (const word of NOT_SERVED) {
    for (const method of METHODS) {
      for (const path of ['/empty-one', '/photos', '/photos/a.txt', '/photos/other']) {
        for (const query of [
          word,
          `${word}=`,
          `${word}=x`,
          `list-type=2&${word}`,
          `x-id=A&${word}`,
        ]) {
          const answer = await house.call(method, `${path}?${query}`, { as: root, body: '' });
          const where = `${method} ${path}?${query}`;
          assert.equal(answer.status, 501, where);
          if (method !== 'HEAD') assert.equal(answer.code, 'NotImplemented', where);
        }
      }
    }
  }
  assert.equal((await house.call('HEAD', '/empty-one', { as: root })).status, 200);
  const list = await must(house.call('GET', '/photos', { as: root }));
  assert.deepEqual(elements(list.text, 'Key'), ['a.txt']);
  assert.equal((await house.call('GET', '/photos/a.txt', { as: root })).text, 'hello');
});

test('a method that a sub-resource does not have is refused, and changes nothing', async () => {
  const { house, root } = await openCast();
  await must(house.call('PUT', '/empty-one', { as: root }));
  for (const target of [
    '/empty-one?acl',
    '/empty-one?location',
    '/empty-one?policyStatus',
    '/empty-one?uploads',
    '/photos/a.txt?acl',
    '/photos/a.txt?attributes',
  ]) {
    const answer = await house.call('DELETE', target, { as: root });
    assert.deepEqual([answer.status, answer.code], [405, 'MethodNotAllowed'], target);
  }
  assert.equal((await house.call('HEAD', '/empty-one', { as: root })).status, 200);
  assert.equal((await house.call('GET', '/photos/a.txt', { as: root })).text, 'hello');
});

test('a failure below is an InternalError that tells nothing, and is logged', async () => {
  const { house, root } = await openCast();
  const broken = bodyOf(Buffer.from('x'));
  const body = {
    length: 5,
    async *[Symbol.asyncIterator]() {
      yield* broken;
      throw new Error('secret detail');
    },
  };
  const answer = await house.call('PUT', '/photos/broken', { as: root, body });
  assert.deepEqual([answer.status, answer.code], [500, 'InternalError']);
  assert.doesNotMatch(answer.text, /secret/);
  assert.match(String(house.logged[0]?.fields?.['error']), /secret detail/);
  assert.equal((await house.call('GET', '/photos/broken', { as: root })).status, 404);
});
