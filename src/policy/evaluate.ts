import { type CompiledPolicy, type CompiledStatement, reachOfStatement } from './compile.ts';
import type { AccessRequest, ApplicablePolicies, Decision, PolicyPrincipal } from './request.ts';
import { REACH_DIRECT, REACH_NONE, REACH_ROLE, type Reach } from './principal.ts';
import type { PolicySource } from './document.ts';

/**
 * The order of evaluation ("Policy evaluation logic" of the IAM user guide): a Deny anywhere is
 * final; then the resource's organization, the principal's organization, the resource's policy,
 * and the principal's identity, boundary and session policies must allow. Between two accounts
 * the resource's and the principal's side must both allow; within one either may.
 *
 * Anything unexpected, such as a context reader that throws, denies.
 */
export function evaluate(request: AccessRequest, policies: ApplicablePolicies): Decision {
  try {
    const resource = resourceText(request);
    return findDenial(request, policies, resource) ?? decide(request, policies, resource);
  } catch (error) {
    return { effect: 'ImplicitDeny', error };
  }
}

/** The principals that have identity policies: all but the anonymous and the services. */
type AccountPrincipal = Exclude<PolicyPrincipal, { kind: 'anonymous' | 'service' }>;

interface Grant {
  readonly reach: Reach;
  readonly statement: CompiledStatement | undefined;
}

const NO_GRANT: Grant = { reach: REACH_NONE, statement: undefined };

/** Root needs no statement to act in its own account. */
const ROOT_ALLOWED: Decision = Object.freeze({ effect: 'Allow' });

/**
 * The resource as patterns see it. An action on the account itself, such as s3:ListAllMyBuckets,
 * is allowed by `*` and by patterns that reach every resource of the service, such as
 * `arn:aws:s3:::*`; never by one bucket's ARN.
 */
export function resourceText({ action, resource }: AccessRequest): string {
  if (resource !== '*') return resource;
  const [service = ''] = action.toLowerCase().split(':', 1);
  return `arn:aws:${service}:::*`;
}

function denies(
  policy: CompiledPolicy | undefined,
  request: AccessRequest,
  resource: string,
  hasBoundary: boolean,
): Decision | undefined {
  if (policy === undefined) return undefined;
  for (const statement of policy.forAction(request.action).denies) {
    if (reachOfStatement(statement, request, resource, hasBoundary) !== REACH_NONE) {
      return statement.decision;
    }
  }
  return undefined;
}

function findDenial(
  request: AccessRequest,
  policies: ApplicablePolicies,
  resource: string,
): Decision | undefined {
  const hasBoundary = policies.boundary !== undefined;
  let found = denies(policies.resource, request, resource, hasBoundary);
  for (const level of policies.resourceControl ?? []) {
    for (const policy of level) found ??= denies(policy, request, resource, hasBoundary);
  }
  if (found !== undefined || !isAccountPrincipal(request.principal)) return found;
  for (const policy of policies.identity) {
    found ??= denies(policy, request, resource, hasBoundary);
  }
  found ??= denies(policies.boundary, request, resource, hasBoundary);
  for (const policy of policies.session ?? []) {
    found ??= denies(policy, request, resource, hasBoundary);
  }
  for (const level of policies.serviceControl ?? []) {
    for (const policy of level) found ??= denies(policy, request, resource, hasBoundary);
  }
  return found;
}

/** Policies of the principal's side are asked of these alone. */
export function isAccountPrincipal(principal: PolicyPrincipal): principal is AccountPrincipal {
  return principal.kind !== 'anonymous' && principal.kind !== 'service';
}

function lacking(type: PolicySource['type']): Decision {
  return LACKING[type];
}

const LACKING: Readonly<Record<PolicySource['type'], Decision>> = {
  'identity-based': denialFor('identity-based'),
  'resource-based': denialFor('resource-based'),
  'permissions boundary': denialFor('permissions boundary'),
  session: denialFor('session'),
  'service control': denialFor('service control'),
  'resource control': denialFor('resource control'),
  trust: denialFor('trust'),
};

