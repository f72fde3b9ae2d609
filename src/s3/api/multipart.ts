import {
  boolean,
  flat,
  header,
  integer,
  isoDate,
  label,
  list,
  long,
  named,
  operation,
  payload,
  query,
  required,
  stream,
  string,
  struct,
} from '../../wire/index.ts';
import {
  bodyIntegrity,
  checksumElements,
  checksums,
  contentHeaders,
  copySourceConditions,
  elements,
  expectedOwner,
  Initiator,
  objectGrants,
  Owner,
  storage,
  writeConditions,
} from './fragments.ts';
import { actionsOfWrite } from './objects.ts';
import {
  bucketName,
  cannedObjectAcl,
  checksumAlgorithm,
  checksumType,
  copySource,
  etag,
  objectKey,
} from './scalars.ts';

const target = { Bucket: label(bucketName), Key: label(objectKey) } as const;
const uploadId = { UploadId: required(query('uploadId', string)) } as const;

/** S3's bounds of a part number, inclusive. */
const partNumber = integer({ min: 1, max: 10_000, error: 'InvalidArgument' });

/** Ten thousand parts, each with tag, number and a SHA-256, and room for a client's white space. */
const COMPLETE_BODY_SIZE_MAX = 4 * 1024 * 1024;

export const CreateMultipartUpload = operation('POST /{Bucket}/{Key+}?uploads', {
  allows: actionsOfWrite,
  root: 'InitiateMultipartUploadResult',
  input: {
    ...target,
    ACL: header('x-amz-acl', cannedObjectAcl),
    ...contentHeaders,
    ...storage,
    ChecksumAlgorithm: header('x-amz-checksum-algorithm', checksumAlgorithm),
    ChecksumType: header('x-amz-checksum-type', checksumType),
    ...objectGrants,
    ...expectedOwner,
  },
  output: {
    ChecksumAlgorithm: header('x-amz-checksum-algorithm', string),
    ChecksumType: header('x-amz-checksum-type', string),
    Bucket: string,
    Key: string,
    UploadId: string,
  },
});

export const UploadPart = operation('PUT /{Bucket}/{Key+}', {
  allows: 's3:PutObject',
  input: {
    ...target,
    PartNumber: required(query('partNumber', partNumber)),
    ...uploadId,
    Body: payload(stream),
    ...bodyIntegrity,
    ...expectedOwner,
  },
  output: { ETag: header('etag', etag), ...checksums },
});

export const UploadPartCopy = operation('PUT /{Bucket}/{Key+}', {
  // The right to read the source is asked for by the handler, on the source.
  allows: 's3:PutObject',
  input: {
    ...target,
    CopySource: required(header('x-amz-copy-source', copySource)),
    CopySourceRange: header('x-amz-copy-source-range', string),
    PartNumber: required(query('partNumber', partNumber)),
    ...uploadId,
    ...copySourceConditions,
    ...expectedOwner,
    ExpectedSourceBucketOwner: header('x-amz-source-expected-bucket-owner', string),
  },
  output: {
    CopySourceVersionId: header('x-amz-copy-source-version-id', string),
    CopyPartResult: payload(struct({ ETag: etag, LastModified: isoDate, ...checksumElements })),
  },
});

export const CompleteMultipartUpload = operation('POST /{Bucket}/{Key+}', {
  allows: 's3:PutObject',
  root: 'CompleteMultipartUploadResult',
  bodySizeMax: COMPLETE_BODY_SIZE_MAX,
  input: {
    ...target,
    ...uploadId,
    ...checksums,
    ChecksumType: header('x-amz-checksum-type', checksumType),
    MpuObjectSize: header('x-amz-mp-object-size', long),
    ...writeConditions,
    ...expectedOwner,
    MultipartUpload: payload(
      struct({
        Parts: named(
          'Part',
          flat(
            list(
              struct({ PartNumber: required(integer), ETag: required(etag), ...checksumElements }),
            ),
          ),
        ),
      }),
      'CompleteMultipartUpload',
    ),
  },
  output: {
    Expiration: header('x-amz-expiration', string),
    VersionId: header('x-amz-version-id', string),
    Location: string,
    Bucket: string,
    Key: string,
    ETag: etag,
    ...checksumElements,
    ChecksumType: checksumType,
  },
});

export const AbortMultipartUpload = operation('DELETE /{Bucket}/{Key+}', {
  allows: 's3:AbortMultipartUpload',
  status: 204,
  input: { ...target, ...uploadId, ...expectedOwner },
  output: {},
});

export const ListParts = operation('GET /{Bucket}/{Key+}', {
  allows: 's3:ListMultipartUploadParts',
  root: 'ListPartsResult',
  input: {
    ...target,
    ...uploadId,
    MaxParts: query('max-parts', integer({ min: 0, error: 'InvalidArgument' })),
    PartNumberMarker: query('part-number-marker', integer({ min: 0, error: 'InvalidArgument' })),
    ...expectedOwner,
  },
  output: {
    Bucket: string,
    Key: string,
    UploadId: string,
    Initiator,
    Owner,
    StorageClass: string,
    PartNumberMarker: string,
    NextPartNumberMarker: string,
    MaxParts: integer,
    IsTruncated: boolean,
    ChecksumAlgorithm: string,
    ChecksumType: string,
    Parts: elements(
      'Part',
      struct({
        PartNumber: integer,
        LastModified: isoDate,
        ETag: etag,
        Size: long,
        ...checksumElements,
      }),
    ),
  },
});
