import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as declarations from './api/index.ts';
import { ACCOUNT, fingerprint, openClients } from './testing/clients.ts';
import { GOOD } from './testing/parameters.ts';

/** A user who may do everything to what lies under /staff/, and nothing to anything else. */
const ADMIN_ACCESS = 'arn:aws:iam::aws:policy/AdministratorAccess';
const arnOf = (resource: string) => `arn:aws:iam::${ACCOUNT}:${resource}`;
const BOUNDARY = arnOf('policy/boundary');
const MANAGERS = arnOf('policy/managers/managers');
const KINDS = ['user', 'group', 'role', 'policy', 'instance-profile', 'mfa', 'oidc-provider'];
const allow = (Resource: unknown) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['iam:*', 'sts:*'], Resource }],
  });
const EVERYTHING = allow('*');
const trust = (user: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: arnOf(`user/${user}`) }, Action: 'sts:AssumeRole' },
    ],
  });

async function setUp() {
  const clients = await openClients();
  const { identity, keyOf } = clients;
  await identity.createPolicy(ACCOUNT, { name: 'boundary', text: EVERYTHING });
  // Behind the policy that he has there lies an older version that would let him do everything.
  await identity.createPolicy(ACCOUNT, { name: 'managers', path: '/managers/', text: EVERYTHING });
  const managing = allow(KINDS.map((kind) => arnOf(`${kind}/staff/*`)));
  await identity.createPolicyVersion(ACCOUNT, MANAGERS, managing, true);
  await identity.createUser(ACCOUNT, { name: 'manager', path: '/managers/' });
  await identity.attachUserPolicy(ACCOUNT, 'manager', MANAGERS);
  await identity.createUser(ACCOUNT, { name: 'admin', path: '/admins/' });
  await identity.createGroup(ACCOUNT, { name: 'admins', path: '/admins/' });
  await identity.attachGroupPolicy(ACCOUNT, 'admins', ADMIN_ACCESS);
  await identity.addUserToGroup(ACCOUNT, 'admins', 'admin');
  const trustText = trust('admins/admin');
  await identity.createRole(ACCOUNT, { name: 'Admin', path: '/admins/', trustText });
  await identity.attachRolePolicy(ACCOUNT, 'Admin', ADMIN_ACCESS);
  await identity.createInstanceProfile(ACCOUNT, { name: 'AdminProfile', path: '/admins/' });
  const issuer = { url: 'https://example.com', clientIds: ['a'], thumbprints: [] };
  await identity.createOidcProvider(ACCOUNT, issuer);
  await identity.createMfaDevice(ACCOUNT, { name: 'phone' });
  return { ...clients, manager: await keyOf('manager'), admin: await keyOf('admin') };
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
    AssumeRolePolicyDocument: trust('managers/manager'),
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
