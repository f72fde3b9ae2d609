import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as IAM from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetFederationTokenCommand } from '@aws-sdk/client-sts';
import { SPACE } from '../kv/spaces.ts';
import { keysUnder } from '../kv/key.ts';
import * as declarations from './api/index.ts';
import { ACCOUNT, openClients, type Key } from './testing/clients.ts';
import { GOOD } from './testing/parameters.ts';

/**
 * A user who manages what lies under /staff/, and nothing else, tries to become more than he is. He
 * may make users and roles there only within a boundary, which is not his to change.
 */
const MANAGER = { UserName: 'manager' };
const ADMIN_ACCESS = 'arn:aws:iam::aws:policy/AdministratorAccess';
const arnOf = (resource: string) => `arn:aws:iam::${ACCOUNT}:${resource}`;
const BOUNDARY = arnOf('policy/boundary');
const MANAGERS = arnOf('policy/managers/managers');
const policyOf = (...statements: readonly object[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
const allow = (Action: unknown, Resource: unknown = '*', Condition: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  Condition,
});
const EVERYTHING = policyOf(allow('*'));
const trust = (principal: object) =>
  policyOf({ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' });

const staff = ['user', 'role'].map((kind) => arnOf(`${kind}/staff/*`));
const MANAGING = policyOf(
  allow(
    [
      'iam:CreateUser',
      'iam:CreateRole',
      'iam:AttachUserPolicy',
      'iam:AttachRolePolicy',
      'iam:PutUserPolicy',
      'iam:PutRolePolicy',
      'iam:PutUserPermissionsBoundary',
      'iam:PutRolePermissionsBoundary',
    ],
    staff,
    { ArnEquals: { 'iam:PermissionsBoundary': BOUNDARY } },
  ),
  allow(['iam:*AccessKey*', 'iam:*LoginProfile', 'iam:Tag*', 'iam:Untag*', 'iam:Get*'], staff),
  allow(['iam:UpdateUser', 'iam:DeleteUser', 'iam:UpdateAssumeRolePolicy'], staff),
  allow(['iam:PassRole', 'sts:AssumeRole'], arnOf('role/staff/*')),
  allow(
    ['iam:*InstanceProfile', 'iam:*Policy*'],
    [arnOf('instance-profile/staff/*'), arnOf('policy/staff/*')],
  ),
  allow(['iam:CreateGroup', 'iam:AddUserToGroup', 'iam:DeleteGroup'], arnOf('group/staff/*')),
  allow('sts:GetFederationToken'),
);

async function setUp() {
  const clients = await openClients();
  const { identity, keyOf } = clients;
  const boundary = policyOf(allow(['s3:*', 'sts:*']));
  await identity.createPolicy(ACCOUNT, { name: 'boundary', text: boundary });
  await identity.createPolicy(ACCOUNT, { name: 'managers', path: '/managers/', text: EVERYTHING });
  await identity.createPolicyVersion(ACCOUNT, MANAGERS, MANAGING, true);
  await identity.createUser(ACCOUNT, { name: 'manager', path: '/managers/' });
  await identity.attachUserPolicy(ACCOUNT, 'manager', MANAGERS);
  await identity.createUser(ACCOUNT, { name: 'admin', path: '/admins/' });
  await identity.createGroup(ACCOUNT, { name: 'admins', path: '/admins/' });
  await identity.attachGroupPolicy(ACCOUNT, 'admins', ADMIN_ACCESS);
  await identity.addUserToGroup(ACCOUNT, 'admins', 'admin');
  await identity.createUser(ACCOUNT, { name: 'gone', path: '/staff/' });
  const trustText = trust({ AWS: [arnOf('user/admins/admin'), arnOf('user/staff/gone')] });
  await identity.createRole(ACCOUNT, { name: 'Admin', path: '/admins/', trustText });
  await identity.deleteUser(ACCOUNT, 'gone');
  await identity.attachRolePolicy(ACCOUNT, 'Admin', ADMIN_ACCESS);
  await identity.createInstanceProfile(ACCOUNT, { name: 'AdminProfile', path: '/admins/' });
  const issuer = { url: 'https://example.com', clientIds: ['a'], thumbprints: [] };
  await identity.createOidcProvider(ACCOUNT, issuer);
  await identity.createMfaDevice(ACCOUNT, { name: 'phone' });
  return { ...clients, manager: await keyOf('manager'), admin: await keyOf('admin') };
}

/** Every key and version of the records, of which a refusal leaves all as they were. */
async function fingerprint(kv: Awaited<ReturnType<typeof setUp>>['kv']): Promise<string> {
  const entries = await kv.range({ ...keysUnder(SPACE.identity), limit: 10_000 });
  return entries
    .map(({ key, version }) => `${Buffer.from(key).toString('hex')} ${String(version)}`)
    .join('\n');
}

test('no operation of IAM lets him touch what is not his to manage', async () => {
  const { kv, act, manager, admin, logged } = await setUp();
  /** What he might name, all of it outside of /staff/, and himself by naming nobody. */
  const targets: Readonly<Record<string, string>>[] = [
    { UserName: 'manager', RoleName: 'Admin', PolicyArn: MANAGERS, PermissionsBoundary: BOUNDARY },
    { UserName: 'MANAGER', RoleName: 'ADMIN', PolicyArn: BOUNDARY, VersionId: 'v1' },
    { UserName: 'admin', RoleName: 'admin', PolicyArn: ADMIN_ACCESS, NewPath: '/staff/' },
    { UserName: 'admin', PolicyArn: MANAGERS, AccessKeyId: admin.accessKeyId, NewPath: '/staff/' },
  ];
  const others = {
    GroupName: 'admins',
    InstanceProfileName: 'AdminProfile',
    OpenIDConnectProviderArn: arnOf('oidc-provider/example.com'),
    PolicyDocument: EVERYTHING,
    AssumeRolePolicyDocument: trust({ AWS: arnOf('user/managers/manager') }),
    PermissionsBoundary: BOUNDARY,
    Path: '/',
  };
  const before = await fingerprint(kv);
  let count = 0;
  for (const { action, input } of Object.values(declarations)) {
    const members = Object.keys(input.members);
    const good = Object.assign({}, ...members.map((member) => GOOD[member]));
    for (const target of [...targets, { UserName: undefined }]) {
      const wanted: Record<string, string> = { ...good };
      for (const [name, value] of Object.entries({ ...others, ...target })) {
        if (!members.includes(name)) continue;
        if (value === undefined) delete wanted[name];
        else wanted[name] = value;
      }
      // What he may do to a user who is not there is nothing, whatever his name.
      if (wanted['UserName'] === undefined && action === 'CreateUser') continue;
      const { code, text } = await act(action, wanted, manager);
      const what = `${action} ${JSON.stringify(wanted)}: ${text}`;
      const isIncomplete = code === 'ValidationError' && /Member must not be null/.test(text);
      assert.ok(code === 'AccessDenied' || isIncomplete, what);
      count += 1;
    }
  }
  assert.ok(count > 400, `${count} attempts`);
  assert.equal(await fingerprint(kv), before);
  assert.deepEqual(logged, []);
});

test('no chain of what he may do makes him more than he is', async () => {
  const { iam, sts, identity, act, manager, keyOf } = await setUp();
  const asManager = (command: { readonly input: object }) => iam(manager).send(command as never);
  /** What is guarded, as it was. */
  const guarded = async () => [
    await identity.getUser(ACCOUNT, 'manager'),
    await identity.getUser(ACCOUNT, 'admin'),
    await identity.getRole(ACCOUNT, 'Admin'),
    await identity.getGroup(ACCOUNT, 'admins'),
    await identity.getInstanceProfile(ACCOUNT, 'AdminProfile'),
    (await identity.getPolicyVersion(ACCOUNT, MANAGERS, 2)).isDefault,
    (await identity.getPolicy(ACCOUNT, BOUNDARY)).versions,
  ];
  const before = await guarded();
  const denied = async (what: string, answer: Promise<unknown>, code = /^AccessDenied/) => {
    await assert.rejects(answer, (error: Error) => {
      assert.match(error.name, code, `${what}: ${error.message}`);
      return true;
    });
  };
  const bounded = { Path: '/staff/', PermissionsBoundary: BOUNDARY };
  const clerk = { UserName: 'clerk' };
  const mine = { RoleName: 'Mine' };
  const byManager = trust({ AWS: arnOf('user/managers/manager') });

  // A user of his own, with all rights but within the boundary.
  await denied('unbounded', asManager(new IAM.CreateUserCommand({ ...clerk, Path: '/staff/' })));
  const wider = { ...clerk, ...bounded, PermissionsBoundary: ADMIN_ACCESS };
  await denied('another boundary', asManager(new IAM.CreateUserCommand(wider)));
  await asManager(new IAM.CreateUserCommand({ ...clerk, ...bounded }));
  await asManager(new IAM.AttachUserPolicyCommand({ ...clerk, PolicyArn: ADMIN_ACCESS }));
  const inline = { ...clerk, PolicyName: 'all', PolicyDocument: EVERYTHING };
  await asManager(new IAM.PutUserPolicyCommand(inline));
  await denied('unbinding', asManager(new IAM.DeleteUserPermissionsBoundaryCommand(clerk)));
  const rebound = { ...clerk, PermissionsBoundary: ADMIN_ACCESS };
  await denied('rebinding', asManager(new IAM.PutUserPermissionsBoundaryCommand(rebound)));
  const { AccessKey: made } = await iam(manager).send(new IAM.CreateAccessKeyCommand(clerk));
  const clerkKey: Key = {
    accessKeyId: made?.AccessKeyId ?? '',
    secretAccessKey: made?.SecretAccessKey ?? '',
  };
  const raise = new IAM.AttachUserPolicyCommand({ ...MANAGER, PolicyArn: ADMIN_ACCESS });
  await denied('by his clerk', iam(clerkKey).send(raise));

  // A role of his own, which he may enter, under the same boundary.
  const role = { ...mine, AssumeRolePolicyDocument: byManager };
  await denied('unbounded', asManager(new IAM.CreateRoleCommand({ ...role, Path: '/staff/' })));
  await asManager(new IAM.CreateRoleCommand({ ...role, ...bounded }));
  await asManager(new IAM.AttachRolePolicyCommand({ ...mine, PolicyArn: ADMIN_ACCESS }));
  const { Credentials: session } = await sts(manager).send(
    new AssumeRoleCommand({
      RoleArn: arnOf('role/staff/Mine'),
      RoleSessionName: 'session',
      Policy: EVERYTHING,
    }),
  );
  const sessionKey: Key = {
    accessKeyId: session?.AccessKeyId ?? '',
    secretAccessKey: session?.SecretAccessKey ?? '',
    sessionToken: session?.SessionToken ?? '',
  };
  await denied('by his role', iam(sessionKey).send(raise));

  // The role of others: by trust, by entering, by a machine, by a name that it trusted once.
  const adminRole = { RoleArn: arnOf('role/admins/Admin'), RoleSessionName: 'session' };
  const retrust = { RoleName: 'Admin', PolicyDocument: byManager };
  await denied('trust', asManager(new IAM.UpdateAssumeRolePolicyCommand(retrust)));
  await denied('entering', sts(manager).send(new AssumeRoleCommand(adminRole)));
  await denied('by his role', sts(sessionKey).send(new AssumeRoleCommand(adminRole)));
  const profile = { InstanceProfileName: 'mine' };
  await asManager(new IAM.CreateInstanceProfileCommand({ ...profile, Path: '/staff/' }));
  const passing = { ...profile, RoleName: 'Admin' };
  await denied('passing', asManager(new IAM.AddRoleToInstanceProfileCommand(passing)));
  const full = { ...mine, InstanceProfileName: 'AdminProfile' };
  await denied('filling', asManager(new IAM.AddRoleToInstanceProfileCommand(full)));
  await asManager(new IAM.AddRoleToInstanceProfileCommand({ ...profile, ...mine }));
  await asManager(new IAM.CreateUserCommand({ UserName: 'gone', ...bounded }));
  const allowed = { UserName: 'gone', PolicyName: 'p', PolicyDocument: EVERYTHING };
  await asManager(new IAM.PutUserPolicyCommand(allowed));
  const again = await keyOf('gone');
  await denied('an old name', sts(again).send(new AssumeRoleCommand(adminRole)));

  // What decides about him: versions, the boundary itself, groups, tags, and where he lies.
  const flip = { PolicyArn: MANAGERS, VersionId: 'v1' };
  await denied('flipping', asManager(new IAM.SetDefaultPolicyVersionCommand(flip)));
  for (const PolicyArn of [MANAGERS, BOUNDARY]) {
    const version = { PolicyArn, PolicyDocument: EVERYTHING, SetAsDefault: true };
    await denied('a new version', asManager(new IAM.CreatePolicyVersionCommand(version)));
  }
  const crew = { GroupName: 'crew' };
  await asManager(new IAM.CreateGroupCommand({ ...crew, Path: '/staff/' }));
  await asManager(new IAM.AddUserToGroupCommand({ ...crew, ...MANAGER }));
  const crewPolicy = { ...crew, PolicyArn: ADMIN_ACCESS };
  await denied('by his group', asManager(new IAM.AttachGroupPolicyCommand(crewPolicy)));
  const crewInline = { ...crew, PolicyName: 'p', PolicyDocument: EVERYTHING };
  await denied('by his group', asManager(new IAM.PutGroupPolicyCommand(crewInline)));
  await identity.removeUserFromGroup(ACCOUNT, 'crew', 'manager');
  const admins = { GroupName: 'admins', ...clerk };
  await denied('joining', asManager(new IAM.AddUserToGroupCommand(admins)));
  for (const [UserName, NewPath] of [
    ['manager', '/staff/'],
    ['admin', '/staff/'],
    ['clerk', '/admins/'],
  ] as const) {
    await denied('moving', asManager(new IAM.UpdateUserCommand({ UserName, NewPath })));
  }
  const taken = { UserName: 'clerk', NewUserName: 'ADMIN' };
  await denied('a name', asManager(new IAM.UpdateUserCommand(taken)), /^EntityAlreadyExists/);
  for (const NewUserName of ['../admins/x', 'x/../../admins/x', '*']) {
    const { code } = await act('UpdateUser', { ...clerk, NewUserName }, manager);
    assert.equal(code, 'ValidationError', NewUserName);
  }
  const wide = { Name: 'guest', Policy: EVERYTHING };
  const { Credentials: federated } = await sts(manager).send(new GetFederationTokenCommand(wide));
  const federatedKey: Key = {
    accessKeyId: federated?.AccessKeyId ?? '',
    secretAccessKey: federated?.SecretAccessKey ?? '',
    sessionToken: federated?.SessionToken ?? '',
  };
  await denied('by a federated user', iam(federatedKey).send(raise), /^InvalidClientTokenId/);
  assert.deepEqual(await guarded(), before);
});
