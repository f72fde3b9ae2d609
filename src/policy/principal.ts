import type { ContextReader, PolicyPrincipal } from './request.ts';
import type { PolicyPrincipals } from './document.ts';

/**
 * How directly a resource policy's principal names the one who asks. In one account it decides
 * which other policies still have a say ("Policy evaluation logic", "AWS JSON policy elements:
 * Principal").
 */
export type Reach = 0 | 1 | 2 | 3;

export const REACH_NONE = 0;
/** The account: delegates to its identity policies and grants nobody anything by itself. */
export const REACH_ACCOUNT = 1;
/** The role, or the user behind a federated session: boundary and session policies still limit. */
export const REACH_ROLE = 2;
/** The user, the session, the service, or everybody: no other policy need allow. */
export const REACH_DIRECT = 3;

export type PrincipalMatcher = (
  principal: PolicyPrincipal,
  context: ContextReader,
  hasBoundary: boolean,
) => Reach;

/** Says which identity provider vouches for the caller of a web identity session. */
const FEDERATED_PROVIDER = 'aws:federatedprovider';

const ACCOUNT_ID = /^\d{12}$/;
const ROOT_ARN = /^arn:[^:]*:iam::(\d{12}):root$/;

/** The account that a 12-digit id or a root ARN stands for. */
export function namedAccount(principal: string): string | undefined {
  return ACCOUNT_ID.test(principal) ? principal : ROOT_ARN.exec(principal)?.[1];
}

/** Who asks, in one word: an ARN, a service, or `anonymous`. */
export function principalName(principal: PolicyPrincipal): string {
  if (principal.kind === 'anonymous') return 'anonymous';
  return principal.kind === 'service' ? principal.service : principal.arn;
}

interface NamedPrincipals {
  readonly accounts: ReadonlySet<string>;
  /** ARNs and unique ids. */
  readonly identities: ReadonlySet<string>;
  readonly canonicalUsers: ReadonlySet<string>;
  readonly federated: ReadonlySet<string>;
  readonly services: ReadonlySet<string>;
}

const ANY_SERVICE = '*';

export function compilePrincipals(
  principals: PolicyPrincipals,
  effect: 'Allow' | 'Deny',
): PrincipalMatcher {
  const { negated, everyone } = principals;
  if (everyone) return () => (negated ? REACH_NONE : REACH_DIRECT);
  const named = nameSets(principals);
  if (!negated) return (principal, context) => reachOf(named, principal, context);
  if (effect === 'Allow') {
    return (principal, context) =>
      reachOf(named, principal, context) === REACH_NONE ? REACH_DIRECT : REACH_NONE;
  }
  return (principal, context, hasBoundary) =>
    !hasBoundary && isExempt(named, principal, context) ? REACH_NONE : REACH_DIRECT;
}

function nameSets(principals: PolicyPrincipals): NamedPrincipals {
  const accounts = new Set<string>();
  const identities = new Set<string>();
  for (const name of principals.aws) {
    const account = namedAccount(name);
    if (account === undefined) identities.add(name);
    else accounts.add(account);
  }
  return {
    accounts,
    identities,
    canonicalUsers: new Set(principals.canonicalUser),
    federated: new Set(principals.federated),
    services: new Set(principals.service),
  };
}

function namesAccount(
  named: NamedPrincipals,
  principal: { readonly accountId: string; readonly canonicalUserId?: string },
): boolean {
  if (named.accounts.has(principal.accountId)) return true;
  const { canonicalUserId } = principal;
  return canonicalUserId !== undefined && named.canonicalUsers.has(canonicalUserId);
}

function namesProvider(named: NamedPrincipals, context: ContextReader): boolean {
  if (named.federated.size === 0) return false;
  const provider = context(FEDERATED_PROVIDER);
  return typeof provider === 'string' && named.federated.has(provider);
}

function namesSelf(
  named: NamedPrincipals,
  principal: { readonly arn: string; readonly userId: string },
): boolean {
  return named.identities.has(principal.arn) || named.identities.has(principal.userId);
}

function namesRole(
  named: NamedPrincipals,
  principal: { readonly roleArn: string; readonly roleId: string },
): boolean {
  return named.identities.has(principal.roleArn) || named.identities.has(principal.roleId);
}

function namesCaller(
  named: NamedPrincipals,
  principal: { readonly userArn: string; readonly callerUserId?: string },
): boolean {
  if (named.identities.has(principal.userArn)) return true;
  return principal.callerUserId !== undefined && named.identities.has(principal.callerUserId);
}

function reachOf(
  named: NamedPrincipals,
  principal: PolicyPrincipal,
  context: ContextReader,
): Reach {
  if (namesProvider(named, context)) return REACH_DIRECT;
  switch (principal.kind) {
    case 'anonymous':
      return REACH_NONE;
    case 'service':
      return named.services.has(ANY_SERVICE) || named.services.has(principal.service)
        ? REACH_DIRECT
        : REACH_NONE;
    case 'root':
      return namesAccount(named, principal) ? REACH_DIRECT : REACH_NONE;
    case 'user':
      if (namesSelf(named, principal)) return REACH_DIRECT;
      break;
    case 'assumed-role':
      if (namesSelf(named, principal)) return REACH_DIRECT;
      if (namesRole(named, principal)) return REACH_ROLE;
      break;
    case 'federated-user':
      if (namesSelf(named, principal)) return REACH_DIRECT;
      if (namesCaller(named, principal)) return REACH_ROLE;
      break;
  }
  return namesAccount(named, principal) ? REACH_ACCOUNT : REACH_NONE;
}

/**
 * A Deny with NotPrincipal spares only those whose every name is listed: the account, and the
 * user; the account, the role and its session ("AWS JSON policy elements: NotPrincipal").
 */
function isExempt(
  named: NamedPrincipals,
  principal: PolicyPrincipal,
  context: ContextReader,
): boolean {
  if (namesProvider(named, context)) return true;
  switch (principal.kind) {
    case 'anonymous':
      return false;
    case 'service':
    case 'root':
      return reachOf(named, principal, context) === REACH_DIRECT;
    case 'user':
      return namesAccount(named, principal) && namesSelf(named, principal);
    case 'assumed-role':
      return (
        namesAccount(named, principal) && namesRole(named, principal) && namesSelf(named, principal)
      );
    case 'federated-user':
      return (
        namesAccount(named, principal) &&
        namesCaller(named, principal) &&
        namesSelf(named, principal)
      );
  }
}
