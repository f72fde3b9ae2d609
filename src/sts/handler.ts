import type { Caller } from '../access/index.ts';
import type { Clock } from '../base/clock.ts';
import type { DecisionLog } from '../decisions/index.ts';
import type { IdentityStore, Role } from '../identity/index.ts';
import type { CompiledPolicy, ContextReader } from '../policy/index.ts';
import type { Handler } from '../wire/index.ts';
import type { OpenIdVerifier, VerifiedToken } from './openid/verifier.ts';
import type { SessionTags } from './sessions/tags.ts';

/** What STS works with. */
export interface StsParts {
  readonly identity: IdentityStore;
  readonly clock: Clock;
  readonly decisions: Pick<DecisionLog, 'open'>;
}

export interface StsTools extends StsParts {
  readonly openId: OpenIdVerifier;
}

/** What an operation is on, as policies see it, and what was found out on the way. */
export interface StsTarget {
  readonly resources: readonly string[];
  /** Twelve digits. */
  readonly resourceAccount: string;
  readonly context: ContextReader;
  /** The trust policy of the role that is to be assumed. */
  readonly resourcePolicy?: CompiledPolicy;
  /** Actions that must be allowed beside those of the declaration. */
  readonly alsoAllows?: readonly string[];
  readonly found?: FoundSession;
}

/** The session that was asked for, before it is known whether it is granted. */
export interface FoundSession {
  /** The role that is to be assumed, where there is such a one. */
  readonly role?: Role | undefined;
  readonly tags: SessionTags;
  readonly sourceIdentity: string | undefined;
  readonly token?: VerifiedToken;
}

/** What a handler is given beside its input. */
export interface StsContext extends StsTools {
  readonly caller: Caller;
  readonly found: FoundSession | undefined;
}

export type StsHandler<Op> = Handler<Op, StsContext>;
