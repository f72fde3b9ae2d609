import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Headers } from '../base/http.ts';
import { canonicalRequest, stringToSign } from './canonical-v4.ts';
import type { SignedMessage } from './claim.ts';
import { SignatureError } from './errors.ts';
import type { SignatureErrorKind } from './errors.ts';
import { EMPTY_SHA256_HEX, hmac, sha256Hex } from './hmac.ts';
import { parseClaim } from './parse-claim.ts';
import { presignV2, signV2 } from './sign-v2.ts';
import { presignV4, signRequestV4 } from './sign-v4.ts';
import type { SignV4Options } from './sign-v4.ts';
import { SigningKeyCache, deriveSigningKey, scopeText } from './signing-key.ts';
import { CLOCK_SKEW_MS_MAX, verifyClaim } from './verify-claim.ts';
import type { VerifiedClaim, VerifyOptions } from './verify-claim.ts';

const nowMs = Date.UTC(2026, 5, 1, 12);
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey };
const options: VerifyOptions = { secretAccessKey, nowMs, services: ['s3'] };

const base = {
  method: 'GET',
  target: '/bucket/key',
  headers: { host: 'localhost:9000' },
  credentials,
  region: 'us-east-1',
  service: 's3',
  nowMs,
  payloadHash: EMPTY_SHA256_HEX,
} satisfies SignV4Options;

function verify(message: SignedMessage, changes: Partial<VerifyOptions> = {}): VerifiedClaim {
  const claim = parseClaim(message);
  assert(claim.kind === 'signed');
  return verifyClaim(claim, message, { ...options, ...changes });
}

/** Signs by `changes` and sends it with the headers, the target or the spelling changed. */
function header(
  changes: Partial<SignV4Options> = {},
  sent: {
    target?: string;
    headers?: Readonly<Record<string, string>>;
    authorization?: (text: string) => string;
  } = {},
): SignedMessage {
  const given = { ...base, ...changes };
  const { headers } = signRequestV4(given);
  const authorization =
    sent.authorization?.(headers['authorization']!) ?? headers['authorization']!;
  return {
    method: given.method,
    target: sent.target ?? given.target,
    headers: Headers.of({ ...headers, authorization, ...sent.headers }),
  };
}

function presigned(
  changes: Partial<SignV4Options> = {},
  sent: { headers?: Readonly<Record<string, string>>; expiresInSeconds?: number } = {},
): SignedMessage {
  const { payloadHash: _, ...given } = { ...base, ...changes };
  const target = presignV4({ ...given, expiresInSeconds: sent.expiresInSeconds ?? 60 });
  return {
    method: given.method,
    target,
    headers: Headers.of({ ...given.headers, ...sent.headers }),
  };
}

function refused(
  kind: SignatureErrorKind,
  fields: Readonly<Record<string, string>> = {},
): (error: unknown) => boolean {
  return (error) => {
    assert(error instanceof SignatureError, String(error));
    assert.equal(error.kind, kind, error.message);
    for (const [name, value] of Object.entries(fields)) assert.equal(error.fields[name], value);
    assert(!JSON.stringify(error.fields).includes(secretAccessKey));
    return true;
  };
}

const upperCase = (text: string): string =>
  text.replace(/SignedHeaders=[^,]*/, (names) =>
    names.replace(/\b[a-z]/g, (letter) => letter.toUpperCase()),
  );
const signatureFirst = (text: string): string =>
  text.replace(/(SignedHeaders=[^,]*), (Signature=.*)/, '$2, $1');

