import { joinPolicies, withoutDenies } from '../combine.ts';
import { type CompiledPolicy, compilePolicy } from '../compile.ts';
import type { PolicyKind, PolicySource } from '../document.ts';
import { evaluate, findAllow, resourceText } from '../evaluate.ts';
import { parsePolicy } from '../parse.ts';
import type { AccessRequest, ApplicablePolicies, PolicyPrincipal } from '../request.ts';
import type { ExplainedPolicy, GrantStatement, MissingGrant } from './explanation.ts';
import { nearMisses } from './near-miss.ts';

type PolicyType = PolicySource['type'];

/** Five kinds of policy, and an organization's levels, of which AWS has at most seven. */
const GRANTS_MAX = 20;

/** Grants are found one after the other: each is added before the question is asked again. */
export function missingGrants(
  request: AccessRequest,
  policies: ApplicablePolicies,
  explained: readonly ExplainedPolicy[],
): readonly MissingGrant[] {
  const missing: MissingGrant[] = [];
  let granted = withoutAnyDeny(policies);
  while (missing.length < GRANTS_MAX) {
    const { lacking: type } = evaluate(request, granted);
    if (type === undefined) break;
    const level = lackingLevel(type, request, granted);
    const grant = grantOf(type, request, granted);
    if (grant === undefined) break;
    missing.push({
      type,
      ...(level === undefined ? {} : { level }),
      whose: ownerOf(type, request, policies),
      statement: grant.statement,
      near: nearMisses(type, level, request, explained),
    });
    granted = withGrant(granted, grant.policy, level);
  }
  return missing;
}

function withoutAnyDeny(policies: ApplicablePolicies): ApplicablePolicies {
  const { identity, resource, boundary, session, serviceControl, resourceControl } = policies;
  const all = (list: readonly CompiledPolicy[]) => list.map(withoutDenies);
  return {
    identity: all(identity),
    ...(resource && { resource: withoutDenies(resource) }),
    ...(boundary && { boundary: withoutDenies(boundary) }),
    ...(session && { session: all(session) }),
    ...(serviceControl && { serviceControl: serviceControl.map(all) }),
    ...(resourceControl && { resourceControl: resourceControl.map(all) }),
  };
}

/** The first level of an organization that does not allow. */
function lackingLevel(
  type: PolicyType,
  request: AccessRequest,
  { serviceControl, resourceControl }: ApplicablePolicies,
): number | undefined {
  if (type !== 'service control' && type !== 'resource control') return undefined;
  const levels = (type === 'service control' ? serviceControl : resourceControl) ?? [];
  const resource = resourceText(request);
  return levels.findIndex((level) => findAllow(level, request, resource) === undefined);
}

function withGrant(
  policies: ApplicablePolicies,
  grant: CompiledPolicy,
  level: number | undefined,
): ApplicablePolicies {
  const joined = (policy: CompiledPolicy | undefined) =>
    policy === undefined ? grant : (joinPolicies([policy, grant]) ?? grant);
  const atLevel = (levels: readonly (readonly CompiledPolicy[])[] = []) =>
    levels.map((each, index) => (index === level ? [...each, grant] : each));
  switch (grant.source.type) {
    case 'identity-based':
      return { ...policies, identity: [...policies.identity, grant] };
    case 'resource-based':
    case 'trust':
      return { ...policies, resource: joined(policies.resource) };
    case 'permissions boundary':
      return { ...policies, boundary: joined(policies.boundary) };
    case 'session':
      return { ...policies, session: [...(policies.session ?? []), grant] };
    case 'service control':
      return { ...policies, serviceControl: atLevel(policies.serviceControl) };
    case 'resource control':
      return { ...policies, resourceControl: atLevel(policies.resourceControl) };
  }
}

interface Grant {
  readonly statement: GrantStatement;
  readonly policy: CompiledPolicy;
}

/** The smallest statement that allows the request. Undefined when no document can say it. */
function grantOf(
  type: PolicyType,
  request: AccessRequest,
  policies: ApplicablePolicies,
): Grant | undefined {
  const kind: PolicyKind =
    type === 'resource-based' ? 'resource' : type === 'trust' ? 'trust' : 'identity';
  const host =
    kind === 'resource'
      ? policies.resource
      : type === 'permissions boundary'
        ? policies.boundary
        : undefined;
  const version = host?.document.version ?? '2012-10-17';
  const { action, resource, principal } = request;
  const statement: GrantStatement = {
    Effect: 'Allow',
    ...(kind === 'identity' ? {} : { Principal: principalElement(principal, request) }),
    Action: action,
    ...(kind === 'trust'
      ? {}
      : {
          Resource: resource === '*' || version === '2008-10-17' ? resource : literally(resource),
        }),
  };
  const parsed = parsePolicy(JSON.stringify({ Version: version, Statement: statement }), kind);
  if (!parsed.ok) return undefined;
  return { statement, policy: compilePolicy(parsed.document, { type, id: 'grant' }) };
}

/** A text in which nothing is a wildcard or a variable; version 2008-10-17 has no such spelling. */
function literally(text: string): string {
  return text.replace(/[*?]|\$(?=\{)/g, (mark) => `\${${mark}}`);
}

function principalElement(
  principal: PolicyPrincipal,
  { context }: AccessRequest,
): NonNullable<GrantStatement['Principal']> {
  switch (principal.kind) {
    case 'anonymous': {
      const provider = context('aws:federatedprovider');
      return typeof provider === 'string' ? { Federated: provider } : '*';
    }
    case 'service':
      return { Service: principal.service };
    case 'assumed-role':
      return { AWS: principal.roleArn };
    case 'root':
    case 'user':
    case 'federated-user':
      return { AWS: principal.arn };
  }
}

function ownerOf(type: PolicyType, request: AccessRequest, policies: ApplicablePolicies): string {
  const { principal, resource, resourceAccountId } = request;
  switch (type) {
    case 'resource-based':
      // What grants there may be an ACL; what could grant more is the policy of the bucket.
      return bucketOf(resource) ?? policies.resource?.source.id ?? resource;
    case 'trust':
      return policies.resource?.source.id ?? resource;
    case 'resource control':
      return resourceAccountId;
    case 'service control':
      return 'accountId' in principal ? principal.accountId : resourceAccountId;
    case 'permissions boundary':
      return policies.boundary?.source.id ?? identityOf(principal);
    case 'identity-based':
      return identityOf(principal);
    case 'session':
      return 'arn' in principal ? principal.arn : '';
  }
}

/** Policies lie on buckets, also where the resource is an object. */
function bucketOf(resource: string): string | undefined {
  return /^arn:[^:]*:s3:::[^/]+/.exec(resource)?.[0];
}

/** Whose identity policies count: a session's are those of what it was made from. */
function identityOf(principal: PolicyPrincipal): string {
  if (principal.kind === 'assumed-role') return principal.roleArn;
  if (principal.kind === 'federated-user') return principal.userArn;
  return 'arn' in principal ? principal.arn : principal.kind;
}
