import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allow, MAIN, openStsHouse, OTHER, policyText, sessionOf } from './testing/house.suite.ts';

const to = (principal: object | string, ...actions: string[]) => ({
  Effect: 'Allow',
  Principal: principal,
  Action: actions.length === 0 ? 'sts:AssumeRole' : actions,
});
const ROOT = `arn:aws:iam::${MAIN}:root`;
const BOB = `arn:aws:iam::${MAIN}:user/bob`;
const ASSUME = allow('sts:AssumeRole', '*');

async function setUp() {
  const house = await openStsHouse();
  const root = await house.root(MAIN);
  const bob = await house.user(MAIN, 'bob');
  await house.call('PUT', '/bucket', { as: root });
  await house.call('PUT', '/bucket/key', { as: root, body: 'x' });
  const assume = (RoleArn: string, as = bob, more = {}) =>
    house.sts('AssumeRole', { RoleArn, RoleSessionName: 's1', ...more }, as);
  return { ...house, root, bob, assume };
}

test('a role’s session is the role’s, for an hour', async () => {
  const { role, assume, sts, get, failures } = await setUp();
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
  const { role, user, assume, sts, root, identity } = await setUp();
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
  const { user, role, assume } = await setUp();
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
  const { role, assume, get, identity, sts, clock } = await setUp();
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
  const { role, assume, get, identity, clock } = await setUp();
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
  const { role, assume, identity } = await setUp();
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
  const { role, assume, identity } = await setUp();
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

test('session tags: allowed by sts:TagSession, and over the role’s own', async () => {
  const { role, assume, get, identity } = await setUp();
  const tagged = to({ AWS: BOB }, 'sts:AssumeRole', 'sts:TagSession');
  const read = {
    ...allow('s3:GetObject', 'arn:aws:s3:::bucket/*'),
    Condition: { StringEquals: { 'aws:PrincipalTag/Team': 'red' } },
  };
  const { arn } = await role(MAIN, 'App', tagged, read);
  await identity.tagRole(MAIN, 'App', [{ key: 'team', value: 'blue' }]);
  const Tags = [{ Key: 'TEAM', Value: 'red' }];
  const answer = await assume(arn, undefined, { Tags });
  assert.ok(Number(answer.value('PackedPolicySize')) >= 1);
  assert.equal((await get('/bucket/key', sessionOf(answer))).status, 200);
  assert.equal((await get('/bucket/key', sessionOf(await assume(arn)))).status, 403);
  const { arn: untaggable } = await role(MAIN, 'Plain', to({ AWS: BOB }));
  const refused = await assume(untaggable, undefined, { Tags });
  assert.match(refused.message ?? '', /not authorized to perform: sts:TagSession on resource/);
  const { arn: only } = await role(MAIN, 'Only', [
    to({ AWS: BOB }),
    {
      ...to({ AWS: BOB }, 'sts:TagSession'),
      Condition: {
        StringLike: { 'aws:RequestTag/team': 'r*' },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['team', 'cost'] },
      },
    },
  ]);
  for (const [tags, status] of [
    [{ team: 'red' }, 200],
    [{ team: 'red', cost: '1' }, 200],
    [{ team: 'blue' }, 403],
    [{ team: 'red', other: '1' }, 403],
  ] as const) {
    const list = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    assert.equal((await assume(only, undefined, { Tags: list })).status, status);
  }
});

test('session tags that cannot be', async () => {
  const { role, assume } = await setUp();
  const { arn } = await role(MAIN, 'App', to({ AWS: BOB }, 'sts:*'));
  const tag = (Key: string, Value = 'v') => ({ Key, Value });
  const many = Array.from({ length: 51 }, (_, index) => tag(`k${index}`));
  const rows = [
    [{ Tags: [tag('a'), tag('A')] }, 'InvalidParameterValue', /^Duplicate tag keys found/],
    [{ Tags: [tag('aws:x')] }, 'InvalidParameterValue', /reserved/],
    [{ Tags: [tag('a')], TransitiveTagKeys: ['b'] }, 'InvalidParameterValue', /must be included/],
    [{ TransitiveTagKeys: ['a'] }, 'InvalidParameterValue', /must be included/],
    [{ Tags: many }, 'ValidationError', /at 'tags' failed/],
    [{ Tags: [tag('k'.repeat(129))] }, 'ValidationError', /at 'tags\.1\.member\.key'/],
    [{ Tags: [tag('k', 'v'.repeat(257))] }, 'ValidationError', /at 'tags\.1\.member\.value'/],
    [{ Tags: [tag('<')] }, 'ValidationError', /regular expression/],
    [{ Tags: [tag('')] }, 'ValidationError', /greater than or equal to 1/],
  ] as const;
  for (const [more, code, message] of rows) {
    const answer = await assume(arn, undefined, more);
    assert.deepEqual([answer.status, answer.code], [400, code], JSON.stringify(more).slice(0, 80));
    assert.match(answer.message ?? '', message);
  }
  const most = await assume(arn, undefined, { Tags: many.slice(0, 50) });
  assert.equal(most.status, 200, most.text);
});

test('transitive tags go through a chain, where nobody can change them', async () => {
  const { role, assume, get } = await setUp();
  const all = ['sts:AssumeRole', 'sts:TagSession'];
  const { arn } = await role(MAIN, 'First', to({ AWS: BOB }, ...all), allow(all, '*'));
  const byTag = {
    ...allow('s3:GetObject', 'arn:aws:s3:::bucket/*'),
    Condition: {
      StringEquals: { 'aws:PrincipalTag/team': 'red' },
      Null: { 'aws:PrincipalTag/cost': 'true' },
    },
  };
  const second = await role(MAIN, 'Second', to({ AWS: ROOT }, ...all), byTag, allow(all, '*'));
  const third = await role(MAIN, 'Third', to({ AWS: ROOT }, ...all), byTag);
  const Tags = [
    { Key: 'Team', Value: 'red' },
    { Key: 'Cost', Value: '1' },
  ];
  const first = sessionOf(await assume(arn, undefined, { Tags, TransitiveTagKeys: ['team'] }));
  const next = sessionOf(await assume(second.arn, first));
  assert.equal((await get('/bucket/key', next)).status, 200);
  assert.equal((await get('/bucket/key', sessionOf(await assume(third.arn, next)))).status, 200);
  const conflict = await assume(second.arn, first, { Tags: [{ Key: 'TEAM', Value: 'blue' }] });
  assert.equal(conflict.code, 'InvalidParameterValue');
  assert.match(
    conflict.message ?? '',
    /conflicts with a transitive tag key from the calling session/,
  );
  const { arn: untaggable } = await role(MAIN, 'Plain', to({ AWS: ROOT }));
  const refused = await assume(untaggable, first);
  assert.match(refused.message ?? '', /not authorized to perform: sts:TagSession/);
});

test('a source identity is set by permission, and stays for good', async () => {
  const { role, assume, get } = await setUp();
  const all = ['sts:AssumeRole', 'sts:SetSourceIdentity'];
  const byIdentity = {
    ...allow('s3:GetObject', '*'),
    Condition: { StringEquals: { 'aws:SourceIdentity': 'Ann' } },
  };
  const only = {
    ...to({ AWS: BOB }, ...all),
    Condition: { StringEquals: { 'sts:SourceIdentity': 'Ann' } },
  };
  const { arn } = await role(MAIN, 'First', only, byIdentity, allow(all, '*'));
  const second = await role(MAIN, 'Second', to({ AWS: ROOT }, ...all), byIdentity);
  const plain = await role(MAIN, 'Plain', to({ AWS: ROOT }));
  assert.equal((await assume(arn)).status, 403, 'the trust policy wants one');
  assert.equal((await assume(arn, undefined, { SourceIdentity: 'Eve' })).status, 403);
  const answer = await assume(arn, undefined, { SourceIdentity: 'Ann' });
  assert.equal(answer.value('SourceIdentity'), 'Ann');
  const first = sessionOf(answer);
  assert.equal((await get('/bucket/key', first)).status, 200);
  const next = await assume(second.arn, first);
  assert.equal(next.value('SourceIdentity'), 'Ann');
  assert.equal((await get('/bucket/key', sessionOf(next))).status, 200);
  assert.equal((await assume(second.arn, first, { SourceIdentity: 'Ann' })).status, 200);
  const changed = await assume(second.arn, first, { SourceIdentity: 'Eve' });
  assert.equal(changed.message, 'The source identity is already set for this assume role session');
  const refused = await assume(plain.arn, first);
  assert.match(refused.message ?? '', /not authorized to perform: sts:SetSourceIdentity/);
});

test('session policies only take away, and together allow what any of them allows', async () => {
  const { role, assume, get, identity, call } = await setUp();
  const { arn } = await role(MAIN, 'App', to({ AWS: BOB }), allow(['s3:Get*', 's3:List*'], '*'));
  const read = allow('s3:GetObject', 'arn:aws:s3:::bucket/*');
  await identity.createPolicy(MAIN, { name: 'list', text: policyText(allow('s3:List*', '*')) });
  const list = `arn:aws:iam::${MAIN}:policy/list`;
  const statuses = async (more: object) => {
    const answer = await assume(arn, undefined, more);
    const session = sessionOf(answer);
    return [
      (await get('/bucket/key', session)).status,
      (await get('/bucket', session)).status,
      (await call('PUT', '/bucket/new', { as: session, body: 'x' })).status,
    ];
  };
  assert.deepEqual(await statuses({}), [200, 200, 403]);
  assert.deepEqual(await statuses({ Policy: policyText(read) }), [200, 403, 403]);
  assert.deepEqual(await statuses({ PolicyArns: [{ arn: list }] }), [403, 200, 403]);
  const both = { Policy: policyText(read), PolicyArns: [{ arn: list }] };
  assert.deepEqual(await statuses(both), [200, 200, 403]);
  assert.deepEqual(await statuses({ Policy: policyText(allow('s3:*', '*')) }), [200, 200, 403]);
  const managed = { PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess' }] };
  assert.deepEqual(await statuses(managed), [200, 200, 403]);
  const deny = { ...read, Effect: 'Deny' };
  assert.deepEqual(
    await statuses({ Policy: policyText(deny, allow('s3:*', '*')) }),
    [403, 200, 403],
  );
});

test('a managed session policy is followed through its changes to its end', async () => {
  const { role, assume, get, identity } = await setUp();
  const { arn } = await role(MAIN, 'App', to({ AWS: BOB }), allow('s3:*', '*'));
  const { id } = await identity.createPolicy(MAIN, {
    name: 'p',
    text: policyText(allow('s3:GetObject', '*')),
  });
  const policy = `arn:aws:iam::${MAIN}:policy/p`;
  const session = sessionOf(await assume(arn, undefined, { PolicyArns: [{ arn: policy }] }));
  assert.equal((await get('/bucket/key', session)).status, 200);
  await identity.createPolicyVersion(MAIN, policy, policyText(allow('s3:ListBucket', '*')), true);
  assert.equal((await get('/bucket/key', session)).status, 403);
  await identity.setDefaultPolicyVersion(MAIN, policy, 1);
  assert.equal((await get('/bucket/key', session)).status, 200);
  await identity.deletePolicyVersion(MAIN, policy, 2);
  await identity.deletePolicy(MAIN, policy);
  assert.equal((await get('/bucket/key', session)).status, 403);
  const again = await identity.createPolicy(MAIN, {
    name: 'p',
    text: policyText(allow('s3:*', '*')),
  });
  assert.notEqual(again.id, id);
  assert.equal((await get('/bucket/key', session)).status, 403);
});

test('session policies that cannot be', async () => {
  const { role, assume } = await setUp();
  const { arn } = await role(MAIN, 'App', to({ AWS: BOB }));
  const noise = Array.from({ length: 1900 }, (_, index) =>
    String.fromCodePoint(0xa1 + ((index * 7919 + index * index * 31) % 90)),
  ).join('');
  const rows = [
    [{ Policy: '{' }, 'MalformedPolicyDocument'],
    [{ Policy: '{}' }, 'MalformedPolicyDocument'],
    [{ Policy: policyText(to('*', 's3:GetObject')) }, 'MalformedPolicyDocument'],
    [{ Policy: 'x'.repeat(2049) }, 'ValidationError'],
    [{ Policy: '' }, 'ValidationError'],
    [{ PolicyArns: [{ arn: `arn:aws:iam::${MAIN}:policy/None` }] }, 'InvalidParameterValue'],
    [{ PolicyArns: [{ arn: `arn:aws:iam::${OTHER}:policy/None` }] }, 'InvalidParameterValue'],
    [{ PolicyArns: [{ arn: arn }] }, 'InvalidParameterValue'],
    [{ PolicyArns: Array.from({ length: 11 }, () => ({ arn })) }, 'ValidationError'],
    [{ PolicyArns: [{ arn: 'short' }] }, 'ValidationError'],
    [{ ProvidedContexts: [{ ProviderArn: arn, ContextAssertion: 'abcd' }] }, 'ValidationError'],
  ] as const;
  for (const [more, code] of rows) {
    const answer = await assume(arn, undefined, more);
    assert.deepEqual([answer.status, answer.code], [400, code], JSON.stringify(more).slice(0, 90));
  }
  const fits = policyText(allow('s3:GetObject', `arn:aws:s3:::${noise.slice(0, 1800)}`));
  const large = await assume(arn, undefined, { Policy: fits });
  assert.equal(large.status, 200, large.text);
});

test('policies and tags that do not pack are refused with how far they are off', async () => {
  const { role, assume } = await setUp();
  const { arn } = await role(MAIN, 'App', to({ AWS: BOB }, 'sts:*'));
  let seed = 1;
  const next = () => (seed = (seed * 48_271) % 2_147_483_647);
  const noise = (length: number) =>
    Array.from({ length }, () => String.fromCodePoint(0x4e00 + (next() % 20_000))).join('');
  const Tags = Array.from({ length: 50 }, (_, index) => ({
    Key: `k${index}${noise(100)}`,
    Value: noise(250),
  }));
  const answer = await assume(arn, undefined, { Tags });
  assert.deepEqual([answer.status, answer.code], [400, 'PackedPolicyTooLarge']);
  assert.match(
    answer.message ?? '',
    /^Packed policy consumes \d{3,4}% of allotted space, please use smaller policy\.$/,
  );
  const some = await assume(arn, undefined, { Tags: Tags.slice(0, 3) });
  const { sessionToken } = sessionOf(some);
  assert.ok(sessionToken.length < 8192);
  assert.ok(Number(some.value('PackedPolicySize')) > 40);
});

test('what a role’s session cannot call, and what it can', async () => {
  const { role, assume, sts, iam } = await setUp();
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
  const { role, sts, bob } = await setUp();
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
