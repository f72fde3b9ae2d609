import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as IAM from '@aws-sdk/client-iam';
import { ACCOUNT, failure, openClients } from './testing/clients.ts';

const EC2 = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
});
const arnOf = (kind: string, name: string) => `arn:aws:iam::${ACCOUNT}:${kind}/${name}`;
const web = { InstanceProfileName: 'Web' };
const webWithApp = { ...web, RoleName: 'App' };

test('an instance profile’s life: made, filled, shown, listed, tagged, emptied, deleted', async () => {
  const { iam: client, identity, logged } = await openClients({ instanceProfilesPerAccount: 1 });
  const iam = client();
  const role = await identity.createRole(ACCOUNT, { name: 'App', trustText: EC2 });
  const made = await iam.send(
    new IAM.CreateInstanceProfileCommand({
      ...web,
      Path: '/front/',
      Tags: [{ Key: 'team', Value: 'x' }],
    }),
  );
  assert.equal(made.InstanceProfile?.Arn, arnOf('instance-profile', 'front/Web'));
  assert.match(made.InstanceProfile?.InstanceProfileId ?? '', /^AIPA[A-Z2-7]{17}$/);
  assert.deepEqual(made.InstanceProfile?.Roles, []);
  await assert.rejects(
    iam.send(new IAM.CreateInstanceProfileCommand({ InstanceProfileName: 'WEB' })),
    failure('EntityAlreadyExists', 409, 'Instance Profile WEB already exists.'),
  );
  await assert.rejects(
    iam.send(new IAM.CreateInstanceProfileCommand({ InstanceProfileName: 'other' })),
    failure('LimitExceeded', 409, 'Cannot exceed quota for InstanceProfilesPerAccount: 1'),
  );
  await iam.send(new IAM.AddRoleToInstanceProfileCommand(webWithApp));
  await assert.rejects(
    iam.send(new IAM.AddRoleToInstanceProfileCommand(webWithApp)),
    failure('LimitExceeded', 409, 'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1'),
  );
  const { InstanceProfile: shown } = await iam.send(new IAM.GetInstanceProfileCommand(web));
  assert.deepEqual(
    shown?.Roles?.map(({ RoleName, RoleId }) => [RoleName, RoleId]),
    [['App', role.id]],
  );
  assert.deepEqual(shown?.Tags, [{ Key: 'team', Value: 'x' }]);
  const listed = await iam.send(new IAM.ListInstanceProfilesCommand({ PathPrefix: '/fr' }));
  const ofRole = await iam.send(new IAM.ListInstanceProfilesForRoleCommand({ RoleName: 'app' }));
  for (const { InstanceProfiles } of [listed, ofRole]) {
    assert.deepEqual(
      InstanceProfiles?.map(({ InstanceProfileName, Roles, Tags }) => [
        InstanceProfileName,
        Roles?.length,
        Tags,
      ]),
      [['Web', 1, undefined]],
    );
  }
  const other = { Key: 'Team', Value: 'y' };
  await iam.send(new IAM.TagInstanceProfileCommand({ ...web, Tags: [other] }));
  const tags = await iam.send(new IAM.ListInstanceProfileTagsCommand(web));
  assert.deepEqual(tags.Tags, [other, { Key: 'team', Value: 'x' }], 'keys are told apart by case');
  await iam.send(new IAM.UntagInstanceProfileCommand({ ...web, TagKeys: ['team'] }));
  assert.deepEqual((await iam.send(new IAM.ListInstanceProfileTagsCommand(web))).Tags, [other]);

  const conflict = 'Cannot delete entity, must remove roles from instance profile first.';
  for (const command of [
    new IAM.DeleteRoleCommand({ RoleName: 'App' }),
    new IAM.DeleteInstanceProfileCommand(web),
  ]) {
    await assert.rejects(iam.send(command as never), failure('DeleteConflict', 409, conflict));
  }
  await iam.send(new IAM.RemoveRoleFromInstanceProfileCommand(webWithApp));
  await assert.rejects(
    iam.send(new IAM.RemoveRoleFromInstanceProfileCommand(webWithApp)),
    failure('NoSuchEntity', 404),
  );
  await iam.send(new IAM.DeleteInstanceProfileCommand(web));
  await iam.send(new IAM.DeleteRoleCommand({ RoleName: 'App' }));
  const gone = failure('NoSuchEntity', 404, 'Instance Profile Web cannot be found.');
  await assert.rejects(iam.send(new IAM.GetInstanceProfileCommand(web)), gone);
  await assert.rejects(iam.send(new IAM.DeleteInstanceProfileCommand(web)), gone);
  await assert.rejects(iam.send(new IAM.AddRoleToInstanceProfileCommand(webWithApp)), gone);
  assert.deepEqual(logged, []);
});

