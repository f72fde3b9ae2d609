import { IdentityError, type IdentityPrincipal, type KeyOwner } from '../identity/index.ts';
import type { IamContext } from './handler.ts';

/**
 * Whose keys or devices an operation is about: the user who is named, in the spelling of his
 * record, or else the caller.
 */
export async function ownerOf(
  userName: string | undefined,
  { identity, account, caller }: IamContext,
): Promise<KeyOwner> {
  const given = userName ?? callersName(caller);
  if (given === undefined) return { kind: 'root' };
  const { name } = await identity.getUser(account, given);
  return { kind: 'user', name };
}

/**
 * The user whom an operation that names nobody is about: the caller, undefined for root. The session
 * of a role is about nobody, least of all about root.
 */
export function callersName({ kind, userName }: IdentityPrincipal): string | undefined {
  if (kind === 'user' || kind === 'root') return userName;
  throw new IdentityError(
    'ValidationError',
    'Must specify userName when calling with non-User credentials',
  );
}
