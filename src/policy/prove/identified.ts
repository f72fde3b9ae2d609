import type { PolicyPrincipal } from '../request.ts';
import { FREE } from './context-keys.ts';
import {
  type Keys,
  PRINCIPAL_ACCOUNT,
  PRINCIPAL_ARN,
  PRINCIPAL_TYPE,
  PROVIDER,
  SESSION,
  UNKNOWN_ROLE_ID,
  UNKNOWN_USER_ID,
  USER_ID,
  USER_NAME,
  canonical,
  nameApart,
  userKeys,
} from './subject.ts';

/**
 * The principal of an ARN that nothing more is known of. Of a role it is a session other than those
 * that are taken, which are named by themselves.
 */
export function identified(
  arn: string,
  accountId: string,
  canonicalUserId: string | undefined,
  isTaken: (arn: string) => boolean,
) {
  const [, , , , , ...rest] = arn.split(':');
  const [type = '', ...path] = rest.join(':').split('/');
  const name = path.at(-1) ?? '';
  const also = canonical(canonicalUserId);
  if (type === 'user') {
    const userId = UNKNOWN_USER_ID;
    const principal: PolicyPrincipal = { kind: 'user', accountId, arn, userId, ...also };
    const keys: Keys = [...userKeys(accountId, arn, userId), [USER_ID, FREE]];
    return { principal, keys: new Map(keys), roleName: undefined };
  }
  if (type === 'federated-user') {
    const userArn = `arn:aws:iam::${accountId}:user/x`;
    const userId = `${accountId}:${name}`;
    const principal: PolicyPrincipal = { kind: type, accountId, arn, userArn, userId, ...also };
    const keys: Keys = [
      [PRINCIPAL_ARN, arn],
      [PRINCIPAL_ACCOUNT, accountId],
      [PRINCIPAL_TYPE, 'FederatedUser'],
      [USER_ID, userId],
      [USER_NAME, undefined],
      [PROVIDER, undefined],
    ];
    return { principal, keys: new Map(keys), roleName: undefined };
  }
  if (type !== 'role' && type !== 'assumed-role') return undefined;
  const roleId = UNKNOWN_ROLE_ID;
  const [roleName = '', own] = type === 'role' ? [name] : path;
  const sessions = `arn:aws:sts::${accountId}:assumed-role/${roleName}/`;
  const session = own ?? nameApart(SESSION, (each) => isTaken(sessions + each));
  const roleArn = type === 'role' ? arn : `arn:aws:iam::${accountId}:role/${roleName}`;
  const principal: PolicyPrincipal = {
    kind: 'assumed-role',
    accountId,
    arn: sessions + session,
    roleArn,
    roleId,
    userId: `${roleId}:${session}`,
    ...also,
  };
  const keys: Keys = [
    [PRINCIPAL_ARN, roleArn],
    [PRINCIPAL_ACCOUNT, accountId],
    [PRINCIPAL_TYPE, 'AssumedRole'],
    [USER_ID, FREE],
    [USER_NAME, undefined],
  ];
  return { principal, keys: new Map(keys), roleName };
}
