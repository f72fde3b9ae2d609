import { type PolicyKind, type PolicySource, compilePolicy, parsePolicy } from '../../index.ts';
import type { Estate, EstateBucket, EstateRole, EstateUser } from '../estate.ts';

export const ACCOUNT = '111122223333';

/** Statements of one policy, as JSON has them. */
export type Statements = readonly Readonly<Record<string, unknown>>[];

export function compiled(
  statements: Statements,
  kind: PolicyKind = 'identity',
  type: PolicySource['type'] = kind === 'identity' ? 'identity-based' : 'resource-based',
) {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  const parsed = parsePolicy(text, kind);
  if (!parsed.ok) throw new Error(`${text}: ${JSON.stringify(parsed.findings)}`);
  return compilePolicy(parsed.document, { type, id: type });
}

export interface Described {
  readonly users?: Readonly<
    Record<
      string,
      {
        readonly identity?: Statements;
        readonly boundary?: Statements;
        readonly groups?: readonly string[];
        readonly tags?: EstateUser['tags'];
      }
    >
  >;
  readonly roles?: Readonly<
    Record<string, { readonly identity?: Statements; readonly trust?: Statements }>
  >;
  readonly buckets?: Readonly<
    Record<string, Partial<Omit<EstateBucket, 'policy'>> & { readonly policy?: Statements }>
  >;
}

/** An estate of one account in few words. */
export function estateOf({ users = {}, roles = {}, buckets = {} }: Described): Estate {
  return {
    accounts: [{ id: ACCOUNT }],
    users: Object.entries(users).map(([name, user]): EstateUser => ({
      accountId: ACCOUNT,
      arn: `arn:aws:iam::${ACCOUNT}:user/${name}`,
      name,
      id: `AIDA${name.toUpperCase().padEnd(16, '0')}`,
      groups: user.groups ?? [],
      identity: user.identity === undefined ? [] : [compiled(user.identity)],
      ...(user.boundary && {
        boundary: compiled(user.boundary, 'identity', 'permissions boundary'),
      }),
      tags: user.tags ?? [],
    })),
    roles: Object.entries(roles).map(([name, role]): EstateRole => ({
      accountId: ACCOUNT,
      arn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
      name,
      id: `AROA${name.toUpperCase().padEnd(16, '0')}`,
      identity: role.identity === undefined ? [] : [compiled(role.identity)],
      ...(role.trust && { trust: compiled(role.trust, 'trust', 'trust') }),
    })),
    buckets: Object.entries(buckets).map(([name, { policy, ...rest }]): EstateBucket => ({
      name,
      owner: ACCOUNT,
      isRestricted: false,
      objectAcls: 'none',
      ...(policy && { policy: compiled(policy, 'resource') }),
      ...rest,
    })),
  };
}
