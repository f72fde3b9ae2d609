import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accounts, users } from './records.ts';
import { openIdentityStore } from './store.ts';
import { shownCode, twoCodes } from './testing/authenticator.ts';
import { MASTER_KEY, openWithAccount, refusal } from './testing/open.ts';

const BOB = { kind: 'user', name: 'bob' } as const;
const STEP_MS = 30_000;

async function openWithBob() {
  const opened = await openWithAccount();
  const bob = await opened.identity.createUser(opened.account, { name: 'bob' });
  return { ...opened, bob, held: { kind: 'user', id: bob.id } as const };
}

async function openWithDevice() {
  const opened = await openWithBob();
  const { identity, account, clock } = opened;
  const { device, seed } = await identity.createMfaDevice(account, { name: 'phone' });
  const serial = `arn:aws:iam::${account}:mfa/phone`;
  await identity.enableMfaDevice(account, BOB, serial, twoCodes(seed, clock.nowMs()));
  // The second code was ahead of time; from here on a code is new.
  clock.advance(2 * STEP_MS);
  return { ...opened, device, seed, serial };
}

test('a device is made with a seed that nothing shows again', async () => {
  const { identity, account, kv } = await openWithAccount();
  const tags = [{ key: 'Team', value: 'a' }];
  const { device, seed } = await identity.createMfaDevice(account, {
    name: 'phone',
    path: '/a/',
    tags,
  });
  assert.match(seed, /^[A-Z2-7]{64}$/);
  const serial = `arn:aws:iam::${account}:mfa/a/phone`;
  assert.deepEqual(await identity.findMfaDevice(account, serial), device);
  assert.deepEqual(device.tags, tags);
  assert.equal(
    await identity.findMfaDevice(account, `arn:aws:iam::${account}:mfa/phone`),
    undefined,
  );
  assert.equal(await identity.findMfaDevice(account, 'GAHT12345678'), undefined);
  assert.equal(JSON.stringify(device).includes(seed), false);
  const stored = await kv.range({ from: Uint8Array.of(0), to: Uint8Array.of(255), limit: 100 });
  for (const { value } of stored) assert.equal(Buffer.from(value).includes(seed), false);
  await assert.rejects(
    identity.createMfaDevice(account, { name: 'phone', path: '/a/' }),
    refusal('EntityAlreadyExists', 'MFADevice entity at the same path and name already exists.'),
  );
  await assert.rejects(
    identity.createMfaDevice(account, { name: 'n'.repeat(200), path: `/${'p'.repeat(60)}/` }),
    refusal('InvalidInput'),
  );
  assert.equal(await identity.countOf(account, 'mfaDevices'), 1);
});

test('enabling takes two codes that follow each other, and the device then is that user’s', async () => {
  const { identity, account, clock, bob } = await openWithBob();
  const { seed } = await identity.createMfaDevice(account, { name: 'phone' });
  const serial = `arn:aws:iam::${account}:mfa/phone`;
  const [first, second] = twoCodes(seed, clock.nowMs());
  const invalid = refusal(
    'InvalidAuthenticationCode',
    'Authentication code for device is not valid.',
  );
  const early = twoCodes(seed, clock.nowMs() - 4 * STEP_MS);
  const late = twoCodes(seed, clock.nowMs() + STEP_MS);
  for (const codes of [[second, first], [first, first], ['000000', second], early, late] as const) {
    await assert.rejects(identity.enableMfaDevice(account, BOB, serial, codes), invalid);
  }
  assert.deepEqual(await identity.listMfaDevicesOf(account, BOB), []);
  await identity.enableMfaDevice(account, BOB, serial, [first, second]);
  const [device] = await identity.listMfaDevicesOf(account, BOB);
  assert.deepEqual(device?.holder, { kind: 'user', id: bob.id });
  assert.equal(device?.enabledAtMs, clock.nowMs());
  assert.equal(await identity.countOf(account, 'mfaDevicesInUse'), 1);
  await identity.createUser(account, { name: 'eve' });
  await assert.rejects(
    identity.enableMfaDevice(account, { kind: 'user', name: 'eve' }, serial, [first, second]),
    refusal('EntityAlreadyExists', 'MFA Device is already in use.'),
  );
});

test('what is in use is not deleted, and a deactivated device is nobody’s', async () => {
  const { identity, account, clock, serial, held, seed } = await openWithDevice();
  await assert.rejects(
    identity.deleteMfaDevice(account, serial),
    refusal('DeleteConflict', 'MFA VirtualDevice in use. Must deactivate first.'),
  );
  await assert.rejects(
    identity.deleteUser(account, 'bob'),
    refusal('DeleteConflict', 'Cannot delete entity, must delete MFA device first.'),
  );
  await identity.createUser(account, { name: 'eve' });
  await assert.rejects(
    identity.deactivateMfaDevice(account, { kind: 'user', name: 'eve' }, serial),
    refusal('NoSuchEntity', 'MFA Device invalid for user.'),
  );
  await identity.deactivateMfaDevice(account, BOB, serial);
  const code = shownCode(seed, clock.nowMs());
  assert.equal(await identity.verifyMfa(account, held, serial, code), 'notHeld');
  await identity.deleteMfaDevice(account, serial);
  await identity.deleteUser(account, 'bob');
  await assert.rejects(identity.deleteMfaDevice(account, serial), refusal('NoSuchEntity'));
  assert.equal(await identity.countOf(account, 'mfaDevices'), 0);
  assert.equal(await identity.countOf(account, 'mfaDevicesInUse'), 0);
});

