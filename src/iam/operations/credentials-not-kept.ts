import type * as api from '../api/credentials-not-kept.ts';
import type { IamHandler } from '../handler.ts';
import { ownerOf } from '../owner.ts';

/** Each of these only finds out whether there is such a user. */

export const listSSHPublicKeys: IamHandler<typeof api.ListSSHPublicKeys> = async (
  { UserName },
  context,
) => {
  await ownerOf(UserName, context);
  return { SSHPublicKeys: [], IsTruncated: false };
};

export const listSigningCertificates: IamHandler<typeof api.ListSigningCertificates> = async (
  { UserName },
  context,
) => {
  await ownerOf(UserName, context);
  return { Certificates: [], IsTruncated: false };
};

export const listServiceSpecificCredentials: IamHandler<
  typeof api.ListServiceSpecificCredentials
> = async ({ UserName }, context) => {
  await ownerOf(UserName, context);
  return { ServiceSpecificCredentials: [], IsTruncated: false };
};
