import { keyText } from '../kv/resolve.ts';
import type { BucketRow } from './bucket-reader.ts';
import { Change } from './change.ts';
import type { Core } from './core.ts';
import { ObjectsError } from './error.ts';
import { checkKeyState, readKeyState, type KeyState } from './key-state.ts';
import { bucketKey, objectKey } from './keys.ts';
import { ATTEMPTS_MAX } from './limits.ts';
import type { Bucket } from './model.ts';

/** What a change of a key is decided on, and the commit that it becomes. */
export interface KeyChange {
  readonly bucket: Bucket;
  readonly state: KeyState;
  readonly change: Change;
  readonly nowMs: number;
}

export interface ChangeKeyOptions {
  readonly bucket: Pick<Bucket, 'name' | 'id'>;
  readonly key: string;
  /** A conditional write that loses too often is a conflict of its condition. */
  readonly isConditional: boolean;
}

/**
 * Decides on the newest state of a key and commits what was decided, if that state still holds; else
 * decides again. `decide` may run several times, and throws to refuse. A change without writes is not
 * committed unless it asks to be.
 */
export async function changeKey<R>(
  core: Core,
  options: ChangeKeyOptions,
  decide: (keyChange: KeyChange) => R | Promise<R>,
): Promise<R> {
  const { bucket, key, isConditional } = options;
  const turn = keyText(objectKey(bucket.id, key));
  if (!core.turns.isTaken(turn)) {
    const first = await tryOnce(core, bucket, key, decide);
    if (first !== undefined) return first.result;
  }
  return core.turns.take(turn, async () => {
    for (let attempt = 1; attempt < ATTEMPTS_MAX; attempt += 1) {
      const done = await tryOnce(core, bucket, key, decide);
      if (done !== undefined) return done.result;
    }
    throw isConditional
      ? new ObjectsError(
          'ConditionalRequestConflict',
          'The conditional request cannot succeed due to a conflicting operation against this ' +
            'resource.',
          { Key: key },
        )
      : new ObjectsError(
          'OperationAborted',
          'A conflicting conditional operation is currently in progress against this resource. ' +
            'Please try again.',
          { Key: key },
        );
  });
}

async function tryOnce<R>(
  core: Core,
  named: ChangeKeyOptions['bucket'],
  key: string,
  decide: (keyChange: KeyChange) => R | Promise<R>,
): Promise<{ readonly result: R } | undefined> {
  const row: BucketRow = await core.buckets.current(named);
  const { bucket } = row;
  const state = await readKeyState(core.kv, bucket, key);
  const nowMs = core.clock.nowMs();
  const change = new Change(bucket.id, nowMs);
  change.check(bucketKey(bucket.name), row.version);
  checkKeyState(change, bucket, state);
  const result = await decide({ bucket, state, change, nowMs });
  if (change.writes.length === 0 && !change.needsCommit) return { result };
  const { committed } = await change.commit(core.kv);
  return committed ? { result } : undefined;
}
