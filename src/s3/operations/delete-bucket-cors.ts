import type { DeleteBucketCors } from '../api/index.ts';
import type { S3Handler } from '../handler.ts';

export const deleteBucketCors: S3Handler<typeof DeleteBucketCors> = async (_, context) => {
  await context.objects.updateBucket(context.bucket.name, () => ({ cors: undefined }));
  return {};
};
