import type { Awaitable } from '../base/awaitable.ts';
import type { ByteSource, RequestBody } from '../base/http.ts';
import type { Algorithm, ChecksumAlgorithm } from './digest/algorithms.ts';
import type {
  Acl,
  Bucket,
  BucketSettings,
  Checksum,
  ChecksumType,
  DeleteMarker,
  ObjectMetadata,
  ObjectOwnership,
  ObjectVersion,
  Part,
  Tags,
  Upload,
} from './model.ts';

/**
 * Buckets and objects on kv and blob. Every method that writes is durable when it resolves; every
 * refusal is an `ObjectsError` and changes nothing. Permission is none of its business.
 */
export interface ObjectStore extends AsyncDisposable {
  createBucket(request: CreateBucket): Promise<Bucket>;
  /** Served from a cache that follows the store's revision, so cheap enough for every request. */
  findBucket(name: string): Awaitable<Bucket | undefined>;
  deleteBucket(name: string): Promise<void>;
  listBuckets(request: ListBuckets): Awaitable<BucketPage>;
  /** Applies `change` to the newest settings, again if another writer was faster. */
  updateBucket(name: string, change: (bucket: Bucket) => Partial<BucketSettings>): Promise<Bucket>;
  bucketUsage(bucket: Bucket): Awaitable<{ readonly objects: number; readonly bytes: number }>;

  put(bucket: Bucket, key: string, body: RequestBody, request: PutObject): Promise<ObjectVersion>;
  /** The current version, or the one named; a delete marker counts as found. */
  find(
    bucket: Bucket,
    key: string,
    versionId?: string,
  ): Awaitable<ObjectVersion | DeleteMarker | undefined>;
  /** Bytes `start` (inclusive) to `end` (exclusive) of exactly this version, or an error. */
  open(version: ObjectVersion, start: number, end: number): Awaitable<ByteSource>;
  /** A record over the same bytes, whatever their size. */
  copy(
    source: ObjectVersion,
    bucket: Bucket,
    key: string,
    request: CopyObject,
  ): Promise<ObjectVersion>;
  delete(bucket: Bucket, key: string, request: DeleteObject): Promise<DeletedObject>;
  /** Changes what may change of a version without a new one: tags and ACL. */
  updateVersion(
    version: ObjectVersion,
    change: { readonly tags?: Tags | undefined; readonly acl?: Acl | undefined },
  ): Promise<ObjectVersion>;
  list(bucket: Bucket, request: ListObjects): Awaitable<ObjectPage>;
  /** All versions and delete markers: keys in UTF-8 order, the versions of a key newest first. */
  listVersions(bucket: Bucket, request: ListVersions): Awaitable<VersionPage>;

  createUpload(bucket: Bucket, key: string, request: CreateUpload): Promise<Upload>;
  /** Throws NoSuchUpload when it is unknown, complete, aborted, or for another bucket or key. */
  getUpload(bucket: Bucket, key: string, uploadId: string): Awaitable<Upload>;
  putPart(
    upload: Upload,
    partNumber: number,
    body: RequestBody,
    integrity: Integrity,
  ): Promise<Part>;
  completeUpload(upload: Upload, request: CompleteUpload): Promise<ObjectVersion>;
  /**
   * What an upload that `getUpload` no longer knows became, if that is still the latest version and
   * was made of these parts: the answer to a client that completes again.
   */
  completedObject(
    bucket: Bucket,
    key: string,
    uploadId: string,
    request: Pick<CompleteUpload, 'parts'>,
  ): Awaitable<ObjectVersion | undefined>;
  abortUpload(upload: Upload): Promise<void>;
  listParts(
    upload: Upload,
    request: { readonly after: number; readonly limit: number },
  ): Awaitable<{ readonly parts: readonly Part[]; readonly truncated: boolean }>;
  listUploads(bucket: Bucket, request: ListUploads): Awaitable<UploadPage>;
  /** One part of a finished multipart object, for `partNumber` reads: where it lies and its record. */
  partOf(
    version: ObjectVersion,
    partNumber: number,
  ): Awaitable<{ readonly part: Part; readonly start: number } | undefined>;
  /** The parts of a finished multipart object, for GetObjectAttributes. */
  partsOf(
    version: ObjectVersion,
    request: { readonly after: number; readonly limit: number },
  ): Awaitable<{ readonly parts: readonly Part[]; readonly truncated: boolean }>;

  /** When the bucket's lifecycle will expire this version, and by which rule; undefined for never. */
  expiryOf(bucket: Bucket, version: ObjectVersion): Expiry | undefined;

  /** Carries out due lifecycle rules a step; false when none is left today. Run by one thread. */
  runLifecycle(): Promise<boolean>;
  /** Reclaims bytes that nothing references; returns how many records it dealt with. Run by one thread. */
  collect(): Promise<number>;
}

export interface Expiry {
  readonly atMs: number;
  readonly ruleId: string;
}

