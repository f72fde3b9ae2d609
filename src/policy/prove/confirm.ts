import { evaluate } from '../evaluate.ts';
import { RESCUING_ACTIONS } from '../s3-rules.ts';
import type { ContextReader, ContextValue, Decision } from '../request.ts';
import { FREE, type KnownKeys, domainOf, isTimeKey } from './context-keys.ts';
import type { Region } from './regions.ts';
import { type Subject, TAG } from './subject.ts';

/** A request that an assertion rules out, as `evaluate` was seen to decide it. */
export interface CounterExample {
  /** An ARN, or `anonymous`. */
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  /** The account that the resource belongs to. */
  readonly resourceAccountId: string;
  /** The condition keys on which the decision rests, beside those that follow from who asks. */
  readonly context: Readonly<Record<string, ContextValue>>;
  readonly decision: Decision;
}

export type Context = ReadonlyMap<string, ContextValue | undefined>;

/** What is known of the keys of all requests of the subject to the region. */
export function knownKeys(subject: Pick<Subject, 'keys'>, region: Region): KnownKeys {
  return (key) => {
    if (subject.keys.has(key)) return subject.keys.get(key);
    if (key.startsWith(TAG) && subject.keys.has(TAG)) return undefined;
    switch (key) {
      case 'aws:resourceaccount':
      case 's3:resourceaccount':
        return region.resourceAccountId;
      case 'aws:principalisawsservice':
      case 'aws:viaawsservice':
        return 'false';
      default:
        return FREE;
    }
  };
}

export function isRescued(subject: Subject, region: Region, action: string): boolean {
  if (subject.kind !== 'root' || subject.accountId !== region.resourceAccountId) return false;
  return region.bucket !== undefined && RESCUING_ACTIONS.has(action);
}

export interface Candidate {
  readonly subject: Subject;
  readonly region: Region;
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
  /** Whether the request, of which the keys can be read, is one that the assertion speaks of. */
  readonly isAsked: (resource: string, context: ContextReader) => boolean;
  readonly isWanted: (decision: Decision) => boolean;
}

/** The candidate as an example when it is one, without the keys that make no difference. */
export function confirm(candidate: Candidate): CounterExample | undefined {
  const { subject, region, action, resource } = candidate;
  const context = new Map(candidate.context);
  let decision = decide(candidate, context);
  if (decision === undefined) return undefined;
  for (const key of new Set(context.keys())) {
    if (subject.bounds.has(key) || isTimeKey(key) || !domainOf(key).isOptional) continue;
    const fewer = new Map(context);
    fewer.delete(key);
    const same = decide(candidate, fewer);
    if (same === undefined) continue;
    context.delete(key);
    decision = same;
  }
  const { principal, keys } = subject.become((key) => context.get(key));
  const known = knownKeys({ keys }, region);
  const shown = [...context].filter((pair): pair is [string, ContextValue] => {
    return pair[1] !== undefined && known(pair[0]) === FREE;
  });
  return {
    principal: 'arn' in principal ? principal.arn : principal.kind,
    action,
    resource: region.isAccount ? '*' : resource,
    resourceAccountId: region.resourceAccountId,
    context: Object.fromEntries(shown),
    decision,
  };
}

/** The decision, if the request is one of the question and the decision the wanted one. */
function decide(
  { subject, region, action, resource, isAsked, isWanted }: Candidate,
  context: Context,
): Decision | undefined {
  const { principal, keys } = subject.become((key) => context.get(key));
  const known = knownKeys({ keys }, region);
  const reader: ContextReader = (key) => {
    const value = known(key);
    return value === FREE ? context.get(key) : value;
  };
  if (!isAsked(resource, reader)) return undefined;
  const decision: Decision = isRescued(subject, region, action)
    ? { effect: 'Allow' }
    : evaluate(
        {
          principal,
          action,
          resource: region.isAccount ? '*' : resource,
          resourceAccountId: region.resourceAccountId,
          context: reader,
        },
        region.resource === undefined
          ? subject.policies
          : { ...subject.policies, resource: region.resource },
      );
  return isWanted(decision) ? decision : undefined;
}