test('of many who fill one profile at once, exactly one does, and its role stays', async () => {
  const { identity } = await openClients();
  await identity.createInstanceProfile(ACCOUNT, { name: 'Web' });
  const names = Array.from({ length: 12 }, (_, index) => `role${index}`);
  for (const name of names) await identity.createRole(ACCOUNT, { name, trustText: EC2 });
  const fillings = names.map((name) => identity.addRoleToInstanceProfile(ACCOUNT, 'Web', name));
  const deletions = names.slice(1).map((name) => identity.deleteRole(ACCOUNT, name));
  const outcomes = await Promise.allSettled([...fillings, ...deletions]);
  const filled = outcomes.slice(0, names.length).filter(({ status }) => status === 'fulfilled');
  assert.equal(filled.length, 1);
  const { roleId = '' } = await identity.getInstanceProfile(ACCOUNT, 'Web');
  const role = await identity.findRoleById(ACCOUNT, roleId);
  assert.equal(role?.instanceProfileIds.length, 1);
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') continue;
    assert.match(outcome.reason.kind, /^(?:LimitExceeded|NoSuchEntity|DeleteConflict)$/);
  }
});

test('a role is put into a profile only by who may pass it to EC2', async () => {
  const { iam, identity, keyOf } = await openClients();
  await identity.createUser(ACCOUNT, { name: 'admin' });
  await identity.createInstanceProfile(ACCOUNT, { name: 'Web' });
  const tags = [{ key: 'team', value: 'blue' }];
  await identity.createRole(ACCOUNT, { name: 'App', path: '/x/', trustText: EC2, tags });
  const admin = iam(await keyOf('admin'));
  const may = async (passing: readonly object[]) => {
    const profile = {
      Effect: 'Allow',
      Action: 'iam:AddRoleToInstanceProfile',
      Resource: arnOf('instance-profile', 'Web'),
    };
    const text = JSON.stringify({ Version: '2012-10-17', Statement: [profile, ...passing] });
    await identity.putUserPolicy(ACCOUNT, 'admin', { name: 'p', text });
    try {
      await admin.send(new IAM.AddRoleToInstanceProfileCommand(webWithApp));
    } catch (error) {
      const role = arnOf('role', 'x/App');
      const subject = `User: ${arnOf('user', 'admin')} is not authorized to perform: iam:PassRole`;
      assert.ok((error as Error).message.startsWith(`${subject} on resource: ${role} `));
      return failure('AccessDenied', 403)(error as IAM.IAMServiceException) && false;
    }
    await identity.removeRoleFromInstanceProfile(ACCOUNT, 'Web', 'App');
    return true;
  };
  const pass = (resource: string, condition: object = {}) => ({
    Effect: 'Allow',
    Action: 'iam:PassRole',
    Resource: resource,
    Condition: condition,
  });
  const to = (service: string) => ({ StringEquals: { 'iam:PassedToService': service } });
  assert.equal(await may([]), false);
  assert.equal(await may([pass(arnOf('role', 'App'))]), false);
  assert.equal(await may([pass(arnOf('role', 'x/App'))]), true);
  assert.equal(await may([pass('*', to('lambda.amazonaws.com'))]), false);
  assert.equal(await may([pass('*', to('ec2.amazonaws.com'))]), true);
  assert.equal(await may([pass('*', { StringEquals: { 'iam:ResourceTag/team': 'red' } })]), false);
  assert.equal(await may([pass('*', { StringEquals: { 'iam:ResourceTag/team': 'blue' } })]), true);
  assert.equal(await may([pass('*'), { ...pass(arnOf('role', 'x/*')), Effect: 'Deny' }]), false);
  assert.equal((await identity.getInstanceProfile(ACCOUNT, 'Web')).roleId, undefined);
});
