import { hash } from 'node:crypto';
import { whenKnown, type Awaitable } from '../base/awaitable.ts';
import type { Clock } from '../base/clock.ts';
import { bodyOf, collectBody, type HttpRequest, type RequestBody } from '../base/http.ts';
import type { Credential, IdentityStore } from '../identity/index.ts';
import {
  parseClaim,
  parsePostClaim,
  SigningKeyCache,
  verifiedBody,
  verifyClaim,
  verifyPostClaim,
  type PostPolicy,
  type SignedClaim,
} from '../signature/index.ts';
import { ANONYMOUS, signedRegion, type Caller, type Proof } from './caller.ts';
import { AccessError } from './error.ts';

export type Service = 's3' | 'iam' | 'sts' | 'coffer';

export interface Authenticated {
  readonly caller: Caller;
  /** Decoded, and held to what was signed: its iteration throws SignatureError when it differs. */
  readonly body: RequestBody;
  /** Trailing headers, lower-case name to value; empty before the body's end. */
  readonly trailers: () => ReadonlyMap<string, string>;
}

export interface AuthenticatedForm {
  readonly caller: Caller;
  /** What the signer allows the form to be; undefined for an anonymous one. */
  readonly policy: PostPolicy | undefined;
}

export interface AuthenticateOptions {
  readonly service: Service;
  /** The bucket that the host name carried. */
  readonly virtualHostBucket?: string | undefined;
}

export interface Authenticator {
  /** Throws AccessError and SignatureError. An unsigned request is an anonymous caller, no error. */
  authenticate(request: HttpRequest, options: AuthenticateOptions): Promise<Authenticated>;
  /**
   * The same for a POST form, which its fields sign: those before the file, names in lower case.
   * Whether the form obeys its policy is still to be checked.
   */
  authenticateForm(fields: ReadonlyMap<string, string>): Promise<AuthenticatedForm>;
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

/** What a credential scope may name where a service is asked. */
const SERVICES: Readonly<Record<Service, readonly [Service]>> = {
  s3: ['s3'],
  iam: ['iam'],
  sts: ['sts'],
  coffer: ['coffer'],
};

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const signingKeys = new SigningKeyCache();
  const region = { name: options.region, strict: options.strictRegion };
  const noteUse = (caller: Caller, service: Service): void => {
    const used = whatIsUsed(caller);
    if (used === undefined) return;
    const place = { service, region: signedRegion(caller) ?? options.region };
    options.identity.noteKeyUse(used, place);
  };
  return {
    async authenticate(request, { service, virtualHostBucket }) {
      const claim = parseClaim(request);
      if (claim.kind === 'anonymous') {
        const { body, trailers } = verifiedBody(request.body, claim, request.headers);
        return { caller: ANONYMOUS, body, trailers };
      }
      if (service !== 's3' && claim.version === 'v2') throw notOfThisService();
      const known = knownCredential(options, claim, service);
      const credential = known instanceof Promise ? await known : known;
      const collected =
        claim.payload.kind === 'collected'
          ? await collectBody(request.body, COLLECTED_BODY_SIZE_MAX)
          : undefined;
      const verified = verifyClaim(claim, request, {
        secretAccessKey: credential.secretAccessKey,
        nowMs: options.clock.nowMs(),
        services: SERVICES[service],
        region,
        signingKeys,
        virtualHostBucket,
        bodySha256Hex: collected === undefined ? undefined : hash('sha256', collected, 'hex'),
      });
      const source = collected === undefined ? request.body : bodyOf(collected);
      const { body, trailers } = verifiedBody(source, verified, request.headers);
      const caller = callerOf(credential.principal, claim.accessKeyId, proofOf(claim));
      noteUse(caller, service);
      return { caller, body, trailers };
    },
    async authenticateForm(fields) {
      const claim = parsePostClaim(fields);
      if (claim.kind === 'anonymous') return { caller: ANONYMOUS, policy: undefined };
      const { secretAccessKey, principal } = await knownCredential(options, claim, 's3');
      const policy = verifyPostClaim(claim, { secretAccessKey, region, signingKeys });
      const caller = callerOf(principal, claim.accessKeyId, {
        kind: 'signature',
        version: claim.version,
        at: 'form',
        signedAtMs: claim.signedAtMs,
        region: claim.scope?.region,
      });
      noteUse(caller, 's3');
      return { caller, policy };
    },
  };
}