const accepted: readonly [name: string, message: SignedMessage][] = [
  ['no space after commas', header({}, { authorization: (text) => text.replaceAll(', ', ',') })],
  ['the signature before the signed headers', header({}, { authorization: signatureFirst })],
  [
    'SignedHeaders in mixed case',
    header(
      { headers: { host: 'h', 'content-type': 'application/json' } },
      { authorization: upperCase },
    ),
  ],
  ['a host with the port 443', header({ headers: { host: 'b.s3.amazonaws.com:443' } })],
  [
    'the port 443 signed but not sent',
    header({ headers: { host: 'h:443' } }, { headers: { host: 'h' } }),
  ],
  [
    'the port 80 sent but not signed',
    header({ headers: { host: 'h' } }, { headers: { host: 'h:80' } }),
  ],
  [
    'the port 443 on a presigned URL, signed but not sent',
    presigned({ headers: { host: 'h:443' } }, { headers: { host: 'h' } }),
  ],
  [
    'user-agent, accept-encoding and content-length signed',
    header({
      headers: {
        host: 'h',
        'user-agent': 'libcloud/3.4.1  (x)',
        'accept-encoding': 'gzip,deflate',
        'content-length': '0',
      },
    }),
  ],
  ['the region US', header({ region: 'US' })],
  [
    'unknown query parameters',
    header({ target: '/bucket?Version=2006-03-01&prefix=None&x-id=ListObjects' }),
  ],
  [
    'a word signed with = and sent without',
    header({ target: '/bucket?acl=' }, { target: '/bucket?acl' }),
  ],
  [
    'a word signed without = and sent with',
    header({ target: '/bucket?acl' }, { target: '/bucket?acl=' }),
  ],
  [
    'query parameters in another order',
    header({ target: '/b?b=2&a=1&a-b=3&B=4' }, { target: '/b?a-b=3&B=4&a=1&b=2' }),
  ],
  ['~ sent as %7E', header({ target: '/b/a~b' }, { target: '/b/a%7Eb' })],
  ['escapes in lower case', header({ target: '/b/a%C3%A9' }, { target: '/b/a%c3%a9' })],
  ['a plus in the path sent as itself', header({ target: '/b/a%2Bb' }, { target: '/b/a+b' })],
  [
    'a space in the query sent as plus',
    header({ target: '/b?prefix=a%20b' }, { target: '/b?prefix=a+b' }),
  ],
  [
    'characters that should be escaped sent as they are',
    header({ target: '/b/%21%27%28%29%2A' }, { target: "/b/!'()*" }),
  ],
  ['dots and doubled slashes in a key', header({ target: '/b//a/./../c//' })],
  ['a header with runs of spaces', header({ headers: { host: 'h', 'x-amz-meta-a': ' a   b ' } })],
  [
    'a header in UTF-8 that ends with the byte A0',
    header({ headers: { host: 'h', 'x-amz-meta-a': 'voil\u00c3\u00a0' } }),
  ],
  ['an Expect header that nobody signed', header({}, { headers: { expect: '100-continue' } })],
  ['a trace id that nobody signed', header({}, { headers: { 'x-amzn-trace-id': 'Root=1' } })],
  [
    'a presigned URL with a hash in an unsigned header',
    presigned({}, { headers: { 'x-amz-content-sha256': EMPTY_SHA256_HEX } }),
  ],
  ['a clock slow by the allowed skew', header({ nowMs: nowMs - CLOCK_SKEW_MS_MAX })],
  ['a clock fast by the allowed skew', header({ nowMs: nowMs + CLOCK_SKEW_MS_MAX })],
  ['a presigned URL in its last second', presigned({ nowMs: nowMs - 59_000 })],
  ['a presigned URL of a fast clock', presigned({ nowMs: nowMs + CLOCK_SKEW_MS_MAX })],
  ['a presigned URL for a week', presigned({}, { expiresInSeconds: 604_800 })],
  ['a session token', header({ credentials: { ...credentials, sessionToken: 'a/b+c==' } })],
  [
    'a presigned session token',
    presigned({ credentials: { ...credentials, sessionToken: 'a/b+c==' } }),
  ],
];
for (const [name, message] of accepted) {
  test(`verifyClaim: accepts ${name}`, () => {
    assert.equal(verify(message).claim.accessKeyId, credentials.accessKeyId);
  });
}

