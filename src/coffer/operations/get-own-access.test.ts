import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Caller } from '../../access/index.ts';
import { ManualClock } from '../../base/clock.ts';
import { Headers } from '../../base/http.ts';
import { openMemoryBlobStore } from '../../blob/memory.ts';
import { MASTER_KEY_SIZE, openIdentityStore } from '../../identity/index.ts';
import { openMemoryStore } from '../../kv/memory.ts';
import { openObjectStore } from '../../objects/open-object-store.ts';
import { openTestLog } from '../../decisions/testing/log.suite.ts';
import type { CofferContext } from '../handler.ts';
import { getOwnAccess } from './get-own-access.ts';

const ACCOUNT = '111111111111';
const iam = (rest: string) => `arn:aws:iam::${ACCOUNT}:${rest}`;

async function open() {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const kv = openMemoryStore();
  const masterKey = new Uint8Array(MASTER_KEY_SIZE);
  const identity = await openIdentityStore({ kv, clock, masterKey });
  const objects = await openObjectStore({ kv, blobs: openMemoryBlobStore(), clock });
  await identity.createAccount({ id: ACCOUNT, name: 'main' });
  await identity.createUser(ACCOUNT, { name: 'ann' });
  const document = (statement: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', ...statement } });
  const text = document({ Action: ['sts:AssumeRole', 'iam:PassRole'], Resource: '*' });
  await identity.putUserPolicy(ACCOUNT, 'ann', { name: 'p', text });
  const trust = (principal: object) => document({ Principal: principal, Action: 'sts:AssumeRole' });
  const roles = {
    Mine: { AWS: iam('user/ann') },
    Ours: { AWS: ACCOUNT },
    Theirs: { Service: 'ec2.amazonaws.com' },
  };
  for (const [name, principal] of Object.entries(roles)) {
    await identity.createRole(ACCOUNT, { name, trustText: trust(principal) });
  }
  const principal = await identity.resolvePrincipalArn(iam('user/ann'));
  assert.ok(principal !== undefined);
  const caller: Caller = {
    principal,
    policyPrincipal: principal.policyPrincipal,
    account: ACCOUNT,
    accessKeyId: 'AKIAEXAMPLE',
    proof: { kind: 'none' },
  };
  const head = {
    method: 'POST',
    target: '/',
    headers: Headers.of({}),
    remoteAddress: '192.0.2.1',
    secure: true,
  };
  const context = {
    decisions: openTestLog(clock),
    identity,
    objects,
    clock,
    region: 'us-east-1',
    caller,
    head,
    account: ACCOUNT,
  };
  return async (ActionNames: string[], ResourceArns: string[]) => {
    const { Access } = await getOwnAccess(
      { ActionNames, ResourceArns },
      context satisfies CofferContext,
    );
    const all = JSON.parse(Access) as { action: string; resource: string; effect: string }[];
    return all.map(({ action, resource, effect }) => [action, resource.split('/').at(-1), effect]);
  };
}

test('a role is had by whom it trusts, as whoever tries finds', async () => {
  const may = await open();
  const roles = ['Mine', 'Ours', 'Theirs', 'absent'].map((name) => iam(`role/${name}`));
  assert.deepEqual(await may(['sts:AssumeRole'], roles), [
    ['sts:AssumeRole', 'Mine', 'Allow'],
    ['sts:AssumeRole', 'Ours', 'Allow'],
    ['sts:AssumeRole', 'Theirs', 'ImplicitDeny'],
    ['sts:AssumeRole', 'absent', 'ImplicitDeny'],
  ]);
  assert.deepEqual(await may(['iam:PassRole', 'iam:GetRole'], roles.slice(2, 3)), [
    ['iam:PassRole', 'Theirs', 'Allow'],
    ['iam:GetRole', 'Theirs', 'ImplicitDeny'],
  ]);
});
