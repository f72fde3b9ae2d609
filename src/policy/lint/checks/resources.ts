import { compilePattern } from '../../pattern.ts';
import { type ActionFacts, actionsMatching, arnForm, prefixOf } from '../catalog/catalog.ts';
import { listedType } from '../catalog/listings.ts';
import { COMPARED_MAX, named, perStatement } from '../check.ts';
import type { Check, Found } from '../finding.ts';
import { addItem, removeItem } from '../fix.ts';
import { covers } from '../pattern-sets.ts';
import type { ListPart, StatementPart, Subject } from '../subject.ts';

/** Whether actions and resources of a statement fit each other. */
export const RESOURCE_CHECKS: readonly Check[] = [
  perStatement('MissingObjectPattern', 'error', function* (statement, subject) {
    const { resources } = statement;
    const names = stranded(statement, subject).objects;
    const bucket = resources?.items.find(({ value }) => BUCKET.test(value));
    if (names.length === 0 || resources === undefined || bucket === undefined) return;
    const pattern = `${bucket.value.replace(/\/$/, '')}/*`;
    const message = `${named(names)} is on objects, and only buckets are named: ${pattern} is missing.`;
    yield { at: bucket, message, fix: addItem(resources, pattern) };
  }),

  perStatement('MissingBucketPattern', 'error', function* (statement, subject) {
    const { resources } = statement;
    const names = stranded(statement, subject).buckets;
    const objects = resources?.items.find(({ value }) => OBJECTS.test(value));
    if (names.length === 0 || resources === undefined || objects === undefined) return;
    const bucket = objects.value.slice(0, objects.value.indexOf('/'));
    const message = `${named(names)} is on the bucket itself, and only objects are named: ${bucket} is missing.`;
    yield { at: objects, message, fix: addItem(resources, bucket) };
  }),

  perStatement('ActionNeedsAllResources', 'error', function* (statement, subject) {
    const names = stranded(statement, subject).accounts;
    const { resources } = statement;
    if (names.length === 0 || resources === undefined) return;
    const message = `${named(names)} is on no particular resource and needs the Resource "*".`;
    yield { at: resources.at, message };
  }),

  perStatement('ActionResourceMismatch', 'error', function* (statement, subject) {
    const { resources } = statement;
    const { others, objects, buckets } = stranded(statement, subject);
    if (resources === undefined) return;
    const hasOtherAdvice = (pattern: RegExp) =>
      resources.items.some(({ value }) => pattern.test(value));
    const names = [
      ...others,
      ...(hasOtherAdvice(BUCKET) ? [] : objects),
      ...(hasOtherAdvice(OBJECTS) ? [] : buckets),
    ];
    if (names.length === 0) return;
    yield { at: resources.at, message: `${named(names)} is on none of these resources.` };
  }),

  perStatement('UnusedResource', 'suggestion', function* (statement, subject) {
    const { known, isWhollyKnown, resources } = statement;
    if (!isWhollyKnown || known === undefined || known.length === 0) return;
    if (resources === undefined || resources.negated || resources.items.length < 2) return;
    for (const item of resources.items) {
      if (known.some((action) => isOn(action, item.value, subject))) continue;
      const message = `No action of this statement is on ${item.value}.`;
      yield { at: item, message, fix: removeItem(resources.items, item) };
    }
  }),

  perStatement('RedundantResource', 'suggestion', function* ({ resources }, { variables }) {
    if (resources !== undefined) yield* redundant(resources, variables);
  }),

  perStatement('NotResourceWithAllow', 'security warning', function* ({ resources, statement }) {
    if (resources?.negated !== true || statement.effect !== 'Allow') return;
    const message =
      'Allow with NotResource allows on every resource that is not listed, and those that are yet to come.';
    yield { at: resources.at, message };
  }),

  {
    code: 'SeveralBuckets',
    severity: 'error',
    *find({ kind, statements }) {
      if (kind !== 'resource') return;
      let first: string | undefined;
      for (const { resources } of statements) {
        for (const item of resources?.items ?? []) {
          const bucket = /^arn:aws:s3:::([^/*?]+)/.exec(item.value)?.[1];
          if (bucket === undefined || bucket.includes('$')) continue;
          first ??= bucket;
          if (bucket === first) continue;
          const message = `The policy of a bucket names that bucket alone; here are ${first} and ${bucket}.`;
          yield { at: item, message };
        }
      }
    },
  },
];

const BUCKET = /^arn:aws:s3:::[^/]+\/?$/;
const OBJECTS = /^arn:aws:s3:::[^/]+\/./;

interface Stranded {
  readonly objects: readonly string[];
  readonly buckets: readonly string[];
  readonly accounts: readonly string[];
  readonly others: readonly string[];
}

const NOTHING: Stranded = { objects: [], buckets: [], accounts: [], others: [] };

/** The action patterns of a statement none of whose actions is on any of its resources, by what they are on. */
function stranded(statement: StatementPart, subject: Subject): Stranded {
  let found = strandedOf.get(statement);
  if (found === undefined) strandedOf.set(statement, (found = findStranded(statement, subject)));
  return found;
}

/** Several checks ask the same of a statement. */
const strandedOf = new WeakMap<StatementPart, Stranded>();

function findStranded(statement: StatementPart, subject: Subject): Stranded {
  const { actions, resources } = statement;
  if (subject.kind === 'trust' || resources === undefined) return NOTHING;
  if (actions.negated || resources.negated) return NOTHING;
  const found = { objects: [], buckets: [], accounts: [], others: [] } as Record<
    keyof Stranded,
    string[]
  >;
  for (const { value } of actions.items) {
    const facts = actionsMatching(value);
    if (facts.length === 0 || value.startsWith('*')) continue;
    const fits = facts.some((action) =>
      resources.items.some((resource) => isOn(action, resource.value, subject)),
    );
    if (!fits) found[placeOf(facts)].push(value);
  }
  return found;
}

function placeOf(facts: readonly ActionFacts[]): keyof Stranded {
  if (facts.every(({ types }) => types.length === 0)) return 'accounts';
  if (facts.every(({ types }) => types.includes('object'))) return 'objects';
  return facts.every(({ types }) => types.includes('bucket')) ? 'buckets' : 'others';
}

function isOn(action: ActionFacts, pattern: string, { naming }: Subject): boolean {
  if (pattern === '*') return true;
  const listed = listedType(action.name);
  if (action.types.length === 0 && listed === undefined) {
    const everything = `arn:aws:${prefixOf(action.name)}:::*`;
    return compilePattern(pattern, false)(everything, () => undefined);
  }
  return (listed === undefined ? action.types : [listed]).some((type) => {
    const form = arnForm(action, type);
    return form !== undefined && naming(pattern, form);
  });
}

function* redundant({ items }: ListPart, variables: boolean): Iterable<Found> {
  if (items.length > COMPARED_MAX) return;
  for (const [at, item] of items.entries()) {
    const wider = items.find(
      (other, otherAt) =>
        otherAt !== at &&
        covers(other.value, item.value, variables) &&
        (otherAt < at || !covers(item.value, other.value, variables)),
    );
    if (wider === undefined) continue;
    const message = `${item.value} is already said by ${wider.value}.`;
    yield { at: item, message, fix: removeItem(items, item) };
  }
}
