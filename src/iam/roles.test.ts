import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as IAM from '@aws-sdk/client-iam';
import { ACCOUNT, failure, openClients } from './testing/clients.ts';

const allow = (action: string, resource = '*') =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Resource: resource }],
  });
const trust = (principal: unknown, action: unknown = 'sts:AssumeRole') =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: principal, Action: action }],
  });
const EC2 = trust({ Service: 'ec2.amazonaws.com' });
const roleArnOf = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const READ_ONLY = 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess';
const FULL = 'arn:aws:iam::aws:policy/AmazonS3FullAccess';

test('a role’s life: made, shown, listed, changed, tagged, bounded, deleted', async () => {
  const { iam: client, identity, logged } = await openClients();
  const iam = client();
  await identity.createUser(ACCOUNT, { name: 'bob' });
  const app = { RoleName: 'App' };
  const made = await iam.send(
    new IAM.CreateRoleCommand({
      ...app,
      Path: '/service/',
      AssumeRolePolicyDocument: EC2,
      Description: 'What the application is',
      MaxSessionDuration: 7200,
      PermissionsBoundary: READ_ONLY,
      Tags: [{ Key: 'Team', Value: 'a b' }],
    }),
  );
  assert.equal(made.Role?.Arn, roleArnOf('service/App'));
  assert.match(made.Role?.RoleId ?? '', /^AROA[A-Z2-7]{17}$/);
  const { Role: shown } = await iam.send(new IAM.GetRoleCommand({ RoleName: 'APP' }));
  assert.deepEqual(shown, made.Role);
  assert.equal(decodeURIComponent(shown?.AssumeRolePolicyDocument ?? ''), EC2);
  assert.deepEqual(
    [shown?.Description, shown?.MaxSessionDuration, shown?.Tags, shown?.RoleLastUsed],
    ['What the application is', 7200, [{ Key: 'Team', Value: 'a b' }], {}],
  );
  assert.equal(shown?.PermissionsBoundary?.PermissionsBoundaryArn, READ_ONLY);

  const byBob = trust({ AWS: `arn:aws:iam::${ACCOUNT}:user/bob` });
  await iam.send(new IAM.UpdateAssumeRolePolicyCommand({ ...app, PolicyDocument: byBob }));
  await iam.send(new IAM.UpdateRoleCommand({ ...app, MaxSessionDuration: 3600 }));
  const described = await iam.send(
    new IAM.UpdateRoleDescriptionCommand({ ...app, Description: '' }),
  );
  assert.equal(described.Role?.MaxSessionDuration, 3600);
  await iam.send(new IAM.DeleteRolePermissionsBoundaryCommand(app));
  const { Roles: listed } = await iam.send(new IAM.ListRolesCommand({ PathPrefix: '/service' }));
  assert.deepEqual(
    listed?.map((role) => [role.RoleName, role.Tags, role.PermissionsBoundary]),
    [['App', undefined, undefined]],
  );
  assert.equal(decodeURIComponent(listed?.[0]?.AssumeRolePolicyDocument ?? ''), byBob);

  await iam.send(new IAM.TagRoleCommand({ ...app, Tags: [{ Key: 'team', Value: 'c' }] }));
  await iam.send(new IAM.TagRoleCommand({ ...app, Tags: [{ Key: 'A', Value: '' }] }));
  const first = await iam.send(new IAM.ListRoleTagsCommand({ ...app, MaxItems: 1 }));
  assert.deepEqual(first.Tags, [{ Key: 'A', Value: '' }]);
  const more = await iam.send(new IAM.ListRoleTagsCommand({ ...app, Marker: first.Marker }));
  assert.deepEqual([more.Tags, more.IsTruncated], [[{ Key: 'team', Value: 'c' }], false]);
  await iam.send(new IAM.UntagRoleCommand({ ...app, TagKeys: ['TEAM', 'a'] }));
  assert.deepEqual((await iam.send(new IAM.ListRoleTagsCommand(app))).Tags, []);
  await iam.send(new IAM.DeleteRoleCommand(app));
  await assert.rejects(
    iam.send(new IAM.GetRoleCommand(app)),
    failure('NoSuchEntity', 404, 'The role with name App cannot be found.'),
  );
  assert.deepEqual(logged, []);
});

