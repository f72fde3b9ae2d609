import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as IAM from '@aws-sdk/client-iam';
import { AssumeRoleCommand, type STSServiceException } from '@aws-sdk/client-sts';
import { ACCOUNT, failure, openClients, type Key } from './testing/clients.ts';

const trust = (user: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/${user}` },
        Action: 'sts:AssumeRole',
      },
    ],
  });
const READ_IAM = 'arn:aws:iam::aws:policy/IAMReadOnlyAccess';
const app = { RoleName: 'App' };

/** Bob, whom the role App trusts. */
async function setUp() {
  const clients = await openClients();
  const { identity, keyOf, sts } = clients;
  await identity.createUser(ACCOUNT, { name: 'bob' });
  const role = await identity.createRole(ACCOUNT, { name: 'App', trustText: trust('bob') });
  const assume = async (key: Key): Promise<Key> => {
    const { Credentials } = await sts(key).send(
      new AssumeRoleCommand({
        RoleArn: `arn:aws:iam::${ACCOUNT}:role/App`,
        RoleSessionName: 'session',
      }),
    );
    return {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    };
  };
  return { ...clients, role, assume, bob: await keyOf('bob') };
}

test('what a role may is what its sessions may, in the very next request', async () => {
  const { iam, identity, assume, bob } = await setUp();
  const session = iam(await assume(bob));
  const get = () => session.send(new IAM.GetRoleCommand(app));
  const refused = failure(
    'AccessDenied',
    403,
    `User: arn:aws:sts::${ACCOUNT}:assumed-role/App/session is not authorized to perform: iam:GetRole on resource: arn:aws:iam::${ACCOUNT}:role/App because no identity-based policy allows the iam:GetRole action`,
  );
  await assert.rejects(get(), refused);
  await identity.attachRolePolicy(ACCOUNT, 'App', READ_IAM);
  assert.equal((await get()).Role?.RoleName, 'App');
  await identity.putRoleBoundary(ACCOUNT, 'App', 'arn:aws:iam::aws:policy/AmazonS3FullAccess');
  await assert.rejects(get(), failure('AccessDenied', 403));
  await identity.deleteRoleBoundary(ACCOUNT, 'App');
  await get();
  await identity.detachRolePolicy(ACCOUNT, 'App', READ_IAM);
  await assert.rejects(get(), refused);
  await identity.deleteRole(ACCOUNT, 'App');
  await identity.createRole(ACCOUNT, { name: 'App', trustText: trust('bob') });
  await identity.attachRolePolicy(ACCOUNT, 'App', READ_IAM);
  await assert.rejects(get(), failure('InvalidClientTokenId', 403));
});

test('a role’s last use is the last request of one of its sessions', async () => {
  const { iam, identity, role, assume, bob } = await setUp();
  const root = iam();
  await identity.attachRolePolicy(ACCOUNT, 'App', READ_IAM);
  const lastUse = async () => (await root.send(new IAM.GetRoleCommand(app))).Role?.RoleLastUsed;
  const session = await assume(bob);
  assert.deepEqual(await lastUse(), {}, 'to be assumed is not to be used');
  await iam(session).send(new IAM.GetRoleCommand(app));
  // Waits for the note, which no request waits for.
  await identity[Symbol.asyncDispose]();
  const use = await lastUse();
  assert.equal(use?.Region, 'us-east-1');
  assert.ok(use?.LastUsedDate instanceof Date);
  await identity.detachRolePolicy(ACCOUNT, 'App', READ_IAM);
  await identity.deleteRole(ACCOUNT, 'App');
  assert.equal(await identity.findKeyUse(role.id), undefined);
});

test('a trust policy keeps to the user whom it named, not to his name', async () => {
  const { iam, identity, keyOf, assume, bob } = await setUp();
  await assume(bob);
  const { id } = await identity.getUser(ACCOUNT, 'bob');
  await identity.updateUser(ACCOUNT, 'bob', { newName: 'robert' });
  await assume(bob);
  await identity.deleteAccessKey(ACCOUNT, { kind: 'user', name: 'robert' }, bob.accessKeyId);
  await identity.deleteUser(ACCOUNT, 'robert');
  await identity.createUser(ACCOUNT, { name: 'bob' });
  const impostor = await keyOf('bob');
  await assert.rejects(assume(impostor), (error: STSServiceException) => {
    assert.equal(error.name, 'AccessDenied');
    return true;
  });
  const shown = await iam().send(new IAM.GetRoleCommand(app));
  const document = JSON.parse(decodeURIComponent(shown.Role?.AssumeRolePolicyDocument ?? ''));
  assert.deepEqual(document.Statement[0].Principal, { AWS: id });
});
