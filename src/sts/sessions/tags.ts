import { isReservedTag, type LiveSession, type Tags } from '../../identity/index.ts';
import { StsError } from '../errors.ts';

export interface TagsInput {
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[] | undefined;
  readonly TransitiveTagKeys?: readonly string[] | undefined;
}

export interface SessionTags {
  /** What the session is tagged with: what was inherited, then what was asked for. */
  readonly tags: Tags;
  readonly transitiveTagKeys: readonly string[];
  readonly hasInherited: boolean;
}

/**
 * The tags of a session that is asked for under another one, which may pass some on ("Pass session
 * tags in AWS STS", Chaining roles with session tags). Keys are compared without regard to case.
 */
export function chooseTags(calling: LiveSession | undefined, input: TagsInput): SessionTags {
  const asked = (input.Tags ?? []).map(({ Key, Value }) => ({ key: Key, value: Value }));
  const keys = new Set(asked.map(({ key }) => key.toLowerCase()));
  if (keys.size < asked.length) {
    throw invalid('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
  if (asked.some(isReservedTag)) {
    throw invalid('Tag keys and values that begin with aws: are reserved for system use.');
  }
  const transitive = (input.TransitiveTagKeys ?? []).map((key) => key.toLowerCase());
  if (transitive.some((key) => !keys.has(key))) {
    throw invalid('The specified transitive tag key must be included in the requested tags.');
  }
  const inheritedKeys = calling?.transitiveTagKeys ?? [];
  if (inheritedKeys.some((key) => keys.has(key))) {
    throw invalid(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    );
  }
  const inherited = (calling?.tags ?? []).filter(({ key }) =>
    inheritedKeys.includes(key.toLowerCase()),
  );
  return {
    tags: [...inherited, ...asked],
    transitiveTagKeys: [...inheritedKeys, ...new Set(transitive)],
    hasInherited: inherited.length > 0,
  };
}

/** Who is behind the session: whoever was named first in the chain, for good. */
export function chooseSourceIdentity(
  calling: LiveSession | undefined,
  asked: string | undefined,
): string | undefined {
  const known = calling?.sourceIdentity;
  if (known === undefined || asked === undefined || asked === known) return known ?? asked;
  throw invalid('The source identity is already set for this assume role session');
}

function invalid(message: string): StsError {
  return new StsError('InvalidParameterValue', message);
}
