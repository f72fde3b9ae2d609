import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ASSUME, BOB, openWithBob, ROOT, to } from './testing/bob.suite.ts';
import { allow, MAIN, OTHER, policyText, sessionOf } from './testing/house.suite.ts';

test('a role’s session is the role’s, for an hour', async () => {
  const { role, assume, sts, get, failures } = await openWithBob();
  const app = await role(MAIN, 'App', to({ AWS: BOB }), allow('s3:GetObject', '*'));
  const answer = await assume(app.arn);
  const session = sessionOf(answer);
  assert.equal(answer.value('Expiration'), '2026-06-01T13:00:00Z');
  const arn = `arn:aws:sts::${MAIN}:assumed-role/App/s1`;
  assert.equal(answer.value('Arn'), arn);
  assert.equal(answer.value('AssumedRoleId'), `${app.role.id}:s1`);
  assert.ok(!answer.text.includes('PackedPolicySize') && !answer.text.includes('SourceIdentity'));
  const who = await sts('GetCallerIdentity', {}, session);
  assert.equal(who.value('Arn'), arn);
  assert.equal(who.value('UserId'), `${app.role.id}:s1`);
  assert.equal(who.value('Account'), MAIN);
  assert.equal((await get('/bucket/key', session)).status, 200);
  const denied = await get('/bucket', session);
  assert.equal(denied.status, 403);
  assert.match(denied.text, new RegExp(`User: ${arn} is not authorized to perform: s3:ListBucket`));
  assert.deepEqual(failures, []);
});

test('who may assume: the trust policy and, where it only delegates, the caller’s own', async () => {
  const { role, user, assume, sts, root, identity } = await openWithBob();
  const bob = {
    userName: 'bob',
    key: await identity.createAccessKey(MAIN, { kind: 'user', name: 'bob' }),
  };
  const bobKey = { accessKeyId: bob.key.id, secretAccessKey: bob.key.secretAccessKey };
  const ann = await user(MAIN, 'ann', ASSUME);
  const eve = await user(OTHER, 'eve', ASSUME);
  const eva = await user(OTHER, 'eva');
  const sentence = (user: string, arn: string) =>
    `User: arn:aws:iam::${user} is not authorized to perform: sts:AssumeRole on resource: ${arn}`;
  const rows = [
    ['names bob', to({ AWS: BOB }), bobKey, ''],
    [
      'names bob',
      to({ AWS: BOB }),
      ann,
      `${MAIN}:user/ann … because no role trust policy allows the sts:AssumeRole action`,
    ],
    [
      'delegates',
      to({ AWS: ROOT }),
      bobKey,
      `${MAIN}:user/bob … because no identity-based policy allows the sts:AssumeRole action`,
    ],
    ['delegates', to({ AWS: MAIN }), ann, ''],
    ['delegates', to({ AWS: ROOT }), eve, `${OTHER}:user/eve`],
    ['names another account', to({ AWS: OTHER }), eve, ''],
    ['names another account', to({ AWS: OTHER }), eva, `${OTHER}:user/eva`],
    [
      'names another account',
      to({ AWS: OTHER }),
      ann,
      `${MAIN}:user/ann … because no role trust policy allows the sts:AssumeRole action`,
    ],
    ['names everybody', to('*'), bobKey, ''],
    ['names everybody', to('*'), eva, `${OTHER}:user/eva`],
    [
      'names a service',
      to({ Service: 'ec2.amazonaws.com' }),
      ann,
      `${MAIN}:user/ann … because no role trust policy allows the sts:AssumeRole action`,
    ],
    [
      'denies',
      [to('*'), { ...to({ AWS: BOB }), Effect: 'Deny' }],
      bobKey,
      `${MAIN}:user/bob … with an explicit deny in a role trust policy`,
    ],
    [
      'allows another action',
      to('*', 'sts:TagSession'),
      ann,
      `${MAIN}:user/ann … because no role trust policy allows the sts:AssumeRole action`,
    ],
  ] as const;
  for (const [index, [name, trust, as, refusal]] of rows.entries()) {
    const { arn } = await role(MAIN, `Role${index}`, trust);
    const answer = await assume(arn, as);
    if (refusal === '') {
      assert.equal(answer.status, 200, `${name}: ${answer.text}`);
      continue;
    }
    const [who = '', reason = ''] = refusal.split(' … ');
    assert.deepEqual([answer.status, answer.code], [403, 'AccessDenied'], name);
    assert.equal(answer.message, `${sentence(who, arn)} ${reason}`.trimEnd(), name);
  }
  const { arn } = await role(MAIN, 'ForRoot', to({ AWS: ROOT }));
  const byRoot = await assume(arn, root);
  assert.deepEqual(
    [byRoot.code, byRoot.message],
    ['AccessDenied', 'Roles may not be assumed by root accounts.'],
  );
  const byNobody = await sts('AssumeRole', { RoleArn: arn, RoleSessionName: 's1' });
  assert.deepEqual([byNobody.status, byNobody.code], [403, 'MissingAuthenticationToken']);
});

