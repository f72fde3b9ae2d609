import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { SignatureError } from './errors.ts';
import type { SignatureErrorKind } from './errors.ts';
import { POST_CONDITIONS_MAX, POST_POLICY_SIZE_MAX } from './limits.ts';
import { parsePostClaim, verifyPostClaim } from './post-claim.ts';
import { checkPostContentLength, checkPostPolicy, parsePostPolicy } from './post-policy.ts';
import type { PostPolicy } from './post-policy.ts';
import { signPostPolicy, signPostPolicyV2 } from './sign-post.ts';
import type { PostConditionInput } from './sign-post.ts';

const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const { secretAccessKey } = credentials;
const nowMs = Date.UTC(2026, 5, 1);
const expiresAtMs = nowMs + 60_000;

function refused(kind: SignatureErrorKind, message?: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert(error instanceof SignatureError, String(error));
    assert.equal(error.kind, kind, error.message);
    if (message !== undefined) assert.match(error.message, message);
    return true;
  };
}

function base64(policy: unknown): string {
  const text = typeof policy === 'string' ? policy : JSON.stringify(policy);
  return Buffer.from(text).toString('base64');
}

function verify(fields: ReadonlyMap<string, string>, secret = secretAccessKey): PostPolicy {
  const claim = parsePostClaim(fields);
  assert(claim.kind === 'post');
  return verifyPostClaim(claim, { secretAccessKey: secret });
}

const basic: readonly PostConditionInput[] = [
  { bucket: 'photos' },
  ['starts-with', '$key', 'user/'],
  { acl: 'private' },
  ['content-length-range', 2, 10],
];
const form = { key: 'user/me.jpg', acl: 'private' };

function signedForm(
  version: 'v2' | 'v4',
  conditions = basic,
  extra: Readonly<Record<string, string>> = form,
  sessionToken?: string,
): Map<string, string> {
  const options = {
    credentials: { ...credentials, ...(sessionToken === undefined ? {} : { sessionToken }) },
    conditions,
    expiresAtMs,
  };
  const fields =
    version === 'v2'
      ? signPostPolicyV2(options)
      : signPostPolicy({ ...options, region: 'us-east-1', nowMs });
  return new Map(Object.entries({ ...fields, ...extra }));
}

test('verifyPostClaim: verifies the signature that OpenSSL makes of the same policy', () => {
  const policy = base64({ expiration: '2007-12-01T12:00:00.000Z', conditions: [] });
  const claim = parsePostClaim(
    new Map([
      ['policy', policy],
      ['awsaccesskeyid', credentials.accessKeyId],
      ['signature', createHmac('sha1', secretAccessKey).update(policy).digest('base64')],
    ]),
  );
  assert(claim.kind === 'post');
  assert.equal(verifyPostClaim(claim, { secretAccessKey }).expiresAtMs, Date.UTC(2007, 11, 1, 12));
});

