import {
  boolean,
  failingWith,
  header,
  integer,
  isoDate,
  label,
  long,
  oneOf,
  operation,
  payload,
  required,
  string,
  struct,
} from '../../wire/index.ts';
import { elements, expectedOwner } from './fragments.ts';
import { bucketName, checksumAlgorithm } from './scalars.ts';

/** The classes that objects can be moved to. */
const storageClass = oneOf(
  'GLACIER',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'DEEP_ARCHIVE',
  'GLACIER_IR',
);

const smallObjects = header(
  'x-amz-transition-default-minimum-object-size',
  failingWith('InvalidRequest', oneOf('varies_by_storage_class', 'all_storage_classes_128K')),
);

const Tag = struct({ Key: required(string), Value: required(string) });

const Rule = struct({
  Expiration: struct({ Date: isoDate, Days: integer, ExpiredObjectDeleteMarker: boolean }),
  ID: string,
  Prefix: string,
  Filter: struct({
    Prefix: string,
    Tag,
    ObjectSizeGreaterThan: long,
    ObjectSizeLessThan: long,
    And: struct({
      Prefix: string,
      Tags: elements('Tag', Tag),
      ObjectSizeGreaterThan: long,
      ObjectSizeLessThan: long,
    }),
  }),
  Status: required(oneOf('Enabled', 'Disabled')),
  Transitions: elements(
    'Transition',
    struct({ Date: isoDate, Days: integer, StorageClass: storageClass }),
  ),
  NoncurrentVersionTransitions: elements(
    'NoncurrentVersionTransition',
    struct({
      NoncurrentDays: integer,
      StorageClass: storageClass,
      NewerNoncurrentVersions: integer,
    }),
  ),
  NoncurrentVersionExpiration: struct({
    NoncurrentDays: integer,
    NewerNoncurrentVersions: integer,
  }),
  AbortIncompleteMultipartUpload: struct({ DaysAfterInitiation: integer }),
});

export const GetBucketLifecycleConfiguration = operation('GET /{Bucket}?lifecycle', {
  allows: 's3:GetLifecycleConfiguration',
  root: 'LifecycleConfiguration',
  input: { Bucket: label(bucketName), ...expectedOwner },
  output: {
    Rules: elements('Rule', Rule),
    TransitionDefaultMinimumObjectSize: smallObjects,
  },
});

export const PutBucketLifecycleConfiguration = operation('PUT /{Bucket}?lifecycle', {
  allows: 's3:PutLifecycleConfiguration',
  checksum: 'required',
  input: {
    Bucket: label(bucketName),
    ChecksumAlgorithm: header('x-amz-sdk-checksum-algorithm', checksumAlgorithm),
    ...expectedOwner,
    TransitionDefaultMinimumObjectSize: smallObjects,
    LifecycleConfiguration: required(payload(struct({ Rules: required(elements('Rule', Rule)) }))),
  },
  output: { TransitionDefaultMinimumObjectSize: smallObjects },
});

export const DeleteBucketLifecycle = operation('DELETE /{Bucket}?lifecycle', {
  allows: 's3:PutLifecycleConfiguration',
  status: 204,
  input: { Bucket: label(bucketName), ...expectedOwner },
  output: {},
});
