/**
 * How much an account and an entity may hold: AWS's defaults ("IAM and AWS STS quotas"). Sizes
 * count characters of policy text without white space.
 */
export interface Quotas {
  readonly usersPerAccount: number;
  readonly groupsPerAccount: number;
  readonly rolesPerAccount: number;
  readonly instanceProfilesPerAccount: number;
  readonly oidcProvidersPerAccount: number;
  readonly policiesPerAccount: number;
  readonly groupsPerUser: number;
  readonly accessKeysPerUser: number;
  readonly mfaDevicesPerUser: number;
  readonly policiesPerUser: number;
  readonly policiesPerGroup: number;
  readonly policiesPerRole: number;
  readonly versionsPerPolicy: number;
  readonly clientIdsPerOidcProvider: number;
  readonly thumbprintsPerOidcProvider: number;
  readonly tagsPerEntity: number;
  readonly managedPolicySize: number;
  readonly userInlinePolicySize: number;
  readonly groupInlinePolicySize: number;
  readonly roleInlinePolicySize: number;
  readonly trustPolicySize: number;
}

export const DEFAULT_QUOTAS: Quotas = {
  usersPerAccount: 5000,
  groupsPerAccount: 300,
  rolesPerAccount: 1000,
  instanceProfilesPerAccount: 1000,
  oidcProvidersPerAccount: 100,
  policiesPerAccount: 1500,
  groupsPerUser: 10,
  accessKeysPerUser: 2,
  mfaDevicesPerUser: 8,
  policiesPerUser: 10,
  policiesPerGroup: 10,
  policiesPerRole: 10,
  versionsPerPolicy: 5,
  clientIdsPerOidcProvider: 100,
  thumbprintsPerOidcProvider: 5,
  tagsPerEntity: 50,
  managedPolicySize: 6144,
  userInlinePolicySize: 2048,
  groupInlinePolicySize: 5120,
  roleInlinePolicySize: 10_240,
  trustPolicySize: 2048,
};
