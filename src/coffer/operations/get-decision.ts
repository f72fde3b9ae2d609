import type { GetDecision } from '../api.ts';
import type { CofferHandler } from '../service.ts';

export const getDecision: CofferHandler<typeof GetDecision> = async (
  { RequestId },
  { decisions, account },
) => ({ Decisions: JSON.stringify(await decisions.find(RequestId, account)) });
