import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KNOWN_ACTIONS } from '../policy/prove/actions.ts';
import * as api from './api/index.ts';

/** What each way of naming an operation's resource names. */
const KINDS: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/^on(?:New)?(?:User|Caller|KeyOwner)s?$/, 'user'],
  [/^on(?:New)?Groups?$/, 'group'],
  [/^on(?:New)?Roles?$/, 'role'],
  [/^on(?:New)?Policy$/, 'policy'],
  [/^on(?:New)?InstanceProfiles?$/, 'instance-profile'],
  [/^on(?:New)?MfaDevice$/, 'mfa'],
  [/^on(?:New)?OidcProviders?$/, 'oidc-provider'],
  [/^on(?:Arn|PolicySource)$/, 'user'],
];

test('KNOWN_ACTIONS: assertions speak of every action of IAM, on what it is asked on', () => {
  let count = 0;
  for (const declared of Object.values(api) as readonly unknown[]) {
    const { action, allows, on } = declared as {
      action?: string;
      allows?: unknown;
      on?: { name: string };
    };
    if (action === undefined || (Array.isArray(allows) && allows.length === 0)) continue;
    const name = typeof allows === 'string' ? allows : `iam:${action}`;
    const kind =
      on === undefined ? 'account' : KINDS.find(([pattern]) => pattern.test(on.name))?.[1];
    assert(kind !== undefined, `${action} is on ${on?.name}, of which this test knows nothing`);
    assert(
      KNOWN_ACTIONS.some((known) => known.name === name && known.subject === kind),
      `${name} is asked on ${kind}`,
    );
    count++;
  }
  assert(count > 100, String(count));
});
