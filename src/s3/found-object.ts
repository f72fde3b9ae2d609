import { whenKnown, type Awaitable } from '../base/awaitable.ts';
import type { DeleteMarker, ObjectVersion } from '../objects/model.ts';
import { listingParameters, type S3Context } from './context.ts';
import { S3Error } from './errors.ts';

/**
 * The object that the request names. Throws NoSuchKey, NoSuchVersion or, for a delete marker named
 * by its version, MethodNotAllowed; and AccessDenied instead of NoSuchKey to a caller who may not
 * list the bucket, so that nobody learns by asking which keys exist.
 */
export function foundObject(context: S3Context): Awaitable<ObjectVersion> {
  return whenKnown(context.object(), (found) =>
    found?.kind === 'object' ? found : refuseMissing(context, found),
  );
}

async function refuseMissing(context: S3Context, marker: DeleteMarker | undefined): Promise<never> {
  throw await missingObject(context, marker);
}

async function missingObject(
  context: S3Context,
  marker: DeleteMarker | undefined,
): Promise<S3Error> {
  const { bucket, key, address } = context;
  const parameters = listingParameters(key);
  if (!(await context.may('s3:ListBucket', { bucket, parameters }))) {
    return new S3Error('AccessDenied');
  }
  const versionId = address.query.get('versionId');
  if (marker !== undefined) {
    const headers = ['x-amz-delete-marker', 'true', 'x-amz-version-id', marker.versionId];
    if (versionId === undefined) return new S3Error('NoSuchKey', { Key: key }, undefined, headers);
    return new S3Error(
      'MethodNotAllowed',
      { Method: context.request.method, ResourceType: 'DeleteMarker' },
      undefined,
      headers,
    );
  }
  return versionId === undefined
    ? new S3Error('NoSuchKey', { Key: key })
    : new S3Error('NoSuchVersion', { Key: key, VersionId: versionId });
}

/** What a write tells of the version it made: nothing of a `null` one, which has no id of its own. */
export function madeVersionId({ versionId }: Pick<ObjectVersion, 'versionId'>): string | undefined {
  return versionId === 'null' ? undefined : versionId;
}

/** Version ids are told where there are versions; the id `null` is how a bucket without says none. */
export function toldVersionId(
  version: Pick<ObjectVersion, 'versionId'>,
  { bucket }: S3Context,
): string | undefined {
  return bucket.versioning === 'unversioned' ? undefined : version.versionId;
}
