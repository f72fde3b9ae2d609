import type { PolicyCondition } from '../document.ts';

/**
 * One line of an assertions file: of all requests that principals, actions, resources and
 * conditions describe, every one is allowed, or none is.
 */
export interface Assertion {
  /** As written, on one line and without comments. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
  readonly principals: Selection<PrincipalPattern>;
  readonly verb: 'CAN' | 'CANNOT';
  /** Patterns of action names. */
  readonly actions: Selection<string>;
  /** Patterns of ARNs in which `${…}` is filled in; `*` is every resource. */
  readonly resources: Selection<string>;
  /** All of them hold for the requests in question. */
  readonly where: readonly PolicyCondition[];
}

/** Whatever one of `of` names and none of `except`. */
export interface Selection<T> {
  readonly of: readonly T[];
  readonly except: readonly T[];
}

export type PrincipalPattern =
  /** Everybody but root users: nothing but a Deny in a resource's policy holds those. */
  | { readonly kind: 'anyone' }
  | { readonly kind: 'anonymous' }
  /** The principals of accounts that do not own the resource. */
  | { readonly kind: 'outsiders' }
  | { readonly kind: 'root'; readonly account: string | undefined }
  /** The users and roles of one account, or of each. */
  | { readonly kind: 'account'; readonly account: string | undefined }
  /** `name` may have wildcards. A group is its members. */
  | { readonly kind: 'user' | 'role' | 'group'; readonly name: string }
  /** Of a user, a role, a session or root; may have wildcards. */
  | { readonly kind: 'arn'; readonly arn: string };

export interface Assertions {
  readonly list: readonly Assertion[];
  /** `ASSUME no object ACLs`: every object is its bucket owner's and has no ACL of its own. */
  readonly assumesNoObjectAcls: boolean;
}

/** What is wrong with an assertions file, and where. Line and column count from 1. */
export interface AssertionFault {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

export type ParsedAssertions =
  | { readonly ok: true; readonly assertions: Assertions }
  | { readonly ok: false; readonly faults: readonly AssertionFault[] };