test('verifyClaim: accepts a slash that is signed as %2F, as it is sent', () => {
  const scope = { date: '20260601', region: 'us-east-1', service: 's3' };
  const timestamp = '20260601T120000Z';
  const signedHeaders = ['host', 'x-amz-content-sha256', 'x-amz-date'];
  const fields = { host: 'h', 'x-amz-content-sha256': EMPTY_SHA256_HEX, 'x-amz-date': timestamp };
  const target = '/b/x%2Fy';
  const canonical = canonicalRequest({
    method: 'GET',
    path: target,
    query: '',
    headers: Headers.of(fields),
    signedHeaders,
    payloadHash: EMPTY_SHA256_HEX,
  });
  const toSign = stringToSign(timestamp, scopeText(scope), canonical);
  const signature = hmac(deriveSigningKey(secretAccessKey, scope), toSign, 'hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=AKIA/${scopeText(scope)},SignedHeaders=${signedHeaders.join(';')},Signature=${signature}`;
  const headers = Headers.of({ ...fields, authorization });
  verify({ method: 'GET', target, headers });
  const elsewhere = { method: 'GET', target: '/b/x/y', headers };
  assert.throws(() => verify(elsewhere), refused('SignatureDoesNotMatch'));
});

test('verifyClaim: accepts a presigned URL that names the payload hash', () => {
  const target = presignV4({ ...base, method: 'PUT', expiresInSeconds: 60 });
  const verified = verify({ method: 'PUT', target, headers: Headers.of(base.headers) });
  assert.deepEqual(verified.payload, { kind: 'sha256', hex: EMPTY_SHA256_HEX });
});

test('verifyClaim: a repeated header is signed with its values joined', () => {
  const signed = signRequestV4({ ...base, headers: { host: 'h', 'x-amz-meta-a': '1,2' } }).headers;
  const raw = Object.entries(signed).flatMap(([name, value]) =>
    name === 'x-amz-meta-a' ? ['X-Amz-Meta-A', '1', 'x-amz-meta-a', '2'] : [name, value],
  );
  verify({ method: 'GET', target: base.target, headers: new Headers(raw) });
});

const changed: readonly [name: string, message: SignedMessage][] = [
  ['another method', { ...header(), method: 'PUT' }],
  ['another path', header({}, { target: '/bucket/kez' })],
  ['another parameter', header({}, { target: '/bucket/key?acl' })],
  ['another parameter value', header({ target: '/b?a=1' }, { target: '/b?a=2' })],
  ['a lost parameter', header({ target: '/b?a=1' }, { target: '/b' })],
  [
    'a parameter and value that join alike',
    header({ target: '/b?a=1%3D2' }, { target: '/b?a%3D1=2' }),
  ],
  ['another host', header({}, { headers: { host: 'localhost:9001' } })],
  [
    'a port that is no default',
    header({ headers: { host: 'h' } }, { headers: { host: 'h:9000' } }),
  ],
  [
    'another signed header',
    header(
      { headers: { host: 'h', 'x-amz-acl': 'private' } },
      { headers: { 'x-amz-acl': 'public-read' } },
    ),
  ],
  ['another payload hash', header({}, { headers: { 'x-amz-content-sha256': 'ab'.repeat(32) } })],
  ['another payload kind', header({}, { headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } })],
  ['another time', header({}, { headers: { 'x-amz-date': '20260601T120001Z' } })],
  [
    'another region',
    header({}, { authorization: (text) => text.replace('us-east-1', 'us-east-2') }),
  ],
  ['a cut signature', header({}, { authorization: (text) => text.slice(0, -1) })],
  [
    'an empty signature',
    header({}, { authorization: (text) => text.replace(/Signature=.*/, 'Signature=') }),
  ],
  [
    'a signature in capitals',
    header(
      {},
      {
        authorization: (text) =>
          text.replace(/Signature=.*/, (part) => `Signature=${part.slice(10).toUpperCase()}`),
      },
    ),
  ],
  ['a presigned URL for another method', { ...presigned(), method: 'DELETE' }],
  [
    'a presigned URL with another key',
    { ...presigned(), target: presigned().target.replace('/key', '/kez') },
  ],
  [
    'a presigned URL that lives longer',
    { ...presigned(), target: presigned().target.replace('Expires=60', 'Expires=61') },
  ],
  [
    'a presigned URL with another parameter',
    { ...presigned(), target: `${presigned().target}&versionId=1` },
  ],
  [
    'a presigned URL with a payload hash',
    { ...presigned(), target: `${presigned().target}&X-Amz-Content-Sha256=${EMPTY_SHA256_HEX}` },
  ],
];
for (const [name, message] of changed) {
  test(`verifyClaim: refuses ${name}`, () => {
    assert.throws(() => verify(message), refused('SignatureDoesNotMatch'));
  });
}

const sensitive = [
  'x-amz-copy-source',
  'x-amz-acl',
  'x-amz-grant-read',
  'x-amz-tagging',
  'x-amz-object-lock-mode',
  'x-amz-server-side-encryption',
  'x-amz-meta-a',
  'x-amz-storage-class',
  'x-amz-security-token',
  'x-amz-trailer',
  'X-AMZ-Website-Redirect-Location',
];
for (const name of sensitive) {
  test(`verifyClaim: refuses an unsigned ${name}`, () => {
    const fields = { HeadersNotSigned: name.toLowerCase() };
    for (const message of [
      header({}, { headers: { [name]: '1' } }),
      presigned({}, { headers: { [name]: '1' } }),
    ]) {
      assert.throws(() => verify(message), refused('AccessDenied', fields));
    }
    const v2 = signV2({ ...base, nowMs });
    const message = { ...base, headers: Headers.of({ ...v2, [name]: '1' }) };
    assert.throws(() => verify(message), refused('SignatureDoesNotMatch'));
    const target = presignV2({ ...base, expiresAtMs: nowMs + 1000 });
    const query = { ...base, target, headers: Headers.of({ host: 'h', [name]: '1' }) };
    assert.throws(() => verify(query), refused('SignatureDoesNotMatch'));
  });
}

test('verifyClaim: refuses a host that is not signed', () => {
  const fields = { HeadersNotSigned: 'host' };
  const message = header({}, { authorization: (text) => text.replace('host;', '') });
  assert.throws(() => verify(message), refused('AccessDenied', fields));
});