for (const version of ['v2', 'v4'] as const) {
  test(`POST form, ${version}: what was signed verifies and obeys its own policy`, () => {
    const fields = signedForm(version, basic, { ...form, 'x-ignore-me': '1' }, 'token');
    const claim = parsePostClaim(fields);
    assert(claim.kind === 'post');
    assert.equal(claim.version, version);
    assert.equal(claim.accessKeyId, credentials.accessKeyId);
    assert.equal(claim.sessionToken, 'token');
    const policy = verifyPostClaim(claim, { secretAccessKey });
    assert.deepEqual(policy.contentLengthRange, { min: 2, max: 10 });
    checkPostPolicy(policy, fields, { bucket: 'photos', nowMs, contentLength: 10 });
  });

  test(`POST form, ${version}: wrong secret, changed policy, key id or signature are refused`, () => {
    const fields = signedForm(version);
    assert.throws(() => verify(fields, 'another'), refused('SignatureDoesNotMatch'));
    const signatureField = version === 'v2' ? 'signature' : 'x-amz-signature';
    const other = base64({ expiration: '2030-01-01T00:00:00Z', conditions: [] });
    const signature = fields.get(signatureField)!;
    for (const [name, value] of [
      ['policy', other],
      ['policy', ` ${fields.get('policy')!}`],
      [signatureField, signature.toUpperCase()],
      [signatureField, signature.slice(1)],
    ] as const) {
      const changed = new Map(fields).set(name, value);
      assert.throws(() => verify(changed), refused('SignatureDoesNotMatch'), name);
    }
  });

  test(`POST form, ${version}: a policy character swapped for a wider one is refused`, () => {
    const fields = signedForm(version);
    const policy = fields.get('policy')!;
    // U+0100 more than a character, which has the same last byte.
    const wide = String.fromCharCode(policy.charCodeAt(9) + 0x100);
    const changed = new Map(fields).set('policy', policy.slice(0, 9) + wide + policy.slice(10));
    assert.throws(() => verify(changed), refused('SignatureDoesNotMatch'));
  });

  test(`POST form, ${version}: each missing credential field is refused`, () => {
    const fields = signedForm(version);
    for (const name of fields.keys()) {
      if (name === 'key' || name === 'acl') continue;
      const lacking = new Map(fields);
      lacking.delete(name);
      assert.throws(() => parsePostClaim(lacking), refused('InvalidArgument', /must contain/));
    }
  });
}

test('parsePostClaim: no credential field at all is anonymous', () => {
  assert.deepEqual(parsePostClaim(new Map(Object.entries(form))), { kind: 'anonymous' });
});

test('parsePostClaim: fields of both versions are refused', () => {
  const both = new Map([...signedForm('v2'), ...signedForm('v4')]);
  assert.throws(() => parsePostClaim(both), refused('InvalidArgument'));
});

const badV4Fields: readonly [string, string, SignatureErrorKind][] = [
  ['x-amz-algorithm', 'AWS4-HMAC-SHA1', 'InvalidArgument'],
  ['x-amz-credential', 'AKIA', 'AuthorizationQueryParametersError'],
  [
    'x-amz-credential',
    'A/20260601/us-east-1/iam/aws4_request',
    'AuthorizationQueryParametersError',
  ],
  ['x-amz-date', '20260602T000000Z', 'AuthorizationQueryParametersError'],
  ['x-amz-date', 'yesterday', 'AuthorizationQueryParametersError'],
];
for (const [name, value, kind] of badV4Fields) {
  test(`parsePostClaim: refuses ${name} ${value}`, () => {
    assert.throws(() => parsePostClaim(signedForm('v4').set(name, value)), refused(kind));
  });
}

test('verifyPostClaim: a strict region refuses another one, and says which it expects', () => {
  const claim = parsePostClaim(signedForm('v4'));
  assert(claim.kind === 'post');
  const strict = (name: string): PostPolicy =>
    verifyPostClaim(claim, { secretAccessKey, region: { strict: true, name } });
  strict('us-east-1');
  assert.throws(() => strict('eu-west-1'), refused('AuthorizationQueryParametersError'));
});

test('createPresignedPost of the JavaScript SDK: verifies and obeys', async () => {
  const client = new S3Client({
    region: 'eu-west-1',
    credentials: { ...credentials, sessionToken: 'a/b+c==' },
    endpoint: 'http://localhost:9000',
    forcePathStyle: true,
  });
  const { fields } = await createPresignedPost(client, {
    Bucket: 'photos',
    Key: 'user/${filename}',
    Fields: { acl: 'private', 'Content-Type': 'image/jpeg' },
    Conditions: [['content-length-range', 0, 100]],
  });
  const lower = Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value] as const);
  const posted = new Map(lower).set('key', 'user/me.jpg');
  const policy = verify(posted);
  const now = policy.expiresAtMs - 1;
  checkPostPolicy(policy, posted, { bucket: 'photos', nowMs: now, contentLength: 100 });
  const outside = new Map(posted).set('key', 'other/me.jpg');
  assert.throws(
    () => checkPostPolicy(policy, outside, { bucket: 'photos', nowMs: now }),
    refused('AccessDenied'),
  );
});

