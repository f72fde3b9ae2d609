import type * as api from '../api/account.ts';
import type { IamHandler } from '../handler.ts';

/** What is not kept here, so that there is none of it, and how much of it AWS would let one have. */
const NOT_KEPT = {
  ServerCertificates: 0,
  ServerCertificatesQuota: 20,
  SigningCertificatesPerUserQuota: 2,
  AccountSigningCertificatesPresent: 0,
  AccountPasswordPresent: 0,
} as const;
/** AWS's, which the quotas of policies and of their versions never let anybody reach. */
const POLICY_VERSIONS_QUOTA = 10_000;
/** Version 2 is the tokens that are good in every region, and there are no others here. */
const TOKEN_VERSION = 2;

/** Counts and quotas, under every name that AWS has. */
export const getAccountSummary: IamHandler<typeof api.GetAccountSummary> = async (
  _,
  { identity, account },
) => {
  const { quotas } = identity;
  const count = (what: Parameters<typeof identity.countOf>[1]) => identity.countOf(account, what);
  const rootKeys = await identity.listAccessKeys(account, { kind: 'root' });
  const root = await identity.findAccount(account);
  return {
    SummaryMap: {
      ...NOT_KEPT,
      Users: await count('users'),
      UsersQuota: quotas.usersPerAccount,
      Groups: await count('groups'),
      GroupsQuota: quotas.groupsPerAccount,
      Roles: await count('roles'),
      RolesQuota: quotas.rolesPerAccount,
      InstanceProfiles: await count('instanceProfiles'),
      InstanceProfilesQuota: quotas.instanceProfilesPerAccount,
      Providers: await count('oidcProviders'),
      Policies: await count('policies'),
      PoliciesQuota: quotas.policiesPerAccount,
      PolicyVersionsInUse: await identity.countPolicyVersions(account),
      PolicyVersionsInUseQuota: POLICY_VERSIONS_QUOTA,
      GroupsPerUserQuota: quotas.groupsPerUser,
      AccessKeysPerUserQuota: quotas.accessKeysPerUser,
      AttachedPoliciesPerUserQuota: quotas.policiesPerUser,
      AttachedPoliciesPerGroupQuota: quotas.policiesPerGroup,
      AttachedPoliciesPerRoleQuota: quotas.policiesPerRole,
      VersionsPerPolicyQuota: quotas.versionsPerPolicy,
      PolicySizeQuota: quotas.managedPolicySize,
      UserPolicySizeQuota: quotas.userInlinePolicySize,
      GroupPolicySizeQuota: quotas.groupInlinePolicySize,
      RolePolicySizeQuota: quotas.roleInlinePolicySize,
      AssumeRolePolicySizeQuota: quotas.trustPolicySize,
      MFADevices: await count('mfaDevices'),
      MFADevicesInUse: await count('mfaDevicesInUse'),
      AccountMFAEnabled: (root?.rootMfaSerials.length ?? 0) > 0 ? 1 : 0,
      GlobalEndpointTokenVersion: TOKEN_VERSION,
      AccountAccessKeysPresent: rootKeys.length > 0 ? 1 : 0,
    },
  };
};
