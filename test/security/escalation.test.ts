/**
 * Somebody who may manage some users must not become more than he is, by whatever path. The set-up
 * is that of AWS's "Delegating responsibility to others using permissions boundaries"; the paths
 * are those of the published lists of ways to raise oneself in IAM.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as IAM from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetFederationTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { startServer, type Credentials } from '../harness/server.ts';

const ADMINISTRATOR = 'arn:aws:iam::aws:policy/AdministratorAccess';
const EVERYTHING = policy({ Effect: 'Allow', Action: '*', Resource: '*' });
const NEW_PASSWORD = 'Correct-horse-battery-1';

function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

interface Cast {
  readonly iam: IAM.IAMClient;
  readonly sts: STSClient;
  readonly account: string;
  readonly boundary: string;
  readonly arn: (resource: string) => string;
  readonly as: (credentials: Credentials & { sessionToken?: string }) => IAM.IAMClient;
}

type Attempt = (cast: Cast) => Promise<unknown>;

/** Each must be refused. */
const attempts: Readonly<Record<string, Attempt>> = {
  'attach AdministratorAccess to himself': ({ iam }) =>
    iam.send(new IAM.AttachUserPolicyCommand({ UserName: 'maya', PolicyArn: ADMINISTRATOR })),
  'write a policy onto himself': ({ iam }) =>
    iam.send(
      new IAM.PutUserPolicyCommand({
        UserName: 'maya',
        PolicyName: 'x',
        PolicyDocument: EVERYTHING,
      }),
    ),
  'take off his own boundary': ({ iam }) =>
    iam.send(new IAM.DeleteUserPermissionsBoundaryCommand({ UserName: 'maya' })),
  'widen his own boundary': ({ iam }) =>
    iam.send(
      new IAM.PutUserPermissionsBoundaryCommand({
        UserName: 'maya',
        PermissionsBoundary: ADMINISTRATOR,
      }),
    ),
  'join the administrators': ({ iam }) =>
    iam.send(new IAM.AddUserToGroupCommand({ UserName: 'maya', GroupName: 'admins' })),
  'put a team user among the administrators': ({ iam }) =>
    iam.send(new IAM.AddUserToGroupCommand({ UserName: 'tom', GroupName: 'admins' })),
  'write a policy onto his own group': ({ iam }) =>
    iam.send(
      new IAM.PutGroupPolicyCommand({
        GroupName: 'managers',
        PolicyName: 'x',
        PolicyDocument: EVERYTHING,
      }),
    ),
  'attach a policy to his own group': ({ iam }) =>
    iam.send(new IAM.AttachGroupPolicyCommand({ GroupName: 'managers', PolicyArn: ADMINISTRATOR })),
  'make a key for an administrator': ({ iam }) =>
    iam.send(new IAM.CreateAccessKeyCommand({ UserName: 'ada' })),
  'make a key for an administrator, in another case': ({ iam }) =>
    iam.send(new IAM.CreateAccessKeyCommand({ UserName: 'ADA' })),
  'give an administrator a password': ({ iam }) =>
    iam.send(new IAM.CreateLoginProfileCommand({ UserName: 'ada', Password: NEW_PASSWORD })),
  'change an administrator’s password': ({ iam }) =>
    iam.send(new IAM.UpdateLoginProfileCommand({ UserName: 'root-like', Password: NEW_PASSWORD })),
  'take an administrator’s second factor': ({ iam, arn }) =>
    iam.send(new IAM.DeactivateMFADeviceCommand({ UserName: 'ada', SerialNumber: arn('mfa/ada') })),
  'make a user without a boundary': ({ iam }) =>
    iam.send(new IAM.CreateUserCommand({ UserName: 'free', Path: '/team/' })),
  'make a user with a wider boundary': ({ iam }) =>
    iam.send(
      new IAM.CreateUserCommand({
        UserName: 'wide',
        Path: '/team/',
        PermissionsBoundary: ADMINISTRATOR,
      }),
    ),
  'make a user elsewhere': ({ iam, boundary }) =>
    iam.send(
      new IAM.CreateUserCommand({
        UserName: 'else',
        Path: '/admins/',
        PermissionsBoundary: boundary,
      }),
    ),
  'take the boundary off a team user': ({ iam }) =>
    iam.send(new IAM.DeleteUserPermissionsBoundaryCommand({ UserName: 'tom' })),
  'widen the boundary of a team user': ({ iam }) =>
    iam.send(
      new IAM.PutUserPermissionsBoundaryCommand({
        UserName: 'tom',
        PermissionsBoundary: ADMINISTRATOR,
      }),
    ),
  'give a policy to a user who has no boundary': ({ iam }) =>
    iam.send(new IAM.AttachUserPolicyCommand({ UserName: 'una', PolicyArn: ADMINISTRATOR })),
  'bring another user under his hand by moving it': ({ iam }) =>
    iam.send(new IAM.UpdateUserCommand({ UserName: 'ada', NewPath: '/team/' })),
  'move himself under his own hand': ({ iam }) =>
    iam.send(new IAM.UpdateUserCommand({ UserName: 'maya', NewPath: '/team/' })),
  'move a team user out among the administrators': ({ iam }) =>
    iam.send(new IAM.UpdateUserCommand({ UserName: 'tom', NewPath: '/admins/' })),
  'rewrite the boundary': ({ iam, boundary }) =>
    iam.send(
      new IAM.CreatePolicyVersionCommand({
        PolicyArn: boundary,
        PolicyDocument: EVERYTHING,
        SetAsDefault: true,
      }),
    ),
  'flip the boundary to its older version': ({ iam, boundary }) =>
    iam.send(new IAM.SetDefaultPolicyVersionCommand({ PolicyArn: boundary, VersionId: 'v1' })),
  'rewrite the policy that he has': ({ iam, arn }) =>
    iam.send(
      new IAM.CreatePolicyVersionCommand({
        PolicyArn: arn('policy/managers'),
        PolicyDocument: EVERYTHING,
        SetAsDefault: true,
      }),
    ),
  'flip the policy that he has to its older version': ({ iam, arn }) =>
    iam.send(
      new IAM.SetDefaultPolicyVersionCommand({
        PolicyArn: arn('policy/managers'),
        VersionId: 'v1',
      }),
    ),
  'make a policy outside of his path': ({ iam }) =>
    iam.send(new IAM.CreatePolicyCommand({ PolicyName: 'mine', PolicyDocument: EVERYTHING })),
  'make a role without a boundary': ({ iam, account }) =>
    iam.send(
      new IAM.CreateRoleCommand({
        RoleName: 'free',
        Path: '/team/',
        AssumeRolePolicyDocument: trusting(account),
      }),
    ),
  'give a policy to a role without a boundary': ({ iam }) =>
    iam.send(new IAM.AttachRolePolicyCommand({ RoleName: 'unbounded', PolicyArn: ADMINISTRATOR })),
  'write a policy onto a role without a boundary': ({ iam }) =>
    iam.send(
      new IAM.PutRolePolicyCommand({
        RoleName: 'unbounded',
        PolicyName: 'x',
        PolicyDocument: EVERYTHING,
      }),
    ),
  'take the boundary off a role': ({ iam }) =>
    iam.send(new IAM.DeleteRolePermissionsBoundaryCommand({ RoleName: 'bounded' })),
  'make an administrator’s role trust him': ({ iam, account }) =>
    iam.send(
      new IAM.UpdateAssumeRolePolicyCommand({
        RoleName: 'admin',
        PolicyDocument: trusting(account),
      }),
    ),
  'assume an administrator’s role': ({ sts, arn }) =>
    sts.send(new AssumeRoleCommand({ RoleArn: arn('role/admin'), RoleSessionName: 'maya' })),
  'put an administrator’s role into a machine': ({ iam }) =>
    iam.send(
      new IAM.AddRoleToInstanceProfileCommand({
        InstanceProfileName: 'machines',
        RoleName: 'admin',
      }),
    ),
  'let an identity provider of his own in': ({ iam }) =>
    iam.send(
      new IAM.CreateOpenIDConnectProviderCommand({
        Url: 'https://login.example.com',
        ClientIDList: ['x'],
      }),
    ),
  'give an administrator’s tags to himself': ({ iam }) =>
    iam.send(
      new IAM.TagUserCommand({ UserName: 'maya', Tags: [{ Key: 'level', Value: 'admin' }] }),
    ),
  'weaken the password policy': ({ iam }) =>
    iam.send(new IAM.UpdateAccountPasswordPolicyCommand({ MinimumPasswordLength: 6 })),
};

