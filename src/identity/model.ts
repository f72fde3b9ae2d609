/**
 * Accounts and what they hold, in AWS's words. Everything that decides whether an entity may be
 * changed or deleted stands on its own record, so that the record's version guards it.
 */
import type { CompiledPolicy, PolicyPrincipal } from '../policy/index.ts';
import type { LiveSession } from './sessions/session.ts';

export type Tags = readonly { readonly key: string; readonly value: string }[];

export interface Account {
  /** Twelve digits. */
  readonly id: string;
  /** The display name that S3 shows beside the owner's ID. */
  readonly name: string;
  readonly email: string;
  /** 64 hexadecimal digits. */
  readonly canonicalUserId: string;
  readonly createdAtMs: number;
  /** Under which its users sign in. */
  readonly alias?: string;
  readonly rootAccessKeyIds: readonly string[];
  readonly rootMfaSerials: readonly string[];
}

export interface Entity {
  /** Unique for ever: an entity made again under the same name is another one. */
  readonly id: string;
  readonly account: string;
  readonly name: string;
  /** Begins and ends with a slash. */
  readonly path: string;
  readonly createdAtMs: number;
}

/** What may carry permissions. */
export interface Identity extends Entity {
  /** Unique ids of managed policies, in the order of attachment. */
  readonly attachedPolicyIds: readonly string[];
  readonly inlinePolicies: readonly InlinePolicyEntry[];
}

export interface InlinePolicyEntry {
  readonly name: string;
  /** Characters without white space. */
  readonly size: number;
}

/** What acts: it is tagged, and a boundary may limit what its own policies allow. */
export interface Actor extends Identity {
  /** Keys are unique without regard to case. */
  readonly tags: Tags;
  /** Unique id of the managed policy that bounds it. */
  readonly boundaryPolicyId?: string;
}

export interface User extends Actor {
  readonly accessKeyIds: readonly string[];
  /** Unique ids, in the order of joining. */
  readonly groupIds: readonly string[];
  /** Serial numbers of MFA devices, in the order of enabling. */
  readonly mfaSerials: readonly string[];
  /** There while the user has a console password. */
  readonly login?: LoginProfile;
  /** When the console password was last used. */
  readonly passwordLastUsedAtMs?: number;
}

export interface Group extends Identity {
  readonly memberCount: number;
}

export interface Role extends Actor {
  readonly description?: string;
  /** Who may assume the role, as stored. */
  readonly trustText: string;
  /** The longest session that may be asked for. */
  readonly maxSessionSeconds: number;
  /** Unique ids of the instance profiles that the role is in. */
  readonly instanceProfileIds: readonly string[];
}

/** How a machine is given a role. */
export interface InstanceProfile extends Entity {
  readonly tags: Tags;
  /** Unique id. */
  readonly roleId?: string;
}

/** Whoever issues the tokens of web identities. */
export interface OidcProvider {
  readonly account: string;
  /** The issuer without `https://`. */
  readonly url: string;
  readonly createdAtMs: number;
  /** Audiences whose tokens are taken. */
  readonly clientIds: readonly string[];
  /** SHA-1 of the certificates of its certificate authority, hexadecimal. */
  readonly thumbprints: readonly string[];
  readonly tags: Tags;
}

/** A role as whoever wants to assume it needs it: both of one moment. */
export interface AssumableRole {
  readonly role: Role;
  readonly trustPolicy: CompiledPolicy;
}

export interface ManagedPolicy extends Entity {
  readonly description?: string;
  /** Of the default version, or of the change of default. */
  readonly updatedAtMs: number;
  readonly tags: Tags;
  /** Oldest first. */
  readonly versions: readonly PolicyVersionEntry[];
  readonly defaultVersion: number;
  /** Never given twice, so a deleted version's number stays free. */
  readonly nextVersion: number;
  readonly attachmentCount: number;
  readonly boundaryCount: number;
}

export interface PolicyVersionEntry {
  /** `v1` on the wire. */
  readonly number: number;
  readonly createdAtMs: number;
}

