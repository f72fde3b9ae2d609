import { changeKey, type KeyChange } from './change-key.ts';
import { checkDeleteConditions, isConditional } from './conditions.ts';
import type { Core } from './core.ts';
import { findNoncurrent, isVersion } from './find.ts';
import { existingOf } from './found-version.ts';
import type { Bucket } from './model.ts';
import type { DeletedObject, DeleteObject } from './store.ts';
import { NULL_VERSION } from './version-id.ts';
import { nextIdentity, popVersion, pushVersion, removeNoncurrent } from './version-stack.ts';

/** Deletes the object or puts a delete marker over it; with a version id, that version for good. */
export function deleteObject(
  core: Core,
  bucket: Bucket,
  key: string,
  request: DeleteObject,
): Promise<DeletedObject> {
  const { versionId, conditions } = request;
  return changeKey(core, { bucket, key, isConditional: isConditional(conditions) }, (keyChange) =>
    versionId === undefined
      ? deleteLatest(core, keyChange, request)
      : deleteVersion(core, keyChange, request, versionId),
  );
}

async function deleteLatest(
  core: Core,
  keyChange: KeyChange,
  { owner, conditions }: DeleteObject,
): Promise<DeletedObject> {
  const { bucket, state } = keyChange;
  const latest = state.object ?? state.marker;
  checkDeleteConditions(conditions, existingOf(latest), state.key);
  const isNothingToMatch = latest === undefined && isConditional(conditions);
  if (bucket.versioning === 'unversioned' || isNothingToMatch) {
    await popVersion(core.kv, keyChange);
    return { versionId: undefined, deleteMarker: false };
  }
  const marker = { kind: 'deleteMarker', ...nextIdentity(keyChange), owner } as const;
  await pushVersion(core.kv, keyChange, marker);
  return { versionId: marker.id ?? NULL_VERSION, deleteMarker: true };
}

async function deleteVersion(
  core: Core,
  keyChange: KeyChange,
  { conditions }: DeleteObject,
  versionId: string,
): Promise<DeletedObject> {
  const { bucket, state, change } = keyChange;
  const latest = state.object ?? state.marker;
  const isLatest = isVersion(latest, versionId);
  const row = isLatest ? latest : await findNoncurrent(core.kv, bucket, state.key, versionId);
  checkDeleteConditions(conditions, existingOf(row), state.key);
  if (row === undefined) {
    // It may have become the latest since that was read; then the commit fails, and this runs again.
    change.needsCommit = bucket.versioning !== 'unversioned';
    return { versionId, deleteMarker: false };
  }
  if (isLatest) await popVersion(core.kv, keyChange);
  else removeNoncurrent(keyChange, row);
  return { versionId, deleteMarker: row.record.kind === 'deleteMarker' };
}
