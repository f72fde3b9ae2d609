/**
 * Listings that are asked on the path that is listed, as in `arn:aws:iam::111122223333:user/staff/`,
 * though AWS's table of actions has them on `*` alone; by the type of what is listed.
 */
export const LISTED_TYPES = {
  'iam:ListGroups': 'group',
  'iam:ListInstanceProfiles': 'instance-profile',
  'iam:ListOpenIDConnectProviders': 'oidc-provider',
  'iam:ListPolicies': 'policy',
  'iam:ListRoles': 'role',
  'iam:ListUsers': 'user',
} as const;

export function listedType(action: string): string | undefined {
  return (LISTED_TYPES as Readonly<Record<string, string>>)[action];
}
