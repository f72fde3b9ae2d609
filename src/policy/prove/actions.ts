import { actionNames, findAction } from '../lint/catalog/catalog.ts';
import { LISTED_TYPES } from '../lint/catalog/listings.ts';

/** What an action is taken on. `account` is asked as `*`: no one resource is meant. */
export type ActionSubject =
  | 'bucket'
  /** One that does not exist: a name that is taken gives nobody anything. */
  | 'new bucket'
  | 'object'
  | 'account'
  | 'assumed role'
  | 'federated-user'
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
  'federated-user',
]);

/**
 * Of these no assertion can speak: who asks for the first has no principal yet that policies could
 * describe, and the others need no permission ("GetCallerIdentity", "GetSessionToken").
 */
const UNDECIDED: ReadonlySet<string> = new Set([
  'sts:AssumeRoleWithSAML',
  'sts:AssumeRoleWithWebIdentity',
  'sts:GetCallerIdentity',
  'sts:GetSessionToken',
]);

const LISTED: Readonly<Record<string, ActionSubject>> = LISTED_TYPES;

function subjectsOf(name: string): readonly ActionSubject[] {
  if (UNDECIDED.has(name)) return [];
  if (name === 's3:CreateBucket') return ['new bucket'];
  const types = findAction(name)?.types ?? [];
  const listed = LISTED[name];
  if (types.length === 0) return listed === undefined ? ['account'] : ['account', listed];
  // Whatever makes a session may tag it.
  if (name === 'sts:TagSession') return ['assumed role', 'federated-user'];
  if (name.startsWith('sts:') && types.includes('role')) return ['assumed role'];
  return types.filter((type): type is ActionSubject => SUBJECTS.has(type));
}

/** Every action that a proof covers. An action on two kinds of thing stands here for each. */
export const KNOWN_ACTIONS: readonly KnownAction[] = ['s3', 'iam', 'sts']
  .flatMap(actionNames)
  .flatMap((name) => subjectsOf(name).map((subject) => ({ name, subject })));
