import { assumedRoleArn, federatedUserArn, roleArn } from '../arn.ts';
import { ownerPrincipal } from '../credential-owner.ts';
import type { Reads } from '../following-cache.ts';
import type { Account, IdentityPrincipal, Role } from '../model.ts';
import { accessKeys, roles } from '../records.ts';
import { overlayTags } from '../tags.ts';
import type { LiveSession, SessionSource } from './session.ts';

/**
 * Who a session speaks for. Undefined once what it was made from is gone: the role, the user, or the
 * access key that called, which is as good as gone while it is inactive.
 */
export async function sessionPrincipal(
  reads: Reads,
  session: LiveSession,
  account: Account,
): Promise<IdentityPrincipal | undefined> {
  const { source } = session;
  if (source.kind === 'role') {
    const role = await reads.get(roles, account.id, source.roleId);
    return role && rolePrincipal(role, account, session, source.sessionName);
  }
  if (source.accessKeyId !== undefined) {
    const key = await reads.get(accessKeys, source.accessKeyId);
    if (key?.status !== 'Active') return undefined;
  }
  const owner = await ownerPrincipal(reads, source.owner, account);
  if (owner === undefined) return undefined;
  return source.kind === 'user'
    ? { ...owner, session }
    : federatedPrincipal(owner, account, session, source);
}

function rolePrincipal(
  role: Role,
  { id, canonicalUserId }: Account,
  session: LiveSession,
  sessionName: string,
): IdentityPrincipal {
  const named = {
    accountId: id,
    arn: assumedRoleArn(id, role.name, sessionName),
    userId: `${role.id}:${sessionName}`,
  };
  return {
    kind: 'assumed-role',
    ...named,
    tags: overlayTags(role.tags, session.tags),
    policyPrincipal: {
      kind: 'assumed-role',
      ...named,
      roleArn: roleArn(role),
      roleId: role.id,
      canonicalUserId,
    },
    session,
  };
}

function federatedPrincipal(
  owner: IdentityPrincipal,
  { id, canonicalUserId }: Account,
  session: LiveSession,
  { name }: Extract<SessionSource, { kind: 'federated' }>,
): IdentityPrincipal {
  const named = { accountId: id, arn: federatedUserArn(id, name), userId: `${id}:${name}` };
  return {
    kind: 'federated-user',
    ...named,
    tags: overlayTags(owner.tags, session.tags),
    policyPrincipal: {
      kind: 'federated-user',
      ...named,
      userArn: owner.arn,
      ...(owner.kind === 'user' ? { callerUserId: owner.userId } : {}),
      canonicalUserId,
    },
    session,
  };
}
