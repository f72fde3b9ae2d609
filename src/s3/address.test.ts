import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Headers } from '../base/http.ts';
import { addressOf } from './address.ts';
import { S3Error } from './errors.ts';

const DOMAINS = ['s3.localhost', 's3.example.com', 'example.org'];

function parse(host: string | undefined, target: string) {
  const headers = host === undefined ? new Headers([]) : Headers.of({ Host: host });
  return addressOf({ target, headers }, DOMAINS);
}

const NONE = undefined;

const addresses: readonly (readonly [
  host: string,
  target: string,
  bucket: string | undefined,
  key: string | undefined,
  virtual?: string,
])[] = [
  // Path style.
  ['s3.localhost', '/', NONE, NONE],
  ['s3.localhost', '/b', 'b', NONE],
  ['s3.localhost', '/b/', 'b', NONE],
  ['s3.localhost', '/b/k', 'b', 'k'],
  ['s3.localhost:9000', '/b/k', 'b', 'k'],
  ['S3.LocalHost', '/b/k', 'b', 'k'],
  ['localhost', '/b/k', 'b', 'k'],
  ['127.0.0.1:9000', '/b/k', 'b', 'k'],
  ['[::1]', '/b/k', 'b', 'k'],
  ['[::1]:9000', '/b/k', 'b', 'k'],
  ['example.net', '/b/k', 'b', 'k'],
  ['', '/b/k', 'b', 'k'],
  ['my-bucket.nothing.example', '/b/k', 'b', 'k'],
  // The domain itself, and what only looks like being under it.
  ['example.org', '/b/k', 'b', 'k'],
  ['notexample.org', '/b/k', 'b', 'k'],
  ['example.org.evil.net', '/b/k', 'b', 'k'],
  // Virtual host.
  ['photos.s3.localhost', '/', 'photos', NONE, 'photos'],
  ['photos.s3.localhost:9000', '/k', 'photos', 'k', 'photos'],
  ['PHOTOS.s3.localhost', '/k', 'photos', 'k', 'photos'],
  ['my.dotted.bucket.s3.localhost', '/a/b', 'my.dotted.bucket', 'a/b', 'my.dotted.bucket'],
  ['photos.s3.example.com', '/b/k', 'photos', 'b/k', 'photos'],
  ['photos.example.org', '/k', 'photos', 'k', 'photos'],
  // Every spelling of AWS.
  ['s3.amazonaws.com', '/b/k', 'b', 'k'],
  ['s3.eu-west-1.amazonaws.com', '/b/k', 'b', 'k'],
  ['s3-eu-west-1.amazonaws.com', '/b/k', 'b', 'k'],
  ['s3.dualstack.eu-west-1.amazonaws.com', '/b/k', 'b', 'k'],
  ['b.s3.amazonaws.com', '/k', 'b', 'k', 'b'],
  ['b.s3.eu-west-1.amazonaws.com', '/k', 'b', 'k', 'b'],
  ['b.s3-eu-west-1.amazonaws.com', '/k', 'b', 'k', 'b'],
  ['b.s3.dualstack.eu-west-1.amazonaws.com:443', '/k', 'b', 'k', 'b'],
  ['a.b.c.s3.us-east-1.amazonaws.com', '/k', 'a.b.c', 'k', 'a.b.c'],
  ['s3.amazonaws.com.evil.net', '/b/k', 'b', 'k'],
  ['ec2.amazonaws.com', '/b/k', 'b', 'k'],
  // Keys are decoded once and never tidied up.
  ['localhost', '/b//k', 'b', '/k'],
  ['localhost', '/b/a//k', 'b', 'a//k'],
  ['localhost', '/b/./k', 'b', './k'],
  ['localhost', '/b/../k', 'b', '../k'],
  ['localhost', '/b/a/..', 'b', 'a/..'],
  ['localhost', '/b/%2e%2e/k', 'b', '../k'],
  ['localhost', '/b/a%2Fk', 'b', 'a/k'],
  ['localhost', '/b%2Fk', 'b/k', NONE],
  ['localhost', '/b/a+k', 'b', 'a+k'],
  ['localhost', '/b/a%2Bk', 'b', 'a+k'],
  ['localhost', '/b/a%20k', 'b', 'a k'],
  ['localhost', '/b/a%2520k', 'b', 'a%20k'],
  ['localhost', '/b/%00', 'b', '\0'],
  ['localhost', '/b/%C3%BC', 'b', 'ü'],
  ['localhost', '/b/%F0%9F%98%80', 'b', '😀'],
  ['localhost', Buffer.from('/b/ü😀').toString('latin1'), 'b', 'ü😀'],
  ['localhost', Buffer.from('/b/ü%20%C3%BC').toString('latin1'), 'b', 'ü ü'],
  ['localhost', '/b/k%3Fa%23', 'b', 'k?a#'],
  ['localhost', '/b/k?x=/y', 'b', 'k'],
  ['photos.s3.localhost', '//k', 'photos', '/k', 'photos'],
  // What a client sends to a proxy.
  ['localhost', 'http://other.example/b/k?acl', 'b', 'k'],
  ['localhost', 'HTTPS://other.example', NONE, NONE],
  ['localhost', '', NONE, NONE],
  ['localhost', '//', NONE, NONE],
];

