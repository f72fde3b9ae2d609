import type * as api from '../api/credentials-not-kept.ts';
import type { IamHandler } from '../handler.ts';
import { ownerOf } from '../owner.ts';

/** Each of these that names a user only finds out whether there is one. */

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

export const listServerCertificates: IamHandler<typeof api.ListServerCertificates> = async () => ({
  ServerCertificateMetadataList: [],
  IsTruncated: false,
});

export const listSAMLProviders: IamHandler<typeof api.ListSAMLProviders> = async () => ({
  SAMLProviderList: [],
});
