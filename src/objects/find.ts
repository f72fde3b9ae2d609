import type { Awaitable } from '../base/awaitable.ts';
import type { KeyValueStore } from '../kv/key-value-store.ts';
import { whenKnown } from '../base/awaitable.ts';
import { readContent } from './content.ts';
import type { Core } from './core.ts';
import { RecordCorruptError } from './envelope.ts';
import { deleteMarker, objectVersion } from './found-version.ts';
import { readKeyState, versionRow, type KeyState, type Row } from './key-state.ts';
import { versionKey } from './keys.ts';
import type { Bucket, DeleteMarker, ObjectVersion } from './model.ts';
import type { VersionRecord } from './records.ts';
import { isVersionId, NULL_VERSION } from './version-id.ts';
import { findNoncurrentNull } from './version-stack.ts';

type Found = ObjectVersion | DeleteMarker | undefined;

export function findObject(
  { kv, buckets }: Pick<Core, 'kv' | 'buckets'>,
  named: Bucket,
  key: string,
  versionId: string | undefined,
): Awaitable<Found> {
  // The caller's bucket may be older than a change of its versioning.
  return whenKnown(buckets.current(named), ({ bucket }) => findIn(kv, bucket, key, versionId));
}

/** `goneContent` was missing when the version whose record names it had just been read. */
function findIn(
  kv: KeyValueStore,
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
  goneContent?: string,
): Awaitable<Found> {
  return whenKnown(locate(kv, bucket, key, versionId), (located): Awaitable<Found> => {
    if (located === undefined) return undefined;
    const { row, isLatest } = located;
    const { record } = row;
    if (record.kind === 'deleteMarker') return deleteMarker(key, record, isLatest);
    const { body } = record;
    if (body.kind !== 'content') return objectVersion(bucket, key, record, isLatest);
    return whenKnown(readContent(kv, body), (content): Awaitable<Found> => {
      if (content !== undefined) {
        return objectVersion(bucket, key, { ...record, body: content }, isLatest);
      }
      // A version and its content go in one commit, so now there is another version, or none.
      if (body.id === goneContent) throw new RecordCorruptError('The bytes of an object are gone');
      return findIn(kv, bucket, key, versionId, body.id);
    });
  });
}

function locate(
  kv: KeyValueStore,
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
): Awaitable<LocatedVersion | undefined> {
  return whenKnown(
    readKeyState(kv, bucket, key),
    (state): Awaitable<LocatedVersion | undefined> => {
      const latest = state.object ?? state.marker;
      if (versionId === undefined || isVersion(latest, versionId)) {
        return latest && { row: latest, isLatest: true };
      }
      return findVersion(kv, bucket, key, versionId);
    },
  );
}

/** Where a version lies. */
export interface LocatedVersion {
  readonly row: Row<VersionRecord>;
  readonly isLatest: boolean;
}

/** Finds a version by its id, however often it moves meanwhile. */
export async function findVersion(
  kv: KeyValueStore,
  bucket: Bucket,
  key: string,
  versionId: string,
): Promise<LocatedVersion | undefined> {
  for (;;) {
    const before = await readKeyState(kv, bucket, key);
    const latest = before.object ?? before.marker;
    if (latest !== undefined && isVersion(latest, versionId))
      return { row: latest, isLatest: true };
    const row = await findNoncurrent(kv, bucket, key, versionId);
    if (row !== undefined) return { row, isLatest: false };
    // It may have become the latest between the two looks; that changed the latest.
    const afterwards = await readKeyState(kv, bucket, key);
    if (isSameLatest(before, afterwards)) return undefined;
  }
}

export async function findNoncurrent(
  kv: KeyValueStore,
  bucket: Bucket,
  key: string,
  versionId: string,
): Promise<Row<VersionRecord> | undefined> {
  if (bucket.versioning === 'unversioned') return undefined;
  if (versionId === NULL_VERSION) return findNoncurrentNull(kv, bucket.id, key);
  if (!isVersionId(versionId)) return undefined;
  const entry = await kv.get(versionKey(bucket.id, key, versionId));
  return entry && versionRow(entry);
}

export function isVersion(row: Row<VersionRecord> | undefined, versionId: string): boolean {
  return row !== undefined && (row.record.id ?? NULL_VERSION) === versionId;
}

function isSameLatest(a: KeyState, b: KeyState): boolean {
  return a.object?.version === b.object?.version && a.marker?.version === b.marker?.version;
}
