import type { DeleteBucketPolicy } from '../api/index.ts';
import type { S3Handler } from '../handler.ts';

export const deleteBucketPolicy: S3Handler<typeof DeleteBucketPolicy> = async (_, context) => {
  await context.objects.updateBucket(context.bucket.name, () => ({ policy: undefined }));
  return {};
};
