import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openMemoryStore } from '../kv/memory.ts';
import { openIdentityStore } from './store.ts';
import { MASTER_KEY, NOON_MS, openWithAccount, refusal } from './testing/open.ts';
import { ManualClock } from '../base/clock.ts';

test('createAccount draws what is not given, and the account is found by all its names', async () => {
  const { identity } = await openWithAccount();
  const account = await identity.createAccount({ name: 'Other', email: 'Me@Example.com' });
  assert.match(account.id, /^[1-9][0-9]{11}$/);
  assert.match(account.canonicalUserId, /^[0-9a-f]{64}$/);
  assert.equal(account.createdAtMs, NOON_MS);
  assert.deepEqual(await identity.findAccount(account.id), account);
  assert.deepEqual(await identity.findAccountByEmail('me@example.COM'), account);
  assert.deepEqual(await identity.findAccountByCanonicalId(account.canonicalUserId), account);
  assert.equal(await identity.findAccount('000000000000'), undefined);
  assert.equal(await identity.findAccountByEmail('nobody'), undefined);
  const ids = (await identity.listAccounts()).map(({ id }) => id);
  assert.deepEqual(ids, ['123456789012', account.id].sort());
});

test('createAccount refuses a taken id, a taken address and what is no id', async () => {
  const { identity } = await openWithAccount();
  await identity.createAccount({ name: 'x', id: '000000000001', email: 'a@b' });
  const cases = [
    [{ name: 'x', id: '000000000001' }, 'EntityAlreadyExists'],
    [{ name: 'x', email: 'A@B' }, 'EntityAlreadyExists'],
    [{ name: 'x', id: '1234' }, 'ValidationError'],
    [{ name: 'x', id: '12345678901a' }, 'ValidationError'],
  ] as const;
  for (const [request, kind] of cases) {
    await assert.rejects(identity.createAccount(request), refusal(kind));
  }
  assert.equal((await identity.listAccounts()).length, 2);
});

test('openIdentityStore refuses data that was sealed under another master key', async () => {
  const { kv } = await openWithAccount();
  const masterKey = new Uint8Array(32).fill(8);
  const clock = new ManualClock(0);
  await assert.rejects(openIdentityStore({ kv, clock, masterKey }), { name: 'SealError' });
  await openIdentityStore({ kv, clock, masterKey: MASTER_KEY });
});

test('openIdentityStore many times at once over one empty store agrees on the master key', async () => {
  const kv = openMemoryStore();
  const clock = new ManualClock(0);
  const open = () => openIdentityStore({ kv, clock, masterKey: MASTER_KEY });
  await Promise.all(Array.from({ length: 8 }, open));
  await open();
});
