import { randomText } from '../base/random.ts';
import type {
  Due,
  Expiration,
  LifecycleFilter,
  LifecycleRule,
  NoncurrentExpiration,
  NoncurrentTransition,
  Transition,
} from '../objects/lifecycle/configuration.ts';
import type { Input } from '../wire/index.ts';
import type { PutBucketLifecycleConfiguration } from './api/index.ts';
import { S3Error } from './errors.ts';
import { checkedTags, OBJECT_TAGS_MAX } from './tags.ts';

type WireRules = Input<typeof PutBucketLifecycleConfiguration>['LifecycleConfiguration']['Rules'];
type WireRule = WireRules[number];
type WireFilter = NonNullable<WireRule['Filter']>;
type WireTag = NonNullable<WireFilter['Tag']>;

/** "You can have up to 1,000 rules" and "ID … value cannot be longer than 255 characters". */
const RULES_MAX = 1000;
const ID_LENGTH_MAX = 255;
/** "You can specify up to 100 noncurrent versions to retain." */
const NEWER_VERSIONS_MAX = 100;
/** "The minimum storage duration" before objects may be moved to these classes. */
const DAYS_MIN_OF_CLASS: Readonly<Record<string, number>> = { STANDARD_IA: 30, ONEZONE_IA: 30 };
/** Dates stand for whole days, whatever the server counts as one. */
const DAY_MS = 86_400_000;

/** The rules that a request puts, once they are what "PutBucketLifecycleConfiguration" allows. */
export function rulesOfXml(rules: WireRules): readonly LifecycleRule[] {
  if (rules.length === 0 || rules.length > RULES_MAX) throw new S3Error('MalformedXML');
  const ids = new Set<string>();
  return rules.map((wire) => {
    const rule = ruleOf(wire);
    if (ids.has(rule.id)) {
      throw invalid('Rule ID must be unique. Found same ID for more than one rule');
    }
    ids.add(rule.id);
    return rule;
  });
}

function ruleOf(wire: WireRule): LifecycleRule {
  const { ID: id = '', AbortIncompleteMultipartUpload: abort } = wire;
  if (id.length > ID_LENGTH_MAX) {
    throw invalid(`ID length should not exceed allowed limit of ${ID_LENGTH_MAX}`);
  }
  const rule: LifecycleRule = {
    id: id === '' ? newRuleId() : id,
    isEnabled: wire.Status === 'Enabled',
    filter: filterOf(wire),
    expiration: wire.Expiration && expirationOf(wire.Expiration),
    transitions: (wire.Transitions ?? []).map(transitionOf),
    noncurrentExpiration:
      wire.NoncurrentVersionExpiration &&
      noncurrentOf('NoncurrentVersionExpiration', wire.NoncurrentVersionExpiration),
    noncurrentTransitions: (wire.NoncurrentVersionTransitions ?? []).map(noncurrentTransitionOf),
    abortUploadsDays:
      abort &&
      positive(
        "'DaysAfterInitiation' for AbortIncompleteMultipartUpload",
        abort.DaysAfterInitiation,
      ),
  };
  assertConsistent(rule);
  return rule;
}

function newRuleId(): string {
  return randomText('abcdefghijklmnopqrstuvwxyz0123456789', 48);
}

function filterOf({ Prefix: prefix, Filter: filter }: WireRule): LifecycleFilter {
  if ((prefix === undefined) === (filter === undefined)) throw new S3Error('MalformedXML');
  if (filter === undefined) return checkedFilter({ form: 'prefix', prefix });
  const { And: and, ...single } = filter;
  const given = Object.values(single).filter((value) => value !== undefined).length;
  if (and === undefined) {
    if (given > 1) throw new S3Error('MalformedXML');
    return checkedFilter({
      form: 'filter',
      prefix: single.Prefix,
      tags: single.Tag === undefined ? [] : [single.Tag],
      sizeGreaterThan: single.ObjectSizeGreaterThan,
      sizeLessThan: single.ObjectSizeLessThan,
    });
  }
  const { Prefix, Tags: tags = [], ObjectSizeGreaterThan, ObjectSizeLessThan } = and;
  const others = [Prefix, ObjectSizeGreaterThan, ObjectSizeLessThan];
  const conditions = others.filter((value) => value !== undefined).length + tags.length;
  if (given > 0 || conditions < 2) throw new S3Error('MalformedXML');
  return checkedFilter({
    form: 'and',
    prefix: Prefix,
    tags,
    sizeGreaterThan: ObjectSizeGreaterThan,
    sizeLessThan: ObjectSizeLessThan,
  });
}

