import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allow, MAIN, openStsHouse, policyText, sessionOf } from './testing/house.suite.ts';

async function setUp() {
  const house = await openStsHouse();
  const root = await house.root(MAIN);
  const bob = await house.user(MAIN, 'bob', allow(['s3:*', 'iam:*', 'sts:*'], '*'));
  await house.call('PUT', '/bucket', { as: root });
  await house.call('PUT', '/bucket/key', { as: root, body: 'x' });
  await house.call('PUT', '/bucket/other', { as: root, body: 'x' });
  const federate = (params = {}, as = bob) =>
    house.sts('GetFederationToken', { Name: 'fed', ...params }, as);
  return { ...house, root, bob, federate };
}

const READ = policyText(allow('s3:GetObject', 'arn:aws:s3:::bucket/key'));

test('a federated user may what caller and session policy both allow', async () => {
  const { federate, sts, get, call, identity, failures } = await setUp();
  const answer = await federate({ Policy: READ });
  const session = sessionOf(answer);
  const arn = `arn:aws:sts::${MAIN}:federated-user/fed`;
  assert.equal(answer.value('Arn'), arn);
  assert.equal(answer.value('FederatedUserId'), `${MAIN}:fed`);
  assert.equal(answer.value('Expiration'), '2026-06-02T00:00:00Z', 'twelve hours');
  const who = await sts('GetCallerIdentity', {}, session);
  assert.deepEqual([who.value('Arn'), who.value('UserId')], [arn, `${MAIN}:fed`]);
  const statuses = async () => [
    (await get('/bucket/key', session)).status,
    (await get('/bucket/other', session)).status,
    (await call('PUT', '/bucket/new', { as: session, body: 'x' })).status,
  ];
  assert.deepEqual(await statuses(), [200, 403, 403]);
  await identity.putUserPolicy(MAIN, 'bob', {
    name: 'inline',
    text: policyText(allow('s3:PutObject', '*')),
  });
  assert.deepEqual(await statuses(), [403, 403, 403], 'the caller lost it, and so did he');
  assert.deepEqual(failures, []);
});

test('without a session policy he may nothing but what a bucket gives him', async () => {
  const { federate, get, call, root } = await setUp();
  const session = sessionOf(await federate());
  assert.equal((await get('/bucket/key', session)).status, 403);
  const statement = {
    ...allow('s3:GetObject', 'arn:aws:s3:::bucket/*'),
    Principal: { AWS: `arn:aws:sts::${MAIN}:federated-user/fed` },
  };
  const put = await call('PUT', '/bucket?policy', { as: root, body: policyText(statement) });
  assert.equal(put.status, 204, put.text);
  assert.equal((await get('/bucket/key', session)).status, 200);
  const other = sessionOf(await federate({ Name: 'other' }));
  assert.equal((await get('/bucket/key', other)).status, 403);
});

test('a federated session of root is bounded by its policy alone, and lasts an hour', async () => {
  const { federate, get, root } = await setUp();
  const answer = await federate({ Policy: READ, DurationSeconds: 129_600 }, root);
  assert.equal(answer.value('Expiration'), '2026-06-01T13:00:00Z');
  assert.equal((await get('/bucket/key', sessionOf(answer))).status, 200);
  assert.equal((await get('/bucket/other', sessionOf(answer))).status, 403);
  assert.equal((await get('/bucket/key', sessionOf(await federate({}, root)))).status, 403);
});

