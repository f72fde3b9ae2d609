import { hash } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { bodyOf, collectBody, type HttpRequest, type RequestBody } from '../base/http.ts';
import type { IdentityStore } from '../identity/index.ts';
import {
  parseClaim,
  SigningKeyCache,
  verifiedBody,
  verifyClaim,
  type SignedClaim,
} from '../signature/index.ts';
import { ANONYMOUS, type Caller } from './caller.ts';
import { AccessError } from './error.ts';

export type Service = 's3' | 'iam' | 'sts';

export interface Authenticated {
  readonly caller: Caller;
  /** Decoded, and held to what was signed: its iteration throws SignatureError when it differs. */
  readonly body: RequestBody;
  /** Trailing headers, lower-case name to value; empty before the body's end. */
  readonly trailers: () => ReadonlyMap<string, string>;
}

export interface AuthenticateOptions {
  readonly service: Service;
  /** The bucket that the host name carried. */
  readonly virtualHostBucket?: string | undefined;
}

export interface Authenticator {
  /** Throws AccessError and SignatureError. An unsigned request is an anonymous caller, no error. */
  authenticate(request: HttpRequest, options: AuthenticateOptions): Promise<Authenticated>;
}

export interface AuthenticatorOptions {
  readonly identity: IdentityStore;
  readonly clock: Clock;
  readonly region: string;
  /** Answers a credential scope of another region as AWS does, instead of accepting it. */
  readonly strictRegion: boolean;
}

/** IAM and STS requests are forms; the hash of the whole form is what is signed. */
const COLLECTED_BODY_SIZE_MAX = 1024 * 1024;

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const signingKeys = new SigningKeyCache();
  const region = { name: options.region, strict: options.strictRegion };
  return {
    async authenticate(request, { service, virtualHostBucket }) {
      const claim = parseClaim(request);
      if (claim.kind === 'anonymous') {
        const { body, trailers } = verifiedBody(request.body, claim, request.headers);
        return { caller: ANONYMOUS, body, trailers };
      }
      const credential = await knownCredential(options.identity, claim, service);
      const collected =
        claim.payload.kind === 'collected'
          ? await collectBody(request.body, COLLECTED_BODY_SIZE_MAX)
          : undefined;
      const verified = verifyClaim(claim, request, {
        secretAccessKey: credential.secretAccessKey,
        nowMs: options.clock.nowMs(),
        services: [service],
        region,
        signingKeys,
        ...(virtualHostBucket === undefined ? {} : { virtualHostBucket }),
        ...(collected === undefined ? {} : { bodySha256Hex: hash('sha256', collected, 'hex') }),
      });
      const source = collected === undefined ? request.body : bodyOf(collected);
      const { body, trailers } = verifiedBody(source, verified, request.headers);
      const caller = callerOf(credential.principal, claim);
      options.identity.noteKeyUse(claim.accessKeyId, {
        service,
        region: caller.proof.kind === 'signature' ? (caller.proof.region ?? options.region) : '',
      });
      return { caller, body, trailers };
    },
  };
}

/** The key's credential; unknown, inactive and wrongly accompanied keys are refused alike. */
export async function knownCredential(
  identity: IdentityStore,
  { accessKeyId, sessionToken }: { readonly accessKeyId: string; readonly sessionToken?: string },
  service: Service,
) {
  const credential = await identity.findCredential(accessKeyId);
  if (credential === undefined || credential.status !== 'Active') {
    throw service === 's3'
      ? new AccessError(
          'InvalidAccessKeyId',
          'The AWS Access Key Id you provided does not exist in our records.',
          { AWSAccessKeyId: accessKeyId },
        )
      : invalidClientToken();
  }
  if (sessionToken !== undefined) {
    throw service === 's3'
      ? new AccessError('InvalidToken', 'The provided token is malformed or otherwise invalid.', {
          'Token-0': sessionToken,
        })
      : invalidClientToken();
  }
  return credential;
}

function invalidClientToken(): AccessError {
  return new AccessError(
    'InvalidClientTokenId',
    'The security token included in the request is invalid.',
  );
}

function callerOf(principal: NonNullable<Caller['principal']>, claim: SignedClaim): Caller {
  return {
    principal,
    policyPrincipal: principal.policyPrincipal,
    account: principal.accountId,
    accessKeyId: claim.accessKeyId,
    proof: {
      kind: 'signature',
      version: claim.version,
      at: claim.at,
      signedAtMs: claim.signedAtMs,
      region: claim.version === 'v4' ? claim.scope.region : undefined,
    },
  };
}