function checkedFilter(filter: {
  readonly form: LifecycleFilter['form'];
  readonly prefix: string | undefined;
  readonly tags?: readonly WireTag[];
  readonly sizeGreaterThan?: number | undefined;
  readonly sizeLessThan?: number | undefined;
}): LifecycleFilter {
  const { form, prefix, tags = [], sizeGreaterThan, sizeLessThan } = filter;
  const pairs = tags.map(({ Key: key, Value: value }) => ({ key, value }));
  if (Buffer.byteLength(prefix ?? '') > 1024) {
    throw new S3Error('InvalidRequest', {}, 'The maximum size of a prefix is 1024.');
  }
  if ((sizeGreaterThan ?? 0) < 0 || (sizeLessThan ?? 1) < 1) {
    throw new S3Error('InvalidRequest', {}, 'The object size of a filter is out of its bounds');
  }
  if (sizeLessThan !== undefined && sizeLessThan <= (sizeGreaterThan ?? -1)) {
    throw new S3Error(
      'InvalidRequest',
      {},
      "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.",
    );
  }
  return { form, prefix, tags: checkedTags(pairs, OBJECT_TAGS_MAX), sizeGreaterThan, sizeLessThan };
}

function expirationOf({
  Date: date,
  Days: days,
  ExpiredObjectDeleteMarker: markers,
}: NonNullable<WireRule['Expiration']>): Expiration {
  // `false` beside another member, as some tools send it, says nothing.
  const given = [date, days, markers || undefined].filter((value) => value !== undefined).length;
  if (given !== 1) throw new S3Error('MalformedXML');
  if (markers === true) return { kind: 'markers' };
  return dueOf('Expiration', date, days, 1);
}

function transitionOf({
  Date: date,
  Days: days,
  StorageClass: storageClass,
}: NonNullable<WireRule['Transitions']>[number]): Transition {
  if (storageClass === undefined || (date === undefined) === (days === undefined)) {
    throw new S3Error('MalformedXML');
  }
  assertDaysOfClass('Days', 'Transition', days, storageClass);
  return { due: dueOf('Transition', date, days, 0), storageClass };
}

function dueOf(
  action: string,
  date: Date | undefined,
  days: number | undefined,
  daysMin: number,
): Due {
  if (date === undefined) {
    if (days !== undefined && days >= daysMin) return { kind: 'days', days };
    throw invalid(
      `'Days' for ${action} action must be a ${daysMin > 0 ? 'positive' : 'nonnegative'} integer`,
    );
  }
  if (date.getTime() % DAY_MS !== 0) throw invalid("'Date' must be at midnight GMT");
  return { kind: 'date', dateMs: date.getTime() };
}

function noncurrentOf(
  action: string,
  {
    NoncurrentDays: days,
    NewerNoncurrentVersions: newerVersions,
  }: NonNullable<WireRule['NoncurrentVersionExpiration']>,
): NoncurrentExpiration {
  if (newerVersions !== undefined && (newerVersions < 1 || newerVersions > NEWER_VERSIONS_MAX)) {
    throw invalid(
      `'NewerNoncurrentVersions' for ${action} action must be between 1 and ${NEWER_VERSIONS_MAX}`,
    );
  }
  return { days: positive(`'NoncurrentDays' for ${action} action`, days), newerVersions };
}

function noncurrentTransitionOf(
  wire: NonNullable<WireRule['NoncurrentVersionTransitions']>[number],
): NoncurrentTransition {
  const { StorageClass: storageClass, NoncurrentDays: days } = wire;
  if (storageClass === undefined || days === undefined) throw new S3Error('MalformedXML');
  assertDaysOfClass('NoncurrentDays', 'NoncurrentVersionTransition', days, storageClass);
  // Unlike expiration, a move may be asked for at once.
  const { newerVersions } = noncurrentOf('NoncurrentVersionTransition', {
    ...wire,
    NoncurrentDays: Math.max(days, 1),
  });
  return { days, newerVersions, storageClass };
}

function assertDaysOfClass(
  member: string,
  action: string,
  days: number | undefined,
  storageClass: string,
): void {
  const min = DAYS_MIN_OF_CLASS[storageClass] ?? 0;
  if (days === undefined || days >= min) return;
  throw invalid(
    `'${member}' in ${action} action must be greater than or equal to ${min} for storageClass '${storageClass}'`,
  );
}

