import { IdentityError } from './error.ts';
import { readRecord, walkRecords, type Core } from './core.ts';
import { isAccountId, newAccountId, newCanonicalUserId } from './ids.ts';
import type { Account } from './model.ts';
import { accounts, accountsByCanonicalId, accountsByEmail } from './records.ts';

export interface CreateAccount {
  readonly name: string;
  /** `<id>@accounts.invalid` unless given: addresses are unique, and not everybody has one to give. */
  readonly email?: string;
  /** Twelve digits; drawn unless given. */
  readonly id?: string;
}

/** Ids drawn before giving up; a second draw is already a matter of one in 10^11. */
const DRAWS_MAX = 8;

export function accountMethods(core: Core) {
  const findBy = async (kind: typeof accountsByEmail, key: string) => {
    const reference = await readRecord(core, kind, key);
    return reference && readRecord(core, accounts, reference.id);
  };
  return {
    async createAccount(request: CreateAccount): Promise<Account> {
      if (request.id !== undefined && !isAccountId(request.id)) {
        throw new IdentityError('ValidationError', `Account id ${request.id} is not twelve digits`);
      }
      if (request.id !== undefined) return insertAccount(core, request, request.id);
      for (let draw = 1; draw < DRAWS_MAX; draw += 1) {
        const id = newAccountId();
        if ((await readRecord(core, accounts, id)) === undefined) {
          return insertAccount(core, request, id);
        }
      }
      throw new IdentityError('EntityAlreadyExists', 'No free account id was drawn.');
    },

    findAccount: (id: string) => readRecord(core, accounts, id),
    findAccountByCanonicalId: (id: string) => findBy(accountsByCanonicalId, id),
    /** Addresses are compared without regard to case. */
    findAccountByEmail: (email: string) => findBy(accountsByEmail, email.toLowerCase()),

    /** Every account, by id. */
    async listAccounts(): Promise<readonly Account[]> {
      const all: Account[] = [];
      for await (const { record } of walkRecords(core, accounts, [])) all.push(record);
      return all;
    },
  };
}

function insertAccount(core: Core, request: CreateAccount, id: string): Promise<Account> {
  const email = request.email ?? `${id}@accounts.invalid`;
  return core.transact(async (tx) => {
    if ((await tx.get(accounts, id)) !== undefined) {
      throw new IdentityError('EntityAlreadyExists', `Account ${id} already exists.`);
    }
    if ((await tx.get(accountsByEmail, email.toLowerCase())) !== undefined) {
      throw new IdentityError('EntityAlreadyExists', `An account of ${email} already exists.`);
    }
    const account: Account = {
      id,
      name: request.name,
      email,
      canonicalUserId: newCanonicalUserId(),
      createdAtMs: core.clock.nowMs(),
      rootAccessKeyIds: [],
      rootMfaSerials: [],
    };
    tx.set(accounts, account, id);
    tx.set(accountsByEmail, { id }, email.toLowerCase());
    tx.set(accountsByCanonicalId, { id }, account.canonicalUserId);
    return account;
  });
}