/**
 * The key of which a last use is kept, or the unique id of the role. Other temporary keys have no
 * record that a note could stand beside.
 */
function whatIsUsed({ principal, policyPrincipal, accessKeyId }: Caller): string | undefined {
  if (policyPrincipal.kind === 'assumed-role') return policyPrincipal.roleId;
  return principal?.session === undefined ? accessKeyId : undefined;
}

/**
 * The credential of a key, or of a key and its token. Unknown and inactive keys are refused, tokens
 * that are not the key's, temporary keys without a token, and any token beside a long-term key.
 */
export function knownCredential(
  { identity, clock }: Pick<AuthenticatorOptions, 'identity' | 'clock'>,
  {
    accessKeyId,
    sessionToken,
  }: { readonly accessKeyId: string; readonly sessionToken?: string | undefined },
  service: Service,
): Awaitable<Credential> {
  if (sessionToken === undefined) {
    return whenKnown(identity.findCredential(accessKeyId), (credential) => {
      if (credential?.status === 'Active') return credential;
      throw service === 's3'
        ? new AccessError(
            'InvalidAccessKeyId',
            'The AWS Access Key Id you provided does not exist in our records.',
            { AWSAccessKeyId: accessKeyId },
          )
        : invalidClientToken();
    });
  }
  return whenKnown(identity.findSession(accessKeyId, sessionToken), (credential) => {
    if (credential === undefined || !mayAsk(service, credential.principal)) {
      throw service === 's3'
        ? new AccessError('InvalidToken', 'The provided token is malformed or otherwise invalid.', {
            'Token-0': sessionToken,
          })
        : invalidClientToken();
    }
    const { expiresAtMs = Infinity } = credential;
    if (clock.nowMs() < expiresAtMs) return credential;
    throw service === 's3'
      ? new AccessError('ExpiredToken', 'The provided token has expired.', {
          'Token-0': sessionToken,
        })
      : new AccessError('ExpiredToken', 'The security token included in the request is expired');
  });
}

/**
 * "Compare AWS STS credentials": federated users cannot call IAM, and users under temporary
 * credentials only with a second factor. What they cannot call of STS is for STS to say.
 */
function mayAsk(service: Service, { kind, session }: Credential['principal']): boolean {
  if (service !== 'iam' || kind === 'assumed-role') return true;
  return kind !== 'federated-user' && session?.mfaAtMs !== undefined;
}

function invalidClientToken(): AccessError {
  return new AccessError(
    'InvalidClientTokenId',
    'The security token included in the request is invalid.',
  );
}

/**
 * S3's V2 signature covers neither host, nor query, nor body: accepted here, any presigned URL of an
 * object would be a blank cheque for every action of its signer.
 */
function notOfThisService(): AccessError {
  return new AccessError('MissingAuthenticationToken', 'Request is missing Authentication Token');
}

function proofOf(claim: SignedClaim): Proof {
  return {
    kind: 'signature',
    version: claim.version,
    at: claim.at,
    signedAtMs: claim.signedAtMs,
    region: claim.version === 'v4' ? claim.scope.region : undefined,
  };
}

function callerOf(
  principal: NonNullable<Caller['principal']>,
  accessKeyId: string,
  proof: Proof,
): Caller {
  return {
    principal,
    policyPrincipal: principal.policyPrincipal,
    account: principal.accountId,
    accessKeyId,
    proof,
  };
}
