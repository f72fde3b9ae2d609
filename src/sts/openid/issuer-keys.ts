import type { Clock } from '../../base/clock.ts';
import { LruMap } from '../../base/lru.ts';
import { FetchError, fetchJson, issuerAddress } from './fetch-json.ts';
import { readKeySet, type PublishedKey } from './key-set.ts';

/** Issuers whose keys are remembered; more than one account may have providers. */
const ISSUERS_MAX = 256;
/** Keys are looked up again after this time, so that one that is withdrawn counts no longer. */
const KEYS_LIFETIME_MS = 10 * 60_000;
/**
 * How soon an issuer is asked again, for a key that it has not published or after it has failed.
 * Anybody can send a token that names an unknown key.
 */
const ASK_AGAIN_MS = 10_000;

/** An issuer, and whose word its certificates may have beside the authorities that all know. */
export interface TrustedIssuer {
  readonly url: string;
  readonly thumbprints: readonly string[];
}

/** What one account believes of an issuer's certificate is nothing to another. */
function nameOf({ url, thumbprints }: TrustedIssuer): string {
  return [url, ...thumbprints].join(' ');
}

interface Known {
  keys: readonly PublishedKey[] | undefined;
  foundAtMs: number;
  askedAtMs: number;
  /** While the issuer is being asked. */
  asking: Promise<readonly PublishedKey[]> | undefined;
}

/** The keys that issuers publish (OpenID Connect Discovery 1.0, section 4), asked for once in a while. */
export class IssuerKeys {
  readonly #clock: Clock;
  readonly #known = new LruMap<string, Known>(ISSUERS_MAX);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * The keys of an issuer, of which `isEnough` says whether the one that is looked for is there: if
   * not, it may be newer than what is known. Rejects when nothing is known and the issuer does not
   * answer; what is known stays good for its time, whether he answers or not.
   */
  async find(
    issuer: TrustedIssuer,
    isEnough: (keys: readonly PublishedKey[]) => boolean,
  ): Promise<readonly PublishedKey[]> {
    const known = this.#knownOf(issuer);
    const keys = this.#age(known.foundAtMs) < KEYS_LIFETIME_MS ? known.keys : undefined;
    if (keys !== undefined && isEnough(keys)) return keys;
    if (known.asking === undefined && this.#age(known.askedAtMs) >= ASK_AGAIN_MS) {
      known.asking = this.#ask(issuer, known).finally(() => (known.asking = undefined));
    }
    try {
      const newer = await known.asking;
      if (newer !== undefined) return newer;
    } catch (error) {
      if (keys === undefined) throw error;
    }
    if (keys !== undefined) return keys;
    throw new FetchError(`${issuer.url} did not answer a moment ago`);
  }

  #knownOf(issuer: TrustedIssuer): Known {
    const name = nameOf(issuer);
    const known = this.#known.get(name) ?? {
      keys: undefined,
      foundAtMs: -Infinity,
      askedAtMs: -Infinity,
      asking: undefined,
    };
    this.#known.set(name, known);
    return known;
  }

  #age(atMs: number): number {
    return this.#clock.nowMs() - atMs;
  }

  async #ask(issuer: TrustedIssuer, known: Known): Promise<readonly PublishedKey[]> {
    known.askedAtMs = this.#clock.nowMs();
    known.keys = await fetchKeys(issuer);
    known.foundAtMs = known.askedAtMs;
    return known.keys;
  }
}

async function fetchKeys({
  url: issuer,
  thumbprints,
}: TrustedIssuer): Promise<readonly PublishedKey[]> {
  const at = issuerAddress(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  if (at === undefined) throw new FetchError(`${issuer} is no address to fetch keys from`);
  const configuration = (await fetchJson(at, thumbprints)) as {
    readonly issuer?: unknown;
    readonly jwks_uri?: unknown;
  } | null;
  // Section 4.3: otherwise any issuer could hand out another one's keys, or take its place.
  if (configuration?.issuer !== issuer) {
    throw new FetchError(`${at.href} speaks for another issuer`);
  }
  const { jwks_uri: keysAt } = configuration;
  const url = typeof keysAt === 'string' ? issuerAddress(keysAt) : undefined;
  // An issuer elsewhere must not make this server ask this machine.
  if (url === undefined || (url.protocol === 'http:' && at.protocol !== 'http:')) {
    throw new FetchError(`${at.href} names no address of keys`);
  }
  return readKeySet(await fetchJson(url, thumbprints));
}
