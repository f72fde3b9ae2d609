import type { WebIdentity } from '../../identity/index.ts';
import type { VerifiedToken } from '../openid/verifier.ts';

/**
 * What a session remembers of the token that it was made from, so that permissions may speak of it
 * ("Available keys for AWS OIDC federation"). The trust policy has seen every claim.
 */
const REMEMBERED = ['sub', 'aud', 'amr', 'oaud'];
/** More a session does not carry, lest its token grow past what headers hold. */
const CLAIMS_LENGTH_MAX = 1024;

export function sessionClaims({ issuer, values }: VerifiedToken): WebIdentity['claims'] {
  const claims: Record<string, string | readonly string[]> = {};
  let length = 0;
  for (const name of REMEMBERED) {
    const value = values[name];
    if (value === undefined) continue;
    length += JSON.stringify(value).length;
    if (length > CLAIMS_LENGTH_MAX) break;
    claims[`${issuer.toLowerCase()}:${name}`] = value;
  }
  return claims;
}
