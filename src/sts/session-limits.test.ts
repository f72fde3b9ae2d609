import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BOB, openWithBob, ROOT, to } from './testing/bob.suite.ts';
import { allow, MAIN, OTHER, policyText, sessionOf } from './testing/house.suite.ts';

test('session tags: allowed by sts:TagSession, and over the role’s own', async () => {
  const { role, assume, get, identity } = await openWithBob();
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
  const { role, assume } = await openWithBob();
  const { arn } = await role(MAIN, 'App', to({ AWS: BOB }, 'sts:*'));
  const tag = (Key: string, Value = 'v') => ({ Key, Value });
  const many = Array.from({ length: 51 }, (_, index) => tag(`k${index}`));
  const rows = [
    [{ Tags: [tag('a'), tag('A')] }, 'InvalidParameterValue', /^Duplicate tag keys found/],
    [{ Tags: [tag('aws:x')] }, 'InvalidParameterValue', /reserved/],
    [{ Tags: [tag('x', 'AWS:v')] }, 'InvalidParameterValue', /reserved/],
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
  const { role, assume, get } = await openWithBob();
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
  const { role, assume, get } = await openWithBob();
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
  const { role, assume, get, identity, call } = await openWithBob();
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
  const { role, assume, get, identity } = await openWithBob();
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
  const { role, assume } = await openWithBob();
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
  const { role, assume } = await openWithBob();
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
