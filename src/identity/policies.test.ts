import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePolicy, evaluate, parsePolicy } from '../policy/index.ts';
import { openIdentityStore } from './store.ts';
import { MASTER_KEY, NOON_MS, openWithAccount, refusal } from './testing/open.ts';
import { AWS_MANAGED_POLICIES } from './aws-managed-policies.ts';

const TEXT =
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}';
const ARN = 'arn:aws:iam::123456789012:policy/team/p';
const S3_FULL = 'arn:aws:iam::aws:policy/AmazonS3FullAccess';

async function withPolicy(options = {}) {
  const opened = await openWithAccount(options);
  const { identity, account } = opened;
  const policy = await identity.createPolicy(account, { name: 'p', path: '/team/', text: TEXT });
  return { ...opened, policy };
}

/** Text of exactly this many characters that count. */
function textOfSize(size: number): string {
  const sid = 'x'.repeat(size - TEXT.length - '"Sid":"",'.length);
  return TEXT.replace('"Effect"', `"Sid":"${sid}",\n\t "Effect"`);
}

test('createPolicy makes version 1 the default, and the ARN names it exactly', async () => {
  const { identity, account, policy } = await withPolicy();
  assert.match(policy.id, /^ANPA[A-Z2-7]{17}$/);
  assert.deepEqual(await identity.getPolicy(account, ARN), policy);
  assert.deepEqual(await identity.getPolicyVersion(account, ARN, 1), {
    number: 1,
    createdAtMs: NOON_MS,
    text: TEXT,
    isDefault: true,
  });
  await assert.rejects(
    identity.createPolicy(account, { name: 'P', text: TEXT }),
    refusal(
      'EntityAlreadyExists',
      'A policy called P already exists. Duplicate names are not allowed.',
    ),
  );
  const cases = [
    ['arn:aws:iam::123456789012:policy/p', 'NoSuchEntity'],
    ['arn:aws:iam::123456789012:policy/team/P', 'NoSuchEntity'],
    ['arn:aws:iam::000000000000:policy/team/p', 'NoSuchEntity'],
    ['arn:aws:iam::aws:policy/Nothing', 'NoSuchEntity'],
    ['arn:aws:iam::123456789012:user/team/p', 'InvalidInput'],
    ['arn:aws-cn:iam::123456789012:policy/team/p', 'InvalidInput'],
    ['p', 'InvalidInput'],
  ] as const;
  for (const [arn, kind] of cases) {
    await assert.rejects(identity.getPolicy(account, arn), refusal(kind), arn);
  }
});

test('createPolicy refuses what is no policy, an old version and too much text', async () => {
  const { identity, account } = await openWithAccount();
  const cases = [
    ['', 'MalformedPolicyDocument', 'Syntax errors in policy.'],
    ['[]', 'MalformedPolicyDocument', 'Syntax errors in policy.'],
    [
      TEXT.replace('2012-10-17', '2008-10-17'),
      'MalformedPolicyDocument',
      'Policy document must be version 2012-10-17 or greater.',
    ],
    [textOfSize(6145), 'LimitExceeded', 'Cannot exceed quota for PolicySize: 6144'],
  ] as const;
  for (const [text, kind, message] of cases) {
    const creation = identity.createPolicy(account, { name: 'p', text });
    await assert.rejects(creation, refusal(kind, message));
  }
  assert.equal(await identity.countOf(account, 'policies'), 0);
  await identity.createPolicy(account, { name: 'p', text: textOfSize(6144) });
});

