import type { GetBucketPolicy } from '../api/index.ts';
import { S3Error } from '../errors.ts';
import type { S3Handler } from '../handler.ts';

export const getBucketPolicy: S3Handler<typeof GetBucketPolicy> = (_, { bucket }) => {
  if (bucket.policy === undefined) {
    throw new S3Error('NoSuchBucketPolicy', { BucketName: bucket.name });
  }
  return { Policy: bucket.policy };
};
