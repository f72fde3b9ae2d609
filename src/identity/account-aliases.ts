import { readRecord, type Core } from './core.ts';
import { IdentityError } from './error.ts';
import type { Account } from './model.ts';
import { accountAliases, accounts } from './records.ts';
import { isAccountId } from './ids.ts';
import type { Transaction } from './transaction.ts';

/** The name under which an account's users sign in. Unique among all accounts. */
export function accountAliasMethods(core: Core) {
  return {
    /** "If you create another one, the new alias overwrites the previous one." */
    createAccountAlias: (account: string, alias: string): Promise<void> =>
      core.transact(async (tx) => {
        if (isAccountId(alias)) {
          throw new IdentityError('InvalidInput', 'An account alias cannot be twelve digits.');
        }
        const record = await accountIn(tx, account);
        if ((await tx.get(accountAliases, alias)) !== undefined) {
          throw new IdentityError(
            'EntityAlreadyExists',
            `The account alias ${alias} already exists.`,
          );
        }
        if (record.alias !== undefined) tx.delete(accountAliases, record.alias);
        tx.set(accounts, { ...record, alias }, account);
        tx.set(accountAliases, { id: account }, alias);
      }),
    deleteAccountAlias: (account: string, alias: string): Promise<void> =>
      core.transact(async (tx) => {
        const record = await accountIn(tx, account);
        if (record.alias !== alias) {
          throw new IdentityError(
            'NoSuchEntity',
            `The account alias with name ${alias} cannot be found.`,
          );
        }
        const { alias: _, ...rest } = record;
        tx.set(accounts, rest, account);
        tx.delete(accountAliases, alias);
      }),
    async findAccountByAlias(alias: string): Promise<Account | undefined> {
      const reference = await readRecord(core, accountAliases, alias);
      return reference && readRecord(core, accounts, reference.id);
    },
  };
}

async function accountIn(tx: Transaction, id: string): Promise<Account> {
  const account = await tx.get(accounts, id);
  if (account !== undefined) return account;
  throw new IdentityError('NoSuchEntity', `Account ${id} cannot be found.`);
}
