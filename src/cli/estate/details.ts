import {
  compilePolicy,
  parsePolicy,
  type CompiledPolicy,
  type Estate,
  type PolicyKind,
  type PolicySource,
} from '../../policy/index.ts';

/**
 * What GetAccountAuthorizationDetails answers, as the server's XML and `aws iam
 * get-account-authorization-details` both have it; of the latter, documents may be JSON already.
 */
export interface AuthorizationDetails {
  readonly UserDetailList?: readonly UserDetail[];
  readonly GroupDetailList?: readonly GroupDetail[];
  readonly RoleDetailList?: readonly RoleDetail[];
  readonly Policies?: readonly ManagedPolicyDetail[];
}

type Document = string | object;

export interface InlineDetail {
  readonly PolicyName: string;
  readonly PolicyDocument: Document;
}

interface Actor {
  readonly Arn: string;
  readonly AttachedManagedPolicies?: readonly { readonly PolicyArn: string }[];
  readonly PermissionsBoundary?: { readonly PermissionsBoundaryArn: string };
}

interface UserDetail extends Actor {
  readonly UserName: string;
  readonly UserId: string;
  readonly UserPolicyList?: readonly InlineDetail[];
  readonly GroupList?: readonly string[];
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
}

interface GroupDetail extends Actor {
  readonly GroupName: string;
  readonly GroupPolicyList?: readonly InlineDetail[];
}

interface RoleDetail extends Actor {
  readonly RoleName: string;
  readonly RoleId: string;
  readonly AssumeRolePolicyDocument: Document;
  readonly RolePolicyList?: readonly InlineDetail[];
}

interface ManagedPolicyDetail {
  readonly Arn: string;
  readonly PolicyVersionList?: readonly {
    readonly Document: Document;
    readonly IsDefaultVersion: boolean | string;
  }[];
}

/** Users and roles of the details. Throws for a document that does not parse, naming it. */
export function principalsOf(details: AuthorizationDetails): Pick<Estate, 'users' | 'roles'> {
  const managed = new Map((details.Policies ?? []).map((policy) => [policy.Arn, policy]));
  const groups = new Map((details.GroupDetailList ?? []).map((group) => [group.GroupName, group]));
  const attached = (actor: Actor): readonly CompiledPolicy[] =>
    (actor.AttachedManagedPolicies ?? []).map(({ PolicyArn }) =>
      managedPolicy(managed, PolicyArn, 'identity-based'),
    );
  const boundary = ({ PermissionsBoundary }: Actor) =>
    PermissionsBoundary === undefined
      ? {}
      : {
          boundary: managedPolicy(
            managed,
            PermissionsBoundary.PermissionsBoundaryArn,
            'permissions boundary',
          ),
        };
  const users = (details.UserDetailList ?? []).map((user) => {
    const names = user.GroupList ?? [];
    const groupPolicies = names.flatMap((name) => {
      const group = groups.get(name);
      if (group === undefined) throw new Error(`The group ${name} of ${user.Arn} is not described`);
      return [...inline(group.GroupPolicyList, group.Arn), ...attached(group)];
    });
    return {
      accountId: accountOf(user.Arn),
      arn: user.Arn,
      name: user.UserName,
      id: user.UserId,
      groups: names,
      identity: [...inline(user.UserPolicyList, user.Arn), ...attached(user), ...groupPolicies],
      ...boundary(user),
      tags: (user.Tags ?? []).map(({ Key, Value }) => ({ key: Key, value: Value })),
    };
  });
  const roles = (details.RoleDetailList ?? []).map((role) => ({
    accountId: accountOf(role.Arn),
    arn: role.Arn,
    name: role.RoleName,
    id: role.RoleId,
    identity: [...inline(role.RolePolicyList, role.Arn), ...attached(role)],
    ...boundary(role),
    trust: compiled(role.AssumeRolePolicyDocument, 'trust', 'trust', role.Arn),
  }));
  return { users, roles };
}

export function accountOf(arn: string): string {
  return arn.split(':')[4] ?? '';
}

function inline(
  list: readonly InlineDetail[] | undefined,
  owner: string,
): readonly CompiledPolicy[] {
  return (list ?? []).map(({ PolicyName, PolicyDocument }) =>
    compiled(PolicyDocument, 'identity', 'identity-based', `${PolicyName} of ${owner}`),
  );
}

function managedPolicy(
  managed: ReadonlyMap<string, ManagedPolicyDetail>,
  arn: string,
  type: PolicySource['type'],
): CompiledPolicy {
  const versions = managed.get(arn)?.PolicyVersionList ?? [];
  const current = versions.find(({ IsDefaultVersion }) => String(IsDefaultVersion) === 'true');
  if (current === undefined) throw new Error(`The policy ${arn} is attached, but not described`);
  return compiled(current.Document, 'identity', type, arn);
}

/** A document as text, as text in URL encoding, or as JSON. */
export function compiled(
  document: Document,
  kind: PolicyKind,
  type: PolicySource['type'],
  id: string,
): CompiledPolicy {
  const text = textOf(document);
  const parsed = parsePolicy(text, kind);
  if (parsed.ok) return compilePolicy(parsed.document, { type, id });
  const [first] = parsed.findings;
  const place = first === undefined ? '' : `:${first.line}:${first.column}: ${first.message}`;
  throw new Error(`The policy ${id} cannot be read${place}`);
}

/** The text of a document of the details. */
export function textOf(document: Document): string {
  if (typeof document !== 'string') return JSON.stringify(document);
  return document.startsWith('%') ? decodeURIComponent(document) : document;
}
