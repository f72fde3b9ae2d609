import type { Tags } from '../../identity/index.ts';
import { tagKey, tagValue } from '../api/scalars.ts';
import { TAGS_MAX } from '../api/shapes.ts';
import { StsError } from '../errors.ts';

/** What a token says, as far as it is used. */
export interface TokenClaims {
  readonly subject: string;
  /** Whom the token is for: the authorized party where it names one, else every audience. */
  readonly audiences: readonly string[];
  /** Every claim that a condition can hold something against, by its name in lower case. */
  readonly values: Readonly<Record<string, string | readonly string[]>>;
  readonly tags: Tags;
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity: string | undefined;
}

const SUBJECT_LENGTH_MAX = 255;
/** A token of which the issuer's clock says that it is of the future, by so little, is believed. */
const CLOCK_SKEW_SECONDS = 60;

const TAGS_CLAIM = 'https://aws.amazon.com/tags';
const SOURCE_IDENTITY_CLAIM = 'https://aws.amazon.com/source_identity';
const SOURCE_IDENTITY = /^[\w+=,.@-]{2,64}$/;

/** Reads the claims of a token whose signature is proved. Throws StsError in AWS's words. */
export function readTokenClaims(
  claims: Readonly<Record<string, unknown>>,
  nowMs: number,
): TokenClaims {
  const { sub, aud, azp } = claims;
  checkTimes(claims, Math.floor(nowMs / 1000));
  if (typeof sub !== 'string' || sub === '') throw missing('sub');
  if (sub.length > SUBJECT_LENGTH_MAX) {
    throw rejected(`The sub claim is longer than ${SUBJECT_LENGTH_MAX} characters`);
  }
  const audiences = textsOf(aud);
  if (audiences === undefined || audiences.length === 0) throw missing('aud');
  const party = typeof azp === 'string' && azp !== '' ? azp : undefined;
  const [audience = ''] = audiences;
  const { oaud: _, ...values } = conditionValues(claims);
  return {
    subject: sub,
    audiences: party === undefined ? audiences : [party],
    values: {
      ...values,
      // "Available keys for AWS OIDC federation": where there is an azp, it is what aud means.
      aud: party ?? (audiences.length === 1 ? audience : audiences),
      ...(party === undefined ? {} : { oaud: audiences.length === 1 ? audience : audiences }),
    },
    ...tagsOf(claims[TAGS_CLAIM]),
    sourceIdentity: sourceIdentityOf(claims[SOURCE_IDENTITY_CLAIM]),
  };
}

function checkTimes({ exp, nbf, iat }: Readonly<Record<string, unknown>>, now: number): void {
  if (typeof exp !== 'number') throw missing('exp');
  if (typeof iat !== 'number') throw missing('iat');
  if (now >= exp) {
    throw new StsError(
      'ExpiredTokenException',
      `Token expired: current date/time ${now} must be before the expiration date/time ${exp}`,
    );
  }
  const begins = Math.max(iat, typeof nbf === 'number' ? nbf : iat);
  if (begins > now + CLOCK_SKEW_SECONDS) {
    throw new StsError(
      'InvalidIdentityToken',
      `Token is not valid yet: current date/time ${now} must not be before ${begins}`,
    );
  }
}

/**
 * By names in lower case, since condition keys have no case. Claims do: beside `sub`, which the issuer
 * answers for, a `Sub` that some issuers let their users choose counts for nothing.
 */
function conditionValues(claims: Readonly<Record<string, unknown>>) {
  const values: [string, string | readonly string[]][] = [];
  for (const [name, claim] of Object.entries(claims)) {
    const key = name.toLowerCase();
    if (key !== name && Object.hasOwn(claims, key)) continue;
    if (typeof claim === 'string') values.push([key, claim]);
    else if (typeof claim === 'number' || typeof claim === 'boolean') {
      values.push([key, String(claim)]);
    } else if (isTexts(claim)) values.push([key, claim]);
  }
  return Object.fromEntries(values);
}

/** "Passing session tags using AssumeRoleWithWebIdentity": each value stands in a list of one. */
function tagsOf(claim: unknown): Pick<TokenClaims, 'tags' | 'transitiveTagKeys'> {
  if (claim === undefined) return { tags: [], transitiveTagKeys: [] };
  const { principal_tags: given = {}, transitive_tag_keys: keys = [] } = (claim ?? {}) as {
    readonly principal_tags?: unknown;
    readonly transitive_tag_keys?: unknown;
  };
  if (typeof given !== 'object' || given === null || !isTexts(keys)) {
    throw rejected(`The claim ${TAGS_CLAIM} is malformed`);
  }
  const tags = Object.entries(given).map(([key, values]) => {
    const [value, ...more] = textsOf(values) ?? [];
    if (value === undefined || more.length > 0) {
      throw rejected(`The claim ${TAGS_CLAIM} has not one value for ${key}`);
    }
    const broken = [...(tagKey.violations?.(key) ?? []), ...(tagValue.violations?.(value) ?? [])];
    if (broken.length > 0) throw rejected(`The claim ${TAGS_CLAIM}: ${broken[0]}`);
    return { key, value };
  });
  if (tags.length > TAGS_MAX) throw rejected(`The claim ${TAGS_CLAIM} has more than ${TAGS_MAX}`);
  return { tags, transitiveTagKeys: keys };
}

function sourceIdentityOf(claim: unknown): string | undefined {
  if (claim === undefined) return undefined;
  if (typeof claim === 'string' && SOURCE_IDENTITY.test(claim)) return claim;
  throw rejected(`The claim ${SOURCE_IDENTITY_CLAIM} is malformed`);
}

function textsOf(claim: unknown): readonly string[] | undefined {
  if (typeof claim === 'string') return [claim];
  return isTexts(claim) ? claim : undefined;
}

function isTexts(claim: unknown): claim is readonly string[] {
  return Array.isArray(claim) && claim.every((each) => typeof each === 'string');
}

function missing(claim: string): StsError {
  return new StsError('InvalidIdentityToken', `Missing a required claim: ${claim}`);
}

function rejected(message: string): StsError {
  return new StsError('IDPRejectedClaim', message);
}
