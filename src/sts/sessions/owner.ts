import { assert } from '../../base/assert.ts';
import type { CredentialOwner, IdentityPrincipal } from '../../identity/index.ts';

/** Of whom a session is made that a user or root asks for, for himself or for whom he vouches. */
export function ownerOf({ kind, userId }: IdentityPrincipal): CredentialOwner {
  if (kind === 'root') return { kind };
  assert(kind === 'user', 'Sessions of other kinds cannot call this');
  return { kind, id: userId };
}
