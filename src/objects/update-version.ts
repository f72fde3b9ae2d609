import { withBytesOf } from './content.ts';
import { Change } from './change.ts';
import type { Core } from './core.ts';
import { ObjectsError } from './error.ts';
import { findVersion } from './find.ts';
import { objectVersion, recordOf } from './found-version.ts';
import { ATTEMPTS_MAX } from './limits.ts';
import type { Acl, ObjectVersion, Tags } from './model.ts';
import { encodeVersion, type ObjectRecord } from './records.ts';

export interface VersionChange {
  readonly tags?: Tags | undefined;
  readonly acl?: Acl | undefined;
}

/**
 * Changes tags or ACL of exactly this version. When it went meanwhile, this counts as having
 * happened just before: the outcome is the same.
 */
export async function updateVersion(
  core: Core,
  version: ObjectVersion,
  change: VersionChange,
): Promise<ObjectVersion> {
  const { key } = version;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const { bucket } = await core.buckets.current({ name: version.bucket, id: version.bucketId });
    const located = await findVersion(core.kv, bucket, key, version.versionId);
    const row = located?.row;
    const known = recordOf(version);
    if (row?.record.kind !== 'object' || row.record.stamp !== known.stamp) {
      return objectVersion(bucket, key, changed(known, change), false);
    }
    const record = changed(row.record, change);
    const commit = new Change(bucket.id, core.clock.nowMs());
    commit.check(row.key, row.version);
    commit.set(row.key, encodeVersion(record));
    const { committed } = await commit.commit(core.kv);
    // The row came without its bytes, which the caller may want to read.
    const changedVersion = { ...record, body: withBytesOf(record.body, known.body) };
    if (committed) return objectVersion(bucket, key, changedVersion, located?.isLatest === true);
  }
  throw new ObjectsError('OperationAborted', 'The object kept changing. Please try again.', {
    Key: key,
  });
}

function changed(record: ObjectRecord, change: VersionChange): ObjectRecord {
  return {
    ...record,
    tags: 'tags' in change ? change.tags : record.tags,
    acl: 'acl' in change ? change.acl : record.acl,
  };
}
