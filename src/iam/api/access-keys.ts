import { action, isoDate, list, required, string, struct } from '../../wire/index.ts';
import { onKeyOwner, onUser } from './resources.ts';
import { accessKeyId, keyStatus, userName } from './scalars.ts';
import { AccessKeyMetadata, pageInput, pageOutput } from './shapes.ts';

/** Without UserName all of these are about the caller's own keys; that is how root has any. */

export const CreateAccessKey = action('CreateAccessKey', {
  allows: 'iam:CreateAccessKey',
  on: onUser,
  input: { UserName: userName },
  output: {
    AccessKey: required(
      struct({
        UserName: userName,
        AccessKeyId: required(accessKeyId),
        Status: required(keyStatus),
        SecretAccessKey: required(string),
        CreateDate: isoDate,
      }),
    ),
  },
});

export const UpdateAccessKey = action('UpdateAccessKey', {
  allows: 'iam:UpdateAccessKey',
  on: onUser,
  input: {
    UserName: userName,
    AccessKeyId: required(accessKeyId),
    Status: required(keyStatus),
  },
  output: {},
});

export const DeleteAccessKey = action('DeleteAccessKey', {
  allows: 'iam:DeleteAccessKey',
  on: onUser,
  input: { UserName: userName, AccessKeyId: required(accessKeyId) },
  output: {},
});

export const ListAccessKeys = action('ListAccessKeys', {
  allows: 'iam:ListAccessKeys',
  on: onUser,
  input: { UserName: userName, ...pageInput },
  output: { AccessKeyMetadata: required(list(AccessKeyMetadata)), ...pageOutput },
});

export const GetAccessKeyLastUsed = action('GetAccessKeyLastUsed', {
  allows: 'iam:GetAccessKeyLastUsed',
  on: onKeyOwner,
  input: { AccessKeyId: required(accessKeyId) },
  output: {
    UserName: userName,
    AccessKeyLastUsed: required(
      struct({
        LastUsedDate: isoDate,
        ServiceName: required(string),
        Region: required(string),
      }),
    ),
  },
});
