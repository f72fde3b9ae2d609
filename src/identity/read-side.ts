import type { Awaitable } from '../base/awaitable.ts';
import { SPACE } from '../kv/spaces.ts';
import { parseIamArn, rootArn, userArn } from './arn.ts';
import { readRecord, type Core } from './core.ts';
import { findEntity, USER } from './entity.ts';
import { FollowingCache, type Make, type Reads } from './following-cache.ts';
import type {
  Account,
  AssumableRole,
  AccessKey,
  Credential,
  IdentityPrincipal,
  PrincipalPolicies,
  User,
} from './model.ts';
import { PolicyReader } from './policy-reader.ts';
import { accessKeys, accounts, roleNames, roles, users } from './records.ts';

/** Enough for every key and user that is busy at one time; the rest is read again when it comes. */
const CREDENTIALS_MAX = 10_000;
const PRINCIPALS_MAX = 10_000;
/** As many roles as one account may have, and as many again. */
const ASSUMABLE_ROLES_MAX = 2000;

const NO_POLICIES: PrincipalPolicies = { identity: [] };

/**
 * What every request asks: whose key is this, and what may he. Answers come without a promise as
 * long as nothing that they rest on has changed, and a change counts from its acknowledgement on.
 */
export class ReadSide {
  readonly #core: Core;
  readonly #policies = new PolicyReader();
  readonly #credentials: FollowingCache<Credential>;
  readonly #policiesOf: FollowingCache<PrincipalPolicies>;
  readonly #assumableRoles: FollowingCache<AssumableRole>;

  constructor(core: Core) {
    this.#core = core;
    this.#credentials = new FollowingCache(core.kv, SPACE.identity, CREDENTIALS_MAX);
    this.#policiesOf = new FollowingCache(core.kv, SPACE.identity, PRINCIPALS_MAX);
    this.#assumableRoles = new FollowingCache(core.kv, SPACE.identity, ASSUMABLE_ROLES_MAX);
  }

  findCredential(accessKeyId: string): Awaitable<Credential | undefined> {
    // Unknown keys are not kept: they would let anybody push out the known ones.
    return this.#credentials.get(accessKeyId, (reads) => this.#credential(reads, accessKeyId));
  }

  policiesOf(principal: IdentityPrincipal): Awaitable<PrincipalPolicies> {
    const { accountId, userId, policyPrincipal } = principal;
    if (policyPrincipal.kind === 'user') {
      return this.#kept(userId, async (reads) => {
        const user = await reads.get(users, accountId, userId);
        return user && this.#policies.policiesOf(reads, user);
      });
    }
    if (policyPrincipal.kind === 'assumed-role') {
      const { roleId } = policyPrincipal;
      return this.#kept(roleId, async (reads) => {
        const role = await reads.get(roles, accountId, roleId);
        return role && this.#policies.policiesOfRole(reads, role);
      });
    }
    return NO_POLICIES;
  }

  #kept(id: string, make: Make<PrincipalPolicies>): Awaitable<PrincipalPolicies> {
    const found = this.#policiesOf.get(id, make);
    if (found instanceof Promise) return found.then((policies) => policies ?? NO_POLICIES);
    return found ?? NO_POLICIES;
  }

  /** The role of this name with its trust policy. */
  findAssumableRole(account: string, name: string): Awaitable<AssumableRole | undefined> {
    const nameInLowerCase = name.toLowerCase();
    return this.#assumableRoles.get(`${account} ${nameInLowerCase}`, async (reads) => {
      const reference = await reads.get(roleNames, account, nameInLowerCase);
      const role = reference && (await reads.get(roles, account, reference.id));
      return role && { role, trustPolicy: this.#policies.trustPolicyOf(role) };
    });
  }

  /** Who an ARN names at this moment; undefined for nobody, or for what is no user or root. */
  async resolvePrincipalArn(arn: string): Promise<IdentityPrincipal | undefined> {
    const parsed = parseIamArn(arn);
    if (parsed?.kind !== 'root' && parsed?.kind !== 'user') return undefined;
    const account = await readRecord(this.#core, accounts, parsed.account);
    if (account === undefined) return undefined;
    if (parsed.kind === 'root') return rootPrincipal(account);
    const user = await findEntity(this.#core, USER, account.id, parsed.name);
    return user !== undefined && userArn(user) === arn ? userPrincipal(user, account) : undefined;
  }

  async #credential(reads: Reads, accessKeyId: string): Promise<Credential | undefined> {
    const key = await reads.get(accessKeys, accessKeyId);
    const account = key && (await reads.get(accounts, key.account));
    if (key === undefined || account === undefined) return undefined;
    const principal = await principalOf(reads, key.owner, account);
    if (principal === undefined) return undefined;
    return {
      accessKeyId,
      secretAccessKey: this.#core.seal.open(key.sealedSecret, accessKeyId),
      status: key.status,
      principal,
    };
  }
}

async function principalOf(
  reads: Reads,
  owner: AccessKey['owner'],
  account: Account,
): Promise<IdentityPrincipal | undefined> {
  if (owner.kind === 'root') return rootPrincipal(account);
  const user = await reads.get(users, account.id, owner.id);
  return user && userPrincipal(user, account);
}

function rootPrincipal({ id, canonicalUserId }: Account): IdentityPrincipal {
  const named = { accountId: id, arn: rootArn(id), userId: id } as const;
  return {
    kind: 'root',
    ...named,
    tags: [],
    policyPrincipal: { kind: 'root', ...named, canonicalUserId },
  };
}

function userPrincipal(user: User, { id, canonicalUserId }: Account): IdentityPrincipal {
  const named = { accountId: id, arn: userArn(user), userId: user.id } as const;
  return {
    kind: 'user',
    ...named,
    userName: user.name,
    path: user.path,
    tags: user.tags,
    policyPrincipal: { kind: 'user', ...named, canonicalUserId },
  };
}
