import type { KeyOwner } from '../identity/index.ts';
import type { IamContext } from './handler.ts';

/**
 * Whose keys or devices an operation is about: the user who is named, in the spelling of his
 * record, or else the caller.
 */
export async function ownerOf(
  userName: string | undefined,
  { identity, account, caller }: IamContext,
): Promise<KeyOwner> {
  const given = userName ?? caller.userName;
  if (given === undefined) return { kind: 'root' };
  const { name } = await identity.getUser(account, given);
  return { kind: 'user', name };
}
