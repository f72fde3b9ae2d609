import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openWithAccount, refusal } from './testing/open.ts';

const S3_FULL = 'arn:aws:iam::aws:policy/AmazonS3FullAccess';
const TEXT = '{"Statement":{"Effect":"Deny","Action":"s3:Get*","Resource":"*"}}';

async function withGroup(options = {}) {
  const opened = await openWithAccount(options);
  const { identity, account } = opened;
  const group = await identity.createGroup(account, { name: 'Devs', path: '/x/' });
  const user = await identity.createUser(account, { name: 'bob' });
  return { ...opened, group, user };
}

test('createGroup and updateGroup keep names apart without regard to case', async () => {
  const { identity, account, group } = await withGroup();
  assert.match(group.id, /^AGPA[A-Z2-7]{17}$/);
  await assert.rejects(
    identity.createGroup(account, { name: 'DEVS' }),
    refusal('EntityAlreadyExists', 'Group with name DEVS already exists.'),
  );
  await identity.updateGroup(account, 'devs', { newName: 'ops', newPath: '/' });
  assert.equal((await identity.getGroup(account, 'OPS')).id, group.id);
  await assert.rejects(
    identity.getGroup(account, 'Devs'),
    refusal('NoSuchEntity', 'The group with name Devs cannot be found.'),
  );
});

test('members come and go, on both sides', async () => {
  const { identity, account } = await withGroup({ quotas: { groupsPerUser: 1 } });
  await identity.addUserToGroup(account, 'devs', 'BOB');
  await identity.addUserToGroup(account, 'devs', 'bob');
  const members = await identity.listGroupMembers(account, 'devs', { limit: 5 });
  assert.deepEqual(
    members.items.map(({ name }) => name),
    ['bob'],
  );
  const groups = await identity.listGroupsForUser(account, 'bob', { limit: 5 });
  assert.deepEqual(
    groups.items.map(({ name }) => name),
    ['Devs'],
  );
  await identity.createGroup(account, { name: 'more' });
  await assert.rejects(
    identity.addUserToGroup(account, 'more', 'bob'),
    refusal('LimitExceeded', 'Cannot exceed quota for GroupsPerUser: 1'),
  );
  await identity.removeUserFromGroup(account, 'more', 'bob');
  await assert.rejects(
    identity.removeUserFromGroup(account, 'none', 'bob'),
    refusal('NoSuchEntity'),
  );
  const conflict = refusal(
    'DeleteConflict',
    'Cannot delete entity, must remove users from group first.',
  );
  await assert.rejects(identity.deleteGroup(account, 'devs'), conflict);
  await assert.rejects(identity.deleteUser(account, 'bob'), conflict);
  await identity.removeUserFromGroup(account, 'devs', 'bob');
  await identity.deleteGroup(account, 'devs');
  await identity.deleteUser(account, 'bob');
});

test('deleteGroup and deleteUser refuse while policies hang on them', async () => {
  const { identity, account } = await withGroup();
  await identity.attachGroupPolicy(account, 'devs', S3_FULL);
  await identity.attachUserPolicy(account, 'bob', S3_FULL);
  const attached = refusal(
    'DeleteConflict',
    'Cannot delete entity, must detach all policies first.',
  );
  await assert.rejects(identity.deleteGroup(account, 'devs'), attached);
  await assert.rejects(identity.deleteUser(account, 'bob'), attached);
  await identity.detachGroupPolicy(account, 'devs', S3_FULL);
  await identity.detachUserPolicy(account, 'bob', S3_FULL);
  await identity.putGroupPolicy(account, 'devs', { name: 'p', text: TEXT });
  await identity.putUserPolicy(account, 'bob', { name: 'p', text: TEXT });
  const inline = refusal('DeleteConflict', 'Cannot delete entity, must delete policies first.');
  await assert.rejects(identity.deleteGroup(account, 'devs'), inline);
  await assert.rejects(identity.deleteUser(account, 'bob'), inline);
});

test('many who join and leave one group at once leave a true count', async () => {
  const { identity, account } = await withGroup();
  const names = Array.from({ length: 24 }, (_, index) => `user-${index}`);
  for (const name of names) await identity.createUser(account, { name });
  await Promise.all(names.map((name) => identity.addUserToGroup(account, 'devs', name)));
  const leaving = names.slice(0, 10);
  await Promise.all(leaving.map((name) => identity.removeUserFromGroup(account, 'devs', name)));
  assert.equal((await identity.getGroup(account, 'devs')).memberCount, 14);
  const page = await identity.listGroupMembers(account, 'devs', { limit: 10 });
  assert.equal(page.items.length, 10);
  const rest = await identity.listGroupMembers(account, 'devs', { limit: 10, after: page.next });
  assert.deepEqual(
    [...page.items, ...rest.items].map(({ name }) => name),
    names.slice(10).sort(),
  );
});
