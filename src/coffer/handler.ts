import type { Caller } from '../access/index.ts';
import type { Clock } from '../base/clock.ts';
import type { RequestHead } from '../base/http.ts';
import type { DecisionLog } from '../decisions/index.ts';
import type { IdentityStore } from '../identity/index.ts';
import type { ObjectStore } from '../objects/store.ts';
import type { Handler, QueryOperation } from '../wire/index.ts';

/** What the service is made of. */
export interface CofferParts {
  readonly decisions: DecisionLog;
  readonly identity: IdentityStore;
  readonly objects: ObjectStore;
  readonly region: string;
  readonly clock: Clock;
}

export interface CofferContext extends CofferParts {
  readonly caller: Caller;
  readonly head: RequestHead;
  /** Of the caller. */
  readonly account: string;
}

export type CofferHandler<Op extends QueryOperation> = Handler<Op, CofferContext>;
