import { findUnused } from '../../decisions/index.ts';
import type { GetGrantUse } from '../api.ts';
import { namedPrincipal } from '../principal.ts';
import type { CofferHandler } from '../handler.ts';

export const getGrantUse: CofferHandler<typeof GetGrantUse> = async (
  { PrincipalArn, Since },
  { decisions, identity, account },
) => {
  const { actor, policies } = await namedPrincipal(identity, account, PrincipalArn);
  const usage = await decisions.usage(actor, Since?.getTime() ?? 0);
  return { GrantUse: JSON.stringify(findUnused(policies, usage)) };
};