function denialFor(type: PolicySource['type']): Decision {
  return Object.freeze({ effect: 'ImplicitDeny', lacking: type });
}

function decide(request: AccessRequest, policies: ApplicablePolicies, resource: string): Decision {
  const { principal } = request;
  const resourceType = policies.resource?.source.type ?? 'resource-based';
  if (!everyLevelAllows(policies.resourceControl, request, resource)) {
    return lacking('resource control');
  }
  if (!isAccountPrincipal(principal)) {
    const { statement } = findGrant(policies.resource, request, resource);
    return statement?.decision ?? lacking(resourceType);
  }
  if (!everyLevelAllows(policies.serviceControl, request, resource)) {
    return lacking('service control');
  }
  const grant = findGrant(policies.resource, request, resource);
  const sameAccount = principal.accountId === request.resourceAccountId;
  if (sameAccount && grant.reach === REACH_DIRECT && principal.kind !== 'root') {
    return grant.statement?.decision ?? lacking(resourceType);
  }
  const direct = sameAccount && grant.reach === REACH_ROLE ? grant.statement : undefined;
  const decision = decideForPrincipal(principal, request, policies, resource, direct);
  if (decision.effect !== 'Allow') return decision;
  // A role is entered only through its trust policy, also from within its own account.
  const needsGrant = !sameAccount || resourceType === 'trust';
  return needsGrant && grant.reach === REACH_NONE ? lacking(resourceType) : decision;
}

/** The principal's own policies. `granted` is the statement that stands in for the identity's. */
function decideForPrincipal(
  principal: AccountPrincipal,
  request: AccessRequest,
  policies: ApplicablePolicies,
  resource: string,
  granted: CompiledStatement | undefined,
): Decision {
  const { boundary, session } = policies;
  const decision =
    granted?.decision ??
    (isRootIdentity(principal)
      ? ROOT_ALLOWED
      : findAllow(policies.identity, request, resource)?.decision);
  if (decision === undefined) return lacking('identity-based');
  if (boundary !== undefined && findAllow([boundary], request, resource) === undefined) {
    return lacking('permissions boundary');
  }
  if (session === undefined || session.length === 0) {
    // "Permissions for GetFederationToken": without a session policy it confers nothing.
    return principal.kind === 'federated-user' ? lacking('session') : decision;
  }
  return findAllow(session, request, resource) === undefined ? lacking('session') : decision;
}

/** Root itself, and the federated session that root called for. */
function isRootIdentity(principal: AccountPrincipal): boolean {
  if (principal.kind === 'root') return true;
  return principal.kind === 'federated-user' && principal.userArn.endsWith(':root');
}

/** The first statement that allows. */
export function findAllow(
  policies: readonly CompiledPolicy[],
  request: AccessRequest,
  resource: string,
): CompiledStatement | undefined {
  for (const policy of policies) {
    for (const statement of policy.forAction(request.action).allows) {
      if (reachOfStatement(statement, request, resource, false) !== REACH_NONE) return statement;
    }
  }
  return undefined;
}

/** The statement of a resource's policy that names who asks most directly. */
function findGrant(
  policy: CompiledPolicy | undefined,
  request: AccessRequest,
  resource: string,
): Grant {
  if (policy === undefined) return NO_GRANT;
  let best: Grant = NO_GRANT;
  for (const statement of policy.forAction(request.action).allows) {
    const reach = reachOfStatement(statement, request, resource, false);
    if (reach === REACH_DIRECT) return { reach, statement };
    if (reach > best.reach) best = { reach, statement };
  }
  return best;
}

/** Each level of an organization must allow; without an organization there is no level. */
function everyLevelAllows(
  levels: readonly (readonly CompiledPolicy[])[] | undefined,
  request: AccessRequest,
  resource: string,
): boolean {
  if (levels === undefined) return true;
  return levels.every((level) => findAllow(level, request, resource) !== undefined);
}
