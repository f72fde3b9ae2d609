import { actionNames, findAction } from '../lint/catalog/catalog.ts';

/** What an action is taken on. `account` is asked as `*`: no one resource is meant. */
export type ActionSubject =
  | 'bucket'
  | 'object'
  | 'account'
  | 'assumed role'
  | 'user'
  | 'group'
  | 'role'
  | 'policy'
  | 'instance-profile'
  | 'mfa'
  | 'oidc-provider'
  | 'saml-provider'
  | 'server-certificate';

export interface KnownAction {
  /** As AWS spells it, such as `s3:GetObject`. */
  readonly name: string;
  readonly subject: ActionSubject;
}

/** AWS's types of resource that this server has. */
const SUBJECTS: ReadonlySet<string> = new Set<ActionSubject>([
  'bucket',
  'object',
  'user',
  'group',
  'role',
  'policy',
  'instance-profile',
  'mfa',
  'oidc-provider',
  'saml-provider',
  'server-certificate',
]);

/** The one who asks for these has no principal yet that policies could describe. */
const UNDESCRIBED: ReadonlySet<string> = new Set([
  'sts:AssumeRoleWithSAML',
  'sts:AssumeRoleWithWebIdentity',
]);

/** Listings that are asked on the path that is listed, though AWS's table has them on `*`. */
const LISTED: Readonly<Record<string, ActionSubject>> = {
  'iam:ListGroups': 'group',
  'iam:ListInstanceProfiles': 'instance-profile',
  'iam:ListOpenIDConnectProviders': 'oidc-provider',
  'iam:ListPolicies': 'policy',
  'iam:ListRoles': 'role',
  'iam:ListUsers': 'user',
};

function subjectsOf(name: string): readonly ActionSubject[] {
  if (UNDESCRIBED.has(name)) return [];
  const types = findAction(name)?.types ?? [];
  const listed = LISTED[name];
  if (types.length === 0) return listed === undefined ? ['account'] : ['account', listed];
  if (name.startsWith('sts:')) return types.includes('role') ? ['assumed role'] : ['account'];
  return types.filter((type): type is ActionSubject => SUBJECTS.has(type));
}

/** Every action that a proof covers. An action on two kinds of thing stands here for each. */
export const KNOWN_ACTIONS: readonly KnownAction[] = ['s3', 'iam', 'sts']
  .flatMap(actionNames)
  .flatMap((name) => subjectsOf(name).map((subject) => ({ name, subject })));

/** Actions on an object that its own ACL may allow, or that its owner, the uploader, may take. */
export const OWN_ACL_ACTIONS: ReadonlySet<string> = new Set(
  [
    'GetObject',
    'GetObjectVersion',
    'GetObjectAttributes',
    'GetObjectVersionAttributes',
    'GetObjectAcl',
    'GetObjectVersionAcl',
    'PutObjectAcl',
    'PutObjectVersionAcl',
    'GetObjectTagging',
    'GetObjectVersionTagging',
    'PutObjectTagging',
    'PutObjectVersionTagging',
    'DeleteObjectTagging',
    'DeleteObjectVersionTagging',
  ].map((name) => `s3:${name}`),
);
