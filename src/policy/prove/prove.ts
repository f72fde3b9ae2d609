import type { Assertion, Assertions } from './assertion.ts';
import { OBJECT_OWNER_ACTIONS } from '../s3-rules.ts';
import type { KnownAction } from './actions.ts';
import { Budget, STEPS_PER_ASSERTION_MAX, TooLargeError } from './budget.ts';
import type { CounterExample } from './confirm.ts';
import type { Estate } from './estate.ts';
import { Examination } from './examine.ts';
import { namesIn } from './names.ts';
import { mayMeet } from './reach.ts';
import { type Region, regionsOf } from './regions.ts';
import type { Goal } from './search.ts';
import { actionsOf, concerns, mentionedIn, namesAnybody } from './select.ts';
import type { Subject } from './subject.ts';
import { subjectsOf } from './subjects.ts';
import { literalPrefix } from './text-patterns.ts';

export type Outcome =
  | { readonly kind: 'proved' }
  | { readonly kind: 'refuted'; readonly by: CounterExample }
  /** Why neither could be shown. */
  | { readonly kind: 'unknown'; readonly reasons: readonly string[] };

export interface AssertionResult {
  readonly assertion: Assertion;
  readonly outcome: Outcome;
}

/**
 * Proves or refutes each assertion over all requests that could be made. What is proved holds for
 * every one of them; what is refuted comes with a request of which `evaluate` said so.
 */
export function proveAll(estate: Estate, assertions: Assertions): readonly AssertionResult[] {
  return [...proofs(estate, assertions)];
}

/** The same, each when it is asked for, so that other work can be done between them. */
export function* proofs(
  estate: Estate,
  { list, assumesNoObjectAcls }: Assertions,
): Generator<AssertionResult> {
  const subjects = subjectsOf(estate, list.flatMap(mentionedIn));
  const reasons = unknownIdsIn(estate);
  for (const assertion of list) {
    const outcome = prove(estate, subjects, assertion, assumesNoObjectAcls);
    const isSure = outcome.kind === 'refuted' || reasons.length === 0;
    yield { assertion, outcome: isSure ? outcome : { kind: 'unknown', reasons } };
  }
}

/** Policies that name somebody by an id may mean anybody whose id is not known. */
function unknownIdsIn(estate: Estate): readonly string[] {
  const actors = [...estate.users, ...estate.roles];
  if (!actors.some(({ isIdMadeUp }) => isIdMadeUp === true)) return [];
  const known = new Set(actors.map(({ id }) => id));
  return [...namesIn(estate, []).ids]
    .filter((id) => !known.has(id))
    .map((id) => `A policy names the unique id ${id}, and whose that is is not known.`);
}

function prove(
  estate: Estate,
  subjects: readonly Subject[],
  assertion: Assertion,
  assumesNoObjectAcls: boolean,
): Outcome {
  const reasons = new Set<string>();
  const examination = new Examination(assertion, new Budget(STEPS_PER_ASSERTION_MAX));
  try {
    for (const [subject, region, actions] of questionsOf(estate, subjects, assertion)) {
      const found = examination.find(subject, region, actions);
      if (found.kind === 'example') return { kind: 'refuted', by: found.example };
      if (found.kind === 'doubt') reasons.add(found.reason);
      if (found.kind === 'empty' || assumesNoObjectAcls) continue;
      const hole = objectAclsOf(subject, region, actions, examination.goal);
      if (hole !== undefined) reasons.add(hole);
    }
  } catch (error) {
    if (!(error instanceof TooLargeError)) throw error;
    reasons.add('The policies are too intricate to be searched within the limits.');
  }
  if (examination.isVacuous && reasons.size === 0) {
    reasons.add(
      namesAnybody(assertion, subjects)
        ? 'It describes no request: nothing is asked of such resources under such conditions.'
        : 'It describes nobody: there is no such principal.',
    );
  }
  return reasons.size === 0 ? { kind: 'proved' } : { kind: 'unknown', reasons: [...reasons] };
}

/** Who asks, where, and for what: what the assertion speaks of, in parts that are decided alike. */
function* questionsOf(
  estate: Estate,
  subjects: readonly Subject[],
  assertion: Assertion,
): Generator<readonly [Subject, Region, readonly KnownAction[]]> {
  const prefixes = assertion.resources.of.map(literalPrefix);
  const buckets = estate.buckets.filter(({ name }) =>
    prefixes.some((prefix) => mayMeet(prefix, `arn:aws:s3:::${name}`)),
  );
  for (const actions of actionsOf(assertion)) {
    const [first] = actions;
    if (first === undefined) continue;
    const [service = ''] = first.name.split(':', 1);
    for (const subject of subjects) {
      for (const region of regionsOf({ ...estate, buckets }, subject, first.subject, service)) {
        if (concerns(assertion, subject, region)) yield [subject, region, actions];
      }
    }
  }
}

/** Why an answer about objects is not final: ACLs and owners of single objects are no policies. */
function objectAclsOf(
  subject: Subject,
  { bucket, subject: kind }: Region,
  actions: readonly KnownAction[],
  goal: Goal,
): string | undefined {
  if (bucket === undefined || kind !== 'object' || bucket.objectAcls === 'none') return undefined;
  if (!actions.some(({ name }) => OBJECT_OWNER_ACTIONS.has(name))) return undefined;
  const isOwners = subject.accountId === bucket.owner;
  if (goal === 'allowed' && isOwners && bucket.objectAcls === 'accounts') return undefined;
  return (
    `Objects of the bucket ${bucket.name} may have ACLs and owners of their own: enforce the bucket ` +
    "owner's ownership (BucketOwnerEnforced), or write ASSUME no object ACLs."
  );
}
