import type { IdentityPrincipal } from '../../identity/index.ts';
import type { Handler } from '../../wire/index.ts';
import type { GetCallerIdentity } from '../api.ts';

export const getCallerIdentity: Handler<typeof GetCallerIdentity, IdentityPrincipal> = (
  _,
  { userId, accountId, arn },
) => ({ UserId: userId, Account: accountId, Arn: arn });
