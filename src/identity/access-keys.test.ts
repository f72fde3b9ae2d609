import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SPACE } from '../kv/spaces.ts';
import { openIdentityStore } from './store.ts';
import { MASTER_KEY, NOON_MS, openWithAccount, refusal } from './testing/open.ts';

const bob = { kind: 'user', name: 'bob' } as const;
const root = { kind: 'root' } as const;

test('createAccessKey gives an id and a secret of AWS shape, and the key speaks for its user', async () => {
  const { identity, account, owner } = await openWithAccount();
  const user = await identity.createUser(account, {
    name: 'bob',
    path: '/team/',
    tags: [{ key: 'a', value: 'b' }],
  });
  const key = await identity.createAccessKey(account, { kind: 'user', name: 'BOB' });
  assert.match(key.id, /^AKIA[A-Z2-7]{16}$/);
  assert.match(key.secretAccessKey, /^[A-Za-z0-9/+]{40}$/);
  const arn = 'arn:aws:iam::123456789012:user/team/bob';
  assert.deepEqual(await identity.findCredential(key.id), {
    accessKeyId: key.id,
    secretAccessKey: key.secretAccessKey,
    status: 'Active',
    principal: {
      kind: 'user',
      accountId: account,
      arn,
      userId: user.id,
      userName: 'bob',
      path: '/team/',
      tags: [{ key: 'a', value: 'b' }],
      policyPrincipal: {
        kind: 'user',
        accountId: account,
        arn,
        userId: user.id,
        canonicalUserId: owner.canonicalUserId,
      },
    },
  });
});

test('createRootKey takes over a given key, and the key speaks for root', async () => {
  const { identity, account } = await openWithAccount();
  const given = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG' };
  await identity.createRootKey(account, given);
  const credential = await identity.findCredential(given.accessKeyId);
  assert.equal(credential?.secretAccessKey, given.secretAccessKey);
  assert.equal(credential?.principal.arn, 'arn:aws:iam::123456789012:root');
  assert.equal(credential?.principal.userId, account);
  await assert.rejects(identity.createRootKey(account, given), refusal('EntityAlreadyExists'));
  const cases = [
    { accessKeyId: 'short' },
    { accessKeyId: 'AKIA/IOSFODNN7EXAMPLE' },
    { secretAccessKey: 'short' },
    { secretAccessKey: 'with a blank in the middle' },
  ];
  for (const bad of cases) {
    await assert.rejects(identity.createRootKey(account, bad), refusal('ValidationError'));
  }
  await assert.rejects(identity.createRootKey('000000000009'), refusal('NoSuchEntity'));
  assert.equal((await identity.listAccessKeys(account, root)).length, 1);
});

test('a third key is refused, for users and for root', async () => {
  const { identity, account } = await openWithAccount();
  await identity.createUser(account, { name: 'bob' });
  for (const owner of [bob, root]) {
    await identity.createAccessKey(account, owner);
    await identity.createAccessKey(account, owner);
    await assert.rejects(
      identity.createAccessKey(account, owner),
      refusal('LimitExceeded', 'Cannot exceed quota for AccessKeysPerUser: 2'),
    );
  }
});

test('of many keys asked for at once, a user gets two', async () => {
  const { identity, account } = await openWithAccount();
  await identity.createUser(account, { name: 'bob' });
  const asked = Array.from({ length: 10 }, () => identity.createAccessKey(account, bob));
  const outcomes = await Promise.allSettled(asked);
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 2);
  assert.equal((await identity.listAccessKeys(account, bob)).length, 2);
});