test('policies on a role: attached, inline, and seen from the policy', async () => {
  const { iam: client } = await openClients();
  const iam = client();
  const app = { RoleName: 'App' };
  await iam.send(new IAM.CreateRoleCommand({ ...app, AssumeRolePolicyDocument: EC2 }));
  const { Policy: policy } = await iam.send(
    new IAM.CreatePolicyCommand({ PolicyName: 'p', PolicyDocument: allow('s3:*') }),
  );
  const PolicyArn = policy?.Arn ?? '';
  for (const PolicyArn of [policy?.Arn, READ_ONLY]) {
    await iam.send(new IAM.AttachRolePolicyCommand({ ...app, PolicyArn }));
    await iam.send(new IAM.AttachRolePolicyCommand({ ...app, PolicyArn }));
  }
  const attached = await iam.send(new IAM.ListAttachedRolePoliciesCommand(app));
  assert.deepEqual(attached.AttachedPolicies, [
    { PolicyName: 'AmazonS3ReadOnlyAccess', PolicyArn: READ_ONLY },
    { PolicyName: 'p', PolicyArn },
  ]);
  await iam.send(
    new IAM.PutRolePermissionsBoundaryCommand({ ...app, PermissionsBoundary: PolicyArn }),
  );
  const { RoleId } = (await iam.send(new IAM.GetRoleCommand(app))).Role ?? {};
  for (const filter of [
    {},
    { EntityFilter: 'Role' },
    { EntityFilter: 'LocalManagedPolicy' },
    { PolicyUsageFilter: 'PermissionsBoundary' },
    { EntityFilter: 'Role', PolicyUsageFilter: 'PermissionsPolicy' },
  ] as const) {
    const found = await iam.send(new IAM.ListEntitiesForPolicyCommand({ PolicyArn, ...filter }));
    assert.deepEqual(found.PolicyRoles, [{ RoleName: 'App', RoleId }], JSON.stringify(filter));
  }
  const users = await iam.send(
    new IAM.ListEntitiesForPolicyCommand({ PolicyArn, EntityFilter: 'User' }),
  );
  assert.deepEqual(users.PolicyRoles, []);
  const shown = await iam.send(new IAM.GetPolicyCommand({ PolicyArn }));
  assert.equal(shown.Policy?.AttachmentCount, 1);
  assert.equal(shown.Policy?.PermissionsBoundaryUsageCount, 1);
  await assert.rejects(
    iam.send(new IAM.DeletePolicyCommand({ PolicyArn })),
    failure('DeleteConflict', 409),
  );

  const inline = { ...app, PolicyName: 'i' };
  const document = { PolicyDocument: allow('s3:GetObject') };
  await iam.send(new IAM.PutRolePolicyCommand({ ...inline, ...document }));
  const read = await iam.send(new IAM.GetRolePolicyCommand(inline));
  assert.deepEqual(
    [read.RoleName, read.PolicyName, decodeURIComponent(read.PolicyDocument ?? '')],
    ['App', 'i', document.PolicyDocument],
  );
  const named = await iam.send(new IAM.ListRolePoliciesCommand(app));
  assert.deepEqual(named.PolicyNames, ['i']);
  await assert.rejects(
    iam.send(new IAM.DeleteRoleCommand(app)),
    failure('DeleteConflict', 409, 'Cannot delete entity, must detach all policies first.'),
  );
  for (const PolicyArn of [policy?.Arn, READ_ONLY]) {
    await iam.send(new IAM.DetachRolePolicyCommand({ ...app, PolicyArn }));
  }
  await assert.rejects(
    iam.send(new IAM.DetachRolePolicyCommand({ ...app, PolicyArn })),
    failure('NoSuchEntity', 404, `Policy ${PolicyArn} was not found.`),
  );
  await assert.rejects(
    iam.send(new IAM.DeleteRoleCommand(app)),
    failure('DeleteConflict', 409, 'Cannot delete entity, must delete policies first.'),
  );
  await iam.send(new IAM.DeleteRolePolicyCommand(inline));
  await assert.rejects(
    iam.send(new IAM.GetRolePolicyCommand(inline)),
    failure('NoSuchEntity', 404, 'The role policy with name i cannot be found.'),
  );
  await iam.send(new IAM.DeleteRoleCommand(app));
  await iam.send(new IAM.DeletePolicyCommand({ PolicyArn }));
});