test('a role that is not there is refused as one that does not trust', async () => {
  const { user, role, assume } = await openWithBob();
  const ann = await user(MAIN, 'ann', ASSUME);
  await role(MAIN, 'App', to({ AWS: ROOT }));
  for (const arn of [
    `arn:aws:iam::${MAIN}:role/None`,
    `arn:aws:iam::${MAIN}:role/path/App`,
    `arn:aws:iam::${MAIN}:role/app`,
    `arn:aws:iam::${OTHER}:role/App`,
    'arn:aws:iam::999999999999:role/App',
  ]) {
    const answer = await assume(arn, ann);
    assert.deepEqual([answer.status, answer.code], [403, 'AccessDenied'], arn);
    assert.match(
      answer.message ?? '',
      new RegExp(`on resource: ${arn}(?: because no role trust.*)?$`),
    );
  }
  for (const arn of [BOB, ROOT, `arn:aws:iam::${MAIN}:policy/App`, 'x'.repeat(30)]) {
    assert.equal((await assume(arn, ann)).code, 'ValidationError', arn);
  }
});

test('a session dies with its role, and with none made again under the name', async () => {
  const { role, assume, get, identity, sts, clock } = await openWithBob();
  const { arn } = await role(MAIN, 'App', to({ AWS: BOB }), allow('s3:*', '*'));
  const session = sessionOf(await assume(arn));
  assert.equal((await get('/bucket/key', session)).status, 200);
  await identity.deleteRolePolicy(MAIN, 'App', 'inline');
  assert.equal((await get('/bucket/key', session)).status, 403);
  await identity.deleteRole(MAIN, 'App');
  assert.equal((await get('/bucket/key', session)).code, 'InvalidToken');
  assert.equal((await sts('GetCallerIdentity', {}, session)).code, 'InvalidClientTokenId');
  await role(MAIN, 'App', to({ AWS: BOB }), allow('s3:*', '*'));
  assert.equal((await get('/bucket/key', session)).code, 'InvalidToken');
  const next = sessionOf(await assume(arn));
  assert.equal((await get('/bucket/key', next)).status, 200);
  clock.advance(3_600_000);
  assert.equal((await get('/bucket/key', next)).code, 'ExpiredToken');
});

test('sessions that began before a time are revoked by aws:TokenIssueTime', async () => {
  const { role, assume, get, identity, clock } = await openWithBob();
  const { arn } = await role(MAIN, 'App', to({ AWS: BOB }), allow('s3:*', '*'));
  const older = sessionOf(await assume(arn));
  clock.advance(1);
  const deny = {
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: { DateLessThan: { 'aws:TokenIssueTime': new Date(clock.nowMs()).toISOString() } },
  };
  await identity.putRolePolicy(MAIN, 'App', {
    name: 'AWSRevokeOlderSessions',
    text: policyText(deny),
  });
  assert.equal((await get('/bucket/key', older)).status, 403);
  const newer = sessionOf(await assume(arn));
  assert.equal((await get('/bucket/key', newer)).status, 200);
});

test('durations: up to the role’s own limit, and an hour in a chain', async () => {
  const { role, assume, identity } = await openWithBob();
  const { arn } = await role(MAIN, 'App', to('*'), ASSUME);
  const { arn: next } = await role(MAIN, 'Next', to({ AWS: ROOT }));
  for (const name of ['App', 'Next'])
    await identity.updateRole(MAIN, name, { maxSessionSeconds: 7200 });
  const longest = await assume(arn, undefined, { DurationSeconds: 7200 });
  assert.equal(longest.value('Expiration'), '2026-06-01T14:00:00Z');
  const tooLong = await assume(arn, undefined, { DurationSeconds: 7201 });
  assert.deepEqual(
    [tooLong.status, tooLong.code, tooLong.message],
    [
      400,
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    ],
  );
  for (const DurationSeconds of [899, 43_201]) {
    const answer = await assume(arn, undefined, { DurationSeconds });
    assert.match(answer.message ?? '', /at 'durationSeconds' failed to satisfy constraint/);
  }
  const chained = await assume(next, sessionOf(longest), { DurationSeconds: 3601 });
  assert.deepEqual(
    [chained.code, chained.message],
    [
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    ],
  );
  const hour = await assume(next, sessionOf(longest), { DurationSeconds: 3600 });
  assert.equal(hour.value('Expiration'), '2026-06-01T13:00:00Z');
});

