import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { openMemoryBlobStore } from '../../blob/memory.ts';
import { openIdentityStore } from '../../identity/index.ts';
import type { KeyValueStore } from '../../kv/key-value-store.ts';
import { openMemoryStore } from '../../kv/memory.ts';
import { openObjectStore } from '../../objects/open-object-store.ts';
import { parseAssertions, proveAll, type Assertions } from '../../policy/index.ts';
import { estateInForce } from './estate.ts';
import { guardedStore } from './guard.ts';

const ACCOUNT = '123456789012';
const masterKey = new Uint8Array(32).fill(7);
const clock = new ManualClock(Date.UTC(2026, 0, 2, 12));

const policy = (Action: string, Resource: string, more: object = {}) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action, Resource, ...more }],
  });
const READ_PAYROLL = policy('s3:GetObject', 'arn:aws:s3:::payroll/*');
const PUBLIC_PAYROLL = policy('s3:GetObject', 'arn:aws:s3:::payroll/*', { Principal: '*' });
const trust = (who: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: who } }],
  });

function parsed(text: string): Assertions {
  const found = parseAssertions(text);
  assert(found.ok, JSON.stringify(found));
  return found.assertions;
}

/** The rooms of one thread over a store that is guarded, or not. */
async function rooms(kv: KeyValueStore) {
  const identity = await openIdentityStore({ kv, clock, masterKey });
  const objects = await openObjectStore({ kv, blobs: openMemoryBlobStore(), clock });
  return { identity, objects };
}

/** An account with users ana and ben, a group, a role, and a closed bucket, under a guard. */
async function guarded(text: string) {
  const kv = openMemoryStore();
  const said: string[] = [];
  const log: Log = {
    write: (level, message, fields) => said.push(`${level}: ${message} ${JSON.stringify(fields)}`),
  };
  const plain = await rooms(kv);
  await plain.identity.createAccount({ name: 'Main', id: ACCOUNT });
  for (const name of ['ana', 'ben']) await plain.identity.createUser(ACCOUNT, { name });
  await plain.identity.createGroup(ACCOUNT, { name: 'staff' });
  await plain.identity.createRole(ACCOUNT, { name: 'app', trustText: trust(ACCOUNT) });
  const acl = { owner: ACCOUNT, grants: [] };
  const place = { owner: ACCOUNT, region: 'us-east-1', acl, objectLock: false } as const;
  await plain.objects.createBucket({ name: 'payroll', ...place, ownership: 'BucketOwnerEnforced' });
  const assertions = parsed(text);
  return {
    kv,
    said,
    assertions,
    plain,
    place,
    ...(await rooms(guardedStore(kv, assertions, log))),
  };
}

const NOBODY = 'anyone CANNOT s3:GetObject payroll/*\n';
const refused = (pattern: RegExp) => ({
  name: 'AccessError',
  kind: 'AccessDenied',
  message: pattern,
});

test('guardedStore: refuses what would break an assertion, and changes nothing', async () => {
  const { kv, identity, objects, assertions } = await guarded(NOBODY);
  const inline = { name: 'p', text: READ_PAYROLL };
  const other = { name: 'q', text: policy('s3:GetObject', 'arn:aws:s3:::reports/*') };
  const managed = await identity.createPolicy(ACCOUNT, { name: 'm', text: other.text });
  const arn = `arn:aws:iam::${ACCOUNT}:policy/m`;
  await identity.attachUserPolicy(ACCOUNT, 'ben', arn);
  await identity.putGroupPolicy(ACCOUNT, 'staff', other);
  await identity.createPolicyVersion(ACCOUNT, arn, READ_PAYROLL, false);
  const before = await snapshot(kv);
  const changes: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['PutUserPolicy', () => identity.putUserPolicy(ACCOUNT, 'ana', inline)],
    ['PutRolePolicy', () => identity.putRolePolicy(ACCOUNT, 'app', inline)],
    ['SetDefaultPolicyVersion', () => identity.setDefaultPolicyVersion(ACCOUNT, arn, 2)],
    ['CreatePolicyVersion', () => identity.createPolicyVersion(ACCOUNT, arn, READ_PAYROLL, true)],
    [
      'AttachUserPolicy',
      () => identity.attachUserPolicy(ACCOUNT, 'ana', 'arn:aws:iam::aws:policy/AmazonS3FullAccess'),
    ],
    ['PutBucketPolicy', () => objects.updateBucket('payroll', () => ({ policy: PUBLIC_PAYROLL }))],
  ];
  for (const [name, change] of changes) {
    await assert.rejects(
      change(),
      refused(/line 1: anyone CANNOT s3:GetObject payroll\/\*\. Then .* could take s3:GetObject/),
      name,
    );
  }
  assert.deepEqual(await snapshot(kv), before);
  assert.equal(managed.name, 'm');
  for (const { outcome } of proveAll(await estateInForce(kv), assertions)) {
    assert.equal(outcome.kind, 'proved');
  }
});

