import type {
  AccessJob,
  ServiceUses,
  Account,
  AccessKey,
  AccessKeyUse,
  Group,
  InstanceProfile,
  ManagedPolicy,
  MfaDevice,
  PasswordPolicy,
  OidcProvider,
  Role,
  User,
} from './model.ts';
import { recordKind } from './record.ts';
import { SPACE } from '../kv/spaces.ts';

/**
 * What lies where in the identity space. An entity lies under its unique id; its name is a row of
 * its own, in lower case because AWS's names are unique without regard to case, and listings walk
 * those rows. Accounts stand first in every key, so that nothing of one is reached through another.
 */
interface Reference {
  readonly id: string;
}

export interface AccessKeyRecord extends AccessKey {
  /** The secret, sealed with the key's id. */
  readonly sealedSecret: string;
}

export interface MfaDeviceRecord extends MfaDevice {
  /** The seed in base64, sealed with the serial number. */
  readonly sealedSeed: string;
}

/** What the check of codes remembers. */
export interface MfaUse {
  /** Time step of the newest code that was accepted; none up to it ever is again. */
  readonly lastStep: number;
  /** By how many steps the device's clock is ahead. */
  readonly clockSteps: number;
  /** Wrong codes since the last right one, and when the newest of them came. */
  readonly failures: number;
  readonly failedAtMs: number;
}

export interface PasswordRecord {
  /** In base64; of all of the user's passwords. */
  readonly salt: string;
  /** In base64, newest first, separated by blanks, and sealed. */
  readonly sealedHashes: string;
}

export interface PolicyText {
  readonly text: string;
}

export type IdentityKind = 'user' | 'group' | 'role';
export type ActorKind = Exclude<IdentityKind, 'group'>;
/** Permissions policies, and the boundaries of users and roles. */
export type AttachmentKind = IdentityKind | `${ActorKind}-boundary`;

/** (account id) */
export const accounts = recordKind<Account, [string]>('account', {
  upgrades: [(older) => ({ ...older, rootMfaSerials: [] })],
});
/** (canonical user id) -> account */
export const accountsByCanonicalId = recordKind<Reference, [string]>('account-by-canonical-id');
/** (e-mail address in lower case) -> account */
export const accountsByEmail = recordKind<Reference, [string]>('account-by-email');

/** (alias) -> account */
export const accountAliases = recordKind<Reference, [string]>('account-alias');

/** (account, unique id) */
export const users = recordKind<User, [string, string]>('user', {
  upgrades: [(older) => ({ ...older, mfaSerials: [] })],
});
/** (account, name in lower case) */
export const userNames = recordKind<Reference, [string, string]>('user-name');
/** (account, unique id) */
export const groups = recordKind<Group, [string, string]>('group');
export const groupNames = recordKind<Reference, [string, string]>('group-name');
/** (account, unique id) */
export const roles = recordKind<Role, [string, string]>('role');
export const roleNames = recordKind<Reference, [string, string]>('role-name');
/** (account, unique id) */
export const instanceProfiles = recordKind<InstanceProfile, [string, string]>('instance-profile');
export const instanceProfileNames = recordKind<Reference, [string, string]>(
  'instance-profile-name',
);
/** (account, URL without scheme) */
export const oidcProviders = recordKind<OidcProvider, [string, string]>('oidc-provider');
/** (unique id) -> the account of a user or role, because policies name ids of any account. */
export const actorIds = recordKind<
  { readonly account: string; readonly kind: ActorKind },
  [string]
>('actor-id');
/** (account, group's id, user's id): who is in a group; the user's record has the other direction. */
export const members = recordKind<Reference, [string, string, string]>('member');

export const policies = recordKind<ManagedPolicy, [string, string]>('policy');
export const policyNames = recordKind<Reference, [string, string]>('policy-name');
/** (account, policy's id, version number): never changed once written. */
export const policyTexts = recordKind<PolicyText, [string, string, number]>('policy-text');
/** (account, policy's id, kind, entity's id): to whom a managed policy is attached. */
export const attachments = recordKind<Reference, [string, string, AttachmentKind, string]>(
  'attachment',
);
/** (account, entity's id, policy name); the entity's record lists the names. */
export const inlineTexts = recordKind<PolicyText, [string, string, string]>('inline-policy');

/** (access key id): of any account, because a request names nothing else. */
export const accessKeys = recordKind<AccessKeyRecord, [string]>('access-key');
/** (access key id, or a role's unique id), in a space of its own, so that noting a use never empties a cache. */
export const keyUses = recordKind<AccessKeyUse, [string]>('key-use', { space: SPACE.keyUse });

/** (account, user's id) */
export const passwords = recordKind<PasswordRecord, [string, string]>('password');
/** (account) */
export const passwordPolicies = recordKind<PasswordPolicy, [string]>('password-policy');

/** (account, path and name) */
export const mfaDevices = recordKind<MfaDeviceRecord, [string, string]>('mfa-device');
/** (serial number): apart from the devices, so that checking a code never empties a cache. */
export const mfaUses = recordKind<MfaUse, [string]>('mfa-use', { space: SPACE.keyUse });

/** (account, id of a user or role): in the space of what reading changes. */
export const serviceUses = recordKind<ServiceUses, [string, string]>('service-use', {
  space: SPACE.keyUse,
});

/** (account) */
export const credentialReports = recordKind<
  { readonly generatedAtMs: number; readonly parts: number },
  [string]
>('credential-report', { space: SPACE.keyUse });
/** (account, time of the report, number of the part) */
export const reportParts = recordKind<PolicyText, [string, number, number]>(
  'credential-report-part',
  { space: SPACE.keyUse },
);
/** (account, job's id, which tells the time): oldest first. */
export const accessJobs = recordKind<AccessJob, [string, string]>('access-job', {
  space: SPACE.keyUse,
});

/** Counters (account, what), beside the records so that quotas and summaries need no walk. */
export const counters = recordKind<never, [string, CounterName]>('count');
export type CounterName =
  | 'users'
  | 'groups'
  | 'roles'
  | 'policies'
  | 'accessJobs'
  | 'instanceProfiles'
  | 'mfaDevices'
  | 'mfaDevicesInUse'
  | 'oidcProviders';

/** A known text under the master key, which shows at opening that the key fits the data. */
export const sealProofs = recordKind<{ readonly sealed: string }, []>('seal-proof');
