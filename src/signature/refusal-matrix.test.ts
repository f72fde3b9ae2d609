import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { Headers, bodyOf, collectBody } from '../base/http.ts';
import { encodeChunks } from './chunk-encoder.ts';
import { SignatureError } from './errors.ts';
import type { SignatureErrorKind } from './errors.ts';
import { parseClaim } from './parse-claim.ts';
import { parsePostClaim, verifyPostClaim } from './post-claim.ts';
import { checkPostPolicy } from './post-policy.ts';
import { signPostPolicy, signPostPolicyV2 } from './sign-post.ts';
import { presignV2, signV2 } from './sign-v2.ts';
import { presignV4, signRequestV4 } from './sign-v4.ts';
import { verifiedBody } from './verified-body.ts';
import { verifyClaim } from './verify-claim.ts';

/**
 * Every way into the server against every way to cheat it. A path that skips one check is the
 * commonest hole of S3 servers, so each cell stands here by itself.
 */
const nowMs = Date.UTC(2026, 5, 1, 12);
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey };
const content = Buffer.from('the content of an object');
const trailers = new Map([['x-amz-checksum-crc32', 'AAAAAA==']]);
const later = nowMs + 16 * 60 * 1000;

interface Sent {
  method: string;
  target: string;
  headers: Record<string, string>;
  body: Uint8Array;
}

type Outcome = SignatureErrorKind | 'anonymous' | 'accepted';
type Tampering =
  | 'nothing'
  | 'wrong secret'
  | 'changed body'
  | 'changed trailer'
  | 'missing signature'
  | 'missing body signature'
  | 'expired'
  | 'added header';

async function receive(sent: Sent, secret: string, now: number): Promise<Outcome> {
  const message = { ...sent, headers: Headers.of(sent.headers) };
  const claim = parseClaim(message);
  if (claim.kind === 'anonymous') return 'anonymous';
  const options = { secretAccessKey: secret, nowMs: now, services: ['s3'] };
  const verified = verifyClaim(claim, message, options);
  const { body } = verifiedBody(bodyOf(sent.body), verified, message.headers);
  const received = await collectBody(body, 1024);
  assert.equal(received.byteLength, content.byteLength);
  return 'accepted';
}

async function tamper(make: () => Sent, tampering: Tampering): Promise<Outcome> {
  const sent = make();
  const text = Buffer.from(sent.body).toString('latin1');
  const change = (from: string | RegExp, to: string): void => {
    const changed = text.replace(from, to);
    assert.notEqual(changed, text);
    sent.body = Buffer.from(changed, 'latin1');
  };
  if (tampering === 'changed body') change('object', 'Object');
  if (tampering === 'changed trailer') change('AAAAAA==', 'AAAAAB==');
  if (tampering === 'missing body signature') change(/(;chunk-signature=)[0-9a-f]{64}/, '');
  if (tampering === 'added header') sent.headers['x-amz-acl'] = 'public-read';
  if (tampering === 'missing signature') {
    delete sent.headers['authorization'];
    sent.target = sent.target.replace(/&(?:X-Amz-)?Signature=[^&]*/, '');
  }
  const secret = tampering === 'wrong secret' ? 'another secret' : secretAccessKey;
  return receive(sent, secret, tampering === 'expired' ? later : nowMs).catch((error: unknown) => {
    assert(error instanceof SignatureError, String(error));
    return error.kind;
  });
}

const base = {
  method: 'PUT',
  target: '/bucket/key',
  credentials,
  region: 'us-east-1',
  service: 's3',
  nowMs,
};
const sized = { host: 'h', 'x-amz-decoded-content-length': String(content.byteLength) };
const trailing = { ...sized, 'x-amz-trailer': 'x-amz-checksum-crc32' };
const sha256 = hash('sha256', content);

function byHeader(payloadHash: string): Sent {
  const { headers } = signRequestV4({ ...base, headers: { host: 'h' }, payloadHash });
  return { ...base, headers, body: content };
}

function byChunks(payloadHash: string, given: Readonly<Record<string, string>>): Sent {
  const { headers, seed } = signRequestV4({ ...base, headers: given, payloadHash });
  const body = encodeChunks([content], {
    ...(payloadHash.includes('UNSIGNED') ? {} : { seed }),
    ...(payloadHash.endsWith('TRAILER') ? { trailers } : {}),
  });
  return { ...base, headers, body };
}

function byQuery(headers: Record<string, string> = { host: 'h' }): Sent {
  const target = presignV4({ ...base, headers, expiresInSeconds: 60 });
  return { ...base, target, headers: { ...headers }, body: content };
}

function byHashedQuery(): Sent {
  const sent = byQuery();
  return { ...sent, headers: { ...sent.headers, 'x-amz-content-sha256': sha256 } };
}

