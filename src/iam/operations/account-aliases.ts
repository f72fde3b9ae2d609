import type * as api from '../api/account-aliases.ts';
import type { IamHandler } from '../handler.ts';

export const createAccountAlias: IamHandler<typeof api.CreateAccountAlias> = async (
  { AccountAlias },
  { identity, account },
) => {
  await identity.createAccountAlias(account, AccountAlias);
  return {};
};

export const deleteAccountAlias: IamHandler<typeof api.DeleteAccountAlias> = async (
  { AccountAlias },
  { identity, account },
) => {
  await identity.deleteAccountAlias(account, AccountAlias);
  return {};
};

export const listAccountAliases: IamHandler<typeof api.ListAccountAliases> = async (
  _,
  { identity, account },
) => {
  const alias = (await identity.findAccount(account))?.alias;
  return { AccountAliases: alias === undefined ? [] : [alias], IsTruncated: false };
};
