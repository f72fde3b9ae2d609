import type { Awaitable } from '../base/awaitable.ts';
import type { Entry, Version } from '../kv/key-value-store.ts';
import { whenKnown } from '../base/awaitable.ts';
import { changeKey, type KeyChange } from './change-key.ts';
import { choose, type ChosenPart } from './complete-parts.ts';
import { multipartChecksum } from './complete-checksum.ts';
import { checkWriteConditions, isConditional } from './conditions.ts';
import type { Core } from './core.ts';
import { multipartEtag } from './digest/checksum.ts';
import { noSuchUpload, ObjectsError } from './error.ts';
import { existingOf, objectVersion } from './found-version.ts';
import { readKeyState } from './key-state.ts';
import { decodePartKey, partChangesKey, partsAfter, uploadKey } from './keys.ts';
import { PART_COUNT_MAX } from './limits.ts';
import type { Bucket, ObjectVersion, Upload } from './model.ts';
import { layoutOf } from './part-layout.ts';
import { newObjectFields } from './put.ts';
import { decodePart, type ObjectRecord } from './records.ts';
import type { CompleteUpload } from './store.ts';
import { nextIdentity, pushVersion } from './version-stack.ts';

/**
 * One commit turns an upload into an object: its row goes, the object's record names the part rows
 * and so keeps them, and what was uploaded but not chosen becomes garbage. No byte is copied.
 */
export function completeUpload(
  core: Core,
  upload: Upload,
  request: CompleteUpload,
): Promise<ObjectVersion> {
  const bucket = { name: upload.bucket, id: upload.bucketId };
  const { key, uploadId } = upload;
  const options = { bucket, key, isConditional: isConditional(request.conditions) };
  return changeKey(core, options, async (keyChange) => {
    const { change, state } = keyChange;
    const rows = await readUpload(core, upload);
    if (rows === undefined) {
      const finished = finishedObject(keyChange, uploadId, request);
      if (finished === undefined) throw noSuchUpload(uploadId);
      return finished;
    }
    const record = assemble(keyChange, upload, request, rows.parts);
    checkWriteConditions(request.conditions, existingOf(state.object), key);
    change.check(uploadKey(bucket.id, key, uploadId), rows.version);
    change.check(partChangesKey(uploadId), rows.changes);
    change.delete(uploadKey(bucket.id, key, uploadId));
    change.delete(partChangesKey(uploadId));
    await pushVersion(core.kv, keyChange, record);
    return objectVersion(keyChange.bucket, key, record, true);
  });
}

/**
 * The object that an upload became, if it still is the latest version and was completed from these
 * parts: S3 lets a client that did not hear the answer complete again.
 */
export function completedObject(
  core: Core,
  bucket: Bucket,
  key: string,
  uploadId: string,
  request: Pick<CompleteUpload, 'parts'>,
): Awaitable<ObjectVersion | undefined> {
  return whenKnown(readKeyState(core.kv, bucket, key), (state) =>
    finishedObject({ bucket, state }, uploadId, request),
  );
}

function finishedObject(
  { bucket, state }: Pick<KeyChange, 'bucket' | 'state'>,
  uploadId: string,
  { parts }: Pick<CompleteUpload, 'parts'>,
): ObjectVersion | undefined {
  const record = state.object?.record;
  if (record?.body.kind !== 'parts' || record.body.group !== uploadId) return undefined;
  const etag = etagOfParts(parts);
  return etag === record.etag ? objectVersion(bucket, state.key, record, true) : undefined;
}

interface UploadRows {
  readonly version: Version;
  /** Version of the count of changes, which is read before the parts. */
  readonly changes: Version | undefined;
  readonly parts: readonly Entry[];
}

async function readUpload({ kv }: Core, upload: Upload): Promise<UploadRows | undefined> {
  const { bucketId, key, uploadId } = upload;
  const row = await kv.get(uploadKey(bucketId, key, uploadId));
  if (row === undefined) return undefined;
  const changes = await kv.get(partChangesKey(uploadId));
  const parts = await kv.range({ ...partsAfter(uploadId, 0), limit: PART_COUNT_MAX });
  return { version: row.version, changes: changes?.version, parts };
}

/** Checks the chosen parts against the uploaded ones and drops the rest; the object's record. */
function assemble(
  keyChange: KeyChange,
  upload: Upload,
  request: CompleteUpload,
  entries: readonly Entry[],
): ObjectRecord {
  const { change } = keyChange;
  const uploaded = new Map(entries.map((entry) => [decodePartKey(entry.key).partNumber, entry]));
  const chosen = choose(upload, request, (partNumber) => {
    const entry = uploaded.get(partNumber);
    return entry && decodePart(entry.value);
  });
  for (const { partNumber } of chosen) uploaded.delete(partNumber);
  for (const [partNumber, { key, value }] of uploaded) {
    change.delete(key);
    change.dropPart(upload.uploadId, partNumber, decodePart(value));
  }
  const size = chosen.reduce((sum, part) => sum + part.size, 0);
  refuseOtherSize(request, size);
  return {
    kind: 'object',
    ...nextIdentity(keyChange),
    ...newObjectFields(upload),
    size,
    etag: etagOfParts(chosen),
    checksum: multipartChecksum(upload, request, chosen),
    body: { kind: 'parts', group: upload.uploadId, ...layoutOf(chosen) },
  };
}

function etagOfParts(parts: readonly Pick<ChosenPart, 'etag'>[]): string {
  return multipartEtag(parts.map(({ etag }) => Buffer.from(etag, 'hex')));
}

function refuseOtherSize({ size: stated }: CompleteUpload, size: number): void {
  if (stated === undefined || stated === size) return;
  throw new ObjectsError(
    'InvalidRequest',
    `The provided 'x-amz-mp-object-size' header value ${stated} does not match what was ` +
      `computed: ${size}`,
  );
}
