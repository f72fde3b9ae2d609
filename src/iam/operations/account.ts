import type * as api from '../api/account.ts';
import type { IamHandler } from '../handler.ts';

/** Counts and quotas of what is served. AWS's further entries are about things not served here. */
export const getAccountSummary: IamHandler<typeof api.GetAccountSummary> = async (
  _,
  { identity, account },
) => {
  const { quotas } = identity;
  const count = (what: Parameters<typeof identity.countOf>[1]) => identity.countOf(account, what);
  const rootKeys = await identity.listAccessKeys(account, { kind: 'root' });
  return {
    SummaryMap: {
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
      AccountAccessKeysPresent: rootKeys.length > 0 ? 1 : 0,
    },
  };
};
