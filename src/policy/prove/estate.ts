import type { CompiledPolicy } from '../compile.ts';

/**
 * Everything that decides: who there is, what they may, and what buckets and roles say. An account
 * exists when it is listed; principals of all others are strangers, of whom everything is possible.
 */
export interface Estate {
  readonly accounts: readonly EstateAccount[];
  readonly users: readonly EstateUser[];
  readonly roles: readonly EstateRole[];
  readonly buckets: readonly EstateBucket[];
}

export interface EstateAccount {
  /** Twelve digits. */
  readonly id: string;
  readonly canonicalUserId?: string | undefined;
}

interface EstateActor {
  readonly accountId: string;
  readonly arn: string;
  readonly name: string;
  /** `AIDA…` or `AROA…`. */
  readonly id: string;
  /** The id is not known, and made up to have one: nothing may rest on it. */
  readonly isIdMadeUp?: true;
  readonly identity: readonly CompiledPolicy[];
  readonly boundary?: CompiledPolicy | undefined;
}

export interface EstateUser extends EstateActor {
  /** Names of the groups, whose policies are among `identity`. */
  readonly groups: readonly string[];
  /** Undefined when the tags are not known. */
  readonly tags?: readonly { readonly key: string; readonly value: string }[] | undefined;
}

export interface EstateRole extends EstateActor {
  readonly trust?: CompiledPolicy | undefined;
}

export interface EstateBucket {
  readonly name: string;
  /** Account id. */
  readonly owner: string;
  readonly policy?: CompiledPolicy | undefined;
  /** RestrictPublicBuckets, of a bucket whose policy is public: its grants end at the account. */
  readonly isRestricted: boolean;
  /** What the bucket's ACL grants. */
  readonly acl?: CompiledPolicy | undefined;
  /**
   * What ACLs of single objects may grant: nothing where ownership is enforced; nothing to the public
   * where public ACLs are ignored.
   */
  readonly objectAcls: 'none' | 'accounts' | 'public';
}

/** All policies that name principals. */
export function resourcePoliciesOf({ buckets, roles }: Estate): readonly CompiledPolicy[] {
  return [
    ...buckets.flatMap(({ policy, acl }) => [policy, acl]),
    ...roles.map(({ trust }) => trust),
  ].filter((policy) => policy !== undefined);
}
