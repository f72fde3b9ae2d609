import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../base/clock.ts';
import { MASTER_KEY_SIZE, openIdentityStore } from '../identity/index.ts';
import { openMemoryStore } from '../kv/memory.ts';
import { profileSource } from './metadata.ts';

const ACCOUNT = '111111111111';

function trust(principal: object, more: object = {}): string {
  const statement = { Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole', ...more };
  return JSON.stringify({ Version: '2012-10-17', Statement: statement });
}

async function open(trustText: string) {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const masterKey = new Uint8Array(MASTER_KEY_SIZE);
  const identity = await openIdentityStore({ kv: openMemoryStore(), clock, masterKey });
  await identity.createAccount({ id: ACCOUNT, name: 'main' });
  await identity.createRole(ACCOUNT, { name: 'web', trustText });
  await identity.createInstanceProfile(ACCOUNT, { name: 'machines' });
  await identity.addRoleToInstanceProfile(ACCOUNT, 'machines', 'web');
  const warnings: string[] = [];
  const log = { write: (_: string, message: string) => void warnings.push(message) };
  const parts = { identity, profile: 'machines', sessionName: 'i-1', clock, log };
  return { identity, source: profileSource(parts), warnings };
}

const MACHINES = { Service: 'ec2.amazonaws.com' };

describe('the role of a machine', () => {
  const rows: readonly (readonly [name: string, trust: string, isGiven: boolean])[] = [
    ['trusts machines', trust(MACHINES), true],
    [
      'trusts machines under a condition that holds of none',
      trust(MACHINES, { Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-1' } } }),
      false,
    ],
    ['trusts another service', trust({ Service: 'lambda.amazonaws.com' }), false],
    ['trusts its account', trust({ AWS: ACCOUNT }), false],
  ];
  for (const [name, text, isGiven] of rows) {
    test(`that ${name} is ${isGiven ? '' : 'not '}given out`, async () => {
      const { source, warnings } = await open(text);
      assert.equal((await source.role())?.name, isGiven ? 'web' : undefined);
      await source.role();
      assert.equal(warnings.length, isGiven ? 0 : 1);
    });
  }

  test('is given out no longer once it trusts machines no more', async () => {
    const { identity, source } = await open(trust(MACHINES));
    assert.equal((await source.role())?.name, 'web');
    await identity.updateTrustPolicy(ACCOUNT, 'web', trust({ AWS: ACCOUNT }));
    assert.equal(await source.role(), undefined);
  });
});
