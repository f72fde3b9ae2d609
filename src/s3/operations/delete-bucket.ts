import type { DeleteBucket } from '../api/index.ts';
import type { S3Handler } from '../handler.ts';

export const deleteBucket: S3Handler<typeof DeleteBucket> = async (_, { bucket, objects }) => {
  await objects.deleteBucket(bucket.name);
  return {};
};
