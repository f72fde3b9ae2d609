import { findKey } from '../lint/catalog/catalog.ts';
import type { ContextValue } from '../request.ts';

/**
 * What a condition key can be in a request, as the server computes it. What is not known of a key is
 * left open, so that a proof covers more requests than there are, never fewer.
 */
export interface KeyDomain {
  /** Whether a request may lack the key. */
  readonly isOptional: boolean;
  /** Whether a request may have several values for it. */
  readonly isList: boolean;
  /** Every text that it can be, where those are few. */
  readonly texts?: readonly string[];
  /** All its values are internet addresses. */
  readonly isAddress?: true;
}

const OPTIONAL: KeyDomain = { isOptional: true, isList: false };
const LIST: KeyDomain = { isOptional: true, isList: true };
const BOOLEAN = ['true', 'false'] as const;

const DOMAINS: Readonly<Record<string, KeyDomain>> = {
  'aws:sourceip': { isOptional: false, isList: false, isAddress: true },
  'aws:securetransport': { isOptional: false, isList: false, texts: BOOLEAN },
  'aws:requestedregion': { isOptional: false, isList: false },
  'aws:multifactorauthpresent': { isOptional: true, isList: false, texts: BOOLEAN },
  's3:authtype': {
    isOptional: true,
    isList: false,
    texts: ['REST-HEADER', 'REST-QUERY-STRING', 'POST'],
  },
  's3:signatureversion': { isOptional: true, isList: false, texts: ['AWS4-HMAC-SHA256', 'AWS'] },
  's3:objectcreationoperation': { isOptional: true, isList: false, texts: BOOLEAN },
};

/** Both tell the same moment: one cannot be chosen without the other. */
export const TIME_KEYS = { date: 'aws:currenttime', seconds: 'aws:epochtime' } as const;

export function isTimeKey(key: string): boolean {
  return key === TIME_KEYS.date || key === TIME_KEYS.seconds;
}

/** Of keys of these AWS says which have several values; those of identity providers may all. */
const OF_SERVICES = /^(?:aws|s3|sts|iam):/;

/** The domain of a key in lower case. */
export function domainOf(key: string): KeyDomain {
  const known = DOMAINS[key];
  if (known !== undefined) return known;
  const isSingle = OF_SERVICES.test(key) && findKey(key)?.isMultivalued !== true;
  return isSingle ? OPTIONAL : LIST;
}

/** A key that no request of the question has fixed. */
export const FREE = Symbol('free');

/** What is known of a key before any request is chosen; undefined where every request lacks it. */
export type KnownKeys = (key: string) => ContextValue | undefined | typeof FREE;
