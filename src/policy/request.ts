import type { CompiledPolicy } from './compile.ts';
import type { PolicySource } from './document.ts';

/** Who asks. ARNs and unique ids are those that policies name. */
export type PolicyPrincipal =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'root' | 'user';
      readonly accountId: string;
      readonly arn: string;
      /** The account id for root, `AIDA…` for a user. */
      readonly userId: string;
      readonly canonicalUserId?: string;
    }
  | {
      readonly kind: 'assumed-role';
      readonly accountId: string;
      /** The session's ARN, `arn:aws:sts::…:assumed-role/Role/session`. */
      readonly arn: string;
      readonly roleArn: string;
      /** `AROA…`. */
      readonly roleId: string;
      /** `AROA…:session`. */
      readonly userId: string;
      readonly canonicalUserId?: string;
    }
  | {
      readonly kind: 'federated-user';
      readonly accountId: string;
      /** `arn:aws:sts::…:federated-user/name`. */
      readonly arn: string;
      /** The user, or root, who called GetFederationToken. */
      readonly userArn: string;
      /** `accountId:name`. */
      readonly userId: string;
      /** `AIDA…` of the user who called GetFederationToken, when it was a user. */
      readonly callerUserId?: string;
      readonly canonicalUserId?: string;
    }
  | { readonly kind: 'service'; readonly service: string };

export type ContextValue = string | readonly string[];

/** A condition key in lower case to its value; undefined when the request has no such key. */
export type ContextReader = (key: string) => ContextValue | undefined;

export interface AccessRequest {
  readonly principal: PolicyPrincipal;
  readonly action: string;
  /** An ARN, or `*` for an action that concerns the account. */
  readonly resource: string;
  readonly resourceAccountId: string;
  /** Asked lazily, and only for keys that a policy names. */
  readonly context: ContextReader;
}

export interface ApplicablePolicies {
  /** Of the user and its groups, or of the role. A federated user has its caller's. */
  readonly identity: readonly CompiledPolicy[];
  /** The bucket's policy; for sts:AssumeRole the role's trust policy. */
  readonly resource?: CompiledPolicy;
  readonly boundary?: CompiledPolicy;
  /** What was passed when the session began. Together they allow what any of them allows. */
  readonly session?: readonly CompiledPolicy[];
  /** Those of the principal's account, one list for each level from the root downwards. */
  readonly serviceControl?: readonly (readonly CompiledPolicy[])[];
  /** Those of the resource's account, one list for each level from the root downwards. */
  readonly resourceControl?: readonly (readonly CompiledPolicy[])[];
}

export interface Decision {
  readonly effect: 'Allow' | 'ExplicitDeny' | 'ImplicitDeny';
  /** The statement that allowed or denied. Root's own account allows without one. */
  readonly by?: {
    readonly source: PolicySource;
    readonly statementIndex: number;
    readonly sid?: string;
  };
  /** Which kind of policy lacked an Allow. */
  readonly lacking?: PolicySource['type'];
  /** What went wrong while deciding. The decision is then a denial. */
  readonly error?: unknown;
}
