import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { PasswordPolicy } from './model.ts';
import { newHashPlaces, PasswordHasher } from './password-hash.ts';
import { assertConforms } from './password-policy.ts';
import { openWithAccount, refusal } from './testing/open.ts';

const DAY_MS = 24 * 60 * 60_000;
const FIRST = 'correct-Horse-1';
const SECOND = 'correct-Horse-2';
const THIRD = 'correct-Horse-3';
const LAX: PasswordPolicy = {
  minimumLength: 6,
  requireSymbols: false,
  requireNumbers: false,
  requireUppercase: false,
  requireLowercase: false,
  mayUsersChange: false,
  isHardExpiry: false,
};

async function openWithBob() {
  const opened = await openWithAccount();
  await opened.identity.createUser(opened.account, { name: 'bob' });
  const verdict = async (password: string, name = 'bob') =>
    (await opened.identity.verifyPassword(opened.account, name, password)).verdict;
  return { ...opened, verdict };
}

test('a password is made, checked, replaced and taken away, and is nowhere to be read', async () => {
  const { identity, account, verdict, kv, clock } = await openWithBob();
  assert.equal(await verdict(FIRST), 'wrong');
  const login = await identity.createLoginProfile(account, 'Bob', { password: FIRST });
  assert.deepEqual(login, {
    createdAtMs: clock.nowMs(),
    changedAtMs: clock.nowMs(),
    isResetRequired: false,
  });
  assert.deepEqual(await identity.getLoginProfile(account, 'bob'), login);
  await assert.rejects(
    identity.createLoginProfile(account, 'bob', { password: SECOND }),
    refusal('EntityAlreadyExists', 'Login Profile for user bob already exists.'),
  );
  assert.equal(await verdict(FIRST, 'BOB'), 'valid');
  for (const wrong of ['', SECOND, `${FIRST} `, FIRST.toLowerCase()]) {
    assert.equal(await verdict(wrong), 'wrong');
  }
  assert.equal(await verdict(FIRST, 'eve'), 'wrong');
  assert.equal(await verdict('x'.repeat(1_000_000)), 'wrong');
  clock.advance(1000);
  await identity.updateLoginProfile(account, 'bob', { password: SECOND, isResetRequired: true });
  assert.equal(await verdict(FIRST), 'wrong');
  const signedIn = await identity.verifyPassword(account, 'bob', SECOND);
  assert.ok(signedIn.verdict === 'valid' && signedIn.mustChange);
  const after = await identity.getLoginProfile(account, 'bob');
  assert.equal(after.createdAtMs, login.createdAtMs);
  assert.equal(after.changedAtMs, clock.nowMs());
  const stored = await kv.range({ from: Uint8Array.of(0), to: Uint8Array.of(255), limit: 100 });
  for (const { value } of stored) {
    const text = Buffer.from(value).toString('latin1');
    assert.equal(text.includes(FIRST) || text.includes(SECOND), false);
  }
  await assert.rejects(
    identity.deleteUser(account, 'bob'),
    refusal('DeleteConflict', 'Cannot delete entity, must delete login profile first.'),
  );
  await identity.deleteLoginProfile(account, 'bob');
  assert.equal(await verdict(SECOND), 'wrong');
  const none = refusal('NoSuchEntity', 'Login Profile for User bob cannot be found.');
  await assert.rejects(identity.getLoginProfile(account, 'bob'), none);
  await assert.rejects(identity.deleteLoginProfile(account, 'bob'), none);
  await assert.rejects(identity.updateLoginProfile(account, 'bob', { password: FIRST }), none);
  await assert.rejects(identity.changePassword(account, 'bob', FIRST, SECOND), none);
  await identity.deleteUser(account, 'bob');
});

test('who changes his password must know the old one, and has then done what was required', async () => {
  const { identity, account, verdict } = await openWithBob();
  await identity.createLoginProfile(account, 'bob', { password: FIRST, isResetRequired: true });
  await assert.rejects(
    identity.changePassword(account, 'bob', SECOND, THIRD),
    refusal('AccessDenied', 'The old password was incorrect.'),
  );
  await assert.rejects(
    identity.changePassword(account, 'bob', FIRST, 'short'),
    refusal('PasswordPolicyViolation'),
  );
  assert.equal(await verdict(FIRST), 'valid');
  await identity.changePassword(account, 'bob', FIRST, SECOND);
  const { isResetRequired } = await identity.getLoginProfile(account, 'bob');
  assert.equal(isResetRequired, false);
  assert.equal(await verdict(SECOND), 'valid');
});