for (const [host, target, bucket, key, virtualHostBucket] of addresses) {
  test(`addressOf: ${JSON.stringify(target)} at ${JSON.stringify(host)}`, () => {
    const { query: _, ...address } = parse(host, target);
    assert.deepEqual(address, { bucket, key, virtualHostBucket });
  });
}

test('addressOf: without a host', () => {
  assert.equal(parse(undefined, '/b/k').bucket, 'b');
});

const refused: readonly (readonly [target: string, code: string])[] = [
  ['/b/%', 'InvalidURI'],
  ['/b/%z1', 'InvalidURI'],
  ['/b/%C3', 'InvalidURI'],
  ['/b/%C3%28', 'InvalidURI'],
  ['/b/%ED%A0%80', 'InvalidURI'],
  ['/b/%C0%80', 'InvalidURI'],
  ['/%zz', 'InvalidURI'],
  ['/b/\u00ff', 'InvalidURI'],
  ['/b?%zz', 'InvalidURI'],
  ['/b?a=%zz', 'InvalidURI'],
  [`/b?${'a&'.repeat(1001)}`, 'InvalidURI'],
  ['//k', 'InvalidBucketName'],
];

for (const [target, code] of refused) {
  test(`addressOf: refuses ${JSON.stringify(target.slice(0, 20))}`, () => {
    assert.throws(
      () => parse('localhost', target),
      (error) => error instanceof S3Error && error.code === code,
    );
  });
}

const queries: readonly (readonly [query: string, Readonly<Record<string, string>>])[] = [
  ['', {}],
  ['acl', { acl: '' }],
  ['acl=', { acl: '' }],
  ['a=1&b=2', { a: '1', b: '2' }],
  ['a=1&a=2', { a: '1' }],
  ['&&a=1&', { a: '1' }],
  ['prefix=a+b%2Bc', { prefix: 'a b+c' }],
  ['prefix=a/b=c?d', { prefix: 'a/b=c?d' }],
  ['%61cl', { acl: '' }],
  ['prefix=%C3%BC', { prefix: 'ü' }],
  ['=x', { '': 'x' }],
];

for (const [query, expected] of queries) {
  test(`addressOf: reads the query ${JSON.stringify(query)}`, () => {
    assert.deepEqual(Object.fromEntries(parse('localhost', `/b?${query}`).query), expected);
  });
}

/** Those that some step of encoding or routing could take for its own. */
const anyCharacter = fc.constantFrom(...'aZ0/%+?#&=. "\'()*!~:;,@\0\n\x7fü日😀\u{10FFFF}\uFEFF');

test('addressOf: any key comes out of its encoding, in both styles', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter, minLength: 1, maxLength: 30 }), (key) => {
      const path = encodeURIComponent(key).replaceAll('%2F', '/');
      assert.equal(parse('localhost', `/bucket/${path}`).key, key);
      assert.equal(parse('bucket.s3.localhost', `/${path}`).key, key);
    }),
  );
});

test('addressOf: any target ends in an address or in an S3Error', () => {
  const target = fc.string({
    unit: fc.constantFrom('/', '%', '2', 'e', '?', '&', '=', '\u00ff', 'a'),
  });
  fc.assert(
    fc.property(target, (text) => {
      try {
        parse('localhost', `/${text}`);
      } catch (error) {
        assert.ok(error instanceof S3Error, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});
