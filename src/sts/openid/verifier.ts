import type { Clock } from '../../base/clock.ts';
import { StsError } from '../errors.ts';
import { readTokenClaims, type TokenClaims } from './claims.ts';
import { issuerAddress } from './fetch-json.ts';
import { IssuerKeys, type TrustedIssuer } from './issuer-keys.ts';
import { parseJwt, type Jwt } from './jwt.ts';
import { isKnownAlgorithm, isSignedByOne, keysFor, type PublishedKey } from './key-set.ts';

/** An identity provider as an account trusts it. */
export interface Provider {
  readonly arn: string;
  /** Audiences that tokens may be for. */
  readonly clientIds: readonly string[];
  /** SHA-1 of certificates that may stand for its authority, where no known one does. */
  readonly thumbprints: readonly string[];
}

/** The provider of an account whose tokens have this issuer, which is a URL without its scheme. */
export type FindProvider = (account: string, issuer: string) => Promise<Provider | undefined>;

/** A token that its issuer has signed, for one of the audiences that the account takes it for. */
export interface VerifiedToken extends TokenClaims {
  /** The issuer as condition keys begin with it: without `https://`. */
  readonly issuer: string;
  /** That of its audiences which the account takes tokens for. */
  readonly audience: string;
  readonly providerArn: string;
}

export interface OpenIdVerifier {
  /** Throws StsError in AWS's words for any token that is not to be believed. */
  verify(token: string, account: string): Promise<VerifiedToken>;
}

export function createOpenIdVerifier(clock: Clock, findProvider: FindProvider): OpenIdVerifier {
  const issuerKeys = new IssuerKeys(clock);
  return {
    async verify(token, account) {
      const jwt = parseJwt(token);
      if (jwt === undefined) {
        throw invalid(
          'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
        );
      }
      if (!isKnownAlgorithm(jwt.algorithm)) {
        throw invalid('The ID Token is signed with an algorithm that is not supported.');
      }
      const { iss } = jwt.claims;
      if (typeof iss !== 'string') throw invalid('Missing a required claim: iss');
      // Providers are looked up first: nobody can make this server ask an address of his choice.
      const issuer = issuerName(iss);
      const provider = issuer === undefined ? undefined : await findProvider(account, issuer);
      if (issuer === undefined || provider === undefined) {
        throw invalid(`No OpenIDConnect provider found in your account for ${iss}`);
      }
      const { thumbprints } = provider;
      await proveSignature(jwt, { url: iss, thumbprints }, issuerKeys);
      const claims = readTokenClaims(jwt.claims, clock.nowMs());
      const audience = claims.audiences.find((each) => provider.clientIds.includes(each));
      if (audience === undefined) throw invalid('Incorrect token audience');
      return { ...claims, issuer, audience, providerArn: provider.arn };
    },
  };
}

async function proveSignature(
  jwt: Jwt,
  issuer: TrustedIssuer,
  issuerKeys: IssuerKeys,
): Promise<void> {
  let published: readonly PublishedKey[];
  try {
    published = await issuerKeys.find(issuer, (keys) => keysFor(jwt, keys).length > 0);
  } catch {
    throw new StsError(
      'IDPCommunicationError',
      'The identity provider could not be reached to verify the incoming identity token.',
    );
  }
  const keys = keysFor(jwt, published);
  if (keys.length === 0) {
    throw invalid(
      "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
    );
  }
  if (!isSignedByOne(jwt, keys)) throw invalid('The signature of the ID Token is not valid.');
}

/** Printable, without what ends the path of a URL. */
const ISSUER = /^https?:\/\/([!"$->@-~]+)$/;

/** The issuer without its scheme; undefined for one that is not asked under any circumstances. */
function issuerName(iss: string): string | undefined {
  return issuerAddress(iss) === undefined ? undefined : ISSUER.exec(iss)?.[1];
}

function invalid(message: string): StsError {
  return new StsError('InvalidIdentityToken', message);
}
