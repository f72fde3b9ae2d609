import { DEFAULT_LEVEL, generatePolicy as generate } from '../../decisions/index.ts';
import type { GeneratePolicy } from '../api.ts';
import { namedPrincipal } from '../principal.ts';
import type { CofferHandler } from '../handler.ts';

export const generatePolicy: CofferHandler<typeof GeneratePolicy> = async (
  { PrincipalArn, Since, Level: level = DEFAULT_LEVEL, Conditions: conditions = false },
  { decisions, identity, account },
) => {
  const { actor } = await namedPrincipal(identity, account, PrincipalArn);
  const usage = await decisions.usage(actor, Since?.getTime() ?? 0);
  const { document, coverage } = generate(usage, { level, conditions });
  return {
    PolicyDocument: JSON.stringify(document, undefined, 2),
    Coverage: JSON.stringify(coverage),
  };
};
