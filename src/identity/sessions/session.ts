import type { CredentialOwner, Tags } from '../model.ts';

/**
 * What temporary credentials stand for. Nothing of a session is stored: all of this travels sealed
 * in its token, and is held against the records each time.
 */
export interface Session {
  readonly account: string;
  readonly source: SessionSource;
  readonly issuedAtMs: number;
  /** A whole second. */
  readonly expiresAtMs: number;
  readonly tags: Tags;
  /** Those of the tags, in lower case, that sessions made from this one inherit. */
  readonly transitiveTagKeys: readonly string[];
  /** Text of the inline session policy. */
  readonly policy?: string | undefined;
  /** Unique ids of the managed session policies. */
  readonly policyIds: readonly string[];
  /** Who is behind a chain of roles, as its first session said. */
  readonly sourceIdentity?: string | undefined;
  /** When a second factor was given; absent when none was. */
  readonly mfaAtMs?: number | undefined;
  /** Of a session that an identity provider vouched for. */
  readonly web?: WebIdentity | undefined;
}

/** A session whose token has been presented. */
export interface LiveSession extends Session {
  /** Unique among all sessions, which their access key ids are only nearly. */
  readonly id: string;
}

/** What a session is made from, and dies with. */
export type SessionSource =
  | {
      readonly kind: 'role';
      /** `AROA…`: a role made again under the same name is another one. */
      readonly roleId: string;
      readonly sessionName: string;
      /** The session was made by the session of a role. */
      readonly isChained?: boolean | undefined;
    }
  | {
      /** A user or root under credentials that expire. */
      readonly kind: 'user';
      readonly owner: CredentialOwner;
      /** The key that called; absent for whoever signed in with a password. */
      readonly accessKeyId?: string | undefined;
    }
  | {
      /** Somebody whom a user or root vouches for. */
      readonly kind: 'federated';
      readonly owner: CredentialOwner;
      readonly accessKeyId?: string | undefined;
      readonly name: string;
    };

/** What an OpenID token said of its bearer, as far as later requests are judged by it. */
export interface WebIdentity {
  /** ARN of the provider: what `aws:FederatedProvider` says. */
  readonly providerArn: string;
  /** Values by condition key in lower case, such as `login.example.com:sub`. */
  readonly claims: Readonly<Record<string, string | readonly string[]>>;
}