test('roles are bounded by the quotas, and a refusal changes nothing', async () => {
  const quotas = { rolesPerAccount: 2, policiesPerRole: 1, roleInlinePolicySize: 120 };
  const { iam: client, identity } = await openClients(quotas);
  const iam = client();
  const create = (RoleName: string) =>
    iam.send(new IAM.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: EC2 }));
  await create('a');
  await create('b');
  await assert.rejects(
    create('c'),
    failure('LimitExceeded', 409, 'Cannot exceed quota for RolesPerAccount: 2'),
  );
  const a = { RoleName: 'a' };
  await iam.send(new IAM.AttachRolePolicyCommand({ ...a, PolicyArn: READ_ONLY }));
  await assert.rejects(
    iam.send(new IAM.AttachRolePolicyCommand({ ...a, PolicyArn: FULL })),
    failure('LimitExceeded', 409, 'Cannot exceed quota for PoliciesPerRole: 1'),
  );
  const put = (PolicyName: string) =>
    iam.send(
      new IAM.PutRolePolicyCommand({ ...a, PolicyName, PolicyDocument: allow('s3:GetObject') }),
    );
  await put('i');
  await put('i');
  await assert.rejects(
    put('j'),
    failure('LimitExceeded', 409, 'Maximum policy size of 120 bytes exceeded for role a'),
  );
  const { attachedPolicyIds, inlinePolicies } = await identity.getRole(ACCOUNT, 'a');
  assert.deepEqual([attachedPolicyIds.length, inlinePolicies.length], [1, 1]);
  assert.equal(await identity.countOf(ACCOUNT, 'roles'), 2);
});

test('conditions see a role’s tags, boundary and the policy that is attached', async () => {
  const { iam, identity, keyOf } = await openClients();
  await identity.createUser(ACCOUNT, { name: 'admin' });
  const tags = [{ key: 'Team', value: 'blue' }];
  await identity.createRole(ACCOUNT, { name: 'App', path: '/x/', trustText: EC2, tags });
  const key = await keyOf('admin');
  const may = async (condition: object, command: unknown, resource = roleArnOf('x/App')) => {
    const policy = JSON.parse(allow('iam:*', resource));
    policy.Statement[0].Condition = condition;
    await identity.putUserPolicy(ACCOUNT, 'admin', { name: 'p', text: JSON.stringify(policy) });
    try {
      await iam(key).send(command as never);
      return true;
    } catch (error) {
      return failure('AccessDenied', 403)(error as IAM.IAMServiceException) && false;
    }
  };
  const app = { RoleName: 'app' };
  const get = new IAM.GetRoleCommand(app);
  assert.equal(await may({}, get), true);
  assert.equal(await may({}, get, roleArnOf('App')), false, 'the path is on the record');
  assert.equal(await may({ StringEquals: { 'aws:ResourceTag/team': 'blue' } }, get), true);
  assert.equal(await may({ StringEquals: { 'iam:ResourceTag/Team': 'red' } }, get), false);
  const attach = (PolicyArn: string) => new IAM.AttachRolePolicyCommand({ ...app, PolicyArn });
  const onlyReadOnly = { ArnEquals: { 'iam:PolicyARN': READ_ONLY } };
  assert.equal(await may(onlyReadOnly, attach(READ_ONLY)), true);
  assert.equal(await may(onlyReadOnly, attach(FULL)), false);
  const bounded = { StringEquals: { 'iam:PermissionsBoundary': READ_ONLY } };
  const bound = (PermissionsBoundary: string) =>
    new IAM.PutRolePermissionsBoundaryCommand({ ...app, PermissionsBoundary });
  assert.equal(await may(bounded, attach(READ_ONLY)), false);
  assert.equal(await may(bounded, bound(FULL)), false);
  assert.equal(await may(bounded, bound(READ_ONLY)), true);
  assert.equal(await may(bounded, attach(READ_ONLY)), true);
  const create = (RoleName: string, PermissionsBoundary?: string) =>
    new IAM.CreateRoleCommand({ RoleName, PermissionsBoundary, AssumeRolePolicyDocument: EC2 });
  assert.equal(await may(bounded, create('new'), '*'), false);
  assert.equal(await may(bounded, create('new', FULL), '*'), false);
  assert.equal(await may(bounded, create('new', READ_ONLY), '*'), true);
  const blue = { StringEquals: { 'aws:RequestTag/Team': 'blue' } };
  const tag = (Value: string) => new IAM.TagRoleCommand({ ...app, Tags: [{ Key: 'Team', Value }] });
  assert.equal(await may(blue, tag('blue')), true);
  assert.equal(await may(blue, tag('red')), false);
});
