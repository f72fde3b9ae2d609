import { readFileSync } from 'node:fs';
import { getCACertificates } from 'node:tls';
import { ProfileError } from './errors.ts';

/**
 * Whom this command line trusts: Node's own list, that of the system (where people put the
 * certificates of their own servers, for all programs), and the bundle that a profile names.
 */
export function trustedAuthorities(caBundle: string | undefined): string[] {
  const usual = [...getCACertificates('default'), ...getCACertificates('system')];
  if (caBundle === undefined) return usual;
  try {
    return [...usual, readFileSync(caBundle, 'utf8')];
  } catch (error) {
    throw new ProfileError(`Could not read the CA bundle: ${(error as Error).message}`);
  }
}

/** What OpenSSL says of a certificate whose authority it does not know. */
const UNKNOWN_AUTHORITY = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** What went wrong, in the words of whoever knows most: an error of several addresses has none. */
export function unreachable(url: URL, error: Error): Error {
  const { code = '' } = error as NodeJS.ErrnoException;
  const said = UNKNOWN_AUTHORITY.has(code)
    ? 'its certificate is from an authority that is not trusted here; name one by AWS_CA_BUNDLE'
    : error.message || code;
  return new Error(`Could not reach ${url.origin}: ${said}`, { cause: error });
}