async function snapshot(kv: KeyValueStore): Promise<readonly string[]> {
  const entries = await kv.range({ from: Uint8Array.of(0), to: Uint8Array.of(255), limit: 10_000 });
  return entries.map(
    ({ key, value }) => `${Buffer.from(key).toString('hex')} ${Buffer.from(value).toString('hex')}`,
  );
}

test('guardedStore: membership, trust and boundaries decide as well', async () => {
  const { identity, plain } = await guarded(
    'user/ben CANNOT s3:* payroll/*\nuser/ana CANNOT sts:AssumeRole role/app\n',
  );
  await plain.identity.putGroupPolicy(ACCOUNT, 'staff', { name: 'p', text: READ_PAYROLL });
  await assert.rejects(identity.addUserToGroup(ACCOUNT, 'staff', 'ben'), refused(/line 1/));
  await identity.addUserToGroup(ACCOUNT, 'staff', 'ana');
  const ana = `arn:aws:iam::${ACCOUNT}:user/ana`;
  await assert.rejects(identity.updateTrustPolicy(ACCOUNT, 'app', trust(ana)), refused(/line 2/));
  await identity.updateTrustPolicy(ACCOUNT, 'app', trust(`arn:aws:iam::${ACCOUNT}:user/ben`));
  // What only takes away passes, however much is granted beside it.
  await plain.identity.createPolicy(ACCOUNT, { name: 'list', text: policy('s3:ListBucket', '*') });
  const boundary = `arn:aws:iam::${ACCOUNT}:policy/list`;
  await plain.identity.putUserBoundary(ACCOUNT, 'ben', boundary);
  await identity.addUserToGroup(ACCOUNT, 'staff', 'ben');
  await assert.rejects(identity.deleteUserBoundary(ACCOUNT, 'ben'), refused(/line 1/));
});

test('guardedStore: ACLs, ownership and public access blocks decide as well', async () => {
  const { objects, place } = await guarded('anonymous CANNOT s3:ListBucket *\n');
  const grants = [{ grantee: { kind: 'group', group: 'AllUsers' }, permission: 'READ' }] as const;
  const open = { owner: ACCOUNT, grants };
  const making = { ...place, name: 'open', acl: open, ownership: 'ObjectWriter' } as const;
  await assert.rejects(objects.createBucket(making), refused(/anonymous could take s3:ListBucket/));
  await objects.createBucket({ ...making, acl: place.acl });
  await assert.rejects(
    objects.updateBucket('open', () => ({ acl: open })),
    refused(/line 1/),
  );
  const publicAccessBlock = {
    blockPublicAcls: false,
    ignorePublicAcls: true,
    blockPublicPolicy: false,
    restrictPublicBuckets: false,
  };
  await objects.updateBucket('open', () => ({ publicAccessBlock }));
  await objects.updateBucket('open', () => ({ acl: open }));
  const unblocked = () => ({ publicAccessBlock: undefined });
  await assert.rejects(objects.updateBucket('open', unblocked), refused(/line 1/));
  await objects.updateBucket('open', () => ({ ownership: 'BucketOwnerEnforced' }));
  await objects.updateBucket('open', unblocked);
  const writers = () => ({ ownership: 'ObjectWriter' as const });
  await assert.rejects(objects.updateBucket('open', writers), refused(/line 1/));
});

test('guardedStore: an assertion that is broken already does not stand in the way', async () => {
  const { identity, plain } = await guarded(`${NOBODY}user/ben CANNOT s3:PutObject payroll/*\n`);
  await plain.identity.putUserPolicy(ACCOUNT, 'ana', { name: 'p', text: READ_PAYROLL });
  await identity.putUserPolicy(ACCOUNT, 'ana', { name: 'q', text: READ_PAYROLL });
  const write = { name: 'w', text: policy('s3:PutObject', '*') };
  await assert.rejects(identity.putUserPolicy(ACCOUNT, 'ben', write), refused(/line 2/));
  await identity.deleteUserPolicy(ACCOUNT, 'ana', 'p');
  await identity.deleteUserPolicy(ACCOUNT, 'ana', 'q');
  await assert.rejects(
    identity.putUserPolicy(ACCOUNT, 'ana', { name: 'p', text: READ_PAYROLL }),
    refused(/line 1/),
  );
});

test('guardedStore: what is unknown passes, and is said once', async () => {
  const { identity, said } = await guarded('user/zoe CANNOT s3:* payroll/*\n');
  await identity.putUserPolicy(ACCOUNT, 'ana', { name: 'p', text: READ_PAYROLL });
  await identity.putUserPolicy(ACCOUNT, 'ana', { name: 'q', text: READ_PAYROLL });
  assert.equal(said.length, 1);
  assert.match(said[0]!, /^warning: .*unknown.*user\/zoe CANNOT.*no such principal/);
});

