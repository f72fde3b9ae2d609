import type { DeleteObject } from '../api/index.ts';
import { bareEtag } from '../conditions.ts';
import type { S3Handler } from '../handler.ts';

export const deleteObject: S3Handler<typeof DeleteObject> = async (input, context) => {
  const { bucket, objects } = context;
  const deleted = await objects.delete(bucket, input.Key, {
    versionId: input.VersionId,
    owner: context.account ?? bucket.owner,
    conditions: {
      ifMatch: input.IfMatch === undefined ? undefined : bareEtag(input.IfMatch),
      ifMatchLastModifiedMs: input.IfMatchLastModifiedTime?.getTime(),
      ifMatchSize: input.IfMatchSize,
    },
  });
  const isVersioned = bucket.versioning !== 'unversioned';
  return {
    DeleteMarker: deleted.deleteMarker ? true : undefined,
    VersionId: isVersioned ? deleted.versionId : undefined,
  };
};
