import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate } from '../policy/index.ts';
import { roleArn, rootArn } from './arn.ts';
import type { IdentityPrincipal, Role } from './model.ts';
import { openIdentityStore } from './store.ts';
import { MASTER_KEY, NOON_MS, openWithAccount, refusal } from './testing/open.ts';

const ARN = 'arn:aws:iam::123456789012:policy/p';
const allow = (action: string) =>
  `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"${action}","Resource":"*"}}`;
const trust = (principal: object, action: unknown = 'sts:AssumeRole') =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: principal, Action: action },
  });
const EC2 = trust({ Service: 'ec2.amazonaws.com' });

function sessionOf(role: Role): IdentityPrincipal {
  const { account: accountId } = role;
  const named = {
    accountId,
    arn: `arn:aws:sts::${accountId}:assumed-role/${role.name}/s`,
    userId: `${role.id}:s`,
  };
  return {
    kind: 'assumed-role',
    ...named,
    tags: role.tags,
    policyPrincipal: { kind: 'assumed-role', ...named, roleArn: roleArn(role), roleId: role.id },
  };
}

async function setUp() {
  const opened = await openWithAccount();
  const { identity, kv, clock, account } = opened;
  const role = await identity.createRole(account, { name: 'App', trustText: EC2 });
  await identity.createPolicy(account, { name: 'p', text: allow('s3:GetObject') });
  const other = await openIdentityStore({ kv, clock, masterKey: MASTER_KEY });
  /** Asked of the store that did not make the change. */
  const may = async (action: string) => {
    const principal = sessionOf(role);
    const request = {
      principal: principal.policyPrincipal,
      action,
      resource: 'arn:aws:s3:::b/k',
      resourceAccountId: account,
      context: () => undefined,
    };
    return evaluate(request, await other.policiesOf(principal)).effect === 'Allow';
  };
  return { ...opened, role, other, may };
}

test('createRole makes a role whom every spelling of the name finds', async () => {
  const { identity, account, role } = await setUp();
  assert.match(role.id, /^AROA[A-Z2-7]{17}$/);
  assert.deepEqual(
    [role.createdAtMs, role.path, role.maxSessionSeconds, role.trustText],
    [NOON_MS, '/', 3600, EC2],
  );
  assert.deepEqual(await identity.findRole(account, 'aPP'), role);
  assert.deepEqual(await identity.findRoleById(account, role.id), role);
  await assert.rejects(
    identity.createRole(account, { name: 'APP', trustText: EC2 }),
    refusal('EntityAlreadyExists', 'Role with name APP already exists.'),
  );
  await assert.rejects(
    identity.getRole(account, 'none'),
    refusal('NoSuchEntity', 'The role with name none cannot be found.'),
  );
  await identity.createUser(account, { name: 'app' });
  await identity.updateRole(account, 'app', { maxSessionSeconds: 7200 });
  const changed = await identity.getRole(account, 'App');
  assert.deepEqual([changed.maxSessionSeconds, changed.description], [7200, undefined]);
});

test('the counts of roles, and of what bounds them, hold', async () => {
  const { identity, account } = await setUp();
  assert.equal(await identity.countOf(account, 'roles'), 1);
  await identity.createRole(account, { name: 'B', trustText: EC2, boundary: ARN });
  assert.equal((await identity.getPolicy(account, ARN)).boundaryCount, 1);
  await assert.rejects(identity.deletePolicy(account, ARN), refusal('DeleteConflict'));
  await identity.deleteRole(account, 'b');
  assert.equal((await identity.getPolicy(account, ARN)).boundaryCount, 0);
  assert.equal(await identity.countOf(account, 'roles'), 1);
  const small = await openWithAccount({ quotas: { rolesPerAccount: 1 } });
  await small.identity.createRole(account, { name: 'a', trustText: EC2 });
  await assert.rejects(
    small.identity.createRole(account, { name: 'b', trustText: EC2 }),
    refusal('LimitExceeded', 'Cannot exceed quota for RolesPerAccount: 1'),
  );
});

