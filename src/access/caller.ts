import type { IdentityPrincipal } from '../identity/index.ts';
import type { PolicyPrincipal } from '../policy/index.ts';
import { AccessError } from './error.ts';

/** Who is asking, and how that was proved. */
export interface Caller {
  /** Undefined for an anonymous request. */
  readonly principal: IdentityPrincipal | undefined;
  readonly policyPrincipal: PolicyPrincipal;
  /** Account id; undefined for an anonymous request. */
  readonly account: string | undefined;
  readonly accessKeyId: string | undefined;
  readonly proof: Proof;
}

/** What the condition keys about signatures are read from. */
export type Proof =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'signature';
      readonly version: 'v2' | 'v4';
      readonly at: 'header' | 'query' | 'form';
      /** When it was made; undefined for a V2 query signature, which names only its end. */
      readonly signedAtMs: number | undefined;
      /** The region of the credential scope; undefined for V2. */
      readonly region: string | undefined;
    };

export const ANONYMOUS: Caller = {
  principal: undefined,
  policyPrincipal: { kind: 'anonymous' },
  account: undefined,
  accessKeyId: undefined,
  proof: { kind: 'none' },
};

/** As every region's name is; of a credential scope it is whatever the sender wrote. */
const REGION = /^[a-z0-9-]{1,32}$/;

/** The region that the caller signed for, where it can be one. */
export function signedRegion({ proof }: Pick<Caller, 'proof'>): string | undefined {
  const region = proof.kind === 'signature' ? proof.region : undefined;
  return region !== undefined && REGION.test(region) ? region : undefined;
}

/** Who has signed; throws MissingAuthenticationToken where nobody has. */
export function principalOf({ principal }: Caller): IdentityPrincipal {
  if (principal !== undefined) return principal;
  throw new AccessError('MissingAuthenticationToken', 'Request is missing Authentication Token');
}
