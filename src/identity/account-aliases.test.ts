import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openWithAccount, refusal } from './testing/open.ts';

test('an account has one alias, which no other account has', async () => {
  const { identity, account } = await openWithAccount();
  const { id: other } = await identity.createAccount({ name: 'Other' });
  await identity.createAccountAlias(account, 'first');
  assert.equal((await identity.findAccountByAlias('first'))?.id, account);
  const taken = refusal('EntityAlreadyExists', 'The account alias first already exists.');
  await assert.rejects(identity.createAccountAlias(other, 'first'), taken);
  await assert.rejects(identity.createAccountAlias(account, 'first'), taken);
  await identity.createAccountAlias(account, 'second');
  assert.equal((await identity.findAccount(account))?.alias, 'second');
  assert.equal(await identity.findAccountByAlias('first'), undefined);
  await identity.createAccountAlias(other, 'first');
  await assert.rejects(identity.deleteAccountAlias(account, 'first'), refusal('NoSuchEntity'));
  await identity.deleteAccountAlias(account, 'second');
  assert.equal((await identity.findAccount(account))?.alias, undefined);
  await assert.rejects(identity.deleteAccountAlias(account, 'second'), refusal('NoSuchEntity'));
  await assert.rejects(
    identity.createAccountAlias(account, other),
    refusal('InvalidInput', 'An account alias cannot be twelve digits.'),
  );
});

test('of many accounts that want one alias at once exactly one gets it', async () => {
  const { identity } = await openWithAccount();
  const made = await Promise.all(
    Array.from({ length: 8 }, (_, index) => identity.createAccount({ name: `a${index}` })),
  );
  const outcomes = await Promise.allSettled(
    made.map(({ id }) => identity.createAccountAlias(id, 'wanted')),
  );
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
});