test('what a trust policy can ask about: external id, session name, duration, role’s tags', async () => {
  const { role, assume, identity } = await openWithBob();
  const rows = [
    [{ StringEquals: { 'sts:ExternalId': 'x-1' } }, { ExternalId: 'x-1' }, true],
    [{ StringEquals: { 'sts:ExternalId': 'x-1' } }, { ExternalId: 'x-2' }, false],
    [{ StringEquals: { 'sts:ExternalId': 'x-1' } }, {}, false],
    [
      { StringEquals: { 'sts:RoleSessionName': '${aws:username}' } },
      { RoleSessionName: 'bob' },
      true,
    ],
    [
      { StringEquals: { 'sts:RoleSessionName': '${aws:username}' } },
      { RoleSessionName: 'eve' },
      false,
    ],
    [{ NumericLessThanEquals: { 'sts:DurationSeconds': '900' } }, { DurationSeconds: 900 }, true],
    [{ NumericLessThanEquals: { 'sts:DurationSeconds': '900' } }, { DurationSeconds: 901 }, false],
    [{ StringEquals: { 'aws:ResourceTag/Team': 'red' } }, {}, true],
    [{ StringEquals: { 'iam:ResourceTag/team': 'blue' } }, {}, false],
    [{ Bool: { 'aws:MultiFactorAuthPresent': 'true' } }, {}, false],
    [{ BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } }, {}, true],
    [{ Null: { 'aws:TokenIssueTime': 'true' } }, {}, true],
  ] as const;
  for (const [index, [Condition, more, isAllowed]] of rows.entries()) {
    const { arn } = await role(MAIN, `Role${index}`, { ...to({ AWS: BOB }), Condition });
    await identity.tagRole(MAIN, `Role${index}`, [{ key: 'team', value: 'red' }]);
    const answer = await assume(arn, undefined, more);
    assert.equal(answer.status, isAllowed ? 200 : 403, JSON.stringify([Condition, more]));
  }
});

test('what a role’s session cannot call, and what it can', async () => {
  const { role, assume, sts, iam } = await openWithBob();
  const { arn } = await role(MAIN, 'App', to({ AWS: BOB }), allow(['iam:*', 'sts:*'], '*'));
  const session = sessionOf(await assume(arn));
  for (const [action, params] of [
    ['GetSessionToken', {}],
    ['GetFederationToken', { Name: 'fed' }],
  ] as const) {
    const answer = await sts(action, params, session);
    assert.deepEqual([answer.status, answer.code], [403, 'AccessDenied']);
    assert.equal(answer.message, `Cannot call ${action} with session credentials`);
  }
  assert.equal((await iam('ListUsers', {}, session)).status, 200);
  assert.equal((await iam('CreateUser', { UserName: 'new' }, session)).status, 200);
  // Operations that mean the caller when they name nobody: a role is nobody, and never root.
  for (const action of ['GetUser', 'CreateAccessKey', 'ListAccessKeys', 'ListMFADevices']) {
    const answer = await iam(action, {}, session);
    assert.deepEqual(
      [answer.status, answer.code, answer.message],
      [400, 'ValidationError', 'Must specify userName when calling with non-User credentials'],
      action,
    );
  }
  assert.equal((await iam('CreateAccessKey', { UserName: 'new' }, session)).status, 200);
});

test('the names of sessions', async () => {
  const { role, sts, bob } = await openWithBob();
  const { arn } = await role(MAIN, 'App', to({ AWS: BOB }));
  const rows = [
    ['ab', 200],
    ['a'.repeat(64), 200],
    ['a_b+c=d,e.f@g-h', 200],
    ['a', 400],
    ['a'.repeat(65), 400],
    ['a b', 400],
    ['a/b', 400],
    ['é', 400],
    ['', 400],
  ] as const;
  for (const [RoleSessionName, status] of rows) {
    const answer = await sts('AssumeRole', { RoleArn: arn, RoleSessionName }, bob);
    assert.equal(answer.status, status, RoleSessionName);
  }
  const absent = await sts('AssumeRole', { RoleArn: arn }, bob);
  assert.match(absent.message ?? '', /at 'roleSessionName' failed to satisfy constraint/);
});

test('a role of another account: both sides must agree, and so must the bucket’s', async () => {
  const { role, user, assume, get, call, root } = await openWithBob();
  const may = await user(MAIN, 'may', ASSUME);
  const read = allow('s3:GetObject', 'arn:aws:s3:::bucket/*');
  const { arn } = await role(OTHER, 'App', to({ AWS: ROOT }), read);
  assert.equal((await assume(arn)).status, 403, 'his own account has not let him');
  const session = sessionOf(await assume(arn, may));
  const answer = await get('/bucket/key', session);
  assert.equal(answer.status, 403, 'the bucket’s account has not let the role');
  assert.ok(!answer.text.includes(OTHER), 'a stranger is told nothing');
  const statement = { ...read, Principal: { AWS: arn } };
  await call('PUT', '/bucket?policy', { as: root, body: policyText(statement) });
  assert.equal((await get('/bucket/key', session)).status, 200);
  const chained = await role(MAIN, 'Back', to({ AWS: arn }), read);
  assert.equal((await assume(chained.arn, session)).status, 403, 'the role may not assume');
});

test('nobody can be kept from asking who he is', async () => {
  const { role, assume, sts, identity } = await openWithBob();
  const nothing = { ...allow('*', '*'), Effect: 'Deny' };
  const { arn } = await role(MAIN, 'App', to({ AWS: BOB }), nothing);
  const session = sessionOf(await assume(arn, undefined, { Policy: policyText(nothing) }));
  assert.equal((await sts('GetCallerIdentity', {}, session)).status, 200);
  await identity.putUserPolicy(MAIN, 'bob', { name: 'p', text: policyText(nothing) });
  assert.equal((await assume(arn)).status, 403);
});
