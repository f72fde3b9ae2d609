import type { ConditionOperator } from './operator.ts';

/** What a document may be attached to; it decides which elements a statement must and may have. */
export type PolicyKind = 'identity' | 'resource' | 'trust';

/** Where a compiled policy comes from, in the words of AWS's access denied messages. */
export interface PolicySource {
  readonly type:
    | 'identity-based'
    | 'resource-based'
    | 'permissions boundary'
    | 'session'
    | 'service control'
    | 'resource control'
    | 'trust';
  /** The ARN of a managed policy or of the resource; the name of an inline policy. */
  readonly id: string;
}

/** A document without `Version` is of 2008-10-17, as AWS has it: its `${...}` are plain text. */
export type PolicyVersion = '2008-10-17' | '2012-10-17';

/** A list of values longer than this fits into no quota of AWS. */
export const VALUES_MAX = 5000;

export interface PolicyDocument {
  readonly version: PolicyVersion;
  readonly id?: string;
  readonly statements: readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly sid?: string;
  readonly effect: 'Allow' | 'Deny';
  /** Absent in identity policies. A resource policy's statement without one matches nobody. */
  readonly principals?: PolicyPrincipals;
  readonly actions: PolicyPatterns;
  /** Absent in trust policies, where the resource is the role that carries the document. */
  readonly resources?: PolicyPatterns;
  /** All of them must hold. */
  readonly conditions: readonly PolicyCondition[];
}

/** `Action` or `NotAction`, `Resource` or `NotResource`. */
export interface PolicyPatterns {
  readonly negated: boolean;
  readonly patterns: readonly string[];
}

/** `Principal` or `NotPrincipal`. */
export interface PolicyPrincipals {
  readonly negated: boolean;
  /** `"*"` or `{"AWS": "*"}`: everybody, the anonymous included. */
  readonly everyone: boolean;
  /** Account ids, ARNs and unique ids (`AIDA…`, `AROA…`). */
  readonly aws: readonly string[];
  readonly canonicalUser: readonly string[];
  readonly federated: readonly string[];
  readonly service: readonly string[];
}

export interface PolicyCondition {
  readonly operator: ConditionOperator;
  /** As written. Keys are compared in lower case. */
  readonly key: string;
  readonly values: readonly string[];
}

/** The resource patterns that a document names, `NotResource` included, each once. */
export function documentResources(document: PolicyDocument): readonly string[] {
  const patterns = document.statements.flatMap(({ resources }) => resources?.patterns ?? []);
  return [...new Set(patterns)];
}

/** The account ids, ARNs and unique ids that a document names as AWS principals, each once. */
export function documentPrincipals(document: PolicyDocument): readonly string[] {
  const principals = document.statements.flatMap((statement) => statement.principals?.aws ?? []);
  return [...new Set(principals)];
}
