import type { PolicyPrincipal } from '../request.ts';
import {
  type Keys,
  PRINCIPAL_ACCOUNT,
  PRINCIPAL_ARN,
  PRINCIPAL_TYPE,
  PROVIDER,
  SESSION,
  USER_ID,
  USER_NAME,
  canonical,
  userKeys,
} from './subject.ts';

/** The principal of an ARN that a resource's policy may name. */
export function identified(arn: string, accountId: string, canonicalUserId: string | undefined) {
  const [, , , , , ...rest] = arn.split(':');
  const [type = '', ...path] = rest.join(':').split('/');
  const name = path.at(-1) ?? '';
  const own = canonical(canonicalUserId);
  if (type === 'user') {
    const userId = 'AIDA0000000000000000';
    const principal: PolicyPrincipal = { kind: 'user', accountId, arn, userId, ...own };
    return { principal, keys: new Map(userKeys(accountId, arn, userId)), roleName: undefined };
  }
  if (type === 'federated-user') {
    const userArn = `arn:aws:iam::${accountId}:user/x`;
    const userId = `${accountId}:${name}`;
    const principal: PolicyPrincipal = { kind: type, accountId, arn, userArn, userId, ...own };
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
  const roleId = 'AROA0000000000000000';
  const [roleName = '', session = SESSION] = type === 'role' ? [name] : path;
  const roleArn = type === 'role' ? arn : `arn:aws:iam::${accountId}:role/${roleName}`;
  const principal: PolicyPrincipal = {
    kind: 'assumed-role',
    accountId,
    arn: `arn:aws:sts::${accountId}:assumed-role/${roleName}/${session}`,
    roleArn,
    roleId,
    userId: `${roleId}:${session}`,
    ...own,
  };
  const keys: Keys = [
    [PRINCIPAL_ARN, roleArn],
    [PRINCIPAL_ACCOUNT, accountId],
    [PRINCIPAL_TYPE, 'AssumedRole'],
    [USER_ID, principal.userId],
    [USER_NAME, undefined],
  ];
  return { principal, keys: new Map(keys), roleName };
}
