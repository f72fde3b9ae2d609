import type { IdentityStore } from '../identity/index.ts';

/** An account as S3 shows it: its canonical id and its display name. */
export async function ownerOf(identity: IdentityStore, accountId: string) {
  const account = await identity.findAccount(accountId);
  return { ID: account?.canonicalUserId ?? accountId, DisplayName: account?.name ?? accountId };
}

/** Who began an upload: a user by its ARN, or the account itself as its owner is shown. */
export async function initiatorOf(
  identity: IdentityStore,
  { owner, initiator }: { readonly owner: string; readonly initiator: string },
) {
  if (initiator === '' || initiator.endsWith(':root')) return ownerOf(identity, owner);
  return { ID: initiator, DisplayName: initiator.slice(initiator.lastIndexOf('/') + 1) };
}
