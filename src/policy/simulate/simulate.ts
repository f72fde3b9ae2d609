import { reachOfStatement, type CompiledPolicy, type CompiledStatement } from '../compile.ts';
import { evaluate, resourceText } from '../evaluate.ts';
import { consideredPolicies } from '../explain/considered.ts';
import { REACH_NONE } from '../principal.ts';
import type { AccessRequest, ApplicablePolicies, Decision } from '../request.ts';
import { missingKeys } from './missing-keys.ts';

/** What a request would be answered, and why in the terms of IAM's simulator. */
export interface Simulation {
  readonly decision: Decision;
  /** The statements that have their effect; of a denial only those that deny. */
  readonly matched: readonly MatchedStatement[];
  /** Condition keys that the request lacks and that could change the decision. */
  readonly missingKeys: readonly string[];
}

export interface MatchedStatement {
  readonly policy: CompiledPolicy;
  /** From 0. */
  readonly index: number;
}

/** Decides as `evaluate` does, and looks for what decided and for what the request leaves open. */
export function simulate(request: AccessRequest, policies: ApplicablePolicies): Simulation {
  const decision = evaluate(request, policies);
  return {
    decision,
    matched: matchedStatements(request, policies, decision),
    missingKeys: missingKeys(request, policies, decision),
  };
}

function matchedStatements(
  request: AccessRequest,
  policies: ApplicablePolicies,
  { effect }: Decision,
): readonly MatchedStatement[] {
  if (effect === 'ImplicitDeny') return [];
  const resource = resourceText(request);
  const hasBoundary = effect === 'ExplicitDeny' && policies.boundary !== undefined;
  const applies = (compiled: CompiledStatement): boolean =>
    reachOfStatement(compiled, request, resource, hasBoundary) !== REACH_NONE;
  return consideredPolicies(request, policies).flatMap(({ policy }) => {
    const { denies, allows } = policy.forAction(request.action);
    const statements = effect === 'Allow' ? allows : denies;
    return statements.filter(applies).map(({ index }) => ({ policy, index }));
  });
}

/** What one kind of policies alone says of a request. */
export function verdictOf(
  policies: readonly CompiledPolicy[],
  request: AccessRequest,
  hasBoundary: boolean,
): Decision['effect'] {
  const resource = resourceText(request);
  let isAllowed = false;
  for (const policy of policies) {
    const { denies, allows } = policy.forAction(request.action);
    for (const deny of denies) {
      if (reachOfStatement(deny, request, resource, hasBoundary) !== REACH_NONE) {
        return 'ExplicitDeny';
      }
    }
    isAllowed ||= allows.some(
      (allow) => reachOfStatement(allow, request, resource, false) !== REACH_NONE,
    );
  }
  return isAllowed ? 'Allow' : 'ImplicitDeny';
}
