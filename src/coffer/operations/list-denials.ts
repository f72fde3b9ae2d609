import type { Trace } from '../../decisions/index.ts';
import { DENIALS_LISTED_MAX, type ListDenials } from '../api.ts';
import type { CofferHandler } from '../handler.ts';
import { tracesAsJson } from '../traces.ts';

/** Characters of traces in one answer; who wants more goes on before the last of them. */
const LISTED_LENGTH_MAX = 4 * 1024 * 1024;

export const listDenials: CofferHandler<typeof ListDenials> = async (
  { PrincipalArn, Before, MaxItems = DENIALS_LISTED_MAX },
  { decisions, identity, account, clock },
) => {
  const found: Trace[] = [];
  const beforeMs = Before?.getTime() ?? clock.nowMs() + 1;
  let length = 0;
  for await (const trace of decisions.denials(account, beforeMs, PrincipalArn)) {
    found.push(trace);
    length += JSON.stringify(trace).length;
    if (found.length === MaxItems || length >= LISTED_LENGTH_MAX) break;
  }
  return { Denials: await tracesAsJson(identity, found) };
};
