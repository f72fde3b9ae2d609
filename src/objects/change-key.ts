import type { Awaitable } from '../base/awaitable.ts';
import { keyText } from '../kv/resolve.ts';
import { Change } from './change.ts';
import type { Core } from './core.ts';
import { ObjectsError } from './error.ts';
import { checkKeyState, newKeyState, readKeyState, type KeyState } from './key-state.ts';
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
  /** The change depends on what is there only as far as the commit's checks say. */
  readonly mayGuess?: boolean;
}

/**
 * Decides on the newest state of a key and commits what was decided, if that state still holds; else
 * decides again. `decide` may run several times, and throws to refuse. A change without writes is not
 * committed unless it asks to be.
 */
export async function changeKey<R>(
  core: Core,
  options: ChangeKeyOptions,
  decide: (keyChange: KeyChange) => Awaitable<R>,
): Promise<R> {
  const { bucket, key, isConditional } = options;
  const turn = keyText(objectKey(bucket.id, key));
  if (!core.turns.isTaken(turn)) {
    const first = await tryOnce(core, options, decide, options.mayGuess === true);
    if (first !== undefined) return first.result;
  }
  return core.turns.take(turn, async () => {
    for (let attempt = 1; attempt < ATTEMPTS_MAX; attempt += 1) {
      const done = await tryOnce(core, options, decide, false);
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
  { bucket: named, key }: ChangeKeyOptions,
  decide: (keyChange: KeyChange) => Awaitable<R>,
  mayGuess: boolean,
): Promise<{ readonly result: R } | undefined> {
  const known = core.buckets.current(named);
  const row = known instanceof Promise ? await known : known;
  const { bucket } = row;
  const guesses = mayGuess && bucket.versioning === 'unversioned' && core.newKeys.areExpected;
  const state = guesses ? newKeyState(key) : await readKeyState(core.kv, bucket, key);
  const nowMs = core.clock.nowMs();
  const change = new Change(bucket.id, nowMs);
  change.check(bucketKey(bucket.name), row.version);
  checkKeyState(change, bucket, state);
  const decided = decide({ bucket, state, change, nowMs });
  const result = decided instanceof Promise ? await decided : decided;
  if (change.writes.length === 0 && !change.needsCommit) return { result };
  const { committed } = await change.commit(core.kv);
  if (mayGuess) core.newKeys.note(guesses ? committed : state.object === undefined);
  return committed ? { result } : undefined;
}
