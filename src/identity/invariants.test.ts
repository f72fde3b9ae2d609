import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { KeyPart } from '../kv/key.ts';
import type { KeyValueStore } from '../kv/key-value-store.ts';
import { walkRecords } from './core.ts';
import { IdentityError } from './error.ts';
import type { RecordKind } from './record.ts';
import {
  actorIds,
  attachments,
  groupNames,
  groups,
  inlineTexts,
  instanceProfileNames,
  instanceProfiles,
  members,
  oidcProviders,
  policies,
  policyNames,
  policyTexts,
  roleNames,
  roles,
  userNames,
  users,
} from './records.ts';
import { openIdentityStore, type IdentityStore } from './store.ts';
import { MASTER_KEY, openWithAccount } from './testing/open.ts';

/**
 * Whatever is asked of an account, in whatever order and at the same time by two stores over one
 * kv: what its records say of each other is true, and what they count is there.
 */
const ACCOUNT = '123456789012';
const PROVIDED = 'arn:aws:iam::aws:policy/AmazonS3FullAccess';
const TEXT =
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}';
const trustOf = (user: string) =>
  `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::${ACCOUNT}:user/${user}"},"Action":"sts:AssumeRole"}}`;
const EC2 =
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}';

/** Few names, so that operations meet; of one policy, AWS's, there is no record. */
interface Names {
  readonly a: string;
  readonly b: string;
  readonly arn: string;
}

const OPERATIONS: readonly ((identity: IdentityStore, names: Names) => Promise<unknown>)[] = [
  (identity, { a, arn }) => identity.createUser(ACCOUNT, { name: a, boundary: arn }),
  (identity, { a }) => identity.createUser(ACCOUNT, { name: a }),
  (identity, { a, b }) => identity.updateUser(ACCOUNT, a, { newName: b }),
  (identity, { a }) => identity.deleteUser(ACCOUNT, a),
  (identity, { a, arn }) => identity.putUserBoundary(ACCOUNT, a, arn),
  (identity, { a }) => identity.deleteUserBoundary(ACCOUNT, a),
  (identity, { a }) => identity.createGroup(ACCOUNT, { name: a }),
  (identity, { a, b }) => identity.updateGroup(ACCOUNT, a, { newName: b }),
  (identity, { a }) => identity.deleteGroup(ACCOUNT, a),
  (identity, { a, b }) => identity.addUserToGroup(ACCOUNT, a, b),
  (identity, { a, b }) => identity.removeUserFromGroup(ACCOUNT, a, b),
  (identity, { a }) => identity.createRole(ACCOUNT, { name: a, trustText: EC2 }),
  (identity, { a, b, arn }) =>
    identity.createRole(ACCOUNT, { name: a, trustText: trustOf(b), boundary: arn }),
  (identity, { a, b }) => identity.updateTrustPolicy(ACCOUNT, a, trustOf(b)),
  (identity, { a }) => identity.updateRole(ACCOUNT, a, { maxSessionSeconds: 7200 }),
  (identity, { a }) => identity.deleteRole(ACCOUNT, a),
  (identity, { a, arn }) => identity.putRoleBoundary(ACCOUNT, a, arn),
  (identity, { a }) => identity.deleteRoleBoundary(ACCOUNT, a),
  (identity, { a }) => identity.createInstanceProfile(ACCOUNT, { name: a }),
  (identity, { a }) => identity.deleteInstanceProfile(ACCOUNT, a),
  (identity, { a, b }) => identity.addRoleToInstanceProfile(ACCOUNT, a, b),
  (identity, { a, b }) => identity.removeRoleFromInstanceProfile(ACCOUNT, a, b),
  (identity, { a }) =>
    identity.createOidcProvider(ACCOUNT, { url: `https://${a}`, clientIds: [], thumbprints: [] }),
  (identity, { a }) =>
    identity.deleteOidcProvider(ACCOUNT, `arn:aws:iam::${ACCOUNT}:oidc-provider/${a}`),
  (identity, { a }) => identity.createPolicy(ACCOUNT, { name: a, text: TEXT }),
  (identity, { arn }) => identity.createPolicyVersion(ACCOUNT, arn, TEXT, true),
  (identity, { arn }) => identity.deletePolicyVersion(ACCOUNT, arn, 1),
  (identity, { arn }) => identity.deletePolicy(ACCOUNT, arn),
  (identity, { a, arn }) => identity.attachUserPolicy(ACCOUNT, a, arn),
  (identity, { a, arn }) => identity.detachUserPolicy(ACCOUNT, a, arn),
  (identity, { a, arn }) => identity.attachGroupPolicy(ACCOUNT, a, arn),
  (identity, { a, arn }) => identity.detachGroupPolicy(ACCOUNT, a, arn),
  (identity, { a, arn }) => identity.attachRolePolicy(ACCOUNT, a, arn),
  (identity, { a, arn }) => identity.detachRolePolicy(ACCOUNT, a, arn),
  (identity, { a, b }) => identity.putUserPolicy(ACCOUNT, a, { name: b, text: TEXT }),
  (identity, { a, b }) => identity.deleteUserPolicy(ACCOUNT, a, b),
  (identity, { a, b }) => identity.putRolePolicy(ACCOUNT, a, { name: b, text: TEXT }),
  (identity, { a, b }) => identity.deleteRolePolicy(ACCOUNT, a, b),
];

