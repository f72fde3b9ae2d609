import type { PolicySource } from '../document.ts';
import type { ContextValue, Decision, PolicyPrincipal } from '../request.ts';

/**
 * Why a request was allowed or denied, as plain data: it can be stored, sent and shown as it is.
 * It holds what the request's context said of itself and what the policies say, and is as large
 * as `limits.ts` lets it be at most.
 */
export interface Explanation {
  readonly request: ExplainedRequest;
  readonly decision: ExplainedDecision;
  /** Every policy that was asked, in the order in which policies are considered. */
  readonly policies: readonly ExplainedPolicy[];
  /** The Deny statements that apply: each of them would have to change. Empty unless denied so. */
  readonly denials: readonly StatementName[];
  /**
   * What would have to be added, in this order, for the request to be allowed once `denials` are
   * out of the way. Empty when nothing is missing, and when no statement can say it.
   */
  readonly missing: readonly MissingGrant[];
}

export interface ExplainedRequest {
  readonly principal: PolicyPrincipal;
  readonly action: string;
  readonly resource: string;
  readonly resourceAccountId: string;
  /** The keys that policies asked for, in lower case; null where the request has no such key. */
  readonly context: Readonly<Record<string, ContextValue | null>>;
}

/** A `Decision`, its error in words. */
export interface ExplainedDecision extends Omit<Decision, 'error'> {
  readonly error?: string;
}

export interface StatementName {
  readonly source: PolicySource;
  /** From 0. */
  readonly statementIndex: number;
  readonly sid?: string;
}

export interface ExplainedPolicy {
  readonly source: PolicySource;
  /** Of an organization's policies: the level that it stands on, 0 for the root. */
  readonly level?: number;
  /** How many statements the policy has. Fewer may be shown: first go those of other actions. */
  readonly statementCount: number;
  readonly statements: readonly ExplainedStatement[];
}

export interface ExplainedStatement {
  /** From 0, in the policy's document. */
  readonly index: number;
  readonly sid?: string;
  readonly effect: 'Allow' | 'Deny';
  /** Every element matches, every condition holds, and the statement is not set aside. */
  readonly applies: boolean;
  /** Left out of account whatever it says, as blocked public access does to a bucket policy. */
  readonly isSetAside: boolean;
  /** Absent where the kind of policy has no such element. */
  readonly principal?: ExplainedPrincipals;
  readonly action: ExplainedElement;
  readonly resource?: ExplainedElement;
  readonly conditions: readonly ExplainedCondition[];
}

export interface ExplainedElement {
  readonly name: 'Principal' | 'NotPrincipal' | 'Action' | 'NotAction' | 'Resource' | 'NotResource';
  readonly matched: boolean;
  /** What the request has. */
  readonly asked: string;
  /** What the statement lists, what matches first. */
  readonly values: readonly ExplainedValue[];
  /** How many of its values are not shown. */
  readonly omitted: number;
}

export interface ExplainedPrincipals extends ExplainedElement {
  /** How directly it names who asks; by the account alone it only delegates to that account. */
  readonly reach: 'none' | 'account' | 'role' | 'direct';
}

export interface ExplainedValue {
  /** As it is written. */
  readonly text: string;
  /** With its variables filled in; null when one of them has no value. Absent without variables. */
  readonly meaning?: string | null;
  /** Whether this one value matches what was asked, the element's negation apart. */
  readonly matched: boolean;
}

export interface ExplainedCondition {
  /** As AWS spells it, such as `ForAnyValue:StringNotLikeIfExists`. */
  readonly operator: string;
  readonly key: string;
  readonly matched: boolean;
  /** The request's value or values; null when it has no such key. */
  readonly asked: ContextValue | null;
  readonly values: readonly Omit<ExplainedValue, 'matched'>[];
  readonly omitted: number;
}

/** A grant that one kind of policy lacks. */
export interface MissingGrant {
  readonly type: PolicySource['type'];
  /** Of an organization's policies: the level that lacks it, 0 for the root. */
  readonly level?: number;
  /** Whose policy: the ARN of the principal or of the resource, or the id of an account. */
  readonly whose: string;
  /** The smallest statement that gives it. */
  readonly statement: GrantStatement;
  /** Allow statements of that kind that one thing alone keeps from applying. */
  readonly near: readonly NearMiss[];
}

/** An Allow statement as it stands in a document. */
export interface GrantStatement {
  readonly Effect: 'Allow';
  readonly Principal?: '*' | Readonly<Record<string, string>>;
  readonly Action: string;
  readonly Resource?: string;
}

/** An Allow statement and the one element or condition that failed; neither when it is set aside. */
export interface NearMiss extends StatementName {
  readonly element?: ExplainedElement;
  readonly condition?: ExplainedCondition;
}
