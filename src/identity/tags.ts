import { IdentityError, quotaExceeded } from './error.ts';
import type { Tags } from './model.ts';
import type { Quotas } from './quotas.ts';

/**
 * How tag keys are compared: users' and roles' without regard to case, all others' exactly
 * ("Tags for AWS Identity and Access Management resources", Rules for tagging).
 */
export type TagKeyCase = 'anyCase' | 'exact';

/** AWS's own tags, which nobody else may give. */
const RESERVED_PREFIX = 'aws:';

/** Neither a key nor a value may look like AWS's own (same page, Naming tags). */
export function isReservedTag({ key, value }: Tags[number]): boolean {
  return [key, value].some((text) => text.toLowerCase().startsWith(RESERVED_PREFIX));
}

/** The tags with `added` put over them. A key keeps its place and takes the new spelling. */
export function mergeTags(
  tags: Tags,
  added: Tags,
  keyCase: TagKeyCase,
  quotas: Pick<Quotas, 'tagsPerEntity'>,
): Tags {
  const incoming = new Set(added.map(({ key }) => folded(key, keyCase)));
  if (incoming.size < added.length) {
    throw new IdentityError(
      'InvalidInput',
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    );
  }
  if (added.some(isReservedTag)) {
    throw new IdentityError(
      'InvalidInput',
      'Tag keys and values that begin with aws: are reserved for system use.',
    );
  }
  const merged = new Map(tags.map((tag) => [folded(tag.key, keyCase), tag]));
  for (const tag of added) merged.set(folded(tag.key, keyCase), tag);
  if (merged.size > quotas.tagsPerEntity) {
    throw quotaExceeded('TagsPerResource', quotas.tagsPerEntity);
  }
  return [...merged.values()];
}

/** The tags of a principal with those of its session over them, whose keys have any case. */
export function overlayTags(tags: Tags, over: Tags): Tags {
  if (over.length === 0) return tags;
  const keys = over.map(({ key }) => key);
  return [...withoutTags(tags, keys, 'anyCase'), ...over];
}

/** The tags without those of the given keys; a key that none has is passed over. */
export function withoutTags(tags: Tags, keys: readonly string[], keyCase: TagKeyCase): Tags {
  const removed = new Set(keys.map((key) => folded(key, keyCase)));
  return tags.filter(({ key }) => !removed.has(folded(key, keyCase)));
}

function folded(key: string, keyCase: TagKeyCase): string {
  return keyCase === 'anyCase' ? key.toLowerCase() : key;
}
