import type * as api from '../api/account.ts';
import type { IamHandler } from '../handler.ts';

/** Counts and quotas of what is served. AWS's further entries are about things not served here. */
export const getAccountSummary: IamHandler<typeof api.GetAccountSummary> = async (
  _,
  { identity, account },
) => {
  const { quotas } = identity;
  const [users, groups, roles, policies, rootKeys] = await Promise.all([
    identity.countOf(account, 'users'),
    identity.countOf(account, 'groups'),
    identity.countOf(account, 'roles'),
    identity.countOf(account, 'policies'),
    identity.listAccessKeys(account, { kind: 'root' }),
  ]);
  return {
    SummaryMap: {
      Users: users,
      UsersQuota: quotas.usersPerAccount,
      Groups: groups,
      GroupsQuota: quotas.groupsPerAccount,
      Roles: roles,
      RolesQuota: quotas.rolesPerAccount,
      Policies: policies,
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
