import { principalOf } from '../../access/index.ts';
import type { GetSessionToken } from '../api/index.ts';
import type { StsHandler } from '../handler.ts';
import { userSeconds } from '../sessions/durations.ts';
import { ownerOf } from '../sessions/owner.ts';
import { proveSecondFactor } from '../sessions/second-factor.ts';
import { tokenSizes, toCredentials } from '../wire-forms.ts';

export const getSessionToken: StsHandler<typeof GetSessionToken> = async (input, context) => {
  const { identity, caller } = context;
  const principal = principalOf(caller);
  const owner = ownerOf(principal);
  const mfaAtMs = await proveSecondFactor(context, principal, input);
  const minted = identity.mintSession({
    account: principal.accountId,
    source: { kind: 'user', owner, accessKeyId: caller.accessKeyId },
    tokenLengthMin: input.MinimumSessionTokenSize,
    durationSeconds: userSeconds(input.DurationSeconds, owner.kind),
    mfaAtMs,
  });
  return { Credentials: toCredentials(minted), ...tokenSizes(minted) };
};
