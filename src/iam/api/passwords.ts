import { action, boolean, integer, isoDate, required, struct } from '../../wire/index.ts';
import { onCaller, onUser } from './resources.ts';
import { password, userName } from './scalars.ts';

const LoginProfile = struct({
  UserName: required(userName),
  CreateDate: required(isoDate),
  PasswordResetRequired: boolean,
});

export const CreateLoginProfile = action('CreateLoginProfile', {
  allows: 'iam:CreateLoginProfile',
  on: onUser,
  input: { UserName: userName, Password: password, PasswordResetRequired: boolean },
  output: { LoginProfile: required(LoginProfile) },
});

export const GetLoginProfile = action('GetLoginProfile', {
  allows: 'iam:GetLoginProfile',
  on: onUser,
  input: { UserName: userName },
  output: { LoginProfile: required(LoginProfile) },
});

export const UpdateLoginProfile = action('UpdateLoginProfile', {
  allows: 'iam:UpdateLoginProfile',
  on: onUser,
  input: { UserName: required(userName), Password: password, PasswordResetRequired: boolean },
  output: {},
});

export const DeleteLoginProfile = action('DeleteLoginProfile', {
  allows: 'iam:DeleteLoginProfile',
  on: onUser,
  input: { UserName: userName },
  output: {},
});

/** Always about the caller. */
export const ChangePassword = action('ChangePassword', {
  allows: 'iam:ChangePassword',
  on: onCaller,
  input: { OldPassword: required(password), NewPassword: required(password) },
  output: {},
});

const rules = {
  MinimumPasswordLength: integer({ min: 6, max: 128 }),
  RequireSymbols: boolean,
  RequireNumbers: boolean,
  RequireUppercaseCharacters: boolean,
  RequireLowercaseCharacters: boolean,
  AllowUsersToChangePassword: boolean,
  MaxPasswordAge: integer({ min: 1, max: 1095 }),
  PasswordReusePrevention: integer({ min: 1, max: 24 }),
  HardExpiry: boolean,
} as const;

export const GetAccountPasswordPolicy = action('GetAccountPasswordPolicy', {
  allows: 'iam:GetAccountPasswordPolicy',
  input: {},
  output: { PasswordPolicy: required(struct({ ...rules, ExpirePasswords: boolean })) },
});

/** Sets the whole policy: what is left out goes back to its default. */
export const UpdateAccountPasswordPolicy = action('UpdateAccountPasswordPolicy', {
  allows: 'iam:UpdateAccountPasswordPolicy',
  input: rules,
  output: {},
});

export const DeleteAccountPasswordPolicy = action('DeleteAccountPasswordPolicy', {
  allows: 'iam:DeleteAccountPasswordPolicy',
  input: {},
  output: {},
});
