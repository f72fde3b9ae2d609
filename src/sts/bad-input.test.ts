import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { signPostPolicy, signPostPolicyV2 } from '../signature/index.ts';
import { encodeForm } from '../s3/testing/form.suite.ts';
import { allow, MAIN, openStsHouse, sessionOf } from './testing/house.suite.ts';

const ROLE = `arn:aws:iam::${MAIN}:role/App`;

/** Each operation with parameters of which any may be replaced. */
const CALLS = {
  AssumeRole: {
    RoleArn: ROLE,
    RoleSessionName: 's1',
    DurationSeconds: '900',
    Policy: '{"Version":"2012-10-17","Statement":[]}',
    ExternalId: 'ext',
    SerialNumber: `arn:aws:iam::${MAIN}:mfa/x`,
    TokenCode: '123456',
    SourceIdentity: 'ann',
    MinimumSessionTokenSize: '10',
    'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/AmazonS3FullAccess',
    'Tags.member.1.Key': 'k',
    'Tags.member.1.Value': 'v',
    'TransitiveTagKeys.member.1': 'k',
    'ProvidedContexts.member.1.ProviderArn': ROLE,
  },
  AssumeRoleWithWebIdentity: {
    RoleArn: ROLE,
    RoleSessionName: 's1',
    WebIdentityToken: 'a.b.c',
    ProviderId: 'www.amazon.com',
    DurationSeconds: '900',
  },
  GetSessionToken: { DurationSeconds: '900', SerialNumber: 'GAHT12345678', TokenCode: '123456' },
  GetFederationToken: {
    Name: 'fed',
    DurationSeconds: '900',
    Policy: '{}',
    'Tags.member.1.Key': 'k',
    'Tags.member.1.Value': 'v',
  },
  GetCallerIdentity: {},
  GetAccessKeyInfo: { AccessKeyId: 'AKIAIOSFODNN7EXAMPLE' },
  DecodeAuthorizationMessage: { EncodedMessage: 'x' },
} as const;

const text = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ minLength: 1, maxLength: 4 }).map((unit) => unit.repeat(6000)),
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e9',
    'NaN',
    '99999999999999999999',
    'true',
    'null',
    '{}',
    '[]',
    '../..',
    '%00',
    '__proto__',
    'constructor',
    'arn:aws:iam::*:role/*',
    `arn:aws:iam::${MAIN}:root`,
    `arn:aws:iam::${MAIN}:role/${'x/'.repeat(500)}y`,
    `arn:aws:iam::${MAIN}:oidc-provider/x`,
    'arn:aws:iam::aws:policy/None',
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"${aws:"}}',
    'eyJhbGciOiJub25lIn0.e30.',
    'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwczovL3gifQ.AA',
    'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOnt9fQ.AA',
    'ASIAQNZGKIQY56JQ7WML',
  ),
);

test('whatever a parameter holds, the answer is AWS’s and never a fault of ours', async () => {
  const { ask, user, role, identity, failures } = await openStsHouse();
  const bob = await user(MAIN, 'bob', allow('*', '*'));
  await role(MAIN, 'App', { Effect: 'Allow', Principal: '*', Action: 'sts:*' });
  const { id } = await identity.getRole(MAIN, 'App');
  const actions = Object.keys(CALLS) as (keyof typeof CALLS)[];
  const change = fc.record({
    action: fc.constantFrom(...actions),
    which: fc.nat(),
    /** What stands after the name, so that lists and structures are asked for out of order. */
    suffix: fc.constantFrom('', '', '', '.member', '.member.2', '.member.x', '.1', '.member.1.Key'),
    value: text,
    isDropped: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(change, async ({ action, which, suffix, value, isDropped }) => {
      const params: Record<string, string> = { ...CALLS[action] };
      const names = Object.keys(params);
      const name = names[which % Math.max(names.length, 1)] ?? 'Anything';
      if (isDropped) delete params[name];
      if (!isDropped || suffix !== '') params[name + suffix] = value;
      const answer = await ask('sts', action, params, bob);
      assert.ok(answer.status < 500, `${action} ${name}${suffix}=${value}: ${answer.text}`);
      assert.ok(answer.status === 200 || answer.code !== undefined);
      assert.ok(answer.text.length < 16_384, 'an answer is no longer than it must be');
    }),
    { numRuns: 1500 },
  );
  assert.deepEqual(failures, []);
  assert.equal((await identity.getRole(MAIN, 'App')).id, id);
});

test('tokens of any bytes are refused', async () => {
  const { sts, get, user, failures } = await openStsHouse();
  const bob = await user(MAIN, 'bob');
  const session = sessionOf(await sts('GetSessionToken', {}, bob));
  const token = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'AZaz09-_+/='), minLength: 1, maxLength: 400 }),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
    fc
      .uint8Array({ maxLength: 300 })
      .map((bytes) => `AQ${Buffer.from(bytes).toString('base64url')}`),
    fc
      .nat({ max: session.sessionToken.length - 1 })
      .map((end) => session.sessionToken.slice(0, end)),
  );
  await fc.assert(
    fc.asyncProperty(token, async (sessionToken) => {
      const as = { ...session, sessionToken };
      assert.equal((await get('/bucket/key', as)).code, 'InvalidToken');
      assert.equal((await sts('GetCallerIdentity', {}, as)).code, 'InvalidClientTokenId');
    }),
    { numRuns: 300 },
  );
  assert.deepEqual(failures, []);
});

test('a form takes a session, whose token its policy must name', async () => {
  const { sts, call, user, root, clock, get } = await openStsHouse();
  const owner = await root(MAIN);
  await call('PUT', '/bucket', { as: owner });
  const bob = await user(MAIN, 'bob', allow('s3:PutObject', '*'));
  const session = sessionOf(await sts('GetSessionToken', {}, bob));
  const conditions = [{ bucket: 'bucket' }, { key: 'k' }];
  const post = (fields: Record<string, string>) =>
    call('POST', '/bucket', {
      headers: { 'content-type': 'multipart/form-data; boundary=a-b-c' },
      body: encodeForm({ fields: { key: 'k', ...fields } }),
    });
  const expiresAtMs = clock.nowMs() + 60_000;
  const options = { credentials: session, conditions, expiresAtMs };
  const v4 = signPostPolicy({ ...options, region: 'us-east-1', nowMs: clock.nowMs() });
  const { awsaccesskeyid = '', ...rest } = signPostPolicyV2(options);
  for (const fields of [v4, { AWSAccessKeyId: awsaccesskeyid, ...rest }]) {
    assert.equal((await post(fields)).status, 204);
    const other = { ...fields, 'x-amz-security-token': `${session.sessionToken}AAAA` };
    assert.equal((await post(other)).code, 'InvalidToken');
    const { 'x-amz-security-token': _, ...without } = fields as Record<string, string>;
    assert.equal((await post(without)).code, 'InvalidAccessKeyId');
  }
  assert.equal((await get('/bucket/k', owner)).text, 'bar');
  clock.advance(13 * 3_600_000);
  assert.equal((await post(v4)).code, 'ExpiredToken');
});
