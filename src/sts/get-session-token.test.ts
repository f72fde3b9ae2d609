import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSessionTokens } from '../identity/sessions/token.ts';
import { allow, MAIN, openStsHouse, sessionOf } from './testing/house.suite.ts';

const HOUR_MS = 3_600_000;

async function setUp() {
  const house = await openStsHouse();
  const root = await house.root(MAIN);
  const bob = await house.user(MAIN, 'bob', allow('s3:*', '*'));
  await house.call('PUT', '/bucket', { as: root });
  await house.call('PUT', '/bucket/key', { as: root, body: 'x' });
  return { ...house, root, bob };
}

test('a user’s session is the user, and may what he may', async () => {
  const { sts, get, bob, failures } = await setUp();
  const answer = await sts('GetSessionToken', {}, bob);
  const session = sessionOf(answer);
  assert.match(session.accessKeyId, /^ASIA/);
  assert.equal(answer.value('Expiration'), '2026-06-02T00:00:00Z', 'twelve hours');
  assert.equal(answer.value('SessionTokenSize'), String(session.sessionToken.length));
  const who = await sts('GetCallerIdentity', {}, session);
  assert.equal(who.value('Arn'), `arn:aws:iam::${MAIN}:user/bob`);
  assert.match(who.value('UserId'), /^AIDA/);
  assert.equal((await get('/bucket/key', session)).status, 200);
  assert.deepEqual(failures, []);
});

test('durations: what is asked for within limits, and an hour for root', async () => {
  const { sts, bob, root } = await setUp();
  const rows = [
    [bob, 900, '2026-06-01T12:15:00Z'],
    [bob, 129_600, '2026-06-03T00:00:00Z'],
    [root, 900, '2026-06-01T12:15:00Z'],
    [root, 3600, '2026-06-01T13:00:00Z'],
    [root, 43_200, '2026-06-01T13:00:00Z'],
    [root, undefined, '2026-06-01T13:00:00Z'],
  ] as const;
  for (const [as, DurationSeconds, end] of rows) {
    const params = DurationSeconds === undefined ? {} : { DurationSeconds };
    assert.equal((await sts('GetSessionToken', params, as)).value('Expiration'), end);
  }
  for (const DurationSeconds of [899, 129_601, 0, -1]) {
    const answer = await sts('GetSessionToken', { DurationSeconds }, bob);
    assert.deepEqual([answer.status, answer.code], [400, 'ValidationError']);
  }
});

test('a token is lengthened to what is asked for', async () => {
  const { sts, bob } = await setUp();
  for (const size of [0, 100, 1000, 1001, 1002, 1003, 4096]) {
    const answer = await sts('GetSessionToken', { MinimumSessionTokenSize: size }, bob);
    const { sessionToken } = sessionOf(answer);
    assert.ok(sessionToken.length >= size && sessionToken.length < Math.max(size + 4, 600));
    assert.equal((await sts('GetCallerIdentity', {}, sessionOf(answer))).status, 200);
  }
});

test('a session ends by itself, in the words of each service', async () => {
  const { sts, iam, get, bob, clock } = await setUp();
  const session = sessionOf(await sts('GetSessionToken', { DurationSeconds: 900 }, bob));
  clock.advance(HOUR_MS / 4 - 1);
  assert.equal((await get('/bucket/key', session)).status, 200);
  clock.advance(1);
  const onS3 = await get('/bucket/key', session);
  assert.deepEqual([onS3.status, onS3.code], [400, 'ExpiredToken']);
  assert.match(onS3.text, /<Message>The provided token has expired\.<\/Message>/);
  for (const answer of [
    await sts('GetCallerIdentity', {}, session),
    await iam('ListUsers', {}, session),
  ]) {
    // Of a user's session without a second factor IAM says no more than that it is not taken.
    assert.ok(['ExpiredToken', 'InvalidClientTokenId'].includes(answer.code ?? ''));
    assert.equal(answer.status, 403);
  }
  const onSts = await sts('GetCallerIdentity', {}, session);
  assert.equal(onSts.message, 'The security token included in the request is expired');
});

test('a session dies with the key that called, and lives again with it', async () => {
  const { sts, get, bob, identity } = await setUp();
  const session = sessionOf(await sts('GetSessionToken', {}, bob));
  const owner = { kind: 'user', name: 'bob' } as const;
  const statuses = async () => [
    (await get('/bucket/key', session)).code ?? 'ok',
    (await sts('GetCallerIdentity', {}, session)).code ?? 'ok',
  ];
  assert.deepEqual(await statuses(), ['ok', 'ok']);
  await identity.updateAccessKey(MAIN, owner, bob.accessKeyId, 'Inactive');
  assert.deepEqual(await statuses(), ['InvalidToken', 'InvalidClientTokenId']);
  await identity.updateAccessKey(MAIN, owner, bob.accessKeyId, 'Active');
  assert.deepEqual(await statuses(), ['ok', 'ok']);
  await identity.deleteAccessKey(MAIN, owner, bob.accessKeyId);
  assert.deepEqual(await statuses(), ['InvalidToken', 'InvalidClientTokenId']);
});

