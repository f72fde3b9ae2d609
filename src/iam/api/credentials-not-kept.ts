import { action, boolean, isoDate, list, required, string, struct } from '../../wire/index.ts';
import { onUser } from './resources.ts';
import { arn, keyStatus, path, pathPrefix, userName } from './scalars.ts';
import { pageInput, pageOutput } from './shapes.ts';

/**
 * Credentials that no user has here, and certificates and providers that no account has. They cannot
 * be made, but their lists are asked for by every tool that takes a user apart before it deletes him
 * or looks through an account, and "none" is the truth.
 */

export const ListSSHPublicKeys = action('ListSSHPublicKeys', {
  allows: 'iam:ListSSHPublicKeys',
  on: onUser,
  input: { UserName: userName, ...pageInput },
  output: {
    SSHPublicKeys: list(
      struct({
        UserName: required(userName),
        SSHPublicKeyId: required(string),
        Status: required(keyStatus),
        UploadDate: required(isoDate),
      }),
    ),
    ...pageOutput,
  },
});

export const ListSigningCertificates = action('ListSigningCertificates', {
  allows: 'iam:ListSigningCertificates',
  on: onUser,
  input: { UserName: userName, ...pageInput },
  output: {
    Certificates: required(
      list(
        struct({
          UserName: required(userName),
          CertificateId: required(string),
          CertificateBody: required(string),
          Status: required(keyStatus),
          UploadDate: isoDate,
        }),
      ),
    ),
    ...pageOutput,
  },
});

export const ListServiceSpecificCredentials = action('ListServiceSpecificCredentials', {
  allows: 'iam:ListServiceSpecificCredentials',
  on: onUser,
  input: { UserName: userName, ServiceName: string, AllUsers: boolean, ...pageInput },
  output: {
    ServiceSpecificCredentials: list(
      struct({
        UserName: required(userName),
        Status: required(keyStatus),
        ServiceUserName: string,
        ServiceCredentialAlias: string,
        CreateDate: required(isoDate),
        ExpirationDate: isoDate,
        ServiceSpecificCredentialId: required(string),
        ServiceName: required(string),
      }),
    ),
    ...pageOutput,
  },
});

export const ListServerCertificates = action('ListServerCertificates', {
  allows: 'iam:ListServerCertificates',
  input: { PathPrefix: pathPrefix, ...pageInput },
  output: {
    ServerCertificateMetadataList: required(
      list(
        struct({
          Path: required(path),
          ServerCertificateName: required(string),
          ServerCertificateId: required(string),
          Arn: required(arn),
          UploadDate: isoDate,
          Expiration: isoDate,
        }),
      ),
    ),
    ...pageOutput,
  },
});

export const ListSAMLProviders = action('ListSAMLProviders', {
  allows: 'iam:ListSAMLProviders',
  input: {},
  output: {
    SAMLProviderList: list(struct({ Arn: arn, ValidUntil: isoDate, CreateDate: isoDate })),
  },
});