const checks: readonly {
  name: string;
  conditions?: readonly PostConditionInput[];
  fields?: Readonly<Record<string, string>>;
  bucket?: string;
  nowMs?: number;
  contentLength?: number;
  refusal?: readonly [SignatureErrorKind, RegExp];
}[] = [
  { name: 'all met' },
  {
    name: 'operators and names in any case',
    conditions: [['EQ', '$BuCkEt', 'photos'], ['Starts-With', '$KEY', 'user/'], { aCl: 'private' }],
  },
  { name: 'expired', nowMs: expiresAtMs, refusal: ['AccessDenied', /Policy expired\./] },
  {
    name: 'another bucket',
    bucket: 'other',
    refusal: ['AccessDenied', /Policy Condition failed: \["eq", "\$bucket", "photos"\]/],
  },
  {
    name: 'no condition for the bucket',
    conditions: basic.slice(1),
    refusal: ['AccessDenied', /Extra input fields: bucket/],
  },
  {
    name: 'another bucket in a form field',
    bucket: 'other',
    fields: { ...form, bucket: 'photos' },
    refusal: ['AccessDenied', /\$bucket/],
  },
  {
    name: 'another key',
    fields: { ...form, key: 'me.jpg' },
    refusal: ['AccessDenied', /Policy Condition failed: \["starts-with", "\$key", "user\/"\]/],
  },
  {
    name: 'another acl',
    fields: { ...form, acl: 'public-read' },
    refusal: ['AccessDenied', /\["eq", "\$acl", "private"\]/],
  },
  {
    name: 'an exact value with something after it',
    fields: { ...form, acl: 'private ' },
    refusal: ['AccessDenied', /\$acl/],
  },
  { name: 'a missing field', fields: { key: form.key }, refusal: ['AccessDenied', /\$acl/] },
  {
    name: 'a field that no condition names',
    fields: { ...form, tagging: '<x/>' },
    refusal: ['AccessDenied', /Extra input fields: tagging/],
  },
  { name: 'an ignored field', fields: { ...form, 'x-ignore-foo': 'bar' } },
  {
    name: 'a metadata field that is allowed',
    conditions: [...basic, ['starts-with', '$x-amz-meta-foo', 'bar']],
    fields: { ...form, 'x-amz-meta-foo': 'barclamp' },
  },
  {
    name: 'any value, but none given',
    conditions: [...basic, ['starts-with', '$Content-Type', '']],
    refusal: ['AccessDenied', /\$content-type/],
  },
  {
    name: 'a list of content types',
    conditions: [...basic, ['starts-with', '$Content-Type', 'image/']],
    fields: { ...form, 'content-type': 'image/png, image/gif' },
  },
  {
    name: 'a list of content types with a wrong one',
    conditions: [...basic, ['starts-with', '$Content-Type', 'image/']],
    fields: { ...form, 'content-type': 'image/png,text/html' },
    refusal: ['AccessDenied', /content-type/],
  },
  {
    name: 'two conditions on one field, one not met',
    conditions: [...basic, ['starts-with', '$key', 'user/you']],
    refusal: ['AccessDenied', /user\/you/],
  },
  { name: 'the smallest size', contentLength: 2 },
  { name: 'too small a size', contentLength: 1, refusal: ['EntityTooSmall', /smaller/] },
  { name: 'too large a size', contentLength: 11, refusal: ['EntityTooLarge', /exceeds/] },
  {
    name: 'the narrower of two ranges',
    conditions: [...basic, ['content-length-range', 0, 5]],
    contentLength: 6,
    refusal: ['EntityTooLarge', /exceeds/],
  },
];

