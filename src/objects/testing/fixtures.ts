import { collectBody, bodyOf, type ByteSource, type RequestBody } from '../../base/http.ts';
import { ManualClock } from '../../base/clock.ts';
import { openMemoryBlobStore } from '../../blob/memory.ts';
import type { BlobId, BlobStore } from '../../blob/blob-store.ts';
import type { KeyValueStore } from '../../kv/key-value-store.ts';
import { openMemoryStore } from '../../kv/memory.ts';
import { ObjectsError, type ObjectsErrorKind } from '../error.ts';
import { openObjectStore } from '../open-object-store.ts';
import type {
  CreateBucket,
  CreateUpload,
  Integrity,
  NewObject,
  ObjectStore,
  PutObject,
  WriteConditions,
} from '../store.ts';
import type { Bucket, ObjectMetadata, ObjectVersion } from '../model.ts';

export const OWNER = '111122223333';
export const START_MS = Date.UTC(2026, 0, 1);

export interface TestStore extends AsyncDisposable {
  readonly store: ObjectStore;
  readonly kv: KeyValueStore;
  readonly blobs: BlobStore;
  readonly blobMap: Map<BlobId, Uint8Array>;
  readonly clock: ManualClock;
  readonly bucket: Bucket;
}

export async function openTestStore(): Promise<TestStore> {
  const blobMap = new Map<BlobId, Uint8Array>();
  const kv = openMemoryStore();
  const blobs = openMemoryBlobStore(blobMap);
  const clock = new ManualClock(START_MS);
  const store = await openObjectStore({ kv, blobs, clock });
  const bucket = await store.createBucket(newBucket('photos'));
  return {
    store,
    kv,
    blobs,
    blobMap,
    clock,
    bucket,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await kv[Symbol.asyncDispose]();
    },
  };
}

export function newBucket(name: string, fields: Partial<CreateBucket> = {}): CreateBucket {
  return {
    name,
    owner: OWNER,
    region: 'us-east-1',
    acl: { owner: OWNER, grants: [] },
    ownership: 'BucketOwnerEnforced',
    objectLock: false,
    ...fields,
  };
}

export const NO_METADATA: ObjectMetadata = {
  contentType: undefined,
  cacheControl: undefined,
  contentDisposition: undefined,
  contentEncoding: undefined,
  contentLanguage: undefined,
  expires: undefined,
  websiteRedirectLocation: undefined,
  user: Object.create(null) as Record<string, string>,
};

export const NEW_OBJECT: NewObject = {
  owner: OWNER,
  storageClass: 'STANDARD',
  metadata: NO_METADATA,
  acl: undefined,
  tags: undefined,
};

export const NO_INTEGRITY: Integrity = {
  checksumAlgorithm: undefined,
  expected: () => new Map(),
  size: undefined,
};

export function putRequest(
  fields: Partial<NewObject> & {
    readonly integrity?: Partial<Integrity>;
    readonly conditions?: WriteConditions;
  } = {},
): PutObject {
  const { integrity, conditions = {}, ...object } = fields;
  return {
    ...NEW_OBJECT,
    ...object,
    integrity: { ...NO_INTEGRITY, ...integrity },
    conditions,
  };
}

export const NEW_UPLOAD: CreateUpload = {
  ...NEW_OBJECT,
  initiator: `arn:aws:iam::${OWNER}:root`,
  checksumAlgorithm: undefined,
  checksumType: undefined,
};

export function put(
  { store, bucket }: Pick<TestStore, 'store' | 'bucket'>,
  key: string,
  bytes: Uint8Array | string,
  conditions: WriteConditions = {},
): Promise<ObjectVersion> {
  return store.put(bucket, key, bodyOf(Buffer.from(bytes)), putRequest({ conditions }));
}

/** A body whose length the client did not say, in chunks. */
export function chunkedBody(bytes: Uint8Array, chunkSize: number): RequestBody {
  return {
    length: undefined,
    async *[Symbol.asyncIterator]() {
      for (let at = 0; at < bytes.byteLength; at += chunkSize) {
        // What a body gives is its reader's, who may use it up.
        yield Uint8Array.from(bytes.subarray(at, at + chunkSize));
      }
    },
  };
}

export async function readAll(source: ByteSource): Promise<Buffer> {
  const buffer = new Uint8Array(100_000);
  async function* chunks(): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const count = await source.read(buffer);
      if (count === 0) return;
      yield Uint8Array.from(buffer.subarray(0, count));
    }
  }
  try {
    return Buffer.from(await collectBody(chunks(), Number.MAX_SAFE_INTEGER));
  } finally {
    source.close();
  }
}

/** The bytes of the latest version, or undefined when there is none. */
export async function get(
  { store, bucket }: Pick<TestStore, 'store' | 'bucket'>,
  key: string,
  versionId?: string,
): Promise<Buffer | undefined> {
  const found = await store.find(bucket, key, versionId);
  if (found?.kind !== 'object') return undefined;
  return readAll(await store.open(found, 0, found.size));
}

/** What a version tells, without the record behind it. */
export function told<V extends object>(version: V | undefined): object | undefined {
  return version && Object.fromEntries(Object.entries(version));
}

/** For `assert.rejects`: an error of this kind. */
export function refusal(kind: ObjectsErrorKind): (error: unknown) => boolean {
  return (error) => error instanceof ObjectsError && error.kind === kind;
}

/** Bytes that differ from place to place, the same for the same seed. */
export function pattern(size: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(size);
  let state = seed >>> 0;
  for (let index = 0; index < size; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}
