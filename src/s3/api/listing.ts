import {
  boolean,
  header,
  integer,
  isoDate,
  label,
  list,
  long,
  named,
  operation,
  query,
  string,
  struct,
  oneOf,
  failingWith,
} from '../../wire/index.ts';
import { CommonPrefixes, elements, expectedOwner, Initiator, Owner } from './fragments.ts';
import { bucketName, etag } from './scalars.ts';

const encodingType = failingWith('InvalidArgument', oneOf('url'));
const pageSize = integer({ min: 0, error: 'InvalidArgument' });

const Contents = elements(
  'Contents',
  struct({
    Key: string,
    LastModified: isoDate,
    ETag: etag,
    ChecksumAlgorithm: elements('ChecksumAlgorithm', string),
    ChecksumType: string,
    Size: long,
    StorageClass: string,
    Owner,
  }),
);

export const ListObjects = operation('GET /{Bucket}', {
  allows: 's3:ListBucket',
  root: 'ListBucketResult',
  input: {
    Bucket: label(bucketName),
    Delimiter: query('delimiter', string),
    EncodingType: query('encoding-type', encodingType),
    Marker: query('marker', string),
    MaxKeys: query('max-keys', pageSize),
    Prefix: query('prefix', string),
    OptionalObjectAttributes: header('x-amz-optional-object-attributes', list(string)),
    ...expectedOwner,
  },
  output: {
    Name: string,
    Prefix: string,
    Marker: string,
    NextMarker: string,
    MaxKeys: integer,
    Delimiter: string,
    EncodingType: string,
    IsTruncated: boolean,
    Contents,
    CommonPrefixes,
  },
});

export const ListObjectsV2 = operation('GET /{Bucket}?list-type=2', {
  allows: 's3:ListBucket',
  root: 'ListBucketResult',
  input: {
    Bucket: label(bucketName),
    Delimiter: query('delimiter', string),
    EncodingType: query('encoding-type', encodingType),
    MaxKeys: query('max-keys', pageSize),
    Prefix: query('prefix', string),
    ContinuationToken: query('continuation-token', string),
    FetchOwner: query('fetch-owner', boolean),
    StartAfter: query('start-after', string),
    OptionalObjectAttributes: header('x-amz-optional-object-attributes', list(string)),
    ...expectedOwner,
  },
  output: {
    Name: string,
    Prefix: string,
    StartAfter: string,
    ContinuationToken: string,
    NextContinuationToken: string,
    KeyCount: integer,
    MaxKeys: integer,
    Delimiter: string,
    EncodingType: string,
    IsTruncated: boolean,
    Contents,
    CommonPrefixes,
  },
});

export const ListMultipartUploads = operation('GET /{Bucket}?uploads', {
  allows: 's3:ListBucketMultipartUploads',
  root: 'ListMultipartUploadsResult',
  input: {
    Bucket: label(bucketName),
    Delimiter: query('delimiter', string),
    EncodingType: query('encoding-type', encodingType),
    KeyMarker: query('key-marker', string),
    MaxUploads: query('max-uploads', pageSize),
    Prefix: query('prefix', string),
    UploadIdMarker: query('upload-id-marker', string),
    ...expectedOwner,
  },
  output: {
    Bucket: string,
    KeyMarker: string,
    UploadIdMarker: string,
    NextKeyMarker: string,
    NextUploadIdMarker: string,
    Prefix: string,
    Delimiter: string,
    EncodingType: string,
    MaxUploads: integer,
    IsTruncated: boolean,
    Uploads: elements(
      'Upload',
      struct({
        Key: string,
        UploadId: string,
        Initiator,
        Owner,
        StorageClass: string,
        Initiated: isoDate,
        ChecksumAlgorithm: string,
        ChecksumType: string,
      }),
    ),
    CommonPrefixes: named('CommonPrefixes', CommonPrefixes),
  },
});
