import type { Clock } from '../base/clock.ts';
import type { IdentityPrincipal, IdentityStore } from '../identity/index.ts';
import type { Handler } from '../wire/index.ts';

/** What a handler is given beside its input: the store, and who asks. */
export interface IamContext {
  readonly identity: IdentityStore;
  readonly clock: Clock;
  readonly caller: IdentityPrincipal;
  /** The caller's account, which is the only one that IAM's operations reach. */
  readonly account: string;
}

export type IamHandler<Op> = Handler<Op, IamContext>;
