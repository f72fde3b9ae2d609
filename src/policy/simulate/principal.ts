import type { ContextValue, PolicyPrincipal } from '../request.ts';

const IAM_ARN = /^arn:aws:iam::(\d{12}):(?:(root)|(user|role)\/(?:.*\/)?([^/]+))$/;
const STS_ARN = /^arn:aws:sts::(\d{12}):(assumed-role|federated-user)\/([^/]+)(?:\/([^/]+))?$/;
const SERVICE = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;

/** Unique ids of those who are only made up. No id of the store is so short. */
const USER_ID = 'AIDASIMULATED';
const ROLE_ID = 'AROASIMULATED';
const SESSION = 'simulated';

/**
 * Who an ARN stands for in a simulation, without looking whether there is such a one: a user, the
 * root user, a role (in a session of that name), a session, a federated user; or a service, or
 * `anonymous`. Undefined for any other text.
 */
export function simulatedPrincipal(text: string): PolicyPrincipal | undefined {
  if (text === 'anonymous') return { kind: 'anonymous' };
  if (SERVICE.test(text)) return { kind: 'service', service: text };
  const [, accountId, root, kind, name] = IAM_ARN.exec(text) ?? [];
  if (accountId !== undefined) {
    if (root !== undefined) return { kind: 'root', accountId, arn: text, userId: accountId };
    if (kind === 'user') return { kind: 'user', accountId, arn: text, userId: USER_ID };
    return sessionOf(accountId, text, name ?? '', SESSION);
  }
  const [, account, type, first = '', session] = STS_ARN.exec(text) ?? [];
  if (account === undefined) return undefined;
  if (type === 'federated-user') {
    if (session !== undefined) return undefined;
    // Some user called for it, whose identity policies are those of the simulation.
    const userArn = `arn:aws:iam::${account}:user/${SESSION}`;
    const userId = `${account}:${first}`;
    return { kind: 'federated-user', accountId: account, arn: text, userArn, userId };
  }
  if (session === undefined) return undefined;
  return sessionOf(account, `arn:aws:iam::${account}:role/${first}`, first, session);
}

function sessionOf(
  accountId: string,
  roleArn: string,
  role: string,
  session: string,
): PolicyPrincipal {
  return {
    kind: 'assumed-role',
    accountId,
    arn: `arn:aws:sts::${accountId}:assumed-role/${role}/${session}`,
    roleArn,
    roleId: ROLE_ID,
    userId: `${ROLE_ID}:${session}`,
  };
}

/** The condition keys that who asks brings along, in lower case. */
export function principalContext(
  principal: PolicyPrincipal,
): Readonly<Record<string, ContextValue>> {
  const type = { 'aws:principaltype': TYPES[principal.kind] };
  if (principal.kind === 'anonymous') return { ...type, 'aws:userid': 'anonymous' };
  if (principal.kind === 'service') return { ...type, 'aws:principalisawsservice': 'true' };
  const { kind, arn, accountId, userId } = principal;
  return {
    ...type,
    'aws:principalarn': kind === 'assumed-role' ? principal.roleArn : arn,
    'aws:principalaccount': accountId,
    'aws:userid': userId,
    'aws:principalisawsservice': 'false',
    ...(kind === 'user' ? { 'aws:username': arn.slice(arn.lastIndexOf('/') + 1) } : {}),
  };
}

const TYPES = {
  anonymous: 'Anonymous',
  service: 'Service',
  root: 'Account',
  user: 'User',
  'assumed-role': 'AssumedRole',
  'federated-user': 'FederatedUser',
} as const;
