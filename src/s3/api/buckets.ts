import {
  attribute,
  boolean,
  flat,
  header,
  integer,
  isoDate,
  label,
  list,
  named,
  oneOf,
  operation,
  payload,
  query,
  rawText,
  required,
  string,
  struct,
} from '../../wire/index.ts';
import {
  bucketGrants,
  contentMd5,
  elements,
  expectedOwner,
  Owner,
  ownership,
  Tagging,
} from './fragments.ts';
import { bucketName, cannedBucketAcl, objectOwnership } from './scalars.ts';

export const ListBuckets = operation('GET /', {
  allows: 's3:ListAllMyBuckets',
  root: 'ListAllMyBucketsResult',
  input: {
    MaxBuckets: query('max-buckets', integer({ min: 1, max: 10_000, error: 'InvalidArgument' })),
    ContinuationToken: query('continuation-token', string),
    Prefix: query('prefix', string),
    BucketRegion: query('bucket-region', string),
  },
  output: {
    Owner,
    Buckets: list(
      struct({ Name: string, CreationDate: isoDate, BucketRegion: string, BucketArn: string }),
      { item: 'Bucket' },
    ),
    ContinuationToken: string,
    Prefix: string,
  },
});

export const CreateBucket = operation('PUT /{Bucket}', {
  allows: ({
    ACL,
    GrantFullControl,
    GrantRead,
    GrantReadACP,
    GrantWrite,
    GrantWriteACP,
    ObjectOwnership,
    ObjectLockEnabledForBucket,
    CreateBucketConfiguration,
  }) => [
    's3:CreateBucket',
    ...([ACL, GrantFullControl, GrantRead, GrantReadACP, GrantWrite, GrantWriteACP].some(
      (value) => value !== undefined && value !== 'private',
    )
      ? ['s3:PutBucketAcl']
      : []),
    ...(ObjectOwnership === undefined ? [] : ['s3:PutBucketOwnershipControls']),
    ...(ObjectLockEnabledForBucket === true
      ? ['s3:PutBucketObjectLockConfiguration', 's3:PutBucketVersioning']
      : []),
    ...(CreateBucketConfiguration?.Tags === undefined ? [] : ['s3:TagResource']),
  ],
  input: {
    Bucket: label(bucketName),
    ACL: header('x-amz-acl', cannedBucketAcl),
    ...bucketGrants,
    ...ownership,
    ObjectLockEnabledForBucket: header('x-amz-bucket-object-lock-enabled', boolean),
    CreateBucketConfiguration: payload(
      struct({
        LocationConstraint: string,
        Tags: list(struct({ Key: string, Value: string }), { item: 'Tag' }),
      }),
    ),
  },
  output: { Location: header('location', string), BucketArn: header('x-amz-bucket-arn', string) },
});

export const HeadBucket = operation('HEAD /{Bucket}', {
  allows: 's3:ListBucket',
  input: { Bucket: label(bucketName), ...expectedOwner },
  output: {
    BucketArn: header('x-amz-bucket-arn', string),
    BucketRegion: header('x-amz-bucket-region', string),
    AccessPointAlias: header('x-amz-access-point-alias', boolean),
  },
});

export const DeleteBucket = operation('DELETE /{Bucket}', {
  allows: 's3:DeleteBucket',
  status: 204,
  input: { Bucket: label(bucketName), ...expectedOwner },
  output: {},
});

export const GetBucketLocation = operation('GET /{Bucket}?location', {
  allows: 's3:GetBucketLocation',
  input: { Bucket: label(bucketName), ...expectedOwner },
  // The answer is the bare element with the region as its text: the payload's root, nothing inside.
  output: { LocationConstraint: payload(string, 'LocationConstraint') },
});

export const GetBucketPolicy = operation('GET /{Bucket}?policy', {
  allows: 's3:GetBucketPolicy',
  input: { Bucket: label(bucketName), ...expectedOwner },
  output: { Policy: payload(rawText) },
});

export const PutBucketPolicy = operation('PUT /{Bucket}?policy', {
  allows: 's3:PutBucketPolicy',
  status: 204,
  input: {
    Bucket: label(bucketName),
    ...contentMd5,
    ConfirmRemoveSelfBucketAccess: header('x-amz-confirm-remove-self-bucket-access', boolean),
    ...expectedOwner,
    Policy: required(payload(rawText)),
  },
  output: {},
});

export const DeleteBucketPolicy = operation('DELETE /{Bucket}?policy', {
  allows: 's3:DeleteBucketPolicy',
  status: 204,
  input: { Bucket: label(bucketName), ...expectedOwner },
  output: {},
});

export const GetBucketPolicyStatus = operation('GET /{Bucket}?policyStatus', {
  allows: 's3:GetBucketPolicyStatus',
  input: { Bucket: label(bucketName), ...expectedOwner },
  output: { PolicyStatus: payload(struct({ IsPublic: boolean })) },
});

export const Grantee = struct({
  Type: required(attribute('xsi:type', oneOf('CanonicalUser', 'AmazonCustomerByEmail', 'Group'))),
  ID: string,
  DisplayName: string,
  EmailAddress: string,
  URI: string,
});

