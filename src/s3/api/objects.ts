import {
  boolean,
  flat,
  header,
  httpDate,
  integer,
  isoDate,
  label,
  lenient,
  list,
  long,
  named,
  operation,
  payload,
  query,
  required,
  status,
  stream,
  string,
  struct,
} from '../../wire/index.ts';
import { AccessControlPolicy, aclAnswer } from './buckets.ts';
import {
  bodyIntegrity,
  checksumAnswer,
  checksumElements,
  contentHeaders,
  contentMd5,
  copySourceConditions,
  elements,
  expectedOwner,
  objectGrants,
  readConditions,
  responseOverrides,
  storage,
  Tagging,
  versionId,
  writeConditions,
} from './fragments.ts';
import {
  bucketName,
  cannedObjectAcl,
  checksumAlgorithm,
  checksumType,
  copySource,
  directive,
  etag,
  etagCondition,
  objectKey,
} from './scalars.ts';

const target = { Bucket: label(bucketName), Key: label(objectKey) } as const;

/** ACL and tag headers need their own actions beside `s3:PutObject`. */
export interface WriteHeaders {
  readonly ACL?: string | undefined;
  readonly GrantFullControl?: string | undefined;
  readonly GrantRead?: string | undefined;
  readonly GrantReadACP?: string | undefined;
  readonly GrantWriteACP?: string | undefined;
  readonly Tagging?: unknown;
}

export function actionsOfWrite(input: WriteHeaders): readonly string[] {
  const { ACL, GrantFullControl, GrantRead, GrantReadACP, GrantWriteACP, Tagging } = input;
  const grants = [GrantFullControl, GrantRead, GrantReadACP, GrantWriteACP];
  const setsAcl =
    (ACL !== undefined && ACL !== 'private') || grants.some((grant) => grant !== undefined);
  if (!setsAcl && Tagging === undefined) return PUT_OBJECT;
  return [
    ...PUT_OBJECT,
    ...(setsAcl ? ['s3:PutObjectAcl'] : []),
    ...(Tagging === undefined ? [] : ['s3:PutObjectTagging']),
  ];
}

const PUT_OBJECT = ['s3:PutObject'] as const;

export const PutObject = operation('PUT /{Bucket}/{Key+}', {
  allows: actionsOfWrite,
  input: {
    ...target,
    Body: payload(stream),
    ACL: header('x-amz-acl', cannedObjectAcl),
    ...contentHeaders,
    ...storage,
    ...writeConditions,
    ...bodyIntegrity,
    ...objectGrants,
    ...expectedOwner,
  },
  output: {
    Expiration: header('x-amz-expiration', string),
    ETag: header('etag', etag),
    VersionId: header('x-amz-version-id', string),
    ...checksumAnswer,
  },
});

const readInput = {
  ...target,
  ...versionId,
  ...readConditions,
  ...responseOverrides,
  Range: header('range', string),
  PartNumber: query('partNumber', integer({ min: 1, max: 10_000, error: 'InvalidArgument' })),
  ChecksumMode: header('x-amz-checksum-mode', string),
  ...expectedOwner,
} as const;

const readOutput = {
  Status: status(integer),
  DeleteMarker: header('x-amz-delete-marker', boolean),
  AcceptRanges: header('accept-ranges', string),
  Expiration: header('x-amz-expiration', string),
  LastModified: header('last-modified', httpDate),
  ContentLength: header('content-length', long),
  ETag: header('etag', etag),
  VersionId: header('x-amz-version-id', string),
  ContentRange: header('content-range', string),
  ...contentHeaders,
  StorageClass: header('x-amz-storage-class', string),
  ...checksumAnswer,
  PartsCount: header('x-amz-mp-parts-count', integer),
  TagCount: header('x-amz-tagging-count', integer),
  MissingMeta: header('x-amz-missing-meta', integer),
} as const;

const readAction = ({ VersionId }: { readonly VersionId?: string | undefined }) =>
  VersionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion';

export const GetObject = operation('GET /{Bucket}/{Key+}', {
  allows: readAction,
  input: readInput,
  output: { ...readOutput, Body: payload(stream) },
});

export const HeadObject = operation('HEAD /{Bucket}/{Key+}', {
  allows: readAction,
  input: readInput,
  output: readOutput,
});

/**
 * "How to perform conditional deletes": who asks about an ETag must be allowed to read the object,
 * while `*` asks only whether there is one.
 */
export function actionsOfDelete(
  versionId: string | undefined,
  ifMatch: string | undefined,
): readonly string[] {
  const action = versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion';
  return ifMatch === undefined || ifMatch === '*'
    ? [action]
    : [action, readAction({ VersionId: versionId })];
}

export const DeleteObject = operation('DELETE /{Bucket}/{Key+}', {
  allows: ({ VersionId, IfMatch }) => actionsOfDelete(VersionId, IfMatch),
  status: 204,
  input: {
    ...target,
    ...versionId,
    MFA: header('x-amz-mfa', string),
    BypassGovernanceRetention: header('x-amz-bypass-governance-retention', boolean),
    IfMatch: header('if-match', etagCondition),
    IfMatchLastModifiedTime: header('x-amz-if-match-last-modified-time', lenient(httpDate)),
    IfMatchSize: header('x-amz-if-match-size', long),
    ...expectedOwner,
  },
  output: {
    DeleteMarker: header('x-amz-delete-marker', boolean),
    VersionId: header('x-amz-version-id', string),
  },
});