test('versions: five at most, numbers never reused, the default stays', async () => {
  const { identity, account } = await withPolicy();
  for (const number of [2, 3, 4, 5]) {
    const version = await identity.createPolicyVersion(account, ARN, TEXT, number === 3);
    assert.deepEqual([version.number, version.isDefault], [number, number === 3]);
  }
  await assert.rejects(
    identity.createPolicyVersion(account, ARN, TEXT, false),
    refusal('LimitExceeded'),
  );
  await assert.rejects(
    identity.deletePolicyVersion(account, ARN, 3),
    refusal('DeleteConflict', 'Cannot delete the default version of a policy.'),
  );
  await identity.deletePolicyVersion(account, ARN, 5);
  await assert.rejects(identity.getPolicyVersion(account, ARN, 5), refusal('NoSuchEntity'));
  await assert.rejects(identity.setDefaultPolicyVersion(account, ARN, 5), refusal('NoSuchEntity'));
  assert.equal((await identity.createPolicyVersion(account, ARN, TEXT, false)).number, 6);
  await identity.setDefaultPolicyVersion(account, ARN, 6);
  const { versions, defaultVersion } = await identity.getPolicy(account, ARN);
  assert.deepEqual([versions.map(({ number }) => number), defaultVersion], [[1, 2, 3, 4, 6], 6]);
  await assert.rejects(identity.deletePolicy(account, ARN), refusal('DeleteConflict'));
  for (const number of [1, 2, 3, 4]) await identity.deletePolicyVersion(account, ARN, number);
  await identity.deletePolicy(account, ARN);
  await assert.rejects(identity.getPolicy(account, ARN), refusal('NoSuchEntity'));
});

test('a policy that is attached, or bounds somebody, is not deleted', async () => {
  const { identity, account } = await withPolicy();
  await identity.createUser(account, { name: 'bob' });
  await identity.createGroup(account, { name: 'g' });
  const message = 'Cannot delete a policy attached to entities.';
  const uses = [
    [
      () => identity.attachUserPolicy(account, 'bob', ARN),
      () => identity.detachUserPolicy(account, 'bob', ARN),
    ],
    [
      () => identity.attachGroupPolicy(account, 'g', ARN),
      () => identity.detachGroupPolicy(account, 'g', ARN),
    ],
    [
      () => identity.putUserBoundary(account, 'bob', ARN),
      () => identity.deleteUserBoundary(account, 'bob'),
    ],
  ] as const;
  for (const [begin, end] of uses) {
    await begin();
    await begin();
    await assert.rejects(identity.deletePolicy(account, ARN), refusal('DeleteConflict', message));
    await end();
    const { attachmentCount, boundaryCount } = await identity.getPolicy(account, ARN);
    assert.deepEqual([attachmentCount, boundaryCount], [0, 0]);
  }
  await identity.deletePolicy(account, ARN);
});

test('of attaching and deleting a policy at once, exactly one succeeds', async () => {
  for (let round = 0; round < 20; round += 1) {
    const { identity, kv, clock, account } = await withPolicy();
    const other = await openIdentityStore({ kv, clock, masterKey: MASTER_KEY });
    await identity.createUser(account, { name: 'bob' });
    const [deletion, attachment] = await Promise.allSettled([
      identity.deletePolicy(account, ARN),
      other.attachUserPolicy(account, 'bob', ARN),
    ]);
    assert.notEqual(deletion.status, attachment.status);
  }
});

test('many who attach one policy at once all succeed, and are all counted', async () => {
  const { identity, kv, clock, account } = await withPolicy();
  const other = await openIdentityStore({ kv, clock, masterKey: MASTER_KEY });
  const names = Array.from({ length: 60 }, (_, index) => `user-${index}`);
  for (const name of names) await identity.createUser(account, { name });
  await Promise.all(
    names.map((name, index) =>
      (index % 2 === 0 ? identity : other).attachUserPolicy(account, name, ARN),
    ),
  );
  assert.equal((await identity.getPolicy(account, ARN)).attachmentCount, names.length);
  const kinds = ['user', 'group'] as const;
  const page = await identity.listPolicyEntities(account, ARN, { kinds, limit: 1000 });
  assert.deepEqual(page.items.map(({ entity }) => entity.name).sort(), [...names].sort());
});

