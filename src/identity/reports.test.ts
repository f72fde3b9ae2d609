import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openIdentityStore } from './store.ts';
import { MASTER_KEY, openWithAccount, refusal } from './testing/open.ts';

const HOUR_MS = 60 * 60_000;
const ARN = 'arn:aws:iam::123456789012:user/bob';

test('a credential report is made at most once in four hours, and expires then', async () => {
  const { identity, account, clock } = await openWithAccount();
  await assert.rejects(identity.getCredentialReport(account), refusal('ReportNotPresent'));
  let written = 0;
  const write = async () => `report ${(written += 1)}`;
  await Promise.all([1, 2, 3].map(() => identity.renewCredentialReport(account, write)));
  const first = { generatedAtMs: clock.nowMs(), text: 'report 1' };
  assert.deepEqual(await identity.getCredentialReport(account), first);
  clock.advance(4 * HOUR_MS - 1);
  await identity.renewCredentialReport(account, write);
  assert.deepEqual(await identity.getCredentialReport(account), first);
  clock.advance(1);
  await assert.rejects(identity.getCredentialReport(account), refusal('ReportExpired'));
  await identity.renewCredentialReport(account, write);
  assert.equal((await identity.getCredentialReport(account)).text, 'report 2');
});

test('a report is kept whole, however long it is, and nothing of the one before', async () => {
  const { identity, account, clock, kv } = await openWithAccount();
  const long = 'user,arn\n'.repeat(300_000);
  await identity.renewCredentialReport(account, async () => long);
  assert.equal((await identity.getCredentialReport(account)).text, long);
  clock.advance(4 * HOUR_MS);
  await identity.renewCredentialReport(account, async () => '');
  assert.equal((await identity.getCredentialReport(account)).text, '');
  const rows = await kv.range({ from: Uint8Array.of(17), to: Uint8Array.of(18), limit: 100 });
  assert.equal(rows.length, 1);
});

test('a job is found by its id in its account for a week', async () => {
  const { identity, account, clock } = await openWithAccount();
  const { id: other } = await identity.createAccount({ name: 'Other' });
  const job = await identity.createAccessJob(account, { arn: ARN, granularity: 'ACTION_LEVEL' });
  assert.match(job.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(await identity.getAccessJob(account, job.id), job);
  await assert.rejects(identity.getAccessJob(other, job.id), refusal('NoSuchEntity'));
  clock.advance(7 * 24 * HOUR_MS);
  await assert.rejects(identity.getAccessJob(account, job.id), refusal('NoSuchEntity'));
  for (let count = 0; count < 3; count += 1) {
    await identity.createAccessJob(account, { arn: ARN, granularity: 'SERVICE_LEVEL' });
  }
  assert.equal(await identity.countOf(account, 'accessJobs'), 3, 'the old one was swept');
});

async function openWithUses() {
  const opened = await openWithAccount();
  const { identity, account } = opened;
  const user = await identity.createUser(account, { name: 'bob' });
  const principal = await identity.resolvePrincipalArn(ARN);
  assert.ok(principal);
  return { ...opened, user, principal };
}

test('uses are noted by service and action, with the latest time of each', async () => {
  const { identity, account, clock, user, principal } = await openWithUses();
  const start = clock.nowMs();
  identity.noteServiceUse(principal, 's3:GetObject', 'eu-west-1');
  identity.noteServiceUse(principal, 's3:PutObject', undefined);
  identity.noteServiceUse(principal, 'iam:GetUser', 'us-east-1');
  await identity[Symbol.asyncDispose]();
  clock.advance(HOUR_MS);
  identity.noteServiceUse(principal, 's3:PutObject', 'us-east-1');
  await identity[Symbol.asyncDispose]();
  assert.deepEqual(await identity.findServiceUses(account, user.id), {
    s3: {
      atMs: start + HOUR_MS,
      region: 'us-east-1',
      actions: {
        GetObject: { atMs: start, region: 'eu-west-1' },
        PutObject: { atMs: start + HOUR_MS, region: 'us-east-1' },
      },
    },
    iam: {
      atMs: start,
      region: 'us-east-1',
      actions: { GetUser: { atMs: start, region: 'us-east-1' } },
    },
  });
});

test('a busy user costs a write in a quarter of an hour, and what is new one together', async () => {
  const { identity, kv, clock, principal } = await openWithUses();
  let commits = 0;
  const { commit } = kv;
  kv.commit = (change) => {
    commits += 1;
    return commit.call(kv, change);
  };
  for (let minute = 0; minute < 15; minute += 1) {
    for (const action of ['s3:GetObject', 's3:PutObject', 's3:ListBucket']) {
      for (let use = 0; use < 10; use += 1) identity.noteServiceUse(principal, action, undefined);
    }
    await identity[Symbol.asyncDispose]();
    clock.advance(60_000);
  }
  assert.equal(commits, 1);
  identity.noteServiceUse(principal, 's3:GetObject', undefined);
  await identity[Symbol.asyncDispose]();
  assert.equal(commits, 2);
});

test('several stores note the uses of one user without losing any, and none of a deleted one', async () => {
  const { identity, kv, clock, account, user, principal } = await openWithUses();
  const other = await openIdentityStore({ kv, clock, masterKey: MASTER_KEY });
  identity.noteServiceUse(principal, 's3:GetObject', undefined);
  other.noteServiceUse(principal, 's3:PutObject', undefined);
  await Promise.all([identity, other].map((store) => store[Symbol.asyncDispose]()));
  const uses = await identity.findServiceUses(account, user.id);
  assert.deepEqual(Object.keys(uses['s3']?.actions ?? {}).sort(), ['GetObject', 'PutObject']);
  await identity.deleteUser(account, 'bob');
  identity.noteServiceUse(principal, 's3:DeleteObject', undefined);
  await identity[Symbol.asyncDispose]();
  assert.deepEqual(await identity.findServiceUses(account, user.id), {});
});
