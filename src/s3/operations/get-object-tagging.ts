import type { GetObjectTagging } from '../api/index.ts';
import { foundObject, toldVersionId } from '../found-object.ts';
import type { S3Handler } from '../handler.ts';
import { tagSetOf } from '../tags.ts';

export const getObjectTagging: S3Handler<typeof GetObjectTagging> = async (_, context) => {
  const version = await foundObject(context);
  return { VersionId: toldVersionId(version, context), TagSet: tagSetOf(version.tags ?? []) };
};
