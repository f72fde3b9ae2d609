import { action, required, string } from '../../wire/index.ts';
import {
  arn,
  durationSeconds,
  externalId,
  federatedUserName,
  providerId,
  roleDurationSeconds,
  roleSessionName,
  serialNumber,
  sourceIdentity,
  tokenCode,
  webIdentityToken,
} from './scalars.ts';
import {
  AssumedRoleUser,
  Credentials,
  FederatedUser,
  packedOutput,
  policiesInput,
  ProvidedContexts,
  TagKeys,
  Tags,
  tokenInput,
  tokenOutput,
} from './shapes.ts';
import { federatedUserArn } from '../../identity/index.ts';

/** What the caller passes on from his own session is added by `target.ts`. */
function withTagsAnd(
  action: string,
  {
    Tags,
    SourceIdentity,
  }: {
    readonly Tags?: readonly unknown[] | undefined;
    readonly SourceIdentity?: string | undefined;
  },
): readonly string[] {
  return [
    action,
    ...(Tags !== undefined && Tags.length > 0 ? ['sts:TagSession'] : []),
    ...(SourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ];
}

export const AssumeRole = action('AssumeRole', {
  allows: (input) => withTagsAnd('sts:AssumeRole', input),
  on: ({ RoleArn }) => RoleArn,
  input: {
    RoleArn: required(arn),
    RoleSessionName: required(roleSessionName),
    ...policiesInput,
    ...tokenInput,
    DurationSeconds: roleDurationSeconds,
    Tags,
    TransitiveTagKeys: TagKeys,
    ExternalId: externalId,
    SerialNumber: serialNumber,
    TokenCode: tokenCode,
    SourceIdentity: sourceIdentity,
    ProvidedContexts,
  },
  output: { Credentials, AssumedRoleUser, ...packedOutput, SourceIdentity: sourceIdentity },
});

/** The token of an identity provider stands in for credentials of ours. */
export const AssumeRoleWithWebIdentity = action('AssumeRoleWithWebIdentity', {
  anonymous: 'allowed',
  allows: 'sts:AssumeRoleWithWebIdentity',
  on: ({ RoleArn }) => RoleArn,
  input: {
    RoleArn: required(arn),
    RoleSessionName: required(roleSessionName),
    WebIdentityToken: required(webIdentityToken),
    ProviderId: providerId,
    ...policiesInput,
    ...tokenInput,
    DurationSeconds: roleDurationSeconds,
  },
  output: {
    Credentials,
    SubjectFromWebIdentityToken: string,
    AssumedRoleUser,
    ...packedOutput,
    Provider: string,
    Audience: string,
    SourceIdentity: sourceIdentity,
  },
});

/** Its purpose is to prove a second factor, which no policy may forbid. */
export const GetSessionToken = action('GetSessionToken', {
  allows: [],
  input: {
    DurationSeconds: durationSeconds,
    SerialNumber: serialNumber,
    TokenCode: tokenCode,
    ...tokenInput,
  },
  output: { Credentials, ...tokenOutput },
});

export const GetFederationToken = action('GetFederationToken', {
  allows: (input) => withTagsAnd('sts:GetFederationToken', input),
  on: ({ Name }, account) => federatedUserArn(account, Name),
  input: {
    Name: required(federatedUserName),
    ...policiesInput,
    ...tokenInput,
    DurationSeconds: durationSeconds,
    Tags,
  },
  output: { Credentials, FederatedUser, ...packedOutput },
});
