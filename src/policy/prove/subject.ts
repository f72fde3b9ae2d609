import type {
  ApplicablePolicies,
  ContextReader,
  ContextValue,
  PolicyPrincipal,
} from '../request.ts';
import type { FREE } from './context-keys.ts';
import type { EstateRole, EstateUser } from './estate.ts';
import type { Bounds } from './key-values.ts';

/**
 * Somebody who may ask, or all who cannot be told apart. What a request says of who asks is known,
 * or has bounds and is chosen with the request; `become` then says who it is.
 */
export interface Subject {
  readonly kind: 'anonymous' | 'root' | 'user' | 'role' | 'stranger';
  /** Undefined for the anonymous. */
  readonly accountId: string | undefined;
  readonly principal: PolicyPrincipal;
  readonly policies: Omit<ApplicablePolicies, 'resource'>;
  readonly keys: ReadonlyMap<string, ContextValue | undefined | typeof FREE>;
  readonly bounds: ReadonlyMap<string, Bounds>;
  /** Whether there is such a principal already, or there could be. */
  readonly exists: boolean;
  readonly user?: EstateUser;
  readonly role?: EstateRole;
  readonly become: (context: ContextReader) => Identified;
}

export type Identified = Pick<Subject, 'principal' | 'keys'>;

/** The condition keys that say who asks. */
export const PRINCIPAL_ARN = 'aws:principalarn';
export const PRINCIPAL_ACCOUNT = 'aws:principalaccount';
export const PRINCIPAL_TYPE = 'aws:principaltype';
export const USER_ID = 'aws:userid';
export const USER_NAME = 'aws:username';
export const PROVIDER = 'aws:federatedprovider';
/** Tags of the principal; as a key of its own, what holds for those that are not listed. */
export const TAG = 'aws:principaltag/';

/** What a session is called whose name makes no difference. */
export const SESSION = 'session';

/** In the form of AWS's; of those of whom the id is not known, and so names nobody. */
export const UNKNOWN_USER_ID = 'AIDA0000000000000000';
export const UNKNOWN_ROLE_ID = 'AROA0000000000000000';

/** A name that stands for all that are not taken, and so must not be one of those. */
export function nameApart(name: string, isTaken: (name: string) => boolean): string {
  let apart = name;
  while (isTaken(apart)) apart += 'x';
  return apart;
}

export type Keys = readonly (readonly [string, ContextValue | undefined | typeof FREE])[];

/** Somebody of whom nothing is left to be chosen. */
export function fixed(
  subject: Omit<Subject, 'keys' | 'bounds' | 'become' | 'exists'>,
  keys: Keys,
  exists = true,
): Subject {
  const map = new Map(keys);
  const { principal } = subject;
  return {
    ...subject,
    exists,
    keys: map,
    bounds: new Map(),
    become: () => ({ principal, keys: map }),
  };
}

export function rootSubject(
  id: string,
  canonicalUserId: string | undefined,
  kind: 'root' | 'stranger' = 'root',
): Subject {
  const arn = `arn:aws:iam::${id}:root`;
  return fixed(
    {
      kind,
      accountId: id,
      principal: { kind: 'root', accountId: id, arn, userId: id, ...canonical(canonicalUserId) },
      policies: { identity: [] },
    },
    [
      [PRINCIPAL_ARN, arn],
      [PRINCIPAL_ACCOUNT, id],
      [PRINCIPAL_TYPE, 'Account'],
      [USER_ID, id],
      [USER_NAME, undefined],
      [PROVIDER, undefined],
    ],
  );
}

export function canonical(canonicalUserId: string | undefined) {
  return canonicalUserId === undefined ? {} : { canonicalUserId };
}

export function userKeys(accountId: string, arn: string, userId: string): Keys {
  return [
    [PRINCIPAL_ARN, arn],
    [PRINCIPAL_ACCOUNT, accountId],
    [PRINCIPAL_TYPE, 'User'],
    [USER_ID, userId],
    [USER_NAME, arn.slice(arn.lastIndexOf('/') + 1)],
    [PROVIDER, undefined],
  ];
}
