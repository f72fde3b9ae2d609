import type { Awaitable } from '../base/awaitable.ts';
import type { Entry, KeyValueStore, Version } from '../kv/key-value-store.ts';
import { whenKnown } from '../base/awaitable.ts';
import type { Change } from './change.ts';
import { RecordCorruptError } from './envelope.ts';
import { latestMarkerKey, objectKey } from './keys.ts';
import type { Bucket } from './model.ts';
import {
  decodeVersion,
  type MarkerRecord,
  type ObjectRecord,
  type VersionRecord,
} from './records.ts';

/** A record and where it was read. */
export interface Row<R> {
  readonly key: Uint8Array;
  readonly version: Version;
  readonly record: R;
}

/**
 * The latest version of a key. It lies at one of two fixed places: an object in the space `object`,
 * a delete marker beside the noncurrent versions. Every change of what is latest writes one of the
 * two, so that checks of both notice any.
 *
 * INVARIANT (latest): at most one of the two is present; noncurrent rows only while one is.
 */
export interface KeyState {
  readonly key: string;
  readonly object: Row<ObjectRecord> | undefined;
  readonly marker: Row<MarkerRecord> | undefined;
}

/** Of a key that nothing is at. */
export function newKeyState(key: string): KeyState {
  return { key, object: undefined, marker: undefined };
}

export function readKeyState(
  kv: KeyValueStore,
  { id, versioning }: Bucket,
  key: string,
): Awaitable<KeyState> {
  const at = objectKey(id, key);
  return whenKnown(kv.get(at), (entry): Awaitable<KeyState> => {
    if (entry !== undefined) return { key, object: objectRow(entry), marker: undefined };
    if (versioning === 'unversioned') return newKeyState(key);
    return whenKnown(kv.get(latestMarkerKey(id, key)), (found) => ({
      key,
      object: undefined,
      marker: found && markerRow(found),
    }));
  });
}

/** Makes a commit depend on the latest version being what `state` says. */
export function checkKeyState(change: Change, { id, versioning }: Bucket, state: KeyState): void {
  change.check(objectKey(id, state.key), state.object?.version);
  if (state.object !== undefined || versioning === 'unversioned') return;
  change.check(latestMarkerKey(id, state.key), state.marker?.version);
}

export function objectRow(entry: Entry): Row<ObjectRecord> {
  const { key, version, record } = versionRow(entry);
  if (record.kind !== 'object') throw new RecordCorruptError('A delete marker lies as an object');
  return { key, version, record };
}

export function versionRow(entry: Entry): Row<VersionRecord> {
  const { key, version, value } = entry;
  // Of the entries in the places of versions nobody makes anything else.
  const record = (entry.derived ??= decodeVersion(value)) as VersionRecord;
  return { key, version, record };
}

function markerRow(entry: Entry): Row<MarkerRecord> {
  const { key, version, record } = versionRow(entry);
  if (record.kind !== 'deleteMarker') throw new RecordCorruptError('An object lies as a marker');
  return { key, version, record };
}
