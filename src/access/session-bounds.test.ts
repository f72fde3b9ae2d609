import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Credential } from '../identity/index.ts';
import { openWithAccount } from '../identity/testing/open.ts';
import { randomPolicies, randomRequest } from '../policy/testing/random-policies.suite.ts';
import { authorize } from './authorize.ts';

const RUNS = 400;

/**
 * Sessions are made, opened and asked as requests do, over a store whose policies change from run to
 * run: what a session may is never more than what it is made from.
 */
test('no session may what its role, or the user behind it, may not', async () => {
  const { identity, account } = await openWithAccount({
    // Random policies are of any length.
    quotas: { userInlinePolicySize: 100_000, roleInlinePolicySize: 100_000 },
  });
  const bob = await identity.createUser(account, { name: 'bob' });
  const trustText = '{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}';
  const role = await identity.createRole(account, { name: 'App', trustText });
  const key = await identity.createAccessKey(account, { kind: 'user', name: 'bob' });
  const owner = { kind: 'user', id: bob.id } as const;
  const sources = {
    role: { kind: 'role', roleId: role.id, sessionName: 's' },
    user: { kind: 'user', owner, accessKeyId: key.id },
    federated: { kind: 'federated', owner, accessKeyId: key.id, name: 'f' },
  } as const;

  const open = async (source: keyof typeof sources, policy?: string): Promise<Credential> => {
    const minted = identity.mintSession({
      account,
      source: sources[source],
      durationSeconds: 900,
      policy,
    });
    const found = await identity.findSession(minted.accessKeyId, minted.sessionToken);
    assert.ok(found);
    return found;
  };
  const seen = { narrowed: 0, kept: 0 };

  await fc.assert(
    fc.asyncProperty(randomRequest, randomPolicies, async (asked, policies) => {
      const [own, more] = policies.identity;
      const text = JSON.stringify(
        own ?? { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
      );
      const policy = JSON.stringify(policies.session?.[0] ?? more ?? own ?? JSON.parse(text));
      await identity.putUserPolicy(account, 'bob', { name: 'p', text });
      await identity.putRolePolicy(account, 'App', { name: 'p', text });
      const may = async ({ principal, accessKeyId }: Credential) => {
        const { effect, error } = await authorize(identity, {
          caller: {
            principal,
            policyPrincipal: principal.policyPrincipal,
            account,
            accessKeyId,
            proof: { kind: 'none' },
          },
          action: asked.action,
          resource: asked.resource,
          resourceAccount: account,
          context: (name) => asked.context[name],
          sender: { remoteAddress: '127.0.0.1', secure: true },
        });
        assert.equal(error, undefined);
        return effect === 'Allow';
      };
      const user = await identity.findCredential(key.id);
      assert.ok(user);
      const ofUser = await may(user);
      const ofRole = await may(await open('role'));
      assert.equal(await may(await open('user')), ofUser, 'a user’s session is the user');
      assert.equal(await may(await open('federated')), false, 'nothing without a policy');
      for (const [source, ofParent] of [
        ['role', ofRole],
        ['federated', ofUser],
      ] as const) {
        const ofSession = await may(await open(source, policy));
        assert.ok(!ofSession || ofParent, `${source} session raised: ${text} ${policy}`);
        if (ofParent) seen[ofSession ? 'kept' : 'narrowed'] += 1;
      }
    }),
    { numRuns: RUNS },
  );
  assert.ok(seen.kept > RUNS / 20 && seen.narrowed > RUNS / 20, JSON.stringify(seen));
});
