import type { Trace } from '../../decisions/index.ts';
import { DENIALS_LISTED_MAX, type ListDenials } from '../api.ts';
import type { CofferHandler } from '../handler.ts';
import { tracesAsJson } from '../traces.ts';

export const listDenials: CofferHandler<typeof ListDenials> = async (
  { PrincipalArn, Before, MaxItems = DENIALS_LISTED_MAX },
  { decisions, identity, account, clock },
) => {
  const found: Trace[] = [];
  const beforeMs = Before?.getTime() ?? clock.nowMs() + 1;
  for await (const trace of decisions.denials(account, beforeMs)) {
    if (PrincipalArn !== undefined && trace.principalArn !== PrincipalArn) continue;
    found.push(trace);
    if (found.length === MaxItems) break;
  }
  return { Denials: await tracesAsJson(identity, found) };
};
