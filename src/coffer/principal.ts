import type { Actor } from '../decisions/index.ts';
import {
  parseIamArn,
  roleArn,
  type IdentityPrincipal,
  type IdentityStore,
  type Role,
} from '../identity/index.ts';
import type { CompiledPolicy } from '../policy/index.ts';
import { CofferError } from './error.ts';

/** A user or a role of the caller's own account, of whom something is asked. */
export interface Named {
  readonly actor: Actor;
  readonly policies: readonly CompiledPolicy[];
}

/** Any session of the role: they all have its policies. */
function sessionOf({ id, account, name, path, tags }: Role): IdentityPrincipal {
  const roleArnText = roleArn({ account, name, path });
  const arn = `arn:aws:sts::${account}:assumed-role/${name}/any`;
  const userId = `${id}:any`;
  return {
    kind: 'assumed-role',
    accountId: account,
    arn,
    userId,
    tags,
    policyPrincipal: {
      kind: 'assumed-role',
      accountId: account,
      arn,
      roleArn: roleArnText,
      roleId: id,
      userId,
    },
  };
}

/** Throws NoSuchEntity for whoever is no user or role of the account. */
export async function namedPrincipal(
  identity: IdentityStore,
  account: string,
  arn: string,
): Promise<Named> {
  const parsed = parseIamArn(arn);
  if (parsed?.account === account && parsed.kind === 'user') {
    const principal = await identity.resolvePrincipalArn(arn);
    if (principal?.kind === 'user') {
      const { identity: policies } = await identity.policiesOf(principal);
      return { actor: { account, id: principal.userId }, policies };
    }
  }
  if (parsed?.account === account && parsed.kind === 'role') {
    const role = await identity.findRole(account, parsed.name);
    if (role !== undefined && roleArn(role) === arn) {
      const { identity: policies } = await identity.policiesOf(sessionOf(role));
      return { actor: { account, id: role.id }, policies };
    }
  }
  throw new CofferError('NoSuchEntity', `There is no user or role ${arn} in account ${account}.`);
}
