export {
  policyArn,
  groupArn,
  instanceProfileArn,
  oidcProviderArn,
  parseOidcProviderArn,
  parseIamArn,
  roleArn,
  rootArn,
  userArn,
  mfaArn,
  type IamArn,
} from './arn.ts';
export type { GivenKey, KeyOwner } from './access-keys.ts';
export type { CreateAccount } from './accounts.ts';
export { IdentityError, type IdentityErrorKind } from './error.ts';
export { decidesAnything, principalsInForce, type PrincipalsInForce } from './in-force.ts';
export { pageOf, type ListByPath } from './listing.ts';
export type * from './model.ts';
export { DEFAULT_QUOTAS, type Quotas } from './quotas.ts';
export { recordKind, type RecordKind } from './record.ts';
export { createSeal, keyFor, MASTER_KEY_SIZE, SealError, type Seal } from './seal.ts';
export { openIdentityStore, type IdentityStore, type IdentityStoreOptions } from './store.ts';
export { isReservedTag } from './tags.ts';
export { newAccessKeyId, newSecretAccessKey } from './ids.ts';
export type { CreateUser } from './users.ts';
export type { CreateGroup } from './groups.ts';
export type { CreateRole, UpdateRole } from './roles.ts';
export type { CreateInstanceProfile } from './instance-profiles.ts';
export type { CreateOidcProvider } from './oidc-providers.ts';
export type { PinnedPolicy } from './pinning.ts';
export type { CreatePolicy, PolicyVersion } from './policies.ts';
export type { ListPolicies } from './policy-listing.ts';
export type { MfaVerdict } from './mfa-check.ts';
export { newHashPlaces, type HashPlaces } from './password-hash.ts';
export type { CreateMfaDevice, ListMfaDevices, NewMfaDevice } from './mfa-devices.ts';
export type { TwoCodes } from './mfa-holders.ts';
export type { InlinePolicy } from './inline-policies.ts';
export type { ListPolicyEntities, PolicyEntity, PolicyUsage } from './attachments.ts';
export type { Rename } from './entity.ts';
export { accountOfTemporaryKey } from './ids.ts';
export { assumedRoleArn, federatedUserArn } from './arn.ts';
export type { SessionRequest, TemporaryCredentials } from './sessions/mint.ts';
export type { LiveSession, Session, SessionSource, WebIdentity } from './sessions/session.ts';
