import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownCode, twoCodes } from '../identity/testing/authenticator.ts';
import { allow, MAIN, openStsHouse, sessionOf } from './testing/house.suite.ts';

const MINUTE_MS = 60_000;
const SERIAL = `arn:aws:iam::${MAIN}:mfa/phone`;

async function setUp() {
  const house = await openStsHouse();
  const { identity, clock } = house;
  const root = await house.root(MAIN);
  const bob = await house.user(MAIN, 'bob', allow(['s3:*', 'iam:*'], '*'));
  await house.call('PUT', '/bucket', { as: root });
  await house.call('PUT', '/bucket/key', { as: root, body: 'x' });
  const { seed } = await identity.createMfaDevice(MAIN, { name: 'phone' });
  const owner = { kind: 'user', name: 'bob' } as const;
  await identity.enableMfaDevice(MAIN, owner, SERIAL, twoCodes(seed, clock.nowMs()));
  clock.advance(2 * MINUTE_MS);
  /** A code that was not shown before. */
  const code = () => {
    clock.advance(MINUTE_MS);
    return shownCode(seed, clock.nowMs());
  };
  return { ...house, root, bob, code };
}

test('a session with a second factor may call IAM and what asks for the factor', async () => {
  const { sts, iam, get, bob, code, clock, identity } = await setUp();
  const only = (condition: object) => ({
    ...allow('s3:GetObject', '*'),
    Effect: 'Deny',
    Condition: condition,
  });
  const text = (condition: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: only(condition) });
  const policy = (condition: object) =>
    identity.putUserPolicy(MAIN, 'bob', { name: 'mfa', text: text(condition) });
  await policy({ Bool: { 'aws:MultiFactorAuthPresent': 'false' } });
  const plain = sessionOf(await sts('GetSessionToken', {}, bob));
  const strong = sessionOf(
    await sts('GetSessionToken', { SerialNumber: SERIAL, TokenCode: code() }, bob),
  );
  assert.equal((await get('/bucket/key', bob)).status, 200, 'long-term keys have no such key');
  assert.equal((await get('/bucket/key', plain)).status, 403);
  assert.equal((await get('/bucket/key', strong)).status, 200);
  assert.equal((await iam('ListUsers', {}, plain)).code, 'InvalidClientTokenId');
  assert.equal((await iam('ListUsers', {}, strong)).status, 200);
  await policy({ NumericGreaterThan: { 'aws:MultiFactorAuthAge': '300' } });
  clock.advance(4 * MINUTE_MS);
  assert.equal((await get('/bucket/key', strong)).status, 200);
  clock.advance(2 * MINUTE_MS);
  assert.equal((await get('/bucket/key', strong)).status, 403);
});

test('a role that asks for a second factor, by the call itself or by the calling session', async () => {
  const { sts, get, role, bob, code, clock } = await setUp();
  const trust = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${MAIN}:user/bob` },
    Action: 'sts:AssumeRole',
    Condition: {
      Bool: { 'aws:MultiFactorAuthPresent': 'true' },
      NumericLessThan: { 'aws:MultiFactorAuthAge': '60' },
    },
  };
  const { arn } = await role(MAIN, 'App', trust, {
    ...allow('s3:GetObject', '*'),
    Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'false' } },
  });
  const call = { RoleArn: arn, RoleSessionName: 's1' };
  const factor = () => ({ SerialNumber: SERIAL, TokenCode: code() });
  assert.equal((await sts('AssumeRole', call, bob)).status, 403);
  const session = sessionOf(await sts('AssumeRole', { ...call, ...factor() }, bob));
  assert.equal((await get('/bucket/key', session)).status, 200, 'a role’s session has no factor');
  const strong = sessionOf(await sts('GetSessionToken', factor(), bob));
  assert.equal((await sts('AssumeRole', call, strong)).status, 200);
  clock.advance(MINUTE_MS);
  assert.equal((await sts('AssumeRole', call, strong)).status, 403, 'too long ago');
});

test('proofs that fail, in AWS’s words', async () => {
  const { sts, role, bob, root, user, code } = await setUp();
  const eve = await user(MAIN, 'eve', allow('sts:*', '*'));
  const once = code();
  assert.equal(
    (await sts('GetSessionToken', { SerialNumber: SERIAL, TokenCode: once }, bob)).status,
    200,
  );
  const wrong = once === '000000' ? '000001' : '000000';
  const rows = [
    [bob, { SerialNumber: SERIAL, TokenCode: once }, /failed with invalid MFA one time pass code/],
    [bob, { SerialNumber: SERIAL, TokenCode: wrong }, /failed with invalid MFA one time pass code/],
    [bob, { SerialNumber: SERIAL }, /must provide both MFA serial number and one time pass code/],
    [bob, { TokenCode: '123456' }, /must provide both/],
    [bob, { SerialNumber: `${SERIAL}2`, TokenCode: '123456' }, /unable to validate MFA code/],
    [eve, { SerialNumber: SERIAL, TokenCode: code() }, /unable to validate MFA code/],
    [root, { SerialNumber: SERIAL, TokenCode: code() }, /unable to validate MFA code/],
  ] as const;
  for (const [as, params, message] of rows) {
    const answer = await sts('GetSessionToken', params, as);
    assert.deepEqual([answer.status, answer.code], [403, 'AccessDenied'], JSON.stringify(params));
    assert.match(answer.message ?? '', message);
  }
  for (const TokenCode of ['12345', '1234567', 'abcdef']) {
    const answer = await sts('GetSessionToken', { SerialNumber: SERIAL, TokenCode }, bob);
    assert.equal(answer.code, 'ValidationError');
    assert.ok(!answer.text.includes(TokenCode), 'a code is not repeated');
  }
  // The session of a role has no device, so it cannot prove what its maker could.
  const all = { Effect: 'Allow', Principal: '*', Action: 'sts:*' };
  const { arn } = await role(MAIN, 'App', all, allow('sts:*', '*'));
  const session = sessionOf(await sts('AssumeRole', { RoleArn: arn, RoleSessionName: 's1' }, bob));
  const chained = await sts(
    'AssumeRole',
    { RoleArn: arn, RoleSessionName: 's2', SerialNumber: SERIAL, TokenCode: code() },
    session,
  );
  assert.match(chained.message ?? '', /unable to validate MFA code/);
});
