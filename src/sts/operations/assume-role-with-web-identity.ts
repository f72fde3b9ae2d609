import { assert } from '../../base/assert.ts';
import type { AssumeRoleWithWebIdentity } from '../api/index.ts';
import type { StsHandler } from '../handler.ts';
import { roleSeconds } from '../sessions/durations.ts';
import { readSessionPolicies } from '../sessions/policies.ts';
import { sessionClaims } from '../sessions/web-identity.ts';
import { sizes, toAssumedRole, toCredentials } from '../wire-forms.ts';

export const assumeRoleWithWebIdentity: StsHandler<typeof AssumeRoleWithWebIdentity> = async (
  input,
  { identity, found },
) => {
  assert(found?.role !== undefined, 'Only a role that is there trusts anybody');
  assert(found.token !== undefined, 'The token was verified before anybody decided');
  const { role, tags, sourceIdentity, token } = found;
  const { RoleSessionName } = input;
  const minted = identity.mintSession({
    account: role.account,
    source: { kind: 'role', roleId: role.id, sessionName: RoleSessionName },
    tokenLengthMin: input.MinimumSessionTokenSize,
    durationSeconds: roleSeconds(input.DurationSeconds, role, undefined),
    ...(await readSessionPolicies(identity, role.account, input)),
    tags: tags.tags,
    transitiveTagKeys: tags.transitiveTagKeys,
    sourceIdentity,
    web: { providerArn: token.providerArn, claims: sessionClaims(token) },
  });
  return {
    Credentials: toCredentials(minted),
    SubjectFromWebIdentityToken: token.subject,
    AssumedRoleUser: toAssumedRole(role, RoleSessionName),
    ...sizes(minted),
    Provider: token.providerArn,
    Audience: token.audience,
    ...(sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }),
  };
};
