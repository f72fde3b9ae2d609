import type { Awaitable } from '../base/awaitable.ts';
import { SPACE } from '../kv/spaces.ts';
import { whenKnown } from '../base/awaitable.ts';
import { Change } from './change.ts';
import type { Core } from './core.ts';
import { CHECKSUM_TYPES } from './digest/checksum.ts';
import { noSuchUpload, ObjectsError } from './error.ts';
import { after, afterPrefix, bucketKey, keyPrefix, uploadKey } from './keys.ts';
import { ATTEMPTS_MAX } from './limits.ts';
import type { Bucket, ChecksumType, Upload } from './model.ts';
import { commonPrefixOf, readPage } from './page.ts';
import type { CreateUpload, ListUploads, UploadPage } from './store.ts';
import { decodeUpload, encodeUpload } from './upload-record.ts';
import { newUploadId } from './version-id.ts';

export async function createUpload(
  core: Core,
  bucket: Bucket,
  key: string,
  request: CreateUpload,
): Promise<Upload> {
  const initiatedMs = core.clock.nowMs();
  const upload: Upload = {
    bucket: bucket.name,
    bucketId: bucket.id,
    key,
    uploadId: newUploadId(initiatedMs),
    initiatedMs,
    owner: request.owner,
    initiator: request.initiator,
    storageClass: request.storageClass,
    metadata: request.metadata,
    acl: request.acl,
    tags: request.tags,
    checksumAlgorithm: request.checksumAlgorithm,
    checksumType: checksumTypeOf(request),
  };
  const write = { key: uploadKey(bucket.id, key, upload.uploadId), value: encodeUpload(upload) };
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const row = await core.buckets.current(bucket);
    const { committed } = await core.kv.commit({
      checks: [{ key: bucketKey(bucket.name), version: row.version }],
      writes: [{ kind: 'set', ...write }],
    });
    if (committed) return upload;
  }
  throw new ObjectsError('OperationAborted', 'The bucket kept changing. Please try again.');
}

/** Throws NoSuchUpload when it is unknown, complete, aborted, or for another bucket or key. */
export function getUpload(
  { kv }: Core,
  bucket: Pick<Bucket, 'name' | 'id'>,
  key: string,
  uploadId: string,
): Awaitable<Upload> {
  return whenKnown(kv.get(uploadKey(bucket.id, key, uploadId)), (entry) => {
    if (entry === undefined) throw noSuchUpload(uploadId);
    return decodeUpload(bucket, key, uploadId, entry.value);
  });
}

/** The parts go with the collector, in as many commits as that takes. */
export async function abortUpload(core: Core, upload: Upload): Promise<void> {
  const at = uploadKey(upload.bucketId, upload.key, upload.uploadId);
  const entry = await core.kv.get(at);
  if (entry === undefined) throw noSuchUpload(upload.uploadId);
  const change = new Change(upload.bucketId, core.clock.nowMs());
  change.check(at, entry.version);
  change.delete(at);
  change.addGarbage('group', upload.uploadId);
  // An upload's row never changes: when the check fails, it was completed or aborted.
  const { committed } = await change.commit(core.kv);
  if (!committed) throw noSuchUpload(upload.uploadId);
}

export async function listUploads(
  { kv }: Core,
  bucket: Bucket,
  request: ListUploads,
): Promise<UploadPage> {
  const { prefix, delimiter, limit } = request;
  const { items, truncated } = await readPage(kv, {
    space: SPACE.upload,
    bucketId: bucket.id,
    prefix,
    delimiter,
    from: startAfter(bucket.id, request),
    limit,
  });
  const uploads: Upload[] = [];
  const commonPrefixes: string[] = [];
  let nextKeyMarker: string | undefined;
  let nextUploadIdMarker: string | undefined;
  for (const item of items) {
    if (item.kind === 'commonPrefix') {
      commonPrefixes.push((nextKeyMarker = item.text));
      nextUploadIdMarker = undefined;
    } else {
      const [key = '', uploadId = ''] = item.texts;
      uploads.push(decodeUpload(bucket, key, uploadId, item.entry.value));
      nextKeyMarker = key;
      nextUploadIdMarker = uploadId;
    }
  }
  return { uploads, commonPrefixes, truncated, nextKeyMarker, nextUploadIdMarker };
}

/** "ListMultipartUploads": a key marker alone passes all uploads of its key. */
function startAfter(
  bucketId: string,
  { prefix, delimiter, keyMarker, uploadIdMarker }: ListUploads,
): Uint8Array {
  if (keyMarker === '') return keyPrefix(SPACE.upload, bucketId, prefix);
  const passed = commonPrefixOf(keyMarker, prefix, delimiter);
  if (passed !== undefined) return afterPrefix(keyPrefix(SPACE.upload, bucketId, passed));
  if (uploadIdMarker !== '') return after(uploadKey(bucketId, keyMarker, uploadIdMarker));
  const emptyId = uploadKey(bucketId, keyMarker, '');
  return afterPrefix(emptyId.subarray(0, emptyId.byteLength - 2));
}

/** "Checking object integrity": which types an algorithm allows, and which it has by default. */
function checksumTypeOf({
  checksumAlgorithm: algorithm,
  checksumType: type,
}: CreateUpload): ChecksumType | undefined {
  if (algorithm === undefined) {
    if (type === undefined) return undefined;
    throw new ObjectsError(
      'InvalidRequest',
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    );
  }
  const allowed = CHECKSUM_TYPES[algorithm];
  if (type === undefined) return allowed[0];
  if (allowed.includes(type)) return type;
  throw new ObjectsError(
    'InvalidRequest',
    `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum ` +
      'algorithm.',
  );
}
