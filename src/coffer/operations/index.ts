import type { Handlers } from '../../wire/index.ts';
import type * as declarations from '../api.ts';
import type { CofferContext } from '../handler.ts';
import { getDecision } from './get-decision.ts';
import { generatePolicy } from './generate-policy.ts';
import { getGrantUse } from './get-grant-use.ts';
import { getOwnAccess } from './get-own-access.ts';
import { listDenials } from './list-denials.ts';

/** The handler of each declared operation; the compiler says when one is missing. */
export const handlers: Handlers<typeof declarations, CofferContext> = {
  GetDecision: getDecision,
  ListDenials: listDenials,
  GeneratePolicy: generatePolicy,
  GetGrantUse: getGrantUse,
  GetOwnAccess: getOwnAccess,
};