export const permission = oneOf('FULL_CONTROL', 'WRITE', 'WRITE_ACP', 'READ', 'READ_ACP');
const Grants = list(struct({ Grantee, Permission: permission }), { item: 'Grant' });
export const AccessControlPolicy = struct({
  Owner,
  Grants: named('AccessControlList', Grants),
});
/** The answer to a question for an ACL. */
export const aclAnswer = { Owner, Grants: named('AccessControlList', Grants) } as const;

export const GetBucketAcl = operation('GET /{Bucket}?acl', {
  allows: 's3:GetBucketAcl',
  root: 'AccessControlPolicy',
  input: { Bucket: label(bucketName), ...expectedOwner },
  output: aclAnswer,
});

export const PutBucketAcl = operation('PUT /{Bucket}?acl', {
  allows: 's3:PutBucketAcl',
  input: {
    Bucket: label(bucketName),
    ACL: header('x-amz-acl', cannedBucketAcl),
    ...bucketGrants,
    ...contentMd5,
    ...expectedOwner,
    AccessControlPolicy: payload(AccessControlPolicy),
  },
  output: {},
});

const PublicAccessBlockConfiguration = struct({
  BlockPublicAcls: boolean,
  IgnorePublicAcls: boolean,
  BlockPublicPolicy: boolean,
  RestrictPublicBuckets: boolean,
});

export const GetPublicAccessBlock = operation('GET /{Bucket}?publicAccessBlock', {
  allows: 's3:GetBucketPublicAccessBlock',
  input: { Bucket: label(bucketName), ...expectedOwner },
  output: { PublicAccessBlockConfiguration: payload(PublicAccessBlockConfiguration) },
});

export const PutPublicAccessBlock = operation('PUT /{Bucket}?publicAccessBlock', {
  allows: 's3:PutBucketPublicAccessBlock',
  input: {
    Bucket: label(bucketName),
    ...contentMd5,
    ...expectedOwner,
    PublicAccessBlockConfiguration: required(payload(PublicAccessBlockConfiguration)),
  },
  output: {},
});

export const DeletePublicAccessBlock = operation('DELETE /{Bucket}?publicAccessBlock', {
  allows: 's3:PutBucketPublicAccessBlock',
  status: 204,
  input: { Bucket: label(bucketName), ...expectedOwner },
  output: {},
});

const OwnershipControls = struct({
  Rules: named('Rule', flat(list(struct({ ObjectOwnership: required(objectOwnership) })))),
});

export const GetBucketOwnershipControls = operation('GET /{Bucket}?ownershipControls', {
  allows: 's3:GetBucketOwnershipControls',
  input: { Bucket: label(bucketName), ...expectedOwner },
  output: { OwnershipControls: payload(OwnershipControls) },
});

export const PutBucketOwnershipControls = operation('PUT /{Bucket}?ownershipControls', {
  allows: 's3:PutBucketOwnershipControls',
  input: {
    Bucket: label(bucketName),
    ...contentMd5,
    ...expectedOwner,
    OwnershipControls: required(payload(OwnershipControls)),
  },
  output: {},
});

export const DeleteBucketOwnershipControls = operation('DELETE /{Bucket}?ownershipControls', {
  allows: 's3:PutBucketOwnershipControls',
  status: 204,
  input: { Bucket: label(bucketName), ...expectedOwner },
  output: {},
});

export const GetBucketTagging = operation('GET /{Bucket}?tagging', {
  allows: 's3:GetBucketTagging',
  root: 'Tagging',
  input: { Bucket: label(bucketName), ...expectedOwner },
  output: { TagSet: list(struct({ Key: string, Value: string }), { item: 'Tag' }) },
});

export const PutBucketTagging = operation('PUT /{Bucket}?tagging', {
  allows: 's3:PutBucketTagging',
  status: 204,
  input: {
    Bucket: label(bucketName),
    ...contentMd5,
    ...expectedOwner,
    Tagging: required(payload(Tagging)),
  },
  output: {},
});

export const DeleteBucketTagging = operation('DELETE /{Bucket}?tagging', {
  allows: 's3:PutBucketTagging',
  status: 204,
  input: { Bucket: label(bucketName), ...expectedOwner },
  output: {},
});

const CORSRule = struct({
  ID: string,
  AllowedHeaders: elements('AllowedHeader', string),
  AllowedMethods: elements('AllowedMethod', string),
  AllowedOrigins: elements('AllowedOrigin', string),
  ExposeHeaders: elements('ExposeHeader', string),
  MaxAgeSeconds: integer,
});

export const GetBucketCors = operation('GET /{Bucket}?cors', {
  allows: 's3:GetBucketCORS',
  root: 'CORSConfiguration',
  input: { Bucket: label(bucketName), ...expectedOwner },
  output: { CORSRules: elements('CORSRule', CORSRule) },
});

export const PutBucketCors = operation('PUT /{Bucket}?cors', {
  allows: 's3:PutBucketCORS',
  input: {
    Bucket: label(bucketName),
    ...contentMd5,
    ...expectedOwner,
    CORSConfiguration: required(payload(struct({ CORSRules: elements('CORSRule', CORSRule) }))),
  },
  output: {},
});

export const DeleteBucketCors = operation('DELETE /{Bucket}?cors', {
  allows: 's3:PutBucketCORS',
  status: 204,
  input: { Bucket: label(bucketName), ...expectedOwner },
  output: {},
});
