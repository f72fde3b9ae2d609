import { changeKey, type KeyChange } from '../change-key.ts';
import type { Core } from '../core.ts';
import { findNoncurrent, isVersion } from '../find.ts';
import type { Row } from '../key-state.ts';
import { noncurrentRange } from '../keys.ts';
import type { Bucket } from '../model.ts';
import { encodeVersion, type VersionRecord } from '../records.ts';
import { msOfStamp } from '../version-id.ts';
import { nextIdentity, popVersion, pushVersion, removeNoncurrent } from '../version-stack.ts';
import { actionOn, type LifecycleAction, type Noncurrent, type VersionFacts } from './rules.ts';

/** The version that a pass found something to do about. */
export interface Candidate {
  readonly key: string;
  readonly versionId: string;
  readonly createdAtMs: number;
  readonly noncurrent: Noncurrent | undefined;
}

/**
 * Does to a version what the bucket's rules ask now. Both are read again within the change, so that
 * nothing is lost that was written, tagged or configured otherwise since the pass saw it.
 */
export function actOn(
  core: Core,
  bucket: Pick<Bucket, 'name' | 'id'>,
  candidate: Candidate,
  dayMs: number,
): Promise<LifecycleAction | undefined> {
  const { key } = candidate;
  return changeKey(core, { bucket, key, isConditional: false }, async (keyChange) => {
    const lifecycle = keyChange.bucket.lifecycle;
    if (lifecycle === undefined) return undefined;
    const row = await rowOf(core, keyChange, candidate);
    if (row === undefined) return undefined;
    const facts = await factsOf(core, keyChange, row, candidate);
    const action = actionOn(lifecycle, facts, { nowMs: keyChange.nowMs, dayMs });
    if (action !== undefined) await apply(core, keyChange, row, candidate, action);
    return action;
  });
}

/** The row of the candidate, if it is still what and where the pass found it. */
async function rowOf(
  { kv }: Core,
  { bucket, state }: KeyChange,
  { key, versionId, createdAtMs, noncurrent }: Candidate,
): Promise<Row<VersionRecord> | undefined> {
  const latest = state.object ?? state.marker;
  const row = noncurrent === undefined ? latest : await findNoncurrent(kv, bucket, key, versionId);
  if (row === undefined || !isVersion(row, versionId)) return undefined;
  return msOfStamp(row.record.stamp) === createdAtMs ? row : undefined;
}

async function factsOf(
  { kv }: Core,
  { bucket, state }: KeyChange,
  { record }: Row<VersionRecord>,
  { key, noncurrent }: Candidate,
): Promise<VersionFacts> {
  const common = { key, createdAtMs: msOfStamp(record.stamp), noncurrent };
  if (record.kind === 'object') {
    const { size, tags = [], storageClass } = record;
    return { kind: 'object', ...common, size, tags, storageClass };
  }
  // A version can come under the marker only by a change of what is latest, which the commit checks.
  const others = await kv.range({ ...noncurrentRange(bucket.id, state.key), limit: 1 });
  return { kind: 'deleteMarker', ...common, isAlone: others.length === 0 };
}

async function apply(
  core: Core,
  keyChange: KeyChange,
  row: Row<VersionRecord>,
  { noncurrent }: Candidate,
  action: LifecycleAction,
): Promise<void> {
  const { bucket, change } = keyChange;
  const { record } = row;
  if (action.kind === 'transition') {
    if (record.kind !== 'object') return;
    change.check(row.key, row.version);
    change.set(row.key, encodeVersion({ ...record, storageClass: action.storageClass }));
  } else if (noncurrent !== undefined) {
    removeNoncurrent(keyChange, row);
  } else if (action.kind === 'remove' || bucket.versioning === 'unversioned') {
    await popVersion(core.kv, keyChange);
  } else {
    const marker = {
      kind: 'deleteMarker',
      ...nextIdentity(keyChange),
      owner: bucket.owner,
    } as const;
    await pushVersion(core.kv, keyChange, marker);
  }
}
