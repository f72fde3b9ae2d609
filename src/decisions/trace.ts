import type { Considered, Question } from '../access/index.ts';
import { explain, type Explanation, type PolicySource } from '../policy/index.ts';
import { withoutResourceTags, withOwnContext } from './trace-context.ts';

/** One decision, explained: what an administrator reads. Plain data, without secrets. */
export interface Trace {
  /** The id of the request, which is the id of its decisions. */
  readonly requestId: string;
  readonly atMs: number;
  /** ARN of who asked; undefined for the anonymous. */
  readonly principalArn: string | undefined;
  readonly principalAccount: string | undefined;
  readonly accessKeyId: string | undefined;
  readonly explanation: Explanation;
}

export function traceOf(
  requestId: string,
  atMs: number,
  { caller }: Pick<Question, 'caller'>,
  { request, policies }: Considered,
): Trace {
  return {
    requestId,
    atMs,
    principalArn: caller.principal?.arn,
    principalAccount: caller.account,
    accessKeyId: caller.accessKeyId,
    explanation: explain(request, policies),
  };
}

/** Whose policies each kind is: the account's that owns the resource, or the principal's. */
const OF_RESOURCE: ReadonlySet<PolicySource['type']> = new Set([
  'resource-based',
  'resource control',
  'trust',
]);

/**
 * The trace as an administrator of `account` may see it: an account learns what its own policies
 * asked and said, and of another's only that there was a decision. Undefined for an account that has
 * no part in it.
 */
export function traceFor(trace: Trace, account: string): Trace | undefined {
  const { principalAccount, explanation } = trace;
  const ownsResource = explanation.request.resourceAccountId === account;
  const isPrincipals = principalAccount === account;
  if (!ownsResource && !isPrincipals) return undefined;
  if (ownsResource && isPrincipals) return trace;
  const isOwn = ({ type }: Pick<PolicySource, 'type'>): boolean =>
    OF_RESOURCE.has(type) === ownsResource;
  const { by, ...decision } = explanation.decision;
  const own: Explanation = {
    ...explanation,
    decision: by !== undefined && isOwn(by.source) ? { ...decision, by } : decision,
    policies: explanation.policies.filter(({ source }) => isOwn(source)),
    denials: explanation.denials.filter(({ source }) => isOwn(source)),
    missing: explanation.missing.filter(isOwn),
  };
  return {
    ...trace,
    accessKeyId: isPrincipals ? trace.accessKeyId : undefined,
    explanation: withOwnContext(ownsResource ? own : withoutResourceTags(own)),
  };
}

/** The trace without the policies that had no part in the decision, where space is short. */
export function shortTrace(trace: Trace): Trace {
  return { ...trace, explanation: { ...trace.explanation, policies: [] } };
}

/** Who asked for what, and what was decided, and nothing of why. */
export function barestTrace(trace: Trace): Trace {
  const { explanation } = trace;
  const request = { ...explanation.request, context: {} };
  return {
    ...trace,
    explanation: { ...explanation, request, policies: [], denials: [], missing: [] },
  };
}
