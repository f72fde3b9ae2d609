import { base64 } from '../base/bytes.ts';
import type { Core } from './core.ts';
import { contentBytes, placed } from './content.ts';
import type { Change } from './change.ts';
import { changeKey } from './change-key.ts';
import { checkWriteConditions, isConditional } from './conditions.ts';
import type { ChecksumAlgorithm } from './digest/algorithms.ts';
import { createDigest } from './digest/digest.ts';
import { noSuchKey } from './error.ts';
import { findVersion } from './find.ts';
import { existingOf, objectVersion, recordOf } from './found-version.ts';
import { openObject } from './open.ts';
import type { Bucket, Checksum, ObjectVersion } from './model.ts';
import { newObjectFields } from './put.ts';
import { inlineBody, verifiedBytes, type Body, type ObjectRecord } from './records.ts';
import type { CopyObject } from './store.ts';
import { nextIdentity, pushVersion } from './version-stack.ts';

/**
 * A new record over the same bytes. The commit checks that the source still refers to them: else
 * they could be garbage already. NoSuchKey when the source went meanwhile.
 */
export async function copyObject(
  core: Core,
  source: ObjectVersion,
  bucket: Bucket,
  key: string,
  request: CopyObject,
): Promise<ObjectVersion> {
  const record = recordOf(source);
  const { conditions } = request;
  const checksum = await checksumOfCopy(core, source, request.checksumAlgorithm);
  const options = { bucket, key, isConditional: isConditional(conditions) };
  return changeKey(core, options, async (keyChange) => {
    checkWriteConditions(conditions, existingOf(keyChange.state.object), key);
    const body = await bodyOfCopy(core, source, keyChange.change);
    const copy: ObjectRecord = {
      kind: 'object',
      ...nextIdentity(keyChange),
      ...newObjectFields(request),
      size: record.size,
      etag: record.etag,
      checksum,
      body,
    };
    await pushVersion(core.kv, keyChange, copy);
    return objectVersion(keyChange.bucket, key, copy, true);
  });
}

/**
 * The source's bytes as they are now kept: it may have become noncurrent, and its bytes may have
 * moved. Bytes that came with the record are copied and need no source to keep them.
 */
async function bodyOfCopy(core: Core, source: ObjectVersion, change: Change): Promise<Body> {
  const known = recordOf(source);
  if (known.body.kind === 'inline') return inlineBody(verifiedBytes(known.body));
  if (known.body.kind === 'content') {
    return placed(inlineBody(contentBytes(known.body)), core.clock.nowMs());
  }
  const { bucket } = await core.buckets.current({ name: source.bucket, id: source.bucketId });
  const located = await findVersion(core.kv, bucket, source.key, source.versionId);
  const row = located?.row;
  if (row?.record.kind !== 'object' || row.record.stamp !== known.stamp) {
    throw noSuchKey(source.key);
  }
  change.check(row.key, row.version);
  return row.record.body;
}

async function checksumOfCopy(
  core: Core,
  source: ObjectVersion,
  algorithm: ChecksumAlgorithm | undefined,
): Promise<Checksum | undefined> {
  if (algorithm === undefined || algorithm === source.checksum?.algorithm) return source.checksum;
  const digest = createDigest(algorithm);
  const bytes = await openObject(core, source, 0, source.size);
  try {
    const buffer = new Uint8Array(Math.min(READ_SIZE, Math.max(1, source.size)));
    for (;;) {
      const count = await bytes.read(buffer);
      if (count === 0) break;
      digest.update(buffer.subarray(0, count));
    }
  } finally {
    bytes.close();
  }
  return { algorithm, type: 'FULL_OBJECT', value: base64(digest.digest()) };
}

/** Large enough that reads are few, small enough that many copies at once are cheap. */
const READ_SIZE = 256 * 1024;
