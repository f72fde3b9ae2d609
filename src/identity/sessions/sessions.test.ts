import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openIdentityStore } from '../store.ts';
import { MASTER_KEY, openWithAccount } from '../testing/open.ts';
import type { SessionSource } from './session.ts';

const allow = (action: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: action, Resource: '*' },
  });

async function setUp() {
  const opened = await openWithAccount();
  const { identity, account, kv, clock } = opened;
  const bob = await identity.createUser(account, { name: 'bob' });
  await identity.putUserPolicy(account, 'bob', { name: 'p', text: allow('s3:*') });
  const key = await identity.createAccessKey(account, { kind: 'user', name: 'bob' });
  const trust = { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' };
  const trustText = JSON.stringify({ Version: '2012-10-17', Statement: trust });
  const role = await identity.createRole(account, { name: 'App', trustText });
  await identity.putRolePolicy(account, 'App', { name: 'p', text: allow('s3:*') });
  const other = await openIdentityStore({ kv, clock, masterKey: MASTER_KEY });
  const mint = (source: SessionSource, policy?: string) =>
    identity.mintSession({ account, source, durationSeconds: 900, policy });
  const sources = {
    role: { kind: 'role', roleId: role.id, sessionName: 's1' },
    user: { kind: 'user', owner: { kind: 'user', id: bob.id }, accessKeyId: key.id },
    federated: {
      kind: 'federated',
      owner: { kind: 'user', id: bob.id },
      accessKeyId: key.id,
      name: 'fed',
    },
    console: { kind: 'user', owner: { kind: 'user', id: bob.id } },
  } satisfies Record<string, SessionSource>;
  return { ...opened, bob, key, role, other, mint, sources };
}

test('a session is known from memory while nothing that it rests on changes', async () => {
  const { identity, other, account, mint, sources } = await setUp();
  for (const [name, source] of Object.entries(sources)) {
    for (const policy of [undefined, allow('s3:GetObject')]) {
      const { accessKeyId, sessionToken } = mint(source, policy);
      const known = await other.findSession(accessKeyId, sessionToken);
      assert.ok(known, name);
      assert.equal(other.findSession(accessKeyId, sessionToken), known, 'no promise');
      const policies = await other.policiesOf(known.principal);
      assert.equal(other.policiesOf(known.principal), policies, 'no promise');
      assert.equal(policies.identity.length, 1);
      const session = policies.session?.map(({ source: { type } }) => type);
      const none = name === 'federated' ? [] : undefined;
      assert.deepEqual(session, policy === undefined ? none : ['session']);
      await identity.createUser(account, { name: `${name}${policy === undefined}` });
      assert.equal(await other.findSession(accessKeyId, sessionToken), known);
      assert.equal(await other.policiesOf(known.principal), policies);
    }
  }
});

test('sessions of one role share its policies, and each has its own beside them', async () => {
  const { other, mint, sources } = await setUp();
  const policiesOf = async (policy?: string) => {
    const { accessKeyId, sessionToken } = mint(sources.role, policy);
    const found = await other.findSession(accessKeyId, sessionToken);
    return other.policiesOf(found!.principal);
  };
  assert.equal(await policiesOf(), await policiesOf());
  const limited = await policiesOf(allow('s3:GetObject'));
  assert.notEqual(limited, await policiesOf(allow('s3:GetObject')));
  assert.deepEqual(limited.identity, (await policiesOf()).identity);
});

test('what a session is made from is asked of every store at once', async () => {
  const { identity, other, account, key, mint, sources } = await setUp();
  const all = Object.entries(sources).map(([name, source]) => ({ name, ...mint(source) }));
  const alive = async () => {
    const found = await Promise.all(
      all.map(({ accessKeyId, sessionToken }) => other.findSession(accessKeyId, sessionToken)),
    );
    return all.filter((_, index) => found[index] !== undefined).map(({ name }) => name);
  };
  const owner = { kind: 'user', name: 'bob' } as const;
  assert.deepEqual(await alive(), ['role', 'user', 'federated', 'console']);
  await identity.updateUser(account, 'bob', { newName: 'robert' });
  assert.deepEqual(await alive(), ['role', 'user', 'federated', 'console'], 'renamed');
  await identity.updateUser(account, 'robert', { newName: 'bob' });
  await identity.updateAccessKey(account, owner, key.id, 'Inactive');
  assert.deepEqual(await alive(), ['role', 'console']);
  await identity.deleteAccessKey(account, owner, key.id);
  await identity.deleteUserPolicy(account, 'bob', 'p');
  await identity.deleteUser(account, 'bob');
  assert.deepEqual(await alive(), ['role']);
  await identity.deleteRolePolicy(account, 'App', 'p');
  await identity.deleteRole(account, 'App');
  assert.deepEqual(await alive(), []);
});

test('a session that goes on while its role changes is never known half', async () => {
  const { identity, other, account, mint, sources } = await setUp();
  const { accessKeyId, sessionToken } = mint(sources.role);
  const progress = { isChanging: true };
  const changes = (async () => {
    for (let round = 0; round < 100; round += 1) {
      await identity.tagRole(account, 'App', [{ key: 'round', value: String(round) }]);
    }
    progress.isChanging = false;
  })();
  let last = -1;
  while (progress.isChanging) {
    const found = await other.findSession(accessKeyId, sessionToken);
    const value = Number(found?.principal.tags[0]?.value ?? -1);
    assert.ok(value >= last, 'never older than what was seen');
    last = value;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await changes;
  const found = await other.findSession(accessKeyId, sessionToken);
  assert.equal(found?.principal.tags[0]?.value, '99');
});

test('mintRoleSession gives plain credentials of a role', async () => {
  const { identity, role, clock, account } = await setUp();
  const minted = identity.mintRoleSession(role, 'i-0123456789abcdef0', 3600);
  assert.equal(minted.expiresAtMs, clock.nowMs() + 3_600_000);
  assert.equal(minted.packedPercent, 0);
  const found = await identity.findSession(minted.accessKeyId, minted.sessionToken);
  assert.equal(found?.secretAccessKey, minted.secretAccessKey);
  assert.equal(found.expiresAtMs, minted.expiresAtMs);
  assert.equal(found.principal.arn, `arn:aws:sts::${account}:assumed-role/App/i-0123456789abcdef0`);
});