export const DeleteObjects = operation('POST /{Bucket}?delete', {
  // Each key is authorized on its own, and refused on its own.
  allows: [],
  checksum: 'required',
  root: 'DeleteResult',
  input: {
    Bucket: label(bucketName),
    ...contentMd5,
    BypassGovernanceRetention: header('x-amz-bypass-governance-retention', boolean),
    MFA: header('x-amz-mfa', string),
    ...expectedOwner,
    Delete: required(
      payload(
        struct({
          Objects: named(
            'Object',
            flat(
              list(
                struct({
                  Key: required(objectKey),
                  VersionId: string,
                  ETag: etagCondition,
                  LastModifiedTime: lenient(httpDate),
                  Size: long,
                }),
              ),
            ),
          ),
          Quiet: boolean,
        }),
      ),
    ),
  },
  output: {
    Deleted: elements(
      'Deleted',
      struct({
        Key: string,
        VersionId: string,
        DeleteMarker: boolean,
        DeleteMarkerVersionId: string,
      }),
    ),
    Errors: elements(
      'Error',
      struct({ Key: string, VersionId: string, Code: string, Message: string }),
    ),
  },
});

export const CopyObject = operation('PUT /{Bucket}/{Key+}', {
  // The right to read the source is asked for by the handler, on the source.
  allows: actionsOfWrite,
  input: {
    ...target,
    CopySource: required(header('x-amz-copy-source', copySource)),
    MetadataDirective: header('x-amz-metadata-directive', directive),
    TaggingDirective: header('x-amz-tagging-directive', directive),
    ACL: header('x-amz-acl', cannedObjectAcl),
    ...contentHeaders,
    ...storage,
    ...writeConditions,
    ...copySourceConditions,
    ChecksumAlgorithm: header('x-amz-checksum-algorithm', checksumAlgorithm),
    ...objectGrants,
    ...expectedOwner,
    ExpectedSourceBucketOwner: header('x-amz-source-expected-bucket-owner', string),
  },
  output: {
    Expiration: header('x-amz-expiration', string),
    CopySourceVersionId: header('x-amz-copy-source-version-id', string),
    VersionId: header('x-amz-version-id', string),
    CopyObjectResult: payload(
      struct({
        ETag: etag,
        LastModified: isoDate,
        ChecksumType: checksumType,
        ...checksumElements,
      }),
    ),
  },
});

export const GetObjectAttributes = operation('GET /{Bucket}/{Key+}?attributes', {
  allows: (input) => [
    readAction(input),
    input.VersionId === undefined ? 's3:GetObjectAttributes' : 's3:GetObjectVersionAttributes',
  ],
  root: 'GetObjectAttributesResponse',
  input: {
    ...target,
    ...versionId,
    MaxParts: header('x-amz-max-parts', integer({ min: 0, error: 'InvalidArgument' })),
    PartNumberMarker: header(
      'x-amz-part-number-marker',
      integer({ min: 0, error: 'InvalidArgument' }),
    ),
    ObjectAttributes: required(header('x-amz-object-attributes', list(string))),
    ...expectedOwner,
  },
  output: {
    DeleteMarker: header('x-amz-delete-marker', boolean),
    LastModified: header('last-modified', httpDate),
    VersionId: header('x-amz-version-id', string),
    // Unlike everywhere else, the entity tag stands here without quotes.
    ETag: string,
    Checksum: struct({ ...checksumElements, ChecksumType: checksumType }),
    ObjectParts: struct({
      TotalPartsCount: named('PartsCount', integer),
      PartNumberMarker: string,
      NextPartNumberMarker: string,
      MaxParts: integer,
      IsTruncated: boolean,
      Parts: elements('Part', struct({ PartNumber: integer, Size: long, ...checksumElements })),
    }),
    StorageClass: string,
    ObjectSize: long,
  },
});

export const GetObjectAcl = operation('GET /{Bucket}/{Key+}?acl', {
  allows: ({ VersionId }) =>
    VersionId === undefined ? 's3:GetObjectAcl' : 's3:GetObjectVersionAcl',
  root: 'AccessControlPolicy',
  input: { ...target, ...versionId, ...expectedOwner },
  output: aclAnswer,
});

export const PutObjectAcl = operation('PUT /{Bucket}/{Key+}?acl', {
  allows: ({ VersionId }) =>
    VersionId === undefined ? 's3:PutObjectAcl' : 's3:PutObjectVersionAcl',
  input: {
    ...target,
    ...versionId,
    ACL: header('x-amz-acl', cannedObjectAcl),
    ...objectGrants,
    GrantWrite: header('x-amz-grant-write', string),
    ...contentMd5,
    ...expectedOwner,
    AccessControlPolicy: payload(AccessControlPolicy),
  },
  output: {},
});

export const GetObjectTagging = operation('GET /{Bucket}/{Key+}?tagging', {
  allows: ({ VersionId }) =>
    VersionId === undefined ? 's3:GetObjectTagging' : 's3:GetObjectVersionTagging',
  root: 'Tagging',
  input: { ...target, ...versionId, ...expectedOwner },
  output: {
    VersionId: header('x-amz-version-id', string),
    TagSet: list(struct({ Key: string, Value: string }), { item: 'Tag' }),
  },
});

export const PutObjectTagging = operation('PUT /{Bucket}/{Key+}?tagging', {
  allows: ({ VersionId }) =>
    VersionId === undefined ? 's3:PutObjectTagging' : 's3:PutObjectVersionTagging',
  input: {
    ...target,
    ...versionId,
    ...contentMd5,
    ...expectedOwner,
    Tagging: required(payload(Tagging)),
  },
  output: { VersionId: header('x-amz-version-id', string) },
});

export const DeleteObjectTagging = operation('DELETE /{Bucket}/{Key+}?tagging', {
  allows: ({ VersionId }) =>
    VersionId === undefined ? 's3:DeleteObjectTagging' : 's3:DeleteObjectVersionTagging',
  status: 204,
  input: { ...target, ...versionId, ...expectedOwner },
  output: { VersionId: header('x-amz-version-id', string) },
});
