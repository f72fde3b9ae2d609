import { whenKnown, type Awaitable } from '../base/awaitable.ts';
import { base64 } from '../base/bytes.ts';
import type { RequestBody } from '../base/http.ts';
import { StoreFullError } from '../kv/errors.ts';
import { changeKey } from './change-key.ts';
import { checkWriteConditions, isConditional } from './conditions.ts';
import { placed } from './content.ts';
import type { Core } from './core.ts';
import { etagOf } from './digest/checksum.ts';
import { ObjectsError } from './error.ts';
import { existingOf, objectVersion } from './found-version.ts';
import { readKeyState } from './key-state.ts';
import type { Bucket, Checksum, ObjectVersion } from './model.ts';
import { discard, receive, type Received } from './receive.ts';
import type { ObjectRecord } from './records.ts';
import type { NewObject, PutObject, WriteConditions } from './store.ts';
import { nextIdentity, pushVersion } from './version-stack.ts';

/**
 * Bytes first, then one commit that makes them visible. A crash between the two leaves a blob that
 * nothing refers to, which the collector finds after the next opening.
 */
export async function putObject(
  core: Core,
  bucket: Bucket,
  key: string,
  body: RequestBody,
  request: PutObject,
): Promise<ObjectVersion> {
  const { conditions, integrity } = request;
  const refusal = refuseEarly(core, bucket, key, conditions);
  if (refusal instanceof Promise) await refusal;
  const received = await receive(core, body, integrity);
  const checksum: Checksum | undefined =
    integrity.checksumAlgorithm && received.checksum
      ? {
          algorithm: integrity.checksumAlgorithm,
          type: 'FULL_OBJECT',
          value: base64(received.checksum),
        }
      : undefined;
  return keepOrDiscard(core, received, () =>
    publish(core, bucket, key, conditions, {
      ...newObjectFields(request),
      size: received.size,
      etag: etagOf(received.md5),
      checksum,
      body: placed(received.body, core.clock.nowMs()),
    }),
  );
}

/** A version without identity, which it gets when it is published. */
export type Draft = Omit<ObjectRecord, 'kind' | 'id' | 'stamp'>;

export function newObjectFields(
  request: NewObject,
): Pick<Draft, 'owner' | 'storageClass' | 'metadata' | 'acl' | 'tags'> {
  const { owner, storageClass, metadata, acl, tags } = request;
  return { owner, storageClass, metadata, acl, tags };
}

/** Makes a draft the latest version of a key, if the conditions hold at that moment. */
export function publish(
  core: Core,
  bucket: Bucket,
  key: string,
  conditions: WriteConditions,
  draft: Draft,
): Promise<ObjectVersion> {
  return changeKey(
    core,
    { bucket, key, isConditional: isConditional(conditions), mayGuess: !isConditional(conditions) },
    (keyChange) => {
      checkWriteConditions(conditions, existingOf(keyChange.state.object), key);
      const record: ObjectRecord = { kind: 'object', ...nextIdentity(keyChange), ...draft };
      return whenKnown(pushVersion(core.kv, keyChange, record), () =>
        objectVersion(keyChange.bucket, key, record, true),
      );
    },
  );
}

/** A condition that does not hold now spares the client the body; the commit decides for good. */
function refuseEarly(
  core: Core,
  bucket: Bucket,
  key: string,
  conditions: WriteConditions,
): Awaitable<void> {
  return whenKnown(core.buckets.current(bucket), (row): Awaitable<void> => {
    if (!isConditional(conditions)) return undefined;
    return whenKnown(readKeyState(core.kv, row.bucket, key), ({ object }) => {
      checkWriteConditions(conditions, existingOf(object), key);
    });
  });
}

/**
 * Deletes received bytes again when their commit surely did not take place. Of any other failure
 * nobody knows whether it did; then the bytes stay, and become an orphan if it did not.
 */
export async function keepOrDiscard<R>(
  core: Core,
  received: Pick<Received, 'body'>,
  commit: () => Promise<R>,
): Promise<R> {
  try {
    return await commit();
  } catch (error) {
    if (error instanceof ObjectsError || error instanceof StoreFullError) {
      await discard(core, received);
    }
    throw error;
  }
}
