import type { Headers } from '../base/http.ts';
import type { Target } from './encoding.ts';
import type { PayloadKind } from './payload.ts';
import type { CredentialScope } from './signing-key.ts';

/** What of a request a signature can cover. */
export interface SignedMessage {
  readonly method: string;
  /** The target as sent: path, and query after the first `?`. */
  readonly target: string;
  readonly headers: Headers;
}

/** Nobody claims to have sent the request. */
export interface AnonymousClaim {
  readonly kind: 'anonymous';
  readonly payload: PayloadKind;
}

interface SignedClaimBase {
  readonly kind: 'signed';
  readonly at: 'header' | 'query';
  readonly accessKeyId: string;
  readonly sessionToken?: string | undefined;
  /** How the body is protected and framed. */
  readonly payload: PayloadKind;
  readonly signature: string;
  readonly target: Target;
}

export interface V4Claim extends SignedClaimBase {
  readonly version: 'v4';
  readonly scope: CredentialScope;
  readonly signedAtMs: number;
  /** The time as it stands in the string to sign. */
  readonly timestamp: string;
  /** Only of presigned requests. */
  readonly expiresInSeconds?: number;
  /** In lower case, sorted. */
  readonly signedHeaders: readonly string[];
  /**
   * What may stand for the payload in the canonical request, likeliest first. Empty when it is the
   * SHA-256 of a body that must be collected first.
   */
  readonly payloadHashes: readonly string[];
}

export interface V2Claim extends SignedClaimBase {
  readonly version: 'v2';
  /** Of header signatures. */
  readonly signedAtMs?: number;
  /** Of query signatures. */
  readonly expiresAtMs?: number;
  /** The date line of the string to sign. */
  readonly dateText: string;
}

/** Somebody claims to have sent the request, which a secret can prove. */
export type SignedClaim = V2Claim | V4Claim;

export type Claim = AnonymousClaim | SignedClaim;
