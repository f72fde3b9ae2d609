import type { Role, Tags } from '../../identity/index.ts';
import type { ContextReader, ContextValue } from '../../policy/index.ts';

/** What the condition keys of STS are read from. */
export interface SessionFacts {
  readonly input: {
    readonly RoleSessionName?: string | undefined;
    readonly ExternalId?: string | undefined;
    readonly DurationSeconds?: number | undefined;
    readonly TransitiveTagKeys?: readonly string[] | undefined;
  };
  /** Tags that the request itself brings, not those that are passed on. */
  readonly requestTags: Tags;
  readonly sourceIdentity: string | undefined;
  /** The role that is to be assumed. */
  readonly role?: Role | undefined;
  /** The caller has just proved a second factor. */
  readonly hasSecondFactor?: boolean | undefined;
}

/** A reader of the condition keys that an operation on sessions adds to the request's own. */
export function sessionContext(facts: SessionFacts): ContextReader {
  const { input, requestTags, sourceIdentity } = facts;
  return (key) => {
    switch (key) {
      case 'sts:rolesessionname':
        return input.RoleSessionName;
      case 'sts:externalid':
        return input.ExternalId;
      case 'sts:durationseconds':
        return input.DurationSeconds === undefined ? undefined : String(input.DurationSeconds);
      case 'sts:transitivetagkeys':
        return input.TransitiveTagKeys;
      case 'sts:sourceidentity':
        return sourceIdentity;
      case 'aws:tagkeys':
        return requestTags.length === 0 ? undefined : requestTags.map((tag) => tag.key);
      case 'aws:multifactorauthpresent':
        return facts.hasSecondFactor === true ? 'true' : undefined;
      case 'aws:multifactorauthage':
        return facts.hasSecondFactor === true ? '0' : undefined;
      default:
        return taggedKey(key, facts);
    }
  };
}

function taggedKey(key: string, { requestTags, role }: SessionFacts): ContextValue | undefined {
  const slash = key.indexOf('/');
  if (slash < 0) return undefined;
  const prefix = key.slice(0, slash);
  const isOfRole = prefix === 'aws:resourcetag' || prefix === 'iam:resourcetag';
  const tags = prefix === 'aws:requesttag' ? requestTags : isOfRole ? role?.tags : undefined;
  const name = key.slice(slash + 1);
  return tags?.find((tag) => tag.key.toLowerCase() === name)?.value;
}
