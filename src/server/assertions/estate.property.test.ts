/**
 * What is proved of an estate is what the server decides: random buckets, with policies, ACLs, blocks
 * and ownership, asked by callers of two accounts through `authorize` itself.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { authorize, type Caller } from '../../access/index.ts';
import { ManualClock } from '../../base/clock.ts';
import { openMemoryBlobStore } from '../../blob/memory.ts';
import { openIdentityStore, type IdentityPrincipal } from '../../identity/index.ts';
import { openMemoryStore } from '../../kv/memory.ts';
import { openObjectStore } from '../../objects/open-object-store.ts';
import { parseAssertions, proveAll } from '../../policy/index.ts';
import { estateInForce } from './estate.ts';

const OWNER = '111111111111';
const OTHER = '222222222222';
const ANA = `arn:aws:iam::${OWNER}:user/ana`;
const BEN = `arn:aws:iam::${OTHER}:user/ben`;
const BUCKET_ACTIONS = ['s3:ListBucket', 's3:GetBucketAcl', 's3:PutBucketPolicy'];
const OBJECT_ACTIONS = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'];

const actions = fc.constantFrom('s3:*', 's3:Get*', 's3:PutObject', 's3:ListBucket', '*');
const resources = fc.constantFrom('*', 'arn:aws:s3:::box', 'arn:aws:s3:::box/*', 'arn:aws:s3:::b*');
const effect = fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny');
const statements = (who: fc.Arbitrary<object>) =>
  fc.array(
    fc
      .tuple(effect, actions, resources, who)
      .map(([Effect, Action, Resource, more]) => ({ Effect, Action, Resource, ...more })),
    { minLength: 1, maxLength: 2 },
  );
const text = (who: fc.Arbitrary<object>) =>
  statements(who).map((Statement) => JSON.stringify({ Version: '2012-10-17', Statement }));
const identityText = fc.option(text(fc.constant({})), { nil: undefined });
const bucketText = text(
  fc.oneof(
    fc.constant({ Principal: '*' }),
    fc.constantFrom(OWNER, OTHER, ANA, BEN).map((AWS) => ({ Principal: { AWS } })),
    fc.constant({ NotPrincipal: { AWS: [OTHER, BEN] } }),
  ),
);
const grants = fc.array(
  fc.record({
    grantee: fc.oneof(
      fc.constantFrom(OWNER, OTHER).map((account) => ({ kind: 'account' as const, account })),
      fc
        .constantFrom('AllUsers' as const, 'AuthenticatedUsers' as const)
        .map((group) => ({ kind: 'group' as const, group })),
    ),
    permission: fc.constantFrom('READ' as const, 'WRITE' as const, 'FULL_CONTROL' as const),
  }),
  { maxLength: 2 },
);
const settings = fc.record({
  policy: fc.option(bucketText, { nil: undefined }),
  acl: grants.map((each) => ({ owner: OWNER, grants: each })),
  ownership: fc.constantFrom('BucketOwnerEnforced' as const, 'ObjectWriter' as const),
  publicAccessBlock: fc.option(
    fc.record({
      blockPublicAcls: fc.constant(false),
      ignorePublicAcls: fc.boolean(),
      blockPublicPolicy: fc.constant(false),
      restrictPublicBuckets: fc.boolean(),
    }),
    { nil: undefined },
  ),
});

/** A few seconds: each asks thirty questions. */
const RUNS = 100;

test('estateInForce: is proved of just what authorize decides', async () => {
  const seen = { allowed: 0, denied: 0 };
  await fc.assert(
    fc.asyncProperty(identityText, identityText, settings, async (ana, ben, change) => {
      await using kv = openMemoryStore();
      const clock = new ManualClock(Date.UTC(2026, 0, 2));
      const identity = await openIdentityStore({ kv, clock, masterKey: new Uint8Array(32) });
      const objects = await openObjectStore({ kv, blobs: openMemoryBlobStore(), clock });
      for (const [id, name, policy] of [
        [OWNER, 'ana', ana],
        [OTHER, 'ben', ben],
      ] as const) {
        await identity.createAccount({ name: id, id });
        await identity.createUser(id, { name });
        if (policy !== undefined) {
          await identity.putUserPolicy(id, name, { name: 'p', text: policy });
        }
      }
      await objects.createBucket({
        name: 'box',
        owner: OWNER,
        region: 'us-east-1',
        acl: { owner: OWNER, grants: [] },
        ownership: 'ObjectWriter',
        objectLock: false,
      });
      const bucket = await objects.updateBucket('box', () => change);
      const estate = await estateInForce(kv);
      const callers: Caller[] = [callerOf(undefined)];
      for (const arn of [ANA, BEN, `arn:aws:iam::${OWNER}:root`, `arn:aws:iam::${OTHER}:root`]) {
        callers.push(callerOf(await identity.resolvePrincipalArn(arn)));
      }
      for (const caller of callers) {
        for (const action of [...BUCKET_ACTIONS, ...OBJECT_ACTIONS]) {
          const path = OBJECT_ACTIONS.includes(action) ? 'box/k' : 'box';
          const who = caller.principal?.arn ?? 'anonymous';
          const decision = await authorize(identity, {
            caller,
            action,
            resource: `arn:aws:s3:::${path}`,
            resourceAccount: OWNER,
            bucket,
            sender: { remoteAddress: '192.0.2.1', secure: true },
            context: (key) => (key === 'aws:principalarn' ? caller.principal?.arn : undefined),
          });
          const isAllowed = decision.effect === 'Allow';
          seen[isAllowed ? 'allowed' : 'denied']++;
          const verb = isAllowed ? 'CAN' : 'CANNOT';
          const parsed = parseAssertions(`ASSUME no object ACLs\n${who} ${verb} ${action} ${path}`);
          assert(parsed.ok, JSON.stringify(parsed));
          const [result] = proveAll(estate, parsed.assertions);
          assert.equal(result?.outcome.kind, 'proved', `${result?.assertion.text}`);
        }
      }
    }),
    { numRuns: RUNS },
  );
  assert(seen.allowed > RUNS && seen.denied > RUNS, JSON.stringify(seen));
});

function callerOf(principal: IdentityPrincipal | undefined): Caller {
  return {
    principal,
    policyPrincipal: principal?.policyPrincipal ?? { kind: 'anonymous' },
    account: principal?.accountId,
    accessKeyId: undefined,
    proof: { kind: 'none' },
  };
}
