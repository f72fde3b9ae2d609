import type { Tags } from '../model.ts';
import type {
  Due,
  Lifecycle,
  LifecycleFilter,
  LifecycleRule,
  NoncurrentExpiration,
  SmallObjects,
} from './configuration.ts';

/** What rules look at of a version; a delete marker has neither size nor tags. */
export type VersionFacts = ObjectFacts | MarkerFacts;

interface CommonFacts {
  readonly key: string;
  readonly createdAtMs: number;
  /** Undefined for the latest version of its key. */
  readonly noncurrent: Noncurrent | undefined;
}

export interface ObjectFacts extends CommonFacts {
  readonly kind: 'object';
  readonly size: number;
  readonly tags: Tags;
  readonly storageClass: string;
}

export interface MarkerFacts extends CommonFacts {
  readonly kind: 'deleteMarker';
  /** Whether no other version of the key is left. */
  readonly isAlone: boolean;
}

export interface Noncurrent {
  /** When a newer version took the place. */
  readonly sinceMs: number;
  /** How many noncurrent versions of the key are newer. */
  readonly newerCount: number;
}

/** `expire` does what a simple DELETE does; `remove` deletes this version for good. */
export type LifecycleAction =
  | { readonly kind: 'expire' }
  | { readonly kind: 'remove' }
  | { readonly kind: 'transition'; readonly storageClass: string };

/** What time it is, and how long a day is, in milliseconds: 86,400,000 outside of tests. */
export interface LifecycleTime {
  readonly nowMs: number;
  readonly dayMs: number;
}

/**
 * What is to happen to a version now, by all enabled rules ("Lifecycle configuration elements").
 * Deletion goes before transition, and of several transitions the lowest class wins.
 */
export function actionOn(
  { rules, smallObjects }: Lifecycle,
  facts: VersionFacts,
  time: LifecycleTime,
): LifecycleAction | undefined {
  const matching = rules.filter((rule) => rule.isEnabled && matchesVersion(rule.filter, facts));
  if (facts.kind === 'deleteMarker') return actionOnMarker(matching, facts, time);
  const { noncurrent } = facts;
  if (noncurrent === undefined) {
    if (matching.some(({ expiration }) => isDue(expiration, facts.createdAtMs, time))) {
      return { kind: 'expire' };
    }
  } else if (matching.some((rule) => isOver(rule.noncurrentExpiration, noncurrent, time))) {
    return { kind: 'remove' };
  }
  const classes = matching.flatMap((rule) => classesOf(rule, facts, time, smallObjects));
  return lowestBelow(facts.storageClass, classes);
}

function actionOnMarker(
  rules: readonly LifecycleRule[],
  { noncurrent, isAlone, createdAtMs }: MarkerFacts,
  time: LifecycleTime,
): LifecycleAction | undefined {
  const isGone =
    noncurrent === undefined
      ? isAlone &&
        rules.some(
          ({ expiration }) =>
            expiration?.kind === 'markers' || isDue(expiration, createdAtMs, time),
        )
      : rules.some((rule) => isOver(rule.noncurrentExpiration, noncurrent, time));
  return isGone ? { kind: 'remove' } : undefined;
}

/**
 * The same rules without their conditions on tags, which listings do not tell: what these let be,
 * the whole rules let be too.
 */
export function withoutTags({ rules, smallObjects }: Lifecycle): Lifecycle {
  const untagged = rules.map((rule) => ({ ...rule, filter: { ...rule.filter, tags: [] } }));
  return { rules: untagged, smallObjects };
}

/** When an object expires that stays as it is, and by which rule: the first, if there is any. */
export function firstExpiry(
  { rules }: Lifecycle,
  facts: ObjectFacts,
  dayMs: number,
): { readonly atMs: number; readonly ruleId: string } | undefined {
  let first: { readonly atMs: number; readonly ruleId: string } | undefined;
  for (const { id, isEnabled, filter, expiration } of rules) {
    if (expiration === undefined || expiration.kind === 'markers') continue;
    if (!isEnabled || !matchesVersion(filter, facts)) continue;
    const atMs = dueAtMs(expiration, facts.createdAtMs, dayMs);
    if (first === undefined || atMs < first.atMs) first = { atMs, ruleId: id };
  }
  return first;
}