const times: readonly [string, SignedMessage, SignatureErrorKind, Record<string, string>][] = [
  [
    'a slow clock',
    header({ nowMs: nowMs - CLOCK_SKEW_MS_MAX - 1000 }),
    'RequestTimeTooSkewed',
    {
      RequestTime: '20260601T114459Z',
      ServerTime: '2026-06-01T12:00:00Z',
      MaxAllowedSkewMilliseconds: '900000',
    },
  ],
  ['a fast clock', header({ nowMs: nowMs + CLOCK_SKEW_MS_MAX + 1000 }), 'RequestTimeTooSkewed', {}],
  [
    'an expired URL',
    presigned({ nowMs: nowMs - 60_000 }),
    'AccessDenied',
    { Expires: '2026-06-01T12:00:00Z', ServerTime: '2026-06-01T12:00:00Z', 'X-Amz-Expires': '60' },
  ],
  ['a URL that never lives', presigned({}, { expiresInSeconds: 0 }), 'AccessDenied', {}],
  [
    'a URL of the future',
    presigned({ nowMs: nowMs + CLOCK_SKEW_MS_MAX + 1000 }),
    'AccessDenied',
    { 'X-Amz-Date': '20260601T121501Z' },
  ],
];
for (const [name, message, kind, fields] of times) {
  test(`verifyClaim: refuses ${name}`, () => {
    assert.throws(() => verify(message), refused(kind, fields));
    assert.throws(() => verify(message, { secretAccessKey: 'another' }), refused(kind, fields));
  });
}

test('verifyClaim: a strict region refuses others and names itself', () => {
  const region = { strict: true, name: 'eu-west-1' };
  const fields = { Region: 'eu-west-1' };
  assert.throws(
    () => verify(header(), { region }),
    refused('AuthorizationHeaderMalformed', fields),
  );
  assert.throws(
    () => verify(presigned(), { region }),
    refused('AuthorizationQueryParametersError', fields),
  );
  verify(header({ region: 'eu-west-1' }), { region });
  verify(header(), { region: { ...region, strict: false } });
});

test('verifyClaim: refuses a service that is not served', () => {
  const iam = header({ service: 'iam' });
  assert.throws(() => verify(iam), refused('AuthorizationHeaderMalformed'));
  assert.throws(
    () => verify(header(), { services: ['iam', 'sts'] }),
    refused('SignatureDoesNotMatch'),
  );
});

test('verifyClaim: other services sign the body, and a path that is normalized', () => {
  const body = 'Action=GetCallerIdentity&Version=2011-06-15';
  const bodySha256Hex = sha256Hex(body);
  const services = ['iam', 'sts'];
  const message = header(
    { service: 'sts', method: 'POST', target: '/', payloadHash: bodySha256Hex },
    { target: '/a/.././' },
  );
  verify(message, { services, bodySha256Hex });
  assert.throws(
    () => verify(message, { services, bodySha256Hex: sha256Hex(`${body}&x=1`) }),
    refused('SignatureDoesNotMatch'),
  );
  const query = presigned({ service: 'sts', target: '/?Action=GetCallerIdentity' });
  assert.throws(() => verify(query, { services, bodySha256Hex }), refused('SignatureDoesNotMatch'));
});

test('verifyClaim: refuses an escape that is none', () => {
  const message = header({}, { target: '/b/%zz' });
  assert.throws(() => verify(message), refused('InvalidURI'));
});

test('verifyClaim: shows what it has signed, and nothing of the secret', () => {
  const message = header({}, { target: '/bucket/other' });
  assert.throws(
    () => verify(message),
    (error) => {
      assert(error instanceof SignatureError);
      assert.equal(error.fields['AWSAccessKeyId'], credentials.accessKeyId);
      assert.match(error.fields['SignatureProvided'] ?? '', /^[0-9a-f]{64}$/);
      assert.match(error.fields['StringToSign'] ?? '', /^AWS4-HMAC-SHA256\n20260601T120000Z\n/);
      assert.match(error.fields['CanonicalRequest'] ?? '', /^GET\n\/bucket\/other\n/);
      assert.match(error.fields['CanonicalRequestBytes'] ?? '', /^47 45 54 0a 2f/);
      return true;
    },
  );
});

test('SigningKeyCache: remembers only proved keys, and never for another secret', () => {
  const signingKeys = new SigningKeyCache(2);
  assert.throws(() => verify(header(), { signingKeys, secretAccessKey: 'another' }));
  assert.equal(signingKeys.size, 0);
  verify(header(), { signingKeys });
  assert.equal(signingKeys.size, 1);
  assert.throws(() => verify(header(), { signingKeys, secretAccessKey: 'another' }));
  verify(header(), { signingKeys });
  for (const region of ['a', 'b', 'c']) verify(header({ region }), { signingKeys });
  assert.equal(signingKeys.size, 2);
});
