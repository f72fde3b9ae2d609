import type { DeleteBucketLifecycle } from '../api/index.ts';
import type { S3Handler } from '../handler.ts';

export const deleteBucketLifecycle: S3Handler<typeof DeleteBucketLifecycle> = async (
  _,
  { bucket, objects },
) => {
  await objects.updateBucket(bucket.name, () => ({ lifecycle: undefined }));
  return {};
};
