import type { PutObjectTagging } from '../api/index.ts';
import { foundObject, toldVersionId } from '../found-object.ts';
import type { S3Handler } from '../handler.ts';
import { OBJECT_TAGS_MAX, tagsOfXml } from '../tags.ts';

export const putObjectTagging: S3Handler<typeof PutObjectTagging> = async (input, context) => {
  const tags = tagsOfXml(input.Tagging.TagSet, OBJECT_TAGS_MAX);
  const version = await foundObject(context);
  await context.objects.updateVersion(version, { tags });
  return { VersionId: toldVersionId(version, context) };
};