const V2_HEADERS = { host: 'h', 'content-type': 'text/plain' };
const lanes: readonly [
  name: string,
  make: () => Sent,
  expected: Readonly<Partial<Record<Tampering, Outcome>>>,
][] = [
  [
    'SigV4 header, signed payload',
    () => byHeader(sha256),
    { 'changed body': 'XAmzContentSHA256Mismatch' },
  ],
  [
    'SigV4 header, unsigned payload',
    () => byHeader('UNSIGNED-PAYLOAD'),
    { 'changed body': 'accepted' },
  ],
  [
    'SigV4 header, signed chunks',
    () => byChunks('STREAMING-AWS4-HMAC-SHA256-PAYLOAD', sized),
    {
      'changed body': 'SignatureDoesNotMatch',
      'missing body signature': 'SignatureDoesNotMatch',
      'missing signature': 'InvalidRequest',
    },
  ],
  [
    'SigV4 header, signed chunks and trailer',
    () => byChunks('STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', trailing),
    {
      'changed body': 'SignatureDoesNotMatch',
      'changed trailer': 'SignatureDoesNotMatch',
      'missing body signature': 'SignatureDoesNotMatch',
      'missing signature': 'InvalidRequest',
    },
  ],
  [
    // The trailer holds a checksum of the content: whoever stores it compares the two.
    'SigV4 header, plain chunks and trailer',
    () => byChunks('STREAMING-UNSIGNED-PAYLOAD-TRAILER', trailing),
    { 'changed body': 'accepted', 'changed trailer': 'accepted' },
  ],
  [
    'SigV4 query',
    () => byQuery(),
    { 'changed body': 'accepted', 'missing signature': 'AuthorizationQueryParametersError' },
  ],
  [
    'SigV4 query, payload hash in a header',
    byHashedQuery,
    {
      'changed body': 'XAmzContentSHA256Mismatch',
      'missing signature': 'AuthorizationQueryParametersError',
    },
  ],
  [
    'SigV2 header',
    () => ({ ...base, headers: signV2({ ...base, headers: V2_HEADERS }), body: content }),
    { 'changed body': 'accepted', 'added header': 'SignatureDoesNotMatch' },
  ],
  [
    'SigV2 query',
    () => {
      const target = presignV2({ ...base, headers: V2_HEADERS, expiresAtMs: nowMs + 1000 });
      return { ...base, target, headers: { ...V2_HEADERS }, body: content };
    },
    {
      'changed body': 'accepted',
      'added header': 'SignatureDoesNotMatch',
      'missing signature': 'AccessDenied',
    },
  ],
];

for (const [name, make, own] of lanes) {
  const isHeader = name.includes('header,') || name === 'SigV2 header';
  const expected: Partial<Record<Tampering, Outcome>> = {
    nothing: 'accepted',
    'wrong secret': 'SignatureDoesNotMatch',
    'missing signature': 'anonymous',
    expired: isHeader ? 'RequestTimeTooSkewed' : 'AccessDenied',
    'added header': 'AccessDenied',
    ...own,
  };
  for (const [tampering, outcome] of Object.entries(expected) as [Tampering, Outcome][]) {
    test(`${name}, with ${tampering}: ${outcome}`, async () => {
      assert.equal(await tamper(make, tampering), outcome);
    });
  }
}

const conditions = [{ bucket: 'b' }, { key: 'k' }, { 'x-amz-storage-class': 'STANDARD' }];
const forms: readonly [string, () => Record<string, string>][] = [
  [
    'POST form, SigV4',
    () =>
      signPostPolicy({
        credentials,
        conditions,
        region: 'us-east-1',
        nowMs,
        expiresAtMs: nowMs + 1000,
      }),
  ],
  [
    'POST form, SigV2',
    () => signPostPolicyV2({ credentials, conditions, expiresAtMs: nowMs + 1000 }),
  ],
];
const formTamperings: readonly [
  string,
  (fields: Map<string, string>) => unknown,
  SignatureErrorKind | 'accepted',
][] = [
  ['nothing', () => undefined, 'accepted'],
  ['wrong secret', () => undefined, 'SignatureDoesNotMatch'],
  ['expired', () => undefined, 'AccessDenied'],
  ['changed field', (fields) => fields.set('key', 'other'), 'AccessDenied'],
  ['changed policy', (fields) => fields.set('policy', 'e30='), 'SignatureDoesNotMatch'],
  ['added field', (fields) => fields.set('x-amz-meta-a', '1'), 'AccessDenied'],
  ['missing policy', (fields) => fields.delete('policy'), 'InvalidArgument'],
  [
    'missing signature',
    (fields) => fields.delete('signature') || fields.delete('x-amz-signature'),
    'InvalidArgument',
  ],
];
for (const [name, make] of forms) {
  for (const [tampering, change, expected] of formTamperings) {
    test(`${name}, with ${tampering}: ${expected}`, () => {
      const fields = new Map(Object.entries(make()));
      fields.set('key', 'k').set('x-amz-storage-class', 'STANDARD');
      change(fields);
      const attempt = (): void => {
        const claim = parsePostClaim(fields);
        assert(claim.kind === 'post');
        const secret = tampering === 'wrong secret' ? 'another' : secretAccessKey;
        const policy = verifyPostClaim(claim, { secretAccessKey: secret });
        const now = tampering === 'expired' ? later : nowMs;
        checkPostPolicy(policy, fields, { bucket: 'b', nowMs: now });
      };
      if (expected === 'accepted') attempt();
      else {
        assert.throws(attempt, (error) => {
          assert(error instanceof SignatureError, String(error));
          assert.equal(error.kind, expected);
          return true;
        });
      }
    });
  }
}
