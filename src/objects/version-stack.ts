import { whenKnown, type Awaitable } from '../base/awaitable.ts';
import type { KeyValueStore } from '../kv/key-value-store.ts';
import { fromUtf8, utf8 } from '../base/bytes.ts';
import type { KeyChange } from './change-key.ts';
import { versionRow, type Row } from './key-state.ts';
import { latestMarkerKey, noncurrentRange, nullPointerKey, objectKey, versionKey } from './keys.ts';
import { encodeVersion, type VersionRecord } from './records.ts';
import { newVersionId, nextStamp, sortIdOf } from './version-id.ts';

/** Id and stamp of the version that this change makes, as the bucket's versioning asks. */
export function nextIdentity({ bucket, state, nowMs }: KeyChange): {
  readonly id: string | undefined;
  readonly stamp: number;
} {
  const stamp = nextStamp(nowMs, (state.object ?? state.marker)?.record.stamp);
  return { id: bucket.versioning === 'enabled' ? newVersionId(stamp) : undefined, stamp };
}

/**
 * Makes `next` the latest version. What was latest becomes noncurrent, or goes when `next` takes its
 * place: without versioning, and as the `null` version under suspended versioning.
 */
export function pushVersion(
  kv: KeyValueStore,
  keyChange: KeyChange,
  next: VersionRecord,
): Awaitable<void> {
  const { bucket, state } = keyChange;
  const replacesNull = next.id === undefined;
  const latest = state.object ?? state.marker;
  if (latest !== undefined) {
    if (replacesNull && latest.record.id === undefined) dropRecord(keyChange, latest.record);
    else addNoncurrent(keyChange, latest.record);
    takeLatest(keyChange, next.kind === 'object');
  }
  const put = (): void => {
    if (next.kind === 'object') keyChange.change.addVersion(placeOf(keyChange), next);
    putLatest(keyChange, next);
  };
  const mayHaveNull =
    replacesNull && bucket.versioning !== 'unversioned' && latest?.record.id !== undefined;
  if (!mayHaveNull) return put();
  return whenKnown(findNoncurrentNull(kv, bucket.id, state.key), (older) => {
    if (older !== undefined) removeNoncurrent(keyChange, older);
    put();
  });
}

/** Removes the latest version for good; the newest of the others, if any, becomes the latest. */
export async function popVersion(kv: KeyValueStore, keyChange: KeyChange): Promise<void> {
  const { bucket, state, change } = keyChange;
  const latest = state.object ?? state.marker;
  if (latest === undefined) return;
  dropRecord(keyChange, latest.record);
  const heir = bucket.versioning === 'unversioned' ? undefined : await newest(kv, keyChange);
  takeLatest(keyChange, heir?.record.kind === 'object');
  if (heir === undefined) return;
  change.check(heir.key, heir.version);
  takeNoncurrent(keyChange, heir);
  putLatest(keyChange, heir.record);
}

/** Removes a noncurrent version for good. */
export function removeNoncurrent(keyChange: KeyChange, row: Row<VersionRecord>): void {
  keyChange.change.check(row.key, row.version);
  dropRecord(keyChange, row.record);
  takeNoncurrent(keyChange, row);
}

/** The `null` version while it is noncurrent. */
export async function findNoncurrentNull(
  kv: KeyValueStore,
  bucketId: string,
  key: string,
): Promise<Row<VersionRecord> | undefined> {
  const pointer = await kv.get(nullPointerKey(bucketId, key));
  if (pointer === undefined) return undefined;
  const entry = await kv.get(versionKey(bucketId, key, fromUtf8(pointer.value)));
  return entry && versionRow(entry);
}

async function newest(
  kv: KeyValueStore,
  { bucket, state }: KeyChange,
): Promise<Row<VersionRecord> | undefined> {
  const entries = await kv.range({ ...noncurrentRange(bucket.id, state.key), limit: 1 });
  return entries[0] && versionRow(entries[0]);
}

function placeOf({ bucket, state }: KeyChange): { bucketId: string; key: string } {
  return { bucketId: bucket.id, key: state.key };
}

/** What a version that ceases to exist takes along. */
function dropRecord(keyChange: KeyChange, record: VersionRecord): void {
  if (record.kind === 'object') keyChange.change.dropVersion(placeOf(keyChange), record);
}

function putLatest({ bucket, state, change }: KeyChange, record: VersionRecord): void {
  const isObject = record.kind === 'object';
  const place = isObject ? objectKey : latestMarkerKey;
  change.set(place(bucket.id, state.key), encodeVersion(record));
  change.count(isObject ? { objects: 1 } : { versions: 1 });
}

/** Empties the place of the latest version, unless the next one is written over it. */
function takeLatest({ state, change }: KeyChange, nextIsObject: boolean): void {
  const { object, marker } = state;
  if (object !== undefined) {
    change.count({ objects: -1 });
    if (!nextIsObject) change.delete(object.key);
  }
  if (marker !== undefined) {
    change.count({ versions: -1 });
    // A marker that another marker follows is written over; deleting it first does no harm.
    change.delete(marker.key);
  }
}

function addNoncurrent({ bucket, state, change }: KeyChange, record: VersionRecord): void {
  const sortId = sortIdOf(record);
  change.set(versionKey(bucket.id, state.key, sortId), encodeVersion(record));
  change.count({ versions: 1 });
  if (record.id === undefined) change.set(nullPointerKey(bucket.id, state.key), utf8(sortId));
}

function takeNoncurrent({ bucket, state, change }: KeyChange, row: Row<VersionRecord>): void {
  change.delete(row.key);
  change.count({ versions: -1 });
  if (row.record.id === undefined) change.delete(nullPointerKey(bucket.id, state.key));
}
