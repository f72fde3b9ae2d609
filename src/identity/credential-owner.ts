import { rootArn, userArn } from './arn.ts';
import type { Reads } from './following-cache.ts';
import type { Account, CredentialOwner, IdentityPrincipal, User } from './model.ts';
import { users } from './records.ts';

/** Root as whoever asks. */
export function rootPrincipal({ id, canonicalUserId }: Account): IdentityPrincipal {
  const named = { accountId: id, arn: rootArn(id), userId: id } as const;
  return {
    kind: 'root',
    ...named,
    tags: [],
    policyPrincipal: { kind: 'root', ...named, canonicalUserId },
  };
}

/** A user as whoever asks. */
export function userPrincipal(user: User, { id, canonicalUserId }: Account): IdentityPrincipal {
  const named = { accountId: id, arn: userArn(user), userId: user.id } as const;
  return {
    kind: 'user',
    ...named,
    userName: user.name,
    path: user.path,
    tags: user.tags,
    policyPrincipal: { kind: 'user', ...named, canonicalUserId },
  };
}

/** Whom a key or session of this owner speaks for; undefined when the user is gone. */
export async function ownerPrincipal(
  reads: Reads,
  owner: CredentialOwner,
  account: Account,
): Promise<IdentityPrincipal | undefined> {
  if (owner.kind === 'root') return rootPrincipal(account);
  const user = await reads.get(users, account.id, owner.id);
  return user && userPrincipal(user, account);
}