test('guardedStore: what decides nothing is not looked at', async () => {
  const { kv, identity, objects } = await guarded(NOBODY);
  const turns = async () => (await kv.get(Uint8Array.of(20)))?.version;
  assert.equal(await turns(), undefined);
  await identity.createAccessKey(ACCOUNT, { kind: 'user', name: 'ana' });
  await objects.updateBucket('payroll', () => ({ tags: [{ key: 'a', value: 'b' }] }));
  assert.equal(await turns(), undefined);
  await identity.putUserPolicy(ACCOUNT, 'ana', { name: 'p', text: policy('s3:PutObject', '*') });
  assert.notEqual(await turns(), undefined);
});

test('guardedStore: of changes that only together break an assertion, one is refused', async () => {
  const seen = { first: 0, second: 0 };
  for (let round = 0; round < 30; round++) {
    const { kv, assertions, plain } = await guarded(NOBODY);
    await plain.identity.addUserToGroup(ACCOUNT, 'staff', 'ana');
    const managed = { name: 'm', text: READ_PAYROLL };
    await plain.identity.createPolicy(ACCOUNT, managed);
    const arn = `arn:aws:iam::${ACCOUNT}:policy/m`;
    await plain.identity.createPolicy(ACCOUNT, {
      name: 'list',
      text: policy('s3:ListBucket', '*'),
    });
    const boundary = `arn:aws:iam::${ACCOUNT}:policy/list`;
    await plain.identity.putUserBoundary(ACCOUNT, 'ana', boundary);
    const silent: Log = { write() {} };
    const one = await rooms(guardedStore(kv, assertions, silent));
    const two = await rooms(guardedStore(kv, assertions, silent));
    const results = await Promise.allSettled([
      one.identity.attachGroupPolicy(ACCOUNT, 'staff', arn),
      two.identity.deleteUserBoundary(ACCOUNT, 'ana'),
    ]);
    const [outcome] = proveAll(await estateInForce(kv), assertions);
    assert.equal(outcome?.outcome.kind, 'proved', `round ${round}`);
    const refusals = results.filter(({ status }) => status === 'rejected');
    assert.equal(refusals.length, 1, JSON.stringify(results));
    seen[results[0].status === 'rejected' ? 'first' : 'second']++;
  }
  assert(seen.first + seen.second === 30);
});

test('guardedStore: many changes at once all end, and the assertion holds after each', async () => {
  const { kv, assertions } = await guarded(NOBODY);
  const silent: Log = { write() {} };
  const threads = await Promise.all(
    Array.from({ length: 3 }, () => rooms(guardedStore(kv, assertions, silent))),
  );
  const harmless = policy('s3:GetObject', 'arn:aws:s3:::reports/*');
  const results = await Promise.allSettled(
    Array.from({ length: 24 }, (_, index) => {
      const { identity } = threads[index % 3]!;
      const text = index % 4 === 0 ? READ_PAYROLL : harmless;
      return identity.putUserPolicy(ACCOUNT, index % 2 === 0 ? 'ana' : 'ben', {
        name: `p${index}`,
        text,
      });
    }),
  );
  const refusals = results.filter((result) => result.status === 'rejected');
  assert.deepEqual(
    [...new Set(refusals.map(({ reason }) => (reason as { kind: string }).kind))],
    ['AccessDenied'],
  );
  assert.equal(refusals.length, 6);
  const [outcome] = proveAll(await estateInForce(kv), assertions);
  assert.equal(outcome?.outcome.kind, 'proved');
});

test('guardedStore: a write that changes nothing is looked at again when it would change something after all', async () => {
  const kv = openMemoryStore();
  const plain = await rooms(kv);
  await plain.identity.createAccount({ name: 'Main', id: ACCOUNT });
  await plain.identity.createUser(ACCOUNT, { name: 'ana' });
  const open = {
    minimumLength: 8,
    requireSymbols: false,
    requireNumbers: false,
    requireUppercase: false,
    requireLowercase: false,
    mayUsersChange: true,
    isHardExpiry: false,
  };
  await plain.identity.putPasswordPolicy(ACCOUNT, open);
  const assertions = parsed(
    `user/ana CANNOT iam:ChangePassword arn:aws:iam::${ACCOUNT}:user/ana\n`,
  );
  // Somebody else closes what is open as soon as the guard has seen that it is open anyway.
  let isClosing = false;
  const racing: KeyValueStore = {
    ...kv,
    get: async (key) => {
      const found = await kv.get(key);
      if (!isClosing && Buffer.from(key).toString('latin1').includes('password-policy')) {
        isClosing = true;
        await plain.identity.putPasswordPolicy(ACCOUNT, { ...open, mayUsersChange: false });
      }
      return found;
    },
    range: (range) => kv.range(range),
    revision: (space) => kv.revision(space),
    commit: (commit) => kv.commit(commit),
    [Symbol.asyncDispose]: () => kv[Symbol.asyncDispose](),
  };
  const log: Log = { write() {} };
  const { identity } = await rooms(guardedStore(racing, assertions, log));
  await assert.rejects(identity.putPasswordPolicy(ACCOUNT, open), refused(/iam:ChangePassword/));
  assert.equal((await plain.identity.findPasswordPolicy(ACCOUNT))?.mayUsersChange, false);
});
