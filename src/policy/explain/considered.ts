import { type CompiledPolicy, reachOfStatement } from '../compile.ts';
import { isAccountPrincipal, resourceText } from '../evaluate.ts';
import { REACH_NONE } from '../principal.ts';
import type { AccessRequest, ApplicablePolicies } from '../request.ts';
import type { StatementName } from './explanation.ts';

/** A policy that has a say in a decision. */
export interface ConsideredPolicy {
  readonly policy: CompiledPolicy;
  /** Of an organization's policies: the level that it stands on. */
  readonly level?: number;
}

/** The policies that `evaluate` asks, in its order; one joined of several is taken apart again. */
export function consideredPolicies(
  request: AccessRequest,
  policies: ApplicablePolicies,
): readonly ConsideredPolicy[] {
  const { resource, identity, boundary, session = [] } = policies;
  const ofResource = [...one(resource), ...levels(policies.resourceControl)];
  if (!isAccountPrincipal(request.principal)) return ofResource;
  return [
    ...ofResource,
    ...identity.flatMap(one),
    ...one(boundary),
    ...session.flatMap(one),
    ...levels(policies.serviceControl),
  ];
}

function one(policy: CompiledPolicy | undefined): readonly ConsideredPolicy[] {
  if (policy === undefined) return [];
  return (policy.parts ?? [policy]).map((part) => ({ policy: part }));
}

function levels(all: readonly (readonly CompiledPolicy[])[] = []): readonly ConsideredPolicy[] {
  return all.flatMap((policies, level) => policies.map((policy) => ({ policy, level })));
}

/** More denials than these are not told apart by anybody. */
const DENIALS_SHOWN_MAX = 50;

/** Every Deny statement that applies, where a decision needs only the first. */
export function denyingStatements(
  request: AccessRequest,
  policies: ApplicablePolicies,
  considered: readonly ConsideredPolicy[],
): readonly StatementName[] {
  const resource = resourceText(request);
  const hasBoundary = policies.boundary !== undefined;
  return considered
    .flatMap(({ policy }) => policy.forAction(request.action).denies)
    .filter(
      (statement) => reachOfStatement(statement, request, resource, hasBoundary) !== REACH_NONE,
    )
    .slice(0, DENIALS_SHOWN_MAX)
    .flatMap(({ decision }) => decision.by ?? []);
}
