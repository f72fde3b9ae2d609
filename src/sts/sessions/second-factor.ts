import { AccessError } from '../../access/index.ts';
import type { Clock } from '../../base/clock.ts';
import type { CredentialOwner, IdentityPrincipal, IdentityStore } from '../../identity/index.ts';

interface SecondFactorInput {
  readonly SerialNumber?: string | undefined;
  readonly TokenCode?: string | undefined;
}

/**
 * When the caller proved a second factor: now, or not at all. Throws AccessError in AWS's words for
 * a proof that fails. A code is used up by being right, whatever becomes of the request.
 */
export async function proveSecondFactor(
  { identity, clock }: { readonly identity: IdentityStore; readonly clock: Clock },
  principal: IdentityPrincipal,
  { SerialNumber, TokenCode }: SecondFactorInput,
): Promise<number | undefined> {
  if (SerialNumber === undefined && TokenCode === undefined) return undefined;
  if (SerialNumber === undefined || TokenCode === undefined) {
    throw failed(', must provide both MFA serial number and one time pass code.');
  }
  const holder = holderOf(principal);
  const verdict =
    holder === undefined
      ? 'notHeld'
      : await identity.verifyMfa(principal.accountId, holder, SerialNumber, TokenCode);
  if (verdict === 'valid') return clock.nowMs();
  throw failed(
    verdict === 'wrongCode'
      ? ' with invalid MFA one time pass code.'
      : ', unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
  );
}

/** Only users and root have devices. */
function holderOf({ kind, userId }: IdentityPrincipal): CredentialOwner | undefined {
  if (kind === 'root') return { kind: 'root' };
  return kind === 'user' ? { kind: 'user', id: userId } : undefined;
}

function failed(how: string): AccessError {
  return new AccessError('AccessDenied', `MultiFactorAuthentication failed${how}`);
}
