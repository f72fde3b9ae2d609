import type { Awaitable } from '../base/awaitable.ts';
import { LruMap } from '../base/lru.ts';
import { SPACE } from '../kv/spaces.ts';
import { parseIamArn, rootArn, userArn } from './arn.ts';
import { readRecord, type Core } from './core.ts';
import type { Account, Credential, IdentityPrincipal, PrincipalPolicies, User } from './model.ts';
import { PolicyReader, TornReadError } from './policy-reader.ts';
import { accessKeys, accounts, userNames, users } from './records.ts';

/**
 * What every request asks: whose key is this, and what may he. Answers are kept as long as the
 * store's revision of the identity space stands still. The revision is taken before anything is
 * read, so a change that comes in between can only make an answer be read again, never stay.
 */
export class ReadSide {
  readonly #core: Core;
  readonly #policies: PolicyReader;
  readonly #credentials = new LruMap<string, AsOf<Credential>>(CREDENTIALS_MAX);
  readonly #policiesOf = new LruMap<string, AsOf<PrincipalPolicies>>(PRINCIPALS_MAX);

  constructor(core: Core) {
    this.#core = core;
    this.#policies = new PolicyReader(core);
  }

  findCredential(accessKeyId: string): Awaitable<Credential | undefined> {
    const revision = this.#core.kv.revision(SPACE.identity);
    if (typeof revision === 'number') {
      const known = this.#credentials.get(accessKeyId);
      if (known?.revision === revision) return known.value;
    }
    return this.#readCredential(accessKeyId, revision);
  }

  policiesOf(principal: IdentityPrincipal): Awaitable<PrincipalPolicies> {
    if (principal.kind === 'root') return NO_POLICIES;
    const revision = this.#core.kv.revision(SPACE.identity);
    if (typeof revision === 'number') {
      const known = this.#policiesOf.get(principal.userId);
      if (known?.revision === revision) return known.value;
    }
    return this.#readPolicies(principal, revision);
  }

  /** Who an ARN names at this moment; undefined for nobody, or for what is no user or root. */
  async resolvePrincipalArn(arn: string): Promise<IdentityPrincipal | undefined> {
    const parsed = parseIamArn(arn);
    if (parsed?.kind !== 'root' && parsed?.kind !== 'user') return undefined;
    const account = await readRecord(this.#core, accounts, parsed.account);
    if (account === undefined) return undefined;
    if (parsed.kind === 'root') return rootPrincipal(account);
    const reference = await readRecord(
      this.#core,
      userNames,
      account.id,
      parsed.name.toLowerCase(),
    );
    const user = reference && (await readRecord(this.#core, users, account.id, reference.id));
    if (user === undefined || userArn(user) !== arn) return undefined;
    return userPrincipal(user, account);
  }

  async #readCredential(
    accessKeyId: string,
    asked: Awaitable<number>,
  ): Promise<Credential | undefined> {
    const revision = await asked;
    const known = this.#credentials.get(accessKeyId);
    if (known?.revision === revision) return known.value;
    const key = await readRecord(this.#core, accessKeys, accessKeyId);
    const account = key && (await readRecord(this.#core, accounts, key.account));
    if (key === undefined || account === undefined) return undefined;
    const principal = await this.#principalOf(key.owner, account);
    if (principal === undefined) return undefined;
    const value: Credential = {
      accessKeyId,
      secretAccessKey: this.#core.seal.open(key.sealedSecret, accessKeyId),
      status: key.status,
      principal,
    };
    // Unknown keys are not kept: they would let anybody push out the known ones.
    this.#credentials.set(accessKeyId, { revision, value });
    return value;
  }

  async #principalOf(
    owner: { readonly kind: 'root' } | { readonly kind: 'user'; readonly id: string },
    account: Account,
  ): Promise<IdentityPrincipal | undefined> {
    if (owner.kind === 'root') return rootPrincipal(account);
    const user = await readRecord(this.#core, users, account.id, owner.id);
    return user && userPrincipal(user, account);
  }

  async #readPolicies(
    { accountId, userId }: IdentityPrincipal,
    asked: Awaitable<number>,
  ): Promise<PrincipalPolicies> {
    let revision = await asked;
    for (let tries = 1; ; tries += 1) {
      const known = this.#policiesOf.get(userId);
      if (known?.revision === revision) return known.value;
      const read = await this.#tryPolicies(accountId, userId);
      const revisionAfter = await this.#core.kv.revision(SPACE.identity);
      // Reads between two equal revisions are of one moment. When changes do not cease, reads that
      // fit together have to do; what was acknowledged before the request is in them either way.
      if (revision === revisionAfter || tries >= READ_TRIES_MAX) {
        if (read instanceof TornReadError) throw read;
        // The same object for the same policies spares those who derive something from it.
        const value = known !== undefined && samePolicies(known.value, read) ? known.value : read;
        this.#policiesOf.set(userId, { revision, value });
        return value;
      }
      revision = revisionAfter;
    }
  }

  async #tryPolicies(account: string, id: string): Promise<PrincipalPolicies | TornReadError> {
    const user = await readRecord(this.#core, users, account, id);
    if (user === undefined) return NO_POLICIES;
    try {
      return await this.#policies.policiesOf(user);
    } catch (error) {
      if (error instanceof TornReadError) return error;
      throw error;
    }
  }
}

interface AsOf<T> {
  readonly revision: number;
  readonly value: T;
}

/** Enough for every key and user that is busy at one time; the rest is read again when it comes. */
const CREDENTIALS_MAX = 10_000;
const PRINCIPALS_MAX = 10_000;

/** Reads of one user's policies that may be overtaken by changes before they are taken as they are. */
const READ_TRIES_MAX = 8;

const NO_POLICIES: PrincipalPolicies = { identity: [] };

function samePolicies(a: PrincipalPolicies, b: PrincipalPolicies): boolean {
  return (
    a.boundary === b.boundary &&
    a.identity.length === b.identity.length &&
    a.identity.every((policy, index) => policy === b.identity[index])
  );
}

function rootPrincipal(account: Account): IdentityPrincipal {
  const arn = rootArn(account.id);
  return {
    kind: 'root',
    accountId: account.id,
    arn,
    userId: account.id,
    tags: [],
    policyPrincipal: {
      kind: 'root',
      accountId: account.id,
      arn,
      userId: account.id,
      canonicalUserId: account.canonicalUserId,
    },
  };
}

function userPrincipal(user: User, account: Account): IdentityPrincipal {
  const arn = userArn(user);
  return {
    kind: 'user',
    accountId: account.id,
    arn,
    userId: user.id,
    userName: user.name,
    path: user.path,
    tags: user.tags,
    policyPrincipal: {
      kind: 'user',
      accountId: account.id,
      arn,
      userId: user.id,
      canonicalUserId: account.canonicalUserId,
    },
  };
}
