import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Headers } from '../base/http.ts';
import type { Claim } from './claim.ts';
import { SignatureError } from './errors.ts';
import type { SignatureErrorKind } from './errors.ts';
import { EMPTY_SHA256_HEX } from './hmac.ts';
import { parseClaim } from './parse-claim.ts';

const date = '20260601T120000Z';
const scope = '20260601/us-east-1/s3/aws4_request';
const signature = 'a'.repeat(64);
const v4 = {
  host: 'localhost',
  'x-amz-date': date,
  'x-amz-content-sha256': EMPTY_SHA256_HEX,
  authorization: `AWS4-HMAC-SHA256 Credential=AKIA/${scope}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
};
const v4Query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F${encodeURIComponent(scope)}&X-Amz-Date=${date}&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=${signature}`;
const v2Query = 'AWSAccessKeyId=AKIA&Expires=1000&Signature=abc%3D';

function parse(fields: Readonly<Record<string, string>>, target = '/b/k'): Claim {
  return parseClaim({ method: 'GET', target, headers: Headers.of(fields) });
}

function authorized(authorization: string): Readonly<Record<string, string>> {
  return { ...v4, authorization };
}

test('parseClaim: no credentials at all are anonymous', () => {
  for (const target of ['/', '/b/k?acl', '/b?Expires=1', '/b?x=X-Amz-Signature', '/b?&&']) {
    assert.equal(parse({ host: 'h' }, target).kind, 'anonymous', target);
  }
  assert.equal(parse({ host: 'h', authorization: '' }).kind, 'anonymous');
});

const spellings: readonly [string, string][] = [
  [
    'as documented',
    `Credential=AKIA/${scope},SignedHeaders=host;x-amz-date,Signature=${signature}`,
  ],
  [
    'spaces after commas',
    `Credential=AKIA/${scope}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
  ],
  [
    'the signature before the headers',
    `Credential=AKIA/${scope}, Signature=${signature}, SignedHeaders=host;x-amz-date`,
  ],
  ['backwards', `Signature=${signature},SignedHeaders=host;x-amz-date,Credential=AKIA/${scope}`],
  [
    'blanks everywhere',
    ` \t Credential = AKIA/${scope} ,\t SignedHeaders = host;x-amz-date , Signature = ${signature} `,
  ],
  [
    'headers in mixed case',
    `Credential=AKIA/${scope},SignedHeaders=Host;X-Amz-Date,Signature=${signature}`,
  ],
  [
    'headers in another order',
    `Credential=AKIA/${scope},SignedHeaders=x-amz-date;host,Signature=${signature}`,
  ],
];
for (const [name, parameters] of spellings) {
  test(`parseClaim: reads an Authorization header written ${name}`, () => {
    const claim = parse(authorized(`AWS4-HMAC-SHA256 ${parameters}`));
    assert(claim.kind === 'signed' && claim.version === 'v4');
    assert.equal(claim.accessKeyId, 'AKIA');
    assert.deepEqual(claim.signedHeaders, ['host', 'x-amz-date']);
    assert.equal(claim.signature, signature);
    assert.equal(claim.signedAtMs, Date.UTC(2026, 5, 1, 12));
  });
}

test('parseClaim: reads the region US, and a session token wherever it stands', () => {
  const us = parse(authorized(v4.authorization.replace('us-east-1', 'US')));
  assert(us.kind === 'signed' && us.version === 'v4');
  assert.equal(us.scope.region, 'US');
  const tokens: readonly Claim[] = [
    parse({ ...v4, 'x-amz-security-token': 't/+=' }),
    parse({ host: 'h' }, `/b/k?${v4Query}&X-Amz-Security-Token=t%2F%2B%3D`),
    parse({ host: 'h', 'x-amz-security-token': 't/+=' }, `/b/k?${v4Query}`),
    parse({ host: 'h' }, `/b/k?${v2Query}&x-amz-security-token=t%2F%2B%3D`),
    parse({
      date: 'Tue, 27 Mar 2007 19:36:42 GMT',
      authorization: 'AWS AKIA:abc=',
      'x-amz-security-token': 't/+=',
    }),
  ];
  for (const claim of tokens) {
    assert(claim.kind === 'signed');
    assert.equal(claim.sessionToken, 't/+=');
  }
});

test('parseClaim: reads the time of a SigV4 header from Date when x-amz-date is missing', () => {
  const { 'x-amz-date': _, ...fields } = v4;
  for (const text of ['Mon, 01 Jun 2026 12:00:00 GMT', date]) {
    const claim = parse({ ...fields, date: text });
    assert(claim.kind === 'signed' && claim.version === 'v4');
    assert.equal(claim.timestamp, date);
  }
});

test('parseClaim: reads the times of SigV2 in each spelling', () => {
  for (const text of [
    'Mon, 01 Jun 2026 12:00:00 GMT',
    'Mon, 01 Jun 2026 12:00:00 +0000',
    'Mon, 01 Jun 2026 14:30:00 +0230',
    'Mon, 01 Jun 2026 07:00:00 -0500',
    '1 jun 2026 12:00:00 UTC',
    'Monday, 01-Jun-2026 12:00:00 GMT',
  ]) {
    for (const name of ['date', 'x-amz-date']) {
      const claim = parse({ [name]: text, authorization: 'AWS AKIA:abc=' });
      assert(claim.kind === 'signed');
      assert.equal(claim.signedAtMs, Date.UTC(2026, 5, 1, 12), text);
    }
  }
});

test('parseClaim: reads the services other than S3 with a body to be collected', () => {
  const { 'x-amz-content-sha256': _, ...fields } = v4;
  const claim = parse({ ...fields, authorization: v4.authorization.replace('/s3/', '/iam/') });
  assert.deepEqual(claim.payload, { kind: 'collected' });
});

test('parseClaim: reads each payload kind', () => {
  const streaming = (signed: boolean, trailer: boolean): object => ({
    kind: 'streaming',
    signed,
    trailer,
  });
  const cases: readonly [string, object][] = [
    ['ab'.repeat(32), { kind: 'sha256', hex: 'ab'.repeat(32) }],
    ['AB'.repeat(32), { kind: 'sha256', hex: 'ab'.repeat(32) }],
    ['UNSIGNED-PAYLOAD', { kind: 'unsigned' }],
    ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', streaming(true, false)],
    ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', streaming(true, true)],
    ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', streaming(false, true)],
  ];
  for (const [value, payload] of cases) {
    assert.deepEqual(parse({ ...v4, 'x-amz-content-sha256': value }).payload, payload);
  }
});

const hash = 'cd'.repeat(32);
const presignedPayloads: readonly {
  name: string;
  query?: string;
  headers?: Readonly<Record<string, string>>;
  payload: object;
}[] = [
  { name: 'nothing', payload: { kind: 'unsigned' } },
  {
    name: 'a keyword in the query',
    query: '&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD',
    payload: { kind: 'unsigned' },
  },
  {
    name: 'a hash in the query',
    query: `&X-Amz-Content-Sha256=${hash}`,
    payload: { kind: 'sha256', hex: hash },
  },
  {
    name: 'a hash in a header',
    headers: { 'x-amz-content-sha256': hash },
    payload: { kind: 'sha256', hex: hash },
  },
  {
    name: 'the same hash in both',
    query: `&X-Amz-Content-Sha256=${hash}`,
    headers: { 'x-amz-content-sha256': hash },
    payload: { kind: 'sha256', hex: hash },
  },
  {
    name: 'plain chunks',
    headers: { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' },
    payload: { kind: 'streaming', signed: false, trailer: true },
  },
];
for (const { name, query = '', headers = {}, payload } of presignedPayloads) {
  test(`parseClaim: a presigned URL with ${name} has its payload`, () => {
    assert.deepEqual(parse({ host: 'h', ...headers }, `/b/k?${v4Query}${query}`).payload, payload);
  });
}

type Refusal = readonly [
  name: string,
  headers: Readonly<Record<string, string>>,
  target: string,
  kind: SignatureErrorKind,
  message: RegExp,
];
const none = { host: 'h' };
const edited = (from: string | RegExp, to: string): Readonly<Record<string, string>> =>
  authorized(v4.authorization.replace(from, to));
const query = (from: string | RegExp, to: string): string => `/b/k?${v4Query.replace(from, to)}`;
const onlyOne = /Only one auth mechanism allowed/;
const malformed = 'AuthorizationHeaderMalformed';
const badQuery = 'AuthorizationQueryParametersError';

const refusals: readonly Refusal[] = [
  ['header and V4 query', v4, `/b/k?${v4Query}`, 'InvalidArgument', onlyOne],
  ['header and V2 query', v4, `/b/k?${v2Query}`, 'InvalidArgument', onlyOne],
  ['V2 header and V4 query', authorized('AWS A:b'), `/b/k?${v4Query}`, 'InvalidArgument', onlyOne],
  [
    'header and an escaped V4 parameter',
    v4,
    '/b/k?X%2DAmz%2DSignature=1',
    'InvalidArgument',
    onlyOne,
  ],
  [
    'an unknown scheme',
    authorized('Bearer abc'),
    '/',
    'InvalidArgument',
    /Unsupported Authorization Type/,
  ],
  ['a scheme in lower case', edited('AWS4', 'aws4'), '/', 'InvalidArgument', /Unsupported/],
  ['a scheme alone', authorized('AWS4-HMAC-SHA256'), '/', malformed, /three components/],
  [
    'V4 of one word',
    authorized('AWS4-HMAC-SHA256 HAHAHA'),
    '/',
    malformed,
    /"HAHAHA" is malformed/,
  ],
  [
    'a bad credential',
    authorized('AWS4-HMAC-SHA256 Credential=HAHAHA'),
    '/',
    malformed,
    /three components/,
  ],
  ['no signature', edited(/, Signature=.*/, ''), '/', malformed, /three components/],
  ['two signatures', edited(/$/, ', Signature=b'), '/', malformed, /malformed/],
  ['two credentials', edited(/$/, ', Credential=b'), '/', malformed, /malformed/],
  [
    'two Authorization headers',
    authorized(`${v4.authorization},${v4.authorization}`),
    '/',
    malformed,
    /malformed/,
  ],
  ['an unknown component', edited(/$/, ', Evil=b'), '/', malformed, /"Evil=b" is malformed/],
  ['a credential of four parts', edited('/s3', ''), '/', malformed, /Credential is mal-formed/],
  [
    'a credential of six parts',
    edited('AKIA', 'AK/IA'),
    '/',
    malformed,
    /Credential is mal-formed/,
  ],
  ['no access key id', edited('AKIA', ''), '/', malformed, /Credential is mal-formed/],
  ['an empty region', edited('us-east-1', ''), '/', malformed, /Credential is mal-formed/],
  [
    'a bad scope date',
    edited('20260601', '2026-6-1'),
    '/',
    malformed,
    /incorrect date format "2026-6-1"/,
  ],
  [
    'another scope date',
    edited('20260601', '20260602'),
    '/',
    malformed,
    /not the same as X-Amz-Date: "20260601"/,
  ],
  ['a bad terminal', edited('aws4_request', 'aws5'), '/', malformed, /incorrect terminal "aws5"/],
  [
    'a bad x-amz-date',
    { ...v4, 'x-amz-date': 'now' },
    '/',
    'AccessDenied',
    /valid Date or x-amz-date/,
  ],
  [
    'a day that does not exist',
    { ...v4, 'x-amz-date': '20260231T000000Z' },
    '/',
    'AccessDenied',
    /valid Date/,
  ],
  [
    'a month that does not exist',
    { ...v4, 'x-amz-date': '20261301T000000Z' },
    '/',
    'AccessDenied',
    /valid Date/,
  ],
  [
    'no payload hash',
    { host: 'h', 'x-amz-date': date, authorization: v4.authorization },
    '/',
    'InvalidRequest',
    /Missing required header for this request: x-amz-content-sha256/,
  ],
  [
    'a bad payload hash',
    { ...v4, 'x-amz-content-sha256': 'abc' },
    '/',
    'InvalidArgument',
    /x-amz-content-sha256 must be/,
  ],
  ['a cut escape in the query', none, '/b?x=%4', 'InvalidURI', /parse/],
  ['V4 parameters in part', none, '/?X-Amz-Signature=1', badQuery, /requires the X-Amz-Algorithm/],
  [
    'no algorithm',
    none,
    query(/X-Amz-Algorithm=[^&]*&/, ''),
    badQuery,
    /requires the X-Amz-Algorithm/,
  ],
  ['no credential', none, query(/X-Amz-Credential=[^&]*&/, ''), badQuery, /requires/],
  ['no date', none, query(/X-Amz-Date=[^&]*&/, ''), badQuery, /requires/],
  ['no expiry', none, query(/X-Amz-Expires=[^&]*&/, ''), badQuery, /requires/],
  ['no signed headers', none, query(/X-Amz-SignedHeaders=[^&]*&/, ''), badQuery, /requires/],
  ['no signature in the query', none, query(/&X-Amz-Signature=.*/, ''), badQuery, /requires/],
  ['another algorithm', none, query('SHA256', 'SHA1'), badQuery, /only supports/],
  [
    'a bad credential in the query',
    none,
    query('%2F', '-'),
    badQuery,
    /Error parsing the X-Amz-Credential parameter; the Credential is mal-formed/,
  ],
  [
    'a bad date in the query',
    none,
    query(date, '2026'),
    badQuery,
    /X-Amz-Date must be in the ISO8601/,
  ],
  ['another date in the query', none, query(date, '20260602T000000Z'), badQuery, /not the same/],
  ['an expiry of words', none, query('=60', '=soon'), badQuery, /should be a number/],
  ['a negative expiry', none, query('=60', '=-1'), badQuery, /must be non-negative/],
  [
    'an expiry of more than a week',
    none,
    query('=60', '=604801'),
    badQuery,
    /must be less than a week/,
  ],
  [
    'an expiry beyond all integers',
    none,
    query('=60', `=${'9'.repeat(40)}`),
    badQuery,
    /should be a number/,
  ],
  [
    'a parameter given twice',
    none,
    query('=60', '=60&X-Amz-Expires=61'),
    badQuery,
    /X-Amz-Expires/,
  ],
  [
    'a parameter that is no UTF-8',
    none,
    query('SignedHeaders=host', 'SignedHeaders=%ff'),
    badQuery,
    /SignedHeaders/,
  ],
  [
    'another hash in the header',
    { ...none, 'x-amz-content-sha256': EMPTY_SHA256_HEX },
    `/b/k?${v4Query}&X-Amz-Content-Sha256=${hash}`,
    'XAmzContentSHA256Mismatch',
    /does not match/,
  ],
  [
    'signed chunks on a presigned URL',
    { ...none, 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' },
    `/b/k?${v4Query}`,
    'InvalidRequest',
    /requires a request signed/,
  ],
  [
    'signed chunks named by a presigned URL',
    none,
    `/b/k?${v4Query}&X-Amz-Content-Sha256=STREAMING-AWS4-HMAC-SHA256-PAYLOAD`,
    'InvalidRequest',
    /requires a request signed/,
  ],
  [
    'signed chunks without signature',
    { ...none, 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER' },
    '/b/k',
    'InvalidRequest',
    /requires a request signed/,
  ],
  [
    'V2 of one word',
    authorized('AWS HAHAHA'),
    '/',
    'InvalidArgument',
    /Expected AwsAccessKeyId:signature/,
  ],
  ['V2 without signature', authorized('AWS AKIA:'), '/', 'InvalidArgument', /Expected/],
  ['V2 without key', authorized('AWS :abc='), '/', 'InvalidArgument', /Expected/],
  [
    'V2 without date',
    { authorization: 'AWS AKIA:abc=' },
    '/',
    'AccessDenied',
    /valid Date or x-amz-date/,
  ],
  [
    'V2 with a bad date',
    { authorization: 'AWS AKIA:abc=', date: 'Bad Date' },
    '/',
    'AccessDenied',
    /valid Date/,
  ],
  [
    'V2 before the epoch',
    { authorization: 'AWS AKIA:abc=', date: 'Tue, 07 Jul 1953 21:53:04 GMT' },
    '/',
    'AccessDenied',
    /valid Date/,
  ],
  [
    'V2 query without key',
    none,
    '/?Signature=a&Expires=1',
    'AccessDenied',
    /requires the Signature, Expires and AWSAccessKeyId/,
  ],
  ['V2 query without expiry', none, '/?Signature=a&AWSAccessKeyId=A', 'AccessDenied', /requires/],
  ['V2 query without signature', none, '/?Expires=1&AWSAccessKeyId=A', 'AccessDenied', /requires/],
  [
    'V2 query with a bad expiry',
    none,
    '/?Expires=-1&AWSAccessKeyId=A&Signature=a',
    'AccessDenied',
    /Invalid date/,
  ],
  ['V2 query with two signatures', none, `/?${v2Query}&Signature=b`, 'AccessDenied', /Signature/],
];
for (const [name, headers, target, kind, message] of refusals) {
  test(`parseClaim: refuses ${name}`, () => {
    assert.throws(
      () => parse(headers, target),
      (error) => {
        assert(error instanceof SignatureError, String(error));
        assert.equal(error.kind, kind, error.message);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}