test('of two who change one password at once, one finds it changed', async () => {
  const { identity, account, verdict } = await openWithBob();
  await identity.createLoginProfile(account, 'bob', { password: FIRST });
  const outcomes = await Promise.allSettled(
    [SECOND, THIRD].map((password) => identity.changePassword(account, 'bob', FIRST, password)),
  );
  const [lost] = outcomes.filter(({ status }) => status === 'rejected');
  assert.equal((lost as PromiseRejectedResult).reason.kind, 'AccessDenied');
  const valid = [await verdict(SECOND), await verdict(THIRD)];
  assert.deepEqual(valid.sort(), ['valid', 'wrong']);
});

test('the last passwords are not taken again, as far back as the policy looks', async () => {
  const { identity, account } = await openWithBob();
  await identity.createLoginProfile(account, 'bob', { password: FIRST });
  const change = (from: string, to: string) => identity.changePassword(account, 'bob', from, to);
  await change(FIRST, FIRST);
  await identity.putPasswordPolicy(account, { ...LAX, remembered: 2 });
  const reused = refusal(
    'PasswordPolicyViolation',
    'Policy constraint violation with password reuse prevention during password change.',
  );
  await assert.rejects(change(FIRST, FIRST), reused);
  await change(FIRST, SECOND);
  await assert.rejects(change(SECOND, FIRST), reused);
  await assert.rejects(identity.updateLoginProfile(account, 'bob', { password: FIRST }), reused);
  await change(SECOND, THIRD);
  await change(THIRD, FIRST);
});

test('an old password must be changed, and after a hard expiry by somebody else', async () => {
  const { identity, account, clock } = await openWithBob();
  await identity.createLoginProfile(account, 'bob', { password: FIRST });
  await identity.putPasswordPolicy(account, { ...LAX, maxAgeDays: 30 });
  clock.advance(30 * DAY_MS - 1);
  const before = await identity.verifyPassword(account, 'bob', FIRST);
  assert.ok(before.verdict === 'valid' && !before.mustChange);
  clock.advance(1);
  const after = await identity.verifyPassword(account, 'bob', FIRST);
  assert.ok(after.verdict === 'valid' && after.mustChange);
  await identity.putPasswordPolicy(account, { ...LAX, maxAgeDays: 30, isHardExpiry: true });
  assert.deepEqual(await identity.verifyPassword(account, 'bob', FIRST), { verdict: 'expired' });
  assert.deepEqual(await identity.verifyPassword(account, 'bob', SECOND), { verdict: 'wrong' });
  await identity.updateLoginProfile(account, 'bob', { password: SECOND });
  assert.equal((await identity.verifyPassword(account, 'bob', SECOND)).verdict, 'valid');
});

test('the last use is noted, the first one of five minutes', async () => {
  const { identity, account, clock, verdict } = await openWithBob();
  await identity.createLoginProfile(account, 'bob', { password: FIRST });
  const lastUsed = async () => (await identity.getUser(account, 'bob')).passwordLastUsedAtMs;
  await verdict(SECOND);
  assert.equal(await lastUsed(), undefined);
  await verdict(FIRST);
  const first = clock.nowMs();
  clock.advance(299_999);
  await verdict(FIRST);
  assert.equal(await lastUsed(), first);
  clock.advance(1);
  await verdict(FIRST);
  assert.equal(await lastUsed(), clock.nowMs());
});

test('without a policy, eight characters of three kinds, and not the account’s name', () => {
  const account = { name: 'My-Account-1', email: 'me1@Example.com' };
  const broken = refusal(
    'PasswordPolicyViolation',
    'Password does not conform to the account password policy.',
  );
  for (const good of ['abcdEFG1', 'abcdefg1!', 'ABCDEFG1!', 'abcDEFG!', 'aB1!aB1!']) {
    assertConforms(good, undefined, account);
  }
  const bad = ['aB1!aB1', 'abcdefgh', 'abcdefg1', 'ABCDEFGH1', '12345678!', 'äöüßÄÖÜ1'];
  for (const password of [...bad, 'my-account-1', 'ME1@example.com']) {
    assert.throws(() => assertConforms(password, undefined, account), broken, password);
  }
});