export interface AccessKey {
  readonly id: string;
  readonly account: string;
  readonly owner: CredentialOwner;
  readonly status: AccessKeyStatus;
  readonly createdAtMs: number;
}

export type CredentialOwner =
  | { readonly kind: 'root' }
  | { readonly kind: 'user'; readonly id: string };

export type AccessKeyStatus = 'Active' | 'Inactive';

/** The only time that a secret is given out. */
export interface NewAccessKey extends AccessKey {
  readonly secretAccessKey: string;
}

export interface LoginProfile {
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  /** The user must choose another password when he signs in with this one. */
  readonly isResetRequired: boolean;
}

/** What a sign-in with a password comes to; `expired` means that only an administrator can help. */
export type PasswordVerdict =
  | { readonly verdict: 'wrong' | 'expired' }
  | { readonly verdict: 'valid'; readonly user: User; readonly mustChange: boolean };

export interface PasswordPolicy {
  readonly minimumLength: number;
  readonly requireSymbols: boolean;
  readonly requireNumbers: boolean;
  readonly requireUppercase: boolean;
  readonly requireLowercase: boolean;
  /** Every user may change his own, whatever his policies leave out. */
  readonly mayUsersChange: boolean;
  /** Days until a password must be changed; absent for never. */
  readonly maxAgeDays?: number;
  /** How many passwords back none may be used again; absent for none. */
  readonly remembered?: number;
  /** Whose password has expired cannot change it himself. */
  readonly isHardExpiry: boolean;
}

/** A virtual MFA device. */
export interface MfaDevice {
  readonly account: string;
  readonly name: string;
  /** Begins and ends with a slash. */
  readonly path: string;
  readonly createdAtMs: number;
  readonly tags: Tags;
  /** Whose it is since when; absent until it is enabled. */
  readonly holder?: AccessKey['owner'];
  readonly enabledAtMs?: number;
}

/** When, and in which region as far as the request told. */
export interface Place {
  readonly atMs: number;
  readonly region?: string;
}

/** By service (`s3`), and in it by action (`GetObject`): when it was last asked for. */
export type ServiceUses = Readonly<Record<string, ServiceUse>>;

export interface ServiceUse extends Place {
  readonly actions: Readonly<Record<string, Place>>;
}

/** A report of last uses that somebody asked for. */
export interface AccessJob {
  readonly id: string;
  readonly createdAtMs: number;
  /** Of a user, group, role or managed policy. */
  readonly arn: string;
  readonly granularity: 'SERVICE_LEVEL' | 'ACTION_LEVEL';
}

export interface AccessKeyUse {
  readonly atMs: number;
  readonly service: string;
  readonly region: string;
}

/** Who an access key speaks for. */
export interface IdentityPrincipal {
  readonly kind: 'root' | 'user' | 'assumed-role' | 'federated-user';
  readonly accountId: string;
  /** That of the session, where a role or a federated user is behind it. */
  readonly arn: string;
  /**
   * `AIDA…` for a user, the account id for root, `AROA…:session` for a role's session,
   * `account:name` for a federated user.
   */
  readonly userId: string;
  /** Of users only. */
  readonly userName?: string;
  readonly path?: string;
  /** What `aws:PrincipalTag` says: session tags stand over those of the user or role. */
  readonly tags: Tags;
  readonly policyPrincipal: PolicyPrincipal;
  /** Absent for long-term keys. */
  readonly session?: LiveSession;
}

export interface Credential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly status: AccessKeyStatus;
  readonly principal: IdentityPrincipal;
  /** Only temporary credentials end by themselves. */
  readonly expiresAtMs?: number;
}

/** What identity contributes to a decision. */
export interface PrincipalPolicies {
  readonly identity: readonly CompiledPolicy[];
  readonly boundary?: CompiledPolicy;
  /** What was passed when the session began. */
  readonly session?: readonly CompiledPolicy[];
}

export interface PageRequest {
  /** The `next` of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; undefined on the last one. */
  readonly next: string | undefined;
}
