import type { DeleteObjectTagging } from '../api/index.ts';
import { foundObject, toldVersionId } from '../found-object.ts';
import type { S3Handler } from '../handler.ts';

export const deleteObjectTagging: S3Handler<typeof DeleteObjectTagging> = async (_, context) => {
  const version = await foundObject(context);
  await context.objects.updateVersion(version, { tags: undefined });
  return { VersionId: toldVersionId(version, context) };
};
