import type { ObjectVersion } from '../objects/model.ts';
import type { CopySource } from './api/scalars.ts';
import { assertCopyable, type ReadConditions } from './conditions.ts';
import { listingParameters, versionParameters, type S3Context } from './context.ts';
import { S3Error } from './errors.ts';

interface CopyInput {
  readonly CopySource: CopySource;
  readonly CopySourceIfMatch?: string | undefined;
  readonly CopySourceIfNoneMatch?: string | undefined;
  readonly CopySourceIfModifiedSince?: Date | undefined;
  readonly CopySourceIfUnmodifiedSince?: Date | undefined;
  readonly ExpectedSourceBucketOwner?: string | undefined;
}

/** The version that a copy reads, once the caller may read it and it is as the caller expects. */
export async function copySourceOf(input: CopyInput, context: S3Context): Promise<ObjectVersion> {
  const { bucket: name, key, versionId } = input.CopySource;
  const { objects } = context;
  const bucket = await objects.findBucket(name);
  if (bucket === undefined) throw new S3Error('NoSuchBucket', { BucketName: name });
  const expected = input.ExpectedSourceBucketOwner;
  if (expected !== undefined && expected !== bucket.owner) throw new S3Error('AccessDenied');
  const found = await objects.find(bucket, key, versionId);
  const object = found?.kind === 'object' ? found : undefined;
  const action = versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
  const parameters = versionParameters(versionId);
  await context.demand(action, { bucket, key, object, parameters });
  if (object === undefined) {
    if (!(await context.may('s3:ListBucket', { bucket, parameters: listingParameters(key) })))
      throw new S3Error('AccessDenied');
    if (found !== undefined && versionId !== undefined) {
      throw new S3Error(
        'InvalidRequest',
        {},
        'The source of a copy request may not specifically refer to a delete marker by version id.',
      );
    }
    throw versionId === undefined
      ? new S3Error('NoSuchKey', { Key: key })
      : new S3Error('NoSuchVersion', { Key: key, VersionId: versionId });
  }
  assertCopyable(object, conditionsOf(input));
  return object;
}

function conditionsOf(input: CopyInput): ReadConditions {
  return {
    IfMatch: input.CopySourceIfMatch,
    IfNoneMatch: input.CopySourceIfNoneMatch,
    IfModifiedSince: input.CopySourceIfModifiedSince,
    IfUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
  };
}
