import { principalOf } from '../../access/index.ts';
import { federatedUserArn } from '../../identity/index.ts';
import type { GetFederationToken } from '../api/index.ts';
import type { StsHandler } from '../handler.ts';
import { userSeconds } from '../sessions/durations.ts';
import { ownerOf } from '../sessions/owner.ts';
import { readSessionPolicies } from '../sessions/policies.ts';
import { sizes, toCredentials } from '../wire-forms.ts';

export const getFederationToken: StsHandler<typeof GetFederationToken> = async (
  input,
  { identity, caller, found },
) => {
  const principal = principalOf(caller);
  const { accountId } = principal;
  const owner = ownerOf(principal);
  const { Name } = input;
  const minted = identity.mintSession({
    account: accountId,
    source: { kind: 'federated', owner, accessKeyId: caller.accessKeyId, name: Name },
    tokenLengthMin: input.MinimumSessionTokenSize,
    durationSeconds: userSeconds(input.DurationSeconds, owner.kind),
    ...(await readSessionPolicies(identity, accountId, input)),
    tags: found?.tags.tags ?? [],
  });
  return {
    Credentials: toCredentials(minted),
    FederatedUser: {
      FederatedUserId: `${accountId}:${Name}`,
      Arn: federatedUserArn(accountId, Name),
    },
    ...sizes(minted),
  };
};
