import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { openIdentityStore } from './store.ts';
import { MASTER_KEY, NOON_MS, openWithAccount, refusal } from './testing/open.ts';

test('createUser makes a user whom every spelling of the name finds', async () => {
  const { identity, account } = await openWithAccount();
  const user = await identity.createUser(account, { name: 'Bob', path: '/a/b/' });
  assert.match(user.id, /^AIDA[A-Z2-7]{17}$/);
  assert.equal(user.createdAtMs, NOON_MS);
  assert.deepEqual(await identity.getUser(account, 'bOB'), user);
  assert.deepEqual(await identity.findUserById(account, user.id), user);
  await assert.rejects(
    identity.createUser(account, { name: 'BOB' }),
    refusal('EntityAlreadyExists', 'User with name BOB already exists.'),
  );
  await assert.rejects(
    identity.getUser(account, 'eve'),
    refusal('NoSuchEntity', 'The user with name eve cannot be found.'),
  );
});

test('accounts do not see each other', async () => {
  const { identity, account } = await openWithAccount();
  const { id: other } = await identity.createAccount({ name: 'Other' });
  await identity.createUser(account, { name: 'bob' });
  await assert.rejects(identity.getUser(other, 'bob'), refusal('NoSuchEntity'));
  await identity.createUser(other, { name: 'bob' });
  await identity.deleteUser(other, 'bob');
  assert.equal((await identity.listUsers(account, { limit: 10 })).items.length, 1);
});

test('updateUser renames and moves, keeps the id, and takes nobody else’s name', async () => {
  const { identity, account } = await openWithAccount();
  const { id } = await identity.createUser(account, { name: 'bob' });
  await identity.createUser(account, { name: 'eve' });
  await assert.rejects(
    identity.updateUser(account, 'bob', { newName: 'EVE' }),
    refusal('EntityAlreadyExists', 'User with name EVE already exists.'),
  );
  await identity.updateUser(account, 'bob', { newName: 'BOB' });
  assert.equal((await identity.getUser(account, 'bob')).name, 'BOB');
  await identity.updateUser(account, 'bob', { newName: 'robert', newPath: '/x/' });
  await assert.rejects(identity.getUser(account, 'bob'), refusal('NoSuchEntity'));
  const user = await identity.getUser(account, 'robert');
  assert.deepEqual([user.id, user.path], [id, '/x/']);
  await identity.createUser(account, { name: 'bob' });
});

test('of many who create one name at once, in two stores, exactly one wins', async () => {
  const { identity, kv, clock, account } = await openWithAccount();
  const other = await openIdentityStore({ kv, clock, masterKey: MASTER_KEY });
  const stores = [identity, other];
  const creations = Array.from({ length: 40 }, (_, index) =>
    stores[index % 2]!.createUser(account, { name: index % 3 === 0 ? 'bob' : 'Bob' }),
  );
  const outcomes = await Promise.allSettled(creations);
  const won = outcomes.filter(({ status }) => status === 'fulfilled');
  assert.equal(won.length, 1);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') assert.equal(outcome.reason.kind, 'EntityAlreadyExists');
  }
  assert.equal((await identity.listUsers(account, { limit: 10 })).items.length, 1);
});

test('listUsers pages through every user once, by name without regard to case', async () => {
  const nameUnit = fc.constantFrom(...'aAbBzZ09_-.@=,+');
  const names = fc.uniqueArray(fc.string({ unit: nameUnit, minLength: 1, maxLength: 6 }), {
    selector: (name) => name.toLowerCase(),
    maxLength: 20,
  });
  const limits = fc.integer({ min: 1, max: 7 });
  const property = fc.asyncProperty(names, limits, async (names, limit) => {
    const { identity, account } = await openWithAccount();
    for (const name of names) {
      await identity.createUser(account, { name, path: name < 'a' ? '/x/y/' : '/' });
    }
    for (const pathPrefix of [undefined, '/x']) {
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await identity.listUsers(account, { after, limit, pathPrefix });
        assert.ok(page.items.length <= limit);
        seen.push(...page.items.map(({ name }) => name));
        after = page.next;
      } while (after !== undefined);
      const expected = names
        .filter((name) => pathPrefix === undefined || name < 'a')
        .sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
      assert.deepEqual(seen, expected);
    }
  });
  await fc.assert(property, { numRuns: 50 });
});

