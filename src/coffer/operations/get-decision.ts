import type { GetDecision } from '../api.ts';
import type { CofferHandler } from '../handler.ts';
import { tracesAsJson } from '../traces.ts';

export const getDecision: CofferHandler<typeof GetDecision> = async (
  { RequestId },
  { decisions, identity, account },
) => ({ Decisions: await tracesAsJson(identity, await decisions.find(RequestId, account)) });
