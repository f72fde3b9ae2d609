import {
  boolean,
  failingWith,
  header,
  integer,
  isoDate,
  label,
  list,
  long,
  named,
  oneOf,
  operation,
  payload,
  query,
  required,
  string,
  struct,
} from '../../wire/index.ts';
import { CommonPrefixes, contentMd5, elements, expectedOwner, Owner } from './fragments.ts';
import { bucketName, etag } from './scalars.ts';

const status = oneOf('Enabled', 'Suspended');
const mfaDelete = named('MfaDelete', oneOf('Enabled', 'Disabled'));

export const GetBucketVersioning = operation('GET /{Bucket}?versioning', {
  allows: 's3:GetBucketVersioning',
  root: 'VersioningConfiguration',
  input: { Bucket: label(bucketName), ...expectedOwner },
  output: { Status: status, MFADelete: mfaDelete },
});

export const PutBucketVersioning = operation('PUT /{Bucket}?versioning', {
  allows: 's3:PutBucketVersioning',
  input: {
    Bucket: label(bucketName),
    ...contentMd5,
    MFA: header('x-amz-mfa', string),
    ...expectedOwner,
    VersioningConfiguration: required(payload(struct({ Status: status, MFADelete: mfaDelete }))),
  },
  output: {},
});

export const ListObjectVersions = operation('GET /{Bucket}?versions', {
  allows: 's3:ListBucketVersions',
  root: 'ListVersionsResult',
  input: {
    Bucket: label(bucketName),
    Delimiter: query('delimiter', string),
    EncodingType: query('encoding-type', failingWith('InvalidArgument', oneOf('url'))),
    KeyMarker: query('key-marker', string),
    MaxKeys: query('max-keys', integer({ min: 0, error: 'InvalidArgument' })),
    Prefix: query('prefix', string),
    VersionIdMarker: query('version-id-marker', string),
    OptionalObjectAttributes: header('x-amz-optional-object-attributes', list(string)),
    ...expectedOwner,
  },
  output: {
    Name: string,
    Prefix: string,
    KeyMarker: string,
    VersionIdMarker: string,
    NextKeyMarker: string,
    NextVersionIdMarker: string,
    MaxKeys: integer,
    Delimiter: string,
    EncodingType: string,
    IsTruncated: boolean,
    Versions: elements(
      'Version',
      struct({
        Key: string,
        VersionId: string,
        IsLatest: boolean,
        LastModified: isoDate,
        ETag: etag,
        ChecksumAlgorithm: elements('ChecksumAlgorithm', string),
        ChecksumType: string,
        Size: long,
        StorageClass: string,
        Owner,
      }),
    ),
    DeleteMarkers: elements(
      'DeleteMarker',
      struct({ Key: string, VersionId: string, IsLatest: boolean, LastModified: isoDate, Owner }),
    ),
    CommonPrefixes,
  },
});