test('a user has eight devices, and the list keeps their order', async () => {
  const { identity, account, clock } = await openWithBob();
  const names = ['h', 'g', 'f', 'e', 'd', 'c', 'b', 'a', 'ninth'];
  for (const name of names) {
    const { seed } = await identity.createMfaDevice(account, { name });
    const serial = `arn:aws:iam::${account}:mfa/${name}`;
    const enabling = identity.enableMfaDevice(account, BOB, serial, twoCodes(seed, clock.nowMs()));
    if (name !== 'ninth') await enabling;
    else await assert.rejects(enabling, refusal('LimitExceeded'));
  }
  const devices = await identity.listMfaDevicesOf(account, BOB);
  assert.deepEqual(
    devices.map(({ name }) => name),
    names.slice(0, 8),
  );
  const free = await identity.listMfaDevices(account, { limit: 10, isAssigned: false });
  assert.deepEqual(
    free.items.map(({ name }) => name),
    ['ninth'],
  );
  const seen: string[] = [];
  for (let after: string | undefined, first = true; first || after !== undefined; first = false) {
    const page = await identity.listMfaDevices(account, { limit: 2, after, isAssigned: true });
    seen.push(...page.items.map(({ name }) => name));
    after = page.next;
  }
  assert.deepEqual(seen, names.slice(0, 8).toReversed());
});

test('a code is good once, for its own step and one to either side', async () => {
  const { identity, account, clock, seed, serial, held } = await openWithDevice();
  const check = (code: string) => identity.verifyMfa(account, held, serial, code);
  const at = (steps: number) => shownCode(seed, clock.nowMs() + steps * STEP_MS);
  clock.advance(10 * STEP_MS);
  assert.equal(await check(at(-2)), 'wrongCode');
  assert.equal(await check(at(2)), 'wrongCode');
  assert.equal(await check(at(-1)), 'valid');
  assert.equal(await check(at(-1)), 'wrongCode', 'a replay');
  assert.equal(await check(at(1)), 'valid');
  assert.equal(await check(at(0)), 'wrongCode', 'an older one after a newer');
  clock.advance(2 * STEP_MS);
  assert.equal(await check(at(0)), 'valid');
  for (const bad of ['', '12345', '1234567', 'abcdef', '１２３４５６', '12 456']) {
    assert.equal(await check(bad), 'wrongCode');
  }
  const root = { kind: 'root' } as const;
  clock.advance(2 * STEP_MS);
  assert.equal(await identity.verifyMfa(account, root, serial, at(0)), 'notHeld');
  const other = await identity.createAccount({ name: 'Other' });
  assert.equal(await identity.verifyMfa(other.id, held, serial, at(0)), 'notHeld');
});

test('of many who bring one code at once, in two stores, exactly one gets in', async () => {
  const { identity, kv, account, clock, seed, serial, held } = await openWithDevice();
  const other = await openIdentityStore({ kv, clock, masterKey: MASTER_KEY });
  const code = shownCode(seed, clock.nowMs());
  const verdicts = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      [identity, other][index % 2]!.verifyMfa(account, held, serial, code),
    ),
  );
  assert.equal(verdicts.filter((verdict) => verdict === 'valid').length, 1);
});

test('who guesses is made to wait longer and longer, the right code included', async () => {
  const { identity, account, clock, seed, serial, held } = await openWithDevice();
  const right = () => shownCode(seed, clock.nowMs());
  const wrong = () => String((Number(right()) + 1) % 1_000_000).padStart(6, '0');
  const check = (code: string) => identity.verifyMfa(account, held, serial, code);
  for (let tries = 0; tries < 5; tries += 1) await check(wrong());
  assert.equal(await check(right()), 'wrongCode');
  clock.advance(29_000);
  assert.equal(await check(right()), 'wrongCode');
  clock.advance(1000);
  assert.equal(await check(wrong()), 'wrongCode');
  clock.advance(30_000);
  assert.equal(await check(right()), 'wrongCode', 'the second pause is twice as long');
  clock.advance(30_000);
  assert.equal(await check(right()), 'valid');
  clock.advance(STEP_MS);
  assert.equal(await check(wrong()), 'wrongCode');
  assert.equal(await check(right()), 'valid', 'a right code makes good');
  for (let tries = 0; tries < 20; tries += 1) {
    await check(wrong());
    clock.advance(15 * 60_000);
  }
  assert.equal(await check(right()), 'valid', 'no pause is longer than a quarter of an hour');
});