/** What must be true of a rule's actions together. */
function assertConsistent(rule: LifecycleRule): void {
  const { filter, expiration, transitions, noncurrentExpiration, noncurrentTransitions } = rule;
  const { abortUploadsDays } = rule;
  const hasAction =
    [expiration, noncurrentExpiration, abortUploadsDays].some((one) => one !== undefined) ||
    transitions.length + noncurrentTransitions.length > 0;
  if (!hasAction) {
    throw new S3Error('InvalidRequest', {}, 'At least one action needs to be specified in a rule');
  }
  const bySize = filter.sizeGreaterThan !== undefined || filter.sizeLessThan !== undefined;
  if (abortUploadsDays !== undefined && (filter.tags.length > 0 || bySize)) {
    throw new S3Error(
      'InvalidRequest',
      {},
      `AbortIncompleteMultipartUpload cannot be specified with ${bySize ? 'Object Size' : 'Tags'}.`,
    );
  }
  if (expiration?.kind === 'markers' && filter.tags.length > 0) {
    throw new S3Error(
      'InvalidRequest',
      {},
      'ExpiredObjectDeleteMarker cannot be specified with Tags.',
    );
  }
  assertExpiresLast(rule);
}

function assertExpiresLast({ expiration, transitions }: LifecycleRule): void {
  if (expiration === undefined || expiration.kind === 'markers') return;
  for (const { due } of transitions) {
    if (due.kind !== expiration.kind) {
      throw new S3Error(
        'InvalidRequest',
        {},
        "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule",
      );
    }
    const isLater =
      due.kind === 'days'
        ? expiration.kind === 'days' && expiration.days > due.days
        : expiration.kind === 'date' && expiration.dateMs > due.dateMs;
    const member = due.kind === 'days' ? 'Days' : 'Date';
    if (!isLater) {
      throw invalid(
        `'${member}' in the Expiration action must be ${member === 'Days' ? 'greater' : 'later'} than '${member}' in the Transition action`,
      );
    }
  }
}

function positive(what: string, value: number | undefined): number {
  if (value !== undefined && value > 0) return value;
  throw invalid(`${what} must be a positive integer`);
}

function invalid(message: string): S3Error {
  return new S3Error('InvalidArgument', {}, message);
}

/** Rules as they are given back. */
export function xmlOfRules(rules: readonly LifecycleRule[]) {
  return rules.map((rule) => ({
    ID: rule.id,
    ...xmlOfFilter(rule.filter),
    Status: rule.isEnabled ? ('Enabled' as const) : ('Disabled' as const),
    Expiration: rule.expiration && xmlOfExpiration(rule.expiration),
    Transitions: rule.transitions.map(({ due, storageClass }) => ({
      ...xmlOfDue(due),
      StorageClass: storageClass as WireClass,
    })),
    NoncurrentVersionExpiration:
      rule.noncurrentExpiration && xmlOfNoncurrent(rule.noncurrentExpiration),
    NoncurrentVersionTransitions: rule.noncurrentTransitions.map((transition) => ({
      ...xmlOfNoncurrent(transition),
      StorageClass: transition.storageClass as WireClass,
    })),
    AbortIncompleteMultipartUpload:
      rule.abortUploadsDays === undefined
        ? undefined
        : { DaysAfterInitiation: rule.abortUploadsDays },
  }));
}

/** Stored classes came through the declaration, which knows no others. */
type WireClass = NonNullable<NonNullable<WireRule['Transitions']>[number]['StorageClass']>;

function xmlOfFilter({ form, prefix, tags, sizeGreaterThan, sizeLessThan }: LifecycleFilter) {
  if (form === 'prefix') return { Prefix: prefix };
  const sizes = { ObjectSizeGreaterThan: sizeGreaterThan, ObjectSizeLessThan: sizeLessThan };
  const wireTags = tags.map(({ key, value }) => ({ Key: key, Value: value }));
  return {
    Filter:
      form === 'and'
        ? { And: { Prefix: prefix, Tags: wireTags, ...sizes } }
        : { Prefix: prefix, Tag: wireTags[0], ...sizes },
  };
}

function xmlOfExpiration(expiration: Expiration) {
  return expiration.kind === 'markers' ? { ExpiredObjectDeleteMarker: true } : xmlOfDue(expiration);
}

function xmlOfDue(due: Due) {
  return due.kind === 'days' ? { Days: due.days } : { Date: new Date(due.dateMs) };
}

function xmlOfNoncurrent({ days, newerVersions }: NoncurrentExpiration) {
  return { NoncurrentDays: days, NewerNoncurrentVersions: newerVersions };
}
