import type { DeleteBucketOwnershipControls } from '../api/index.ts';
import type { S3Handler } from '../handler.ts';

/** Without controls a bucket is as buckets were before there were any. */
export const deleteBucketOwnershipControls: S3Handler<
  typeof DeleteBucketOwnershipControls
> = async (_, { bucket, objects }) => {
  await objects.updateBucket(bucket.name, () => ({
    ownership: 'ObjectWriter',
    hasOwnershipControls: false,
  }));
  return {};
};
