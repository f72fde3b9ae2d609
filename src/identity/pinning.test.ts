import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openWithAccount, refusal } from './testing/open.ts';

const bucketPolicy = (principal: unknown) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: principal,
      Action: 's3:*',
      Resource: 'arn:aws:s3:::b',
    },
  });
const trust = (principal: unknown) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' },
  });
const EC2 = trust({ Service: 'ec2.amazonaws.com' });
const ANA = 'arn:aws:iam::123456789012:user/staff/Ana';
const APP = 'arn:aws:iam::123456789012:role/App';

async function setUp() {
  const opened = await openWithAccount();
  const { identity, account } = opened;
  const ana = await identity.createUser(account, { name: 'Ana', path: '/staff/' });
  const app = await identity.createRole(account, { name: 'App', trustText: EC2 });
  const pinned = async (principal: unknown) => {
    const found = await identity.pinPrincipals(bucketPolicy(principal), 'resource');
    assert.ok(found.ok);
    return found.text;
  };
  return { ...opened, ana, app, pinned };
}

test('users and roles are stored by their ids, and shown by the ARN that they have now', async () => {
  const { identity, account, ana, app, pinned } = await setUp();
  const stored = await pinned({ AWS: [ANA, APP] });
  assert.equal(stored, bucketPolicy({ AWS: [ana.id, app.id] }));
  assert.equal(await identity.showPrincipals(stored), bucketPolicy({ AWS: [ANA, APP] }));
  await identity.updateUser(account, 'ana', { newName: 'Anna', newPath: '/' });
  const renamed = 'arn:aws:iam::123456789012:user/Anna';
  assert.equal(await identity.showPrincipals(stored), bucketPolicy({ AWS: [renamed, APP] }));
  await identity.deleteUser(account, 'anna');
  await identity.createUser(account, { name: 'Anna' });
  await identity.deleteRole(account, 'app');
  assert.equal(await identity.showPrincipals(stored), stored, 'the ids of those who are gone');
});

test('who is made again under the same name is another one', async () => {
  const { identity, account, ana, pinned } = await setUp();
  await identity.deleteUser(account, 'Ana');
  const again = await identity.createUser(account, { name: 'Ana', path: '/staff/' });
  assert.equal(await pinned({ AWS: ANA }), bucketPolicy({ AWS: again.id }));
  assert.notEqual(again.id, ana.id);
  const found = await identity.pinPrincipals(bucketPolicy({ AWS: ana.id }), 'resource');
  assert.deepEqual(found, { ok: false, type: 'AWS', name: ana.id });
});

test('what is no user and no role stands as it is, an account as its root', async () => {
  const { identity, account, owner, ana, pinned } = await setUp();
  const root = `arn:aws:iam::${account}:root`;
  const session = `arn:aws:sts::${account}:assumed-role/App/session`;
  const table: [given: unknown, stored: unknown][] = [
    ['*', '*'],
    [{ AWS: '*' }, { AWS: '*' }],
    [{ AWS: account }, { AWS: root }],
    [{ AWS: root }, { AWS: root }],
    [{ AWS: ana.id }, { AWS: ana.id }],
    [{ AWS: session }, { AWS: session }],
    [{ CanonicalUser: owner.canonicalUserId }, { CanonicalUser: owner.canonicalUserId }],
    [{ Service: 'ec2.amazonaws.com' }, { Service: 'ec2.amazonaws.com' }],
    [{ Federated: 'accounts.google.com' }, { Federated: 'accounts.google.com' }],
  ];
  for (const [given, stored] of table) {
    assert.equal(await pinned(given), bucketPolicy(stored));
  }
  assert.equal(
    await identity.showPrincipals(await pinned({ AWS: ana.id })),
    bucketPolicy({ AWS: ANA }),
  );
});

test('a name that is nobody’s makes no policy', async () => {
  const { identity, account } = await setUp();
  const other = await identity.createAccount({ name: 'Other' });
  const table: [principal: Readonly<Record<string, unknown>>, said: string][] = [
    [{ AWS: 'arn:aws:iam::123456789012:user/Ana' }, '"AWS":"arn:aws:iam::123456789012:user/Ana"'],
    [{ AWS: ANA.toLowerCase() }, `"AWS":"${ANA.toLowerCase()}"`],
    [{ AWS: [ANA, `${APP}s`] }, `"AWS":"${APP}s"`],
    [{ AWS: `arn:aws:iam::${other.id}:role/App` }, `"AWS":"arn:aws:iam::${other.id}:role/App"`],
    [{ AWS: '000000000000' }, '"AWS":"000000000000"'],
    [{ AWS: 'arn:aws:iam::000000000000:root' }, '"AWS":"arn:aws:iam::000000000000:root"'],
    [{ AWS: 'AIDAAAAAAAAAAAAAAAAAA' }, '"AWS":"AIDAAAAAAAAAAAAAAAAAA"'],
    [
      { AWS: 'arn:aws:sts::000000000000:assumed-role/App/s' },
      '"AWS":"arn:aws:sts::000000000000:assumed-role/App/s"',
    ],
    [{ CanonicalUser: 'abc' }, '"CanonicalUser":"abc"'],
    [{ Service: 'ec2' }, '"SERVICE":"ec2"'],
    [{ Federated: 'example.com' }, '"FEDERATED":"example.com"'],
  ];
  for (const [principal, said] of table) {
    const refused = refusal('MalformedPolicyDocument', `Invalid principal in policy: ${said}`);
    const trustText = trust(principal);
    await assert.rejects(identity.createRole(account, { name: 'new', trustText }), refused);
    await assert.rejects(identity.updateTrustPolicy(account, 'App', trustText), refused);
  }
  assert.equal((await identity.getRole(account, 'App')).trustText, EC2);
});

test('users and roles of every account are pinned', async () => {
  const { identity, pinned } = await setUp();
  const { id: other } = await identity.createAccount({ name: 'Other' });
  const eve = await identity.createUser(other, { name: 'eve' });
  const stored = await pinned({ AWS: `arn:aws:iam::${other}:user/eve` });
  assert.equal(stored, bucketPolicy({ AWS: eve.id }));
  assert.equal(
    await identity.showPrincipals(stored),
    bucketPolicy({ AWS: `arn:aws:iam::${other}:user/eve` }),
  );
});
