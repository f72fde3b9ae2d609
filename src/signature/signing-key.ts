import { LruMap } from '../base/lru.ts';
import { hmacBytes, hmacKey } from './hmac.ts';
import type { HmacKey } from './hmac.ts';

/** What a SigV4 signing key is good for: one day, region and service. */
export interface CredentialScope {
  /** As `YYYYMMDD`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** As it begins an Authorization header and a string to sign. */
export const V4_ALGORITHM = 'AWS4-HMAC-SHA256';

/** The last part of every credential scope. */
export const SCOPE_TERMINAL = 'aws4_request';

/** As it stands in a string to sign. */
export function scopeText({ date, region, service }: CredentialScope): string {
  return `${date}/${region}/${service}/${SCOPE_TERMINAL}`;
}

/** Derives the key of a scope, by four chained HMACs. */
export function deriveSigningKey(secretAccessKey: string, scope: CredentialScope): HmacKey {
  let key = hmacKey('sha256', `AWS4${secretAccessKey}`);
  for (const part of [scope.date, scope.region, scope.service, SCOPE_TERMINAL]) {
    key = hmacKey('sha256', hmacBytes(key, part));
  }
  return key;
}

/** Enough for a thousand active key pairs with a few services each, in about half a megabyte. */
const SIGNING_KEYS_MAX = 4096;

/**
 * Remembers derived signing keys. An entry is good only for the secret that it was derived from, so
 * a key pair that gets a new secret never verifies by the old one.
 */
export class SigningKeyCache {
  readonly #keys: LruMap<string, { secretAccessKey: string; key: HmacKey }>;

  constructor(keysMax: number = SIGNING_KEYS_MAX) {
    this.#keys = new LruMap(keysMax);
  }

  find(accessKeyId: string, secretAccessKey: string, scope: CredentialScope): HmacKey | undefined {
    const entry = this.#keys.get(nameOf(accessKeyId, scope));
    return entry?.secretAccessKey === secretAccessKey ? entry.key : undefined;
  }

  /** To be called once a signature has been verified: strangers' scopes then never displace ours. */
  remember(
    accessKeyId: string,
    secretAccessKey: string,
    scope: CredentialScope,
    key: HmacKey,
  ): void {
    this.#keys.set(nameOf(accessKeyId, scope), { secretAccessKey, key });
  }

  clear(): void {
    this.#keys.clear();
  }

  get size(): number {
    return this.#keys.size;
  }
}

function nameOf(accessKeyId: string, { date, region, service }: CredentialScope): string {
  return `${accessKeyId}/${date}/${region}/${service}`;
}