test('createUser stops at the quota, and a deletion makes room', async () => {
  const { identity, account } = await openWithAccount({ quotas: { usersPerAccount: 2 } });
  await identity.createUser(account, { name: 'a' });
  await identity.createUser(account, { name: 'b' });
  await assert.rejects(
    identity.createUser(account, { name: 'c' }),
    refusal('LimitExceeded', 'Cannot exceed quota for UsersPerAccount: 2'),
  );
  await identity.deleteUser(account, 'a');
  await identity.createUser(account, { name: 'c' });
});

test('deleteUser refuses while the user has keys', async () => {
  const { identity, account } = await openWithAccount();
  await identity.createUser(account, { name: 'bob' });
  const owner = { kind: 'user', name: 'bob' } as const;
  const { id } = await identity.createAccessKey(account, owner);
  await assert.rejects(
    identity.deleteUser(account, 'bob'),
    refusal('DeleteConflict', 'Cannot delete entity, must delete access keys first.'),
  );
  await identity.deleteAccessKey(account, owner, id);
  await identity.deleteUser(account, 'bob');
  await assert.rejects(identity.deleteUser(account, 'bob'), refusal('NoSuchEntity'));
});

test('a user deleted while a key is made for him leaves no key behind', async () => {
  for (let round = 0; round < 20; round += 1) {
    const { identity, kv, clock, account } = await openWithAccount();
    const other = await openIdentityStore({ kv, clock, masterKey: MASTER_KEY });
    await identity.createUser(account, { name: 'bob' });
    const [deletion, creation] = await Promise.allSettled([
      identity.deleteUser(account, 'bob'),
      other.createAccessKey(account, { kind: 'user', name: 'bob' }),
    ]);
    assert.notEqual(deletion.status, creation.status, 'one of the two has to lose');
  }
});

test('tags merge without regard to the case of keys, and within the quota', async () => {
  const { identity, account } = await openWithAccount({ quotas: { tagsPerEntity: 3 } });
  await identity.createUser(account, { name: 'bob', tags: [{ key: 'Team', value: 'a' }] });
  await identity.tagUser(account, 'bob', [
    { key: 'TEAM', value: 'b' },
    { key: 'x', value: '' },
  ]);
  const tags = async () => (await identity.getUser(account, 'bob')).tags;
  assert.deepEqual(await tags(), [
    { key: 'TEAM', value: 'b' },
    { key: 'x', value: '' },
  ]);
  const doubled = [
    { key: 'k', value: '1' },
    { key: 'K', value: '2' },
  ];
  await assert.rejects(identity.tagUser(account, 'bob', doubled), refusal('InvalidInput'));
  const many = ['p', 'q'].map((key) => ({ key, value: '' }));
  await assert.rejects(identity.tagUser(account, 'bob', many), refusal('LimitExceeded'));
  await identity.untagUser(account, 'bob', ['team', 'unknown']);
  assert.deepEqual(await tags(), [{ key: 'x', value: '' }]);
});

test('resolvePrincipalArn finds root and users by their exact ARN', async () => {
  const { identity, account } = await openWithAccount();
  const { id } = await identity.createUser(account, { name: 'Bob', path: '/a/' });
  const cases: [arn: string, userId: string | undefined][] = [
    ['arn:aws:iam::123456789012:root', account],
    ['arn:aws:iam::123456789012:user/a/Bob', id],
    ['arn:aws:iam::123456789012:user/Bob', undefined],
    ['arn:aws:iam::123456789012:user/a/bob', undefined],
    ['arn:aws:iam::123456789012:group/a/Bob', undefined],
    ['arn:aws:iam::000000000000:root', undefined],
    ['arn:aws:iam::000000000000:user/a/Bob', undefined],
    ['123456789012', undefined],
    ['', undefined],
  ];
  for (const [arn, userId] of cases) {
    assert.equal((await identity.resolvePrincipalArn(arn))?.userId, userId, arn);
  }
});
