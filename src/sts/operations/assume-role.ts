import { principalOf } from '../../access/index.ts';
import { assert } from '../../base/assert.ts';
import type { AssumeRole } from '../api/index.ts';
import type { StsHandler } from '../handler.ts';
import { roleSeconds } from '../sessions/durations.ts';
import { readSessionPolicies } from '../sessions/policies.ts';
import { sizes, toAssumedRole, toCredentials } from '../wire-forms.ts';

export const assumeRole: StsHandler<typeof AssumeRole> = async (
  input,
  { identity, caller, found },
) => {
  assert(found?.role !== undefined, 'Only a role that is there trusts anybody');
  const { role, tags, sourceIdentity } = found;
  const { session } = principalOf(caller);
  const { RoleSessionName } = input;
  const isChained = session?.source.kind === 'role';
  const minted = identity.mintSession({
    account: role.account,
    source: {
      kind: 'role',
      roleId: role.id,
      sessionName: RoleSessionName,
      ...(isChained ? { isChained } : {}),
    },
    tokenLengthMin: input.MinimumSessionTokenSize,
    durationSeconds: roleSeconds(input.DurationSeconds, role, session),
    ...(await readSessionPolicies(identity, role.account, input)),
    tags: tags.tags,
    transitiveTagKeys: tags.transitiveTagKeys,
    sourceIdentity,
  });
  return {
    Credentials: toCredentials(minted),
    AssumedRoleUser: toAssumedRole(role, RoleSessionName),
    ...sizes(minted),
    ...(sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }),
  };
};