/** What must be true of the bytes before the write becomes visible. */
export interface Integrity {
  /** Digests to compute and, for the checksum, to store; MD5 is always among the computed. */
  readonly checksumAlgorithm: ChecksumAlgorithm | undefined;
  /** Asked after the last byte, because a trailer may bring it: each must equal what was computed. */
  readonly expected: () => ReadonlyMap<Algorithm, Uint8Array>;
  /** Refuses a body of another length with IncompleteBody. */
  readonly size: number | undefined;
}

/** Conditions on the current version of the key, evaluated in the same commit as the write. */
export interface WriteConditions {
  /** ETag without quotes, or `*`. */
  readonly ifMatch?: string | undefined;
  /** ETag without quotes, or `*`. */
  readonly ifNoneMatch?: string | undefined;
  /** For deletions: milliseconds (compared by the second) and bytes. */
  readonly ifMatchLastModifiedMs?: number | undefined;
  readonly ifMatchSize?: number | undefined;
}

export interface NewObject {
  readonly owner: string;
  readonly storageClass: string;
  readonly metadata: ObjectMetadata;
  readonly acl: Acl | undefined;
  readonly tags: Tags | undefined;
}

export interface PutObject extends NewObject {
  readonly integrity: Integrity;
  readonly conditions: WriteConditions;
}

export interface CopyObject extends NewObject {
  readonly conditions: WriteConditions;
  /** Another algorithm than the source's makes the copy read the bytes once. */
  readonly checksumAlgorithm: ChecksumAlgorithm | undefined;
}

export interface DeleteObject {
  readonly versionId?: string | undefined;
  readonly owner: string;
  readonly conditions: WriteConditions;
}

export interface DeletedObject {
  /** The version that was removed, or the marker that was made; undefined when there was nothing. */
  readonly versionId: string | undefined;
  readonly deleteMarker: boolean;
}

export interface CreateBucket {
  readonly name: string;
  readonly owner: string;
  readonly region: string;
  readonly acl: Acl;
  readonly ownership: ObjectOwnership;
  readonly objectLock: boolean;
}

export interface ListBuckets {
  readonly owner: string;
  readonly prefix: string;
  /** Names after this one. */
  readonly after: string;
  readonly region: string | undefined;
  readonly limit: number;
}

export interface BucketPage {
  readonly buckets: readonly Bucket[];
  readonly truncated: boolean;
}

export interface ListObjects {
  readonly prefix: string;
  /** Empty for none. */
  readonly delimiter: string;
  /** Keys and common prefixes after this text, in UTF-8 order; a common prefix that equals it is passed over. */
  readonly after: string;
  readonly limit: number;
}

/** What listings tell of an object, which is as much as is decoded of its record. */
export type ListedObject = Pick<
  ObjectVersion,
  'key' | 'versionId' | 'size' | 'etag' | 'lastModifiedMs' | 'owner' | 'storageClass'
> & { readonly checksum: Pick<Checksum, 'algorithm' | 'type'> | undefined };

export interface ObjectPage {
  readonly objects: readonly ListedObject[];
  readonly commonPrefixes: readonly string[];
  readonly truncated: boolean;
  /** The last key or common prefix of the page; `after` for the next one. */
  readonly last: string | undefined;
}

export interface ListVersions {
  readonly prefix: string;
  /** Empty for none. */
  readonly delimiter: string;
  /** Keys after this one, unless a version of it says where in its versions to go on. */
  readonly keyMarker: string;
  /** Empty for none. */
  readonly versionIdMarker: string;
  readonly limit: number;
}

export type ListedVersion =
  | (ListedObject & Pick<ObjectVersion, 'kind' | 'isLatest'>)
  | DeleteMarker;

export interface VersionPage {
  readonly versions: readonly ListedVersion[];
  readonly commonPrefixes: readonly string[];
  readonly truncated: boolean;
  /** Where the next page begins, if there is one. */
  readonly nextKeyMarker: string | undefined;
  readonly nextVersionIdMarker: string | undefined;
}

export interface CreateUpload extends NewObject {
  readonly initiator: string;
  readonly checksumAlgorithm: ChecksumAlgorithm | undefined;
  readonly checksumType: ChecksumType | undefined;
}

export interface CompleteUpload {
  readonly parts: readonly {
    readonly partNumber: number;
    /** Without quotes. */
    readonly etag: string;
    readonly checksum:
      | { readonly algorithm: ChecksumAlgorithm; readonly value: string }
      | undefined;
  }[];
  readonly conditions: WriteConditions;
  /** The whole object's checksum and size, when the client says them. */
  readonly checksum: Pick<Checksum, 'algorithm' | 'value'> | undefined;
  readonly checksumType: ChecksumType | undefined;
  readonly size: number | undefined;
}

export interface ListUploads {
  readonly prefix: string;
  readonly delimiter: string;
  readonly keyMarker: string;
  readonly uploadIdMarker: string;
  readonly limit: number;
}

export interface UploadPage {
  readonly uploads: readonly Upload[];
  readonly commonPrefixes: readonly string[];
  readonly truncated: boolean;
  readonly nextKeyMarker: string | undefined;
  readonly nextUploadIdMarker: string | undefined;
}
