import type { CredentialOwner, IdentityPrincipal } from './model.ts';

/** Whose policies speak for a principal: a session has those of whom it was made from. */
export type PolicyOwner = CredentialOwner | { readonly kind: 'role'; readonly id: string };

export function policyOwner({ policyPrincipal }: IdentityPrincipal): PolicyOwner {
  switch (policyPrincipal.kind) {
    case 'user':
      return { kind: 'user', id: policyPrincipal.userId };
    case 'assumed-role':
      return { kind: 'role', id: policyPrincipal.roleId };
    case 'federated-user': {
      const { callerUserId } = policyPrincipal;
      return callerUserId === undefined ? { kind: 'root' } : { kind: 'user', id: callerUserId };
    }
    default:
      return { kind: 'root' };
  }
}
