import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Headers } from '../base/http.ts';
import type { SignedMessage } from './claim.ts';
import { SignatureError } from './errors.ts';
import type { SignatureErrorKind } from './errors.ts';
import { parseClaim } from './parse-claim.ts';
import { presignV2, signV2 } from './sign-v2.ts';
import { CLOCK_SKEW_MS_MAX, verifyClaim } from './verify-claim.ts';
import type { VerifiedClaim, VerifyOptions } from './verify-claim.ts';

const nowMs = Date.UTC(2026, 5, 1, 12);
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey };
const base = { method: 'GET', target: '/bucket/key', headers: {}, credentials, nowMs };

function verify(message: SignedMessage, changes: Partial<VerifyOptions> = {}): VerifiedClaim {
  const claim = parseClaim(message);
  assert(claim.kind === 'signed');
  return verifyClaim(claim, message, { secretAccessKey, nowMs, services: ['s3'], ...changes });
}

function refused(
  kind: SignatureErrorKind,
  fields: Readonly<Record<string, string>> = {},
): (error: unknown) => boolean {
  return (error) => {
    assert(error instanceof SignatureError, String(error));
    assert.equal(error.kind, kind, error.message);
    for (const [name, value] of Object.entries(fields)) assert.equal(error.fields[name], value);
    return true;
  };
}

const v2Accepted: readonly [string, SignedMessage, Partial<VerifyOptions>?][] = [
  [
    'a bucket in the host',
    v2({ target: '/key', virtualHostBucket: 'bucket' }),
    { virtualHostBucket: 'bucket' },
  ],
  [
    'sub-resources among other parameters',
    v2({ target: '/b/k?uploadId=a%2Fb&partNumber=2&other=1' }),
  ],
  [
    'response overrides',
    v2({ target: '/b/k?response-content-type=text%2Fplain&response-content-disposition=a%20b' }),
  ],
  ['an empty word signed without =', { ...v2({ target: '/b?acl' }), target: '/b?acl=' }],
  ['unsigned parameters that are no sub-resources', { ...v2(), target: '/bucket/key?prefix=x' }],
  [
    'metadata headers in any order',
    v2({
      headers: {
        'x-amz-meta-b': ' 2 ',
        'x-amz-acl': 'private',
        'x-amz-meta-a': '1',
        'content-md5': 'x',
        'content-type': 'y',
      },
    }),
  ],
  ['x-amz-date', v2({ headers: { 'x-amz-date': 'Mon, 01 Jun 2026 12:00:00 GMT' } })],
  ['a session token', v2({ credentials: { ...credentials, sessionToken: 'x/y=' } })],
  ['a bucket that was signed with a slash', { ...v2({ target: '/bucket/' }), target: '/bucket' }],
];
function v2(changes: object = {}): SignedMessage {
  const given = { ...base, ...changes };
  return { ...given, headers: Headers.of({ host: 'h', ...signV2(given) }) };
}
for (const [name, message, changes] of v2Accepted) {
  test(`verifyClaim, SigV2: accepts ${name}`, () => void verify(message, changes));
}

test('verifyClaim, SigV2: accepts a URL whose signed headers became parameters', () => {
  const parameters = '&content-type=text%2Fplain&x-amz-acl=public-read';
  const headers = { 'content-type': 'text/plain', 'x-amz-acl': 'public-read' };
  const target = presignV2({ ...base, method: 'PUT', headers, expiresAtMs: nowMs + 1000 });
  verify({ method: 'PUT', target: target + parameters, headers: Headers.of({ host: 'h' }) });
});

const v2Refused: readonly [string, SignedMessage, SignatureErrorKind, Partial<VerifyOptions>?][] = [
  ['another path', { ...v2(), target: '/bucket/kez' }, 'SignatureDoesNotMatch'],
  ['another method', { ...v2(), method: 'DELETE' }, 'SignatureDoesNotMatch'],
  [
    'a bucket that is not in the host',
    v2({ target: '/key', virtualHostBucket: 'bucket' }),
    'SignatureDoesNotMatch',
  ],
  [
    'another bucket',
    v2({ target: '/key', virtualHostBucket: 'bucket' }),
    'SignatureDoesNotMatch',
    { virtualHostBucket: 'other' },
  ],
  [
    'a key that was signed with a slash',
    { ...v2({ target: '/bucket/key/' }), target: '/bucket/key' },
    'SignatureDoesNotMatch',
  ],
  [
    'such a key in a bucket of the host',
    { ...v2({ target: '/key/', virtualHostBucket: 'bucket' }), target: '/key' },
    'SignatureDoesNotMatch',
    { virtualHostBucket: 'bucket' },
  ],
  ['an added sub-resource', { ...v2(), target: '/bucket/key?acl' }, 'SignatureDoesNotMatch'],
  ['an added version', { ...v2(), target: '/bucket/key?versionId=1' }, 'SignatureDoesNotMatch'],
  [
    'an added override',
    { ...v2(), target: '/bucket/key?response-content-type=text/html' },
    'SignatureDoesNotMatch',
  ],
  ['the wrong secret', v2(), 'SignatureDoesNotMatch', { secretAccessKey: 'another' }],
  ['a slow clock', v2(), 'RequestTimeTooSkewed', { nowMs: nowMs + CLOCK_SKEW_MS_MAX + 1000 }],
  ['a fast clock', v2(), 'RequestTimeTooSkewed', { nowMs: nowMs - CLOCK_SKEW_MS_MAX - 1000 }],
  [
    'a path whose wider characters end alike',
    { ...v2({ target: '/b/A' }), target: '/b/\u0141' },
    'SignatureDoesNotMatch',
  ],
];
for (const [name, message, kind, changes] of v2Refused) {
  test(`verifyClaim, SigV2: refuses ${name}`, () => {
    assert.throws(() => verify(message, changes), refused(kind));
  });
}

test('verifyClaim, SigV2 query: refuses an expired URL and a changed expiry', () => {
  const target = presignV2({ ...base, expiresAtMs: nowMs + 1000 });
  const message = { method: 'GET', target, headers: Headers.of({ host: 'h' }) };
  verify(message);
  assert.throws(
    () => verify(message, { nowMs: nowMs + 1000 }),
    refused('AccessDenied', { Expires: '2026-06-01T12:00:01Z' }),
  );
  const longer = target.replace(/Expires=\d+/, `Expires=${nowMs / 1000 + 9}`);
  assert.throws(() => verify({ ...message, target: longer }), refused('SignatureDoesNotMatch'));
});