test('a role that carries policies is not deleted', async () => {
  const { identity, account } = await setUp();
  await identity.attachRolePolicy(account, 'App', ARN);
  await assert.rejects(
    identity.deleteRole(account, 'App'),
    refusal('DeleteConflict', 'Cannot delete entity, must detach all policies first.'),
  );
  await identity.detachRolePolicy(account, 'App', ARN);
  await identity.putRolePolicy(account, 'App', { name: 'i', text: allow('s3:*') });
  await assert.rejects(
    identity.deleteRole(account, 'App'),
    refusal('DeleteConflict', 'Cannot delete entity, must delete policies first.'),
  );
  await identity.deleteRolePolicy(account, 'App', 'i');
  await identity.deleteRole(account, 'App');
  await assert.rejects(identity.deleteRole(account, 'App'), refusal('NoSuchEntity'));
});

test('every way to give and take a right of a role is seen by another store at once', async () => {
  const { identity, account, may } = await setUp();
  const inline = { name: 'i', text: allow('s3:GetObject') };
  const ways: [name: string, give: () => Promise<unknown>, take: () => Promise<unknown>][] = [
    [
      'attached',
      () => identity.attachRolePolicy(account, 'app', ARN),
      () => identity.detachRolePolicy(account, 'app', ARN),
    ],
    [
      'inline',
      () => identity.putRolePolicy(account, 'app', inline),
      () => identity.deleteRolePolicy(account, 'app', 'i'),
    ],
    [
      'bounded',
      () => identity.attachRolePolicy(account, 'app', ARN),
      () => identity.putRoleBoundary(account, 'app', 'arn:aws:iam::aws:policy/IAMFullAccess'),
    ],
    [
      'unbounded, then deleted',
      () => identity.deleteRoleBoundary(account, 'app'),
      async () => {
        await identity.detachRolePolicy(account, 'app', ARN);
        await identity.deleteRole(account, 'app');
        await identity.createRole(account, { name: 'App', trustText: EC2 });
        await identity.attachRolePolicy(account, 'app', ARN);
      },
    ],
  ];
  for (const [name, give, take] of ways) {
    assert.equal(await may('s3:GetObject'), false, `${name}: before`);
    await give();
    assert.equal(await may('s3:GetObject'), true, `${name}: given`);
    await take();
    assert.equal(await may('s3:GetObject'), false, `${name}: taken`);
  }
});

test('findAssumableRole follows role and trust policy, and keeps both while nothing changes', async () => {
  const { identity, account, role, other } = await setUp();
  const first = await other.findAssumableRole(account, 'APP');
  assert.deepEqual(first?.role, role);
  assert.deepEqual(first?.trustPolicy.source, { type: 'trust', id: roleArn(role) });
  await identity.createUser(account, { name: 'bob' });
  assert.equal(other.findAssumableRole(account, 'app'), first, 'no promise');
  await identity.updateTrustPolicy(account, 'app', trust({ AWS: account }));
  const second = await other.findAssumableRole(account, 'app');
  assert.deepEqual(second?.trustPolicy.document.statements[0]?.principals?.aws, [rootArn(account)]);
  await identity.deleteRole(account, 'app');
  assert.equal(await other.findAssumableRole(account, 'app'), undefined);
});

test('a trust policy says who may assume the role, and nothing else', async () => {
  const { identity, account } = await setUp();
  const actions = 'AssumeRole policy may only specify STS AssumeRole actions.';
  const table: [text: string, kind: string, message: string][] = [
    ['', 'MalformedPolicyDocument', 'Syntax errors in policy.'],
    ['{', 'MalformedPolicyDocument', 'Syntax errors in policy.'],
    [allow('sts:AssumeRole'), 'MalformedPolicyDocument', 'Missing required field Principal'],
    [trust({ AWS: account }, 's3:GetObject'), 'MalformedPolicyDocument', actions],
    [trust({ AWS: account }, ['sts:AssumeRole', '*']), 'MalformedPolicyDocument', actions],
    [
      trust({ AWS: 'arn:aws:iam::1:user/x' }),
      'MalformedPolicyDocument',
      'Invalid principal in policy: "AWS":"arn:aws:iam::1:user/x"',
    ],
    [
      trust({ Service: Array.from({ length: 100 }, (_, n) => `service${n}.amazonaws.com`) }),
      'LimitExceeded',
      'Cannot exceed quota for ACLSizePerRole: 2048',
    ],
  ];
  for (const [text, kind, message] of table) {
    await assert.rejects(
      identity.createRole(account, { name: 'new', trustText: text }),
      refusal(kind, message),
    );
    await assert.rejects(identity.updateTrustPolicy(account, 'App', text), refusal(kind, message));
  }
  assert.equal(await identity.findRole(account, 'new'), undefined);
  assert.equal((await identity.getRole(account, 'App')).trustText, EC2);
});