test('attach refuses what does not exist and more than the quota', async () => {
  const { identity, account } = await withPolicy({ quotas: { policiesPerUser: 1 } });
  await identity.createUser(account, { name: 'bob' });
  const missing = 'arn:aws:iam::123456789012:policy/nothing';
  const cases = [
    [missing, 'bob', 'NoSuchEntity', `Policy ${missing} does not exist or is not attachable.`],
    ['nothing', 'bob', 'InvalidInput', 'ARN nothing is not valid.'],
    [ARN, 'eve', 'NoSuchEntity', 'The user with name eve cannot be found.'],
  ] as const;
  for (const [arn, name, kind, message] of cases) {
    const attachment = identity.attachUserPolicy(account, name, arn);
    await assert.rejects(attachment, refusal(kind, message));
  }
  await identity.attachUserPolicy(account, 'bob', ARN);
  await assert.rejects(
    identity.attachUserPolicy(account, 'bob', S3_FULL),
    refusal('LimitExceeded', 'Cannot exceed quota for PoliciesPerUser: 1'),
  );
  await assert.rejects(
    identity.detachUserPolicy(account, 'bob', S3_FULL),
    refusal('NoSuchEntity', `Policy ${S3_FULL} was not found.`),
  );
});

test('AWS’s policies are attached and counted like others, and never changed', async () => {
  const { identity, account } = await openWithAccount();
  await identity.createUser(account, { name: 'bob' });
  await identity.attachUserPolicy(account, 'bob', S3_FULL);
  const policy = await identity.getPolicy(account, S3_FULL);
  assert.deepEqual([policy.attachmentCount, policy.account], [1, 'aws']);
  const attached = await identity.listAttachedUserPolicies(account, 'bob', { limit: 10 });
  assert.deepEqual(
    attached.items.map(({ name }) => name),
    ['AmazonS3FullAccess'],
  );
  const changes = [
    () => identity.deletePolicy(account, S3_FULL),
    () => identity.createPolicyVersion(account, S3_FULL, TEXT, true),
    () => identity.setDefaultPolicyVersion(account, S3_FULL, 1),
    () => identity.tagPolicy(account, S3_FULL, [{ key: 'a', value: 'b' }]),
  ];
  for (const change of changes) await assert.rejects(change(), refusal('AccessDenied'));
  await identity.detachUserPolicy(account, 'bob', S3_FULL);
  assert.equal((await identity.getPolicy(account, S3_FULL)).attachmentCount, 0);
  for (const { arn, id } of AWS_MANAGED_POLICIES) {
    assert.match(id, /^ANPA[A-Z0-9]{17}$/);
    const version = await identity.getPolicyVersion(account, arn, 1);
    assert.equal(version.isDefault, true);
    await identity.createPolicy(account, {
      name: arn.split('/')[1]!,
      text: version.text,
    });
  }
});

test('listPolicies knows scopes, paths and uses, and pages through all', async () => {
  const { identity, account } = await withPolicy();
  await identity.createPolicy(account, { name: 'AmazonS3FullAccess', text: TEXT });
  await identity.createUser(account, { name: 'bob', boundary: ARN });
  await identity.attachUserPolicy(account, 'bob', S3_FULL);
  const names = async (request: object) => {
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await identity.listPolicies(account, { ...request, after, limit: 2 });
      seen.push(...page.items.map(({ name }) => name));
      after = page.next;
    } while (after !== undefined);
    return seen;
  };
  const provided = AWS_MANAGED_POLICIES.map(({ name }) => name);
  const everything = [...provided, 'AmazonS3FullAccess', 'p'];
  assert.deepEqual((await names({})).sort(), everything.sort());
  assert.deepEqual(await names({ scope: 'Local' }), ['AmazonS3FullAccess', 'p']);
  assert.deepEqual((await names({ scope: 'AWS' })).length, provided.length);
  assert.deepEqual(await names({ pathPrefix: '/team/' }), ['p']);
  assert.deepEqual(await names({ onlyAttached: true }), ['AmazonS3FullAccess']);
  assert.deepEqual(await names({ usage: 'PermissionsBoundary' }), ['p']);
  assert.deepEqual(await names({ usage: 'PermissionsPolicy' }), ['AmazonS3FullAccess']);
});