test('a session dies with its user, and is not that of one made again under the name', async () => {
  const { sts, get, bob, identity } = await setUp();
  const session = sessionOf(await sts('GetSessionToken', {}, bob));
  assert.equal((await get('/bucket/key', session)).status, 200);
  await identity.deleteAccessKey(MAIN, { kind: 'user', name: 'bob' }, bob.accessKeyId);
  await identity.deleteUserPolicy(MAIN, 'bob', 'inline');
  await identity.deleteUser(MAIN, 'bob');
  await identity.createUser(MAIN, { name: 'bob' });
  assert.equal((await get('/bucket/key', session)).code, 'InvalidToken');
});

test('tokens that are not the key’s are refused in the words of each service', async () => {
  const { sts, get, bob, root } = await setUp();
  const session = sessionOf(await sts('GetSessionToken', {}, bob));
  const { accessKeyId, secretAccessKey, sessionToken } = session;
  const other = sessionOf(await sts('GetSessionToken', {}, bob));
  // A token is in the cache by now, so that the way past the cache is gone, too.
  assert.equal((await get('/bucket/key', session)).status, 200);
  const elsewhere = createSessionTokens(new Uint8Array(32).fill(2)).seal({
    account: MAIN,
    source: { kind: 'user', owner: { kind: 'root' } },
    issuedAtMs: 0,
    expiresAtMs: 9_999_999_999_000,
    tags: [],
    transitiveTagKeys: [],
    policyIds: [],
  });
  const [last = ''] = sessionToken.slice(-1);
  const forged = {
    'a long-term key with a token': { ...bob, sessionToken },
    'root’s key with a token': { ...root, sessionToken },
    'another session’s token': { accessKeyId, secretAccessKey, sessionToken: other.sessionToken },
    'another session’s key': { ...other, sessionToken },
    'an altered token': {
      ...session,
      sessionToken: sessionToken.slice(0, -1) + (last === 'A' ? 'B' : 'A'),
    },
    'an empty token': { ...session, sessionToken: '' },
    'a token of AWS’s': { ...session, sessionToken: 'IQoJb3JpZ2luX2VjEXAMPLE//////////' },
    'a token of another server': elsewhere,
  };
  for (const [name, as] of Object.entries(forged)) {
    const onS3 = await get('/bucket/key', as);
    assert.deepEqual([onS3.status, onS3.code], [400, 'InvalidToken'], name);
    const onSts = await sts('GetCallerIdentity', {}, as);
    assert.deepEqual([onSts.status, onSts.code], [403, 'InvalidClientTokenId'], name);
    assert.equal(onSts.message, 'The security token included in the request is invalid.');
  }
  const bare = { accessKeyId, secretAccessKey };
  assert.equal((await get('/bucket/key', bare)).code, 'InvalidAccessKeyId');
  assert.equal((await sts('GetCallerIdentity', {}, bare)).code, 'InvalidClientTokenId');
  const wrongSecret = { ...session, secretAccessKey: bob.secretAccessKey };
  assert.equal((await get('/bucket/key', wrongSecret)).code, 'SignatureDoesNotMatch');
});

test('every way to sign takes a session', async () => {
  const { sts, ask, call, bob } = await setUp();
  const session = sessionOf(await sts('GetSessionToken', {}, bob));
  for (const sign of ['header', 'query', 'v2', 'v2-query'] as const) {
    const answer = await call('GET', '/bucket/key', { as: session, sign });
    assert.equal(answer.status, 200, `${sign}: ${answer.text}`);
    const { sessionToken } = session;
    const altered = { ...session, sessionToken: `${sessionToken}AAAA` };
    assert.equal((await call('GET', '/bucket/key', { as: altered, sign })).code, 'InvalidToken');
  }
  const query = await ask('sts', 'GetCallerIdentity', {}, session, 'query');
  assert.equal(query.value('Arn'), `arn:aws:iam::${MAIN}:user/bob`);
});

test('what users under temporary credentials cannot call', async () => {
  const { sts, iam, bob, root } = await setUp();
  for (const key of [bob, root]) {
    const session = sessionOf(await sts('GetSessionToken', {}, key));
    for (const [action, params] of [
      ['GetSessionToken', {}],
      ['GetFederationToken', { Name: 'fed' }],
      ['GetAccessKeyInfo', { AccessKeyId: bob.accessKeyId }],
    ] as const) {
      const answer = await sts(action, params, session);
      assert.deepEqual([answer.status, answer.code], [403, 'AccessDenied']);
      assert.equal(answer.message, `Cannot call ${action} with session credentials`);
    }
    const refused = await iam('ListUsers', {}, session);
    assert.deepEqual([refused.status, refused.code], [403, 'InvalidClientTokenId']);
  }
});

test('GetAccessKeyInfo says whose account a key is of', async () => {
  const { sts, bob, root, user } = await setUp();
  const session = sessionOf(await sts('GetSessionToken', {}, bob));
  for (const AccessKeyId of [bob.accessKeyId, session.accessKeyId]) {
    assert.equal((await sts('GetAccessKeyInfo', { AccessKeyId }, root)).value('Account'), MAIN);
  }
  const unknown = await sts('GetAccessKeyInfo', { AccessKeyId: 'AKIAIOSFODNN7EXAMPLE' }, root);
  assert.deepEqual([unknown.status, unknown.code], [400, 'ValidationError']);
  const eve = await user(MAIN, 'eve');
  const denied = await sts('GetAccessKeyInfo', { AccessKeyId: bob.accessKeyId }, eve);
  assert.deepEqual([denied.status, denied.code], [403, 'AccessDenied']);
});