test('updateAccessKey and deleteAccessKey know the keys of the owner only', async () => {
  const { identity, account } = await openWithAccount();
  await identity.createUser(account, { name: 'bob' });
  await identity.createUser(account, { name: 'eve' });
  const key = await identity.createAccessKey(account, bob);
  const message = `The Access Key with id ${key.id} cannot be found.`;
  for (const owner of [{ kind: 'user', name: 'eve' } as const, root]) {
    const update = identity.updateAccessKey(account, owner, key.id, 'Inactive');
    await assert.rejects(update, refusal('NoSuchEntity', message));
    const deletion = identity.deleteAccessKey(account, owner, key.id);
    await assert.rejects(deletion, refusal('NoSuchEntity', message));
  }
  assert.equal((await identity.findCredential(key.id))?.status, 'Active');
  await identity.updateAccessKey(account, bob, key.id, 'Inactive');
  assert.deepEqual(await identity.listAccessKeys(account, bob), [
    {
      id: key.id,
      account,
      owner: { kind: 'user', id: (await identity.getUser(account, 'bob')).id },
      status: 'Inactive',
      createdAtMs: NOON_MS,
    },
  ]);
});

test('a key that one store deactivates or deletes is known as such to another at once', async () => {
  const { identity, kv, clock, account } = await openWithAccount();
  const other = await openIdentityStore({ kv, clock, masterKey: MASTER_KEY });
  await identity.createUser(account, { name: 'bob' });
  const { id } = await identity.createAccessKey(account, bob);
  assert.equal((await other.findCredential(id))?.status, 'Active');
  await identity.updateAccessKey(account, bob, id, 'Inactive');
  assert.equal((await other.findCredential(id))?.status, 'Inactive');
  await identity.updateUser(account, 'bob', { newName: 'robert', newPath: '/x/' });
  const renamed = await other.findCredential(id);
  assert.equal(renamed?.principal.arn, 'arn:aws:iam::123456789012:user/x/robert');
  await identity.deleteAccessKey(account, { kind: 'user', name: 'robert' }, id);
  assert.equal(await other.findCredential(id), undefined);
});

test('findCredential answers from memory while nothing changes', async () => {
  const { identity, account } = await openWithAccount();
  const { id } = await identity.createRootKey(account);
  const first = await identity.findCredential(id);
  assert.equal(identity.findCredential(id), first, 'the very object, and no promise');
  assert.equal(await identity.findCredential('AKIAUNKNOWN000000000'), undefined);
});

test('the stored form of a key does not contain its secret', async () => {
  const { identity, kv, account } = await openWithAccount();
  const { secretAccessKey } = await identity.createRootKey(account);
  const from = Uint8Array.of(SPACE.identity);
  const entries = await kv.range({ from, to: Uint8Array.of(SPACE.identity + 1), limit: 100 });
  assert.ok(entries.length > 4);
  for (const { value } of entries) {
    assert.ok(!Buffer.from(value).toString('latin1').includes(secretAccessKey));
  }
});

test('noteKeyUse writes at most once a minute, across stores, and empties no cache', async () => {
  const { identity, kv, clock, account } = await openWithAccount();
  const other = await openIdentityStore({ kv, clock, masterKey: MASTER_KEY });
  const { id } = await identity.createRootKey(account);
  const revision = kv.revision(SPACE.identity);
  const uses = [];
  for (const service of ['s3', 'iam', 'sts']) {
    identity.noteKeyUse(id, { service, region: 'us-east-1' });
    await identity[Symbol.asyncDispose]();
    other.noteKeyUse(id, { service: 'other', region: 'us-east-1' });
    await other[Symbol.asyncDispose]();
    uses.push(await identity.findKeyUse(id));
    clock.advance(40_000);
  }
  assert.deepEqual(uses, [
    { atMs: NOON_MS, service: 's3', region: 'us-east-1' },
    { atMs: NOON_MS, service: 's3', region: 'us-east-1' },
    { atMs: NOON_MS + 80_000, service: 'sts', region: 'us-east-1' },
  ]);
  assert.equal(kv.revision(SPACE.identity), revision);
  await identity.deleteAccessKey(account, root, id);
  assert.equal(await identity.findKeyUse(id), undefined);
});
