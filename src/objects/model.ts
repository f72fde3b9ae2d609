/**
 * What the store knows about buckets, objects, versions, uploads and parts, as every room above sees
 * it. The stored form of each is in `records.ts`; these types are what a reader of it gets.
 */
import type { ChecksumAlgorithm } from './digest/algorithms.ts';
import type { Lifecycle } from './lifecycle/configuration.ts';

export interface Bucket {
  readonly name: string;
  /** Unique for ever: a bucket made again under the same name is another bucket. */
  readonly id: string;
  /** Account id of the owner, twelve digits. */
  readonly owner: string;
  readonly region: string;
  readonly createdAtMs: number;
  readonly versioning: 'unversioned' | 'enabled' | 'suspended';
  readonly objectLock: boolean;
  readonly ownership: ObjectOwnership;
  /** False from when the controls were deleted until they are put again. */
  readonly hasOwnershipControls: boolean;
  readonly acl: Acl;
  readonly publicAccessBlock: PublicAccessBlock | undefined;
  /** The bucket policy's text exactly as it was put. */
  readonly policy: string | undefined;
  readonly tags: Tags | undefined;
  readonly cors: readonly CorsRule[] | undefined;
  readonly lifecycle: Lifecycle | undefined;
}

/** The part of a bucket that its owner may change after creation. */
export type BucketSettings = Pick<
  Bucket,
  | 'versioning'
  | 'ownership'
  | 'hasOwnershipControls'
  | 'acl'
  | 'publicAccessBlock'
  | 'policy'
  | 'tags'
  | 'cors'
  | 'lifecycle'
>;

export type ObjectOwnership = 'BucketOwnerEnforced' | 'BucketOwnerPreferred' | 'ObjectWriter';

export interface PublicAccessBlock {
  readonly blockPublicAcls: boolean;
  readonly ignorePublicAcls: boolean;
  readonly blockPublicPolicy: boolean;
  readonly restrictPublicBuckets: boolean;
}

export interface CorsRule {
  readonly id: string | undefined;
  readonly allowedMethods: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly allowedHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds: number | undefined;
}

export interface Acl {
  /** Account id. */
  readonly owner: string;
  readonly grants: readonly Grant[];
}

export interface Grant {
  readonly grantee:
    | { readonly kind: 'account'; readonly account: string }
    | { readonly kind: 'group'; readonly group: AclGroup };
  readonly permission: AclPermission;
}

export type AclGroup = 'AllUsers' | 'AuthenticatedUsers' | 'LogDelivery';
export type AclPermission = 'FULL_CONTROL' | 'READ' | 'WRITE' | 'READ_ACP' | 'WRITE_ACP';

/** In the order given; keys are unique. */
export type Tags = readonly { readonly key: string; readonly value: string }[];

/** What a client sets on an object and gets back with it. */
export interface ObjectMetadata {
  readonly contentType: string | undefined;
  readonly cacheControl: string | undefined;
  readonly contentDisposition: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly contentLanguage: string | undefined;
  /** Verbatim, as S3 keeps it. */
  readonly expires: string | undefined;
  readonly websiteRedirectLocation: string | undefined;
  /** `x-amz-meta-` names in lower case without the prefix, to values; a null-prototype record. */
  readonly user: Readonly<Record<string, string>>;
}

export type ChecksumType = 'COMPOSITE' | 'FULL_OBJECT';

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
  /** Base64, with `-N` for a composite one. */
  readonly value: string;
}

/** A version of an object that has bytes. */
export interface ObjectVersion {
  readonly kind: 'object';
  readonly bucket: string;
  readonly bucketId: string;
  readonly key: string;
  /** `null` as text for the version that an unversioned bucket keeps. */
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModifiedMs: number;
  /** Account id of whoever owns the object. */
  readonly owner: string;
  readonly storageClass: string;
  readonly metadata: ObjectMetadata;
  readonly checksum: Checksum | undefined;
  /** Undefined means private to the owner, so that the common case stores nothing. */
  readonly acl: Acl | undefined;
  readonly tags: Tags | undefined;
  /** How many parts it was uploaded in; undefined for a single put. */
  readonly partCount: number | undefined;
}

export interface DeleteMarker {
  readonly kind: 'deleteMarker';
  readonly key: string;
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly lastModifiedMs: number;
  readonly owner: string;
}

export interface Upload {
  readonly bucket: string;
  readonly bucketId: string;
  readonly key: string;
  readonly uploadId: string;
  readonly initiatedMs: number;
  /** Account id of the owner, and ARN of whoever began it. */
  readonly owner: string;
  readonly initiator: string;
  readonly storageClass: string;
  readonly metadata: ObjectMetadata;
  readonly acl: Acl | undefined;
  readonly tags: Tags | undefined;
  readonly checksumAlgorithm: ChecksumAlgorithm | undefined;
  readonly checksumType: ChecksumType | undefined;
}

export interface Part {
  readonly partNumber: number;
  readonly size: number;
  readonly etag: string;
  readonly lastModifiedMs: number;
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined;
}
