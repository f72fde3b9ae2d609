import type { Existing } from './conditions.ts';
import type { Row } from './key-state.ts';
import type { Bucket, DeleteMarker, ObjectVersion } from './model.ts';
import type { MarkerRecord, ObjectRecord, VersionRecord } from './records.ts';
import { msOfStamp, NULL_VERSION } from './version-id.ts';

/**
 * The record behind an `ObjectVersion` of this store, so that reading its bytes or copying it need
 * not look for it again. A property and not a map beside it, because spreading keeps it.
 */
const RECORD = Symbol('record');

interface FoundObject extends ObjectVersion {
  readonly [RECORD]: ObjectRecord;
}

export function objectVersion(
  bucket: Pick<Bucket, 'name' | 'id'>,
  key: string,
  record: ObjectRecord,
  isLatest: boolean,
): ObjectVersion {
  const found: FoundObject = {
    kind: 'object',
    bucket: bucket.name,
    bucketId: bucket.id,
    key,
    versionId: record.id ?? NULL_VERSION,
    isLatest,
    size: record.size,
    etag: record.etag,
    lastModifiedMs: msOfStamp(record.stamp),
    owner: record.owner,
    storageClass: record.storageClass,
    metadata: record.metadata,
    checksum: record.checksum,
    acl: record.acl,
    tags: record.tags,
    partCount: partCountOf(record),
    [RECORD]: record,
  };
  return found;
}

export function deleteMarker(key: string, record: MarkerRecord, isLatest: boolean): DeleteMarker {
  return {
    kind: 'deleteMarker',
    key,
    versionId: record.id ?? NULL_VERSION,
    isLatest,
    lastModifiedMs: msOfStamp(record.stamp),
    owner: record.owner,
  };
}

/** The record of a version that `objectVersion` made. */
export function recordOf(version: ObjectVersion): ObjectRecord {
  return (version as FoundObject)[RECORD];
}

export function existingOf(row: Row<VersionRecord> | undefined): Existing {
  if (row === undefined) return undefined;
  if (row.record.kind === 'deleteMarker') return { kind: 'deleteMarker' };
  const { etag, size, stamp } = row.record;
  return { kind: 'object', etag, size, modifiedMs: msOfStamp(stamp) };
}

function partCountOf({ body }: ObjectRecord): number | undefined {
  if (body.kind !== 'parts') return undefined;
  return body.sizes.reduce((sum, [count]) => sum + count, 0);
}