function trusting(account: string): string {
  return policy({ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' });
}

describe('nobody raises himself', () => {
  let maya: Cast;
  let root: IAM.IAMClient;
  const kept = new AsyncDisposableStack();

  before(async () => {
    const server = kept.use(await startServer());
    const { endpoint } = server;
    const region = 'us-east-1';
    const as = ({
      accessKeyId,
      secretAccessKey,
      sessionToken,
    }: Credentials & { sessionToken?: string }) =>
      new IAM.IAMClient({
        endpoint,
        region,
        maxAttempts: 1,
        credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
      });
    root = as(server.root);
    const { User: owner } = await root.send(new IAM.GetUserCommand({}));
    const account = /\d{12}/.exec(owner?.Arn ?? '')?.[0] ?? '';
    const arn = (resource: string): string => `arn:aws:iam::${account}:${resource}`;
    const boundary = arn('policy/team-boundary');
    await setUp(root, account, boundary);
    const { AccessKey } = await root.send(new IAM.CreateAccessKeyCommand({ UserName: 'maya' }));
    const credentials = {
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    };
    const sts = new STSClient({ endpoint, region, maxAttempts: 1, credentials });
    maya = { iam: as(credentials), sts, account, boundary, arn, as };
  });
  after(() => kept.disposeAsync());

  test('what was delegated works', async () => {
    const { iam, boundary, account, arn } = maya;
    const made = { UserName: 'new', Path: '/team/', PermissionsBoundary: boundary };
    await iam.send(new IAM.CreateUserCommand(made));
    await iam.send(new IAM.AttachUserPolicyCommand({ UserName: 'new', PolicyArn: ADMINISTRATOR }));
    await iam.send(
      new IAM.PutUserPolicyCommand({
        UserName: 'new',
        PolicyName: 'x',
        PolicyDocument: EVERYTHING,
      }),
    );
    await iam.send(
      new IAM.CreatePolicyCommand({ PolicyName: 'p', Path: '/team/', PolicyDocument: EVERYTHING }),
    );
    await iam.send(
      new IAM.CreateRoleCommand({
        RoleName: 'mine',
        Path: '/team/',
        AssumeRolePolicyDocument: trusting(account),
        PermissionsBoundary: boundary,
      }),
    );
    await iam.send(
      new IAM.AttachRolePolicyCommand({ RoleName: 'mine', PolicyArn: arn('policy/team/p') }),
    );
    await iam.send(
      new IAM.AddRoleToInstanceProfileCommand({
        InstanceProfileName: 'machines',
        RoleName: 'mine',
      }),
    );
    await iam.send(
      new IAM.RemoveRoleFromInstanceProfileCommand({
        InstanceProfileName: 'machines',
        RoleName: 'mine',
      }),
    );
  });

  for (const [name, attempt] of Object.entries(attempts)) {
    test(`he cannot ${name}`, async () => {
      const error = await attempt(maya).then(
        () => assert.fail('It was done'),
        (thrown: Error) => thrown,
      );
      assert.match(error.name, /^AccessDenied/, error.message);
    });
  }

  test('whoever he makes, whatever he gives him, stays within the boundary', async () => {
    const { iam, as } = maya;
    const { AccessKey } = await iam.send(new IAM.CreateAccessKeyCommand({ UserName: 'new' }));
    const made = as({
      accessKeyId: AccessKey!.AccessKeyId!,
      secretAccessKey: AccessKey!.SecretAccessKey!,
    });
    await assert.rejects(made.send(new IAM.ListUsersCommand({})), { name: /^AccessDenied/ });
    await assert.rejects(made.send(new IAM.CreateAccessKeyCommand({ UserName: 'ada' })), {
      name: /^AccessDenied/,
    });
  });

  test('a role that he makes, too', async () => {
    const { sts, arn, as } = maya;
    const { Credentials: given } = await sts.send(
      new AssumeRoleCommand({ RoleArn: arn('role/team/mine'), RoleSessionName: 'maya' }),
    );
    const session = as({
      accessKeyId: given!.AccessKeyId!,
      secretAccessKey: given!.SecretAccessKey!,
      sessionToken: given!.SessionToken!,
    });
    await assert.rejects(session.send(new IAM.ListUsersCommand({})), { name: /^AccessDenied/ });
  });

  test('a federated session has no more than he, and nothing of IAM', async () => {
    const { sts, as } = maya;
    const { Credentials: given } = await sts.send(
      new GetFederationTokenCommand({ Name: 'maya-too', Policy: EVERYTHING }),
    );
    const session = as({
      accessKeyId: given!.AccessKeyId!,
      secretAccessKey: given!.SecretAccessKey!,
      sessionToken: given!.SessionToken!,
    });
    await assert.rejects(session.send(new IAM.ListUsersCommand({})), (error: Error) => {
      assert.match(error.name, /^(AccessDenied|InvalidClientTokenId)/);
      return true;
    });
  });

  test('nothing of all that left a trace', async () => {
    const {
      UserDetailList = [],
      RoleDetailList = [],
      Policies = [],
    } = await root.send(
      new IAM.GetAccountAuthorizationDetailsCommand({
        Filter: ['User', 'Role', 'LocalManagedPolicy'],
      }),
    );
    const user = UserDetailList.find(({ UserName }) => UserName === 'maya');
    assert.deepEqual(
      user?.AttachedManagedPolicies?.map(({ PolicyName }) => PolicyName),
      [],
    );
    assert.deepEqual(user?.GroupList, ['managers']);
    assert.deepEqual(UserDetailList.map(({ UserName }) => UserName).toSorted(), [
      'ada',
      'maya',
      'new',
      'root-like',
      'tom',
      'una',
    ]);
    assert.deepEqual(RoleDetailList.map(({ RoleName }) => RoleName).toSorted(), [
      'admin',
      'bounded',
      'mine',
      'unbounded',
    ]);
    const versions = Object.fromEntries(
      Policies.map(({ PolicyName, DefaultVersionId }) => [PolicyName, DefaultVersionId]),
    );
    assert.deepEqual(versions, { managers: 'v2', p: 'v1', 'team-boundary': 'v2' });
  });
});

async function setUp(root: IAM.IAMClient, account: string, boundary: string): Promise<void> {
  const of = (resource: string): string => `arn:aws:iam::${account}:${resource}`;
  const team = policy({ Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:s3:::team/*' });
  // An older version that would open everything lies behind each: a flip must not bring it back.
  await root.send(
    new IAM.CreatePolicyCommand({ PolicyName: 'team-boundary', PolicyDocument: EVERYTHING }),
  );
  await root.send(
    new IAM.CreatePolicyVersionCommand({
      PolicyArn: boundary,
      PolicyDocument: team,
      SetAsDefault: true,
    }),
  );
  await root.send(
    new IAM.CreatePolicyCommand({ PolicyName: 'managers', PolicyDocument: EVERYTHING }),
  );
  await root.send(
    new IAM.CreatePolicyVersionCommand({
      PolicyArn: of('policy/managers'),
      PolicyDocument: delegation(of, boundary),
      SetAsDefault: true,
    }),
  );
  await root.send(new IAM.CreateGroupCommand({ GroupName: 'admins' }));
  await root.send(
    new IAM.AttachGroupPolicyCommand({ GroupName: 'admins', PolicyArn: ADMINISTRATOR }),
  );
  await root.send(new IAM.CreateGroupCommand({ GroupName: 'managers' }));
  await root.send(
    new IAM.AttachGroupPolicyCommand({ GroupName: 'managers', PolicyArn: of('policy/managers') }),
  );
  await root.send(new IAM.CreateUserCommand({ UserName: 'maya', Path: '/managers/' }));
  await root.send(new IAM.AddUserToGroupCommand({ UserName: 'maya', GroupName: 'managers' }));
  for (const UserName of ['ada', 'root-like']) {
    await root.send(new IAM.CreateUserCommand({ UserName, Path: '/admins/' }));
    await root.send(new IAM.AddUserToGroupCommand({ UserName, GroupName: 'admins' }));
  }
  await root.send(
    new IAM.CreateLoginProfileCommand({ UserName: 'root-like', Password: NEW_PASSWORD }),
  );
  await root.send(
    new IAM.CreateUserCommand({ UserName: 'tom', Path: '/team/', PermissionsBoundary: boundary }),
  );
  await root.send(new IAM.CreateUserCommand({ UserName: 'una', Path: '/team/' }));
  const AssumeRolePolicyDocument = policy({
    Effect: 'Allow',
    Principal: { Service: 'ec2.amazonaws.com' },
    Action: 'sts:AssumeRole',
  });
  await root.send(new IAM.CreateRoleCommand({ RoleName: 'admin', AssumeRolePolicyDocument }));
  await root.send(new IAM.AttachRolePolicyCommand({ RoleName: 'admin', PolicyArn: ADMINISTRATOR }));
  const inTeam = { Path: '/team/', AssumeRolePolicyDocument };
  await root.send(new IAM.CreateRoleCommand({ RoleName: 'unbounded', ...inTeam }));
  await root.send(
    new IAM.CreateRoleCommand({ RoleName: 'bounded', ...inTeam, PermissionsBoundary: boundary }),
  );
  await root.send(new IAM.CreateInstanceProfileCommand({ InstanceProfileName: 'machines' }));
}

/** What Maya may: everything with the users, roles and policies of the team, under the boundary. */
function delegation(of: (resource: string) => string, boundary: string): string {
  const Condition = { StringEquals: { 'iam:PermissionsBoundary': boundary } };
  return policy(
    {
      Effect: 'Allow',
      Action: [
        'iam:CreateUser',
        'iam:AttachUserPolicy',
        'iam:DetachUserPolicy',
        'iam:PutUserPolicy',
        'iam:DeleteUserPolicy',
        'iam:PutUserPermissionsBoundary',
        'iam:CreateRole',
        'iam:AttachRolePolicy',
        'iam:DetachRolePolicy',
        'iam:PutRolePolicy',
        'iam:DeleteRolePolicy',
        'iam:PutRolePermissionsBoundary',
      ],
      Resource: [of('user/team/*'), of('role/team/*')],
      Condition,
    },
    {
      Effect: 'Allow',
      Action: [
        'iam:CreateAccessKey',
        'iam:CreateLoginProfile',
        'iam:UpdateLoginProfile',
        'iam:DeactivateMFADevice',
        'iam:TagUser',
        'iam:UpdateUser',
        'iam:UpdateAssumeRolePolicy',
        'iam:PassRole',
        'sts:AssumeRole',
        'iam:AddUserToGroup',
      ],
      Resource: [of('user/team/*'), of('role/team/*')],
    },
    {
      Effect: 'Allow',
      Action: ['iam:CreatePolicy', 'iam:CreatePolicyVersion', 'iam:SetDefaultPolicyVersion'],
      Resource: of('policy/team/*'),
    },
    {
      Effect: 'Allow',
      Action: ['iam:AddRoleToInstanceProfile', 'iam:RemoveRoleFromInstanceProfile'],
      Resource: of('instance-profile/machines'),
    },
    { Effect: 'Allow', Action: 'sts:GetFederationToken', Resource: '*' },
  );
}