test('a device whose clock is off is learned by resyncing, from codes not seen before', async () => {
  const { identity, account, clock, seed, serial, held } = await openWithDevice();
  const slow = 8 * STEP_MS;
  clock.advance(30 * STEP_MS);
  const shown = () => shownCode(seed, clock.nowMs() - slow);
  assert.equal(await identity.verifyMfa(account, held, serial, shown()), 'wrongCode');
  const codes = twoCodes(seed, clock.nowMs() - slow - STEP_MS);
  await assert.rejects(
    identity.resyncMfaDevice(account, BOB, serial, [codes[1], codes[0]]),
    refusal('InvalidAuthenticationCode'),
  );
  await identity.resyncMfaDevice(account, BOB, serial, codes);
  await assert.rejects(
    identity.resyncMfaDevice(account, BOB, serial, codes),
    refusal('InvalidAuthenticationCode'),
  );
  clock.advance(STEP_MS);
  assert.equal(await identity.verifyMfa(account, held, serial, shown()), 'valid');
  const now = twoCodes(seed, clock.nowMs() - STEP_MS);
  await identity.resyncMfaDevice(account, BOB, serial, now);
  clock.advance(2 * STEP_MS);
  assert.equal(
    await identity.verifyMfa(account, held, serial, shownCode(seed, clock.nowMs())),
    'valid',
  );
});

test('root has devices too', async () => {
  const { identity, account, clock } = await openWithAccount();
  const { seed } = await identity.createMfaDevice(account, { name: 'root-account-mfa-device' });
  const serial = `arn:aws:iam::${account}:mfa/root-account-mfa-device`;
  const root = { kind: 'root' } as const;
  await identity.enableMfaDevice(account, root, serial, twoCodes(seed, clock.nowMs()));
  assert.equal((await identity.listMfaDevicesOf(account, root)).length, 1);
  clock.advance(2 * STEP_MS);
  const code = shownCode(seed, clock.nowMs());
  assert.equal(await identity.verifyMfa(account, root, serial, code), 'valid');
  await identity.deactivateMfaDevice(account, root, serial);
  assert.deepEqual(await identity.listMfaDevicesOf(account, root), []);
});

test('tags of a device are merged and taken off', async () => {
  const { identity, account, serial } = await openWithDevice();
  await identity.tagMfaDevice(account, serial, [{ key: 'a', value: '1' }]);
  await identity.tagMfaDevice(account, serial, [{ key: 'A', value: '2' }]);
  await identity.untagMfaDevice(account, serial, ['a', 'none']);
  assert.deepEqual((await identity.getMfaDevice(account, serial)).tags, [{ key: 'A', value: '2' }]);
});

test('of two users who enable one device at once exactly one gets it', async () => {
  const { identity, account, clock } = await openWithBob();
  await identity.createUser(account, { name: 'eve' });
  const { seed } = await identity.createMfaDevice(account, { name: 'phone' });
  const serial = `arn:aws:iam::${account}:mfa/phone`;
  const codes = twoCodes(seed, clock.nowMs());
  const outcomes = await Promise.allSettled(
    ['bob', 'eve'].map((name) =>
      identity.enableMfaDevice(account, { kind: 'user', name }, serial, codes),
    ),
  );
  const [lost] = outcomes.filter(({ status }) => status === 'rejected');
  assert.equal((lost as PromiseRejectedResult).reason.kind, 'EntityAlreadyExists');
  assert.equal(await identity.countOf(account, 'mfaDevicesInUse'), 1);
});

test('an account has as many devices as it may have users', async () => {
  const { identity, account } = await openWithAccount({ quotas: { usersPerAccount: 1 } });
  await identity.createMfaDevice(account, { name: 'one' });
  await assert.rejects(
    identity.createMfaDevice(account, { name: 'two' }),
    refusal('LimitExceeded'),
  );
});

test('users and accounts that were stored before there were devices have none', async () => {
  const { identity, account, kv, bob } = await openWithBob();
  for (const [kind, field, parts] of [
    [users, 'mfaSerials', [account, bob.id]],
    [accounts, 'rootMfaSerials', [account]],
  ] as const) {
    const key = kind.key(...(parts as never as [string, string]));
    const { v: _, ...stored } = JSON.parse(Buffer.from((await kv.get(key))!.value).toString());
    delete stored[field];
    const value = Buffer.from(JSON.stringify({ v: 1, ...stored }));
    await kv.commit({ writes: [{ kind: 'set', key, value }] });
  }
  assert.deepEqual(await identity.listMfaDevicesOf(account, BOB), []);
  assert.deepEqual(await identity.listMfaDevicesOf(account, { kind: 'root' }), []);
  assert.deepEqual((await identity.getUser(account, 'bob')).mfaSerials, []);
});
