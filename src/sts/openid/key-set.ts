import { createPublicKey, verify, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { Jwt } from './jwt.ts';

/** A key that an issuer publishes for signatures (RFC 7517). */
export interface PublishedKey {
  readonly id: string | undefined;
  /** The only algorithm that the key is for, where its issuer says so. */
  readonly algorithm: string | undefined;
  readonly key: KeyObject;
}

/** More keys than any issuer has in use; each is tried for a token that does not name its key. */
const KEYS_MAX = 64;
/** What NIST SP 800-131A asks of RSA. */
const RSA_BITS_MIN = 2048;
/**
 * Larger than any issuer's. Anybody may send a token, and every key may be tried: none shall cost as
 * much as it can be made to (24 milliseconds under an exponent of its modulus' length).
 */
const RSA_BITS_MAX = 8192;
const RSA_EXPONENT_MAX = 2n ** 32n;

/** The usable keys of a published set; those of other kinds and uses are passed over. */
export function readKeySet(document: unknown): readonly PublishedKey[] {
  const { keys } = (document ?? {}) as { readonly keys?: unknown };
  if (!Array.isArray(keys)) return [];
  return keys
    .slice(0, KEYS_MAX)
    .map(readKey)
    .filter((key) => key !== undefined);
}

function readKey(jwk: unknown): PublishedKey | undefined {
  if (typeof jwk !== 'object' || jwk === null) return undefined;
  const { kid, alg, use, kty } = jwk as JsonWebKey & Record<string, unknown>;
  if ((kty !== 'RSA' && kty !== 'EC') || (use !== undefined && use !== 'sig')) return undefined;
  try {
    const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
    if (kty === 'RSA' && !isUsual(key)) return undefined;
    return {
      id: typeof kid === 'string' ? kid : undefined,
      algorithm: typeof alg === 'string' ? alg : undefined,
      key,
    };
  } catch {
    return undefined;
  }
}

function isUsual({ asymmetricKeyDetails }: KeyObject): boolean {
  const { modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails ?? {};
  return (
    modulusLength >= RSA_BITS_MIN &&
    modulusLength <= RSA_BITS_MAX &&
    publicExponent <= RSA_EXPONENT_MAX
  );
}

interface Algorithm {
  readonly hash: string;
  readonly keyType: 'rsa' | 'ec';
  /** As Node calls it. */
  readonly curve?: string;
}

/** RFC 7518, section 3.1, but for what proves nothing (`none`) and what needs a shared secret. */
const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map([
  ['RS256', { hash: 'sha256', keyType: 'rsa' }],
  ['RS384', { hash: 'sha384', keyType: 'rsa' }],
  ['RS512', { hash: 'sha512', keyType: 'rsa' }],
  ['ES256', { hash: 'sha256', keyType: 'ec', curve: 'prime256v1' }],
  ['ES384', { hash: 'sha384', keyType: 'ec', curve: 'secp384r1' }],
  ['ES512', { hash: 'sha512', keyType: 'ec', curve: 'secp521r1' }],
]);

export function isKnownAlgorithm(name: string): boolean {
  return ALGORITHMS.has(name);
}

/** Of the published keys those that can have signed the token. */
export function keysFor({ algorithm, keyId }: Jwt, keys: readonly PublishedKey[]) {
  const wanted = ALGORITHMS.get(algorithm);
  return keys.filter((published) => {
    const { asymmetricKeyType, asymmetricKeyDetails } = published.key;
    return (
      (keyId === undefined || published.id === keyId) &&
      (published.algorithm === undefined || published.algorithm === algorithm) &&
      asymmetricKeyType === wanted?.keyType &&
      (wanted?.curve === undefined || asymmetricKeyDetails?.namedCurve === wanted.curve)
    );
  });
}

/** Whether one of the keys, which `keysFor` chose, has signed the token. */
export function isSignedByOne(jwt: Jwt, keys: readonly PublishedKey[]): boolean {
  const algorithm = ALGORITHMS.get(jwt.algorithm);
  if (algorithm === undefined) return false;
  const signed = Buffer.from(jwt.signed);
  // RFC 7518, section 3.4: elliptic signatures are the two numbers in a row, no ASN.1.
  return keys.some(({ key }) =>
    verify(algorithm.hash, signed, { key, dsaEncoding: 'ieee-p1363' }, jwt.signature),
  );
}