for (const { name, refusal, ...given } of checks) {
  test(`checkPostPolicy: ${name}`, () => {
    for (const version of ['v2', 'v4'] as const) {
      const fields = signedForm(version, given.conditions, given.fields);
      const policy = verify(fields);
      const { contentLength } = given;
      const check = (): void =>
        checkPostPolicy(policy, fields, {
          bucket: given.bucket ?? 'photos',
          nowMs: given.nowMs ?? nowMs,
          ...(contentLength === undefined ? {} : { contentLength }),
        });
      if (refusal === undefined) check();
      else assert.throws(check, refused(...refusal));
    }
  });
}

test('checkPostContentLength: without a range any size is right', () => {
  checkPostContentLength({ expiresAtMs, conditions: [] }, Number.MAX_SAFE_INTEGER);
});

const expiration = '2030-01-01T00:00:00Z';
const badPolicies: readonly [string, unknown][] = [
  ['no JSON', '{"expiration":'],
  ['nothing', ''],
  ['a list', []],
  ['null', 'null'],
  ['no expiration', { conditions: [] }],
  ['EXPIRATION in capitals', { EXPIRATION: expiration, conditions: [] }],
  ['a bad expiration', { expiration: 'tomorrow', conditions: [] }],
  ['an expiration that is a number', { expiration: 1e12, conditions: [] }],
  ['the thirtieth of February', { expiration: '2030-02-30T00:00:00Z', conditions: [] }],
  ['no conditions', { expiration }],
  ['CONDITIONS in capitals', { expiration, CONDITIONS: [] }],
  ['conditions in an object', { expiration, conditions: { acl: 'private' } }],
  ['an empty condition', { expiration, conditions: [{}] }],
  ['an empty list', { expiration, conditions: [[]] }],
  ['two properties in one condition', { expiration, conditions: [{ acl: 'x', key: 'y' }] }],
  ['a number for a value', { expiration, conditions: [{ success_action_status: 201 }] }],
  ['an object for a value', { expiration, conditions: [{ acl: {} }] }],
  ['a text for a condition', { expiration, conditions: ['acl'] }],
  ['null for a condition', { expiration, conditions: [null] }],
  ['an unknown operation', { expiration, conditions: [['ends-with', '$key', 'x']] }],
  ['a field without dollar', { expiration, conditions: [['eq', 'key', 'x']] }],
  ['a condition without value', { expiration, conditions: [['eq', '$key']] }],
  ['a condition with two values', { expiration, conditions: [['eq', '$key', 'x', 'y']] }],
  ['a range without maximum', { expiration, conditions: [['content-length-range', 0]] }],
  ['a negative range', { expiration, conditions: [['content-length-range', -1, 0]] }],
  ['a range of fractions', { expiration, conditions: [['content-length-range', 0.5, 1.5]] }],
  [
    'too many conditions',
    { expiration, conditions: Array.from({ length: POST_CONDITIONS_MAX + 1 }, () => ({ a: '' })) },
  ],
];
for (const [name, policy] of badPolicies) {
  test(`parsePostPolicy: refuses ${name}`, () => {
    assert.throws(() => parsePostPolicy(base64(policy)), refused('InvalidPolicyDocument'));
  });
}

test('parsePostPolicy: refuses what is not base64, and what is too long', () => {
  const good = base64({ expiration, conditions: [] });
  assert.throws(() => parsePostPolicy(`!${good}`), refused('InvalidPolicyDocument', /base64/));
  assert.throws(() => parsePostPolicy(`${good}=A=`), refused('InvalidPolicyDocument', /base64/));
  const long = 'A'.repeat(POST_POLICY_SIZE_MAX + 1);
  assert.throws(() => parsePostPolicy(long), refused('MaxPostPreDataLengthExceeded'));
});

test('parsePostPolicy: reads line ends, and the escapes that JSON lacks', () => {
  const text = `{"expiration": "${expiration}",\r\n"conditions": [{"key": "\\$foo\\v\\\\$"}]}`;
  const encoded = base64(text).replace(/(.{76})/g, '$1\r\n');
  assert.deepEqual(parsePostPolicy(encoded).conditions, [
    { kind: 'eq', field: 'key', value: '$foo\v\\$' },
  ]);
});