/** Whether an upload is to be aborted. Rules that abort have no filter but a prefix. */
export function abortsUpload(
  { rules }: Lifecycle,
  { key, initiatedMs }: { readonly key: string; readonly initiatedMs: number },
  { nowMs, dayMs }: LifecycleTime,
): boolean {
  return rules.some(
    ({ isEnabled, filter, abortUploadsDays: days }) =>
      isEnabled &&
      days !== undefined &&
      key.startsWith(filter.prefix ?? '') &&
      nowMs >= endOfDay(initiatedMs + days * dayMs, dayMs),
  );
}

/** The prefixes under which rules can find something to do, none within another. */
export function prefixesOf({ rules }: Lifecycle): readonly string[] {
  const prefixes = rules
    .filter(({ isEnabled }) => isEnabled)
    .map(({ filter }) => filter.prefix ?? '');
  return [...new Set(prefixes)]
    .filter((prefix) => !prefixes.some((other) => other !== prefix && prefix.startsWith(other)))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function matchesVersion(filter: LifecycleFilter, facts: VersionFacts): boolean {
  const { prefix, tags, sizeGreaterThan, sizeLessThan } = filter;
  if (!facts.key.startsWith(prefix ?? '')) return false;
  const asksForMore =
    tags.length > 0 || sizeGreaterThan !== undefined || sizeLessThan !== undefined;
  if (facts.kind === 'deleteMarker') return !asksForMore;
  return (
    (sizeGreaterThan === undefined || facts.size > sizeGreaterThan) &&
    (sizeLessThan === undefined || facts.size < sizeLessThan) &&
    tags.every(({ key, value }) => facts.tags.some((tag) => tag.key === key && tag.value === value))
  );
}

function isDue(
  due: LifecycleRule['expiration'],
  createdAtMs: number,
  { nowMs, dayMs }: LifecycleTime,
): boolean {
  if (due === undefined || due.kind === 'markers') return false;
  return nowMs >= dueAtMs(due, createdAtMs, dayMs);
}

function isOver(
  rule: NoncurrentExpiration | undefined,
  { sinceMs, newerCount }: Noncurrent,
  { nowMs, dayMs }: LifecycleTime,
): boolean {
  if (rule === undefined || newerCount < (rule.newerVersions ?? 0)) return false;
  return nowMs >= endOfDay(sinceMs + rule.days * dayMs, dayMs);
}

function dueAtMs(due: Due, createdAtMs: number, dayMs: number): number {
  return due.kind === 'date' ? due.dateMs : endOfDay(createdAtMs + due.days * dayMs, dayMs);
}

/** "Rounding up the resulting time to the next day at midnight UTC." */
function endOfDay(atMs: number, dayMs: number): number {
  return Math.ceil(atMs / dayMs) * dayMs;
}

/** "Transitioning objects": objects move down this list only. */
const CLASSES = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'INTELLIGENT_TIERING',
  'ONEZONE_IA',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
];

/** Smaller objects cost more to move than they save; a rule's own size condition overrides it. */
const SMALL_OBJECT_SIZE_MAX = 128 * 1024;

function classesOf(
  { filter, transitions, noncurrentTransitions }: LifecycleRule,
  facts: ObjectFacts,
  time: LifecycleTime,
  smallObjects: SmallObjects,
): string[] {
  const { noncurrent } = facts;
  const due =
    noncurrent === undefined
      ? transitions.filter((transition) => isDue(transition.due, facts.createdAtMs, time))
      : noncurrentTransitions.filter((transition) => isOver(transition, noncurrent, time));
  const choosesBySize = filter.sizeGreaterThan !== undefined || filter.sizeLessThan !== undefined;
  return due
    .map(({ storageClass }) => storageClass)
    .filter(
      (storageClass) =>
        choosesBySize ||
        facts.size >= SMALL_OBJECT_SIZE_MAX ||
        (smallObjects === 'varies_by_storage_class' &&
          (storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE')),
    );
}

function lowestBelow(current: string, classes: readonly string[]): LifecycleAction | undefined {
  const lowest = Math.max(-1, ...classes.map((one) => CLASSES.indexOf(one)));
  const storageClass = CLASSES[lowest];
  if (storageClass === undefined || lowest <= CLASSES.indexOf(current)) return undefined;
  return { kind: 'transition', storageClass };
}
