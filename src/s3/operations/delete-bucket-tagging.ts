import type { DeleteBucketTagging } from '../api/index.ts';
import type { S3Handler } from '../handler.ts';

export const deleteBucketTagging: S3Handler<typeof DeleteBucketTagging> = async (_, context) => {
  await context.objects.updateBucket(context.bucket.name, () => ({ tags: undefined }));
  return {};
};
