import { whenKnown, type Awaitable } from '../base/awaitable.ts';
import { SPACE } from '../kv/spaces.ts';
import { parseIamArn, userArn } from './arn.ts';
import { readRecord, type Core } from './core.ts';
import { ownerPrincipal, rootPrincipal, userPrincipal } from './credential-owner.ts';
import { findEntity, USER } from './entity.ts';
import { FollowingCache, type Reads } from './following-cache.ts';
import type { AssumableRole, Credential, IdentityPrincipal, PrincipalPolicies } from './model.ts';
import { policyOwner, type PolicyOwner } from './policy-owner.ts';
import { PolicyReader } from './policy-reader.ts';
import { accessKeys, accounts, roleNames, roles, users } from './records.ts';
import { sessionPrincipal } from './sessions/principal.ts';
import type { LiveSession } from './sessions/session.ts';
import type { SessionTokens } from './sessions/token.ts';

/** Enough for every key and user that is busy at one time; the rest is read again when it comes. */
const CREDENTIALS_MAX = 10_000;
const PRINCIPALS_MAX = 10_000;
/** Fewer, because a token may have 8 KiB, and policies of a session's own are nobody else's. */
const SESSIONS_MAX = 4096;
const SESSION_POLICIES_MAX = 2048;
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
  readonly #tokens: SessionTokens;
  readonly #credentials: FollowingCache<Credential>;
  readonly #sessions: FollowingCache<Credential>;
  readonly #policiesOf: FollowingCache<PrincipalPolicies>;
  readonly #policiesOfSessions: FollowingCache<PrincipalPolicies>;
  readonly #assumableRoles: FollowingCache<AssumableRole>;

  constructor(core: Core, tokens: SessionTokens) {
    this.#core = core;
    this.#tokens = tokens;
    this.#sessions = new FollowingCache(core.kv, SPACE.identity, SESSIONS_MAX);
    this.#policiesOfSessions = new FollowingCache(core.kv, SPACE.identity, SESSION_POLICIES_MAX);
    this.#credentials = new FollowingCache(core.kv, SPACE.identity, CREDENTIALS_MAX);
    this.#policiesOf = new FollowingCache(core.kv, SPACE.identity, PRINCIPALS_MAX);
    this.#assumableRoles = new FollowingCache(core.kv, SPACE.identity, ASSUMABLE_ROLES_MAX);
  }

  findCredential(accessKeyId: string): Awaitable<Credential | undefined> {
    // Unknown keys are not kept: they would let anybody push out the known ones.
    return this.#credentials.get(accessKeyId, (reads) => this.#credential(reads, accessKeyId));
  }

  /**
   * The temporary credential of a token; undefined for a token that is not this key's, and once
   * what it was made from is gone. That its time is over is for the caller to see.
   */
  findSession(accessKeyId: string, sessionToken: string): Awaitable<Credential | undefined> {
    const found = this.#sessions.get(sessionToken, (reads) =>
      this.#session(reads, accessKeyId, sessionToken),
    );
    return whenKnown(found, (known) =>
      // The token may be known already, and come with another key.
      known?.accessKeyId === accessKeyId ? known : undefined,
    );
  }

  policiesOf(principal: IdentityPrincipal): Awaitable<PrincipalPolicies> {
    const { accountId, session } = principal;
    const owner = policyOwner(principal);
    if (session === undefined || !carriesPolicies(session)) {
      if (owner.kind === 'root') return NO_POLICIES;
      return orNone(
        this.#policiesOf.get(owner.id, (reads) => this.#policiesOn(reads, accountId, owner)),
      );
    }
    return orNone(
      this.#policiesOfSessions.get(session.id, async (reads) => {
        const own = await this.#policiesOn(reads, accountId, owner);
        return own && { ...own, session: await this.#policies.sessionPolicies(reads, session) };
      }),
    );
  }

  async #policiesOn(
    reads: Reads,
    account: string,
    owner: PolicyOwner,
  ): Promise<PrincipalPolicies | undefined> {
    if (owner.kind === 'root') return NO_POLICIES;
    if (owner.kind === 'role') {
      const role = await reads.get(roles, account, owner.id);
      return role && this.#policies.policiesOfRole(reads, role);
    }
    const user = await reads.get(users, account, owner.id);
    return user && this.#policies.policiesOf(reads, user);
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

  async #session(
    reads: Reads,
    accessKeyId: string,
    sessionToken: string,
  ): Promise<Credential | undefined> {
    const opened = this.#tokens.open(accessKeyId, sessionToken);
    const account = opened && (await reads.get(accounts, opened.session.account));
    if (opened === undefined || account === undefined) return undefined;
    const { session, secretAccessKey } = opened;
    const principal = await sessionPrincipal(reads, session, account);
    if (principal === undefined) return undefined;
    const { expiresAtMs } = session;
    return { accessKeyId, secretAccessKey, status: 'Active', principal, expiresAtMs };
  }

  async #credential(reads: Reads, accessKeyId: string): Promise<Credential | undefined> {
    const key = await reads.get(accessKeys, accessKeyId);
    const account = key && (await reads.get(accounts, key.account));
    if (key === undefined || account === undefined) return undefined;
    const principal = await ownerPrincipal(reads, key.owner, account);
    if (principal === undefined) return undefined;
    return {
      accessKeyId,
      secretAccessKey: this.#core.seal.open(key.sealedSecret, accessKeyId),
      status: key.status,
      principal,
    };
  }
}

/** A federated user's session is limited by its policies even when it has none. */
function carriesPolicies({ source, policy, policyIds }: LiveSession): boolean {
  return source.kind === 'federated' || policy !== undefined || policyIds.length > 0;
}

/** Whoever is gone has no policies. */
function orNone(found: Awaitable<PrincipalPolicies | undefined>): Awaitable<PrincipalPolicies> {
  return whenKnown(found, (policies) => policies ?? NO_POLICIES);
}
