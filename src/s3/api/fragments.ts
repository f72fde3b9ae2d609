import {
  flat,
  header,
  httpDate,
  integer,
  lenient,
  list,
  named,
  prefix,
  query,
  string,
  struct,
} from '../../wire/index.ts';
import {
  checksumAlgorithm,
  checksumType,
  etagCondition,
  objectOwnership,
  storageClass,
  tagQuery,
} from './scalars.ts';

/** Members that many operations share, so that each is written once. */

/** The five checksums, of which at most one is sent. */
export const checksums = {
  ChecksumCRC32: header('x-amz-checksum-crc32', string),
  ChecksumCRC32C: header('x-amz-checksum-crc32c', string),
  ChecksumCRC64NVME: header('x-amz-checksum-crc64nvme', string),
  ChecksumSHA1: header('x-amz-checksum-sha1', string),
  ChecksumSHA256: header('x-amz-checksum-sha256', string),
} as const;

/** The same in XML. */
export const checksumElements = {
  ChecksumCRC32: string,
  ChecksumCRC32C: string,
  ChecksumCRC64NVME: string,
  ChecksumSHA1: string,
  ChecksumSHA256: string,
} as const;

/** What a request with a body says about the body. */
export const bodyIntegrity = {
  ContentMD5: header('content-md5', string),
  ChecksumAlgorithm: header('x-amz-sdk-checksum-algorithm', checksumAlgorithm),
  ...checksums,
} as const;

/** Configuration bodies are checked by one checksum header or by Content-MD5. */
export const contentMd5 = {
  ContentMD5: header('content-md5', string),
  ChecksumAlgorithm: header('x-amz-sdk-checksum-algorithm', checksumAlgorithm),
} as const;

export const contentHeaders = {
  CacheControl: header('cache-control', string),
  ContentDisposition: header('content-disposition', string),
  ContentEncoding: header('content-encoding', string),
  ContentLanguage: header('content-language', string),
  ContentType: header('content-type', string),
  Expires: header('expires', string),
  WebsiteRedirectLocation: header('x-amz-website-redirect-location', string),
  Metadata: prefix('x-amz-meta-'),
} as const;

export const objectGrants = {
  GrantFullControl: header('x-amz-grant-full-control', string),
  GrantRead: header('x-amz-grant-read', string),
  GrantReadACP: header('x-amz-grant-read-acp', string),
  GrantWriteACP: header('x-amz-grant-write-acp', string),
} as const;

export const bucketGrants = {
  ...objectGrants,
  GrantWrite: header('x-amz-grant-write', string),
} as const;

export const storage = {
  StorageClass: header('x-amz-storage-class', storageClass),
  Tagging: header('x-amz-tagging', tagQuery),
} as const;

export const writeConditions = {
  IfMatch: header('if-match', etagCondition),
  IfNoneMatch: header('if-none-match', etagCondition),
} as const;

/** A date that does not parse counts as absent, as HTTP has it. */
export const readConditions = {
  ...writeConditions,
  IfModifiedSince: header('if-modified-since', lenient(httpDate)),
  IfUnmodifiedSince: header('if-unmodified-since', lenient(httpDate)),
} as const;

export const copySourceConditions = {
  CopySourceIfMatch: header('x-amz-copy-source-if-match', etagCondition),
  CopySourceIfNoneMatch: header('x-amz-copy-source-if-none-match', etagCondition),
  CopySourceIfModifiedSince: header('x-amz-copy-source-if-modified-since', lenient(httpDate)),
  CopySourceIfUnmodifiedSince: header('x-amz-copy-source-if-unmodified-since', lenient(httpDate)),
} as const;

/** Refuses the request when bucket (or source bucket) belongs to another account. */
export const expectedOwner = {
  ExpectedBucketOwner: header('x-amz-expected-bucket-owner', string),
} as const;

export const versionId = { VersionId: query('versionId', string) } as const;

/** Overrides of an answer's headers, honoured for signed requests only. */
export const responseOverrides = {
  ResponseCacheControl: query('response-cache-control', string),
  ResponseContentDisposition: query('response-content-disposition', string),
  ResponseContentEncoding: query('response-content-encoding', string),
  ResponseContentLanguage: query('response-content-language', string),
  ResponseContentType: query('response-content-type', string),
  ResponseExpires: query('response-expires', string),
} as const;

export const checksumAnswer = {
  ...checksums,
  ChecksumType: header('x-amz-checksum-type', checksumType),
} as const;

export const ownership = { ObjectOwnership: header('x-amz-object-ownership', objectOwnership) };

export const Owner = struct({ DisplayName: string, ID: string });
export const Initiator = struct({ ID: string, DisplayName: string });

export const Tag = struct({ Key: string, Value: string });
export const Tagging = struct({ TagSet: list(Tag, { item: 'Tag' }) });

export const CommonPrefixes = flat(list(struct({ Prefix: string })));

export const maxKeys = { MaxKeys: query('max-keys', integer) } as const;

/** A member of a flattened list whose elements are called `name`. */
export function elements<const S extends Parameters<typeof list>[0]>(name: string, of: S) {
  return named(name, flat(list(of)));
}
