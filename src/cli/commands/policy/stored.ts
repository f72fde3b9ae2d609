import {
  RESCUING_ACTIONS,
  simulatedPrincipal,
  withoutAllows,
  type CompiledPolicy,
  type ContextValue,
  type Estate,
  type PolicyPrincipal,
} from '../../../policy/index.ts';
import { UsageError } from '../../command.ts';

/** Who asks, and what applies to him. */
export interface StoredPrincipal {
  readonly principal: PolicyPrincipal;
  readonly identity: readonly CompiledPolicy[];
  readonly boundary?: CompiledPolicy | undefined;
  /** Condition keys that come with him, in lower case. */
  readonly context: Readonly<Record<string, ContextValue>>;
}

/**
 * The user or role of the server that `user/NAME`, `role/NAME` or an ARN names. Undefined for whom
 * the server keeps nothing: root, strangers, services, the anonymous.
 */
export function storedPrincipal(estate: Estate, who: string): StoredPrincipal | undefined {
  const [, kind, name] = /^(user|role)\/([^/]+)$/.exec(who) ?? [];
  const isMeant = (actor: { readonly arn: string; readonly name: string }, own: string) =>
    actor.arn === who || (kind === own && actor.name === name);
  const user = estate.users.find((each) => isMeant(each, 'user'));
  if (user !== undefined) {
    const { accountId, arn, id: userId, identity, boundary, tags = [] } = user;
    const context = Object.fromEntries(
      tags.map(({ key, value }) => [`aws:principaltag/${key.toLowerCase()}`, value]),
    );
    return { principal: { kind: 'user', accountId, arn, userId }, identity, boundary, context };
  }
  const role = estate.roles.find((each) => isMeant(each, 'role'));
  const session = role && simulatedPrincipal(role.arn);
  if (role !== undefined && session?.kind === 'assumed-role') {
    const { id: roleId, identity, boundary } = role;
    const userId = session.userId.replace(session.roleId, roleId);
    return { principal: { ...session, roleId, userId }, identity, boundary, context: {} };
  }
  if (kind !== undefined) throw new UsageError(`The server knows no ${who}`);
  return undefined;
}

export interface StoredResource {
  readonly owner?: string;
  readonly policies: readonly CompiledPolicy[];
  /** An object of a bucket whose objects may have ACLs of their own, which are not read. */
  readonly mayHaveAcl?: boolean;
}

/** The policies that the server keeps of a resource, and whose it is. */
export function storedResource(
  { buckets, roles }: Estate,
  action: string,
  resource: string,
  principal: PolicyPrincipal,
): StoredResource {
  if (action.toLowerCase().startsWith('sts:')) {
    const trust = roles.find(({ arn }) => arn === resource)?.trust;
    return { policies: trust === undefined ? [] : [trust] };
  }
  const name = /^arn:aws:s3:::([^/]+)/.exec(resource)?.[1];
  const bucket = buckets.find((each) => each.name === name);
  if (bucket === undefined) return { policies: [] };
  const { owner, policy, acl, isRestricted, objectAcls } = bucket;
  const mayHaveAcl = resource.startsWith(`arn:aws:s3:::${name}/`) && objectAcls !== 'none';
  const isOwn = 'accountId' in principal && principal.accountId === owner;
  if (isOwn && principal.kind === 'root' && RESCUING_ACTIONS.has(action)) {
    return { owner, policies: [] };
  }
  // Of a public policy that is restricted only the owner's account has its grants.
  const counting = policy && isRestricted && !isOwn ? withoutAllows(policy) : policy;
  const policies = [counting, acl].filter((each) => each !== undefined);
  return { owner, policies, mayHaveAcl };
}
