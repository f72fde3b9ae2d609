import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, Headers, type HttpRequest } from '../base/http.ts';
import type { Bucket, CorsRule } from '../objects/model.ts';
import { corsHeaders, matchesOneStar, preflight } from './cors.ts';

const rule = (given: Partial<CorsRule>): CorsRule => ({
  id: undefined,
  allowedMethods: ['GET'],
  allowedOrigins: ['http://a'],
  allowedHeaders: [],
  exposeHeaders: [],
  maxAgeSeconds: undefined,
  ...given,
});

function request(headers: Readonly<Record<string, string>>, method = 'GET'): HttpRequest {
  return {
    method,
    target: '/b/k',
    headers: Headers.of(headers),
    body: bodyOf(Buffer.of()),
    remoteAddress: '',
    secure: false,
  };
}

const bucketWith = (...cors: readonly CorsRule[]) => ({ cors }) as unknown as Bucket;
const named = (headers: readonly string[]) => Object.fromEntries(new Headers([...headers]).byName);
const VARY = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method';

const stars: readonly (readonly [pattern: string, text: string, expected: boolean])[] = [
  ['*', '', true],
  ['*', 'http://a', true],
  ['http://*.a', 'http://x.a', true],
  ['http://*.a', 'http://.a', true],
  ['http://*.a', 'http://a', false],
  ['http://*.a', 'http://x.a.evil', false],
  ['http://a', 'http://a', true],
  ['http://a', 'http://A', false],
  ['aa*aa', 'aaa', false],
  ['aa*aa', 'aaaa', true],
  ['', '', true],
  ['', 'a', false],
  ['a.c', 'abc', false],
];

test('matchesOneStar', () => {
  for (const [pattern, text, expected] of stars) {
    assert.equal(matchesOneStar(pattern, text), expected, `${pattern} ${text}`);
  }
});

const simple: readonly (readonly [
  name: string,
  rules: readonly CorsRule[] | undefined,
  headers: Readonly<Record<string, string>>,
  expected: Readonly<Record<string, string>>,
])[] = [
  ['no origin', [rule({})], {}, {}],
  ['no rules', undefined, { origin: 'http://a' }, {}],
  ['another origin', [rule({})], { origin: 'http://b' }, {}],
  ['another method', [rule({ allowedMethods: ['PUT'] })], { origin: 'http://a' }, {}],
  [
    'an origin by name',
    [rule({ exposeHeaders: ['ETag', 'x-amz-meta-a'], maxAgeSeconds: 5 })],
    { origin: 'http://a' },
    {
      'access-control-allow-origin': 'http://a',
      'access-control-allow-methods': 'GET',
      'access-control-expose-headers': 'ETag, x-amz-meta-a',
      'access-control-max-age': '5',
      'access-control-allow-credentials': 'true',
      vary: VARY,
    },
  ],
  [
    'every origin',
    [rule({ allowedOrigins: ['*'] })],
    { origin: 'http://a' },
    { 'access-control-allow-origin': '*', 'access-control-allow-methods': 'GET', vary: VARY },
  ],
  [
    'the first rule that matches',
    [
      rule({ allowedMethods: ['PUT'] }),
      rule({ allowedMethods: ['GET', 'HEAD'], allowedOrigins: ['http://*'] }),
      rule({ allowedOrigins: ['*'] }),
    ],
    { origin: 'http://a' },
    {
      'access-control-allow-origin': 'http://a',
      'access-control-allow-methods': 'GET, HEAD',
      'access-control-allow-credentials': 'true',
      vary: VARY,
    },
  ],
];

for (const [name, rules, headers, expected] of simple) {
  test(`corsHeaders: ${name}`, () => {
    const bucket = rules === undefined ? ({} as Bucket) : bucketWith(...rules);
    assert.deepEqual(named(corsHeaders(bucket, request(headers))), expected);
    assert.deepEqual(named(corsHeaders(undefined, request(headers))), {});
  });
}

const asks = (headers?: string, method = 'PUT', origin = 'http://a') =>
  request(
    {
      origin,
      'access-control-request-method': method,
      ...(headers === undefined ? {} : { 'access-control-request-headers': headers }),
    },
    'OPTIONS',
  );

const put = rule({ allowedMethods: ['PUT'], allowedHeaders: ['Content-Type', 'x-amz-*'] });

const preflights: readonly (readonly [
  name: string,
  HttpRequest,
  allowed: string | undefined | null,
])[] = [
  ['no headers', asks(), undefined],
  ['headers in any case', asks('content-TYPE, X-Amz-Date'), 'content-type, x-amz-date'],
  ['no headers in words', asks(' , '), undefined],
  ['a header that is not allowed', asks('content-type, x-evil'), null],
  ['a method that is not allowed', asks(undefined, 'DELETE'), null],
  ['an origin that is not allowed', asks(undefined, 'PUT', 'http://b'), null],
];

for (const [name, given, allowed] of preflights) {
  test(`preflight: ${name}`, () => {
    if (allowed === null) {
      assert.throws(() => preflight(bucketWith(put), given), { code: 'AccessDenied', status: 403 });
      return;
    }
    const answer = named(preflight(bucketWith(put), given));
    assert.equal(answer['access-control-allow-origin'], 'http://a');
    assert.equal(answer['access-control-allow-headers'], allowed);
  });
}

test('preflight: a later rule may allow what an earlier one does not', () => {
  const bucket = bucketWith(rule({ allowedMethods: ['PUT'] }), put);
  assert.equal(
    named(preflight(bucket, asks('x-amz-date')))['access-control-allow-headers'],
    'x-amz-date',
  );
});

test('preflight: without rules, bucket, origin or method', () => {
  for (const bucket of [undefined, {} as Bucket]) {
    assert.throws(() => preflight(bucket, asks()), { code: 'AccessDenied' });
  }
  const bucket = bucketWith(put);
  for (const headers of [{}, { origin: 'http://a' }, { 'access-control-request-method': 'PUT' }]) {
    assert.throws(() => preflight(bucket, request(headers, 'OPTIONS')), { code: 'BadRequest' });
  }
});
