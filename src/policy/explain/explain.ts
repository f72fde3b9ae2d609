import { evaluate } from '../evaluate.ts';
import type { AccessRequest, ApplicablePolicies, Decision } from '../request.ts';
import { type ConsideredPolicy, consideredPolicies, denyingStatements } from './considered.ts';
import { explainStatements } from './explain-statement.ts';
import type { ExplainedDecision, ExplainedPolicy, Explanation } from './explanation.ts';
import { Allowance, clip } from './limits.ts';
import { missingGrants } from './missing-grant.ts';
import { RecordedContext } from './recorded-context.ts';

/**
 * Why `evaluate` decides as it does. The decision is its own; every statement of every policy that
 * has a say is then asked again, without stopping at the first answer. It costs about a
 * hundred times what a decision costs, and is for when somebody wants to know.
 */
export function explain(request: AccessRequest, policies: ApplicablePolicies): Explanation {
  const decision = evaluate(request, policies);
  const allowance = new Allowance();
  const context = new RecordedContext(request.context, allowance);
  const asked: AccessRequest = { ...request, context: (key) => context.read(key) };
  const considered = consideredPolicies(asked, policies);
  const explained = explainStatements(asked, policies, considered, allowance);
  const shown = considered.map((one, index) => toExplained(one, explained[index] ?? []));
  const isUndecided = decision.error !== undefined;
  return {
    request: {
      principal: request.principal,
      action: clip(request.action),
      resource: clip(request.resource),
      resourceAccountId: request.resourceAccountId,
      context: context.record,
    },
    decision: inWords(decision),
    policies: shown,
    denials: isUndecided ? [] : denyingStatements(asked, policies, considered),
    missing: isUndecided ? [] : missingGrants(asked, policies, shown),
  };
}

function toExplained(
  { policy, level }: ConsideredPolicy,
  statements: ExplainedPolicy['statements'],
): ExplainedPolicy {
  return {
    source: policy.source,
    ...(level === undefined ? {} : { level }),
    statementCount: policy.statements.length,
    statements,
  };
}

function inWords({ error, ...decision }: Decision): ExplainedDecision {
  if (error === undefined) return decision;
  return { ...decision, error: clip(error instanceof Error ? error.message : String(error)) };
}
