import {
  IdentityError,
  type IdentityPrincipal,
  type LoginProfile,
  type PasswordPolicy,
} from '../../identity/index.ts';
import type * as api from '../api/passwords.ts';
import type { IamContext, IamHandler } from '../handler.ts';
import { ownerOf } from '../owner.ts';

export const createLoginProfile: IamHandler<typeof api.CreateLoginProfile> = async (
  { UserName, Password, PasswordResetRequired },
  context,
) => {
  const { identity, account } = context;
  const name = await userNameOf(UserName, context);
  if (Password === undefined) {
    // Optional in the model for a case that is not ours: root's own, in an organisation.
    throw new IdentityError(
      'ValidationError',
      "1 validation error detected: Value null at 'password' failed to satisfy constraint: Member must not be null",
    );
  }
  const login = await identity.createLoginProfile(account, name, {
    password: Password,
    isResetRequired: PasswordResetRequired,
  });
  return { LoginProfile: toLoginProfile(name, login) };
};

export const getLoginProfile: IamHandler<typeof api.GetLoginProfile> = async (
  { UserName },
  context,
) => {
  const { identity, account } = context;
  const name = await userNameOf(UserName, context);
  return { LoginProfile: toLoginProfile(name, await identity.getLoginProfile(account, name)) };
};

export const updateLoginProfile: IamHandler<typeof api.UpdateLoginProfile> = async (
  { UserName, Password, PasswordResetRequired },
  { identity, account },
) => {
  await identity.updateLoginProfile(account, UserName, {
    password: Password,
    isResetRequired: PasswordResetRequired,
  });
  return {};
};

export const deleteLoginProfile: IamHandler<typeof api.DeleteLoginProfile> = async (
  { UserName },
  context,
) => {
  const { identity, account } = context;
  await identity.deleteLoginProfile(account, await userNameOf(UserName, context));
  return {};
};

/** The user who is meant; root has no password here. */
async function userNameOf(userName: string | undefined, context: IamContext): Promise<string> {
  const owner = await ownerOf(userName, context);
  if (owner.kind === 'user') return owner.name;
  throw new IdentityError(
    'ValidationError',
    'Must specify userName when calling with non-User credentials',
  );
}

function toLoginProfile(name: string, { createdAtMs, isResetRequired }: LoginProfile) {
  return {
    UserName: name,
    CreateDate: new Date(createdAtMs),
    PasswordResetRequired: isResetRequired,
  };
}

export const changePassword: IamHandler<typeof api.ChangePassword> = async (
  { OldPassword, NewPassword },
  { identity, account, caller },
) => {
  await identity.changePassword(account, ownName(caller), OldPassword, NewPassword);
  return {};
};

function ownName({ kind, userName }: IdentityPrincipal): string {
  if (kind === 'user' && userName !== undefined) return userName;
  throw new IdentityError('InvalidUserType', 'Only IAM Users can change their own password');
}

export const getAccountPasswordPolicy: IamHandler<typeof api.GetAccountPasswordPolicy> = async (
  _,
  { identity, account },
) => ({ PasswordPolicy: toPasswordPolicy(await identity.getPasswordPolicy(account)) });

function toPasswordPolicy(policy: PasswordPolicy) {
  const { maxAgeDays, remembered } = policy;
  return {
    MinimumPasswordLength: policy.minimumLength,
    RequireSymbols: policy.requireSymbols,
    RequireNumbers: policy.requireNumbers,
    RequireUppercaseCharacters: policy.requireUppercase,
    RequireLowercaseCharacters: policy.requireLowercase,
    AllowUsersToChangePassword: policy.mayUsersChange,
    ExpirePasswords: maxAgeDays !== undefined,
    MaxPasswordAge: maxAgeDays,
    PasswordReusePrevention: remembered,
    HardExpiry: policy.isHardExpiry,
  };
}

/** What a policy of the account's own asks for unless it says otherwise. */
const MINIMUM_LENGTH = 6;

export const updateAccountPasswordPolicy: IamHandler<
  typeof api.UpdateAccountPasswordPolicy
> = async (input, { identity, account }) => {
  const { MaxPasswordAge, PasswordReusePrevention } = input;
  await identity.putPasswordPolicy(account, {
    minimumLength: input.MinimumPasswordLength ?? MINIMUM_LENGTH,
    requireSymbols: input.RequireSymbols ?? false,
    requireNumbers: input.RequireNumbers ?? false,
    requireUppercase: input.RequireUppercaseCharacters ?? false,
    requireLowercase: input.RequireLowercaseCharacters ?? false,
    mayUsersChange: input.AllowUsersToChangePassword ?? false,
    isHardExpiry: input.HardExpiry ?? false,
    ...(MaxPasswordAge === undefined ? {} : { maxAgeDays: MaxPasswordAge }),
    ...(PasswordReusePrevention === undefined ? {} : { remembered: PasswordReusePrevention }),
  });
  return {};
};

export const deleteAccountPasswordPolicy: IamHandler<
  typeof api.DeleteAccountPasswordPolicy
> = async (_, { identity, account }) => {
  await identity.deletePasswordPolicy(account);
  return {};
};
