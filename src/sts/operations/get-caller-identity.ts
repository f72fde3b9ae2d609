import { principalOf } from '../../access/index.ts';
import type { GetCallerIdentity } from '../api/index.ts';
import type { StsHandler } from '../handler.ts';

export const getCallerIdentity: StsHandler<typeof GetCallerIdentity> = (_, { caller }) => {
  const { userId, accountId, arn } = principalOf(caller);
  return { UserId: userId, Account: accountId, Arn: arn };
};