test('a policy names the first rule that is broken, and never the password', () => {
  const strict: PasswordPolicy = {
    ...LAX,
    minimumLength: 10,
    requireSymbols: true,
    requireNumbers: true,
    requireUppercase: true,
    requireLowercase: true,
  };
  const account = { name: 'x', email: 'x' };
  const cases: [password: string, policy: PasswordPolicy, message: string][] = [
    ['aB1!aB1!a', strict, 'Password should have a minimum length of 10'],
    ['ab1!ab1!ab', strict, 'Password should have at least one uppercase letter'],
    ['AB1!AB1!AB', strict, 'Password should have at least one lowercase letter'],
    ['aBc!aBc!aB', strict, 'Password should have at least one number'],
    ['aB1caB1caB', strict, 'Password should have at least one symbol'],
    ['12345', LAX, 'Password should have a minimum length of 6'],
  ];
  for (const [password, policy, message] of cases) {
    const thrown = refusal('PasswordPolicyViolation', message);
    assert.throws(() => assertConforms(password, policy, account), thrown, password);
  }
  assertConforms('aB1!aB1!aB', strict, account);
  assertConforms('123456', LAX, account);
  for (const symbol of "!@#$%^&*()_+-=[]{}|'") {
    assertConforms(`aB1aB1aB1${symbol}`, strict, account);
  }
});

test('a password that conforms to a stricter policy conforms to a laxer one', () => {
  const policies = fc.record({
    minimumLength: fc.integer({ min: 6, max: 20 }),
    requireSymbols: fc.boolean(),
    requireNumbers: fc.boolean(),
    requireUppercase: fc.boolean(),
    requireLowercase: fc.boolean(),
    mayUsersChange: fc.constant(false),
    isHardExpiry: fc.constant(false),
  });
  const passwords = fc.string({ unit: fc.constantFrom(...'aB1!é '), maxLength: 24 });
  const account = { name: 'x', email: 'x' };
  const conforms = (password: string, policy: PasswordPolicy) => {
    try {
      assertConforms(password, policy, account);
      return true;
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(passwords, policies, (password, policy) => {
      if (conforms(password, policy)) {
        const laxer = { ...policy, minimumLength: 6, requireSymbols: false, requireNumbers: false };
        assert.ok(conforms(password, laxer));
      }
    }),
  );
});

test('a policy is put as a whole, and gone when it is deleted', async () => {
  const { identity, account } = await openWithAccount();
  const none = refusal(
    'NoSuchEntity',
    `The Password Policy with domain name ${account} cannot be found.`,
  );
  await assert.rejects(identity.getPasswordPolicy(account), none);
  await identity.putPasswordPolicy(account, { ...LAX, maxAgeDays: 3, remembered: 4 });
  await identity.putPasswordPolicy(account, LAX);
  assert.deepEqual(await identity.getPasswordPolicy(account), LAX);
  await identity.deletePasswordPolicy(account);
  await assert.rejects(identity.getPasswordPolicy(account), none);
  await assert.rejects(identity.deletePasswordPolicy(account), refusal('NoSuchEntity'));
});

test('too many hashes at once are turned away, and the rest all get their turn', async () => {
  const hasher = new PasswordHasher({ waitingMax: 2 });
  const salt = new Uint8Array(16);
  const hashes = ['a', 'b', 'a', 'b'].map((password) => hasher.hash(password, salt));
  await assert.rejects(hasher.hash('c', salt), refusal('Throttling', 'Rate exceeded'));
  const [a, b, ...again] = await Promise.all(hashes);
  assert.deepEqual(again, [a, b]);
  assert.notDeepEqual(a, b);
  await hasher.hash('c', salt);
});

test('threads that share their places hash no more at once together than one alone', async () => {
  const places = newHashPlaces();
  const salt = new Uint8Array(16);
  const one = new PasswordHasher({ places });
  const other = new PasswordHasher({ places, waitingMax: 1 });
  const running = [one.hash('a', salt), one.hash('b', salt)];
  const waiting = other.hash('a', salt);
  await assert.rejects(other.hash('c', salt), refusal('Throttling', 'Rate exceeded'));
  const [a] = await Promise.all(running);
  assert.deepEqual(await waiting, a);
  assert.equal(new Int32Array(places)[0], 2);
});
