import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as IAM from '@aws-sdk/client-iam';
import { ACCOUNT, openClients } from './testing/clients.ts';

const TEXT = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}';
const ARN = `arn:aws:iam::${ACCOUNT}:policy/p`;
const KEY_ID = 'AKIAIOSFODNN7EXAMPLE';

test('refusals of the records come with IAM’s codes, and change nothing', async () => {
  const { iam: client, identity, logged } = await openClients();
  const iam = client();
  await identity.createUser(ACCOUNT, { name: 'bob' });
  await identity.createGroup(ACCOUNT, { name: 'g' });
  await identity.createPolicy(ACCOUNT, { name: 'p', text: TEXT });
  await identity.attachUserPolicy(ACCOUNT, 'bob', ARN);
  const policy = (PolicyDocument: string) => ({ PolicyName: 'x', PolicyDocument });
  const bob = { UserName: 'bob' };
  const twice = [
    { Key: 'a', Value: '1' },
    { Key: 'A', Value: '2' },
  ];
  const missing = `arn:aws:iam::${ACCOUNT}:policy/missing`;
  const cases: [command: unknown, code: string, status: number, message: RegExp][] = [
    [
      new IAM.CreateUserCommand({ UserName: 'BOB' }),
      'EntityAlreadyExists',
      409,
      /^User with name BOB already exists\.$/,
    ],
    [
      new IAM.CreateUserCommand({ UserName: 'x', Tags: twice }),
      'InvalidInput',
      400,
      /^Duplicate tag keys found\./,
    ],
    [
      new IAM.CreateUserCommand({ UserName: 'x', Tags: [{ Key: 'AWS:team', Value: 'red' }] }),
      'InvalidInput',
      400,
      /begin with aws: are reserved/,
    ],
    [
      new IAM.TagUserCommand({ UserName: 'bob', Tags: [{ Key: 'team', Value: 'aws:red' }] }),
      'InvalidInput',
      400,
      /begin with aws: are reserved/,
    ],
    [
      new IAM.CreateUserCommand({ UserName: 'x', PermissionsBoundary: missing }),
      'NoSuchEntity',
      404,
      /does not exist or is not attachable\.$/,
    ],
    [
      new IAM.CreateUserCommand({ UserName: 'x', PermissionsBoundary: 'not-an-arn-of-anything' }),
      'InvalidInput',
      400,
      /^ARN not-an-arn-of-anything is not valid\.$/,
    ],
    [
      new IAM.CreateUserCommand({ UserName: '../x' }),
      'ValidationError',
      400,
      /^The specified value for userName is invalid\./,
    ],
    [
      new IAM.UpdateUserCommand({ UserName: 'eve' }),
      'NoSuchEntity',
      404,
      /^The user with name eve cannot be found\.$/,
    ],
    [
      new IAM.DeleteUserCommand(bob),
      'DeleteConflict',
      409,
      /^Cannot delete entity, must detach all policies first\.$/,
    ],
    [
      new IAM.DeletePolicyCommand({ PolicyArn: ARN }),
      'DeleteConflict',
      409,
      /^Cannot delete a policy attached to entities\.$/,
    ],
    [
      new IAM.GetPolicyCommand({ PolicyArn: missing }),
      'NoSuchEntity',
      404,
      /^Policy .*missing was not found\.$/,
    ],
    [
      new IAM.GetPolicyVersionCommand({ PolicyArn: ARN, VersionId: 'v2' }),
      'NoSuchEntity',
      404,
      /version v2 does not exist/,
    ],
    [
      new IAM.DeletePolicyVersionCommand({ PolicyArn: ARN, VersionId: 'v1' }),
      'DeleteConflict',
      409,
      /^Cannot delete the default version of a policy\.$/,
    ],
    [new IAM.CreatePolicyCommand({ ...policy('{}') }), 'MalformedPolicyDocument', 400, /./],
    [
      new IAM.CreatePolicyCommand({ ...policy(TEXT), PolicyName: 'P' }),
      'EntityAlreadyExists',
      409,
      /^A policy called P already exists\./,
    ],
    [
      new IAM.PutUserPolicyCommand({ ...bob, ...policy('{') }),
      'MalformedPolicyDocument',
      400,
      /^Syntax errors in policy\.$/,
    ],
    [
      new IAM.PutUserPolicyCommand({ ...bob, ...policy(TEXT.replace('Resource', 'Principal')) }),
      'MalformedPolicyDocument',
      400,
      /./,
    ],
    [
      new IAM.GetUserPolicyCommand({ ...bob, PolicyName: 'x' }),
      'NoSuchEntity',
      404,
      /^The user policy with name x cannot be found\.$/,
    ],
    [
      new IAM.DeleteGroupPolicyCommand({ GroupName: 'g', PolicyName: 'x' }),
      'NoSuchEntity',
      404,
      /^The group policy with name x cannot be found\.$/,
    ],
    [
      new IAM.DetachGroupPolicyCommand({ GroupName: 'g', PolicyArn: ARN }),
      'NoSuchEntity',
      404,
      /was not found\.$/,
    ],
    [
      new IAM.RemoveUserFromGroupCommand({ GroupName: 'g', UserName: 'eve' }),
      'NoSuchEntity',
      404,
      /./,
    ],
    [
      new IAM.AddUserToGroupCommand({ GroupName: 'h', UserName: 'bob' }),
      'NoSuchEntity',
      404,
      /^The group with name h cannot be found\.$/,
    ],
    [
      new IAM.DeleteAccessKeyCommand({ ...bob, AccessKeyId: KEY_ID }),
      'NoSuchEntity',
      404,
      /^The Access Key with id AKIAIOSFODNN7EXAMPLE cannot be found\.$/,
    ],
    [
      new IAM.CreatePolicyVersionCommand({
        PolicyArn: 'arn:aws:iam::aws:policy/AmazonS3FullAccess',
        PolicyDocument: TEXT,
      }),
      'AccessDenied',
      403,
      /./,
    ],
  ];
  for (const [command, code, status, message] of cases) {
    await assert.rejects(iam.send(command as never), (error: IAM.IAMServiceException) => {
      assert.equal(error.name.replace(/Exception$/, ''), code);
      assert.equal(error.$metadata.httpStatusCode, status);
      assert.match(error.message, message);
      return true;
    });
  }
  const { items } = await identity.listUsers(ACCOUNT, { limit: 10 });
  assert.deepEqual(
    items.map(({ name, tags }) => [name, tags]),
    [['bob', []]],
  );
  const local = await identity.listPolicies(ACCOUNT, { scope: 'Local', limit: 10 });
  assert.deepEqual(
    local.items.map(({ versions }) => versions.length),
    [1],
  );
  assert.deepEqual(logged, []);
});
