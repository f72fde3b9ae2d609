import type { IdentityPrincipal } from '../../identity/index.ts';
import type { Handlers } from '../../wire/index.ts';
import type * as declarations from '../api.ts';
import { getCallerIdentity } from './get-caller-identity.ts';

/** The handler of each declared operation; the compiler says when one is missing. */
export const handlers: Handlers<typeof declarations, IdentityPrincipal> = {
  GetCallerIdentity: getCallerIdentity,
};
