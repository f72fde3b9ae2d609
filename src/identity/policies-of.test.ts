import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate } from '../policy/index.ts';
import type { IdentityStore } from './store.ts';
import { openIdentityStore } from './store.ts';
import { MASTER_KEY, openWithAccount } from './testing/open.ts';

const ARN = 'arn:aws:iam::123456789012:policy/p';
const allow = (action: string) =>
  `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"${action}","Resource":"*"}}`;

async function setUp() {
  const opened = await openWithAccount();
  const { identity, kv, clock, account } = opened;
  await identity.createUser(account, { name: 'bob' });
  await identity.createGroup(account, { name: 'g' });
  await identity.createPolicy(account, { name: 'p', text: allow('s3:GetObject') });
  const { id } = await identity.createAccessKey(account, { kind: 'user', name: 'bob' });
  const other = await openIdentityStore({ kv, clock, masterKey: MASTER_KEY });
  /** Asked of the store that did not make the change. */
  const may = (action: string) => decide(other, id, action);
  return { ...opened, other, may, id };
}

async function decide(identity: IdentityStore, accessKeyId: string, action: string) {
  const credential = await identity.findCredential(accessKeyId);
  assert.ok(credential);
  const { policyPrincipal } = credential.principal;
  const policies = await identity.policiesOf(credential.principal);
  const request = {
    principal: policyPrincipal,
    action,
    resource: 'arn:aws:s3:::b/k',
    resourceAccountId: '123456789012',
    context: () => undefined,
  };
  return evaluate(request, policies).effect === 'Allow';
}

test('every way to give and take a right is seen by another store at once', async () => {
  const { identity, account, may } = await setUp();
  const group = { name: 'i', text: allow('s3:GetObject') };
  const ways: [name: string, give: () => Promise<unknown>, take: () => Promise<unknown>][] = [
    [
      'attached',
      () => identity.attachUserPolicy(account, 'bob', ARN),
      () => identity.detachUserPolicy(account, 'bob', ARN),
    ],
    [
      'inline',
      () => identity.putUserPolicy(account, 'bob', group),
      () => identity.deleteUserPolicy(account, 'bob', 'i'),
    ],
    [
      'inline, replaced',
      () => identity.putUserPolicy(account, 'bob', group),
      () => identity.putUserPolicy(account, 'bob', { name: 'i', text: allow('s3:PutObject') }),
    ],
    ['joining a group', () => addToGroupWith(ARN), () => leave()],
    [
      'attached to a group',
      async () => {
        await identity.addUserToGroup(account, 'g', 'bob');
        await identity.attachGroupPolicy(account, 'g', ARN);
      },
      () => identity.detachGroupPolicy(account, 'g', ARN),
    ],
    [
      'inline in a group',
      () => identity.putGroupPolicy(account, 'g', group),
      () => identity.deleteGroupPolicy(account, 'g', 'i'),
    ],
    [
      'by another default version',
      async () => {
        await identity.attachUserPolicy(account, 'bob', ARN);
        await identity.createPolicyVersion(account, ARN, allow('s3:PutObject'), false);
      },
      () => identity.setDefaultPolicyVersion(account, ARN, 2),
    ],
    [
      'by a boundary',
      () => identity.setDefaultPolicyVersion(account, ARN, 1),
      () => identity.putUserBoundary(account, 'bob', 'arn:aws:iam::aws:policy/IAMFullAccess'),
    ],
  ];
  async function addToGroupWith(arn: string) {
    await identity.attachGroupPolicy(account, 'g', arn);
    await identity.addUserToGroup(account, 'g', 'bob');
  }
  async function leave() {
    await identity.removeUserFromGroup(account, 'g', 'bob');
    await identity.detachGroupPolicy(account, 'g', ARN);
  }
  for (const [name, give, take] of ways) {
    assert.equal(await may('s3:GetObject'), false, `${name}: before`);
    await give();
    assert.equal(await may('s3:GetObject'), true, `${name}: given`);
    await take();
    assert.equal(await may('s3:GetObject'), false, `${name}: taken`);
  }
});

test('policiesOf gives the very same object while nothing changes, and compiles nothing twice', async () => {
  const { identity, account, other, id } = await setUp();
  await identity.attachUserPolicy(account, 'bob', ARN);
  await identity.putUserPolicy(account, 'bob', { name: 'i', text: allow('s3:*') });
  const credential = await other.findCredential(id);
  assert.ok(credential);
  const first = await other.policiesOf(credential.principal);
  assert.equal(other.policiesOf(credential.principal), first, 'no promise');
  await identity.createUser(account, { name: 'eve' });
  assert.equal(await other.policiesOf(credential.principal), first);
  await identity.createPolicyVersion(account, ARN, allow('iam:*'), true);
  const second = await other.policiesOf(credential.principal);
  assert.equal(second.identity[0], first.identity[0]);
  assert.notEqual(second.identity[1], first.identity[1]);
  assert.deepEqual(
    second.identity.map(({ source }) => source),
    [
      { type: 'identity-based', id: 'i' },
      { type: 'identity-based', id: ARN },
    ],
  );
});

test('root and the deleted have no policies', async () => {
  const { identity, account, other, id } = await setUp();
  const { id: rootKey } = await identity.createRootKey(account);
  const root = await other.findCredential(rootKey);
  assert.ok(root);
  assert.deepEqual(await other.policiesOf(root.principal), { identity: [] });
  const bob = await other.findCredential(id);
  assert.ok(bob);
  await identity.deleteAccessKey(account, { kind: 'user', name: 'bob' }, id);
  await identity.deleteUser(account, 'bob');
  assert.deepEqual(await other.policiesOf(bob.principal), { identity: [] });
});

test('policiesOf goes on answering while the policies change under it', async () => {
  const { identity, account, other, id } = await setUp();
  await identity.attachUserPolicy(account, 'bob', ARN);
  const inline = { name: 'i', text: allow('s3:PutObject') };
  const progress = { isChanging: true };
  const changes = (async () => {
    for (let round = 0; round < 500; round += 1) {
      await identity.putUserPolicy(account, 'bob', inline);
      await identity.deleteUserPolicy(account, 'bob', 'i');
    }
    progress.isChanging = false;
  })();
  let answers = 0;
  while (progress.isChanging) {
    const decisions = await Promise.all(['s3:GetObject', 's3:*'].map((a) => decide(other, id, a)));
    assert.deepEqual(decisions, [true, false]);
    answers += 1;
  }
  await changes;
  assert.ok(answers > 10);
});