async function all<T, P extends readonly KeyPart[]>(
  kv: KeyValueStore,
  kind: RecordKind<T, P>,
  ...under: readonly KeyPart[]
): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const { record } of walkRecords({ kv }, kind, under)) found.push(record);
  return found;
}

const idsOf = (records: readonly { readonly id: string }[]) => records.map(({ id }) => id).sort();

async function assertInvariants(kv: KeyValueStore, identity: IdentityStore): Promise<void> {
  const found = {
    users: await all(kv, users, ACCOUNT),
    groups: await all(kv, groups, ACCOUNT),
    roles: await all(kv, roles, ACCOUNT),
    instanceProfiles: await all(kv, instanceProfiles, ACCOUNT),
    oidcProviders: await all(kv, oidcProviders, ACCOUNT),
    policies: await all(kv, policies, ACCOUNT),
  };
  for (const [name, records] of Object.entries(found)) {
    const count = await identity.countOf(ACCOUNT, name as keyof typeof found);
    assert.equal(count, records.length, `the number of ${name}`);
  }
  const names = [
    [userNames, found.users],
    [groupNames, found.groups],
    [roleNames, found.roles],
    [instanceProfileNames, found.instanceProfiles],
    [policyNames, found.policies],
  ] as const;
  for (const [kind, records] of names) {
    assert.deepEqual(idsOf(await all(kv, kind, ACCOUNT)), idsOf(records), kind.name);
  }
  const actors = [...found.users, ...found.roles];
  assert.equal((await all(kv, actorIds)).length, actors.length, 'unique ids');

  const carriers = [...actors, ...found.groups];
  const texts = await all(kv, inlineTexts, ACCOUNT);
  assert.equal(texts.length, carriers.flatMap((carrier) => carrier.inlinePolicies).length);
  const uses = [
    ...carriers.flatMap((carrier) => carrier.attachedPolicyIds),
    ...actors.flatMap(({ boundaryPolicyId }) => boundaryPolicyId ?? []),
  ];
  assert.equal((await all(kv, attachments, ACCOUNT)).length, uses.length, 'the index of uses');
  for (const policy of found.policies) {
    const attached = carriers.filter((one) => one.attachedPolicyIds.includes(policy.id));
    const bounded = actors.filter(({ boundaryPolicyId }) => boundaryPolicyId === policy.id);
    assert.equal(policy.attachmentCount, attached.length, policy.name);
    assert.equal(policy.boundaryCount, bounded.length, policy.name);
    const versions = await all(kv, policyTexts, ACCOUNT, policy.id);
    assert.equal(versions.length, policy.versions.length, policy.name);
  }
  const own = new Set([
    ...found.policies.map(({ id }) => id),
    (await identity.getPolicy(ACCOUNT, PROVIDED)).id,
  ]);
  for (const id of uses) assert.ok(own.has(id), 'a policy that is used is there');

  for (const group of found.groups) {
    const listed = idsOf(await all(kv, members, ACCOUNT, group.id));
    assert.deepEqual(listed, idsOf(found.users.filter((user) => user.groupIds.includes(group.id))));
    assert.equal(group.memberCount, listed.length);
  }
  for (const role of found.roles) {
    const holding = found.instanceProfiles.filter(({ roleId }) => roleId === role.id);
    assert.deepEqual([...role.instanceProfileIds].sort(), idsOf(holding));
  }
  for (const { roleId } of found.instanceProfiles) {
    assert.ok(roleId === undefined || found.roles.some(({ id }) => id === roleId));
  }
}

test('records are true of each other after anything, done by two stores at once', async () => {
  const name = fc.constantFrom('x', 'X', 'y');
  const arn = fc.constantFrom('x', 'y').map((policy) => `arn:aws:iam::${ACCOUNT}:policy/${policy}`);
  const step = fc.record({
    operation: fc.nat(OPERATIONS.length - 1),
    a: name,
    b: name,
    arn: fc.oneof(arn, fc.constant(PROVIDED)),
  });
  let done = 0;
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 40, maxLength: 200 }),
    fc.integer({ min: 1, max: 12 }),
    async (steps, atOnce) => {
      const { identity, kv, clock } = await openWithAccount();
      const other = await openIdentityStore({ kv, clock, masterKey: MASTER_KEY });
      for (let start = 0; start < steps.length; start += atOnce) {
        const outcomes = await Promise.allSettled(
          steps
            .slice(start, start + atOnce)
            .map(({ operation, ...names }, index) =>
              OPERATIONS[operation]!(index % 2 === 0 ? identity : other, names),
            ),
        );
        for (const outcome of outcomes) {
          if (outcome.status === 'fulfilled') done += 1;
          else assert.ok(outcome.reason instanceof IdentityError, String(outcome.reason));
        }
      }
      await assertInvariants(kv, identity);
    },
  );
  await fc.assert(property, { numRuns: 150 });
  assert.ok(done > 1000, `${done} operations took effect`);
});