test('tags: over the user’s own, and by permission', async () => {
  const { federate, get, user, identity, sts } = await setUp();
  await identity.tagUser(MAIN, 'bob', [
    { key: 'team', value: 'blue' },
    { key: 'level', value: '1' },
  ]);
  const Policy = policyText({
    ...allow('s3:GetObject', '*'),
    Condition: { StringEquals: { 'aws:PrincipalTag/Team': 'red', 'aws:PrincipalTag/level': '1' } },
  });
  const Tags = [{ Key: 'TEAM', Value: 'red' }];
  assert.equal((await get('/bucket/key', sessionOf(await federate({ Policy, Tags })))).status, 200);
  assert.equal((await get('/bucket/key', sessionOf(await federate({ Policy })))).status, 403);
  const may = await user(MAIN, 'may', allow('sts:GetFederationToken', '*'));
  const refused = await federate({ Policy, Tags }, may);
  const arn = `arn:aws:sts::${MAIN}:federated-user/fed`;
  assert.match(refused.message ?? '', new RegExp(`to perform: sts:TagSession on resource: ${arn}`));
  const mayOne = await user(
    MAIN,
    'mayone',
    allow('sts:GetFederationToken', `arn:aws:sts::${MAIN}:federated-user/one`),
  );
  assert.equal((await sts('GetFederationToken', { Name: 'one' }, mayOne)).status, 200);
  assert.equal((await sts('GetFederationToken', { Name: 'two' }, mayOne)).status, 403);
});

test('a federated user cannot call IAM, nor STS but to ask who he is', async () => {
  const { federate, sts, iam, bob } = await setUp();
  const Policy = policyText(allow(['iam:*', 'sts:*'], '*'));
  const session = sessionOf(await federate({ Policy }));
  assert.equal((await iam('ListUsers', {}, session)).code, 'InvalidClientTokenId');
  const RoleArn = `arn:aws:iam::${MAIN}:role/App`;
  for (const [action, params] of [
    ['AssumeRole', { RoleArn, RoleSessionName: 's1' }],
    ['GetSessionToken', {}],
    ['GetFederationToken', { Name: 'fed' }],
    ['GetAccessKeyInfo', { AccessKeyId: bob.accessKeyId }],
  ] as const) {
    const answer = await sts(action, params, session);
    assert.deepEqual([answer.status, answer.code], [403, 'AccessDenied'], action);
  }
});

test('a federated session dies with the key that called', async () => {
  const { federate, get, identity, bob } = await setUp();
  const session = sessionOf(await federate({ Policy: READ }));
  assert.equal((await get('/bucket/key', session)).status, 200);
  const owner = { kind: 'user', name: 'bob' } as const;
  await identity.updateAccessKey(MAIN, owner, bob.accessKeyId, 'Inactive');
  assert.equal((await get('/bucket/key', session)).code, 'InvalidToken');
});

test('two sessions of one name keep their own policies', async () => {
  const { federate, get } = await setUp();
  const key = sessionOf(await federate({ Policy: READ }));
  const other = sessionOf(await federate({ Policy: READ.replace('/key', '/other') }));
  for (let round = 0; round < 2; round += 1) {
    assert.equal((await get('/bucket/key', key)).status, 200);
    assert.equal((await get('/bucket/other', key)).status, 403);
    assert.equal((await get('/bucket/key', other)).status, 403);
    assert.equal((await get('/bucket/other', other)).status, 200);
  }
});

test('a day and a half by a signed URL, as old programs ask', async () => {
  const { ask, bob, get } = await setUp();
  const params = { Name: 'fed', DurationSeconds: 129_600, Policy: READ };
  const answer = await ask('sts', 'GetFederationToken', params, bob, 'query');
  assert.equal(answer.value('Expiration'), '2026-06-03T00:00:00Z');
  assert.match(answer.text, /xmlns="https:\/\/sts\.amazonaws\.com\/doc\/2011-06-15\/"/);
  assert.equal((await get('/bucket/key', sessionOf(answer))).status, 200);
});

test('names, durations and policies that cannot be', async () => {
  const { federate } = await setUp();
  for (const [params, code] of [
    [{ Name: 'a' }, 'ValidationError'],
    [{ Name: 'a'.repeat(33) }, 'ValidationError'],
    [{ Name: 'a b' }, 'ValidationError'],
    [{ DurationSeconds: 899 }, 'ValidationError'],
    [{ DurationSeconds: 129_601 }, 'ValidationError'],
    [{ Policy: '{' }, 'MalformedPolicyDocument'],
    [
      {
        Tags: [
          { Key: 'a', Value: '' },
          { Key: 'A', Value: '' },
        ],
      },
      'InvalidParameterValue',
    ],
  ] as const) {
    const answer = await federate(params);
    assert.deepEqual([answer.status, answer.code], [400, code], JSON.stringify(params));
  }
});
