import type { PutBucketTagging } from '../api/index.ts';
import type { S3Handler } from '../handler.ts';
import { BUCKET_TAGS_MAX, tagsOfXml } from '../tags.ts';

export const putBucketTagging: S3Handler<typeof PutBucketTagging> = async (input, context) => {
  const tags = tagsOfXml(input.Tagging.TagSet, BUCKET_TAGS_MAX);
  await context.objects.updateBucket(context.bucket.name, () => ({ tags }));
  return {};
};
