import type { ContextValue } from '../policy/index.ts';
import type { Caller } from './caller.ts';

/** The condition keys `aws:…` that only temporary credentials have; `name` is what follows. */
export function sessionKey(
  name: string,
  { principal }: Caller,
  nowMs: number,
): ContextValue | undefined {
  const session = principal?.session;
  if (session === undefined) return undefined;
  const { mfaAtMs } = session;
  switch (name) {
    case 'tokenissuetime':
      return new Date(session.issuedAtMs).toISOString();
    case 'multifactorauthpresent':
      return String(mfaAtMs !== undefined);
    case 'multifactorauthage':
      return mfaAtMs === undefined ? undefined : String(Math.floor((nowMs - mfaAtMs) / 1000));
    case 'federatedprovider':
      return session.web?.providerArn;
    case 'sourceidentity':
      return session.sourceIdentity;
    default:
      return undefined;
  }
}

/** What the identity provider said of the caller, by keys such as `login.example.com:sub`. */
export function webIdentityKey(key: string, { principal }: Caller): ContextValue | undefined {
  const claims = principal?.session?.web?.claims;
  return claims !== undefined && Object.hasOwn(claims, key) ? claims[key] : undefined;
}

/** `aws:PrincipalArn`: of a role's session the role, of everybody else himself. */
export function principalArnKey({ policyPrincipal, principal }: Caller): string | undefined {
  return policyPrincipal.kind === 'assumed-role' ? policyPrincipal.roleArn : principal?.arn;
}