test('inline policies: sizes without white space, totals, names by case', async () => {
  const { identity, account } = await openWithAccount();
  await identity.createUser(account, { name: 'bob' });
  await identity.createGroup(account, { name: 'g' });
  const put = (name: string, size: number) =>
    identity.putUserPolicy(account, 'bob', { name, text: textOfSize(size) });
  await put('a', 1000);
  await put('b', 1048);
  const message = 'Maximum policy size of 2048 bytes exceeded for user bob';
  await assert.rejects(put('c', 100), refusal('LimitExceeded', message));
  await assert.rejects(put('a', 1001), refusal('LimitExceeded', message));
  await put('a', 500);
  await put('A', 500);
  const text = textOfSize(500);
  assert.deepEqual(await identity.getUserPolicy(account, 'BOB', 'A'), { name: 'A', text });
  const names = await identity.listUserPolicies(account, 'bob', { limit: 2 });
  assert.deepEqual(names, { items: ['A', 'a'], next: 'b' });
  const rest = await identity.listUserPolicies(account, 'bob', { limit: 2, after: 'b' });
  assert.deepEqual(rest, { items: ['b'], next: undefined });
  await assert.rejects(
    identity.getGroupPolicy(account, 'g', 'a'),
    refusal('NoSuchEntity', 'The group policy with name a cannot be found.'),
  );
  const group = identity.putGroupPolicy(account, 'g', { name: 'a', text: textOfSize(5121) });
  await assert.rejects(group, refusal('LimitExceeded'));
  const old = TEXT.replace('2012', '2008');
  await identity.putGroupPolicy(account, 'g', { name: 'a', text: old });
  await identity.deleteGroupPolicy(account, 'g', 'a');
  await assert.rejects(identity.deleteGroupPolicy(account, 'g', 'a'), refusal('NoSuchEntity'));
});

test('the versions of a policy that is gone meanwhile are none', async () => {
  const { identity, account } = await openWithAccount();
  const text =
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}';
  const policy = await identity.createPolicy(account, { name: 'p', text });
  const [version] = await identity.policyVersionsOf(policy);
  assert.deepEqual([version?.text, version?.isDefault], [text, true]);
  await identity.deletePolicy(account, `arn:aws:iam::${account}:policy/p`);
  assert.deepEqual(await identity.policyVersionsOf(policy), []);
});

test('whoever may do everything but IAM is not told what IAM holds by this server’s own actions', () => {
  const text = AWS_MANAGED_POLICIES.find(({ name }) => name === 'PowerUserAccess')?.text ?? '';
  const parsed = parsePolicy(text, 'identity');
  assert.ok(parsed.ok);
  const policy = compilePolicy(parsed.document, { type: 'identity-based', id: 'power' });
  const principal = {
    kind: 'user',
    accountId: '111111111111',
    arn: 'arn:aws:iam::111111111111:user/ann',
    userId: 'AIDAEXAMPLE',
  } as const;
  const effectOf = (action: string): string =>
    evaluate(
      {
        principal,
        action,
        resource: '*',
        resourceAccountId: '111111111111',
        context: () => undefined,
      },
      { identity: [policy] },
    ).effect;
  for (const action of ['coffer:GetDecision', 'coffer:ListDenials', 'iam:GetPolicyVersion']) {
    assert.equal(effectOf(action), 'ImplicitDeny', action);
  }
  for (const action of ['s3:PutObject', 'sts:AssumeRole', 'iam:ListRoles']) {
    assert.equal(effectOf(action), 'Allow', action);
  }
});
